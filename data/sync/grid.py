"""The grid as the facts hold it: parents before children, by position, with drawable outlines."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from data.city.city import Grid
from data.city.profile import Profile
from data.source.columns import NONE, BadCell, Frame
from data.sync.usable import Fault
from data.text import Text
from data.types.records import Record
from geo.features import Outline, Rejected
from geo.geometry import drawn
from geo.unite import Unions

_MISSING = -1
#: The facts hold people and households as 32-bit integers.
_LARGEST = 2**31 - 1
_UNIONS = Unions()


def grid_rows(
    source: Frame | None,
    profile: Profile,
    outlines: Mapping[str, Outline] | None = None,
    level: str = "",
    rejected: Iterable[Rejected] = (),
    crs: str = "",
) -> tuple[Record, list[Fault]]:
    """(columns of ``data.facts.schema.GRID``, faults).  ``outlines``, by code, are for the cells that come without a shape;
    with ``level`` (a level's code) outlines without a cell become cells of that level.  ``rejected`` are features of the same
    file that cannot be used.  ``crs`` is the displaced coordinate system of the source's own shapes, "" = none.

    Cells come from the source, and from the city's file those areas that only their children in the source name; without a
    grid table all of the city's file (no geometry).  The row of the city itself is left out.  A cell of an unknown level,
    without its parent or with a duplicate code is a fault and rejected; one with a geometry that cannot be drawn is kept
    without it (``bad_geometry``), one whose outline crosses itself is kept with the outline made valid
    (``repaired_outline``), one whose population is no number is kept without it (``bad_number``).  A cell without an outline
    gets the union of the cells below it.
    """
    level_of = {level.code: i + 1 for i, level in enumerate(profile.levels)}
    faults: list[Fault] = [("grid", r.key, r.reason, r.detail) for r in rejected]
    cells = _of_profile(profile, faults) if source is None else _of_source(source, profile, level_of, faults)
    if level:
        cells.extend(_of_file(outlines or {}, {c["code"] for c in cells} | {profile.city.code}, profile, level_of[level]))
    if source is not None:
        missing = {c["parent_code"] for c in cells} - {c["code"] for c in cells}
        cells.extend(a for a in _of_profile(profile, faults) if a["code"] in missing)
    given = {c["code"]: c["level"] for c in cells}
    kept = _nested(cells, given, faults)
    _drawn(kept, faults, crs=crs)
    for code in outlines or {}:
        if code not in given and code != profile.city.code:
            faults.append(("grid", code, "unknown_grid", "the file of outlines has it, and the grid has no such cell"))
    bare = [cell for cell in kept if cell["geometry"] is None and cell["code"] in (outlines or {})]
    _drawn(bare, faults, outlines)
    _unite(kept)
    names = ("idx", "code", "parent", "level", "name", "name_en", "population", "households", "geometry")
    return {n: [c[n] for c in kept] for n in names}, faults


def _nested(cells: list[Record], given: Mapping[str, int], faults: list[Fault]) -> list[Record]:
    """The cells whose parent is kept, ordered by level and within a level as given."""
    index: dict[str, int] = {}
    kept: list[Record] = []
    for cell in sorted(cells, key=lambda c: c["level"]):
        code, parent = cell["code"], cell["parent_code"]
        if code in index:
            faults.append(("grid", code, "duplicate_key", "another cell has the same code"))
            continue
        at = index.get(parent) if cell["level"] > 1 else _MISSING
        if at is None or (at >= 0 and kept[at]["level"] >= cell["level"]):
            faults.append(("grid", code, "unknown_parent", _no_parent(parent, given, cell["level"])))
            continue
        index[code] = len(kept)
        kept.append({**cell, "idx": len(kept), "parent": at})
    return kept


def _no_parent(parent: str, given: Mapping[str, int], level: int) -> str:
    if not parent:
        return "no parent is given, and its level is not the first"
    if parent not in given:
        return f"its parent '{parent}' is no cell of the grid"
    if given[parent] >= level:
        return f"its parent '{parent}' is of level {given[parent]}, and it itself of level {level}; a parent is of a level above"
    return f"its parent '{parent}' was itself rejected"


def _drawn(cells: list[Record], faults: list[Fault], outlines: Mapping[str, Outline] | None = None, crs: str = "") -> None:
    """Convert each cell's geometry, as the source (or the file) delivers it, to drawable WKB, or None."""
    shapes = drawn([outlines[c["code"]].wkb if outlines else c["geometry"] for c in cells], crs)
    for cell, shape in zip(cells, shapes, strict=True):
        cell["geometry"] = shape.wkb
        mended = shape.mended or (outlines[cell["code"]].mended if outlines else "")
        if shape.wrong:
            faults.append(("grid", cell["code"], "bad_geometry", shape.wrong))
        elif mended:
            said = f"its outline was made valid ({mended}); correct it at the source"
            faults.append(("grid", cell["code"], "repaired_outline", said))


def _unite(kept: list[Record]) -> None:
    """Give cells without an outline the union of those below them, from the deepest level up."""
    below: dict[int, list[bytes]] = defaultdict(list)
    for cell in reversed(kept):  # children follow their parents
        if cell["geometry"] is None and below[cell["idx"]]:
            cell["geometry"] = _UNIONS.unite(below[cell["idx"]][::-1])
        if cell["geometry"] is not None:
            below[cell["parent"]].append(cell["geometry"])


def _of_profile(profile: Profile, faults: list[Fault]) -> list[Record]:
    level_of = {level.code: i + 1 for i, level in enumerate(profile.levels)}
    return [
        {
            "code": a.code,
            "parent_code": "",
            "level": 1,
            "name": a.name.zh,
            "name_en": a.name.en,
            "population": _count(NONE if a.population is None else a.population, "population", a.code, faults),
            "households": _MISSING,
            "geometry": None,
        }
        for a in profile.areas
        if level_of[a.level] == 1  # a deeper area does not name its parent
    ]


def _of_file(outlines: Mapping[str, Outline], known: set[str], profile: Profile, level: int) -> list[Record]:
    """The cells that only an outline file delivers; their shapes are filled in with all the others."""
    named = {a.code: a for a in profile.areas}
    return [
        {
            "code": code,
            "parent_code": outline.parent,
            "level": level,
            "population": _MISSING,
            "households": _MISSING,
            "name": named[code].name.zh if code in named else outline.name or code,
            "name_en": named[code].name.en if code in named else None,
            "geometry": None,
        }
        for code, outline in outlines.items()
        if code not in known
    ]


def _of_source(source: Frame, profile: Profile, level_of: dict[str, int], faults: list[Fault]) -> list[Record]:
    named = {a.code: a for a in profile.areas}
    text = {n: source.coded(n) for n in ("code", "parent", "level", "name", "name_en")}
    population, households = source.ints("population"), source.ints("households")
    geometry = source.cells("geometry")
    why: dict[tuple[int, str], str] = {}
    others: dict[int, list[BadCell]] = defaultdict(list)
    for bad in source.bad:
        if bad.column in ("population", "households"):
            why[bad.row, bad.column] = bad.detail
        else:
            others[bad.row].append(bad)
    cells: list[Record] = []
    for i in range(source.n):
        code, level = text["code"].text(i), text["level"].text(i)
        if level == "city" or code == profile.city.code:
            continue
        if not code or level not in level_of:
            reason = "unknown_level" if code else "no_key"
            faults.append(("grid", code or str(i), reason, f"level '{level}'; the city has {', '.join(level_of)}"))
            continue
        faults.extend(("grid", code, bad.reason, f"{bad.column}: {bad.detail}") for bad in others[i])
        area = named.get(code)
        name = text["name"].text(i) or (area.name.zh if area else code)
        cells.append(
            {
                "code": code,
                "parent_code": text["parent"].text(i),
                "level": level_of[level],
                "name": name,
                "name_en": text["name_en"].text(i) or (area.name.en if area else None),
                "population": _count(int(population[i]), "population", code, faults, why.get((i, "population"), "")),
                "households": _count(int(households[i]), "households", code, faults, why.get((i, "households"), "")),
                "geometry": geometry[i],
            }
        )
    cells.sort(key=lambda c: str(c["code"]))  # a database returns rows in no fixed order, and in another after an UPDATE
    return cells


def _count(number: int, what: str, code: str, faults: list[Fault], why: str = "") -> int:
    """A number of people or households; -1 if missing or no number (``why``: the reason, where known)."""
    if number == NONE:
        return _MISSING
    if 0 <= number <= _LARGEST:
        return number
    said = why or (f"{number:,} is too large" if number > 0 else "is no whole number from 0 up")
    faults.append(("grid", code, "bad_number", f"{what}: {said}; it counts as not known"))
    return _MISSING


def grid_digest(rows: Record) -> str:
    """Digest that changes with anything in the grid."""
    return hashlib.sha256(repr(sorted(rows.items())).encode()).hexdigest()[:16]


def grid_of(rows: Record) -> Grid:
    """The rows as the metrics (and ``derive``) see them."""
    names = zip(rows["name"], rows["name_en"], strict=True)
    return Grid(
        code=tuple(rows["code"]),
        name=tuple(Text(zh=zh, en=en or zh) for zh, en in names),
        level=np.array(rows["level"], np.int16),
        parent=np.array(rows["parent"], np.int32),
        population=np.array(rows["population"], np.int32),
        shapes=lambda: rows["geometry"],
    )


__all__ = ["grid_digest", "grid_of", "grid_rows"]
