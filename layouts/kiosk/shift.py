"""The handover: the card on the kiosk, and the sheet from one shift to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from data.access.acknowledgements import Kind
from data.city.city import City
from data.city.shifts import Shift
from data.kiosk.handover import Handover
from data.kiosk.queues import Queue, lacking
from data.query.needs import END, not_mapped
from data.query.windows import HOUR_MS
from data.text import CLAUSES, ITEMS, Lang, Text
from data.types.records import Record, Values
from layouts.html.marks import data
from layouts.html.markup import B, Button, Div, Node, P, Span
from layouts.kiosk import words as w
from layouts.kiosk.alarms import Alarm
from layouts.kiosk.chips import ends_known
from layouts.panels.acknowledged import NOTED, role_name
from layouts.text.formats import MINUS, NONE, clock, count, date_line, duration
from layouts.text.rows import names

NEXT = Text(zh="下一班 {at} · 距 ", en="next shift {at} · in ")
BREACHED = Text(zh="本班新超期 {n}", en="breached in this shift {n}")
STILL_OPEN = Text(zh="（仍未结 {n}）", en=" ({n} still open)")
NOTED_SO_FAR = Text(zh="已知悉报警 {alarms}、件 {cases}", en="noted: alarms {alarms}, cases {cases}")
NOT_NOTED = Text(zh="报警未知悉 ", en="alarms not noted ")
SUMS = (
    Text(zh="接班", en="start"),
    Text(zh="上报", en="reported"),
    Text(zh="结案", en="closed"),
    Text(zh="退出", en="ended"),
    Text(zh="在办", en="open"),
)
#: The head of the sheet, above its lines of alarms and cases.
SHEET_HEAD = Text(
    zh=f"""交接单　{{city}}
{{shift}} {{span}}　{{day}}　截至 {{time}}
交班：{{who}}（{{role}}）　　接班：________________

一、件数
　　接班 + 上报 {MINUS} 结案 {MINUS} 退出 = 在办
　　{{numbers}}
　　本班新超期 {{breached}} 件，其中仍未结 {{still}} 件
　　{{tabs}}

二、报警""",
    en=f"""Handover sheet  {{city}}
{{shift}} {{span}}  {{day}}  as of {{time}}
Handed over by: {{who}} ({{role}})    Taken over by: ________________

1. Cases
    taken over + reported {MINUS} closed {MINUS} ended = open
    {{numbers}}
    breached in this shift: {{breached}}, still open of these: {{still}}
    {{tabs}}

2. Alarms""",
)
SHEET_CASES = Text(zh="三、最紧的件", en="3. Most pressing cases")
SHEET_FOOT = Text(
    zh="四、迟到或未闻的来报：{late}\n五、本班已知悉：报警 {alarms}，件 {cases}\n\n快照 {snapshot}",
    en="4. Feeds late or not heard: {late}\n5. Noted in this shift: alarms {alarms}, cases {cases}\n\nsnapshot {snapshot}",
)
SINCE_DAY = Text(zh="（{day} 起）", en=" (since {day})")
NONE_SAID = Text(zh="没有", en="none")
NOTE_SAID = Text(zh="：{note}", en=": {note}")
OVERDUE_BY, DUE_AT = Text(zh="已超期 {over}", en="overdue {over}"), Text(zh="{at} 到期", en="due {at}")
#: Separator of the columns in a line of the sheet.
GAP = Text(zh="　", en="  ")


class Feeds(NamedTuple):
    """The feeds as the walls show them: names of the late and of the unheard ones, and how many are in order."""

    late: tuple[str, ...]
    unheard: tuple[str, ...]
    heard: int

    def say_late(self, lang: Lang) -> str:
        return w.FEED_LATE(lang).format(feeds=ITEMS(lang).join(self.late)) if self.late else ""

    def say_unheard(self, lang: Lang) -> str:
        return w.FEED_UNHEARD(lang).format(feeds=ITEMS(lang).join(self.unheard)) if self.unheard else ""


@dataclass(frozen=True)
class Watch:
    """Contents of the card and the sheet: the shift's totals, what is open now, what was acknowledged, the feeds
    (None = not known)."""

    shift: Shift
    sums: Handover
    tabs: Mapping[Queue, int]
    alarms: tuple[Alarm, ...]
    acknowledged: Mapping[Kind, int] | None
    feeds: Feeds | None


def card(watch: Watch, city: City, lang: Lang) -> Node:
    h = watch.sums
    lacks = lacking(city)
    end = watch.shift.end
    head = Div(
        [
            Span(w.SHIFT(lang), className="k-head-name"),
            Span(
                [NEXT(lang).format(at=f"{end:%H:%M}"), Span(**data(until_ms=round(end.timestamp() * 1000)))],
                className="k-head-more",
            ),
        ],
        className="k-head",
    )
    sums = P(_sum(h, lang) if ends_known(lacks) else not_mapped((END,), lang), className="k-sum")
    unseen = sum(a.seen is None for a in watch.alarms)
    breached = [BREACHED(lang).format(n=count(h.breached)), STILL_OPEN(lang).format(n=count(h.breached_open))]
    parts = [Span(not_mapped(lacks["overdue"], lang) if "overdue" in lacks else breached)]
    alarms, cases = _noted(watch)
    parts.append(Span(NOTED_SO_FAR(lang).format(alarms=alarms, cases=cases)))
    left: list[Node] = []
    if unseen:
        act = any(a.seen is None and a.told.severity == "act" for a in watch.alarms)
        left.append(Span([NOT_NOTED(lang), B(str(unseen))], className="act" if act else "watch"))
    if watch.feeds is not None and watch.feeds.late:
        left.append(Span(watch.feeds.say_late(lang), className="watch"))
    write = Button(w.WRITE_SHEET(lang), type="button", **data(sheet=""), **{"aria-haspopup": "dialog"})
    said = Div([sums, P([*parts, *left], className="k-leave")], className="k-shift-words")
    return [head, Div([said, write], className="k-shift-body")]


def _noted(watch: Watch) -> tuple[str, str]:
    seen = watch.acknowledged
    return (NONE, NONE) if seen is None else (count(seen["alarm"]), count(seen["case"]))


def _sum(h: Handover, lang: Lang) -> list[Node]:
    numbers, signs = (h.opening, h.reported, h.settled, h.exits, h.open), ("", "+", MINUS, MINUS, "=")
    out: list[Node] = []
    for name, number, sign in zip(SUMS, numbers, signs, strict=True):
        shown = count(number)
        out += [Span(f" {sign} ")] if sign else []
        out += [f"{name(lang)} ", B(shown) if sign in ("", "=") else shown]
    return out


def sheet(
    watch: Watch, nearest: tuple[Record, ...], who: str, role: str, snapshot: str, now_ms: int, city: City, lang: Lang
) -> str:
    """The sheet as plain text, to be copied, printed or saved.  It names cases by number and category, and no person except
    the one who hands over."""
    zone, h = city.profile.zone, watch.sums
    day, time = date_line(now_ms, zone, lang), clock(now_ms, zone, seconds=True)
    span = watch.shift.text.replace("-", "–")
    began = date_line(round(watch.shift.start.timestamp() * 1000), zone, lang)
    if began != day:  # a night shift, handed over in the morning
        span += SINCE_DAY(lang).format(day=began)
    numbers = f"{count(h.opening)} + {count(h.reported)} {MINUS} {count(h.settled)} {MINUS} {count(h.exits)} = {count(h.open)}"
    lacks = lacking(city)
    if not ends_known(lacks):
        numbers = not_mapped((END,), lang)
    tabs = [f"{w.TABS[q](lang)} {not_mapped(lacks[q], lang) if q in lacks else count(n)}" for q, n in watch.tabs.items()]
    breached, still = (NONE if "overdue" in lacks else count(n) for n in (h.breached, h.breached_open))
    head = SHEET_HEAD(lang).format(
        city=city.profile.city.title(lang),
        shift=watch.shift.name(lang),
        span=span,
        day=day,
        time=time,
        who=who,
        role=role_name(role, lang),
        numbers=numbers,
        breached=breached,
        still=still,
        tabs=GAP(lang).join(tabs),
    )
    listed = [_case_line(c, now_ms, city, lang) for c in nearest] or [NONE_SAID(lang)]
    rows = [head, *(f"    {line}" for line in _alarm_lines(watch, city, lang))]
    rows += ["", SHEET_CASES(lang), *(f"    {line}" for line in listed)]
    alarms, cases = _noted(watch)
    late = (
        NONE
        if watch.feeds is None
        else CLAUSES(lang).join(said for said in (watch.feeds.say_late(lang), watch.feeds.say_unheard(lang)) if said)
        or NONE_SAID(lang)
    )
    rows += ["", SHEET_FOOT(lang).format(late=late, alarms=alarms, cases=cases, snapshot=snapshot)]
    return "\n".join(rows)


def _alarm_lines(watch: Watch, city: City, lang: Lang) -> list[str]:
    out = []
    for a in watch.alarms:
        state = f"[{w.UNSEEN(lang)}]"
        if a.seen is not None:
            note = NOTE_SAID(lang).format(note=a.seen.note) if a.seen.note else ""
            state = f"[{NOTED(lang)} {role_name(a.seen.role, lang)} {clock(a.seen.at_ms, city.profile.zone)}{note}]"
        out.append(f"{a.told.rank}. {a.told.title} {state}")
    return out or [NONE_SAID(lang)]


def _case_line(case: Values, now_ms: int, city: City, lang: Lang) -> str:
    profile = city.profile
    what = names(profile.categories, lang).get(case["category"], "")
    where = city.scope_name(case["place"])(lang) if case["place"] else ""
    stage = names(profile.stages, lang).get(case["stage"], "")
    department = names(profile.departments, lang).get(case["department"], "")
    due, over = clock(case["due_at"], profile.zone), duration((now_ms - case["due_at"]) / HOUR_MS, lang)
    ends = OVERDUE_BY(lang).format(over=over) if case["due_at"] < now_ms else DUE_AT(lang).format(at=due)
    return GAP(lang).join(x for x in (case["case_number"], what, where, stage, department, ends) if x)
