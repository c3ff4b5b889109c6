"""Is a set of grid cells a gap-free nested coverage ("界定清晰、全面覆盖、不留空白")?

``shapely.coverage_is_valid`` sees overlaps and edges that do not match, but not a cell that is *missing*; so the union
of each level must have no holes, and the children of every cell must fill exactly the area of their parent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

#: Relative difference of areas that rounding alone explains.
TOLERANCE = 1e-9

Kind = Literal["no_geometry", "invalid", "overlap", "hole", "parent", "childless", "gap", "beyond"]


class CoverageFault(NamedTuple):
    """``code`` is the cell, "" where the fault is of a whole level; ``said`` is it in words, with its place."""

    kind: Kind
    code: str
    said: str


def coverage_faults(
    code: Sequence[str],
    parent: Sequence[str | None],
    level: Sequence[int],
    geometry: Sequence[Any] | NDArray[Any],
    limit: int = 100,
) -> list[str]:
    """The faults of a nested coverage in words, each with its place; empty where it is sound.

    As ``find_faults``; at most ``limit`` are listed, and the last line then says how many more there are.
    """
    faults = [f.said for f in find_faults(code, parent, level, geometry)]
    return [*faults[:limit], f"... and {len(faults) - limit} more"] if len(faults) > limit else faults


def find_faults(
    code: Sequence[str], parent: Sequence[str | None], level: Sequence[int], geometry: Sequence[Any] | NDArray[Any],
) -> list[CoverageFault]:
    """All faults of a nested coverage; where a shape is missing or not valid, only these.

    Parameters
    ----------
    code, parent, level, geometry : one entry a cell (n,); ``level`` 1 = just below the city, whose parent is no cell;
        geometry in degrees (lon, lat), polygons or multipolygons; None = the cell has no shape (itself a fault)
    """
    shapes = np.asarray([*geometry, None], dtype=object)[:-1]
    levels = np.asarray(level)
    faults = [_fault("no_geometry", code[i], "has no geometry") for i, g in enumerate(shapes) if g is None]
    bad = [i for i, g in enumerate(shapes) if g is not None and not g.is_valid]
    faults += [_fault("invalid", code[i], f"its geometry is not valid ({shapely.is_valid_reason(shapes[i])})") for i in bad]
    if not faults:
        for at in sorted(set(levels.tolist())):
            faults += _level_faults(at, [code[i] for i in np.flatnonzero(levels == at).tolist()], shapes[levels == at])
        faults += _nesting_faults(code, parent, levels, shapes)
    return faults


def _fault(kind: Kind, code: str, said: str) -> CoverageFault:
    return CoverageFault(kind, code, f"{code}: {said}")


def _level_faults(level: int, code: Sequence[str], shapes: NDArray[Any]) -> list[CoverageFault]:
    faults = []
    if not shapely.coverage_is_valid(shapes):
        edges = shapely.coverage_invalid_edges(shapes)
        for i in np.flatnonzero(~shapely.is_empty(edges)).tolist():
            faults.append(_fault("overlap", code[i],
                                 f"overlaps a neighbour or leaves a sliver beside it near {_place(edges[i])}"))
    union = shapely.unary_union(shapes)
    for hole in _holes(union):
        said = f"level {level}: nothing covers {hole.area:.3g} square degrees near {_place(hole)}"
        faults.append(CoverageFault("hole", "", said))
    return faults


def _nesting_faults(
    code: Sequence[str], parent: Sequence[str | None], levels: NDArray[Any], shapes: NDArray[Any]
) -> list[CoverageFault]:
    index = {c: i for i, c in enumerate(code)}
    faults: list[CoverageFault] = []
    children: dict[int, list[int]] = {}
    for i, p in enumerate(parent):
        if levels[i] == 1:
            continue
        if p is None or p not in index or levels[index[p]] != levels[i] - 1:
            faults.append(_fault("parent", code[i], f"its parent '{p}' is no cell of level {levels[i] - 1}"))
            continue
        children.setdefault(index[p], []).append(i)
    deepest = int(levels.max(initial=0))
    area = shapely.area(shapes)
    for i in np.flatnonzero(levels < deepest).tolist():
        own = children.get(i)
        if not own:
            faults.append(_fault("childless", code[i], "has no cells below it"))
            continue
        missing = area[i] - area[own].sum()
        rest = shapely.difference(shapes[i], shapely.unary_union(shapes[own]))
        if abs(missing) > TOLERANCE * area[i] or rest.area > TOLERANCE * area[i]:
            where = rest if rest.area > 0 else shapes[i]
            word = "leave a gap of" if missing > 0 else "reach beyond it by"
            size = f"{abs(missing):.3g} square degrees near {_place(where)}"
            faults.append(_fault("gap" if missing > 0 else "beyond", code[i], f"the cells below it {word} {size}"))
    return faults


def _holes(union: Any) -> list[Any]:
    parts = union.geoms if hasattr(union, "geoms") else [union]
    return [shapely.Polygon(ring) for part in parts for ring in part.interiors]


def _place(shape: Any) -> str:
    point = shapely.point_on_surface(shape)
    return f"{point.x:.5f}, {point.y:.5f}"
