"""Statistics of neighbouring places: where high values cluster.

Ord, J. K. and Getis, A. (1995), Local spatial autocorrelation statistics, Geographical Analysis 27, 286-306.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data.types.arrays import Array, Flags, Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: With fewer places than this, none can be said to stand out among its neighbours.
MIN_PLACES = 10


def membership(there: Flags, pairs: Array) -> csr_array:
    """(n, n) sparse 0/1 of the places that are ``there``: the members of each place's neighbourhood, itself included.  ``pairs``
    (k, 2) are the neighbours, i < j, by their positions among all."""
    from scipy.sparse import coo_array

    n, place, near = int(there.sum()), np.cumsum(there) - 1, np.asarray(pairs, np.int64).reshape(-1, 2)
    a, b = place[near[there[near].all(axis=1)]].T
    itself = np.arange(n)
    return coo_array((np.ones(n + 2 * len(a)), (np.concatenate([itself, a, b]), np.concatenate([itself, b, a]))), (n, n)).tocsr()


def gistar(values: Array, near: csr_array) -> Floats:
    """(m, n) z of Getis and Ord's Gi* for each row of ``values`` (m, n); ``near`` (n, n) sparse weights, including a place's own.

    Moments under randomisation, no permutations; any weights (esda's variance holds for 0 and 1 only).  NaN in a row whose
    values are all equal, and for a place whose neighbourhood is everything.
    Worked (oracle gistar): 5 x 5 of 1, the centre 10, north and west of it 8, weights 1: centre 3.587, those two 2.223.
    """
    y, n = np.asarray(values, float), np.shape(values)[1]
    weight, squares = np.asarray(near.sum(axis=1), float), np.asarray(near.power(2).sum(axis=1), float)
    mean, spread = y.mean(axis=1, keepdims=True), y.std(axis=1, keepdims=True)
    spread[spread <= 1e-12 * np.maximum(1.0, np.abs(y).max(axis=1, keepdims=True))] = np.nan
    over = (n * squares - weight**2) / (n - 1)
    return np.asarray(((near @ y.T).T - mean * weight) / (spread * np.sqrt(np.where(over > 1e-12, over, np.nan))), np.float64)
