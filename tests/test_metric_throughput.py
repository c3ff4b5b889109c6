"""How long cases run, and deadlines."""

from __future__ import annotations

import numpy as np

from data.reader import parse_back
from tests.little_city import CANCELLED, LittleCity

NOW = "2026-11-23 14:00"


def test_running_times_of_all_cases_and_deadlines_of_the_ended() -> None:
    """10, 20, 40 and 90 minutes: median 30, mean 40.  In time (at the very limit), late, no end, cancelled."""
    city = LittleCity()
    day = "2026-11-20"
    city.event(f"{day} 09:00", f"{day} 09:10", due=f"{day} 09:10", first=f"{day} 09:00", last=f"{day} 09:10")
    city.event(f"{day} 09:00", f"{day} 09:20", due=f"{day} 09:10", first=f"{day} 09:00", last=f"{day} 09:20")
    city.event(f"{day} 09:00", due=f"{day} 09:10", first=f"{day} 09:00", last=f"{day} 09:40")
    city.event(f"{day} 09:00", f"{day} 10:30", due=f"{day} 09:10", outcome=CANCELLED,
               first=f"{day} 09:00", last=f"{day} 10:30")
    row = city.read("throughput", NOW).iloc[0].to_dict()
    assert row == {"cases": 4, "closed": 3, "open": 1, "median_s": 1800, "mean_s": 2400, "deadline_cases": 2,
                   "deadline_met": 1, "deadline_missed": 1, "without_end": 1}


def test_only_cases_of_the_window_and_as_far_back_as_asked() -> None:
    city = LittleCity()
    city.event("2011-10-11 09:00", "2011-10-11 10:00", first="2011-10-11 09:00", last="2011-10-11 10:00")
    assert city.read("throughput", NOW).cases[0] == 0
    assert np.isnan(city.read("throughput", NOW).median_s[0])
    assert city.read("throughput", NOW, back=parse_back("36500d")).cases[0] == 1
    archive = LittleCity(windows={"throughput": "36500 days"})
    archive.events = city.events
    assert archive.read("throughput", NOW).cases[0] == 1
