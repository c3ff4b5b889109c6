"""The strip above the charts: the location, the answer in one line, and the filters with links that remove them."""

from __future__ import annotations

from html import escape

import pandas as pd

from data.drill.views.overview.summary import DRILL as SUMMARY
from data.query.needs import lost, not_mapped
from data.text import Lang, Text
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import REPORTED
from layouts.text.formats import count, decimal, known, number, share
from layouts.text.rows import records

ONE_BACK, WHERE = Text(zh="Esc 返回上一级", en="Esc: one step back"), Text(zh="位置", en="Where you are")
DUE, LATE, SHARE_LATE = Text(zh="应结案", en="due"), Text(zh="超期", en="late"), Text(zh="超期占比", en="share late")
OPEN, OVERDUE, HUNG = Text(zh="此刻在办", en="open now"), Text(zh="超期未结", en="overdue"), Text(zh="缓办", en="deferred")
CUT = Text(zh="对比期早于首条记录", en="the period compared with begins before the first record")
WHOLE, POINTS = Text(zh="可见范围 {share}", en="all {share}"), Text(zh="个百分点", en="pp")
REMOVE, CLEAR = Text(zh="取消 {name}", en="remove {name}"), Text(zh="全部清除", en="clear all")


def crumbs(context: RenderContext, within: str) -> str:
    """City > town > village ..., from the viewer's own area (``within``) down, and the link that Esc follows (see ``back``)."""
    grid = context.city.grid
    path: list[str] = []
    at = grid.index.get(context.filters.area, -1)
    while at >= 0:
        path.insert(0, grid.code[at])
        if grid.code[at] == within:
            break
        at = int(grid.parent[at])
    if not within:
        path.insert(0, "")
    steps = []
    for i, code in enumerate(path):
        name = escape(context.city.scope_name(code)(context.lang))
        here = i == len(path) - 1
        steps.append(
            f'<li aria-current="location">{name}</li>'
            if here
            else f'<li><a href="{escape(context.link(area="" if code == within else code))}">{name}</a></li>'
        )
    up = back(context, path, within)
    way = f'<a class="an-up" id="an-up" href="{escape(up)}">{ONE_BACK(context.lang)}</a>' if up else ""
    return f'<nav aria-label="{WHERE(context.lang)}"><ol class="an-crumbs">{"".join(steps)}</ol>{way}</nav>'


def back(context: RenderContext, path: list[str], within: str) -> str:
    """The link that Esc follows: it drops the deepest of area > department > stage first, the window last; "" at the top."""
    f = context.filters
    if f.state or f.codes.get("stage"):
        return context.link(stage="", state="")
    for word in ("dep", "cat", "ch", "net"):
        if f.codes.get(word):
            return context.link(**{word: ""})
    if len(path) > 1:
        return context.link(area="" if path[-2] == within else path[-2])
    return context.link(**NO_WINDOW) if _has_window(context) else ""


#: Changes that reset a chosen window to the default.
NO_WINDOW = {"win": "", "from": "", "to": ""}


def _has_window(context: RenderContext) -> bool:
    return bool(NO_WINDOW.keys() & context.filters.words().keys())


def summary(frame: pd.DataFrame, context: RenderContext) -> str:
    """The choice in one line: reported, due, late with its share and interval, the share of all, and the stock."""
    lang = context.lang
    rows = {r["part"]: r for r in records(frame)}
    own, whole, versus = rows["chosen"], rows.get("whole"), rows.get("versus")
    cut = versus is not None and number(versus["cut"]) == 1
    if cut:
        versus = None
    parts = [
        _pair(REPORTED(lang), count(own["n"]), _delta(own["n"], versus["n"]) if versus else ""),
        _pair(DUE(lang), count(own["need"])),
        _pair(LATE(lang), count(own["late"])),
        _pair(
            SHARE_LATE(lang),
            share(own["share"]),
            _points(own["share"], versus["share"], lang) if versus else "",
            amber=_above(own, whole),
        ),
    ]
    small = [CUT(lang)] if cut else []
    if known(own["low"]):
        small.append(f"95% {decimal(own['low'])}–{decimal(own['high'])}%")
    if whole is not None and known(own["need"]) and (whole["need"] != own["need"] or whole["late"] != own["late"]):
        small.append(WHOLE(lang).format(share=share(whole["share"])))
    missing = not_mapped(lost(r for r in SUMMARY.lacking(context.city) if r.columns != ("hung",)), lang)
    if missing:
        small.append(missing)
    parts.append(f'<span class="an-small">{escape(" · ".join(small))}</span>')
    parts.append(
        '<span class="an-now">'
        + _pair(OPEN(lang), count(own["open"]))
        + _pair(OVERDUE(lang), count(own["overdue"]), amber=number(own["overdue"]) > 0)
        + (_pair(HUNG(lang), count(own["hung"])) if number(own["hung"]) > 0 else "")
        + "</span>"
    )
    return "".join(parts)


def _pair(name: str, value: str, more: str = "", amber: bool = False) -> str:
    return (
        f'<span class="an-kpi"><span class="an-name">{escape(name)}</span> <b{" class=amber" if amber else ""}>{value}</b>'
        + (f' <span class="an-delta">{escape(more)}</span>' if more else "")
        + "</span>"
    )


def _delta(now: object, before: object) -> str:
    a, b = number(now), number(before)
    if not b:
        return ""
    gap = 100 * (a - b) / b
    return f"{'+' if gap >= 0 else '−'}{decimal(abs(gap))}%"


def _points(now: object, before: object, lang: Lang) -> str:
    if not (known(now) and known(before)):
        return ""
    gap = number(now) - number(before)
    return f"{'+' if gap >= 0 else '−'}{decimal(abs(gap))} {POINTS(lang)}"


def _above(own: dict[str, object], whole: dict[str, object] | None) -> bool:
    """Clearly above the whole: its interval lies above the whole's share."""
    return whole is not None and known(own["low"]) and known(whole["share"]) and number(own["low"]) > number(whole["share"])


def chips(context: RenderContext) -> str:
    """Every filter that is set, as a link that removes it; the window too if it is not the default."""
    out, set_ = [], [c for c in context.chosen() if c[0] != "win" or _has_window(context)]
    for word, name, value in set_:
        away = NO_WINDOW if word == "win" else {word: ""}
        says = REMOVE(context.lang).format(name=name)
        out.append(
            f'<a class="an-chip" href="{escape(context.link(**away))}" aria-label="{escape(says)}: {escape(value)}">'
            f'{escape(name)} <b>{escape(value)}</b> <span aria-hidden="true">✕</span></a>'
        )
    if len(set_) > 1:
        none = {**NO_WINDOW, **{word: "" for word, _, _ in set_}}
        out.append(f'<a class="an-clear" href="{escape(context.link(**none))}">{CLEAR(context.lang)}</a>')
    return "".join(out)


def basis(frame: pd.DataFrame) -> str:
    """The share late as a division; "" if it is not known what is late."""
    own = frame.iloc[0]
    if not own[["late", "need"]].notna().all():
        return ""
    late, need = int(own["late"]), int(own["need"])
    return f"{late:,} ÷ {need:,}" + (f" = {100 * late / need:.1f}%" if need else "")
