"""How old the newest record of each feed is."""

from __future__ import annotations

import pandas as pd

from data.drill.views.indicators import FRESHNESS
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.shares import NARROW, ROW, marked
from layouts.text.formats import duration, known, number
from layouts.text.rows import records


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """How old each feed's newest record is; the stale ones first, in amber."""
    zh = context.lang == "zh"
    # a feed that is not mapped is not late: the panel's note says what is missing
    heard = frame[frame["stale"].notna()]
    rows = records(heard.sort_values(["stale", "age_min"], ascending=[False, False], kind="stable", na_position="last"))
    parts = []
    for i, r in enumerate(rows):
        y = i * ROW
        name = context.feed(r["feed"])
        stale = number(r["stale"]) == 1
        age = (
            duration(number(r["age_min"]) / 60, context.lang) if known(r["age_min"]) else ("35 天内无" if zh else "none in 35 d")
        )
        expected = (
            duration(number(r["expected_min"]) / 60, context.lang)
            if known(r["expected_min"])
            else ("无约定" if zh else "none agreed")
        )
        ink = svg.WATCH if stale else svg.INK
        mark = svg.rect(0, y, NARROW, ROW, "transparent") + svg.words(0, y + 20, svg.cut(name, 11), svg.INK)
        if stale:
            mark += svg.tag("path", d=f"M170 {y + 21}l6 -12l6 12z", fill=svg.WATCH)
        mark += svg.words(300, y + 20, age, ink, "end", font_weight=600)
        mark += svg.words(NARROW, y + 20, (f"界限 {expected}" if zh else f"limit {expected}"), svg.INK_3, "end")
        word = ("，陈旧" if zh else ", stale") if stale else ""
        parts.append(marked(mark, f"{name}：{age}（{expected}）{word}" if zh else f"{name}: {age} ({expected}){word}"))
    return svg.picture(NARROW, max(len(rows) * ROW, ROW), "".join(parts), "数据新鲜度" if zh else "Freshness of the data")


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    frame = frame[frame["stale"].notna()]
    stale = int(frame["stale"].sum())
    return f"{len(frame)} 个来源，陈旧 {stale}" if context.lang == "zh" else f"{len(frame)} feeds, {stale} stale"


DRAWING = Drawing(FRESHNESS, {"indicators": 40}, draw, basis)
