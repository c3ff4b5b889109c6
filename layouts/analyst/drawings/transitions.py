"""What followed each stage: a later stage, an earlier one, or the end."""

from __future__ import annotations

import pandas as pd

from data.drill.views.process.transitions import DRILL
from data.text import Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.text.formats import NONE, count, known, number, share, work_hours
from layouts.text.rows import records

NAME, TOP, ROW = 96.0, 30.0, 30.0
#: The last columns: how cases left the system, then those still open.
ENDS = ("state:closed", "state:cancelled", "state:merged", "state:transferred", "state:open")

HEADS = Text(zh="停留", en="visits"), Text(zh="一次通过", en="first pass"), Text(zh="返工份额", en="repeats")
FOOT = Text(
    zh="行＝自该环节，列＝去往；深浅＝占该环节停留的份额；琥珀角＝回退；一次通过＝离开后未再进入的案件÷已离开的案件",
    en="row = from, column = to; shade = share of the row; amber corner = back; first pass = of cases that left, not again",
)
LABEL, WORK_HOURS = Text(zh="环节流转", en="Transitions"), Text(zh="工作时", en="work h")
BASIS = Text(zh="停留 {n}", en="visits {n}")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """A row per stage, a column per stage or end that occurred: counts shaded by their share of the row; loops back are amber."""
    lang = context.lang
    rows = records(frame)
    order = [s.code for s in context.city.profile.stages]
    heads = [r for r in rows if r["kind"] == "stage"]
    held = {(r["stage"], r["to"]): r for r in rows if r["kind"] != "stage"}
    seen = {to for _, to in held}
    columns = [f"stage:{s}" for s in order if f"stage:{s}" in seen] + [t for t in ENDS if t in seen]
    width = max(1020.0, NAME + 58 * len(columns) + 236)
    wide = (width - NAME - 236) / max(len(columns), 1)
    ends = (width - 164, width - 82, width)
    parts = []
    for j, to in enumerate(columns):
        kind, _, code = to.partition(":")
        called, ink = context.name(kind, code), svg.INK_2 if kind == "stage" else svg.INK_3
        label = svg.words(NAME + wide * (j + 0.5), 18, svg.cut(called, (wide - 8) / 14.5), ink, "middle")
        parts.append(svg.tag("g", label, data_say=called))
    for x, said in zip(ends, HEADS, strict=True):
        parts.append(svg.words(x, 18, said(lang), svg.INK_3, "end"))
    for i, h in enumerate(heads):
        y = TOP + ROW * i
        label = svg.words(0, y + 20, svg.cut(context.name("stage", h["stage"]), 6.2), svg.INK)
        parts.append(svg.link(context.link(stage=h["stage"], state="open"), label, context.name("stage", h["stage"])))
        for j, to in enumerate(columns):
            parts.append(_step(held.get((h["stage"], to)), to, NAME + wide * j, y, wide, context))
        for x, value, ink in zip(
            ends,
            (count(h["n"]), share(h["first_pass"]), share(h["again_share"])),
            (svg.INK, svg.INK, svg.WATCH if number(h["again"]) > 0 else svg.INK_3),
            strict=True,
        ):
            parts.append(svg.words(x, y + 20, value, ink, "end", font_weight=600 if x == ends[0] else None))
    total = TOP + ROW * len(heads) + 26
    return svg.picture(width, total, "".join(parts) + svg.words(0, total - 6, FOOT(lang), svg.INK_3), LABEL(lang))


def _step(r: Record | None, to: str, x: float, y: float, wide: float, context: RenderContext) -> str:
    if r is None:
        return svg.rect(x + 1, y + 1, wide - 2, ROW - 2, svg.STEPS[0])
    part = number(r["share"])
    shade = svg.STEPS[min(1 + int(part / 20.001), 5)]
    mark = svg.rect(x + 1, y + 1, wide - 2, ROW - 2, shade)
    mark += svg.words(x + wide / 2, y + 20, count(r["n"]), svg.ink_on(shade), "middle")
    if number(r["back"]):
        mark += svg.tag("path", d=f"M{x + wide - 12:.1f} {y + 1:.1f}h11v11z", fill=svg.worry_on(shade))
    kind, _, code = to.partition(":")
    median = f"{work_hours(r['median_min'])} {WORK_HOURS(context.lang)}" if known(r["median_min"]) else NONE
    says = f"{context.name('stage', r['stage'])} → {context.name(kind, code)}: {count(r['n'])} ({share(part)}), {median}"
    return svg.tag("g", mark, data_say=says)


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    n = int(frame.loc[frame["kind"] == "stage", "n"].sum()) if len(frame) else 0
    return BASIS(context.lang).format(n=count(n))


DRAWING = Drawing(DRILL, {"process": 40}, draw, basis)
