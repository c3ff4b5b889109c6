"""Outlines that cross or touch themselves: made valid, never silently."""

from __future__ import annotations

from typing import Any

import shapely

_POLYGONAL = (3, 6)


def repaired(wkb: bytes) -> tuple[bytes | None, str]:
    """(an outline that is valid, what was wrong with it); "" = it was valid and is the same bytes.

    The lines and points that ``make_valid`` may leave beside the polygons are dropped; None where no polygon is left.
    What is no WKB at all is given back as it is: ``geo.pack.unusable`` says so.
    """
    shape = shapely.from_wkb(wkb, on_invalid="ignore")
    if shape is None or shapely.get_type_id(shape) not in _POLYGONAL or shape.is_valid:
        return wkb, ""
    why = str(shapely.is_valid_reason(shape))
    parts = _polygons(shapely.make_valid(shape))
    if not parts:
        return None, why
    return bytes(shapely.to_wkb(parts[0] if len(parts) == 1 else shapely.union_all(parts))), why


def _polygons(shape: Any) -> list[Any]:
    """The polygons among the parts of a shape, however deep."""
    if shape.geom_type == "Polygon":
        return [] if shape.is_empty else [shape]
    return [p for part in getattr(shape, "geoms", ()) for p in _polygons(part)]


__all__ = ["repaired"]
