"""The order of a log's rows by a column of any type: the rank of each value."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.source.identity import LONGEST
from data.source.values import Cells, distinct, listed
from data.types.arrays import Ints


def ranks(cells: Cells) -> Ints:
    """(n,): the rank of each value, so that equal ones are equal and NULL comes first.

    Numbers and times by value; texts in natural order, so that "ID-2" comes before "ID-10".
    """
    if isinstance(cells, pa.ChunkedArray) and _has_size(cells.type):
        whole = cells.cast(pa.int64(), safe=False) if not pa.types.is_date32(cells.type) else cells.cast(pa.int32())
        null = np.asarray(whole.is_null())
        return np.where(null, -(2**63), np.asarray(pc.fill_null(whole.cast(pa.int64()), 0).to_numpy(), np.int64))
    said, positions = distinct(listed(cells))
    order = sorted(range(len(said)), key=lambda i: _natural(said[i]))
    table = np.empty(len(said) + 1, np.int64)
    table[np.array(order, np.int64)] = np.arange(len(said), dtype=np.int64)
    table[-1] = -1
    return table[positions]


def _has_size(kind: pa.DataType) -> bool:
    """Whether the type is whole numbers or times that fit into 64 bits and sort the same way."""
    if pa.types.is_uint64(kind) or pa.types.is_interval(kind):
        return False
    return bool(pa.types.is_integer(kind) or pa.types.is_temporal(kind))


def _natural(value: object) -> tuple[Any, ...]:
    if isinstance(value, (bool, int, float, Decimal)) and value == value:
        return (0, ((0, value, ""),))
    parts = re.split(r"(\d+)", str(value))
    return (1, tuple((0, int(p), p) if p.isdecimal() and len(p) <= LONGEST else (1, 0, p) for p in parts if p))
