"""The hours of a day, as a chart: means of workdays and of days of rest."""

from __future__ import annotations

import pandas as pd

from data.drill.views.heat.hour_profile import DRILL
from data.types.records import Record
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.series import HEIGHT, line, points
from layouts.charts.axes import counts
from layouts.charts.template import DATA, INK, lines
from layouts.text.formats import count, decimal, known, number
from layouts.text.rows import records


def figure(frame: pd.DataFrame, context: RenderContext) -> Record:
    """Workdays solid, days of rest dashed; an hour's customdata says both means with what they are of (``say``)."""
    zh = context.lang == "zh"
    r = records(frame)
    x = [number(q["hour"]) for q in r]
    kinds = (
        ("per_day", "工作日" if zh else "workdays", INK, "solid"),
        ("rest_per_day", "休息日" if zh else "days of rest", DATA, "6px,4px"),
    )
    traces, tops = [], [0.0] * len(r)
    for column, name, colour, dash in kinds:
        values = [number(q[column]) if known(q[column]) else None for q in r]
        if any(v is not None for v in values):
            drawn = line(x, values, name, colour)
            traces.append(drawn | {"line": {"color": colour, "width": 2, "dash": dash}})
        tops = [max(a, b or 0.0) for a, b in zip(tops, values, strict=True)]
    return {"data": [*traces, points(x, tops, [{"say": _said(q, zh)} for q in r])], "layout": _layout(max(tops, default=0.0), zh)}


def _said(q: Record, zh: bool) -> str:
    out = f"{int(number(q['hour'])):02d}:00"
    for name, said in (("", "工作日" if zh else "workdays"), ("rest_", "休息日" if zh else "days of rest")):
        if not known(q[f"{name}per_day"]):
            continue
        mean, n, days = decimal(q[f"{name}per_day"]), count(q[f"{name}n"]), count(q[f"{name}days"])
        out += f" · {said} {mean} 件/日（{n} ÷ {days} 日）" if zh else f" · {said} {mean} a day ({n} / {days} days)"
    return lines(out)


def _layout(top: float, zh: bool) -> Record:
    every = list(range(0, 24, 3))
    return {
        "meta": {"label": "一日各时的上报" if zh else "Reports by hour of the day", "choose": "", "height": HEIGHT},
        "xaxis": {
            "range": [-0.5, 23.5],
            "minallowed": -0.5,
            "maxallowed": 23.5,
            "tickvals": every,
            "ticktext": [f"{h:02d}:00" for h in every],
        },
        "yaxis": counts(top),
        "hovermode": "x",
        "hoverdistance": -1,
        "dragmode": "zoom",
        "uirevision": "kept",
    }


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    n, rest = int(frame["n"].sum()), int(frame["rest_n"].sum())
    days, off = int(frame["days"].max()), int(frame["rest_days"].max())
    if context.lang == "zh":
        return f"工作日 {count(n)} 件 ÷ {days} 日 · 休息日 {count(rest)} 件 ÷ {off} 日"
    return f"workdays {count(n)} / {days} days · days of rest {count(rest)} / {off} days"


DRAWING = Drawing(DRILL, {"heat": 30}, figure, basis, kind="chart")
