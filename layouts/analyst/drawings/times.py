"""Chart of the distribution of times, with the share not completed."""

from __future__ import annotations

import pandas as pd

from data.drill.views.overview.times import DRILL
from data.text import Lang, Text
from data.types.records import Record
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.series import HEIGHT, points
from layouts.charts.axes import counts
from layouts.charts.template import DATA, INK, INK_3, NONE, WATCH
from layouts.text.formats import count, decimal, known, number
from layouts.text.rows import records

DONE, WAITING = Text(zh="已办结", en="completed"), Text(zh="未办结", en="waiting")
SHARE_LEFT = Text(zh="未办结比例", en="not completed")
LABEL, AXIS = Text(zh="用时分布", en="Distribution of times"), Text(zh="净工作时间（工作时）", en="net work time (work hours)")
SAYS = Text(zh="{span} 工作时 · 已办结 {done} · 未办结 {waiting}", en="{span} work hours · completed {done} · waiting {waiting}")
NOT_BY_THEN = Text(zh=" · 此时仍未办结 {share}%", en=" · not completed by then {share}%")
BASIS = Text(zh="已办结 {done} + 未办结 {waiting} = {total}", en="completed {done} + waiting {waiting} = {total}")


def figure(frame: pd.DataFrame, context: RenderContext) -> Record:
    """Bars by work hours: completed filled, still waiting hollow; the line is the share not completed (Kaplan-Meier), at the end
    of each bar for which it is known."""
    lang = context.lang
    r = records(frame)
    x = [float(i) for i in range(len(r))]
    done, waiting = ([int(number(q[k])) for q in r] for k in ("done", "censored"))
    both = [a + b for a, b in zip(done, waiting, strict=True)]
    curve = [(-0.5, 100.0), *[(a + 0.5, number(q["left"])) for a, q in zip(x, r, strict=True) if known(q["left"])]]
    hollow = {"color": NONE, "line": {"color": WATCH, "width": 1.6}}
    bar: Record = {"type": "bar", "x": x, "width": 0.78, "hoverinfo": "skip"}
    line = {"color": INK, "width": 2}
    traces = [
        bar | {"y": done, "name": DONE(lang), "marker": {"color": DATA, "line": {"width": 0}}},
        bar | {"y": waiting, "name": WAITING(lang), "marker": hollow},
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": [a for a, _ in curve],
            "y": [b for _, b in curve],
            "yaxis": "y2",
            "name": SHARE_LEFT(lang),
            "line": line,
            "marker": {"size": [0, *[5] * (len(curve) - 1)], "color": INK},
            "hoverinfo": "skip",
        },
        points(x, both, [{"say": _said(q, lang)} for q in r]),
    ]
    return {"data": traces, "layout": _layout(r, max(both), lang)}


def _layout(r: list[Record], top: int, lang: Lang) -> Record:
    percent = {
        "range": [0, 100],
        "tickvals": [0, 50, 100],
        "ticktext": ["0%", "50%", "100%"],
        "fixedrange": True,
        "showgrid": False,
    }
    return {
        "meta": {"label": LABEL(lang), "choose": "", "height": HEIGHT},
        "barmode": "stack",
        "margin": {"l": 50, "r": 48, "b": 48},
        "xaxis": {
            "range": [-0.5, len(r) - 0.5],
            "minallowed": -0.5,
            "maxallowed": len(r) - 0.5,
            "tickvals": [i - 0.5 for i in range(1, len(r))],
            "ticktext": [decimal(number(q["from_min"]) / 60, 0) for q in r[1:]],
            "tickangle": 0,
            "title": {"text": AXIS(lang)},
        },
        "yaxis": counts(top),
        "yaxis2": {**percent, "overlaying": "y", "side": "right", "zeroline": False, "tickfont": {"color": INK_3}},
        "hovermode": "x",
        "hoverdistance": -1,
        "dragmode": "zoom",
        "uirevision": "kept",
    }


def _said(q: Record, lang: Lang) -> str:
    since = decimal(number(q["from_min"]) / 60, 0)
    span = f"{since}–{decimal(number(q['to_min']) / 60, 0)}" if known(q["to_min"]) else f"≥ {since}"
    said = SAYS(lang).format(span=span, done=count(q["done"]), waiting=count(q["censored"]))
    return said + (NOT_BY_THEN(lang).format(share=decimal(q["left"])) if known(q["left"]) else "")


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    done, waiting = int(frame["done"].sum()), int(frame["censored"].sum())
    return BASIS(context.lang).format(done=count(done), waiting=count(waiting), total=count(done + waiting))


DRAWING = Drawing(DRILL, {"overview": 50, "process": 20}, figure, basis, kind="chart")
