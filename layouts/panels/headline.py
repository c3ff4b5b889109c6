"""One sentence and three exceptions, each with its owner and handling state, before any chart."""

from __future__ import annotations

from datetime import UTC, datetime

from data.access.acknowledgements import Seen
from data.city.city import City
from data.city.shifts import at_night
from data.metrics.wall.exceptions import SHOWN
from data.text import Lang, Text
from layouts.html.marks import badge, data, spark, text
from layouts.html.markup import Div, Node, Span, Svg
from layouts.panels.acknowledged import noted_word, seen_of
from layouts.panels.panel import Panel, Reading
from layouts.text.alarm_life import also_said
from layouts.text.exceptions import Told, tell
from layouts.text.formats import UNCLAIMED, closed_log, date_line, decimal, known
from layouts.text.headline import Piece, headline
from layouts.text.rows import records

NO_USUAL = Text(zh="往常尚无可比，未作异常判断。", en="There is no usual to compare with yet.")
CALM = Text(zh="没有一处超出往常到需要处置。", en="Nothing is far enough from its usual to need action.")
HISTORIC = Text(zh="历史数据，止于 {day}：", en="Historic data, ending {day}: ")
LAST_HOUR = Text(zh="近一小时：{first} → {last}", en="last hour: {first} → {last}")
#: Fewer values than this make no line.
LEAST_TRAIL = 5
UNREAD = Text(zh="今日尚无可说的读数。", en="There is nothing to say about today yet.")


def figure(reading: Reading, city: City, lang: Lang) -> Node:
    """The headline's clauses, then the exceptions with the badges repeated on the map and the stages."""
    told = tell(reading.also.get("exceptions"), reading.also, city, lang, reading.scope, reading.as_of_ms)
    there = [t for t in told if not t.clearing]
    night = not closed_log(city) and at_night(_instant(reading.as_of_ms), city.profile.zone, city.profile.alarms.night)
    clauses = headline(reading.frame, there, lang, night)
    if closed_log(city) and clauses:
        clauses = _ended(clauses, reading, city, lang)
    if not clauses:
        return Div(Div(UNREAD(lang), className="hl-says"), className="headline")
    act = bool(there) and there[0].severity == "act"
    says = Div([_piece(words, marked, act) for clause in clauses for words, marked in clause], className="hl-says")
    calm = CALM if any(known(r["usual"]) for r in records(reading.frame)) else NO_USUAL
    seen = seen_of(reading.also.get("exceptions"), reading.noted, reading.scope)
    rest: list[Node] = [_exception(t, seen.get(t.rank), city, lang) for t in told] or [Div(calm(lang), className="hl-calm")]
    if len(told) < SHOWN:
        said = also_said(reading.resolved, reading.also, reading.as_of_ms, city, lang)
        rest.append(Div([_also(*words) for words in said[: SHOWN + 1 - len(told)]], className="hl-also"))
    return Div([says, Div(rest, className="hl-list")], className="headline")


def _ended(clauses: list[list[Piece]], reading: Reading, city: City, lang: Lang) -> list[list[Piece]]:
    """For a closed log, begins with its end date, lest its last day be taken for today."""
    begins = (HISTORIC(lang).format(day=date_line(reading.as_of_ms, city.profile.zone, lang)[:10]), False)
    if lang == "zh":
        then = [[(w.replace("今天", "当时").replace("今日", "当日"), m) for w, m in c] for c in clauses]
        return [[begins], *then]
    (first, marked), *rest = clauses[0]
    return [
        [begins],
        [(first[:1].lower() + first[1:], marked), *rest],
        *[[(w.replace(" today", ""), m) for w, m in c] for c in clauses[1:]],
    ]


def _piece(words: str, marked: bool, act: bool) -> Span:
    kind = (" hl-mark act" if act else " hl-mark") if marked else ""
    return Span(words, className="hl-piece" + kind)


def _instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _also(heading: str, words: str) -> Div:
    return Div([text(heading, "hl-also-head"), text(words, "hl-also-text")], className="hl-also-row")


def _exception(told: Told, seen: Seen | None, city: City, lang: Lang) -> Div:
    taken = seen is not None and not told.clearing and told.state == UNCLAIMED(lang)
    state = text(noted_word(seen, city, lang), "exc-state noted") if seen and taken else text(told.state, "exc-state")
    began: list[Node] = [text(told.since, "exc-since")] if told.since else []
    trail: list[Node] = [_trail(told, lang)] if len(told.trail) >= LEAST_TRAIL else []
    return Div(
        [
            badge(told.rank, told.severity),
            Div(
                [
                    Span(told.title, className="exc-title", role="button", tabIndex="0", **{"aria-haspopup": "menu"}),
                    text(told.text, "exc-text"),
                    Div(
                        [text(told.owner, "exc-owner"), *trail, Span([*began, state], className="exc-life")], className="exc-foot"
                    ),
                ],
                className="exc-body",
            ),
        ],
        className=f"exc {told.severity}" + (" clearing" if told.clearing else ""),
        **data(lead=told.cases, place=told.place),
    )


def _trail(told: Told, lang: Lang) -> Svg:
    """The last hour, a value a minute."""
    alt = LAST_HOUR(lang).format(first=decimal(told.trail[0]), last=decimal(told.trail[-1]))
    return spark(told.trail[:-1], told.trail[-1], None, None, told.severity == "act", alt)


PANEL = Panel(
    id="headline",
    title=Text(zh="此刻", en="Now"),
    unit=Text(zh="", en=""),
    definition=Text(
        zh="一句话与至多三处例外。例外按须处置、须留意排列，再按偏离往常的标准化幅度排列；"
        "往常为前八个同星期日的此时（中位与预测区间，五数各 98.5%，其余 95%）。",
        en="One sentence and at most three exceptions: those to act on first, then by standardised distance from "
        "the usual, "
        "which is the last eight same weekdays at this time (median and predictive interval: 98.5 % for each of the five "
        "figures, 95 % elsewhere).",
    ),
    metric="headline",
    figure=figure,
    head=False,
    draws=frozenset(),  # its sentences omit unknown values
    noted=("alarm",),
    also=("exceptions", "stage_backlog", "grid_heat", "department_response", "category_top", "channel_mix", "deadlines"),
)
