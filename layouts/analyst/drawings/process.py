"""The process map: stages in a row, bands as wide as the number of steps, arcs above for steps back, visit times below."""

from __future__ import annotations

import pandas as pd

from data.drill.views.process.process import DRILL
from data.text import Text
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.palette import var
from layouts.text.formats import NONE, count, duration, known, number
from layouts.text.rows import records

BOX, HIGH, TOP = 90, 56, 104
STEP = Text(zh="{a} → {b}：{n} 次", en="{a} → {b}: {n} times")
REWORK, SENT_BACK, BACK = Text(zh="返工", en="rework"), Text(zh="退单", en="sent back"), Text(zh="回退", en="back")
FOOT = Text(
    zh="上：所选案件停留中位；下：同期可见范围全部停留中位；↻ 再次进入",
    en="above: median visit of the chosen cases; below: of all visits in the window; ↻ entered again",
)
LABEL, BASIS = Text(zh="过程图", en="Process map"), Text(zh="案件 {n}", en="cases {n}")
#: Steps that skip stages or lead back are drawn from this share of the cases on; the table has all.
RARE = 0.002
#: Maximum number of stages in one row.
A_ROW = 9


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """Nine stages a row; a step to the next stage is a band, one that skips stages an arc below, one back an arc above."""
    stages = records(frame[frame["kind"] == "stage"])
    steps = records(frame[frame["kind"] == "step"])
    rows = [stages[i : i + A_ROW] for i in range(0, len(stages), A_ROW)]
    width = 1020.0
    pitch = width / min(len(stages), A_ROW) if stages else width
    height_of_row = TOP + HIGH + 128
    place: dict[str, tuple[float, float, int]] = {}
    for i, row in enumerate(rows):
        for j, s in enumerate(row):
            place[s["stage"]] = (pitch * (j + 0.5), i * height_of_row + TOP, i * A_ROW + j)
    most = max([number(s["n"]) for s in stages], default=1.0) or 1.0
    parts = [
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{svg.INK_2}"/></marker></defs>'
    ]
    labels = []
    back_level: dict[int, int] = {}
    for s in sorted(steps, key=lambda r: -number(r["n"])):
        if s["stage"] not in place or s["to"] not in place:
            continue
        (x1, y1, i1), (x2, y2, i2) = place[s["stage"]], place[s["to"]]
        n = number(s["n"])
        says = STEP(context.lang).format(a=context.name("stage", s["stage"]), b=context.name("stage", s["to"]), n=count(n))
        if i2 == i1 + 1 and y1 == y2:
            thick = max(2.0, 34 * n / most)
            mark = svg.rect(x1 + BOX / 2, y1 + HIGH / 2 - thick / 2, pitch - BOX, thick, svg.TRACK)
            parts.append(svg.tag("g", mark, data_say=says))
        elif n >= RARE * most and i2 < i1 and y1 == y2:
            level = back_level.get(i2, 0)
            back_level[i2] = level + 1
            lift = 34 + 22 * min(i1 - i2, 3) + 14 * level
            d = _arc(x1 - 10, y1 - 2, x2 + 10, y2 - 4, y1 - lift)
            mark = svg.tag(
                "path", d=d, fill="none", stroke=svg.INK_2, stroke_width=max(1.4, min(7.0, 60 * n / most)), marker_end="url(#tip)"
            )
            parts.append(svg.tag("g", mark, data_say=says))
            name = _name(s["stage"], s["to"], context)
            labels.append(
                svg.words(
                    (x1 + x2) / 2,
                    y1 - lift * 0.75 - 8,
                    f"{name} {count(n)}",
                    svg.INK,
                    "middle",
                    font_size=15,
                    font_weight=600,
                    stroke=svg.PANEL,
                    stroke_width=4,
                    paint_order="stroke",
                )
            )
        elif n >= RARE * most and i2 > i1 + 1 and y1 == y2:
            drop = 16 + 8 * min(i2 - i1, 4)
            d = _arc(x1 + 12, y1 + HIGH, x2 - 12, y2 + HIGH + 2, y1 + HIGH + drop)
            mark = svg.tag(
                "path", d=d, fill="none", stroke=svg.RULE, stroke_width=max(1.2, min(6.0, 60 * n / most)), marker_end="url(#tip)"
            )
            parts.append(svg.tag("g", mark, data_say=says))
    slow = _slowest(stages)
    for s in stages:
        x, y, _ = place[s["stage"]]
        amber = s["stage"] == slow
        box = svg.rect(
            x - BOX / 2, y, BOX, HIGH, var("slowest") if amber else svg.RAISED, stroke=svg.WATCH if amber else svg.RULE, rx=3
        )
        box += svg.words(
            x, y + 23, svg.cut(context.name("stage", s["stage"]), 5.4), svg.INK, "middle", font_size=16, font_weight=600
        )
        box += svg.words(x, y + 45, count(s["n"]), svg.INK, "middle", font_size=16)
        parts.append(
            svg.link(context.link(stage=s["stage"], state="open"), box, f"{context.name('stage', s['stage'])}: {count(s['n'])}")
        )
        labels.append(
            svg.words(
                x,
                y + HIGH + 62,
                _visit(s["median_min"], context),
                svg.WATCH if amber else svg.INK,
                "middle",
                font_size=16,
                font_weight=600,
            )
        )
        labels.append(svg.words(x, y + HIGH + 84, _visit(s["usual_min"], context), svg.INK_3, "middle"))
        if number(s["again"]):
            labels.append(svg.words(x, y + HIGH + 106, f"↻ {count(s['again'])}", svg.INK_3, "middle"))
    total = height_of_row * max(len(rows), 1) + 10
    labels.append(svg.words(0, total - 6, FOOT(context.lang), svg.INK_3))
    return svg.picture(width, total, "".join(parts) + svg.tag("g", "".join(labels), pointer_events="none"), LABEL(context.lang))


def _arc(x1: float, y1: float, x2: float, y2: float, y: float) -> str:
    """A curve from one point to another, bent towards the height ``y``."""
    return f"M{x1:.1f} {y1:.1f}C{x1:.1f} {y:.1f} {x2:.1f} {y:.1f} {x2:.1f} {y2:.1f}"


def _visit(minutes: float, context: RenderContext) -> str:
    return duration(number(minutes) / 60, context.lang) if known(minutes) else NONE


def _name(a: str, b: str, context: RenderContext) -> str:
    """The name of a step back: a dispatch sent back (退单), work done again after an inspection (返工), else a return."""
    roles = {s.code: s.role or s.code for s in context.city.profile.stages}
    pair = roles.get(a), roles.get(b)
    if pair[0] == "inspect":
        return REWORK(context.lang)
    if pair[1] == "dispatch":
        return SENT_BACK(context.lang)
    return BACK(context.lang)


def _slowest(stages: list[dict[str, object]]) -> str:
    """The stage where the chosen cases exceed the usual median most (over half as long again and over an hour); "" = none."""
    worst, code = 0.0, ""
    for s in stages:
        own, usual = number(s["median_min"]), number(s["usual_min"])
        if known(s["median_min"]) and known(s["usual_min"]) and own > 1.5 * usual and own - usual > max(worst, 60):
            worst, code = own - usual, str(s["stage"])
    return code


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    n = int(frame.loc[frame["kind"] == "stage", "n"].max()) if len(frame) else 0
    return BASIS(context.lang).format(n=count(n))


DRAWING = Drawing(DRILL, {"process": 10}, draw, basis)
