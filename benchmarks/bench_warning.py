"""warning.*: false alarms of quiet years, detection delay of a surge, and the cost of a tick while the baseline is fitted.

The city is simulated after published figures of comparable cities: 12 towns x 19 categories, 548 reports a day, negative binomial
with a dispersion of .1 to .3 per town and day, Mondays busier than Sundays, holidays, worked weekends; its towns lie in three
rows of four.  Two quiet years are the history; the year after them is evaluated, in two such cities, at each full hour, with a
baseline refitted each week and a threshold recomputed every fourth week (the server: both each day).
"""

from __future__ import annotations

import os
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.commits import commit_event
from benchmarks.place import city
from benchmarks.record import quantile, record, record_interval, record_share
from data.clock.workdays import BASE, workday_table
from data.demo.tempo import CITIZEN_HOURS, PATROL_HOURS
from data.statistics.distributions import poisson_limits
from data.warning import budget, monitor, streams
from data.warning.baseline import EARS_LIMIT, MODEL, Fit, fit
from data.warning.days import BACK, HOLIDAY, MAKEUP, kinds_of
from data.warning.evidence import BACK as MEMORY
from data.warning.share import hour_shares
from data.warning.strength import judge

TOWNS, CATEGORIES, A_DAY = 12, 19, 548.0
HISTORY, YOUNG, QUIET_DAYS = 730, 112, 364
#: Days of history of a city whose season cannot be estimated yet, and the amplitude of its categories' season: at most e^1.1 of
#: the mean, as for heating.
SEASON_HISTORY, SWING = 400, 1.1
START = date(2026, 6, 15).toordinal()
WEEK = np.array([1.13, 1.07, 1.05, 1.04, 1.05, 0.86, 0.80])
#: Surges of each kind in each city: their number; number of towns and factor of reports, in one town and in several.
SURGES, ALONE, TOGETHER = 240, (1, 2.5), (3, 2.0)
SHIFTS, BUDGET = 3, 1.0
SEEDS = (1, 2)
#: Weeks for which a threshold is used.
THRESHOLDS = 4
#: Neighbours in three rows of four towns.
PAIRS = np.array([(i, i + 1) for i in range(TOWNS) if i % 4 < 3] + [(i, i + 4) for i in range(TOWNS - 4)])
REACH = streams.reach_of(TOWNS, PAIRS)
#: Days evaluated again each time, as in the metric; days before today on whose expectation a simulation is based.
DAYS, NEAR = MEMORY + 2, 24


class Lived(NamedTuple):
    """``hourly`` (days, 24, S) reports from the ordinal ``first`` on; ``mean`` (days, S) of a day; ``hours`` (S, 24)."""

    first: int
    hourly: NDArray[np.int64]
    mean: NDArray[np.float64]
    hours: NDArray[np.float64]
    kinds: NDArray[np.int16]


def live(rng: np.random.Generator, history: int, swing: float = 0.0) -> Lived:
    """``swing``: amplitude of the categories' log means over the year; each by a fraction of it, about a day of its own."""
    days = history + QUIET_DAYS + 8
    first = START - history
    table = workday_table("CN")
    kinds = kinds_of(range(first, first + days), lambda d: bool(table[d.toordinal() - BASE]))
    factor = WEEK[(first + np.arange(days) + 6) % 7]
    factor = np.select([kinds == HOLIDAY, kinds == MAKEUP, kinds == BACK], [0.6, 1.02, factor * 1.22], factor)
    base = (rng.lognormal(0, 0.6, TOWNS)[:, None] * rng.lognormal(0, 0.9, CATEGORIES)).ravel()
    mean = factor[:, None] * (base * A_DAY / base.sum())[None, :]
    if swing:
        high, at = swing * rng.random(CATEGORIES), rng.integers(0, 365, CATEGORIES)
        turn = np.exp(high * np.cos(2 * np.pi * (first + np.arange(days)[:, None] - at) / 365.25))
        mean = mean * np.tile(turn / turn.mean(axis=0), TOWNS)
    alpha = np.tile(rng.uniform(0.1, 0.3, CATEGORIES), TOWNS)
    mix = np.tile(rng.random(CATEGORIES), TOWNS)[:, None]
    hours = mix * CITIZEN_HOURS / CITIZEN_HOURS.sum() + (1 - mix) * PATROL_HOURS / PATROL_HOURS.sum()
    busy = mean * rng.gamma(1 / alpha, alpha, mean.shape)
    return Lived(first, rng.poisson(busy[:, None, :] * hours.T[None]), mean, hours, kinds)


class Week(NamedTuple):
    """The baseline for the days from ``day`` - NEAR on, seven of them from ``day`` on; ``hours`` (C, 24) share of each hour."""

    day: int
    found: Fit
    hours: NDArray[np.float64]
    curve: budget.Curve


def weeks(lived: Lived, history: int) -> Iterator[Week]:
    for day in range(history, history + QUIET_DAYS, 7):
        since = max(0, day - 1095)
        counts = lived.hourly[since:day].sum(axis=1).T.reshape(TOWNS, CATEGORIES, day - since)
        wanted = lived.first + np.arange(day - NEAR, day + 7)
        found = fit(counts, lived.first + since, lived.kinds[since : day + 8], wanted)
        recent = lived.hourly[max(since, day - 182) : day].sum(axis=0).T.reshape(TOWNS, CATEGORIES, 24).sum(axis=0)
        hours = np.diff(hour_shares(recent), axis=1, prepend=0.0)
        if not (day - history) % (7 * THRESHOLDS):
            curve = budget.calibrate(
                found.mu,
                found.alpha,
                found.shared,
                found.method == MODEL,
                np.broadcast_to(hours, (NEAR + 7, *hours.shape)),
                PAIRS,
                SHIFTS,
                seed=day,
            )
        yield Week(day, found, hours, curve)


class Looked(NamedTuple):
    """For a day: which streams are on after each evaluation (24, K, C), how many alarms began (24,)."""

    on: NDArray[np.bool_]
    new: NDArray[np.int64]


def look(hourly: NDArray[np.int64], week: Week, d: int, category: int | None = None) -> Looked:
    """A day's evaluations, as in the metric; ``hourly`` (DAYS, 24, S) up to that day, the ``d``-th of the week; if ``category``
    is given, of that category alone, with its own place among all."""
    own = slice(None) if category is None else slice(category, category + 1)
    n = hourly.reshape(DAYS, 24, TOWNS, CATEGORIES)[..., own]
    at = slice(NEAR + d - DAYS + 1, NEAR + d + 1)
    mu, alpha, sd = (np.moveaxis(v[:, own, at], 2, 0) for v in (week.found.mu, week.found.alpha, week.found.sd))
    model = week.found.method == MODEL
    mean = mu[:, None] * week.hours[own].T[:, None]
    judged = judge(n, mean, alpha, week.found.shared[own], model[own], REACH)
    strength = judged.strength
    if category is not None:
        expected = streams.pooled(np.moveaxis(week.found.mu[..., at], 2, 0).mean(axis=0), REACH)
        whole = streams.log_prior(expected, REACH, (REACH.kind == streams.TOWN)[:, None] | model)
        with np.errstate(invalid="ignore"):
            strength = strength + np.nan_to_num(whole[:, own] - streams.log_prior(expected[:, own], REACH, judged.watched))
    ready = judged.ready
    if not model.all():
        part = week.hours[own].cumsum(axis=1).T[:, None]
        due = mu[:, None] * part
        limit = EARS_LIMIT * np.sqrt(due + np.maximum(sd**2 - mu, 0.0)[:, None] * part**2)
        ready[:, :, :TOWNS] &= (n.cumsum(axis=1) - due > limit) | model[own]
    flat, may = (v.reshape(DAYS * 24, *judged.watched.shape) for v in (strength, ready))
    told = list(monitor.walk(flat, may, budget.threshold(week.curve, BUDGET), REACH.overlap))[-24:]
    return Looked(np.stack([t.on for t in told]), np.array([int(t.new) for t in told]))


def quiet(lived: Lived, history: int) -> tuple[int, int, list[Week], dict[int, NDArray[np.bool_]]]:
    """(false alarms of the quiet year, its shifts, the fits, which streams were on after each evaluation of each day)."""
    fits, alarms, shifts, on = [], 0, 0, {}
    for week in weeks(lived, history):
        fits.append(week)
        for d in range(3 if history == YOUNG else 7):  # EARS knows only its own week; the server fits each day
            day = week.day + d
            found = look(lived.hourly[day - DAYS + 1 : day + 1], week, d)
            alarms, shifts, on[day] = alarms + int(found.new.sum()), shifts + SHIFTS, found.on
        if len(fits) % 13 == 0:
            print(f"   {len(fits)} weeks: {alarms} false alarms in {shifts} shifts", flush=True)
    return alarms, shifts, fits, on


def surges(
    rng: np.random.Generator, lived: Lived, fits: list[Week], quiet_on: dict[int, NDArray[np.bool_]], kind: tuple[int, float]
) -> list[tuple[float, float]]:
    """(mean of the series, hours until detection; inf if not detected before its end) of each surge: a multiple of the reports
    from some hour of the day on for one to three days, in a town and the given number of its neighbours.  The category and town
    are drawn in proportion to their reports.  It is detected once a stream that includes one of these towns is on and would not
    be on without the surge."""
    towns, times = kind
    weight = lived.mean.mean(axis=0).reshape(TOWNS, CATEGORIES)
    out = []
    for _ in range(SURGES):
        week = fits[rng.integers(len(fits))]
        town, c = np.unravel_index(int(rng.choice(weight.size, p=weight.ravel() / weight.sum())), weight.shape)
        near = np.array([b if a == town else a for a, b in PAIRS if town in (a, b)])
        own = [int(town), *rng.permutation(near)[: towns - 1].tolist()]
        length, begin = int(rng.integers(1, 4)), int(rng.integers(6, 19))
        d = int(rng.integers(0, 7 - length))
        first = week.day + d - DAYS + 1
        hourly = lived.hourly[first : week.day + d + length + 1].copy()
        on = slice(24 * (DAYS - 1) + begin, 24 * (DAYS - 1) + begin + 24 * length)
        for t in own:
            series = t * CATEGORIES + int(c)
            flat = hourly[:, :, series].ravel()
            extra = (times - 1) * (lived.mean[first : first + len(hourly), series][:, None] * lived.hours[series]).ravel()
            flat[on] += rng.poisson(extra[on])
            hourly[:, :, series] = flat.reshape(-1, 24)
        reaches = REACH.member[:, own].any(axis=1)
        told = np.concatenate(
            [
                look(hourly[e : e + DAYS], week, d + e, int(c)).on[:, reaches, 0]
                & ~quiet_on[week.day + d + e][:, reaches, int(c)]
                for e in range(length + 1)
            ]
        )
        hit = np.flatnonzero(np.any(told, axis=1)[begin : begin + 24 * length])
        out.append((float(weight[own, c].sum()), float(hit[0] + 1) if len(hit) else np.inf))
    return out


def run(only: str = "") -> None:
    """``warning.false`` and ``warning.detect`` need no quiet machine, and run alone if named."""
    for keys, part in ((("warning.false", "warning.detect"), statistics), (("warning.tick", "warning.refit"), ticks)):
        if any(k.startswith(only) or only.startswith(k) for k in keys):
            part()


def statistics() -> None:
    """The parts that need no quiet machine."""
    alarms, shifts = 0, 0
    alone: list[tuple[float, float]] = []
    together: list[tuple[float, float]] = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        lived = live(rng, HISTORY)
        n, of, fits, on = quiet(lived, HISTORY)
        alarms, shifts = alarms + n, shifts + of
        alone += surges(rng, lived, fits, on, ALONE)
        together += surges(rng, lived, fits, on, TOGETHER)
        print(
            f"   city {seed}: {n / of:.2f} false alarms a shift, of {len(alone)} surges {told(alone)} and {told(together)}",
            flush=True,
        )
    record_alarms("warning.false_alarms_per_shift", alarms, shifts)
    for name, found in (("detected_share", alone), ("detected_share_pooled", together)):
        record_share(f"warning.{name}", told(found), len(found))
    delay = np.array([d for _, d in alone])
    record("warning.detection_delay_h", delay[np.isfinite(delay)].tolist(), "h")
    mean = np.array([m for m, _ in alone])
    for low, high in ((0, 3), (3, 10), (10, 1000)):
        own = delay[(mean >= low) & (mean < high)]
        if len(own):
            hit = own[np.isfinite(own)]
            middle = f"{np.median(hit):.0f} h" if len(hit) else "-"
            print(f"   {low:>3} to {high} reports a day: {len(hit)} of {len(own)} told, median {middle}")
    young = (("ears", YOUNG, 0.0, 3), ("season", SEASON_HISTORY, SWING, 4))
    for name, history, swing, seed in young:
        n, of, _, _ = quiet(live(np.random.default_rng(seed), history, swing), history)
        record_alarms(f"warning.false_alarms_per_shift_{name}", n, of)


def record_alarms(key: str, alarms: int, shifts: int) -> None:
    """False alarms a shift, with the 95 % interval of a Poisson count."""
    low, high = (float(v[0]) / shifts for v in poisson_limits([alarms]))
    record_interval(key, alarms / shifts, low, high, "count", shifts)


def told(found: list[tuple[float, float]]) -> int:
    return sum(1 for _, delay in found if np.isfinite(delay))


def ticks() -> None:
    """Ticks of a city of 200,000 events with a commit each, alternately alone and beside a fit that runs continuously."""
    database = city(200_000)
    os.chdir(database.parent)
    from dashboard.app import Service
    from dashboard.settings import resolve
    from data.access.viewer import Viewer

    service = Service(resolve(Namespace(source=f"sqlite:///{database}", city="qufu"), {}))
    topic = service.page_cache.topic("overview", Viewer(), "zh")
    service.ticker.once()
    service.page_cache.page(topic)
    service.baseline.fit()

    def one() -> float:
        commit_event(database)
        service.page_cache.keep(topic)
        started = time.perf_counter()
        service.ticker.once()
        page = service.page_cache.current(topic)
        assert page is not None
        page.bytes()
        time.sleep(0.1)
        return (time.perf_counter() - started) * 1000 - 100

    for _ in range(5):
        one()
    alone = [one() for _ in range(25)]
    ended, times = threading.Event(), []

    def fitting() -> None:
        while not ended.is_set():
            times.append(service.baseline.fit().seconds)

    thread = threading.Thread(target=fitting)
    thread.start()
    time.sleep(0.5)
    beside: list[float] = []
    while len(beside) < 25 or not times:
        beside.append(one())
    ended.set()
    thread.join()
    alone += [one() for _ in range(10)]
    record("warning.tick_ms_quiet", alone, "ms")
    record("warning.tick_ms_while_refit", beside, "ms")
    print(f"   p95 {quantile(alone, 0.95):.0f} ms alone, {quantile(beside, 0.95):.0f} ms beside a fit")
    record("warning.refit_s", times, "s")
    service.stop()
