"""Each drill of a handful of cases, counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.access.roles import DEMO_RIGHTS
from data.access.viewer import Viewer
from data.drill.choice import choose
from data.drill.view import DRILLS, View, view
from data.drill.views.cases import cases as case_list
from data.errors import AccessError, QueryError
from data.statistics.distributions import wilson
from tests.city_builder import (
    ACCEPT,
    CLOSE,
    COURT,
    DISPATCH,
    DISPUTE,
    HANDLE,
    NOISE,
    PATROL,
    REPORT,
    WEST,
    WEST_VILLAGE,
    LittleCity,
    when,
)
from tests.frame_cells import cell

pytestmark = pytest.mark.slow

NOW = "2026-11-23 12:00"  # a Monday


def desk(area: str = "", *more: str) -> Viewer:
    return Viewer("desk", rights=DEMO_RIGHTS | set(more), user="a", role="analyst", area=area)


def little() -> LittleCity:
    city = LittleCity()
    city.event("2026-11-20 09:10", closed="2026-11-20 15:00", due="2026-11-21 09:00")  # 1 in time
    city.event("2026-11-20 09:20", closed="2026-11-22 15:00", due="2026-11-21 09:00", returns=1)  # 2 closed late
    city.event("2026-11-21 10:00", due="2026-11-23 11:59", department=COURT)  # 3 overdue, open
    city.event("2026-11-22 10:00", due="2026-11-23 12:00", l1=WEST, l2=WEST_VILLAGE)  # 4 at its limit
    city.event("2026-11-22 11:00", due="2026-11-23 09:00", l1=WEST, is_hung=1, category=NOISE)  # 5 deferred
    city.event("2026-11-22 12:00", closed="2026-11-22 13:00", due="2026-11-23 09:00", outcome=2)  # 6 cancelled
    city.event("2026-11-22 13:00", due="2026-11-22 14:00", category=DISPUTE, sensitive=1)  # 7 sensitive
    city.event("2026-09-01 09:00", due="2026-09-10 09:00", stage=ACCEPT, department=-1)  # 8 old, still open
    return city


def read(
    names: tuple[str, ...], words: dict[str, str] | None = None, viewer: Viewer | None = None, city: LittleCity | None = None
) -> View:
    city = city or little()
    facts = city.facts
    return view(facts, choose(viewer or desk(), city.city, words or {}, when(NOW)), names)


def one(
    name: str, words: dict[str, str] | None = None, viewer: Viewer | None = None, city: LittleCity | None = None
) -> pd.DataFrame:
    return read((name,), words, viewer, city).frames[name]


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(r) for r in frame[list(columns)].itertuples(index=False)]


def test_wilson_is_the_published_interval() -> None:
    low, high = wilson(np.array([5, 190]), np.array([5, 200]))  # oracle O5
    assert low == pytest.approx([56.5518, 91.0422], abs=1e-3)
    assert high == pytest.approx([100.0, 97.2617], abs=1e-3)
    low, high = wilson(np.array([0, 3, 0]), np.array([3, 3, 0]))
    assert (low[0], high[1]) == (0.0, 100.0), "exactly: none of three is not more than none"
    assert np.isnan([low[2], high[2]]).all()


def test_summary_counts_due_late_and_the_stock_by_hand() -> None:
    own = one("summary").iloc[0]
    # reported in 30 days: 1..6 (7 is sensitive, 8 is older); due: 1, 2, 3; late: 2, 3; the stock: 3, 4, 5, 8
    assert (own["n"], own["need"], own["late"], own["closed"]) == (6, 3, 2, 2)
    assert own["share"] == pytest.approx(66.667, abs=1e-3)
    assert (own["open"], own["overdue"], own["hung"]) == (4, 2, 1)


def test_a_backlog_is_not_cut_by_the_window() -> None:
    own = one("summary", {"win": "today"}).iloc[0]
    assert (own["n"], own["open"], own["overdue"]) == (0, 4, 2)


def test_the_whole_beside_a_choice_is_the_viewers_area_in_the_same_window() -> None:
    frame = one("summary", {"cat": "noise"})
    assert rows(frame, "part", "n") == [("chosen", 1), ("whole", 6)]
    assert rows(one("summary", {}, desk("west")), "part", "n") == [("chosen", 2), ("whole", 2)]


def test_compared_period_is_counted_beside() -> None:
    frame = one("summary", {"from": "2026-11-22", "to": "2026-11-23", "vs": "previous"})
    # 22 and 23 November until now, 12:00: 4, 5, 6; the two days before until 12:00 of the second: 1, 2, 3
    assert rows(frame, "part", "n") == [("chosen", 3), ("versus", 3), ("whole", 3)]
    assert frame["cut"].tolist() == [0, 0, 0]


def test_a_period_before_the_first_record_is_not_compared() -> None:
    # the first record is case 8, of 1 September: the 90 days before the last 90 began before it, 30 days did not
    frame = read(("summary", "trend"), {"win": "90d", "vs": "previous"}).frames
    assert rows(frame["summary"], "part", "cut") == [("chosen", 0), ("versus", 1), ("whole", 0)]
    # 2026-08-26 .. 11-23 beside 2026-05-29 .. 08-26: all of that lies before the first record
    assert (frame["trend"]["before"] == -1).all()
    later = read(("trend",), {"from": "2026-11-01", "to": "2026-11-23", "vs": "previous"}).frames["trend"]
    assert (later["before"] == 0).all()
    half = read(("trend",), {"from": "2026-09-29", "to": "2026-11-20", "vs": "previous"}).frames["trend"]
    # 53 days before 29 September begin on 7 August; 1 September is the 26th of them
    assert (half["before"] == -1).sum() == 25
    assert half["before"].tolist()[25] == 1


def test_areas_are_those_below_the_chosen_one_and_sum_to_it() -> None:
    assert rows(one("areas"), "area", "n", "need", "late", "open", "overdue") == [
        ("east", 4, 3, 2, 2, 2),
        ("west", 2, 0, 0, 2, 0),
    ]
    below = one("areas", {"area": "west"})
    assert rows(below, "area", "n") == [("west1", 2)]


def test_what_is_not_located_has_a_row_of_its_own() -> None:
    city = little()
    city.event("2026-11-22 09:00", l1=-1, l2=-1, l3=-1)
    assert rows(one("areas", {}, None, city), "area", "n") == [("east", 4), ("west", 2), ("", 1)]


def test_trend_names_every_day_of_the_window_also_empty_ones() -> None:
    frame = one("trend", {"from": "2026-11-19", "to": "2026-11-23"})
    assert rows(frame, "at", "n", "late") == [
        ("2026-11-19", 0, 0),
        ("2026-11-20", 2, 1),
        ("2026-11-21", 1, 1),
        ("2026-11-22", 3, 0),
        ("2026-11-23", 0, 0),
    ]


def test_trend_of_a_day_is_by_hour_and_ends_with_the_running_one() -> None:
    frame = one("trend", {"from": "2026-11-22", "to": "2026-11-23"})
    assert len(frame) == 24 + 13
    assert rows(frame[frame["n"] > 0], "at", "n") == [("2026-11-22T10", 1), ("2026-11-22T11", 1), ("2026-11-22T12", 1)]


def test_trend_compares_with_the_same_place_of_the_period_before() -> None:
    frame = one("trend", {"from": "2026-11-20", "to": "2026-11-22", "vs": "previous"}, None, _with_earlier())
    assert rows(frame, "at", "n", "before") == [("2026-11-20", 2, 0), ("2026-11-21", 1, 2), ("2026-11-22", 3, 0)]


def _with_earlier() -> LittleCity:
    city = little()
    city.event("2026-11-18 09:00", closed="2026-11-18 10:00")
    city.event("2026-11-18 23:59", closed="2026-11-19 10:00")
    return city


def test_stage_by_department_is_the_stock_and_marks_what_is_overdue() -> None:
    frame = one("stage_department", {"win": "today"})
    assert sorted(rows(frame, "department", "stage", "open", "overdue")) == [
        ("", "accept", 1, 1),
        ("court", "handle", 1, 1),
        ("hearing", "handle", 2, 0),
    ]


def test_month_by_category_spans_twelve_months_whatever_the_window() -> None:
    frame = one("month_category", {"win": "7d"})
    assert rows(frame, "category", "month", "n") == [("litter", "2026-09", 1), ("litter", "2026-11", 5), ("noise", "2026-11", 1)]


def test_hours_of_the_week_are_the_citys_own() -> None:
    frame = one("area_week")
    # 20 November 2026 was a Friday (4)
    assert ("east", 4, 9, 2) in rows(frame, "area", "weekday", "hour", "n")
    assert ("west", 6, 10, 1) in rows(frame, "area", "weekday", "hour", "n")
    assert frame["n"].sum() == 6


def test_a_zone_of_half_an_hour_puts_a_report_into_its_own_hour() -> None:
    city = LittleCity("Asia/Kolkata")
    city.event("2026-11-20 09:10")
    city.event("2026-11-20 09:50")
    choice = choose(desk(), city.city, {}, when(NOW, "Asia/Kolkata"))
    frame = view(city.facts, choice, ("area_week",)).frames["area_week"]
    assert rows(frame, "area", "weekday", "hour", "n") == [("east", 4, 9, 2)]


def test_hours_of_the_day_are_means_of_the_days_on_which_they_are_over() -> None:
    city = LittleCity()
    for at_ in ("2026-11-20 09:05", "2026-11-20 09:50", "2026-11-21 09:00", "2026-11-23 09:59", "2026-11-23 12:10"):
        city.event(at_)
    # Friday 20 to Monday 23 November 2026, half past twelve: two workdays, two days of rest
    choice = choose(desk(), city.city, {"from": "2026-11-20", "to": "2026-11-23"}, when("2026-11-23 12:30"))
    frame = view(city.facts, choice, ("hour_profile",)).frames["hour_profile"]
    told = {r[0]: r[1:] for r in rows(frame, "hour", "n", "days", "per_day", "rest_n", "rest_days", "rest_per_day")}
    assert sorted(told) == list(range(24))
    assert told[9] == (3, 2, 1.5, 1, 2, 0.5)
    assert told[12] == (0, 1, 0.0, 0, 2, 0.0), "the hour that is not over is no part of it, nor what was reported in it"
    assert told[23] == (0, 1, 0.0, 0, 2, 0.0)


def test_a_window_without_a_day_of_rest_says_no_mean_of_one() -> None:
    frame = one("hour_profile", {"from": "2026-11-20", "to": "2026-11-20"})
    assert frame["rest_days"].sum() == 0
    assert frame["rest_per_day"].isna().all()


def process_city() -> LittleCity:
    city = LittleCity()
    first = city.event("2026-11-20 09:00", closed="2026-11-20 12:00", reached=0b10110001, reworks=0, returns=1)
    for stage, a, b, after, again in [
        (REPORT, "09:00", "09:10", DISPATCH, 0),
        (DISPATCH, "09:10", "09:40", HANDLE, 0),
        (HANDLE, "09:40", "10:40", DISPATCH, 0),
        (DISPATCH, "10:40", "11:00", HANDLE, 1),
        (HANDLE, "11:00", "12:00", CLOSE, 1),
        (CLOSE, "12:00", "12:00", -1, 0),
    ]:
        city.visit(
            first, stage, f"2026-11-20 {a}", f"2026-11-20 {b}", exit=1 if after >= 0 else 2, next_stage=after, rework=again
        )
    second = city.event("2026-11-23 11:00", reached=0b10001, stage=DISPATCH)
    city.visit(second, REPORT, "2026-11-23 11:00", "2026-11-23 11:30", next_stage=DISPATCH)
    city.visit(second, DISPATCH, "2026-11-23 11:30")
    return city


def test_process_counts_steps_ways_back_and_visits_with_open_ones_censored() -> None:
    frame = one("process", {}, None, process_city())
    steps = frame[frame["kind"] == "step"]
    assert rows(steps, "stage", "to", "n", "back") == [
        ("report", "dispatch", 2, 0),
        ("dispatch", "handle", 2, 0),
        ("handle", "dispatch", 1, 1),
        ("handle", "close", 1, 0),
    ]
    stages = frame[frame["kind"] == "stage"].set_index("stage")
    assert [int(cell(stages, s, "n")) for s in ("report", "dispatch", "handle", "close")] == [2, 2, 1, 1]
    assert [int(cell(stages, s, "again")) for s in ("dispatch", "handle")] == [1, 1]
    # dispatch: 20 and 30 minutes done, one that has stood 30: S(20) = 2/3, S(30) = 1/3 <= 1/2, so the median is 30
    assert stages.loc["dispatch", "median_min"] == 30
    assert stages.loc["report", "median_min"] == 10  # 10 and 30: S(10) = 1/2 reaches it


def test_process_of_other_cases_does_not_hold_these() -> None:
    frame = one("process", {"cat": "noise"}, None, process_city())
    assert (frame.loc[frame["kind"] == "stage", "n"] == 0).all()
    assert frame.loc[frame["stage"] == "dispatch", "usual_min"].iloc[0] == 30  # all visits of the window are still beside it


def test_times_hold_every_dispatched_case_once_done_or_waiting() -> None:
    city = LittleCity()
    for reported, done in [("2026-11-16 08:30", "2026-11-16 09:00"), ("2026-11-16 08:30", "2026-11-16 11:30")]:  # 30, 180 min
        city.event(reported, registered=reported, dispatched=reported, handled=reported, completed=done, closed=done, outcome=1)
    city.event("2026-11-23 09:00", registered="2026-11-23 09:00", dispatched="2026-11-23 09:00")  # waits 180
    frame = one("times", {}, None, city)
    filled = frame[(frame["done"] > 0) | (frame["censored"] > 0)]
    assert rows(filled, "from_min", "done", "censored") == [(0, 1, 0), (120, 1, 1)]
    # Kaplan-Meier: S(30) = 2/3, S(180) = 1/3; before 60 minutes 2/3 are not completed
    assert frame["left"].iloc[0] == pytest.approx(66.667, abs=1e-3)
    assert np.isnan(frame["left"].iloc[4])  # nobody was watched so long: the curve says nothing there


def test_departments_are_the_walls_own_ranking_of_the_chosen_cases() -> None:
    city = LittleCity()
    for _ in range(3):
        city.event(
            "2026-11-16 08:30",
            registered="2026-11-16 08:30",
            dispatched="2026-11-16 08:30",
            completed="2026-11-16 10:00",
            closed="2026-11-16 10:00",
        )
    frame = one("departments", {}, None, city)
    assert rows(frame, "department", "n", "median_min", "band") == [("", 3, 90.0, 2), ("hearing", 3, 90.0, 2)]
    wall = city.read("department_response", NOW)
    assert wall.query("measure == 'complete' and department == 'hearing'")["median_min"].iloc[0] == 90.0


def test_list_of_a_stock_is_longest_overdue_first_and_not_cut_by_the_window() -> None:
    assert list(one("cases", {"state": "overdue", "win": "today"})["case_number"]) == ["C8", "C3"]
    assert list(one("cases", {"state": "open"})["case_number"]) == ["C8", "C3", "C4", "C5"]


def test_list_of_a_window_is_newest_first_and_says_what_became_of_each() -> None:
    frame = one("cases")
    assert rows(frame, "case_number", "state") == [
        ("C6", "cancelled"),
        ("C5", "hung"),
        ("C4", "open"),
        ("C3", "overdue"),
        ("C2", "late"),
        ("C1", "closed"),
    ]
    assert frame.loc[frame["case_number"] == "C3", "left_min"].iloc[0] == -1


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ({"state": "late"}, ["C3", "C2"]),
        ({"state": "returned"}, ["C2"]),
        ({"state": "closed"}, ["C2", "C1"]),
        ({"state": "hung"}, ["C5"]),
        ({"stage": "accept", "state": "open"}, ["C8"]),
        ({"dep": "court"}, ["C3"]),
        ({"area": "west"}, ["C5", "C4"]),
        ({"cat": "litter,noise", "area": "west"}, ["C5", "C4"]),
        ({"area": "east1"}, ["C6", "C3", "C2", "C1"]),
    ],
)
def test_each_filter_chooses_its_cases(words: dict[str, str], numbers: list[str]) -> None:
    assert list(one("cases", words)["case_number"]) == numbers


def test_pages_of_the_list_follow_each_other_without_gap_or_repeat() -> None:
    city = little()
    choice = choose(desk(), city.city, {}, when(NOW))
    seen = []
    for first in (0, 2, 4):
        _, answers = city.facts.read(case_list.select_(choice, first, 2, "due_at", False))
        seen += list(case_list.compute(answers, choice)["case_number"])
    assert seen == ["C1", "C2", "C5", "C6", "C3", "C4"]
    assert case_list.totals(answers, choice) == (6, 0)


def test_sorting_by_what_is_no_column_is_refused() -> None:
    with pytest.raises(QueryError, match="did you mean 'due_at'"):
        case_list.select_(choose(desk(), little().city, {}, when(NOW)), 0, 2, "due_att")


def test_sensitive_cases_are_only_selected_for_an_account_that_may() -> None:
    assert "C7" not in set(one("cases")["case_number"])
    assert one("summary").iloc[0]["n"] == 6
    cleared = desk("", "sensitive")
    assert "C7" in set(one("cases", {}, cleared)["case_number"])
    assert one("summary", {}, cleared).iloc[0]["n"] == 7
    for name, column in (("trend", "n"), ("areas", "n"), ("areas", "open"), ("area_week", "n"), ("stage_department", "open")):
        assert one(name, {"cat": "dispute"})[column].sum() == 0, name
    assert one("summary", {"cat": "dispute"}).iloc[0]["n"] == 0


def test_restricted_channels_are_counted_and_never_listed() -> None:
    named = [{"code": c, "name": {"zh": c, "en": c}} for c in ("phone", "patrol")]
    named[1]["restricted"] = True  # type: ignore[assignment]
    city = LittleCity(channels=named)
    city.event("2026-11-22 09:00")
    city.event("2026-11-22 10:00", channel=PATROL)
    choice = choose(desk(), city.city, {}, when(NOW))
    _, answers = city.facts.read(case_list.select_(choice))
    assert list(case_list.compute(answers, choice)["case_number"]) == ["C1"]
    assert case_list.totals(answers, choice) == (1, 1)
    assert one("summary", {}, None, city).iloc[0]["n"] == 2
    cleared = choose(desk("", "sensitive"), city.city, {}, when(NOW))
    _, answers = city.facts.read(case_list.select_(cleared))
    assert case_list.totals(answers, cleared) == (2, 0)


def test_an_account_of_one_town_sees_nothing_of_another() -> None:
    west = desk("west")
    assert list(one("cases", {}, west)["case_number"]) == ["C5", "C4"]
    assert one("areas", {}, west)["area"].tolist() == ["west1"]
    with pytest.raises(AccessError, match="outside your area"):
        one("cases", {"area": "east"}, west)
    with pytest.raises(AccessError):
        one("cases", {"area": "east1"}, west)
    with pytest.raises(AccessError):
        one("cases", {"area": "little"}, west)  # the whole city by its own code
    assert list(one("cases", {"area": "west1"}, west)["case_number"]) == ["C5", "C4"]


def test_all_drills_of_a_page_are_of_one_moment() -> None:
    found = read(tuple(DRILLS))
    assert found.snapshot == "D-1123-120000"
    assert set(found.frames) == set(DRILLS)
    for name, frame in found.frames.items():
        assert list(frame.columns)[-len(DRILLS[name].fields) :] == [f.name for f in DRILLS[name].fields], name
