"""Finds the cell of a nested grid that contains a point, for events with coordinates but no grid code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

NOWHERE = -1


class Locator:
    """``Locator(geometry, level)``: a search tree over the cells that have a shape, built once and queried often.

    Parameters
    ----------
    geometry : WKB polygon or multipolygon of each cell in degrees (n,); None = the cell has no shape and contains no point
    level : level of each cell (n,), 1 = just below the city
    """

    def __init__(self, geometry: Sequence[bytes | None], level: Sequence[int] | NDArray[np.int16]) -> None:
        self._cells = np.array([i for i, g in enumerate(geometry) if g is not None], np.int64)
        self._level = np.asarray(level, np.int64)[self._cells]
        self._tree = shapely.STRtree(shapely.from_wkb([g for g in geometry if g is not None]))

    def locate(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """(m,): the position of the finest cell that contains each point, edges included; NOWHERE if none does.

        A point on an edge shared by two cells of one level belongs to the first of them.  NaN, infinity and (0, 0), which
        many systems write for "not known", are nowhere.
        """
        usable = self._usable(lon, lat)
        if not usable.size:
            return np.full(len(lon), NOWHERE, np.int64)
        point, cell = self._tree.query(shapely.points(lon[usable], lat[usable]), predicate="intersects")
        return self._finest(len(lon), usable[point], cell)

    def locate_many(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """(m,): as ``locate``, for the points of a whole load: a spatial join from the cells, each prepared once,
        to the points.  For 200,000 points it takes a fifth of the time, for a few it takes longer."""
        import geopandas as gpd  # it loads PROJ: ticks avoid it

        usable = self._usable(lon, lat)
        if not usable.size:
            return np.full(len(lon), NOWHERE, np.int64)
        cells = gpd.GeoDataFrame({"cell": np.arange(len(self._cells))}, geometry=self._tree.geometries)
        points = gpd.GeoDataFrame({"point": usable}, geometry=gpd.points_from_xy(lon[usable], lat[usable]))
        pairs = gpd.sjoin(cells, points, how="inner", predicate="intersects")
        return self._finest(len(lon), pairs["point"].to_numpy(), pairs["cell"].to_numpy())

    def _usable(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.intp]:
        """Positions of the points that may lie in a cell."""
        known = np.isfinite(lon) & np.isfinite(lat) & ~((lon == 0) & (lat == 0))
        return np.flatnonzero(known if self._cells.size else np.zeros(len(lon), bool))

    def _finest(self, m: int, point: NDArray[np.intp], cell: NDArray[np.intp]) -> NDArray[np.int64]:
        """(m,) from pairs of a point and a cell containing it: the finest cell, and of one level the first."""
        found = np.full(m, NOWHERE, np.int64)
        order = np.lexsort((-self._cells[cell], self._level[cell]))  # the last one written wins
        found[point[order]] = self._cells[cell[order]]
        return found


__all__ = ["NOWHERE", "Locator"]
