"""One case as a timeline of its visits with their limits and the platform's log entries between them; names no person."""

from __future__ import annotations

from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from data.city.city import City
from data.drill.views.cases.case import Case
from data.text import Lang, Text
from data.types.records import Record
from layouts.analyst.case_scale import strip
from layouts.analyst.context import STATES, UNLOCATED
from layouts.text.formats import NONE, clock, count, date_line, duration, number
from layouts.text.rows import records

ACTIONS = {
    "enter": Text(zh="进入", en="entered"),
    "start": Text(zh="开始", en="started"),
    "complete": Text(zh="完成", en="completed"),
    "return": Text(zh="退回", en="sent back"),
    "fail": Text(zh="未通过", en="failed"),
    "defer": Text(zh="缓办：时钟停", en="deferred: the clock stands"),
    "resume": Text(zh="恢复计时", en="resumed"),
    "extend": Text(zh="延期", en="extended"),
    "cancel": Text(zh="作废", en="cancelled"),
    "merge": Text(zh="并案", en="merged"),
    "escalate": Text(zh="督办", en="escalated"),
}
#: Actions that affect how the case is judged, and the style of their mark.
_MARKED = {"return": "watch", "fail": "watch", "defer": "pause", "resume": "pause", "extend": "watch", "escalate": "act"}
MISSING = {
    "away": Text(
        zh="平台日志此刻读不到，仅列出各环节停留", en="The platform's log cannot be read now; only the visits are shown"
    ),
    "none": Text(
        zh="平台日志没有这一案件的记录，仅列出各环节停留",
        en="The platform's log holds nothing of this case; only the visits are shown",
    ),
}
OTHER_ACTION = Text(zh="其他动作", en="another action")
TITLE = Text(zh="案件 {number}", en="Case {number}")
#: Labels of the case's facts.
FACTS = {
    "category": Text(zh="类别", en="Category"),
    "channel": Text(zh="渠道", en="Channel"),
    "area": Text(zh="位置", en="Area"),
    "department": Text(zh="部门", en="Department"),
    "stage": Text(zh="环节", en="Stage"),
    "reported": Text(zh="上报", en="Reported"),
    "due": Text(zh="时限", en="Due"),
    "ended": Text(zh="结束", en="Ended"),
    "returned": Text(zh="退单 / 返工", en="Sent back / reworked"),
}
NONE_YET = Text(zh="尚无部门", en="none yet")
LATE = Text(zh="{outcome}，超期 {over}", en="{outcome}, {over} late")
HUNG = Text(zh="缓办，时钟停", en="Deferred, the clock stands")
NO_LIMIT = Text(zh="在办，无时限", en="Open, without a limit")
OVERDUE, LEFT = Text(zh="已超期 {over}", en="Overdue by {over}"), Text(zh="距时限 {left}", en="{left} left")
#: Notes on a visit: its length, its limit, and whether the stage was entered before.
STAYED, STAYS = Text(zh="停留 {spent}", en="{spent} here"), Text(zh="停留 {spent}，进行中", en="{spent} here, going on")
STAGE_LIMIT, OVER_BY = Text(zh="环节时限 {at}", en="stage limit {at}"), Text(zh="，超 {over}", en=", over by {over}")
AGAIN = Text(zh="再次进入", en="entered again")
NEW_LIMIT = Text(zh="新时限 {at}", en="new limit {at}")


def title(case: Case, lang: Lang) -> str:
    return TITLE(lang).format(number=case.head["case_number"])


def html(case: Case, city: City, at: int, lang: Lang) -> str:
    """The case at the instant ``at`` (ms): its facts, the time left, and its timeline as a list."""
    h, zone = case.head, city.profile.zone
    names = {
        kind: {i.code: i.name(lang) for i in getattr(city.profile, kind)}
        for kind in ("categories", "channels", "departments", "stages")
    }
    place = " › ".join(city.scope_name(code)(lang) for code in h["places"]) or UNLOCATED(lang)
    facts = {
        "category": names["categories"].get(h["category"], NONE),
        "channel": names["channels"].get(h["channel"], NONE),
        "area": place,
        "department": names["departments"].get(h["department"], NONE_YET(lang)),
        "stage": names["stages"].get(h["stage"], NONE),
        "reported": _moment(h["reported_at"], zone, lang),
        "due": _moment(h["due_at"], zone, lang),
        "ended": _moment(h["closed_at"], zone, lang),
        "returned": f"{count(h['returns'])} / {count(h['reworks'])}",
    }
    kind, said = _state(h, at, lang)
    listed = "".join(f"<div><dt>{escape(FACTS[k](lang))}</dt><dd>{escape(v)}</dd></div>" for k, v in facts.items())
    missing = f'<p class="case-missing">{escape(MISSING[case.missing](lang))}</p>' if case.missing else ""
    return (
        f'<p class="case-state {kind}">{escape(said)}</p><dl class="case-facts">{listed}</dl>{missing}'
        f"{strip(case, city, at, lang)}"
        f'<ol class="case-line">{"".join(_steps(case, names, at, city, lang))}</ol>'
    )


def _state(h: Record, at: int, lang: Lang) -> tuple[str, str]:
    """(shape, words) of its current state."""
    if not h["is_open"] and h["closed_at"] <= at:
        word = STATES["closed"](lang) if h["outcome"] == "settled" else STATES.get(h["outcome"], STATES["closed"])(lang)
        late = h["outcome"] == "settled" and 0 <= h["due_at"] < h["closed_at"]
        over = duration((h["closed_at"] - h["due_at"]) / 3_600_000, lang)
        return ("watch", LATE(lang).format(outcome=word, over=over)) if late else ("ended", word)
    if h["is_hung"]:
        return "pause", HUNG(lang)
    if h["due_at"] < 0:
        return "open", NO_LIMIT(lang)
    left = (h["due_at"] - at) / 3_600_000
    if left < 0:
        return "act", OVERDUE(lang).format(over=duration(-left, lang))
    return ("watch" if left <= 4 else "open"), LEFT(lang).format(left=duration(left, lang))


def _steps(case: Case, names: dict[str, dict[str, str]], at: int, city: City, lang: Lang) -> list[str]:
    zone = city.profile.zone
    order = {s.code: i for i, s in enumerate(city.profile.stages)}
    entries: list[tuple[int, int, str]] = []
    for i, r in enumerate(records(case.visits)):
        left = int(r["left_at"])
        until = left if left >= 0 else at
        spent = duration((until - int(r["entered_at"])) / 3_600_000, lang)
        stage = names["stages"].get(r["stage"], NONE)
        who = names["departments"].get(r["department"], "")
        notes = [(STAYED if left >= 0 else STAYS)(lang).format(spent=spent)]
        kind = "now" if left < 0 else ""
        due = int(r["due_at"])
        if due >= 0:
            over = until > due
            beyond = OVER_BY(lang).format(over=duration((until - due) / 3_600_000, lang)) if over else ""
            notes.append(STAGE_LIMIT(lang).format(at=_moment(due, zone, lang)) + beyond)
            kind += " over" if over else ""
        if r["rework"]:
            notes.append(AGAIN(lang))
        text = (
            f"<b>{escape(stage)}</b>"
            + (f' <span class="case-who">{escape(who)}</span>' if who else "")
            + f'<span class="case-note">{escape(" · ".join(notes))}</span>'
        )
        entries.append((int(r["entered_at"]), i * 2, _entry(int(r["entered_at"]), zone, lang, "stay " + kind, text)))
    for j, r in enumerate(_told(case.log)):
        action = ACTIONS.get(r["action"])
        # an unknown action may be any text typed into the log: it is not shown
        words = escape((action or OTHER_ACTION)(lang))
        stage = names["stages"].get(r["stage"], "")
        more = [stage] if stage else []
        if number(r["due_at"]) > 0 and r["action"] in ("extend", "resume"):
            more.append(NEW_LIMIT(lang).format(at=_moment(r["due_at"], zone, lang)))
        text = f"<span>{words}</span>" + (f'<span class="case-note">{escape(" · ".join(more))}</span>' if more else "")
        entries.append(
            (
                int(r["at"]),
                10_000 + j + order.get(r["stage"], 0),
                _entry(int(r["at"]), zone, lang, "log " + _MARKED.get(r["action"], ""), text),
            )
        )
    return [text for _, _, text in sorted(entries, key=lambda e: e[:2])]


def _told(log: pd.DataFrame) -> list[Record]:
    """Log entries that the visits do not already show: entering a stage is a visit."""
    return [] if log.empty else records(log[log["action"] != "enter"])


def _entry(at: int, zone: ZoneInfo, lang: Lang, kind: str, text: str) -> str:
    day = escape(date_line(at, zone, lang).rsplit(" ", 1)[0][5:])
    return f'<li class="{kind.strip()}"><time>{day} {escape(clock(at, zone, seconds=True))}</time><div>{text}</div></li>'


def _moment(at: Any, zone: ZoneInfo, lang: Lang) -> str:
    x = number(at)
    return f"{date_line(x, zone, lang)} {clock(x, zone)}" if x > 0 else NONE
