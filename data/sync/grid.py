"""The grid as the facts hold it: parents before children, by position."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from data.city import Grid
from data.profile import Profile
from data.source.columns import Frame
from data.sync.usable import Fault
from data.text import Text
from geo.geojson import Outline
from geo.pack import unusable
from geo.repair import repaired

_MISSING = -1


def grid_rows(
    source: Frame | None, profile: Profile, outlines: Mapping[str, Outline] | None = None, level: str = "",
) -> tuple[dict[str, Any], list[Fault]]:
    """(columns of ``data.schema.GRID``, faults).  ``outlines``, by code, are for the cells that come without a shape;
    with ``level`` (a level's code) those of no cell yet are cells of that level themselves.

    Cells come from the source; without a grid table, from the city's file, which names areas (no geometry).  The row of
    the city itself is left out.  A cell of an unknown level, without its parent or with a code that stands already is
    a fault and set aside; one with a geometry that cannot be drawn is kept without it, one whose outline crosses itself
    is kept with the outline made valid (``repaired_outline``).
    """
    level_of = {level.code: i + 1 for i, level in enumerate(profile.levels)}
    cells, faults = (_of_profile(profile), []) if source is None else _of_source(source, profile, level_of)
    if level:
        cells.extend(_of_file(outlines or {}, {c["code"] for c in cells} | {profile.city.code}, profile, level_of[level]))
    given = {c["code"] for c in cells}
    cells.sort(key=lambda c: c["level"])          # stable: by code, or in the file's order, within a level
    index: dict[str, int] = {}
    kept: list[dict[str, Any]] = []
    for cell in cells:
        code, parent = cell["code"], cell["parent_code"]
        if code in index:
            faults.append(("grid", code, "duplicate_key", "another cell has the same code"))
            continue
        if cell["level"] > 1 and parent not in index:
            faults.append(("grid", code, "unknown_parent", f"its parent '{parent}' is no cell of the grid"))
            continue
        index[code] = len(kept)
        above = index[parent] if cell["level"] > 1 else _MISSING
        kept.append({**cell, "idx": len(kept), "parent": above})
    for code, outline in (outlines or {}).items():
        if code not in index:
            if code not in given and code != profile.city.code:
                faults.append(("grid", code, "unknown_grid", "the file of outlines has it, and the grid has no such cell"))
        elif kept[index[code]]["geometry"] is None:
            kept[index[code]]["geometry"] = outline.wkb
    shaped = [c for c in kept if c["geometry"] is not None]
    for cell, why in zip(shaped, unusable([c["geometry"] for c in shaped]), strict=True):
        if why:
            faults.append(("grid", cell["code"], "bad_geometry", why))
            cell["geometry"] = None
            continue
        cell["geometry"], crossing = repaired(cell["geometry"])
        if crossing:
            faults.append(("grid", cell["code"], *_said(crossing, cell["geometry"])))
    names = ("idx", "code", "parent", "level", "name", "name_en", "population", "households", "geometry")
    return {n: [c[n] for c in kept] for n in names}, faults


def _of_profile(profile: Profile) -> list[dict[str, Any]]:
    level_of = {level.code: i + 1 for i, level in enumerate(profile.levels)}
    return [
        {"code": a.code, "parent_code": "", "level": 1, "name": a.name.zh, "name_en": a.name.en,
         "population": _MISSING if a.population is None else a.population, "households": _MISSING, "geometry": None}
        for a in profile.areas if level_of[a.level] == 1     # a deeper area does not say whose child it is
    ]


def _of_file(outlines: Mapping[str, Outline], known: set[str], profile: Profile, level: int) -> list[dict[str, Any]]:
    """The cells that a file of outlines delivers by itself; their shapes are filled in with those of all others."""
    named = {a.code: a for a in profile.areas}
    return [
        {"code": code, "parent_code": outline.parent, "level": level, "population": _MISSING, "households": _MISSING,
         "name": named[code].name.zh if code in named else outline.name or code,
         "name_en": named[code].name.en if code in named else None, "geometry": None}
        for code, outline in outlines.items() if code not in known
    ]


def _said(crossing: str, left: bytes | None) -> tuple[str, str]:
    """(reason, detail) of an outline that was not valid."""
    if left is None:
        return "bad_geometry", f"no area is left of its outline ({crossing})"
    return "repaired_outline", f"its outline was made valid ({crossing}); correct it at the source"


def _of_source(
    source: Frame, profile: Profile, level_of: dict[str, int],
) -> tuple[list[dict[str, Any]], list[Fault]]:
    named = {a.code: a for a in profile.areas}
    text = {n: source.coded(n) for n in ("code", "parent", "level", "name", "name_en")}
    population, households = source.ints("population"), source.ints("households")
    geometry = source.cells("geometry")
    cells: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for i in range(source.n):
        code, level = text["code"].text(i), text["level"].text(i)
        if level == "city" or code == profile.city.code:
            continue
        if not code or level not in level_of:
            reason = "unknown_level" if code else "no_key"
            faults.append(("grid", code or str(i), reason, f"level '{level}'; the city has {', '.join(level_of)}"))
            continue
        area = named.get(code)
        name = text["name"].text(i) or (area.name.zh if area else code)
        shape = geometry[i]
        cells.append({
            "code": code, "parent_code": text["parent"].text(i), "level": level_of[level], "name": name,
            "name_en": text["name_en"].text(i) or (area.name.en if area else None),
            "population": max(int(population[i]), _MISSING), "households": max(int(households[i]), _MISSING),
            "geometry": None if shape is None else shape.encode() if isinstance(shape, str) else bytes(shape),
        })
    cells.sort(key=lambda c: str(c["code"]))      # a database gives its rows in an order of its own, another after an UPDATE
    return cells, faults


def grid_digest(rows: dict[str, Any]) -> str:
    """Changes with anything in the grid."""
    return hashlib.sha256(repr(sorted(rows.items())).encode()).hexdigest()[:16]


def grid_of(rows: dict[str, Any]) -> Grid:
    """The rows as the metrics (and ``derive``) see them."""
    names = zip(rows["name"], rows["name_en"], strict=True)
    return Grid(
        code=tuple(rows["code"]), name=tuple(Text(zh=zh, en=en or zh) for zh, en in names),
        level=np.array(rows["level"], np.int16), parent=np.array(rows["parent"], np.int32),
        population=np.array(rows["population"], np.int32), shapes=lambda: rows["geometry"],
    )


__all__ = ["grid_digest", "grid_of", "grid_rows"]
