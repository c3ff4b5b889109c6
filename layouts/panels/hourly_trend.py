"""Reports by hour: today as a solid line up to the last full hour, the usual as a band; the running hour as a stub beside its own
usual up to this minute, so that an hour that has only begun does not look like a fall.

A chart.  All its sizes (fonts, lines, markers, margins) are in ``u``, 1/1080 of the wall's height at 16:9, and its colours are
roles; the browser multiplies by ``--u-px`` and colours before it draws (dashboard/assets/wall/figure.js).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from data.city.city import City
from data.text import Lang, Text
from data.types.records import Record
from layouts.palette import CLEAR
from layouts.panels.panel import Panel, Reading
from layouts.text.formats import closed_log, count, known, number
from layouts.text.rows import records

BAND, TRACK, GRID, INK, INK_3 = "--band", "--track", "--hairline", "--ink", "--ink-3"
#: Half the width, in hours, of the running hour's stub, and of its usual.
STUB, BESIDE = 0.24, 0.46
ENDS = Text(zh="止于 {hour} 时", en="ends at hour {hour:02d}")
SO_FAR = Text(zh="至此 {n}", en="so far {n}")
SO_FAR_USUAL = Text(zh=" · 往常 {usual}", en=" · usual {usual}")
HOUR = Text(zh=" 时", en=" h")
FONT = "GW Digits, GW Sans, Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"


def figure(reading: Reading, city: City, lang: Lang) -> Record:
    """``{"chart": figure}``, 24 hours; without rows an empty axis, so that the panel keeps its shape.

    A plain figure, not a ``go.Figure``: building and checking one costs 30 times as much, on every tick.  A test
    passes it to ``go.Figure``, which rejects whatever Plotly does not know.
    """
    rows = sorted(records(reading.frame), key=lambda r: number(r["hour"])) if len(reading.frame) else []
    hours = [int(number(r["hour"])) for r in rows]
    traces = _band(rows)
    traces.append(_line(hours, [number(r["usual"]) for r in rows], width=1.5, dash="3px,4px", colour=INK_3))
    full = [(h, number(r["today"])) for h, r in zip(hours, rows, strict=True) if known(r["today"]) and not r["partial"]]
    part = next(((h, number(r["today"])) for h, r in zip(hours, rows, strict=True) if r["partial"] and known(r["today"])), None)
    traces.append(_line([h for h, _ in full], [v for _, v in full], width=2.6, dash=None, colour=INK))
    layout = _layout(rows, lang)
    if part:
        running = next(r for r in rows if r["partial"])
        traces += _stub(part, running)
        layout |= _now(part, running["so_far"], lang, closed_log(city))
    return {"chart": {"data": traces, "layout": layout}}


def _band(rows: list[Record]) -> list[Record]:
    kept = [
        (int(number(r["hour"])), number(r["usual_low"]), number(r["usual_high"]))
        for r in rows
        if known(r["usual_low"]) and known(r["usual_high"])
    ]
    if not kept:
        return []
    x = [h for h, _, _ in kept] + [h for h, _, _ in reversed(kept)]
    y = [b for _, _, b in kept] + [a for _, a, _ in reversed(kept)]
    return [_filled(x, y, BAND, {"width": 0, "color": BAND})]


def _box(middle: float, reach: float, low: float, high: float) -> tuple[list[float], list[float]]:
    """(x, y) of a rectangle's corners, closed."""
    left, right = middle - reach, middle + reach
    return [left, left, right, right, left], [low, high, high, low, low]


def _stub(part: tuple[int, float], row: Record) -> list[Record]:
    """The running hour: a hollow bar of what came so far, on the band of what usually came by this minute of it."""
    hour, value = part
    traces: list[Record] = []
    if known(row["so_far_low"]) and known(row["so_far_high"]):
        x, y = _box(hour, BESIDE, number(row["so_far_low"]), number(row["so_far_high"]))
        traces.append(_filled(x, y, TRACK, {"width": 0, "color": TRACK}))
        middle = number(row["so_far"])
        traces.append(_line([hour - BESIDE, hour + BESIDE], [middle, middle], width=1.5, dash=None, colour=INK_3))
    x, y = _box(hour, STUB, 0, value)
    traces.append(_filled(x, y, "--ground", {"width": 2.2, "color": INK}))
    return traces


def _filled(x: Sequence[float], y: Sequence[float], colour: str, line: Record) -> Record:
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines",
        "line": line,
        "fill": "toself",
        "fillcolor": colour,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _line(x: Sequence[float], y: list[float], width: float, dash: str | None, colour: str) -> Record:
    return {
        "type": "scatter",
        "x": x,
        "y": [None if math.isnan(v) else v for v in y],
        "mode": "lines",
        "line": {"width": width, "color": colour} | ({"dash": dash} if dash else {}),
        "showlegend": False,
        "hoverinfo": "skip",
        "connectgaps": False,
    }


def _now(part: tuple[int, float], usual: object, lang: Lang, ended: bool) -> Record:
    """The line at the current hour and its label, as parts of a layout; the axis below says which hour it is."""
    hour, value = part
    said = (ENDS if ended else SO_FAR)(lang).format(hour=hour, n=count(value))
    if known(usual) and not ended:
        said += SO_FAR_USUAL(lang).format(usual=count(usual))
    left = hour > 11  # the label is nearly as wide as half of the narrowest panel
    return {
        "shapes": [
            {
                "type": "line",
                "x0": hour,
                "x1": hour,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "layer": "below",
                "line": {"color": INK_3, "width": 1.2, "dash": "2px,3px"},
            }
        ],
        "annotations": [
            {
                "x": hour,
                "y": 1,
                "yref": "paper",
                "text": said,
                "showarrow": False,
                "xanchor": "right" if left else "left",
                "yanchor": "top",
                "xshift": -7 if left else 7,
                "yshift": 4,
                "font": {"size": 17, "color": INK, "weight": 600},
            }
        ],
    }


def _layout(rows: list[Record], lang: Lang) -> Record:
    seen = [number(r[k]) for r in rows for k in ("today", "usual_high", "usual", "so_far_high") if known(r[k])]
    top = max(seen, default=0.0)
    step = next((s for s in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000) if top / s <= 3.2), 10000)
    end = step * max(math.ceil(top / step + 0.25), 1)
    ticks = list(range(0, 24, 4))
    axis = {
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "ticklabelstandoff": 4,
        "fixedrange": True,
        "tickfont": {"size": 17, "color": INK_3},
    }
    return {
        "template": None,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "showlegend": False,
        "margin": {"l": 40, "r": 8, "t": 6, "b": 27, "pad": 0},
        "font": {"family": FONT, "size": 17, "color": INK_3},
        "xaxis": axis
        | {
            "range": [-0.4, 23.4],
            "showgrid": False,
            "tickvals": ticks,
            "ticktext": [f"{t:02d}{HOUR(lang) if t == 0 else ''}" for t in ticks],
            "tickangle": 0,
        },
        "yaxis": axis
        | {"range": [-0.06 * end, end], "gridcolor": GRID, "gridwidth": 1, "dtick": step, "tick0": 0, "tickformat": ",d"},
        "hovermode": False,
        "dragmode": False,
        "autosize": True,
        "uirevision": "hourly_trend",
        "transition": {"duration": 0},
    }


PANEL = Panel(
    id="hourly_trend",
    title=Text(zh="每小时上报", en="Reports by hour"),
    unit=Text(zh="件 · 深带为 95% 预测区间", en="cases · band: 95 % predictive interval"),
    definition=Text(
        zh="今日各小时上报件数（流量），实线止于上一个整小时；正在进行的一小时为空心柱，旁为前八个同星期日同小时至同一分钟的中位与"
        "95% 预测区间；虚线为前八个同星期日同小时的中位，深带为由其得出的 95% 预测区间：如常的一小时有 95% 的机会落在其中。",
        en="Reports of each hour of today (a flow), solid up to the last full hour; the running hour is a hollow bar on the "
        "median and 95 % predictive interval of the same hour up to the same minute on the last eight same weekdays; the dashed "
        "line is the median of the same hour of the last eight same weekdays, the band the 95 % predictive interval from "
        "them: an hour like those lies inside with a chance of 95 %.",
    ),
    metric="hourly_trend",
    figure=figure,
)
