"""The handover: the card on the kiosk, and the sheet that one shift writes for the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from data.access.acknowledgements import Kind
from data.city.city import City
from data.city.shifts import Shift
from data.kiosk.handover import Handover
from data.kiosk.queues import Queue, lacking
from data.query.needs import END, not_mapped
from data.query.windows import HOUR_MS
from data.text import Lang, Text
from data.types.records import Record, Values
from layouts.html.marks import data
from layouts.html.markup import B, Button, Div, Node, P, Span
from layouts.kiosk import words as w
from layouts.kiosk.parts import Alarm, ends_known
from layouts.panels.acknowledged import NOTED, role_name
from layouts.text.formats import MINUS, NONE, clock, count, date_line, duration
from layouts.text.rows import names


@dataclass(frozen=True)
class Watch:
    """What the card and the sheet say: the shift's sums, what is open now, what was taken note of (None = not known)."""

    shift: Shift
    sums: Handover
    tabs: Mapping[Queue, int]
    alarms: tuple[Alarm, ...]
    acknowledged: Mapping[Kind, int] | None
    late_feeds: tuple[str, ...]


def card(watch: Watch, city: City, lang: Lang) -> Node:
    zh, h = lang == "zh", watch.sums
    lacks = lacking(city)
    end = watch.shift.end
    head = Div(
        [
            Span(w.SHIFT(lang), className="k-head-name"),
            Span(
                [
                    f"下一班 {end:%H:%M} · 距 " if zh else f"next shift {end:%H:%M} · in ",
                    Span(**data(until_ms=round(end.timestamp() * 1000))),
                ],
                className="k-head-more",
            ),
        ],
        className="k-head",
    )
    sums = P(_sum(h, lang) if ends_known(lacks) else not_mapped((END,), lang), className="k-sum")
    unseen = sum(a.seen is None for a in watch.alarms)
    breached = [
        f"本班新超期 {count(h.breached)}" if zh else f"breached in this shift {count(h.breached)}",
        f"（仍未结 {count(h.breached_open)}）" if zh else f" ({count(h.breached_open)} still open)",
    ]
    parts = [Span(not_mapped(lacks["overdue"], lang) if "overdue" in lacks else breached)]
    alarms, cases = _noted(watch)
    parts.append(Span(f"已知悉报警 {alarms}、件 {cases}" if zh else f"noted: alarms {alarms}, cases {cases}"))
    left: list[Node] = []
    if unseen:
        act = any(a.seen is None and a.told.severity == "act" for a in watch.alarms)
        left.append(
            Span([f"报警{w.UNSEEN(lang)} " if zh else "alarms not noted ", B(str(unseen))], className="act" if act else "watch")
        )
    if watch.late_feeds:
        late = ("、" if zh else ", ").join(watch.late_feeds)
        left.append(Span(f"{late}{w.LATE_FEED(lang)}" if zh else f"{late} {w.LATE_FEED(lang)}", className="watch"))
    write = Button(w.WRITE_SHEET(lang), type="button", **data(sheet=""), **{"aria-haspopup": "dialog"})
    said = Div([sums, P([*parts, *left], className="k-leave")], className="k-shift-words")
    return [head, Div([said, write], className="k-shift-body")]


def _noted(watch: Watch) -> tuple[str, str]:
    seen = watch.acknowledged
    return (NONE, NONE) if seen is None else (count(seen["alarm"]), count(seen["case"]))


def _sum(h: Handover, lang: Lang) -> list[Node]:
    names_ = ("接班", "上报", "结案", "退出", "在办") if lang == "zh" else ("start", "reported", "closed", "ended", "open")
    numbers, signs = (h.opening, h.reported, h.settled, h.exits, h.open), ("", "+", MINUS, MINUS, "=")
    out: list[Node] = []
    for name, number, sign in zip(names_, numbers, signs, strict=True):
        shown = count(number)
        out += [Span(f" {sign} ")] if sign else []
        out += [f"{name} ", B(shown) if sign in ("", "=") else shown]
    return out


def sheet(
    watch: Watch, nearest: tuple[Record, ...], who: str, role: str, snapshot: str, now_ms: int, city: City, lang: Lang
) -> str:
    """The sheet as plain text, to be copied, printed or saved.  It names cases by number and matter, never a person but the
    one who hands over."""
    zone, zh, h = city.profile.zone, lang == "zh", watch.sums
    day, time = date_line(now_ms, zone, lang), clock(now_ms, zone, seconds=True)
    span = watch.shift.text.replace("-", "–")
    began = date_line(round(watch.shift.start.timestamp() * 1000), zone, lang)
    if began != day:  # a night shift, written out in the morning
        span += f"（{began} 起）" if zh else f" (since {began})"
    numbers = f"{count(h.opening)} + {count(h.reported)} {MINUS} {count(h.settled)} {MINUS} {count(h.exits)} = {count(h.open)}"
    lacks = lacking(city)
    if not ends_known(lacks):
        numbers = not_mapped((END,), lang)
    tabs = [f"{w.TABS[q](lang)} {not_mapped(lacks[q], lang) if q in lacks else count(n)}" for q, n in watch.tabs.items()]
    breached, still = (NONE if "overdue" in lacks else count(n) for n in (h.breached, h.breached_open))
    rows: list[str] = []
    if zh:
        rows += [
            f"交接单　{city.profile.city.title(lang)}",
            f"{watch.shift.name(lang)} {span}　{day}　截至 {time}",
            f"交班：{who}（{role_name(role, lang)}）　　接班：________________",
            "",
            "一、件数",
            f"　　接班 + 上报 {MINUS} 结案 {MINUS} 退出 = 在办",
            f"　　{numbers}",
            f"　　本班新超期 {breached} 件，其中仍未结 {still} 件",
            "　　" + "　".join(tabs),
            "",
            "二、报警",
        ]
    else:
        rows += [
            f"Handover sheet  {city.profile.city.title(lang)}",
            f"{watch.shift.name(lang)} {span}  {day}  as of {time}",
            f"Handed over by: {who} ({role_name(role, lang)})    Taken over by: ________________",
            "",
            "1. Cases",
            f"    taken over + reported {MINUS} closed {MINUS} ended = open",
            f"    {numbers}",
            f"    breached in this shift: {breached}, still open of these: {still}",
            "    " + "  ".join(tabs),
            "",
            "2. Alarms",
        ]
    rows += [f"    {line}" for line in _alarm_lines(watch, city, lang)]
    rows += ["", "三、最紧的件" if zh else "3. Most pressing cases"]
    rows += [f"    {_case_line(c, now_ms, city, lang)}" for c in nearest]
    if not nearest:
        rows.append("    " + Text(zh="没有", en="none")(lang))
    late = ("、" if zh else ", ").join(watch.late_feeds) or Text(zh="没有", en="none")(lang)
    alarms, cases = _noted(watch)
    rows += [
        "",
        f"四、迟到的来报：{late}" if zh else f"4. Late feeds: {late}",
        f"五、本班已知悉：报警 {alarms}，件 {cases}" if zh else f"5. Noted in this shift: alarms {alarms}, cases {cases}",
        "",
        f"快照 {snapshot}" if zh else f"snapshot {snapshot}",
    ]
    return "\n".join(rows)


def _alarm_lines(watch: Watch, city: City, lang: Lang) -> list[str]:
    out = []
    for a in watch.alarms:
        state = f"[{w.UNSEEN(lang)}]"
        if a.seen is not None:
            note = f"：{a.seen.note}" if lang == "zh" and a.seen.note else f": {a.seen.note}" if a.seen.note else ""
            state = f"[{NOTED(lang)} {role_name(a.seen.role, lang)} {clock(a.seen.at_ms, city.profile.zone)}{note}]"
        out.append(f"{a.told.rank}. {a.told.title} {state}")
    return out or [Text(zh="没有", en="none")(lang)]


def _case_line(case: Values, now_ms: int, city: City, lang: Lang) -> str:
    profile = city.profile
    what = names(profile.categories, lang).get(case["category"], "")
    where = city.scope_name(case["place"])(lang) if case["place"] else ""
    stage = names(profile.stages, lang).get(case["stage"], "")
    department = names(profile.departments, lang).get(case["department"], "")
    due, over = clock(case["due_at"], profile.zone), duration((now_ms - case["due_at"]) / HOUR_MS, lang)
    if case["due_at"] < now_ms:
        ends = f"已超期 {over}" if lang == "zh" else f"overdue {over}"
    else:
        ends = f"{due} 到期" if lang == "zh" else f"due {due}"
    return ("　" if lang == "zh" else "  ").join(x for x in (case["case_number"], what, where, stage, department, ends) if x)
