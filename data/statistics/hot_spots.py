"""Which places stand out of what is expected of them: by themselves, or together with their neighbours.

Two families of one-sided tests, asked together: of each place the negative binomial's chance of so many or more (exact), and of
each place with its neighbours Gi* of the residuals, in which each weighs by what it can say.  How surprising the most surprising
of a city without any hot spot is, is simulated for that very city: a place is hot where Benjamini-Hochberg rejects at a level
that no more than one such city in twenty passes.
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

#: Share of cities without any hot spot in which one may be called all the same; of the simulated ones somewhat fewer, since
#: they know the dispersion, which a city's counts only let estimate.
FALSE, SIMULATED_FALSE = 0.05, 0.045
#: What the two families have of it: neighbourhoods, which are the question, and single places.
SHARES = np.array([0.85, 0.15])
#: A place and its neighbours are tested where at least so many are expected of them together.
MIN_NEAR = 5.0
#: Fewer than so many are never hot by themselves.
MIN_OWN = 3
#: Cities without a hot spot that are simulated for the level.
DRAWS, SEED = 1000, 20
#: The level is never so high (it is .04 to .12): a city of which nothing is rejected at this is judged without simulating any.
NEVER = 0.25
NOT, TOGETHER, ALONE = 0, 1, 2


class Found(NamedTuple):
    """``alpha`` (m,); ``gi`` z of Gi*, ``near_p`` and ``own_p`` its and the place's own one-sided chance, ``hot`` NOT, TOGETHER
    (its neighbourhood's test rejects) or ALONE (only its own does), each (m, n).  NaN: not tested."""

    alpha: Floats
    gi: Floats
    near_p: Floats
    own_p: Floats
    hot: Ints


def find(observed: Array, expected: Array, pairs: Array, draws: int = DRAWS) -> Found:
    """Of each row of counts (m, n) with their ``expected``; ``pairs`` (k, 2) are the neighbours, i < j.  A place of which nothing
    is expected, or it is not known, is no place at all; of fewer than ``spatial.MIN_PLACES`` none is tested."""
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
    """(m, n) of nothing that was tested."""
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
        # at which level Benjamini-Hochberg would reject anything in each simulated city: the lowest of them
        level = float(np.quantile(_simes(_quiet(e, alpha, near, tested, draws)), SIMULATED_FALSE))
    rejected = benjamini_hochberg(asked.ravel(), level).reshape(2, -1)
    return Found(np.array([alpha]), gi, p[0], p[1], np.where(rejected[0], TOGETHER, np.where(rejected[1], ALONE, NOT)))


def _weighed(near: csr_array, e: Floats, alpha: float) -> csr_array:
    """A neighbourhood in which a place weighs by sqrt(E / (1 + alpha E)): as much as a change of its rate shows in its residual,
    so that the sum finds a common one soonest."""
    from scipy.sparse import diags_array

    return (near @ diags_array(np.sqrt(e / (1 + alpha * e)))).tocsr()


def _asked(o: Array, e: Floats, p: Floats) -> Floats:
    """(2, ..., n) of the chances ``p`` of the families those that are compared, by the families' shares: none (1) where the place
    itself has no more than expected, or fewer than ``MIN_OWN``; NaN is not asked."""
    shares = SHARES.reshape(2, *[1] * (p.ndim - 1)) * len(SHARES)
    fit = np.stack([o > e, o >= MIN_OWN])
    return np.asarray(np.where(fit | np.isnan(p), p / shares, 1.0), np.float64)


def _quiet(e: Floats, alpha: float, near: csr_array, tested: Flags, draws: int) -> Floats:
    """(draws, k) the chances that are compared of cities without a hot spot, judged as the city is."""
    rng = np.random.default_rng(SEED)
    size = (draws, len(e))
    o = rng.poisson(e * rng.gamma(1 / alpha, alpha, size))
    # a count of a place comes again and again: each is worked out once
    keys, back = np.unique(o.astype(np.int64) * len(e) + np.arange(len(e)), return_inverse=True)
    count, place = keys // len(e), keys % len(e)
    mean, spread = overdispersed.moments(e, alpha)
    own_p, above = nb_tails(count, e[place], alpha), nb_tails(count + 1, e[place], alpha)
    values = overdispersed.scaled(own_p, above, mean[place], spread[place])[back].reshape(size)
    p = np.stack([np.where(tested, normal_tails(spatial.gistar(values, near)), np.nan), own_p[back].reshape(size)])
    asked = _asked(o, e, p)
    return np.concatenate([asked[0][:, tested], asked[1]], axis=1)


def _simes(p: Floats) -> Floats:
    """(draws,) the least level at which Benjamini-Hochberg rejects anything of (draws, k): min over j of p_(j) k / j."""
    return np.asarray((np.sort(p, axis=1) * p.shape[1] / np.arange(1, p.shape[1] + 1)).min(axis=1), np.float64)


def normal_tails(z: ArrayLike) -> Floats:
    """P(Z >= z) of each; NaN stays NaN."""
    from scipy.special import ndtr

    return np.asarray(ndtr(-np.asarray(z, float)), np.float64)
