"""How long it takes, as a chart: the distribution of times with the share not completed."""

from __future__ import annotations

import pandas as pd

from data.drill.views.overview.times import DRILL
from data.types.records import Record
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.series import HEIGHT, points
from layouts.charts.axes import counts
from layouts.charts.template import DATA, INK, INK_3, NONE, WATCH
from layouts.text.formats import count, decimal, known, number
from layouts.text.rows import records


def figure(frame: pd.DataFrame, context: RenderContext) -> Record:
    """Bars by work hours: filled completed, hollow still waiting; the line is the share not completed (Kaplan-Meier), at the end
    of each bar that it is known for."""
    zh = context.lang == "zh"
    r = records(frame)
    x = [float(i) for i in range(len(r))]
    done, waiting = ([int(number(q[k])) for q in r] for k in ("done", "censored"))
    both = [a + b for a, b in zip(done, waiting, strict=True)]
    curve = [(-0.5, 100.0), *[(a + 0.5, number(q["left"])) for a, q in zip(x, r, strict=True) if known(q["left"])]]
    hollow = {"color": NONE, "line": {"color": WATCH, "width": 1.6}}
    bar: Record = {"type": "bar", "x": x, "width": 0.78, "hoverinfo": "skip"}
    line = {"color": INK, "width": 2}
    traces = [
        bar | {"y": done, "name": "已办结" if zh else "completed", "marker": {"color": DATA, "line": {"width": 0}}},
        bar | {"y": waiting, "name": "未办结" if zh else "waiting", "marker": hollow},
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": [a for a, _ in curve],
            "y": [b for _, b in curve],
            "yaxis": "y2",
            "name": "未办结比例" if zh else "not completed",
            "line": line,
            "marker": {"size": [0, *[5] * (len(curve) - 1)], "color": INK},
            "hoverinfo": "skip",
        },
        points(x, both, [{"say": _said(q, zh)} for q in r]),
    ]
    return {"data": traces, "layout": _layout(r, max(both), zh)}


def _layout(r: list[Record], top: int, zh: bool) -> Record:
    percent = {
        "range": [0, 100],
        "tickvals": [0, 50, 100],
        "ticktext": ["0%", "50%", "100%"],
        "fixedrange": True,
        "showgrid": False,
    }
    return {
        "meta": {"label": "用时分布" if zh else "Distribution of times", "choose": "", "height": HEIGHT},
        "barmode": "stack",
        "margin": {"l": 50, "r": 48, "b": 48},
        "xaxis": {
            "range": [-0.5, len(r) - 0.5],
            "minallowed": -0.5,
            "maxallowed": len(r) - 0.5,
            "tickvals": [i - 0.5 for i in range(1, len(r))],
            "ticktext": [decimal(number(q["from_min"]) / 60, 0) for q in r[1:]],
            "tickangle": 0,
            "title": {"text": "净工作时间（工作时）" if zh else "net work time (work hours)"},
        },
        "yaxis": counts(top),
        "yaxis2": {**percent, "overlaying": "y", "side": "right", "zeroline": False, "tickfont": {"color": INK_3}},
        "hovermode": "x",
        "hoverdistance": -1,
        "dragmode": "zoom",
        "uirevision": "kept",
    }


def _said(q: Record, zh: bool) -> str:
    since = decimal(number(q["from_min"]) / 60, 0)
    span = f"{since}–{decimal(number(q['to_min']) / 60, 0)}" if known(q["to_min"]) else f"≥ {since}"
    said = (
        f"{span} 工作时 · 已办结 {count(q['done'])} · 未办结 {count(q['censored'])}"
        if zh
        else f"{span} work hours · completed {count(q['done'])} · waiting {count(q['censored'])}"
    )
    if known(q["left"]):
        said += f" · {'此时仍未办结' if zh else 'not completed by then'} {decimal(q['left'])}%"
    return said


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    done, waiting = int(frame["done"].sum()), int(frame["censored"].sum())
    total = count(done + waiting)
    if context.lang == "zh":
        return f"已办结 {count(done)} + 未办结 {count(waiting)} = {total}"
    return f"completed {count(done)} + waiting {count(waiting)} = {total}"


DRAWING = Drawing(DRILL, {"overview": 50, "process": 20}, figure, basis, kind="chart")
