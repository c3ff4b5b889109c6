"""Today's reports by channel against the usual for this time of day; a silent channel is marked."""

from __future__ import annotations

from data.city.city import City
from data.text import Lang, Text
from data.types.records import Record
from layouts.html.marks import bar, data, nothing, text
from layouts.html.markup import Div, Node, Span
from layouts.panels.panel import Panel, Reading
from layouts.text.formats import clock, count, known, number
from layouts.text.rows import names, records

SILENT = Text(zh="迟到", en="late")
NOTHING_HERE = Text(zh="今日尚无本地来件；0 件是真数", en="Nothing from here today; the 0 is real")
NONE_IN_TOWN = Text(zh="本镇暂无来件", en="nothing from here yet")
NONE_IN_CELL = Text(zh="本网格暂无来件", en="nothing from here yet")
NO_REPORT = Text(zh="今日尚无任何渠道上报；0 件是真数", en="No channel has reported today; the 0 is real")


def figure(reading: Reading, city: City, lang: Lang) -> Node:
    """One row per channel, in the order of the metric; all bars share one scale, up to the largest usual or present value."""
    rows = records(reading.frame)
    if not rows:
        return nothing(NO_REPORT, lang)
    called = names(city.profile.channels, lang)
    seen = [number(r[k]) for r in rows for k in ("n", "usual_high") if known(r[k])]
    top = max(seen, default=0.0) * 1.02
    none_here = nothing_here(reading.scope, city, lang)
    if none_here and all(number(r["n"]) == 0 for r in rows):
        return nothing(NOTHING_HERE, lang)
    return Div([_row(r, called, top, none_here, city, lang) for r in rows], className="bars channels")


def nothing_here(scope: str, city: City, lang: Lang) -> str:
    """What to say of a channel of which nothing came to this part of the city today; "" for the whole city."""
    level = city.scope_of(scope)[0]
    return "" if level == 0 else (NONE_IN_TOWN if level == 1 else NONE_IN_CELL)(lang)


def _row(row: Record, called: dict[str, str], top: float, none_here: str, city: City, lang: Lang) -> Div:
    silent = bool(row["silent"]) if known(row["silent"]) else False
    graph: list[Node] = [bar(row["n"], row["usual_low"], row["usual_high"], row["usual"], top)]
    if silent:
        heard = clock(row["newest_ms"], city.profile.zone)
        age = (
            Span(heard, className="age", **data(since_ms=int(number(row["newest_ms"]))))
            if (known(row["newest_ms"]) and number(row["newest_ms"]) >= 0)
            else heard
        )
        graph.append(Span([Span(className="mark half"), text(SILENT(lang) + " ", "bars-word"), age], className="bars-late"))
    elif none_here and known(row["n"]) and number(row["n"]) == 0:
        graph = [text(none_here, "bars-none")]  # in place of the bar: words over a band cannot be read
    code = str(row["channel"])
    return Div(
        [text(called.get(code, code), "bars-name"), text(count(row["n"]), "bars-n num"), Div(graph, className="bars-graph")],
        className="bars-row silent" if silent else "bars-row",
    )


PANEL = Panel(
    id="channel_mix",
    title=Text(zh="今日上报渠道", en="Channels today"),
    windowed=Text(zh="上报渠道", en="Channels"),
    unit=Text(zh="件 · 对往常此时", en="cases · against the usual by now"),
    definition=Text(
        zh="今日至此按渠道上报件数；亮条为今日，竖线为前八个同星期日此时的中位，深带为由其得出的 95% 预测区间。"
        "全市超过约定间隔两倍未闻者记为迟到;某镇街无来件不算迟到。",
        en="Reports so far today by channel: bright bar today, tick the median of the last eight same "
        "weekdays by now, dark band the 95 % predictive interval from them. "
        "A channel unheard in the whole city for twice its expected interval is late; a quiet town is not.",
    ),
    metric="channel_mix",
    figure=figure,
    empty=lambda reading: len(reading.frame) == 0,
)
