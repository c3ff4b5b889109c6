"""Shares of small areas, shrunk towards the whole by how little each one says (global empirical Bayes).

Marshall, R. J. (1991), Mapping disease and mortality rates using empirical Bayes estimators, Applied Statistics 40.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Areas of one group are taken to differ by at least this part of their mean (standard deviation, chance left out).
LEAST_SPREAD = 0.25


def shrunken_share(hits: NDArray[np.int64], cases: NDArray[np.int64], group: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,) share in % of ``hits`` among ``cases`` per area, pulled towards the share of its ``group`` (0 ..).

    Per group, with m = sum hits / sum cases, raw share p and cases c of an area:
    v = sum c (p - m)^2 / sum c  -  m / mean c, but never below (LEAST_SPREAD m)^2: where the areas differ no more than
    by chance the estimate is 0 or negative, which would paint a village of 12 % like its town of 25 %;
    weight w = v / (v + m / c), answer m + w (p - m).
    A group's answer depends on nothing outside it: a village looks the same on the city's wall and on its town's.
    NaN where an area has no cases.  Worked: hits (0, 10), cases (10, 10): m = 0.5, v = 0.25 - 0.05 = 0.2,
    w = 0.2 / (0.2 + 0.05) = 0.8, so 10 % and 90 % instead of 0 % and 100 %.
    """
    share = np.full(len(cases), np.nan)
    known = cases > 0
    if not known.any():
        return share
    c, h, g = cases[known].astype(float), hits[known].astype(float), group[known]
    total = np.bincount(g, c)
    filled = np.maximum(total, 1)
    mean = (np.bincount(g, h) / filled)[g]
    spread = (np.bincount(g, c * (h / c - mean) ** 2) / filled)[g] - mean * (np.bincount(g) / filled)[g]
    spread = np.maximum(spread, (LEAST_SPREAD * mean) ** 2)
    noise = mean / c
    weight = np.divide(spread, spread + noise, out=np.zeros(len(c)), where=spread + noise > 0)
    share[known] = 100 * (mean + weight * (h / c - mean))
    return share
