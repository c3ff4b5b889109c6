"""The areas below the chosen one as a map (or, without outlines, as bars): colour and number are the same share late."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.drill.views.overview.areas import DRILL
from data.text import Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing, never, summed
from layouts.panels.grid_heat_classes import CHANCE, FEW, SIGNAL, late_classes, legend_of
from layouts.text.formats import count, decimal, known, number, share
from layouts.text.rows import records

WIDTH, HEIGHT = 480, 400
FEW_DUE = 20
SAYS = Text(
    zh="{name}：应结案 {need}，超期 {late}，占比 {share}；在办 {open}，超期未结 {overdue}",
    en="{name}: {need} due, {late} late, {share}; {open} open, {overdue} overdue",
)

MAP, BARS = Text(zh="超期占比地图", en="Map of the share late"), Text(zh="区域超期占比", en="Share late by area")
HEAD, FEW_WORDS = Text(zh="超期占比 %", en="late %"), Text(zh="< 20 件", en="< 20")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """A map of the areas whose outlines are known; bars if none is known."""
    classes = _classes(frame, context.breaks())
    rows = [{**r, "class": k} for r, k in zip(records(frame), classes, strict=True)]
    shapes = context.outlines(tuple(r["area"] for r in rows if r["area"]))
    if not any(r["area"] in shapes for r in rows):
        return _bars(rows, context)
    drawn = [r for r in rows if r["area"] in shapes]
    size = max(s.height for s in shapes.values()) if shapes else 1.0
    scale = min((WIDTH - 110) / 1.0, (HEIGHT - 10) / max(size, 0.2))
    left = WIDTH - scale - 4
    within = context.name("area", context.filters.area) if context.filters.area else ""
    parts, labels = [f"<defs>{svg.HATCH}</defs>"], []
    for r in drawn:
        shape = shapes[r["area"]]
        path = shape.path(left, 4, scale)
        inside = svg.tag("path", d=path, fill=_fill(r["class"]), stroke=svg.GROUND, stroke_width=1.2)
        dark = SIGNAL <= r["class"] < FEW
        if r["class"] >= FEW:
            inside += svg.tag("path", d=path, fill=_stripes(r["class"]), stroke="none")
        parts.append(svg.link(context.link(area=r["area"]), inside, _says(r, context)))
        x, y = left + shape.at[0] * scale, 4 + shape.at[1] * scale
        ink = svg.ON_BADGE if dark else svg.INK
        if shape.room * scale > 34:
            halo = {} if dark else {"stroke": svg.GROUND, "stroke_width": 3, "paint_order": "stroke", "stroke_opacity": ".6"}
            number_ = decimal(r["share"]) if r["class"] != FEW else ""
            labels.append(
                svg.words(
                    x, y + (14 if shape.room * scale > 62 else 5), number_, ink, "middle", font_weight=600, font_size=15, **halo
                )
            )
            if shape.room * scale > 62:
                name = _short(context.name("area", r["area"]), within)
                labels.append(svg.words(x, y - 3, svg.cut(name, shape.room * scale / 13), ink, "middle", **halo))
    parts.append(svg.tag("g", "".join(labels), pointer_events="none"))
    parts.append(_legend(context))
    return svg.picture(WIDTH, HEIGHT, "".join(parts), MAP(context.lang))


def _short(name: str, within: str) -> str:
    """A name without the leading name of its parent area, which its neighbours share."""
    return name.removeprefix(within).strip() or name


def _classes(frame: pd.DataFrame, breaks: tuple[float, ...]) -> list[int]:
    """The class of each row, as on the wall's map (``layouts.panels.grid_heat_classes``)."""
    share, need, excess = (frame[c].to_numpy(float) for c in ("share", "need", "excess"))
    few = ~(np.nan_to_num(need) >= FEW_DUE)
    return [int(k) for k in late_classes(share, breaks, few, np.nan_to_num(excess) > 0)]


def _fill(of: int) -> str:
    return svg.CLASSES[of - 1] if 0 < of < FEW else svg.CLASSES[0]


def _stripes(of: int) -> str:
    return "url(#few)" if of == FEW else f"url(#chance-{of - CHANCE})"


def _says(r: Record, context: RenderContext) -> str:
    values = {k: count(r[k]) for k in ("need", "late", "open", "overdue")}
    return SAYS(context.lang).format(name=context.name("area", r["area"]), share=share(r["share"]), **values)


def _legend(context: RenderContext) -> str:
    parts = [svg.words(0, 16, HEAD(context.lang), svg.INK_3)]
    y = 28
    for row in legend_of("late", context.breaks(), context.lang):
        of = int(row["code"])
        if row.get("shown") is False:
            continue
        parts.append(svg.rect(0, y, 22, 14, _fill(of), stroke=svg.RULE))
        if of >= FEW:
            parts.append(svg.rect(0, y, 22, 14, _stripes(of)))
        if of == len(svg.CLASSES):
            parts.append(svg.tag("circle", cx=11, cy=y + 7, r=3, fill=svg.ON_BADGE))
        parts.append(svg.words(30, y + 12, FEW_WORDS(context.lang) if of == FEW else str(row["label"])))
        y += 24
    return "".join(parts)


def _bars(rows: list[Record], context: RenderContext) -> str:
    """Without outlines: the areas by their share, the largest first."""
    order = sorted(rows, key=lambda r: (-number(r["share"]) if known(r["share"]) else 1e9, -number(r["n"])))[:16]
    top = max([number(r["share"]) for r in order if known(r["share"])], default=1.0) or 1.0
    parts = [f"<defs>{svg.HATCH}</defs>"]
    for i, r in enumerate(order):
        y = i * 25
        mark = svg.rect(0, y, WIDTH, 25, "transparent") + svg.words(
            0, y + 17, svg.cut(context.name("area", r["area"]), 10), svg.INK
        )
        if known(r["share"]):
            wide = 220 * number(r["share"]) / top
            mark += svg.rect(160, y + 6, wide, 13, svg.CLASSES[2] if r["class"] >= FEW else _fill(max(r["class"], 3)))
            if r["class"] >= FEW:
                mark += svg.rect(160, y + 6, wide, 13, _stripes(r["class"]))
            mark += svg.words(388, y + 17, f"{decimal(r['share'])}%", svg.INK, font_weight=600)
        mark += svg.words(WIDTH, y + 17, count(r["need"]), svg.INK_3, "end")
        parts.append(svg.link(context.link(area=r["area"]), mark, _says(r, context)) if r["area"] else mark)
    return svg.picture(WIDTH, max(len(order) * 25 + 4, 60), "".join(parts), BARS(context.lang))


DRAWING = Drawing(DRILL, {"overview": 10}, draw, summed("need", Text(zh="应结案", en="due")), nothing=never)
