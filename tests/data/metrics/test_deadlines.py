"""What falls due in the next four hours, case by case."""

from __future__ import annotations

import math

from tests.city_builder import DISPUTE, WEST, LittleCity


def test_each_hour_counts_what_ends_in_it_and_names_its_first_instant() -> None:
    city = LittleCity()
    for due in ("14:00", "14:20", "15:00", "15:01", "18:00", "18:01"):
        city.event("2026-11-23 09:00", due=f"2026-11-23 {due}")
    city.event("2026-11-23 09:00", "2026-11-23 12:00", due="2026-11-23 14:30")  # closed
    city.event("2026-11-23 09:00", due="2026-11-23 14:40", is_hung=1)  # deferred
    city.event("2026-11-23 09:00", due="2026-11-23 14:50", category=DISPUTE, sensitive=1)
    city.event("2026-11-23 09:00", due="2026-11-23 16:30", l1=WEST)
    frame = city.read("deadlines", "2026-11-23 14:00")
    assert frame.hour.tolist() == [1, 2, 3, 4]
    assert frame.n.tolist() == [2, 1, 1, 1]  # 14:20 and 15:00; 15:01; 16:30; 18:00
    assert frame.first_ms.tolist() == [city.at(f"2026-11-23 {t}") for t in ("14:20", "15:01", "16:30", "18:00")]
    west = city.read("deadlines", "2026-11-23 14:00", scope="west")
    assert west.n.tolist() == [0, 0, 1, 0]
    assert math.isnan(west.first_ms[0])
