"""Faults of a city's file, worded so that they can be fixed: each with its place and what to write instead.

pydantic finds those of single fields (``data.city.field_errors`` words them); this module finds those that need the whole
file.  It checks the file as read, so that faults of one kind never hide those of the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from data.city.field_errors import Fault
from data.errors import Said, did_you_mean, did_you_mean_zh
from data.types.records import Record

#: The lists whose members have a code.
LISTS = (
    "levels",
    "areas",
    "stages",
    "steps",
    "networks",
    "channels",
    "moats",
    "departments",
    "categories",
    "functions",
    "modules",
    "scenes",
)
#: The facts keep a path of four cells per event, and the stages it has reached as the bits of one integer.
MOST_LEVELS, MOST_STAGES = 4, 62
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SLOT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
#: What the lists contain.
_HELD = {
    "level": "层级",
    "channel": "渠道",
    "network": "网络",
    "department": "部门",
    "stage": "环节",
    "area": "区域",
    "category": "类别",
}


def cross_faults(raw: Record) -> list[Fault]:
    """Faults across fields: repeated codes, references to undefined members, counts, slots, zones, scenes.

    ``raw``: the file as parsed from TOML, with any fault; values of an unexpected type are left to pydantic.
    """
    return [
        *_unprintable(raw),
        *_repeated(raw),
        *_unknown(raw),
        *_stages(raw),
        *_steps(raw),
        *_counts(raw),
        *_hours(raw),
        *_scenes(raw),
    ]


def _unprintable(value: object, place: str = "") -> Iterator[Fault]:
    """Control characters, which would reach terminals and pages; TOML can contain them as escapes."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _unprintable(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _unprintable(inner, f"{place}.{i}")
    elif isinstance(value, str) and (found := _CONTROL.search(value)):
        code = f"U+{ord(found[0]):04X}"
        yield place, Said(f"holds a control character ({code}); write text alone", f"含有控制字符（{code}），请只写文字")


def _parts(raw: Record, name: str) -> list[tuple[int, Record]]:
    items = raw.get(name)
    return [(i, x) for i, x in enumerate(items) if isinstance(x, dict)] if isinstance(items, list) else []


def _places(raw: Record, name: str) -> list[tuple[str, Record]]:
    """(place, table) of each member of a list, or of the single table at the dotted ``name``."""
    head, _, rest = name.partition(".")
    here = raw.get(head)
    if isinstance(here, dict) and rest:
        here = here.get(rest)
    if isinstance(here, dict):
        return [(name, here)]
    return [(f"{name}.{i}", item) for i, item in _parts(raw, name)]


def _texts(value: object) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _repeated(raw: Record) -> Iterator[Fault]:
    for name in LISTS:
        key = "id" if name == "scenes" else "code"
        seen: dict[str, int] = {}
        for i, item in _parts(raw, name):
            if isinstance(code := item.get(key), str) and seen.setdefault(code, i) != i:
                yield (
                    f"{name}.{i}.{key}",
                    Said(f"'{code}' stands already at {name}.{seen[code]}", f"“{code}”已在 {name}.{seen[code]} 出现"),
                )


def _unknown(raw: Record) -> Iterator[Fault]:
    for name, key, target, what in (
        ("areas", "level", "levels", "level"),
        ("moats", "channels", "channels", "channel"),
        ("departments", "networks", "networks", "network"),
        ("categories", "network", "networks", "network"),
        ("categories", "department", "departments", "department"),
        ("steps", "stages", "stages", "stage"),
        ("modules", "aspect", "networks", "network"),
        ("channels", "only", "categories", "category"),
        ("demo", "late", "areas", "area"),
        ("demo", "silent", "channels", "channel"),
        ("demo.surge", "area", "areas", "area"),
        ("demo.surge", "category", "categories", "category"),
    ):
        known = [str(x.get("code")) for _, x in _parts(raw, target)]
        en, zh = (_names(raw, target, lang) for lang in ("en", "zh"))
        if key == "network" and not known:
            continue  # a city without networks; its categories name one nevertheless
        for place, item in _places(raw, name):
            value = item.get(key)
            for code in [value] if isinstance(value, str) else _texts(value):
                if code not in known:
                    yield (
                        f"{place}.{key}",
                        Said(
                            f"no {what} is called '{code}'{did_you_mean(code, known, en)}",
                            f"没有{_HELD[what]}“{code}”{did_you_mean_zh(code, known, zh)}",
                        ),
                    )


def _names(raw: Record, name: str, lang: str) -> dict[str, str]:
    """Code -> name, of a list of the file; the code itself if it has no usable name."""
    names: dict[str, str] = {}
    for _, item in _parts(raw, name):
        code, said = str(item.get("code")), item.get("name")
        names[code] = str(said.get(lang) or code) if isinstance(said, dict) else code
    return names


def _stages(raw: Record) -> Iterator[Fault]:
    for name, most in (("levels", MOST_LEVELS), ("stages", MOST_STAGES)):
        if len(_parts(raw, name)) > most:
            n = len(_parts(raw, name))
            yield name, Said(f"{n} are too many; the facts hold at most {most}", f"{n} 个过多，最多 {most} 个")
    playing: dict[str, tuple[int, object]] = {}
    for i, stage in _parts(raw, "stages"):
        role, code = stage.get("role") or stage.get("code"), stage.get("code")
        first, its_code = playing.setdefault(role, (i, code)) if isinstance(role, str) else (i, code)
        if first != i and its_code != code:
            yield (
                f"stages.{i}.role",
                Said(
                    f"'{role}' is the role of stages.{first} already; one stage plays a role",
                    f"“{role}”已是 stages.{first} 的角色，一个角色只归一个环节",
                ),
            )


def _steps(raw: Record) -> Iterator[Fault]:
    """The steps' numbers sum to those of the stages only if every stage belongs to exactly one of them."""
    steps = _parts(raw, "steps")
    stands: dict[str, int] = {}
    for i, step in steps:
        for code in _texts(step.get("stages")):
            if stands.setdefault(code, i) != i:
                yield (
                    f"steps.{i}.stages",
                    Said(f"'{code}' stands already in steps.{stands[code]}", f"“{code}”已在 steps.{stands[code]} 中"),
                )
    codes = [str(stage.get("code")) for _, stage in _parts(raw, "stages")]
    missing = [code for code in codes if code not in stands] if steps else []
    if missing:
        yield (
            "steps",
            Said(
                f"no step holds {', '.join(repr(code) for code in missing)}; name each stage in one of them",
                f"没有步骤包含{'、'.join(f'“{code}”' for code in missing)}，每个环节须归入一个步骤",
            ),
        )


def _counts(raw: Record) -> Iterator[Fault]:
    counts = raw.get("counts")
    for name, stated in counts.items() if isinstance(counts, dict) else ():
        there = raw.get(name)
        n = len(there) if isinstance(there, list) else 0
        if name in LISTS and isinstance(stated, int) and n != stated:
            more = "take out" if n > stated else "add, as pending or example where the city names none,"
            more_zh = f"请去掉 {n - stated} 个" if n > stated else f"请补 {stated - n} 个，未明确的标 pending 或 example"
            yield (
                f"counts.{name}",
                Said(
                    f"the city states {stated}, but {name} lists {n}; {more} {abs(n - stated)}",
                    f"城市称有 {stated} 个，{name} 列出 {n} 个；{more_zh}",
                ),
            )


def _hours(raw: Record) -> Iterator[Fault]:
    city, hours = raw.get("city"), raw.get("hours")
    zone = city.get("timezone") if isinstance(city, dict) else None
    if isinstance(zone, str):
        try:
            ZoneInfo(zone)
        except Exception:
            yield (
                "city.timezone",
                Said(f"'{zone}' is not a time zone; write e.g. \"Asia/Shanghai\"", f'“{zone}”不是时区，请写如 "Asia/Shanghai"'),
            )
    if not isinstance(hours, dict):
        return
    if hours.get("slots") == []:
        eg = '["08:30-12:00", "14:00-17:30"]'
        yield (
            "hours.slots",
            Said(f"is empty, so that no limit would ever end; write e.g. {eg}", f"为空，时限将永不到期；请写如 {eg}"),
        )
    last_end = 0
    for i, slot in enumerate(_texts(hours.get("slots"))):
        match = _SLOT.fullmatch(slot)
        if not match:
            yield (
                f"hours.slots.{i}",
                Said(f"'{slot}' is not a slot; write e.g. \"08:30-12:00\"", f'“{slot}”不是时段，请写如 "08:30-12:00"'),
            )
            continue
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if not last_end <= start < end <= 1440:
            yield (
                f"hours.slots.{i}",
                Said(
                    f"'{slot}' must start after the slot before it and end after it starts",
                    f"“{slot}”须晚于前一时段开始，且结束晚于开始",
                ),
            )
        last_end = end
    days: dict[str, int] = {}
    overrides = hours.get("overrides")
    for i, row in enumerate(overrides if isinstance(overrides, list) else []):
        if isinstance(row, list) and row and days.setdefault(str(row[0]), i) != i:
            first = days[str(row[0])]
            yield (
                f"hours.overrides.{i}",
                Said(f"{row[0]} stands already at hours.overrides.{first}", f"{row[0]} 已在 hours.overrides.{first} 出现"),
            )


def _scenes(raw: Record) -> Iterator[Fault]:
    for i, scene in _parts(raw, "scenes"):
        for shape in ("areas", "broad", "wide", "tall"):
            place = f"scenes.{scene.get('id', i)}.{shape}"
            rows = [row.split() for row in _texts(scene.get(shape))]
            if len({len(row) for row in rows}) > 1:
                yield place, Said("its rows do not name the same number of cells", "各行格数不同")
                continue
            for panel in dict.fromkeys(cell for row in rows for cell in row if cell != "."):
                at = [(r, c) for r, row in enumerate(rows) for c, cell in enumerate(row) if cell == panel]
                (top, bottom), (left, right) = ((min(x), max(x)) for x in zip(*at, strict=True))
                if len(at) != (bottom - top + 1) * (right - left + 1):
                    yield (
                        place,
                        Said(
                            f"'{panel}' is no rectangle; a browser would drop the whole picture",
                            f"“{panel}”不成矩形，浏览器会弃用整个版面",
                        ),
                    )
            yield from _tracks(scene, shape, str(scene.get("id", i)), len(rows), len(rows[0]) if rows else 0)


#: Within a CSS track list: names of lines, and what stands in brackets (which may hold others).
_NO_SIZE = re.compile(r"\[[^\]]*\]|\((?:[^()]|\([^()]*\))*\)")


def _tracks(scene: Record, shape: str, name: str, rows: int, columns: int) -> Iterator[Fault]:
    """Sizes of a shape's rows and columns that are not one for each: panels would be drawn over one another."""
    for axis, zh, wanted in (("rows", "行", rows), ("columns", "列", columns)):
        key = axis if shape == "areas" else f"{shape}_{axis}"
        text = scene.get(key)
        if not isinstance(text, str) or not text.strip() or not wanted or "repeat(" in text:
            continue
        sizes = len(_NO_SIZE.sub("", text).split())
        if sizes != wanted:
            yield (
                f"scenes.{name}.{key}",
                Said(
                    f"{sizes} sizes for the {wanted} {axis} of {shape}; write one for each",
                    f"{shape} 有 {wanted} {zh}，却写了 {sizes} 个尺寸；请每{zh}写一个",
                ),
            )
