"""All that a source delivers through its mapping, read once as a load would read it, with the time that each query took."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import pyarrow as pa
from sqlalchemy.exc import DBAPIError

from data.check.finding import TableRead
from data.errors import SourceFault
from data.source.columns import Cells, Frame
from data.source.reader import Reading, Source, bulk

T = TypeVar("T")
#: What a database says of a value that it could not convert holds the value; it is blotted out.
_OF_A_VALUE = re.compile(r"convert|conver[st]ion|cast|invalid input|incorrect|out of range", re.IGNORECASE)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


class TableFails(Exception):
    """The SELECT of ``table`` does not run; ``said`` are the database's own words."""

    def __init__(self, table: str, said: str) -> None:
        self.table, self.said = table, said
        super().__init__(said)


@dataclass
class Delivery:
    """``frames`` and ``reads`` of the tables whose SELECT runs, ``failed`` (table -> the database's words) of the others.

    ``queries``: (what was asked, seconds, whether every tick asks it).  ``numbered``: the log's keys are whole numbers.
    """

    frames: dict[str, Frame] = field(default_factory=dict)
    reads: dict[str, TableRead] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    queries: list[tuple[str, float, bool]] = field(default_factory=list)
    numbered: bool = False


def deliver(source: Source, look: Callable[[Reading], None]) -> Delivery:
    """Read every table of the mapping, all that run from one transaction, in which ``look`` is called too.

    Raises SourceFault where the database itself cannot be reached.
    """
    with _only(source, ()).reading():
        pass                            # the database is there: what fails from here on is a SELECT
    failed: dict[str, str] = {}
    tables: list[str] = []
    for table in source.mapping.tables:
        try:
            with _only(source, (table,)).reading():
                tables.append(table)
        except SourceFault as fault:
            failed[table] = _said(fault, source.name)
    while True:
        try:
            return _read(_only(source, tuple(tables)), tuple(tables), failed, look)
        except TableFails as fault:     # it runs for no row and fails for some: the others are read without it
            failed[fault.table] = fault.said
            tables.remove(fault.table)


def _read(source: Source, tables: tuple[str, ...], failed: dict[str, str], look: Callable[[Reading], None]) -> Delivery:
    out = Delivery(failed=failed)
    with bulk(source) as whole:
        for table in tables:
            columns, took = _timed(table, partial(whole, table))
            if table == "transition":
                out.numbered = _whole_numbers(columns["key"])
            out.frames[table] = source.frame(table, columns)
            out.queries.append((f"{table}: whole", took, False))
    with source.reading() as reading:
        for table in tables:
            (rows, nulls), took = _timed(table, partial(reading.filled, table))
            out.reads[table] = TableRead(table, rows, nulls, next(s for q, s, _ in out.queries if q == f"{table}: whole"))
            out.queries.append((f"{table}: count", took, False))
        for table, column in (("event", "id"), ("transition", "event")):
            _ask_as_a_tick(out, source, reading, table, column)
        look(reading)
    return out


def _ask_as_a_tick(out: Delivery, source: Source, reading: Reading, table: str, column: str) -> None:
    """What changed since the newest stamp, and the rows of one event: what every tick asks of a source that changes."""
    mapping = source.mapping
    if table not in out.reads or not mapping.tables[table].changed or not out.reads[table].rows:  # type: ignore[index]
        return
    newest, took = _timed(table, partial(reading.newest, table))
    if newest is not None:
        _, took = _timed(table, partial(reading.changed, table, newest))
        out.queries.append((f"{table}: {mapping.tables[table].changed} >= newest", took, True))  # type: ignore[index]
    one = reading.rows(f"SELECT q.{reading.quoted(column)} FROM {mapping.tables[table].rows} LIMIT 1").rows  # type: ignore[index]
    _, took = _timed(table, partial(reading.by, table, column, {source.identity(one[0][0]): [one[0][0]]}))
    out.queries.append((f"{table}: {column} = one event", took, True))


def _timed(table: str, ask: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    try:
        answer = ask()
    except SourceFault as fault:
        raise TableFails(table, str(fault)) from fault
    except Exception as error:      # each driver has errors of its own, also beside SQLAlchemy's
        raise TableFails(table, _first_line(error)) from error
    return answer, time.perf_counter() - began


def _only(source: Source, tables: tuple[str, ...]) -> Source:
    """The same database through a part of its mapping."""
    kept = {name: table for name, table in source.mapping.tables.items() if name in tables}
    return Source(source.url, source.mapping.model_copy(update={"tables": kept}))


def _said(fault: SourceFault, name: str) -> str:
    return _first_line(fault.__cause__) if fault.__cause__ is not None else str(fault).removeprefix(f"{name}: ")


def _first_line(error: BaseException) -> str:
    told = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    line = (str(told).strip() or type(told).__name__).splitlines()[0]
    return _QUOTED.sub("'...'", line) if _OF_A_VALUE.search(line) else line


def _whole_numbers(cells: Cells) -> bool:
    if isinstance(cells, pa.ChunkedArray):
        return bool(pa.types.is_integer(cells.type))
    return all(isinstance(c, int) for c in cells if c is not None)
