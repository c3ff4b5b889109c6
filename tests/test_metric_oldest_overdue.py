"""The ticker of the longest overdue."""

from __future__ import annotations

from tests.little_city import DISPUTE, WEST, LittleCity

NOW = "2026-11-23 14:00"


def test_longest_first_with_days_over_and_no_person() -> None:
    city = LittleCity()
    city.event("2026-11-01 09:00", due="2026-11-21 02:00", l1=WEST)
    city.event("2026-11-01 09:00", due="2026-11-13 14:00")
    f = city.read("oldest_overdue", NOW)
    assert f.case_number.tolist() == ["C2", "C1"]
    assert f.over_days.tolist() == [10.0, 2.5]
    assert f.area.tolist() == ["east", "west"]
    assert f[["category", "stage", "department", "total"]].iloc[0].tolist() == ["litter", "handle", "hearing", 2]
    assert set(f.columns) == {"case_number", "category", "stage", "department", "area", "due_ms", "over_days", "total"}


def test_exactly_at_the_limit_deferred_closed_and_sensitive_are_not_in_it() -> None:
    city = LittleCity()
    city.event("2026-11-01 09:00", due=NOW)
    city.event("2026-11-01 09:00", due="2026-11-02 09:00", is_hung=1)
    city.event("2026-11-01 09:00", "2026-11-05 09:00", due="2026-11-02 09:00")
    city.event("2026-11-01 09:00", due="2026-11-02 09:00", sensitive=1, category=DISPUTE)
    for scope in ("", "east", "east1", "east1a"):
        assert len(city.read("oldest_overdue", NOW, scope)) == 0


def test_twentyfour_are_shown_and_all_are_counted_also_over_two_towns() -> None:
    city = LittleCity()
    for i in range(50):
        city.event("2026-11-01 09:00", due=f"2026-11-02 09:{i:02d}", l1=i % 2)
    f = city.read("oldest_overdue", NOW)
    assert len(f) == 24
    assert f.case_number.tolist() == [f"C{i}" for i in range(1, 25)]
    assert f.total[0] == 50
    assert city.read("oldest_overdue", NOW, "west").total[0] == 25


def test_a_case_without_a_number_goes_by_its_id() -> None:
    city = LittleCity()
    city.event("2026-11-01 09:00", due="2026-11-02 09:00", case_number=None)
    assert city.read("oldest_overdue", NOW).case_number.tolist() == ["1"]
