"""What all engines have in common, and what a file of this folder may say otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection, Engine

from data.source.rows import Rows
from data.types.records import Record

#: Asks the source one question of our own within the open transaction: ``ask(sql, **values)``.
Ask = Callable[..., Rows]


@dataclass(frozen=True)
class Dialect:
    """One engine.  ``names`` are SQLAlchemy's for it.

    Its SQL: ``quote`` marks names; ``text`` and ``number`` are the types of a CAST; ``bytewise`` is put behind a text that is
    to be compared letter by letter; ``lettered`` holds ({} = a column) where a text has a letter in it, "" = not asked.

    ``whole_division`` divides integers towards zero.

    ``in_files``: its databases are files.  ``exact``: it tells any two texts apart.  ``refinds``: it finds a row again by
    whatever it delivered as its id.  ``held_types``: a column may hold values of these types (of ``typeof``) side by side.
    ``whole_files``: it reads files from end to end, without indexes.  ``text_times``: it takes texts for times.  ``arrow``: how
    a table comes as Arrow.
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
        """Read-only where the engine can say so, and with an end to waiting."""
        return create_engine(url)

    def options(self, connection: Connection) -> Connection:
        """``connection``, told before its transaction begins."""
        return connection

    def begin(self, connection: Connection, limit_s: float) -> None:
        """Begin the transaction where the driver does not; each statement of it may take ``limit_s`` seconds."""

    def connect_args(self, url: URL, limit_s: float) -> Record:
        """What the driver is told for one look into a database that no mapping describes yet (``draft``)."""
        return {}

    def file(self, url: URL) -> Path | None:
        """The file that the database is; None for a server or one in memory."""
        name = url.database or ""
        return None if not self.in_files or name in ("", ":memory:") or name.startswith("file:") else Path(name)

    # ---------------------------------------------------------------- its SQL
    def quoted(self, name: str) -> str:
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def joined(self, *parts: str) -> str:
        """Texts one behind the other."""
        return " || ".join(parts)

    def epoch_s(self, at: str) -> str:
        """Whole seconds since 1970 of the time column ``at``, naive times taken as UTC, NULL where it is none; "" = this engine
        has no word for it, and days are counted here."""
        return ""

    def bindable(self, values: Iterable[Any]) -> list[Any]:
        """``values`` as the driver takes them."""
        return list(values)

    # ---------------------------------------------------------------- what it tells of itself
    def id_type(self, ask: Ask, name: str, rows: str, held: str) -> str:
        """Type (and collation, where it matters) of the column ``name`` of ``rows``; ``held`` is what the driver makes of it."""
        return held

    def oldest_running(self, ask: Ask) -> Any:
        """When the oldest transaction that is still writing began; None where it is not known."""
        return None

    def scans(self, ask: Ask, sql: str, values: Record) -> Sequence[str] | None:
        """Names (or aliases) of the tables that ``sql`` reads from end to end, by its EXPLAIN; None where it does not tell."""
        return None


def first_text(ask: Ask, sql: str) -> str:
    return str(ask(sql).first() or "")
