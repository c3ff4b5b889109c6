"""How old the newest record of each feed is."""

from __future__ import annotations

import pandas as pd

from data.drill.views.indicators import FRESHNESS
from data.text import Text
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.shares import NARROW, ROW, marked
from layouts.text.formats import duration, known, number
from layouts.text.rows import records

NO_RECORD, NOT_AGREED = Text(zh="35 天内无", en="none in 35 d"), Text(zh="无约定", en="none agreed")
LIMIT = Text(zh="界限 {expected}", en="limit {expected}")
FRESH = Text(zh="{name}：{age}（{expected}）", en="{name}: {age} ({expected})")
STALE = Text(zh="{name}：{age}（{expected}），陈旧", en="{name}: {age} ({expected}), stale")
LABEL = Text(zh="数据新鲜度", en="Freshness of the data")
BASIS = Text(zh="{n} 个来源，陈旧 {stale}", en="{n} feeds, {stale} stale")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """How old each feed's newest record is; the stale ones first, in amber."""
    lang = context.lang
    # a feed that is not mapped is not late: the panel's note says what is missing
    heard = frame[frame["stale"].notna()]
    rows = records(heard.sort_values(["stale", "age_min"], ascending=[False, False], kind="stable", na_position="last"))
    parts = []
    for i, r in enumerate(rows):
        y = i * ROW
        name = context.feed(r["feed"])
        stale = number(r["stale"]) == 1
        age = duration(number(r["age_min"]) / 60, lang) if known(r["age_min"]) else NO_RECORD(lang)
        expected = duration(number(r["expected_min"]) / 60, lang) if known(r["expected_min"]) else NOT_AGREED(lang)
        ink = svg.WATCH if stale else svg.INK
        mark = svg.rect(0, y, NARROW, ROW, "transparent") + svg.words(0, y + 20, svg.cut(name, 11), svg.INK)
        if stale:
            mark += svg.tag("path", d=f"M170 {y + 21}l6 -12l6 12z", fill=svg.WATCH)
        mark += svg.words(300, y + 20, age, ink, "end", font_weight=600)
        mark += svg.words(NARROW, y + 20, LIMIT(lang).format(expected=expected), svg.INK_3, "end")
        says = (STALE if stale else FRESH)(lang).format(name=name, age=age, expected=expected)
        parts.append(marked(mark, says))
    return svg.picture(NARROW, max(len(rows) * ROW, ROW), "".join(parts), LABEL(lang))


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    frame = frame[frame["stale"].notna()]
    stale = int(frame["stale"].sum())
    return BASIS(context.lang).format(n=len(frame), stale=stale)


DRAWING = Drawing(FRESHNESS, {"indicators": 40}, draw, basis)
