"""The workbench's charts as figures: what Plotly takes, what a mark says, and what it chooses; all of frames made by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from layouts.analyst.drawings import departments as departments_chart
from layouts.analyst.drawings import handovers, hour_profile, times, trend
from layouts.charts.template import WATCH, complete
from tests.layouts.analyst.test_drawings import context

#: What dashboard/plotly/traces.cjs names.
BUNDLED = {"scatter", "bar", "sankey"}


def checked(figure: dict[str, Any]) -> dict[str, Any]:
    """The figure, after Plotly has taken it in both themes; of traces that the product's bundle of Plotly has."""
    assert {t["type"] for t in figure["data"]} <= BUNDLED
    for theme in ("night", "day"):
        go.Figure(complete(figure, theme))
    return figure


def marks(figure: dict[str, Any]) -> list[dict[str, str]]:
    """What is read and chosen."""
    return [m for t in checked(figure)["data"] if t.get("meta") == "points" for m in t["customdata"]]


def written(drawn: str | dict[str, Any]) -> str:
    """All that a drawing or a chart says; a number that is none raises."""
    return drawn if isinstance(drawn, str) else json.dumps(checked(drawn), ensure_ascii=False, allow_nan=False)


def trace(figure: dict[str, Any], name: str) -> dict[str, Any]:
    return next(t for t in figure["data"] if t.get("name") == name)


# -------------------------------------------------------------------- reports over time
def test_the_trend_says_each_day_and_leads_to_it() -> None:
    frame = pd.DataFrame({"at": ["2026-11-22", "2026-11-23"], "n": [3, 1], "late": [1, 0], "before": [2, 2]})
    figure = trend.figure(frame, context(vs="previous"))
    assert marks(figure) == [
        {"say": "2026-11-22 · 上报 3 · 超期 1 · 对比期 2", "from": "2026-11-22", "to": "2026-11-22"},
        {"say": "2026-11-23 · 上报 1 · 超期 0 · 对比期 2", "from": "2026-11-23", "to": "2026-11-23"},
    ]
    assert sorted(t["name"] for t in figure["data"] if t.get("showlegend", True)) == ["上报", "其中超期", "对比期"]
    assert "对比期" not in repr(trend.figure(frame.assign(before=-1), context()))
    early = trend.figure(frame.assign(before=[-1, 2]), context(vs="previous"))
    assert marks(early)[0]["say"] == "2026-11-22 · 上报 3 · 超期 1 · 对比期 –", "before the first record nothing is known"
    assert trace(early, "对比期")["y"] == [None, 2.0]
    assert figure["layout"]["meta"]["choose"] == "days"


def test_a_week_of_the_trend_leads_to_its_days_within_the_window() -> None:
    # a year that ends on Monday 2026-11-23 begins on Monday 2025-11-24: its last week has one day
    frame = pd.DataFrame({"at": ["2026-11-16", "2026-11-23"], "n": [3, 1], "late": [1, 0], "before": [-1, -1]})
    said = marks(trend.figure(frame, context(win="365d")))
    assert [(m["from"], m["to"]) for m in said] == [("2026-11-16", "2026-11-22"), ("2026-11-23", "2026-11-23")]
    assert said[0]["say"] == "2026-11-16 – 2026-11-22 · 上报 3 · 超期 1"


def test_what_is_late_is_left_out_where_nothing_says_it() -> None:
    frame = pd.DataFrame({"at": ["2026-11-22", "2026-11-23"], "n": [3, 1], "late": [np.nan, np.nan], "before": [-1, -1]})
    figure = trend.figure(frame, context("en"))
    assert [t["name"] for t in figure["data"] if t.get("showlegend", True)] == ["reports"]
    assert marks(figure)[0]["say"] == "2026-11-22 · reports 3"


def test_the_last_point_is_hollow_and_half_a_step_of_room_lies_at_both_ends() -> None:
    frame = pd.DataFrame(
        {"at": [f"2026-11-23T{h:02d}" for h in range(4)], "n": [3, 1, 4, 1], "late": [0] * 4, "before": [-1] * 4}
    )
    figure = checked(trend.figure(frame, context(win="today")))
    end = next(t for t in figure["data"] if t["mode"] == "markers")
    assert (end["x"], end["y"], end["marker"]["color"]) == (["2026-11-23T03:00"], [1.0], ["--panel"])
    assert figure["layout"]["xaxis"]["range"] == ["2026-11-22 23:30:00", "2026-11-23 03:30:00"]


# -------------------------------------------------------------------- distribution of times
def test_the_distribution_draws_nothing_where_the_curve_is_unknown() -> None:
    frame = pd.DataFrame(
        {"from_min": [0, 60], "to_min": [60.0, np.nan], "done": [3, 1], "censored": [1, 2], "left": [60.0, np.nan]}
    )
    figure = times.figure(frame, context())
    assert [m["say"] for m in marks(figure)] == [
        "0–1 工作时 · 已办结 3 · 未办结 1 · 此时仍未办结 60.0%",
        "≥ 1 工作时 · 已办结 1 · 未办结 2",
    ]
    curve = trace(figure, "未办结比例")
    assert list(zip(curve["x"], curve["y"], strict=True)) == [(-0.5, 100.0), (0.5, 60.0)]
    assert (trace(figure, "已办结")["y"], trace(figure, "未办结")["y"]) == ([3, 1], [1, 2])
    assert figure["layout"]["yaxis"]["range"] == [0, 4]
    assert figure["layout"]["yaxis2"]["range"] == [0, 100], "100 % is the whole height"
    assert figure["layout"]["meta"]["choose"] == "", "no filter is of times"


# -------------------------------------------------------------------- departments
def departments(**columns: Sequence[float | str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "department": ["", "hearing", "court"],
            "n": [60, 40, 20],
            "waiting": [3, 2, 1],
            "median_min": [120.0, 90.0, np.nan],
            "low_min": [100.0, 60.0, np.nan],
            "high_min": [140.0, 120.0, np.nan],
            "p90_min": [600.0, 500.0, np.nan],
            "first_min": [30.0, 20.0, 40.0],
            "on_time": [90.0, 95.0, 80.0],
            "on_time_n": [50, 30, 20],
            "band": [0, 1, 2],
        }
        | columns
    )


def test_departments_mark_the_slower_by_shape_and_say_the_interval() -> None:
    figure = departments_chart.figure(departments(), context())
    said = marks(figure)
    assert said[1]["say"].replace("<br>", "") == "hearing：40 件，未办结 2 件，中位 1.5 工作时（1.0–2.0），按期 95.0%，更慢"
    assert [(m["code"], m["go"]) for m in said] == [
        ("", "/analyst"),
        ("hearing", "/analyst?dep=hearing"),
        ("court", "/analyst?dep=court"),
    ]
    slower = trace(figure, "更慢")
    assert (slower["marker"]["symbol"], slower["marker"]["color"]) == ("triangle-up", WATCH)
    assert slower["x"] == [pytest.approx(math.sqrt(90), abs=0.001)]
    assert slower["error_x"]["array"] == [pytest.approx(math.sqrt(120) - math.sqrt(90), abs=0.001)]
    assert [t for t in figure["data"] if t.get("name") == "不足20件"] == [], "its median is not reached"
    assert "未达中位" in [w for t in figure["data"] for w in t.get("text", [])]


def test_a_department_that_is_chosen_is_given_up_by_the_same_press() -> None:
    assert marks(departments_chart.figure(departments(), context(dep="court")))[2]["go"] == "/analyst"


def test_a_crude_share_in_time_is_shown_and_not_judged() -> None:
    frame = departments(n=[300, 200, 30], median_min=[120.0, 90.0, 90.0], on_time=[87.0, 60.0, 80.0], band=[0, -1, 0])
    figure = departments_chart.figure(frame, context())
    assert "按期 60.0%，更快" in marks(figure)[1]["say"].replace("<br>", "")
    assert [t for t in figure["data"] if WATCH in repr(t)] == []


@pytest.mark.parametrize(
    ("high", "ticks"), [(12.5, ["0.5", "2", "5", "10"]), (1.5, ["0.5", "1"]), (120.0, ["0.5", "5", "20", "50", "100"])]
)
def test_ticks_of_the_square_root_axis_have_room_for_their_numbers(high: float, ticks: list[str]) -> None:
    """On an axis to 13.8 h the roots are 5.5, 7.7, 11.0, 17.3, 24.5 of 28.8: 1 h is 0.11 of the axis from 2 h, under 0.12."""
    frame = departments(high_min=[60 * high] * 3, median_min=[30.0] * 3, low_min=[20.0] * 3)
    axis = departments_chart.figure(frame, context())["layout"]["xaxis"]
    assert axis["ticktext"] == ticks
    assert min(np.diff(axis["tickvals"])) >= departments_chart.TICKS_APART * axis["range"][1]


def test_departments_whose_cases_took_no_time_are_drawn() -> None:
    none = [0.0, 0.0, 0.0]
    frame = departments(median_min=none, low_min=none, high_min=[0.0, np.nan, np.nan], band=[2, 2, 2])
    assert [w for t in checked(departments_chart.figure(frame, context()))["data"] for w in t.get("text", [])].count("0.0") == 3


def test_names_are_no_markup() -> None:
    frame = departments(department=["", "hearing", "court"])
    own = context()
    own._names["departments"]["court"] = '<a href="x">court</a>'
    figure = checked(departments_chart.figure(frame, own))
    assert "<a" not in repr(figure)


# -------------------------------------------------------------------- hand-overs
MOVED = pd.DataFrame(
    {
        "department": ["", "hearing", "court", "hearing"],
        "to": ["", "court", "hearing", "hearing"],
        "n": [10, 6, 3, 1],
        "cases": [50, -1, -1, -1],
        "handed": [8, -1, -1, -1],
        "share": [16.0, 60.0, 30.0, 10.0],
        "per_case": [0.2, np.nan, np.nan, np.nan],
    }
)


def test_a_ribbon_of_the_hand_overs_is_as_wide_as_its_changes_and_a_department_leads_to_its_cases() -> None:
    figure = checked(handovers.figure(MOVED, context("en")))
    link = figure["data"][0]["link"]
    assert list(zip(link["source"], link["target"], link["value"], strict=True)) == [(0, 3, 6), (1, 2, 3), (0, 2, 1)]
    says = {m["say"]: m.get("go") for m in figure["layout"]["meta"]["marks"]}
    assert says == {
        "hearing · gave away 7 (70.0%)": "/analyst?dep=hearing&lang=en",
        "court · gave away 3 (30.0%)": "/analyst?dep=court&lang=en",
        "hearing · received 4 (40.0%)": "/analyst?dep=hearing&lang=en",
        "court · received 6 (60.0%)": "/analyst?dep=court&lang=en",
        "hearing → court · 6 (60.0%)": None,
        "court → hearing · 3 (30.0%)": None,
        "hearing → hearing · 1 (10.0%)": None,
    }
    assert figure["data"][0]["node"]["customdata"] == list(says)[:4]
    assert handovers.basis(MOVED, context("en")) == "50 cases with a department, 8 handed over (16.0%), 0.20 per case"


# -------------------------------------------------------------------- hours of the day
def test_an_hour_says_both_means_and_what_they_are_of() -> None:
    hours = pd.DataFrame(
        {"hour": range(24), "n": 44, "days": 22, "per_day": 2.0, "rest_n": 8, "rest_days": 8, "rest_per_day": 1.0}
    )
    figure = hour_profile.figure(hours, context())
    assert marks(figure)[9]["say"].replace("<br>", " ") == "09:00 · 工作日 2.0 件/日（44 ÷ 22 日） · 休息日 1.0 件/日（8 ÷ 8 日）"
    assert hour_profile.basis(hours, context()) == "工作日 1,056 件 ÷ 22 日 · 休息日 192 件 ÷ 8 日"
    work = hour_profile.figure(hours.assign(rest_n=0, rest_days=0, rest_per_day=np.nan), context("en"))
    assert [t["name"] for t in work["data"] if t.get("showlegend", True)] == ["workdays"], "no day of rest, no line of one"
    assert marks(work)[9]["say"] == "09:00 · workdays 2.0 a day (44 / 22 days)"
