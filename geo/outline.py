"""Outlines of a few neighbouring areas, scaled into a box of width 1 for a drawing of a few hundred pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.antimeridian import continuous

#: Details finer than this fraction of the box's width are dropped.
DETAIL = 0.002


@dataclass(frozen=True)
class Outline:
    """``rings`` of points (x to the right, y down) in a box of width 1 and ``height``; ``at``: a point inside for its name,
    ``room``: approximate width available for a name there."""

    rings: tuple[tuple[tuple[float, float], ...], ...]
    at: tuple[float, float]
    room: float
    height: float

    def path(self, left: float, top: float, scale: float) -> str:
        """The ``d`` of an SVG path, drawn ``scale`` px wide."""
        parts = []
        for ring in self.rings:
            points = "L".join(f"{left + x * scale:.1f} {top + y * scale:.1f}" for x, y in ring)
            parts.append(f"M{points}Z")
        return "".join(parts)


def outlines(shapes: Mapping[str, bytes]) -> dict[str, Outline]:
    """Outlines of WKB geometries (EPSG:4490 or 4326) by their codes; {} if there are none."""
    read = continuous(np.array([*(shapely.from_wkb(wkb) for wkb in shapes.values()), None], object)[:-1])
    known = {code: g for code, g in zip(shapes, read, strict=True) if not g.is_empty}
    if not known:
        return {}
    west, south, east, north = shapely.total_bounds(list(known.values()))
    # a degree of longitude is shorter than one of latitude
    squeeze = math.cos(math.radians((south + north) / 2))
    width = max((east - west) * squeeze, 1e-9)
    height = float((north - south) / width)
    out = {}
    for code, shape in known.items():
        placed = shapely.transform(shape, lambda p: _placed(p, west, north, squeeze, width))
        simple = shapely.simplify(placed, DETAIL)
        inside = shapely.point_on_surface(placed)
        circle = shapely.maximum_inscribed_circle(placed, tolerance=0.01) if placed.geom_type == "Polygon" else None
        at = circle.coords[0] if circle is not None else (inside.x, inside.y)
        room = 2 * circle.length if circle is not None else math.sqrt(placed.area)
        out[code] = Outline(_rings(simple), (float(at[0]), float(at[1])), float(room), height)
    return out


def _placed(points: object, west: float, north: float, squeeze: float, width: float) -> object:
    p = np.asarray(points, float)
    return np.column_stack([(p[:, 0] - west) * squeeze / width, (north - p[:, 1]) / width])


def _rings(shape: BaseGeometry) -> tuple[tuple[tuple[float, float], ...], ...]:
    rings = []
    for part in getattr(shape, "geoms", [shape]):
        if part.geom_type == "Polygon":
            for ring in (part.exterior, *part.interiors):
                rings.append(tuple((float(x), float(y)) for x, y in ring.coords[:-1]))
    return tuple(rings)
