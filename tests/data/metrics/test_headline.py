"""Headline, counted by hand.  Monday 2026-11-23, 14:00 in Asia/Shanghai is 06:00 UTC."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from data.access.viewer import Viewer
from tests.city_builder import CANCELLED, DISPUTE, WEST, LittleCity
from tests.frame_cells import cell, cells

pytestmark = pytest.mark.slow

NOW = "2026-11-23 14:00"


def kpi(frame: pd.DataFrame, name: str, column: str = "value") -> float:
    return cell(frame.set_index("kpi"), name, column)


def test_event_exactly_at_its_limit_is_not_overdue() -> None:
    city = LittleCity()
    city.event("2026-11-23 09:00", due=NOW)
    city.event("2026-11-23 09:00", due="2026-11-23 13:59")
    frame = city.read("headline", NOW)
    assert (kpi(frame, "open"), kpi(frame, "overdue")) == (2, 1)


def test_event_open_for_months_is_still_in_the_backlog_and_one_without_a_limit_never_overdue() -> None:
    city = LittleCity()
    city.event("2026-03-01 09:00")
    frame = city.read("headline", NOW)
    assert [kpi(frame, k) for k in ("reported", "open", "overdue")] == [0, 1, 0]


def test_midnight_in_shanghai_is_not_midnight_in_utc() -> None:
    """23:59 local belongs to yesterday although both lie on one UTC day; a UTC day would count 2."""
    city = LittleCity()
    city.event("2026-11-22 23:59")
    city.event("2026-11-23 00:00")
    assert kpi(city.read("headline", NOW), "reported") == 1


def test_a_deferred_case_is_open_but_its_clock_stands() -> None:
    city = LittleCity()
    city.event("2026-11-01 09:00", due="2026-11-02 09:00", is_hung=1)
    frame = city.read("headline", NOW)
    assert (kpi(frame, "open"), kpi(frame, "overdue")) == (1, 0)


def test_on_time_counts_the_open_whose_limit_passed_today_as_failed() -> None:
    """Closed today: 2 in time (one exactly at its limit), 1 late; open and passed today: 1; passed yesterday: not
    today's; cancelled today: not closed; without a limit: closed, but neither in time nor late.  2 / 4 = 50 %."""
    city = LittleCity()
    city.event("2026-11-20 09:00", "2026-11-23 10:00", due="2026-11-23 12:00")
    city.event("2026-11-20 09:00", "2026-11-23 10:00", due="2026-11-23 10:00")
    city.event("2026-11-20 09:00", "2026-11-23 10:00", due="2026-11-22 10:00")
    city.event("2026-11-20 09:00", due="2026-11-23 13:00")
    city.event("2026-11-20 09:00", due="2026-11-22 13:00")
    city.event("2026-11-20 09:00", "2026-11-23 10:00", due="2026-11-23 12:00", outcome=CANCELLED)
    city.event("2026-11-20 09:00", "2026-11-23 11:00")
    frame = city.read("headline", NOW)
    assert kpi(frame, "closed") == 4
    assert [kpi(frame, "on_time", c) for c in ("value", "numerator", "denominator")] == [50.0, 2, 4]


def test_no_case_due_gives_no_share_rather_than_nought_or_a_hundred() -> None:
    city = LittleCity()
    city.event("2026-11-23 09:00")
    assert np.isnan(kpi(city.read("headline", NOW), "on_time"))


@pytest.fixture(scope="module")
def eight_mondays() -> LittleCity:
    """On the k-th Monday back k events before 14:00 and 100 - 10 k after it; the very first also days before."""
    city = LittleCity()
    city.event("2026-09-20 08:00", "2026-09-20 09:00")
    for k in range(1, 9):
        day = f"{pd.Timestamp('2026-11-23') - pd.Timedelta(weeks=k):%Y-%m-%d}"
        for minute in range(k):
            city.event(f"{day} 13:{minute:02d}", f"{day} 23:30", due=f"{day} 13:{30 + minute}")
        city.event(f"{day} 14:01", f"{day} 23:30")
    for minute in range(9):
        city.event(f"2026-11-23 09:{minute:02d}")
    return city


def test_the_usual_is_the_median_of_the_same_weekdays_to_this_time_of_day(eight_mondays: LittleCity) -> None:
    """1 .. 8 by 14:00: median 4.5; the one at 14:01 counts on none of the days.  Mean 4.5625, variance 6, five degrees of freedom
    (test_usual): 98.5 % of such days lie within the negative binomial of variance 6 x 9/8 x (t / z)^2, which today's 9 does."""
    frame = eight_mondays.read("headline", NOW)
    row = [kpi(frame, "reported", c) for c in ("value", "usual", "usual_low", "usual_high", "verdict")]
    wide = 6 * 9 / 8 * (stats.t.ppf(0.9925, 5) / stats.norm.ppf(0.9925)) ** 2
    size = 4.5625**2 / (wide - 4.5625)
    low, high = (stats.nbinom.ppf(p, size, size / (size + 4.5625)) for p in (0.0075, 0.9925))
    assert row == pytest.approx([9, 4.5, low, high, 0])
    assert low == 0
    assert high > 12


def test_a_day_far_above_its_usual_is_called_and_one_with_four_cases_is_not() -> None:
    busy, few = LittleCity(), LittleCity()
    for city, n, now in ((busy, 10, 30), (few, 0, 4)):
        city.event("2026-09-20 08:00")
        for k in range(1, 9):
            day = f"{pd.Timestamp('2026-11-23') - pd.Timedelta(weeks=k):%Y-%m-%d}"
            for minute in range(n):
                city.event(f"{day} 13:{minute:02d}", f"{day} 13:59")
        for minute in range(now):
            city.event(f"2026-11-23 09:{minute:02d}")
    assert kpi(busy.read("headline", NOW), "reported", "verdict") == 1
    assert np.isnan(kpi(few.read("headline", NOW), "reported", "verdict"))


def test_the_share_in_time_is_held_against_its_own_days_at_todays_number() -> None:
    """Eight Mondays with 9 of 10 in time; today 2 of 10: under the beta-binomial's .75 % point."""
    city = LittleCity()
    city.event("2026-09-20 08:00", "2026-09-20 09:00")
    for k in range(9):
        day = f"{pd.Timestamp('2026-11-23') - pd.Timedelta(weeks=k):%Y-%m-%d}"
        for i in range(10):
            met = i < (2 if k == 0 else 9)
            city.event(f"{day} 08:00", f"{day} 10:00", due=f"{day} {'12' if met else '09'}:00")
    frame = city.read("headline", NOW)
    p = 72.5 / 81
    wide = (1 / 10 + 1 / 80) * (stats.t.ppf(0.9925, 7) / stats.norm.ppf(0.9925)) ** 2
    rho = (10 * wide - 1) / 9
    low, high = (10 * stats.betabinom(10, p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho).ppf(q) for q in (0.0075, 0.9925))
    row = [kpi(frame, "on_time", c) for c in ("value", "usual", "usual_low", "usual_high", "verdict")]
    assert row == pytest.approx([20, 90, low, high, -1])


def test_stocks_of_the_past_are_as_they_stood_at_this_time(eight_mondays: LittleCity) -> None:
    """A Monday's events were all open at 14:00 (closed at 23:30) and past their limit: 1 .. 8 again, none in time."""
    frame = eight_mondays.read("headline", NOW)
    assert kpi(frame, "open", "usual") == 4.5
    assert kpi(frame, "overdue", "usual") == 4.5
    assert kpi(frame, "closed", "usual") == 0
    assert kpi(frame, "on_time", "usual") == 0


def test_history_is_fourteen_days_oldest_first(eight_mondays: LittleCity) -> None:
    history = eight_mondays.read("headline", NOW).set_index("kpi").loc["reported", "history"]
    assert history == [2.0, 0, 0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 0, 0]


def test_the_past_of_what_is_overdue_knows_no_later_pause() -> None:
    """Due on the 16th at 10:00, deferred from the 17th on, one of them until the 19th (its limit two days later, and passed)."""
    city = LittleCity()
    city.event("2026-11-08 09:00", "2026-11-08 09:30")
    pause = {"due_before": "2026-11-16 10:00", "paused": "2026-11-17 09:00"}
    for _ in range(6):
        city.event("2026-11-12 09:00", due="2026-11-16 10:00", is_hung=1, **pause)
    city.event("2026-11-12 09:00", due="2026-11-18 10:00", resumed="2026-11-19 09:00", **pause)
    overdue: Any = city.read("headline", NOW).set_index("kpi").loc["overdue", "history"]
    # on the 16th at this time all seven; then all stand; from the 19th on the one that goes on
    assert overdue[7:] == [7, 0, 0, 1, 1, 1, 1]
    for day, n in ((16, 7), (17, 0), (18, 0), (19, 1)):
        assert kpi(city.read("headline", f"2026-11-{day} {NOW[11:]}"), "overdue") == n
    assert kpi(city.read("headline", "2026-11-17 08:00"), "overdue") == 7


def test_one_old_case_taken_over_is_no_past() -> None:
    city = LittleCity()
    city.event("2019-03-04 09:00")
    for day in (21, 22, 23):
        for minute in range(10, 22):
            city.event(f"2026-11-{day} 08:{minute}", f"2026-11-{day} 08:50")
    frame = city.read("headline", NOW)
    assert frame.set_index("kpi").loc["reported", "history"] == [None] * 12 + [12.0, 12.0]
    assert np.isnan(kpi(frame, "reported", "verdict"))


def test_days_before_the_first_record_are_unknown_not_zero() -> None:
    city = LittleCity()
    city.event("2026-11-20 09:00")
    frame = city.read("headline", NOW)
    history = frame.set_index("kpi").loc["reported", "history"]
    assert history == [None] * 11 + [1.0, 0.0, 0.0]
    assert np.isnan([kpi(frame, k, c) for k in ("reported", "closed", "open") for c in ("usual", "verdict")]).all()


def test_a_late_report_of_today_does_not_move_yesterday() -> None:
    city, later = LittleCity(), LittleCity()
    for c in (city, later):
        c.event("2026-11-10 09:00")
        c.event("2026-11-22 09:00")
    later.event("2026-11-23 09:00")
    before, after = (cells(c.read("headline", NOW).set_index("kpi"), "reported", ["history"]) for c in (city, later))
    assert before == after
    assert kpi(later.read("headline", NOW), "reported") == 1


def test_read_in_the_past_a_case_closed_since_is_open() -> None:
    city = LittleCity()
    city.event("2026-11-23 09:00", "2026-11-23 12:00", due="2026-11-23 10:00")
    frame = city.read("headline", "2026-11-23 11:00")
    assert [kpi(frame, k) for k in ("reported", "closed", "open", "overdue")] == [1, 0, 1, 1]


def test_towns_sum_to_the_city_and_a_sensitive_event_is_on_no_wall() -> None:
    city = LittleCity()
    city.event("2026-11-23 09:00")
    city.event("2026-11-23 09:00", l1=WEST)
    city.event("2026-11-23 09:00", l1=-1, l2=-1, l3=-1)
    city.event("2026-11-23 09:00", sensitive=1, category=DISPUTE)
    reported = [kpi(city.read("headline", NOW, scope), "reported") for scope in ("", "east", "west", "east1", "east1a")]
    assert reported == [3, 1, 1, 1, 1]
    desk = Viewer("desk", "", frozenset({"sensitive"}))
    assert kpi(city.read("headline", NOW, viewer=desk), "reported") == 4


def test_the_last_two_hours_instead_of_today() -> None:
    from data.reading.answer import parse_back

    city = LittleCity()
    city.event("2026-11-23 11:59")
    city.event("2026-11-23 12:30")
    assert kpi(city.read("headline", NOW, back=parse_back("2h")), "reported") == 1
