"""The usual: what the last eight same weekdays were at this same time of day, and the verdict against it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.instants import DAY_MS, Span
from data.metric import Rows

Floats = NDArray[np.float64]
#: Fewer known days than this are no usual.
MIN_KNOWN = 4


def usual(values: NDArray[Any] | Sequence[float]) -> tuple[float, float, float]:
    """(median, P10, P90) of the known values; three NaN where fewer than four are known."""
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    if len(known) < MIN_KNOWN:
        return np.nan, np.nan, np.nan
    low, middle, high = np.percentile(known, [10, 50, 90])
    return float(middle), float(low), float(high)


def usual_columns(values: NDArray[Any], middle: str = "median") -> tuple[Floats, Floats, Floats]:
    """As ``usual`` for each row of ``values`` (rows, days): (middle, P10, P90), each (rows,).

    A day is known for all rows or for none (a whole column of NaN); ``middle`` is "median" or "mean".
    """
    table = np.asarray(values, float)
    table = table[:, ~np.isnan(table).any(axis=0)] if table.size else table
    if table.shape[1] < MIN_KNOWN or not len(table):
        empty = np.full(len(table), np.nan)
        return empty, empty.copy(), empty.copy()
    low, half, high = np.percentile(table, [10, 50, 90], axis=1)
    return (table.mean(axis=1) if middle == "mean" else half), low, high


def verdict(value: float, low: float, high: float) -> float:
    """-1 below, 0 within, 1 above the usual; NaN where there is no value or no usual: "as usual" would be a claim."""
    return np.nan if np.isnan([value, low, high]).any() else float(value > high) - float(value < low)


def first_of(rows: Rows) -> int:
    """The first instant that the facts know of (ms); -1 where they know none."""
    found = np.asarray(rows["first"])
    return int(found[0]) if len(found) else -1


def known_days(spans: Sequence[Span], first_ms: int) -> NDArray[np.bool_]:
    """Whether the facts reach back to each span's day: a day before the first record is unknown, not zero."""
    return np.array([first_ms >= 0 and s.start + DAY_MS > first_ms for s in spans], bool)


def per_day(day: NDArray[Any], n: NDArray[Any], spans: Sequence[Span], known: NDArray[np.bool_]) -> Floats:
    """Counts labelled by day as one value per span; NaN where unknown."""
    totals = np.array([n[day == s.day].sum() for s in spans], float)
    return np.where(known, totals, np.nan)


def per_code_day(
    code: NDArray[Any], day: NDArray[Any], n: NDArray[Any], size: int, spans: Sequence[Span], known: NDArray[np.bool_],
) -> Floats:
    """(size, spans): counts by code (0 .. size-1; others left out) and day; a column of NaN where the day is
    unknown.
    """
    days = np.array([s.day for s in spans], np.int64)
    at = np.searchsorted(days, day) if len(days) else np.zeros(len(day), np.int64)
    keep = (code >= 0) & (code < size) & (at < len(days))
    keep[keep] = days[at[keep]] == day[keep]
    flat = np.bincount(code[keep] * len(days) + at[keep], weights=n[keep], minlength=size * len(days))
    return np.where(known[None, :], flat.reshape(size, len(days)), np.nan)
