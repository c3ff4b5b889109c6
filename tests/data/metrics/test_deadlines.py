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


def test_as_many_are_expected_late_as_were_of_those_open_as_long_before_their_limit() -> None:
    """Forty were due at noon on the 20th.  At 11:30 thirty of them were open, of which six missed it; at 10:30, 9:30 and 8:30 all
    forty were.  Two fall due within the hour, and one in the third."""
    city = LittleCity()
    for i in range(40):
        closed = "11:00" if i < 10 else "11:45" if i < 34 else "13:00"
        city.event("2026-11-20 08:00", f"2026-11-20 {closed}", due="2026-11-20 12:00")
    for due in ("14:30", "14:40", "16:30"):
        city.event("2026-11-23 09:00", due=f"2026-11-23 {due}")
    frame = city.read("deadlines", "2026-11-23 14:00")
    assert frame.late.tolist() == [2 * 6 / 30, 0, 1 * 6 / 40, 0]


def test_of_nineteen_cases_no_share_is_taken() -> None:
    city = LittleCity()
    for _ in range(19):
        city.event("2026-11-20 08:00", "2026-11-20 13:00", due="2026-11-20 12:00")
    city.event("2026-11-23 09:00", due="2026-11-23 14:30")
    assert city.read("deadlines", "2026-11-23 14:00").late.isna().all()
