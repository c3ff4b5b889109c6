"""Which cell of a nested grid a point lies in: the road for events that come with coordinates and no grid code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

NOWHERE = -1


class Locator:
    """``Locator(geometry, level)``: a search tree over the cells that have a shape, built once and asked often.

    Parameters
    ----------
    geometry : WKB polygon or multipolygon of each cell in degrees (n,); None = the cell has no shape and holds no point
    level : level of each cell (n,), 1 = just below the city
    """

    def __init__(self, geometry: Sequence[bytes | None], level: Sequence[int] | NDArray[np.int16]) -> None:
        self._cells = np.array([i for i, g in enumerate(geometry) if g is not None], np.int64)
        self._level = np.asarray(level, np.int64)[self._cells]
        self._tree = shapely.STRtree(shapely.from_wkb([g for g in geometry if g is not None]))

    def locate(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """(m,): the position of the finest cell that holds each point, an edge included; NOWHERE where none does.

        A point on an edge that two cells of one level share is in the first of them.  NaN, infinity and (0, 0), which is
        what many systems write for "not known", are nowhere.
        """
        found = np.full(len(lon), NOWHERE, np.int64)
        usable = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat) & ~((lon == 0) & (lat == 0)))
        if not usable.size or not self._cells.size:
            return found
        point, cell = self._tree.query(shapely.points(lon[usable], lat[usable]), predicate="intersects")
        order = np.lexsort((-self._cells[cell], self._level[cell]))  # what is written last stands: finest, then first
        found[usable[point[order]]] = self._cells[cell[order]]
        return found


__all__ = ["NOWHERE", "Locator"]
