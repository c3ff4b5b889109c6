"""Location: time zone and country from coordinates, offsets and script; outlines from a grid file in the same folder."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from data.draft.sheet import Column
from data.draft.times import plain_text
from data.types.arrays import Floats
from data.types.records import Record
from geo.features import GridFileError
from geo.grid_file import is_vector_file, read_features, read_outlines

#: Boxes (west, south, east, north) of zones, narrower ones first; outside of them the offset decides.
_BOXES = (
    ((73, 18, 135, 54), "Asia/Shanghai", "CN"),
    ((-11, 49, 2, 61), "Europe/London", "GB"),
    ((3, 50, 7.3, 53.6), "Europe/Amsterdam", "NL"),
    ((-5, 42, 8, 51), "Europe/Paris", "FR"),
    ((5, 45, 25, 70), "Europe/Berlin", "DE"),
    ((-125, 32, -114, 49), "America/Los_Angeles", "US"),
    ((-114, 31, -102, 49), "America/Denver", "US"),
    ((-102, 25, -86, 49), "America/Chicago", "US"),
    ((-86, 24, -66, 48), "America/New_York", "US"),
    ((129, 30, 146, 46), "Asia/Tokyo", "JP"),
    ((103, 1, 104.2, 1.6), "Asia/Singapore", "SG"),
)
_OFFSETS = (
    ({"+08:00"}, "Asia/Shanghai", "CN"),
    ({"+01:00", "+02:00"}, "Europe/Berlin", "DE"),
    ({"+00:00", "+01:00"}, "Europe/London", "GB"),
    ({"-08:00", "-07:00"}, "America/Los_Angeles", "US"),
    ({"-06:00", "-05:00"}, "America/Chicago", "US"),
    ({"-05:00", "-04:00"}, "America/New_York", "US"),
    ({"+09:00"}, "Asia/Tokyo", "JP"),
)
_LARGEST = 30_000_000


class Zone(NamedTuple):
    """``why``: point, offset, script, default or wish."""

    name: str
    country: str
    why: str


def points_of(lon: Column, lat: Column) -> Floats:
    """(n, 2) degrees; NaN if there is no point or it is (0, 0)."""
    both = np.column_stack([np.array([*(_number(v) for v in c.values), np.nan])[c.codes] for c in (lon, lat)])
    both[(both == 0).all(axis=1)] = np.nan
    return both


def _number(text: str) -> float:
    try:
        return float(plain_text(text))
    except ValueError:
        return float("nan")


def zone_of(points: Floats | None, offsets: frozenset[str], chinese: bool) -> Zone:
    """The location of the points decides, then the offsets of the times, then the script of the headers."""
    if points is not None and np.isfinite(points).any():
        x, y = np.nanmedian(points, axis=0)
        for (west, south, east, north), name, country in _BOXES:
            if west <= x <= east and south <= y <= north:
                return Zone(name, country, "point")
    told = offsets - {""}
    for known, name, country in _OFFSETS:
        if told and told <= known and told != {"+00:00"}:
            return Zone(name, country, "offset")
    if told == {"+00:00"}:
        return Zone("UTC", "", "offset")
    return Zone("Asia/Shanghai", "CN", "script" if chinese else "default")


def digits_are_local(iso: Column, zone: str) -> bool:
    """Whether times that all carry +00:00 are probably local: their quietest six hours are at night as written, and
    would not be if the times were UTC."""
    if zone == "UTC":
        return False
    hours, away = np.zeros(24), np.zeros(24)
    for value, n in zip(iso.values, iso.counts.tolist(), strict=True):
        if len(value) <= 10:
            return False
        moment = datetime.fromisoformat(value)
        hours[moment.hour] += n
        away[moment.astimezone(ZoneInfo(zone)).hour] += n
    return hours.sum() >= 200 and _night(hours) < _night(away)


def _night(hours: Floats) -> float:
    """Distance (h) of the middle of the quietest six hours from 3 o'clock."""
    sums = [np.roll(hours, -h)[:6].sum() for h in range(24)]
    middle = (int(np.argmin(sums)) + 3) % 24
    return abs((middle - 3 + 12) % 24 - 12)


class Shapes(NamedTuple):
    """A matching grid file: ``code`` is the property with its cells' codes, ``by`` "area" or "point", ``share`` matched."""

    path: Path
    code: str
    by: str
    share: float

    @property
    def worth(self) -> float:
        """The share; near a tie a match by names wins, as it does not depend on the map projection."""
        return self.share + (0.05 if self.by == "area" else 0.0)


def find_shapes(files: list[Path], area: Column | None, points: Floats | None) -> Shapes | None:
    """The file that matches best: its features have the areas' names, or contain most of the points."""
    best: Shapes | None = None
    for path in files:
        found = _fits(path, area, points)
        if found is not None and (best is None or found.worth > best.worth):
            best = found
    return best


def beside(path: Path) -> list[Path]:
    """Grid files in the folder of ``path`` that are not too large."""
    kinds = ("*.geojson", "*.json", "*.shp", "*.gpkg")
    return [p for p in sorted(p for kind in kinds for p in path.parent.glob(kind)) if p.stat().st_size < _LARGEST][:12]


def _fits(path: Path, area: Column | None, points: Floats | None) -> Shapes | None:
    try:
        properties, geometry = _features(path)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    named = {
        k: [str(p[k]).strip() for p in properties if isinstance(p.get(k), (str, int)) and not isinstance(p.get(k), bool)]
        for k in dict.fromkeys(k for p in properties for k in p)
    }
    whole = {k: v for k, v in named.items() if len(v) == len(properties) and all(v)}
    if not whole:
        return None
    found: list[Shapes] = []
    if area is not None:
        share = {
            k: float(sum(n for v, n in zip(area.values, area.counts.tolist(), strict=True) if v in set(vs)) / max(area.filled, 1))
            for k, vs in whole.items()
        }
        code = max(share, key=lambda k: share[k])
        found.append(Shapes(path, code, "area", share[code]))
    if points is not None and np.isfinite(points).any():
        unique = [k for k, v in whole.items() if len(set(v)) == len(v)]
        names = (
            [k for k in unique if any(w in k.lower() for w in ("name", "名"))]
            or [k for k in unique if any(w in k.lower() for w in ("code", "id", "num", "编"))]
            or unique
            or [min(whole, key=lambda k: max(Counter(whole[k]).values()))]
        )
        found.append(Shapes(path, names[0], "point", _share_inside(geometry, points)))
    best = max(found, key=lambda f: f.worth, default=None)
    if best is None or best.share < 0.5:
        return None
    try:
        read_outlines(path, best.code)
    except (GridFileError, AttributeError, TypeError):  # a file that the mapping would reject
        return None
    return best


def _features(path: Path) -> tuple[list[Record], list[Any]]:
    """(properties of each feature, its geometry: a shape, or GeoJSON text).  An unreadable file raises various errors."""
    if is_vector_file(path):
        drawn = read_features(path)
        return [dict(f.properties) for f in drawn], [f.shape for f in drawn]
    features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
    return [dict(f["properties"]) for f in features], [json.dumps(f.get("geometry")) for f in features]


def _share_inside(geometry: list[Any], points: Floats) -> float:
    there = points[np.isfinite(points).all(axis=1)][:5_000]
    try:
        drawn = [shapely.from_geojson(g, on_invalid="ignore") if isinstance(g, str) else g for g in geometry]
        shapes = shapely.make_valid(np.array([*drawn, None], object)[:-1])
        tree = shapely.STRtree([s for s in shapes if s is not None])
        hit = tree.query(shapely.points(there), predicate="intersects")[0]
    except (shapely.GEOSException, KeyError, TypeError, ValueError):
        return 0.0
    return len(np.unique(hit)) / max(len(there), 1)


def is_old(newest_s: float, now: datetime) -> bool:
    """Whether the data is historical: the wall's clock then stands at its newest record."""
    return datetime.fromtimestamp(newest_s, now.tzinfo) < now - timedelta(days=2)
