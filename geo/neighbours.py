"""Which cells of a grid are adjacent, from their outlines alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.antimeridian import continuous

#: Outlines closer than this (degrees, about 0.1 m) touch: boundaries of one line digitised twice.
SNAP = 1e-6
#: Minimum length of a shared edge (degrees, about 1 m); anything shorter is a corner.
EDGE = 1e-5


def neighbours(wkbs: Sequence[bytes | None], *, queen: bool = False, edge: float = EDGE, snap: float = SNAP) -> NDArray[np.int64]:
    """(k, 2) pairs i < j of positions in ``wkbs`` (WKB polygons or multipolygons, degrees; None = no outline) sharing an edge.

    ``queen``: or a corner.  Each pair once, in order; an outline that touches no other is in none.  ``edge`` and ``snap`` are
    lengths in the unit of the coordinates.
    """
    shapes = shapely.from_wkb(np.array(wkbs, object), on_invalid="ignore")
    usable = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if len(usable) < 2:
        return np.zeros((0, 2), np.int64)
    known = continuous(shapely.make_valid(shapes[usable]))
    a, b = shapely.STRtree(known).query(known, predicate="dwithin", distance=snap)
    a, b = a[a < b], b[a < b]
    if not queen:
        shared = shapely.intersection(known[a], known[b], grid_size=snap)
        # if two outlines overlap slightly, the shared part is a sliver whose perimeter is twice the edge
        flat = shapely.area(shared) > 0
        long = shapely.length(shared) / np.where(flat, 2.0, 1.0) > edge
        a, b = a[long], b[long]
    pairs = np.column_stack([usable[a], usable[b]]).astype(np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
