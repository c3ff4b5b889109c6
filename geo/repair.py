"""Repairs an outline so that it can be drawn: valid polygons in degrees, within +-180; repairs are reported."""

from __future__ import annotations

import numpy as np
import shapely

from geo.antimeridian import FARTHEST, cut, run_on
from geo.shapes import Shape

POLYGON, MULTIPOLYGON, COLLECTION = 3, 6, 7
_KINDS = {0: "Point", 1: "LineString", 2: "LinearRing", 4: "MultiPoint", 5: "MultiLineString", 7: "GeometryCollection"}
METRES = "convert it to EPSG:4326 or EPSG:4490"


@np.errstate(all="ignore")
def cleaned(shape: Shape) -> tuple[Shape, str]:
    """(drawable polygon or multipolygon, what was repaired); "" = the area is unchanged, except for dropped heights,
    a cut at the 180th meridian or a shift to within +-180 degrees.

    Lines and points beside the polygons, and those left by ``make_valid``, are dropped.  Raises ValueError if
    nothing can be drawn, with a message that continues after the cell's code.
    """
    kind = int(shapely.get_type_id(shape))
    if shape.is_empty:
        raise ValueError("its geometry is empty")
    parts = [shapely.force_2d(p) for p in _polygons(shape)]
    if not parts:
        raise ValueError(f"it is a {_KINDS.get(kind, 'curve or surface')}; a cell is a Polygon or MultiPolygon")
    mended = "" if kind in (POLYGON, MULTIPOLYGON) or _all_polygons(shape) else "lines or points beside its polygons are left out"
    points = shapely.get_coordinates(parts)
    if not np.isfinite(points).all():
        raise ValueError("a corner of it is no number")
    lon, lat = np.abs(points).max(axis=0)
    if lon > FARTHEST or lat > 90:
        west, south = points[np.argmax(np.abs(points).max(axis=1))]
        turned = lon <= 90 and lat <= FARTHEST
        raise ValueError(
            f"({west:.6g}, {south:.6g}) are not degrees of longitude and latitude; "
            + ("write the longitude first" if turned else METRES)
        )
    if np.ptp(points[:, 0]) > 180:
        parts = [run_on(p) for p in parts]
    whole = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    if not whole.is_valid:
        mended = str(shapely.is_valid_reason(whole))
        parts = _polygons(shapely.make_valid(whole))
        if not parts:
            raise ValueError(f"no area is left of its outline ({mended})")
        whole = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    return cut(whole), mended


def _polygons(shape: Shape) -> list[Shape]:
    """The polygons among the parts of a shape, at any depth."""
    kind = int(shapely.get_type_id(shape))
    if kind == POLYGON:
        return [] if shape.is_empty else [shape]
    return [p for part in shapely.get_parts(shape) for p in _polygons(part)] if kind in (MULTIPOLYGON, COLLECTION) else []


def _all_polygons(shape: Shape) -> bool:
    kind = int(shapely.get_type_id(shape))
    return kind in (POLYGON, MULTIPOLYGON) or (kind == COLLECTION and all(map(_all_polygons, shapely.get_parts(shape))))


__all__ = ["METRES", "cleaned"]
