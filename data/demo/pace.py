"""The writer's own pace: reports and moves arrive as they did in the city's history, hour by hour.

Reports follow the weights of weekday, hour and channel that the history was drawn from.  Each case stays in its stage for as
long as the history's cases do: the same lognormal hours of work, on the clock of the staff who do it.  There is no schedule in
the database: how long a case stays is drawn from its own id and the instant at which it came, on the condition that it is still
there; a restart draws the same.
"""

from __future__ import annotations

import heapq
from collections import deque

import numpy as np

from data.city.profile import Profile
from data.clock.calendar import BusinessClock
from data.demo.arrivals import Places, category_table, channel_shares, networks_of, seasons
from data.demo.calibration import LATE_TOWN_PACE, Dirt
from data.demo.courses import handling, limits_of
from data.demo.moves import Case
from data.demo.tempo import CITIZEN_HOURS, DAY, HALF_HOUR, HOUR, PATROL_HOURS, VIDEO_HOURS, Tempo
from data.types.arrays import Floats

YEAR_DAYS = 365
#: Median hours and spread of the centre's steps, as in ``data.demo.courses``.
_CENTRE = {"report": (0.13, 0.75), "accept": (0.12, 0.75), "verify": (0.36, 0.9), "register": (0.17, 0.8)}
_DISPATCH, _RETURN, _CLOSE, _CALL_BACK = (0.3, 0.8), (0.9, 0.7), (0.35, 0.85), (1.9, 1.0)
#: Attempts to draw a stay longer than the case has been there already; then it ends within the next hours of work.
_ATTEMPTS = 40
#: How far back the tables reach: older cases have had their time.
_BACK_DAYS = 60
#: A repeated report takes the matter and place of one of so many before it, at most so old.
_RECENT, _RECENT_MS = 90, 6 * HOUR


class Arrivals:
    """When the next report comes, by which channel, of what, from where.  ``events``: reports in the year up to ``made_ms``."""

    def __init__(self, profile: Profile, tempo: Tempo, events: int, made_ms: int, seed: int) -> None:
        self.profile, self.tempo, self.seed = profile, tempo, seed
        self.recent: deque[tuple[int, int, int, int]] = deque(maxlen=_RECENT)  # at, category, town, cell
        self._shares = channel_shares(profile)
        self._table, self._seasons, self._month = category_table(profile), seasons(profile), tempo.month()
        patrol = np.array([c.kind == "patrol" for c in profile.channels])
        hours = [
            PATROL_HOURS if p else VIDEO_HOURS if c.kind == "system" else CITIZEN_HOURS
            for p, c in zip(patrol, profile.channels, strict=True)
        ]
        self._hours = np.array([h / h.sum() for h in hours])
        self._of_day = np.array([tempo.day_weights(bool(p)) for p in patrol])
        first = int(tempo.local_day(np.array([made_ms]))[0])
        year = slice(max(first - YEAR_DAYS, 0), first)
        days = first - max(first - YEAR_DAYS, 0)
        self._unit = events / YEAR_DAYS * days / float(self._shares @ self._of_day[:, year].sum(axis=1))

    def next_after(self, now: int, rng: np.random.Generator) -> int:
        """The instant (ms) of the next report after ``now``."""
        due = float(rng.exponential())
        at = now
        for _ in range(48 * 14):
            end = (at // HALF_HOUR + 1) * HALF_HOUR
            rate = float(self._rates(at).sum()) / HOUR
            if rate * (end - at) >= due:
                return at + max(1, int(due / rate))
            due -= rate * (end - at)
            at = end
        return at

    def drawn(self, at: int, places: Places, duplicates: float, rng: np.random.Generator) -> tuple[int, int, int, int]:
        """(channel, category, town, cell) of a report at ``at``, as in the history: by hour, season and the day's share of each
        town; a share ``duplicates`` repeat an earlier one."""
        channel = self.channel(at, rng)
        again = self.repeated(at, duplicates, rng)
        if again is not None:
            category, town, cell = again
        else:
            category = self.category(channel, at, rng)
            network = int(networks_of(self.profile)[category])
            weights = self.town_weights(places.town_weight[network], at)
            town = int(rng.choice(len(weights), p=weights))
            cell = int(places.pick(np.array([network]), np.array([town]), rng.random(1))[0])
        self.recent.append((at, category, town, cell))
        return channel, category, town, cell

    def channel(self, at: int, rng: np.random.Generator) -> int:
        rates = self._rates(at)
        return int(rng.choice(len(rates), p=rates / rates.sum()))

    def category(self, channel: int, at: int, rng: np.random.Generator) -> int:
        """By the channel and the season."""
        chance = self._table[channel] * self._seasons[int(self._month[self._day(at)])]
        return int(rng.choice(len(chance), p=chance / chance.sum()))

    def town_weights(self, weights: Floats, at: int) -> Floats:
        """A town's share varies from day to day, as in the history."""
        moving = np.random.default_rng([self.seed, self._day(at), 13]).gamma(1 / 0.1, 0.1, len(weights))
        return np.asarray(weights * moving / (weights * moving).sum())

    def repeated(self, at: int, share: float, rng: np.random.Generator) -> tuple[int, int, int] | None:
        """(category, town, cell) of an earlier report that this one repeats; None for most."""
        lately = [r[1:] for r in self.recent if at - r[0] < _RECENT_MS]
        return lately[int(rng.integers(len(lately)))] if lately and rng.random() < share else None

    def _day(self, at: int) -> int:
        return int(self.tempo.local_day(np.array([at]))[0])

    def _rates(self, at: int) -> Floats:
        """(channels,) reports an hour."""
        day = self._day(at)
        busy = np.random.default_rng([self.seed, day, 14])
        both, own = busy.gamma(1 / 0.016, 0.016), busy.gamma(1 / 0.008, 0.008, len(self._shares))
        slot = int((at - self.tempo.start) // HALF_HOUR)
        hour = int(self.tempo.hour[slot])
        return np.asarray(self._unit * self._shares * self._of_day[:, day] * both * own * self._hours[:, hour])


class Stays:
    """When each case moves on: a queue of (instant, case).  ``seed`` is the city's own."""

    def __init__(self, profile: Profile, clock: BusinessClock, tempo: Tempo, dirt: Dirt, seed: int) -> None:
        self.profile, self.clock, self.tempo, self.dirt, self.seed = profile, clock, tempo, dirt, seed
        self.kinds, _, self.hours = limits_of(profile)
        self._turns: dict[int, int] = {}
        self._queue: list[tuple[int, int, float]] = []

    def put(self, case: Case, now: int) -> None:
        """Plan the next move of a case; call it whenever the case has changed."""
        turn = self._turns[case.id] = self._turns.get(case.id, -1) + 1
        at, chance = self.plan(case, now, turn)
        heapq.heappush(self._queue, (at, case.id, chance))

    def next_at(self) -> int | None:
        """The instant of the next move (ms)."""
        return self._queue[0][0] if self._queue else None

    def first(self) -> tuple[int, float]:
        """(case, the random number that decides what it does) of the next move."""
        return self._queue[0][1:]

    def took_first(self) -> None:
        """The next move is made; a case that goes on is to be planned again."""
        heapq.heappop(self._queue)

    def plan(self, case: Case, now: int, turn: int = 0) -> tuple[int, float]:
        """(the instant of its next move, the random number that decides which): after ``now``, since it is still there."""
        role = case.role if case.hung_since < 0 else "hung"
        for attempt in range(_ATTEMPTS):
            rng = np.random.default_rng([self.seed, case.id, case.since % 2**31, turn, attempt, 15])
            chance = float(rng.random())
            at = self._moves_at(role, case, chance, rng)
            if at > now:
                return at, chance
        kind = "centre" if role in (*_CENTRE, "dispatch", "close") else "office"
        return self._after(kind, now, float(rng.exponential(2.0))) + 1, chance

    def _after(self, kind: str, since: int, hours: float) -> int:
        return int(self.tempo.advance(kind, np.array([since]), np.array([hours]))[0])

    def _moves_at(self, role: str, case: Case, chance: float, rng: np.random.Generator) -> int:
        def hours(of: tuple[float, float]) -> float:
            return float(of[0] * rng.lognormal(0.0, of[1]))

        if role in _CENTRE:
            return self._after("centre", case.since, hours(_CENTRE[role]))
        if role == "dispatch":
            back = chance < self.dirt.misdispatch
            return self._after("office" if back else "centre", case.since, hours(_RETURN if back else _DISPATCH))
        if role == "handle":
            return self._handled(case, rng)
        if role == "inspect":
            check = float(np.clip(self.hours[case.category] * 0.03, 0.25, 0.9))
            return self._after("inspect", case.since, hours((check, 0.8)))
        if role == "close":
            return self._closed(case, hours(_CLOSE), rng)
        if role == "hung":
            return int(case.hung_since + rng.uniform(2, 21) * DAY)
        return self._after("visit", case.since, hours(_CALL_BACK))

    def _handled(self, case: Case, rng: np.random.Generator) -> int:
        """The start, then the completion: both of the same work, which is the case's own."""
        own = np.random.default_rng([self.seed, case.id, 16]) if not case.started else rng
        pace = self.profile.departments[case.department].pace if case.department >= 0 else 1.0
        if case.town == self.profile.demo.late:
            pace *= LATE_TOWN_PACE
        length = np.array([self.hours[case.category]])
        work = float(handling(length, np.array([pace]), 1, own)[0])
        kind = "centre" if str(self.kinds[case.category]) == "natural_minutes" else "office"
        if not case.started:
            return self._after(kind, case.since, work * float(rng.uniform(0.12, 0.5)))
        at = self._after(kind, case.since, work)
        reach = case.due - case.since
        if 0 <= case.due < at and at - case.since < 1.6 * reach and rng.random() < self.dirt.bunched:
            at = int(max(case.due - rng.exponential(22) * 60_000 - HOUR, case.since + 0.6 * reach))  # just in time
        return at

    def _closed(self, case: Case, hours: float, rng: np.random.Generator) -> int:
        """Some are closed in a batch at five in the afternoon."""
        at = self._after("centre", case.since, hours)
        five = int(self.tempo.next_clock_time(np.array([at]), 17)[0])
        batch = rng.random() < self.dirt.batch * 2.2 and five - at < 3 * HOUR
        if batch and (five < case.due or rng.random() < 0.4 * self.dirt.late_allowed):
            return five + int(rng.integers(0, 90_000))
        return at


def tables(profile: Profile, clock: BusinessClock, made_ms: int, now: int) -> Tempo:
    """The tables from a year before the history was made to half a year from ``now``."""
    return Tempo(profile, clock, made_ms - (YEAR_DAYS + _BACK_DAYS) * DAY, now + 200 * DAY)
