"""All that a source delivers through its mapping, read once as a load would read it, with the duration of each query."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
import pyarrow as pa
from sqlalchemy.exc import DBAPIError

from data.check.id_columns import distinct, kind_of
from data.check.sample import ids_of, spread
from data.errors import SourceError
from data.source.bulk import bulk
from data.source.columns import Cells, Frame
from data.source.reader import Source
from data.source.reading import Reading
from data.source.rows import Rows
from data.source.values import listed
from data.types.records import Given

T = TypeVar("T")
Look = Callable[[Reading, tuple[str, ...]], None]
#: A database's message on a failed conversion contains the value, which is masked.
_OF_A_VALUE = re.compile(r"convert|conver[st]ion|cast|invalid input|incorrect|out of range", re.IGNORECASE)
_HELD = re.compile(r"holds .*, which is no time", re.DOTALL)
#: A value may hold quotes itself, and a line may end within it; a column's name is none.
_STRING, _OPEN = re.compile(r"string (['\"]).*\1"), re.compile(r"(?<=[\s:(])['\"][^'\"]*$")
_QUOTED = re.compile(r"(column )?('[^']*'|\"[^\"]*\")")
#: DuckDB's message on a file it cannot read: its first line tells only where; that of the reason comes after the row itself.
_CSV = "CSV Error on Line"
_REASONS = (
    "Invalid unicode",
    "Expected Number of Columns",
    "Error when converting column",
    "Value with unterminated quote",
    "Maximum line size",
)
_REASON = re.compile(rf"^(?:{'|'.join(_REASONS)}).*$", re.MULTILINE)
#: Quotes a word of the mapping, not a value.
_OF_AN_ENCODING = re.compile(r"does not support the encoding", re.IGNORECASE)


#: Id columns: raw values are kept, to be named in a report.
IDS = (("event", "id"), ("transition", "key"), ("transition", "event"))
#: Tables of which a sample can be read.
SAMPLED = ("event", "transition")
PLACE = ("lon", "lat")


class TableError(Exception):
    """The SELECT of ``table`` fails; ``said`` is the database's own message."""

    def __init__(self, table: str, said: str) -> None:
        self.table, self.said = table, said
        super().__init__(said)


@dataclass(frozen=True)
class TableRead:
    """A contract table as read: its rows, the number of NULLs in each column, and the seconds it took.

    ``whole``: number of rows at the source; ``rows`` are a sample if there are fewer.
    """

    table: str
    rows: int
    nulls: dict[str, int]
    took_s: float
    whole: int


@dataclass
class Delivery:
    """``frames`` and ``reads`` of the tables whose SELECT runs, ``failed`` (table -> the database's message) of the others.

    ``queries``: (statement, seconds, whether every tick runs it).  ``raw``: the id columns, unconverted.  ``sample``: only some
    events with their log were read.  ``kinds``: the types of the ids in the source's words; ``distinct``: number of different
    ids by the source's own count (not of a sample).  ``not_found``: id columns that cannot be queried by the values that they
    deliver.
    """

    frames: dict[str, Frame] = field(default_factory=dict)
    reads: dict[str, TableRead] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    queries: list[tuple[str, float, bool]] = field(default_factory=list)
    raw: dict[tuple[str, str], Cells] = field(default_factory=dict)
    sample: bool = False
    dialect: str = ""
    kinds: dict[tuple[str, str], str] = field(default_factory=dict)
    distinct: dict[tuple[str, str], int] = field(default_factory=dict)
    not_found: frozenset[tuple[str, str]] = frozenset()

    @property
    def numbered(self) -> bool:
        """Whether the log's keys are integers."""
        cells = self.raw.get(("transition", "key"), ())
        if isinstance(cells, pa.ChunkedArray):
            return bool(pa.types.is_integer(cells.type))
        return all(isinstance(c, int) for c in cells if c is not None)

    def spelled_at(self, table: str, column: str, row: int) -> str:
        """An id as spelled at the source."""
        return str(self.cell(table, column, row))

    def cell(self, table: str, column: str, row: int) -> object:
        """The raw value of an id column."""
        cells = self.raw[table, column]
        return listed(cells.slice(row, 1))[0] if isinstance(cells, pa.ChunkedArray) else cells[row]

    def spelled(self, table: str, column: str, held: str) -> str:
        """The source's spelling of the id that the facts hold as ``held``; ``held`` itself if no row has it."""
        rows = np.flatnonzero(self.frames[table].ints(column) == int(held))[:1]
        return self.spelled_at(table, column, int(rows[0])) if len(rows) else held


def deliver(source: Source, look: Look, events: int | None = None, number: str = "") -> Delivery:
    """Read all tables of the mapping in one transaction; ``look`` is called in it with the names of those that can be read.

    With ``events``, at most that many events are read with their log, spread over the table, plus the case ``number``.
    Raises SourceError if the database itself cannot be reached.
    """
    with _only(source, ()) as none, none.reading():
        pass  # the database is reachable: later failures are a SELECT's
    failed: dict[str, str] = {}
    tables: list[str] = []
    for table in source.mapping.tables:
        try:
            with _only(source, (table,)) as one, one.reading():
                tables.append(table)
        except SourceError as fault:
            failed[table] = _said(fault, source.name)
    while True:
        try:
            large = events is not None and set(SAMPLED) <= set(tables) and _count(source, "event") > events
            sampled = SAMPLED if large else ()
            with _only(source, tuple(tables)) as some:
                return _read(some, tuple(tables), failed, look, sampled, events or 0, number)
        except TableError as fault:  # fails only for some rows: read the other tables without it
            failed[fault.table] = fault.said
            tables.remove(fault.table)


def _read(
    source: Source,
    tables: tuple[str, ...],
    failed: dict[str, str],
    look: Look,
    sampled: tuple[str, ...],
    events: int,
    number: str,
) -> Delivery:
    out = Delivery(failed=failed, sample=bool(sampled), dialect=source.dialect.name)
    took: dict[str, float] = {}
    nulls_of: dict[str, dict[str, int]] = {}
    with bulk(source) as whole:
        for table in tables if not sampled else [t for t in tables if t not in sampled]:
            columns, took[table] = _timed(table, partial(whole, table))
            _timed(table, partial(_keep, out, source, table, columns))
            out.queries.append((f"{table}: whole", took[table], False))
    with source.reading() as reading:
        if sampled:
            for table, rows, seconds in _sample(reading, source, events, number):
                columns = {c: [r[i] for r in rows.rows] for i, c in enumerate(rows.columns)}
                _timed(table, partial(_keep, out, source, table, columns))
                took[table], nulls_of[table] = seconds, _nulls(columns)
        for table in tables:
            if table in sampled:
                count, seconds = _timed(table, partial(reading.count, table))
                n, nulls = out.frames[table].n, nulls_of[table]
            else:
                (count, nulls), seconds = _timed(table, partial(reading.filled, table))
                n = count
            out.reads[table] = TableRead(table, n, nulls, took[table], count)
            out.queries.append((f"{table}: count", seconds, False))
        for table, column in (("event", "id"), ("transition", "event")):
            _ask_as_a_tick(out, source, reading, table, column)
        for table, column in out.raw:
            kind = partial(kind_of, reading, source.mapping, table, column, out.raw[table, column])
            out.kinds[table, column] = _timed(table, kind)[0]
            if not sampled and column == "id":
                out.distinct[table, column] = _timed(table, partial(distinct, reading, source.mapping, table, column))[0]
        source.learn(reading)
        out.not_found = source.not_found
        look(reading, tables)
    return out


def _count(source: Source, table: str) -> int:
    with _only(source, (table,)) as one, one.reading() as reading:
        return _timed(table, partial(reading.count, table))[0]


def _keep(out: Delivery, source: Source, table: str, columns: Mapping[str, Cells]) -> None:
    out.frames[table] = source.frame(table, columns)
    out.raw.update({(table, c): columns[c] for t, c in IDS if t == table})


def _sample(reading: Reading, source: Source, events: int, number: str) -> Iterator[tuple[str, Rows, float]]:
    """(table, rows, seconds) of some events and their whole log, including events that only the log names."""
    ids, took = _timed("event", partial(spread, reading, source.mapping, "event", "id", events))
    named, took_log = _timed("transition", partial(spread, reading, source.mapping, "transition", "event", max(1, events // 10)))
    asked = _timed("event", partial(ids_of, reading, number))[0] if number else []
    wanted: dict[int, Given] = {}
    for of, spellings in (("event", [*ids, *asked]), ("transition", named)):
        for spelled_so in spellings:
            wanted.setdefault(source.identity(spelled_so, of), []).append(spelled_so)
    for table, column, before in (("event", "id", took), ("transition", "event", took_log)):
        rows, seconds = _timed(table, partial(reading.by, table, column, wanted))
        yield table, rows, before + seconds


def _nulls(columns: Mapping[str, Cells]) -> dict[str, int]:
    """NULLs per column; not of points, which are read only for events without a grid code."""
    placed = PLACE if "grid" in columns else ()
    return {c: sum(v is None for v in cells) for c, cells in columns.items() if c not in placed}


def _ask_as_a_tick(out: Delivery, source: Source, reading: Reading, table: str, column: str) -> None:
    """Time the queries of a tick: what changed since the newest stamp, and the rows of one event."""
    mapping = source.mapping
    if table not in out.reads or not mapping.tables[table].changed or not out.reads[table].rows:  # type: ignore[index]
        return
    newest, took = _timed(table, partial(reading.newest, table))
    if newest is not None:
        _, took = _timed(table, partial(reading.changed, table, newest))
        out.queries.append((f"{table}: {mapping.tables[table].changed} >= newest", took, True))  # type: ignore[index]
    one = reading.rows(f"SELECT q.{reading.quoted(column)} FROM {mapping.tables[table].rows} LIMIT 1").rows  # type: ignore[index]
    _, took = _timed(table, partial(reading.by, table, column, {source.identity(one[0][0], table): [one[0][0]]}))
    out.queries.append((f"{table}: {column} = one event", took, True))


def _timed(table: str, ask: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    try:
        answer = ask()
    except SourceError as fault:
        raise TableError(table, _HELD.sub("holds a value that is no time", str(fault))) from fault
    except Exception as error:  # drivers raise their own errors, not only SQLAlchemy's
        raise TableError(table, unsaid(error)) from error
    return answer, time.perf_counter() - began


@contextlib.contextmanager
def _only(source: Source, tables: tuple[str, ...]) -> Iterator[Source]:
    """The same database through a part of its mapping, on a separate connection."""
    kept = {name: table for name, table in source.mapping.tables.items() if name in tables}
    some = Source(source.url, source.mapping.model_copy(update={"tables": kept}), source.data_file, source.limits)
    try:
        yield some
    finally:
        some.close()


def _said(fault: SourceError, name: str) -> str:
    return unsaid(fault.__cause__) if fault.__cause__ is not None else str(fault).removeprefix(f"{name}: ")


def unsaid(error: BaseException) -> str:
    """The first line of an error, and of a file's its reason; without any value that it quotes, and without the row."""
    told = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    line, *more = (str(told).strip() or type(told).__name__).splitlines()
    reason = _REASON.search("\n".join(more)) if _CSV in line else None
    line = f"{line}: {reason[0].strip()}" if reason else line
    return _masked(line) if _OF_A_VALUE.search(line) and not _OF_AN_ENCODING.search(line) else line


def _masked(line: str) -> str:
    line = _STRING.sub("string '...'", line)
    line = _QUOTED.sub(lambda quoted: quoted[0] if quoted[1] else "'...'", line)
    return _OPEN.sub("'...'", line)
