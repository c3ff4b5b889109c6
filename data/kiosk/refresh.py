"""Changes since the last refresh, and the one cool-down shared by all kiosks.

A *standing* is the state of every open case at an instant; a refresh takes a new one and compares the two.  A request
during the cool-down gets the last refresh of the same area and the remaining seconds.  Kept in memory only: after a
restart the first request sets the new baseline.
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
#: Number of areas whose last standing is kept; the least recently requested are dropped first.
KEPT = 40
#: A platform may record a closure later than its stated time.
_LATE_ENTRY_MS = 3_600_000


@dataclass(frozen=True)
class Standing:
    """At ``at_ms``: the open cases (sorted ids), the state of each limit (``queues.OVERDUE`` ...), how often each was returned;
    and recently settled cases (sorted ids)."""

    at_ms: int
    eid: Ints
    standing: Ints
    returned: Ints
    settled: Ints


@dataclass(frozen=True)
class Changes:
    """Cases newly overdue, newly within four hours, newly returned, settled, or gone otherwise, since ``since_ms``.

    ``fresh``: ids of the first three kinds, which are marked on the list.
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
    """The last refresh: its time, its changes (None = none yet: ``at_ms`` is when counting began), and the remaining wait
    (ms) before the next one."""

    at_ms: int
    changes: Changes | None
    wait_ms: int


def asked(viewer: Viewer, city: City, now: datetime, since_ms: int | None) -> dict[str, AnySelect]:
    """The statements of a standing.  Ids serve only for comparison: only counts are shown."""
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
    """A Standing from the answers to ``asked``."""
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
    """Changes between two standings.  A case that is new in the second counts for its present state; an overdue one is not also
    counted as "within four hours"."""
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
    pressed_ms: int = 0  # on the clock that measures the cool-down; a closed log's own clock stands still


class Refreshes:
    """Holds the last refresh of each area (``key``) and the common cool-down; time is passed in.  Thread-safe."""

    def __init__(self, cool_down: timedelta = COOL_DOWN) -> None:
        self._cool_ms = span_ms(cool_down)
        self._pressed: int | None = None
        self._last: OrderedDict[Hashable, _Last] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, key: Hashable, now_ms: int, take: Callable[[int | None], Standing]) -> Refreshed:
        """The last refresh; the first call for an area starts the counting."""
        with self._lock:
            return self._told(self._known(key, take), now_ms)

    def press(self, key: Hashable, now_ms: int, take: Callable[[int | None], Standing]) -> Refreshed:
        """Refresh, unless within the cool-down since this area's refresh; ``take(since_ms)`` reads a standing."""
        with self._lock:
            last = self._known(key, take)
            cooling = self._wait(now_ms) > 0
            # another area started the cool-down: this area has not been refreshed during it yet
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
        if self._pressed is None or now_ms < self._pressed:  # if the clock was set back, do not wait
            return 0
        return max(0, self._pressed + self._cool_ms - now_ms)

    def _told(self, last: _Last, now_ms: int) -> Refreshed:
        return Refreshed(last.standing.at_ms, last.changes, self._wait(now_ms))
