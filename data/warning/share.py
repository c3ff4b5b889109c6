"""How a day's reports arrive: which share by which hour, and which share of them is in the facts by then."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from data.types.arrays import Floats

HOURS = 24
#: Kinds of profile in the facts (``data.facts.schema.HOUR_SHARE``).
WORKED, OFF, KNOWN = range(3)
#: Weight of the overall profile, in reports, when a category's own profile is smoothed towards it.
PRIOR = 200.0
#: If fewer reports than this share arrive within an hour, the delay is not one of hours: no correction is made.
LEAST_KNOWN = 0.5


def hour_shares(counts: ArrayLike) -> Floats:
    """(C, 24) of (C, 24) reports by category and hour: the share reported before 1, 2 ... 24 o'clock.

    A category with few reports is smoothed towards the overall profile; without any reports at all the hours are equal.
    """
    n = np.asarray(counts, float)
    total = n.sum(axis=0)
    of_all = (total + 1.0) / (total + 1.0).sum()
    own = (n + PRIOR * of_all) / (n.sum(axis=1, keepdims=True) + PRIOR)
    out = np.cumsum(own, axis=1)
    return np.asarray(out / out[:, -1:], np.float64)


def known_shares(lags: ArrayLike) -> Floats:
    """(C, 25) of (C, 25) reports by category and the hours they took to reach the facts (24 = a day or more): the share known
    0, 1 ... 24 hours after the end of the hour they were reported in; the last is 1.

    All ones where half of a day's reports took longer than an hour: the stamps then mean something else (a migration).
    """
    n = np.asarray(lags, float)
    total = n.sum(axis=0)
    if total.sum() < PRIOR or total[:2].sum() < LEAST_KNOWN * total.sum():
        return np.ones((len(n), HOURS + 1))
    of_all = total / total.sum()
    own = (n + PRIOR * of_all) / (n.sum(axis=1, keepdims=True) + PRIOR)
    out = np.cumsum(own, axis=1)
    # reports delayed by more than a day are missing at every evaluation: they are left out of all comparisons
    return np.minimum(np.asarray(out / out[:, -2:-1], np.float64), 1.0)


def expected_share(shares: Floats, known: Floats, over: int) -> Floats:
    """(C, 24): which share of the day's reports made before 1, 2 ... 24 o'clock should be in the facts by now; ``over`` of the
    day's hours are over now (more than 24: it is a later day)."""
    each = np.diff(np.concatenate([np.zeros((len(shares), 1)), shares], axis=1), axis=1)
    age = np.clip(over - 1 - np.arange(HOURS), 0, HOURS)
    return np.asarray(np.cumsum(each * known[:, age], axis=1), np.float64)
