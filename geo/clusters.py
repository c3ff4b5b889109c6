"""Clusters the cells of a planar partition: compact, connected, non-empty groups, and proportional counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def sharing_edges(rings: list[list[int]]) -> tuple[Ints, Ints]:
    """Pairs of cells that share an edge, each pair once."""
    owner = np.repeat(np.arange(len(rings)), [len(r) for r in rings])
    a = np.concatenate([np.asarray(r) for r in rings])
    b = np.concatenate([np.roll(np.asarray(r), -1) for r in rings])
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((owner, high, low))
    low, high, owner = low[order], high[order], owner[order]
    same = (low[1:] == low[:-1]) & (high[1:] == high[:-1])
    return owner[:-1][same], owner[1:][same]


def cluster(points: Floats, k: int, rng: np.random.Generator) -> Ints:
    """k compact, non-empty groups of the points."""
    centres = points[rng.choice(len(points), k, replace=False)]
    group = np.zeros(len(points), np.int64)
    for _ in range(12):
        group = np.asarray(cKDTree(centres).query(points)[1], np.int64)
        centres = means(group, points, centres)
    for empty in np.flatnonzero(np.bincount(group, minlength=k) == 0):
        group[np.flatnonzero(group == np.bincount(group, minlength=k).argmax())[0]] = empty
    return group


def means(group: Ints, points: Floats, before: Floats) -> Floats:
    """The mean point of each group; a group without points keeps its previous one."""
    weight = np.bincount(group, minlength=len(before))
    total = np.stack([np.bincount(group, points[:, d], len(before)) for d in (0, 1)], axis=1)
    return np.asarray(np.where((weight > 0)[:, None], total / np.maximum(weight, 1)[:, None], before))


def settle(group: Ints, near: tuple[Ints, Ints], k: int, within: Ints | None = None) -> Ints:
    """Move cells that are cut off from their group's main part to a neighbouring group (of the same ``within``)."""
    group = group.copy()
    a, b = near
    for _ in range(20):
        same = group[a] == group[b]
        n = len(group)
        graph = coo_array((np.ones(int(same.sum())), (a[same], b[same])), shape=(n, n))
        part = connected_components(graph, directed=False)[1]
        size = np.bincount(part)
        main = np.full(k, -1, np.int64)
        for p in np.argsort(size, kind="stable"):
            main[group[np.flatnonzero(part == p)[0]]] = p
        stray = np.flatnonzero(part != main[group])
        if not len(stray):
            break
        for i in stray:
            beside = np.concatenate([b[a == i], a[b == i]])
            beside = beside[group[beside] != group[i]]
            if within is not None:
                beside = beside[within[beside] == within[i]]
            if len(beside):
                group[i] = np.bincount(group[beside]).argmax()
    return group


def apportion(weight: ArrayLike, total: int) -> Ints:
    """Integers in proportion to the weights that sum to ``total`` (largest remainders), at least one each."""
    share = np.asarray(weight, np.float64) / np.sum(weight) * total
    whole: Ints = np.maximum(np.floor(share).astype(np.int64), 1)
    for i in np.argsort(-(share - np.floor(share)), kind="stable")[: max(0, total - int(whole.sum()))]:
        whole[i] += 1
    while whole.sum() > total:
        whole[whole.argmax()] -= 1
    return whole
