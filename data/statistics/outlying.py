"""Cells whose share late exceeds what their case mix predicts: towns of a city, villages of it or of a town.

A cell's expectation is indirectly standardised: its cases due of each category and severity times the whole's share late of
those.  Cells also differ for unmeasured reasons, so the count late is beta-binomial around that: variance
n p (1 - p) (1 + (n - 1) rho), p its expected share.  The correlation rho within cells is estimated by moments from the cells
themselves, each square capped at ``CUT`` standard deviations, so that a few truly bad cells do not mask themselves; with few
cells, from all cells but the tested one.  The exact upper tail is converted to Student's with one degree of freedom fewer than
there are cells, because rho is an estimate, and Benjamini-Hochberg decides which are called.

Williams, D. A. (1982), Extra-binomial variation in logistic linear models, Applied Statistics 31, 144-148.
Spiegelhalter, D. J. (2005), Funnel plots for comparing institutional performance, Statistics in Medicine 24, 1185-1202.
Wallace, D. L. (1959), Bounds on normal approximations to Student's and the chi-square distributions, Ann. Math. Statist. 30,
1121-1130.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from data.statistics.distributions import normal_point, upper_tail
from data.statistics.ranking import benjamini_hochberg
from data.types.arrays import Flags, Floats, Ints

#: Share of cities without such a cell in which one may be called: .05, less what estimating rho and shares costs.
LEVEL = 0.045
#: A count is capped at this many of its standard deviations.
CUT = 2.5
#: Mean of such a capped square, by the skewness of the count (for a gamma distribution, Pearson's type III).
_SKEW = np.array([0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6])
_CUT_SQUARE = np.array([0.9776, 0.9722, 0.9569, 0.9348, 0.909, 0.8808, 0.8508, 0.7886, 0.7266, 0.6675, 0.5625, 0.4765, 0.4073])
#: Upper bound of rho; values up to LEAST are taken as none (NONE, since the tail's formulas do not allow rho = 0).
MOST, LEAST, NONE = 0.5, 1e-4, 1e-6
#: Up to this many cells, rho is estimated for each one from all others.
FEW_CELLS = 60
#: With fewer cells rho cannot be estimated: the largest value for which error rates were measured is assumed.
MIN_CELLS, ASSUMED = 5, 0.05
#: Fewer late cases than this never stand out.
MIN_LATE = 3


class Outlying(NamedTuple):
    """By cell (k,): ``expected`` cases late; ``rho`` the correlation used; ``p`` the probability of this many late or more (NaN:
    not tested); ``called``; ``excess`` in standard deviations, 0 where not called; ``least`` the smallest number of late cases
    that would have been called, NaN where not called."""

    expected: Floats
    rho: Floats
    p: Floats
    called: Flags
    excess: Floats
    least: Floats


def find(late: ArrayLike, due: ArrayLike, share: ArrayLike) -> Outlying:
    """For cells (k,) with ``late`` of their ``due`` cases, where the whole's shares predict ``share`` (0..1) for such a mix.

    The expectation is ``share`` times ``due``, scaled so that it sums to the late cases: a town's villages are compared with the
    town.  A cell without a case due, or of unknown share, is ignored.

    Worked: 20 cells of 50 due with a share of .1, 19 of them 5 late (as expected: rho 0) and one 20: 5.75 are expected of each.
    """
    o, n, e = np.asarray(late, float), np.asarray(due, float), np.asarray(due, float) * np.asarray(share, float)
    expected, rho, p, excess, least = (np.full(o.shape, v) for v in (np.nan, np.nan, np.nan, 0.0, np.nan))
    called = np.zeros(o.shape, bool)
    there = np.flatnonzero((n > 0) & (e > 0))
    o, n, e = o[there], n[there], e[there]
    if not len(there):
        return Outlying(expected, rho, p, called, excess, least)
    e = e * o.sum() / e.sum()
    expected[there] = e
    if len(there) < 2 or not 0 < o.sum() < n.sum():
        return Outlying(expected, rho, p, called, excess, least)
    e = np.minimum(e, 0.99 * n)
    few = len(o) < MIN_CELLS
    own = np.full(len(o), ASSUMED) if few else correlation(o, n, e)
    chance = np.ones(len(o))
    asked = np.flatnonzero((o > e) & (o >= MIN_LATE))
    freedom = 10**6 if few else len(o) - 1
    chance[asked] = student(tails(o[asked], n[asked], e[asked] / n[asked], own[asked]), freedom)
    found = benjamini_hochberg(chance, LEVEL)
    rho[there], p[there], called[there] = own, chance, found
    at = np.flatnonzero(found)
    if len(at):
        sd = np.sqrt(e[at] * (1 - e[at] / n[at]) * (1 + (n[at] - 1) * own[at]))
        excess[there[at]] = (o[at] - e[at]) / sd
        least[there[at]] = _least(o[at], n[at], e[at], own[at], freedom, LEVEL * len(at) / len(o))
    return Outlying(expected, rho, p, called, excess, least)


def correlation(o: Floats, n: Floats, e: Floats) -> Floats:
    """(k,) rho >= 0 for each cell: the value at which the capped squares of (O - E)^2 / variance sum to their mean; each is
    weighted by its information on rho, (n - 1) / (1 + (n - 1) rho).  One number for all cells, but with at most ``FEW_CELLS``
    cells each one's is that of the others."""
    k, p = len(o), e / n
    square = (o - e) ** 2 / (e * (1 - p)) * k / (k - 1)  # the expectations are scaled to sum to the observed
    others = ~np.eye(k, dtype=bool) if k <= FEW_CELLS else np.ones((1, k), bool)

    def more(rho: Floats) -> Flags:
        """Whether the squares exceed what such a correlation predicts."""
        r = rho[:, None]
        wide = 1 + (n - 1) * r
        skew = (1 - r + 2 * n * r) / (1 + r) * (1 - 2 * p) / np.sqrt(n * p * (1 - p) * wide)
        mean = np.interp(np.abs(skew), _SKEW, _CUT_SQUARE)
        return np.asarray(((np.minimum(square / wide, CUT**2) - mean) * ((n - 1) / wide) * others).sum(axis=1) > 0)

    low, high = np.full(len(others), LEAST), np.full(len(others), MOST)
    some, most = more(low), more(high)
    for _ in range(10 if some.any() else 0):
        middle = np.sqrt(low * high)
        above = more(middle)
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    rho = np.where(some, np.where(most, MOST, np.sqrt(low * high)), NONE)
    return np.asarray(np.broadcast_to(rho, k), np.float64)


def tails(count: Floats, n: Floats, p: Floats, rho: Floats) -> Floats:
    """(k,) P(X >= count) of a beta-binomial of ``n`` tries with mean n p and correlation ``rho``, all (k,); summed term by term
    in plain numpy, because the wall needs it at every tick.

    Worked: 3 tries at p = 1/2, rho = 1/3 (a = b = 1, all of 0 .. 3 alike): 1, 3/4, 1/2, 1/4.
    """
    a, b = p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho
    of, j = _ragged(n)
    none = np.bincount(of, np.log1p(-a[of] / (a[of] + b[of] + j)), len(n))  # log P(X = 0)
    of, j = _ragged(count)
    steps = np.log((n[of] - j) / (j + 1) * (a[of] + j) / (b[of] + n[of] - 1 - j))  # of log P(X = j + 1) / P(X = j)
    before = np.append(0.0, np.cumsum(steps))[:-1]
    start = np.append(before, 0.0)[(np.cumsum(count) - count).astype(np.int64)]
    below = np.bincount(of, np.exp(none[of] + before - start[of]), len(n))
    return np.clip(1 - below, 0.0, 1.0)


def _ragged(lengths: Floats) -> tuple[Ints, Floats]:
    """(owner, 0 .. length - 1) of each in turn."""
    whole = lengths.astype(np.int64)
    of = np.repeat(np.arange(len(whole)), whole)
    return of, np.arange(len(of)) - np.repeat(np.cumsum(whole) - whole, whole).astype(float)


def student(p: Floats, freedom: int) -> Floats:
    """(k,) normal tail probabilities converted to those of Student's t with ``freedom`` degrees of freedom, by Wallace's
    approximation; those above 1/2 unchanged."""
    z = np.array([normal_point(1 - max(float(v), 1e-15)) if v < 0.5 else 0.0 for v in p])
    near = (8 * freedom + 1) / (8 * freedom + 3) * np.sqrt(freedom * np.log1p(z**2 / freedom))
    return np.where(p < 0.5, upper_tail(near), p)


def _least(o: Floats, n: Floats, e: Floats, rho: Floats, freedom: int, level: float) -> Floats:
    """(k,) the smallest count, up to its own, with a probability of at most ``level``; found by bisection."""
    low, high = np.zeros(len(o)), o.copy()
    while (low < high).any():
        middle = np.floor((low + high) / 2)
        rare = student(tails(middle, n, e / n, rho), freedom) <= level
        low, high = np.where(rare, low, np.minimum(middle + 1, high)), np.where(rare, middle, high)
    return high
