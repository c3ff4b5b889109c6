"""Where cases are stuck: the week's cohort as a silhouette, and beside each stage its stock on its own usual band.

Never a funnel of stocks: stages are not nested.  One DOM serves both layouts; CSS turns columns into rows.
"""

from __future__ import annotations

import math
from typing import Any

from data.city.city import City
from data.city.profile import Stage
from data.text import Lang, Text
from data.types.records import Record
from layouts.html.marks import badge, nothing, on_band, text
from layouts.html.markup import Div, Node, Span
from layouts.panels.panel import Panel, Reading
from layouts.text.formats import MINUS, NONE, WHOLE_LOG_DAYS, closed_log, count, decimal, duration, known, number, window_days
from layouts.text.rows import names, records

#: With more stages than this, a compact list of the busiest is shown.
COLUMNS, LISTED = 10, 18
LABELS = {
    "funnel": (Text(zh="", en=""), Text(zh="走到该环节", en="that got here")),  # its head gives the window: ``_cohort``
    "name": (Text(zh="此刻存量", en="Stock now"), None),
    "stock": (Text(zh="95%预测带", en="band = 95 %"), None),
    "late": (Text(zh="超期/最老", en="overdue/oldest"), None),
    "sum": (Text(zh="期初进出", en="start, in, out"), None),
}
THEN = Text(zh="当时存量", en="Stock then")  # for a closed log
#: Two heads that differ where stages are rows.
IN_ROWS = {"name": Text(zh="环节", en="stage"), "stock": Text(zh="存量 · 95%预测带", en="stock · band = 95 %")}
AFTER = Text(zh="已结案", en="closed")
COHORT = Text(zh="件", en="cases")
#: Heads of the compact list, by column.
LIST_HEADS = {
    "name": Text(zh="环节", en="Stage"),
    "open": Text(zh="存量", en="stock"),
    "bar": Text(zh="到过", en="reached by"),
    "late": Text(zh="超期 · 最老", en="overdue · oldest"),
}
ALL_OPEN = Text(zh="在办 {n}", en="open {n}")
MORE_STAGES = Text(zh="另 {n} 个环节，存量共 {open}", en="{n} more stages, {open} in stock")
NO_STAGE = Text(zh="没有在办件；0 件是真数", en="Nothing is open; the 0 is real")


def figure(reading: Reading, city: City, lang: Lang) -> Node:
    """All stages of the profile in order, or the busiest of many with the rest in one line."""
    rows = records(reading.frame)
    if not rows:
        return nothing(NO_STAGE, lang)
    marks = _marks(reading)
    if len(rows) > COLUMNS:
        return _listing(rows, marks, city, lang)
    stages = {s.code: s for s in city.profile.stages}
    shares = [_share(r) for r in rows]
    cells: list[Any] = [_labels(_open(reading, stages, city), city, lang)]
    for i, row in enumerate(rows):
        after = shares[i + 1] if i + 1 < len(rows) else shares[i]
        cells.append(_stage(row, shares[i], after, stages.get(str(row["stage"])), marks.get(str(row["stage"])), i == 0, lang))
    return Div(cells, className="stages", style={"--n": str(len(rows))})


def _marks(reading: Reading) -> dict[str, tuple[int, str]]:
    """stage -> (badge, severity) of the exceptions about a stage: the badges shared across the wall."""
    frame = reading.also.get("exceptions")
    if frame is None:
        return {}
    return {
        str(r["code"]): (int(number(r["rank"])), "act" if r["severity"] == "act" else "watch")
        for r in records(frame)
        if r["kind"] == "stage" and known(r["rank"])
    }


def _share(row: Record) -> float:
    value = number(row["cohort_share"])
    return 0.0 if math.isnan(value) else min(max(value / 100, 0.0), 1.0)


def _cohort(city: City) -> Text:
    """Name of the cohort that the silhouette shows."""
    days = window_days(city, "stage_backlog") or 0
    if days >= WHOLE_LOG_DAYS:
        return Text(zh="全部记录队列", en="whole-log cohort")
    return Text(zh=f"{'记录末' if city.ended else '近'} {days} 日队列", en=f"{'last ' if city.ended else ''}{days}-day cohort")


def _open(reading: Reading, stages: dict[str, Stage], city: City) -> float:
    """All open cases: the total of the stages; the headline's number if that also counts cases in no stage."""
    kept = [number(r["open"]) for r in records(reading.frame) if not _after(stages.get(str(r["stage"])))]
    if kept and all(map(math.isnan, kept)):
        return math.nan
    head = reading.also.get("headline")
    if head is not None and any(c.sensitive for c in city.profile.categories):
        told = [number(r["value"]) for r in records(head) if r["kpi"] == "open" and known(r["value"])]
        if told:
            return told[0]
    return sum(v for v in kept if not math.isnan(v))


def _labels(total: float, city: City, lang: Lang) -> Div:
    out: list[Any] = []
    for part, (first, second) in LABELS.items():
        head = _cohort(city) if part == "funnel" else THEN if part == "name" and closed_log(city) else first
        words: list[Node] = [text(head(lang), "in-columns" if part in IN_ROWS else "")]
        if part in IN_ROWS:
            words.append(text(IN_ROWS[part](lang), "in-rows"))
        if second is not None:
            words.append(text(second(lang), "more"))
        if part == "name":
            words.append(text(ALL_OPEN(lang).format(n=count(total)), "sum"))
        out.append(Div(words, className=f"st-{part}"))
    return Div(out, className="stage-labels")


def _after(stage: Stage | None) -> bool:
    return stage is not None and stage.after_close


def _stage(
    row: Record, share: float, after: float, stage: Stage | None, mark: tuple[int, str] | None, first: bool, lang: Lang
) -> Div:
    name: list[Node] = [text(stage.name(lang) if stage else str(row["stage"]), "st-called")]
    if mark:
        name.append(badge(*mark))
    if _after(stage):
        name.append(text(AFTER(lang), "st-after"))
    late = number(row["overdue"])
    return Div(
        [
            Div(
                [
                    Div(className="funnel", style={"--s0": f"{share:.4f}", "--s1": f"{after:.4f}"}),
                    text(count(row["cohort"]) if first else _percent(row["cohort_share"]), "funnel-share"),
                    text(COHORT(lang) if first else count(row["cohort"]), "funnel-n"),
                ],
                className="st-funnel",
            ),
            Div(name, className="st-name"),
            Div(
                [
                    text(count(row["open"]), "num"),
                    on_band(row["open"], row["usual_low"], row["usual_high"], mark[1] if mark else ""),
                ],
                className="st-stock",
            ),
            Div(
                [
                    text(count(row["overdue"]), "late some" if late > 0 else "late"),
                    text(" · ", "dot"),
                    text(duration(row["oldest_h"], lang), "oldest"),
                ],
                className="st-late",
            ),
            Div(_identity(row), className="st-sum"),
        ],
        className=f"stage {mark[1]}" if mark else "stage",
    )


def _percent(value: object) -> str:
    return decimal(value) + "%" if known(value) else NONE


def _identity(row: Record) -> Node:
    """``108+131−93=146``; if the sum does not add up it shows ≠ instead of adjusting a number."""
    start, came, gone, left = (number(row[k]) for k in ("opening", "inflow", "outflow", "exits"))
    end = number(row["closing"])
    if any(math.isnan(v) for v in (start, came, gone, left, end)):
        return NONE
    out = gone + left
    closes = start + came - out == end
    said = f"{count(start)}+{count(came)}{MINUS}{count(out)}{'=' if closes else '≠'}{count(end)}"
    return said if closes else text(said, "open-books")


def _listing(rows: list[Record], marks: dict[str, tuple[int, str]], city: City, lang: Lang) -> Div:
    """The busiest stages by stock, then by throughput; the rest summed in the last line."""
    called = names(city.profile.stages, lang)

    def weight(row: Record) -> tuple[float, ...]:
        return tuple(-v if not math.isnan(v) else 0.0 for v in (number(row[k]) for k in ("open", "cohort", "entries")))

    order = sorted(rows, key=weight)
    shown, rest = order[:LISTED], order[LISTED:]
    top = max((number(r["cohort"]) for r in rows if known(r["cohort"])), default=0.0) or 1.0
    cells: list[Node] = [Div([text(words(lang), f"sl-{k}") for k, words in LIST_HEADS.items()], className="sl-row sl-head")]
    for row in shown:
        code = str(row["stage"])
        reached = number(row["cohort"])
        width = 0.0 if math.isnan(reached) else 100 * reached / top
        late = number(row["overdue"])
        cells.append(
            Div(
                [
                    Span([*([badge(*marks[code])] if code in marks else []), called.get(code, code)], className="sl-name"),
                    text(count(row["open"]), "sl-open num"),
                    Div(
                        [Div(className="sl-fill", style={"width": f"{width:.2f}%"}), text(count(row["cohort"]), "sl-n")],
                        className="sl-bar",
                    ),
                    Span(
                        [
                            text(count(row["overdue"]), "late some" if late > 0 else "late"),
                            text(" · ", "dot"),
                            text(duration(row["oldest_h"], lang), "oldest"),
                        ],
                        className="sl-late",
                    ),
                ],
                className="sl-row",
            )
        )
    if rest:
        held = [number(r["open"]) for r in rest if known(r["open"])]
        left = sum(held) if held else math.nan
        cells.append(Div(MORE_STAGES(lang).format(n=len(rest), open=count(left)), className="sl-row sl-more"))
    return Div(cells, className="stage-list")


PANEL = Panel(
    id="stage_backlog",
    title=Text(zh="环节闭环", en="The loop, stage by stage"),
    unit=Text(
        zh="件 · 上：{window}上报队列 · 下：此刻存量与今日进出",
        en="cases · above: cohort of the {window} · below: stock now and today's flow",
    ),
    definition=Text(
        zh="上：{window}上报的事件中走到各环节的比例。下：此刻存量（窗口不截断）、"
        "各自的往常带（由前八个同星期日此时得出的 95% 预测区间）、超期件与最老一件、"
        "零时存量 + 进 − 出 = 此刻存量。在办合计即今日五数的在办。",
        en="Above: of the events reported in the {window}, the share that reached each stage. Below: the stock "
        "now (never cut by a "
        "window) on its own usual band (95 % predictive interval from the last eight same weekdays "
        "by now), overdue and oldest, and opening + in − out = closing. "
        "All open cases together are those of the five numbers.",
    ),
    metric="stage_backlog",
    figure=figure,
    draws=frozenset({"open", "overdue", "oldest_h", "opening", "inflow", "outflow", "exits", "closing", "cohort"}),
    also=("exceptions", "headline"),
    without=Text(zh="各环节不含敏感类别", en="stages without sensitive categories"),
)
