"""Parses an outline as delivered by a database: WKB and its database-specific variants, WKT or GeoJSON."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely

from geo.gcj02 import DISPLACED
from geo.repair import METRES, MULTIPOLYGON, POLYGON, cleaned
from geo.rings import shape_of

#: EPSG codes of degrees of longitude and latitude as we draw them; 0 = not stated by the database.
DEGREES = (0, 4326, 4490, 4480, 4979)
_HEX = re.compile(r"(?:\\x|0[xX])?((?:[0-9A-Fa-f]{2}){9,})")
_EWKT = re.compile(r"(?is)SRID\s*=\s*(\d+)\s*;\s*(.*)")
#: Size in bytes of the envelope in a GeoPackage header, by its three-bit code.
_ENVELOPE = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_UNKNOWN = "it is no geometry that we read; deliver WKB, e.g. by ST_AsBinary(geometry)"


class Drawn(NamedTuple):
    """``wkb``: valid polygon or multipolygon in degrees; None = nothing was delivered, or it cannot be drawn.
    ``wrong`` says why it cannot be drawn, ``mended`` what was repaired; "" = nothing."""

    wkb: bytes | None = None
    wrong: str = ""
    mended: str = ""


@np.errstate(all="ignore")  # infinite numbers are checked with the corners
def drawn(values: Sequence[Any], crs: str = "") -> list[Drawn]:
    """Each value of a geometry column in drawable form.

    Accepts WKB and EWKB (bytes, or hexadecimal as written by PostGIS), MySQL's and GeoPackage's own formats, WKT and
    EWKT, GeoJSON as text or as an object.  None and "" are no geometry.  ``crs`` names the displaced system (a key of
    ``geo.gcj02.DISPLACED``) of all values; else they are degrees of WGS 84 or CGCS2000.
    """
    if crs in DISPLACED:
        return _put_back(drawn(values), crs)
    held = [bytes(v) if isinstance(v, (bytearray, memoryview)) else v for v in values]
    plain = [v if isinstance(v, bytes) and v[:1] in (b"\0", b"\1") else None for v in held]
    shapes = shapely.from_wkb(plain, on_invalid="ignore")
    sound = _sound(np.atleast_1d(shapes)) if held else ()
    return [Drawn(value) if good else _one(value) for value, good in zip(held, sound, strict=True)]


def _put_back(found: Sequence[Drawn], crs: str) -> list[Drawn]:
    """Shapes of a displaced system, converted to WGS 84."""
    shapes = np.array(shapely.from_wkb([f.wkb for f in found]), object).reshape(-1)
    placed = drawn(list(shapely.to_wkb(shapely.transform(shapes, DISPLACED[crs]))))
    return [p._replace(wrong=f.wrong or p.wrong, mended=f.mended or p.mended) for f, p in zip(found, placed, strict=True)]


def _sound(shapes: Any) -> list[bool]:
    """Which shapes can be drawn exactly as delivered, without repair."""
    west, south, east, north = shapely.bounds(shapes).T
    flat = np.isin(shapely.get_type_id(shapes), (POLYGON, MULTIPOLYGON)) & ~shapely.has_z(shapes) & ~shapely.is_empty(shapes)
    placed = (west >= -180) & (east <= 180) & (east - west <= 180) & (south >= -90) & (north <= 90)
    good = flat & placed & np.isin(shapely.get_srid(shapes), DEGREES)
    good[good] = shapely.is_valid(shapes[good])
    return [bool(g) for g in good]


def _one(value: Any) -> Drawn:
    if (
        value is None
        or (isinstance(value, (str, bytes)) and not value.strip())
        or (isinstance(value, float) and math.isnan(value))
    ):  # a DataFrame's NULL
        return Drawn()
    try:
        shape, mended = cleaned(_read(value))
        return Drawn(bytes(shapely.to_wkb(shape, output_dimension=2, include_srid=False)), "", mended)
    except (ValueError, NotImplementedError, shapely.GEOSException, RecursionError) as error:
        said = str(error).splitlines()[0] if isinstance(error, ValueError) and str(error) else _UNKNOWN
        return Drawn(None, said)


def _read(value: Any) -> Any:
    """The shape as delivered.  Raises ValueError, or what shapely raises."""
    if isinstance(value, bytes):
        shape = _of_bytes(value)
        if shape is not None:
            return shape
        try:
            value = value.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError(_UNKNOWN) from None
    if isinstance(value, dict):
        return shape_of(value.get("geometry") if value.get("type") == "Feature" else value)
    if not isinstance(value, str):
        raise ValueError(f"a {type(value).__name__} is no geometry; deliver WKB, e.g. by ST_AsBinary(geometry)")
    text = value.strip()
    if text.startswith("{"):
        try:
            return _read(json.loads(text))
        except (json.JSONDecodeError, RecursionError):
            raise ValueError("it is neither GeoJSON nor any geometry that we read") from None
    if match := _HEX.fullmatch(text):
        shape = _of_bytes(bytes.fromhex(match[1]))
        if shape is None:
            raise ValueError(_UNKNOWN)
        return shape
    srid, text = (int(match[1]), match[2]) if (match := _EWKT.fullmatch(text)) else (0, text)
    _of_degrees(srid)
    shape = shapely.from_wkt(text, on_invalid="fix")
    if shape is None:
        raise ValueError(_UNKNOWN)
    return shape


def _of_bytes(raw: bytes) -> Any:
    """The shape in a binary format, preferring the reading that gives polygons; None if there is none.

    Raises ValueError for a system other than degrees.
    """
    found = []
    for at, named in _bodies(raw):
        with contextlib.suppress(shapely.GEOSException, NotImplementedError):
            shape = shapely.from_wkb(raw[at:], on_invalid="fix")
            if shape is not None:
                found.append((shape, named or int(shapely.get_srid(shape))))
    if not found:
        return None
    shape, srid = next((f for f in found if int(shapely.get_type_id(f[0])) in (POLYGON, MULTIPOLYGON)), found[0])
    _of_degrees(srid)
    return shape


def _bodies(raw: bytes) -> list[tuple[int, int]]:
    """(offset at which WKB may begin, coordinate system named in the header before it)."""
    if raw[:2] == b"GP" and len(raw) > 8:
        return [(8 + _ENVELOPE.get(raw[3] >> 1 & 7, 0), int.from_bytes(raw[4:8], "little" if raw[3] & 1 else "big"))]
    mysql = [(4, int.from_bytes(raw[:4], "little"))] if raw[4:5] in (b"\0", b"\1") else []
    return [*([(0, 0)] if raw[:1] in (b"\0", b"\1") else []), *mysql]


def _of_degrees(srid: int) -> None:
    if srid not in DEGREES:
        raise ValueError(f"its system EPSG:{srid} is not degrees of WGS 84 or CGCS2000; {METRES}")


__all__ = ["Drawn", "drawn"]
