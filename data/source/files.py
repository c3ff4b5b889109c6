"""A source that is a user's data file (CSV, Parquet, JSON; one file or a glob), read by an in-memory DuckDB.

A mapping's SELECTs refer to it as ``{source}``: ``FROM read_csv({source}, header = true, all_varchar = true)``.  The
mapping's ``source`` or ``--source`` says which file that is.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.errors import Said, SourceError
from data.source.fault_kinds import KINDS
from data.source.statement import tokens

PLACEHOLDER = "{source}"
#: Invented files modelled on public ones, shipped with the mappings that read them.
SAMPLES = Path(__file__).parents[1] / "sources" / "samples"
#: Engine that runs the SELECTs of a mapping with the placeholder.
ENGINE = "duckdb:///:memory:"
SUFFIXES = ("csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet")
_DATA_FILE = re.compile(rf".+\.({'|'.join(SUFFIXES)})(\.gz|\.zst)?", re.IGNORECASE | re.DOTALL)
_URL = re.compile(r"[\w+]+://")
#: Also matches it in quotation marks; either way it is the whole literal.
_PLACES = re.compile(r"'\{source\}'|\{source\}")


def is_url(source: str) -> bool:
    return _URL.match(source) is not None


def is_data_file(source: str) -> bool:
    """Whether it is the name of a file that DuckDB reads, or a glob of them; the file need not exist."""
    return not is_url(source) and _DATA_FILE.fullmatch(source) is not None


def reads_file(selects: Mapping[str, str]) -> bool:
    """Whether the SELECTs (table -> SQL) are written for a data file: one contains ``{source}`` outside a comment."""
    return any(PLACEHOLDER in t.text for sql in selects.values() for t in tokens(sql) if t.kind != "comment")


def misfit(source: str, selects: Mapping[str, str]) -> Said | None:
    """Why the SELECTs cannot be run on this source, and what to write instead; None if they can.

    A text that is neither URL nor data file is only judged here if the SELECTs need a file.
    """
    if not reads_file(selects):
        if is_data_file(source):
            return Said(
                "is a data file, and this mapping reads a database: none of its SELECTs says {source}; name a database URL, "
                "or a mapping that says e.g. FROM read_csv({source}, header = true, all_varchar = true)",
                "是数据文件，而该映射读数据库（SELECT 里没有 {source}）；请给数据库地址，"
                "或用写有如 FROM read_csv({source}, header = true, all_varchar = true) 的映射",
            )
        return None
    if is_url(source):
        return Said(
            "is a database URL, and this mapping reads a data file: its SELECTs say {source}; name the file, "
            "e.g. --source export.csv",
            "是数据库地址，而该映射读数据文件（SELECT 里写 {source}）；请给出文件，如 --source export.csv",
        )
    if not is_data_file(source):
        kinds = f".{', .'.join(SUFFIXES)}"
        return Said(
            f"is no data file; its name ends in {kinds}, or these with .gz or .zst",
            f"不是数据文件；文件名应以 {kinds} 结尾（可再加 .gz 或 .zst）",
        )
    return None


def find_beside(name: str, folder: Path) -> Path:
    """A file (or glob) named by a mapping in ``folder``: relative to the working directory if it exists there, else relative
    to the mapping; if it exists in neither, the former."""
    path = Path(name).expanduser()
    if path.is_absolute() or matches(path):
        return path
    beside = folder / path
    return beside if matches(beside) else path


def is_sample(source: str, folder: Path) -> bool:
    """Whether the file that a mapping in ``folder`` reads is one of the invented samples we ship."""
    return is_data_file(source) and find_beside(source, folder).resolve().parent == SAMPLES.resolve()


def matches(path: Path) -> list[Path]:
    """The files that a path or a glob matches now, in order."""
    try:
        if path.exists():
            return [path]
    except OSError:  # the name may be too long for a file
        return []
    return [Path(p) for p in sorted(glob.glob(str(path), recursive=True))] if glob.has_magic(str(path)) else []


@dataclass(frozen=True)
class DataFile:
    """``path`` may be a glob; ``named`` is the name as written."""

    path: Path
    named: str

    @classmethod
    def of(cls, source: str, folder: Path) -> DataFile:
        return cls(find_beside(source, folder), source)

    def paths(self) -> list[Path]:
        """The files that exist now.  Raises SourceError where there is none."""
        found = matches(self.path)
        if not found:
            many = glob.has_magic(self.named)
            what, zh = ("no file matches", "没有文件符合") if many else ("there is no file", "没有文件")
            raise SourceError(
                f"{self.path}: {what} {self.named}, neither as seen from the working directory nor beside the "
                "mapping; name yours with --source",
                f"{self.path}：{zh} {self.named}（工作目录和映射旁边都没有）；请用 --source 指明",
                "missing",
                KINDS["missing"].words,
            )
        return found

    def literal(self) -> str:
        """The path as an SQL literal; glob characters in the name of an existing file are taken literally."""
        exact = glob.escape(str(self.path)) if self.path.exists() else str(self.path)
        return "'" + exact.replace("'", "''") + "'"

    def put_into(self, sql: str) -> str:
        """The SELECT with this file in place of ``{source}``."""
        return _PLACES.sub(lambda _: self.literal(), sql)
