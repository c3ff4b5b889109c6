"""Filters as words of an address: every one is judged, and the address gives them again."""

from __future__ import annotations

import re

import pytest

from data.city.city import City
from data.drill.filters import changed, parse
from data.errors import QueryError
from tests.city_builder import at, profile, when

CITY = City(profile())
NOW = when("2026-11-23 10:42")


def test_thirty_days_are_today_and_the_twenty_nine_before_it() -> None:
    f = parse({}, CITY, NOW)
    assert (f.since, f.until) == (at("2026-10-25 00:00"), at("2026-11-23 10:42") + 1)


def test_chosen_days_are_both_included_and_end_at_their_midnight() -> None:
    f = parse({"from": "2026-11-01", "to": "2026-11-03"}, CITY, NOW)
    assert (f.since, f.until) == (at("2026-11-01 00:00"), at("2026-11-04 00:00"))


def test_days_that_reach_into_the_future_end_now() -> None:
    assert parse({"from": "2026-11-20", "to": "2026-12-31"}, CITY, NOW).until == at("2026-11-23 10:42") + 1


def test_the_address_gives_the_same_filters_again() -> None:
    words = {
        "win": "90d",
        "vs": "year",
        "area": "east",
        "cat": "litter,noise",
        "dep": "court",
        "sev": "2,3",
        "stage": "handle",
        "state": "overdue",
    }
    f = parse(words, CITY, NOW)
    assert f.words() == words
    assert parse(f.words(), CITY, NOW) == f


def test_previous_period_is_as_long_and_ends_where_the_window_begins() -> None:
    f = parse({"from": "2026-11-01", "to": "2026-11-10", "vs": "previous"}, CITY, NOW)
    assert f.compared(CITY) == (at("2026-10-22 00:00"), at("2026-11-01 00:00"))


def test_a_day_that_is_not_over_is_compared_with_the_same_part_of_a_day() -> None:
    since, until = parse({"win": "7d", "vs": "previous"}, CITY, NOW).compared(CITY) or (0, 0)
    f = parse({"win": "7d"}, CITY, NOW)
    week = 7 * 86_400_000  # the zone has no change of clocks
    assert (since, until) == (f.since - week, f.until - week)
    today = parse({"win": "today", "vs": "previous"}, CITY, NOW)
    assert today.compared(CITY) == (today.since - week // 7, today.until - week // 7)


def test_last_year_of_the_29th_of_february_is_the_28th() -> None:
    f = parse({"from": "2024-02-29", "to": "2024-03-01", "vs": "year"}, CITY, NOW)
    assert f.compared(CITY) == (at("2023-02-28 00:00"), at("2023-03-02 00:00"))


@pytest.mark.parametrize(
    ("window", "since", "until", "before", "before_until"),
    [
        ("month", "2026-11-01 00:00", None, "2026-10-01 00:00", "2026-10-23 10:42"),
        ("lastmonth", "2026-10-01 00:00", "2026-11-01 00:00", "2026-09-01 00:00", "2026-10-01 00:00"),
        ("quarter", "2026-10-01 00:00", None, "2026-07-01 00:00", "2026-08-23 10:42"),
        ("lastquarter", "2026-07-01 00:00", "2026-10-01 00:00", "2026-04-01 00:00", "2026-07-01 00:00"),
    ],
)
def test_months_and_quarters_are_those_of_the_calendar_and_so_is_what_precedes_them(
    window: str, since: str, until: str | None, before: str, before_until: str
) -> None:
    """A running one is compared with as much of the one before; 54 days into October are 54 days into July: 23 August."""
    f = parse({"win": window, "vs": "previous"}, CITY, NOW)
    end = at(until) if until else at("2026-11-23 10:42") + 1
    assert (f.since, f.until) == (at(since), end)
    assert f.compared(CITY) == (at(before), at(before_until) + (0 if until else 1))
    assert parse(f.words(), CITY, NOW) == f


def test_a_long_month_so_far_is_compared_with_no_more_than_the_short_one_before_it() -> None:
    march = when("2026-03-31 10:00")
    f = parse({"win": "month", "vs": "previous"}, CITY, march)
    assert f.compared(CITY) == (at("2026-02-01 00:00"), at("2026-03-01 00:00"))
    january = parse({"win": "quarter", "vs": "previous"}, CITY, when("2026-01-05 10:00"))
    assert january.compared(CITY) == (at("2025-10-01 00:00"), at("2025-10-05 10:00") + 1)


def test_the_same_weekdays_of_last_year_are_52_weeks_back() -> None:
    f = parse({"from": "2026-11-16", "to": "2026-11-22", "vs": "weekdays"}, CITY, NOW)  # Monday to Sunday
    assert f.compared(CITY) == (at("2025-11-17 00:00"), at("2025-11-24 00:00"))  # Monday to Sunday as well


def test_a_day_is_23_hours_long_where_the_clock_springs_forward() -> None:
    city = City(profile("America/Los_Angeles"))
    f = parse({"from": "2026-03-08", "to": "2026-03-08"}, city, when("2026-03-20 12:00", "America/Los_Angeles"))
    assert f.until - f.since == 23 * 3_600_000


def test_another_window_takes_the_place_of_chosen_days_and_the_other_way_round() -> None:
    days = parse({"from": "2026-11-01", "to": "2026-11-03", "cat": "noise"}, CITY, NOW)
    assert changed(days, win="7d") == {"win": "7d", "cat": "noise"}
    assert changed(parse({"win": "7d"}, CITY, NOW), **{"from": "2026-11-01", "to": "2026-11-02"}) == {
        "from": "2026-11-01",
        "to": "2026-11-02",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"cat": "liter"}, "did you mean 'litter'?"),
        ({"win": "31d"}, "did you mean '30d'?"),
        ({"state": "opened"}, "did you mean 'open'?"),
        ({"sev": "5"}, "sev '5'"),
        ({"vs": "decade"}, "vs 'decade'"),
        ({"from": "2026-13-01"}, "write e.g. 2026-11-01"),
        ({"from": "2026-02-30"}, "is no day"),
        ({"from": "2026-11-05", "to": "2026-11-01"}, "exchange them"),
        ({"from": "2027-01-01"}, "in the future"),
    ],
)
def test_a_faulty_word_is_refused_with_what_instead(words: dict[str, str], said: str) -> None:
    with pytest.raises(QueryError, match=re.escape(said)) as fault:
        parse(words, CITY, NOW)
    assert any(ord(c) > 0x2E80 for c in fault.value.zh)
