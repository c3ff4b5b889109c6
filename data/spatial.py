"""Statistics of neighbouring places: where high values lie together.

Ord, J. K. and Getis, A. (1995), Local spatial autocorrelation statistics, Geographical Analysis 27, 286-306.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Of fewer places than this none can be said to stand out among its neighbours.
MIN_PLACES = 10


def departure(observed: ArrayLike, expected: ArrayLike) -> NDArray[np.float64]:
    """(n,) sqrt O + sqrt(O + 1) - sqrt(4 E + 1) (Freeman and Tukey 1950): how far a count lies from what is expected, in about
    its own standard errors whether few or many are expected; NaN where nothing is expected, or not known."""
    o, e = np.asarray(observed, float), np.asarray(expected, float)
    with np.errstate(invalid="ignore"):
        return np.where(e > 0, np.sqrt(o) + np.sqrt(o + 1) - np.sqrt(4 * e + 1), np.nan)


def gistar(values: NDArray[Any], pairs: NDArray[Any]) -> NDArray[np.float64]:
    """(m, n) z of Getis and Ord's Gi* for each row of ``values`` (m, n); ``pairs`` (k, 2) are the neighbours, i < j.

    Weights are 1 for a place and its neighbours, else 0; moments under randomisation, no permutations (esda).  A value of NaN
    is no place at all.  NaN for a place without neighbours (it counts in mean and variance), and in a row of fewer than
    ``MIN_PLACES`` values or whose values are all the same.
    Worked (oracle gistar): 5 x 5 of 1, the centre 10, north and west of it 8: centre 3.587, those two 2.223.
    """
    given, pairs = np.asarray(values, float), np.asarray(pairs, np.int64).reshape(-1, 2)
    out = np.full(given.shape, np.nan)
    weights: dict[bytes, tuple[Any, NDArray[np.bool_]]] = {}
    for row, target in zip(given, out, strict=True):
        there = ~np.isnan(row)
        y = row[there]
        if len(y) < MIN_PLACES or np.ptp(y) <= 1e-12 * max(1.0, float(np.abs(y).max())):
            continue
        key = there.tobytes()
        if key not in weights:
            weights[key] = _weights(there, pairs)
        binary, has_neighbours = weights[key]
        target[there] = np.where(has_neighbours, _z(y, binary), np.nan)
    return out


def _weights(there: NDArray[np.bool_], pairs: NDArray[np.int64]) -> tuple[Any, NDArray[np.bool_]]:
    """(libpysal's weights with each place its own neighbour, which places have another one) of the places that are there."""
    from libpysal.weights import W

    place = np.cumsum(there) - 1
    a, b = place[pairs[there[pairs].all(axis=1)]].T
    near: dict[int, list[int]] = {i: [i] for i in range(int(there.sum()))}
    for i, j in zip(a.tolist(), b.tolist(), strict=True):
        near[i].append(j)
        near[j].append(i)
    return W(near, silence_warnings=True), np.array([len(n) > 1 for n in near.values()], bool)


def _z(y: NDArray[np.float64], binary: Any) -> NDArray[np.float64]:
    from esda.getisord import G_Local

    # z is the same for a + b y; esda divides by the sum, which must be none of nothing
    moved = (y - y.min()) / np.ptp(y) + 1.0
    return np.asarray(G_Local(moved, binary, transform="B", permutations=0, star=True).Zs, np.float64)


def ready() -> bool:
    """Have the libraries at hand: they take seconds to import."""
    ring = np.array([[i, i + 1] for i in range(MIN_PLACES - 1)])
    return bool(np.isfinite(gistar(np.arange(MIN_PLACES, dtype=float)[None, :], ring)).all())
