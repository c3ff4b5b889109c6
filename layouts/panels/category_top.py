"""The busiest categories of the window, each against its usual; sensitive ones only as one masked row."""

from __future__ import annotations

from data.city.city import City
from data.query.seasonal import above
from data.text import Lang, Text
from data.types.records import Record
from layouts.html.marks import bar, nothing, text
from layouts.html.markup import Div, Node, Span
from layouts.panels.panel import Panel, Reading
from layouts.text.formats import TRIANGLE_UP, count, decimal, known, number, windowed
from layouts.text.rows import names, records

SHOWN = 6
SENSITIVE = Text(zh="敏感类上周", en="Sensitive last week")
UNKNOWN = Text(zh="类别不明", en="not known")
LATE = Text(zh="超期 {share}%", en="late {share}%")
FEW = Text(zh="<5", en="<5")
#: for a town: a number of five or more may be withheld too, so that another cannot be derived from the total
WITHHELD = Text(zh="<5 或隐去", en="<5/hidden")
NO_REPORT = Text(zh="{window}没有上报；0 件是真数", en="No report in the {window}; the 0 is real")


def figure(reading: Reading, city: City, lang: Lang) -> Node:
    """The first rows by number of reports; the number of further ones is given."""
    rows = records(reading.frame)
    if not rows:
        return nothing(windowed(NO_REPORT, city, "category_top"), lang)
    called = names(city.profile.categories, lang)
    # the sensitive total always has a place: it covers another week, so it is not ranked by its number
    sensitive = [r for r in rows if r["category"] == "sensitive"][:1]
    shown = [r for r in rows if r["category"] != "sensitive"][: SHOWN - len(sensitive)] + sensitive
    shown = [r for r in shown if r["category"] != "?" or number(r["n"]) > 0]
    seen = [number(r[k]) for r in shown for k in ("n", "usual_high") if known(r[k])]
    top = max(seen, default=0.0) * 1.02
    hidden = (WITHHELD if reading.scope else FEW)(lang)
    return Div([_row(r, called, top, hidden, lang) for r in shown], className="bars categories")


def _row(row: Record, called: dict[str, str], top: float, hidden: str, lang: Lang) -> Div:
    code = str(row["category"])
    masked = bool(row.get("masked", False))
    name = SENSITIVE(lang) if code == "sensitive" else UNKNOWN(lang) if code == "?" else called.get(code, code)
    high = above(number(row["n"]), number(row["usual_high"]))
    graph: list[Node] = [bar(row["n"], row["usual_low"], row["usual_high"], row["usual"], top)]
    if known(row["late_share"]):
        graph.append(text(LATE(lang).format(share=decimal(row["late_share"])), "bars-note"))
    figures: list[Node] = [hidden if masked else count(row["n"])]
    if high:
        figures.insert(0, text(TRIANGLE_UP, "tri"))
    shown = [Span(figures, className="bars-n num"), Div(graph, className="bars-graph")]
    return Div(
        [text(name, "bars-name"), *([Span(figures, className="bars-n num masked")] if masked else shown)],
        className="bars-row above" if high else "bars-row",
    )


PANEL = Panel(
    id="category_top",
    title=Text(zh="热点类别", en="Categories"),
    unit=Text(zh="件 · {window} · 对往常", en="cases · {window} · against the usual"),
    definition=Text(
        zh="{window}按类别上报件数，从多到少列前 6 类；竖线为此前八段同长时间的均值，深带为由其得出的 95% 预测区间；"
        "▲ 为高于该区间（5 件起判）。敏感类别不逐项列出："
        "只在市、镇街合计上一整周（周一至周日），"
        "周末后 24 小时起显示，五件一批，不足 5 件不显示。",
        en="Reports of the {window} by category, the 6 largest; tick the mean of the eight windows before, "
        "dark band the 95 % predictive interval from them, ▲ above it (from 5 cases on). "
        "Sensitive categories are one row, at city and town level only: the last calendar week, from 24 hours after "
        "its end, in batches of five, masked below 5.",
    ),
    metric="category_top",
    figure=figure,
)
