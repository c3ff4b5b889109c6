"""Down-weighting of past outbreaks in a fit, and correction of the bias it causes in mean and variance without outbreaks.

Counts far above their expectation weigh by the inverse square of their score (Noufaily et al. 2013); ``Kept`` tabulates what such
weights leave of a negative binomial without any outbreak, so that a fit can correct for it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from data.statistics.distributions import nb_tails
from data.types.arrays import Floats

#: Standard scores beyond which a past count is treated as an outbreak.
OUTBREAK = 2.58
#: The distinct dispersions: steps of 4 %.
ALPHAS = np.geomspace(0.02, 4.0, 136)


class Kept:
    """What the weights leave of a negative binomial without outbreaks, by its mean (a table over means)."""

    def __init__(self, alpha: float) -> None:
        from scipy.special import ndtri
        from scipy.stats import nbinom

        self.alpha = alpha
        self.means = np.geomspace(1e-3, 1e4, 40)
        k = np.unique(np.concatenate([np.arange(120), np.geomspace(120, 4e5, 300).astype(np.int64)])).astype(float)
        step = np.diff(np.append(k, k[-1] + 1))  # beyond 120, a few counts represent those between them
        p = nbinom.pmf(k, 1 / alpha, 1 / (1 + alpha * self.means[:, None])) * step
        p /= p.sum(axis=1, keepdims=True)
        upper = np.cumsum(p[:, ::-1], axis=1)[:, ::-1] - p / 2
        w = weight_of(-ndtri(np.clip(upper, 1e-300, 1 - 1e-16)))
        variance = self.means + alpha * self.means**2
        self._mean = (p * w * k).sum(axis=1) / ((p * w).sum(axis=1) * self.means)
        most = self.means[:, None] + OUTBREAK * np.sqrt(variance)[:, None]
        self._held = (p * np.minimum(k, most)).sum(axis=1) / self.means
        self._square = (p * w * (k - self.means[:, None]) ** 2).sum(axis=1) / variance

    def weight(self, y: Floats, mu: Floats) -> Floats:
        return weight_of(normal_score(y, mu, self.alpha))

    def mean_kept(self, mu: Floats) -> Floats:
        return np.asarray(np.interp(mu, self.means, self._mean))

    def held(self, y: Floats, mu: Floats) -> tuple[Floats, Floats]:
        """Counts capped at OUTBREAK standard deviations above ``mu``, and their expectation."""
        return np.minimum(y, mu + OUTBREAK * np.sqrt(mu + self.alpha * mu**2)), mu * np.interp(mu, self.means, self._held)

    def square_kept(self, mu: Floats) -> Floats:
        return np.asarray(np.interp(mu, self.means, self._square))


@lru_cache(maxsize=len(ALPHAS))
def kept_at(alpha: float) -> Kept:
    """The table for one of ``ALPHAS``; each is built once."""
    return Kept(alpha)


def weight_of(score: Floats) -> Floats:
    """1, and for counts whose (mid-probability) standard score exceeds OUTBREAK, 1 / score^2."""
    return np.where(score > OUTBREAK, 1.0 / np.maximum(score, OUTBREAK) ** 2, 1.0)


def normal_score(y: Floats, mu: Floats, alpha: float) -> Floats:
    """The standard normal score of each count, from its mid-probability in the negative binomial."""
    from scipy.special import ndtri

    upper = (nb_tails(y, mu, alpha) + nb_tails(y + 1.0, mu, alpha)) / 2
    return np.asarray(-ndtri(np.clip(upper, 1e-300, 1 - 1e-16)), np.float64)


def dispersion_of(y: Floats, mu: Floats, weight: Floats, parameters: int, weighted: bool) -> float:
    """alpha for which sum of w (y - mu)^2 / (mu + alpha mu^2) equals its value without outbreaks; one of ALPHAS."""
    free = max(1.0 - parameters / y.size, 0.1)
    square = weight * (y - mu) ** 2
    low, high = 0, len(ALPHAS) - 1
    while low < high:
        middle = (low + high) // 2
        alpha = float(ALPHAS[middle])
        due = free * (kept_at(alpha).square_kept(mu).sum() if weighted else y.size)
        if (square / (mu + alpha * mu**2)).sum() > due:
            low = middle + 1
        else:
            high = middle
    return float(ALPHAS[low])
