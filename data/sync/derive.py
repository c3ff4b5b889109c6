"""From the log to the facts: pure and vectorised, the same for a bulk load and for the events of one tick.

``derive(events, transitions, profile, grid, clock)`` gives the rows of ``data.schema.EVENT`` and ``VISIT``.  Rules,
beside those of docs/mapping.md:

- Log rows are taken in the order (event, at).  Those of one instant follow each other as the mapping's ``order`` column
  says, else in the order of the city's stages, then of the actions (``data.source.contract.ACTIONS``), then of their keys.
- A day without a time is, as a limit, its last millisecond; as an end, a first contact or a call-back its first, but not
  before the report (nor, as an end, the log rows) of that day; as the time of a log row likewise.
- A row without a usable time, with an unknown action or an unknown
  stage is set aside (a fault); the event is derived from the others.
- ``start`` opens a visit where the event's log has no ``enter`` of its stage (it adds no ``entries``).
- An open event whose log enters no stage stands in the report stage since it was reported (``entries`` 0), so that the
  stocks of the stages add up to the open events.
- ``handled_at`` is the earliest ``start`` or ``complete`` of the handle stage from the first dispatch on that was not
  returned; where the case has left that stage with neither, its entering is all that is known.  ``completed_at`` is the
  first ``complete`` there, else when it was left.  The other milestones are the first entering of their stage.
- A value that cannot be used is set aside with its row and column (a fault) and counts as not given.
- The end is ``closed_at``, else a ``cancel`` / ``merge`` that nothing follows, else (an outcome without a usable time: a
  fault) the last log row.  A time that cannot be used says nothing about the end.  A case that closes before it was reported
  (a fault) is closed at the stated instant but has no ``w_closed``: it is in no duration, and its stays (but those of closed
  cases) have no length, so that it stands in no stage while it is not open.
- Pauses still running are not in ``pause_*``: such an event has ``is_hung`` = 1 and is censored where it was deferred.
- ``due_at``: the source's (which moves it itself), else the category's limit from registration (else report), moved by
  the pauses that began before it, on the limit's own clock.
- Unknown category, channel, network, department: -1 and a fault.  Unknown grid: not located, and a fault.  An event
  without a grid code is in the finest cell that holds its point; without a usable point it is not located, no fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.city import Grid
from data.errors import did_you_mean
from data.profile import Profile
from data.source.columns import BAD, Frame
from data.source.contract import ACTIONS, OUTCOMES
from data.sync.locate import UNKNOWN, located
from data.sync.milestones import Clock, due_of, handling_of, paused, stand_in_first_stage, visit_rows, work_at
from data.sync.visits import (
    CANCEL,
    ENTER,
    EXTEND,
    FAIL,
    MERGE,
    NONE,
    RETURN,
    Flags,
    Ints,
    Log,
    dispatches_of,
    pauses_of,
    visits_of,
)

#: 1990 and 2100: outside of it a time is a mistake (and the business clock has no days).
EARLIEST_MS, LATEST_MS = 631_152_000_000, 4_102_444_800_000
#: Of more cells than these none is looked for that is near.
LOOKED_AT = 200
Fault = tuple[str, str, str, str]        # source table, row key, reason, detail


class Derived(NamedTuple):
    """Columns of the event and visit facts (NULL = -1), and what could not be used."""

    events: dict[str, Any]
    visits: dict[str, Any]
    faults: list[Fault]
    kept: tuple[int, int] = (0, 0)      # rows of the two tables that the facts stand on; the others were set aside


@dataclass
class _Faults:
    rows: list[Fault] = field(default_factory=list)

    def add(self, table: str, keys: Ints, bad: Flags, reason: str, detail: Any, of: Ints | None = None) -> None:
        for i in np.flatnonzero(bad):
            self.note(table, keys, int(i), reason, str(detail(i) if callable(detail) else detail), of)

    def note(self, table: str, keys: Ints, row: int, reason: str, detail: str, of: Ints | None = None) -> None:
        key = str(int(keys[row])) if of is None or keys[row] != NONE else keyless(int(of[row]))
        self.rows.append((table, key, reason, detail[:200]))


def keyless(event: int) -> str:
    """What a log row without a key is called among the faults: it leaves with those of its event."""
    return f"of {event}"


def derive(events: Frame, transitions: Frame, profile: Profile, grid: Grid, clock: Clock) -> Derived:
    """Facts of ``events`` (n) from their ``transitions`` (m); see the module for the rules.

    Every log row of an event must be given: an event is derived anew, never patched.
    """
    faults = _Faults()
    order = _usable_events(events, faults)
    eid = events.ints("id")[order]
    n = len(eid)
    for frame, key, of in ((events, "id", None), (transitions, "key", transitions.ints("event"))):
        _bad_cells(frame, frame.ints(key), faults, of)
    reported = _instant(events, "reported_at", order, faults)
    log, stamps, kept = _log_of(events, transitions, eid, reported, profile, faults)
    visits = visits_of(log)
    index = np.arange(len(log.event), dtype=np.int64)
    first_at, last_at = log.first(index >= 0), log.last(index >= 0)
    at = {"reported_at": reported, "due_at": _limit(events, order, faults)}
    for name in ("closed_at", "first_contact_at", "called_back_at"):
        at[name] = _not_before(_instant(events, name, order, faults), events.ends(name)[order], reported)
    at["closed_at"] = _not_before(at["closed_at"], events.ends("closed_at")[order], last_at)

    # ---- how it ended
    lists = {"outcome": OUTCOMES, **{k: tuple(x.code for x in getattr(profile, v)) for k, v in (
        ("category", "categories"), ("network", "networks"), ("channel", "channels"))}}
    coded = {k: _positions(events, k, {c: i for i, c in enumerate(v)}, order, faults) for k, v in lists.items()}
    after = np.array([s.after_close for s in profile.stages])
    ending = (log.action == CANCEL) | (log.action == MERGE)
    ended_row = log.last(ending, index)
    ordinary_claim = visits.opens.copy()
    ordinary_claim[visits.opens] = ~after[visits.stage]
    ended = (ended_row >= 0) & (ended_row > log.last(ordinary_claim, index))
    untimed = (at["closed_at"] == NONE) & (coded["outcome"] >= 0) & ~ended
    closed = (at["closed_at"] != NONE) | ended | untimed
    ended_at = np.where(ended, log.at[ended_row] if len(index) else NONE, np.where(untimed, last_at, NONE))
    closed_at = np.where(at["closed_at"] != NONE, at["closed_at"], ended_at)
    merged = np.where(ended, log.action[ended_row] == MERGE if len(index) else False, False)
    outcome = np.where(coded["outcome"] >= 0, coded["outcome"] + 1, np.where(ended, np.where(merged, 3, 2), 1))
    outcome = np.where(closed, outcome, 0)
    faults.add("event", eid, untimed, "closed_without_time", "it has an outcome and no usable closed_at")
    early = (closed_at != NONE) & (closed_at < at["reported_at"])
    faults.add("event", eid, early, "closes_before_report", "closed_at is before reported_at; it is in no duration")
    end_at = np.where(early | (closed_at == NONE), last_at, closed_at)

    # ---- milestones, department, pauses
    roles = ("report", "accept", "verify", "register", "dispatch", "handle", "inspect")
    role = {r: profile.stage_index(r) for r in roles}
    stage_in = np.where(log.stage >= 0, log.stage, np.append(visits.stage, NONE)[visits.of])
    entered = {r: log.first(visits.opens & (log.stage == role[r]) & (role[r] >= 0))
               for r in ("accept", "verify", "register", "inspect")}
    dispatches = dispatches_of(log, role["dispatch"], role["handle"])
    handled, completed = handling_of(log, visits, stage_in, dispatches.counts, role["handle"], closed, end_at)
    pauses = pauses_of(log, visits, closed, end_at)
    hung = pauses.hung & ~closed

    category = coded["category"]
    network_of = np.array([*(lists["network"].index(c.network) if c.network in lists["network"] else NONE
                             for c in profile.categories), NONE])
    due = due_of(at["due_at"], np.where(entered["register"] != NONE, entered["register"], at["reported_at"]),
               category, [c.limit for c in profile.categories], pauses, clock)
    instants: dict[str, Ints] = {
        "reported_at": at["reported_at"], "due_at": due, "closed_at": closed_at,
        "first_at": first_at, "last_at": last_at,
        "accepted_at": entered["accept"], "verified_at": entered["verify"], "registered_at": entered["register"],
        "dispatched_at": dispatches.at, "handled_at": handled, "completed_at": completed,
        "inspected_at": entered["inspect"], "first_contact_at": at["first_contact_at"],
        "called_back_at": at["called_back_at"],
    }
    held = visit_rows(visits, log, stage_in, profile, after, closed, outcome, end_at, at["called_back_at"], clock)
    fleeting = early[held["event"]] & ~after[held["stage"]]
    held["left_at"] = np.where(fleeting, held["entered_at"], held["left_at"])
    stand_in_first_stage(held, np.flatnonzero(~closed & (np.bincount(visits.event, minlength=n) == 0)),
                          max(role["report"], 0), at["reported_at"], profile, clock)
    latest = np.full(n, NONE, np.int64)
    latest[held["event"]] = np.arange(len(held["event"]))
    reached = np.zeros(n, np.int64)
    narrow = visits.stage < 63
    np.bitwise_or.at(reached, visits.event[narrow], np.int64(1) << visits.stage[narrow])
    located = _located(events, grid, order, faults)
    sensitive = np.array([*(c.sensitive for c in profile.categories), False])[category].astype(np.int64)
    satisfaction = events.ints("satisfaction")[order]
    odd = (satisfaction != NONE) & (satisfaction != BAD) & ((satisfaction < 1) | (satisfaction > 5))
    faults.add("event", eid, odd, "bad_satisfaction", lambda i: f"{satisfaction[i]} is not 1 to 5")
    stamp = np.where(events.ints("changed")[order] > 0, events.ints("changed")[order], 0)
    np.maximum.at(stamp, kept, stamps)

    def w(name: str) -> Ints:
        return work_at(clock, instants[name])

    out: dict[str, Any] = {
        "eid": eid, "case_number": _case_numbers(events, order, eid), "category": category,
        "network": np.where(coded["network"] >= 0, coded["network"], network_of[category]), "channel": coded["channel"],
        "severity": _severity(events, order, faults), "department": dispatches.department,
        **{f"l{k + 1}": located[:, k].astype(np.int64) for k in range(4)}, "sensitive": sensitive, **instants,
        "stage_since": np.append(held["entered_at"], NONE)[latest],
        "w_reported": w("reported_at"), "w_registered": w("registered_at"), "w_dispatched": w("dispatched_at"),
        "w_handled": w("handled_at"), "w_completed": w("completed_at"),
        "w_closed": np.where(early, NONE, w("closed_at")), "w_due": w("due_at"),
        "outcome": outcome, "is_open": (~closed).astype(np.int64), "is_hung": hung.astype(np.int64),
        "stage": np.append(held["stage"], NONE)[latest], "reached": reached,
        "pause_handle_s": paused(pauses, dispatches.at, handled, clock),
        "pause_complete_s": paused(pauses, dispatches.at, completed, clock),
        "reworks": log.count(log.action == FAIL), "returns": log.count(log.action == RETURN),
        "extended": log.count(log.action == EXTEND),
        "duplicate": (events.ints("duplicate_of")[order] != NONE).astype(np.int64),
        "linked": (events.ints("linked_to")[order] != NONE).astype(np.int64),
        "linked_eid": events.ints("linked_to")[order],
        **{k: np.maximum(events.ints(k)[order], NONE) for k in ("verified", "resolved")},
        "satisfaction": np.where(odd | (satisfaction == BAD), NONE, satisfaction),
        "transitions": np.bincount(log.event, minlength=n), "stamp": stamp,
    }
    event = held.pop("event")
    held.update(eid=eid[event], l1=out["l1"][event], l2=out["l2"][event], sensitive=sensitive[event],
                w_entered=work_at(clock, held["entered_at"]), w_left=work_at(clock, held["left_at"]))
    return Derived(out, held, faults.rows, (n, len(log.event)))


# -------------------------------------------------------------------- rows that can be used
def _in_range(at: Ints) -> Flags:
    usable: Flags = (at >= EARLIEST_MS) & (at < LATEST_MS)
    return usable


def _usable_events(events: Frame, faults: _Faults) -> NDArray[np.intp]:
    """Rows by id, the last of each id; without an id or a usable report time they are set aside."""
    eid, reported = events.ints("id"), events.ints("reported_at")
    order = np.argsort(eid, kind="stable")
    repeated = np.zeros(events.n, bool)
    repeated[order[:-1]] = eid[order][1:] == eid[order][:-1]
    faults.add("event", eid, repeated & (eid != NONE), "duplicate_key", "another row has the same id; one counts")
    faults.add("event", eid, eid == NONE, "no_key", "its id is empty")
    untimed = ~_in_range(reported) & ~repeated & (eid != NONE)
    faults.add("event", eid, untimed, "bad_time", lambda i: f"reported_at: {_said(reported[i])}")
    bad = repeated | (eid == NONE) | untimed
    kept: NDArray[np.intp] = order[~bad[order]]
    return kept


def _said(at: Any) -> str:
    return "is empty" if at == NONE else "is no time" if at == BAD else f"is not between 1990 and 2100 ({at} ms)"


def _log_of(
    events: Frame, transitions: Frame, eid: Ints, reported: Ints, profile: Profile, faults: _Faults,
) -> tuple[Log, Ints, Ints]:
    """The usable rows in order, and the change stamps of all rows with the event (position) each belongs to."""
    t = transitions
    key, of, at = t.ints("key"), t.ints("event"), t.ints("at")
    where = np.searchsorted(eid, of)
    where = np.minimum(where, max(len(eid) - 1, 0))
    known = (eid[where] == of) if len(eid) else np.zeros(t.n, bool)
    orphan = ~known
    orphan[orphan] = ~np.isin(of[orphan], events.ints("id"))    # rows of an event set aside are no faults of their own
    faults.add("transition", key, orphan, "orphan", lambda i: f"there is no event {of[i]}", of)
    untimed = known & ~_in_range(at)
    faults.add("transition", key, untimed, "bad_time", lambda i: f"at: {_said(at[i])}", of)
    coded = t.coded("action")
    action = coded.positions({a: i for i, a in enumerate(ACTIONS)})
    if not t.has("action"):
        action = np.full(t.n, ENTER, np.int64)       # a log that knows only when a stage was entered
    odd = known & (action < 0)
    faults.add("transition", key, odd, "unknown_action", lambda i: _unknown("action", coded.text(i), ACTIONS), of)
    stages = t.coded("stage")
    stage_codes = tuple(s.code for s in profile.stages)
    stage = stages.positions({s: i for i, s in enumerate(stage_codes)})
    lost = known & ~odd & ((stage == -2) | ((stage == NONE) & (action == ENTER)))
    faults.add("transition", key, lost, "unknown_stage", lambda i: _unknown("stage", stages.text(i), stage_codes), of)
    departments = t.coded("department")
    department_codes = tuple(d.code for d in profile.departments)
    department = departments.positions({d: i for i, d in enumerate(department_codes)})
    faults.add("transition", key, known & (department == -2), "unknown_department",
               lambda i: _unknown("department", departments.text(i), department_codes), of)
    due = t.ends("due_at")
    bad_due = known & (due != NONE) & ~_in_range(due)
    faults.add("transition", key, bad_due, "bad_time", lambda i: f"due_at: {_said(due[i])}", of)
    nameless = key == NONE
    faults.add("transition", key, known & nameless, "no_key", lambda i: f"a log row of event {of[i]} has no key", of)
    by_key = np.argsort(key, kind="stable")
    again = np.zeros(t.n, bool)
    again[by_key[:-1]] = key[by_key][1:] == key[by_key][:-1]
    again &= known & ~nameless
    faults.add("transition", key, again, "duplicate_key", "another row has the same key; one counts")
    use = np.flatnonzero(known & ~untimed & ~odd & ~lost & ~nameless & ~again)
    if len(eid):
        at = np.where(known, _not_before(at, t.ends("at"), reported[where]), at)
    place = t.ints("order") if t.has("order") else np.where(stage >= 0, stage, len(stage_codes)) * len(ACTIONS) + action
    use = use[np.lexsort((key[use], place[use], at[use], where[use]))]
    changed = t.ints("changed")
    log = Log(len(eid), where[use].astype(np.int64), at[use], action[use], stage[use],
              np.maximum(department[use], NONE), np.where(bad_due, NONE, due)[use])
    return log, changed[known], where[known].astype(np.int64)


def _bad_cells(frame: Frame, keys: Ints, faults: _Faults, of: Ints | None) -> None:
    """A fault for each value that was set aside when the frame was read."""
    for row, column, reason, detail in frame.bad:
        faults.note(frame.table, keys, row, reason, f"{column}: {detail}", of)


@lru_cache(maxsize=4096)
def _unknown(what: str, code: str, codes: tuple[str, ...]) -> str:
    """What stands there and what may be meant; a whole table may be of one wrong code."""
    return f"{what} '{code}'{did_you_mean(code, codes)}"


def _instant(events: Frame, name: str, order: NDArray[np.intp], faults: _Faults) -> Ints:
    at = events.ints(name)[order]
    bad = (at != NONE) & ~_in_range(at)
    faults.add("event", events.ints("id")[order], bad, "bad_time", lambda i: f"{name}: {_said(at[i])}")
    return np.where(bad, NONE, at)


def _limit(events: Frame, order: NDArray[np.intp], faults: _Faults) -> Ints:
    """``due_at``; a day is its last instant."""
    at = _instant(events, "due_at", order, faults)
    return np.where(at == NONE, NONE, events.ends("due_at")[order])


def _not_before(at: Ints, ends: Ints, earliest: Ints) -> Ints:
    """Instants of which only the day is known (``ends`` is later) are not before ``earliest`` of that day."""
    moved: Ints = np.where((ends > at) & (at >= 0) & (earliest > at) & (earliest <= ends), earliest, at)
    return moved


def _positions(
    events: Frame, name: str, index: dict[str, int], order: NDArray[np.intp], faults: _Faults,
) -> Ints:
    coded = events.coded(name)
    at = coded.positions(index)[order]
    codes = tuple(index)
    faults.add("event", events.ints("id")[order], at == -2, f"unknown_{name}",
               lambda i: _unknown(name, coded.text(int(order[i])), codes))
    return np.maximum(at, NONE)


def _severity(events: Frame, order: NDArray[np.intp], faults: _Faults) -> Ints:
    at = _positions(events, "severity", {str(k): k for k in range(1, 5)}, order, faults)
    return np.where(at > 0, at, NONE)


def _located(events: Frame, grid: Grid, order: NDArray[np.intp], faults: _Faults) -> NDArray[np.int32]:
    """(n, 4): position of the event's cell at each level, -1 where it has none."""
    at = located(events, grid)[order]
    coded = events.coded("grid")
    known = grid.code if len(grid.code) <= LOOKED_AT else ()
    faults.add("event", events.ints("id")[order], at == UNKNOWN, "unknown_grid",
               lambda i: _unknown("grid", coded.text(int(order[i])), known))
    return grid.path(at)


def _case_numbers(events: Frame, order: NDArray[np.intp], eid: Ints) -> list[str]:
    coded = events.coded("case_number")
    values, codes = coded.values, coded.codes[order]
    return [values[c] if c >= 0 else str(i) for c, i in zip(codes.tolist(), eid.tolist(), strict=True)]
