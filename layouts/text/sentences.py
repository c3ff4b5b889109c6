"""The sentences that speak before any chart: the headline, and what each exception says.

Everything is a function of frames; a piece of the headline is ``(words, underlined)``, so that the part that matters
can be marked.  An exception takes its facts from the row of the metric that it concerns, so that the words and the
panel that carries the same badge can never disagree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.city.city import City
from data.errors import QueryFault
from data.text import Lang
from data.types.records import Record, Values
from layouts.text import formats
from layouts.text.formats import NO_OWNER, UNCLAIMED, count, decimal, duration, known, number, share
from layouts.text.rows import names, records

Piece = tuple[str, bool]
_TENTHS = ("", "一", "两", "三", "四", "五", "六", "七", "八", "九")


@dataclass(frozen=True)
class Told:
    """One exception in words: ``subject`` is what the headline underlines."""

    rank: int
    severity: str
    title: str
    text: str
    owner: str
    state: str
    subject: str


@dataclass(frozen=True)
class Place:
    """Of what the sentences speak: the city, or one town of it."""

    city: City
    scope: str = ""

    def whole(self, lang: Lang) -> str:
        """What an area or a department is compared with."""
        return self.city.profile.city.whole(lang) if not self.scope else self.area(self.scope, lang)

    def area(self, code: str, lang: Lang) -> str:
        try:
            return self.city.scope_name(code)(lang)
        except QueryFault:
            return code


def against_usual(value: object, usual: object, verdict: object, lang: Lang) -> str:
    """How a flow stands to its usual, as one says it: 多两成, 少一成, 是往常的 2.4 倍; en in per cent."""
    now, base, side = number(value), number(usual), number(verdict)
    zh = lang == "zh"
    if math.isnan(now) or math.isnan(base):
        return "尚无往常可比" if zh else "have no usual to compare with yet"
    if math.isnan(side):
        return "件数尚少，不判多寡" if zh else "are too few to be judged"
    if side == 0:
        return "与往常此时相当" if zh else "are as usual"
    more = side > 0
    if base <= 0:
        if not zh:
            return f"stand at {count(now)} where the usual is none"
        return f"有 {count(now)} 件，往常此时没有"
    ratio = now / base
    tenths = math.floor(abs(ratio - 1) * 10 + 0.5)
    if more and tenths >= 10:
        return f"是往常此时的 {decimal(ratio)} 倍" if zh else f"are {decimal(ratio)} times the usual"
    if tenths == 0:
        if zh:
            return f"略{'多' if more else '少'}于往常此时"
        return f"are slightly {'above' if more else 'below'} the usual"
    if tenths == 10:
        return "不到往常此时的一成" if zh else "are under a tenth of the usual"
    if zh:
        return f"比往常此时{'多' if more else '少'}{_TENTHS[tenths]}成"
    return f"are {tenths * 10}% {'above' if more else 'below'} the usual"


def headline(frame: pd.DataFrame, told: list[Told], lang: Lang) -> list[list[Piece]]:
    """The sentence of the wall, in clauses: reports, closures, and the one thing to move.

    >>> 上报比往常此时多两成，| 结案跟得上；| [核查积压]是今天最该动的一处。
    """
    rows = {str(r["kpi"]): r for r in records(frame)} if len(frame) else {}
    zh = lang == "zh"
    reported, closed = rows.get("reported"), rows.get("closed")
    out: list[list[Piece]] = []
    if reported is not None:
        says = against_usual(reported["value"], reported["usual"], reported["verdict"], lang)
        out.append([(f"上报{says}，" if zh else f"Reports {says}, ", False)])
        out.append([(_closures(reported, closed, rows.get("open"), zh), False)])
    if told:
        first = told[0]
        if first.severity == "act":
            end = "是今天最该动的一处。" if zh else " needs action first today."
        else:
            end = "值得留意。" if zh else " is worth watching."
        out.append([(first.subject, True), (end, False)])
    elif reported is not None and not known(reported["usual"]):
        out.append([("异常尚无从判断。" if zh else "what stands out cannot be told yet.", False)])
    elif reported is not None:
        out.append(_nothing_told(rows, zh))
    return out


#: The figures whose being out of the usual on this side is worth a word, and the word.
_WORTH = (
    ("overdue", 1, "超期未结", "高于往常。", "overdue cases", " are above the usual."),
    ("on_time", -1, "按期结案率", "低于往常。", "closing on time", " is below the usual."),
    ("open", 1, "在办", "高于往常。", "open cases", " are above the usual."),
)


def _nothing_told(rows: Mapping[str, Values], zh: bool) -> list[Piece]:
    """The last clause where there is no exception: it must not call usual what a figure beside it does not."""
    verdict = {k: number(r["verdict"]) for k, r in rows.items()}
    for kpi, side, subject, says, subject_en, says_en in _WORTH:
        if verdict.get(kpi, math.nan) * side > 0:
            return [(subject if zh else subject_en, True), (says if zh else says_en, False)]
    if any(abs(v) > 0 for v in verdict.values()) or all(math.isnan(v) for v in verdict.values()):
        return [("没有需要处置的异常。" if zh else "nothing needs action.", False)]
    return [("各处都在往常之内。" if zh else "nothing stands out from the usual.", False)]


def _closures(reported: Values, closed: Values | None, still: Values | None, zh: bool) -> str:
    """Closures against their own usual; that they keep up or fall behind is said only where the day bears it out.

    Keeping up: more reports than usual, and the open stock (``still``) is not above its own usual.  Falling behind:
    fewer closures than usual, and fewer than were reported today.
    """
    side = number(closed["verdict"]) if closed is not None else math.nan
    if closed is None or not known(closed["value"]):
        return "结案未知；" if zh else "closures are not known; "
    if math.isnan(side):
        return f"今日结案 {count(closed['value'])} 件；" if zh else f"{count(closed['value'])} closed so far; "
    busy = number(reported["verdict"]) > 0
    if side < 0:
        if number(closed["value"]) < number(reported["value"]):
            return "结案没有跟上；" if zh else "closures fall behind; "
        return "结案少于往常；" if zh else "closures run below the usual; "
    if side > 0:
        return f"结案{'也' if busy else ''}多于往常；" if zh else "closures run above the usual; "
    if busy and still is not None and number(still["verdict"]) <= 0:
        return "结案跟得上；" if zh else "closures keep up; "
    return "结案如常；" if zh else "closures are as usual; "


def tell(
    exceptions: pd.DataFrame | None, also: Mapping[str, pd.DataFrame], city: City, lang: Lang, scope: str = ""
) -> list[Told]:
    """The exceptions in words, most urgent first (at most three).  An area's owner is the area's own centre."""
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
        code_of = str(row.get("owner") or "")
        owner = owners.get(code_of, code_of) or _centre(kind, code, place, lang) or NO_OWNER(lang)
        out.append(
            Told(
                rank=int(number(row["rank"])),
                severity="act" if row["severity"] == "act" else "watch",
                title=title,
                text=text,
                owner=owner,
                state=UNCLAIMED(lang),
                subject=subject,
            )
        )
    return out


def _centre(kind: str, code: str, place: Place, lang: Lang) -> str:
    """The centre of the area that an exception concerns; "" where it concerns none."""
    return place.area(code if kind == "area" else place.scope, lang) if kind in ("area", "here") else ""


_SOURCES = {
    "stage": ("stage_backlog", "stage"),
    "area": ("grid_heat", "code"),
    "here": ("grid_heat", "code"),
    "category": ("category_top", "category"),
    "department": ("department_response", "department"),
    "channel": ("channel_mix", "channel"),
}


def _facts(kind: str, code: str, also: Mapping[str, pd.DataFrame]) -> Record:
    """The row of the metric that the exception concerns; {} where it was not read."""
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


def _stage(row: Values, facts: Values, place: Place, lang: Lang) -> Spoken:
    name = names(place.city.profile.stages, lang).get(str(row["code"]), str(row["code"]))
    now, base = count(row["observed"]), row["usual"]
    gone = number(facts.get("outflow")) + number(facts.get("exits"))
    came = number(facts.get("inflow"))
    late, oldest = facts.get("overdue"), facts.get("oldest_h")
    parts: list[str] = []
    if lang == "zh":
        title = f"{name}积压 {now} 件" + (f"，往常约 {count(base)}" if known(base) else "")
        if known(came) and known(gone):
            trend = "按现速不会清空" if came > gone else "出多于进，正在消化" if gone > came else "进出相抵"
            parts.append(f"今日进 {count(came)}、出 {count(gone)}，{trend}")
        if known(late) and known(oldest):
            parts.append(f"其中 {count(late)} 件超期，最老 {duration(oldest, lang)}")
        return title, _sentence(parts, lang), f"{name}积压"
    title = f"{name}: {now} waiting" + (f", usual {count(base)}" if known(base) else "")
    if known(came) and known(gone):
        trend = "it will not clear at this pace" if came > gone else "it is clearing" if gone > came else "it holds level"
        parts.append(f"{count(came)} in, {count(gone)} out today: {trend}")
    if known(late) and known(oldest):
        parts.append(f"{count(late)} overdue, oldest {duration(oldest, lang)}")
    return title, _sentence(parts, lang), f"the backlog at {name}"


def _area(row: Values, facts: Values, place: Place, lang: Lang) -> Spoken:
    return _lateness(place.area(str(row["code"]), lang), place.whole(lang), row, facts, place.city, lang)


def _here(row: Values, facts: Values, place: Place, lang: Lang) -> Spoken:
    return _lateness(place.area(place.scope, lang), Place(place.city).whole(lang), row, facts, place.city, lang)


def _lateness(name: str, whole: str, row: Values, facts: Values, city: City, lang: Lang) -> Spoken:
    parts: list[str] = []
    span = formats.window(city, "grid_heat")(lang)
    need, late = facts.get("need"), facts.get("late")
    base = known(row["usual"])
    if lang == "zh":
        title = f"{name}超期占比 {share(row['observed'])}" + (f"，{whole} {share(row['usual'])}" if base else "")
        if known(need) and known(late):
            parts.append(f"{span}应结 {count(need)}、超期 {count(late)}")
        if known(row["high"]):
            parts.append(f"按其案件构成应有 {share(row['expected_share'])}，控制限 {share(row['high'])}")
        return title, _sentence(parts, lang), f"{name}超期"
    title = f"{name}: {share(row['observed'])} late" + (f", {whole} {share(row['usual'])}" if base else "")
    if known(need) and known(late):
        parts.append(f"{count(late)} late of {count(need)} due in the {span}")
    if known(row["high"]):
        parts.append(f"its mix of cases lets expect {share(row['expected_share'])}, control limit {share(row['high'])}")
    return title, _sentence(parts, lang), f"lateness in {name}"


def _category(row: Values, facts: Values, place: Place, lang: Lang) -> Spoken:
    """Today's count against the same weekdays to this time of day; where most of it is; how late its week was."""
    name = names(place.city.profile.categories, lang).get(str(row["code"]), str(row["code"]))
    where, there = str(row.get("area") or ""), row.get("in_area")
    late, base = facts.get("late_share"), known(row["usual"])
    parts: list[str] = []
    if lang == "zh":
        title = f"{name}诉求 {count(row['observed'])} 件" + (f"，往常此时 {count(row['usual'])}" if base else "")
        if where and known(there):
            parts.append(f"其中 {count(there)} 件在{place.area(where, lang)}")
        if known(late):
            parts.append(f"{formats.window(place.city, 'category_top')(lang)}超期占比 {share(late)}")
        return title, _sentence(parts, lang), f"{name}诉求"
    title = f"{name}: {count(row['observed'])} reports" + (f", usual by now {count(row['usual'])}" if base else "")
    if where and known(there):
        parts.append(f"{count(there)} of them in {place.area(where, lang)}")
    if known(late):
        parts.append(f"{share(late)} late in the {formats.window(place.city, 'category_top')(lang)}")
    return title, _sentence(parts, lang), f"demand for {name}"


def _department(row: Values, facts: Values, place: Place, lang: Lang) -> Spoken:
    """``observed`` and ``usual`` are medians in work minutes, ``p90_min`` the P90, ``waiting`` what waits."""
    name = names(place.city.profile.departments, lang).get(str(row["code"]), str(row["code"]))
    around = place.city.profile.hours.round_the_clock

    def spent(minutes: object) -> str:
        return formats.worked(minutes, around, lang)

    own, whole = spent(row["observed"]), spent(row["usual"])
    low, high = (number(facts.get(k)) for k in ("low_min", "high_min"))
    reach = formats.worked_span(low, high, around, lang) if known(low) and known(high) else ""
    parts: list[str] = []
    if lang == "zh":
        parts.append(f"办结中位 {own}" + (f"（{reach}）" if reach else "") + f"，{place.whole(lang)} {whole}")
        if known(row.get("p90_min")):
            parts.append(f"九成在 {spent(row['p90_min'])}内")
        if known(row.get("waiting")):
            parts.append(f"在办 {count(row['waiting'])} 件")
        return f"{name}办结慢于{place.whole(lang)}", _sentence(parts, lang), f"{name}办结"
    parts.append(f"median {own}" + (f" ({reach})" if reach else "") + f", {place.whole(lang)} {whole}")
    if known(row.get("p90_min")):
        parts.append(f"nine in ten within {spent(row['p90_min'])}")
    if known(row.get("waiting")):
        parts.append(f"{count(row['waiting'])} waiting")
    than = place.whole(lang) if place.scope else "the city"
    return f"{name} is slower than {than}", _sentence(parts, lang), f"completion at {name}"


def _channel(row: Values, facts: Values, place: Place, lang: Lang) -> Spoken:
    name = names(place.city.profile.channels, lang).get(str(row["code"]), str(row["code"]))
    heard = formats.clock(facts.get("newest_ms"), place.city.profile.zone)
    n, base = facts.get("n"), facts.get("usual")
    parts: list[str] = []
    if lang == "zh":
        if heard != formats.NONE:
            parts.append(f"最近一件在 {heard}")
        if known(n) and known(base):
            parts.append(f"今日 {count(n)} 件，往常此时 {count(base)}")
        parts.append("数未齐，相关合计偏低")
        return f"{name}迟到，久无新报", _sentence(parts, lang), f"{name}迟到"
    if heard != formats.NONE:
        parts.append(f"last heard at {heard}")
    if known(n) and known(base):
        parts.append(f"{count(n)} today, usual {count(base)}")
    parts.append("totals are low by what is missing")
    return f"{name} has gone quiet", _sentence(parts, lang), f"the silence of {name}"


def _sentence(parts: list[str], lang: Lang) -> str:
    if not parts:
        return ""
    body = ("；" if lang == "zh" else "; ").join(parts)
    return body[0].upper() + body[1:] + ("。" if lang == "zh" else ".")


_KINDS = {"stage": _stage, "area": _area, "here": _here, "category": _category, "department": _department, "channel": _channel}
