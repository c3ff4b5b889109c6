"""Why a department is slow: its time in each stage less that of all."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.drill.views.ranking.why_stage import DRILL
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.differences import LEFT, RIGHT, ROW, TOP, WIDTH, basis, scale, signed, whose
from layouts.analyst.drawing import Drawing
from layouts.text.formats import decimal, number
from layouts.text.rows import records


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """The stages in their order, the deferred time last; mean of the department and of all, and the difference as a bar."""
    rows, zh = records(frame), context.lang == "zh"
    total = rows[0]
    shown = [r for r in rows[1:] if number(r["mean_min"]) or number(r["whole_min"])]
    at, zero = scale([number(r["gap_min"]) for r in shown])
    department = str(total["department"])

    def hours(value: Any) -> str:
        return decimal(number(value) / 60)

    gap = signed(number(total["gap_min"]) / 60)
    said = (
        f"每件 {hours(total['mean_min'])} − 全部 {hours(total['whole_min'])} = {gap} 工作时"
        if zh
        else f"{hours(total['mean_min'])} − all {hours(total['whole_min'])} = {gap} work h a case"
    )
    parts = [
        svg.words(0, 16, svg.cut(whose(department, context), 32), svg.INK, font_weight=600),
        svg.words(0, 36, said, svg.INK_2),
        svg.words(LEFT, 57, "差（工作时）" if zh else "difference (work h)", svg.INK_3),
        svg.words(420, 57, "平均" if zh else "mean", svg.INK_3, "end"),
        svg.words(WIDTH, 57, "全部" if zh else "all", svg.INK_3, "end"),
        svg.line(zero, TOP, zero, TOP + ROW * len(shown), svg.RULE),
    ]
    for i, r in enumerate(shown):
        y, gap_min = TOP + ROW * i, number(r["gap_min"])
        name = ("缓办（扣除）" if zh else "deferred (off)") if r["kind"] == "paused" else context.name("stage", r["stage"])
        mark = svg.rect(0, y, WIDTH, ROW, "transparent") + svg.words(0, y + 18, svg.cut(name, 7.8), svg.INK)
        x = at(gap_min)
        mark += svg.rect(min(x, zero), y + 7, max(abs(x - zero), 0.5), 12, svg.WATCH if gap_min > 0 else svg.DATA)
        said = signed(gap_min / 60)
        inside, place, anchor = _label(x, zero)
        mark += svg.words(place, y + 18, said, svg.ON_BADGE if inside else svg.INK_2, anchor, font_weight=600 if inside else None)
        mark += svg.words(420, y + 18, hours(r["mean_min"]), svg.INK, "end", font_weight=600)
        mark += svg.words(WIDTH, y + 18, hours(r["whole_min"]), svg.INK_3, "end")
        says = (
            f"{name}：平均 {hours(r['mean_min'])} 工作时，全部 {hours(r['whole_min'])}，差 {said}"
            if zh
            else f"{name}: mean {hours(r['mean_min'])} work hours, all {hours(r['whole_min'])}, difference {said}"
        )
        parts.append(svg.tag("g", mark, aria_label=says))
    return svg.picture(WIDTH, TOP + ROW * len(shown) + 2, "".join(parts), "为何费时：环节" if zh else "Why slow: stages")


def _label(x: float, zero: float) -> tuple[bool, float, str]:
    """Where a bar from ``zero`` to ``x`` has its number: behind its end; within, or across zero, where there is no room."""
    room, ahead = 46, x >= zero
    if x + room <= RIGHT + 4 if ahead else x - room >= LEFT - 4:
        return False, x + (5 if ahead else -5), "start" if ahead else "end"
    if abs(x - zero) > room:
        return True, x - (5 if ahead else -5), "end" if ahead else "start"
    return False, zero - (5 if ahead else -5), "end" if ahead else "start"


DRAWING = Drawing(DRILL, {"ranking": 50}, draw, basis)
