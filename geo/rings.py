"""Converts a GeoJSON geometry (RFC 7946) to a shape: open rings are closed, heights and measures are dropped."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

#: Maximum nesting depth of GeometryCollections.
DEEPEST = 8


def shape_of(geometry: Any, depth: int = 0) -> Any:
    """Polygon or multipolygon of a geometry's polygons, as drawn (even if invalid).

    Raises ValueError if there are none, with a message that continues after the cell's code.
    """
    if geometry is None:
        raise ValueError("its geometry is null")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection" and depth < DEEPEST and isinstance(geometry.get("geometries"), list):
        parts = [p for g in geometry["geometries"] for p in shapely.get_parts(shape_of(g, depth + 1))]
    elif kind == "Polygon":
        parts = _polygon(geometry.get("coordinates"))
    elif kind == "MultiPolygon":
        parts = [p for rings in _list(geometry.get("coordinates")) for p in _polygon(rings)]
    else:
        raise ValueError(f"it has the geometry {_shown(kind)}; a cell is a Polygon or MultiPolygon")
    if not parts:
        raise ValueError(f"its {kind} is empty")
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def _polygon(rings: Any) -> list[Any]:
    """The polygon of a list of rings; none if it has no rings."""
    drawn = [_ring(ring) for ring in _list(rings)]
    if not drawn or not len(drawn[0]):
        return []
    if len(np.unique(drawn[0], axis=0)) < 3:
        raise ValueError("its outer ring has fewer than three corners")
    # a hole with two corners has no area
    holes = [shapely.linearrings(ring) for ring in drawn[1:] if len(np.unique(ring, axis=0)) >= 3]
    return [shapely.polygons(shapely.linearrings(drawn[0]), holes or None)]


def _ring(ring: Any) -> NDArray[np.float64]:
    """(n, 2) corners, the last equal to the first."""
    try:
        rows = [(position[0], position[1]) for position in _list(ring)]
        if any(isinstance(x, (str, bool)) for row in rows for x in row):
            raise TypeError
        points = np.array(rows, float).reshape(-1, 2)
    except (TypeError, IndexError, KeyError, ValueError, OverflowError):
        raise ValueError("its coordinates are no rings of [longitude, latitude]") from None
    if not np.isfinite(points).all():
        raise ValueError("a corner of it is no number")
    return points if len(points) == 0 or (points[0] == points[-1]).all() else np.vstack([points, points[:1]])


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("its coordinates are no rings of [longitude, latitude]")
    return value


def _shown(kind: Any) -> str:
    return repr(kind) if kind is None or (isinstance(kind, (str, int)) and len(str(kind)) <= 40) else "of another kind"


__all__ = ["shape_of"]
