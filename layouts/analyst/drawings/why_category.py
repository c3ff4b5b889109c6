"""Why a department is late: its mix of cases, and its lateness within each category."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.drill.views.ranking.why_category import DRILL
from data.text import Text
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.differences import LEFT, ROW, TOP, WIDTH, basis, scale, signed, whose
from layouts.analyst.drawing import Drawing
from layouts.text.formats import count, number, share
from layouts.text.rows import records

#: Number of categories drawn one by one; the rest share one row.
SHOWN = 9
SUM = Text(
    zh="{share} − 全部 {whole} = {gap} 点：构成 {mix}，同类内 {within}",
    en="{share} − all {whole} = {gap} points: mix {mix}, within {within}",
)
MIX, WITHIN = Text(zh="案件构成", en="mix of cases"), Text(zh="同类之内", en="within category")
POINTS, CASES, OTHERS = Text(zh="点", en="points"), Text(zh="件", en="cases"), Text(zh="其余 {n} 类", en="{n} others")
SAYS = Text(
    zh="{name}：{n} 件，构成 {mix}，同类之内 {within}，合计 {gap} 点",
    en="{name}: {n} cases, mix {mix}, within {within}, together {gap} points",
)
LABEL = Text(zh="为何超期：类别", en="Why late: categories")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """The largest parts first: each with its mix and within-category parts and their sum; the rest share one row."""
    rows, lang = records(frame), context.lang
    total, parts_of = rows[0], rows[1:]
    shown = parts_of[:SHOWN] if len(parts_of) > SHOWN + 1 else parts_of
    rest = parts_of[len(shown) :]
    if rest:
        sums = {k: sum(number(r[k]) for r in rest) for k in ("mix", "within", "gap")}
        shown = [*shown, {"category": None, "n": sum(number(r["n"]) for r in rest), **sums}]
    at, zero = scale([number(r[k]) for r in shown for k in ("mix", "within")])
    department = str(total["department"])
    signs = {k: signed(number(total[k])) for k in ("gap", "mix", "within")}
    said = SUM(lang).format(share=share(total["share"]), whole=share(total["whole_share"]), **signs)
    parts = [
        svg.words(0, 16, svg.cut(whose(department, context), 32), svg.INK, font_weight=600),
        svg.words(0, 36, said, svg.INK_2),
        svg.rect(LEFT, 48, 10, 8, svg.DATA),
        svg.words(LEFT + 14, 57, MIX(lang), svg.INK_3),
        svg.rect(LEFT + 104, 48, 10, 8, svg.SECOND),
        svg.words(LEFT + 118, 57, WITHIN(lang), svg.INK_3),
        svg.words(420, 57, POINTS(lang), svg.INK_3, "end"),
        svg.words(WIDTH, 57, CASES(lang), svg.INK_3, "end"),
        svg.line(zero, TOP, zero, TOP + ROW * len(shown), svg.RULE),
    ]
    chosen = context.filters.codes.get("cat", ())
    for i, r in enumerate(shown):
        y, code = TOP + ROW * i, r["category"]
        name = OTHERS(lang).format(n=len(rest)) if code is None else context.name("category", code)
        mark = svg.rect(0, y, WIDTH, ROW, svg.RAISED if code in chosen else "transparent")
        mark += svg.words(0, y + 18, svg.cut(name, 7.8), svg.INK if code is not None else svg.INK_3)
        for key, up, colour in (("mix", 4, svg.DATA), ("within", 13, svg.SECOND)):
            x = at(number(r[key]))
            mark += svg.rect(min(x, zero), y + up, max(abs(x - zero), 0.5), 8, colour)
        mark += _end(number(r["gap"]), r["n"], y)
        signs = {k: signed(number(r[k]), 2) for k in ("mix", "within", "gap")}
        says = SAYS(lang).format(name=name, n=count(r["n"]), **signs)
        if code is not None and code != "?":
            target = "" if code in chosen else str(code)
            parts.append(svg.link(context.link(cat=target, dep=department), mark, says))
        else:
            parts.append(svg.tag("g", mark, aria_label=says))
    return svg.picture(WIDTH, TOP + ROW * len(shown) + 2, "".join(parts), LABEL(lang))


def _end(gap: float, n: Any, y: float) -> str:
    colour = svg.WATCH if gap > 0.05 else svg.DATA if gap < -0.05 else svg.INK_3
    return svg.words(420, y + 18, signed(gap), colour, "end", font_weight=600) + svg.words(
        WIDTH, y + 18, count(n), svg.INK_3, "end"
    )


DRAWING = Drawing(DRILL, {"ranking": 40}, draw, basis)
