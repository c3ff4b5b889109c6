"""Write the plan as a city's file."""

from __future__ import annotations

from collections.abc import Iterable

from data.draft.plan import Item, Plan
from data.draft.scene import Has, scene
from data.draft.toml_text import name, value

#: Metrics whose window is the whole log if the data is historical.
WINDOWS = ("throughput", "stage_backlog", "department_response", "channel_mix", "category_top", "grid_heat")
_HEAD = """\
# {title}: drafted from {source} by `python -m dashboard draft`.  It is yours to edit: names, limits, hours, scenes.
# Every list keeps its order on the screens; docs/city.md says what each key means.  A code is what the mapping maps to.
"""


def city_text(plan: Plan, id: str, title: str, source: str, zone: str, country: str, old: bool) -> str:
    """``old``: the data is historical, so every window covers all of it."""
    lines = [_HEAD.format(title=title, source=source)]
    for key, held in (
        ("id", id),
        ("code", id),
        ("name", name(title, title)),
        ("title", name(title, title)),
        ("timezone", zone),
        ("country", "" if plan.round_the_clock else country),
        ("demo", False),
    ):
        lines.append(f"city.{key} = {value(held)}")
    if plan.area is not None:
        lines += ["", f"levels = [{value({'code': plan.area[0], 'name': name(*plan.area[1:])})}]"]
    stages = [
        Item(
            s.code,
            s.zh,
            s.en,
            "",
            (*((("role", s.role),) if s.role else ()), *((("after_close", True),) if s.role == "revisit" else ())),
        )
        for s in plan.stages
    ]
    lists = [
        ("stages", stages),
        ("networks", plan.lists.get("network", [])),
        ("channels", plan.lists.get("channel", [])),
        ("departments", plan.lists.get("department", [])),
        ("categories", plan.lists.get("category", [])),
    ]
    for key, items in lists:
        if items:
            lines += ["", f"{key} = ["]
            lines += [f"  {value({'code': i.code, **dict(i.more), 'name': name(i.zh, i.en)})}," for i in items]
            lines.append("]")
    lines += ["", "[hours]"]
    if plan.round_the_clock:
        lines += ['slots = ["00:00-24:00"]', "every_day = true"]
    else:
        lines.append(
            'slots = ["08:30-12:00", "14:00-17:30"]' if country in ("CN", "") else 'slots = ["08:30-12:30", "13:00-17:00"]'
        )
    if old:
        lines += ["", "# The record is of the past: these readings take in all of it, not the last days.", "[windows]"]
        lines += [f'{metric} = "36500 days"' for metric in WINDOWS]
    has = Has(
        len(plan.stages),
        # without stages that a department handles, its speed is unknown
        len(plan.lists.get("department", [])) if {"dispatch", "handle"} <= {s.role for s in plan.stages} else 0,
        len(plan.lists.get("channel", [])),
        len(plan.lists.get("category", [])),
        bool(plan.shapes),
        plan.due,
    )
    lines += ["", "[[scenes]]", 'id = "overview"', f"name = {value(name('总览', 'Overview'))}", *_pictures(has)]
    return "\n".join(lines) + "\n"


def _pictures(has: Has) -> Iterable[str]:
    for shape, picture in scene(has).items():
        prefix = "" if shape == "areas" else f"{shape}_"
        width = [max(len(row.split()[i]) for row in picture.areas) for i in range(len(picture.areas[0].split()))]
        yield f"{shape} = ["
        for row in picture.areas:
            yield '  "' + " ".join(cell.ljust(w) for cell, w in zip(row.split(), width, strict=True)).rstrip() + '",'
        yield "]"
        yield f'{prefix}columns = "{picture.columns.strip()}"'
        yield f'{prefix}rows = "{picture.rows.strip()}"'
