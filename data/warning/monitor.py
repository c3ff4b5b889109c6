"""Evaluate the day while it runs: at each full hour, which streams stand out, and which of them form one alarm.

A stream (``data.warning.streams``) is on from the evaluation at which its strength reaches the threshold until it has fallen
``DROP`` below it, across midnight too.  Streams of a category that share a town and are on together are one alarm: it is named
after the strongest of them and reported once.  The threshold comes from the budget of false alarms (``data.warning.budget``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from data.statistics.distributions import nb_points
from data.types.arrays import Array, Flags, Floats, Ints
from data.warning.evidence import HOURS

#: A warning is over once its odds have fallen to a third of what is needed to start one.
DROP = float(np.log(3.0))
#: Quantiles of the expected band: 95 %.
LOW, HIGH = 0.025, 0.975
QUIET, PART, NEW, CONTINUING, OVER = range(5)
#: State of a stream: as expected; part of a warning named after another one; a warning since the newest evaluation; since an
#: earlier one; over.
STATUSES = ("quiet", "part", "new", "continuing", "over")


class Look(NamedTuple):
    """After an evaluation of cities of K x C streams (one, or many simulated ones, Q of any shape): ``on`` and ``began`` (Q, K,
    C) the evaluation that each one's alarm began at (-1: none); ``new`` (Q) how many alarms began at this evaluation."""

    on: Flags
    began: Ints
    new: Ints


class Standing(NamedTuple):
    """At the last evaluation, of K x C streams: ``status``, and ``since`` the evaluation that the alarm began at (-1: none)."""

    status: Ints
    since: Ints


def walk(strength: ArrayLike, ready: Array, threshold: ArrayLike, overlap: ArrayLike) -> Iterator[Look]:
    """One Look per evaluation: ``strength`` (L, Q, K, C) log odds, ``ready`` (L, Q, K, C) whether an alarm may begin,
    ``threshold`` one, or (Q); ``overlap`` (K, K) which streams have an area in common."""
    x, touch = np.asarray(strength), np.asarray(overlap, bool)
    least = np.asarray(threshold, float)[..., None, None]
    on, began = np.zeros(x.shape[1:], bool), np.full(x.shape[1:], -1, np.int64)
    for i in range(len(x)):
        visits = (on & (x[i] >= least - DROP)) | ((x[i] >= least) & ready[i])
        fresh = visits & ~on
        new = np.zeros(x.shape[1:-2], np.int64)
        since = np.where(visits, began, -1)
        at = np.nonzero(fresh)
        told: dict[tuple[int, ...], list[int]] = {}
        for j in np.argsort(-x[i][at], kind="stable").tolist():
            *q, k, c = (int(v[j]) for v in at)
            here: tuple[int | slice, ...] = (*q, slice(None), c)
            held = on[here] & touch[k]
            if held.any():  # it joins an alarm already reported
                since[(*q, k, c)] = began[here][held].min()
                continue
            since[(*q, k, c)] = i
            own = told.setdefault((*q, c), [])
            if not touch[k, own].any():
                own.append(k)
                new[tuple(q)] += 1
        on, began = visits, since
        yield Look(on, began, new)


def standing(strength: ArrayLike, ready: ArrayLike, still: ArrayLike, threshold: float, overlap: ArrayLike) -> Standing:
    """State of one city's streams after the last evaluation; ``strength``, ``ready`` and ``still`` (L, K, C).

    A warning of a day or more whose last 24 hours are as expected is over, even if its odds, which remember days, are still high;
    if it rises again it is the same warning.
    """
    x, touch = np.asarray(strength, float), np.asarray(overlap, bool)
    shape = x.shape[1:]
    on, before, ever, began = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, bool), np.full(shape, -1, np.int64)
    for look in walk(x, np.asarray(ready, bool), threshold, touch):
        before, on, began = on, look.on, look.began
        ever |= on
    status, since = np.where(ever, OVER, QUIET), np.full(shape, -1, np.int64)
    up = on & (np.asarray(still, bool)[-1] | (began > len(x) - 1 - HOURS))
    for c in np.flatnonzero(up.any(axis=0)).tolist():
        left = up[:, c].copy()
        status[left, c] = PART
        while left.any():
            top = int(np.where(left, x[-1, :, c], -np.inf).argmax())
            status[top, c] = CONTINUING if (before[:, c] & touch[top]).any() else NEW
            since[top, c] = began[on[:, c] & touch[top], c].min()
            left &= ~touch[top]
    return Standing(status, since)


def band(mean: Floats, alpha: Floats) -> tuple[Ints, Ints]:
    """(low, high) of 95 % of the counts: at most 2.5 % are below, at most 2.5 % above."""
    m, a = np.maximum(mean, 1e-9), np.maximum(alpha, 1e-9)
    return nb_points(LOW, m, a), nb_points(HIGH, m, a)
