"""How long cases run, and deadlines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from data.reading.answer import parse_back
from tests.city_builder import CANCELLED, LittleCity

NOW = "2026-11-23 14:00"


def test_running_times_and_deadlines_of_the_ended() -> None:
    """10, 20 and 90 minutes; one runs since 20 November 09:00, that is 4,620 minutes.  S = 3/4 at 10, 1/2 at 20, 1/4 at 90: half
    have ended within 20 minutes.  Mean within 4,620: 10 + 3/4 10 + 1/2 70 + 1/4 4,530 = 1,185 minutes.  Deadlines: in time (at
    the very limit), late, no end, cancelled."""
    city = LittleCity()
    day = "2026-11-20"
    city.event(f"{day} 09:00", f"{day} 09:10", due=f"{day} 09:10", first=f"{day} 09:00", last=f"{day} 09:10")
    city.event(f"{day} 09:00", f"{day} 09:20", due=f"{day} 09:10", first=f"{day} 09:00", last=f"{day} 09:20")
    city.event(f"{day} 09:00", due=f"{day} 09:10", first=f"{day} 09:00", last=f"{day} 09:40")
    city.event(f"{day} 09:00", f"{day} 10:30", due=f"{day} 09:10", outcome=CANCELLED, first=f"{day} 09:00", last=f"{day} 10:30")
    row = city.read("throughput", NOW).iloc[0].to_dict()
    assert row == {
        "cases": 4,
        "closed": 3,
        "open": 1,
        "median_s": 20 * 60,
        "mean_s": 1185 * 60,
        "mean_within_s": 4620 * 60,
        "deadline_cases": 2,
        "deadline_met": 1,
        "deadline_missed": 1,
        "without_end": 1,
    }


def test_an_open_case_is_not_finished_at_its_last_row() -> None:
    """Three ended after 10, 30 and 40 hours, two were last heard of after 1 and 2 hours and run for 50: taken as ended their
    median would be 10 hours; half have ended by 40 hours."""
    city = LittleCity()
    for ended, last in ((10, 10), (30, 30), (40, 40), (None, 1), (None, 2)):
        hours = [str(pd.Timestamp("2026-11-21 12:00") + pd.Timedelta(hours=h)) for h in (ended or 0, last)]
        city.event("2026-11-21 12:00", hours[0] if ended else None, first="2026-11-21 12:00", last=hours[1])
    row = city.read("throughput", NOW).iloc[0]
    assert row["median_s"] == 40 * 3600
    # S = .8 from 10, .6 from 30, .4 from 40 to 50: 10 + 16 + 6 + 4 hours
    assert (row["mean_s"], row["mean_within_s"]) == (pytest.approx(36 * 3600), 50 * 3600)
    curve = SurvfuncRight([10, 30, 40, 50, 50], [1, 1, 1, 0, 0])
    assert curve.quantile(0.5) * 3600 == row["median_s"]


def test_where_all_have_ended_the_mean_is_the_whole_mean_and_where_few_have_there_is_no_median() -> None:
    city, few = LittleCity(), LittleCity()
    for minutes in (10, 20, 60):
        city.event(
            "2026-11-20 09:00",
            f"2026-11-20 {9 + minutes // 60:02d}:{minutes % 60:02d}",
            first="2026-11-20 09:00",
            last=f"2026-11-20 {9 + minutes // 60:02d}:{minutes % 60:02d}",
        )
        few.event(
            "2026-11-20 09:00",
            f"2026-11-20 09:{minutes:02d}" if minutes == 10 else None,
            first="2026-11-20 09:00",
            last="2026-11-20 09:10",
        )
    row = city.read("throughput", NOW).iloc[0]
    assert (row["median_s"], row["mean_s"]) == (20 * 60, pytest.approx(30 * 60))
    assert np.isnan(row["mean_within_s"])
    assert np.isnan(few.read("throughput", NOW).median_s[0])


def test_at_a_past_instant_a_case_that_has_ended_since_runs() -> None:
    city = LittleCity()
    city.event("2026-11-20 09:00", "2026-11-20 09:10", first="2026-11-20 09:00", last="2026-11-20 09:10")
    city.event("2026-11-20 09:00", "2026-11-21 09:00", first="2026-11-20 09:00", last="2026-11-21 09:00")
    row = city.read("throughput", "2026-11-20 10:00").iloc[0]
    assert (row["open"], row["median_s"], row["mean_s"], row["mean_within_s"]) == (1, 10 * 60, 35 * 60, 60 * 60)


@pytest.mark.slow
def test_only_cases_of_the_window_and_as_far_back_as_asked() -> None:
    city = LittleCity()
    city.event("2011-10-11 09:00", "2011-10-11 10:00", first="2011-10-11 09:00", last="2011-10-11 10:00")
    assert city.read("throughput", NOW).cases[0] == 0
    assert np.isnan(city.read("throughput", NOW).median_s[0])
    assert city.read("throughput", NOW, back=parse_back("36500d")).cases[0] == 1
    archive = LittleCity(windows={"throughput": "36500 days"})
    archive.events = city.events
    assert archive.read("throughput", NOW).cases[0] == 1
