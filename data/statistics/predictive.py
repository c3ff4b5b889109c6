"""Predictive limits: the range in which an identical day's figure lies, judging by the known days.

Counts.  k known days with the mean m = (sum + 1/2) / k (Jeffreys' half, so that a row of zeros means "few" rather than "never
any") and the variance v, at least the Poisson's m.  The coming day is negative binomial with mean m and variance
v (1 + 1/k) (t / z)^2: 1/k for the mean's own error, Student's t over the normal's z because v is an estimate too.  With v = m the
distribution is, except for t, the Poisson's exact predictive one.  See Krishnamoorthy & Peng 2011 for prediction limits of
counts.

Several rows that are tested together share information on their dispersion (``family``): eight days of one row say little of a
limit that chance passes once in four hundred.

Shares.  x of n on each known day, p = (sum x + 1/2) / (sum n + 1), and the intra-class correlation by moments from Pearson's
chi-square.  The coming day is beta-binomial with mean p over its own n, its variance widened in the same two ways.

Plain numpy, because the wall draws these on every tick.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from data.statistics.distributions import nb_chances, normal_point, student_point
from data.types.arrays import Array, Floats

#: Above this mean the sum of probabilities is long, and the gamma distribution differs by less than a count in five hundred.
_EXACT = 1000.0


def count_limits(values: Array, level: float, pairs: Array | None = None) -> tuple[Floats, Floats]:
    """(low, high), each (rows,), of a further day's count; both included.

    ``values`` (rows, days): the known days, at least two.  ``pairs`` (rows, pairs, 2): other days that should be alike in
    pairs; they inform on the spread, not on the mean, and may be NaN.  P(below low) and P(above high) are at most
    (1 - level) / 2 each.
    """
    known = np.asarray(values, float)
    two = np.zeros((len(known), 0, 2)) if pairs is None else np.asarray(pairs, float)
    # cached: a history changes once a minute, a wall draws it every second
    low, high = _limits(known.tobytes(), known.shape, two.tobytes(), two.shape, level)
    return low.copy(), high.copy()


@lru_cache(1024)
def _limits(
    values: bytes, shape: tuple[int, int], pairs: bytes, two: tuple[int, int, int], level: float
) -> tuple[Floats, Floats]:
    known, k = np.frombuffer(values).reshape(shape), shape[1]
    mean = (known.sum(axis=1) + 0.5) / k
    variance, freedom = _spread(known, mean, np.frombuffer(pairs).reshape(two))
    miss = (1.0 - level) / 2
    stretch = np.array([student_point(1 - miss, int(f)) for f in freedom]) / normal_point(1 - miss)
    return nb_limits(mean, variance * (1 + 1 / k) * stretch**2, miss)


def _spread(known: Floats, mean: Floats, pairs: Floats) -> tuple[Floats, Floats]:
    """(variance of one day around ``mean``, its degrees of freedom), each (rows,); the variance at least the Poisson's.

    Variance = m + a m^2 with one a for all days of a row, by moments, each day weighted equally; its degrees of freedom by
    Satterthwaite, as if all the variance were a m^2, divided by 1 + 3 a: the negative binomial's tails (kurtosis 6 a) make an
    estimated variance less certain than the normal's do.
    """
    own = known.shape[1] - 1
    middle = pairs.mean(axis=2)  # NaN if one day of the pair is unknown
    there = ~np.isnan(middle)
    excess = own * (known.var(axis=1, ddof=1) - mean) + np.where(there, np.ptp(pairs, axis=2) ** 2 / 2 - middle, 0.0).sum(axis=1)
    square = np.where(there, middle, 0.0) ** 2
    weight = own * mean**2 + square.sum(axis=1)
    alpha = np.maximum(excess / weight, 0.0)
    freedom = weight**2 / (own * mean**4 + (square**2).sum(axis=1)) / (1 + 3 * alpha)
    return mean + alpha * mean**2, np.maximum(np.floor(freedom + 1e-9), 1.0)


class Family(NamedTuple):
    """Distribution of a further day, by row: negative binomial with this ``mean`` and ``alpha`` (variance mean + alpha mean^2),
    including the errors of mean and variance; ``miss`` the tail probability below which one of the rows is called."""

    mean: Floats
    alpha: Floats
    miss: float


def family(values: Array, times: Array, any_of: float) -> Family:
    """For rows (rows, days) tested together, so that a day ``times`` (rows,) as busy calls any of them with a probability of at
    most ``any_of``.

    A row's dispersion is the mean of its own and the pooled one, by moments (each weighted by its information,
    m^2 / (m + .15 m^2)^2), but at least the pooled one: otherwise a row whose eight days happened to lie close together would
    be the one that is called.
    Student's t has four times a row's own degrees of freedom, or as many times as there are rows if fewer.
    """
    known = np.asarray(values, float)
    rows, days = known.shape
    mean = (known.sum(axis=1) + 0.5) / days
    more, square = known.var(axis=1, ddof=1) - mean, mean**2
    weight = 1 / (mean + 0.15 * square) ** 2
    common = max(float((more * square * weight).sum() / (square**2 * weight).sum()), 0.0)
    own = np.maximum(more / square, 0.0)
    alpha, moved, miss = np.maximum((own + common) / 2, common), mean * times, any_of / rows
    stretch = student_point(1 - miss, min(rows, 4) * (days - 1)) / normal_point(1 - miss)
    variance = (moved + alpha * moved**2) * (1 + 1 / days) * stretch**2
    return Family(moved, np.maximum(variance - moved, 1e-6 * moved) / moved**2, miss)


def nb_limits(mean: Floats, variance: Floats, miss: float) -> tuple[Floats, Floats]:
    """(low, high), each (rows,): the smallest k with P(X <= k) >= ``miss``, and >= 1 - ``miss``, X negative binomial."""
    alpha = np.maximum(variance - mean, 1e-6 * mean) / mean**2
    low, high = np.zeros(len(mean)), np.zeros(len(mean))
    small = mean <= _EXACT
    if small.any():
        m, a = mean[small], alpha[small]
        length = int(np.max(m + 12 * np.sqrt(m + a * m**2))) + 30
        reached = np.cumsum(nb_chances(length, m, a), axis=1)
        low[small] = (reached < miss).sum(axis=1)
        high[small] = (reached < 1 - miss).sum(axis=1)
    z, m, shape = normal_point(1 - miss), mean[~small], mean[~small] ** 2 / np.maximum(variance[~small], mean[~small])
    for out, side in ((low, -z), (high, z)):  # Wilson & Hilferty 1931: the cube root of a gamma value is nearly normal
        out[~small] = np.round(m * np.maximum(1 - 1 / (9 * shape) + side / np.sqrt(9 * shape), 0.0) ** 3)
    return low, high


def share_limits(part: Array, whole: Array, now: int, level: float) -> tuple[float, float]:
    """(low, high) of how many of ``now`` are expected, given ``part`` (days,) of ``whole`` (days,); both included.

    NaN where ``now`` is 0 or fewer than two of the days have any cases.
    """
    some = whole > 0
    x, n = np.asarray(part, float)[some], np.asarray(whole, float)[some]
    if now <= 0 or len(n) < 2:
        return np.nan, np.nan
    k, total = len(n), n.sum()
    p = (x.sum() + 0.5) / (total + 1.0)
    chi = float(((x - n * p) ** 2 / (n * p * (1 - p))).sum())
    # E chi-square = k - 1 + rho (sum of n - 1, less what estimating the mean takes of it)
    room = total - (n**2).sum() / total - (k - 1)
    rho = min(max((chi - (k - 1)) / room, 0.0), 0.99) if room > 0 else 0.0
    miss = (1.0 - level) / 2
    one = (1 + (now - 1) * rho) / now  # variance of a share of today's n, in units of p (1 - p)
    mean = float((n * (1 + (n - 1) * rho)).sum()) / total**2
    wide = (one + mean) * (student_point(1 - miss, k - 1) / normal_point(1 - miss)) ** 2
    if now == 1:
        return (0.0 if 1 - p > miss else 1.0), (1.0 if p > miss else 0.0)
    inside = min(max((wide * now - 1) / (now - 1), 1e-9), 0.99)
    reached = np.cumsum(betabinomial_chances(now, p, inside))
    return float((reached < miss).sum()), float(min((reached < 1 - miss).sum(), now))


def betabinomial_chances(n: int, p: float, rho: float) -> Floats:
    """(n + 1,) P(X = 0) .. P(X = n) of a beta-binomial with mean n p and intra-class correlation ``rho`` (0 < rho < 1)."""
    a, b = p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho
    j = np.arange(n)
    logs = np.concatenate([[0.0], np.cumsum(np.log((n - j) / (j + 1) * (a + j) / (b + n - 1 - j)))])
    chances = np.exp(logs - logs.max())
    return np.asarray(chances / chances.sum(), np.float64)
