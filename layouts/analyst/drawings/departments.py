"""Chart of departments by the time they take: median dot on its 95 % whisker; clear differences are marked."""

from __future__ import annotations

import math

import pandas as pd

from data.drill.views.overview.departments import DRILL
from data.text import Lang, Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import ALL, RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.series import points
from layouts.analyst.verdicts import BANDS
from layouts.charts.template import DATA, INK, INK_2, INK_3, RAISED, SMALL, WATCH, lines, plain
from layouts.text.formats import count, known, number, share, work_hours, worked, worked_span
from layouts.text.rows import records

ROW, TOP, BOTTOM, NAME = 26, 76, 26, 114
#: The parts of the width beside the names: the dots, and to their right the three columns of numbers.
DOTS, NUMBERS = (0.0, 0.58), (0.58, 1.0)
#: Right edges of the columns of numbers (0 to 1).
MEDIAN, ON_TIME, CASES = 0.31, 0.68, 1.0
HEADS = ((MEDIAN, Text(zh="中位", en="med.")), (ON_TIME, Text(zh="按期", en="on time")), (CASES, Text(zh="件", en="cases")))
ABOVE_DOTS = Text(zh="中位与 95% 区间（{unit}）", en="median, 95 % ({unit})")
HOURS, WORK_HOURS = Text(zh="小时", en="h"), Text(zh="工作时", en="work h")
WHOLE, NOT_REACHED = Text(zh="全部", en="all"), Text(zh="未达中位", en="not reached")
LABEL, BASIS = Text(zh="部门用时", en="Departments by time"), Text(zh="已派遣 {n}", en="dispatched {n}")
SAYS = Text(
    zh="{name}：{n} 件，未办结 {open} 件，中位 {median}（{span}），按期 {on_time}，{band}",
    en="{name}: {n} cases, {open} not completed, median {median} ({span}), on time {on_time}, {band}",
)
#: Ticks of the axis in work hours; square root, so that medians of minutes and of days fit one scale.
_HOURS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
#: The least distance of two ticks, in parts of the axis: their numbers have room side by side in a narrow panel.
TICKS_APART = 0.12


def figure(frame: pd.DataFrame, context: RenderContext) -> Record:
    """A row for each department, in the frame's order.  A row's customdata holds its tooltip (``say``), its department (``code``)
    and its link (``go``)."""
    rows, lang = records(frame), context.lang
    around = context.city.profile.hours.round_the_clock
    chosen = context.filters.codes.get("dep", ())
    named = [ALL(lang) if not r["department"] else context.name("department", r["department"]) for r in rows]
    top = _top(rows)
    traces = [t for band in BANDS for t in _dots(rows, band, top, lang)] + _whole(rows, top, lang)
    said = []
    for i, r in enumerate(rows):
        code = str(r["department"])
        says = SAYS(lang).format(
            name=named[i],
            n=count(r["n"]),
            open=count(r["waiting"]),
            median=worked(r["median_min"], around, lang),
            span=worked_span(r["low_min"], r["high_min"], around, lang),
            on_time=share(r["on_time"]),
            band=BANDS[int(number(r["band"]))](lang),
        )
        said.append({"say": lines(says), "code": code, "go": context.link(dep="" if code in chosen or not code else code)})
    middle = points([top / 2] * len(rows), [float(i) for i in range(len(rows))], said)
    unit = (HOURS if around else WORK_HOURS)(lang)
    layout = _layout(rows, [plain(svg.cut(n, 7.8)) for n in named], top, unit, lang)
    layout["shapes"] = _shapes(rows, chosen, top)
    return {"data": [*traces, *_numbers(rows, around, said, context), middle], "layout": layout}


def _top(rows: list[Record]) -> float:
    """The end of the scale, in square roots of minutes."""
    top = max(
        [number(r["high_min"]) for r in rows if known(r["high_min"])]
        + [1.2 * number(r["median_min"]) for r in rows if known(r["median_min"])],
        default=60.0,
    )
    return math.sqrt(max(top, 1.0)) * 1.05


def _dots(rows: list[Record], band: int, top: float, lang: Lang) -> list[Record]:
    """The departments of one verdict; the slower ones are triangles."""
    own = [(i, r) for i, r in enumerate(rows) if r["department"] and number(r["band"]) == band and known(r["median_min"])]
    if not own:
        return []
    colour = {-1: DATA, 1: WATCH}.get(band, INK_3)
    return [_marks(own, top, colour, BANDS[band](lang), "triangle-up" if band == 1 else "circle")]


def _whole(rows: list[Record], top: float, lang: Lang) -> list[Record]:
    own = [(i, r) for i, r in enumerate(rows) if not r["department"] and known(r["median_min"])]
    return [_marks(own, top, INK, WHOLE(lang), "circle")] if own else []


def _marks(own: list[tuple[int, Record]], top: float, colour: str, name: str, symbol: str) -> Record:
    at = [math.sqrt(max(number(r["median_min"]), 0.0)) for _, r in own]
    low = [math.sqrt(max(number(r["low_min"]), 0.0)) if known(r["low_min"]) else a for a, (_, r) in zip(at, own, strict=True)]
    high = [
        math.sqrt(max(number(r["high_min"]), 0.0)) if known(r["high_min"]) else top if known(r["low_min"]) else a
        for a, (_, r) in zip(at, own, strict=True)
    ]
    whisker = {
        "type": "data",
        "symmetric": False,
        "array": [round(b - a, 3) for a, b in zip(at, high, strict=True)],
        "arrayminus": [round(a - b, 3) for a, b in zip(at, low, strict=True)],
        "color": colour,
        "thickness": 2,
        "width": 0,
    }
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [round(a, 3) for a in at],
        "y": [float(i) for i, _ in own],
        "name": name,
        "marker": {"color": colour, "size": 12 if symbol != "circle" else 9, "symbol": symbol},
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
        "error_x": whisker,
        "hoverinfo": "skip",
    }


def _numbers(rows: list[Record], around: bool, said: list[dict[str, str]], context: RenderContext) -> list[Record]:
    """Three columns: the median, the share on time, the cases."""

    def median(r: Record) -> str:
        if not known(r["median_min"]):
            return NOT_REACHED(context.lang)
        short = 0 < number(r["median_min"]) < 60
        return worked(r["median_min"], around, context.lang) if short else work_hours(r["median_min"])

    columns = (
        (MEDIAN, INK, 600, [median(r) for r in rows]),
        (ON_TIME, INK_2, 400, [f"{number(r['on_time']):.0f}%" if known(r["on_time"]) else "–" for r in rows]),
        (CASES, INK_3, 400, [count(r["n"]) for r in rows]),
    )
    out: list[Record] = [
        {
            "type": "scatter",
            "mode": "text",
            "xaxis": "x2",
            "x": [end] * len(rows),
            "y": [float(i) for i in range(len(rows))],
            "text": [plain(t) for t in text],
            "textposition": "middle left",
            "textfont": {"color": ink, "weight": weight},
            "selected": {"textfont": {"color": ink}},
            "unselected": {"textfont": {"color": ink}},
            "cliponaxis": False,
            "hoverinfo": "skip",
            "showlegend": False,
        }
        for end, ink, weight, text in columns
    ]
    # the row's tooltip shows here too
    out[1] |= {k: v for k, v in points([], [], said).items() if k in ("customdata", "hovertemplate")}
    del out[1]["hoverinfo"]
    return out


def _shapes(rows: list[Record], chosen: tuple[str, ...], top: float) -> list[Record]:
    """The grounds of the chosen rows, and the line at the median of all."""
    out: list[Record] = [
        {
            "type": "rect",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": i - 0.5,
            "y1": i + 0.5,
            "fillcolor": RAISED,
            "line": {"width": 0},
            "layer": "below",
        }
        for i, r in enumerate(rows)
        if r["department"] in chosen
    ]
    if rows and not rows[0]["department"] and known(rows[0]["median_min"]):
        x = math.sqrt(max(number(rows[0]["median_min"]), 0.0))
        dotted = {"color": INK_3, "width": 1, "dash": "2px,3px"}
        out.append({"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": dotted, "layer": "below"})
    return out


def _ticks(top: float) -> list[float]:
    """Hours, from the largest on the axis down, without those too close to the next."""
    kept: list[float] = []
    for hours in reversed([h for h in _HOURS if math.sqrt(60 * h) < top * 0.97]):
        if not kept or math.sqrt(60 * kept[-1]) - math.sqrt(60 * hours) >= TICKS_APART * top:
            kept.append(hours)
    return kept[::-1]


def _layout(rows: list[Record], names: list[str], top: float, unit: str, lang: Lang) -> Record:
    ticks = _ticks(top)
    head: Record = {"yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False, "font": {"size": SMALL, "color": INK_3}}
    left = head | {"xref": "x domain", "x": 0, "xanchor": "left", "text": ABOVE_DOTS(lang).format(unit=unit)}
    return {
        "meta": {"label": LABEL(lang), "choose": "dep", "rows": True, "height": TOP + ROW * len(rows) + BOTTOM},
        "margin": {"l": NAME, "r": 4, "t": TOP, "b": BOTTOM},
        "xaxis": {
            "domain": list(DOTS),
            "range": [0, top],
            "minallowed": 0,
            "maxallowed": top,
            "tickvals": [math.sqrt(60 * h) for h in ticks],
            "ticktext": [f"{h:g}" for h in ticks],
            "uirevision": f"{top:.3f}",
        },
        "xaxis2": {"domain": list(NUMBERS), "range": [0, 1], "fixedrange": True, "showticklabels": False, "showgrid": False},
        "yaxis": {
            "range": [len(rows) - 0.5, -0.5],
            "fixedrange": True,
            "showgrid": False,
            "tickvals": list(range(len(rows))),
            "ticktext": names,
            "tickfont": {"color": INK},
            "ticklabelposition": "outside",
        },
        "annotations": [left, *[head | {"xref": "x2", "x": x, "xanchor": "right", "text": said(lang)} for x, said in HEADS]],
        "hovermode": "y",
        "hoverdistance": -1,
        "dragmode": "select",
        "selectdirection": "v",
        "uirevision": "kept",
    }


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    n = int(frame["n"].iloc[0]) if len(frame) else 0
    return BASIS(context.lang).format(n=count(n))


DRAWING = Drawing(DRILL, {"overview": 30, "ranking": 20}, figure, basis, kind="chart")
