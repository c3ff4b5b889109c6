"""Queues by stage: ages, share of the limit used, inflow and outflow, and time to clear."""

from __future__ import annotations

import math

import pandas as pd

from data.drill.views.queues.queues import DRILL
from data.metrics.process.queues import AGES
from data.text import Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import ALL, RenderContext
from layouts.analyst.drawing import Drawing, first
from layouts.palette import var
from layouts.text.formats import count, decimal, duration, number, share, work_hours
from layouts.text.rows import records

#: Heads of the columns of numbers.
HEADS = {
    "p50": Text(zh="P50", en="P50"),
    "p90": Text(zh="P90", en="P90"),
    "over": Text(zh="超限", en="over"),
    "in": Text(zh="日进", en="in/day"),
    "out": Text(zh="日出", en="out/day"),
    "w": Text(zh="W=在办÷日进", en="W=L/in"),
    "clear": Text(zh="清空", en="to clear"),
}
AGED = Text(zh="工时龄", en="work h old")
WAITING = Text(zh="在办", en="waiting")
LIMIT_USED = Text(zh="占环节时限", en="limit used")
AGE_NAMES = Text(zh="≤1,1–3,3–7,7–15,>15 工作日", en="≤1,1–3,3–7,7–15,>15 workdays")
USED = ("used_50", "used_80", "used_100", "over", "hung", "no_limit")
USED_NAMES = Text(zh="<50%,50–80%,80–100%,超限,缓办,无时限", en="<50%,50–80%,80–100%,over,deferred,no limit")
USED_COLOURS = (svg.STEPS[1], svg.STEPS[3], svg.STEPS[5], svg.WATCH, svg.INK_3, var("unlimited"))
WHY = {
    "growing": Text(zh="进大于出", en="in > out"),
    "shrinking": Text(zh="出大于进", en="out > in"),
    "short": Text(zh="不足14天", en="< 14 days"),
    "no_flow": Text(zh="无进入", en="no inflow"),
    "nothing": Text(zh="无积压", en="none waits"),
    "even": Text(zh="平衡", en="in balance"),
}
GROWING = Text(zh="持续增长", en="growing")
SAYS = Text(
    zh="{name}：在办 {wip}；{days}天 期初 {opening} + 进 {came} − 出 {went} = {wip}，进出差标准误 {se}；"
    "最久 {oldest} 工作时；自上报起自然日 P50 {p50}、最长 {longest}",
    en="{name}: {wip} waiting; {days} days: {opening} + {came} in − {went} out = {wip}, standard error of in − out {se}; "
    "oldest {oldest} work h; natural days since report P50 {p50}, longest {longest}",
)
FOOT = Text(
    zh="日进、日出、W、清空按自然日（近{days}个24小时）；工时龄按工作时间；进出差在其波动两倍之内为平衡，不给出清空天数，超出时不给出W",
    en="in, out, W, to clear: calendar days ({days} × 24 hours), ages: work time; "
    "in balance (in − out within twice its noise): no days to clear, else no W",
)
LABEL = Text(zh="环节队列", en="Queues")


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """A row per stage: waiting cases by age band, share of the stage's limit used, ages, inflow and outflow, W, days to clear."""
    lang = context.lang
    rows = records(frame)
    width, row, top = 1020.0, 30, 74
    most = max([number(r["wip"]) for r in rows if r["stage"]], default=1.0) or 1.0
    ends = {"p50": 506.0, "p90": 566.0, "over": 630.0, "in": 704.0, "out": 776.0, "w": 890.0, "clear": width}
    parts = [svg.words(ends[k], 66, said(lang), svg.INK_3, "end") for k, said in HEADS.items()]
    parts += [
        svg.words(566, 48, AGED(lang), svg.INK_3, "end"),
        svg.words(92, 66, WAITING(lang), svg.INK_3),
        svg.words(330, 66, LIMIT_USED(lang), svg.INK_3),
    ]
    parts.append(_legend(0, 14, AGE_NAMES(lang).split(","), svg.STEPS[1:]))
    parts.append(_legend(520, 14, USED_NAMES(lang).split(","), USED_COLOURS))
    for i, r in enumerate(rows):
        y = top + row * i
        name = ALL(lang) if not r["stage"] else context.name("stage", r["stage"])
        mark = svg.words(0, y + 20, svg.cut(name, 5.6), svg.INK, font_weight=None if r["stage"] else 600)
        wide = 160.0 if not r["stage"] else 160.0 * number(r["wip"]) / most
        mark += _stack(92, y + 6, wide, [number(r[a]) for a in AGES], svg.STEPS[1:])
        mark += svg.words(92 + wide + 6, y + 20, count(r["wip"]), svg.INK, font_weight=600)
        mark += _stack(330, y + 6, 116 if number(r["wip"]) else 0, [number(r[u]) for u in USED], USED_COLOURS)
        over = number(r["over_share"])
        said = {
            "p50": (work_hours(r["age_p50_min"]), svg.INK),
            "p90": (work_hours(r["age_p90_min"]), svg.INK),
            "over": (share(over), svg.WATCH if over > 0 else svg.INK_3),
            "in": (decimal(r["in_day"]), svg.INK_2),
            "out": (decimal(r["out_day"]), svg.INK_2),
            "w": _little(r, context),
            "clear": _clear(r, context),
        }
        mark += "".join([svg.words(ends[k], y + 20, v, ink, "end") for k, (v, ink) in said.items()])
        mark += svg.line(0, y + row, width, y + row, svg.HAIRLINE)
        says = SAYS(lang).format(
            name=name,
            days=count(r["days"]),
            wip=count(r["wip"]),
            opening=count(r["opening"]),
            came=count(r["came"]),
            went=count(r["went"]),
            se=decimal(r["balance_se"]),
            oldest=work_hours(r["oldest_min"]),
            p50=decimal(r["open_p50_days"]),
            longest=decimal(r["open_max_days"]),
        )
        parts.append(svg.link(context.link(stage=r["stage"], state="open"), mark, says))
    foot = FOOT(lang).format(days=count(rows[0]["days"]))
    total = top + row * len(rows) + 26
    return svg.picture(width, total, "".join(parts) + svg.words(0, total - 6, foot, svg.INK_3), LABEL(lang))


def _little(r: Record, context: RenderContext) -> tuple[str, str]:
    if r["w_code"]:
        return WHY[r["w_code"]](context.lang), svg.INK_3
    return duration(24 * number(r["w_days"]), context.lang), svg.INK


def _clear(r: Record, context: RenderContext) -> tuple[str, str]:
    """``GROWING`` in amber if inflow exceeds outflow beyond its noise; days if outflow is greater; else why neither."""
    if r["clear_code"] == "growing":
        return GROWING(context.lang), svg.WATCH
    if r["clear_code"]:
        return WHY[r["clear_code"]](context.lang), svg.INK_3
    return duration(24 * number(r["clear_days"]), context.lang), svg.INK


def _stack(x: float, y: float, wide: float, values: list[float], colours: tuple[str, ...]) -> str:
    values = [0.0 if math.isnan(v) else v for v in values]
    total, out = sum(values), ""
    for v, colour in zip(values, colours, strict=True):
        if total and v and wide:
            out += svg.rect(x, y, wide * v / total, 18, colour)
            x += wide * v / total
    return out


def _legend(x: float, y: float, names: list[str], colours: tuple[str, ...]) -> str:
    out = ""
    for name, colour in zip(names, colours, strict=True):
        out += svg.rect(x, y - 10, 12, 12, colour, stroke=svg.RULE) + svg.words(x + 17, y, name, svg.INK_3)
        x += 34 + 14 * sum(1.0 if ord(c) > 0x2E80 else 0.58 for c in name)
    return out


DRAWING = Drawing(DRILL, {"queues": 10}, draw, first("wip", Text(zh="在办", en="open")))
