"""A column of times as ms since 1970 UTC: the same result from Arrow and from a few rows, DST gaps included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.source import values
from data.source.timestamps import day_end_ms, to_ms, told
from data.source.values import BAD, NONE, Cells
from data.types.arrays import Flags, Ints

_FEW = 256
_DAY_US = 86_400_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
#: DuckDB's 'infinity' and '-infinity', as Arrow carries them.
_INFINITE = {2**63 - 1: "infinity", -(2**63 - 1): "-infinity"}


@dataclass(frozen=True)
class Times:
    """(n,) each.  ``ms``: NONE = NULL or never, BAD = no time; ``told``: as ``ms``, but with "never" values (BAD if no calendar
    time); ``ends``: the last ms of the day where only a date was given, else as ``ms``."""

    ms: Ints
    told: Ints
    ends: Ints

    def take(self, rows: NDArray[np.intp]) -> Times:
        ms = self.ms[rows]
        return Times(ms, ms if self.told is self.ms else self.told[rows], ms if self.ends is self.ms else self.ends[rows])


def times_of(cells: Cells, zone: ZoneInfo, never: frozenset[str]) -> Times:
    """Read a column (a list or an Arrow ChunkedArray); naive times are in ``zone``, rounded down to the ms.

    ``never`` holds days ("9999-12-31") and words ("infinity") meaning that something has not happened.  In the hour that
    occurs twice when summer time ends, the first occurrence is meant; a time skipped by the clocks is the first instant after
    the gap.
    """
    if not isinstance(cells, pa.ChunkedArray):
        kinds = {type(v) for v in cells} - {type(None)}
        if len(cells) <= _FEW or len(kinds) != 1 or not kinds <= {str, datetime, date}:
            return _one_by_one(cells, zone, never)  # Arrow reads a mixture of dates and times as dates
        try:
            cells = pa.chunked_array([pa.array(cells)])
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, NotImplementedError, UnicodeEncodeError):
            return _one_by_one(cells, zone, never)
    kind = cells.type
    if pa.types.is_null(kind):
        none = np.full(len(cells), NONE, np.int64)
        return Times(none, none, none)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _of_texts(cells, zone, never)
    if pa.types.is_date(kind):
        return _of_stamps(pc.cast(cells, pa.timestamp("us")), zone, never, days=True)
    if pa.types.is_timestamp(kind):
        return _of_stamps(pc.cast(cells, pa.timestamp("us", tz=kind.tz), safe=False), zone, never)
    nothing = np.where(np.asarray(cells.is_null()), NONE, BAD)
    return Times(nothing, nothing, nothing)


def instant(value: object, zone: ZoneInfo) -> int:
    """One time as ms UTC; NONE = missing, BAD = no time."""
    return _instant(value, zone, frozenset())[1]


def _one_by_one(cells: Cells, zone: ZoneInfo, never: frozenset[str]) -> Times:
    return _times(np.array([_instant(v, zone, never) for v in cells], np.int64).reshape(-1, 3))


def _times(read: Ints) -> Times:
    ms = np.ascontiguousarray(read[:, 0])
    return Times(ms, read[:, 1] if (read[:, 1] != ms).any() else ms, read[:, 2] if (read[:, 2] != ms).any() else ms)


def _instant(value: object, zone: ZoneInfo, never: frozenset[str]) -> tuple[int, int, int]:
    """(ms, told, end) of one value."""
    found = told(value)
    if found is None:
        return NONE, NONE, NONE
    at = found.local
    try:
        said = BAD if at is None else _usable(to_ms(at, zone))
    except OverflowError:
        said = BAD
    if found.word in never or (at is not None and at.tzinfo is not None and _local_day(at, zone) in never):
        return NONE, said, NONE
    end = day_end_ms(at, zone) if found.day_alone and at is not None and said != BAD else said
    return said, said, end


def _usable(ms: int) -> int:
    """Keep a time from colliding with our own marks."""
    return BAD if ms == NONE else ms


def _local_day(at: datetime, zone: ZoneInfo) -> str:
    try:
        return at.astimezone(zone).date().isoformat()
    except OverflowError:
        return at.date().isoformat()


def _of_texts(cells: pa.ChunkedArray, zone: ZoneInfo, never: frozenset[str]) -> Times:
    """Texts that are all ISO without an offset in one cast; otherwise each distinct text once."""
    try:
        stamps = pc.cast(cells, pa.timestamp("us"))
    except pa.ArrowInvalid:
        raw, positions = values.dictionary(cells)
        table = np.array([*(_instant(v, zone, never) for v in raw), (NONE, NONE, NONE)], np.int64)
        return _times(table[positions])
    found = _of_stamps(stamps, zone, never)
    lengths = np.asarray(pc.fill_null(pc.utf8_length(cells), 0))
    short = np.flatnonzero((lengths == 10) & (found.ms != NONE))
    if not short.size:
        return found
    return Times(found.ms, found.told, _with_day_ends(stamps, found.ms, short, zone))


def _of_stamps(stamps: pa.ChunkedArray, zone: ZoneInfo, never: frozenset[str], days: bool = False) -> Times:
    null = np.asarray(stamps.is_null())
    micro = np.array(pc.fill_null(stamps.cast(pa.int64()), 0).to_numpy(), np.int64)
    out = micro // 1000
    aware = stamps.type.tz is not None
    if not aware:
        out = _to_utc(out, zone)
    out[out == NONE] = BAD
    infinite = np.zeros(len(micro), bool)
    for edge in _INFINITE:
        infinite |= micro == edge
    out[infinite] = BAD
    out[null] = NONE
    unhappened = _never(micro, out if aware else None, null, zone, never)
    ms = np.where(unhappened, NONE, out) if unhappened.any() else out
    alone = np.flatnonzero(days & (ms != NONE) & (ms != BAD))
    return Times(ms, out, _with_day_ends(stamps, ms, alone, zone) if alone.size else ms)


def _never(micro: Ints, utc_ms: Ints | None, null: Flags, zone: ZoneInfo, never: frozenset[str]) -> Flags:
    found = np.zeros(len(micro), bool)
    if not never:
        return found
    ordinals = _ordinals(never)
    for edge, word in _INFINITE.items():
        if word in never:
            found |= micro == edge
    for day in ordinals:
        found |= micro // _DAY_US == day
        if utc_ms is not None:  # the date in the source's own zone
            shift = int((datetime(2000, 1, 1, tzinfo=zone).utcoffset() or pd.Timedelta(0)).total_seconds()) * 1000
            found |= (utc_ms + shift) // (_DAY_US // 1000) == day
    return found & ~null


@lru_cache(maxsize=16)
def _ordinals(never: frozenset[str]) -> tuple[int, ...]:
    """The days of ``never`` as days since 1970, without words and invalid dates."""
    out = []
    for word in never:
        try:
            out.append(date.fromisoformat(word).toordinal() - _EPOCH_DAY)
        except ValueError:
            continue
    return tuple(out)


def _with_day_ends(stamps: pa.ChunkedArray, ms: Ints, rows: NDArray[np.intp], zone: ZoneInfo) -> Ints:
    """``ms`` with the last ms of the local day in ``rows``; each day is computed once."""
    ends = ms.copy()
    local = np.asarray(pc.fill_null(stamps.cast(pa.int64()), 0).to_numpy(), np.int64)[rows] // _DAY_US
    different, inverse = np.unique(local, return_inverse=True)
    table = np.array([_end_of(int(d), zone) for d in different], np.int64)
    ends[rows] = np.where(table[inverse] == BAD, ms[rows], table[inverse])
    return ends


def _end_of(day: int, zone: ZoneInfo) -> int:
    try:
        first = date.fromordinal(day + _EPOCH_DAY)
    except (ValueError, OverflowError):
        return BAD
    return day_end_ms(datetime(first.year, first.month, first.day), zone)


def _to_utc(local_ms: Ints, zone: ZoneInfo) -> Ints:
    """Naive local times to UTC, as ``timestamps.to_ms`` does for single ones."""
    if zone.key == "UTC":
        return local_ms
    naive = pd.DatetimeIndex(local_ms.astype("datetime64[ms]"))
    aware = naive.tz_localize(zone, ambiguous=np.ones(len(naive), bool), nonexistent="NaT")
    out = aware.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[ms]").astype(np.int64)
    for i in np.flatnonzero(np.asarray(aware.isna())).tolist():
        out[i] = to_ms(naive[i].to_pydatetime(), zone)
    return out
