"""Funnel plot of shares against their number of cases: limits of chance alone, widened if all groups scatter more.

Spiegelhalter, D. J. (2005), Funnel plots for comparing institutional performance, Statistics in Medicine 24, 1185-1202.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from data.types.arrays import Floats

#: 95 % and 99.8 % of a normal distribution lie within.
Z95, Z998 = 1.96, 3.09
#: With fewer groups, over-dispersion cannot be judged.
MIN_GROUPS = 5


def departures(hits: ArrayLike, cases: ArrayLike, p0: float) -> Floats:
    """(k,) standard deviations of chance by which each share departs from ``p0``; ``cases`` > 0, 0 < p0 < 1."""
    n = np.asarray(cases, float)
    return np.asarray((np.asarray(hits, float) / n - p0) / np.sqrt(p0 * (1 - p0) / n), float)


def overdispersion(z: Floats) -> float:
    """phi, the mean of z^2 winsorised at 10 % on each side; 1 unless it is clearly above (phi > 1 + 2 sqrt(2/k)).

    Limits are widened by sqrt(phi).  With fewer than five groups it is 1.
    """
    if len(z) < MIN_GROUPS:
        return 1.0
    cut = np.clip(z, *np.quantile(z, [0.1, 0.9]))
    phi = float(np.mean(cut**2))
    return phi if phi > 1 + 2 * np.sqrt(2 / len(z)) else 1.0
