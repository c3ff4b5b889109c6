"""How long cases stay in each stage: a dot at the median, a line to P90."""

from __future__ import annotations

import math

import pandas as pd

from data.drill.views.queues.stage_times import DRILL
from data.text import Text
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing, summed
from layouts.text.formats import NONE, count, duration, known, number, work_hours
from layouts.text.rows import records

ABOVE_LINES = Text(zh="中位—P90（工作时）", en="median–P90 (work h)")
MEDIAN, P90, WALL_MEDIAN = Text(zh="中位", en="median"), Text(zh="P90", en="P90"), Text(zh="自然时间中位", en="wall median")
AGAIN = Text(zh="↻ 再次", en="↻ again")
FOOT = Text(zh="未离开的停留按截尾计入（Kaplan-Meier）", en="visits that go on are censored (Kaplan-Meier)")
LABEL = Text(zh="环节用时", en="Time in stage")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """Per stage a dot at the median and a line to P90 (work time, square root); repeat visits below it, hollow."""
    lang = context.lang
    rows = [r for r in records(frame) if number(r["n"])]
    width, row, top = 470.0, 26, 28
    ends = [number(r[k]) for r in rows for k in ("median_min", "p90_min") if known(r[k])]
    longest = math.sqrt(max([*ends, 60.0]))
    low, high = 116.0, 262.0

    def at(minutes: float) -> float:
        return low + (high - low) * math.sqrt(max(number(minutes), 0.0)) / longest

    parts = [svg.words(low, 16, ABOVE_LINES(lang), svg.INK_3)]
    parts += [svg.words(x, 16, said(lang), svg.INK_3, "end") for x, said in ((318, MEDIAN), (368, P90), (width, WALL_MEDIAN))]
    for i, r in enumerate(rows):
        y = top + row * i
        again = r["visit"] == "again"
        name = context.name("stage", r["stage"]) if not again else AGAIN(lang)
        mark = svg.words(12 if again else 0, y + 18, svg.cut(name, 7), svg.INK_3 if again else svg.INK)
        if known(r["median_min"]):
            x = at(r["median_min"])
            mark += svg.line(
                x,
                y + 13,
                at(r["p90_min"]) if known(r["p90_min"]) else high,
                y + 13,
                svg.DATA,
                2,
                stroke_dasharray=None if known(r["p90_min"]) else "2 3",
            )
            mark += svg.tag("circle", cx=x, cy=float(y + 13), r=4.5, fill=svg.PANEL if again else svg.DATA, stroke=svg.DATA)
        mark += svg.words(318, y + 18, work_hours(r["median_min"]), svg.INK, "end", font_weight=600)
        mark += svg.words(368, y + 18, work_hours(r["p90_min"]), svg.INK_2, "end")
        wall = duration(number(r["wall_median_min"]) / 60, lang) if known(r["wall_median_min"]) else NONE
        mark += svg.words(width, y + 18, wall, svg.INK_2, "end")
        of = f"n {count(r['n'])} = {count(r['done'])} + {count(r['waiting'])}"
        says = f"{context.name('stage', r['stage'])}{' ↻' if again else ''}: {of}"
        parts.append(svg.tag("g", mark, data_say=says))
    total = top + row * len(rows) + 24
    return svg.picture(width, total, "".join(parts) + svg.words(0, total - 6, FOOT(lang), svg.INK_3), LABEL(lang))


DRAWING = Drawing(DRILL, {"queues": 30}, draw, summed("n", Text(zh="停留", en="visits")))
