"""The published figures of Little's law, and flows whose balance is worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data.statistics import queueing
from tests.oracles import worked


def rates(came: int, went: int, days: int = 28) -> tuple[Any, Any]:
    return np.full(days, came), np.full(days, went)


def test_little_and_the_days_to_clear_are_the_published_ones() -> None:
    o = worked("queues")["little"]
    assert queueing.little(o["waiting"], o["in_a_day"]) == o["days_in_queue"] == 3.0
    assert queueing.days_to_clear(o["waiting"], o["in_a_day"], o["out_a_day"]) == o["days_to_clear"] == 64.5


def test_a_steady_queue_has_littles_time_and_no_day_when_it_is_clear() -> None:
    found = queueing.balance_of(*rates(344, 344), wip=1032)
    assert (found["steady"], found["w_days"], found["w_code"]) == (1, 3.0, "")
    assert (str(found["clear_days"]), found["clear_code"]) == ("nan", "even")


def test_a_difference_within_its_noise_gives_no_day_when_it_is_clear() -> None:
    # one more went than came in 28 days of 344: 1032 / (1 / 28) would be 28,896 days; the noise of the sum is 9.2
    daily = np.tile([1, -1, 0, 0, 0, 0, 0, -1, 1, 0, 0, 0, 0, 0], 2)
    daily[2] = -1
    found = queueing.balance_of(344 + daily, np.full(28, 344), wip=1032)
    assert (found["steady"], str(found["clear_days"]), found["clear_code"]) == (1, "nan", "even")
    assert queueing.balance_of(344 - daily, np.full(28, 344), wip=1032)["clear_code"] == "even"


def test_a_queue_that_is_worked_off_has_a_day_when_it_is_clear_and_no_little() -> None:
    found = queueing.balance_of(*rates(344, 360), wip=1032)
    assert (found["clear_days"], found["clear_code"]) == (64.5, "")
    assert (found["steady"], str(found["w_days"]), found["w_code"]) == (0, "nan", "shrinking")


def test_a_growing_queue_is_called_growing_and_never_a_negative_or_endless_time() -> None:
    found = queueing.balance_of(*rates(360, 344), wip=1032)
    assert (found["w_code"], found["clear_code"]) == ("growing", "growing")
    assert np.isnan([found["w_days"], found["clear_days"]]).all()


def test_a_difference_within_its_own_noise_is_no_growth() -> None:
    # in - out by day: 10, then -8, in turn by week (every day of the week has both twice): mean 1 on each, spread 9
    daily = np.repeat([10, -8, 10, -8], 7)
    error = queueing.balance_error(daily, np.zeros(28))
    assert error == pytest.approx((28 * (28 * 81) / 21) ** 0.5)  # 55.0
    found = queueing.balance_of(344 + daily, np.full(28, 344), wip=1032)  # net +28, under twice 55
    assert found["steady"] == 1
    assert found["w_days"] == pytest.approx(1032 / 345)


def test_weekends_without_work_are_no_noise() -> None:
    week = np.array([70, 0, 0, -70, 0, 0, 0])  # what comes on one day of the week goes on another
    assert queueing.balance_error(np.tile(week, 4), np.zeros(28)) == 0.0


def test_little_is_not_printed_before_two_weeks_are_known_or_where_nothing_comes() -> None:
    assert queueing.balance_of(*rates(5, 5, 13), wip=9)["w_code"] == "short"
    assert queueing.balance_of(*rates(0, 0), wip=9)["w_code"] == "no_flow"
    assert queueing.balance_of(*rates(5, 9), wip=0)["clear_code"] == "nothing"
