"""From the log to the facts: pure and vectorised, the same for a bulk load and for the events of a tick.

``derive(events, transitions, profile, grid, clock)`` gives the rows of ``data.facts.schema.EVENT`` and ``VISIT``.  Rules,
in addition to those of docs/mapping.md:

- Log rows are taken in the order (event, at).  Rows of the same instant are ordered by the mapping's ``order`` column if there
  is one, else by the city's stage order, then by action (``data.source.contract.ACTIONS``), then by key.
- A date without a time means, as a limit, its last millisecond; as an end, a first contact or a call-back its first, but not
  before the report (nor, as an end, before the log rows) of that day; as the time of a log row likewise.
- A log row whose time says "never" has not happened: it is no step, and no fault.
- A log row without a usable time, or with an unknown action or stage, is rejected (a fault); the event is derived from the rest.
- ``start`` opens a visit where the event's log has no ``enter`` of its stage (it adds no ``entries``).
- An open event whose log enters no stage is in the report stage since it was reported (``entries`` 0), and one that entered
  a stage of closed cases (it was reopened) is in the last stage before that, so that the stocks of the stages add up to the
  open events.
- ``handled_at`` is the earliest ``start`` or ``complete`` of the handle stage from the first dispatch on that was not
  returned; if the case has left that stage with neither, it is the entering.  ``completed_at`` is the first ``complete``
  there, else when it was left.  The other milestones are the first entering of their stage.
- A value that cannot be used is rejected with its row and column (a fault) and counts as missing.
- The end is ``closed_at``, else a ``cancel`` / ``merge`` that nothing follows, else (an outcome without a usable time: a
  fault) the last log row; in a source that does not deliver ``closed_at``, when it finally entered 结案 (the stage of role
  ``close``) or a stage of closed cases.  A time that cannot be used says nothing about the end.
- A case that closes before it was reported (a fault) is closed at the stated instant but has no ``w_closed``: it is in no
  duration, and its visits (except those of closed cases) have no length, so that it is in no stage while it is not open.
- Pauses still running are not in ``pause_*``: such an event has ``is_hung`` = 1 and is censored where it was deferred.
- ``due_at``: the source's (which moves it itself), else the category's limit from registration (else report), extended by
  the pauses that began before it, on the limit's own clock.
- Unknown category, channel, network, department: -1 and a fault.  Unknown grid: not located, and a fault.  An event
  without a grid code is in the finest cell that holds its point; without a usable point it is not located, no fault.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from data.city.city import Grid
from data.city.profile import Profile
from data.source.columns import BAD, Frame
from data.source.contract import OUTCOMES
from data.sync.milestones import Clock, dispatched_again, due_of, handling_of, paused, stand_in_first_stage, visit_rows, work_at
from data.sync.usable import (
    Fault,
    Faults,
    case_numbers_of,
    instant_of,
    limit_of,
    log_of,
    not_before,
    note_bad_cells,
    places_of,
    positions_of,
    severity_of,
    usable_events,
)
from data.sync.visits import CANCEL, EXTEND, FAIL, MERGE, NONE, RETURN, Log, Visits, dispatches_of, pauses_of, visits_of
from data.types.arrays import Ints
from data.types.records import Record


class Derived(NamedTuple):
    """Columns of the event and visit facts (NULL = -1), and the faults of what could not be used."""

    events: Record
    visits: Record
    faults: list[Fault]


def derive(events: Frame, transitions: Frame, profile: Profile, grid: Grid, clock: Clock, *, bulk: bool = False) -> Derived:
    """Facts of ``events`` (n) from their ``transitions`` (m); see the module for the rules.

    All log rows of an event must be given: an event is derived from scratch, never patched.  ``bulk``: they come from a load.
    """
    faults = Faults()
    order = usable_events(events, faults)
    eid = events.ints("id")[order]
    n = len(eid)
    for frame, key, of in ((events, "id", None), (transitions, "key", transitions.ints("event"))):
        note_bad_cells(frame, frame.ints(key), faults, of)
    reported = instant_of(events, "reported_at", order, faults)
    log, stamps, kept = log_of(events, transitions, eid, reported, profile, faults)
    visits = visits_of(log)
    index = np.arange(len(log.event), dtype=np.int64)
    first_at, last_at = log.first(index >= 0), log.last(index >= 0)
    at = {"reported_at": reported, "due_at": limit_of(events, order, faults)}
    for name in ("closed_at", "first_contact_at", "called_back_at"):
        at[name] = not_before(instant_of(events, name, order, faults), events.ends(name)[order], reported)
    at["closed_at"] = not_before(at["closed_at"], events.ends("closed_at")[order], last_at)

    # ---- how it ended
    lists = {
        "outcome": OUTCOMES,
        **{
            k: tuple(x.code for x in getattr(profile, v))
            for k, v in (("category", "categories"), ("network", "networks"), ("channel", "channels"))
        },
    }
    coded = {k: positions_of(events, k, {c: i for i, c in enumerate(v)}, order, faults) for k, v in lists.items()}
    after = np.array([s.after_close for s in profile.stages])
    ending = (log.action == CANCEL) | (log.action == MERGE)
    ended_row = log.last(ending, index)
    ordinary_claim = visits.opens.copy()
    ordinary_claim[visits.opens] = ~after[visits.stage]
    ended = (ended_row >= 0) & (ended_row > log.last(ordinary_claim, index))
    untimed = (at["closed_at"] == NONE) & (coded["outcome"] >= 0) & ~ended
    told = np.full(n, NONE, np.int64) if events.has("closed_at") else _told_by_log(log, visits, profile)
    at["closed_at"] = np.where(ended | untimed | (at["closed_at"] != NONE), at["closed_at"], told)
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
    entered = {
        r: log.first(visits.opens & (log.stage == role[r]) & (role[r] >= 0)) for r in ("accept", "verify", "register", "inspect")
    }
    dispatches = dispatches_of(log, role["dispatch"], role["handle"])
    handled, completed = handling_of(log, visits, stage_in, dispatches.counts, role["handle"], closed, end_at)
    pauses = pauses_of(log, visits, closed, end_at)
    hung = pauses.hung & ~closed

    category = coded["category"]
    network_of = np.array(
        [*(lists["network"].index(c.network) if c.network in lists["network"] else NONE for c in profile.categories), NONE]
    )
    due = due_of(
        at["due_at"],
        np.where(entered["register"] != NONE, entered["register"], at["reported_at"]),
        category,
        [c.limit for c in profile.categories],
        pauses,
        clock,
    )
    latest_pause = pauses.latest()
    is_latest = np.zeros(len(pauses.event), bool)
    is_latest[latest_pause[latest_pause != NONE]] = True
    last_pause = pauses.of(is_latest)
    due_before = due_of(
        at["due_at"],
        np.where(entered["register"] != NONE, entered["register"], at["reported_at"]),
        category,
        [c.limit for c in profile.categories],
        pauses.of(~is_latest),
        clock,
    )
    instants: dict[str, Ints] = {
        "reported_at": at["reported_at"],
        "due_at": due,
        "closed_at": closed_at,
        "first_at": first_at,
        "last_at": last_at,
        "accepted_at": entered["accept"],
        "verified_at": entered["verify"],
        "registered_at": entered["register"],
        "dispatched_at": dispatches.at,
        "handled_at": handled,
        "completed_at": completed,
        "inspected_at": entered["inspect"],
        "first_contact_at": at["first_contact_at"],
        "called_back_at": at["called_back_at"],
        "paused_at": np.where(pauses.running != NONE, pauses.running, np.append(pauses.start, NONE)[latest_pause]),
        "resumed_at": np.append(pauses.end, NONE)[latest_pause],
        "due_before_at": due_before,
    }
    held = visit_rows(visits, log, stage_in, profile, after, closed, outcome, end_at, at["called_back_at"], clock)
    held |= dispatched_again(visits, log, dispatches)
    fleeting = early[held["event"]] & ~after[held["stage"]]
    held["left_at"] = np.where(fleeting, held["entered_at"], held["left_at"])
    ordinary = np.bincount(visits.event[~after[visits.stage]], minlength=n)
    unplaced = np.flatnonzero(~closed & (ordinary == 0))
    stand_in_first_stage(held, unplaced, max(role["report"], 0), at["reported_at"], profile, clock)
    latest = np.full(n, NONE, np.int64)
    latest[held["event"]] = np.arange(len(held["event"]))
    still = np.flatnonzero(held["exit"] == 0)
    latest[held["event"][still]] = still
    reached = np.zeros(n, np.int64)
    narrow = visits.stage < 63
    np.bitwise_or.at(reached, visits.event[narrow], np.int64(1) << visits.stage[narrow])
    located = places_of(events, grid, order, faults, bulk)
    sensitive = np.array([*(c.sensitive for c in profile.categories), False])[category].astype(np.int64)
    satisfaction = events.ints("satisfaction")[order]
    odd = (satisfaction != NONE) & (satisfaction != BAD) & ((satisfaction < 1) | (satisfaction > 5))
    faults.add("event", eid, odd, "bad_satisfaction", lambda i: f"{satisfaction[i]} is not 1 to 5")
    stamp = np.where(events.ints("changed")[order] > 0, events.ints("changed")[order], 0)
    np.maximum.at(stamp, kept, stamps)

    def w(name: str) -> Ints:
        return work_at(clock, instants[name])

    out: Record = {
        "eid": eid,
        "case_number": case_numbers_of(events, order, eid),
        "category": category,
        "network": np.where(coded["network"] >= 0, coded["network"], network_of[category]),
        "channel": coded["channel"],
        "severity": severity_of(events, order, faults),
        "department": dispatches.department,
        **{f"l{k + 1}": located[:, k].astype(np.int64) for k in range(4)},
        "sensitive": sensitive,
        **instants,
        "stage_since": np.append(held["entered_at"], NONE)[latest],
        "w_reported": w("reported_at"),
        "w_registered": w("registered_at"),
        "w_dispatched": w("dispatched_at"),
        "w_handled": w("handled_at"),
        "w_completed": w("completed_at"),
        "w_closed": np.where(early, NONE, w("closed_at")),
        "w_due": w("due_at"),
        "outcome": outcome,
        "is_open": (~closed).astype(np.int64),
        "is_hung": hung.astype(np.int64),
        "stage": np.append(held["stage"], NONE)[latest],
        "reached": reached,
        "pause_handle_s": paused(pauses, dispatches.at, handled, clock),
        "pause_complete_s": paused(pauses, dispatches.at, completed, clock),
        "last_pause_handle_s": paused(last_pause, dispatches.at, handled, clock),
        "last_pause_complete_s": paused(last_pause, dispatches.at, completed, clock),
        "reworks": log.count(log.action == FAIL),
        "returns": log.count(log.action == RETURN),
        "extended": log.count(log.action == EXTEND),
        "duplicate": (events.ints("duplicate_of")[order] != NONE).astype(np.int64),
        "linked": (events.ints("linked_to")[order] != NONE).astype(np.int64),
        "linked_eid": events.ints("linked_to")[order],
        **{k: np.maximum(events.ints(k)[order], NONE) for k in ("verified", "resolved")},
        "satisfaction": np.where(odd | (satisfaction == BAD), NONE, satisfaction),
        "transitions": np.bincount(log.event, minlength=n),
        "stamp": stamp,
    }
    event = held.pop("event")
    held.update(
        eid=eid[event],
        l1=out["l1"][event],
        l2=out["l2"][event],
        sensitive=sensitive[event],
        w_entered=work_at(clock, held["entered_at"]),
        w_left=work_at(clock, held["left_at"]),
    )
    return Derived(out, held, faults.rows)


def _told_by_log(log: Log, visits: Visits, profile: Profile) -> Ints:
    """(n,): when each case entered 结案 or a stage of closed cases and no other stage after it; NONE if it did not."""
    ending = np.array([s.after_close or (s.role or s.code) == "close" for s in profile.stages])
    at_end = visits.opens.copy()
    at_end[visits.opens] = ending[visits.stage]
    rows = np.arange(len(log.event), dtype=np.int64)
    before = log.last(visits.opens & ~at_end, rows)
    return log.first(at_end & (rows > before[log.event]))
