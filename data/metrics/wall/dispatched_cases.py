"""Cases by the department they were dispatched to: the net work time from there to the first handling and to completion, or since
when they have waited; as statements, and as observations for a curve."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Label, and_, case, false, func, literal, or_, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.calendar import clock_of
from data.clock.instants import ms
from data.facts.rows import Rows, RowSets
from data.facts.schema import EVENT
from data.query import conditions
from data.query.metric import events, whole
from data.types.arrays import Ints
from data.types.sql import AnyColumn, AnySelect

#: The milestone of each measure, the first handling and the completion: its work clock, the work seconds deferred up to it, and
#: those of the latest pause.
_MILESTONES = {
    "first": ("w_handled", "pause_handle_s", "last_pause_handle_s"),
    "complete": ("w_completed", "pause_complete_s", "last_pause_complete_s"),
}
_OF_MILESTONES = tuple(column for of in _MILESTONES.values() for column in of)
MEASURES = tuple(_MILESTONES)
#: ``done`` of a case that still waits.
WAITS = 2


def cases(viewer: Viewer, city: City, start: int, end: int, at: int, more: list[ColumnElement[bool]]) -> AnySelect:
    """One row for each case registered in (start, end] that also meets ``more``; as of ``at`` (all ms).

    ``area``, ``department``; ``need`` 1 if it should be archived (应结案), ``late`` 1 if it is so late; for each measure
    ``_done`` 1 reached | 0 closed without | WAITS, ``_seconds`` the net work seconds, or the work second since when it has
    waited; ``hung`` the (wall-clock) second at which the clock stopped of one that waits, -1 if it is running.

    Counted by seconds nearly every case would be a group of its own, for twice the time.  What is computed from the same
    conditions is computed once: planning a statement takes as long as running it.
    """
    c = EVENT.c
    table, area, visible = events(viewer, city)
    known = {
        "archived": conditions.archived(at),
        "overdue": conditions.overdue(at),
        "deferred": conditions.hung(at),
        "unended": conditions.unended(at),
        "later": conditions.later_pause(at),
        "closed": and_(c.is_open == 0, c.closed_at <= at, c.w_closed.is_not(None)),
        "first": func.coalesce(c.handled_at <= at, false()),
        "complete": func.coalesce(c.completed_at <= at, false()),
    }
    flags = [v.label(f"is_{k}") for k, v in known.items()]
    plain = [
        c[k] for k in ("outcome", "closed_at", "due_at", "paused_at", "last_at", "w_dispatched", "w_closed", *_OF_MILESTONES)
    ]
    of = select(area.label("area"), c.department, *flags, *plain).select_from(table)
    t = of.where(*visible, *_cohort(city, start, end, at), *more).subquery("c").c
    need = and_(t.due_at.is_not(None), or_(t.is_archived, t.is_overdue))
    late = and_(need, or_(t.is_overdue, t.closed_at > t.due_at))
    # a deferred case's clock is stopped since the deferral; one that closed before it was reported ends with its log
    hung = case(
        (or_(t.is_closed, and_(*[t[f"is_{m}"] for m in MEASURES])), literal(-1)),
        (t.is_deferred, whole(func.coalesce(t.paused_at, t.last_at), 1000)),
        (~t.is_unended, whole(t.last_at, 1000)),
        else_=literal(-1),
    )
    columns = [conditions.flag(need).label("need"), conditions.flag(late).label("late"), hung.label("hung")]
    for measure, (work, pause, last_pause) in _MILESTONES.items():
        columns += _milestone(t, measure, t[work], t[pause], t[last_pause])
    return select(t.area, t.department, *columns)


def apart(rows: Rows) -> dict[str, Rows]:
    """The answer of ``cases`` by what is computed from it: for each measure the finished cases, and under ``_waiting`` those that
    wait, each with their number ``n``; ``lateness``: ``n`` cases needed, ``late`` of them."""
    out: dict[str, Rows] = {}
    department, hung = np.asarray(rows["department"]), np.asarray(rows["hung"])
    for name in MEASURES:
        done, seconds = (np.asarray(rows[f"{name}_{c}"]) for c in ("done", "seconds"))
        waits = done == WAITS
        ended, waiting = ({"department": department[own], "n": np.ones(int(own.sum()), np.int64)} for own in (~waits, waits))
        out[name] = {**ended, "done": done[~waits], "seconds": seconds[~waits]}
        out[f"{name}_waiting"] = {**waiting, "since": seconds[waits], "hung": hung[waits]}
    out["lateness"] = {"department": department, "n": np.asarray(rows["need"]), "late": np.asarray(rows["late"])}
    return out


def _cohort(city: City, start: int, end: int, at: int) -> list[ColumnElement[bool]]:
    """Registered in (start, end] (reported, in a city without that stage) and dispatched; without duplicates, cancelled and
    merged cases: these say nothing about who handles them."""
    c = EVENT.c
    entered = conditions.entered(city)
    ended_otherwise = and_(c.outcome.in_((conditions.CANCELLED, conditions.MERGED)), c.closed_at <= at)
    return [
        entered > start,
        entered <= end,
        c.dispatched_at <= at,
        c.w_dispatched.is_not(None),
        c.duplicate == 0,
        ~func.coalesce(ended_otherwise, False),
    ]


def _milestone(t: Any, measure: str, work: AnyColumn, pause: AnyColumn, last_pause: AnyColumn) -> list[Label[int]]:
    """The columns of one measure; ``work``: the work clock at its milestone, ``pause``: work seconds deferred up to it."""
    reached = t[f"is_{measure}"]
    # as known then: without a pause that was not over (during a running one, the clock stays where the pause began)
    before = case((and_(~reached, t.is_later), pause - last_pause), else_=pause)
    seconds = case((reached, work), else_=t.w_closed) - t.w_dispatched - before
    # Closed without the milestone's stamp: if settled, it was reached by the closing at the latest; if transferred, it was not
    # reached while it was ours (censored there).
    done = case((or_(reached, and_(t.is_closed, t.outcome == conditions.SETTLED)), 1), (t.is_closed, 0), else_=WAITS)
    spent = case((or_(reached, t.is_closed), func.greatest(seconds, 0)), else_=t.w_dispatched + before)
    return [done.label(f"{measure}_done"), spent.label(f"{measure}_seconds")]


def observations(rows: RowSets, measure: str, city: City, now: datetime) -> tuple[Ints, Ints, Ints, Ints]:
    """(department, net work seconds, 1 done | 0 censored, cases), each (k,), from one measure's part of ``apart``; an unknown
    department comes after the city's own (position = their number)."""
    size = len(city.profile.departments) + 1
    finished, open_ = rows[measure], rows[f"{measure}_waiting"]
    clock = clock_of(city.profile)
    present = int(clock.work_seconds(ms(now)))
    hung = np.asarray(open_["hung"], np.int64)
    until = np.full(len(hung), present, np.int64)
    if len(hung):
        until[hung >= 0] = clock.work_seconds(hung[hung >= 0] * 1000)
    waited = np.maximum(until - np.asarray(open_["since"], np.int64), 0)
    group = np.concatenate([finished["department"], open_["department"]]).astype(np.int64)
    group = np.where((group >= 0) & (group < size - 1), group, size - 1)
    return (
        group,
        np.concatenate([finished["seconds"], waited]).astype(np.int64),
        np.concatenate([finished["done"], np.zeros(len(waited), np.int64)]).astype(np.int64),
        np.concatenate([finished["n"], open_["n"]]).astype(np.int64),
    )
