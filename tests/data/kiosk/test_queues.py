"""The kiosk's queues from rows written by hand: what is due, late, sent back; who may see it; what the chips count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from data.access.viewer import Viewer
from data.errors import QueryError
from data.kiosk import queues
from data.kiosk.choice import Choice
from data.kiosk.queues import QUEUES, Queue, Queues
from tests.city_builder import COURT, DISPATCH, DISPUTE, HANDLE, REVISIT, WEST, LittleCity, when

pytestmark = pytest.mark.slow

NOW = "2026-11-23 14:00"
OPERATOR = Viewer("desk", rights=frozenset({"kiosk", "cases"}))
SEES_ALL = Viewer("desk", rights=frozenset({"kiosk", "cases", "sensitive"}))


def ask(city: LittleCity, viewer: Viewer = OPERATOR, now: str = NOW, limit: int = 40, **words: Any) -> Queues:
    there = city.city
    choice = Choice.of(words, there, viewer)
    statements = queues.asked(viewer, there, when(now), QUEUES, choice, limit)
    return queues.compute(city.facts.read(statements)[1], there, viewer, choice)


def listed(found: Queues, queue: Queue) -> list[str]:
    return [c["case_number"] for c in found.listed[queue]]


def test_a_case_due_in_exactly_four_hours_is_due_soon_and_one_a_second_later_is_not() -> None:
    city = LittleCity()
    city.event("2026-11-23 09:00", due="2026-11-23 18:00")
    city.event("2026-11-23 09:00", due="2026-11-23 18:00:01")
    found = ask(city)
    assert (listed(found, "soon"), found.tabs["soon"]) == (["C1"], 1)
    assert (listed(found, "today"), found.tabs["today"]) == (["C1", "C2"], 2)


def test_a_case_due_now_is_due_soon_and_not_overdue_a_second_ago_it_is() -> None:
    city = LittleCity()
    city.event("2026-11-23 09:00", due=NOW)
    city.event("2026-11-23 09:00", due="2026-11-23 13:59:59")
    found = ask(city)
    assert (listed(found, "soon"), listed(found, "overdue")) == (["C1"], ["C2"])


def test_a_deferred_case_is_in_no_queue_of_limits_and_still_open() -> None:
    city = LittleCity()
    city.event("2026-11-01 09:00", due="2026-11-02 09:00", is_hung=1)
    city.event("2026-11-23 09:00", due="2026-11-23 15:00", is_hung=1)
    found = ask(city)
    assert found.tabs == {"soon": 0, "today": 0, "overdue": 0, "returned": 0}
    assert (found.stages[0].open, found.stages[0].overdue) == (2, 0)


def test_today_ends_at_the_citys_midnight_and_soon_may_reach_beyond_it() -> None:
    city = LittleCity()
    city.event("2026-11-23 09:00", due="2026-11-23 23:59:59")
    city.event("2026-11-23 09:00", due="2026-11-24 00:00")
    found = ask(city, now="2026-11-23 22:00")
    assert (listed(found, "today"), listed(found, "soon")) == (["C1"], ["C1", "C2"])


def test_closed_and_not_yet_reported_cases_are_in_none() -> None:
    city = LittleCity()
    city.event("2026-11-01 09:00", "2026-11-23 13:00", due="2026-11-02 09:00", returns=1)
    city.event("2026-11-23 14:30", due="2026-11-23 15:00")
    assert sum(ask(city).tabs.values()) == 0


def test_sent_back_cases_that_wait_for_another_dispatch_come_first() -> None:
    city = LittleCity()
    city.event("2026-11-20 09:00", due="2026-11-25 09:00", returns=1, stage=HANDLE)
    city.event("2026-11-20 09:00", due="2026-11-29 09:00", returns=2, stage=DISPATCH)
    city.event("2026-11-20 09:00", due="2026-11-25 09:00")
    found = ask(city)
    assert (listed(found, "returned"), found.tabs["returned"]) == (["C2", "C1"], 2)


def test_least_time_left_first_and_longest_overdue_first() -> None:
    city = LittleCity()
    for due in ("2026-11-23 17:00", "2026-11-23 15:00", "2026-11-20 09:00", "2026-11-21 09:00"):
        city.event("2026-11-01 09:00", due=due)
    found = ask(city)
    assert (listed(found, "soon"), listed(found, "overdue")) == (["C2", "C1"], ["C3", "C4"])


def two_places() -> LittleCity:
    """East: three open of which one is overdue in handling; West: one overdue at dispatch of another department."""
    city = LittleCity()
    city.event("2026-11-01 09:00", due="2026-11-02 09:00")
    city.event("2026-11-22 09:00", due="2026-11-23 15:00")
    city.event("2026-11-22 09:00", due="2026-12-23 15:00", department=COURT, stage=DISPATCH)
    city.event("2026-11-01 09:00", due="2026-11-03 09:00", l1=WEST, department=COURT, stage=DISPATCH)
    return city


def test_each_list_of_chips_stands_under_the_choice_of_the_others() -> None:
    city = two_places()
    found = ask(city, place="west")
    assert [(c.code, c.open, c.overdue) for c in found.places] == [("", 4, 2), ("east", 3, 1), ("west", 1, 1)]
    assert (found.stages[0].open, found.departments[0].open) == (1, 1)
    assert [(c.code, c.open, c.overdue) for c in found.departments] == [("", 1, 1), ("hearing", 0, 0), ("court", 1, 1)]
    assert (listed(found, "overdue"), found.tabs["overdue"], found.tabs["soon"]) == (["C4"], 1, 0)


def test_stage_and_department_are_chosen_together() -> None:
    found = ask(two_places(), stage="dispatch", dept="court")
    assert (found.tabs["overdue"], listed(found, "overdue")) == (1, ["C4"])
    by_stage = {c.code: (c.open, c.overdue) for c in found.stages}
    assert (by_stage[""], by_stage["dispatch"], by_stage["handle"]) == ((2, 1), (2, 1), (0, 0))


def test_an_account_of_one_town_counts_and_lists_that_town_by_its_villages() -> None:
    east = replace(OPERATOR, scope="east")
    found = ask(two_places(), east)
    assert (found.stages[0].open, listed(found, "overdue")) == (3, ["C1"])
    assert [c.code for c in found.places] == ["", "east1"]
    with pytest.raises(QueryError, match="just below"):
        ask(two_places(), east, place="west")


def test_sensitive_cases_are_neither_counted_nor_listed_without_the_right() -> None:
    city = LittleCity()
    city.event("2026-11-01 09:00", due="2026-11-02 09:00", sensitive=1, category=DISPUTE)
    assert (ask(city).tabs["overdue"], ask(city).stages[0].open) == (0, 0)
    seen = ask(city, SEES_ALL)
    assert (seen.tabs["overdue"], listed(seen, "overdue")) == (1, ["C1"])


def test_cases_of_a_restricted_channel_or_an_unknown_category_are_counted_and_never_listed() -> None:
    city = LittleCity(
        channels=[
            {"code": "phone", "name": {"zh": "电话", "en": "phone"}},
            {"code": "mailbox", "restricted": True, "name": {"zh": "信箱", "en": "mailbox"}},
        ]
    )
    city.event("2026-11-01 09:00", due="2026-11-03 09:00", channel=1, returns=1)
    city.event("2026-11-01 09:00", due="2026-11-04 09:00", category=-1)
    found = ask(city)
    assert (found.tabs["overdue"], found.tabs["returned"]) == (2, 1)
    assert all(not cases for cases in found.listed.values())
    assert listed(ask(city, SEES_ALL), "overdue") == ["C1", "C2"]


def test_one_case_is_found_only_where_it_may_be_named() -> None:
    city = two_places()
    there = city.city

    def found(viewer: Viewer, eid: int) -> int:
        return len(city.facts.read({"one": queues.one(viewer, there, when(NOW), eid)})[1]["one"]["eid"])

    assert found(OPERATOR, 4) == 1
    assert found(replace(OPERATOR, scope="east"), 4) == 0
    assert found(OPERATOR, 99) == 0


def test_the_stage_after_the_end_counts_closed_cases_outside_of_all() -> None:
    city = LittleCity()
    eid = city.event("2026-11-20 09:00", "2026-11-22 09:00", stage=REVISIT)
    city.visit(eid, REVISIT, "2026-11-22 09:00")
    city.event("2026-11-23 09:00", due="2026-11-29 09:00")
    found = ask(city)
    revisit = found.stages[-1]
    assert (revisit.code, revisit.open, revisit.after, found.stages[0].open) == ("revisit", 1, True, 1)


def test_no_more_are_listed_than_asked_for_and_all_are_counted() -> None:
    city = LittleCity()
    for i in range(5):
        city.event("2026-11-01 09:00", due=f"2026-11-02 09:0{i}")
    found = ask(city, limit=3)
    assert (listed(found, "overdue"), found.tabs["overdue"]) == (["C1", "C2", "C3"], 5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"stage": "handel"}, "did you mean 'handle'"),
        ({"dept": "x"}, "known are"),
        ({"place": "east1"}, "just below"),
        ({"place": "nowhere"}, "no such grid cell"),
    ],
)
def test_a_faulty_word_is_named(words: dict[str, Any], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        ask(two_places(), **words)
