"""Is a set of grid cells a gap-free nested coverage ("界定清晰、全面覆盖、不留空白")?

geopandas checks whether a level is a valid coverage, which detects overlaps and edges that do not match, but not a cell that is
*missing*; so the union of each level must have no holes, and the children of every cell must fill exactly the area of their
parent.  Spatial joins find overlapping cells, and cells that lie in another cell than their parent.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import shapely

from geo.antimeridian import continuous
from geo.shapes import Shape, Shapes
from geo.unite import narrow, unite

if TYPE_CHECKING:
    from geopandas import GeoDataFrame, GeoSeries

#: Relative difference of areas attributed to rounding.
TOLERANCE = 1e-9

Kind = Literal["no_geometry", "invalid", "overlap", "hole", "parent", "childless", "gap", "beyond", "misplaced"]


class CoverageFault(NamedTuple):
    """``code`` is the cell, "" for a fault of a whole level; ``said`` is its description, with the location."""

    kind: Kind
    code: str
    said: str


def coverage_faults(
    code: Sequence[str], parent: Sequence[str | None], level: Sequence[int], geometry: Sequence[Shape] | Shapes, limit: int = 100
) -> list[str]:
    """The faults of a nested coverage as sentences, each with its location; empty if it is sound.

    As ``find_faults``; at most ``limit`` are listed, and the last line then says how many more there are.
    """
    faults = [f.said for f in find_faults(code, parent, level, geometry)]
    return [*faults[:limit], f"... and {len(faults) - limit} more"] if len(faults) > limit else faults


def find_faults(
    code: Sequence[str],
    parent: Sequence[str | None],
    level: Sequence[int],
    geometry: Sequence[Shape] | Shapes,
    *,
    rounded: bool = False,
    apart: Collection[str] = (),
) -> list[CoverageFault]:
    """All faults of a nested coverage; if a shape is missing or invalid, only these.

    Parameters
    ----------
    code, parent, level, geometry : one entry per cell (n,); ``level`` 1 = just below the city, whose parent is no cell;
        geometry in degrees (lon, lat), polygons or multipolygons; None = the cell has no shape (itself a fault)
    rounded : third-party outlines: gaps narrower than ``geo.unite.ROUNDING`` are no fault, nor is a corner on one side only
    apart : codes of cells not compared with their children (united from them, or not all of these have outlines)
    """
    shapes = np.asarray([*geometry, None], dtype=object)[:-1]
    levels = np.asarray(level)
    faults = [_fault("no_geometry", code[i], "has no geometry") for i, g in enumerate(shapes) if g is None]
    bad = [i for i, g in enumerate(shapes) if g is not None and not g.is_valid]
    faults += [_fault("invalid", code[i], f"its geometry is not valid ({shapely.is_valid_reason(shapes[i])})") for i in bad]
    return faults or _nested_faults(_table(code, parent, levels, continuous(shapes)), rounded, frozenset(apart))


def _table(code: Sequence[str], parent: Sequence[str | None], levels: Shapes, shapes: Shapes) -> GeoDataFrame:
    """One row per cell, by position: ``code``, ``parent``, ``level``; ``above`` is the position of its parent, -1 = none."""
    import geopandas as gpd  # needed for these checks only: a server runs without it

    at = {c: i for i, c in enumerate(code)}
    above = np.array([-1 if p is None else at.get(p, -1) for p in parent], np.int64)
    above[(above >= 0) & (levels[above] >= levels)] = -1
    columns = {"code": list(code), "parent": list(parent), "level": levels, "above": above}
    return gpd.GeoDataFrame(columns, geometry=shapes)


def _nested_faults(cells: GeoDataFrame, rounded: bool, apart: frozenset[str]) -> list[CoverageFault]:
    faults: list[CoverageFault] = []
    for level, here in cells.groupby("level"):
        faults += _level_faults(int(level), here, rounded)
    return [*faults, *_nesting_faults(cells, rounded, apart), *_misplaced(cells, apart)]


def _fault(kind: Kind, code: str, said: str) -> CoverageFault:
    return CoverageFault(kind, code, f"{code}: {said}")


def _level_faults(level: int, cells: GeoDataFrame, rounded: bool) -> list[CoverageFault]:
    faults = []
    shapes = cells.geometry
    if not shapes.is_valid_coverage():
        edges = shapes.invalid_coverage_edges()
        ragged = edges[~edges.is_empty]
        for i, where in _overlaps(shapes[ragged.index]) if rounded else ragged.items():
            said = f"overlaps a neighbour or leaves a sliver beside it near {_place(where)}"
            faults.append(_fault("overlap", cells.code[i], said))
    for hole in _holes(unite(np.asarray(shapes, object)) if rounded else shapes.union_all()):
        said = f"level {level}: nothing covers {hole.area:.3g} square degrees near {_place(hole)}"
        faults.append(CoverageFault("hole", "", said))
    return faults


def _overlaps(ragged: GeoSeries) -> list[tuple[int, Shape]]:
    """(position, location) of the cells that overlap another by more than rounding."""
    import geopandas as gpd

    alone = gpd.GeoDataFrame(geometry=ragged)
    pairs = gpd.sjoin(alone, alone, predicate="intersects")["index_right"]
    a, b = pairs.index.to_numpy(), pairs.to_numpy()
    a, b = a[a < b], b[a < b]
    over: dict[int, Shape] = {}
    for i, j, shared in zip(a.tolist(), b.tolist(), ragged[a].intersection(ragged[b], align=False), strict=True):
        wide = _wide(shared)
        if wide is not None:
            over.setdefault(i, wide)
            over.setdefault(j, wide)
    return sorted(over.items(), key=lambda item: item[0])


def _wide(shape: Shape) -> Shape:
    """The part of a shape that is too wide for rounding; None if there is none."""
    parts = np.array([*(p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"), None], object)[:-1]
    parts = parts[~narrow(parts)] if len(parts) else parts
    return shapely.union_all(parts) if len(parts) else None


def _nesting_faults(cells: GeoDataFrame, rounded: bool, apart: frozenset[str]) -> list[CoverageFault]:
    below = cells[cells.level > 1]
    lost = below[below.above < 0]
    faults = [
        _fault("parent", code, f"its parent '{parent}' is no cell of level {level - 1}")
        for code, parent, level in zip(lost.code, lost.parent, lost.level, strict=True)
    ]
    children = {i: np.asarray(some.geometry, object) for i, some in below[below.above >= 0].groupby("above")}
    for i, cell in cells[(cells.level < cells.level.max()) & ~cells.code.isin(apart)].iterrows():
        own = children.get(i)
        if own is None:
            faults.append(_fault("childless", cell.code, "has no cells below it"))
        elif rounded:
            faults += _rounded_fit(cell.code, cell.geometry, unite(own))
        else:
            faults += _fit(cell.code, cell.geometry, own)
    return faults


def _misplaced(cells: GeoDataFrame, apart: frozenset[str]) -> list[CoverageFault]:
    """Cells mostly outside their parent: they lie in another cell, or in none."""
    import geopandas as gpd

    faults = []
    below = cells[(cells.above >= 0) & ~cells.parent.isin(apart)]
    inner = gpd.GeoDataFrame({"child": below.index, "above": below.above}, geometry=below.representative_point())
    # join from the cells, each prepared once, to the points
    within = gpd.sjoin(cells[["code", "level", "geometry"]], inner, predicate="intersects")
    home = within.child[within.index == within.above]
    astray = below[~below.index.isin(home)]
    uppers = cells.geometry.iloc[astray.above.to_numpy()]
    share = astray.geometry.intersection(uppers, align=False).area / astray.area
    for i, cell in astray[share < 0.5].iterrows():
        level = cells.level[cell.above]
        found = within.code[(within.child == i) & (within.level == level)]
        where = f"in '{found.iloc[0]}'" if len(found) else f"in no cell of level {level}"
        said = f"lies {where}, not in its parent '{cell.parent}', near {_place(cell.geometry)}"
        faults.append(_fault("misplaced", cell.code, said))
    return faults


def _fit(code: str, shape: Shape, below: Shapes) -> list[CoverageFault]:
    """Whether the cells below a cell fill it exactly."""
    missing = shape.area - shapely.area(below).sum()
    rest = shapely.difference(shape, shapely.unary_union(below))
    if abs(missing) <= TOLERANCE * shape.area and rest.area <= TOLERANCE * shape.area:
        return []
    where = rest if rest.area > 0 else shape
    return [_unfilled("gap", code, missing, where) if missing > 0 else _unfilled("beyond", code, -missing, where)]


def _rounded_fit(code: str, shape: Shape, below: Shapes) -> list[CoverageFault]:
    """Whether they fill it apart from rounding."""
    gap, beyond = _wide(shapely.difference(shape, below)), _wide(shapely.difference(below, shape))
    return [
        *([_unfilled("gap", code, gap.area, gap)] if gap is not None else []),
        *([_unfilled("beyond", code, beyond.area, beyond)] if beyond is not None else []),
    ]


def _unfilled(kind: Literal["gap", "beyond"], code: str, area: float, where: Shape) -> CoverageFault:
    word = "leave a gap of" if kind == "gap" else "reach beyond it by"
    return _fault(kind, code, f"the cells below it {word} {area:.3g} square degrees near {_place(where)}")


def _holes(union: Shape) -> list[Shape]:
    parts = union.geoms if hasattr(union, "geoms") else [union]
    return [shapely.Polygon(ring) for part in parts for ring in part.interiors]


def _place(shape: Shape) -> str:
    point = shapely.point_on_surface(shape)
    return f"{point.x:.5f}, {point.y:.5f}"
