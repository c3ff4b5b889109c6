"""The single SELECT of a mapping's table, distinguished from what only looks like SQL in it (comments, texts, quoted names).

Comments are kept (some databases take hints from them), so a wrapper must close the statement on a new line.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from data.errors import FieldError

#: How a read-only statement may begin: also DuckDB's FROM-first, and a parenthesised SELECT, as unions have.
_READS = re.compile(r"(?is)(select|with|from|values|table)\b")
_PLAIN = re.compile(
    r"""(?sx)
    (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<text>[eE]?'(?:[^'\\]|''|\\.)*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
  | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`)
    """
)
#: For MySQL, where # begins a comment too.
_MYSQL = re.compile(_PLAIN.pattern.replace(r"--[^\n]*|", r"--[^\n]*|\#[^\n]*|"), re.VERBOSE | re.DOTALL)
#: For databases where a backslash is an ordinary character, as in standard SQL.
_STANDARD = re.compile(_PLAIN.pattern.replace(r"""[eE]?'(?:[^'\\]|''|\\.)*'""", r"""'(?:[^']|'')*'"""), re.VERBOSE | re.DOTALL)
_FILE = re.compile(r"(?is)\.(csv|tsv|txt|parquet|json|jsonl|ndjson)(\.(gz|zst))?$")


class Token(NamedTuple):
    """``kind``: "comment", "text" (a literal), "name" (quoted) or "" (the rest); ``start`` is its offset in the statement."""

    kind: str
    text: str
    start: int


def tokens(sql: str, reading: re.Pattern[str] = _STANDARD) -> list[Token]:
    """The statement split into comments, literals, quoted names and the text between; joined they give it back."""
    out: list[Token] = []
    end = 0
    for match in reading.finditer(sql):
        if match.start() > end:
            out.append(Token("", sql[end : match.start()], end))
        out.append(Token(str(match.lastgroup if match.lastgroup != "tag" else "text"), match[0], match.start()))
        end = match.end()
    if end < len(sql):
        out.append(Token("", sql[end:], end))
    return out


def one_select(value: str) -> str:
    """``value`` without its final semicolon.  Raises FieldError if it is no SELECT, or more than one statement.

    Databases differ in their rules for comments and backslashes: it suffices that one of them would read it as one SELECT.
    """
    said: FieldError | None = None
    for reading in (_STANDARD, _PLAIN, _MYSQL):
        try:
            return _checked(value, reading)
        except FieldError as error:
            said = said or error
    assert said is not None
    raise said


def _checked(value: str, reading: re.Pattern[str]) -> str:
    parts = tokens(value, reading)
    bare = "".join(" " if t.kind == "comment" else t.text if t.kind == "" else "x" * len(t.text) for t in parts).strip()
    if not _READS.match(bare.lstrip("( \n\t\r")):
        raise FieldError("is no SELECT; a mapping only ever reads", "不是 SELECT；映射只读不写")
    if ";" in bare.rstrip("; \n\t\r"):
        raise FieldError("holds more than one statement; write one SELECT", "不止一条语句，请只写一条 SELECT")
    # drop the semicolons at the end, keep those in comments
    cut = list(value)
    for part in reversed(parts):
        if part.kind == "comment" or not part.text.strip():
            continue
        if part.kind != "":
            break
        kept = part.text.rstrip("; \n\t\r")
        for i in range(part.start + len(kept), part.start + len(part.text)):
            cut[i] = " " if cut[i] == ";" else cut[i]
        if kept.strip():
            break
    return "".join(cut).strip()


def files_in(sql: str) -> list[str]:
    """The data files (paths or globs) in a SELECT's literals, in order, each once; not those in comments."""
    named = (t.text[1:-1].replace("''", "'") for t in tokens(sql) if t.kind == "text" and t.text.startswith("'"))
    return list(dict.fromkeys(n for n in named if _FILE.search(n) and "://" not in n))
