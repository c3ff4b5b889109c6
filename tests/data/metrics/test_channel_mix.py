"""Channels today, and which has fallen silent.  The phone is expected every 30 minutes, the patrol at no fixed time."""

from __future__ import annotations

import pandas as pd
import pytest

from data.reading.answer import parse_back
from tests.city_builder import PATROL, PHONE, WEST, LittleCity, at

NOW = "2026-11-23 14:00"


def mondays(hour: str) -> LittleCity:
    city = LittleCity()
    city.event("2026-09-27 08:00")
    for k in range(1, 9):
        day = f"{pd.Timestamp('2026-11-23') - pd.Timedelta(weeks=k):%Y-%m-%d}"
        city.event(f"{day} {hour}", channel=PHONE)
        city.event(f"{day} 14:30", channel=PATROL)
    return city


def test_shares_and_the_usual_to_this_time_of_day() -> None:
    city = mondays("13:30")
    for minute in (5, 6, 7):
        city.event(f"2026-11-23 13:{minute + 40}", channel=PHONE)
    city.event("2026-11-23 09:00", channel=PATROL)
    f = city.read("channel_mix", NOW).set_index("channel")
    assert f.n.tolist() == [3, 1]
    assert f.share.tolist() == [75.0, 25.0]
    assert f.usual.tolist() == [1, 0]  # the patrol's came at 14:30, after this time of day
    assert f.loc["phone", "newest_ms"] == at("2026-11-23 13:47")


def test_quiet_for_over_an_hour_in_which_it_usually_speaks_is_silent() -> None:
    city = mondays("13:30")
    city.event("2026-11-23 12:59", channel=PHONE)
    assert city.read("channel_mix", NOW).silent.tolist() == [True, False]


def test_exactly_twice_the_expected_interval_is_not_yet_silent() -> None:
    city = mondays("13:30")
    city.event("2026-11-23 13:00", channel=PHONE)
    assert not city.read("channel_mix", NOW).silent.any()


def test_a_channel_that_sleeps_at_this_hour_is_not_silent() -> None:
    city = mondays("09:30")
    city.event("2026-11-23 09:30", channel=PHONE)
    assert not city.read("channel_mix", NOW).silent.any()


def test_a_channel_is_not_silent_before_the_minute_at_which_its_day_begins() -> None:
    """It rings at 09:40 and last did yesterday evening: at 09:10 it is not late, at 10:30 it is."""
    city = mondays("09:40")
    city.event("2026-11-22 19:00", channel=PHONE)
    assert not city.read("channel_mix", "2026-11-23 09:10").silent.any()
    assert city.read("channel_mix", "2026-11-23 10:30").silent.tolist() == [True, False]


def test_a_channel_that_the_city_does_not_know_is_counted_as_such() -> None:
    city = LittleCity()
    city.event("2026-11-23 09:00", channel=-1)
    f = city.read("channel_mix", NOW)
    assert f.channel.tolist() == ["phone", "patrol", "?"]
    assert f.n.tolist() == [0, 0, 1]


def test_a_window_over_years_counts_all_and_has_no_usual() -> None:
    city = LittleCity()
    city.event("2011-10-11 09:00")
    city.event("2026-11-01 09:00")
    f = city.read("channel_mix", NOW, back=parse_back("20000d"))
    assert f.n[PHONE] == 2
    assert f.usual.isna().all()


def test_towns_sum_to_the_city() -> None:
    city = LittleCity()
    city.event("2026-11-23 09:00")
    city.event("2026-11-23 09:00", l1=1)
    whole, east, west = (city.read("channel_mix", NOW, s).n[PHONE] for s in ("", "east", "west"))
    assert (whole, east, west) == (2, 1, 1)
    assert pytest.approx(100) == city.read("channel_mix", NOW, "east").share[PHONE]


def test_a_quiet_town_is_no_late_feed() -> None:
    """The phone rang in the east at 13:50; the west was last heard of at noon, and is told of the feed's own age."""
    city = mondays("13:30")
    for k in range(1, 9):
        day = f"{pd.Timestamp('2026-11-23') - pd.Timedelta(weeks=k):%Y-%m-%d}"
        city.event(f"{day} 13:30", channel=PHONE, l1=WEST)
    city.event("2026-11-23 12:00", channel=PHONE, l1=WEST)
    city.event("2026-11-23 13:50", channel=PHONE)
    west = city.read("channel_mix", NOW, "west").set_index("channel")
    assert (west.loc["phone", "n"], bool(west.loc["phone", "silent"])) == (1, False)
    assert west.loc["phone", "newest_ms"] == at("2026-11-23 13:50")


def test_a_feed_that_is_late_is_late_in_every_town() -> None:
    city = mondays("13:30")
    city.event("2026-11-23 12:59", channel=PHONE)
    assert city.read("channel_mix", NOW, "west").silent.tolist() == [True, False]
