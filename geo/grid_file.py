"""A file of grid cells: GeoJSON, Shapefile (also in a .zip) or GeoPackage, in any stated coordinate system.

The only entry point for outlines from files.  The result is in degrees of CGCS2000 (EPSG:4490; WGS 84 is equal for display).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely

from geo import geojson
from geo.features import Feature, Keys, Outlines, Told, outlines_of
from geo.vector_file import is_vector_file, look_at, no_layer, parts_of, read_drawing

#: Increase it when the same file gives different outlines than before.
VERSION = 1


def read_shapes(path: str | Path, key: str) -> dict[str, bytes]:
    """Code -> WKB polygon or multipolygon of each cell that can be drawn; see ``read_outlines``."""
    return {code: outline.wkb for code, outline in read_outlines(path, key).cells.items() if outline.wkb is not None}


def read_outlines(path: str | Path, key: str, name: str = "", parent: str = "", layer: str = "", crs: str = "") -> Outlines:
    """The cells of a file; ``key``, ``name`` and ``parent`` are the properties that hold them ("" = none does).

    ``layer`` names one of several layers.  ``crs`` states the coordinate system (``geo.coordinates.known_crs``); "" =
    as given by the file itself, degrees for GeoJSON.  Features with the same code are parts of one cell, named by the first.
    Raises GridFileError if the file cannot be used as a whole.
    """
    keys = Keys(key, name, parent)
    if is_vector_file(path):
        look_at(Path(path), layer, crs)
        drawing = read_drawing(Path(path), keys, layer)
        features, notes = _in_degrees(Path(path), drawing.features, drawing.crs, crs, drawing.where)
        notes = (*drawing.notes, *notes)
    else:
        if layer:
            raise no_layer(Path(path), layer)
        features, named = geojson.read_features(path, stated=bool(crs))
        features, notes = _in_degrees(Path(path), features, named, crs, "its member crs") if crs else (features, ())
    return outlines_of(path, features, keys)._replace(notes=notes)


def read_features(path: str | Path) -> Sequence[Feature]:
    """The features of a Shapefile or GeoPackage with all their properties, in degrees.  Raises GridFileError."""
    file = Path(path)
    look_at(file, "", "")
    drawing = read_drawing(file, None)
    return _in_degrees(file, drawing.features, drawing.crs, "", drawing.where)[0]


def _in_degrees(
    path: Path, features: Sequence[Feature], own: str, stated: str, where: str
) -> tuple[Sequence[Feature], tuple[Told, ...]]:
    from geo.coordinates import to_degrees

    drawn = [i for i, f in enumerate(features) if f.shape is not None]
    shapes = shapely.force_2d(np.array([*(features[i].shape for i in drawn), None], object)[:-1])
    moved, notes = to_degrees(path, shapes, own, stated, where)
    placed = list(features)
    for i, shape in zip(drawn, moved, strict=True):
        placed[i] = features[i]._replace(shape=shape)
    return placed, notes


def costs_much(path: str | Path, crs: str) -> bool:
    """Whether reading it loads libraries that a running server should avoid."""
    return is_vector_file(path) or bool(crs)


def check_there(path: str | Path, layer: str, crs: str) -> None:
    """Checks what can be seen without reading the whole file.  Raises GridFileError and OSError."""
    if is_vector_file(path):
        look_at(Path(path), layer, crs)
    else:
        Path(path).open("rb").close()


def digest(path: str | Path) -> str:
    """A digest of the bytes of the file and of all files that belong to it."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts_of(Path(path)):
        with part.open("rb") as file:
            state.update(part.suffix.lower().encode() + hashlib.file_digest(file, "sha256").digest())
    return f"{VERSION}.{state.hexdigest()}"


__all__ = ["VERSION", "check_there", "costs_much", "digest", "is_vector_file", "read_features", "read_outlines", "read_shapes"]
