"""What is wrong with a city's file, said so that it can be mended: every fault, its place and what to write instead.

Two kinds: what a single field can see (pydantic finds those, ``fault_of`` words them) and what only the file as a whole
can (``cross_faults``).  The second looks at the file as it was read, so that one kind never hides the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from data.errors import did_you_mean

Fault = tuple[str, str]
#: The lists whose members have a code of their own.
LISTS = ("levels", "areas", "stages", "steps", "networks", "channels", "moats", "departments", "categories", "functions",
         "modules", "scenes")
#: The facts keep a path of four cells per event, and the stages it has reached as the bits of one integer.
MOST_LEVELS, MOST_STAGES = 4, 62
_SLOT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def fault_of(error: Any, model: type[BaseModel]) -> Fault:
    """One pydantic fault as (place, what and what instead)."""
    loc, kind, given = error["loc"], error["type"], error["input"]
    place = ".".join(str(p) for p in loc)
    if kind == "extra_forbidden":
        return place, f"unknown key{did_you_mean(str(loc[-1]), _keys_at(model, loc[:-1]))}"
    if kind == "missing":
        return place, "is missing"
    if kind == "literal_error":
        known = [k for k in re.findall(r"'([^']*)'", error["ctx"]["expected"]) if k]
        return place, f"{given!r} is not known here{did_you_mean(str(given), known)}"
    if kind == "string_type":
        return place, f"{given!r} is not text; put it in quotes"
    if kind == "model_type" and error["ctx"]["class_name"] == "Text":
        return place, f"{given!r} is not a name in two languages; write {{ zh = \"...\", en = \"...\" }}"
    message = error["msg"].removeprefix("Value error, ")
    shown = "" if repr(given) in message else f"{given!r}"[:60] + ": "
    return place, shown + message[0].lower() + message[1:]


def _keys_at(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    """The keys that may stand at a place of the file."""
    here: Any = model
    for step in loc:
        if isinstance(step, int):
            continue
        field = here.model_fields.get(step) if hasattr(here, "model_fields") else None
        if field is None:
            return []
        here = field.annotation
        while not hasattr(here, "model_fields"):
            inner = [a for a in get_args(here) if a is not type(None) and a is not Ellipsis]
            if not inner:
                return []
            here = inner[0]
    return list(here.model_fields)


def cross_faults(raw: dict[str, Any]) -> list[Fault]:
    """What one field cannot see: repeated codes, references to things that are not there, counts, slots, zones, scenes.

    ``raw``: the file as TOML gives it, faulty in any way; what is not of the expected shape is left to pydantic.
    """
    return [*_repeated(raw), *_unknown(raw), *_stages(raw), *_steps(raw), *_counts(raw), *_hours(raw), *_scenes(raw)]


def _parts(raw: dict[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    items = raw.get(name)
    return [(i, x) for i, x in enumerate(items) if isinstance(x, dict)] if isinstance(items, list) else []


def _places(raw: dict[str, Any], name: str) -> list[tuple[str, dict[str, Any]]]:
    """(place, table) of each member of a list, or of the one table that the dotted ``name`` leads to."""
    head, _, rest = name.partition(".")
    here = raw.get(head)
    if isinstance(here, dict) and rest:
        here = here.get(rest)
    if isinstance(here, dict):
        return [(name, here)]
    return [(f"{name}.{i}", item) for i, item in _parts(raw, name)]


def _texts(value: Any) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _repeated(raw: dict[str, Any]) -> Iterator[Fault]:
    for name in LISTS:
        key = "id" if name == "scenes" else "code"
        seen: dict[str, int] = {}
        for i, item in _parts(raw, name):
            code = item.get(key)
            if isinstance(code, str) and seen.setdefault(code, i) != i:
                yield f"{name}.{i}.{key}", f"'{code}' stands already at {name}.{seen[code]}"


def _unknown(raw: dict[str, Any]) -> Iterator[Fault]:
    for name, key, target, what in (
        ("areas", "level", "levels", "level"), ("moats", "channels", "channels", "channel"),
        ("departments", "networks", "networks", "network"), ("categories", "network", "networks", "network"),
        ("categories", "department", "departments", "department"), ("steps", "stages", "stages", "stage"),
        ("modules", "aspect", "networks", "network"), ("channels", "only", "categories", "category"),
        ("demo", "late", "areas", "area"), ("demo", "silent", "channels", "channel"),
        ("demo.surge", "area", "areas", "area"), ("demo.surge", "category", "categories", "category"),
    ):
        known = [str(x.get("code")) for _, x in _parts(raw, target)]
        if key == "network" and not known:
            continue                     # a city without networks; its categories still name one
        for place, item in _places(raw, name):
            value = item.get(key)
            for code in [value] if isinstance(value, str) else _texts(value):
                if code not in known:
                    yield f"{place}.{key}", f"no {what} is called '{code}'{did_you_mean(code, known)}"


def _stages(raw: dict[str, Any]) -> Iterator[Fault]:
    for name, most in (("levels", MOST_LEVELS), ("stages", MOST_STAGES)):
        if len(_parts(raw, name)) > most:
            yield name, f"{len(_parts(raw, name))} are too many; the facts hold at most {most}"
    playing: dict[str, tuple[int, Any]] = {}
    for i, stage in _parts(raw, "stages"):
        role, code = stage.get("role") or stage.get("code"), stage.get("code")
        first, its_code = playing.setdefault(role, (i, code)) if isinstance(role, str) else (i, code)
        if first != i and its_code != code:
            yield f"stages.{i}.role", f"'{role}' is the role of stages.{first} already; one stage plays a role"


def _steps(raw: dict[str, Any]) -> Iterator[Fault]:
    """The steps' numbers sum to those of the stages only if every stage stands in one of them, and in no second."""
    steps = _parts(raw, "steps")
    stands: dict[str, int] = {}
    for i, step in steps:
        for code in _texts(step.get("stages")):
            if stands.setdefault(code, i) != i:
                yield f"steps.{i}.stages", f"'{code}' stands already in steps.{stands[code]}"
    codes = [str(stage.get("code")) for _, stage in _parts(raw, "stages")]
    missing = [code for code in codes if code not in stands] if steps else []
    if missing:
        yield "steps", f"no step holds {', '.join(repr(code) for code in missing)}; name each stage in one of them"


def _counts(raw: dict[str, Any]) -> Iterator[Fault]:
    counts = raw.get("counts")
    for name, stated in counts.items() if isinstance(counts, dict) else ():
        there = raw.get(name)
        n = len(there) if isinstance(there, list) else 0
        if name in LISTS and isinstance(stated, int) and n != stated:
            more = "take out" if n > stated else "add, as pending or example where the city names none,"
            yield f"counts.{name}", f"the city states {stated}, but {name} lists {n}; {more} {abs(n - stated)}"


def _hours(raw: dict[str, Any]) -> Iterator[Fault]:
    city, hours = raw.get("city"), raw.get("hours")
    zone = city.get("timezone") if isinstance(city, dict) else None
    if isinstance(zone, str):
        try:
            ZoneInfo(zone)
        except Exception:
            yield "city.timezone", f"'{zone}' is not a time zone; write e.g. \"Asia/Shanghai\""
    if not isinstance(hours, dict):
        return
    if hours.get("slots") == []:
        yield "hours.slots", "is empty, so that no limit would ever end; write e.g. [\"08:30-12:00\", \"14:00-17:30\"]"
    last_end = 0
    for i, slot in enumerate(_texts(hours.get("slots"))):
        match = _SLOT.fullmatch(slot)
        if not match:
            yield f"hours.slots.{i}", f"'{slot}' is not a slot; write e.g. \"08:30-12:00\""
            continue
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if not last_end <= start < end <= 1440:
            yield f"hours.slots.{i}", f"'{slot}' must start after the slot before it and end after it starts"
        last_end = end
    days: dict[str, int] = {}
    overrides = hours.get("overrides")
    for i, row in enumerate(overrides if isinstance(overrides, list) else []):
        if isinstance(row, list) and row and days.setdefault(str(row[0]), i) != i:
            yield f"hours.overrides.{i}", f"{row[0]} stands already at hours.overrides.{days[str(row[0])]}"


def _scenes(raw: dict[str, Any]) -> Iterator[Fault]:
    for i, scene in _parts(raw, "scenes"):
        for shape in ("areas", "wide", "tall"):
            place = f"scenes.{scene.get('id', i)}.{shape}"
            rows = [row.split() for row in _texts(scene.get(shape))]
            if len({len(row) for row in rows}) > 1:
                yield place, "its rows do not name the same number of cells"
                continue
            for panel in dict.fromkeys(cell for row in rows for cell in row if cell != "."):
                at = [(r, c) for r, row in enumerate(rows) for c, cell in enumerate(row) if cell == panel]
                (top, bottom), (left, right) = ((min(x), max(x)) for x in zip(*at, strict=True))
                if len(at) != (bottom - top + 1) * (right - left + 1):
                    yield place, f"'{panel}' is no rectangle; a browser would drop the whole picture"
