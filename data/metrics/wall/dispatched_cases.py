"""Cases by the department they were dispatched to: the net work time from there to the first handling and to completion, or since
when they have waited; as statements, and as observations for a curve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_, select

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

#: The milestone of each measure: the first handling, the completion.
MEASURES = ("first", "complete")


@dataclass(frozen=True)
class _Milestone:
    """For each case: whether it was reached, or the case closed; if so 1 done | 0 censored and its net work seconds; otherwise
    the work second since when it has waited, and the (wall-clock) second at which its clock stopped, -1 if it is running."""

    reached: ColumnElement[bool]
    closed: ColumnElement[bool]
    done: ColumnElement[int]
    seconds: ColumnElement[int]
    since: ColumnElement[int]
    hung: ColumnElement[int]


def questions(viewer: Viewer, city: City, start: int, end: int, at: int, more: list[ColumnElement[bool]]) -> dict[str, AnySelect]:
    """What ``observations`` needs, and lateness, for the cases registered in (start, end] that also meet ``more``; as of ``at``
    (all ms)."""
    c = EVENT.c
    cohort = [*_cohort(city, start, end, at), *more]
    table, area, visible = events(viewer, city)
    out: dict[str, AnySelect] = {}
    for name, milestone in _milestones(at).items():
        m = milestone
        done = (
            select(area.label("area"), c.department, m.done.label("done"), m.seconds.label("seconds"))
            .select_from(table)
            .where(*visible, *cohort, or_(m.reached, m.closed))
        )
        waiting = (
            select(area.label("area"), c.department, m.since.label("since"), m.hung.label("hung"))
            .select_from(table)
            .where(*visible, *cohort, ~m.reached, ~func.coalesce(m.closed, False))
        )
        out[name] = conditions.tally(done, "area", "department", "done", "seconds")
        out[f"{name}_waiting"] = conditions.tally(waiting, "area", "department", "since", "hung")
    lateness = (
        select(area.label("area"), c.department, conditions.flag(conditions.late(at)).label("late"))
        .select_from(table)
        .where(*visible, *cohort, conditions.need_archive(at))
    )
    out["lateness"] = conditions.tally(lateness, "area", "department", sums=("late",))
    return out


_WAITS = 2


def together(viewer: Viewer, city: City, start: int, end: int, at: int, more: list[ColumnElement[bool]]) -> AnySelect:
    """As ``questions`` without areas, in one statement: for answers that are not split into towns.  ``apart`` splits it.

    A row for each case: counted by seconds, nearly every one would be a group of its own, for twice the time.
    """
    c = EVENT.c
    table, _, visible = events(viewer, city)
    need, late = conditions.need_archive(at), conditions.late(at)
    columns: list[Any] = [c.department, conditions.flag(need).label("need"), conditions.flag(need & late).label("late")]
    for name, m in _milestones(at).items():
        ended = or_(m.reached, func.coalesce(m.closed, False))
        columns += [
            case((ended, m.done), else_=_WAITS).label(f"{name}_done"),
            case((ended, m.seconds), else_=m.since).label(f"{name}_seconds"),
            case((ended, literal(-1)), else_=m.hung).label(f"{name}_hung"),
        ]
    return select(*columns).select_from(table).where(*visible, *_cohort(city, start, end, at), *more)


def apart(rows: Rows) -> dict[str, Rows]:
    """The answer of ``together`` in the form of that of ``questions``, a row for each case."""
    out: dict[str, Rows] = {}
    department = np.asarray(rows["department"])
    for name in MEASURES:
        done, seconds, hung = (np.asarray(rows[f"{name}_{c}"]) for c in ("done", "seconds", "hung"))
        waits = done == _WAITS
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


def _milestones(at: int) -> dict[str, _Milestone]:
    c = EVENT.c
    before_handled = _known_pause(at, c.handled_at, c.pause_handle_s, c.last_pause_handle_s)
    before_completed = _known_pause(at, c.completed_at, c.pause_complete_s, c.last_pause_complete_s)
    return {
        "first": _milestone(at, c.handled_at, c.w_handled, before_handled),
        "complete": _milestone(at, c.completed_at, c.w_completed, before_completed),
    }


def _known_pause(at: int, instant: AnyColumn, pause: ColumnElement[int], last: ColumnElement[int]) -> ColumnElement[int]:
    """Work seconds deferred as known at ``at``: for a case that had not reached the milestone by then, without a pause that was
    not over (during a running one, the clock stays where the pause began)."""
    return case((and_(~func.coalesce(instant <= at, false()), conditions.later_pause(at)), pause - last), else_=pause)


def _milestone(at: int, instant: AnyColumn, work: AnyColumn, pause: AnyColumn) -> _Milestone:
    """The milestone at ``instant``, with its work clock and the work seconds deferred up to it."""
    c = EVENT.c
    reached = func.coalesce(instant <= at, False)
    # Closed without the milestone's stamp: if settled, it was reached by the closing at the latest; if transferred, it was not
    # reached while it was ours (censored there).
    seconds = case((reached, work), else_=c.w_closed) - c.w_dispatched - pause
    return _Milestone(
        reached=reached,
        closed=and_(c.is_open == 0, c.closed_at <= at, c.w_closed.is_not(None)),
        done=case((or_(reached, c.outcome == conditions.SETTLED), 1), else_=0),
        seconds=case((seconds > 0, seconds), else_=0),
        since=c.w_dispatched + pause,
        # a deferred case's clock is stopped since the deferral; one that closed before it was reported ends with its log
        hung=case(
            (conditions.hung(at), whole(func.coalesce(c.paused_at, c.last_at), 1000)),
            (~conditions.unended(at), whole(c.last_at, 1000)),
            else_=literal(-1),
        ),
    )


def observations(rows: RowSets, measure: str, city: City, now: datetime) -> tuple[Ints, Ints, Ints, Ints]:
    """(department, net work seconds, 1 done | 0 censored, cases), each (k,), from one measure's two statements; an unknown
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
