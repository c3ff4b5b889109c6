"""The log in order, as visits to stages: which row opens a visit, which pauses the clock, who holds the case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.source.contract import ACTIONS
from data.types.arrays import Flags, Ints

NONE = -1
(ENTER, START, COMPLETE, RETURN, FAIL, DEFER, RESUME, EXTEND, CANCEL, MERGE, ESCALATE) = range(len(ACTIONS))


@dataclass(frozen=True)
class Log:
    """Usable log rows (m), sorted by (event, at, key).  ``event`` are positions of events (n of them).

    ``stage`` -1 = the row does not name one; ``department`` -1 = none or unknown; ``due`` NONE = none.
    """

    n: int
    event: Ints
    at: Ints
    action: Ints
    stage: Ints
    department: Ints
    due: Ints

    def first(self, rows: Flags, values: Ints | None = None) -> Ints:
        """(n,): ``values`` (``at`` if None) of each event's first row among ``rows``; NONE without one."""
        out = np.full(self.n, NONE, np.int64)
        at = np.flatnonzero(rows)[::-1]
        out[self.event[at]] = (self.at if values is None else values)[at]
        return out

    def last(self, rows: Flags, values: Ints | None = None) -> Ints:
        """(n,): as ``first``, for the last row."""
        out = np.full(self.n, NONE, np.int64)
        at = np.flatnonzero(rows)
        out[self.event[at]] = (self.at if values is None else values)[at]
        return out

    def count(self, rows: Flags) -> Ints:
        """(n,): how many of ``rows`` each event has."""
        return np.bincount(self.event[rows], minlength=self.n).astype(np.int64)


@dataclass(frozen=True)
class Visits:
    """Visits (v), in order.  ``of`` (m,) is the visit that a log row belongs to, -1 before the first of its event."""

    of: Ints
    event: Ints
    seq: Ints
    stage: Ints
    entered: Ints
    next_at: Ints  # when the next visit of the event begins; NONE = it is the last
    department: Ints
    first_department: Ints  # the department named first; differs from ``department`` if it changed within the visit
    due: Ints
    entries: Ints
    rework: Ints
    opens: Flags  # (m,): the row opens a visit


def visits_of(log: Log) -> Visits:
    """A visit begins where ``enter`` names another stage than the one before; entering the same stage again continues the
    visit.  A ``start`` counts as the entering only if the event's log has no ``enter`` of that stage (otherwise a start whose
    clock was wrong would move the case)."""
    m = len(log.event)
    claim = log.action == ENTER
    start = np.flatnonzero((log.action == START) & (log.stage >= 0))
    stages = int(log.stage.max(initial=0)) + 1
    entered_there = np.zeros(log.n * stages, bool)
    entered_there[log.event[claim] * stages + log.stage[claim]] = True
    claim[start[~entered_there[log.event[start] * stages + log.stage[start]]]] = True
    claims = np.flatnonzero(claim & (log.stage >= 0))
    new = np.ones(len(claims), bool)
    new[1:] = (log.event[claims][1:] != log.event[claims][:-1]) | (log.stage[claims][1:] != log.stage[claims][:-1])
    first = claims[new]
    opens = np.zeros(m, bool)
    opens[first] = True
    event, stage, entered = log.event[first], log.stage[first], log.at[first]
    v = len(first)
    of = np.cumsum(opens) - 1
    if v:
        of = np.where((of >= 0) & (event[np.maximum(of, 0)] == log.event), of, -1)
    begins = np.searchsorted(event, event)
    next_at = np.full(v, NONE, np.int64)
    follows = event[1:] == event[:-1]
    next_at[:-1][follows] = entered[1:][follows]

    department, first_department, due = (np.full(v, NONE, np.int64) for _ in range(3))
    inside = of >= 0
    said = inside & (log.department >= 0) & (log.action != RETURN)
    is_claim = np.zeros(m, bool)
    is_claim[claims] = True
    for rows in (said, said & is_claim):  # a department named on entering outranks one that merely wrote in the visit
        department[of[rows]] = log.department[rows]
        first_department[of[rows][::-1]] = log.department[rows][::-1]
    limited = inside & (log.due != NONE)
    due[of[limited]] = log.due[limited]
    entries = np.bincount(of[inside & (log.action == ENTER)], minlength=v).astype(np.int64)
    index = np.arange(v, dtype=np.int32)
    first_of = np.zeros(log.n * stages, np.int32)
    first_of[(event * stages + stage)[::-1]] = index[::-1]
    rework = (first_of[event * stages + stage] != index).astype(np.int64)
    seq = np.arange(v) - begins
    return Visits(of, event, seq, stage, entered, next_at, department, first_department, due, entries, rework, opens)


@dataclass(frozen=True)
class Dispatches:
    """Per event (n,): ``department`` of the latest dispatch not returned, ``at`` the first one not returned, and which log rows
    (m,) count for the time after it.  ``rows`` (d,): the log rows that dispatch; ``returned``: which of them were sent back."""

    department: Ints
    at: Ints
    counts: Flags
    rows: Ints
    returned: Flags


def dispatches_of(log: Log, dispatch: int, handle: int) -> Dispatches:
    """A dispatch extends from its ``enter`` to the next; one that contains a ``return`` counts for 退单, not for time.

    An event without any dispatch in its log gets the department that its latest row names, and all its rows count.
    """
    m = len(log.event)
    starts = np.flatnonzero((log.action == ENTER) & (log.stage == dispatch) & (dispatch >= 0))
    seg_event = log.event[starts]
    marks = np.zeros(m, np.int64)
    marks[starts] = 1
    of = np.cumsum(marks) - 1
    if len(starts):
        of = np.where((of >= 0) & (seg_event[np.maximum(of, 0)] == log.event), of, -1)
    returned = np.zeros(len(starts), bool)
    returned[of[(log.action == RETURN) & (of >= 0)]] = True
    department = np.full(len(starts), NONE, np.int64)
    named = (of >= 0) & (log.department >= 0) & ((log.action == ENTER) | (log.action == START))
    rows = np.flatnonzero(named & ((log.stage == dispatch) | (log.stage == handle)))[::-1]
    department[of[rows]] = log.department[rows]

    good = np.flatnonzero(~returned)
    out = log.last(log.department >= 0, log.department)
    has = np.zeros(log.n, bool)
    has[seg_event] = True
    out[has] = NONE
    out[seg_event[good]] = department[good]
    first_row = np.where(has, m, 0)
    first_row[seg_event[good][::-1]] = starts[good][::-1]
    at = np.full(log.n, NONE, np.int64)
    at[seg_event[good][::-1]] = log.at[starts[good]][::-1]
    return Dispatches(out, at, np.arange(m) >= first_row[log.event], starts, returned)


@dataclass(frozen=True)
class Pauses:
    """Deferrals (p) that have ended, in order: ``event``, ``start`` and ``end`` (ms); ``hung`` (n,): one is still running, since
    ``running`` (NONE if none is)."""

    event: Ints
    start: Ints
    end: Ints
    hung: Flags
    running: Ints

    def latest(self) -> Ints:
        """(n,): position of each event's latest ended deferral; NONE if it has none, or if one is running."""
        out = np.full(len(self.hung), NONE, np.int64)
        out[self.event] = np.arange(len(self.event))
        return np.where(self.running != NONE, NONE, out)

    def of(self, places: Flags) -> Pauses:
        """Only the deferrals at ``places`` (p,)."""
        return Pauses(self.event[places], self.start[places], self.end[places], self.hung, self.running)


def pauses_of(log: Log, visits: Visits, closed: Flags, end_at: Ints) -> Pauses:
    """From ``defer`` to ``resume``, or to any sign that the case went on: a completion, another stage, its end.

    A second ``defer`` inside a pause adds nothing.
    """
    defer = np.flatnonzero(log.action == DEFER)
    ends = np.flatnonzero(np.isin(log.action, (RESUME, COMPLETE, CANCEL, MERGE)) | visits.opens)
    j = np.searchsorted(ends, defer, side="right")
    found = j < len(ends)
    where = ends[np.minimum(j, len(ends) - 1)] if len(ends) else np.zeros(len(defer), np.int64)
    event = log.event[defer]
    found &= log.event[where] == event if len(ends) else False
    end = np.where(found, log.at[where] if len(ends) else NONE, np.where(closed[event], end_at[event], NONE))
    same = np.zeros(len(defer), bool)
    same[1:] = (event[1:] == event[:-1]) & (np.where(found, j, -1)[1:] == np.where(found, j, -1)[:-1])
    hung = np.zeros(log.n, bool)
    hung[event[(end == NONE)]] = True
    keep = ~same & (end > log.at[defer])
    running = np.full(log.n, NONE, np.int64)
    began = np.flatnonzero((end == NONE) & ~same & ~closed[event])
    running[event[began]] = log.at[defer[began]]
    return Pauses(event[keep], log.at[defer][keep], end[keep], hung & ~closed, running)
