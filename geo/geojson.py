"""A GeoJSON file (RFC 7946) of grid cells: what can be drawn is taken, what cannot is kept with the reason.

The one place where outlines enter from a file.  Coordinates are degrees of WGS 84 or CGCS2000 (EPSG:4326, EPSG:4490,
equal for display).  A file that as a whole is no such thing is refused, and never guessed.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely

from geo.json_file import read_json
from geo.repair import METRES, cleaned
from geo.rings import shape_of

_KNOWN_CRS = re.compile(r"(?i)(?:(?<!\d)(?:4326|4490|4480|4979)|CRS84h?|WGS[ _]?(?:19)?84|CGCS[ _]?2000)(?:/ogcwkt)?/?")


class GeoJSONFault(ValueError):
    """A faulty file; ``faults`` are (place, what and what instead)."""

    def __init__(self, path: str, faults: list[tuple[str, str]]) -> None:
        self.path, self.faults = path, faults
        super().__init__(f"{path}: " + "; ".join(f"{place}: {what}" if place else what for place, what in self.faults))


class Outline(NamedTuple):
    """A cell as a file draws it: WKB polygon or multipolygon that can be drawn, None = its features cannot; name and parent's
    code, "" where the file says none; what had to be mended of it, "" = nothing."""

    wkb: bytes | None
    name: str = ""
    parent: str = ""
    mended: str = ""


class Rejected(NamedTuple):
    """A feature that is not drawn: its cell's code, or its place where it has none; why (``no_key``, ``bad_geometry``)."""

    key: str
    reason: str
    detail: str


class Outlines(NamedTuple):
    """``cells`` by code; of the features ``drawn`` were used and the others ``rejected``, each with its reason."""

    cells: dict[str, Outline]
    drawn: int = 0
    rejected: tuple[Rejected, ...] = ()


def read_shapes(path: str | Path, key: str) -> dict[str, bytes]:
    """Code -> WKB polygon or multipolygon of each cell that can be drawn; see ``read_outlines``."""
    return {code: outline.wkb for code, outline in read_outlines(path, key).cells.items() if outline.wkb is not None}


def read_outlines(path: str | Path, key: str, name: str = "", parent: str = "") -> Outlines:
    """The cells of a file; ``key``, ``name`` and ``parent`` are the properties that hold them ("" = none does).

    Features of one code are parts of one cell, whose first feature names it; parts that overlap come as they are drawn.
    Raises GeoJSONFault where the file as a whole cannot be used: no JSON, no features, none with a code, another system of
    coordinates.
    """
    content = _content(path)
    features = content["features"]
    crs = _named(content.get("crs"))
    if not _in_degrees(crs):
        raise _refused(path, "crs", f"{_shown(crs)} is not in degrees of WGS 84 or CGCS2000; {METRES}")
    if not features:
        raise _refused(path, "features", "is empty; give one feature a cell")
    codes = [code_of(_properties(f).get(key)) for f in features]
    for asked in (key, name, parent):
        if (asked and not any(asked in _properties(f) for f in features)) or (asked == key and not any(codes)):
            raise _refused(path, "features.0", _without(features[0], asked, asked == key))
    parts: dict[str, list[Any]] = {}
    first: dict[str, tuple[str, str]] = {}
    mended: dict[str, str] = {}
    rejected: list[Rejected] = []
    afield = 0
    for i, (code, feature) in enumerate(zip(codes, features, strict=True)):
        if not code:
            rejected.append(Rejected(f"features.{i}", "no_key", _without(feature, key, True)))
            continue
        words = _properties(feature)
        first.setdefault(code, (code_of(words.get(name)) if name else "", code_of(words.get(parent)) if parent else ""))
        try:
            shape, why = cleaned(shape_of(feature.get("geometry")))
        except ValueError as error:
            afield += "are not degrees" in str(error)
            rejected.append(Rejected(code, "bad_geometry", str(error)))
            continue
        parts.setdefault(code, []).append(shape)
        mended[code] = why or mended.get(code, "")
    if afield and not parts:
        raise _refused(path, "features", next(r.detail for r in rejected if "are not degrees" in r.detail))
    cells = {
        code: Outline(bytes(shapely.to_wkb(_joined(parts[code]))) if code in parts else None, *words, mended.get(code, ""))
        for code, words in first.items()
    }
    return Outlines(cells, sum(map(len, parts.values())), tuple(rejected))


def code_of(value: Any) -> str:
    """A property as a code or name: whole numbers without a point (110.0 is "110"), no blanks around; "" = none."""
    if isinstance(value, float):
        value = None if not math.isfinite(value) else int(value) if value.is_integer() else value
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    try:
        text = str(value)
    except ValueError:  # an integer of thousands of digits
        return ""
    # half of a pair of surrogates is no character, and no store takes a zero
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "").strip()


def _content(path: str | Path) -> dict[str, Any]:
    try:
        content = read_json(path)
    except OSError as error:
        raise _refused(path, "", f"cannot be read: {error.strerror}; paths are relative to the working directory") from None
    except ValueError as error:
        raise _refused(path, "", str(error)) from None
    if isinstance(content, list) and any(isinstance(f, dict) and "geometry" in f for f in content):
        return {"features": content}
    if isinstance(content, dict) and content.get("type") == "Feature":
        return {"features": [content], "crs": content.get("crs")}
    kind = content.get("type", "FeatureCollection") if isinstance(content, dict) else type(content).__name__
    if not isinstance(content, dict) or kind != "FeatureCollection" or not isinstance(content.get("features"), list):
        raise _refused(path, "type", f"{_shown(kind)} is no FeatureCollection with features; write GeoJSON (RFC 7946)")
    return content


def _named(crs: Any) -> Any:
    """What the member ``crs`` (of GeoJSON before RFC 7946) names, as text, number or object."""
    if not isinstance(crs, dict):
        return crs
    properties = crs.get("properties", crs)
    return (properties.get("name") or properties.get("href")) if isinstance(properties, dict) else properties


def _in_degrees(crs: Any) -> bool:
    """Whether this is the name of degrees as we draw them; none is RFC 7946's WGS 84."""
    if crs is None or crs == "":
        return True
    match = _KNOWN_CRS.search(str(crs).strip()) if isinstance(crs, (str, int)) and not isinstance(crs, bool) else None
    return match is not None and match.end() == len(str(crs).strip())


def _properties(feature: Any) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties if isinstance(properties, dict) else {}


def _without(feature: Any, asked: str, key: bool) -> str:
    known = ", ".join(code_of(p)[:40] for p in list(_properties(feature))[:12]) or "none"
    held = _shown(_properties(feature).get(asked))
    return (
        f"its property '{asked}' holds no code ({held})" if key else f"it has no property '{asked}'"
    ) + f"; its properties are: {known}"


def _shown(value: Any) -> str:
    """A value in a line of words."""
    if isinstance(value, (dict, list)) and value:
        return f"a {type(value).__name__}"
    return repr(value) if len(str(value)) <= 60 else f"{str(value)[:57]!r}..."


def _refused(path: str | Path, place: str, what: str) -> GeoJSONFault:
    return GeoJSONFault(str(path), [(place, what)])


def _joined(shapes: list[Any]) -> Any:
    return shapes[0] if len(shapes) == 1 else shapely.multipolygons(np.concatenate([shapely.get_parts(s) for s in shapes]))


__all__ = ["GeoJSONFault", "Outline", "Outlines", "Rejected", "code_of", "read_outlines", "read_shapes"]
