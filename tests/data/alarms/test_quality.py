"""The quality of a day's alarms, counted on one's fingers."""

from __future__ import annotations

import math

import pytest

from data.alarms.quality import DAY_MS, HOUR_MS, Past, quality

MINUTE = 60_000
NOW = 10 * DAY_MS
START = NOW - DAY_MS


def at(minute: int, subject: str = "a", **more: object) -> Past:
    """An alarm raised so many minutes after the day began, over after ten."""
    raised = START + minute * MINUTE
    return Past(subject, **({"act": False, "raised_ms": raised, "ended_ms": raised + 10 * MINUTE} | more))  # type: ignore[arg-type]


def test_a_day_without_an_alarm_has_no_shares() -> None:
    found = quality([], START, NOW)
    assert (found.raised, found.per_hour, found.busiest, found.flooded, found.stale) == (0, 0.0, 0, 0.0, 0)
    assert math.isnan(found.act_share)
    assert math.isnan(found.in_time)


def test_rate_busiest_ten_minutes_and_floods() -> None:
    """24 in a day are one an hour; eleven of them within the first ten minutes are a flood, of the day's 144."""
    found = quality([*[at(k, f"s{k}") for k in range(1, 12)], *[at(100 + 30 * k, f"t{k}") for k in range(13)]], START, NOW)
    assert (found.raised, found.per_hour, found.busiest) == (24, 1.0, 11 - 1)  # 1 .. 10 and the eleventh in the next
    assert found.flooded == 0
    assert quality([at(5, f"s{k}") for k in range(11)], START, NOW).flooded == pytest.approx(1 / 144)


def test_the_day_before_counts_for_nothing_but_what_still_stands() -> None:
    before = Past("old", True, START - HOUR_MS, None)
    found = quality([before, Past("gone", True, START - HOUR_MS, START - 1)], START, NOW)
    assert (found.raised, found.stale) == (0, 1)  # it stands for 25 hours


def test_three_comings_within_the_day_chatter_whether_it_ended_between_or_not() -> None:
    thrice = [at(60, "x"), at(200, "x"), at(400, "x")]
    returned = [at(60, "y", returns=2)]
    twice = [at(60, "z"), at(200, "z")]
    assert quality([*thrice, *returned, *twice], START, NOW).chattering == 2


def test_the_ten_most_frequent_make_most_of_them() -> None:
    """One subject 6 times, nine once, five once more: the ten make 15 of 20."""
    many = [at(10 * k, "often") for k in range(1, 7)]
    assert quality([*many, *[at(500 + k, f"s{k}") for k in range(14)]], START, NOW).top_share == pytest.approx(15 / 20)


def test_act_within_ten_minutes_watch_within_an_hour_and_those_not_yet_due_do_not_count() -> None:
    def seen(raised: int, after: int | None, act: bool) -> Past:
        then = START + raised * MINUTE
        return Past("s", act, then, None, acknowledged_ms=None if after is None else then + after * MINUTE)

    found = quality(
        [seen(10, 10, True), seen(10, 11, True), seen(10, 60, False), seen(10, None, False), seen(1439, None, False)], START, NOW
    )
    assert found.in_time == pytest.approx(2 / 4)
    assert found.act_share == pytest.approx(2 / 5)


def test_what_is_shelved_is_counted_while_it_stands() -> None:
    assert quality([at(1, "a", shelved=True, ended_ms=None), at(1, "b", shelved=True)], START, NOW).shelved == 1
