"""Normal and negative-binomial probabilities in plain numpy: the few that alarms and intervals need."""

from __future__ import annotations

from functools import lru_cache
from math import atan, cos, erfc, pi, sin, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from data.types.arrays import Array, Floats, Ints

_NORMAL = NormalDist()


def normal_point(p: float) -> float:
    """z with P(Z <= z) = p."""
    return _NORMAL.inv_cdf(p)


@lru_cache(256)
def student_point(p: float, freedom: int) -> float:
    """t with P(T <= t) = p (1/2 <= p < 1) of Student's t with an integer number of degrees of freedom, by bisection of the
    closed sums for its distribution (Abramowitz & Stegun 26.7.3, 26.7.4).

    Worked: 12.706 with 1, 2.365 with 7 degrees at p = .975.
    """
    low, high = 0.0, 1.0
    while _student(high, freedom) < p:
        high *= 2
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _student(middle, freedom) < p else (low, middle)
    return high


def _student(t: float, freedom: int) -> float:
    """P(T <= t), t >= 0."""
    angle = atan(t / sqrt(freedom))
    odd = freedom % 2
    term = cos(angle) if odd else 1.0
    total = 0.0
    for j in range(1 + odd, freedom, 2):
        total += term
        term *= cos(angle) ** 2 * j / (j + 1)
    inside = 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total
    return 0.5 + inside / 2


def upper_tail(z: Array) -> Floats:
    """P(Z >= z) of each; NaN stays NaN."""
    return np.array([erfc(float(v) / sqrt(2.0)) / 2 for v in z], float)


def poisson_limits(count: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Exact interval of a Poisson mean given an observed ``count`` (n,) (Garwood 1936): P(X >= count) and P(X <= count) are
    (1 - level) / 2 at its ends; starts at 0 for a count of 0.

    Worked: 22 observed: 13.79 to 33.31, so that against 25 expected the ratio lies in .5515 to 1.3323 (oracle O7).
    """
    from scipy.special import gammaincinv  # not at the top: the import takes half a second, which no start of the wall needs

    seen, miss = np.asarray(count, float), (1.0 - level) / 2
    low = np.where(seen > 0, gammaincinv(np.maximum(seen, 1.0), miss), 0.0)
    return low, np.asarray(gammaincinv(seen + 1.0, 1.0 - miss), np.float64)


def poisson_chance(count: ArrayLike, mean: ArrayLike) -> Floats:
    """Two-sided p-value of a ``count`` (n,) for a Poisson ``mean``: twice the smaller of P(X <= count) and P(X >= count), at most
    1; NaN where the mean is unknown or 0."""
    from scipy.special import gammainc, gammaincc

    seen, expected = np.asarray(count, float), np.asarray(mean, float)
    m = np.where(expected > 0, expected, np.nan)
    above = np.where(seen > 0, gammainc(np.maximum(seen, 1.0), m), 1.0)
    p = np.minimum(2.0 * np.minimum(above, gammaincc(seen + 1.0, m)), 1.0)
    return np.asarray(np.where(np.isnan(m), np.nan, p), np.float64)


def binomial_limits(p0: float, n: Array, z: float) -> tuple[Floats, Floats]:
    """p0 -+ z sqrt(p0 (1 - p0) / n), cut to 0..1: the funnel around a share (normal approximation)."""
    half = z * np.sqrt(p0 * (1.0 - p0) / np.asarray(n, float))
    return np.maximum(p0 - half, 0.0), np.minimum(p0 + half, 1.0)


def percent(part: ArrayLike, whole: ArrayLike) -> Floats:
    """Per cent; NaN where the denominator is 0."""
    a, b = np.asarray(part, float), np.asarray(whole, float)
    return np.asarray(np.divide(100.0 * a, b, out=np.full(b.shape, np.nan), where=b > 0), np.float64)


def wilson(part: ArrayLike, whole: ArrayLike, z: float = 1.959964) -> tuple[Floats, Floats]:
    """95 % interval of a share in per cent (Wilson 1927); NaN where the denominator is 0.

    Worked (oracle O5): 5 of 5 -> 56.55 to 100; 190 of 200 -> 91.04 to 97.26.
    """
    a, n = np.asarray(part, float), np.asarray(whole, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = a / n
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # at the ends the exact value is the end itself, which rounding misses slightly
    low = np.where(a > 0, 100 * (centre - half), 0.0)
    high = np.where(a < n, 100 * (centre + half), 100.0)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def nb_tail(count: int, mean: float, alpha: float) -> float:
    """P(X >= count), X negative binomial with this mean and variance mean + alpha mean^2 (alpha, mean > 0)."""
    if count <= 0:
        return 1.0
    # Sum the tail itself: 1 - P(X < count) would lose small probabilities to rounding.
    size, q = 1.0 / alpha, alpha * mean / (1.0 + alpha * mean)
    total, term, k = 0.0, float(nb_chances(count + 1, mean, alpha)[-1]), count
    while term > total * 1e-12 and term > 0.0:
        total += term
        term *= (k + size) / (k + 1) * q
        k += 1
    return min(1.0, total + term / (1.0 - q) if q < 1 else total)


def nb_tails(count: ArrayLike, mean: ArrayLike, alpha: ArrayLike) -> Floats:
    """``nb_tail`` of arrays, broadcast: P(X >= count) of each; 1 where ``count`` <= 0."""
    from scipy.special import betainc

    k, m, a = np.broadcast_arrays(np.asarray(count, float), np.asarray(mean, float), np.asarray(alpha, float))
    tail = betainc(np.maximum(k, 1.0), 1.0 / a, a * m / (1.0 + a * m))
    return np.where(k > 0, tail, 1.0)


def nb_point(p: float, mean: float, alpha: float) -> int:
    """The smallest k with P(X <= k) >= p."""
    length = int(mean + 12 * sqrt(mean + alpha * mean**2)) + 30
    while True:
        reached = np.flatnonzero(np.cumsum(nb_chances(length, mean, alpha)) >= p)
        if len(reached):
            return int(reached[0])
        length *= 2


def nb_points(p: float, mean: ArrayLike, alpha: ArrayLike) -> Ints:
    """``nb_point`` of arrays, broadcast (0 < p < 1)."""
    m, a = np.broadcast_arrays(np.asarray(mean, float), np.asarray(alpha, float))
    low, high = np.full(m.shape, -1, np.int64), np.ceil(m + 12 * np.sqrt(m + a * m**2)).astype(np.int64) + 30
    while (short := nb_tails(high + 1, m, a) > 1 - p).any():
        high[short] *= 2
    while (high - low > 1).any():  # P(X <= low) < p <= P(X <= high)
        middle = (low + high) // 2
        enough = nb_tails(middle + 1, m, a) <= 1 - p
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.asarray(high, np.int64)


def nb_chances(length: int, mean: ArrayLike, alpha: ArrayLike) -> Floats:
    """(..., length) P(X = 0), P(X = 1) ... of each mean: each term from the one before, in logarithms."""
    m, a = np.asarray(mean, float)[..., None], np.asarray(alpha, float)[..., None]
    k = np.arange(1, length)
    steps = np.log((k - 1 + 1.0 / a) / k * (a * m / (1.0 + a * m)))
    first = -np.log1p(a * m) / a
    return np.asarray(np.exp(np.concatenate([first, first + np.cumsum(steps, axis=-1)], axis=-1)), np.float64)
