"""The evaluation indicators: a published year-end table, and small cities counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data.metrics import METRICS
from data.metrics.evaluation.catalogue import INDICATORS
from tests.city_builder import CANCELLED, DISPATCH, HANDLE, PATROL, WEST, LittleCity
from tests.frame_cells import cells
from tests.oracles import worked

pytestmark = pytest.mark.slow

NOW = "2016-12-31 18:00"
DAY = "2026-11-20"


def read(city: LittleCity, indicator: str, now: str = f"{DAY} 17:30", **more: Any) -> tuple[int, int, int]:
    """(numerator, denominator, excluded)."""
    r = city.read(indicator, now, **more).iloc[0]
    return int(r["numerator"]), int(r["denominator"]), int(r["excluded"])


@pytest.fixture(scope="module")
def tianmen() -> LittleCity:
    """December 2016 of 天门 as published: 1,054 accepted, 996 registered, 972 due, 911 archived, 737 of them in time."""
    told = worked("evaluation")["tianmen_2016_12"]
    assert [told[k] for k in ("registered", "archived", "archived_in_time", "open_overdue", "open_not_due")] == [
        996,
        911,
        737,
        61,
        24,
    ]
    city = LittleCity()
    for i in range(told["accepted"]):
        if i < 737:
            more = {"registered": "2016-12-05 09:00", "due": "2016-12-10 09:00", "closed": "2016-12-09 09:00"}
        elif i < 911:
            more = {"registered": "2016-12-05 09:00", "due": "2016-12-10 09:00", "closed": "2016-12-11 09:00"}
        elif i < 911 + 61:
            more = {"registered": "2016-12-05 09:00", "due": "2016-12-10 09:00"}
        elif i < 996:
            more = {"registered": "2016-12-30 09:00", "due": "2017-01-10 09:00"}
        else:  # refused
            more = {"closed": "2016-12-06 09:00", "outcome": CANCELLED}  # type: ignore[dict-item]
        city.event("2016-12-05 08:00", accepted="2016-12-05 08:10", **more)
    return city


@pytest.mark.parametrize(
    ("indicator", "top", "bottom", "published"),
    [("registration_rate", 996, 1054, 94.50), ("closure_rate", 911, 972, 93.72), ("on_time_closure", 737, 972, 75.82)],
)
def test_a_published_table_comes_out_as_it_was_printed(
    tianmen: LittleCity, indicator: str, top: int, bottom: int, published: float
) -> None:
    r = tianmen.read(indicator, NOW).iloc[0]
    assert (r["numerator"], r["denominator"]) == (top, bottom)
    assert round(r["value"], 2) == published
    assert r["low"] < r["value"] < r["high"]


def test_what_is_not_yet_due_stands_outside_and_is_counted(tianmen: LittleCity) -> None:
    assert read(tianmen, "closure_rate", NOW) == (911, 972, 24)
    assert read(tianmen, "overdue_open", NOW) == (61, 61 + 24, 0)
    # two weeks later the 24, registered on 30 December, are due as well; the others lie outside of the 30 days
    assert read(tianmen, "closure_rate", "2017-01-12 18:00") == (0, 24, 0)


def test_the_register_is_archive_and_in_time_open_and_overdue_open(tianmen: LittleCity) -> None:
    closure, overdue = read(tianmen, "closure_rate", NOW), read(tianmen, "overdue_open", NOW)
    assert closure[0] + overdue[0] + closure[2] == read(tianmen, "extension_rate", NOW)[1] == 996


def test_the_undecided_are_outside_of_the_registration_rate() -> None:
    city = LittleCity()
    city.event(f"{DAY} 08:00", accepted=f"{DAY} 08:10", registered=f"{DAY} 08:20")
    city.event(f"{DAY} 08:00", accepted=f"{DAY} 08:10", closed=f"{DAY} 09:00", outcome=CANCELLED)
    city.event(f"{DAY} 08:00", accepted=f"{DAY} 08:10")
    city.event(f"{DAY} 08:00", accepted=f"{DAY} 08:10", closed=f"{DAY} 09:00", outcome=3)  # merged
    city.event(f"{DAY} 08:00")  # not accepted yet
    assert read(city, "registration_rate") == (1, 2, 2)


def test_disposal_on_time_leaves_out_what_was_sent_back_and_what_is_not_due() -> None:
    city = LittleCity()
    dispatch = city.city.profile.stage_index("dispatch")
    city = LittleCity()
    due = city.at(f"{DAY} 12:00")
    for left, exit_, next_, more in (
        ("11:00", 1, HANDLE + 1, {}),  # 1 in time
        ("12:00", 1, HANDLE + 1, {}),  # 2 exactly at the limit: in time
        ("14:00", 2, -1, {}),  # 3 settled here, late
        ("11:00", 1, dispatch, {}),  # 4 sent back
        ("11:00", 3, -1, {}),  # 5 cancelled
        (None, 0, -1, {}),  # 6 stands past its limit
        (None, 0, -1, {"due_at": city.at("2026-11-21 12:00")}),  # 7 not due yet
        ("11:00", 1, HANDLE + 1, {"rework": 1}),  # 8 a rework
        ("11:00", 1, HANDLE + 1, {"due_at": -1}),  # 9 has no limit
    ):
        eid = city.event(f"{DAY} 08:00")
        city.visit(
            eid, HANDLE, f"{DAY} 09:00", f"{DAY} {left}" if left else None, exit_, **{"next_stage": next_, "due_at": due, **more}
        )
    assert read(city, "disposal_rate") == (3, 4, 5)
    assert read(city, "on_time_disposal") == (2, 4, 5)


def test_rework_and_first_pass_are_of_those_with_a_result() -> None:
    city = LittleCity()
    close = 1 << city.city.profile.stage_index("close")
    city = LittleCity()
    city.event(f"{DAY} 08:00", inspected=f"{DAY} 09:00", reworks=2)  # failed twice, goes on
    city.event(f"{DAY} 08:00", inspected=f"{DAY} 09:00", reworks=0, reached=close)
    city.event(f"{DAY} 08:00", inspected=f"{DAY} 09:00", reworks=0, closed=f"{DAY} 10:00")
    city.event(f"{DAY} 08:00", inspected=f"{DAY} 09:00", reworks=0)  # no result yet
    city.event(f"{DAY} 08:00", reworks=0)  # never inspected
    assert read(city, "rework_rate") == (1, 3, 1)
    assert read(city, "first_pass_rate") == (2, 3, 1)


def test_satisfaction_stands_beside_its_coverage() -> None:
    city = LittleCity()
    for satisfaction in (5, 4, 3, -1, -1):
        city.event(f"{DAY} 08:00", closed=f"{DAY} 10:00", satisfaction=satisfaction)
    city.event(f"{DAY} 08:00", closed=f"{DAY} 10:00", outcome=CANCELLED, satisfaction=5)
    assert read(city, "satisfaction_rate") == (2, 3, 3)
    assert read(city, "callback_coverage") == (3, 5, 1)


def test_returns_extensions_deferrals_and_repeats() -> None:
    city = LittleCity()
    day = {"registered": f"{DAY} 08:20", "dispatched": f"{DAY} 08:30"}
    city.event(f"{DAY} 08:00", **day, returns=1, extended=0, linked=1)
    city.event(f"{DAY} 08:00", **day, returns=0, extended=1, linked=0, is_hung=1)
    city.event(f"{DAY} 08:00", **day, returns=0, extended=1, linked=0, closed=f"{DAY} 09:00", outcome=CANCELLED)
    city.event(f"{DAY} 08:00", returns=0, extended=0, linked=0)
    for eid in (1, 2, 3):
        city.visit(eid, DISPATCH, f"{DAY} 08:30")
    assert read(city, "return_rate") == (1, 3, 0)
    assert read(city, "extension_rate") == (1, 2, 1)
    assert read(city, "deferral_rate") == (1, 2, 1)
    assert read(city, "repeat_rate") == (1, 4, 0)


def serving() -> LittleCity:
    """A city whose telephone is the public's, with limits of its own."""
    named = {"zh": "电话", "en": "phone"}
    return LittleCity(
        channels=[{"code": "phone", "name": named, "kind": "citizen"}, {"code": "patrol", "name": named, "kind": "patrol"}],
        service={"first_contact": "2 hours", "return_within": "2 work_hours", "moat_horizon": "1 day"},
        moats=[
            {"code": "grid", "name": named, "channels": ["patrol"]},
            {"code": "hotline", "name": named, "channels": ["phone"]},
        ],
    )


def test_a_dispatch_is_judged_once_it_can_not_be_sent_back_any_more() -> None:
    city = serving()
    for entered, entries, returns in (
        ("09:00", 1, 0),  # kept
        ("09:00", 2, 1),  # sent back once, then kept
        ("09:00", 1, 1),  # sent back; nobody has it
        ("14:30", 1, 0),  # younger than two work hours at 16:00
        ("11:30", 1, 0),  # two work hours before 15:00, over the break
    ):
        eid = city.event(f"{DAY} 08:00", returns=returns)
        city.visit(
            eid,
            DISPATCH,
            f"{DAY} {entered}",
            entries=entries,
            returns=returns,
            again_at=city.at(f"{DAY} 09:30") if entries > 1 else -1,
        )
    assert read(city, "dispatch_accuracy", f"{DAY} 16:00") == (3, 5, 1)
    assert read(city, "dispatch_accuracy", f"{DAY} 14:59") == (2, 4, 2)


def test_a_return_belongs_to_the_dispatch_that_was_sent_back() -> None:
    """Dispatched 40 days ago and sent back; dispatched again in the window and kept: one dispatch in the window, none sent back.
    And one that was sent back in the window, dispatched again: one of two."""
    city = serving()
    old = city.event("2026-10-10 08:00", returns=1)
    city.visit(old, DISPATCH, "2026-10-11 09:00", "2026-10-12 09:00", next_stage=HANDLE, returns=1)
    city.visit(old, DISPATCH, f"{DAY} 09:00", rework=1)
    assert read(city, "dispatch_accuracy", f"{DAY} 16:00") == (1, 1, 0)
    new = city.event(f"{DAY} 08:00", returns=1)
    city.visit(new, DISPATCH, f"{DAY} 08:30", f"{DAY} 09:00", next_stage=HANDLE, returns=1)
    city.visit(new, DISPATCH, f"{DAY} 09:30", rework=1)
    fresh = serving()
    fresh.events, fresh.visits = city.events, city.visits
    assert read(fresh, "dispatch_accuracy", f"{DAY} 16:00") == (2, 3, 0)


def test_a_dispatch_counts_at_its_own_instant_also_within_one_visit() -> None:
    """Sent back and dispatched again without leaving the stage: on 10 October, before the window, and on 20 November at 14:30,
    which at 16:00 is younger than the two work hours in which it can be sent back."""
    city = serving()
    for again, now, expected in ((f"{DAY} 09:30", f"{DAY} 16:00", (1, 1, 0)), (f"{DAY} 14:30", f"{DAY} 16:00", (0, 0, 1))):
        city = serving()
        eid = city.event("2026-10-10 08:00", returns=1)
        city.visit(eid, DISPATCH, "2026-10-10 09:00", entries=2, returns=1, again_at=city.at(again))
        assert read(city, "dispatch_accuracy", now) == expected


def test_a_case_sent_back_and_not_dispatched_again_is_in_the_return_rate() -> None:
    """It has no dispatch that was kept (``dispatched_at``); the other two do, one after a first that was sent back."""
    city = serving()
    lost = city.event(f"{DAY} 08:00", returns=1)
    city.visit(lost, DISPATCH, f"{DAY} 08:30")
    again = city.event(f"{DAY} 08:00", returns=1, dispatched=f"{DAY} 09:30")
    city.visit(again, DISPATCH, f"{DAY} 08:30", f"{DAY} 09:00", next_stage=HANDLE)
    city.visit(again, DISPATCH, f"{DAY} 09:30", rework=1)
    kept = city.event(f"{DAY} 08:00", returns=0, dispatched=f"{DAY} 08:30")
    city.visit(kept, DISPATCH, f"{DAY} 08:30")
    assert read(city, "return_rate") == (2, 3, 0)


def test_a_case_whose_stamps_run_backwards_is_not_in_time() -> None:
    """Closed an hour before it was reported: its visit has no length and would be in time; it is neither, as in the headline."""
    city = LittleCity()
    due = city.at(f"{DAY} 12:00")
    for reported, closed in (("08:00", "10:00"), ("10:00", "09:00"), ("08:00", "13:00")):
        eid = city.event(f"{DAY} {reported}", f"{DAY} {closed}", registered=f"{DAY} 08:20", due=f"{DAY} 12:00")
        begun, left = ("10:00", "10:00") if closed == "09:00" else ("09:00", closed)
        city.visit(eid, HANDLE, f"{DAY} {begun}", f"{DAY} {left}", 2, next_stage=-1, due_at=due)
    assert read(city, "on_time_disposal") == (1, 2, 1)
    assert read(city, "on_time_closure") == (1, 2, 1)
    assert read(city, "disposal_rate") == (3, 3, 0)
    headline = city.read("headline", f"{DAY} 17:30").set_index("kpi")
    assert cells(headline, "on_time", ["numerator", "denominator"]) == [1, 2]
    assert headline.loc["closed", "value"] == 3


def test_a_past_instant_knows_no_pause_that_began_later() -> None:
    """Due at 09:00, deferred at 11:00: at 10:00 it was overdue, at noon its clock stands."""
    city = LittleCity()
    eid = city.event(
        f"{DAY} 08:00", registered=f"{DAY} 08:20", due=f"{DAY} 09:00", due_before=f"{DAY} 09:00", is_hung=1, paused=f"{DAY} 11:00"
    )
    city.visit(eid, HANDLE, f"{DAY} 08:30")
    for now, overdue, deferred in (("10:00", 1, 0), ("12:00", 0, 1)):
        assert read(city, "overdue_open", f"{DAY} {now}")[0] == overdue
        assert read(city, "deferral_rate", f"{DAY} {now}")[0] == deferred
        assert city.read("headline", f"{DAY} {now}").set_index("kpi").loc["overdue", "value"] == overdue
        stages = city.read("stage_backlog", f"{DAY} {now}").set_index("stage")
        assert cells(stages, "handle", ["overdue", "hung"]) == [overdue, deferred]
        assert city.read("queues", f"{DAY} {now}").set_index("stage").loc["handle", "hung"] == deferred


def test_a_past_instant_knows_the_limit_as_it_was_and_a_pause_that_has_ended_since() -> None:
    """Due at 09:00, deferred from 08:30 to 12:00 and so due at 12:30 since: at 08:20 it is not deferred and due at nine; at 10:00
    it is deferred; of another, deferred from 11:00 to 12:00 and due at 10:00 moved to 11:00, it was overdue at 10:30."""
    city = LittleCity()
    moved = {"due": f"{DAY} 12:30", "due_before": f"{DAY} 09:00", "paused": f"{DAY} 08:30", "resumed": f"{DAY} 12:00"}
    city.event(f"{DAY} 08:00", registered=f"{DAY} 08:10", **moved)
    late = {"due": f"{DAY} 11:00", "due_before": f"{DAY} 10:00", "paused": f"{DAY} 11:00", "resumed": f"{DAY} 12:00"}
    city.event(f"{DAY} 08:00", registered=f"{DAY} 08:10", **late)
    assert [read(city, "overdue_open", f"{DAY} {t}")[0] for t in ("08:20", "10:00", "10:30", "11:30", "12:20")] == [0, 0, 1, 0, 1]
    assert [read(city, "deferral_rate", f"{DAY} {t}")[0] for t in ("08:20", "10:00", "11:30", "12:20")] == [0, 1, 2, 0]


def test_the_public_is_answered_within_the_limit_and_patrols_are_not_asked() -> None:
    city = serving()
    city.event(f"{DAY} 08:00", first_contact=f"{DAY} 10:00")  # exactly in time
    city.event(f"{DAY} 08:00", first_contact=f"{DAY} 10:01")  # late
    city.event(f"{DAY} 08:00")  # never: past the limit
    city.event(f"{DAY} 16:00")  # not due yet
    city.event(f"{DAY} 08:00", channel=PATROL)
    assert read(city, "response_rate") == (1, 3, 1)


def test_public_reports_found_true_and_call_backs_that_say_solved() -> None:
    city = serving()
    day = {"registered": f"{DAY} 08:20"}
    city.event(f"{DAY} 08:00", verified=1, **day)
    city.event(f"{DAY} 08:00", verified=0, **day)
    city.event(f"{DAY} 08:00", verified=1, channel=PATROL, **day)
    assert read(city, "public_report_rate") == (1, 3, 0)
    city = serving()
    for resolved in (1, 1, 0, -1):
        city.event(f"{DAY} 08:00", closed=f"{DAY} 10:00", resolved=resolved)
    assert read(city, "resolution_rate") == (2, 3, 1)


def test_minor_matters_settled_without_a_dispatch() -> None:
    city = serving()
    city.event(f"{DAY} 08:00", closed=f"{DAY} 10:00", severity=1)
    city.event(f"{DAY} 08:00", closed=f"{DAY} 10:00", severity=1, dispatched=f"{DAY} 09:00")
    city.event(f"{DAY} 08:00", severity=1)
    city.event(f"{DAY} 08:00", closed=f"{DAY} 10:00", severity=2)
    assert read(city, "own_grid_rate") == (1, 2, 1)


def test_a_moat_holds_what_does_not_go_on_to_the_next() -> None:
    city = serving()
    old = city.event("2026-11-17 08:00", channel=PATROL)  # open for longer than a day
    city.event(f"{DAY} 08:00", channel=PATROL, closed=f"{DAY} 09:00")  # held
    gone = city.event(f"{DAY} 08:00", channel=PATROL, closed=f"{DAY} 09:00")  # settled, and then reported by telephone
    city.event(f"{DAY} 10:00", linked=1, linked_eid=gone, closed=f"{DAY} 11:00")  # held by the second moat
    back = city.event(f"{DAY} 08:00", closed=f"{DAY} 09:00")  # held: what follows is of an earlier moat
    city.event(f"{DAY} 10:00", linked=1, linked_eid=back, channel=PATROL)  # open within the horizon
    city.event(f"{DAY} 08:00", channel=PATROL, closed=f"{DAY} 09:00", outcome=4)  # transferred
    city.event(f"{DAY} 08:00", channel=PATROL, closed=f"{DAY} 09:00", outcome=CANCELLED)
    frame = city.read("moats", f"{DAY} 17:30").set_index("moat")
    columns = ["entered", "held", "passed", "aged", "fresh", "other"]
    assert cells(frame, "grid", columns) == [6, 1, 2, 1, 1, 1]
    assert cells(frame, "hotline", columns) == [2, 2, 0, 0, 0, 0]
    assert frame.loc["grid", "value"] == 25.0
    assert old


def test_a_city_without_moats_has_an_empty_answer() -> None:
    assert len(LittleCity().read("moats", f"{DAY} 17:30")) == 0


def test_nothing_to_divide_by_is_no_number_and_no_interval() -> None:
    r = LittleCity().read("closure_rate", f"{DAY} 17:30").iloc[0]
    assert (r["numerator"], r["denominator"]) == (0, 0)
    assert np.isnan([r["value"], r["low"], r["high"]]).all()


def test_the_table_says_what_each_says_alone_in_the_city_and_in_a_town(tianmen: LittleCity) -> None:
    city = LittleCity()
    city.event(f"{DAY} 08:00", registered=f"{DAY} 08:20", due=f"{DAY} 09:00", closed=f"{DAY} 08:50")
    city.event(f"{DAY} 08:00", registered=f"{DAY} 08:20", due=f"{DAY} 09:00", l1=WEST)
    for scope, expected in (("", (1, 2)), ("west", (0, 1))):
        table = city.read("indicators", f"{DAY} 17:30", scope=scope).set_index("indicator")
        assert tuple(table.loc["on_time_closure", ["numerator", "denominator"]]) == expected
        for one in INDICATORS:
            alone = city.read(one.id, f"{DAY} 17:30", scope=scope).iloc[0]
            np.testing.assert_array_equal(  # also where both are unknown: a city without a citizens' channel
                [alone[k] for k in ("numerator", "denominator", "excluded")],
                table.loc[one.id, ["numerator", "denominator", "excluded"]].astype(float),
                err_msg=one.id,
            )


def test_each_says_its_formula_its_open_cases_and_its_standard() -> None:
    assert len({i.id for i in INDICATORS}) == len(INDICATORS)
    for one in INDICATORS:
        metric = METRICS[one.id]
        assert metric.standard.startswith("GB/T ")
        for lang in ("zh", "en"):
            said = metric.definition(lang)
            assert one.formula(lang) in said
            assert one.open_cases(lang) in said
            assert metric.standard in said
        assert not one.is_share or ("÷" in one.formula.zh and "/" in one.formula.en)
