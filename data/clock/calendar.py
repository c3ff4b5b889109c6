"""The business clock: work hours with a morning and an afternoon, workdays and holidays, in the city's own time zone.

The clock is one sorted table of the working slots from 1990 to 2100 with the cumulative work time before each, built once;
every query is a binary search in it.  A pause (缓办) needs no table of its own: as work time is cumulative, the
work time of a pause is subtracted from that of the enclosing interval.

Limits (the field's four clocks; the start itself is never counted twice and no deadline lies before its start):

==================  ==================================================================================================
``natural_minutes``  紧急工作时: elapsed time, day and night
``work_minutes``     工作时: time within the slots of workdays; a limit used up at closing time ends at closing time
``workdays``         工作日: the same clock time N workdays later.  A start on a workday, also before opening or after
                     closing, keeps its clock time; one on a day off counts from the opening of the next workday (when
                     the office receives it), so N workdays always contain N workdays of work time
``natural_days``     自然日: the same clock time N calendar days later
==================  ==================================================================================================
"""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.city.profile import Hours, Profile
from data.clock.localtime import DAY_MS, Instants, LocalTime
from data.clock.workdays import BASE, DAYS, FIRST_YEAR, LAST_YEAR, published_years, workday_table
from data.errors import did_you_mean
from data.types.arrays import Flags

CLOCKS = ("natural_minutes", "work_minutes", "workdays", "natural_days")
_UNIX_DAY = date(1970, 1, 1).toordinal()
_YEAR_ENDS = np.array([date(y + 1, 1, 1).toordinal() - BASE for y in range(FIRST_YEAR, LAST_YEAR)])
_ORIGIN_DAY = date(2000, 1, 1).toordinal() - BASE


class BusinessClock:
    """Work time of one city; instants are ms since 1970 UTC; accepts arrays of any shape and plain integers.

    Instants outside 1990..2100 (local) are clamped to that span.  No date raises an error.
    """

    def __init__(self, hours: Hours, zone: ZoneInfo, country: str) -> None:
        """Raises ValueError if the hours contain no slot: no limit would ever end."""
        if not hours.slots:
            raise ValueError('a business clock needs at least one slot of work; write e.g. "08:30-12:00"')
        self._local = LocalTime.of(zone)
        worked = workday_table(country).copy()
        if hours.every_day:
            worked[:] = True
        for day, kind, _ in hours.overrides:
            if 0 <= day.toordinal() - BASE < DAYS:
                worked[day.toordinal() - BASE] = kind == "workday"
        self._worked = worked
        self._workdays = np.flatnonzero(worked)
        self._rank = np.concatenate(([0], np.cumsum(worked)))[:-1]  # workdays before each day
        slots = np.array([_slot_ms(s) for s in hours.slots], np.int64)
        self._opening = int(slots[0, 0])
        walls = (self._workdays * DAY_MS)[:, None, None] + slots[None] + (BASE - _UNIX_DAY) * DAY_MS
        bounds = self._local.instant(walls.reshape(-1, 2))
        self._start, length = bounds[:, 0], bounds[:, 1] - bounds[:, 0]
        self._length = length
        total = np.concatenate(([0], np.cumsum(length)))
        origin = np.searchsorted(self._start, self._midnight(_ORIGIN_DAY))
        self._before = total[:-1] - total[origin]  # work ms before each slot
        self._after = self._before + length
        known = set(published_years(country)) | set(hours.published)
        self._provisional = np.array([y not in known for y in range(FIRST_YEAR, LAST_YEAR + 1)])

    @classmethod
    def of(cls, profile: Profile) -> BusinessClock:
        """The clock of a city's file."""
        return cls(profile.hours, profile.zone, profile.city.country)

    @cached_property
    def fingerprint(self) -> str:
        """Changes when any slot of any day moves: by the file, by a newly published year or by a zone's new rules."""
        digest = hashlib.sha256(self._start.tobytes())
        digest.update(self._length.tobytes())
        return digest.hexdigest()[:16]

    def work_seconds(self, at_ms: ArrayLike) -> Instants:
        """Whole work seconds from 2000-01-01 00:00 local to each instant (negative before); never falls."""
        return self._work_ms(at_ms) // 1000

    def work_instant(self, w: ArrayLike) -> Instants:
        """The earliest instant (ms) by which ``w`` work seconds have passed since 2000-01-01: closing time, not the
        next opening, if they end with a slot."""
        return self._work_instant_ms(np.asarray(w, np.int64) * 1000)

    def slots_between(self, first_ms: int, last_ms: int) -> list[tuple[int, int]]:
        """(start, end) in ms of the work time between two instants, in order; the last instant alone if there is none."""
        low = max(int(np.searchsorted(self._start, first_ms, side="right")) - 1, 0)
        high = int(np.searchsorted(self._start, last_ms, side="left"))
        cut = [
            (max(int(self._start[i]), first_ms), min(int(self._start[i] + self._length[i]), last_ms)) for i in range(low, high)
        ]
        return [(start, end) for start, end in cut if start < end] or [(last_ms, last_ms)]

    def deadline(self, start_ms: ArrayLike, clock: NDArray[np.str_] | str, amount: ArrayLike) -> Instants:
        """When a limit that starts at ``start_ms`` ends (ms); ``clock`` names one of the four, ``amount`` is in
        minutes or days of that clock; all three are broadcast.  Raises ValueError for an unknown clock."""
        start, amounts, names = np.broadcast_arrays(np.asarray(start_ms, np.int64), np.asarray(amount, np.int64), clock)
        out = np.empty(start.shape, np.int64)
        left = start.size
        for name, rule in zip(CLOCKS, (self._elapse, self._work, self._workdays_on, self._days_on), strict=True):
            mine = names == name
            count = int(np.count_nonzero(mine))
            if count:
                out[mine] = np.maximum(rule(start[mine], amounts[mine]), start[mine])
                left -= count
        if left:
            wrong = str(names[~np.isin(names.astype(str), CLOCKS)].flat[0])
            raise ValueError(f"no clock is called '{wrong}'{did_you_mean(wrong, CLOCKS)}")
        return out

    def latest_start(self, at_ms: int, clock: str, amount: int) -> int:
        """The latest start (ms) whose limit has ended by ``at_ms``; at most a century before."""
        low, high = at_ms - 100 * 366 * DAY_MS, at_ms
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if int(self.deadline(middle, clock, amount)) <= at_ms else (low, middle)
        return low

    def is_workday(self, day: date) -> bool:
        """Whether the day is a workday, by the site's table, then the statutory calendar."""
        at = day.toordinal() - BASE
        return bool(self._worked[at]) if 0 <= at < DAYS else day.weekday() < 5

    def provisional(self, at_ms: ArrayLike) -> Flags:
        """Whether each instant lies in a year whose holidays are not published (shape of ``at_ms``)."""
        day, _ = self._day(at_ms)
        return self._provisional[np.searchsorted(_YEAR_ENDS, day, side="right")]

    def provisional_years(self, first: int, last: int) -> tuple[int, ...]:
        """The years from ``first`` to ``last``, both included, whose workdays are provisional."""
        years = range(max(first, FIRST_YEAR), min(last, LAST_YEAR) + 1)
        return tuple(y for y in years if self._provisional[y - FIRST_YEAR])

    def _work_ms(self, at_ms: ArrayLike) -> Instants:
        at = np.asarray(at_ms, np.int64)
        slot = np.maximum(np.searchsorted(self._start, at, side="right") - 1, 0)
        worked: Instants = self._before[slot] + np.clip(at - self._start[slot], 0, self._length[slot])
        return worked

    def _work_instant_ms(self, work_ms: Instants) -> Instants:
        slot = np.minimum(np.searchsorted(self._after, work_ms, side="left"), len(self._after) - 1)
        at: Instants = self._start[slot] + np.clip(work_ms - self._before[slot], 0, self._length[slot])
        return at

    def _elapse(self, start: Instants, minutes: Instants) -> Instants:
        return start + minutes * 60_000

    def _work(self, start: Instants, minutes: Instants) -> Instants:
        return self._work_instant_ms(self._work_ms(start) + minutes * 60_000)

    def _workdays_on(self, start: Instants, days: Instants) -> Instants:
        day, clock_time = self._day(start)
        target = self._workdays[np.minimum(self._rank[day] + days, len(self._workdays) - 1)]
        return self._midnight_wall(target, np.where(self._worked[day], clock_time, self._opening))

    def _days_on(self, start: Instants, days: Instants) -> Instants:
        day, clock_time = self._day(start)
        return self._midnight_wall(day + days, clock_time)

    def _day(self, at_ms: ArrayLike) -> tuple[Instants, Instants]:
        """(position of the local day, ms of the wall clock since its midnight)."""
        wall = self._local.wall(np.asarray(at_ms, np.int64))
        return np.clip(wall // DAY_MS + (_UNIX_DAY - BASE), 0, DAYS - 1), wall % DAY_MS

    def _midnight(self, day: int) -> int:
        return int(self._midnight_wall(np.array(day), np.array(0)))

    def _midnight_wall(self, day: Instants, clock_time: Instants) -> Instants:
        return self._local.instant((day + (BASE - _UNIX_DAY)) * DAY_MS + clock_time)


_KEPT: dict[str, BusinessClock] = {}


def clock_of(profile: Profile) -> BusinessClock:
    """The clock of a city's file, built once per city (its table takes a while)."""
    known = _KEPT.get(profile.fingerprint)
    if known is None:
        known = _KEPT[profile.fingerprint] = BusinessClock.of(profile)
    return known


def _slot_ms(slot: str) -> tuple[int, int]:
    """``"08:30-12:00"`` as ms since midnight."""
    start, end = ((int(hour) * 60 + int(minute)) * 60_000 for hour, minute in (t.split(":") for t in slot.split("-")))
    return start, end
