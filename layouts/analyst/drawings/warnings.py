"""The early warning: series against their expected band."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from data.drill.views.warning.warnings import DRILL, STATUSES
from data.metrics.evaluation.warnings import NO_BASELINE
from data.text import Text
from data.types.records import Record
from layouts.analyst import svg
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing
from layouts.text.formats import clock, count, decimal, number
from layouts.text.rows import records

WIDTH, ROW, SECOND, TOP = 720, 28, 22, 30
LEFT, RIGHT = 292, 500
#: Maximum number of warnings drawn, and of the next series.
MOST, NEXT = 14, 8
NONE_NOW = Text(zh="目前没有预警；以下为最接近的", en="No warning now; what comes nearest")
_NEXT = Text(zh="其余最接近的", en="what comes nearest of the rest")
_SAYS = Text(
    zh="{area} · {category}：到 {look} 已上报 {n} 件，应有 {expected}（95% {low}–{high}），p {p}，{status}",
    en="{area} · {category}: {n} reported up to {look}, expected {expected} (95 % {low}–{high}), p {p}, {status}",
)
_BUILDS = Text(
    zh="自 {builds} 起上报 {n} 件，应有 {expected}；同样强的误报每班 {rate} 次，占预算 {share}",
    en="since {builds}: {n}, expected {expected} · as strong by chance {rate} a shift, {share} of the budget",
)
_REACH = {"ring": Text(zh="{area}及相邻", en="{area} and around"), "city": Text(zh="全市", en="whole city")}
_HEADS = (
    (0, Text(zh="镇街 · 类别", en="town · category"), "start"),
    (LEFT, Text(zh="应有区间与已上报", en="expected band, reported"), "start"),
    (576, Text(zh="已上报/应有", en="so far / exp."), "end"),
    (632, Text(zh="误报/班", en="chance"), "end"),
    (WIDTH, Text(zh="状态", en="status"), "end"),
)
_LABEL, _NO_BASELINE = Text(zh="预警", en="Early warning"), Text(zh="无基线", en="no baseline")
_BASIS = Text(zh="预警 {up} ÷ 序列 {n} · 到 {look}", en="warnings {up} of {n} series · up to {look}")
_STOP = Text(zh="。", en=". ")
_DATE, _YESTERDAY = Text(zh="{at.month}月{at.day}日", en="{at:%d %b} "), Text(zh="昨", en="yest. ")


def empty(context: RenderContext) -> str:
    return f'<p class="an-empty">{NO_BASELINE(context.lang)}</p>'


def basis(frame: pd.DataFrame, context: RenderContext) -> str:
    """How many series are watched, how many have a warning, and up to when."""
    if frame.empty:
        return _NO_BASELINE(context.lang)
    up = int((frame["level"] != "").sum())
    look = clock(int(frame["look"].iloc[0]), context.city.profile.zone)
    return _BASIS(context.lang).format(up=up, n=count(len(frame)), look=look)


def chance(p: float) -> str:
    """A probability; below 0.0001 only that it is."""
    return "<0.0001" if p < 1e-4 else f"{p:.4f}" if p < 0.01 else f"{p:.2f}"


def draw(frame: pd.DataFrame, context: RenderContext) -> str:
    """Warnings first (red square, amber triangle), then series that are part of one or whose warning is over, then the nearest of
    the rest in grey.

    Each has a scale of its own: the band expected of today so far, a tick at the expectation, a dot at the reported number.
    Below a warning: since when it builds up, the reported and expected numbers since then, and the share of the false-alarm
    budget that is as strong.
    """
    if frame.empty:
        return empty(context)
    rows = records(frame)
    told = [r for r in rows if r["status"] != "quiet"][:MOST]
    rest = [r for r in rows if r["status"] == "quiet"][:NEXT]
    lang = context.lang
    parts = [svg.words(x, 16, said(lang), svg.INK_3, anchor) for x, said, anchor in _HEADS]
    y = float(TOP)
    if not any(r["level"] for r in told):
        parts.append(svg.words(0, y + 18, NONE_NOW(lang), svg.INK))
        y += ROW
    for i, r in enumerate([*told, *rest]):
        if i == len(told) and told and any(r["level"] for r in told):
            parts += [svg.line(0, y + 4, WIDTH, y + 4, svg.HAIRLINE), svg.words(0, y + 24, _NEXT(lang), svg.INK_3)]
            y += ROW + 4
        parts.append(_row(r, y, context))
        y += ROW
        if r["level"]:
            parts.append(svg.words(20, y + 13, builds(r, context), svg.INK_2))
            y += SECOND
    return svg.picture(WIDTH, y + 4, "".join(parts), _LABEL(lang))


def _row(r: Record, y: float, context: RenderContext) -> str:
    quiet = r["status"] == "quiet"
    colour = {"red": svg.ACT, "amber": svg.WATCH}.get(r["level"], svg.INK_2 if quiet else svg.INK)
    n, expected, low, high = (number(r[k]) for k in ("observed", "expected", "low", "high"))
    top = max(n, high, 3.0) * 1.06

    def at(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * value / top

    area, category = _area(r, context), context.name("category", r["category"])
    mark = svg.rect(0, y, WIDTH, ROW, "transparent")
    if r["level"] == "red":
        mark += svg.rect(1, y + 9, 11, 11, svg.ACT)
    elif r["level"] == "amber":
        mark += svg.tag("path", d=f"M0 {y + 20:.0f}l6.5 -12l6.5 12z", fill=svg.WATCH)
    name = f"{area} · {category}" if context.city.grid.code else category
    mark += svg.words(20, y + 19, svg.cut(name, 18.5), svg.INK_3 if quiet else svg.INK)
    mark += svg.rect(LEFT, y + 12, RIGHT - LEFT, 4, svg.HAIRLINE)
    mark += svg.rect(at(low), y + 8, max(at(high) - at(low), 2.0), 12, svg.TRACK)
    mark += svg.line(at(expected), y + 6, at(expected), y + 22, svg.INK_2, 2)
    mark += svg.tag("circle", cx=at(n), cy=y + 14, r=5, fill=colour, stroke=svg.PANEL, stroke_width=1.5)
    mark += svg.words(576, y + 19, f"{count(n)} / {decimal(expected)}", svg.INK_3 if quiet else svg.INK, "end", font_weight=600)
    mark += svg.words(632, y + 19, seldom(number(r["rate"])), svg.INK_3, "end")
    status = STATUSES[r["status"]](context.lang)
    zone = context.city.profile.zone
    since = number(r["since"])
    said = status if quiet or since < 0 else f"{status} {_since(int(since), int(number(r['look'])), context)}"
    mark += svg.words(WIDTH, y + 19, said, svg.INK_3 if quiet else colour, "end")
    says = _SAYS(context.lang).format(
        area=area,
        category=category,
        look=clock(int(number(r["look"])), zone),
        n=count(n),
        expected=decimal(expected),
        low=count(low),
        high=count(high),
        p=chance(number(r["p"])),
        status=said,
    )
    if r["level"]:
        says += _STOP(context.lang) + builds(r, context)
    own = str(r["area"]) if context.name("area", r["area"]) != context.name("area", "") else context.filters.area
    return svg.link(context.link(cat=str(r["category"]), area=own), mark, says)


def _area(r: Record, context: RenderContext) -> str:
    """A town, a town and those around it, or the whole city."""
    named = _REACH.get(str(r["reach"]))
    town = context.name("area", r["area"])
    return named(context.lang).format(area=town) if named else town


def builds(r: Record, context: RenderContext) -> str:
    """Since when a warning builds up, what was reported and expected since then, and its share of the budget."""
    since, look, rate = int(number(r["builds"])), int(number(r["look"])), number(r["rate"])
    budget = context.city.profile.service.false_alarms_per_shift
    return _BUILDS(context.lang).format(
        builds=_moment(since, look, context),
        n=count(number(r["window_observed"])),
        expected=decimal(number(r["window_expected"])),
        rate=seldom(rate),
        share="<1%" if rate < 0.01 * budget else f"{min(rate / budget, 1.0):.0%}",
    )


def seldom(rate: float) -> str:
    """False alarms a shift; below 0.01 only that it is."""
    return "<0.01" if rate < 0.01 else f"{rate:.2f}"


def _moment(ms: int, look: int, context: RenderContext) -> str:
    """``15:00``, with the date if it is on another day than the evaluation (``look``)."""
    zone = context.city.profile.zone
    at, today = datetime.fromtimestamp(ms / 1000, zone), datetime.fromtimestamp((look - 1) / 1000, zone)
    if at.date() == today.date():
        return clock(ms, zone)
    return _DATE(context.lang).format(at=at) + clock(ms, zone)


def _since(since: int, look: int, context: RenderContext) -> str:
    """``10:00``, or ``昨10:00`` on the day before the evaluation (``look``), which at midnight belongs to the day it ends."""
    zone = context.city.profile.zone
    began, day = (datetime.fromtimestamp(ms / 1000, zone).date() for ms in (since - 1, look - 1))
    return ("" if began == day else _YESTERDAY(context.lang)) + clock(since, zone)


DRAWING = Drawing(DRILL, {"warning": 10}, draw, basis, empty=empty)
