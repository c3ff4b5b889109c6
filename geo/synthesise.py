"""A synthetic city: towns and the levels below them as unions of ONE planar partition, so that shared edges are equal.

The smallest cells are the Voronoi regions of scattered points; the city's edge results from mirroring the points near the
outline across it.  Corners are rounded to a lattice once, before any polygon is built; a cell of a higher level is a
cluster of the smallest ones, and its shape is their union.  It shows no real boundary.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree

from geo.clusters import Floats, Ints, apportion, cluster, means, settle, sharing_edges
from geo.shapes import Shape, Shapes

#: Corners lie on this lattice (degrees; about 0.1 m).
LATTICE = 1e-6


@dataclass(frozen=True)
class Town:
    """A cell of the top level: its position (``x``, ``y`` in -1 .. 1) and relative extent (1 = usual)."""

    code: str
    zh: str
    en: str
    x: float
    y: float
    size: float = 1.0
    urban: bool = False


@dataclass(frozen=True)
class Below:
    """A level below the towns: number of cells, and their names after their parent's; a run of # is replaced by the number."""

    count: int
    zh: str = "示例##"
    en: str = "sample ##"


@dataclass(frozen=True)
class Coverage:
    """A nested coverage, parents before children; every list has one entry per cell.  ``area`` in square degrees."""

    code: list[str]
    parent: list[str | None]
    level: list[int]
    zh: list[str]
    en: list[str]
    geometry: Shapes
    population: Ints
    lon: Floats
    lat: Floats
    area: Floats

    def at(self, level: int) -> Ints:
        """Positions of the cells of a level."""
        return np.asarray(np.flatnonzero(np.asarray(self.level) == level), np.int64)

    @cached_property
    def finest(self) -> Ints:
        """Positions of the cells of the lowest level."""
        return self.at(max(self.level))

    @cached_property
    def top(self) -> Ints:
        """(n,) position of the town that each cell lies in (or is)."""
        index = {c: i for i, c in enumerate(self.code)}
        out = np.arange(len(self.code))
        for i, parent in enumerate(self.parent):
            if parent is not None:
                out[i] = out[index[parent]]
        return np.asarray(out, np.int64)


def synthesise(
    towns: Sequence[Town],
    below: Sequence[Below],
    center: tuple[float, float],
    half: tuple[float, float],
    population: int,
    seed: int,
) -> Coverage:
    """Towns and the levels below them (exactly the requested numbers of cells); the same seed gives the same bytes.

    ``half``: half the city's width and height, degrees of longitude and latitude.  A code is its parent's plus three
    digits.  Names below the towns are numbered and say 示例: real villages are never invented.  Populations sum to
    ``population``, denser in urban towns.
    """
    rng = np.random.default_rng([seed, 1])
    cells = below[-1].count
    points = _scatter(towns, cells, rng)
    corners, rings = _partition(points, rng)
    near = sharing_edges(rings)
    groups = [settle(_town_of(points, towns, rng), near, len(towns))]
    firsts: list[Ints] = []
    factor = [0.8 if t.urban else 1.0 for t in towns]
    for level in below[:-1]:
        above = groups[-1]
        counts = apportion(np.bincount(above, minlength=len(factor)) * factor, level.count)
        first = np.concatenate([[0], np.cumsum(counts)])
        group = np.full(cells, -1, np.int64)
        for a in range(len(factor)):
            own = np.flatnonzero(above == a)
            group[own] = first[a] + cluster(points[own], int(counts[a]), rng)
        groups.append(settle(group, near, level.count, within=above))
        firsts.append(np.asarray(first, np.int64))
        factor = [1.0] * level.count
    lonlat = np.round((np.asarray(center) + corners * np.asarray(half)) / LATTICE) * LATTICE
    lonlat = np.round(lonlat, 6)
    shapes = np.asarray([shapely.Polygon(_distinct(lonlat[ring])) for ring in rings] + [None], dtype=object)[:-1]
    return _name(towns, below, groups, firsts, shapes, population, rng)


def _outline(angle: Floats) -> Floats:
    """An organic closed curve: the radius (about 1) in each direction."""
    wave = 0.055 * np.sin(2 * angle + 0.7) + 0.05 * np.sin(3 * angle + 2.1) + 0.028 * np.sin(5 * angle + 0.3)
    wave += 0.016 * np.sin(9 * angle + 1.2) + 0.009 * np.sin(14 * angle + 2.9) + 0.006 * np.sin(23 * angle)
    return np.asarray(0.93 + wave)


def _inside(points: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.hypot(points[:, 0], points[:, 1]) < _outline(np.arctan2(points[:, 1], points[:, 0])))


def _scatter(towns: Sequence[Town], n: int, rng: np.random.Generator) -> Floats:
    """n points, denser in urban towns, smoothed by a few rounds of Lloyd's method on a sample."""
    sample = rng.uniform(-1.1, 1.1, (n * 60, 2))
    sample = sample[_inside(sample)]
    density = np.ones(len(sample))
    for t in towns:
        if t.urban:
            density += 5.0 * np.exp(-((sample[:, 0] - t.x) ** 2 + (sample[:, 1] - t.y) ** 2) / (2 * 0.13**2))
        else:
            density += 1.6 * np.exp(-((sample[:, 0] - t.x) ** 2 + (sample[:, 1] - t.y) ** 2) / (2 * 0.06**2))
    sample = sample[rng.random(len(sample)) < density / density.max() * 1.6]
    points: Floats = sample[rng.choice(len(sample), n, replace=False)]
    for _ in range(3):
        nearest = cKDTree(points).query(sample)[1]
        points = means(nearest, sample, points)
    return points


def _partition(points: Floats, rng: np.random.Generator) -> tuple[Floats, list[list[int]]]:
    """Corners (m, 2) and, per point, the ring of corner positions; the outer edge follows the outline."""
    angle = np.linspace(-np.pi, np.pi, 4000, endpoint=False)
    curve = np.stack([np.cos(angle), np.sin(angle)], axis=1) * _outline(angle)[:, None]
    distance, at = cKDTree(curve).query(points)
    close = distance < 0.09
    mirrored = 2 * curve[at[close]] - points[close]
    far = 3.0 * np.stack([np.cos(angle[::250]), np.sin(angle[::250])], axis=1)
    voronoi = Voronoi(np.concatenate([points, mirrored[~_inside(mirrored)], far]))
    rings = []
    for i in range(len(points)):
        ring = list(voronoi.regions[voronoi.point_region[i]])
        xy = voronoi.vertices[ring] - points[i]
        rings.append([ring[k] for k in np.argsort(np.arctan2(xy[:, 1], xy[:, 0]))])
    return np.asarray(voronoi.vertices, np.float64), rings


def _town_of(points: Floats, towns: Sequence[Town], rng: np.random.Generator) -> Ints:
    """The town of each point: the nearest seed, after slightly warping the plane so that borders are irregular."""
    phase = rng.uniform(0, 2 * np.pi, 8)
    x, y = points[:, 0], points[:, 1]
    bent = np.stack(
        [
            x + 0.035 * np.sin(5 * y + phase[0]) + 0.018 * np.sin(13 * y + phase[1]) + 0.008 * np.sin(29 * y + phase[2]),
            y + 0.035 * np.sin(5 * x + phase[4]) + 0.018 * np.sin(13 * x + phase[5]) + 0.008 * np.sin(29 * x + phase[6]),
        ],
        axis=1,
    )
    reach = np.stack([np.hypot(bent[:, 0] - t.x, (bent[:, 1] - t.y)) / t.size for t in towns], axis=1)
    return np.asarray(np.argmin(reach, axis=1), np.int64)


def _distinct(ring: Floats) -> Floats:
    """A ring without corners made equal by rounding."""
    keep = np.any(ring != np.roll(ring, 1, axis=0), axis=1)
    return np.asarray(ring[keep])


def _called(sample: str, number: int) -> str:
    """``村##`` and 7 -> ``村07``."""
    return re.sub("#+", lambda run: f"{number:0{len(run[0])}d}", sample)


def _name(
    towns: Sequence[Town],
    below: Sequence[Below],
    groups: list[Ints],
    firsts: list[Ints],
    shapes: Shapes,
    population: int,
    rng: np.random.Generator,
) -> Coverage:
    """The coverage from the groups of the smallest cells, one array per level, and the start of each parent's groups."""
    code: list[str] = [t.code for t in towns]
    parent: list[str | None] = [None] * len(towns)
    zh, en = [t.zh for t in towns], [t.en for t in towns]
    level = [1] * len(towns)
    geometry: list[Any] = [shapely.coverage_union_all(shapes[groups[0] == t]) for t in range(len(towns))]
    begin = 0  # start of the level above in the lists

    def add(depth: int, above: int, number: int, shape: Shape) -> None:
        code.append(f"{code[above]}{number:03d}")
        parent.append(code[above])
        zh.append(zh[above] + _called(below[depth].zh, number))
        en.append(f"{en[above]} {_called(below[depth].en, number)}")
        level.append(depth + 2)
        geometry.append(shape)

    for depth, first in enumerate(firsts):
        start = len(code)
        order = np.argsort(groups[depth + 1], kind="stable")
        edge = np.searchsorted(groups[depth + 1][order], np.arange(first[-1] + 1))
        for v, a in enumerate(np.searchsorted(first, np.arange(first[-1]), side="right") - 1):
            add(depth, begin + int(a), v - int(first[a]) + 1, shapely.coverage_union_all(shapes[order[edge[v] : edge[v + 1]]]))
        begin = start
    order = np.argsort(groups[-1], kind="stable")
    edge = np.searchsorted(groups[-1][order], np.arange(groups[-1].max() + 1))
    for rank, i in enumerate(order):
        above = int(groups[-1][i])
        add(len(below) - 1, begin + above, rank - int(edge[above]) + 1, shapes[i])
    urban = np.asarray([3.0 if t.urban else 1.0 for t in towns])[groups[0][order]]
    people = apportion(urban * rng.lognormal(0.0, 0.45, len(order)), population)
    sums = [np.bincount(g[order], people, int(g.max()) + 1).astype(np.int64) for g in groups]
    array = np.asarray([*geometry, None], dtype=object)[:-1]
    inner = shapely.centroid(array)
    return Coverage(
        code,
        parent,
        level,
        zh,
        en,
        array,
        np.concatenate([*sums, people]),
        shapely.get_x(inner),
        shapely.get_y(inner),
        shapely.area(array),
    )
