"""The ticker of the longest overdue."""

from __future__ import annotations

from data.access.viewer import Viewer
from data.metrics import METRICS
from tests.city_builder import DISPUTE, WEST, LittleCity, when

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
    assert f.eid.tolist() == [2, 1]
    assert set(f.columns) == {"eid", "case_number", "category", "stage", "department", "area", "due_ms", "over_days", "total"}


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


def restricted() -> LittleCity:
    """Two overdue cases by the telephone, one of the mailbox, one of a category that the city does not know."""
    city = LittleCity(
        channels=[
            {"code": "phone", "name": {"zh": "电话", "en": "phone"}},
            {"code": "mailbox", "restricted": True, "name": {"zh": "信箱", "en": "mailbox"}},
        ]
    )
    city.event("2026-11-01 09:00", due="2026-11-03 09:00", channel=1)
    city.event("2026-11-01 09:00", due="2026-11-04 09:00", category=-1, l1=WEST)
    return city


def test_a_case_of_a_restricted_channel_or_an_unknown_category_is_counted_and_never_named() -> None:
    city = restricted()
    city.event("2026-11-01 09:00", due="2026-11-05 09:00")
    city.event("2026-11-01 09:00", due="2026-11-06 09:00", l1=WEST)
    f = city.read("oldest_overdue", NOW)
    assert (f.case_number.tolist(), f.total.tolist()) == (["C3", "C4"], [4, 4])
    west = city.read("oldest_overdue", NOW, "west")
    assert (west.case_number.tolist(), west.total[0]) == (["C4"], 2)


def test_nothing_of_such_a_case_leaves_the_facts() -> None:
    city = restricted()
    statement = METRICS["oldest_overdue"].select(Viewer("wall"), city.city, None, when(NOW))["oldest"].select
    rows = city.facts.read({"oldest": statement})[1]["oldest"]
    assert rows["named"].tolist() == [0, 0]
    assert set(rows["case_number"]) == {None}
    assert {*rows["eid"], *rows["due_at"], *rows["stage"]} == {-1}


def test_where_all_are_such_their_number_is_said_and_not_that_there_is_none() -> None:
    f = restricted().read("oldest_overdue", NOW)
    assert (f.case_number.tolist(), f.total.tolist()) == ([""], [2])
