"""Response by department.  Work hours 08:30-12:00 and 14:00-17:30; all of it lies on workdays of November 2026."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from benchmarks.bench_calibration import any_called
from data.access.viewer import Viewer
from data.clock.instants import ms
from data.metrics.wall import department_response as response
from data.metrics.wall.dispatched_cases import MEASURES, apart, cases
from tests.city_builder import CANCELLED, COURT, HEARING, WEST, WEST_VILLAGE, LittleCity, when

pytestmark = pytest.mark.slow

NOW = "2026-11-20 17:30"


def row(frame: pd.DataFrame, measure: str, department: str) -> dict[str, float]:
    found: Any = frame.set_index(["measure", "department"]).loc[(measure, department)]
    return dict(found)


def dispatched(city: LittleCity, handled: str | None, **more: Any) -> int:
    day = "2026-11-20"
    return city.event(
        f"{day} 08:00",
        registered=f"{day} 08:20",
        dispatched=f"{day} 08:30",
        **({"handled": f"{day} {handled}"} if handled else {}),
        **more,
    )


def test_open_cases_are_censored_not_left_out() -> None:
    """Handled after 60 and 120 minutes, two still waiting after the whole day's 420: of four, half by 120."""
    city = LittleCity()
    for handled in ("09:30", "10:30", None, None):
        dispatched(city, handled)
    r = row(city.read("department_response", NOW), "first", "hearing")
    assert (r["n"], r["done"], r["waiting"], r["median_min"]) == (4, 2, 2, 120)
    assert np.isnan(r["p90_min"])
    # closed-only would say: mean 90.  Nothing is known beyond the day's 420 minutes: (60 + 120 + 2 x 420) / 4
    assert [r["rmst_min"], r["tau_min"]] == [pytest.approx((60 + 120 + 2 * 420) / 4), 420]


def test_the_lunch_break_and_a_deferral_do_not_count() -> None:
    """11:30 to 14:30 is one hour of work; of 08:30 to 11:30, two hours were deferred."""
    city = LittleCity()
    day = "2026-11-20"
    city.event(f"{day} 08:00", registered=f"{day} 08:20", dispatched=f"{day} 11:30", handled=f"{day} 14:30")
    r = row(city.read("department_response", NOW), "first", "hearing")
    assert r["median_min"] == 60
    deferred = LittleCity()
    dispatched(deferred, "11:30", pause_handle_s=7200)
    assert row(deferred.read("department_response", NOW), "first", "hearing")["median_min"] == 60


def test_a_case_deferred_now_waits_only_until_its_deferral() -> None:
    city = LittleCity()
    dispatched(city, None, is_hung=1, last="2026-11-20 09:30")
    dispatched(city, "10:30")
    r = row(city.read("department_response", NOW), "first", "hearing")
    assert (r["waiting"], r["median_min"]) == (1, 120)  # one left at risk at 120, and it is handled then
    assert [r["rmst_min"], r["tau_min"]] == [pytest.approx(120), 6300]  # all were done: known for ever


@pytest.mark.parametrize(("now", "handled"), [("09:30", "09:29"), ("10:30", "09:45")])
def test_a_past_instant_knows_no_later_pause(now: str, handled: str) -> None:
    """Dispatched at 08:30, deferred from 10:00 to 11:00, handled at 11:30: at 09:30 it has waited for one hour, at 10:30,
    deferred, for the hour and a half until ten.  Less the pause that came later it would have left before the other was handled,
    after 59 and 75 minutes, and nobody would wait then."""
    city = LittleCity()
    pause = {"paused": "2026-11-20 10:00", "resumed": "2026-11-20 11:00"}
    dispatched(city, "11:30", pause_handle_s=3600, last_pause_handle_s=3600, **pause)
    dispatched(city, handled)
    then = row(city.read("department_response", f"2026-11-20 {now}"), "first", "hearing")
    assert (then["done"], then["waiting"]) == (1, 1)
    assert np.isnan(then["p90_min"])
    assert row(city.read("department_response", NOW), "first", "hearing")["p90_min"] == 120


def test_cohort_by_registration_without_cancelled_and_duplicate_cases() -> None:
    city = LittleCity()
    dispatched(city, "09:30")
    dispatched(city, None, closed="2026-11-20 09:00", outcome=CANCELLED)
    dispatched(city, "09:30", duplicate=1)
    city.event("2026-09-01 08:00", registered="2026-09-01 09:00", dispatched="2026-11-20 08:30")
    city.event("2026-11-20 08:00", registered="2026-11-20 08:20")
    assert row(city.read("department_response", NOW), "first", "")["n"] == 1


def test_a_settled_case_without_its_stamp_was_handled_by_its_closing_at_the_latest() -> None:
    city = LittleCity()
    dispatched(city, None, closed="2026-11-20 09:30")
    r = row(city.read("department_response", NOW), "first", "hearing")
    assert (r["done"], r["median_min"]) == (1, 60)


def test_a_case_that_closed_before_it_was_reported_waits_no_longer_than_its_log() -> None:
    """A clock error: closed, without a work time of its closing.  Censored after 30 minutes beside one handled after 60:
    the mean is 60, whenever one looks."""
    city = LittleCity()
    dispatched(city, "09:30")
    city.events[dispatched(city, None, closed="2026-11-20 07:00", last="2026-11-20 09:00") - 1]["w_closed"] = -1
    r = row(city.read("department_response", NOW), "first", "hearing")
    assert (r["n"], r["done"], r["waiting"], r["rmst_min"]) == (2, 1, 1, 60)


def test_read_at_ten_a_later_handling_has_not_happened() -> None:
    city = LittleCity()
    dispatched(city, "11:30")
    r = row(city.read("department_response", "2026-11-20 10:00"), "first", "hearing")
    assert (r["done"], r["waiting"]) == (0, 1)


def test_slower_faster_and_too_few() -> None:
    """25 cases at about 30 minutes, 25 at about 180; then only 19 of the slow ones: too few to rank, no place."""

    def city(slow: int) -> LittleCity:
        c = LittleCity()
        for i in range(25):
            dispatched(c, f"09:{i:02d}", department=HEARING)
        for i in range(slow):
            dispatched(c, f"11:{i:02d}", department=COURT)
        return c

    f = city(25).read("department_response", NOW)
    ranked = [row(f, "first", d) for d in ("hearing", "court")]
    assert [(r["band"], r["place"]) for r in ranked] == [(-1, 1), (1, 2)]
    few = row(city(19).read("department_response", NOW), "first", "court")
    assert few["band"] == 2
    assert np.isnan(few["place"])


def test_the_same_response_is_no_clear_difference() -> None:
    city = LittleCity()
    for i in range(40):
        dispatched(city, f"09:{i:02d}", department=(HEARING, COURT)[i % 2])
    f = city.read("department_response", NOW)
    assert {row(f, "first", d)["band"] for d in ("hearing", "court")} == {0}


def test_open_cases_that_stretch_the_mean_make_nobody_slower_than_its_median_says() -> None:
    """Hearing: 15 at once, 15 never; court: 30 at about 200 minutes.  Hearing's mean is longer, its median shorter."""
    city = LittleCity()
    for i in range(16):
        dispatched(city, f"08:{31 + i}", department=HEARING)
    for _ in range(14):
        dispatched(city, None, department=HEARING)
    for i in range(30):
        dispatched(city, f"11:{i:02d}", department=COURT)
    f = city.read("department_response", NOW)
    hearing, court = (row(f, "first", d) for d in ("hearing", "court"))
    assert hearing["median_min"] < court["median_min"]
    assert hearing["rmst_min"] > court["rmst_min"]
    assert (hearing["place"], court["place"]) == (1, 2)
    assert hearing["band"] != 1
    assert court["band"] != -1
    assert hearing["waiting"] == 14


def test_a_place_needs_two_that_are_ranked_and_the_mean_reaches_no_further_than_the_shortest_follow_up() -> None:
    alone, city = LittleCity(), LittleCity()
    for i in range(20):
        dispatched(alone, f"09:{i:02d}", department=HEARING)
        dispatched(city, f"09:{i:02d}", department=HEARING)
        # dispatched at 16:30, 60 minutes ago
        city.event("2026-11-20 08:00", registered="2026-11-20 08:20", dispatched="2026-11-20 16:30", department=COURT)
    assert np.isnan(row(alone.read("department_response", NOW), "first", "hearing")["place"])
    f = city.read("department_response", NOW)
    assert row(f, "first", "hearing")["tau_min"] == 60
    assert row(f, "first", "court")["rmst_min"] == 60
    assert (row(f, "first", "hearing")["place"], row(f, "first", "court")["place"]) == (1, 2)


def test_times_are_kept_to_the_second() -> None:
    city = LittleCity()
    for seconds in (50, 70, 90):
        city.event(
            "2026-11-20 08:00",
            registered="2026-11-20 08:20",
            dispatched="2026-11-20 08:30:00",
            handled=f"2026-11-20 08:{30 + seconds // 60}:{seconds % 60:02d}",
        )
    assert row(city.read("department_response", NOW), "first", "hearing")["median_min"] == pytest.approx(70 / 60)


@pytest.mark.parametrize("sizes", [(20, 20, 20, 20, 20), (100, 30, 20)])
def test_of_identical_departments_hardly_any_is_called(sizes: tuple[int, ...]) -> None:
    """A little of ``calibration.response.any_called``: skewed times, a sixth of the cases still open, in 400 cities."""
    assert binomtest(round(400 * any_called(sizes, 400, 5)), 400, 0.06, alternative="greater").pvalue > 0.01


def test_on_time_share_of_those_due_with_its_denominator() -> None:
    """In time at the very limit, late, overdue open, not yet due: 1 of 3."""
    city = LittleCity()
    day = "2026-11-20"
    dispatched(city, "09:00", closed=f"{day} 10:00", due=f"{day} 10:00")
    dispatched(city, "09:00", closed=f"{day} 10:01", due=f"{day} 10:00")
    dispatched(city, None, due=f"{day} 10:00")
    dispatched(city, None, due="2026-11-25 10:00")
    r = row(city.read("department_response", NOW), "complete", "hearing")
    assert [r["on_time"], r["on_time_n"]] == [pytest.approx(100 / 3), 3]


def test_a_department_without_cases_has_a_row_and_no_numbers() -> None:
    city = LittleCity()
    dispatched(city, "09:30")
    r = row(city.read("department_response", NOW), "first", "court")
    assert (r["n"], r["band"]) == (0, 2)
    assert all(np.isnan(r[k]) for k in ("median_min", "low_min", "high_min", "rmst_min", "on_time", "place"))


def test_one_statement_has_a_row_for_each_case_by_measure_and_state() -> None:
    """By 17:30, of 13 dispatched at 08:30 (the cancelled one is none): 9 were handled or closed, 4 wait, one of them deferred at
    09:30; closed are 3 of them, one transferred.  Late are the 5 with a limit at 10:00."""
    city = LittleCity()
    for handled in ("09:30", "10:30", None, "08:30"):
        dispatched(city, handled)
        dispatched(city, handled, l1=WEST, l2=WEST_VILLAGE, department=COURT, due="2026-11-20 10:00")
    dispatched(city, None, is_hung=1, last="2026-11-20 09:30")
    dispatched(city, None, closed="2026-11-20 09:30")
    dispatched(city, "09:00", closed="2026-11-20 11:00", due="2026-11-20 10:00")
    dispatched(city, None, closed="2026-11-20 09:30", outcome=4)  # transferred
    dispatched(city, None, closed="2026-11-20 09:00", outcome=CANCELLED)
    dispatched(city, None, department=-1)
    now = when(NOW)
    at = ms(now)
    start = at - 30 * 86_400_000
    viewer = Viewer("desk")
    found = apart(city.facts.read({"cases": cases(viewer, city.city, start, at, at, [])})[1]["cases"])

    def ended(measure: str) -> list[tuple[int, int]]:
        return sorted(zip(found[measure]["done"].tolist(), found[measure]["seconds"].tolist(), strict=True))

    assert ended("first") == [(0, 3600), (1, 0), (1, 0), (1, 1800), (1, 3600), (1, 3600), (1, 3600), (1, 7200), (1, 7200)]
    assert ended("complete") == [(0, 3600), (1, 3600), (1, 9000)]
    stopped = ms(when("2026-11-20 09:30")) // 1000
    assert sorted(found["first_waiting"]["hung"].tolist()) == [-1, -1, -1, stopped]
    assert sorted(found["complete_waiting"]["hung"].tolist()) == [*[-1] * 9, stopped]
    assert (int(np.sum(found["lateness"]["n"])), int(np.sum(found["lateness"]["late"]))) == (5, 5)
    for measure in MEASURES:
        of = response.measured(found, measure, city.city, now)
        assert of.loc[of["department"] == "", "n"].tolist() == [13]
