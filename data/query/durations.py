"""Durations of visits, counted in SQL: whole minutes in widening bins, so that a million visits become a few thousand rows."""

from __future__ import annotations

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, and_, case, func, literal

from data.city.city import City
from data.clock.calendar import clock_of
from data.facts.schema import VISIT
from data.query.metric import whole
from data.types.arrays import Ints
from data.types.sql import AnyColumn

#: Minutes are counted one by one up to the first, then in tens, then in hours.
FINE, COARSE = 600, 6000


def over(at: int) -> ColumnElement[bool]:
    """SQL: the visit was over at the instant (ms)."""
    return and_(VISIT.c.exit != 0, VISIT.c.left_at <= at)


def present(city: City, at: int) -> ColumnElement[int]:
    """SQL: the cumulative work seconds at the instant (ms)."""
    return literal(int(clock_of(city.profile).work_seconds(at)), BigInteger())


def worked(city: City, at: int) -> ColumnElement[int]:
    """SQL: the work seconds of a visit, up to the instant (ms) if it was not over."""
    return case((over(at), VISIT.c.w_left), else_=present(city, at)) - VISIT.c.w_entered


def binned(seconds: AnyColumn) -> ColumnElement[int]:
    """SQL: whole minutes, cut to the start of their bin; negative values (clocks that differ) are 0."""
    minutes = whole(seconds, 60)
    return case(
        (minutes < 0, 0), (minutes < FINE, minutes), (minutes < COARSE, whole(minutes, 10) * 10), else_=whole(minutes, 60) * 60
    )


def any_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """SQL aggregate: 1 where any row of the group meets it."""
    return func.max(case((condition, 1), else_=0))


def quantile(minutes: Ints, n: Ints, p: float = 0.5) -> float:
    """The first of ``minutes`` (k,), each with count ``n`` (k,), at which the share ``p`` is reached; NaN if empty."""
    if not len(minutes) or not n.sum():
        return float("nan")
    order = np.argsort(minutes, kind="stable")
    reached = np.cumsum(n[order]) >= p * n.sum() - 1e-9
    return float(minutes[order][np.argmax(reached)])
