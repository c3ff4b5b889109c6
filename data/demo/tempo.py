"""Working and reporting times of the demo city: speeds by half hour for each kind of staff, weights by hour and day.

A duration drawn in hours *of work of one kind* becomes an instant by following the cumulative speed: at night a
department nearly stops, the centre only slows down.  Everything is a table and ``np.interp``.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property

import numpy as np

from data.city.profile import Profile
from data.clock.calendar import BusinessClock
from data.clock.localtime import LocalTime
from data.types.arrays import Floats, Ints

HALF_HOUR = 1_800_000
HOUR = 3_600_000
DAY = 86_400_000
_UNIX_DAY = date(1970, 1, 1).toordinal()

#: Weight of a day's reports by local hour: citizens by telephone and web, patrols on their shift.
CITIZEN_HOURS = np.array(
    [0.7, 0.5, 0.4, 0.4, 0.5, 0.8, 1.8, 3.8, 7.8, 10.6, 10.2, 8.0, 4.6, 4.4, 7.8, 8.4, 7.8, 6.0, 4.4, 3.8, 3.2, 2.4, 1.6, 1.1]
)
PATROL_HOURS = np.array(
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 1.0, 4.5, 11.0, 14.0, 13.0, 9.0, 2.5, 3.5, 10.0, 11.5, 9.5, 6.0, 2.2, 1.2, 0.6, 0.3, 0.1, 0.0]
)
VIDEO_HOURS = np.array(
    [1.5, 1.2, 1.0, 1.0, 1.0, 1.5, 3.0, 5.0, 6.5, 7.0, 7.0, 6.0, 5.0, 5.5, 6.5, 6.5, 6.5, 6.5, 5.5, 5.0, 4.0, 3.0, 2.5, 2.0]
)
#: Monday first.
_CITIZEN_WEEK = np.array([1.13, 1.07, 1.05, 1.04, 1.05, 0.86, 0.80])
_PATROL_WEEK = np.array([1.14, 1.12, 1.10, 1.10, 1.08, 0.76, 0.70])


class Tempo:
    """The tables of one city from ``first_ms`` (rounded down to the half hour) on.

    ``slowed``: (from ms, to ms, factor) spans in which inspectors are slower, to create a backlog at that stage.
    """

    def __init__(
        self, profile: Profile, clock: BusinessClock, first_ms: int, last_ms: int, slowed: tuple[tuple[int, int, float], ...] = ()
    ) -> None:
        self.start = first_ms // HALF_HOUR * HALF_HOUR
        count = (last_ms - self.start) // HALF_HOUR + 2
        self.edges = self.start + HALF_HOUR * np.arange(count + 1, dtype=np.int64)
        self._local = LocalTime.of(profile.zone)
        wall = self._local.wall(self.edges[:-1])
        self.day = wall // DAY  # local day since 1970
        self.hour = (wall % DAY) / HOUR
        days = np.arange(self.day[0], self.day[-1] + 1)
        self._worked = np.array([clock.is_workday(date.fromordinal(_UNIX_DAY + int(d))) for d in days])
        self.first_day = int(self.day[0])
        worked = self._worked[self.day - self.first_day]
        open_now = np.zeros(count, bool)
        for slot in profile.hours.slots:
            begin, end = (int(t[:2]) + int(t[3:]) / 60 for t in slot.split("-"))
            open_now |= (self.hour >= begin) & (self.hour < end)
        h = self.hour
        daytime = (h >= 8) & (h < 18)
        centre = np.where((h >= 7) & (h < 22), 1.0, 0.4)
        field = np.where(daytime, np.where(worked, 1.0, 0.6), np.where((h >= 6) & (h < 21), 0.3, 0.03))
        slow = np.ones(count)
        for begin_ms, end_ms, factor in slowed:
            slow[(self.edges[1:] > begin_ms) & (self.edges[:-1] < end_ms)] = factor
        speeds = {
            "centre": centre,
            "field": field,
            "inspect": field * slow,
            "office": np.where(open_now & worked, 1.0, np.where(daytime, 0.34, 0.06)),
            "visit": np.where(open_now & worked, 1.0, np.where(daytime, 0.2, 0.01)),
        }
        self._done = {k: np.concatenate([[0.0], np.cumsum(v * 0.5)]) for k, v in speeds.items()}

    def advance(self, kind: str, from_ms: Ints, hours: Floats) -> Ints:
        """The instant at which staff of a kind has worked ``hours`` since ``from_ms`` (arrays of one shape)."""
        done = self._done[kind]
        target = np.interp(from_ms, self.edges, done) + hours
        return np.asarray(np.maximum(np.interp(target, done, self.edges).astype(np.int64), from_ms))

    def local_day(self, at_ms: Ints) -> Ints:
        """Local day of each instant, counted from the first day of the tables."""
        return self._local.wall(at_ms) // DAY - self.first_day

    def next_clock_time(self, at_ms: Ints, hour: int) -> Ints:
        """The next time a local clock shows ``hour`` o'clock, at or after each instant."""
        wall = self._local.wall(at_ms)
        at = wall // DAY * DAY + hour * HOUR
        return self._local.instant(np.where(at < wall, at + DAY, at))

    @cached_property
    def weekday(self) -> Ints:
        """Weekday of each local day of the tables, 0 = Monday."""
        days = np.arange(len(self._worked)) + self.first_day
        return np.asarray((days + 3) % 7)

    def day_weights(self, patrol: bool) -> Floats:
        """Relative volume of reports on each local day, 1 = ordinary: weekdays, holidays, the first day back.

        A run of seven or more days off in January or February is the Spring Festival (.4 to .6 of an ordinary day).
        """
        weight = (_PATROL_WEEK if patrol else _CITIZEN_WEEK)[self.weekday].copy()
        off = ~self._worked
        begin = 0
        while begin < len(off):
            end = begin
            while end < len(off) and off[end] == off[begin]:
                end += 1
            run = end - begin
            if off[begin] and run >= 3:
                month = date.fromordinal(_UNIX_DAY + self.first_day + begin).month
                weight[begin:end] = 0.5 if run >= 7 and month <= 3 else 0.66
                if patrol:
                    weight[begin:end] *= 0.8
                if end < len(off):
                    weight[end] *= 1.22
            begin = end
        ordinary = self._worked & (self.weekday >= 5)  # a worked Saturday or Sunday (调休)
        weight[ordinary] = 1.02
        return weight

    def month(self) -> Ints:
        """Month (1 .. 12) of each local day."""
        return np.array([date.fromordinal(_UNIX_DAY + self.first_day + i).month for i in range(len(self._worked))])
