"""The classical surveillance charts, implemented here: EARS C1 to C3, Poisson CUSUM, EWMA.

References: Hutwagner et al. 2003 (EARS); Lucas 1985 (CUSUM of counts); Montgomery, "Statistical Quality Control" (EWMA).
"""

from __future__ import annotations

from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from data.types.arrays import Floats

#: Days of an EARS baseline, and how many days before the current one C2 and C3 leave out.
EARS_DAYS, EARS_LAG = 7, 2


class Ears(NamedTuple):
    """``z`` standard deviations above the mean of the baseline; ``limit`` the count beyond which the day is an alarm."""

    z: float
    limit: float


def ears_c1(baseline: ArrayLike, today: float, limit: float = 3.0) -> Ears:
    """C1: ``today`` against the days of ``baseline`` (the seven before it), alarm above mean + ``limit`` sd.

    Worked (oracle O11): 10 12 9 11 10 13 12, today 20 -> z 6.364, limit 15.243.  z is infinite where all days are equal and
    today is above them.
    """
    days = np.asarray(baseline, float)
    mean, sd = float(days.mean()), float(days.std(ddof=1))
    gap = today - mean
    return Ears(gap / sd if sd > 0 else (np.inf if gap > 0 else 0.0), mean + limit * sd)


def ears_c2(counts: ArrayLike, limit: float = 3.0) -> Ears:
    """C2: the last of ``counts`` (10 days or more, by day) against the seven days before the two just before it."""
    days = np.asarray(counts, float)
    if len(days) < EARS_DAYS + EARS_LAG + 1:
        raise ValueError(f"C2 needs {EARS_DAYS + EARS_LAG + 1} days, not {len(days)}")
    end = len(days) - 1 - EARS_LAG
    return ears_c1(days[end - EARS_DAYS : end], float(days[-1]), limit)


def ears_c3(counts: ArrayLike) -> float:
    """C3: the sum over the last three days of the excess of their C2 over 1; alarm above 2.  ``counts``: 12 days or more."""
    days = np.asarray(counts, float)
    return float(sum(max(0.0, ears_c2(days[: len(days) - k]).z - 1.0) for k in range(3)))


def cusum_k(low: float, high: float) -> float:
    """The reference value of a Poisson CUSUM designed to detect a rise of the mean from ``low`` to ``high``."""
    return (high - low) / log(high / low)


def cusum(counts: ArrayLike, k: float) -> Floats:
    """(n,) S_t = max(0, S_(t-1) + x_t - k).  Worked (oracle O12): k 5.770780, 4 6 9 8 3 -> 0, .2292, 3.4584, 5.6877, 2.9169."""
    total, out = 0.0, []
    for x in np.asarray(counts, float):
        total = max(0.0, total + float(x) - k)
        out.append(total)
    return np.array(out, float)


def ewma(counts: ArrayLike, mean: float, weight: float = 0.2, limit: float = 3.0) -> tuple[Floats, Floats]:
    """(z, upper limit) by day, each (n,): z_t = weight x_t + (1 - weight) z_(t-1) from ``mean``, Poisson sd sqrt(mean)."""
    value, out = mean, []
    for x in np.asarray(counts, float):
        value = weight * float(x) + (1.0 - weight) * value
        out.append(value)
    t = np.arange(1, len(out) + 1)
    width = limit * np.sqrt(mean * weight / (2.0 - weight) * (1.0 - (1.0 - weight) ** (2 * t)))
    return np.array(out, float), np.asarray(mean + width, float)
