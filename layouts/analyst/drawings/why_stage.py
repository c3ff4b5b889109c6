"""Why a department is slow: its time in each stage minus that of all."""

from __future__ import annotations

import pandas as pd

from data.drill.views.ranking.why_stage import DRILL
from data.text import Text
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.differences import LEFT, RIGHT, ROW, TOP, WIDTH, basis, scale, signed, whose
from layouts.analyst.drawing import Drawing
from layouts.text.formats import number, work_hours
from layouts.text.rows import records

SUM = Text(zh="每件 {mean} − 全部 {whole} = {gap} 工作时", en="{mean} − all {whole} = {gap} work h a case")
DIFFERENCE = Text(zh="差（工作时）", en="difference (work h)")
MEAN, WHOLE, PAUSED = Text(zh="平均", en="mean"), Text(zh="全部", en="all"), Text(zh="缓办（扣除）", en="deferred (off)")
SAYS = Text(
    zh="{name}：平均 {mean} 工作时，全部 {whole}，差 {gap}", en="{name}: mean {mean} work hours, all {whole}, difference {gap}"
)
LABEL = Text(zh="为何费时：环节", en="Why slow: stages")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """The stages in order, deferred time last: the means of the department and of all, and the difference as a bar."""
    rows, lang = records(frame), context.lang
    total = rows[0]
    shown = [r for r in rows[1:] if number(r["mean_min"]) or number(r["whole_min"])]
    at, zero = scale([number(r["gap_min"]) for r in shown])
    department = str(total["department"])

    gap = signed(number(total["gap_min"]) / 60)
    said = SUM(lang).format(mean=work_hours(total["mean_min"]), whole=work_hours(total["whole_min"]), gap=gap)
    parts = [
        svg.words(0, 16, svg.cut(whose(department, context), 32), svg.INK, font_weight=600),
        svg.words(0, 36, said, svg.INK_2),
        svg.words(LEFT, 57, DIFFERENCE(lang), svg.INK_3),
        svg.words(420, 57, MEAN(lang), svg.INK_3, "end"),
        svg.words(WIDTH, 57, WHOLE(lang), svg.INK_3, "end"),
        svg.line(zero, TOP, zero, TOP + ROW * len(shown), svg.RULE),
    ]
    for i, r in enumerate(shown):
        y, gap_min = TOP + ROW * i, number(r["gap_min"])
        name = PAUSED(lang) if r["kind"] == "paused" else context.name("stage", r["stage"])
        mark = svg.rect(0, y, WIDTH, ROW, "transparent") + svg.words(0, y + 18, svg.cut(name, 7.8), svg.INK)
        x = at(gap_min)
        mark += svg.rect(min(x, zero), y + 7, max(abs(x - zero), 0.5), 12, svg.WATCH if gap_min > 0 else svg.DATA)
        said = signed(gap_min / 60)
        inside, place, anchor = _label(x, zero)
        mark += svg.words(place, y + 18, said, svg.ON_BADGE if inside else svg.INK_2, anchor, font_weight=600 if inside else None)
        mark += svg.words(420, y + 18, work_hours(r["mean_min"]), svg.INK, "end", font_weight=600)
        mark += svg.words(WIDTH, y + 18, work_hours(r["whole_min"]), svg.INK_3, "end")
        says = SAYS(lang).format(name=name, mean=work_hours(r["mean_min"]), whole=work_hours(r["whole_min"]), gap=said)
        parts.append(svg.tag("g", mark, aria_label=says))
    return svg.picture(WIDTH, TOP + ROW * len(shown) + 2, "".join(parts), LABEL(lang))


def _label(x: float, zero: float) -> tuple[bool, float, str]:
    """(inside?, x, anchor) of the number of a bar from ``zero`` to ``x``: past its end; inside, or across zero, without room."""
    room, ahead = 46, x >= zero
    if x + room <= RIGHT + 4 if ahead else x - room >= LEFT - 4:
        return False, x + (5 if ahead else -5), "start" if ahead else "end"
    if abs(x - zero) > room:
        return True, x - (5 if ahead else -5), "end" if ahead else "start"
    return False, zero - (5 if ahead else -5), "end" if ahead else "start"


DRAWING = Drawing(DRILL, {"ranking": 50}, draw, basis)
