"""The evaluation indicators: value, its 95 % interval on one scale of 0 to 100 %, numerator and denominator."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import pandas as pd

from data.drill.views.indicators import INDICATORS as INDICATORS_DRILL
from data.metrics.evaluation.catalogue import INDICATORS
from data.query.needs import Need, not_mapped, unmet
from data.text import Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.analyst.shares import ROW, bar, marked
from layouts.text.formats import count, decimal, share
from layouts.text.rows import records

WIDTH, HALF, TOP = 1070, 520, 24
BAR, AT, VALUE, OF = 120, 178, 360, 472
_OF = {one.id: one for one in INDICATORS}
#: Indicator -> the state filter of the case list that shows its cases.
_LISTED = {
    "overdue_open": "overdue",
    "closure_rate": "closed",
    "on_time_closure": "late",
    "rework_rate": "rework",
    "return_rate": "returned",
    "deferral_rate": "hung",
    "reports": "",
}
SAYS = Text(
    zh="{name} {value}（{top} ÷ {bottom}，95% {low}–{high}，不在分母 {out}）",
    en="{name} {value} ({top} / {bottom}, 95 % {low}–{high}, outside {out})",
)
LABEL = Text(zh="评价指标", en="Evaluation indicators")
NOT_MAPPED = Text(zh="未接入 {n} 项", en="not mapped: {n} indicators")
DIVISION, OUT, CASES = Text(zh="分子 ÷ 分母", en="of"), Text(zh="之外", en="out"), Text(zh="件", en="cases")
BASIS = Text(zh="{n} 项，各带分母", en="{n} indicators, each with its denominator")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """The catalogue in two columns; each row has its definition, and a link to its cases if the list can show them.  Indicators
    that are not mapped are left out: see ``folded``."""
    rows = [r for r in records(frame) if not _missing(r["indicator"], context)]
    half = (len(rows) + 1) // 2
    parts = []
    for column in range(2):
        left = column * (WIDTH - HALF)
        parts.append(_heads(left, context))
        for i, r in enumerate(rows[column * half : (column + 1) * half]):
            parts.append(_row(r, left, TOP + i * ROW, context))
    return svg.picture(WIDTH, TOP + half * ROW, "".join(parts), LABEL(context.lang))


def _missing(indicator: str, context: RenderContext) -> tuple[Need, ...]:
    return unmet(_OF[indicator].needs, context.city.mapped, context.city.profile)


def folded(frame: pd.DataFrame, context: RenderContext) -> str:
    """The indicators that are not mapped, in a list that is closed at first: each with what it lacks; "" if there is none."""
    lacking = [(r, _missing(r["indicator"], context)) for r in records(frame) if _missing(r["indicator"], context)]
    if not lacking:
        return ""
    head = NOT_MAPPED(context.lang).format(n=len(lacking))
    rows = "".join(
        f"<li><b>{escape(str(r['number']))} {escape(_OF[r['indicator']].name(context.lang))}</b> "
        f"{escape(not_mapped(needs, context.lang))} <i>{escape(_OF[r['indicator']].definition(context.lang))}</i></li>"
        for r, needs in lacking
    )
    return f'<details class="an-unmapped"><summary>{head}</summary><ul>{rows}</ul></details>'


def _heads(left: float, context: RenderContext) -> str:
    return (
        svg.words(left + AT, 14, "0", svg.INK_3, "middle")
        + svg.words(left + AT + BAR, 14, "100%", svg.INK_3, "middle")
        + svg.words(left + OF, 14, DIVISION(context.lang), svg.INK_3, "end")
        + svg.words(left + HALF, 14, OUT(context.lang), svg.INK_3, "end")
    )


def _row(r: Record, left: float, y: float, context: RenderContext) -> str:
    one = _OF[r["indicator"]]
    name = one.name(context.lang)
    base = y + 20
    mark = svg.rect(left, y, HALF, ROW, "transparent")
    mark += svg.words(left + 18, base, r["number"], svg.INK_3, "end")
    mark += svg.words(left + 26, base, svg.cut(name, 9.5 if context.lang == "zh" else 14), svg.INK)
    if one.is_share:
        mark += bar(r, left + AT, BAR, y + 15)
        mark += svg.words(left + VALUE, base, share(r["value"]), svg.INK, "end", font_weight=600)
        mark += svg.words(left + OF, base, f"{count(r['numerator'])} ÷ {count(r['denominator'])}", svg.INK_3, "end")
        mark += svg.words(left + HALF, base, count(r["excluded"]), svg.INK_3, "end")
    else:
        mark += svg.words(left + VALUE, base, count(r["numerator"]), svg.INK, "end", font_weight=600)
        mark += svg.words(left + OF, base, CASES(context.lang), svg.INK_3, "end")
    said = SAYS(context.lang).format(
        name=name,
        value=share(r["value"]) if one.is_share else count(r["numerator"]),
        top=count(r["numerator"]),
        bottom=count(r["denominator"]),
        low=decimal(r["low"]),
        high=decimal(r["high"]),
        out=count(r["excluded"]),
    )
    return marked(mark, f"{said}\n{one.definition(context.lang)}", _list_of(r["indicator"], context))


def _list_of(indicator: str, context: RenderContext) -> str | None:
    if indicator not in _LISTED:
        return None
    return replace(context, words={**context.words, "tab": "cases"}).link(state=_LISTED[indicator])


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    n = sum(not _missing(i, context) for i in frame["indicator"])
    return BASIS(context.lang).format(n=n)


def terms(context: RenderContext) -> list[tuple[str, str]]:
    """(name, definition) of every indicator."""
    return [(f"{one.number} {one.name(context.lang)}", one.definition(context.lang)) for one in INDICATORS]


DRAWING = Drawing(INDICATORS_DRILL, {"indicators": 10}, draw, basis, terms=terms, below=folded, says_missing=True)
