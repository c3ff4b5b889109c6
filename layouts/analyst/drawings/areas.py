"""The areas below the chosen one as a map (or, without outlines, as bars): shrunken share as colour, raw share as number."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.drill.views.overview.areas import DRILL
from data.text import Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing, never, summed
from layouts.text.formats import count, decimal, known, number, share
from layouts.text.rows import records

WIDTH, HEIGHT = 480, 400
FEW = 10
SAYS = Text(
    zh="{name}：应结案 {need}，超期 {late}，占比 {share}；在办 {open}，超期未结 {overdue}",
    en="{name}: {need} due, {late} late, {share}; {open} open, {overdue} overdue",
)

MAP, BARS = Text(zh="超期占比地图", en="Map of the share late"), Text(zh="区域超期占比", en="Share late by area")
SHRUNKEN, UNDER_TEN = Text(zh="占比 % 收缩值", en="late %, shrunken"), Text(zh="< 10 件", en="< 10")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """A map of the areas whose outlines are known; bars if none is known."""
    rows = records(frame)
    shapes = context.outlines(tuple(r["area"] for r in rows if r["area"]))
    breaks = classes(frame)
    if not any(r["area"] in shapes for r in rows):
        return _bars(rows, context, breaks)
    drawn = [r for r in rows if r["area"] in shapes]
    size = max(s.height for s in shapes.values()) if shapes else 1.0
    scale = min((WIDTH - 110) / 1.0, (HEIGHT - 10) / max(size, 0.2))
    left = WIDTH - scale - 4
    within = context.name("area", context.filters.area) if context.filters.area else ""
    parts, labels = [f"<defs>{svg.HATCH}</defs>"], []
    for r in drawn:
        shape = shapes[r["area"]]
        colour = svg.CLASSES[class_of(r["shrunk"], breaks)] if number(r["need"]) else svg.CLASSES[0]
        path = shape.path(left, 4, scale)
        inside = svg.tag("path", d=path, fill=colour, stroke=svg.GROUND, stroke_width=1.2)
        dark = colour in svg.CLASSES[4:]
        if number(r["need"]) < FEW:
            inside += svg.tag("path", d=path, fill="url(#few-light)" if dark else "url(#few)", stroke="none")
        parts.append(svg.link(context.link(area=r["area"]), inside, _says(r, context)))
        x, y = left + shape.at[0] * scale, 4 + shape.at[1] * scale
        ink = svg.ON_BADGE if dark else svg.INK
        if shape.room * scale > 34:
            halo = {} if dark else {"stroke": svg.GROUND, "stroke_width": 3, "paint_order": "stroke", "stroke_opacity": ".6"}
            number_ = decimal(r["share"], 0) if known(r["share"]) else "–"
            labels.append(
                svg.words(
                    x, y + (14 if shape.room * scale > 62 else 5), number_, ink, "middle", font_weight=600, font_size=15, **halo
                )
            )
            if shape.room * scale > 62:
                name = _short(context.name("area", r["area"]), within)
                labels.append(svg.words(x, y - 3, svg.cut(name, shape.room * scale / 13), ink, "middle", **halo))
    parts.append(svg.tag("g", "".join(labels), pointer_events="none"))
    parts.append(_legend(breaks, context))
    return svg.picture(WIDTH, HEIGHT, "".join(parts), MAP(context.lang))


def _short(name: str, within: str) -> str:
    """A name without the leading name of its parent area, which its neighbours share."""
    return name.removeprefix(within).strip() or name


def classes(frame: pd.DataFrame) -> list[float]:
    """Five breaks of the share: amber begins a third above the chosen area's own mean, red at twice that mean; blue is normal."""
    need, late = float(frame["need"].sum()), float(frame["late"].sum())
    mean = 100 * late / need if need else 10.0
    return [mean * k for k in (0.5, 0.8, 1.05, 1.33, 2.0)]


def class_of(value: Any, breaks: list[float]) -> int:
    x = number(value)
    return sum(x >= b for b in breaks) if known(value) else 0


def _says(r: Record, context: RenderContext) -> str:
    values = {k: count(r[k]) for k in ("need", "late", "open", "overdue")}
    return SAYS(context.lang).format(name=context.name("area", r["area"]), share=share(r["share"]), **values)


def _legend(breaks: list[float], context: RenderContext) -> str:
    parts = [svg.words(0, 16, SHRUNKEN(context.lang), svg.INK_3)]
    ends = [
        f"≥ {decimal(breaks[4], 0)}",
        *[f"{decimal(breaks[i], 0)}–{decimal(breaks[i + 1], 0)}" for i in (3, 2, 1, 0)],
        f"< {decimal(breaks[0], 0)}",
    ]
    for i, said in enumerate(ends):
        y = 28 + i * 24
        parts.append(svg.rect(0, y, 22, 14, svg.CLASSES[5 - i], stroke=svg.RULE))
        if i == 0:
            parts.append(svg.tag("circle", cx=11, cy=y + 7, r=3, fill=svg.ON_BADGE))
        parts.append(svg.words(30, y + 12, said))
    y = 28 + 6 * 24
    parts += [
        svg.rect(0, y, 22, 14, svg.CLASSES[1], stroke=svg.RULE),
        svg.rect(0, y, 22, 14, "url(#few)"),
        svg.words(30, y + 12, UNDER_TEN(context.lang)),
    ]
    return "".join(parts)


def _bars(rows: list[Record], context: RenderContext, breaks: list[float]) -> str:
    """Without outlines: the areas by their share, the largest first."""
    order = sorted(rows, key=lambda r: (-number(r["shrunk"]) if known(r["shrunk"]) else 1e9, -number(r["n"])))[:16]
    top = max([number(r["share"]) for r in order if known(r["share"])], default=1.0) or 1.0
    parts = []
    for i, r in enumerate(order):
        y = i * 25
        mark = svg.rect(0, y, WIDTH, 25, "transparent") + svg.words(
            0, y + 17, svg.cut(context.name("area", r["area"]), 10), svg.INK
        )
        if known(r["share"]):
            colour = svg.CLASSES[max(class_of(r["shrunk"], breaks), 2)]
            mark += svg.rect(160, y + 6, 220 * number(r["share"]) / top, 13, colour)
            mark += svg.words(388, y + 17, f"{decimal(r['share'], 0)}%", svg.INK, font_weight=600)
        mark += svg.words(WIDTH, y + 17, count(r["need"]), svg.INK_3, "end")
        parts.append(svg.link(context.link(area=r["area"]), mark, _says(r, context)) if r["area"] else mark)
    return svg.picture(WIDTH, max(len(order) * 25 + 4, 60), "".join(parts), BARS(context.lang))


DRAWING = Drawing(DRILL, {"overview": 10}, draw, summed("need", Text(zh="应结案", en="due")), nothing=never)
