"""Classify a source's faults: words for every screen, and a line with the remedy for those who run the wall.

A source that does not answer is distinguished from one that answers with an error: a changed schema (with table and column),
missing permissions, a wrong password, a lock, another encoding.  The words name tables and columns, never hosts, files, accounts
or values.
"""

from __future__ import annotations

import re

from data.errors import SourceError
from data.secrets.masking import masked
from data.source.fault_kinds import KINDS, TABLES
from data.text import Text

#: Characters of a database's message that a fault repeats.
MOST_SAID = 500
#: Characters of a name (a table, a column) that the words repeat.
_MOST_NAME = 40

#: SQLSTATEs (PostgreSQL), by prefix, and error numbers of MySQL and MariaDB.
_STATES = {
    "42703": "column",
    "42P01": "table",
    "3F000": "table",
    "42501": "rights",
    "28": "password",
    "3D000": "database",
    "55P03": "locked",
    "40P01": "locked",
    "57P0": "starting",
    "57P05": "lost",
    "53300": "full",
    "53": "disk",
    "58030": "disk",
    "22021": "encoding",
    "22P05": "encoding",
    "42601": "sql",
    "42883": "sql",
    "42804": "sql",
    "XX001": "damaged",
    "XX002": "damaged",
    "08": "lost",
}
_NUMBERS = {
    n: kind
    for kind, numbers in {
        "column": (1054,),
        "table": (1146,),
        "database": (1049,),
        "rights": (1044, 1142, 1143),
        "password": (1045, 1698, 1130),
        "locked": (1205, 1213),
        "slow": (1969, 3024),
        "cancelled": (1317,),
        "full": (1040, 1203, 1226),
        "disk": (1021, 1037, 1038, 1041),
        "sql": (1064,),
        "starting": (1053,),
        "lost": (2006, 1927),
        "encoding": (1366, 3854),
    }.items()
    for n in numbers
}
#: Faults without a number: messages of SQLite, DuckDB and the network, in the order in which they are searched.
_SAID = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (
            r"name or service not known|nodename nor servname|temporary failure in name resolution|could not translate host name|"
            r"failed to resolve host|no address associated|getaddrinfo failed",
            "dns",
        ),
        (r"certificate has expired|certificate expired", "expired"),
        (
            r"certificate verify failed|certificate_verify_failed|self.signed certificate|unknown ca|root certificate file|"
            r"does not match host name|hostname mismatch",
            "certificate",
        ),
        (
            r"password authentication failed|no password supplied|access denied for user .*using password|no pg_hba\.conf entry|"
            r"role .* does not exist|authentication failed",
            "password",
        ),
        (r"too many connections|too many clients|remaining connection slots", "full"),
        (r"starting up|shutting down|in recovery mode|not yet accepting connections|administrator command", "starting"),
        (r"statement timeout|max_statement_time|maximum statement execution time", "slow"),
        (r"lock timeout|lock wait timeout|deadlock", "locked"),
        (r"canceling statement|query execution was interrupted", "cancelled"),
        (r"connection refused|no such file or directory.*(accepting connections|socket)|can't connect to .*errno 2\b", "refused"),
        (r"no route to host|network is unreachable|host is down", "unreachable"),
        (r"timed out|timeout expired|connection timeout", "silent"),
        (
            r"closed the connection unexpectedly|connection reset|broken pipe|lost connection|gone away|"
            r"connection is (closed|lost)|"
            r"consuming input failed|eof detected|unexpected eof",
            "lost",
        ),
        (r"database .* does not exist", "database"),
        (
            r"no such column|unknown column|column .* (does not exist|not found)|does not have a column|referenced column",
            "column",
        ),
        (
            r"no such table|table .* doesn't exist|relation .* does not exist|table with name|catalog error.*does not exist",
            "table",
        ),
        (r"permission denied|access is denied|command denied|not authorized|access to .* (is prohibited|denied)", "rights"),
        (
            r"not utf-8|invalid unicode|does not support the encoding|invalid byte sequence|could not decode to utf-8|"
            r"codec can't decode|has no equivalent in encoding",
            "encoding",
        ),
        (r"no files found|there is no file", "missing"),
        (r"syntax error|parser error|syntax", "sql"),
        (r"locked|could not set lock|conflicting lock", "held"),
        (r"not a database|malformed|disk image|not a valid duckdb|no valid duckdb|corrupt", "damaged"),
        (r"unable to open", "missing"),
        (r"no space left|disk is full|out of memory|disk i/o error", "disk"),
    )
)
_COLUMNS, _OBJECTS = (
    tuple(re.compile(p, re.IGNORECASE) for p in patterns)
    for patterns in (
        (
            r"no such column: ?([^\s]+)",
            r"unknown column ['`\"]([^'`\"]+)",
            r"column \"?([\w.$\u0080-\uffff]+)\"? (?:does not exist|not found)",
            r"column named ['\"]([^'\"]+)",
            r"column ['\"]([^'\"]+)",
        ),
        (
            r"no such table: ?([^\s]+)",
            r"table ['`]([^'`]+)['`] doesn't",
            r"table with name ([^\s!]+)",
            r"relation \"([^\"]+)\" does not",
            r"permission denied for (?:table|view|relation|materialized view|schema) \"?([^\s\"]+)",
            r"for (?:table|column) (?:[`'][^`']+[`']\.)?[`']([^`']+)[`']",
        ),
    )
)


def fault(name: str, kind: str, said: str = "", of: Text | str = "") -> SourceError:
    """The fault of the source called ``name``; ``said`` is the source's own message, ``of`` the table (and column) concerned."""
    found = KINDS[kind]
    place = Text(zh=of, en=of) if isinstance(of, str) else of
    words = Text(zh=_put(found.words.zh, place.zh, "某表"), en=_put(found.words.en, place.en, "a table"))
    told = said or words.en
    return SourceError(f"{name}: {told}; {found.remedy.en}", f"{name}：{said or words.zh}；{found.remedy.zh}", kind, words)


def _put(words: str, of: str, unknown: str) -> str:
    """``words`` with the table filled in."""
    return words.replace("{of}", of) if of else re.sub(r"[：:] ?\{of\}", "", words).replace("{of}", unknown)


def unfit(said: str, zh: str, table: str, column: str = "") -> SourceError:
    """A SELECT of the mapping does not deliver what the contract requires."""
    of = _place("column", f"no such column: {column}", table) if column else TABLES.get(table, Text(zh=table, en=table))
    words = KINDS["mapping"].words
    return SourceError(said, zh, "mapping", Text(zh=_put(words.zh, of.zh, ""), en=_put(words.en, of.en, "")))


def silent(name: str, what: str, seconds: float) -> SourceError:
    """A question that was aborted because no answer came."""
    asked = TABLES.get(what)
    zh, en = (
        (f"读{asked.zh} {seconds:.0f} 秒无果", f"nothing in {seconds:.0f} s from {asked.en}")
        if asked
        else (f"{seconds:.0f} 秒没有回音", f"nothing in {seconds:.0f} s")
    )
    remedy = KINDS["silent"].remedy
    return SourceError(
        f"{name}: does not answer: {en}, given up; {remedy.en}",
        f"{name}：无应答：{zh}，已放弃；{remedy.zh}",
        "silent",
        KINDS["silent"].words,
    )


def stopping(name: str) -> SourceError:
    """No more questions are asked, because the server is stopping."""
    return SourceError(
        f"{name}: is not asked any more: the server stops", f"{name}：服务正在停止，不再读取", "stopping", KINDS["silent"].words
    )


def waiting_words(seconds: float, what: str) -> Text:
    """Words for a question that is not answered yet."""
    asked = TABLES.get(what)
    return Text(
        zh=f"数据源 {seconds:.0f} 秒未应答" + (f"（{asked.zh}）" if asked else "（连接）" if what == "connect" else ""),
        en=f"no answer from the source for {seconds:.0f} s"
        + (f" ({asked.en})" if asked else " (connecting)" if what == "connect" else ""),
    )


def fault_of(name: str, error: BaseException | None, table: str = "") -> SourceError:
    """The fault for a driver's ``error``; ``table`` is the contract's table being read."""
    said = masked(reason_of(error))
    kind = kind_of(error)
    return fault(name, kind, said, _place(kind, said, table))


def tells_nothing(error: BaseException) -> bool:
    """Whether it is only the effect of aborting a question, and not an error of its own (a lock, an unknown name)."""
    return kind_of(getattr(error, "orig", None) or error) in ("silent", "lost", "cancelled", "error")


def kind_of(error: BaseException | None) -> str:
    """A key of ``KINDS``."""
    said = reason_of(error)
    if isinstance(error, UnicodeError):
        return "encoding"
    state = str(getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or "")
    if state == "57014":
        return "slow" if "statement timeout" in said else "cancelled"
    for n in (5, 4, 2):
        if state and state[:n] in _STATES:
            return _STATES[state[:n]]
    args: tuple[object, ...] = getattr(error, "args", ())
    number = args[0] if len(args) == 2 and isinstance(args[0], int) else None
    if number in _NUMBERS:
        return _NUMBERS[number]
    return next((kind for pattern, kind in _SAID if pattern.search(said)), "error")


def reason_of(error: BaseException | None) -> str:
    """The driver's message on one line: DuckDB gives the reason after the first line."""
    args: tuple[object, ...] = getattr(error, "args", ())
    whole = f"{args[1]} (error {args[0]})" if len(args) == 2 and isinstance(args[0], int) else str(error)  # MySQL's drivers
    lines = [line.strip() for line in whole.splitlines()]
    said = " ".join(line for line in lines if line and not line.startswith("(Background on this error"))
    return said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]}…" if said else type(error).__name__


def _place(kind: str, said: str, table: str) -> Text:
    """The table, and for a changed schema the column, as far as known."""
    asked = TABLES.get(table, Text(zh="", en=""))
    if kind == "column":
        column = _found(_COLUMNS, said)
        shown = column.rpartition(".")[2] or column
        if not shown:
            return asked
        return Text(zh=f"{asked.zh}缺列 {shown}", en=f"column {shown}{' of ' + asked.en if asked.en else ''} is not there")
    if kind in ("table", "rights"):
        named = _found(_OBJECTS, said)
        shown = named.rpartition(".")[2] or named
        return Text(zh=f"表 {shown}", en=f"table {shown}") if shown else asked
    return asked


def _found(patterns: tuple[re.Pattern[str], ...], said: str) -> str:
    for pattern in patterns:
        match = pattern.search(said)
        if match:
            return match[1].strip("\"'`;,!")[:_MOST_NAME]
    return ""
