"""Throughput: cases, how many ended, how long they took, how many deadlines were met, out of how many."""

from __future__ import annotations

from data.city.city import City
from data.query.needs import lost, not_mapped
from data.text import Lang, Text
from layouts.html.marks import nothing, percent, text
from layouts.html.markup import Div, Node, Span
from layouts.panels.panel import Panel, Reading
from layouts.text.formats import NONE, count, decimal, duration, known, number
from layouts.text.rows import records

NO_CASE = Text(zh="窗口内没有案件；0 件是真数", en="No case in the window; the 0 is real")
CASES = Text(zh="案件", en="Cases")
CLOSED = Text(zh="已办结", en="Ended")
OPEN = Text(zh="未结", en="Open")
MEDIAN = Text(zh="历时中位", en="Median length")
MEAN = Text(zh="历时平均", en="Mean length")
WITHIN = Text(zh="限 {length} 以内", en="within {length}")
MET = Text(zh="按限完成", en="Deadlines met")
WITHOUT = Text(zh="无结束记录", en="without an end")


def figure(reading: Reading, city: City, lang: Lang) -> Node:
    """Six numbers with their denominators; durations in natural time."""
    rows = records(reading.frame)
    if not rows or not known(rows[0]["cases"]) or number(rows[0]["cases"]) == 0:
        return nothing(NO_CASE, lang)
    row = rows[0]
    of = number(row["deadline_cases"])
    met = number(row["deadline_met"])
    share = 100 * met / of if of > 0 else float("nan")
    ended = number(row["closed"])
    without = number(row["without_end"])
    lacks = {
        c: not_mapped(lost(r for r in reading.lacks if r.is_whole or c in r.columns), lang)
        for c in ("closed", "open", "deadline_met")
    }
    cells = [
        _cell(CASES, count(row["cases"]), "", "", lang),
        _cell(CLOSED, count(ended), "", _of(ended, number(row["cases"])), lang, missing=lacks["closed"]),
        _cell(
            OPEN, count(row["open"]), "", f"{WITHOUT(lang)} {count(without)}" if without > 0 else "", lang, missing=lacks["open"]
        ),
        _cell(MEDIAN, duration(number(row["median_s"]) / 3600, lang), "", "", lang),
        _cell(MEAN, duration(number(row["mean_s"]) / 3600, lang), "", _within(number(row["mean_within_s"]), lang), lang),
        _cell(
            MET, decimal(share), "%" if known(share) else "", f"{count(met)} ÷ {count(of)}", lang, share, lacks["deadline_met"]
        ),
    ]
    return Div(cells, className="through")


def _within(seconds: float, lang: Lang) -> str:
    """The limit of a mean over cases of which some are still open: the longest time observed."""
    return WITHIN(lang).format(length=duration(seconds / 3600, lang)) if known(seconds) else ""


def _of(part: float, whole: float) -> str:
    return f"{decimal(100 * part / whole)}%" if known(part) and whole > 0 else ""


def _cell(name: Text, value: str, unit: str, foot: str, lang: Lang, share: float | None = None, missing: str = "") -> Div:
    """``missing``: what is not mapped, in place of the number."""
    if missing:
        return Div([text(name(lang), "th-name"), text(missing, "th-missing")], className="th-cell unmapped")
    parts: list[Node] = [
        text(name(lang), "th-name"),
        Span([text(value, "num"), text(unit if value != NONE else "", "unit")], className="th-value"),
        text(foot, "th-foot"),
    ]
    if share is not None and known(share):
        parts.append(Div(Div(className="th-fill", style={"width": percent(share)}), className="th-bar"))
    return Div(parts, className="th-cell")


PANEL = Panel(
    id="throughput",
    title=Text(zh="办件历时与时限", en="Throughput and deadlines"),
    unit=Text(zh="件 · 天", en="cases · days"),
    definition=Text(
        zh="窗口内全部案件：首条到末条记录的历时（中位、平均，自然时间，Kaplan-Meier 估计：未结的按截尾计入，平均限于已见最长"
        "历时之内），以及有结束记录、有时限的案件中按限完成的比例；分母印在旁边。",
        en="All cases of the window: natural time from the first to the last log row (median, mean, by Kaplan-Meier: open "
        "cases are censored, the mean looks no farther than the longest time seen), and of the cases with an end and a "
        "deadline the share that met it; denominators are printed.",
    ),
    metric="throughput",
    says_itself=True,
    figure=figure,
    without=Text(zh="历时与时限不含敏感类别", en="lengths, deadlines without sensitive categories"),
    empty=lambda reading: len(reading.frame) == 0,
)
