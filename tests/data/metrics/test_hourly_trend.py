"""Reports by hour of the city's own day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.city_builder import LittleCity


def test_hours_are_the_citys_and_the_future_is_unknown() -> None:
    """00:30 in Asia/Shanghai is 16:30 UTC of the day before, and still hour 0 of today."""
    city = LittleCity()
    city.event("2026-11-22 23:59")
    city.event("2026-11-23 00:30")
    city.event("2026-11-23 14:10")
    city.event("2026-11-23 14:40")
    f = city.read("hourly_trend", "2026-11-23 14:30")
    assert (f.today[0], f.today[13], f.today[14]) == (1, 0, 1)
    assert f.today[15:].isna().all()
    assert np.flatnonzero(f.partial).tolist() == [14]


def on_eight_mondays(city: LittleCity, minutes_apart: int) -> None:
    """1 .. 8 reports from nine on, the last Monday 1, the eighth before it 8."""
    for k in range(1, 9):
        day = f"{pd.Timestamp('2026-11-23') - pd.Timedelta(weeks=k):%Y-%m-%d}"
        for i in range(k):
            city.event(f"{day} 09:{minutes_apart * i:02d}")


def test_the_usual_hour_is_of_eight_same_weekdays() -> None:
    """1 .. 8 reports between nine and ten on the last eight Mondays; 100 on a Sunday do not matter."""
    city = LittleCity()
    city.event("2026-09-27 08:00")
    on_eight_mondays(city, minutes_apart=1)
    for i in range(50):
        city.event(f"2026-11-22 09:{i:02d}")
    f = city.read("hourly_trend", "2026-11-23 08:00")
    assert [f.usual[9], f.usual_low[9], f.usual_high[9]] == [4.5, 0, 13]  # worked in test_usual
    assert f.usual[10] == 0


def test_the_running_hour_has_the_usual_of_its_minutes_alone() -> None:
    """At 09:20, of 1 .. 8 reports at 09:00, 09:07, .. 09:49 on the last eight Mondays: those at 09:00, 09:07 and 09:14."""
    city = LittleCity()
    city.event("2026-09-27 08:00")
    on_eight_mondays(city, minutes_apart=7)
    f = city.read("hourly_trend", "2026-11-23 09:20")
    assert f.usual[9] == 4.5
    assert f.so_far[9] == 3  # 1, 2, 3, 3, 3, 3, 3, 3
    assert f.so_far_low[9] <= 3 <= f.so_far_high[9]
    assert f.so_far.drop(9).isna().all()
    on_the_hour = city.read("hourly_trend", "2026-11-23 09:00")
    assert on_the_hour.so_far[9] == 1, "what came in the hour's first instant"


def test_the_day_the_clocks_go_back_has_its_hour_two_twice() -> None:
    """Amsterdam, 2026-10-25: 02:30 summer time and 02:30 winter time are an hour apart and both hour 2."""
    city = LittleCity("Europe/Amsterdam")
    first = city.event("2026-10-25 02:30")
    city.event("2026-10-25 23:30")
    again = dict(city.events[first - 1])
    again.update(eid=3, reported_at=again["reported_at"] + 3_600_000)
    city.events.append(again)
    f = city.read("hourly_trend", "2026-10-25 23:45")
    assert (f.today[2], f.today[3], f.today[23]) == (2, 0, 1)


def test_a_zone_off_by_half_an_hour_keeps_its_hours() -> None:
    city = LittleCity("Asia/Kolkata")
    city.event("2026-11-23 09:15")
    city.event("2026-11-23 09:45")
    f = city.read("hourly_trend", "2026-11-23 12:00")
    assert f.today[9] == 2
