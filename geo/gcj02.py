"""Converts GCJ-02 and BD-09, the displaced degrees of maps published in China, back to degrees of WGS 84.

GCJ-02 (国测局坐标, of Amap and Tencent's maps) displaces a point by 100 to 700 m depending on its location; BD-09 (百度坐标)
displaces that once more.  Neither has an EPSG code.  The formulas are the generally published ones (eviltransform,
coord-convert, PROJ's users); the inverse has no formula and is found by iteration, to 1e-9 degrees (0.1 mm).  WGS 84 and
CGCS2000 (EPSG:4490) agree to better than a metre.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

#: West, south, east, north (degrees): the displacement applies only inside this box.
_BOX = (72.004, 0.8293, 137.8347, 55.8271)
#: Krasovsky 1940: semi-major axis (m) and squared eccentricity.
_A, _EE = 6_378_245.0, 0.006_693_421_622_965_943
_BD = np.pi * 3000 / 180
#: The iteration ends below this (degrees); each round reduces the error about a thousandfold.
_CLOSE, _TURNS = 1e-10, 20


def to_gcj02(points: Points) -> Points:
    """(n, 2) longitude and latitude of WGS 84 (degrees) as displaced by GCJ-02; unchanged outside China."""
    x, y = points[:, 0] - 105.0, points[:, 1] - 35.0
    both = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    root = np.sqrt(np.abs(x))
    east = (
        both + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x) + 150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)
    )
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + 2 / 3 * east
    north = (
        both + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y) + 160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)
    )
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + 2 / 3 * north
    latitude = np.radians(points[:, 1])
    w = 1 - _EE * np.sin(latitude) ** 2
    moved = points + np.degrees(
        np.column_stack([east / (_A / np.sqrt(w) * np.cos(latitude)), north / (_A * (1 - _EE) / (w * np.sqrt(w)))])
    )
    return np.where(_within(points)[:, None], moved, points)


def from_gcj02(points: Points) -> Points:
    """(n, 2) longitude and latitude of GCJ-02 (degrees) as WGS 84."""
    return _solved(to_gcj02, points)


def to_bd09(points: Points) -> Points:
    """(n, 2) longitude and latitude of WGS 84 (degrees) as BD-09."""
    return np.where(_within(points)[:, None], _displaced(to_gcj02(points)), points)


def from_bd09(points: Points) -> Points:
    """(n, 2) longitude and latitude of BD-09 (degrees) as WGS 84."""
    return _solved(to_bd09, points)


def _displaced(points: Points) -> Points:
    """GCJ-02 -> BD-09."""
    x, y = points.T
    z = np.hypot(x, y) + 0.000_02 * np.sin(y * _BD)
    theta = np.arctan2(y, x) + 0.000_003 * np.cos(x * _BD)
    return np.column_stack([z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006])


def _within(points: Points) -> NDArray[np.bool_]:
    west, south, east, north = _BOX
    x, y = points.T
    return np.asarray((west <= x) & (x <= east) & (south <= y) & (y <= north))


def _solved(displace: Callable[[Points], Points], points: Points) -> Points:
    """The points that ``displace`` maps to ``points``."""
    place = np.array(points, float)
    inside = np.flatnonzero(_within(place))
    if not inside.size:
        return place
    at = place[inside]
    for _ in range(_TURNS):
        off = displace(at) - place[inside]
        at = at - off
        if not (np.abs(off) > _CLOSE).any():
            break
    place[inside] = at
    return place


#: The displaced systems by the name used in mappings, each with its inverse to WGS 84.
DISPLACED: dict[str, Callable[[Points], Points]] = {"GCJ-02": from_gcj02, "BD-09": from_bd09}

__all__ = ["DISPLACED", "from_bd09", "from_gcj02", "to_bd09", "to_gcj02"]
