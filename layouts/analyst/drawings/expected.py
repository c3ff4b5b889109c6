"""Chart of eight weeks of days with their expected band."""

from __future__ import annotations

import pandas as pd

from data.drill.views.warning.expected import DRILL
from data.text import Text
from data.types.records import Record
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import REPORTED, Drawing
from layouts.analyst.drawings.warnings import empty
from layouts.analyst.series import layout, line, points
from layouts.charts.template import BAND, INK, INK_3, WATCH
from layouts.text.formats import count, decimal, number
from layouts.text.rows import records

BAND_NAME, ABOVE = Text(zh="95% 区间", en="95 % of counts"), Text(zh="高于区间", en="above the band")
EXPECTED = Text(zh="应有", en="expected")
SAYS = Text(
    zh="{day} · 上报 {n} · 应有 {expected}（{low}–{high}）", en="{day} · reports {n} · expected {expected} ({low}–{high})"
)
LABEL = Text(zh="每日上报与应有区间", en="Reports a day and what is expected")
BASIS = Text(zh="上报 {n} · 高于区间 {above} ÷ {days} 日", en="reported {n} · above the band {above} of {days} days")


def figure(frame: pd.DataFrame, context: RenderContext) -> Record:
    """A line of whole days with their band; days above it are marked.  A day's customdata holds its tooltip (``say``) and its
    date (``from``, ``to``)."""
    lang = context.lang
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
        "name": BAND_NAME(lang),
        "hoverinfo": "skip",
    }
    over = {
        "type": "scatter",
        "mode": "markers",
        "x": [x[i] for i in above],
        "y": [n[i] for i in above],
        "name": ABOVE(lang),
        "marker": {"size": 10, "color": WATCH},
        "cliponaxis": False,  # the highest may touch the top edge
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "hoverinfo": "skip",
    }
    dotted = {"color": INK_3, "width": 1.4, "dash": "3px,3px"}
    said = [
        SAYS(lang).format(day=q["day"], n=count(n[i]), expected=decimal(expected[i], 0), low=count(low[i]), high=count(high[i]))
        for i, q in enumerate(r)
    ]
    traces = [
        band,
        line(x, expected, EXPECTED(lang), INK_3) | {"line": dotted},
        line(x, n, REPORTED(lang), INK),
        *([over] if above else []),
        points(x, n, [{"say": s, "from": day, "to": day} for s, day in zip(said, x, strict=True)]),
    ]
    return {"data": traces, "layout": layout(LABEL(lang), x, max([*n, *high]), ticks=12)}


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    above = int((frame["n"] > frame["high"]).sum())
    return BASIS(context.lang).format(n=count(int(frame["n"].sum())), above=above, days=len(frame))


DRAWING = Drawing(DRILL, {"warning": 20}, figure, basis, kind="chart", empty=empty)
