"""What changed since the last refresh, and the one cool-down that all kiosks share.

A *standing* is how every open case stands at an instant; a refresh takes a new one and compares the two.  Who presses while
it cools down is answered with the last refresh of the same area and the seconds that are left.  Kept in memory only: after a
restart the first look is the new beginning.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from sqlalchemy import select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms, span_ms
from data.facts.case_reads import computed
from data.facts.rows import Rows
from data.facts.schema import EVENT
from data.kiosk.queues import NEAR, OVERDUE, standing_of
from data.query import conditions
from data.query.metric import events
from data.types.arrays import Ints
from data.types.sql import AnySelect

COOL_DOWN = timedelta(seconds=20)
#: Areas whose last standing is kept; the least recently asked for go first.
KEPT = 40
#: A platform may enter a closure later than its time says.
_LATE_ENTRY_MS = 3_600_000


@dataclass(frozen=True)
class Standing:
    """At ``at_ms``: the open cases (sorted ids), how each stands (``queues.OVERDUE`` ...), how often it was sent back; and
    the cases settled lately (sorted ids)."""

    at_ms: int
    eid: Ints
    standing: Ints
    returned: Ints
    settled: Ints


@dataclass(frozen=True)
class Changes:
    """Cases that are newly overdue, newly within four hours, newly sent back, settled, or gone otherwise, since ``since_ms``.

    ``fresh``: those of the first three, by id: they are marked on the list.
    """

    since_ms: int
    overdue: int = 0
    soon: int = 0
    returned: int = 0
    settled: int = 0
    gone: int = 0
    fresh: frozenset[int] = field(default=frozenset(), repr=False)

    @property
    def total(self) -> int:
        return self.overdue + self.soon + self.returned + self.settled + self.gone


class Refreshed(NamedTuple):
    """The last refresh: when it was, what it found (None = there was none yet: ``at_ms`` is when counting began), and how
    long (ms) the next one has to wait."""

    at_ms: int
    changes: Changes | None
    wait_ms: int


def asked(viewer: Viewer, city: City, now: datetime, since_ms: int | None) -> dict[str, AnySelect]:
    """The statements of a standing.  Ids are for the comparison alone: what is shown of them is how many."""
    at = ms(now)
    o = conditions.open_events(viewer, city, at, "eid", "due_at", "is_hung", "returns", "stage").subquery("o").c
    table, _, visible = events(viewer, city)
    c = EVENT.c
    start = (since_ms if since_ms is not None else at) - _LATE_ENTRY_MS
    settled = (
        select(c.eid).select_from(table).where(*visible, c.outcome == conditions.SETTLED, c.closed_at >= start, c.closed_at <= at)
    )
    return {
        "open": computed(select(o.eid, standing_of(o, at).label("standing"), o.returns.label("returned"))),
        "settled": computed(settled),
    }


def standing(rows: Mapping[str, Rows], now: datetime) -> Standing:
    """The answers of ``asked`` as a Standing."""
    eid = np.asarray(rows["open"]["eid"], np.int64)
    order = np.argsort(eid)
    return Standing(
        ms(now),
        eid[order],
        np.asarray(rows["open"]["standing"], np.int64)[order],
        np.maximum(np.asarray(rows["open"]["returned"], np.int64)[order], 0),
        np.unique(np.asarray(rows["settled"]["eid"], np.int64)),
    )


def changes(before: Standing, after: Standing) -> Changes:
    """From one standing to a later one.  A case that was not there before counts for what it is now; one that is overdue now is
    not also "within four hours"."""
    was = np.zeros(len(after.eid), np.int64)
    was_back = np.zeros(len(after.eid), np.int64)
    at = np.searchsorted(before.eid, after.eid)
    known = at < len(before.eid)
    known[known] = before.eid[at[known]] == after.eid[known]
    was[known], was_back[known] = before.standing[at[known]], before.returned[at[known]]
    overdue = (after.standing == OVERDUE) & (was != OVERDUE)
    soon = (after.standing == NEAR) & (was != NEAR)
    back = after.returned > was_back
    left = np.setdiff1d(before.eid, after.eid, assume_unique=True)
    settled = int(np.isin(left, after.settled).sum())
    return Changes(
        before.at_ms,
        int(overdue.sum()),
        int(soon.sum()),
        int(back.sum()),
        settled,
        len(left) - settled,
        frozenset(after.eid[overdue | soon | back].tolist()),
    )


@dataclass
class _Last:
    standing: Standing
    changes: Changes | None = None
    pressed_ms: int = 0  # by the clock that the cool-down is measured with; a closed log's own stands still


class Refreshes:
    """Holds the last refresh of each area (``key``) and the cool-down of all; time is handed in.  For any thread."""

    def __init__(self, cool_down: timedelta = COOL_DOWN) -> None:
        self._cool_ms = span_ms(cool_down)
        self._pressed: int | None = None
        self._last: OrderedDict[Hashable, _Last] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, key: Hashable, now_ms: int, take: Callable[[int | None], Standing]) -> Refreshed:
        """The last refresh; the first look of an area begins the counting."""
        with self._lock:
            return self._told(self._known(key, take), now_ms)

    def press(self, key: Hashable, now_ms: int, take: Callable[[int | None], Standing]) -> Refreshed:
        """Refresh, unless it cools down since this area was refreshed; ``take(since_ms)`` reads a standing."""
        with self._lock:
            last = self._known(key, take)
            cooling = self._wait(now_ms) > 0
            # another area's press started the cool-down: this one's own cases were not looked at in it yet
            if cooling and last.changes is not None and last.pressed_ms >= (self._pressed or 0):
                return self._told(last, now_ms)
            taken = take(last.standing.at_ms)
            self._last[key] = last = _Last(taken, changes(last.standing, taken), now_ms)
            if not cooling:
                self._pressed = now_ms
            return self._told(last, now_ms)

    def _known(self, key: Hashable, take: Callable[[int | None], Standing]) -> _Last:
        if key not in self._last:
            self._last[key] = _Last(take(None))
            while len(self._last) > KEPT:
                self._last.popitem(last=False)
        self._last.move_to_end(key)
        return self._last[key]

    def _wait(self, now_ms: int) -> int:
        if self._pressed is None or now_ms < self._pressed:  # a clock that was set back keeps nobody waiting
            return 0
        return max(0, self._pressed + self._cool_ms - now_ms)

    def _told(self, last: _Last, now_ms: int) -> Refreshed:
        return Refreshed(last.standing.at_ms, last.changes, self._wait(now_ms))
