"""Limits that end soon and times in stages, of visits counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.city_builder import CLOSE, COURT, DISPATCH, DISPUTE, HANDLE, WEST, LittleCity
from tests.frame_cells import cell, cells

NOW = "2026-11-23 10:00"  # a Monday; work since 08:30
DAY = "2026-11-23"


def of(frame: pd.DataFrame, kind: str, code: str, *names: str) -> list[Any]:
    row = frame[(frame["kind"] == kind) & (frame["code"] == code)].iloc[0]
    return [row[n] for n in names]


def handled() -> LittleCity:
    """Twenty cases of Friday: ten were handled for 30 minutes and closed 30 later, ten ended after 120 minutes of handling."""
    city, day = LittleCity(), "2026-11-20"
    for _ in range(10):
        one = city.event(f"{day} 09:00", closed=f"{day} 10:00")
        city.visit(one, HANDLE, f"{day} 09:00", f"{day} 09:30", next_stage=CLOSE)
        city.visit(one, CLOSE, f"{day} 09:30", f"{day} 10:00", exit=2)
        city.visit(city.event(f"{day} 09:00", closed=f"{day} 11:00"), HANDLE, f"{day} 09:00", f"{day} 11:00", exit=2)
    return city


def waits(city: LittleCity, due: str, since: str = "09:00", stage: int = HANDLE, **more: Any) -> None:
    city.visit(city.event(f"{DAY} {since}", due=f"{DAY} {due}", stage=stage, **more), stage, f"{DAY} {since}")


@pytest.fixture(scope="module")
def city() -> LittleCity:
    little = handled()
    # all three have stood for 60 minutes, so that each will be one of those that take 120
    waits(little, "10:30")  # 30 minutes left: it cannot be done
    waits(little, "11:00", department=COURT)  # leaves at its limit: half of all ended as they left
    waits(little, "11:30", l1=WEST)  # 30 minutes more, and all have ended 30 minutes after
    waits(little, "10:30", is_hung=1)
    waits(little, "11:00", stage=DISPATCH)  # no visit of dispatch was ever seen
    waits(little, "14:00")  # at the end of the four hours
    waits(little, "14:01")  # behind them
    waits(little, "09:59")  # over already
    waits(little, "10:10", category=DISPUTE, sensitive=1)
    return little


def test_chances_are_those_of_visits_that_have_lasted_so_long(city: LittleCity) -> None:
    frame = city.read("breaches", NOW)
    assert of(frame, "all", "", "n", "hung", "unknown") == [5, 1, 1]
    # 1 + 1/2 + 0 + 0
    assert of(frame, "all", "", "expected", "at_least") == pytest.approx([1.5, 1.0])
    assert of(frame, "all", "", "soonest_min") == [30]


def test_stages_departments_and_towns_share_the_same_cases(city: LittleCity) -> None:
    frame = city.read("breaches", NOW)
    assert of(frame, "stage", "handle", "n", "hung", "unknown", "expected") == pytest.approx([4, 1, 0, 1.5])
    assert of(frame, "department", "court", "n", "expected", "at_least") == pytest.approx([1, 0.5, 0])
    assert of(frame, "town", "west", "n", "expected") == pytest.approx([1, 0])
    for kind in ("stage", "department", "town"):
        own = frame[frame["kind"] == kind]
        assert own["n"].sum() == 5
        assert own["hung"].sum() == 1
        assert own["expected"].sum() == pytest.approx(1.5)


def test_what_nothing_is_known_of_has_no_chance_and_no_number(city: LittleCity) -> None:
    frame = city.read("breaches", NOW)
    assert of(frame, "stage", "dispatch", "n", "unknown") == [1, 1]
    assert np.isnan(of(frame, "stage", "dispatch", "expected", "at_least")).all()


def test_the_stage_alone_is_never_more_than_all_that_is_before_a_case(city: LittleCity) -> None:
    frame = city.read("breaches", NOW).dropna(subset=["expected"])
    assert (frame["at_least"] <= frame["expected"] + 1e-12).all()


def test_a_town_alone_is_told_by_the_visits_of_the_whole_city(city: LittleCity) -> None:
    assert of(city.read("breaches", NOW, scope="west"), "all", "", "n", "expected", "unknown") == pytest.approx([1, 0, 0])


def test_an_empty_day_expects_none() -> None:
    assert of(handled().read("breaches", NOW), "all", "", "n", "hung", "expected") == [0, 0, 0.0]


def test_times_in_stage_have_open_visits_censored_and_repeats_apart() -> None:
    city, day = LittleCity(), "2026-11-20"  # a Friday
    done = city.event(f"{day} 09:00", closed=f"{day} 17:00")
    city.visit(done, HANDLE, f"{day} 09:00", f"{day} 10:00", next_stage=DISPATCH)  # 60 minutes
    city.visit(done, DISPATCH, f"{day} 10:00", f"{day} 11:30", next_stage=HANDLE)
    city.visit(done, HANDLE, f"{day} 11:30", f"{day} 14:30", exit=2, rework=1)  # 60 of work, 180 of the wall
    city.visit(city.event(f"{day} 09:00", closed=f"{day} 11:00"), HANDLE, f"{day} 09:00", f"{day} 11:00", exit=2)  # 120
    city.visit(city.event(f"{day} 16:00"), HANDLE, f"{day} 16:00")  # stands 90 + 90 minutes of work, 66 hours of the wall
    frame = city.read("stage_times", NOW).set_index(["stage", "visit"])
    names = ["n", "done", "waiting", "median_min", "wall_median_min"]
    # 60 and 120 are over, 180 goes on: S(60) = 2/3, S(120) = 1/3 <= 1/2; a tenth is never reached
    assert cells(frame, ("handle", "first"), names) == [3, 2, 1, 120, 120]
    assert np.isnan(cell(frame, ("handle", "first"), "p90_min"))
    names = ["n", "waiting", "median_min", "p90_min", "wall_median_min"]
    assert cells(frame, ("handle", "again"), names) == [1, 0, 60, 60, 180]
    assert frame.loc[("close", "first"), "n"] == 0
    assert np.isnan(float(frame.loc[("close", "first"), "median_min"]))  # type: ignore[arg-type]
