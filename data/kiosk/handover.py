"""Shift handover: cases taken over, reported, ended and left open; and those that became overdue in the shift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import and_, case, or_, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import Rows
from data.facts.schema import EVENT
from data.query import conditions
from data.query.metric import events
from data.types.arrays import Flags
from data.types.sql import AnySelect

_OPEN, _SETTLED, _EXIT = 0, 1, 2


@dataclass(frozen=True)
class Handover:
    """Cases of a shift from its start to now: ``opening`` + ``reported`` - ``settled`` - ``exits`` = ``open``, always, since each
    case is counted once when it enters and once when it leaves or remains.

    ``opening`` is what was open when the shift began, as known now.  ``breached``: their limit passed during the shift while
    they were open (also if closed by now); ``breached_open``: of these, still open.
    """

    opening: int
    reported: int
    settled: int
    exits: int
    open: int
    breached: int
    breached_open: int


def asked(viewer: Viewer, city: City, now: datetime, start: datetime) -> dict[str, AnySelect]:
    """The cases that were open at any time in [start, now], tallied."""
    at, begin = ms(now), ms(start)
    table, area, visible = events(viewer, city)
    c = EVENT.c
    columns = (c.reported_at, c.closed_at, c.due_at, c.outcome, c.is_open, c.is_hung)
    still = select(area.label("area"), *columns).select_from(table).where(*visible, c.is_open == 1, c.reported_at <= at)
    ended = (
        select(area.label("area"), *columns)
        .select_from(table)
        .where(*visible, c.is_open == 0, c.closed_at > begin, c.reported_at <= at)
    )
    e = still.union_all(ended).subquery("e").c
    over = and_(e.is_open == 0, e.closed_at <= at)
    end = case((and_(over, e.outcome == conditions.SETTLED), _SETTLED), (over, _EXIT), else_=_OPEN)
    # a limit has passed from the next millisecond on: one exactly at the start of the shift passes during it
    breached = and_(e.is_hung == 0, e.due_at >= begin, e.due_at < at, or_(e.is_open == 1, e.closed_at > e.due_at))
    before = conditions.flag(e.reported_at <= begin).label("before")
    marks = select(before, end.label("ended"), conditions.flag(breached).label("breached"))
    return {"shift": conditions.tally(marks, "before", "ended", "breached")}


def compute(rows: Mapping[str, Rows]) -> Handover:
    """The tally as a Handover."""
    r = rows["shift"]
    n, before, end, breached = (np.asarray(r[k]) for k in ("n", "before", "ended", "breached"))

    def total(keep: Flags) -> int:
        return int(n[keep].sum())

    return Handover(
        total(before == 1),
        total(before == 0),
        total(end == _SETTLED),
        total(end == _EXIT),
        total(end == _OPEN),
        total(breached == 1),
        total((breached == 1) & (end == _OPEN)),
    )
