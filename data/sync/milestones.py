"""Visits to stages as rows of the visit facts, and work time at milestones, limits and pauses."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.city.limits import Limit
from data.city.profile import Profile
from data.sync.visits import COMPLETE, ENTER, NONE, START, Dispatches, Log, Pauses, Visits
from data.types.arrays import Flags, Ints
from data.types.records import Record


class Clock(Protocol):
    """What is needed of ``data.clock.calendar.BusinessClock``."""

    def work_seconds(self, at_ms: ArrayLike) -> Ints: ...
    def work_instant(self, w: ArrayLike) -> Ints: ...
    def deadline(self, start_ms: ArrayLike, clock: NDArray[np.str_] | str, amount: ArrayLike) -> Ints: ...


# -------------------------------------------------------------------- clocks
def work_at(clock: Clock, at: Ints) -> Ints:
    """Cumulative work seconds, NONE where there is no instant."""
    out = np.full(len(at), NONE, np.int64)
    there = at != NONE
    if there.any():
        out[there] = clock.work_seconds(at[there])
    return out


def paused(pauses: Pauses, begin: Ints, end: Ints, clock: Clock) -> Ints:
    """(n,): work seconds of ended pauses between two instants; a missing ``end`` does not cut."""
    of = pauses.event
    start = np.maximum(pauses.start, begin[of])
    stop = np.where(end[of] == NONE, pauses.end, np.minimum(pauses.end, end[of]))
    inside = (begin[of] != NONE) & (stop > start)
    out = np.zeros(len(begin), np.int64)
    if inside.any():
        np.add.at(out, of[inside], clock.work_seconds(stop[inside]) - clock.work_seconds(start[inside]))
    return out


def limits_from(start: Ints, item: Ints, limits: list[Limit | None], clock: Clock) -> Ints:
    """Deadlines from ``start`` by the limit of each row's ``item``; NONE where there is no limit, item or start."""
    out = np.full(len(start), NONE, np.int64)
    amounts = np.array([*(limit.amount if limit else 0 for limit in limits), 0], np.int64)
    for kind in {limit.clock for limit in limits if limit}:
        of_kind = np.array([*(limit is not None and limit.clock == kind for limit in limits), False])
        has = np.flatnonzero(of_kind[item] & (start != NONE))
        if has.size:
            out[has] = clock.deadline(start[has], kind, amounts[item[has]])
    return out


def due_of(given: Ints, start: Ints, category: Ints, limits: list[Limit | None], pauses: Pauses, clock: Clock) -> Ints:
    """The source's limit, else the category's, extended by the pauses that began before it expired."""
    due = given.copy()
    open_ = np.flatnonzero(given == NONE)
    due[open_] = limits_from(start[open_], category[open_], limits, clock)
    of = pauses.event
    moves = (given[of] == NONE) & (due[of] != NONE) & (pauses.start < due[of]) & (pauses.end > start[of])
    if moves.any():
        of, begin, end = of[moves], np.maximum(pauses.start[moves], start[of[moves]]), pauses.end[moves]
        work, plain = np.zeros(len(given), np.int64), np.zeros(len(given), np.int64)
        np.add.at(work, of, clock.work_seconds(end) - clock.work_seconds(begin))
        np.add.at(plain, of, end - begin)
        kinds = np.array([*(limit.clock if limit else "" for limit in limits), ""])[category]
        rows = np.unique(of)
        natural = np.char.startswith(kinds[rows], "natural")
        due[rows[natural]] += plain[rows[natural]]
        at_work = rows[~natural]
        due[at_work] = clock.work_instant(clock.work_seconds(due[at_work]) + work[at_work])
    return due


# -------------------------------------------------------------------- visits
def handling_of(
    log: Log, visits: Visits, stage_in: Ints, counts: Flags, handle: int, closed: Flags, end_at: Ints
) -> tuple[Ints, Ints]:
    """(handled_at, completed_at), each (n,)."""
    here = counts & (stage_in == handle) & (handle >= 0)
    started, completed = log.first(here & (log.action == START)), log.first(here & (log.action == COMPLETE))
    first = np.where((started == NONE) | ((completed != NONE) & (completed < started)), completed, started)
    entered = log.first(here & visits.opens)
    row = log.first(here & visits.opens, np.arange(len(log.event), dtype=np.int64))
    visit = visits.of[row] if len(log.event) else row
    left = np.append(visits.next_at, NONE)[visit]
    left = np.where((left == NONE) & closed, np.maximum(end_at, entered), left)
    left = np.where(entered == NONE, NONE, left)
    handled = np.where(first != NONE, first, np.where(left != NONE, entered, NONE))
    return handled, np.where(completed != NONE, completed, left)


def visit_rows(
    visits: Visits,
    log: Log,
    stage_in: Ints,
    profile: Profile,
    after: Flags,
    closed: Flags,
    outcome: Ints,
    end_at: Ints,
    called_back: Ints,
    clock: Clock,
) -> Record:
    """Rows of the visit facts without what they take over from their event."""
    v, of = len(visits.event), visits.event
    ordinary, has_next = ~after[visits.stage], visits.next_at != NONE
    last = np.full(log.n, NONE, np.int64)
    last[of[ordinary]] = np.flatnonzero(ordinary)
    # an open case is in an ordinary stage: it only passed through those of closed cases (it was reopened, or they came early)
    passing = ~closed[of] & ~ordinary & (np.arange(v) > last[of])
    has_next &= ~(~closed[of] & ordinary & (last[of] == np.arange(v)))
    ends = closed[of] & (last[of] == np.arange(v))
    stop = np.maximum(end_at[of], visits.entered)
    stop = np.where(has_next, np.minimum(stop, visits.next_at), stop)
    done = np.full(v, NONE, np.int64)  # a stage of closed cases is left on its completion, or on the call-back
    rows = np.flatnonzero((log.action == COMPLETE) & (visits.of >= 0) & (stage_in >= 0))[::-1]
    done[visits.of[rows]] = log.at[rows]
    called = np.where(called_back[of] >= visits.entered, called_back[of], NONE)
    done = np.where(done == NONE, called, np.where(called == NONE, done, np.minimum(done, called)))
    leaves = closed[of] & ~ordinary & ~has_next & (done != NONE)
    left = np.where(ends, stop, np.where(has_next, visits.next_at, np.where(leaves, done, NONE)))
    left = np.where(passing, visits.entered, left)
    exit_ = np.where(ends | leaves, outcome[of] + 1, np.where(has_next | passing, 1, 0))
    follows = np.where(has_next, np.append(visits.stage[1:], NONE), NONE)
    due = np.where(
        visits.due != NONE, visits.due, limits_from(visits.entered, visits.stage, [s.limit for s in profile.stages], clock)
    )
    return {
        "event": of,
        "seq": visits.seq,
        "stage": visits.stage,
        "department": visits.department,
        "first_department": visits.first_department,
        "entered_at": visits.entered,
        "left_at": left,
        "due_at": due,
        "exit": exit_,
        "rework": visits.rework,
        "next_stage": follows,
        "entries": visits.entries,
    }


def dispatched_again(visits: Visits, log: Log, dispatches: Dispatches) -> Record:
    """For each visit (v): when it was last entered again (NONE if never), and how many of its dispatches were sent back."""
    v = len(visits.event)
    again = np.full(v, NONE, np.int64)
    rows = np.flatnonzero((log.action == ENTER) & (visits.of >= 0) & ~visits.opens)
    several = visits.entries[visits.of[rows]] > 1
    again[visits.of[rows[several]]] = log.at[rows[several]]
    of = visits.of[dispatches.rows]
    back = dispatches.returned & (of >= 0)
    return {"again_at": again, "returns": np.bincount(of[back], minlength=v).astype(np.int64)}


def stand_in_first_stage(
    held: Record, events: NDArray[np.intp], stage: int, reported: Ints, profile: Profile, clock: Clock
) -> None:
    """Add the visit of open events whose log enters no stage of open cases (``data.sync.derive``)."""
    n = len(events)
    if not n:
        return
    zero, stages, since = np.zeros(n, np.int64), np.full(n, stage, np.int64), reported[events]
    extra = {
        "event": events,
        "seq": np.bincount(held["event"], minlength=len(reported))[events],
        "stage": stages,
        "department": zero - 1,
        "first_department": zero - 1,
        "entered_at": since,
        "left_at": zero - 1,
        "due_at": limits_from(since, stages, [s.limit for s in profile.stages], clock),
        "exit": zero,
        "rework": zero,
        "next_stage": zero - 1,
        "entries": zero,
        "again_at": zero - 1,
        "returns": zero,
    }
    for name, values in extra.items():
        held[name] = np.concatenate([held[name], values])
