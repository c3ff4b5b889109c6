"""How each panel of the workbench is drawn, and what its note says that it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd

from data.text import Text
from data.types.records import Record
from layouts.analyst import (
    expected,
    funnel,
    handovers,
    hotspots,
    hour_profile,
    indicators,
    matrices,
    process_map,
    queue_panels,
    ranking,
    scores,
    times,
    trend,
    warning,
    ways,
    why,
)
from layouts.analyst.pen import Pen
from layouts.text.formats import count


class Drawing(NamedTuple):
    """``draw`` gives markup (SVG where it can be exported as one), or the plain figure of a chart (``panels.CHARTS``); ``basis``
    the denominator in words; ``terms`` the names and definitions of what the panel shows beside its own; ``empty`` what stands
    where there are no rows ("" = no case meets the filters); ``below`` what stands under the drawing on the page and is no part
    of it."""

    draw: Callable[[pd.DataFrame, Pen], str | Record]
    basis: Callable[[pd.DataFrame, Pen], str]
    terms: Callable[[Pen], list[tuple[str, str]]] = lambda pen: []
    empty: Callable[[Pen], str] = lambda pen: ""
    below: Callable[[pd.DataFrame, Pen], str] = lambda frame, pen: ""


def _drawn_elsewhere(frame: pd.DataFrame, pen: Pen) -> str:
    raise NotImplementedError("this panel needs more than its frame; see callbacks.desk.analyst")


def _sum(column: str, said: Text) -> Callable[[pd.DataFrame, Pen], str]:
    def basis(frame: pd.DataFrame, pen: Pen) -> str:
        return f"{said(pen.lang)} {count(int(frame[column].sum()))}"

    return basis


_REPORTED = Text(zh="上报", en="reported")


def _open(frame: pd.DataFrame, pen: Pen) -> str:
    total = _sum("open", Text(zh="在办", en="open"))(frame, pen)
    if {"dep", "stage"} & pen.filters.codes.keys():
        total += "（全部部门与环节）" if pen.lang == "zh" else " (all departments and stages)"
    return total


def _dispatched(frame: pd.DataFrame, pen: Pen) -> str:
    n = int(frame["n"].iloc[0]) if len(frame) else 0
    return f"已派遣 {count(n)}" if pen.lang == "zh" else f"dispatched {count(n)}"


def _completed(frame: pd.DataFrame, pen: Pen) -> str:
    done, waiting = int(frame["done"].sum()), int(frame["censored"].sum())
    total = count(done + waiting)
    if pen.lang == "zh":
        return f"已办结 {count(done)} + 未办结 {count(waiting)} = {total}"
    return f"completed {count(done)} + waiting {count(waiting)} = {total}"


def _cases(frame: pd.DataFrame, pen: Pen) -> str:
    n = int(frame.loc[frame["kind"] == "stage", "n"].max()) if len(frame) else 0
    return f"案件 {count(n)}" if pen.lang == "zh" else f"cases {count(n)}"


def _first(column: str, said: Text) -> Callable[[pd.DataFrame, Pen], str]:
    """The number of the first row, which is all of them."""

    def basis(frame: pd.DataFrame, pen: Pen) -> str:
        return f"{said(pen.lang)} {count(int(frame[column].iloc[0]) if len(frame) else 0)}"

    return basis


def _stays(frame: pd.DataFrame, pen: Pen) -> str:
    n = int(frame.loc[frame["kind"] == "stage", "n"].sum()) if len(frame) else 0
    return f"停留 {count(n)}" if pen.lang == "zh" else f"stays {count(n)}"


DRAWINGS: Mapping[str, Drawing] = {
    "areas": Drawing(_drawn_elsewhere, _sum("need", Text(zh="应结案", en="due"))),
    "trend": Drawing(trend.figure, _sum("n", _REPORTED)),
    "departments": Drawing(ranking.figure, _dispatched),
    "stage_department": Drawing(matrices.department_stage, _open),
    "times": Drawing(times.figure, _completed),
    "process": Drawing(process_map.draw, _cases),
    "transitions": Drawing(ways.transitions, _stays),
    "variants": Drawing(ways.variants, _sum("n", Text(zh="已结束案件", en="cases that ended"))),
    "handovers": Drawing(handovers.figure, handovers.basis),
    "queues": Drawing(queue_panels.queues, _first("wip", Text(zh="在办", en="open"))),
    "breaches": Drawing(
        queue_panels.breaches, _first("n", Text(zh="4小时内到期", en="limits within 4 hours")), empty=queue_panels.no_breach
    ),
    "stage_times": Drawing(queue_panels.stage_times, _sum("n", Text(zh="停留", en="stays"))),
    "indicators": Drawing(indicators.draw, indicators.basis, indicators.terms, below=indicators.folded),
    "moats": Drawing(indicators.moats, indicators.moats_basis),
    "feeds": Drawing(indicators.feeds, indicators.feeds_basis),
    "data_freshness": Drawing(indicators.freshness, indicators.freshness_basis),
    "hotspots": Drawing(_drawn_elsewhere, hotspots.basis),
    "warnings": Drawing(warning.draw, warning.basis, empty=warning.empty),
    "expected": Drawing(expected.figure, expected.basis, empty=warning.empty),
    "month_category": Drawing(_drawn_elsewhere, _sum("n", _REPORTED)),
    "hour_profile": Drawing(hour_profile.figure, hour_profile.basis),
    "area_week": Drawing(matrices.area_week, _sum("n", _REPORTED)),
    "department_score": Drawing(scores.draw, scores.basis),
    "department_funnel": Drawing(funnel.figure, funnel.basis),
    "why_category": Drawing(why.categories, why.basis),
    "why_stage": Drawing(why.stages, why.basis),
}
