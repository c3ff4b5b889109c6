"""Which rows of a frame can be used, and which of their values: the rest are faults with row, reason and detail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from data.city.city import Grid
from data.city.profile import Profile
from data.errors import did_you_mean
from data.source.columns import BAD, Frame
from data.source.contract import ACTIONS
from data.sync.locate import UNKNOWN, located
from data.sync.visits import ENTER, NONE, Log
from data.types.arrays import Flags, Ints

#: 1990 and 2100: a time outside is a mistake (and the business clock has no days there).
EARLIEST_MS, LATEST_MS = 631_152_000_000, 4_102_444_800_000
#: With more cells than this, no similar code is looked for.
LOOKED_AT = 200
Fault = tuple[str, str, str, str]  # source table, row key, reason, detail


@dataclass
class Faults:
    rows: list[Fault] = field(default_factory=list)

    def add(
        self, table: str, keys: Ints, bad: Flags, reason: str, detail: str | Callable[[int], object], of: Ints | None = None
    ) -> None:
        for i in np.flatnonzero(bad):
            self.note(table, keys, int(i), reason, str(detail(int(i)) if callable(detail) else detail), of)

    def note(self, table: str, keys: Ints, row: int, reason: str, detail: str, of: Ints | None = None) -> None:
        key = str(int(keys[row])) if of is None or keys[row] != NONE else keyless(int(of[row]))
        self.rows.append((table, key, reason, detail[:200]))


def keyless(event: int) -> str:
    """Fault key of a log row without a key; its faults are removed together with those of its event."""
    return f"of {event}"


def _in_range(at: Ints) -> Flags:
    usable: Flags = (at >= EARLIEST_MS) & (at < LATEST_MS)
    return usable


def usable_events(events: Frame, faults: Faults) -> NDArray[np.intp]:
    """Rows by id, the last one of each id; rows without an id or a usable report time are rejected."""
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


def _said(at: int) -> str:
    return "is empty" if at == NONE else "is no time" if at == BAD else f"is not between 1990 and 2100 ({at} ms)"


def log_of(
    events: Frame, transitions: Frame, eid: Ints, reported: Ints, profile: Profile, faults: Faults
) -> tuple[Log, Ints, Ints]:
    """The usable rows in order, and the change stamps of all rows with the event (position) each belongs to."""
    t = transitions
    key, of, at = t.ints("key"), t.ints("event"), t.ints("at")
    where = np.searchsorted(eid, of)
    where = np.minimum(where, max(len(eid) - 1, 0))
    known = (eid[where] == of) if len(eid) else np.zeros(t.n, bool)
    orphan = ~known
    orphan[orphan] = ~np.isin(of[orphan], events.ints("id"))  # rows of a rejected event are no additional faults
    faults.add("transition", key, orphan, "orphan", lambda i: f"there is no event {of[i]}", of)
    unhappened = known & t.never("at")  # a time that says "never": no step, and no fault
    untimed = known & ~_in_range(at) & ~unhappened
    faults.add("transition", key, untimed, "bad_time", lambda i: f"at: {_said(at[i])}", of)
    coded = t.coded("action")
    action = coded.positions({a: i for i, a in enumerate(ACTIONS)})
    if not t.has("action"):
        action = np.full(t.n, ENTER, np.int64)  # a log that records only when a stage was entered
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
    faults.add(
        "transition",
        key,
        known & (department == -2),
        "unknown_department",
        lambda i: _unknown("department", departments.text(i), department_codes),
        of,
    )
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
    use = np.flatnonzero(known & ~unhappened & ~untimed & ~odd & ~lost & ~nameless & ~again)
    if len(eid):
        at = np.where(known, not_before(at, t.ends("at"), reported[where]), at)
    place = t.ints("order") if t.has("order") else np.where(stage >= 0, stage, len(stage_codes)) * len(ACTIONS) + action
    use = use[np.lexsort((key[use], place[use], at[use], where[use]))]
    changed = t.ints("changed")
    log = Log(
        len(eid),
        where[use].astype(np.int64),
        at[use],
        action[use],
        stage[use],
        np.maximum(department[use], NONE),
        np.where(bad_due, NONE, due)[use],
    )
    return log, changed[known], where[known].astype(np.int64)


def note_bad_cells(frame: Frame, keys: Ints, faults: Faults, of: Ints | None) -> None:
    """A fault for each value that was rejected when the frame was read."""
    for row, column, reason, detail in frame.bad:
        faults.note(frame.table, keys, row, reason, f"{column}: {detail}", of)


@lru_cache(maxsize=4096)
def _unknown(what: str, code: str, codes: tuple[str, ...]) -> str:
    """The value found and what may have been meant; a whole table may have the same wrong code."""
    return f"{what} '{code}'{did_you_mean(code, codes)}"


def instant_of(events: Frame, name: str, order: NDArray[np.intp], faults: Faults) -> Ints:
    at = events.ints(name)[order]
    bad = (at != NONE) & ~_in_range(at)
    faults.add("event", events.ints("id")[order], bad, "bad_time", lambda i: f"{name}: {_said(at[i])}")
    return np.where(bad, NONE, at)


def limit_of(events: Frame, order: NDArray[np.intp], faults: Faults) -> Ints:
    """``due_at``; a date counts as its last instant."""
    at = instant_of(events, "due_at", order, faults)
    return np.where(at == NONE, NONE, events.ends("due_at")[order])


def not_before(at: Ints, ends: Ints, earliest: Ints) -> Ints:
    """Raise instants of which only the date is known (``ends`` is later) to ``earliest`` if that is on the same day."""
    moved: Ints = np.where((ends > at) & (at >= 0) & (earliest > at) & (earliest <= ends), earliest, at)
    return moved


def positions_of(events: Frame, name: str, index: dict[str, int], order: NDArray[np.intp], faults: Faults) -> Ints:
    coded = events.coded(name)
    at = coded.positions(index)[order]
    codes = tuple(index)
    faults.add(
        "event", events.ints("id")[order], at == -2, f"unknown_{name}", lambda i: _unknown(name, coded.text(int(order[i])), codes)
    )
    return np.maximum(at, NONE)


def severity_of(events: Frame, order: NDArray[np.intp], faults: Faults) -> Ints:
    at = positions_of(events, "severity", {str(k): k for k in range(1, 5)}, order, faults)
    return np.where(at > 0, at, NONE)


def places_of(events: Frame, grid: Grid, order: NDArray[np.intp], faults: Faults, bulk: bool) -> NDArray[np.int32]:
    """(n, 4): position of the event's cell at each level, -1 if it has none; ``bulk`` as in ``located``."""
    at = located(events, grid, bulk=bulk)[order]
    coded = events.coded("grid")
    known = grid.code if len(grid.code) <= LOOKED_AT else ()
    faults.add(
        "event",
        events.ints("id")[order],
        at == UNKNOWN,
        "unknown_grid",
        lambda i: _unknown("grid", coded.text(int(order[i])), known),
    )
    return grid.path(at)


def case_numbers_of(events: Frame, order: NDArray[np.intp], eid: Ints) -> list[str]:
    coded = events.coded("case_number")
    values, codes = coded.values, coded.codes[order]
    return [values[c] if c >= 0 else str(i) for c, i in zip(codes.tolist(), eid.tolist(), strict=True)]
