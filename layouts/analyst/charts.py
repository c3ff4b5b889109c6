"""The two charts: reports over time (drag to choose days), and the distribution of times with its curve."""

from __future__ import annotations

from typing import Any

import pandas as pd

from layouts.analyst import svg
from layouts.analyst.pen import Pen
from layouts.marks import records
from layouts.words import decimal, known, number

_AXIS = {
    "zeroline": False,
    "showline": False,
    "ticks": "",
    "tickfont": {"size": 14, "color": svg.INK_3},
    "gridcolor": svg.HAIRLINE,
    "fixedrange": True,
    "automargin": True,
}


def _layout(**more: Any) -> dict[str, Any]:
    return {
        "template": None,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": True,
        "autosize": True,
        "margin": {"l": 44, "r": 12, "t": 30, "b": 34},
        "font": {"family": svg.FONT, "size": 14, "color": svg.INK_2},
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 14, "color": svg.INK_2},
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": svg.RAISED, "bordercolor": svg.SELECT, "font": {"size": 14, "color": svg.INK}},
        "transition": {"duration": 0},
        **more,
    }


def trend(frame: pd.DataFrame, pen: Pen) -> dict[str, Any]:
    """A plain figure: reports, late of them, and dotted the period compared with; the last point hollow."""
    zh = pen.lang == "zh"
    r = records(frame)
    x = [q["at"].replace("T", " ") + ":00" if "T" in q["at"] else q["at"] for q in r]
    n, late = [number(q["n"]) for q in r], [number(q["late"]) for q in r]
    few = len(r) <= 2
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines" if not few else "lines+markers",
            "x": x,
            "y": n,
            "name": "上报" if zh else "reports",
            "line": {"color": svg.INK, "width": 2},
        },
        {
            "type": "scatter",
            "mode": "lines",
            "x": x,
            "y": late,
            "name": "其中超期" if zh else "late of them",
            "fill": "tozeroy",
            "fillcolor": "rgba(240,169,59,.22)",
            "line": {"color": svg.WATCH, "width": 2},
        },
    ]
    if r and number(r[0]["before"]) >= 0:
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": x,
                "y": [number(q["before"]) for q in r],
                "name": "对比期" if zh else "compared",
                "line": {"color": svg.INK_3, "width": 1.6, "dash": "dot"},
            }
        )
    if r:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": x[-1:],
                "y": n[-1:],
                "showlegend": False,
                "hoverinfo": "skip",
                "marker": {"size": 9, "color": svg.PANEL, "line": {"color": svg.INK, "width": 2}},
            }
        )
    layout = _layout(
        xaxis={
            **_AXIS,
            "showgrid": False,
            "type": "date",
            "tickformat": "%H:%M" if r and "T" in r[0]["at"] else "%m-%d",
            "nticks": 7,
            "hoverformat": "%m-%d %H:%M" if r and "T" in r[0]["at"] else "%Y-%m-%d",
        },
        yaxis={**_AXIS, "rangemode": "tozero", "nticks": 5, "tickformat": ",d"},
        dragmode="select",
        selectdirection="h",
        newselection={"line": {"color": svg.SELECT, "width": 1}},
        uirevision="trend",
    )
    return {"data": traces, "layout": layout}


def times(frame: pd.DataFrame, pen: Pen) -> dict[str, Any]:
    """Bars by work hours: filled completed, hollow still waiting; the line is the share not completed (Kaplan-Meier)."""
    zh = pen.lang == "zh"
    r = records(frame)
    hours = [
        f"<{decimal(number(q['to_min']) / 60, 0)}" if known(q["to_min"]) else f"≥{decimal(number(q['from_min']) / 60, 0)}"
        for q in r
    ]
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "x": hours,
            "y": [number(q["done"]) for q in r],
            "name": "已办结" if zh else "completed",
            "marker": {"color": svg.DATA},
        },
        {
            "type": "bar",
            "x": hours,
            "y": [number(q["censored"]) for q in r],
            "name": "未办结（截尾）" if zh else "waiting (censored)",
            "marker": {"color": "rgba(0,0,0,0)", "line": {"color": svg.WATCH, "width": 1.6}},
        },
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": hours,
            "y": [number(q["left"]) if known(q["left"]) else None for q in r],
            "name": "未办结比例 %" if zh else "not completed %",
            "yaxis": "y2",
            "line": {"color": svg.INK, "width": 2},
            "marker": {"size": 5},
        },
    ]
    layout = _layout(
        barmode="stack",
        bargap=0.25,
        dragmode=False,
        uirevision="times",
        xaxis={
            **_AXIS,
            "showgrid": False,
            "type": "category",
            "tickangle": 0,
            "nticks": 14,
            "title": {"text": "工作时" if zh else "work hours", "font": {"size": 14, "color": svg.INK_3}, "standoff": 4},
        },
        yaxis={**_AXIS, "rangemode": "tozero", "nticks": 5, "tickformat": ",d"},
        yaxis2={
            **_AXIS,
            "overlaying": "y",
            "side": "right",
            "range": [0, 102],
            "showgrid": False,
            "ticksuffix": "%",
            "tickvals": [0, 25, 50, 75, 100],
        },
    )
    layout["margin"] = {"l": 48, "r": 46, "t": 30, "b": 50}
    return {"data": traces, "layout": layout}
