"""The land around a city's cells: rivers, waters, roads, rails, an old town, relief, as generalised lines and areas.

A GeoJSON file, or a layer of a GeoPackage, in any stated coordinate system; read with geopandas as grid files are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely

from geo.coordinates import to_degrees
from geo.features import Told, refused
from geo.vector_file import look_at, no_layer, read_drawing, read_plain

#: What a feature may be, in the order in which they are drawn.
KINDS = ("relief", "water", "river", "old_town", "rail", "road")
#: Details smaller than this are left out (degrees, about 10 m); coordinates are kept to about a metre.
DETAIL, DIGITS = 1e-4, 5
#: A layer with more vertices than this is no generalised one: it would be drawn slowly.
MOST = 200_000


class Context(NamedTuple):
    """``body``: JSON, one object for each kind: {"kind", "areas": [rings], "lines": [lines]}, each [lon, lat, lon, lat ...].
    ``notes``: features that are not drawn."""

    body: bytes
    notes: tuple[Told, ...] = ()


def read_context(path: Path, kind: str, words: Mapping[str, str], layer: str = "", crs: str = "") -> Context:
    """The layer in degrees; ``kind`` is the property that holds what a feature is, ``words`` -> one of ``KINDS``.

    Features of other words, points and what cannot be drawn are left out and noted.  Raises GridFileError if the file cannot be
    used, holds nothing of the kinds, or is not generalised.
    """
    if path.suffix.lower() == ".gpkg":
        look_at(path, layer, crs)
        drawing = read_drawing(path, None, layer)
    else:
        if layer:
            raise no_layer(path, layer)
        drawing = read_plain(path)
    placed = [f for f in drawing.features if f.shape is not None]
    moved, notes = to_degrees(
        path, np.array([*(shapely.force_2d(f.shape) for f in placed), None], object)[:-1], drawing.crs, crs, drawing.where
    )
    parts: dict[str, dict[str, list[list[float]]]] = {}
    strange, pointless = 0, len(drawing.features) - len(placed)
    for feature, shape in zip(placed, moved, strict=True):
        of = words.get(str(feature.properties.get(kind) or "").strip(), "")
        if of not in KINDS:
            strange += 1
            continue
        held = parts.setdefault(of, {"areas": [], "lines": []})
        before = sum(map(len, held.values()))
        for place, line in _lines(shapely.simplify(shape, DETAIL)):
            held[place].append(np.round(line, DIGITS).ravel().tolist())
        pointless += before == sum(map(len, held.values()))
    if strange:
        notes = (
            *notes,
            Told(f"features whose {kind} is none of the known words: {strange}", f"有 {strange} 个要素的 {kind} 不认得"),
        )
    if pointless:
        notes = (*notes, Told(f"features that are no line and no area: {pointless}", f"有 {pointless} 个要素不是线或面"))
    return Context(_body(path, parts, kind), notes)


def _lines(shape: Any) -> Iterator[tuple[str, Any]]:
    """("areas", ring) or ("lines", line) of each part of a shape, (n, 2) degrees."""
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            yield from (
                ("areas", shapely.get_coordinates(ring)) for ring in [part.exterior, *part.interiors] if not ring.is_empty
            )
        elif part.geom_type in ("LineString", "LinearRing") and not part.is_empty:
            yield "lines", shapely.get_coordinates(part)
        elif part.geom_type.startswith(("Multi", "Geometry")):
            yield from _lines(part)


def _body(path: Path, parts: Mapping[str, Mapping[str, Sequence[Sequence[float]]]], kind: str) -> bytes:
    size = sum(len(line) // 2 for held in parts.values() for lines in held.values() for line in lines)
    if not size:
        raise refused(
            path,
            "kind",
            Told(
                f"no feature is a line or area whose {kind} is one of {', '.join(KINDS)}, nor of the words under kinds",
                f"没有一个线或面要素的 {kind} 属于 {'、'.join(KINDS)} 或 kinds 所列的词",
            ),
        )
    if size > MOST:
        raise refused(
            path,
            "",
            Told(
                f"has {size:,} vertices; a layer under the cells has at most {MOST:,}: leave what orients, generalise it",
                f"有 {size:,} 个顶点；底层至多 {MOST:,} 个：只留定向所需，并先概化",
            ),
        )
    return json.dumps([{"kind": k, **parts[k]} for k in KINDS if k in parts], separators=(",", ":")).encode()
