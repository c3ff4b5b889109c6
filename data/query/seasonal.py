"""The usual: the last eight same weekdays at this same time of day, and the verdict against it.

Its centre is their median; its range is a predictive interval (``data.statistics.predictive``), which contains a further such day
with probability ``LEVEL``.  The five figures that are shown together and watched all day have ``FIVE_LEVEL`` each, so that on an
ordinary day the chance that any of them leaves its interval at any time is at most 15 % (``benchmarks/bench_usual``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data.facts.rows import Rows
from data.query.windows import DAY_MS, Span
from data.statistics.distributions import percent
from data.statistics.predictive import count_limits, share_limits
from data.types.arrays import Array, Flags, Floats

#: Fewer known days than this make no usual.
MIN_KNOWN = 4
LEVEL = 0.95
FIVE_LEVEL = 0.985
#: If both the day's count and its usual are below this, nothing is called above or below: 2 instead of 1 is no news.
MIN_COUNT = 5


def usual(values: Array | Sequence[float], level: float = LEVEL, pairs: Array | None = None) -> tuple[float, float, float]:
    """(median, low, high) of the known counts; three NaN where fewer than four are known.

    ``pairs`` (pairs, 2): further days of the same figure that should be alike in pairs; see
    ``data.statistics.predictive.count_limits``.
    """
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    if len(known) < MIN_KNOWN:
        return np.nan, np.nan, np.nan
    low, high = count_limits(known[None], level, None if pairs is None else np.asarray(pairs, float)[None])
    return float(np.median(known)), float(low[0]), float(high[0])


def usual_share(part: Array, whole: Array, now: float, level: float = LEVEL) -> tuple[float, float, float]:
    """(median, low, high) in per cent of shares ``part`` of ``whole`` (days,), NaN where unknown, for a day of ``now`` in all.

    Three NaN where fewer than four days have a share; low and high NaN where ``now`` is 0.
    """
    shares = percent(part, whole)
    there = ~np.isnan(shares)
    if there.sum() < MIN_KNOWN:
        return np.nan, np.nan, np.nan
    low, high = share_limits(np.asarray(part)[there], np.asarray(whole)[there], int(now), level)
    in_all = now if now > 0 else np.nan
    return float(np.median(shares[there])), 100.0 * low / in_all, 100.0 * high / in_all


def usual_columns(values: Array, middle: str = "median") -> tuple[Floats, Floats, Floats]:
    """As ``usual`` for each row of ``values`` (rows, days): (middle, low, high), each (rows,).

    A day is known for all rows or for none (a whole column of NaN); ``middle`` is "median" or "mean".
    """
    table = np.asarray(values, float)
    table = table[:, ~np.isnan(table).any(axis=0)] if table.size else table
    if table.shape[1] < MIN_KNOWN or not len(table):
        empty = np.full(len(table), np.nan)
        return empty, empty.copy(), empty.copy()
    return (table.mean(axis=1) if middle == "mean" else np.median(table, axis=1), *count_limits(table, LEVEL))


def verdict(value: float, middle: float, low: float, high: float) -> float:
    """-1 below, 0 within, 1 above the usual; NaN where there is no value, no usual, or too few (``MIN_COUNT``) to judge: even
    "as usual" would be a claim."""
    if np.isnan([value, middle, low, high]).any() or max(value, middle) < MIN_COUNT:
        return np.nan
    return float(value > high) - float(value < low)


def above(value: float, high: float) -> bool:
    """Whether a count of ``MIN_COUNT`` or more is above its usual; never where either is unknown."""
    return bool(value >= MIN_COUNT and value > high)


def first_of(rows: Rows) -> int:
    """The first instant in the facts (ms); -1 where there is none."""
    found = np.asarray(rows["first"])
    return int(found[0]) if len(found) else -1


def known_days(spans: Sequence[Span], first_ms: int) -> Flags:
    """Whether the facts reach back to each span's day: a day before the first record is unknown, not zero."""
    return np.array([first_ms >= 0 and s.start + DAY_MS > first_ms for s in spans], bool)


def per_day(day: Array, n: Array, spans: Sequence[Span], known: Flags) -> Floats:
    """Counts labelled by day as one value per span; NaN where unknown."""
    totals = np.array([n[day == s.day].sum() for s in spans], float)
    return np.where(known, totals, np.nan)


def per_code_day(code: Array, day: Array, n: Array, size: int, spans: Sequence[Span], known: Flags) -> Floats:
    """(size, spans): counts by code (0 .. size-1; others left out) and day; a column of NaN where the day is
    unknown.
    """
    days = np.array([s.day for s in spans], np.int64)
    at = np.searchsorted(days, day) if len(days) else np.zeros(len(day), np.int64)
    keep = (code >= 0) & (code < size) & (at < len(days))
    keep[keep] = days[at[keep]] == day[keep]
    flat = np.bincount(code[keep] * len(days) + at[keep], weights=n[keep], minlength=size * len(days))
    return np.where(known[None, :], flat.reshape(size, len(days)), np.nan)
