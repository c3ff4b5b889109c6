"""The sequences of stages that occurred, the common ones first."""

from __future__ import annotations

import pandas as pd

from data.drill.views.process.variants import DRILL
from data.text import Text
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing, summed
from layouts.text.formats import count, number, share, work_hours
from layouts.text.rows import records

#: Number of variants drawn; the table has 200.
DRAWN = 15
#: Which cases the variants cover, and on which clock.
RULE = Text(
    zh="只计已结束的案件（在办的不在内）；中位为上报至结束的工作时间",
    en="cases that ended alone, no open ones; median: work time from report to end",
)
MORE = Text(zh="另 {kinds} 种共 {cases} 件，前200种见表；", en="{kinds} more with {cases} cases, 200 in the table; ")
#: Right edge (px) and head of each column of numbers.
HEADS = (
    (30, Text(zh="序", en="#")),
    (92, Text(zh="案件", en="cases")),
    (156, Text(zh="占比", en="share")),
    (226, Text(zh="累计", en="cumulated")),
    (322, Text(zh="中位(工作时)", en="median work h")),
)
NO_VISIT, LABEL = Text(zh="无停留记录", en="no visit is known"), Text(zh="流程变体", en="Variants")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """A row per sequence: cases, share, cumulative share, median, and its stages as chevrons; repeats have an amber edge."""
    lang = context.lang
    rows = records(frame)
    listed = [r for r in rows if number(r["place"]) > 0]
    shown = listed[:DRAWN]
    width, begin, row = 1020.0, 330.0, 30.0
    longest = max([number(r["steps"]) for r in shown], default=1.0)
    each = max(min((width - begin) / max(longest, 1.0), 76.0), 46.0)
    fits = int((width - begin) / each)
    parts = [svg.words(x, 18, head(lang), svg.INK_3, "end") for x, head in HEADS]
    for i, r in enumerate(shown):
        y = 30.0 + row * i
        said = (count(r["place"]), count(r["n"]), share(r["share"]), share(r["cumulative"]), work_hours(r["median_min"]))
        for (x, _), v in zip(HEADS, said, strict=True):
            parts.append(
                svg.words(x, y + 20, v, svg.INK_3 if x in (30, 226) else svg.INK, "end", font_weight=600 if x == 92 else None)
            )
        stages = [s for s in str(r["sequence"]).split(">") if s]
        name = " → ".join(context.name("stage", s) for s in stages)
        marks = (
            _chevrons(stages, begin, y, each, fits, context) if stages else svg.words(begin, y + 20, NO_VISIT(lang), svg.INK_3)
        )
        parts.append(svg.tag("g", marks, data_say=f"{name}: {count(r['n'])}"))
    behind = [r for r in rows if r not in shown]
    kinds, cases = sum(int(r["variants"]) for r in behind), sum(int(r["n"]) for r in behind)
    foot = (MORE(lang).format(kinds=count(kinds), cases=count(cases)) if kinds else "") + RULE(lang)
    total = 30.0 + row * len(shown) + 28
    return svg.picture(width, total, "".join(parts) + svg.words(0, total - 6, foot, svg.INK_3), LABEL(lang))


def _chevrons(stages: list[str], x: float, y: float, each: float, fits: int, context: RenderContext) -> str:
    out, seen = "", set()
    cut = stages if len(stages) <= fits else stages[: fits - 1]
    for s in cut:
        edge = svg.WATCH if s in seen else None
        out += svg.tag(
            "path", d=f"M{x:.1f} {y + 3:.1f}h{each - 10:.1f}l7 11l-7 11h{10 - each:.1f}l7 -11z", fill=svg.STEPS[2], stroke=edge
        )
        out += svg.words(x + each / 2 + 1, y + 19, svg.cut(context.name("stage", s), (each - 16) / 14), svg.INK, "middle")
        seen.add(s)
        x += each
    return out + (svg.words(x + 6, y + 19, f"+{len(stages) - len(cut)}", svg.INK_3) if len(cut) < len(stages) else "")


DRAWING = Drawing(DRILL, {"process": 50}, draw, summed("n", Text(zh="已结束案件", en="cases that ended")))
