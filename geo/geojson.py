"""A GeoJSON file (RFC 7946) of grid cells, read whole or refused whole: every fault with its place and what to write.

The one place where outlines enter from a file.  Coordinates are degrees of WGS 84 or CGCS2000 (EPSG:4326, EPSG:4490,
equal for display); anything else is refused and never guessed.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import shapely

#: So many faults are listed; the last line then says how many more there are.
LISTED = 20
_KNOWN_CRS = re.compile(r"(4326|4490|CRS84)$", re.IGNORECASE)
_POLYGONAL = ("Polygon", "MultiPolygon")


class GeoJSONFault(ValueError):
    """A faulty file; ``faults`` are (place, what and what instead)."""

    def __init__(self, path: str, faults: list[tuple[str, str]]) -> None:
        more = len(faults) - LISTED
        self.path, self.faults = path, [*faults[:LISTED], *([("", f"... and {more} more")] if more > 0 else [])]
        super().__init__(f"{path}: " + "; ".join(f"{place}: {what}" if place else what for place, what in self.faults))


class Outline(NamedTuple):
    """A cell as a file draws it: WKB polygon or multipolygon; name and parent's code, "" where the file says none."""

    wkb: bytes
    name: str = ""
    parent: str = ""


def read_shapes(path: str | Path, key: str) -> dict[str, bytes]:
    """Code -> WKB polygon or multipolygon of each cell; see ``read_outlines``."""
    return {code: outline.wkb for code, outline in read_outlines(path, key).items()}


def read_outlines(path: str | Path, key: str, name: str = "", parent: str = "") -> dict[str, Outline]:
    """Code -> outline of each cell; ``key``, ``name`` and ``parent`` are the properties that hold them ("" = none does).

    Features of one code are parts of one cell, whose first feature names it.  Outlines come as they are drawn, also
    those that are not valid (``geo.repair``).  Raises GeoJSONFault with every fault of the file.
    """
    content = _content(path)
    faults: list[tuple[str, str]] = []
    crs = str(((content.get("crs") or {}).get("properties") or {}).get("name", "EPSG:4326"))
    if not _KNOWN_CRS.search(crs):
        faults.append(("crs", f"'{crs}' is not in degrees of WGS 84 or CGCS2000; convert the file to EPSG:4326 or EPSG:4490"))
    parts: dict[str, list[Any]] = {}
    words: dict[str, tuple[str, str]] = {}
    for i, feature in enumerate(content["features"]):
        try:
            code, shape = _feature(feature, key)
            parts.setdefault(code, []).append(shape)
            words.setdefault(code, (_word(feature, name), _word(feature, parent)))
        except ValueError as fault:
            faults.append((f"features.{i}", str(fault)))
    if not content["features"]:
        faults.append(("features", "is empty; give one feature a cell"))
    if faults:
        raise GeoJSONFault(str(path), faults)
    return {code: Outline(shapely.to_wkb(_joined(shapes)), *words[code]) for code, shapes in parts.items()}


def _content(path: str | Path) -> dict[str, Any]:
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise GeoJSONFault(str(path), [("", f"cannot be read: {error.strerror}; paths are relative to the working directory")]
                           ) from None
    except ValueError as error:     # no JSON, or no UTF-8
        raise GeoJSONFault(str(path), [("", f"not JSON: {error}")]) from None
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection" \
            or not isinstance(content.get("features"), list):
        kind = content.get("type") if isinstance(content, dict) else type(content).__name__
        raise GeoJSONFault(str(path), [("type", f"{kind!r} is no FeatureCollection with features; write GeoJSON (RFC 7946)")])
    return content


def _feature(feature: Any, key: str) -> tuple[str, Any]:
    """(code, shape) of one feature.  Raises ValueError."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    properties = properties if isinstance(properties, dict) else {}
    code = properties.get(key)
    if isinstance(code, bool) or not isinstance(code, (str, int)) or not str(code).strip():
        known = ", ".join(str(p) for p in list(properties)[:12]) or "none"
        raise ValueError(f"its property '{key}' holds no code ({code!r}); its properties are: {known}")
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in _POLYGONAL:
        raise ValueError(f"'{code}' has the geometry {kind!r}; a cell is a Polygon or MultiPolygon")
    try:
        shape = shapely.force_2d(shapely.from_geojson(json.dumps(geometry)))
    except (shapely.GEOSException, TypeError, ValueError) as error:
        raise ValueError(f"'{code}': its coordinates are no {kind} ({str(error).splitlines()[0]})") from None
    if shape.is_empty:
        raise ValueError(f"'{code}' has an empty {kind}")
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(f"'{code}': ({west:.6g}, {south:.6g}) are not degrees; convert the file to EPSG:4326 or EPSG:4490")
    return str(code).strip(), shape


def _word(feature: Any, key: str) -> str:
    """A property as text; "" where none is asked for.  Raises ValueError where the features have no such property."""
    if not key:
        return ""
    if key not in feature["properties"]:
        known = ", ".join(str(p) for p in list(feature["properties"])[:12])
        raise ValueError(f"it has no property '{key}'; its properties are: {known}")
    value = feature["properties"][key]
    return "" if value is None else str(value).strip()


def _joined(shapes: list[Any]) -> Any:
    return shapes[0] if len(shapes) == 1 else shapely.multipolygons([p for s in shapes for p in shapely.get_parts(s)])


__all__ = ["GeoJSONFault", "Outline", "read_outlines", "read_shapes"]
