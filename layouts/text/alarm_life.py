"""The life of an alarm in words: since when, who has it, that it is over; and what a wall says that has few of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from data.access.roles import ROLE_NAMES
from data.alarms.life import Ended
from data.city.city import City
from data.city.limits import natural_ms
from data.text import ITEMS, Lang, Text
from data.types.records import Values
from layouts.text.formats import NONE, clock, count, decimal, known, number, share
from layouts.text.rows import names, records

SINCE = Text(zh="{at} 起", en="since {at}")
CLEARING = Text(zh="正在解除", en="clearing")
BACK = Text(zh="{subject}已回到界限内", en="{subject}: back within its limits")
BACK_SINCE = Text(
    zh="{at} 起不再超出；{minutes} 分钟内不再出现即解除。", en="Since {at}; it ends after {minutes} min without a return."
)
#: A clock time of another day.
OF_DAY = Text(zh="{at.day}日 {clock}", en="{at:%-d %b} {clock}")


def since(began_ms: object, now_ms: int, zone: ZoneInfo, lang: Lang) -> str:
    """``10:42 起``, of another day ``22日 10:42 起``; "" if unknown."""
    at = moment(began_ms, now_ms, zone, lang)
    return SINCE(lang).format(at=at) if at else ""


def moment(at_ms: object, now_ms: int, zone: ZoneInfo, lang: Lang) -> str:
    """``10:42``, of another day ``22日 10:42``, ``10:42 on the 22nd``-like ``22nd, 10:42``; "" if unknown."""
    if not known(at_ms):
        return ""
    then = datetime.fromtimestamp(number(at_ms) / 1000, zone)
    text = clock(at_ms, zone)
    if then.date() == datetime.fromtimestamp(now_ms / 1000, zone).date():
        return text
    return OF_DAY(lang).format(at=then, clock=text)


HANDLED = Text(zh="处置中 {who} {at}", en="in hand: {who}, {at}")


def handled(row: Values, city: City, lang: Lang) -> str:
    """``处置中 值守员 10:42``; "" if nobody has it in hand."""
    if not known(row.get("handled_ms")):
        return ""
    role = str(row.get("handled_by") or "")
    name = ROLE_NAMES.get(role)
    who = role if name is None else name(lang) if lang == "zh" else name(lang).lower()
    return HANDLED(lang).format(who=who, at=clock(row["handled_ms"], city.profile.zone))


def back_within(row: Values, subject: str, now_ms: int, city: City, lang: Lang) -> tuple[str, str]:
    """(title, text) of an alarm whose condition is over, and which ends if it does not return."""
    at = moment(row.get("cleared_ms"), now_ms, city.profile.zone, lang) or NONE
    minutes = natural_ms(city.profile.alarms.clear_after) // 60_000
    title = BACK(lang).format(subject=subject)
    return title[:1].upper() + title[1:], BACK_SINCE(lang).format(at=at, minutes=minutes)


RESOLVED = Text(zh="今日已解除", en="Ended today")
RESOLVED_ONE = Text(zh="{name} {began}–{ended}", en="{name} {began}–{ended}")
RESOLVED_MORE = Text(zh="等 {n} 处", en=" and {n} in all")
OFF = Text(zh="已搁置", en="Shelved")
OFF_ONE = Text(zh="{name} 至 {at}", en="{name} until {at}")
NEAREST = Text(zh="最近于界限", en="Nearest to their limit")
NEAREST_ONE = Text(zh="{name} {share}（应有 {expected}）", en="{name} {share} late ({expected} expected)")
DUE = Text(zh="四小时内到期", en="Due in 4 h")
DUE_MANY = Text(zh="{n} 件，最早 {at}", en="{n} cases, the first at {at}")
DUE_LATE = Text(zh="，预计超期 {n} 件", en=", {n} to be expected late")
DUE_NONE = Text(zh="没有", en="none")
LISTED, PLACES = 2, 3


def also_said(
    resolved: tuple[Ended, ...], also: Mapping[str, pd.DataFrame], now_ms: int, city: City, lang: Lang
) -> list[tuple[str, str]]:
    """(heading, words): what is shelved, what ended today, the three places nearest to being late, what falls due; only what
    is known."""
    out = []
    off, over = (tuple(e for e in resolved if e.shelved is so) for so in (True, False))
    if off:
        out.append((OFF(lang), _off(off, now_ms, city, lang)))
    if over:
        out.append((RESOLVED(lang), _resolved(over, now_ms, city, lang)))
    told = also.get("exceptions")
    late = set() if told is None else {str(r["code"]) for r in records(told) if r["kind"] in ("area", "here")}
    near = _nearest(also.get("grid_heat"), late, city, lang)
    if near:
        out.append((NEAREST(lang), near))
    due = also.get("deadlines")
    if due is not None and len(due) and due["n"].notna().all():
        n, first = int(due["n"].sum()), due["first_ms"].min()
        text = DUE_MANY(lang).format(n=count(n), at=moment(first, now_ms, city.profile.zone, lang)) if n else DUE_NONE(lang)
        if n and due["late"].notna().all():
            text += DUE_LATE(lang).format(n=decimal(due["late"].sum(), 0))
        out.append((DUE(lang), text))
    return out


def _off(off: tuple[Ended, ...], now_ms: int, city: City, lang: Lang) -> str:
    told = [
        OFF_ONE(lang).format(
            name=name_of(e.kind, e.code, e.scope, city, lang), at=moment(e.ended_ms, now_ms, city.profile.zone, lang)
        )
        for e in off[:LISTED]
    ]
    return ITEMS(lang).join(told) + (RESOLVED_MORE(lang).format(n=len(off)) if len(off) > LISTED else "")


def _resolved(resolved: tuple[Ended, ...], now_ms: int, city: City, lang: Lang) -> str:
    zone, told = city.profile.zone, []
    for e in resolved[:LISTED]:
        began, ended = (moment(at, now_ms, zone, lang) for at in (e.began_ms, e.ended_ms))
        told.append(RESOLVED_ONE(lang).format(name=name_of(e.kind, e.code, e.scope, city, lang), began=began, ended=ended))
    more = RESOLVED_MORE(lang).format(n=len(resolved)) if len(resolved) > LISTED else ""
    return ITEMS(lang).join(told) + more


def name_of(kind: str, code: str, scope: str, city: City, lang: Lang) -> str:
    """What an alarm is about, by its kind: the name of a stage, a department, a category, a channel, a place."""
    lists = {
        "stage": city.profile.stages,
        "department": city.profile.departments,
        "category": city.profile.categories,
        "channel": city.profile.channels,
    }
    if kind in lists:
        return names(lists[kind], lang).get(code, code)
    place = scope if kind == "here" else code
    return city.grid.names[place](lang) if place in city.grid.index else place


def _nearest(heat: pd.DataFrame | None, late: set[str], city: City, lang: Lang) -> str:
    """Of the places with enough cases that are not ``late`` already, the three whose lateness exceeds what their own cases let
    expect by most."""
    if heat is None or not len(heat):
        return ""
    rows = [r for r in records(heat) if number(r.get("expected")) > 0 and number(r["need"]) >= 20]
    level = min((int(r["level"]) for r in rows if int(r["level"]) > 0), default=0)
    rows = [
        r for r in rows if int(r["level"]) == level and level and str(r["code"]) in city.grid.index and str(r["code"]) not in late
    ]
    rows.sort(key=lambda r: (-number(r["late"]) / number(r["expected"]), str(r["code"])))
    if len(rows) < 2:
        return ""
    told = [
        NEAREST_ONE(lang).format(
            name=city.grid.names[str(r["code"])](lang),
            share=share(r["late_share"]),
            expected=share(100 * number(r["expected"]) / number(r["need"])),
        )
        for r in rows[:PLACES]
    ]
    return ITEMS(lang).join(told)
