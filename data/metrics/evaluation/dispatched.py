"""Which dispatches of a case were returned: two statements of the evaluation indicators (11, 12)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, func, literal, or_, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.calendar import clock_of
from data.facts.schema import EVENT, VISIT
from data.query import conditions
from data.query.metric import events, visits
from data.types.sql import AnyColumn, AnySelect


def dispatches(viewer: Viewer, city: City, start: int, end: int, at: int) -> AnySelect:
    """By visit: ``n`` dispatches made in the window (the log's entries of that stage, each at its own instant: the first as the
    visit began, further ones as it was last entered again), ``bottom`` those older than the return limit, ``top`` those less
    the returned ones: within a visit the earliest, since it is entered again when one was returned."""
    table, area, visible = visits(viewer, city)
    c, limit = VISIT.c, city.profile.service.return_within
    oldest = clock_of(city.profile).latest_start(at, limit.clock, limit.amount)
    further, again = c.entries - 1, func.coalesce(c.again_at, c.entered_at)
    first_back, further_back = func.least(c.returns, 1), func.greatest(c.returns - 1, 0)

    def both(of: Any, one: ColumnElement[int], more: ColumnElement[int]) -> ColumnElement[int]:
        """``one`` if the first entry meets the condition, and ``more`` if the later ones do."""
        return case((of(c.entered_at), one), else_=0) + case((and_(further > 0, of(again)), more), else_=0)

    def inside(instant: AnyColumn) -> ColumnElement[bool]:
        return and_(instant > start, instant <= end)

    def old(instant: AnyColumn) -> ColumnElement[bool]:
        return and_(inside(instant), instant <= oldest)

    one: ColumnElement[int] = literal(1, BigInteger())
    made = (
        select(
            area.label("area"),
            both(inside, one, further).label("n"),
            both(old, one, further).label("bottom"),
            both(old, 1 - first_back, further - further_back).label("top"),
        )
        .select_from(table)
        .where(
            *visible,
            c.stage == city.profile.stage_index("dispatch"),
            c.entries > 0,
            c.entered_at <= end,
            or_(c.entered_at > start, c.again_at > start),
        )
        .subquery("made")
    )
    return select(*made.c).where(made.c.n > 0)


def first_dispatches(viewer: Viewer, city: City, start: int, end: int, at: int) -> AnySelect:
    """By case first dispatched in the window, whether or not that dispatch was returned: ``top`` it was returned."""
    table, area, visible = visits(viewer, city)
    c, e = VISIT.c, EVENT.c
    first = (
        select(area.label("area"), c.eid)
        .select_from(table)
        .where(
            *visible, c.stage == city.profile.stage_index("dispatch"), c.rework == 0, c.entered_at > start, c.entered_at <= end
        )
        .subquery("first")
        .c
    )
    one: ColumnElement[int] = literal(1, BigInteger())
    return select(first.area, one.label("n"), one.label("bottom"), conditions.flag(e.returns > 0).label("top")).where(
        e.eid == first.eid, *events(viewer, city)[2]
    )
