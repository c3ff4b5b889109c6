"""The geometry of one grid level as one compact binary for the canvas map (``dashboard/assets/map/geometry.js``).

It is sent once, under an immutable URL, and is decoded in a millisecond or two; values are sent separately.

Layout, version 1, little-endian::

    offset  type   what
    0       4 s    magic "GWGM"
    4       u8     version (1)
    5       u8[3]  zero
    8       f64    west edge (degrees east), the x of quantised 0
    16      f64    south edge (degrees north), the y of quantised 0
    24      f64    quantum (degrees): degrees = edge + integer * quantum
    32      u32    n cells
    36      u32    p polygons
    40      u32    r rings
    44      u32    v vertices (the closing vertex of a ring is not stored)
    48             varints: n cell ids, each as zigzag of the difference to the one before
                   varints: n polygon counts (one per cell); p ring counts (shell first, then holes); r vertex counts
                   varints: v times zigzag(dx), zigzag(dy); the first vertex of a ring is relative to the first
                   vertex of the ring before it, every other to the vertex before it

A varint holds seven bits per byte, low bits first, the high bit set on all but the last byte.  Cells that share an edge
with equal coordinates still share it: equal degrees give equal integers.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.antimeridian import continuous
from geo.shapes import Shapes
from geo.unite import unite

QUANTUM = 1e-6  # degrees, about 0.1 m: finer than a pixel at any zoom of a wall
VERSION = 1
_HEAD = struct.Struct("<4sB3x3d4I")
_POLYGON, _MULTIPOLYGON = 3, 6


def pack(cells: Sequence[tuple[int, bytes]], quantum: float = QUANTUM) -> bytes:
    """The cells ``(grid position, WKB polygon or multipolygon in EPSG:4326)`` of one level as one binary.

    No cells give an empty but valid binary.  Raises ValueError with the grid position of a geometry that is not
    WKB, is empty, or is neither polygon nor multipolygon, and for coordinates that are not degrees.  Cells on both sides of
    the 180th meridian are packed side by side: the western ones at more than 180 degrees.
    """
    ids = np.array([i for i, _ in cells], np.int64)
    shapes = shapely.from_wkb([wkb for _, wkb in cells], on_invalid="ignore")
    kinds = shapely.get_type_id(shapes)
    wrong = np.flatnonzero(~np.isin(kinds, (_POLYGON, _MULTIPOLYGON)) | shapely.is_empty(shapes))
    if len(wrong):
        what = shapes[wrong[0]].geom_type if shapes[wrong[0]] is not None else "not WKB"
        raise ValueError(f"geometry of grid position {ids[wrong[0]]} is {what} or empty; give a polygon or multipolygon")
    outside = np.flatnonzero(~(np.abs(shapely.bounds(shapes).reshape(-1, 4)) <= (180, 90, 180, 90)).all(axis=1))
    if len(outside):
        raise ValueError(
            f"geometry of grid position {ids[outside[0]]} has coordinates that are not degrees; convert it to EPSG:4326"
        )
    return _packed(ids, continuous(shapely.force_2d(shapes)), quantum)


def _packed(ids: NDArray[np.int64], shapes: Shapes, quantum: float) -> bytes:
    parts, cell_of = shapely.get_parts(shapes, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    degrees, ring_of = shapely.get_coordinates(rings, return_index=True)
    west, south = (degrees.min(axis=0) if len(degrees) else np.zeros(2)).tolist()
    grid = np.rint((degrees - (west, south)) / quantum).astype(np.int64)
    open_end = np.ones(len(ring_of), bool)
    open_end[:-1] = ring_of[1:] == ring_of[:-1]  # the last vertex of a ring repeats its first
    open_end[-1:] = False
    grid, ring_of = grid[open_end], ring_of[open_end]
    first = np.ones(len(ring_of), bool)
    first[1:] = ring_of[1:] != ring_of[:-1]
    step = np.diff(grid, axis=0, prepend=np.zeros((1, 2), np.int64))
    step[first] = np.diff(grid[first], axis=0, prepend=np.zeros((1, 2), np.int64))
    counts = [
        np.bincount(cell_of, minlength=len(ids)),
        np.bincount(part_of, minlength=len(parts)),
        np.bincount(ring_of, minlength=len(rings)),
    ]
    head = _HEAD.pack(b"GWGM", VERSION, west, south, quantum, len(ids), len(parts), len(rings), len(grid))
    return head + varints(np.concatenate([_zigzag(np.diff(ids, prepend=0)), *counts, _zigzag(step).ravel()]))


def pack_outline(cells: Sequence[tuple[int, bytes]], quantum: float = QUANTUM) -> bytes:
    """The union of the cells as one shape with id -1: what the map draws as the city's outline ("level 0").

    Gaps between neighbours within rounding are closed, so that no seam shows as an outline.
    """
    if not cells:
        return pack([], quantum)
    shapes = continuous(shapely.force_2d(shapely.from_wkb([wkb for _, wkb in cells])))
    return _packed(np.array([-1], np.int64), np.array([unite(shapes), None], object)[:1], quantum)


def unpack(binary: bytes) -> list[tuple[int, bytes]]:
    """Cells as ``pack`` takes them, each a WKB polygon (one part) or multipolygon, exact to half a quantum.

    Raises ValueError if the binary is not of this version or is truncated.
    """
    if len(binary) < _HEAD.size or binary[:4] != b"GWGM" or binary[4] != VERSION:
        raise ValueError(f"not a level geometry of version {VERSION}: starts with {binary[:5]!r}")
    _, _, west, south, quantum, n, p, r, v = _HEAD.unpack_from(binary)
    values = _read_varints(np.frombuffer(binary, np.uint8, offset=_HEAD.size))
    if len(values) != 2 * n + p + r + 2 * v:
        raise ValueError(f"level geometry is cut short: {len(values)} numbers, {2 * n + p + r + 2 * v} promised")
    ids, part_count, ring_count, sizes, steps = np.split(values, np.cumsum([n, n, p, r]))
    step = _unzigzag(steps).reshape(-1, 2)
    starts = np.cumsum(sizes) - sizes
    grid = np.cumsum(step, axis=0)
    if r:
        # a running sum over all steps is off by the total of the earlier rings: move each ring to its own start
        true_start = np.cumsum(step[starts], axis=0)
        grid += np.repeat(true_start - grid[starts], sizes, axis=0)
    closed = np.insert(grid, starts + sizes, grid[starts], axis=0)
    rings = shapely.linearrings((west, south) + closed * quantum, indices=np.repeat(np.arange(r), sizes + 1))
    polygons = shapely.polygons(rings, indices=np.repeat(np.arange(p), ring_count)) if p else np.zeros(0, object)
    out: list[tuple[int, bytes]] = []
    at = 0
    for cell, parts in zip(np.cumsum(_unzigzag(ids)).tolist(), part_count.tolist(), strict=True):
        shape = polygons[at] if parts == 1 else shapely.multipolygons(polygons[at : at + parts])
        out.append((cell, shapely.to_wkb(shape)))
        at += parts
    return out


def _zigzag(values: NDArray[np.int64]) -> NDArray[np.int64]:
    return (values << 1) ^ (values >> 63)


def _unzigzag(values: NDArray[np.int64]) -> NDArray[np.int64]:
    return (values >> 1) ^ -(values & 1)


def varints(values: NDArray[np.int64]) -> bytes:
    """Non-negative integers below 2**35, vectorised: five byte columns, each number keeps those it needs."""
    shifted = values[:, None] >> np.arange(0, 35, 7)
    used = shifted > 0
    used[:, 0] = True
    more = np.zeros_like(used)
    more[:, :-1] = used[:, 1:]
    encoded: NDArray[np.uint8] = ((shifted & 0x7F) | (more * 0x80)).astype(np.uint8)
    return encoded[used].tobytes()


def _read_varints(raw: NDArray[np.uint8]) -> NDArray[np.int64]:
    last = np.flatnonzero(raw < 0x80)
    if not len(last):
        return np.zeros(0, np.int64)
    first = np.concatenate([[0], last[:-1] + 1])
    place = np.arange(last[-1] + 1) - np.repeat(first, last - first + 1)
    return np.add.reduceat((raw[: last[-1] + 1].astype(np.int64) & 0x7F) << (7 * place), first)
