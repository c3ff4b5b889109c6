"""The city's own shorter view of the loop: per step the open stock, what is late, and today's moves, summed over its stages.

Every stage belongs to one step (otherwise the city's file is refused), so the steps' numbers sum to the stage board's; a
stage of closed cases (回访) is shown beside its step's stock and not counted in it, as on the board.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from data.city.city import City
from data.city.profile import Step
from data.query.seasonal import above
from data.text import Lang, Text
from data.types.records import Record
from layouts.html.marks import badge, nothing, percent, text
from layouts.html.markup import Div, Node, Span
from layouts.panels.panel import Panel, Reading
from layouts.text.formats import EVENTS, MINUS, NONE, TRIANGLE_UP, count, decimal, duration, known, number
from layouts.text.rows import names, records

NO_STEP = Text(zh="本市未配置闭环步骤", en="This city's file names no steps")
NO_STAGE = Text(zh="没有在办件；0 件是真数", en="Nothing is open; the 0 is real")
SHARE = Text(zh="占在办 {share}%", en="{share}% of open")
LATE = Text(zh="超期", en="late")
OLDEST = Text(zh="最老", en="oldest")
MOVES = Text(zh="今日环节进出", en="moves today")
BESIDE = Text(zh="另", en="+ ")


@dataclass(frozen=True)
class Sums:
    """One step: cases (NaN if a stage's number is unknown); ``oldest_h`` the longest visit of its open stages in hours."""

    open: float
    overdue: float
    oldest_h: float
    opening: float
    inflow: float
    outflow: float  # to another stage or out of the loop
    closing: float


def sums_of(step: Step, rows: Iterable[Record], beside: frozenset[str]) -> Sums:
    """The rows of ``stage_backlog`` of a step's stages, added up; stages in ``beside`` hold closed cases and are left out."""
    mine = [r for r in rows if str(r["stage"]) in step.stages and str(r["stage"]) not in beside]

    def add(*columns: str) -> float:
        return math.fsum(number(r[c]) for r in mine for c in columns) if mine else 0.0

    ages = [number(r["oldest_h"]) for r in mine if known(r["oldest_h"])]
    return Sums(
        add("open"),
        add("overdue"),
        max(ages, default=math.nan),
        add("opening"),
        add("inflow"),
        add("outflow", "exits"),
        add("closing"),
    )


def figure(reading: Reading, city: City, lang: Lang) -> Node:
    """One cell per step, in the file's order; all bars share one scale, up to the fullest step."""
    steps = city.profile.steps
    if not steps:
        return nothing(NO_STEP, lang)
    rows = records(reading.frame)
    if not rows:
        return nothing(NO_STAGE, lang)
    beside = frozenset(s.code for s in city.profile.stages if s.after_close)
    found = [sums_of(step, rows, beside) for step in steps]
    stocks = [s.open for s in found if not math.isnan(s.open)]
    scale = max(stocks, default=0.0) or 1.0
    whole = math.fsum(s.open for s in found)
    called = names(city.profile.stages, lang)
    marks = _marks(reading)
    cells = []
    for i, (step, sums) in enumerate(zip(steps, found, strict=True), 1):
        inside = [r for code in step.stages for r in rows if str(r["stage"]) == code]
        mark = min((marks[c] for c in step.stages if c in marks), default=None)
        cells.append(_step(i, step, sums, inside, beside, (scale, whole), called, mark, lang))
    return Div(cells, className="steps", style={"--n": str(len(steps))})


def _marks(reading: Reading) -> dict[str, tuple[int, str]]:
    """stage -> (badge, severity) of the exceptions about a stage."""
    frame = reading.also.get("exceptions")
    return (
        {}
        if frame is None
        else {
            str(r["code"]): (int(number(r["rank"])), "act" if r["severity"] == "act" else "watch")
            for r in records(frame)
            if r["kind"] == "stage" and known(r["rank"])
        }
    )


def _step(
    place: int,
    step: Step,
    sums: Sums,
    inside: list[Record],
    beside: frozenset[str],
    scales: tuple[float, float],
    called: dict[str, str],
    mark: tuple[int, str] | None,
    lang: Lang,
) -> Div:
    scale, whole = scales
    name: list[Node] = [text(str(place), "sp-i"), text(step.name(lang), "sp-called")]
    if mark:
        name.append(badge(*mark))
    share = decimal(100 * sums.open / whole) if whole > 0 and known(sums.open) else NONE
    bars = [
        Div(className="sp-part", style={"width": percent(100 * number(r["open"]) / scale)})
        for r in inside
        if str(r["stage"]) not in beside and number(r["open"]) > 0
    ]
    stages = [_stage(r, called, str(r["stage"]) in beside, lang) for r in inside]
    return Div(
        [
            Div(name, className="sp-name"),
            text(f"{OLDEST(lang)} {duration(sums.oldest_h, lang)}", "sp-oldest"),
            Div(
                [text(count(sums.open), "num"), text(EVENTS(lang), "unit"), text(SHARE(lang).format(share=share), "sp-share")],
                className="sp-stock",
            ),
            text(f"{LATE(lang)} {count(sums.overdue)}", "sp-late some" if sums.overdue > 0 else "sp-late"),
            Div(bars, className="sp-bar"),
            Div(stages, className="sp-stages"),
            Div([text(MOVES(lang) + " ", "more"), *_identity(sums)], className="sp-sum"),
        ],
        className=f"step {mark[1]}" if mark else "step",
    )


def _stage(row: Record, called: dict[str, str], beside: bool, lang: Lang) -> Span:
    """A stage's own stock; a triangle if it is above its usual."""
    code = str(row["stage"])
    parts: list[Node] = [(BESIDE(lang) if beside else "") + called.get(code, code), " ", text(count(row["open"]), "n")]
    if above(number(row["open"]), number(row["usual_high"])):
        parts.append(text(TRIANGLE_UP, "tri"))
    return Span(parts, className="sp-stage beside" if beside else "sp-stage")


def _identity(sums: Sums) -> list[Node]:
    """``108+131−93=146`` of the step; if the sum does not add up it shows ≠ instead of adjusting a number."""
    parts = (sums.opening, sums.inflow, sums.outflow, sums.closing)
    if any(math.isnan(v) for v in parts):
        return [NONE]
    closes = sums.opening + sums.inflow - sums.outflow == sums.closing
    shown: Callable[[float], str] = count
    said = f"{shown(sums.opening)}+{shown(sums.inflow)}{MINUS}{shown(sums.outflow)}{'=' if closes else '≠'}{shown(sums.closing)}"
    return [said if closes else text(said, "open-books")]


PANEL = Panel(
    id="step_loop",
    title=Text(zh="四步闭环", en="The loop, step by step"),
    unit=Text(zh="件 · 此刻在办与今日进出", en="cases · open now and today's moves"),
    definition=Text(
        zh="按本市闭环步骤汇总各环节：此刻在办、超期与最老一件；零时存量 + 进 − 出 = 此刻存量，进出为所含环节进出之和，"
        "同一件在一步内经过两个环节计两次。条长同一比例尺，按环节分段；"
        "▲ 为高于该环节往常（前八个同星期日此时的 95% 预测区间，5 件起判）。已结案的环节另列，不计入在办。",
        en="The stages summed by the city's own steps: open now, overdue and oldest; opening + in − out = closing, where in "
        "and out are the sums of the step's stages: a case that passes two stages of one step counts twice. Bars share "
        "one scale, one part a stage; ▲ is above that stage's usual (95 % predictive interval from "
        "the last eight same weekdays by now; from 5 cases on). Stages of closed cases stand beside, outside of open.",
    ),
    metric="stage_backlog",
    figure=figure,
    draws=frozenset({"open", "overdue", "oldest_h", "opening", "inflow", "outflow", "exits", "closing"}),
    also=("exceptions",),
)
