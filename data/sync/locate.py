"""Which cell each event is in: by its grid code, or, if it has none at all, by its point."""

from __future__ import annotations

import numpy as np

from data.city.city import Grid
from data.source.columns import Frame
from data.types.arrays import Ints

NOWHERE, UNKNOWN = -1, -2


def located(events: Frame, grid: Grid, *, bulk: bool = False) -> Ints:
    """(n,) position of each event's cell; NOWHERE = neither a code nor a point in a cell, UNKNOWN = a code of no cell.

    ``bulk``: the events of a load, not the few of a tick.  A code is never overridden by a point.  The grid's outlines are
    read only when there is a point to locate.
    """
    coded = events.coded("grid")
    at = coded.positions(grid.index)
    if events.has("lon") and events.has("lat"):
        bare = np.flatnonzero(coded.codes < 0)
        lon, lat = events.floats("lon")[bare], events.floats("lat")[bare]
        placed = np.isfinite(lon) & np.isfinite(lat)
        if placed.any():
            locate = grid.locator.locate_many if bulk else grid.locator.locate
            at[bare[placed]] = locate(lon[placed], lat[placed])
    return at
