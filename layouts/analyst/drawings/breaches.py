"""Limits that end soon, and how many of them are expected to be broken."""

from __future__ import annotations

import pandas as pd

from data.drill.views.queues.breaches import DRILL
from data.text import Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing, first
from layouts.analyst.tables import left as time_left
from layouts.text.formats import NONE, count, decimal, known, number
from layouts.text.rows import records

COLUMN, GAP, LINE = 324, 26, 24
GROUPS = {
    "stage": Text(zh="按环节", en="By stage"),
    "department": Text(zh="按部门", en="By department"),
    "town": Text(zh="按片区", en="By town"),
}
LIMITS, EXPECTED = Text(zh="到期", en="limits"), Text(zh="预计超期", en="expected")
CASES = Text(zh="案件（超期概率高者在前）", en="Cases, the likeliest first")
NO_CASES = Text(zh="无可列案件，或无案件权限", en="no case to list, or no right to see cases")
LABEL = Text(zh="即将超期", en="Limits that end soon")
NOTHING = Text(zh="未来 4 小时内没有到期的在办案件", en="No open case has its limit within the next 4 hours")
SENTENCE = Text(
    zh="未来4小时到期 {n} 件，预计超期 {expected} 件（只看本环节至少 {least}）",
    en="{n} limits end within 4 hours, {expected} expected to be broken (by the stage alone at least {least})",
)
HUNG, UNKNOWN = Text(zh="；缓办 {n}", en="; deferred {n}"), Text(zh="；无法估计 {n}", en="; no estimate for {n}")
KIND = {"stage": "stage", "department": "department", "town": "area"}
WORD = {"stage": "stage", "department": "dep", "town": "area"}
#: Number of cases drawn; the table has more.
DRAWN = 20


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """Three columns: stages and departments, towns, and cases if the viewer may see them."""
    lang = context.lang
    rows = records(frame)
    whole = next(r for r in rows if r["kind"] == "all")
    groups = {kind: [r for r in rows if r["kind"] == kind] for kind in ("stage", "department", "town", "case")}
    most = max([number(r["n"]) for k in KIND for r in groups[k]], default=1.0) or 1.0
    parts = [svg.words(0, 18, _sentence(whole, context), svg.INK, font_size=16)]
    lowest = 40.0
    for x, kinds in ((0.0, ("stage", "department")), (float(COLUMN + GAP), ("town",))):
        y = 48.0
        for kind in kinds:
            parts.append(svg.words(x, y, GROUPS[kind](lang), svg.INK_3))
            parts.append(svg.words(x + 252, y, LIMITS(lang), svg.INK_3, "end"))
            parts.append(svg.words(x + COLUMN, y, EXPECTED(lang), svg.INK_3, "end"))
            for r in groups[kind][:18]:
                y += LINE
                parts.append(_share_of(r, kind, x, y, most, context))
            y += 34
        lowest = max(lowest, y)
    x, y = 2.0 * (COLUMN + GAP), 48.0
    parts.append(svg.words(x, y, CASES(lang), svg.INK_3))
    for r in groups["case"][:DRAWN]:
        y += LINE
        chance = number(r["chance"])
        ink = svg.WATCH if chance >= 0.5 else svg.INK_2
        parts.append(svg.words(x, y, r["named"].removeprefix("case:"), svg.INK, font_size=14))
        parts.append(svg.words(x + 158, y, svg.cut(context.name("stage", r["stage"]), 4.6), svg.INK_2))
        parts.append(svg.words(x + 278, y, time_left(r["left_min"], context), svg.INK_2, "end"))
        parts.append(svg.words(x + COLUMN, y, f"{100 * chance:.0f}%" if known(chance) else NONE, ink, "end", font_weight=600))
    if not groups["case"]:
        y += LINE
        parts.append(svg.words(x, y, NO_CASES(lang), svg.INK_3))
    return svg.picture(3 * COLUMN + 2 * GAP, max(lowest - 10, y + 14), "".join(parts), LABEL(lang))


def _sentence(r: Record, context: RenderContext) -> str:
    out = SENTENCE(context.lang).format(n=count(r["n"]), expected=decimal(r["expected"]), least=decimal(r["at_least"]))
    if number(r["hung"]) > 0:
        out += HUNG(context.lang).format(n=count(r["hung"]))
    if number(r["unknown"]):
        out += UNKNOWN(context.lang).format(n=count(r["unknown"]))
    return out


def _share_of(r: Record, kind: str, x: float, y: float, most: float, context: RenderContext) -> str:
    code = r["named"].partition(":")[2]
    name = context.name(KIND[kind], code)
    wide = 110.0 * number(r["n"]) / most
    mark = svg.words(x, y, svg.cut(name, 6.6), svg.INK)
    mark += svg.rect(x + 100, y - 12, wide, 14, svg.STEPS[3])
    if known(r["expected"]) and number(r["n"]):
        mark += svg.rect(x + 100, y - 12, wide * min(number(r["expected"]) / number(r["n"]), 1.0), 14, svg.WATCH)
    mark += svg.words(x + 252, y, count(r["n"]), svg.INK, "end")
    mark += svg.words(x + COLUMN, y, decimal(r["expected"]), svg.INK, "end", font_weight=600)
    says = f"{name}: {count(r['n'])}, {decimal(r['expected'])}"
    return svg.link(context.link(**{WORD[kind]: code}), mark, says) if code else mark


def empty(context: RenderContext) -> str:
    """The message shown if no limit ends soon."""
    return f'<p class="an-empty">{NOTHING(context.lang)}</p>'


DRAWING = Drawing(DRILL, {"queues": 20}, draw, first("n", Text(zh="4小时内到期", en="limits within 4 hours")), empty=empty)
