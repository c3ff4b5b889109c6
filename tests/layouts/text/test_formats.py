"""What the wall says, worked by hand: numbers, durations and dates."""

from __future__ import annotations

import math
from zoneinfo import ZoneInfo

import pytest

from layouts.text import formats

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (8311, 0, "8,311"),
        (88.25, 1, "88.3"),
        (-3, 0, "−3"),
        (-0.04, 1, "0.0"),
        (2.5, 0, "3"),
        (NAN, 0, "–"),
        (None, 0, "–"),
        (math.inf, 1, "–"),
        ("", 0, "–"),
    ],
)
def test_a_number_is_said_as_one_writes_it_and_an_unknown_one_is_a_dash(value: object, digits: int, said: str) -> None:
    assert formats.decimal(value, digits) == said


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [
        (14 / 60, "14分", "14 min"),
        (1 + 52 / 60, "1时52分", "1 h 52"),
        (5.1, "5时06分", "5 h 06"),
        (145, "6天1时", "6 d 1 h"),
        (48, "2天", "2 d"),
        (40 * 24 + 5, "40天", "40 d"),
        (0, "0分", "0 min"),
        (NAN, "–", "–"),
    ],
)
def test_a_duration_keeps_the_two_units_that_matter(hours: float, zh: str, en: str) -> None:
    assert (formats.duration(hours, "zh"), formats.duration(hours, "en")) == (zh, en)


def test_days_overdue_are_whole_from_ten_on_and_hours_below_a_tenth() -> None:
    assert [formats.days(d, "zh") for d in (20.9, 6.24, 0.05)] == ["20 天", "6.2 天", "1时12分"]


def test_the_usual_is_said_with_its_reach_or_that_there_is_none() -> None:
    assert formats.usual(133, 115, 151, "zh") == "往常 133（115–151）"
    assert formats.usual(133, 115, 151, "en") == "usual 133 (115–151)"
    assert formats.usual(NAN, 1, 2, "zh") == "往常尚无可比"
    assert formats.span(4, 4) == "4"


def test_the_date_is_that_of_the_citys_zone() -> None:
    # 2026-11-22 20:00 UTC is Monday morning in China
    assert formats.date_line(1_795_377_600_000, ZoneInfo("Asia/Shanghai"), "zh") == "2026-11-23 周一"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(90, "1.5"), (6, "0.1"), (5.9, "0.10"), (3, "0.05"), (0.5, "0.01"), (0.2, "<0.01"), (0, "0.0"), (-3, "−0.1"), (None, "–")],
)
def test_work_hours_of_a_short_stage_are_not_nought(minutes: float | None, said: str) -> None:
    assert formats.work_hours(minutes) == said
