"""The same baseline for weekly counts of many series at once: each week evaluated alone, and together with the week before.

It complements the daily one for what is counted by weeks, and lets the fitting method be tested on published scenarios of
outbreak detection (Noufaily et al. 2013; ``make bench ONLY=noufaily``): log-linear trend and two annual harmonics, past outbreaks
down-weighted, the resulting bias in mean and variance corrected, the latest 26 weeks left out.  The variance is ``phi`` x mean,
and the standard error of the expectation is part of the range of a new week.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from data.statistics.distributions import nb_tails
from data.types.arrays import Array, Flags, Floats
from data.warning.baseline import LEFT_OUT_WEEKS
from data.warning.outbreaks import ALPHAS, kept_at, normal_score, weight_of

#: Most weeks fitted; weeks of a year; the probability of at least the observed count below which a week is an alarm; that of a
#: week and the one before it, if this week alone is HIGH (together some .6 % of quiet weeks are an alarm); fewer reports than
#: LEAST are none.
WEEKS, YEAR, RARE, RARE_PAIR, HIGH, LEAST = 520, 365.25 / 7, 0.0039, 0.0078, 0.1, 2
_ROUNDS, _STEPS = 4, 8


class Weeks(NamedTuple):
    """``mu`` (S, T) expected reports of each series and wanted week, ``phi`` (S,) variance / mean, ``unsure`` (S, T) variance of
    log mu."""

    mu: Floats
    phi: Floats
    unsure: Floats


def fit_weeks(counts: ArrayLike, wanted: ArrayLike) -> Weeks:
    """``counts`` (S, W) whole weeks of each series, the last one last week's; ``wanted`` (T,) weeks after them, 0 = this week."""
    y = np.asarray(counts, float)
    y = y[:, : y.shape[1] - LEFT_OUT_WEEKS][:, -WEEKS:]
    size = y.shape[1]
    x = _columns(np.arange(size), size)
    weight, phi = np.ones_like(y), np.ones(len(y))
    mean, square = np.ones_like(y), np.ones_like(y)
    beta = np.zeros((len(y), x.shape[1]))
    beta[:, 0] = np.log(y.mean(axis=1) + 0.5 / size)
    fitted = np.exp(beta @ x.T)
    for _ in range(_ROUNDS):
        beta = _solved(y, weight, x, beta)
        fitted = np.exp(beta @ x.T)
        mu = fitted / mean
        free = size - x.shape[1]
        phi = np.maximum((weight * (y - mu) ** 2 / mu).sum(axis=1) / square.sum(axis=1) * size / free, 1.0)
        alpha = np.maximum((phi - 1.0) / np.maximum(mu.mean(axis=1), 1e-6), 1e-6)
        nearest = np.abs(np.log(ALPHAS)[None] - np.log(alpha)[:, None]).argmin(axis=1)
        for a in np.unique(nearest):
            kept, mine = kept_at(float(ALPHAS[a])), nearest == a
            mean[mine], square[mine] = kept.mean_kept(mu[mine]), kept.square_kept(mu[mine])
        weight = weight_of(normal_score(y, mu, np.maximum(phi[:, None] - 1.0, 1e-6) / mu))
    new = _columns(size + LEFT_OUT_WEEKS + np.asarray(wanted, np.int64), size)
    plain = np.exp(np.clip(beta @ new.T, -20.0, 20.0))
    inverse = np.linalg.inv(_information(weight * fitted, x))
    unsure = phi[:, None] * np.einsum("tp,spq,tq->st", new, inverse, new)
    by_week = np.array([np.interp(v, np.sort(f), m[np.argsort(f)]) for v, f, m in zip(plain, fitted, mean, strict=True)])
    return Weeks(plain / by_week, phi, unsure)


def chance(seen: ArrayLike, expected: Weeks) -> Floats:
    """(S, T) probability of ``seen`` or more in each wanted week: negative binomial with variance phi mu + mu^2 unsure."""
    return nb_tails(seen, expected.mu, np.maximum((expected.phi[:, None] - 1.0) / expected.mu + expected.unsure, 1e-6))


def alarmed(seen: ArrayLike, expected: Weeks) -> Flags:
    """(S, T - 1) whether a week is an alarm, of all weeks of ``seen`` and ``expected`` (S, T) but the first: rare alone, or high
    and rare together with the week before.

    An outbreak seldom ends with the week in which it begins, and half of its cases may come in the next.
    """
    n = np.asarray(seen, float)
    alone = chance(n, expected)[:, 1:]
    both = n[:, 1:] + n[:, :-1]
    pair = chance(both, Weeks(expected.mu[:, 1:] + expected.mu[:, :-1], expected.phi, expected.unsure[:, 1:]))
    rare = (n[:, 1:] >= LEAST) & (alone <= RARE)
    return np.asarray(rare | ((both >= LEAST) & (alone <= HIGH) & (pair <= RARE_PAIR)), bool)


def _columns(weeks: Array, size: int) -> Floats:
    """(n, 6): 1, years, two harmonics of the year."""
    turn = 2 * np.pi * np.asarray(weeks, float) / YEAR
    return np.column_stack(
        [np.ones(len(turn)), (np.asarray(weeks, float) - size) / YEAR, *(f(k * turn) for k in (1, 2) for f in (np.sin, np.cos))]
    )


def _information(weight: Floats, x: Floats) -> Floats:
    """(S, p, p) from weights (S, n); a tiny ridge stabilises series with hardly any reports."""
    width = x.shape[1]
    flat = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    return np.asarray((weight @ flat).reshape(-1, width, width) + 1e-2 * np.eye(width), np.float64)


def _solved(y: Floats, weight: Floats, x: Floats, beta: Floats) -> Floats:
    """Coefficients with sum of weight (y - mu) x = 0, for all series at once (iteratively reweighted least squares)."""
    for _ in range(_STEPS):
        mu = np.exp(np.clip(beta @ x.T, -20.0, 20.0))
        step = np.linalg.solve(_information(weight * mu, x), ((weight * (y - mu)) @ x)[:, :, None])[:, :, 0]
        beta = beta + np.clip(step, -1.0, 1.0)
    return beta
