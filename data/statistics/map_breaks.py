"""Breaks between the classes of a map: round numbers that rarely change, and none that no value can reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

#: Odds of a class's lower end, as multiples of the odds of the overall share: the amber class begins at the fourth.
ODDS = (0.48, 0.75, 1.03, 1.44, 2.13)
_QUANTILES = (0.3, 0.6, 0.8, 0.95)
_STEPS = np.array([1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10])


def share_breaks(share: float) -> tuple[float, ...]:
    """At most five rising breaks (%) around the overall ``share`` (%), all above 0 and below 100; () if it is 0, 100 or unknown.

    Multiples are taken of the odds, not of the share: twice 60 % is a share that no place can reach.  Rounded to whole
    percentages from 5 to 95, outside these to halves, and to tenths within 2 of either end.
    Worked: 11.7 % has the odds .1325; times .48, .75, 1.03, 1.44 and 2.13 that is 6.0, 9.0, 12.0, 16.0 and 22.0 %.
    """
    if not 0 < share < 100:
        return ()
    odds = share / (100 - share)
    found: list[float] = []
    for times in ODDS:
        near = _near(100 * odds * times / (1 + odds * times))
        if 0 < near < 100 and (not found or near > found[-1]):
            found.append(near)
    return tuple(found)


def _near(value: float) -> float:
    end = min(value, 100 - value)
    step = 1 if end >= 5 else 2 if end >= 2 else 10
    return float(np.floor(value * step + 0.5) / step)


def count_breaks(values: ArrayLike, digits: int) -> tuple[float, ...]:
    """At most four rising breaks near the 30th, 60th, 80th and 95th percentile, rounded so that they rarely change.

    ``digits`` after the point, as values are printed: 0 for counts, whose breaks begin at 1.  Equal breaks are merged; no values
    give no breaks.
    """
    held = np.asarray(values, float)
    if not len(held):
        return ()
    found: list[float] = []
    for q in np.quantile(held, _QUANTILES).tolist():
        if q <= 0:
            continue
        scale = 10.0 ** np.floor(np.log10(q))
        near = float(_STEPS[np.argmin(np.abs(_STEPS - q / scale))] * scale)
        rounded = max(round(near, digits), 10.0**-digits)
        if not found or rounded > found[-1]:
            found.append(rounded)
    return tuple(found)
