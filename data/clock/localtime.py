"""A time zone as two sorted tables, to convert millions of instants to wall time (and back) at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from data.types.arrays import Ints

Instants = Ints
DAY_MS = 86_400_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The zone's rules are evaluated between these instants; outside them its first or last offset applies.
FIRST, LAST = datetime(1989, 12, 1, tzinfo=UTC), datetime(2101, 2, 1, tzinfo=UTC)


class LocalTime(NamedTuple):
    """``change`` (n,) UTC ms at which the offset becomes ``offset[i + 1]``; ``offset`` (n + 1,) ms east of UTC."""

    change: Instants
    offset: Instants

    @staticmethod
    def of(zone: ZoneInfo) -> LocalTime:
        return _table(zone)

    def wall(self, at_ms: Instants) -> Instants:
        """Local wall time, in ms since 1970-01-01 00:00 of the wall clock."""
        local: Instants = at_ms + self.offset[np.searchsorted(self.change, at_ms, side="right")]
        return local

    def instant(self, wall_ms: Instants) -> Instants:
        """The instant at which the wall clock shows ``wall_ms``.

        A wall time that occurs twice (clocks go back) maps to the first; one that is skipped (clocks go forward) maps to the
        moment of the change, so that the result never falls when ``wall_ms`` rises.
        """
        before, after = self.offset[:-1], self.offset[1:]
        # The old offset is over once the wall clock shows the later of both readings of the moment of change.
        left = np.searchsorted(self.change + np.maximum(before, after), wall_ms, side="right")
        at: Instants = wall_ms - self.offset[left]
        # Before that, an old-offset reading past the change is a skipped wall time.
        cap = np.append(self.change, np.iinfo(np.int64).max)
        return np.asarray(np.minimum(at, cap[left]), np.int64)


@lru_cache(maxsize=16)
def _table(zone: ZoneInfo) -> LocalTime:
    """Probe the zone week by week and bisect to each change: zoneinfo has no public list of its changes."""
    change: list[int] = []
    offset = [_offset_s(zone, FIRST)]
    here, week = FIRST, timedelta(days=7)
    while here < LAST:
        ahead = here + week
        now = _offset_s(zone, ahead)
        if now != offset[-1]:
            low, high = here, ahead
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                low, high = (middle, high) if _offset_s(zone, middle) == offset[-1] else (low, middle)
            change.append((high - EPOCH) // timedelta(milliseconds=1))
            offset.append(now)
        here = ahead
    return LocalTime(np.array(change, np.int64), np.array(offset, np.int64) * 1000)


def _offset_s(zone: ZoneInfo, at: datetime) -> int:
    """Seconds east of UTC at an instant."""
    offset = at.astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
