"""Five key figures, each with its verdict, its usual and 14 days at this same hour on the usual band."""

from __future__ import annotations

from data.city.city import City
from data.query.needs import lost, not_mapped
from data.text import Lang, Text
from data.types.records import Record
from layouts.html.marks import nothing, spark, text, verdict_mark
from layouts.html.markup import Div, Node, Span
from layouts.panels.panel import Panel, Reading
from layouts.text.formats import NONE, WITHOUT, closed_log, count, decimal, known, number, usual_parts
from layouts.text.rows import records

#: kpi -> name, unit, decimals, the worrying direction
KPIS: dict[str, tuple[Text, Text, int, int]] = {
    "reported": (Text(zh="今日上报", en="Reported today"), Text(zh="件", en=""), 0, 1),
    "closed": (Text(zh="今日结案", en="Closed today"), Text(zh="件", en=""), 0, -1),
    "open": (Text(zh="在办", en="Open now"), Text(zh="件", en=""), 0, 1),
    "overdue": (Text(zh="超期未结", en="Overdue, open"), Text(zh="件", en=""), 0, 1),
    "on_time": (Text(zh="按期结案率", en="Closed on time"), Text(zh="%", en="%"), 1, -1),
}
#: for a closed log, whose last day is not today
LAST_DAY: dict[str, Text] = {
    "reported": Text(zh="当日上报", en="Reported that day"),
    "closed": Text(zh="当日结案", en="Closed that day"),
    "open": Text(zh="当时在办", en="Open then"),
    "overdue": Text(zh="当时超期", en="Overdue then"),
}
#: Of fewer cases no share is printed, but the cases.
FEW, CASES = 10, Text(zh="件", en="cases")
FORTNIGHT = Text(zh="此前 14 天", en="14 days")
NOT_READ = Text(zh="尚无读数", en="No reading yet")


def figure(reading: Reading, city: City, lang: Lang) -> Node:
    """Five cells in the order of the metric; an unknown value is an en dash without a verdict."""
    rows = [r for r in records(reading.frame) if str(r["kpi"]) in KPIS]
    if not rows:
        return nothing(NOT_READ, lang)
    named = LAST_DAY if closed_log(city) else {}
    # below town level no total counts sensitive cases, which is noted in place of the first figure's dates
    left_out = any(c.sensitive for c in city.profile.categories) and city.scope_of(reading.scope)[0] >= 2
    said = WITHOUT if left_out else FORTNIGHT
    return Div(
        [
            _cell(row, lang, said(lang) if i == 0 else "", named, _missing(reading, str(row["kpi"]), lang))
            for i, row in enumerate(rows)
        ],
        className="kpis",
    )


def _missing(reading: Reading, kpi: str, lang: Lang) -> str:
    return not_mapped(lost(r for r in reading.lacks if r.is_whole or kpi in r.rows), lang)


def _cell(row: Record, lang: Lang, note: str, named: dict[str, Text], missing: str) -> Div:
    """``note``: text at its foot; ``missing``: what is not mapped, in place of the number."""
    name, unit, digits, worry = KPIS[str(row["kpi"])]
    name = named.get(str(row["kpi"]), name)
    if missing:
        said = [Div(text(name(lang), "kpi-name"), className="kpi-top"), Div(text(missing, "kpi-missing"), className="kpi-mid")]
        return Div(said, className="kpi unmapped")
    value, low, high = row["value"], row["usual_low"], row["usual_high"]
    history = row["history"]
    past = list(history) if isinstance(history, list | tuple) or hasattr(history, "__len__") else []
    bad = number(row["verdict"]) == worry
    alt = f"{name(lang)}: " + " ".join(decimal(v, digits) for v in [*past, value])
    divided = known(row["denominator"])  # its denominator is printed instead of the usual's range, which is drawn
    base, reach = usual_parts(row["usual"], None if divided else low, None if divided else high, lang, digits)
    foot: list[Node] = [Span([base, text(reach, "kpi-range")], className="kpi-usual")]
    if divided:
        foot.append(text(f"{count(row['numerator'])} ÷ {count(row['denominator'])}", "kpi-of"))
    elif note:
        foot.append(text(note, "kpi-of"))
    shown, few = decimal(value, digits), divided and 0 < number(row["denominator"]) < FEW
    if few:  # 4 of 5 are no 80.0 %
        shown, unit, foot = f"{count(row['numerator'])}/{count(row['denominator'])}", CASES, foot[:1]
    return Div(
        [
            Div(
                [text(name(lang), "kpi-name"), verdict_mark(row["verdict"] if known(value) else None, lang, worry)],
                className="kpi-top",
            ),
            Div(
                [
                    Span([text(shown, "num"), text(unit(lang) if shown != NONE else "", "unit")], className="kpi-value"),
                    spark(past, value, low, high, bad, alt),
                ],
                className="kpi-mid",
            ),
            Div(foot, className="kpi-foot"),
        ],
        className="kpi",
    )


PANEL = Panel(
    id="kpi_row",
    title=Text(zh="今日五数", en="Five numbers of today"),
    unit=Text(zh="件", en="cases"),
    definition=Text(
        zh="今日上报、今日结案、在办、超期未结与按期结案率；往常 = 前八个同星期日此时的中位（98.5% 预测区间：日子如常时，"
        "五数中任一数落在带外的机会合计不超过 15%）；今日与往常都不足 5 件的不判高低；"
        "按期结案率 = 今日按期结案 ÷（今日结案 + 今日到期仍未结），只计有时限、且结案不早于上报的件。",
        en="Reported and closed today, open now, overdue and open, closed on time. Usual = median of the last eight "
        "same weekdays "
        "at this time (98.5 % predictive interval, the drawn band: on a day like those any of the five lies outside with a "
        "chance of at most 15 %); under 5 cases today and usually, no verdict. "
        "On time = closed in time today ÷ (closed today + open cases whose limit passed "
        "today), of the cases that have a limit and were not closed before their report.",
    ),
    metric="headline",
    figure=figure,
    head=False,
    says_itself=True,
)
