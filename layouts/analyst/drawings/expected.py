"""Eight weeks of days, as a chart, in the band that they are expected in."""

from __future__ import annotations

import pandas as pd

from data.drill.views.warning.expected import DRILL
from data.types.records import Record
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.drawings.warnings import empty
from layouts.analyst.series import layout, line, points
from layouts.charts.template import BAND, INK, INK_3, WATCH
from layouts.text.formats import count, decimal, number
from layouts.text.rows import records


def figure(frame: pd.DataFrame, context: RenderContext) -> Record:
    """A line of whole days in their band; days above it are marked.  A day's customdata says it in words (``say``) and names it
    (``from``, ``to``)."""
    zh = context.lang == "zh"
    r = records(frame)
    n, expected, low, high = ([number(q[k]) for q in r] for k in ("n", "expected", "low", "high"))
    x = [str(q["day"]) for q in r]
    above = [i for i in range(len(r)) if n[i] > high[i]]
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": [*x, *reversed(x)],
        "y": [*high, *reversed(low)],
        "fill": "toself",
        "fillcolor": BAND,
        "line": {"width": 0, "color": BAND},
        "name": "95% 区间" if zh else "95 % of counts",
        "hoverinfo": "skip",
    }
    over = {
        "type": "scatter",
        "mode": "markers",
        "x": [x[i] for i in above],
        "y": [n[i] for i in above],
        "name": "高于区间" if zh else "above the band",
        "marker": {"size": 10, "color": WATCH},
        "cliponaxis": False,  # the highest may stand at the very top
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "hoverinfo": "skip",
    }
    dotted = {"color": INK_3, "width": 1.4, "dash": "3px,3px"}
    said = [
        (
            f"{q['day']} · 上报 {count(n[i])} · 应有 {decimal(expected[i], 0)}（{count(low[i])}–{count(high[i])}）"
            if zh
            else f"{q['day']} · reports {count(n[i])} · expected {decimal(expected[i], 0)} ({count(low[i])}–{count(high[i])})"
        )
        for i, q in enumerate(r)
    ]
    traces = [
        band,
        line(x, expected, "应有" if zh else "expected", INK_3) | {"line": dotted},
        line(x, n, "上报" if zh else "reported", INK),
        *([over] if above else []),
        points(x, n, [{"say": s, "from": day, "to": day} for s, day in zip(said, x, strict=True)]),
    ]
    label = "每日上报与应有区间" if zh else "Reports a day and what is expected"
    return {"data": traces, "layout": layout(label, x, max([*n, *high]), ticks=12)}


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    above = int((frame["n"] > frame["high"]).sum())
    if context.lang == "zh":
        return f"上报 {count(int(frame['n'].sum()))} · 高于区间 {above} ÷ {len(frame)} 日"
    return f"reported {count(int(frame['n'].sum()))} · above the band {above} of {len(frame)} days"


DRAWING = Drawing(DRILL, {"warning": 20}, figure, basis, kind="chart", empty=empty)
