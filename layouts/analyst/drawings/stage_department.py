"""Open cases by department and stage, as a matrix."""

from __future__ import annotations

import pandas as pd

from data.drill.views.overview.stage_department import DRILL
from data.text import Text
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing, summed
from layouts.text.formats import count
from layouts.text.rows import records

#: Width of the matrix, which spans four of the page's six columns (px).
WIDTH = 900.0
LABEL = Text(zh="部门与环节的在办", en="Open cases by department and stage")
SUM, SUM_ROW = Text(zh="合计", en="sum"), Text(zh="合计", en="Sum")
OPEN, OF_ALL = Text(zh="在办", en="open"), Text(zh="（全部部门与环节）", en=" (all departments and stages)")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """Open cases, large; overdue ones, small and amber with a mark; sums at the ends.  Row and column heads are links too."""
    lang = context.lang
    held_stages, held_departments = set(frame["stage"]), set(frame["department"])
    stages = [s.code for s in context.city.profile.stages]
    stages = [s for s in stages if s in held_stages] or stages[:1]
    if "" in held_stages:
        stages.append("")
    listed = [d.code for d in context.city.profile.departments if d.code in held_departments]
    departments = [*listed, *([""] if "" in held_departments else [])]
    told = bool(frame["overdue"].notna().any())
    held = {(r["department"], r["stage"]): (int(r["open"]), int(r["overdue"]) if told else 0) for r in records(frame)}
    name, wide, row, top = 116, 62.0, 27, 28
    width = max(name + wide * (len(stages) + 1), WIDTH)
    wide = (width - name) / (len(stages) + 1)
    most = max([v[0] for v in held.values()], default=1)
    chosen = set(context.filters.codes.get("stage", ()))
    chosen_dep = set(context.filters.codes.get("dep", ()))
    state = {} if context.filters.is_stock else {"state": "open"}
    parts = []
    empty: list[tuple[float, float]] = []
    for j, s in enumerate(stages):
        x = name + wide * (j + 0.5)
        label = svg.words(
            x, 17, svg.cut(context.name("stage", s), wide / 14.5), svg.SELECT if s in chosen else svg.INK_2, "middle"
        )
        parts.append(
            svg.link(
                context.link(stage="" if s in chosen else s, **({} if s in chosen else state)), label, context.name("stage", s)
            )
            if s
            else label
        )
    parts.append(svg.words(width - 4, 17, SUM(lang), svg.INK_3, "end"))
    for i, d in enumerate([*departments, None]):
        y = top + row * i
        last = d is None
        said = SUM_ROW(lang) if last else context.name("department", d)
        label = svg.words(0, y + 18, svg.cut(said, 7.6), svg.SELECT if d in chosen_dep else svg.INK if not last else svg.INK_3)
        parts.append(svg.link(context.link(dep="" if d in chosen_dep else str(d)), label, said, data_say=said) if d else label)
        total = over = 0
        for j, s in enumerate(stages):
            if last:
                n, late = (sum(held.get((k, s), (0, 0))[v] for k in departments) for v in (0, 1))
            else:
                n, late = held.get((str(d), s), (0, 0))
            total, over = total + n, over + late
            if not n:
                empty.append((name + wide * j, y))
                continue
            parts.append(_cell(context, d, s, n, late, name + wide * j, y, wide, row, most, last, state, told))
        parts.append(svg.words(width - 4, y + 18, count(total), svg.INK, "end", font_weight=600))
    below = top + row * len(departments)
    ground = "".join(f"M{x + 1:.1f} {y + 1}h{wide - 2:.1f}v{row - 2}h{2 - wide:.1f}z" for x, y in empty if y < below)
    dots = "".join(f"M{x + wide / 2 - 1:.1f} {y + 12.5}h2v2h-2z" for x, y in empty)
    parts[:0] = [svg.tag("path", d=ground, fill=svg.STEPS[0]), svg.tag("path", d=dots, fill=svg.INK_3)]
    return svg.picture(width, top + row * (len(departments) + 1) + 2, "".join(parts), LABEL(lang))


def _cell(
    context: RenderContext,
    d: str | None,
    s: str,
    n: int,
    late: int,
    x: float,
    y: float,
    wide: float,
    row: float,
    most: int,
    last: bool,
    state: dict[str, str],
    told: bool,
) -> str:
    """``told``: whether it is known which cases are overdue."""
    shade = "none" if last else svg.STEPS[min(1 + int(4.99 * n / max(most, 1)), 5)]
    mark = svg.rect(x + 1, y + 1, wide - 2, row - 2, shade)
    ink = svg.ink_on(shade)
    mark += svg.words(x + wide / 2 - (8 if late else 0), y + 18, count(n), ink, "middle", font_weight=600)
    if late:
        # amber is unreadable on the lightest shades: there the corner marks the cell and the number keeps the cell's ink
        mark += svg.tag("path", d=f"M{x + wide - 11:.1f} {y + 1:.1f}h10v10z", fill=svg.worry_on(shade))
        mark += svg.words(
            x + wide - 5, y + 20, count(late), ink if shade in svg.STEPS[4:] else svg.worry_on(shade), "end", font_size=14
        )
    says = f"{context.name('stage', s)} · {context.name('department', d) if d is not None else ''}: {count(n)}"
    says += f" / {count(late)}" if told else ""
    if last or not s:
        return mark
    target = {"stage": s, **state, **({"dep": d} if d else {})}
    return svg.go(context.link(**target), mark, says)


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    total = summed("open", OPEN)(frame, context)
    if {"dep", "stage"} & context.filters.codes.keys():
        total += OF_ALL(context.lang)
    return total


DRAWING = Drawing(DRILL, {"overview": 40, "process": 30}, draw, basis)
