"""Freshness of the kiosk's data: the result of the last refresh, the age of the data, late feeds."""

from __future__ import annotations

from data.city.city import City
from data.kiosk.queues import lacking
from data.kiosk.refresh import Refreshed
from data.text import Lang, Text
from layouts.html.marks import data
from layouts.html.markup import Div, Node, P, Span
from layouts.kiosk import words as w
from layouts.kiosk.chips import ends_known
from layouts.kiosk.shift import Feeds
from layouts.kiosk.words import told
from layouts.text.formats import NONE, clock, count

SINCE = Text(zh="{at} 起计", en="Counting since {at}")
ASK = Text(zh="按“刷新”看此后的变化", en="refresh to see what changed since")
UPDATED = Text(zh="{at} 已更新，{n} 条变化", en="Updated {at}, {n} changes")
UPDATED_ONE = Text(zh=UPDATED.zh, en="Updated {at}, {n} change")
MARKED = Text(zh="下方以“新”标出", en="marked “new” below")
SHARED = Text(zh="各屏共用", en="for all kiosks")


def refreshed(found: Refreshed, city: City, lang: Lang) -> Node:
    """``10:42:07 已更新，3 条变化``, the changes, and the time until the next refresh is allowed."""
    lacks = lacking(city)
    at, changes = clock(found.at_ms, city.profile.zone, seconds=True), found.changes
    if changes is None:
        says = SINCE(lang).format(at=at)
        what: list[Node] = [Span(ASK(lang))]
    else:
        says = (UPDATED_ONE if changes.total == 1 else UPDATED)(lang).format(at=at, n=count(changes.total))
        what = [
            Span(f"{words(lang)} {count(k)}")
            for words, k, always in (
                (w.NEWLY["overdue"], changes.overdue, "overdue" not in lacks),
                (w.NEWLY["soon"], changes.soon, "soon" not in lacks),
                (w.NEWLY["returned"], changes.returned, False),
                (w.NEWLY["settled"], changes.settled, ends_known(lacks)),
                (w.NEWLY["gone"], changes.gone, False),
            )
            if k or always
        ]
        if changes.fresh:
            what.append(Span(MARKED(lang), className="k-hint"))
    cool = Div([Span(className="k-cool-time", **data(wait_ms=found.wait_ms)), Span(SHARED(lang))], className="k-cool")
    said = [P(says, className="k-refreshed-says"), P(what, className="k-refreshed-what")]
    return [Div(said, className="k-refreshed-words"), cool]


def feet(snapshot: str, checked_ms: int, feeds: Feeds | None, lang: Lang) -> list[Node]:
    """The snapshot, the age of the data, the feeds that are late or were not heard at all."""
    left: list[Node] = [
        Span([Text(zh="快照", en="snapshot")(lang), " ", snapshot or NONE]),
        Span([Text(zh="数据", en="data")(lang), " ", Span(id="k-age", **data(checked_ms=checked_ms))]),
    ]
    if feeds is None:
        return [*left, Span(w.FEEDS_UNKNOWN(lang))]
    if feeds.late:
        left.append(Span([Span(className="mark half"), feeds.say_late(lang)], className="k-late"))
    if feeds.unheard:
        left.append(Span([Span(className="mark ring"), feeds.say_unheard(lang)]))
    if feeds.heard:
        fine = w.FEEDS_FINE if feeds.late or feeds.unheard else w.ALL_FINE
        left.append(Span(told(fine, lang, n=feeds.heard)))
    return left
