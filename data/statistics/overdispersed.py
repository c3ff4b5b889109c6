"""Counts that vary more than by chance: their dispersion, and how far each lies from its expectation.

A count is negative binomial with mean E and variance E + alpha E^2; alpha 0 is Poisson.

Dunn, P. K. and Smyth, G. K. (1996), Randomized quantile residuals, J. of Computational and Graphical Statistics 5, 236-244.
Davidian, M. and Carroll, R. J. (1987), Variance function estimation, J. of the American Statistical Association 82, 1079-1091.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from data.statistics.distributions import nb_chances, nb_tails
from data.types.arrays import Floats

#: Values up to this mean Poisson: the formulas do not allow alpha = 0.
NONE = 1e-6
#: Upper bound of alpha: a standard deviation of three times the mean.
MOST = 9.0
#: A count is capped at this many of its standard deviations.
CUT = 2.5
#: For larger expected counts the residuals are practically normal.
SMOOTH = 50.0


def dispersion(observed: ArrayLike, expected: ArrayLike) -> float:
    """alpha >= 0 of counts (n,) with means ``expected`` up to their common sum, by moments: the alpha for which the squares
    ((O - E)^2 / (E + alpha E^2), capped at ``CUT`` standard deviations so that a few real hot spots do not mask themselves) sum
    to their mean under that alpha; each is weighted by its information on alpha, E / (1 + alpha E).  NaN is ignored."""
    o, e = np.asarray(observed, float), np.asarray(expected, float)
    there = e > 0
    o, e = o[there], e[there]
    if len(o) < 3:
        return 0.0
    low, high = NONE, 0.1
    if _excess(o, e, low) <= 0:
        return 0.0
    while _excess(o, e, high) > 0:
        if high >= MOST:
            return MOST
        low, high = high, min(2 * high, MOST)
    while high - low > max(1e-4, 0.005 * high):
        middle = (low + high) / 2
        low, high = (middle, high) if _excess(o, e, middle) > 0 else (low, middle)
    return (low + high) / 2


def _excess(o: Floats, e: Floats, alpha: float) -> float:
    """Weighted capped squares in excess of their mean under ``alpha``."""
    variance = e + alpha * e**2
    squares = np.minimum((o - e) ** 2 / variance, CUT**2)
    n = len(o)
    return float(((squares * n / (n - 1) - _mean_square(e, alpha)) * e / (1 + alpha * e)).sum())


def _mean_square(e: Floats, alpha: float) -> Floats:
    """(n,) mean of each one's capped square: exact up to ``SMOOTH``, beyond it that of ``SMOOTH``."""
    means = np.minimum(e, SMOOTH)
    chances = nb_chances(reach(means, alpha), means, alpha)
    k = np.arange(chances.shape[-1])
    squares = np.minimum((k - means[:, None]) ** 2 / (means + alpha * means**2)[:, None], CUT**2)
    rest = np.maximum(1 - chances.sum(axis=1), 0.0) * CUT**2
    return np.asarray(((chances * squares).sum(axis=1) + rest), np.float64)


def reach(mean: ArrayLike, alpha: float) -> int:
    """Upper end of the counts 0, 1, ... that hold practically all of the probability of each mean."""
    top = float(np.max(mean))
    return int(top + 12 * np.sqrt(top + alpha * top**2) + 30 * (1 + alpha * top / 2)) + 1


def residuals(observed: ArrayLike, expected: ArrayLike, alpha: float) -> Floats:
    """(n,) how far each count lies from its expectation, in standard deviations: the normal quantile of its mid-P
    P(X < O) + P(X = O) / 2 (a quantile residual with its randomisation replaced by the midpoint), shifted and scaled to mean 0
    and variance 1 under the negative binomial itself.  NaN where the expectation is 0 or unknown."""
    o, e, a = np.asarray(observed, float), np.asarray(expected, float), max(alpha, NONE)
    e = np.where(e > 0, e, np.nan)
    return scaled(nb_tails(o, e, a), nb_tails(o + 1, e, a), *moments(e, a))


def scaled(reached: Floats, above: Floats, mean: Floats, spread: Floats) -> Floats:
    """The residual for P(X >= O) and P(X > O), given the ``mean`` and ``spread`` of its place's residuals."""
    return np.asarray((_normal_points(reached, above) - mean) / spread, np.float64)


def _normal_points(reached: Floats, above: Floats) -> Floats:
    from scipy.special import ndtri

    return np.asarray(-ndtri(np.clip((reached + above) / 2, 1e-300, 1 - 1e-16)), np.float64)


def moments(e: Floats, alpha: float) -> tuple[Floats, Floats]:
    """(n,) mean and standard deviation of the normal quantiles of each mid-P: exact up to ``SMOOTH``, the normal's above."""
    mean, spread = np.zeros(e.shape), np.ones(e.shape)
    few = np.flatnonzero(e < SMOOTH)
    if len(few):
        means, back = np.unique(e[few], return_inverse=True)
        chances = nb_chances(reach(means, alpha), means, alpha)
        reached = np.cumsum(chances[:, ::-1], axis=1)[:, ::-1]  # from the far end, so that small ones keep their precision
        points = _normal_points(reached, reached - chances)
        first, second = (chances * points).sum(axis=1), (chances * points**2).sum(axis=1)
        mean[few], spread[few] = first[back], np.sqrt(second - first**2)[back]
    return mean, spread
