"""Case histories: all instants of every event, also those after ``now`` (whoever writes them truncates there).

Instants are ms; ``NEVER`` = does not happen.  Two rounds of dispatch .. closure are kept in parallel, the second for
cases whose inspection failed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data.city.limits import Limit
from data.city.profile import Profile
from data.clock.calendar import BusinessClock
from data.demo.arrivals import Reports
from data.demo.calibration import LATE_TOWN_PACE, Dirt
from data.demo.tempo import DAY, HOUR, Tempo
from data.types.arrays import Flags, Floats, Ints

NEVER = np.int64(1) << 61
_DEFAULT_LIMIT = Limit(clock="workdays", amount=5, text="5 workdays")


@dataclass
class Courses:
    """All instants (n,) of n cases; ``at`` holds them by name, NEVER for a step that is skipped."""

    department: Ints
    returned_by: Ints  # the department that sent the first dispatch back, -1 = none
    due: Ints  # the limit finally in force
    due_first: Ints  # ... as it was set at registration
    merged: Flags
    cancelled: Flags
    transferred: Flags
    rework: Flags
    at: dict[str, Ints] = field(default_factory=dict)

    @property
    def ended(self) -> Ints:
        """When each case ended, by whatever outcome."""
        return np.asarray(np.minimum.reduce([self.at[k] for k in ("closed", "merge", "cancel", "transfer")]))


def limits_of(profile: Profile) -> tuple[NDArray[np.str_], Ints, Floats]:
    """Clock, amount, and length in work hours of that clock, of each category's limit."""
    limits = [c.limit or _DEFAULT_LIMIT for c in profile.categories]
    hours = {"natural_minutes": 1 / 60, "work_minutes": 1 / 60, "workdays": 7.0, "natural_days": 7.0}
    return (
        np.array([x.clock for x in limits]),
        np.array([x.amount for x in limits], np.int64),
        np.array([x.amount * hours[x.clock] for x in limits]),
    )


def departments_of(profile: Profile, category: Ints, rng: np.random.Generator) -> Ints:
    """The department of each case: its category's, else a random one (matters shared by all)."""
    index = {d.code: i for i, d in enumerate(profile.departments)}
    usual = np.array([index.get(c.department or "", -1) for c in profile.categories], np.int64)
    own = usual[category]
    own = np.where(rng.random(len(own)) < 0.03, -1, own)
    return np.where(own < 0, rng.integers(0, len(profile.departments), len(own)), own)


def run_cases(
    profile: Profile, clock: BusinessClock, tempo: Tempo, reports: Reports, dirt: Dirt, rng: np.random.Generator
) -> Courses:
    """Draw the course of every case; the same generator state gives the same instants."""
    n = len(reports.at)
    kinds, amounts, lengths = limits_of(profile)
    department = departments_of(profile, reports.category, rng)
    at: dict[str, Ints] = {}

    def chance(share: float) -> Flags:
        return np.asarray(rng.random(n) < share)

    def hours(median: Floats | float, sigma: float) -> Floats:
        return np.asarray(median * rng.lognormal(0.0, sigma, n))

    at["report"] = reports.at.copy()
    at["accept"] = tempo.advance("centre", at["report"], hours(0.13, 0.75))
    merged = (reports.duplicate_of >= 0) & chance(dirt.merged)
    at["verify"] = tempo.advance("centre", at["accept"], hours(0.12, 0.75))
    at["register"] = tempo.advance("centre", at["verify"], hours(0.36, 0.9))
    cancelled = ~merged & chance(dirt.cancelled)
    at["dispatch"] = tempo.advance("centre", at["register"], hours(0.17, 0.8))
    registered = at["register"]
    category_length = lengths[reports.category]
    due = clock.deadline(registered, kinds[reports.category], amounts[reports.category])
    transferred = ~merged & ~cancelled & chance(dirt.transferred)
    returned = chance(dirt.misdispatch) & ~merged & ~cancelled & ~transferred
    wrong = (department + rng.integers(1, len(profile.departments), n)) % len(profile.departments)
    at["return"] = np.where(returned, tempo.advance("office", at["dispatch"], hours(0.9, 0.7)), NEVER)
    again = np.where(returned, at["return"] + rng.integers(60_000, 1_500_000, n), at["dispatch"])
    at["redispatch"] = np.where(returned, again, NEVER)
    at["handle"] = tempo.advance("centre", again, hours(0.3, 0.8))

    pace = np.array([d.pace for d in profile.departments])[department]
    towns = [a.code for a in profile.areas if a.level == profile.levels[0].code]
    if profile.demo.late in towns:
        pace = pace * np.where(reports.town == towns.index(profile.demo.late), LATE_TOWN_PACE, 1.0)
    around_the_clock = kinds[reports.category] == "natural_minutes"
    work = handling(category_length, pace, n, rng)

    def handled(begin: Ints, amount: Floats) -> Ints:
        day_and_night = tempo.advance("centre", begin, amount)
        return np.where(around_the_clock, day_and_night, tempo.advance("office", begin, amount))

    at["start"] = handled(at["handle"], work * rng.uniform(0.12, 0.5, n))
    hung = chance(dirt.hung) & ~merged & ~cancelled & ~transferred
    at["defer"] = np.where(hung, at["start"] + rng.integers(600_000, 4_000_000, n), NEVER)
    at["resume"] = np.where(hung, at["defer"] + (rng.uniform(2, 21, n) * DAY).astype(np.int64), NEVER)
    finish = np.maximum(handled(at["handle"], work), at["start"] + 60_000)
    at["complete"] = np.where(hung, finish + at["resume"] - at["start"], finish)
    due_first, due = due, _shift_due(clock, due, at, hung, around_the_clock)
    check = np.clip(category_length * 0.03, 0.25, 0.9)
    at["inspect"] = at["complete"] + rng.integers(5_000, 90_000, n)
    verdict = tempo.advance("inspect", at["inspect"], hours(check, 0.8))
    rework = chance(dirt.rework) & ~merged & ~cancelled & ~transferred
    at["fail"] = np.where(rework, verdict, NEVER)
    at["dispatch2"] = np.where(rework, verdict + rng.integers(2_000, 60_000, n), NEVER)
    second = tempo.advance("centre", np.where(rework, at["dispatch2"], verdict), hours(0.35, 0.7))
    at["handle2"] = np.where(rework, second, NEVER)
    at["start2"] = np.where(rework, handled(second, work * 0.1), NEVER)
    at["complete2"] = np.where(rework, np.maximum(handled(second, work * 0.45), at["start2"] + 60_000), NEVER)
    at["inspect2"] = np.where(rework, at["complete2"] + rng.integers(5_000, 90_000, n), NEVER)
    again = np.where(rework, at["inspect2"], verdict)
    passed = tempo.advance("inspect", again, np.where(rework, hours(check, 0.8), 0.0))
    at["close"] = passed
    at["closed"] = tempo.advance("centre", passed, hours(0.35, 0.85))

    untouched = ~hung & ~merged & ~cancelled & ~transferred
    extended = untouched & (at["closed"] > due) & chance(dirt.extended)
    at["extend"] = np.where(extended, np.maximum(due - rng.integers(HOUR // 2, 8 * HOUR, n), at["handle"] + 30_000), NEVER)
    longer = clock.deadline(due, kinds[reports.category], np.maximum(amounts[reports.category] // 2, 1))
    due = np.where(extended, longer, due)
    _bunch(at, due, untouched & ~extended, dirt, rng)
    _batch(at, tempo, due, dirt, rng)

    skipped = chance(0.06)  # closed without a call-back
    asked = tempo.advance("visit", at["closed"], hours(1.9, 1.0))
    at["back"] = np.where(skipped, NEVER, asked)
    during = at["start"] + ((at["complete"] - at["start"]) * rng.random(n)).astype(np.int64)
    at["escalate"] = np.where(chance(dirt.escalated) & untouched, during, NEVER)
    courses = Courses(department, np.where(returned, wrong, -1), due, due_first, merged, cancelled, transferred, rework, at)
    _end_early(courses)
    return courses


def handling(length: Floats, pace: Floats, n: int, rng: np.random.Generator) -> Floats:
    """Hours of work from dispatch to completion: a mixture, as no single lognormal fits such durations.

    Long limits are seldom used up and short ones often missed, so the body grows more slowly than the limit.
    """
    kind = rng.random(n)
    body = 7.0 * (length / 7.0) ** 0.55 * pace
    quick = 0.17 * body * rng.lognormal(0.0, 0.7, n)
    usual = 0.22 * body * rng.lognormal(0.0, 0.6, n)
    tail = 0.93 * length + 17.0 * rng.lognormal(0.0, 1.0, n)
    tailed = np.clip(0.26 * (7.0 / length) ** 0.4, 0.08, 0.3) * np.clip(pace, 0.4, 2.0)
    hours = np.where(kind < tailed, tail, np.where(kind < 0.35 + tailed, usual, quick))
    return np.asarray(np.minimum(hours, 190.0) + 0.12)


def _shift_due(clock: BusinessClock, due: Ints, at: dict[str, Ints], hung: Flags, natural: Flags) -> Ints:
    """Extend the limit by the length of the pause, on the limit's clock."""
    out = due.copy()
    who = np.flatnonzero(hung & natural)
    out[who] += at["resume"][who] - at["defer"][who]
    who = np.flatnonzero(hung & ~natural)
    paused = clock.work_seconds(at["resume"][who]) - clock.work_seconds(at["defer"][who])
    out[who] = clock.work_instant(clock.work_seconds(due[who]) + paused)
    return out


def _bunch(at: dict[str, Ints], due: Ints, who: Flags, dirt: Dirt, rng: np.random.Generator) -> None:
    """Move some of the slightly late cases to just before their limit, by compressing all that follows 办理."""
    n = len(due)
    late = who & (at["closed"] > due)
    near = late & (at["closed"] - at["handle"] < 1.6 * (due - at["handle"])) & (rng.random(n) < dirt.bunched)
    pulled = near | (late & (rng.random(n) >= dirt.late_allowed))
    target = due - np.minimum((rng.exponential(22, n) * 60_000).astype(np.int64) + 20_000, (due - at["handle"]) // 3)
    pulled &= target > at["handle"] + 600_000
    ratio = (target - at["handle"]) / np.maximum(at["closed"] - at["handle"], 1)
    for name in (
        "start",
        "complete",
        "inspect",
        "fail",
        "dispatch2",
        "handle2",
        "start2",
        "complete2",
        "inspect2",
        "close",
        "closed",
    ):
        move = pulled & (at[name] < NEVER)
        base = at["handle"][move]
        at[name][move] = base + ((at[name][move] - base) * ratio[move]).astype(np.int64)


def _batch(at: dict[str, Ints], tempo: Tempo, due: Ints, dirt: Dirt, rng: np.random.Generator) -> None:
    """Close some cases in a batch at five in the afternoon."""
    n = len(due)
    five = tempo.next_clock_time(at["closed"], 17)
    wait = five - at["closed"]
    taken = (rng.random(n) < dirt.batch * 2.2) & (wait < 3 * HOUR) & ((five < due) | (rng.random(n) < 0.4 * dirt.late_allowed))
    at["closed"][taken] = five[taken] + rng.integers(0, 90_000, int(taken.sum()))


def _end_early(courses: Courses) -> None:
    """Truncate merged, cancelled and transferred cases at their end."""
    at = courses.at
    stops = (
        ("merge", courses.merged, at["verify"], "verify"),
        ("cancel", courses.cancelled, at["dispatch"], "dispatch"),
        ("transfer", courses.transferred, at["handle"], "handle"),
    )
    order = (
        "verify",
        "register",
        "dispatch",
        "return",
        "redispatch",
        "handle",
        "start",
        "defer",
        "resume",
        "extend",
        "escalate",
        "complete",
        "inspect",
        "fail",
        "dispatch2",
        "handle2",
        "start2",
        "complete2",
        "inspect2",
        "close",
        "closed",
        "back",
    )
    for name, who, when, stage in stops:
        at[name] = np.where(who, when, NEVER)
        from_here = False
        for step in order:
            from_here |= step == stage
            if from_here or step in ("return", "redispatch", "defer", "resume", "extend", "escalate"):
                at[step] = np.where(who, NEVER, at[step])
    # A case that is cancelled before registration has no limit; those sent elsewhere keep theirs.
    courses.due = np.where(courses.merged | courses.cancelled, NEVER, courses.due)
