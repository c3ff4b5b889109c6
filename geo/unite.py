"""Unites the outlines of parts into that of an area, closing gaps between them that are due to rounding."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.shapes import Shape, Shapes

#: Narrower gaps (degrees, about 1 m) lie between two drawings of one line: coordinates are often written with five decimals.
ROUNDING = 1e-5
#: Number of outlines cached: enough for a large city's upper levels.
_KEPT = 4096
#: Corners of a closed seam are snapped to multiples of this (degrees, 0.1 mm), so that both sides meet.
_FINE = 1e-9


class Unions:
    """Unites WKB outlines, with a cache: the grid is checked at every reconciliation and rarely changes."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = Lock()

    def unite(self, wkbs: Sequence[bytes]) -> bytes:
        """WKB of the union of one or more valid polygons or multipolygons."""
        if len(wkbs) == 1:
            return wkbs[0]
        digest = hashlib.blake2b(digest_size=16)
        for wkb in wkbs:
            digest.update(len(wkb).to_bytes(8, "big") + wkb)
        key = digest.digest()
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        united = bytes(shapely.to_wkb(unite(shapely.from_wkb(list(wkbs))), output_dimension=2, include_srid=False))
        with self._lock:
            self._known[key] = united
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return united


def unite(shapes: Shapes) -> Any:
    """Union of valid shapes (n,), n > 0.  Gaps, holes and slits narrower than ROUNDING are closed, others are kept."""
    parts = shapely.get_parts(shapely.force_2d(shapes))
    if shapely.coverage_is_valid(parts, gap_width=ROUNDING):
        return shapely.coverage_union_all(parts)  # shared edges dissolve, every other corner is kept
    laid = shapely.transform(parts, lambda p: np.rint(p / _FINE) * _FINE)  # in case edges differ in the last bits only
    if shapely.is_valid(laid).all() and shapely.coverage_is_valid(laid, gap_width=ROUNDING):
        return shapely.coverage_union_all(laid)
    whole = _without_seams(shapely.union_all(parts))
    reach = {"join_style": "mitre", "mitre_limit": 2.0}
    closed = shapely.buffer(shapely.buffer(whole, ROUNDING / 2, **reach), -ROUNDING / 2, **reach)
    seams = [p for p in shapely.get_parts(shapely.difference(closed, whole)) if p.geom_type == "Polygon" and p.area > _FINE**2]
    return _without_seams(shapely.union_all([whole, *seams], grid_size=_FINE)) if seams else whole


def narrow(shapes: Shapes) -> NDArray[np.bool_]:
    """(n,): whether each polygon is narrower than ROUNDING, by its area and perimeter."""
    around = shapely.length(shapes)
    return np.asarray(2 * shapely.area(shapes) < ROUNDING * np.where(around > 0, around, 1.0))


def _without_seams(shape: Shape) -> Any:
    """The polygons of a shape, without narrow holes."""
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    kept = []
    for part in parts:
        holes = shapely.polygons(list(part.interiors)) if part.interiors else np.zeros(0, object)
        drop = narrow(holes)
        kept.append(shapely.Polygon(part.exterior, [h.exterior for h in holes[~drop]]) if drop.any() else part)
    return kept[0] if len(kept) == 1 else shapely.multipolygons(kept)


__all__ = ["ROUNDING", "Unions", "narrow", "unite"]
