"""noufaily.*: the weekly detector on the published scenarios of outbreak detection (Noufaily et al. 2013).

42 scenarios: seven groups of mean, dispersion and season, each with and without trend and with none, one or two harmonics.  624
weeks; four past outbreaks, of sizes k of 2, 3, 5 or 10, begin in the weeks 313 to 575, and for power one of size k in the
evaluated weeks 576 to 624.  An outbreak has Poisson(k x sd of the baseline's counts) cases, spread over weeks as
floor(lognormal(0, .5^2)).  The baseline is refitted every seventh week (a service: every week).

The standard deviation is that of the whole series: with that of the outbreak's own week even a detector that knows the true mean
and dispersion finds .41 of those of size 5 at .6 % false positives, less than is published.

``pod_5_informed`` and ``pod_10_informed``: power of a detector that knows the true mean and dispersion, at our share of false
positives: the most that weekly counts, evaluated one by one, allow on these series.  Ours also looks at two weeks together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from benchmarks.record import record_interval, record_share
from data.warning.weeks import alarmed, fit_weeks

#: theta, phi, beta, g1, g2 of each group.
GROUPS = (
    (0.1, 1.5, 0.0025, 0.6, 0.6),
    (-2.0, 2.0, 0.005, 0.1, 0.3),
    (1.5, 1.0, 0.003, 0.2, -0.4),
    (0.5, 5.0, 0.002, 0.5, 0.5),
    (2.5, 3.0, 0.001, 1.0, 0.1),
    (3.75, 1.1, 0.001, 0.1, -0.1),
    (5.0, 1.2, 0.0001, 0.05, 0.01),
)
WEEKS, FIRST, PAST, REFIT = 624, 575, 312, 7
REPLICATES = 100


class Series(NamedTuple):
    """``counts`` (R, 624) of each replicate; ``sick`` which weeks hold cases of the outbreak to be detected."""

    counts: NDArray[np.float64]
    sick: NDArray[np.bool_]


def laws() -> Iterator[tuple[NDArray[np.float64], float]]:
    """Of each scenario the true mean of each week (624,) and the dispersion (1: Poisson), without outbreaks."""
    t = np.arange(1, WEEKS + 1)
    for theta, phi, beta, g1, g2 in GROUPS:
        for trend in (0.0, beta):
            for m in (0, 1, 2):
                turn = [2 * np.pi * j * t / 52 for j in range(1, m + 1)]
                yield np.exp(theta + trend * t + sum((g1 * np.cos(a) + g2 * np.sin(a) for a in turn), np.zeros(WEEKS))), phi


def scenarios(rng: np.random.Generator, replicates: int, k: int) -> Series:
    """All 42 scenarios one after another; without an outbreak to detect if ``k`` is 0."""
    counts = []
    for mu, phi in laws():
        size = (replicates, WEEKS)
        counts.append(rng.poisson(mu, size) if phi == 1 else rng.negative_binomial(mu / (phi - 1), 1 / phi, size))
    plain = np.concatenate(counts)
    out, sick = plain.astype(float), np.zeros(plain.shape, bool)
    spread = plain.std(axis=1)
    for row in range(len(plain)):
        for start in rng.integers(PAST, FIRST, 4).tolist():
            np.add.at(out[row], _cases(rng, start, int(rng.choice([2, 3, 5, 10])) * spread[row]), 1)
        if k:
            weeks = _cases(rng, int(rng.integers(FIRST, WEEKS)), k * spread[row])
            np.add.at(out[row], weeks, 1)
            sick[row, weeks] = True
    return Series(out, sick)


def _cases(rng: np.random.Generator, start: int, mean: float) -> NDArray[np.int64]:
    """The weeks of an outbreak's cases, within the evaluated period."""
    weeks = start + np.floor(rng.lognormal(0.0, 0.5, rng.poisson(mean))).astype(np.int64)
    return weeks[weeks < WEEKS]


def alarms(series: Series) -> NDArray[np.bool_]:
    """(R, 49) which of the evaluated weeks are alarms."""
    ends = range(FIRST, WEEKS, REFIT)
    return np.concatenate(
        [alarmed(series.counts[:, t - 1 : t + REFIT], fit_weeks(series.counts[:, :t], np.arange(-1, REFIT))) for t in ends],
        axis=1,
    )


def false_positives(replicates: int, seed: int = 1) -> NDArray[np.float64]:
    """(R,) share of alarmed weeks of each series, none of them with an outbreak."""
    return np.asarray(alarms(scenarios(np.random.default_rng(seed), replicates, 0)).mean(axis=1), np.float64)


def found(replicates: int, k: int, seed: int = 1) -> NDArray[np.bool_]:
    """(R,) whether any week of an outbreak was an alarm, for the outbreaks that have a case."""
    series = scenarios(np.random.default_rng(seed), replicates, k)
    return met(series, alarms(series))


def met(series: Series, called: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """As ``found``, for the weeks (R, 49) that are ``called``."""
    sick = series.sick[:, FIRST:]
    hit, ill = np.any(called & sick, axis=1), np.any(sick, axis=1)
    return np.asarray(hit[ill], bool)


def informed(level: float) -> NDArray[np.float64]:
    """(42 x ``REPLICATES``, 49) the count that a detector which knows the laws alarms above: the mean is exceeded by chance in at
    most ``level`` of weeks.  No detector of single weeks finds more at the same share of false alarms."""
    limits = [
        stats.poisson.ppf(1 - level, mu[FIRST:]) if phi == 1 else stats.nbinom.ppf(1 - level, mu[FIRST:] / (phi - 1), 1 / phi)
        for mu, phi in laws()
    ]
    return np.repeat(np.asarray(limits, float), REPLICATES, axis=0)


def informed_at(share: float) -> float:
    """The level at which ``informed`` alarms falsely in ``share`` of weeks."""
    counts = scenarios(np.random.default_rng(1), REPLICATES, 0).counts[:, FIRST:]
    return float(optimize.brentq(lambda level: (counts > informed(level)).mean() - share, 0.002, 0.03, xtol=1e-5))


def record_false(key: str, shares: NDArray[np.float64]) -> None:
    """The mean of the series' shares of false alarms, with its 95 % interval, in per cent."""
    mean, half = 100 * float(shares.mean()), 196 * float(shares.std() / np.sqrt(len(shares)))
    record_interval(key, mean, mean - half, mean + half, "%", len(shares))


def run() -> None:
    shares = false_positives(REPLICATES)
    record_false("noufaily.fpr", shares)
    by_group = 100 * shares.reshape(len(GROUPS), -1).mean(axis=1)
    print("   by group:", " ".join(f"{v:.2f}" for v in by_group), flush=True)
    limits = informed(informed_at(float(shares.mean())))
    for k in (5, 10):
        series = scenarios(np.random.default_rng(k), REPLICATES, k)
        for name, called in (("", alarms(series)), ("_informed", series.counts[:, FIRST:] > limits)):
            hit = met(series, called)
            record_share(f"noufaily.pod_{k}{name}", int(hit.sum()), len(hit))
