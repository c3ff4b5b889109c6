"""What all engines have in common, and what the files of this folder may override."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection, Engine

from data.source.rows import Rows
from data.types.records import Record

#: Runs one query of our own within the open transaction: ``ask(sql, **values)``.
Ask = Callable[..., Rows]


@dataclass(frozen=True)
class Dialect:
    """One engine.  ``names`` are SQLAlchemy's for it.

    Its SQL: ``quote`` marks names; ``text`` and ``number`` are the types of a CAST; ``bytewise`` is appended to a text that is
    to be compared byte by byte; ``lettered`` is a condition ({} = a column) that a text contains a letter, "" = unsupported.

    ``whole_division`` divides integers towards zero.

    ``in_files``: its databases are files.  ``exact``: it distinguishes any two texts.  ``refinds``: it finds a row again by
    whatever it delivered as its id.  ``held_types``: a column may hold values of these types (of ``typeof``) side by side.
    ``whole_files``: it scans whole files, without indexes.  ``text_times``: it accepts texts as times.  ``arrow``: how a
    table is delivered as Arrow.
    """

    names: tuple[str, ...]
    quote: str = '"'
    text: str = "VARCHAR"
    number: str = "BIGINT"
    bytewise: str = ""
    lettered: str = ""
    whole_division: str = "/"
    in_files: bool = False
    exact: bool = False
    refinds: bool = False
    held_types: tuple[str, ...] = ()
    whole_files: bool = False
    text_times: bool = False
    arrow: Literal["", "own", "adbc"] = ""

    @property
    def name(self) -> str:
        return self.names[0]

    # ---------------------------------------------------------------- how it is reached
    def engine(self, url: URL) -> Engine:
        """Read-only where the engine supports it, and with a limit on waiting."""
        return create_engine(url)

    def options(self, connection: Connection) -> Connection:
        """``connection`` with options that must be set before its transaction begins."""
        return connection

    def begin(self, connection: Connection, limit_s: float) -> None:
        """Begin the transaction where the driver does not; each statement of it may take ``limit_s`` seconds."""

    def connect_args(self, url: URL, limit_s: float) -> Record:
        """Driver arguments for a single look into a database that no mapping describes yet (``draft``)."""
        return {}

    def file(self, url: URL) -> Path | None:
        """The file that the database is; None for a server or one in memory."""
        name = url.database or ""
        return None if not self.in_files or name in ("", ":memory:") or name.startswith("file:") else Path(name)

    # ---------------------------------------------------------------- its SQL
    def quoted(self, name: str) -> str:
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def joined(self, *parts: str) -> str:
        """Concatenation of texts."""
        return " || ".join(parts)

    def epoch_s(self, at: str) -> str:
        """Whole seconds since 1970 of the time column ``at``, naive times taken as UTC, NULL if it is no time; "" = this engine
        has no function for it, and days are counted on our side."""
        return ""

    def bindable(self, values: Iterable[Any]) -> list[Any]:
        """``values`` in the types that the driver accepts."""
        return list(values)

    # ---------------------------------------------------------------- what it tells of itself
    def id_type(self, ask: Ask, name: str, rows: str, held: str) -> str:
        """Type (and collation, where it matters) of the column ``name`` of ``rows``; ``held``: the type the driver reports."""
        return held

    def oldest_running(self, ask: Ask) -> Any:
        """When the oldest transaction that is still writing began; None if unknown."""
        return None

    def scans(self, ask: Ask, sql: str, values: Record) -> Sequence[str] | None:
        """Names (or aliases) of the tables that ``sql`` scans in full, by its EXPLAIN; None if that is unknown."""
        return None


def first_text(ask: Ask, sql: str) -> str:
    return str(ask(sql).first() or "")
