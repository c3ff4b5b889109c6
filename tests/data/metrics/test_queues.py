"""Queues of a handful of visits counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.metrics.process import queues
from tests.city_builder import DISPATCH, HANDLE, REPORT, REVISIT, WEST, LittleCity

NOW = "2026-11-23 12:00"  # a Monday; 08:30-12:00 and 14:00-17:30 are worked, seven hours a day


def of(frame: pd.DataFrame, stage: str, *names: str) -> list[Any]:
    row = dict(frame.set_index("stage").loc[stage])
    return [row[n] for n in names]


@pytest.fixture(scope="module")
def city() -> LittleCity:
    little = LittleCity()
    old = little.event("2026-10-01 09:00", due="2026-12-30 09:00")  # before the 28 days, open
    little.visit(old, REPORT, "2026-10-01 09:00", "2026-10-30 10:00", next_stage=HANDLE)
    little.visit(old, HANDLE, "2026-10-30 10:00")  # no limit of its own; oldest
    half = little.event("2026-11-23 08:30", l1=WEST)  # 210 of 420 work minutes: exactly half
    little.visit(half, HANDLE, "2026-11-23 08:30", due_at=little.at("2026-11-23 17:30"))
    edge = little.event("2026-11-20 10:00", stage=DISPATCH)  # Friday; its limit is this very instant
    little.visit(edge, REPORT, "2026-11-20 10:00", "2026-11-20 11:00", next_stage=DISPATCH)
    little.visit(edge, DISPATCH, "2026-11-20 11:00", due_at=little.at(NOW))
    over = little.event("2026-11-20 08:30")
    little.visit(over, HANDLE, "2026-11-20 08:30", due_at=little.at("2026-11-23 11:59"))
    hung = little.event("2026-11-20 17:30", is_hung=1)  # deferred: its limit has no meaning
    little.visit(hung, HANDLE, "2026-11-20 17:30", due_at=little.at("2026-11-21 08:30"))
    done = little.event("2026-11-18 09:00", closed="2026-11-19 09:00")
    little.visit(done, REPORT, "2026-11-18 09:00", "2026-11-18 10:00", next_stage=HANDLE)
    little.visit(done, HANDLE, "2026-11-18 10:00", "2026-11-19 09:00", exit=2)
    little.event("2026-09-01 09:00", closed="2026-09-01 10:00")  # records begin long before
    return little


def test_ages_and_limits_by_hand(city: LittleCity) -> None:
    frame = city.read("queues", NOW)
    assert of(frame, "handle", "wip") == [4]
    # Monday 08:30 and Friday 17:30 to now: 3.5 h, half a day; Friday 08:30: 10.5 h; 30 October: over 15 days
    assert of(frame, "handle", *queues.AGES) == [2, 1, 0, 0, 1]
    assert of(frame, "handle", *queues.USED) == [0, 1, 0, 1, 1, 1]
    # of two with a limit that runs; since 30 October 10:00 the clock of the wall has gone 24 days and 2 hours
    assert of(frame, "handle", "over_share", "age_p50_h", "oldest_wall_h") == [50.0, 3.5, 24 * 24 + 2]
    assert of(frame, "handle", "oldest_h") == of(frame, "handle", "age_p90_h")


def test_exactly_at_the_limit_is_not_over_it(city: LittleCity) -> None:
    assert of(city.read("queues", NOW), "dispatch", *queues.USED) == [0, 0, 1, 0, 0, 0]


def test_everything_that_waits_is_in_one_band_of_each_kind_and_stages_sum_to_open(city: LittleCity) -> None:
    frame = city.read("queues", NOW)
    assert (frame[list(queues.AGES)].sum(axis=1) == frame["wip"]).all()
    assert (frame[list(queues.USED)].sum(axis=1) == frame["wip"]).all()
    assert frame["wip"].tolist()[0] == frame["wip"][1:].sum() == 5
    assert frame["stage"].tolist() == ["", "report", "accept", "verify", "register", "dispatch", "handle", "inspect", "close"]


def test_opening_plus_in_minus_out_is_what_waits(city: LittleCity) -> None:
    frame = city.read("queues", NOW)
    assert (frame["opening"] + frame["came"] - frame["went"] == frame["wip"]).all()
    assert of(frame, "", "opening", "came", "went", "wip") == [1, 5, 1, 5]  # the old one; five new; one ended
    assert of(frame, "report", "opening", "came", "went", "wip") == [1, 2, 3, 0]
    assert of(frame, "handle", "opening", "came", "went", "wip") == [0, 5, 1, 4]
    assert of(frame, "handle", "days", "in_day") == [28, 5 / 28]
    assert of(frame, "handle", "in_workday") == pytest.approx([5 / 20])  # 26 October 12:00 to 23 November 12:00


def test_a_case_closed_before_it_was_reported_neither_comes_nor_goes(city: LittleCity) -> None:
    """Its visits have no length: the first before the 28 days, the last, with which it ended, within them."""
    little = LittleCity()
    little.event("2026-09-01 09:00", closed="2026-09-01 10:00")
    early = little.event("2026-11-10 09:00", closed="2026-11-09 09:00")
    little.visit(early, REPORT, "2026-10-20 09:00", "2026-10-20 09:00", next_stage=DISPATCH)
    little.visit(early, DISPATCH, "2026-11-10 10:00", "2026-11-10 10:00", next_stage=HANDLE)
    little.visit(early, HANDLE, "2026-11-10 12:00", "2026-11-10 12:00", exit=2)
    frame = little.read("queues", NOW)
    assert of(frame, "", "opening", "came", "went", "wip") == [0, 0, 0, 0]
    assert (frame["opening"] + frame["came"] - frame["went"] == frame["wip"]).all()


def test_a_stage_passed_in_no_time_does_not_part_a_case(city: LittleCity) -> None:
    """Reported and accepted at one instant: one case came, though its first visit has no length."""
    little = LittleCity()
    little.event("2026-09-01 09:00", closed="2026-09-01 10:00")
    quick = little.event("2026-11-10 09:00")
    little.visit(quick, REPORT, "2026-11-10 09:00", "2026-11-10 09:00", next_stage=DISPATCH)
    little.visit(quick, DISPATCH, "2026-11-10 09:00", "2026-11-10 10:00", next_stage=HANDLE)
    little.visit(quick, HANDLE, "2026-11-10 10:00")
    frame = little.read("queues", NOW)
    assert of(frame, "", "opening", "came", "went", "wip") == [0, 1, 0, 1]
    assert of(frame, "dispatch", "opening", "came", "went", "wip") == [0, 1, 1, 0]


def test_a_case_that_was_closed_and_reopened_comes_again(city: LittleCity) -> None:
    """Called back from 20 October to 10 November, then handled again: at the window's beginning it was not open."""
    little = LittleCity()
    little.event("2026-09-01 09:00", closed="2026-09-01 10:00")
    again = little.event("2026-10-01 09:00")
    little.visit(again, HANDLE, "2026-10-01 09:00", "2026-10-20 09:00", next_stage=REVISIT)
    little.visit(again, REVISIT, "2026-10-20 09:00", "2026-11-10 09:00", next_stage=HANDLE)
    little.visit(again, HANDLE, "2026-11-10 09:00", rework=1)
    frame = little.read("queues", NOW)
    assert of(frame, "", "opening", "came", "went", "wip") == [0, 1, 0, 1]


def test_natural_days_since_the_report_of_what_waits(city: LittleCity) -> None:
    """Handled now: reported on 1 October 09:00 (53 days and 3 hours), 20 November 08:30 and 17:30, 23 November 08:30."""
    frame = city.read("queues", NOW)
    assert of(frame, "handle", "open_p50_days", "open_p90_days", "open_max_days") == pytest.approx(
        [2 + 18.5 / 24, 53 + 3 / 24, 53 + 3 / 24]
    )
    assert np.isnan(of(frame, "report", "open_max_days")[0])


def test_a_town_has_its_own_queue(city: LittleCity) -> None:
    frame = city.read("queues", NOW, scope="west")
    assert of(frame, "", "wip", "came", "went") == [1, 1, 0]


def test_an_empty_city_prints_no_number_that_is_none() -> None:
    little = LittleCity()
    little.event("2026-09-01 09:00", closed="2026-09-01 10:00")
    frame = little.read("queues", NOW)
    assert (frame["wip"] == 0).all()
    assert set(frame["w_code"]) == {"no_flow"}
    assert set(frame["clear_code"]) == {"nothing"}
    assert not np.isinf(frame.select_dtypes("number").to_numpy(float)).any()
