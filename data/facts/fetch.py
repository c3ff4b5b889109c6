"""A DuckDB answer as numpy columns of plain types."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from data.types.arrays import Array
from data.types.records import GivenRow

_INTEGERS = ("INT", "BOOL")  # TINYINT .. HUGEINT, UINTEGER ...
_FLOATS = ("DOUBLE", "FLOAT", "REAL", "DECIMAL")


def fetch(cursor: DuckDBPyConnection) -> dict[str, Array]:
    """A cursor's whole answer by column, in the types that ``Facts.read`` promises."""
    kinds = {d[0]: str(d[1]).upper() for d in cursor.description}
    if "HUGEINT" in kinds.values():  # sums: numpy would make them doubles, exact only up to 2**53
        table = cursor.to_arrow_table()
        return {name: _of_arrow(table.column(name), kinds[name]) for name in kinds}
    return {name: _plain(values, kinds[name]) for name, values in cursor.fetchnumpy().items()}


def only_row(answer: DuckDBPyConnection) -> GivenRow:
    """The only row of a statement that always returns one: a count, a sum."""
    (row,) = answer.fetchall()
    return row


def _of_arrow(values: pa.ChunkedArray, kind: str) -> Array:
    if kind == "HUGEINT":
        values = values.cast(pa.int64())
    null = np.asarray(values.is_null())
    if _is_whole(kind):
        return np.where(null, -1, np.asarray(pc.fill_null(values.cast(pa.int64()), -1))).astype(np.int64)
    if any(word in kind for word in _FLOATS):
        return np.asarray(values.cast(pa.float64()).to_numpy(), np.float64)
    return np.array([*values.to_pylist(), None], object)[:-1]


def _is_whole(kind: str) -> bool:
    return any(word in kind for word in _INTEGERS) and "INTERVAL" not in kind


def _plain(values: Array | pd.Categorical, kind: str) -> Array:
    masked = np.ma.getmask(values) if isinstance(values, np.ma.MaskedArray) else np.ma.nomask
    if isinstance(values, pd.Categorical):
        values = np.asarray(values, object)
    plain = np.asarray(np.ma.getdata(values))
    if _is_whole(kind):
        if masked is not np.ma.nomask:
            plain = np.where(masked, -1, plain)
        return plain.astype(np.int64, copy=False)
    if any(word in kind for word in _FLOATS):
        plain = plain.astype(np.float64, copy=False)
        return plain if masked is np.ma.nomask else np.where(masked, np.nan, plain)
    if plain.dtype.kind in "OU":
        plain = plain.astype(object, copy=False)
        if masked is not np.ma.nomask:
            plain = plain.copy()
            plain[masked] = None
    return plain
