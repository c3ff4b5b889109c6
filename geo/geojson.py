"""Reads a GeoJSON file (RFC 7946) feature by feature: a malformed feature gets a reason and does not affect the others.

Coordinates are degrees of WGS 84 or CGCS2000 (EPSG:4326, EPSG:4490, equal for display) unless the mapping states
another system.  A file that is no GeoJSON at all is refused, never guessed at.

GDAL, which reads the other formats, gives malformed features no geometry and no reason, drops what is not a
feature, and refuses a file in GBK; here each gets its reason, and such a file is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geo.features import Feature, refused, shown
from geo.json_file import read_json
from geo.repair import METRES
from geo.rings import shape_of
from geo.shapes import Properties

_KNOWN_CRS = re.compile(r"(?i)(?:(?<!\d)(?:4326|4490|4480|4979)|CRS84h?|WGS[ _]?(?:19)?84|CGCS[ _]?2000)(?:/ogcwkt)?/?")


def read_features(path: str | Path, *, stated: bool = False) -> tuple[Sequence[Feature], str]:
    """(the features with their shapes as drawn in the file, the coordinate system that it names, "" = none: degrees).

    ``stated``: the mapping states the coordinate system.  Raises GridFileError if the file is no GeoJSON, or names a system
    other than degrees while none is stated.
    """
    content = _content(path)
    crs = _named(content.get("crs"))
    degrees = _in_degrees(crs)
    if not (degrees or stated):
        raise refused(path, "crs", f"{shown(crs)} is not in degrees of WGS 84 or CGCS2000; {METRES}, or state crs under [shapes]")
    return [_feature(f) for f in content["features"]], "EPSG:4326" if degrees and crs else str(crs or "")


def _feature(feature: Any) -> Feature:
    properties = _properties(feature)
    try:
        return Feature(properties, shape_of(feature.get("geometry") if isinstance(feature, dict) else None))
    except ValueError as error:
        return Feature(properties, None, str(error))


def _content(path: str | Path) -> Properties:
    try:
        content = read_json(path)
    except OSError as error:
        raise refused(path, "", f"cannot be read: {error.strerror}; paths are relative to the working directory") from None
    except ValueError as error:
        raise refused(path, "", str(error)) from None
    if isinstance(content, list) and any(isinstance(f, dict) and "geometry" in f for f in content):
        return {"features": content}
    if isinstance(content, dict) and content.get("type") == "Feature":
        return {"features": [content], "crs": content.get("crs")}
    kind = content.get("type", "FeatureCollection") if isinstance(content, dict) else type(content).__name__
    if not isinstance(content, dict) or kind != "FeatureCollection" or not isinstance(content.get("features"), list):
        raise refused(path, "type", f"{shown(kind)} is no FeatureCollection with features; write GeoJSON (RFC 7946)")
    return content


def _named(crs: Any) -> Any:
    """What the member ``crs`` (of GeoJSON before RFC 7946) names: text, number or object."""
    if not isinstance(crs, dict):
        return crs
    properties = crs.get("properties", crs)
    return (properties.get("name") or properties.get("href")) if isinstance(properties, dict) else properties


def _in_degrees(crs: Any) -> bool:
    """Whether this names a system of degrees that we draw; no ``crs`` means RFC 7946's WGS 84."""
    if crs is None or crs == "":
        return True
    match = _KNOWN_CRS.search(str(crs).strip()) if isinstance(crs, (str, int)) and not isinstance(crs, bool) else None
    return match is not None and match.end() == len(str(crs).strip())


def _properties(feature: Any) -> Properties:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties if isinstance(properties, dict) else {}


__all__ = ["read_features"]
