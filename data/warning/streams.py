"""The monitored streams: each town's reports of a category, those of a town and its neighbours together, and the city's.

A surge that spreads over neighbouring towns is weak in each and strong in their sum.  All streams share one budget of false
alarms; each stream's part of it (its prior) is proportional to its expected reports.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from data.types.arrays import Flags, Floats, Ints

TOWN, RING, CITY = range(3)
#: Extent of a stream.
REACHES = ("town", "ring", "city")
#: Share of the prior of each kind of stream.
SHARES = (0.6, 0.25, 0.15)


class Reach(NamedTuple):
    """K sets of A areas: ``member`` (K, A); ``kind`` (K,) TOWN, RING or CITY; ``centre`` (K,) the area it is named after (-1: the
    city).  The first A are the areas themselves.  No set occurs twice."""

    member: Flags
    kind: Ints
    centre: Ints

    @property
    def overlap(self) -> Flags:
        """(K, K) whether two have an area in common."""
        own = self.member.astype(np.int64)
        return np.asarray(own @ own.T > 0)


def reach_of(areas: int, pairs: ArrayLike) -> Reach:
    """``pairs`` (n, 2) positions of neighbouring areas.  An area without neighbours has no ring; the city includes all."""
    near = np.eye(areas, dtype=bool)
    i, j = np.asarray(pairs, np.int64).reshape(-1, 2).T
    near[i, j] = near[j, i] = True
    sets = np.concatenate([np.eye(areas, dtype=bool), near, np.ones((1, areas), bool)])
    kind = np.repeat([TOWN, RING, CITY], [areas, areas, 1])
    centre = np.concatenate([np.arange(areas), np.arange(areas), [-1]])
    seen: dict[bytes, int] = {}
    kept = []
    for at in [*range(areas), 2 * areas, *range(areas, 2 * areas)]:  # a ring of all towns is the city
        if seen.setdefault(sets[at].tobytes(), at) == at:
            kept.append(at)
    kept.sort()
    return Reach(sets[kept], kind[kept], centre[kept])


def pairs_of(area: ArrayLike, neighbours: ArrayLike) -> Ints:
    """(n, 2): the pairs of cells (k, 2) that are both among ``area`` (A,), as positions in it; -1 is no cell."""
    known = np.asarray(area, np.int64)
    cells = np.asarray(neighbours, np.int64).reshape(-1, 2)
    where = np.full(int(max(known.max(initial=0), cells.max(initial=0))) + 2, -1, np.int64)
    where[known[known >= 0]] = np.flatnonzero(known >= 0)
    pairs = where[cells]
    return np.asarray(pairs[(pairs >= 0).all(axis=1)], np.int64)


def pooled(values: ArrayLike, reach: Reach) -> Floats:
    """(..., K, C) from (..., A, C): summed over each set's areas."""
    return np.asarray(np.einsum("ka,...ac->...kc", reach.member.astype(float), np.asarray(values, float)), np.float64)


def pooled_alpha(mean: ArrayLike, alpha: ArrayLike, shared: ArrayLike, reach: Reach) -> Floats:
    """(..., K, C) dispersion of each set's sum: towns of a category share the part ``shared`` (C,) of their dispersion ``alpha``
    (a busy day is busy everywhere), the rest is each town's own."""
    m, a = np.asarray(mean, float), np.asarray(alpha, float)
    common = np.minimum(np.asarray(shared, float), a)
    total = np.maximum(pooled(m, reach), 1e-12)
    own = pooled((a - common) * m**2, reach) / total**2
    return np.asarray(np.maximum(own + pooled(common * m, reach) / total, 1e-4), np.float64)


def log_prior(mean: ArrayLike, reach: Reach, watched: ArrayLike) -> Floats:
    """(K, C) log of each stream's prior; -inf where it is not ``watched`` (K, C).

    ``mean`` (K, C) reports a day.  The whole prior is 1: each kind's part is split in proportion to the expected reports; the
    part of a kind that does not exist is given to the others.
    """
    m = np.where(np.asarray(watched, bool), np.asarray(mean, float), 0.0)
    out = np.zeros_like(m)
    for kind, share in enumerate(SHARES):
        mine = reach.kind == kind
        total = m[mine].sum()
        if total > 0:
            out[mine] = share * m[mine] / total
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(out / max(out.sum(), 1e-12)), np.float64)
