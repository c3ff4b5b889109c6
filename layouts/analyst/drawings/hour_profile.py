"""Chart of the hours of a day: means of workdays and of days of rest."""

from __future__ import annotations

import pandas as pd

from data.drill.views.heat.hour_profile import DRILL
from data.text import Lang, Text
from data.types.records import Record
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.series import HEIGHT, line, points
from layouts.charts.axes import counts
from layouts.charts.template import DATA, INK, lines
from layouts.text.formats import count, decimal, known, number
from layouts.text.rows import records

WORKDAYS, REST = Text(zh="工作日", en="workdays"), Text(zh="休息日", en="days of rest")
MEAN = Text(zh=" · {kind} {mean} 件/日（{n} ÷ {days} 日）", en=" · {kind} {mean} a day ({n} / {days} days)")
LABEL = Text(zh="一日各时的上报", en="Reports by hour of the day")
BASIS = Text(
    zh="工作日 {n} 件 ÷ {days} 日 · 休息日 {rest} 件 ÷ {off} 日",
    en="workdays {n} / {days} days · days of rest {rest} / {off} days",
)


def figure(frame: pd.DataFrame, context: RenderContext) -> Record:
    """Workdays solid, days of rest dashed; an hour's customdata holds both means with their counts (``say``)."""
    lang = context.lang
    r = records(frame)
    x = [number(q["hour"]) for q in r]
    kinds = (("per_day", WORKDAYS, INK, "solid"), ("rest_per_day", REST, DATA, "6px,4px"))
    traces, tops = [], [0.0] * len(r)
    for column, name, colour, dash in kinds:
        values = [number(q[column]) if known(q[column]) else None for q in r]
        if any(v is not None for v in values):
            drawn = line(x, values, name(lang), colour)
            traces.append(drawn | {"line": {"color": colour, "width": 2, "dash": dash}})
        tops = [max(a, b or 0.0) for a, b in zip(tops, values, strict=True)]
    return {
        "data": [*traces, points(x, tops, [{"say": _said(q, lang)} for q in r])],
        "layout": _layout(max(tops, default=0.0), lang),
    }


def _said(q: Record, lang: Lang) -> str:
    out = f"{int(number(q['hour'])):02d}:00"
    for name, said in (("", WORKDAYS), ("rest_", REST)):
        if not known(q[f"{name}per_day"]):
            continue
        mean, n, days = decimal(q[f"{name}per_day"]), count(q[f"{name}n"]), count(q[f"{name}days"])
        out += MEAN(lang).format(kind=said(lang), mean=mean, n=n, days=days)
    return lines(out)


def _layout(top: float, lang: Lang) -> Record:
    every = list(range(0, 24, 3))
    return {
        "meta": {"label": LABEL(lang), "choose": "", "height": HEIGHT},
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
    return BASIS(context.lang).format(n=count(n), days=days, rest=count(rest), off=off)


DRAWING = Drawing(DRILL, {"heat": 30}, figure, basis, kind="chart")
