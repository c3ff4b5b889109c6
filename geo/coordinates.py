"""Transforms shapes from their coordinate system to degrees of CGCS2000 (EPSG:4490).

geopandas transforms systems with a code (EPSG, ESRI) or stated in the file; GCJ-02 and BD-09 have no code and are named.
WGS 84 and CGCS2000 agree to better than a metre: nothing is moved from WGS 84.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.features import Told, refused
from geo.gcj02 import DISPLACED
from geo.shapes import Shapes

CODE = re.compile(r"(?:EPSG|ESRI):\d{4,6}")
EXAMPLES = 'e.g. "EPSG:4490" (degrees), "EPSG:4527" (CGCS2000, 3-degree zone 39), "GCJ-02" or "BD-09"'
EXAMPLES_ZH = '如 "EPSG:4490"（经纬度）、"EPSG:4527"（CGCS2000 三度带 39 带）、"GCJ-02" 或 "BD-09"'
CGCS2000, WGS84 = "EPSG:4490", "EPSG:4326"
#: Two systems that place a point within this distance of each other (degrees, about 1 m) do not contradict each other.
_ALIKE = 1e-5


def known_crs(stated: str) -> bool:
    """Whether this is a valid form of naming a coordinate system; whether the code exists is checked when the file is read."""
    return stated in DISPLACED or CODE.fullmatch(stated) is not None


def to_degrees(path: Path, shapes: Shapes, own: str, stated: str, where: str) -> tuple[Shapes, tuple[Told, ...]]:
    """((n,) shapes in degrees of longitude and latitude, notes about the transform).

    ``own`` is the system given by the file itself (a code or WKT, "" = none), in its part ``where``; ``stated`` the one given
    by the mapping ("" = none).  Raises GridFileError if there is neither, if they contradict each other, and for a code that
    does not exist.
    """
    if not (own or stated):
        raise refused(
            path,
            "crs",
            Told(
                f"it does not say its system of coordinates ({where}); state it under [shapes], crs = {EXAMPLES}",
                f"文件没有写明坐标系（{where}）；请在 [shapes] 写 crs = {EXAMPLES_ZH}",
            ),
        )
    if stated:
        _agree(path, shapes, own, stated, where)
    if stated in DISPLACED:
        return shapely.transform(shapes, DISPLACED[stated]), ()
    return _transformed(path, shapes, stated or own)


def _transformed(path: Path, shapes: Shapes, crs: str) -> tuple[Shapes, tuple[Told, ...]]:
    import geopandas as gpd  # it loads PROJ: imported only when a file is read

    system = _parsed(path, crs)
    if system.equals(_parsed(path, WGS84)) or system.equals(_parsed(path, CGCS2000)):
        return shapes, ()
    # from another datum, a transformation to WGS 84 is more often known than one to CGCS2000
    target = CGCS2000 if _accuracy(system, CGCS2000, shapes) >= 0 else WGS84
    notes: tuple[Told, ...] = ()
    if target == WGS84 and _accuracy(system, WGS84, shapes) < 0:
        datum = system.geodetic_crs.datum.name if system.geodetic_crs and system.geodetic_crs.datum else system.name
        notes = (
            Told(
                f"{system.name}: the shift from {datum} to CGCS2000 is not public, and none was applied; outlines may lie up to "
                "some hundred metres beside; have the file converted by those who surveyed it",
                f"{system.name}：由 {datum} 到 CGCS2000 的转换参数未公开，未作平移，轮廓可能偏差至数百米；请测绘方转换后再用",
            ),
        )
    return np.asarray(gpd.GeoSeries(shapes, crs=system).to_crs(target), object), notes


def _agree(path: Path, shapes: Shapes, own: str, stated: str, where: str) -> None:
    """Raises GridFileError if the file names another system than the stated one."""
    system = None if stated in DISPLACED else _parsed(path, stated)
    if not own:
        return
    theirs = _parsed(path, own)
    if system is None:
        # displaced degrees are labelled WGS 84 or CGCS2000, since they have no code of their own
        apart = not theirs.is_geographic
    else:
        corners = _corners(shapes)
        ours = _degrees_of(system, corners)
        apart = bool(len(corners)) and not (np.abs(ours - _degrees_of(theirs, corners)) <= _ALIKE).all()
    if apart:
        name = _short(theirs)
        raise refused(
            path,
            "crs",
            Told(
                f"[shapes] states {stated}, and the file itself {name} ({where}); leave crs out where the file is right, "
                f"else correct the file",
                f"[shapes] 写的是 {stated}，文件自己写的是 {name}（{where}）；文件对则删去 crs，否则请改正文件",
            ),
        )


def _parsed(path: Path, crs: str) -> Any:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(crs)
    except CRSError:
        said = crs if len(crs) <= 40 else f"{crs[:37]}..."
        raise refused(
            path,
            "crs",
            Told(
                f"'{said}' is no system of coordinates that is known; write {EXAMPLES}",
                f"没有“{said}”这个坐标系；请写{EXAMPLES_ZH}",
            ),
        ) from None


def _short(system: Any) -> str:
    code = system.to_epsg(min_confidence=70)
    return f"EPSG:{code} ({system.name})" if code else str(system.name)


def _corners(shapes: Shapes) -> NDArray[np.float64]:
    """(5, 2): the corners and the middle of the box around all shapes; empty if there are none."""
    if not len(shapes) or not np.isfinite(bounds := shapely.total_bounds(shapes)).all():
        return np.zeros((0, 2))
    west, south, east, north = bounds
    return np.array([(west, south), (east, south), (east, north), (west, north), ((west + east) / 2, (south + north) / 2)])


def _degrees_of(system: Any, points: NDArray[np.float64]) -> NDArray[np.float64]:
    from pyproj import Transformer

    return np.column_stack(Transformer.from_crs(system, WGS84, always_xy=True).transform(*points.T))


def _accuracy(system: Any, target: str, shapes: Shapes) -> float:
    """Accuracy (m) of the transformation to ``target`` at the shapes' location; -1 = unknown."""
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    way = Transformer.from_crs(system, target, always_xy=True)
    try:
        if way.accuracy < 0 and len(corners := _corners(shapes)):
            way.transform(*corners[-1])  # which of several transformations is used depends on the location
            return float(way.get_last_used_operation().accuracy)
    except ProjError:
        return -1.0
    return float(way.accuracy)


__all__ = ["CODE", "EXAMPLES", "EXAMPLES_ZH", "known_crs", "to_degrees"]
