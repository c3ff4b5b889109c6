"""Is a set of grid cells a gap-free nested coverage ("界定清晰、全面覆盖、不留空白")?

``shapely.coverage_is_valid`` sees overlaps and edges that do not match, but not a cell that is *missing*; so the union
of each level must have no holes, and the children of every cell must fill exactly the area of their parent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

#: Relative difference of areas that rounding alone explains.
TOLERANCE = 1e-9


def coverage_faults(
    code: Sequence[str],
    parent: Sequence[str | None],
    level: Sequence[int],
    geometry: Sequence[Any] | NDArray[Any],
    limit: int = 100,
) -> list[str]:
    """The faults of a nested coverage in words, each with its place; empty where it is sound.

    Parameters
    ----------
    code, parent, level, geometry : one entry a cell (n,); ``level`` 1 = just below the city, whose parent is no cell;
        geometry in degrees (lon, lat), polygons or multipolygons; None = the cell has no shape (itself a fault)
    limit : at most so many faults are listed; the last line then says how many more there are
    """
    shapes = np.asarray([*geometry, None], dtype=object)[:-1]
    levels = np.asarray(level)
    faults = [f"{code[i]}: has no geometry" for i, g in enumerate(shapes) if g is None]
    bad = [i for i, g in enumerate(shapes) if g is not None and not g.is_valid]
    faults += [f"{code[i]}: its geometry is not valid ({shapely.is_valid_reason(shapes[i])})" for i in bad]
    if not faults:
        for at in sorted(set(levels.tolist())):
            faults += _level_faults(at, [code[i] for i in np.flatnonzero(levels == at).tolist()], shapes[levels == at])
        faults += _nesting_faults(code, parent, levels, shapes)
    if len(faults) > limit:
        faults = [*faults[:limit], f"... and {len(faults) - limit} more"]
    return faults


def _level_faults(level: int, code: Sequence[str], shapes: NDArray[Any]) -> list[str]:
    faults = []
    if not shapely.coverage_is_valid(shapes):
        edges = shapely.coverage_invalid_edges(shapes)
        for i in np.flatnonzero(~shapely.is_empty(edges)).tolist():
            faults.append(f"{code[i]}: overlaps a neighbour or leaves a sliver beside it near {_place(edges[i])}")
    union = shapely.unary_union(shapes)
    for hole in _holes(union):
        faults.append(f"level {level}: nothing covers {hole.area:.3g} square degrees near {_place(hole)}")
    return faults


def _nesting_faults(
    code: Sequence[str], parent: Sequence[str | None], levels: NDArray[Any], shapes: NDArray[Any]
) -> list[str]:
    index = {c: i for i, c in enumerate(code)}
    faults: list[str] = []
    children: dict[int, list[int]] = {}
    for i, p in enumerate(parent):
        if levels[i] == 1:
            continue
        if p is None or p not in index or levels[index[p]] != levels[i] - 1:
            faults.append(f"{code[i]}: its parent '{p}' is no cell of level {levels[i] - 1}")
            continue
        children.setdefault(index[p], []).append(i)
    deepest = int(levels.max(initial=0))
    area = shapely.area(shapes)
    for i in np.flatnonzero(levels < deepest).tolist():
        own = children.get(i)
        if not own:
            faults.append(f"{code[i]}: has no cells below it")
            continue
        missing = area[i] - area[own].sum()
        rest = shapely.difference(shapes[i], shapely.unary_union(shapes[own]))
        if abs(missing) > TOLERANCE * area[i] or rest.area > TOLERANCE * area[i]:
            where = rest if rest.area > 0 else shapes[i]
            word = "leave a gap of" if missing > 0 else "reach beyond it by"
            size = f"{abs(missing):.3g} square degrees near {_place(where)}"
            faults.append(f"{code[i]}: the cells below it {word} {size}")
    return faults


def _holes(union: Any) -> list[Any]:
    parts = union.geoms if hasattr(union, "geoms") else [union]
    return [shapely.Polygon(ring) for part in parts for ring in part.interiors]


def _place(shape: Any) -> str:
    point = shapely.point_on_surface(shape)
    return f"{point.x:.5f}, {point.y:.5f}"
