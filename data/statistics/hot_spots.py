"""Which places exceed their expectation: by themselves, or together with their neighbours.

Two families of one-sided tests, combined: for each place the exact negative-binomial probability of its count or more, and for
each place with its neighbours Gi* of the residuals, each weighted by its information.  The distribution of the smallest p-value
in a city without any hot spot is simulated for this very city: a place is hot if Benjamini-Hochberg rejects at a level that at
most one such city in twenty passes.
Simes, R. J. (1986), An improved Bonferroni procedure for multiple tests of significance, Biometrika 73, 751-754.
Genovese, C., Roeder, K. and Wasserman, L. (2006), False discovery control with p-value weighting, Biometrika 93, 509-524.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from data.statistics import overdispersed, spatial
from data.statistics.distributions import nb_tails
from data.statistics.ranking import benjamini_hochberg
from data.types.arrays import Array, Flags, Floats, Ints

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Share of cities without any hot spot in which one may still be called; for the simulated ones somewhat less, since they know
#: the dispersion, which must be estimated for a real city.
FALSE, SIMULATED_FALSE = 0.05, 0.045
#: Split of that share between the two families: neighbourhoods, the main question, and single places.
SHARES = np.array([0.85, 0.15])
#: A place and its neighbours are tested if at least this many are expected of them together.
MIN_NEAR = 5.0
#: Fewer than this are never hot by themselves.
MIN_OWN = 3
#: Cities without a hot spot simulated to find the level.
DRAWS, SEED = 1000, 20
#: Upper bound of the level (it is .04 to .12): a city where nothing is rejected at this is judged without simulation.
NEVER = 0.25
NOT, TOGETHER, ALONE = 0, 1, 2


class Found(NamedTuple):
    """``alpha`` (m,); ``gi`` z of Gi*, ``near_p`` and ``own_p`` the one-sided p-values of Gi* and of the place itself, ``hot``
    NOT, TOGETHER (its neighbourhood's test rejects) or ALONE (only its own does), each (m, n).  NaN: not tested."""

    alpha: Floats
    gi: Floats
    near_p: Floats
    own_p: Floats
    hot: Ints


def find(observed: Array, expected: Array, pairs: Array, draws: int = DRAWS) -> Found:
    """For each row of counts (m, n) with their ``expected``; ``pairs`` (k, 2) are the neighbours, i < j.  A place with an
    expectation of 0 or NaN is ignored; with fewer than ``spatial.MIN_PLACES`` none is tested."""
    found = nothing(np.shape(observed))
    for i, (o, e) in enumerate(zip(np.asarray(observed, float), np.asarray(expected, float), strict=True)):
        there = e > 0
        if there.sum() >= spatial.MIN_PLACES:
            own = _find(o[there], e[there], spatial.membership(there, pairs), draws)
            found.alpha[i] = own.alpha[0]
            for whole, part in zip(found[1:], own[1:], strict=True):
                whole[i, there] = part
    return found


def nothing(shape: tuple[int, ...]) -> Found:
    """(m, n) results with nothing tested."""
    gi, near_p, own_p = (np.full(shape, np.nan) for _ in range(3))
    return Found(np.full(shape[0], np.nan), gi, near_p, own_p, np.full(shape, NOT, np.int64))


def _find(o: Floats, e: Floats, near: csr_array, draws: int) -> Found:
    alpha = max(overdispersed.dispersion(o, e), overdispersed.NONE)
    tested = (near @ e >= MIN_NEAR) & (near.sum(axis=1) > 1)
    near = _weighed(near, e, alpha)
    gi = np.where(tested, spatial.gistar(overdispersed.residuals(o, e, alpha)[None, :], near)[0], np.nan)
    p = np.stack([normal_tails(gi), nb_tails(o, e, alpha)])
    asked = _asked(o, e, p)
    level = 0.0
    if _simes(asked[~np.isnan(asked)][None, :])[0] <= NEVER:
        # the lowest level at which Benjamini-Hochberg would reject anything, for each simulated city
        level = float(np.quantile(_simes(_quiet(e, alpha, near, tested, draws)), SIMULATED_FALSE))
    rejected = benjamini_hochberg(asked.ravel(), level).reshape(2, -1)
    return Found(np.array([alpha]), gi, p[0], p[1], np.where(rejected[0], TOGETHER, np.where(rejected[1], ALONE, NOT)))


def _weighed(near: csr_array, e: Floats, alpha: float) -> csr_array:
    """Neighbourhoods in which a place weighs sqrt(E / (1 + alpha E)): as much as a change of its rate shows in its residual, so
    that the sum detects a common change soonest."""
    from scipy.sparse import diags_array

    return (near @ diags_array(np.sqrt(e / (1 + alpha * e)))).tocsr()


def _asked(o: Array, e: Floats, p: Floats) -> Floats:
    """(2, ..., n) p-values ``p`` of the two families as compared, scaled by the families' shares: 1 where the place itself does
    not exceed its expectation, or has fewer than ``MIN_OWN``; NaN is not tested."""
    shares = SHARES.reshape(2, *[1] * (p.ndim - 1)) * len(SHARES)
    fit = np.stack([o > e, o >= MIN_OWN])
    return np.asarray(np.where(fit | np.isnan(p), p / shares, 1.0), np.float64)


def _quiet(e: Floats, alpha: float, near: csr_array, tested: Flags, draws: int) -> Floats:
    """(draws, k) p-values as compared, for cities without a hot spot, judged in the same way as the city."""
    rng = np.random.default_rng(SEED)
    size = (draws, len(e))
    o = rng.poisson(e * rng.gamma(1 / alpha, alpha, size))
    # the same count of a place recurs often: each is computed once
    keys, back = np.unique(o.astype(np.int64) * len(e) + np.arange(len(e)), return_inverse=True)
    count, place = keys // len(e), keys % len(e)
    mean, spread = overdispersed.moments(e, alpha)
    own_p, above = nb_tails(count, e[place], alpha), nb_tails(count + 1, e[place], alpha)
    values = overdispersed.scaled(own_p, above, mean[place], spread[place])[back].reshape(size)
    p = np.stack([np.where(tested, normal_tails(spatial.gistar(values, near)), np.nan), own_p[back].reshape(size)])
    asked = _asked(o, e, p)
    return np.concatenate([asked[0][:, tested], asked[1]], axis=1)


def _simes(p: Floats) -> Floats:
    """(draws,) the lowest level at which Benjamini-Hochberg rejects anything of (draws, k): min over j of p_(j) k / j."""
    return np.asarray((np.sort(p, axis=1) * p.shape[1] / np.arange(1, p.shape[1] + 1)).min(axis=1), np.float64)


def normal_tails(z: ArrayLike) -> Floats:
    """P(Z >= z) of each; NaN stays NaN."""
    from scipy.special import ndtr

    return np.asarray(ndtr(-np.asarray(z, float)), np.float64)
