"""warning.*: false alarms of quiet years, how soon a surge is told, and what a tick costs while the baseline is fitted.

The city is simulated as published figures of comparable cities are: 12 towns x 19 categories, 548 reports a day, negative
binomial with a dispersion of .1 to .3 at town and day, Mondays busier than Sundays, holidays, worked weekends.  Two quiet years
are the history; the year after them is looked at, in two such cities, each full hour, with a baseline that is fitted anew each
week (the server: each day).
"""

from __future__ import annotations

import os
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.commits import commit_event
from benchmarks.place import city
from benchmarks.record import quantile, record
from data.demo.tempo import CITIZEN_HOURS, PATROL_HOURS
from data.warning import looks
from data.warning.baseline import EARS, Fit, fit
from data.warning.days import BACK, HOLIDAY, MAKEUP, kinds_of
from data.warning.share import hour_shares
from data.workdays import BASE, workday_table

TOWNS, CATEGORIES, A_DAY = 12, 19, 548.0
HISTORY, YOUNG, QUIET_DAYS = 730, 112, 364
START = date(2026, 6, 15).toordinal()
WEEK = np.array([1.13, 1.07, 1.05, 1.04, 1.05, 0.86, 0.80])
SURGES, TIMES = 240, 2.5
SHIFTS = looks.looks_of(("08:00-16:00", "16:00-24:00", "00:00-08:00"))
SEEDS = (1, 2)


class Lived(NamedTuple):
    """``hourly`` (days, 24, S) reports from the ordinal ``first`` on; ``mean`` (days, S) of a day; ``hours`` (S, 24)."""

    first: int
    hourly: NDArray[np.int64]
    mean: NDArray[np.float64]
    hours: NDArray[np.float64]
    kinds: NDArray[np.int16]


def live(rng: np.random.Generator, history: int) -> Lived:
    days = history + QUIET_DAYS + 8
    first = START - history
    table = workday_table("CN")
    kinds = kinds_of(range(first, first + days), lambda d: bool(table[d.toordinal() - BASE]))
    factor = WEEK[(first + np.arange(days) + 6) % 7]
    factor = np.select([kinds == HOLIDAY, kinds == MAKEUP, kinds == BACK], [0.6, 1.02, factor * 1.22], factor)
    base = (rng.lognormal(0, 0.6, TOWNS)[:, None] * rng.lognormal(0, 0.9, CATEGORIES)).ravel()
    mean = factor[:, None] * (base * A_DAY / base.sum())[None, :]
    alpha = np.tile(rng.uniform(0.1, 0.3, CATEGORIES), TOWNS)
    mix = np.tile(rng.random(CATEGORIES), TOWNS)[:, None]
    hours = mix * CITIZEN_HOURS / CITIZEN_HOURS.sum() + (1 - mix) * PATROL_HOURS / PATROL_HOURS.sum()
    busy = mean * rng.gamma(1 / alpha, alpha, mean.shape)
    return Lived(first, rng.poisson(busy[:, None, :] * hours.T[None]), mean, hours, kinds)


def weeks(lived: Lived, history: int) -> Iterator[tuple[int, Fit, NDArray[np.float64]]]:
    """(the week's first day, the baseline of it and of the day before, hour shares) of each week after the history."""
    for day in range(history, history + QUIET_DAYS, 7):
        since = max(0, day - 1095)
        counts = lived.hourly[since:day].sum(axis=1).T.reshape(TOWNS, CATEGORIES, day - since)
        wanted = lived.first + np.arange(day - 1, day + 7)
        found = fit(counts, lived.first + since, lived.kinds[since : day + 8], wanted)
        recent = lived.hourly[max(since, day - 182) : day].sum(axis=0).T.reshape(TOWNS, CATEGORIES, 24).sum(axis=0)
        yield day, found, np.tile(hour_shares(recent), (TOWNS, 1))


def told(hourly: NDArray[np.int64], found: Fit, share: NDArray[np.float64], first: int, count: int) -> NDArray[np.int64]:
    """(days x 24, S) statuses at each look of ``count`` days, the ``first``-th of the fit's wanted days before all."""
    size = TOWNS * CATEGORIES
    mu, alpha, sd = (v.reshape(size, -1)[:, first : first + count] for v in (found.mu, found.alpha, found.sd))
    seen = hourly.cumsum(axis=1).reshape(-1, size)
    part = np.tile(share.T, (count, 1))
    mean = part * np.repeat(mu.T, 24, axis=0)
    excess = np.repeat(np.maximum(sd.T**2 - mu.T, 0.0), 24, axis=0)
    ears = np.tile(found.method == EARS, TOWNS)
    variance = np.where(ears, mean + excess * part**2, np.nan)
    early = part < looks.TOO_EARLY
    early[:24] = False
    e = looks.Expected(mean, np.repeat(alpha.T, 24, axis=0), variance, early)
    return np.stack([s.status for s in looks.walk(seen, e, 1.0 / np.tile(SHIFTS, count))])


def quiet(rng: np.random.Generator, history: int) -> tuple[float, Lived, list[tuple[int, Fit, NDArray[np.float64]]]]:
    """False alarms a shift over the quiet half year."""
    lived = live(rng, history)
    fits, alarms = [], 0
    for day, found, share in weeks(lived, history):
        fits.append((day, found, share))
        for d in range(7):      # yesterday and today, as the metric sees them
            if history == YOUNG and d > 2:
                continue        # EARS knows its week only; the server fits each day
            status = told(lived.hourly[day + d - 1 : day + d + 1], found, share, d, 2)
            alarms += int((status[24:] == looks.NEW).sum())
    shifts = 3 * QUIET_DAYS * (3 / 7 if history == YOUNG else 1.0)
    return alarms / shifts, lived, fits


def surges(rng: np.random.Generator, lived: Lived, fits: Any) -> list[tuple[float, float]]:
    """(mean of the series, hours until it is told; inf where it is not before it ends) of each surge, the series drawn by their
    reports: 2.5 times as many from an hour of the day on for one to three days."""
    out = []
    weight = lived.mean.mean(axis=0)
    for _ in range(SURGES):
        day, found, share = fits[rng.integers(len(fits))]
        series = int(rng.choice(len(weight), p=weight / weight.sum()))
        length, begin = int(rng.integers(1, 4)), int(rng.integers(6, 19))
        d = int(rng.integers(0, 7 - length))
        hourly = lived.hourly[day + d - 1 : day + d + length + 1].copy()
        flat = hourly[:, :, series].ravel()
        extra = (TIMES - 1) * (lived.mean[day + d - 1 : day + d + length + 1, series][:, None] * lived.hours[series]).ravel()
        on = slice(24 + begin, 24 + begin + 24 * length)
        flat[on] += rng.poisson(extra[on])
        hourly[:, :, series] = flat.reshape(-1, 24)
        status = told(hourly, found, share, d, length + 2)[:, series]
        hit = np.flatnonzero(np.isin(status[on], (looks.NEW, looks.CONTINUING)))
        out.append((float(weight[series]), float(hit[0] + 1) if len(hit) else np.inf))
    return out


def run() -> None:
    alarms, found = [], []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        rate, lived, fits = quiet(rng, HISTORY)
        alarms.append(rate)
        found += surges(rng, lived, fits)
    record("warning.false_alarms_per_shift", alarms, "count")
    record("warning.false_alarms_per_shift_ears", [quiet(np.random.default_rng(3), YOUNG)[0]], "count")
    delay = np.array([d for _, d in found])
    record("warning.detection_delay_h", delay[np.isfinite(delay)].tolist(), "h")
    record("warning.detected_share", [float(np.isfinite(delay).mean())], "share")
    mean = np.array([m for m, _ in found])
    for low, high in ((0, 3), (3, 10), (10, 1000)):
        own = delay[(mean >= low) & (mean < high)]
        if len(own):
            hit = own[np.isfinite(own)]
            middle = f"{np.median(hit):.0f} h" if len(hit) else "-"
            print(f"   {low:>3} to {high} reports a day: {len(hit)} of {len(own)} told, median {middle}")
    ticks()


def ticks() -> None:
    """Ticks of a city of 200,000 events with a commit each, alternately alone and beside a fit that never ends."""
    database = city(200_000)
    os.chdir(database.parent)
    from dashboard.app import Service
    from dashboard.settings import resolve
    from data.viewer import Viewer

    service = Service(resolve(Namespace(source=f"sqlite:///{database}", city="qufu"), {}))
    topic = service.board.topic("overview", Viewer(), "zh")
    service.ticker.once()
    service.board.page(topic)
    service.fit()

    def one() -> float:
        commit_event(database)
        service.board.keep(topic)
        started = time.perf_counter()
        service.ticker.once()
        page = service.board.current(topic)
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
            times.append(service.fit().seconds)

    thread = threading.Thread(target=fitting)
    thread.start()
    time.sleep(0.5)
    beside = []
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
