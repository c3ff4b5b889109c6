"""The writer at its own pace: as many reports, of the same kinds, and cases that take as long as the history's."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from data.clock.calendar import clock_of
from data.clock.instants import ms
from data.demo.calibration import REGIMES
from data.demo.moves import Case
from data.demo.pace import Arrivals, Stays, tables
from data.demo.tempo import DAY, HOUR
from tests.demo_city import NOW, small_qufu

AT = ms(NOW)  # a Monday, 10:42


@cache
def arrivals(seed: int = 1) -> Arrivals:
    profile = small_qufu()
    return Arrivals(profile, tables(profile, clock_of(profile), AT, AT), 200_000, AT, seed)


@cache
def stays() -> Stays:
    profile = small_qufu()
    return Stays(profile, clock_of(profile), tables(profile, clock_of(profile), AT, AT), REGIMES["realistic"], 1)


def case(number: int, role: str, since: int, **more: object) -> Case:
    return Case(number, role, 0, "370881001", 1, since, since, **more)  # type: ignore[arg-type]


def test_four_weeks_have_as_many_reports_as_four_weeks_of_the_history() -> None:
    """200,000 a year are 15,342 in 28 days; days vary by a coefficient of .13 (about 370 in all)."""
    came, at, rng, found = 0, AT, np.random.default_rng(5), arrivals()
    while at < AT + 28 * DAY:
        at = found.next_after(at, rng)
        came += 1
    assert 15_342 - 1_300 < came < 15_342 + 1_300


def test_hardly_any_report_comes_at_four_in_the_morning_and_no_patrol_does() -> None:
    found = arrivals()
    morning, night = (float(found._rates(AT + h * HOUR).sum()) for h in (0, 17))  # 10:42 and 3:42
    assert night < morning / 10
    patrol = [c.code for c in small_qufu().channels].index("grid_app")
    assert found._rates(AT + 17 * HOUR)[patrol] == 0


def test_what_is_reported_follows_the_season() -> None:
    """Heating makes 1.8 times its yearly share from October to March, 1/5 of it in the summer."""
    found, rng = arrivals(), np.random.default_rng(6)
    heating = [c.code for c in small_qufu().categories].index("heating")

    def share(at: int) -> float:
        return float(np.mean([found.category(0, at, rng) == heating for _ in range(4000)]))

    assert share(AT) > 3 * share(AT - 120 * DAY)


def test_a_case_is_planned_alike_after_a_restart_and_never_into_the_past() -> None:
    there = [case(i, "report", AT - 60_000) for i in range(200)]
    again = Stays(stays().profile, stays().clock, stays().tempo, stays().dirt, 1)
    planned = [stays().plan(c, AT) for c in there]
    assert planned == [again.plan(c, AT) for c in there]
    assert min(at for at, _ in planned) > AT


@pytest.mark.parametrize(("role", "median_h"), [("report", 0.13), ("verify", 0.36), ("close", 0.35)])
def test_the_centre_takes_as_long_by_day_as_in_the_history(role: str, median_h: float) -> None:
    """By day an hour of work is an hour."""
    stayed = [stays().plan(case(i, role, AT, due=AT - 1), AT)[0] - AT for i in range(2000)]
    assert np.median(stayed) / HOUR == pytest.approx(median_h, rel=0.12)


def test_the_start_of_the_work_comes_before_its_completion() -> None:
    for i in range(50):
        starts = stays().plan(case(i, "handle", AT), AT)[0]
        assert AT < starts < AT + 30 * DAY


def test_a_deferred_case_rests_for_two_to_twenty_one_days() -> None:
    rests = [stays().plan(case(i, "handle", AT, started=True, hung_since=AT), AT)[0] - AT for i in range(100)]
    assert min(rests) >= 2 * DAY
    assert max(rests) <= 21 * DAY


def test_a_queue_gives_the_next_move_and_what_is_made_leaves_it() -> None:
    queue = Stays(stays().profile, stays().clock, stays().tempo, stays().dirt, 1)
    for i in range(20):
        queue.put(case(i, "report", AT), AT)
    order = []
    while (at := queue.next_at()) is not None:
        order.append((at, queue.first()[0]))
        queue.took_first()
    assert [at for at, _ in order] == sorted(at for at, _ in order)
    assert sorted(number for _, number in order) == list(range(20))


def test_a_day_of_the_year_has_one_share_for_each_town() -> None:
    weights = np.full(12, 1 / 12)
    noon, evening = (arrivals().town_weights(weights, AT + h * HOUR) for h in (1, 8))
    assert noon.tolist() == evening.tolist()
    assert arrivals().town_weights(weights, AT + 2 * DAY).tolist() != noon.tolist()
    assert noon.sum() == pytest.approx(1)


def test_a_night_is_a_pause_of_hours_for_a_department_and_of_minutes_for_the_centre() -> None:
    evening = AT + timedelta(hours=12) // timedelta(milliseconds=1)  # 22:42
    centre = np.median([stays().plan(case(i, "report", evening), evening)[0] - evening for i in range(500)])
    assert 0.13 * 2 < centre / HOUR < 1.0  # four tenths of the speed by day
