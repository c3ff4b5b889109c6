"""Outlines across the 180th meridian: stored within +-180 degrees and cut there; drawn in one piece.

A city in Fiji or Chukotka lies at 179 and at -179 degrees.  Files express this in three ways: an edge that jumps from one to the
other, longitudes that continue beyond 180, or an outline that is already cut (RFC 7946).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.shapes import Shape, Shapes

#: Longitudes are accepted up to this (degrees).
FARTHEST = 360.0


def run_on(polygon: Shape) -> Shape:
    """The polygon with continuous longitudes where an edge jumps by more than half the globe (the short way is meant).

    Raises ValueError if it goes round a pole.
    """
    shell, *holes = [_ring(ring) for ring in (polygon.exterior, *polygon.interiors)]
    middle = (shell[:, 0].min() + shell[:, 0].max()) / 2
    for hole in holes:  # shifted to the side of its shell
        hole[:, 0] += 360 * np.rint((middle - (hole[:, 0].min() + hole[:, 0].max()) / 2) / 360)
    return shapely.Polygon(shell, holes)


def _ring(ring: Any) -> NDArray[np.float64]:
    points = np.array(shapely.get_coordinates(ring), float)
    step = np.diff(points[:, 0])
    leap = (np.abs(step) > 180) & (np.abs(step) < 360)  # an edge from -180 to 180 spans the whole globe
    if leap.any():
        points[1:, 0] = points[0, 0] + np.cumsum(np.where(leap, step - 360 * np.sign(step), step))
        if abs(points[-1, 0] - points[0, 0]) > 1e-6:
            raise ValueError("it goes round a pole, and a map in degrees has none")
        points[-1] = points[0]
    return points


def cut(shape: Shape) -> Shape:
    """A valid shape of longitudes up to +-FARTHEST, cut into parts within +-180."""
    west, _, east, _ = shape.bounds
    if west >= -180 and east <= 180:
        return shape
    parts = []
    for shift in (-360, 0, 360):
        within = shapely.intersection(shape, shapely.box(-180 - shift, -90, 180 - shift, 90))
        moved = shapely.transform(within, lambda p, by=shift: p + np.array([by, 0.0]))
        parts += [p for p in shapely.get_parts(moved) if p.geom_type == "Polygon" and not p.is_empty]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def continuous(shapes: Shapes) -> Shapes:
    """(n,) shapes within +-180 for drawing side by side: if together they are narrower across the 180th meridian, the
    western longitudes continue beyond 180, and parts cut there are joined again."""
    known = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if not known.size:
        return shapes
    parts, of = shapely.get_parts(shapes[known], return_index=True)
    west, _, east, _ = shapely.bounds(parts).T
    on_west = east <= 0
    if east.max() - west.min() <= 180 or not on_west.any() or on_west.all():
        return shapes
    if np.where(on_west, east + 360, east).max() - np.where(on_west, west + 360, west).min() >= east.max() - west.min():
        return shapes
    out = shapes.copy()
    moved = np.where(on_west, shapely.transform(parts, lambda p: p + np.array([360.0, 0.0])), parts)
    for i in np.unique(of[on_west]).tolist():
        out[known[i]] = shapely.union_all(moved[of == i])
    return out
