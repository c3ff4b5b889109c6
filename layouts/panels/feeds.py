"""The foot strip: each channel with the age of its newest report (updated in the browser); a silent one is marked."""

from __future__ import annotations

from data.city.city import City
from data.text import Lang, Text
from data.types.records import Record
from layouts.html.marks import data, nothing, text
from layouts.html.markup import Div, Node, Span
from layouts.panels.panel import Panel, Reading
from layouts.text.formats import clock, known, number
from layouts.text.rows import names, records

LATE = Text(zh="迟到", en="late")
NEVER = Text(zh="未闻", en="unheard")
CITYWIDE = Text(zh="{whole}来报", en="whole {whole}")
NO_FEED = Text(zh="没有登记任何渠道", en="No channel is configured")


def figure(reading: Reading, city: City, lang: Lang) -> Node:
    """Depends only on the newest report of each channel, so that the strip is redrawn only when a report arrives."""
    rows = records(reading.frame)
    if not rows:
        return nothing(NO_FEED, lang)
    called = names(city.profile.channels, lang)
    order = [c.code for c in city.profile.channels]
    rows.sort(key=lambda r: order.index(str(r["channel"])) if str(r["channel"]) in order else len(order))
    whose: list[Node] = [text(CITYWIDE(lang).format(whole=city.profile.city.whole(lang)), "feeds-whose")] if reading.scope else []
    return Div([*whose, *[_feed(r, called, city, lang) for r in rows]], className="feeds")


def is_late(row: Record) -> bool:
    """Whether the channel of this row of ``channel_mix`` has been silent for longer than it ever should be."""
    return bool(row["silent"]) if known(row["silent"]) else False


def is_unheard(row: Record) -> bool:
    """Whether nothing of it has come within the time that is searched: it is neither late nor in order."""
    return not is_late(row) and not _heard(row)


def _heard(row: Record) -> bool:
    return known(row["newest_ms"]) and number(row["newest_ms"]) >= 0


def _feed(row: Record, called: dict[str, str], city: City, lang: Lang) -> Div:
    silent = is_late(row)
    age: Node = text(NEVER(lang), "age")
    if _heard(row):
        newest = number(row["newest_ms"])
        age = Span(clock(newest, city.profile.zone), className="age", **data(since_ms=int(newest)))
    code = str(row["channel"])
    parts: list[Node] = [Span(className="mark half" if silent else "mark ring"), text(called.get(code, code), "feed-name")]
    if silent:
        parts.append(text(LATE(lang), "feed-word"))
    return Div([*parts, age], className="feed silent" if silent else "feed")


PANEL = Panel(
    id="feeds",
    title=Text(zh="各路来报", en="Feeds"),
    unit=Text(zh="", en=""),
    definition=Text(
        zh="各渠道最近一件（全市）距今多久；超过约定间隔两倍（且在其通常来报的钟点内）记为迟到。",
        en="How long ago each channel was last heard anywhere in the city; late after twice its expected interval, "
        "within hours in which "
        "it usually reports.",
    ),
    metric="channel_mix",
    figure=figure,
    head=False,
)
