"""Decomposition of a difference of two shares by class, without a residual (Kitagawa 1955; Oaxaca-Blinder in economics)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from data.types.arrays import Floats


def kitagawa(cases: ArrayLike, hits: ArrayLike, whole_cases: ArrayLike, whole_hits: ArrayLike) -> tuple[Floats, Floats]:
    """(mix, within), each (k,): by class, how much of the difference in the share of hits from the whole's is due to having more
    or fewer of its cases, and how much to a different share of hits among them.  Together they sum to the difference.

    With w the class's fraction of the cases and r its share of hits: mix = (w - w0) (mean of r and r0 - mean of both totals),
    within = (mean of w and w0) (r - r0).  Subtracting the mean of both totals changes no sum; it makes more cases of a class that
    is better than average count as good.  A class without cases on one side gets the other's share.  Needs cases on both sides.

    Worked: 2 of 10 and 6 of 10 beside 10 of 50 and 20 of 50: share .4 to .3; w equal, so mix 0; within .5 x 0 and .5 x .2 = .1.
    """
    n, o, n0, o0 = (np.asarray(v, float) for v in (cases, hits, whole_cases, whole_hits))
    total, total0 = n.sum(), n0.sum()
    if not (total > 0 and total0 > 0):
        raise ValueError("a difference of shares needs cases on both sides")
    r = np.divide(o, n, out=np.zeros(len(n)), where=n > 0)
    r0 = np.divide(o0, n0, out=np.zeros(len(n)), where=n0 > 0)
    r, r0 = np.where(n > 0, r, r0), np.where(n0 > 0, r0, r)
    w, w0 = n / total, n0 / total0
    centre = (o.sum() / total + o0.sum() / total0) / 2
    return (w - w0) * ((r + r0) / 2 - centre), (w + w0) / 2 * (r - r0)
