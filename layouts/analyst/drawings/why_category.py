"""Why a department is late: the mix of its cases, and what is within each category."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.drill.views.ranking.why_category import DRILL
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.differences import LEFT, ROW, TOP, WIDTH, basis, scale, signed, whose
from layouts.analyst.drawing import Drawing
from layouts.text.formats import count, number, share
from layouts.text.rows import records

#: Categories that are drawn one by one; the rest of them is one row.
SHOWN = 9


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """The largest parts first; of each the mix and what is within, the sum at the end; what is left in one row."""
    rows, zh = records(frame), context.lang == "zh"
    total, parts_of = rows[0], rows[1:]
    shown = parts_of[:SHOWN] if len(parts_of) > SHOWN + 1 else parts_of
    rest = parts_of[len(shown) :]
    if rest:
        sums = {k: sum(number(r[k]) for r in rest) for k in ("mix", "within", "gap")}
        shown = [*shown, {"category": None, "n": sum(number(r["n"]) for r in rest), **sums}]
    at, zero = scale([number(r[k]) for r in shown for k in ("mix", "within")])
    department = str(total["department"])
    said = (
        f"{share(total['share'])} − 全部 {share(total['whole_share'])} = {signed(number(total['gap']))} 点："
        f"构成 {signed(number(total['mix']))}，同类内 {signed(number(total['within']))}"
        if zh
        else f"{share(total['share'])} − all {share(total['whole_share'])} = {signed(number(total['gap']))} points: "
        f"mix {signed(number(total['mix']))}, within {signed(number(total['within']))}"
    )
    parts = [
        svg.words(0, 16, svg.cut(whose(department, context), 32), svg.INK, font_weight=600),
        svg.words(0, 36, said, svg.INK_2),
        svg.rect(LEFT, 48, 10, 8, svg.DATA),
        svg.words(LEFT + 14, 57, "案件构成" if zh else "mix of cases", svg.INK_3),
        svg.rect(LEFT + 104, 48, 10, 8, svg.CLASSES[3]),
        svg.words(LEFT + 118, 57, "同类之内" if zh else "within category", svg.INK_3),
        svg.words(420, 57, "点" if zh else "points", svg.INK_3, "end"),
        svg.words(WIDTH, 57, "件" if zh else "cases", svg.INK_3, "end"),
        svg.line(zero, TOP, zero, TOP + ROW * len(shown), svg.RULE),
    ]
    chosen = context.filters.codes.get("cat", ())
    for i, r in enumerate(shown):
        y, code = TOP + ROW * i, r["category"]
        name = (f"其余 {len(rest)} 类" if zh else f"{len(rest)} others") if code is None else context.name("category", code)
        mark = svg.rect(0, y, WIDTH, ROW, svg.RAISED if code in chosen else "transparent")
        mark += svg.words(0, y + 18, svg.cut(name, 7.8), svg.INK if code is not None else svg.INK_3)
        for key, up, colour in (("mix", 4, svg.DATA), ("within", 13, svg.CLASSES[3])):
            x = at(number(r[key]))
            mark += svg.rect(min(x, zero), y + up, max(abs(x - zero), 0.5), 8, colour)
        mark += _end(number(r["gap"]), r["n"], y)
        says = (
            f"{name}：{count(r['n'])} 件，构成 {signed(number(r['mix']), 2)}，同类之内 {signed(number(r['within']), 2)}，"
            f"合计 {signed(number(r['gap']), 2)} 点"
            if zh
            else f"{name}: {count(r['n'])} cases, mix {signed(number(r['mix']), 2)}, within {signed(number(r['within']), 2)}, "
            f"together {signed(number(r['gap']), 2)} points"
        )
        if code is not None and code != "?":
            target = "" if code in chosen else str(code)
            parts.append(svg.link(context.link(cat=target, dep=department), mark, says))
        else:
            parts.append(svg.tag("g", mark, aria_label=says))
    return svg.picture(WIDTH, TOP + ROW * len(shown) + 2, "".join(parts), "为何超期：类别" if zh else "Why late: categories")


def _end(gap: float, n: Any, y: float) -> str:
    colour = svg.WATCH if gap > 0.05 else svg.DATA if gap < -0.05 else svg.INK_3
    return svg.words(420, y + 18, signed(gap), colour, "end", font_weight=600) + svg.words(
        WIDTH, y + 18, count(n), svg.INK_3, "end"
    )


DRAWING = Drawing(DRILL, {"ranking": 40}, draw, basis)
