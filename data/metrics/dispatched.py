"""Which dispatches of a case were sent back: two statements of the evaluation indicators (11, 12)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, func, literal, select

from data import stock
from data.calendar import clock_of
from data.city import City
from data.metric import events, visits
from data.schema import EVENT, VISIT
from data.viewer import Viewer


def dispatches(viewer: Viewer, city: City, start: int, end: int, at: int) -> Select[Any]:
    """By case: ``n`` dispatches made in the window (the log's entries of that stage, those of one stay at its beginning),
    ``bottom`` those of them that are older than the return limit, ``top`` those less the ones sent back.  A case knows how many
    were: its earliest, since it is dispatched anew where one was sent back; none that was sent back before the window."""
    table, area, visible = visits(viewer, city)
    c, limit = VISIT.c, city.profile.service.return_within
    inside = and_(c.entered_at > start, c.entered_at <= end)
    old = and_(inside, c.entered_at <= clock_of(city.profile).latest_start(at, limit.clock, limit.amount))
    dispatched = [*visible, c.stage == city.profile.stage_index("dispatch")]

    def entries(of: ColumnElement[bool], name: str) -> ColumnElement[int]:
        return func.sum(case((of, c.entries), else_=0)).label(name)

    made = select(
        area.label("area"), c.eid, entries(inside, "n"), entries(old, "bottom"), entries(c.entered_at <= start, "before"),
    ).select_from(table).where(
        *dispatched, c.entered_at <= end, c.eid.in_(select(c.eid).select_from(table).where(*dispatched, inside)),
    ).group_by(area, c.eid).subquery("made")
    m, e = made.c, EVENT.c
    back = func.least(func.greatest(e.returns - m.before, 0), m.bottom)
    return select(m.area, m.n, m.bottom, (m.bottom - back).label("top")).select_from(
        made.join(EVENT, e.eid == m.eid)).where(*events(viewer, city)[2])


def first_dispatches(viewer: Viewer, city: City, start: int, end: int, at: int) -> Select[Any]:
    """By case that was first dispatched in the window, whether that one was sent back or not: ``top`` it was sent back."""
    table, area, visible = visits(viewer, city)
    c, e = VISIT.c, EVENT.c
    first = select(area.label("area"), c.eid).select_from(table).where(
        *visible, c.stage == city.profile.stage_index("dispatch"), c.rework == 0, c.entered_at > start, c.entered_at <= end,
    ).subquery("first").c
    one: ColumnElement[int] = literal(1, BigInteger())
    return select(first.area, one.label("n"), one.label("bottom"), stock.flag(e.returns > 0).label("top")).where(
        e.eid == first.eid, *events(viewer, city)[2])
