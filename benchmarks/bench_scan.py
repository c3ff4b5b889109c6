"""scan.*: days until an outbreak is detected, by the product's space-time scan and by Kulldorff's, at one false alarm a month.

The demo city's villages at 5,000 reports in thirty days: rates per resident differ between villages (gamma, variance .2), days
of the week differ, a day's count is negative binomial (.08).  Each evaluation is at the end of a day; both scans use the same
eight weeks before, and the limit of each is the score that ``QUIET`` quiet days newly exceed once in thirty.  ``OUTBREAKS``
outbreaks of 3 to 10 connected villages, grown from one drawn by residents, at 2, 3 or 4 times their rate for fourteen days,
each on quiet days of its own; an undetected one counts fourteen.  value, min, max: the mean and its 95 % interval.

Kulldorff (2001), Prospective time periodic geographical disease surveillance using a scan statistic, Journal of the Royal
Statistical Society A 164, 61-72: circles, the window's likelihood ratio against the rest of the city.  Its population is the
residents (``scan.days_to_detect_kulldorff``), or our expectations, so that it knows each village's own rate as we do
(``scan.days_to_detect_kulldorff_informed``).  ``scan.false_alarms_per_month``: with the product's limit, which it simulates
from what it expects of the city, on quiet days that it has not seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bench_hotspots import villages
from benchmarks.record import record_interval
from data.statistics import scan
from data.statistics.distributions import poisson_limits

QUIET, OUTBREAKS, TOTAL = 1500, 150, 5000.0
UNEVEN, DAILY = 0.2, 0.08
WEEK = np.array([1.13, 1.07, 1.05, 1.04, 1.05, 0.86, 0.80])
Scores = Callable[[NDArray[Any]], NDArray[np.float64]]


def kulldorff(residents: NDArray[np.float64], circles: scan.Windows, informed: bool) -> Scores:
    """The largest log likelihood ratio of each evaluation of counts (days, n)."""

    def scores(counts: NDArray[Any]) -> NDArray[np.float64]:
        level, factor = scan.expectations(counts, residents)
        if not informed:
            level = level.sum(axis=1, keepdims=True) * residents / residents.sum()
        best = np.zeros(len(level))
        for s in scan.sums(counts, level, factor, circles.members):
            whole = s.whole.astype(np.float32)
            mean = s.expected * (s.whole / s.whole_expected).astype(np.float32)
            rest, rest_mean = np.maximum(whole - s.seen, 1e-9), whole - mean
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(s.seen > mean, s.seen * np.log(s.seen / mean) + rest * np.log(rest / rest_mean), 0.0)
            best[s.at] = np.maximum(best[s.at], ratio.max(axis=0))
        return best

    return scores


def lived(rng: np.random.Generator, rate: NDArray[np.float64], days: int) -> NDArray[np.int64]:
    """(days, n) reports of quiet days."""
    mean = rate * WEEK[np.arange(days) % 7][:, None]
    return np.asarray(rng.poisson(mean * rng.gamma(1 / DAILY, DAILY, mean.shape)), np.int64)


def outbreak(rng: np.random.Generator, rate: NDArray[np.float64]) -> NDArray[np.int64]:
    """(NEEDED - 1 + 14, n) quiet days, and fourteen with an outbreak."""
    city = villages()
    counts = lived(rng, rate, scan.NEEDED - 1 + scan.LONGEST)
    group, size = [int(rng.choice(len(rate), p=city.residents / city.residents.sum()))], int(rng.integers(3, 11))
    while len(group) < size:
        beside = city.pairs[np.isin(city.pairs, group).sum(axis=1) == 1]
        beside = beside[~np.isin(beside, group)]
        group.append(int(rng.choice(beside)))
    mean = rate[group] * WEEK[np.arange(scan.NEEDED - 1, len(counts)) % 7][:, None] * (rng.choice([2, 3, 4]) - 1)
    counts[scan.NEEDED - 1 :, group] += rng.poisson(mean * rng.gamma(1 / DAILY, DAILY, mean.shape))
    return counts


def run() -> None:
    rng, city = np.random.default_rng(14), villages()
    rate = city.residents / city.residents.sum() * TOTAL / 30 * rng.gamma(1 / UNEVEN, UNEVEN, len(city.residents))
    regions = scan.windows(city.xy, city.pairs)
    circles = scan.windows(city.xy, np.zeros((0, 2)))
    methods: dict[str, Scores] = {
        "": lambda counts: scan.scores(counts, city.residents, regions),
        "_kulldorff": kulldorff(city.residents, circles, False),
        "_kulldorff_informed": kulldorff(city.residents, circles, True),
    }
    quiet = lived(rng, rate, QUIET + scan.NEEDED - 1)
    limits = {}
    for name, scores in methods.items():
        limits[name] = scan.limit_of(scores(quiet))
        print(f"   limit{name}: {limits[name]:.2f}", flush=True)
    days: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(OUTBREAKS):
        counts = outbreak(rng, rate)
        for name, scores in methods.items():
            told = np.flatnonzero(scores(counts) > limits[name])
            days[name].append(float(told[0] + 1) if len(told) else float(scan.LONGEST))
    for name, own in days.items():
        mean, half = float(np.mean(own)), 1.96 * float(np.std(own)) / len(own) ** 0.5
        record_interval(f"scan.days_to_detect{name}", mean, mean - half, mean + half, "days", len(own))
    false(quiet, regions)


def false(quiet: NDArray[np.int64], regions: scan.Windows) -> None:
    """Apply the limit of the city, as known on one day, to all quiet days after it."""
    residents = villages().residents
    level, factor = scan.expectations(quiet[: scan.NEEDED], residents)
    alpha = scan.unevenness(quiet[: scan.HISTORY], level[0], factor[0])
    limit = scan.limit_of(scan.quiet(level[0], factor[0], alpha, residents, regions))
    scores = scan.scores(quiet[scan.NEEDED :], residents, regions)
    n, months = scan.alarms(scores, limit), len(scores) / scan.EVERY
    low, high = poisson_limits([n])
    record_interval(
        "scan.false_alarms_per_month", n / months, float(low[0]) / months, float(high[0]) / months, "count", round(months)
    )
