"""Observed against expected: each group compared with what the whole's shares predict for its own mix (indirect standardisation).

Expected hits of a group = sum over strata of (its cases in the stratum) x (share of hits of the whole in that stratum), so that a
group with hard cases is not blamed for them.  The standard is taken as fixed: intervals cover the observed count alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.statistics.distributions import poisson_limits
from data.statistics.empirical_bayes import empirical_bayes, moments
from data.types.arrays import Floats, Ints

#: Groups are assumed to differ by at least this fraction of their mean (standard deviation, beyond chance): with no spread at all
#: they would all be equal, and their order arbitrary.
LEAST_SPREAD = 0.1


class Mix(NamedTuple):
    """By group (k,): ``cases``, ``hits`` and ``expected`` hits; ``own`` 0..1, the fraction of the group's standard that its own
    cases make up (1: it is only compared with itself; NaN without cases)."""

    cases: Ints
    hits: Ints
    expected: Floats
    own: Floats


def shares(stratum: Ints, cases: Ints, hits: Ints, strata: int) -> tuple[Floats, Floats]:
    """(cases, share of hits), each (strata,), of the whole; the share is 0 where there is no case."""
    n = np.bincount(stratum, cases, strata).astype(float)
    return n, np.divide(np.bincount(stratum, hits, strata), n, out=np.zeros(strata), where=n > 0)


def mix(group: Ints, stratum: Ints, cases: Ints, hits: Ints, standard: tuple[Floats, Floats], groups: int) -> Mix:
    """Cells (m,) of ``cases`` and ``hits`` by group (0 .. groups-1) and stratum, compared with the ``standard`` of ``shares``.

    Worked: whole: stratum a 8 of 20, b 1 of 10; a group with 10 a and 5 b is expected 10 x .4 + 5 x .1 = 4.5.
    """
    whole_n, share = standard
    # a cell may span several rows (its towns): its fraction of the standard is that of all of them together
    cell, at = np.unique(group * len(share) + stratum, return_inverse=True)
    group, stratum = cell // len(share), cell % len(share)
    cases, hits = (np.bincount(at, v, len(cell)).astype(np.int64) for v in (cases, hits))
    p = share[stratum]

    def total(weight: NDArray[np.generic]) -> Floats:
        return np.asarray(np.bincount(group, weight, groups), float)

    n, o, e = total(cases), total(hits), total(cases * p)
    weight = np.divide(cases, whole_n[stratum], out=np.zeros(len(cases)), where=whole_n[stratum] > 0)
    own = np.divide(total(cases * np.minimum(weight, 1.0)), n, out=np.full(groups, np.nan), where=n > 0)
    return Mix(n.astype(np.int64), o.astype(np.int64), e, own)


def ratio(observed: NDArray[np.generic], expected: Floats) -> tuple[Floats, Floats, Floats]:
    """(O/E, low, high), each (k,), with the exact Poisson 95 % interval of O; NaN where the expectation is 0.

    Worked (oracle oe): 22 / 25 = .88, .5515 to 1.3323; 9 / 7.5 = 1.2, .5487 to 2.2780.
    """
    e = np.where(expected > 0, expected, np.nan)
    low, high = poisson_limits(observed)
    return np.asarray(observed, float) / e, low / e, high / e


def shrunken(observed: NDArray[np.generic], expected: Floats) -> Floats:
    """(k,) O/E shrunk towards the ratio of all groups together the more, the less data each has (Marshall)."""
    return empirical_bayes(observed, np.where(expected > 0, expected, np.nan), None, LEAST_SPREAD)


def posterior(observed: NDArray[np.generic], expected: Floats, times: int, seed: int) -> Floats:
    """(times, k) posterior draws of the groups' true ratios; NaN where the expectation is 0.

    O is Poisson with mean (true ratio) x E, and the true ratios come from a gamma distribution of mean m and variance A, the
    moments of ``shrunken`` (whose result is the mean of these draws): Gamma(m^2/A + O, m/A + E).  Redrawing cases and shrinking
    each drawn city again would apply the shrinkage twice: its ranks were right in .57 to .94 of small groups, these are in
    .95 (``calibration.rank_coverage``).
    """
    e = np.where(expected > 0, expected, np.nan)
    known = ~np.isnan(e)
    out = np.full((times, len(e)), np.nan)
    if known.any():
        o = np.asarray(observed, float)[known]
        mean, spread = moments(o, e[known], LEAST_SPREAD)
        if mean > 0:
            shape, rate = mean * mean / spread + o, mean / spread + e[known]
            out[:, known] = np.random.default_rng(seed).gamma(shape, 1.0 / rate, (times, len(o)))
        else:  # no group had any
            out[:, known] = 0.0
    return out
