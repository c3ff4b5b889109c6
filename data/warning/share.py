"""How a day's reports come in: which share by which hour, and which share of them is in the facts by then."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from data.types.arrays import Floats

HOURS = 24
#: Kinds of profile in the facts (``data.facts.schema.HOUR_SHARE``).
WORKED, OFF, KNOWN = range(3)
#: A category's own profile stands beside so many reports of all categories'.
PRIOR = 200.0
#: Reports that reach the facts later than this are no matter of hours: nothing is then corrected.
LEAST_KNOWN = 0.5


def hour_shares(counts: ArrayLike) -> Floats:
    """(C, 24) of (C, 24) reports by category and hour: the share reported before 1, 2 ... 24 o'clock.

    A category with few reports leans on the profile of all; without any report at all the hours are alike.
    """
    n = np.asarray(counts, float)
    total = n.sum(axis=0)
    of_all = (total + 1.0) / (total + 1.0).sum()
    own = (n + PRIOR * of_all) / (n.sum(axis=1, keepdims=True) + PRIOR)
    out = np.cumsum(own, axis=1)
    return np.asarray(out / out[:, -1:], np.float64)


def known_shares(lags: ArrayLike) -> Floats:
    """(C, 25) of (C, 25) reports by category and the hours that they took to reach the facts (24 = a day or more): the share
    that is known 0, 1 ... 24 hours after the end of the hour they were reported in; the last is 1.

    All ones where half of a day's reports took longer than an hour: the stamps then tell of something else (a migration).
    """
    n = np.asarray(lags, float)
    total = n.sum(axis=0)
    if total.sum() < PRIOR or total[:2].sum() < LEAST_KNOWN * total.sum():
        return np.ones((len(n), HOURS + 1))
    of_all = total / total.sum()
    own = (n + PRIOR * of_all) / (n.sum(axis=1, keepdims=True) + PRIOR)
    out = np.cumsum(own, axis=1)
    # what took more than a day is late for every look: it is in no comparison
    return np.minimum(np.asarray(out / out[:, -2:-1], np.float64), 1.0)


def expected_share(shares: Floats, known: Floats, over: int) -> Floats:
    """(C, 24): which share of the day's reports should be in the facts by now, of those before 1, 2 ... 24 o'clock; ``over``
    of the day's hours are over now (more than 24: it is a later day)."""
    each = np.diff(np.concatenate([np.zeros((len(shares), 1)), shares], axis=1), axis=1)
    age = np.clip(over - 1 - np.arange(HOURS), 0, HOURS)
    return np.asarray(np.cumsum(each * known[:, age], axis=1), np.float64)
