"""The page of the alarms: those that stand, each with a form to shelve it, and how good the day's alarms are."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from data.access.roles import ROLE_NAMES
from data.alarms.life import Life
from data.alarms.quality import FLOOD, IN_TIME_MS, MANAGEABLE_PER_HOUR, STALE_MS, TOP, Quality
from data.city.city import City
from data.text import Lang, Text
from layouts.html.markup import Div, Node, P, to_html
from layouts.html.plain import field, post, send, table
from layouts.text.alarm_life import moment, name_of
from layouts.text.formats import decimal, share

STANDING = Text(zh="现有报警", en="Alarms")
QUALITY = Text(zh="近 24 小时报警质量", en="Alarm quality, last 24 hours")
HEADS = (Text(zh="报警", en="Alarm"), Text(zh="级别", en="Level"), Text(zh="自", en="Since"), Text(zh="搁置", en="Shelved"))
FIGURES = (Text(zh="指标", en="Figure"), Text(zh="数", en="Value"), Text(zh="参照", en="Reference"))
KINDS = {
    "stage": Text(zh="{name}积压", en="backlog at {name}"),
    "area": Text(zh="{name}超期", en="lateness in {name}"),
    "here": Text(zh="{name}超期", en="lateness in {name}"),
    "category": Text(zh="{name}诉求", en="demand for {name}"),
    "department": Text(zh="{name}办结", en="completion at {name}"),
    "channel": Text(zh="{name}迟到", en="silence of {name}"),
}
LEVELS = {True: Text(zh="须处置", en="act"), False: Text(zh="须留意", en="watch")}
NONE = Text(zh="没有报警", en="No alarm")
UNTIL = Text(zh="至 {at} · {who} · {reason}", en="until {at} · {who} · {reason}")
REASON, HOURS = Text(zh="原因", en="Reason"), Text(zh="小时", en="Hours")
SHELVE, BACK = Text(zh="搁置", en="Shelve"), Text(zh="恢复", en="Put back")
RATE = Text(zh="每小时报警", en="Alarms an hour")
RATE_REF = Text(zh="EEMUA 191：至多 {n}", en="EEMUA 191: at most {n}")
BUSIEST = Text(zh="最密的十分钟", en="Busiest ten minutes")
BUSIEST_REF = Text(zh="多于 {n} 条为泛滥", en="more than {n} are a flood")
ACT = Text(zh="须处置所占", en="Share at level act")
ACT_REF = Text(zh="EEMUA 191：约 5%", en="EEMUA 191: about 5 %")
STALE, STALE_REF = Text(zh="陈旧", en="Stale"), Text(zh="持续超过 {h} 小时", en="standing for over {h} h")
CHATTERING = Text(zh="抖动", en="Chattering")
CHATTERING_REF = Text(zh="一天内出现三次以上", en="came three times or more in the day")
SHELVED, SHELVED_REF = Text(zh="已搁置", en="Shelved"), Text(zh="到时自动恢复", en="put back at their end")
TOP_SHARE = Text(zh="前十报警所占", en="Share of the ten most frequent")
TOP_REF = Text(zh="ISA-18.2：宜在 5% 以下；总数少时必然高", en="ISA-18.2: below 5 %; high where there are few")
IN_TIME = Text(zh="按时知悉", en="Acknowledged in time")
IN_TIME_REF = Text(zh="须处置 {act} 分内，须留意 {watch} 分内", en="act within {act} min, watch within {watch} min")


def alarms_html(lives: list[Life], found: Quality, now_ms: int, city: City, lang: Lang, may_shelve: bool, said: str = "") -> str:
    """``lives``: the alarms of the viewer's area, shelved ones too; ``said``: what was done just now."""
    zone = city.profile.zone
    rows = [
        [
            called(life, city, lang),
            LEVELS[life.act](lang),
            moment(life.began_ms, now_ms, zone, lang),
            _shelf(life, now_ms, zone, lang, may_shelve),
        ]
        for life in sorted(lives, key=lambda x: (x.shelved_until is not None, not x.act, x.began_ms))
    ]
    heads = [h(lang) for h in HEADS]
    parts: list[Node] = [
        *([Div([said], className="desk-said")] if said else []),
        table(STANDING(lang), heads, rows) if rows else P(NONE(lang)),
        table(QUALITY(lang), [h(lang) for h in FIGURES], _figures(found, lang)),
    ]
    return to_html(Div(parts))


def called(life: Life, city: City, lang: Lang) -> str:
    """``核查积压``, ``backlog at Inspect``."""
    name = name_of(life.kind, life.code, life.scope, city, lang)
    return KINDS[life.kind](lang).format(name=name) if life.kind in KINDS else name


def _shelf(life: Life, now_ms: int, zone: ZoneInfo, lang: Lang, may_shelve: bool) -> Node:
    if life.shelved_until is None:
        parts: list[Node] = [
            field(REASON(lang), "reason", "", maxlength="200", required=True),
            field(HOURS(lang), "hours", "2", "number", min="1", max="12"),
            send(SHELVE(lang)),
        ]
        return post("/desk/alarms/shelve", parts, lang, subject=life.subject) if may_shelve else ""
    role = ROLE_NAMES.get(life.shelved_by)
    until = datetime.fromtimestamp(life.shelved_until / 1000, zone)
    words = UNTIL(lang).format(at=f"{until:%H:%M}", who=role(lang) if role else life.shelved_by, reason=life.shelve_reason)
    ways: list[Node] = [post("/desk/alarms/unshelve", [send(BACK(lang))], lang, subject=life.subject)] if may_shelve else []
    return Div([words, *ways])


def _figures(q: Quality, lang: Lang) -> list[list[Node]]:
    minutes = {k: v // 60_000 for k, v in IN_TIME_MS.items()}
    return [
        [RATE(lang), decimal(q.per_hour), RATE_REF(lang).format(n=f"{MANAGEABLE_PER_HOUR:g}")],
        [BUSIEST(lang), str(q.busiest), BUSIEST_REF(lang).format(n=FLOOD)],
        [ACT(lang), share(100 * q.act_share), ACT_REF(lang)],
        [STALE(lang), str(q.stale), STALE_REF(lang).format(h=STALE_MS // 3_600_000)],
        [CHATTERING(lang), str(q.chattering), CHATTERING_REF(lang)],
        [SHELVED(lang), str(q.shelved), SHELVED_REF(lang)],
        [TOP_SHARE(lang), share(100 * q.top_share), TOP_REF(lang).format(n=TOP)],
        [IN_TIME(lang), share(100 * q.in_time), IN_TIME_REF(lang).format(**minutes)],
    ]
