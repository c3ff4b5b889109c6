"""Rates of small areas, shrunk towards the overall rate the more, the less data they have (global empirical Bayes).

Marshall, R. J. (1991), Mapping disease and mortality rates using empirical Bayes estimators, Applied Statistics 40, 283-294.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from data.types.arrays import Floats, Ints

#: Areas of one group are assumed to differ by at least this fraction of their mean (standard deviation, beyond chance).
LEAST_SPREAD = 0.25


def empirical_bayes(observed: ArrayLike, exposure: ArrayLike, group: Ints | None = None, least: float = 0.0) -> Floats:
    """(n,) rates observed / exposure, shrunk towards the mean of their ``group`` (0 ..; None: one group).

    Per group m = sum O / sum e; s2 = sum e (r - m)^2 / sum e; A = s2 - m / mean e, but never below (``least`` m)^2, nor 0 (it
    comes out negative if places differ no more than by chance); weight w = A / (A + m / e); result m + w (r - m).
    A group's result depends on nothing outside it.  NaN where the exposure is unknown or 0; such a place is ignored.
    Worked (oracle eb): O (1, 30, 4, 9), e (20, 100, 100, 180): m .11, A .01095; .0701, .2827, .0464, .0532.
    """
    o, e = np.asarray(observed, float), np.asarray(exposure, float)
    known = (e > 0) & ~np.isnan(o)
    out = np.full(o.shape, np.nan)
    if not known.any():
        return out
    held, at_risk = o[known], e[known]
    of = np.zeros(len(held), np.int64) if group is None else group[known]
    mean, spread = (v[of] for v in _moments(held, at_risk, of, least))
    rate = held / at_risk
    noise = mean / at_risk
    weight = np.divide(spread, spread + noise, out=np.zeros(len(rate)), where=spread + noise > 0)
    out[known] = mean + weight * (rate - mean)
    return out


def _moments(observed: Floats, exposure: Floats, group: Ints, least: float) -> tuple[Floats, Floats]:
    """(m, A), each by group; every place must have an exposure."""
    total = np.maximum(np.bincount(group, exposure), np.finfo(float).tiny)
    mean = np.bincount(group, observed) / total
    spread = np.bincount(group, exposure * (observed / exposure - mean[group]) ** 2) / total - mean * np.bincount(group) / total
    return mean, np.maximum(spread, (least * mean) ** 2)


def moments(observed: Floats, exposure: Floats, least: float = 0.0) -> tuple[float, float]:
    """(m, A) of ``empirical_bayes`` where all places are one group and every one has an exposure."""
    mean, spread = _moments(observed, exposure, np.zeros(len(observed), np.int64), least)
    return float(mean[0]), float(spread[0])


def shrunken_share(hits: ArrayLike, cases: ArrayLike, group: Ints) -> Floats:
    """(n,) share in % of ``hits`` among ``cases`` per area, shrunk towards the share of its ``group`` (0 ..).

    Areas are assumed to differ by at least ``LEAST_SPREAD`` of their mean: if they differ no more than by chance, the estimate
    is 0 or negative, which would paint a village of 12 % like its town of 25 %.  A village looks the same on the city's wall
    and on its town's.
    NaN where an area has no cases.  Worked: hits (0, 10), cases (10, 10): m = 0.5, v = 0.25 - 0.05 = 0.2,
    w = 0.2 / (0.2 + 0.05) = 0.8, so 10 % and 90 % instead of 0 % and 100 %.
    """
    return 100 * empirical_bayes(hits, cases, group, LEAST_SPREAD)


def beta_prior(hits: ArrayLike, cases: ArrayLike) -> tuple[float, float]:
    """(a, b) of the beta distribution of the groups' shares, by moments (Kleinman 1973, weights = cases).

    With p the overall share, S = sum n (r - p)^2 and N = sum n, the variance of the true shares is
    v = (S - p (1 - p) (k - 1)) / sum (n - 1)(1 - n / N); a + b = p (1 - p) / v - 1, limited to 1 .. N (v comes out negative
    if groups differ no more than by chance).  (nan, nan) without cases.
    """
    o, n = np.asarray(hits, float), np.asarray(cases, float)
    o, n = o[n > 0], n[n > 0]
    total = float(n.sum())
    if not total:
        return float("nan"), float("nan")
    p = float(o.sum()) / total
    scatter = float((n * (o / n - p) ** 2).sum()) - p * (1 - p) * (len(n) - 1)
    weight = float(((n - 1) * (1 - n / total)).sum())
    v = scatter / weight if weight > 0 else 0.0
    strength = min(max(p * (1 - p) / v - 1, 1.0), total) if v > 0 else total
    return p * strength, (1 - p) * strength


def beta_shrunken(hits: ArrayLike, cases: ArrayLike, prior: tuple[float, float]) -> Floats:
    """(k,) shares (0..1), shrunk towards the prior's mean: (a + hits) / (a + b + cases); NaN without a prior.

    Worked (oracle beta_shrink): prior (18, 2): 5 of 5 gives .92, 190 of 200 gives .945454.
    """
    a, b = prior
    return np.asarray((a + np.asarray(hits, float)) / (a + b + np.asarray(cases, float)), np.float64)
