"""Funnel chart: each department's share late against its number of cases, with the limits of chance; colours show the ranking's
verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from data.drill.views.ranking.department_funnel import DRILL, few, limits
from data.text import Lang, Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.verdicts import BY_BASIS, VERDICTS
from layouts.charts.axes import steps_to
from layouts.charts.template import DATA, INK, INK_2, INK_3, PANEL, RULE, SELECT, WATCH, lines, plain
from layouts.text.formats import count, decimal, known, number, share
from layouts.text.rows import records

#: Size of the plot for which names are placed (px); a wider one only has more room.
WIDTH, HEIGHT = 430.0, 262.0
TOTAL = 392
SAYS = Text(
    zh="{name}：应结案 {n} 件，超期 {late} 件，{share}；偶然界限（99.8%）{low}–{high}；按案件构成：{verdict}",
    en="{name}: {n} due, {late} late, {share}; 99.8 % limits of chance {low}–{high}; by its mix of cases: {verdict}",
)
ALL, LIMITS = Text(zh="全部", en="all"), Text(zh="{percent}%界限", en="{percent}% limits")
WIDER = Text(zh="全部 {share}，φ {phi}：界限放宽 {times} 倍", en="all {share}, phi {phi}: limits {times} times as wide")
BY_CHANCE = Text(zh="全部 {share}，离散不大于偶然", en="all {share}, no more scatter than chance")
LABEL = Text(zh="超期占比漏斗", en="Funnel of lateness")
AXIS = Text(zh="应结案（平方根刻度）", en="cases due (square-root scale)")
BASIS = Text(zh="应结案 {n}，超期 {late}", en="due {n}, late {late}")
AGAINST = Text(zh="，与 {share} 比", en=", against {share}")
SCARCE = Text(zh="，{n} 个部门不足 20 件", en=", {n} departments under 20")
#: Verdict -> colour and shape of its marks, in the order of the legend.
MARKS = {1: (WATCH, "triangle-up"), -1: (DATA, "circle"), 0: (INK_2, "circle"), 2: (INK_2, "circle"), 3: (INK_2, "circle")}
#: Positions of a name beside its mark, in order of preference.
_PLACES = ("middle right", "middle left", "top center", "bottom center")


def figure(frame: pd.DataFrame, context: RenderContext) -> Record:
    """x: cases (square root), y: share late; departments that are chosen or have a clear verdict get their names first.  A mark's
    customdata holds its tooltip (``say``), its department (``code``) and its link (``go``)."""
    rows, lang = records(frame), context.lang
    p0, phi = number(rows[0]["p0"]), number(rows[0]["phi"])
    most = max(number(r["n"]) for r in rows) * 1.08
    highest = max([number(r["share"]) for r in rows] + [p0 + 12])
    scale = steps_to(min(max(highest * 1.06, 5.0), 100.0))
    chosen = context.filters.codes.get("dep", ())
    order = sorted(rows, key=lambda r: (r["department"] not in chosen, r["band"] not in (-1, 1), -number(r["n"])))
    beside = _places(order, most, scale[-1], context)
    traces = _curves(p0, phi, most, scale[-1], lang)
    for band, (colour, shape) in MARKS.items():
        own = [r for r in order if int(number(r["band"])) == band]
        if own:
            traces.append(_marks(own, VERDICTS[band](lang), colour, shape, beside, chosen, context))
    widened = (WIDER if phi > 1 else BY_CHANCE)(lang)
    note = widened.format(share=share(p0), phi=decimal(phi), times=decimal(math.sqrt(max(phi, 1.0))))
    return {"data": traces, "layout": _layout(most, scale, note, lang)}


def _marks(
    own: list[Record], name: str, colour: str, shape: str, beside: dict[str, str], chosen: Sequence[str], context: RenderContext
) -> Record:
    """The departments of one verdict, hollow if they have too few cases, the chosen ones in the colour of the selection."""
    inks = [SELECT if r["department"] in chosen else colour for r in own]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": name,
        "x": [round(math.sqrt(number(r["n"])), 3) for r in own],
        "y": [number(r["share"]) for r in own],
        "text": [plain(_short(r, context)) if r["department"] in beside else "" for r in own],
        "textposition": [beside.get(r["department"], _PLACES[0]) for r in own],
        "textfont": {"color": [INK if r["department"] in chosen or r["band"] in (-1, 1) else INK_2 for r in own]},
        "marker": {
            "size": 11,
            "symbol": shape,
            "color": [PANEL if few(number(r["n"])) else ink for r, ink in zip(own, inks, strict=True)],
            "line": {"color": inks, "width": 1.5},
            "opacity": 1,
        },
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 0.55}},
        "cliponaxis": False,
        "customdata": [_said(r, chosen, context) for r in own],
        "hovertemplate": "%{customdata.say}<extra></extra>",
        "meta": "points",
    }


def _said(r: Record, chosen: Sequence[str], context: RenderContext) -> dict[str, str]:
    code, band = str(r["department"]), int(number(r["band"]))
    says = SAYS(context.lang).format(
        name=context.name("department", code),
        n=count(r["n"]),
        late=count(r["late"]),
        share=share(r["share"]),
        low=share(r["low998"]),
        high=share(r["high998"]),
        verdict=BY_BASIS.get(str(r["basis"]), VERDICTS).get(band, VERDICTS[band])(context.lang),
    )
    return {"say": lines(says), "code": code, "go": context.link(dep="" if code in chosen else code)}


def _short(r: Record, context: RenderContext) -> str:
    return svg.cut(context.name("department", str(r["department"])), 6.2)


def _places(rows: list[Record], most: float, top: float, context: RenderContext) -> dict[str, str]:
    """Position of each department's name where it overlaps no other name or mark; left out if there is no room."""

    def at(r: Record) -> tuple[float, float]:
        return WIDTH * math.sqrt(number(r["n"]) / most), HEIGHT * (1 - min(max(number(r["share"]) / top, 0.0), 1.0))

    taken: list[tuple[float, ...]] = []
    dots = {r["department"]: (x - 6, y - 6, x + 6, y + 6) for r in rows for x, y in (at(r),)}
    out: dict[str, str] = {}
    for r in rows:
        x, y = at(r)
        wide = 14.0 * sum(1.0 if ord(c) > 0x2E80 else 0.56 for c in _short(r, context))
        corners = ((x + 9, y + 5), (x - 9 - wide, y + 5), (x - wide / 2, y - 10), (x - wide / 2, y + 21))
        for place, (left, up) in zip(_PLACES, corners, strict=True):
            box = (left, up - 12, left + wide, up + 3)
            inside = box[0] > 0 and box[2] < WIDTH + 6 and box[1] > -6 and box[3] < HEIGHT + 4
            others = [*taken, *[dot for whose, dot in dots.items() if whose != r["department"]]]
            if inside and not any(_overlap(box, other) for other in others):
                taken.append(box)
                out[r["department"]] = place
                break
    return out


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _ticks(most: float) -> list[int]:
    """Round numbers that are spaced apart on a square-root scale."""
    ten = 10 ** math.floor(math.log10(max(most, 10)))
    return [n for n in (round(ten * k) for k in (0.1, 0.3, 1, 2, 3, 5, 7)) if 1 <= n <= most * 0.97]


def _curves(p0: float, phi: float, most: float, top: float, lang: Lang) -> list[Record]:
    """The share of all, and the limits as curves that start at one case."""
    if not 0 < p0 < 100:
        return []
    held = records(limits(p0, phi, most))
    out = [_curve([0.0, math.sqrt(most)], [p0, p0], ALL(lang), INK_3, 1.5, "2px,3px") | {"showlegend": False}]
    for name, width, dash in (("95", 1.2, "5px,4px"), ("998", 1.6, "solid")):
        said = LIMITS(lang).format(percent="95" if name == "95" else "99.8")
        for end in ("low", "high"):
            seen = [(math.sqrt(r["n"]), r[f"{end}{name}"]) for r in held if 0 < r[f"{end}{name}"] <= top]
            line = _curve([a for a, _ in seen], [b for _, b in seen], said, RULE, width, dash)
            out.append(line | {"showlegend": False})
    return out


def _curve(x: list[float], y: list[float], name: str, colour: str, width: float, dash: str) -> Record:
    line = {"color": colour, "width": width, "dash": dash}
    points = {"x": [round(v, 3) for v in x], "y": [round(v, 3) for v in y]}
    return {"type": "scatter", "mode": "lines", **points, "name": name, "line": line, "hoverinfo": "skip"}


def _layout(most: float, scale: list[int], note: str, lang: Lang) -> Record:
    ticks, end = _ticks(most), math.sqrt(most)
    return {
        "meta": {"label": LABEL(lang), "choose": "dep", "height": TOTAL},
        "margin": {"l": 44, "r": 8, "t": 82, "b": 48},
        "xaxis": {
            "range": [0, end],
            "minallowed": 0,
            "maxallowed": end,
            "tickvals": [math.sqrt(n) for n in ticks],
            "ticktext": [count(n) for n in ticks],
            "title": {"text": AXIS(lang)},
            "uirevision": f"{end:.3f}",
        },
        "yaxis": {
            "range": [0, scale[-1]],
            "minallowed": 0,
            "maxallowed": scale[-1],
            "tick0": 0,
            "dtick": scale[1],
            "ticksuffix": "%",
            "uirevision": str(scale[-1]),
        },
        "annotations": [
            {
                "xref": "paper",
                "x": 0,
                "yref": "paper",
                "y": 1,
                "yanchor": "bottom",
                "xanchor": "left",
                "yshift": 4,
                "showarrow": False,
                "text": note,
                "font": {"color": INK_2},
            }
        ],
        "hovermode": "closest",
        "dragmode": "select",
        "uirevision": "kept",
    }


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    n, late = (int(frame[k].sum()) if len(frame) else 0 for k in ("n", "late"))
    scarce = sum(few(float(v)) for v in frame["n"]) if len(frame) else 0
    lang = context.lang
    out = BASIS(lang).format(n=count(n), late=count(late))
    p0 = frame["p0"].iloc[0] if len(frame) else float("nan")
    if known(p0):
        out += AGAINST(lang).format(share=share(p0))
    return out + (SCARCE(lang).format(n=scarce) if scarce else "")


DRAWING = Drawing(DRILL, {"ranking": 30}, figure, basis, kind="chart")
