"""What a source delivers, as typed columns: instants as ms UTC, ids as integers, texts as codes into their values.

The same frames come from Arrow (bulk) and from a few rows (a tick), so that one ``derive`` serves both.  This is where
foreign values enter: a value that cannot be used becomes NULL and is noted with its row and column (``Frame.bad``); it
does not stop the others from being read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import BigInteger, DateTime, Float, Integer, LargeBinary

from data.source import times, values
from data.source.contract import METADATA
from data.source.identity import EXACT, NOBODY, Alike, identity
from data.source.log_order import ranks
from data.source.timestamps import NEVER
from data.source.values import BAD, NONE, Bad, Cells
from data.types.arrays import Flags, Floats, Ints
from data.types.records import Given, Record
from geo.gcj02 import DISPLACED

#: In the ledger: a log row without a key (``tkey`` -1 is an event's own row).
NO_KEY = -2
_IDS = {("event", "id"), ("event", "duplicate_of"), ("event", "linked_to"), ("transition", "key"), ("transition", "event")}
#: Ids of log rows are not event ids: they are distinguished exactly as written.
_OWN_KEYS = {("transition", "key")}
#: Read as text although the contract's column is a number: a mapping may map words to it.
_WORDS = {("event", "severity")}
_YES_NO = {("event", "verified"), ("event", "resolved"), ("position", "on_duty")}
#: Only its order matters: it may be a number, a time or a text.
_SEQUENCE = ("transition", "seq")
_FEW = 256


class BadCell(NamedTuple):
    """A rejected value: the row's position, the contract's column, the reason and the value found."""

    row: int
    column: str
    reason: str
    detail: str


@dataclass(frozen=True)
class Rules:
    """How to interpret a source's values: ``zone`` of its naive times, ``codes`` (the mapping's code maps by column), ``alike``
    (how it compares ids), ``never`` (days and words that mean "has not happened"), ``crs`` (table -> the displaced coordinate
    system of its ``lon`` and ``lat``, a key of ``geo.gcj02.DISPLACED``)."""

    zone: ZoneInfo
    codes: Mapping[str, Mapping[str, str | int]] = field(default_factory=dict)
    alike: Alike = EXACT
    never: frozenset[str] = frozenset(NEVER)
    crs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Coded:
    """Texts: ``codes`` (n,) are positions in ``values``, -1 = NULL or empty."""

    values: tuple[str, ...]
    codes: NDArray[np.int32]

    def positions(self, index: Mapping[str, int]) -> Ints:
        """(n,): the position of each text in a list of the city; -1 = NULL, -2 = not in the list."""
        table = np.array([*(index.get(v, -2) for v in self.values), -1], np.int64)
        return np.asarray(table[self.codes], np.int64)

    def texts(self) -> NDArray[np.object_]:
        """(n,): each text as it is, "" for NULL."""
        return np.array([*self.values, ""], object)[self.codes]

    def text(self, row: int) -> str:
        return self.values[self.codes[row]] if self.codes[row] >= 0 else ""


class Frame:
    """One contract table, n rows.  A column that the mapping leaves out is all NULL; ``bad`` are the rejected values."""

    def __init__(self, table: str, n: int, columns: Record, bad: Sequence[BadCell] = ()) -> None:
        self.table, self.n, self._columns, self.bad = table, n, columns, tuple(bad)

    def has(self, name: str) -> bool:
        return name in self._columns

    def ints(self, name: str) -> Ints:
        """Ids, numbers or instants (ms); NONE = NULL, BAD = not usable."""
        held = self._columns.get(name)
        if isinstance(held, times.Times):
            return held.ms
        return np.full(self.n, NONE, np.int64) if held is None else np.asarray(held, np.int64)

    def ends(self, name: str) -> Ints:
        """Instants: the last ms of the day where only a date was given, else as ``ints``."""
        held = self._columns.get(name)
        return held.ends if isinstance(held, times.Times) else self.ints(name)

    def told(self, name: str) -> Ints:
        """Instants as given, including those that mean "never" (NONE = NULL, BAD = not usable)."""
        held = self._columns.get(name)
        return held.told if isinstance(held, times.Times) else self.ints(name)

    def nevers(self) -> dict[str, int]:
        """Column -> how many of its times mean "never"."""
        counts = {k: int(self.never(k).sum()) for k, v in self._columns.items() if isinstance(v, times.Times)}
        return {k: n for k, n in counts.items() if n}

    def never(self, name: str) -> Flags:
        """(n,): whether the time means "never"."""
        return np.asarray(self.told(name) != self.ints(name))

    def coded(self, name: str) -> Coded:
        held = self._columns.get(name)
        return held if isinstance(held, Coded) else Coded((), np.full(self.n, -1, np.int32))

    def take(self, rows: NDArray[np.intp]) -> Frame:
        """The chosen rows, in the order given."""
        taken: Record = {}
        for name, held in self._columns.items():
            if isinstance(held, Coded):
                taken[name] = Coded(held.values, held.codes[rows])
            elif isinstance(held, times.Times):
                taken[name] = held.take(rows)
            else:
                taken[name] = held[rows] if isinstance(held, np.ndarray) else [held[i] for i in rows]
        if not self.bad:
            return Frame(self.table, len(rows), taken)
        where = np.full(self.n, -1, np.int64)
        where[rows] = np.arange(len(rows))
        bad = [b._replace(row=int(where[b.row])) for b in self.bad if where[b.row] >= 0]
        return Frame(self.table, len(rows), taken, bad)

    def floats(self, name: str) -> Floats:
        """Coordinates; NaN = NULL or no number."""
        held = self._columns.get(name)
        return np.full(self.n, np.nan) if held is None else np.asarray(held, np.float64)

    def cells(self, name: str) -> Given:
        """Values as delivered (geometry)."""
        held = self._columns.get(name)
        return [None] * self.n if held is None else list(held)


def frame(table: str, columns: Mapping[str, Cells], rules: Rules, order: str = "") -> Frame:
    """Type the delivered ``columns`` (lists or Arrow) of a contract table.

    ``order`` names the column that orders rows of the same instant; it is kept as the frame's ``order``, a rank.
    """
    out: Record = {}
    bad: list[BadCell] = []
    n = 0
    for name, cells in columns.items():
        n = len(cells)
        held, faulty = _guarded(table, name, cells, rules)
        out[name] = held
        bad.extend(BadCell(row, name, reason, detail) for row, reason, detail in faulty)
    if table == "event" and "id" in columns and "case_number" not in columns:
        # a text id doubles as the case number
        out["case_number"] = _typed("event", "case_number", columns["id"], rules)[0]
    if table in rules.crs and {"lon", "lat"} <= out.keys():
        out["lon"], out["lat"] = DISPLACED[rules.crs[table]](np.column_stack([out["lon"], out["lat"]])).T
    by = order or ("seq" if "seq" in columns else "")
    if by and by in columns:
        out["order"] = ranks(columns[by])
    return Frame(table, n, out, bad)


def _guarded(table: str, name: str, cells: Cells, rules: Rules) -> tuple[Any, Sequence[Bad]]:
    """As ``_typed``; a value that no reader anticipated is rejected instead of stopping the others."""
    try:
        return _typed(table, name, cells, rules)
    except Exception:
        faulty: list[Bad] = []
        usable: Given = []
        for row, value in enumerate(values.listed(cells)):
            try:
                _typed(table, name, [value], rules)
                usable.append(value)
            except Exception as error:
                usable.append(None)
                faulty.append((row, "bad_value", f"is a {type(value).__name__} that cannot be read ({type(error).__name__})"))
        held, more = _typed(table, name, usable, rules)
        return held, [*faulty, *more]


def _typed(table: str, name: str, cells: Cells, rules: Rules) -> tuple[Any, Sequence[Bad]]:
    kind = METADATA.tables[table].c[name].type
    place = (table, name)
    codes = rules.codes.get(name, {})
    if place == _SEQUENCE:
        return ranks(cells), ()
    if place in _IDS:
        return ids(cells, EXACT if place in _OWN_KEYS else rules.alike.of(table)), values.unfit(cells)
    if isinstance(kind, DateTime):
        return times.times_of(cells, rules.zone, rules.never), ()
    if isinstance(kind, Float):
        return values.floats(cells)
    if isinstance(kind, LargeBinary):
        return (cells.to_pylist() if isinstance(cells, pa.ChunkedArray) else list(cells)), ()
    if place in _YES_NO:
        return values.yes_no(cells, codes)
    if isinstance(kind, (Integer, BigInteger)) and place not in _WORDS:
        return values.numbers(cells, codes)
    held, found, faulty = values.texts(cells)
    if place in _WORDS:
        held = [v if v in codes else values.whole_text(v) for v in held]
    return Coded(tuple(str(codes.get(v, v)) for v in held), found), faulty


def ids(cells: Cells, alike: Alike = EXACT) -> Ints:
    """(n,) identities (``data.source.identity``); NONE for missing ids."""
    if isinstance(cells, pa.ChunkedArray):
        if pa.types.is_integer(cells.type) and not pa.types.is_uint64(cells.type):
            return _whole(cells)
        if len(cells) > _FEW and (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)):
            raw, positions = values.dictionary(cells)
            table = np.array([*(identity(v, alike) for v in raw), NOBODY], np.int64)
            return np.asarray(table[positions], np.int64)
        cells = values.listed(cells)
    return np.array([identity(v, alike) for v in cells], np.int64)


def _whole(cells: pa.ChunkedArray) -> Ints:
    null = np.asarray(cells.is_null())
    found = np.array(pc.fill_null(cells.cast(pa.int64()), 0).to_numpy(), np.int64)
    for i in np.flatnonzero(found < 0):  # our own marks never stand for one of the source's ids
        found[i] = identity(int(found[i]))
    return np.where(null, NONE, found)


def instants(cells: Cells, zone: ZoneInfo) -> Ints:
    """(n,) ms since 1970 UTC as given; NONE = NULL, BAD = no time (see ``data.source.times``)."""
    return times.times_of(cells, zone, frozenset()).told


def instant(value: object, zone: ZoneInfo) -> int:
    """One time as ms UTC; see ``instants``."""
    return times.instant(value, zone)


def day_of(at: Ints) -> Ints:
    """UTC days since 1970, rounded towards zero as SQL divides; -1 where there is no usable time."""
    return np.where((at == NONE) | (at == BAD), -1, np.sign(at) * (np.abs(at) // 86_400_000))


__all__ = [
    "BAD",
    "NONE",
    "NO_KEY",
    "BadCell",
    "Cells",
    "Coded",
    "Frame",
    "Ints",
    "Rules",
    "day_of",
    "frame",
    "ids",
    "instant",
    "instants",
]
