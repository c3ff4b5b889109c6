"""What a source delivers, by column and typed: instants as ms UTC, ids as integers, texts as codes into their values.

The same frames come from Arrow (bulk) and from a few rows (a tick), so that one ``derive`` serves both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import BigInteger, DateTime, Float, Integer, LargeBinary

from data.source.contract import METADATA

#: In an array of instants: nothing was given; something was given that is no instant.
NONE, BAD = -1, -(2**62)
#: In the ledger: a log row without a key (``tkey`` -1 is an event's own row).
NO_KEY = -2
_EPOCH = datetime(1970, 1, 1)
_MS = timedelta(milliseconds=1)
_IDS = {("event", "id"), ("event", "duplicate_of"), ("event", "linked_to"), ("transition", "key"),
        ("transition", "event")}
#: Read as text although the contract's own column is a number: a mapping may map words to it.
_WORDS = {("event", "severity")}
_FEW = 256

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Cells = Sequence[Any] | Any      # a list, or an Arrow ChunkedArray


@dataclass(frozen=True)
class Coded:
    """Texts: ``codes`` (n,) are positions in ``values``, -1 = NULL or empty."""

    values: tuple[str, ...]
    codes: NDArray[np.int32]

    def positions(self, index: Mapping[str, int]) -> NDArray[np.int64]:
        """(n,): the position of each text in a list of the city; -1 = NULL, -2 = not in the list."""
        table = np.array([*(index.get(v, -2) for v in self.values), -1], np.int64)
        return np.asarray(table[self.codes], np.int64)

    def texts(self) -> NDArray[np.object_]:
        """(n,): each as it is, "" where there is none."""
        return np.array([*self.values, ""], object)[self.codes]

    def text(self, row: int) -> str:
        return self.values[self.codes[row]] if self.codes[row] >= 0 else ""


class Frame:
    """One contract table, n rows.  A column that the mapping leaves out is all NULL."""

    def __init__(self, table: str, n: int, columns: dict[str, Any]) -> None:
        self.table, self.n, self._columns = table, n, columns

    def has(self, name: str) -> bool:
        return name in self._columns

    def ints(self, name: str) -> Ints:
        """Ids, numbers or instants (ms); NONE = NULL, BAD = not usable."""
        held = self._columns.get(name)
        return np.full(self.n, NONE, np.int64) if held is None else np.asarray(held, np.int64)

    def coded(self, name: str) -> Coded:
        held = self._columns.get(name)
        return held if isinstance(held, Coded) else Coded((), np.full(self.n, -1, np.int32))

    def take(self, rows: NDArray[np.intp]) -> Frame:
        """The chosen rows, in the order given."""
        taken: dict[str, Any] = {}
        for name, held in self._columns.items():
            if isinstance(held, Coded):
                taken[name] = Coded(held.values, held.codes[rows])
            else:
                taken[name] = held[rows] if isinstance(held, np.ndarray) else [held[i] for i in rows]
        return Frame(self.table, len(rows), taken)

    def floats(self, name: str) -> Floats:
        """Coordinates; NaN = NULL or no number."""
        held = self._columns.get(name)
        return np.full(self.n, np.nan) if held is None else np.asarray(held, np.float64)

    def cells(self, name: str) -> list[Any]:
        """Values as they came (geometry)."""
        held = self._columns.get(name)
        return [None] * self.n if held is None else list(held)


def frame(
    table: str, columns: Mapping[str, Cells], zone: ZoneInfo,
    codes: Mapping[str, Mapping[str, str | int]] | None = None,
) -> Frame:
    """Type the delivered ``columns`` (lists or Arrow) of a contract table.

    ``zone`` is that of naive times; ``codes`` are the mapping's code maps by column name.
    """
    out: dict[str, Any] = {}
    n = 0
    for name, cells in columns.items():
        n = len(cells)
        kind = METADATA.tables[table].c[name].type
        if (table, name) in _IDS:
            out[name] = ids(cells)
        elif isinstance(kind, DateTime):
            out[name] = instants(cells, zone)
        elif isinstance(kind, Float):
            out[name] = floats(cells)
        elif isinstance(kind, LargeBinary):
            out[name] = cells.to_pylist() if isinstance(cells, pa.ChunkedArray) else list(cells)
        elif isinstance(kind, (Integer, BigInteger)) and (table, name) not in _WORDS:
            out[name] = numbers(cells)
        else:
            out[name] = texts(cells, (codes or {}).get(name, {}))
    return Frame(table, n, out)


def ids(cells: Cells) -> Ints:
    """Integers as they are; any other id becomes a 63-bit BLAKE2b digest of its text.  NULL is NONE."""
    if isinstance(cells, pa.ChunkedArray):
        if pa.types.is_integer(cells.type):
            return np.asarray(pc.fill_null(cells.cast(pa.int64()), NONE).to_numpy(), np.int64)
        if len(cells) > _FEW and not pa.types.is_null(cells.type):
            coded = cells.combine_chunks().dictionary_encode()
            table = np.array([*(digest(v) for v in coded.dictionary.to_pylist()), NONE], np.int64)
            return np.asarray(table[np.asarray(pc.fill_null(coded.indices, -1))], np.int64)
        cells = cells.to_pylist()
    return np.array([digest(v) for v in cells], np.int64)


def digest(value: object) -> int:
    """The integer that stands for one id."""
    if value is None:
        return NONE
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    return int.from_bytes(hashlib.blake2b(str(value).encode(), digest_size=8).digest(), "big") >> 1


def numbers(cells: Cells) -> Ints:
    """Whole numbers; NULL is NONE, what is no number is BAD; true and false are 1 and 0."""
    if isinstance(cells, pa.ChunkedArray):
        if pa.types.is_integer(cells.type):
            return np.asarray(pc.fill_null(cells.cast(pa.int64()), NONE).to_numpy(), np.int64)
        if pa.types.is_null(cells.type):
            return np.full(len(cells), NONE, np.int64)
        cells = cells.to_pylist()
    return np.array([_number(v) for v in cells], np.int64)


def _number(value: Any) -> int:
    if value is None or value == "":
        return NONE
    try:
        whole = int(value)
    except (TypeError, ValueError, OverflowError):
        return BAD
    return whole if -(2**63) <= whole < 2**63 else BAD


def floats(cells: Cells) -> Floats:
    """Numbers; what is none is NaN."""
    if isinstance(cells, pa.ChunkedArray):
        if pa.types.is_null(cells.type):
            return np.full(len(cells), np.nan)
        if pa.types.is_floating(cells.type) or pa.types.is_integer(cells.type):
            return np.asarray(cells.cast(pa.float64(), safe=False).to_numpy(), np.float64)
        cells = cells.to_pylist()
    return np.array([_float(v) for v in cells], np.float64)


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def texts(cells: Cells, codes: Mapping[str, str | int]) -> Coded:
    """Texts as codes; ``codes`` translates the source's values to ours, the others stand for themselves."""
    if isinstance(cells, pa.ChunkedArray) and pa.types.is_string(cells.type):
        coded = cells.combine_chunks().dictionary_encode()
        raw: list[Any] = coded.dictionary.to_pylist()
        positions = np.asarray(pc.fill_null(coded.indices, -1)).astype(np.int32)
    else:
        listed = cells.to_pylist() if isinstance(cells, pa.ChunkedArray) else list(cells)
        found, uniques = pd.factorize(np.array([*listed, None], object)[:-1])
        raw, positions = list(uniques), found.astype(np.int32)
    values = [str(v).strip() for v in raw]
    empty = np.array([*(v == "" for v in values), True])
    if empty[:-1].any():
        positions = np.where(empty[positions], -1, positions).astype(np.int32)
    return Coded(tuple(str(codes.get(v, v)) for v in values), positions)


def instants(cells: Cells, zone: ZoneInfo) -> Ints:
    """Milliseconds since 1970 UTC, rounded down; naive times are of ``zone``.

    Of the hour that is told twice when summer time ends the first is meant.  NULL is NONE, what is no time is BAD.
    """
    if not isinstance(cells, pa.ChunkedArray):
        if len(cells) > _FEW:
            try:
                return instants(pa.chunked_array([pa.array(cells)]), zone)
            except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, NotImplementedError):
                pass
        return np.array([instant(v, zone) for v in cells], np.int64)
    kind = cells.type
    if pa.types.is_null(kind):
        return np.full(len(cells), NONE, np.int64)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        try:
            cells = pc.cast(cells, pa.timestamp("us"))
        except pa.ArrowInvalid:          # offsets, faults: one by one, each text once
            coded = cells.combine_chunks().dictionary_encode()
            table = np.array([*(instant(v, zone) for v in coded.dictionary.to_pylist()), NONE], np.int64)
            return np.asarray(table[np.asarray(pc.fill_null(coded.indices, -1))], np.int64)
        kind = cells.type
    if pa.types.is_date(kind):
        cells, kind = pc.cast(cells, pa.timestamp("us")), pa.timestamp("us")
    if not pa.types.is_timestamp(kind):
        return np.where(np.asarray(cells.is_null()), NONE, BAD)
    micro = pc.cast(cells, pa.timestamp("us", tz=kind.tz), safe=False)
    null = np.asarray(micro.is_null())
    plain = np.asarray(pc.fill_null(micro.cast(pa.int64()), 0).to_numpy(), np.int64) // 1000
    if kind.tz is None and zone.key != "UTC":
        plain = _to_utc(plain, zone)
    return np.where(null, NONE, plain)


def _to_utc(local_ms: Ints, zone: ZoneInfo) -> Ints:
    naive = pd.DatetimeIndex(local_ms.astype("datetime64[ms]"))
    aware = naive.tz_localize(zone, ambiguous=np.ones(len(naive), bool), nonexistent="shift_forward")
    return aware.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[ms]").astype(np.int64)


def instant(value: object, zone: ZoneInfo) -> int:
    """One time as ms UTC; see ``instants``."""
    if value is None or value == "":
        return NONE
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return BAD
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        return BAD
    aware = value if value.tzinfo else value.replace(tzinfo=zone)
    # not astimezone: 0001-01-01, a platform's "never", lies before the first day of another zone
    return (aware.replace(tzinfo=None) - _EPOCH - (aware.utcoffset() or timedelta())) // _MS


def day_of(at: Ints) -> Ints:
    """UTC days since 1970, towards zero as SQL divides; -1 where there is no usable time."""
    return np.where((at == NONE) | (at == BAD), -1, np.sign(at) * (np.abs(at) // 86_400_000))
