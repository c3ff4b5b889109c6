"""The days that an evaluation of the early warning covers: reports by hour, each day's expectation, and which share of it should
be in the facts by now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import Rows
from data.query.metric import day_start
from data.query.windows import Span, local_hours, ordinal, whole_days
from data.types.arrays import Flags, Floats, Ints
from data.warning import evidence, kept_baseline
from data.warning.days import is_worked
from data.warning.share import expected_share

HOURS = evidence.HOURS
#: Days evaluated again each time: today, those on which a surge may have begun, and one to show which alarms were on before.
DAYS = evidence.BACK + 2


def spans_of(now: datetime, city: City) -> list[Span]:
    """The first of the days, and today up to the last full hour (ending before its start if none is over)."""
    midnight = ms(day_start(now, city))
    hour = now.astimezone(city.profile.zone).replace(minute=0, second=0, microsecond=0)
    return [*whole_days(now, city, (DAYS - 1,)), Span(ordinal(now, city), midnight, ms(hour) - 1)]


class Days(NamedTuple):
    """For the A areas with a baseline and all C categories, by day (D of them, the last one today): the expectation for the whole
    day, its dispersion, EARS' variance (NaN elsewhere); which series exist; which days are worked."""

    area: Ints  # (A,) l1, -1 not located
    method: Ints  # (C,)
    mu: Floats  # (D, A, C)
    alpha: Floats
    sd: Floats
    there: Flags  # (A, C)
    worked: Flags  # (D,)


def days_of(r: Rows, today: int, categories: int) -> Days | None:
    """None if nothing is expected of today (no baseline, or one that does not reach it).  A day for which a series was not yet
    known is taken to be like today."""
    d = np.asarray(r["day"], np.int64) - (today - DAYS + 1)
    if not (d == DAYS - 1).any():
        return None
    areas = np.asarray(r["town"], np.int64)
    area = np.unique(areas[d == DAYS - 1])
    area = np.append(area[area >= 0], area[area < 0])
    order = np.argsort(area)
    a = order[np.minimum(np.searchsorted(area, areas, sorter=order), len(area) - 1)]
    c = np.asarray(r["category"], np.int64)
    keep = (area[a] == areas) & (c < categories)
    held = {}
    for name in ("mu", "alpha", "sd"):
        table = np.full((DAYS, len(area), categories), np.nan)
        table[d[keep], a[keep], c[keep]] = np.asarray(r[name], float)[keep]
        held[name] = table
    there, unknown = ~np.isnan(held["mu"][-1]), np.isnan(held["mu"])
    for name, without in (("mu", 0.0), ("alpha", 1.0), ("sd", np.nan)):
        held[name] = np.where(there, np.where(unknown, held[name][-1], held[name]), without)
    kind = np.full(DAYS, -1)
    kind[d] = np.asarray(r["kind"], np.int64)
    method = np.zeros(categories, np.int64)
    method[c[keep & (d == DAYS - 1)]] = np.asarray(r["method"], np.int64)[keep & (d == DAYS - 1)]
    return Days(area, method, held["mu"], held["alpha"], held["sd"], there, is_worked(np.where(kind >= 0, kind, kind[-1])))


def share_of(r: Rows, days: Days, city: City, over: int) -> Floats:
    """(D, 24, C) which share of each day's reports falls in each hour and should be in the facts by now."""
    worked, off, known = kept_baseline.profiles(r, len(city.profile.categories))
    out = np.zeros((DAYS, HOURS, len(worked)))
    for d in range(DAYS):
        part = expected_share(worked if days.worked[d] else off, known, (DAYS - 1 - d) * HOURS + over)
        out[d] = np.diff(part, axis=1, prepend=0.0).T
    return out


def seen_of(r: Rows, days: Days, city: City, today: int, unit: int) -> Floats:
    """(D, 24, A, C) reports by hour."""
    day, hour = local_hours(np.asarray(r["bin"], np.int64) * unit, city)
    order = np.argsort(days.area)
    town, c = np.asarray(r["town"], np.int64), np.asarray(r["category"], np.int64)
    a = order[np.minimum(np.searchsorted(days.area, town, sorter=order), len(order) - 1)]
    d = day - (today - DAYS + 1)
    shape = (DAYS, HOURS, *days.there.shape)
    keep = (days.area[a] == town) & (c >= 0) & (c < shape[3]) & (d >= 0) & (d < DAYS)
    flat = np.ravel_multi_index((d[keep], hour[keep], a[keep], c[keep]), shape) if keep.any() else np.zeros(0, np.int64)
    n = np.bincount(flat, weights=np.asarray(r["n"], float)[keep], minlength=int(np.prod(shape)))
    return np.where(days.there, n.reshape(shape), 0.0)


def on_the_hour(now: datetime, city: City, hours: Iterable[int]) -> Ints:
    """(D, len(hours)) the instants (ms) of each of the days at these hours (0 .. 24), in the city's time."""
    midnight = day_start(now, city)  # wall-clock arithmetic: each day has its own offset
    at = [timedelta(hours=h) for h in hours]
    return np.array(
        [[ms((midnight - timedelta(days=d) + h).replace(fold=0)) for h in at] for d in reversed(range(DAYS))], np.int64
    )
