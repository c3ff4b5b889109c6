"""The business clock, against worked answers, the wall clock itself and a second calendar library."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays
import numpy as np
import pytest

from data.city.profile import Hours
from data.clock.calendar import BusinessClock

pytestmark = pytest.mark.slow

SHANGHAI, AMSTERDAM = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Amsterdam")


def ms(text: str, zone: ZoneInfo = SHANGHAI, fold: int = 0) -> int:
    """A local time as an instant."""
    return round(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp() * 1000)


def local(at_ms: object, zone: ZoneInfo = SHANGHAI) -> str:
    return datetime.fromtimestamp(int(at_ms) / 1000, zone).strftime("%Y-%m-%dT%H:%M")  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def qufu() -> BusinessClock:
    return BusinessClock(Hours(), SHANGHAI, "CN")


def due(clock: BusinessClock, start: str, kind: str, amount: int, zone: ZoneInfo = SHANGHAI) -> str:
    return local(clock.deadline(ms(start, zone), kind, amount), zone)


# Workdays


def test_2026_has_248_workdays(qufu: BusinessClock) -> None:
    assert sum(qufu.is_workday(date(2026, 1, 1) + timedelta(n)) for n in range(365)) == 248


def test_saturday_of_tiaoxiu_is_worked_and_the_holiday_it_pays_for_is_not(qufu: BusinessClock) -> None:
    assert qufu.is_workday(date(2026, 2, 14))
    assert not qufu.is_workday(date(2026, 2, 23))


def test_every_day_from_2004_to_2026_is_as_chinesecalendar_says(qufu: BusinessClock) -> None:
    days = [date(2004, 1, 1) + timedelta(n) for n in range((date(2027, 1, 1) - date(2004, 1, 1)).days)]
    assert [d for d in days if qufu.is_workday(d) != chinese_calendar.is_workday(d)] == []


def test_a_second_library_agrees_on_every_day_from_2006_to_2026(qufu: BusinessClock) -> None:
    other = holidays.country_holidays("CN", years=range(2006, 2027))
    days = [date(2006, 1, 1) + timedelta(n) for n in range((date(2027, 1, 1) - date(2006, 1, 1)).days)]
    assert [d for d in days if qufu.is_workday(d) != other.is_working_day(d)] == []


def test_the_sites_own_table_wins_over_the_statutory_one() -> None:
    hours = Hours(overrides=((date(2026, 11, 23), "holiday", "停电"), (date(2026, 11, 28), "workday", "补班")))
    clock = BusinessClock(hours, SHANGHAI, "CN")
    assert not clock.is_workday(date(2026, 11, 23))
    assert clock.is_workday(date(2026, 11, 28))
    assert due(clock, "2026-11-20T16:30", "work_minutes", 120) == "2026-11-24T09:30"


# A year that is not published


def test_workdays_that_reach_2027_are_computed_and_say_that_they_are_provisional(qufu: BusinessClock) -> None:
    # From Friday 12-11: ten workdays to 12-25, four to 12-31, and 2027-01-01 is New Year's Day: Monday the 4th.
    end = qufu.deadline(ms("2026-12-11T09:00"), "workdays", 15)
    assert local(end) == "2027-01-04T09:00"
    assert qufu.provisional(np.array([ms("2026-12-31T23:59"), int(end)])).tolist() == [False, True]


def test_provisional_years_are_those_before_2004_and_from_2027(qufu: BusinessClock) -> None:
    assert qufu.provisional_years(2002, 2028) == (2002, 2003, 2027, 2028)


def test_the_year_changes_at_the_citys_midnight_not_at_utcs(qufu: BusinessClock) -> None:
    assert qufu.provisional(ms("2027-01-01T00:00"))
    assert not qufu.provisional(ms("2027-01-01T00:00") - 1)


def test_national_day_2027_is_a_holiday_but_its_saturdays_are_not_worked(qufu: BusinessClock) -> None:
    assert not qufu.is_workday(date(2027, 10, 1))
    assert not any(qufu.is_workday(date(2027, 1, 2) + timedelta(weeks=n)) for n in range(52))


def test_service_around_the_clock_works_as_time_passes_also_on_weekends_and_holidays() -> None:
    clock = BusinessClock(Hours(slots=("00:00-24:00",), every_day=True), SHANGHAI, "CN")
    friday = round(datetime(2026, 9, 25, 18, tzinfo=SHANGHAI).timestamp() * 1000)  # a fortnight that holds National Day
    fortnight = 14 * 86_400
    assert int(clock.work_seconds(friday + fortnight * 1000) - clock.work_seconds(friday)) == fortnight


def test_a_year_that_the_site_has_entered_in_full_is_no_longer_provisional() -> None:
    clock = BusinessClock(Hours(published=(2027,)), SHANGHAI, "CN")
    assert clock.provisional_years(2026, 2028) == (2028,)


@pytest.mark.parametrize("year", [1850, 1990, 2100, 2500])
def test_no_date_makes_the_clock_raise(qufu: BusinessClock, year: int) -> None:
    at = ms(f"{year}-06-03T10:00")
    assert isinstance(qufu.is_workday(date(year, 6, 3)), bool)
    assert qufu.work_instant(qufu.work_seconds(at)) is not None
    assert qufu.provisional(at)
    for kind in ("natural_minutes", "work_minutes", "workdays", "natural_days"):
        assert qufu.deadline(at, kind, 15) >= at


# Work minutes


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-02-14T16:00", "2026-02-24T11:00"),  # a Saturday of 调休, then Spring Festival
        ("2026-03-06T16:30", "2026-03-09T11:30"),  # over a weekend
        ("2026-03-07T10:00", "2026-03-09T14:30"),  # begins on a Saturday off
    ],
)
def test_four_work_hours(qufu: BusinessClock, start: str, end: str) -> None:
    assert due(qufu, start, "work_minutes", 240) == end


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-02-13T17:00", "2026-02-24T09:30", 510),
        ("2026-05-08T16:00", "2026-05-11T10:00", 600),
        ("2026-03-09T12:00", "2026-03-09T14:00", 0),  # lunch
        ("2026-03-07T00:00", "2026-03-08T23:59", 0),  # weekend
    ],
)
def test_work_minutes_between_two_instants(qufu: BusinessClock, start: str, end: str, minutes: int) -> None:
    assert qufu.work_seconds(ms(end)) - qufu.work_seconds(ms(start)) == minutes * 60


def test_a_limit_used_up_at_closing_time_ends_at_closing_time_not_at_the_next_opening(qufu: BusinessClock) -> None:
    assert due(qufu, "2026-03-06T16:30", "work_minutes", 60) == "2026-03-06T17:30"
    assert due(qufu, "2026-03-06T11:00", "work_minutes", 60) == "2026-03-06T12:00"


def test_work_time_counts_from_the_year_2000(qufu: BusinessClock) -> None:
    # 2000-01-01 and 02 were a weekend and Monday the 3rd made up for New Year's Day: Tuesday 9:30 ends the first hour.
    worked = qufu.work_seconds([ms("1999-12-31T16:30"), ms("2000-01-01T00:00"), ms("2000-01-04T09:30")])
    assert worked.tolist() == [-3600, 0, 3600]


def test_work_instant_is_the_earliest_instant_of_a_work_time(qufu: BusinessClock) -> None:
    at = np.array([ms("2026-03-06T17:30"), ms("2026-03-08T12:00"), ms("2026-03-09T08:30"), ms("2026-03-09T08:31")])
    back = qufu.work_instant(qufu.work_seconds(at))
    assert [local(b) for b in back] == ["2026-03-06T17:30"] * 3 + ["2026-03-09T08:31"]


def test_a_pause_is_subtracted_from_the_work_time_around_it(qufu: BusinessClock) -> None:
    start, hung, resumed, end = (
        qufu.work_seconds(ms(t)) for t in ("2026-03-06T09:00", "2026-03-06T10:00", "2026-03-09T10:00", "2026-03-09T11:00")
    )
    assert (end - start) - (resumed - hung) == 2 * 3600


# Workdays, natural days, elapsed minutes


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-09-30T15:00", 2, "2026-10-09T15:00"),
        ("2026-04-30T10:00", 5, "2026-05-11T10:00"),  # 05-09 Saturday is worked
        ("2026-09-18T09:00", 15, "2026-10-15T09:00"),  # 09-20 and 10-10 are worked
        ("2026-03-06T20:15", 1, "2026-03-09T20:15"),  # after closing: the clock time stays
        ("2026-03-06T06:00", 1, "2026-03-09T06:00"),  # before opening: likewise
    ],
)
def test_workdays_end_at_the_same_clock_time(qufu: BusinessClock, start: str, days: int, end: str) -> None:
    assert due(qufu, start, "workdays", days) == end


def test_workdays_from_a_day_off_count_from_the_next_opening(qufu: BusinessClock) -> None:
    assert due(qufu, "2026-03-07T10:00", "workdays", 1) == "2026-03-10T08:30"
    assert due(qufu, "2026-03-08T23:00", "workdays", 2) == "2026-03-11T08:30"


def test_n_workdays_always_hold_n_workdays_of_work_time(qufu: BusinessClock) -> None:
    start = ms("2026-01-01T00:20") + np.arange(0, 300 * 24 * 60, 47, dtype=np.int64) * 60_000
    end = qufu.deadline(start, "workdays", 3)
    assert np.unique(qufu.work_seconds(end) - qufu.work_seconds(start)).tolist() == [3 * 7 * 3600]


def test_urgent_hours_and_natural_days_take_no_notice_of_holidays(qufu: BusinessClock) -> None:
    assert due(qufu, "2026-02-16T23:00", "natural_minutes", 120) == "2026-02-17T01:00"
    assert due(qufu, "2026-02-16T23:00", "natural_days", 2) == "2026-02-18T23:00"


def test_limits_of_different_clocks_are_computed_together(qufu: BusinessClock) -> None:
    kinds = np.array(["work_minutes", "workdays", "natural_minutes", "natural_days"])
    ends = qufu.deadline(ms("2026-03-06T16:30"), kinds, np.array([240, 1, 30, 1]))
    assert [local(e) for e in ends] == ["2026-03-09T11:30", "2026-03-09T16:30", "2026-03-06T17:00", "2026-03-07T16:30"]


def test_an_unknown_clock_is_refused_with_a_suggestion(qufu: BusinessClock) -> None:
    with pytest.raises(ValueError, match="no clock is called 'work_day'; did you mean 'workdays'"):
        qufu.deadline(ms("2026-03-06T16:30"), "work_day", 1)


def test_a_clock_without_a_slot_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one slot"):
        BusinessClock(Hours(slots=()), SHANGHAI, "CN")


# Other places


def test_without_a_country_only_weekends_are_off() -> None:
    clock = BusinessClock(Hours(), SHANGHAI, "")
    assert clock.is_workday(date(2026, 10, 1))
    assert not clock.is_workday(date(2026, 10, 3))
    assert clock.provisional_years(1990, 2100) == ()


def test_a_country_that_no_library_knows_has_weekends_and_no_holidays() -> None:
    assert BusinessClock(Hours(), SHANGHAI, "XX").is_workday(date(2026, 10, 1))


def test_dutch_kings_day_is_off_and_nothing_is_provisional() -> None:
    clock = BusinessClock(Hours(), AMSTERDAM, "NL")
    assert not clock.is_workday(date(2026, 4, 27))
    assert clock.provisional_years(1990, 2100) == ()


def test_natural_days_keep_the_clock_time_when_the_clocks_change() -> None:
    clock = BusinessClock(Hours(), AMSTERDAM, "")
    start = ms("2026-03-28T15:00", AMSTERDAM)
    end = int(clock.deadline(start, "natural_days", 1))
    assert local(end, AMSTERDAM) == "2026-03-29T15:00"
    assert end - start == 23 * 3_600_000


def test_a_day_that_is_worked_round_the_clock_has_23_or_25_hours_when_the_clocks_change() -> None:
    night = Hours(
        slots=("00:00-24:00",), overrides=((date(2026, 3, 29), "workday", "night"), (date(2026, 10, 25), "workday", "night"))
    )
    clock = BusinessClock(night, AMSTERDAM, "")

    def hours(day: str, after: str) -> float:
        between = clock.work_seconds(ms(after, AMSTERDAM)) - clock.work_seconds(ms(day, AMSTERDAM))
        return float(between) / 3600

    assert hours("2026-03-29", "2026-03-30") == 23
    assert hours("2026-10-25", "2026-10-26") == 25
    assert hours("2026-10-26", "2026-10-27") == 24


def test_a_clock_time_that_is_skipped_is_the_moment_of_the_change_and_one_that_occurs_twice_the_first() -> None:
    clock = BusinessClock(Hours(), AMSTERDAM, "")
    skipped = clock.deadline(ms("2026-03-28T02:30", AMSTERDAM), "natural_days", 1)
    assert int(skipped) == ms("2026-03-29T03:00", AMSTERDAM)
    twice = clock.deadline(ms("2026-10-24T02:30", AMSTERDAM), "natural_days", 1)
    assert int(twice) == ms("2026-10-25T02:30", AMSTERDAM, fold=0)


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Amsterdam", date(2026, 3, 29)),
        ("Europe/Amsterdam", date(2026, 10, 25)),
        ("America/St_Johns", date(2026, 3, 8)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
        ("Asia/Shanghai", date(1990, 4, 15)),  # China had summer time
    ],
)
def test_work_seconds_agree_with_a_count_minute_by_minute(zone: str, change: date) -> None:
    # An independent count: walk the wall clock of zoneinfo through a change of the clocks within the first slot.
    here = ZoneInfo(zone)
    assert here.utcoffset(datetime.combine(change, datetime.min.time())) != here.utcoffset(
        datetime.combine(change + timedelta(1), datetime.min.time())
    )
    hours = Hours(slots=("00:00-04:15", "08:30-12:00", "14:00-23:30"), overrides=((change, "workday", ""),))
    clock = BusinessClock(hours, here, "")
    first = datetime.combine(change - timedelta(3), datetime.min.time(), UTC)
    minutes = [first + timedelta(minutes=n) for n in range(6 * 1440)]
    walls = [m.astimezone(here) for m in minutes]
    worked = [
        (w.weekday() < 5 or w.date() == change)
        and any(a <= w.hour * 60 + w.minute < b for a, b in ((0, 255), (510, 720), (840, 1410)))
        for w in walls
    ]
    at = np.array([round(m.timestamp() * 1000) for m in minutes])
    counted = np.concatenate(([0], np.cumsum(worked)))[:-1] * 60
    assert (clock.work_seconds(at) - clock.work_seconds(at[0])).tolist() == counted.tolist()


# Being a table


def test_the_fingerprint_changes_with_a_holiday_and_not_with_its_name() -> None:
    def of(*overrides: tuple[date, str, str]) -> str:
        return BusinessClock(Hours.model_validate({"overrides": overrides}), SHANGHAI, "CN").fingerprint

    assert of((date(2026, 11, 23), "holiday", "a")) == of((date(2026, 11, 23), "holiday", "b"))
    assert of((date(2026, 11, 23), "holiday", "a")) != of()


def test_a_million_intervals_are_worked_out_as_each_alone_would_be(qufu: BusinessClock) -> None:
    draw = np.random.default_rng(7)
    start = draw.integers(ms("2016-01-01T00:00"), ms("2027-01-01T00:00"), 1_000_000)
    end = start + draw.integers(0, 30 * 86_400_000, 1_000_000)
    worked = qufu.work_seconds(end) - qufu.work_seconds(start)
    assert worked.min() >= 0
    for i in range(0, 1_000_000, 50_000):
        alone = qufu.work_seconds(end[i : i + 1]) - qufu.work_seconds(start[i : i + 1])
        assert worked[i] == alone[0]


def test_the_latest_start_is_the_one_whose_limit_has_just_ended(qufu: BusinessClock) -> None:
    rng = np.random.default_rng(8)
    for clock, amount in (("work_minutes", 240), ("workdays", 2), ("natural_minutes", 90), ("natural_days", 3)):
        for now in rng.integers(ms("2026-01-01 00:00"), ms("2026-12-31 00:00"), 20):
            start = qufu.latest_start(int(now), clock, amount)
            assert int(qufu.deadline(start, clock, amount)) <= now < int(qufu.deadline(start + 1, clock, amount))
