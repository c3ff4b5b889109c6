"""Is a set of grid cells a gap-free nested coverage ("界定清晰、全面覆盖、不留空白")?

``shapely.coverage_is_valid`` sees overlaps and edges that do not match, but not a cell that is *missing*; so the union
of each level must have no holes, and the children of every cell must fill exactly the area of their parent.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.antimeridian import continuous
from geo.unite import narrow, unite

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
    code: Sequence[str],
    parent: Sequence[str | None],
    level: Sequence[int],
    geometry: Sequence[Any] | NDArray[Any],
    *,
    rounded: bool = False,
    apart: Collection[str] = (),
) -> list[CoverageFault]:
    """All faults of a nested coverage; where a shape is missing or not valid, only these.

    Parameters
    ----------
    code, parent, level, geometry : one entry a cell (n,); ``level`` 1 = just below the city, whose parent is no cell;
        geometry in degrees (lon, lat), polygons or multipolygons; None = the cell has no shape (itself a fault)
    rounded : drawings of others: what is narrower than ``geo.unite.ROUNDING`` is no fault, nor a corner on one side only
    apart : codes of cells that are not held against those below them (united from them, or not all of these are drawn)
    """
    shapes = np.asarray([*geometry, None], dtype=object)[:-1]
    levels = np.asarray(level)
    faults = [_fault("no_geometry", code[i], "has no geometry") for i, g in enumerate(shapes) if g is None]
    bad = [i for i, g in enumerate(shapes) if g is not None and not g.is_valid]
    faults += [_fault("invalid", code[i], f"its geometry is not valid ({shapely.is_valid_reason(shapes[i])})") for i in bad]
    if not faults:
        shapes = continuous(shapes)
        for at in sorted(set(levels.tolist())):
            here = np.flatnonzero(levels == at)
            faults += _level_faults(at, [code[i] for i in here.tolist()], shapes[here], rounded)
        faults += _nesting_faults(code, parent, levels, shapes, rounded, frozenset(apart))
    return faults


def _fault(kind: Kind, code: str, said: str) -> CoverageFault:
    return CoverageFault(kind, code, f"{code}: {said}")


def _level_faults(level: int, code: Sequence[str], shapes: NDArray[Any], rounded: bool) -> list[CoverageFault]:
    faults = []
    if not shapely.coverage_is_valid(shapes):
        edges = shapely.coverage_invalid_edges(shapes)
        ragged = np.flatnonzero(~shapely.is_empty(edges))
        for i, where in _overlaps(shapes, ragged) if rounded else ((i, edges[i]) for i in ragged.tolist()):
            faults.append(_fault("overlap", code[i], f"overlaps a neighbour or leaves a sliver beside it near {_place(where)}"))
    for hole in _holes(unite(shapes) if rounded else shapely.unary_union(shapes)):
        said = f"level {level}: nothing covers {hole.area:.3g} square degrees near {_place(hole)}"
        faults.append(CoverageFault("hole", "", said))
    return faults


def _overlaps(shapes: NDArray[Any], ragged: NDArray[np.intp]) -> list[tuple[int, Any]]:
    """(position, where) of the cells among ``ragged`` that lie over another by more than rounding."""
    a, b = shapely.STRtree(shapes[ragged]).query(shapes[ragged], predicate="intersects")
    a, b = ragged[a[a < b]], ragged[b[a < b]]
    over: dict[int, Any] = {}
    for i, j, shared in zip(a.tolist(), b.tolist(), shapely.intersection(shapes[a], shapes[b]), strict=True):
        wide = _wide(shared)
        if wide is not None:
            over.setdefault(i, wide)
            over.setdefault(j, wide)
    return sorted(over.items(), key=lambda item: item[0])


def _wide(shape: Any) -> Any:
    """The part of a shape that rounding does not explain; None where there is none."""
    parts = np.array([*(p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"), None], object)[:-1]
    parts = parts[~narrow(parts)] if len(parts) else parts
    return shapely.union_all(parts) if len(parts) else None


def _nesting_faults(
    code: Sequence[str],
    parent: Sequence[str | None],
    levels: NDArray[Any],
    shapes: NDArray[Any],
    rounded: bool,
    apart: frozenset[str],
) -> list[CoverageFault]:
    index = {c: i for i, c in enumerate(code)}
    faults: list[CoverageFault] = []
    children: dict[int, list[int]] = {}
    for i, p in enumerate(parent):
        if levels[i] == 1:
            continue
        if p is None or p not in index or levels[index[p]] >= levels[i]:
            faults.append(_fault("parent", code[i], f"its parent '{p}' is no cell of level {levels[i] - 1}"))
            continue
        children.setdefault(index[p], []).append(i)
    deepest = int(levels.max(initial=0))
    for i in np.flatnonzero(levels < deepest).tolist():
        own = children.get(i)
        if code[i] in apart:
            continue
        if not own:
            faults.append(_fault("childless", code[i], "has no cells below it"))
        elif rounded:
            faults += _rounded_fit(code[i], shapes[i], unite(shapes[own]))
        else:
            faults += _fit(code[i], shapes[i], shapes[own])
    return faults


def _fit(code: str, shape: Any, below: NDArray[Any]) -> list[CoverageFault]:
    """Whether the cells below a cell fill it to the last bit."""
    missing = shape.area - shapely.area(below).sum()
    rest = shapely.difference(shape, shapely.unary_union(below))
    if abs(missing) <= TOLERANCE * shape.area and rest.area <= TOLERANCE * shape.area:
        return []
    where = rest if rest.area > 0 else shape
    return [_unfilled("gap", code, missing, where) if missing > 0 else _unfilled("beyond", code, -missing, where)]


def _rounded_fit(code: str, shape: Any, below: Any) -> list[CoverageFault]:
    """Whether they fill it but for rounding."""
    gap, beyond = _wide(shapely.difference(shape, below)), _wide(shapely.difference(below, shape))
    return [
        *([_unfilled("gap", code, gap.area, gap)] if gap is not None else []),
        *([_unfilled("beyond", code, beyond.area, beyond)] if beyond is not None else []),
    ]


def _unfilled(kind: Literal["gap", "beyond"], code: str, area: float, where: Any) -> CoverageFault:
    word = "leave a gap of" if kind == "gap" else "reach beyond it by"
    return _fault(kind, code, f"the cells below it {word} {area:.3g} square degrees near {_place(where)}")


def _holes(union: Any) -> list[Any]:
    parts = union.geoms if hasattr(union, "geoms") else [union]
    return [shapely.Polygon(ring) for part in parts for ring in part.interiors]


def _place(shape: Any) -> str:
    point = shapely.point_on_surface(shape)
    return f"{point.x:.5f}, {point.y:.5f}"
