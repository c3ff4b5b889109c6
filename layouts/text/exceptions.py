"""The text of each exception: its title, its facts, its owner, and what the headline underlines.

An exception takes its facts from the metric's row that it concerns, so that the text and the panel with the same
badge never disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.city.city import City
from data.text import CLAUSES, Lang, Text
from data.types.records import Record, Values
from layouts.text import formats
from layouts.text.alarm_life import CLEARING, back_within, handled, since
from layouts.text.formats import NO_OWNER, UNCLAIMED, count, duration, known, number, share
from layouts.text.leads import place_of, words_of
from layouts.text.place import Place
from layouts.text.rows import names, records


@dataclass(frozen=True)
class Told:
    """One exception in words: ``subject`` is what the headline underlines, ``since`` when it began ("" if unknown), ``trail`` its
    last hour; ``clearing``: its condition is over.  ``place`` and ``cases``: where it leads (``layouts.text.leads``)."""

    rank: int
    severity: str
    title: str
    text: str
    owner: str
    state: str
    subject: str
    since: str = ""
    trail: tuple[float, ...] = ()
    clearing: bool = False
    place: str = ""
    cases: str = ""


def tell(
    exceptions: pd.DataFrame | None, also: Mapping[str, pd.DataFrame], city: City, lang: Lang, scope: str = "", now_ms: int = 0
) -> list[Told]:
    """The exceptions in words, most urgent first (at most three).  An area's owner is the area's own centre.

    ``exceptions``: the metric's frame, or that of ``data.alarms.lives``, which also says since when and what is over.
    """
    if exceptions is None or not len(exceptions):
        return []
    place = Place(city, scope)
    owners = names(city.profile.departments, lang)
    out: list[Told] = []
    for row in records(exceptions)[:3]:
        kind, code = str(row["kind"]), str(row["code"])
        facts = _facts(kind, code, also)
        speak = _KINDS.get(kind)
        if speak is None:
            continue
        title, text, subject = speak(row, facts, place, lang)
        clearing = row.get("state") == "clearing"
        if clearing:
            title, text = back_within(row, subject, now_ms, city, lang)
        code_of = str(row.get("owner") or "")
        owner = owners.get(code_of, code_of) or _centre(kind, code, place, lang) or _post(kind, code, city, lang)
        out.append(
            Told(
                rank=int(number(row["rank"])),
                severity="act" if row["severity"] == "act" else "watch",
                title=title,
                text=text,
                owner=owner,
                state=CLEARING(lang) if clearing else handled(row, city, lang) or UNCLAIMED(lang),
                subject=subject,
                since=since(row.get("began_ms"), now_ms, city.profile.zone, lang),
                trail=tuple(row.get("trail") or ()) if not clearing else (),
                clearing=clearing,
                place=place_of(row),
                cases=words_of(row, city, scope, now_ms),
            )
        )
    return out


def _centre(kind: str, code: str, place: Place, lang: Lang) -> str:
    """The centre of the area that an exception concerns; "" if it concerns none."""
    return place.area(code if kind == "area" else place.scope, lang) if kind in ("area", "here") else ""


def _post(kind: str, code: str, city: City, lang: Lang) -> str:
    """The responsible post by the city's file: of the stage or channel, else of all exceptions."""
    posts = {("stage", s.code): s.post for s in city.profile.stages} | {
        ("channel", c.code): c.post for c in city.profile.channels
    }
    post = posts.get((kind, code)) or city.profile.alarms.post
    return post(lang) if post is not None else NO_OWNER(lang)


_SOURCES = {
    "stage": ("stage_backlog", "stage"),
    "area": ("grid_heat", "code"),
    "here": ("grid_heat", "code"),
    "category": ("category_top", "category"),
    "department": ("department_response", "department"),
    "channel": ("channel_mix", "channel"),
}


def _facts(kind: str, code: str, also: Mapping[str, pd.DataFrame]) -> Record:
    """The metric's row that the exception concerns; {} if it was not read."""
    metric, key = _SOURCES.get(kind, ("", ""))
    frame = also.get(metric)
    if frame is None or key not in frame.columns:
        return {}
    match = frame[key].to_numpy(object) == code
    if "measure" in frame.columns:
        match &= frame["measure"].to_numpy(object) == "complete"
    at = int(np.argmax(match)) if match.any() else len(frame)
    return next(iter(records(frame.iloc[at : at + 1])), {})


Spoken = tuple[str, str, str]

STAGE = Text(zh="{name}积压 {n} 件", en="{name}: {n} waiting")
STAGE_USUAL = Text(zh="，往常约 {usual}", en=", usual {usual}")
STAGE_FLOW = Text(zh="今日进 {came}、出 {gone}", en="{came} in, {gone} out today")
STAGE_TREND = Text(zh="，{trend}", en=": {trend}")
GROWS = Text(zh="按现速不会清空", en="it will not clear at this pace")
SHRINKS = Text(zh="出多于进，正在消化", en="it is clearing")
LEVEL = Text(zh="进出相抵", en="it holds level")
STAGE_LATE = Text(zh="其中 {late} 件超期，最老 {oldest}", en="{late} overdue, oldest {oldest}")
STAGE_SUBJECT = Text(zh="{name}积压", en="the backlog at {name}")


def _stage(row: Values, facts: Values, place: Place, lang: Lang) -> Spoken:
    """Whether it clears is said by the worked hours before now (``pace_in``, ``pace_out``), and not at all outside them."""
    name = names(place.city.profile.stages, lang).get(str(row["code"]), str(row["code"]))
    gone = number(facts.get("outflow")) + number(facts.get("exits"))
    came = number(facts.get("inflow"))
    late, oldest = facts.get("overdue"), facts.get("oldest_h")
    title = STAGE(lang).format(name=name, n=count(row["observed"]))
    if known(row["usual"]):
        title += STAGE_USUAL(lang).format(usual=count(row["usual"]))
    parts: list[str] = []
    if known(came) and known(gone):
        flow, into, out_of = STAGE_FLOW(lang).format(came=count(came), gone=count(gone)), row.get("pace_in"), row.get("pace_out")
        if known(into) and known(out_of):
            trend = GROWS if number(into) > number(out_of) else SHRINKS if number(out_of) > number(into) else LEVEL
            flow += STAGE_TREND(lang).format(trend=trend(lang))
        parts.append(flow)
    if known(late) and known(oldest):
        parts.append(STAGE_LATE(lang).format(late=count(late), oldest=duration(oldest, lang)))
    return title, _sentence(parts, lang), STAGE_SUBJECT(lang).format(name=name)


AREA = Text(zh="{name}超期占比 {share}", en="{name}: {share} late")
AREA_USUAL = Text(zh="，{whole} {share}", en=", {whole} {share}")
AREA_COUNTS = Text(zh="{span}应结 {need}、超期 {late}", en="{late} late of {need} due in the {span}")
AREA_EXPECTED = Text(
    zh="按其案件构成应有 {expected}，控制限 {limit}", en="its mix of cases lets expect {expected}, control limit {limit}"
)
AREA_SUBJECT = Text(zh="{name}超期", en="lateness in {name}")


def _area(row: Values, facts: Values, place: Place, lang: Lang) -> Spoken:
    return _lateness(place.area(str(row["code"]), lang), place.whole(lang), row, facts, place.city, lang)


def _here(row: Values, facts: Values, place: Place, lang: Lang) -> Spoken:
    return _lateness(place.area(place.scope, lang), Place(place.city).whole(lang), row, facts, place.city, lang)


def _lateness(name: str, whole: str, row: Values, facts: Values, city: City, lang: Lang) -> Spoken:
    need, late = facts.get("need"), facts.get("late")
    title = AREA(lang).format(name=name, share=share(row["observed"]))
    if known(row["usual"]):
        title += AREA_USUAL(lang).format(whole=whole, share=share(row["usual"]))
    parts: list[str] = []
    if known(need) and known(late):
        span = formats.window(city, "grid_heat")(lang)
        parts.append(AREA_COUNTS(lang).format(span=span, need=count(need), late=count(late)))
    if known(row["high"]):
        parts.append(AREA_EXPECTED(lang).format(expected=share(row["expected_share"]), limit=share(row["high"])))
    return title, _sentence(parts, lang), AREA_SUBJECT(lang).format(name=name)


CATEGORY = Text(zh="{name}诉求 {n} 件", en="{name}: {n} reports")
CATEGORY_USUAL = Text(zh="，往常此时 {usual}", en=", usual by now {usual}")
CATEGORY_WHERE = Text(zh="其中 {n} 件在{area}", en="{n} of them in {area}")
CATEGORY_LATE = Text(zh="{span}超期占比 {share}", en="{share} late in the {span}")
CATEGORY_SUBJECT = Text(zh="{name}诉求", en="demand for {name}")


def _category(row: Values, facts: Values, place: Place, lang: Lang) -> Spoken:
    """Today's count against the same weekdays up to this time of day; the area with most of it; the late share of its window."""
    name = names(place.city.profile.categories, lang).get(str(row["code"]), str(row["code"]))
    where, there = str(row.get("area") or ""), row.get("in_area")
    late = facts.get("late_share")
    title = CATEGORY(lang).format(name=name, n=count(row["observed"]))
    if known(row["usual"]):
        title += CATEGORY_USUAL(lang).format(usual=count(row["usual"]))
    parts: list[str] = []
    if where and known(there):
        parts.append(CATEGORY_WHERE(lang).format(n=count(there), area=place.area(where, lang)))
    if known(late):
        parts.append(CATEGORY_LATE(lang).format(span=formats.window(place.city, "category_top")(lang), share=share(late)))
    return title, _sentence(parts, lang), CATEGORY_SUBJECT(lang).format(name=name)


DEPARTMENT = Text(zh="{name}办结慢于{whole}", en="{name} is slower than {whole}")
DEPARTMENT_MEDIAN = Text(zh="办结中位 {own}{reach}，{whole} {usual}", en="median {own}{reach}, {whole} {usual}")
DEPARTMENT_REACH = Text(zh="（{reach}）", en=" ({reach})")
DEPARTMENT_P90 = Text(zh="九成在 {spent}内", en="nine in ten within {spent}")
DEPARTMENT_WAITING = Text(zh="在办 {n} 件", en="{n} waiting")
DEPARTMENT_SUBJECT = Text(zh="{name}办结", en="completion at {name}")


def _department(row: Values, facts: Values, place: Place, lang: Lang) -> Spoken:
    """``observed`` and ``usual`` are medians in work minutes, ``p90_min`` the P90, ``waiting`` the number of open cases."""
    name = names(place.city.profile.departments, lang).get(str(row["code"]), str(row["code"]))
    around = place.city.profile.hours.round_the_clock

    def spent(minutes: object) -> str:
        return formats.worked(minutes, around, lang)

    low, high = (number(facts.get(k)) for k in ("low_min", "high_min"))
    reach = formats.worked_span(low, high, around, lang) if known(low) and known(high) else ""
    median = DEPARTMENT_MEDIAN(lang).format(
        own=spent(row["observed"]),
        reach=DEPARTMENT_REACH(lang).format(reach=reach) if reach else "",
        whole=place.whole(lang),
        usual=spent(row["usual"]),
    )
    parts = [median]
    if known(row.get("p90_min")):
        parts.append(DEPARTMENT_P90(lang).format(spent=spent(row["p90_min"])))
    if known(row.get("waiting")):
        parts.append(DEPARTMENT_WAITING(lang).format(n=count(row["waiting"])))
    than = Text(zh=place.whole("zh"), en=place.whole("en") if place.scope else "the city")
    title = DEPARTMENT(lang).format(name=name, whole=than(lang))
    return title, _sentence(parts, lang), DEPARTMENT_SUBJECT(lang).format(name=name)


CHANNEL = Text(zh="{name}迟到，久无新报", en="{name} has gone quiet")
CHANNEL_HEARD = Text(zh="最近一件在 {at}", en="last heard at {at}")
CHANNEL_COUNTS = Text(zh="今日 {n} 件，往常此时 {usual}", en="{n} today, usual {usual}")
CHANNEL_LOW = Text(zh="数未齐，相关合计偏低", en="totals are low by what is missing")
CHANNEL_SUBJECT = Text(zh="{name}迟到", en="the silence of {name}")


def _channel(row: Values, facts: Values, place: Place, lang: Lang) -> Spoken:
    name = names(place.city.profile.channels, lang).get(str(row["code"]), str(row["code"]))
    heard = formats.clock(facts.get("newest_ms"), place.city.profile.zone)
    n, base = facts.get("n"), facts.get("usual")
    parts: list[str] = []
    if heard != formats.NONE:
        parts.append(CHANNEL_HEARD(lang).format(at=heard))
    if known(n) and known(base):
        parts.append(CHANNEL_COUNTS(lang).format(n=count(n), usual=count(base)))
    parts.append(CHANNEL_LOW(lang))
    return CHANNEL(lang).format(name=name), _sentence(parts, lang), CHANNEL_SUBJECT(lang).format(name=name)


STOP = Text(zh="。", en=".")


def _sentence(parts: list[str], lang: Lang) -> str:
    if not parts:
        return ""
    body = CLAUSES(lang).join(parts)
    return body[0].upper() + body[1:] + STOP(lang)


_KINDS = {"stage": _stage, "area": _area, "here": _here, "category": _category, "department": _department, "channel": _channel}
