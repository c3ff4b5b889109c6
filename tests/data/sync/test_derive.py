"""What the log of one case says, worked by hand; every second is worked, so that durations can be read off the wall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.city.city import Grid
from data.city.profile import Profile
from data.source.columns import Rules, frame, instants
from data.sync.derive import Derived, derive
from data.text import Text
from tests.sync_harness import STAGES, WallClock, city

DAY = datetime(2026, 3, 2, tzinfo=UTC)
S = {s: i for i, s in enumerate(STAGES)}
GRID = Grid(
    ("t1", "c1"),
    (Text(zh="t1", en="t1"), Text(zh="c1", en="c1")),
    np.array([1, 2], np.int16),
    np.array([-1, 0], np.int32),
    np.array([-1, -1], np.int32),
)


def clock(hhmm: str) -> datetime:
    return DAY + timedelta(hours=int(hhmm[:2]), minutes=int(hhmm[3:]))


def ms(hhmm: str) -> int:
    return round(clock(hhmm).timestamp() * 1000)


def case(*log: tuple[Any, ...], profile: Profile | None = None, **event: Any) -> Derived:
    """One case, reported 08:00; each log row is (time, stage, action, department?, due?)."""
    row = {"id": 1, "category": "lamp", "channel": "phone", "grid": "c1", "reported_at": clock("08:00"), **event}
    rows = [dict(zip(("at", "stage", "action", "department", "due_at"), (clock(r[0]), *r[1:]), strict=False)) for r in log]
    names = ("at", "stage", "action", "department", "due_at")
    columns: dict[str, list[Any]] = {n: [r.get(n) for r in rows] for n in names}
    columns["key"], columns["event"] = list(range(len(rows))), [1] * len(rows)
    zone = Rules(ZoneInfo("UTC"))
    events = frame("event", {k: [v] for k, v in row.items()}, zone)
    return derive(events, frame("transition", columns, zone), profile or city(), GRID, WallClock())


def one(found: Derived, name: str) -> Any:
    return found.events[name][0]


def visits(found: Derived, *names: str) -> list[tuple[Any, ...]]:
    return list(zip(*(np.asarray(found.visits[n]).tolist() for n in names), strict=True))


TRACE = (
    ("08:00", "report", "enter"),
    ("08:05", "accept", "enter"),
    ("08:20", "verify", "enter"),
    ("08:30", "register", "enter"),
    ("08:35", "dispatch", "enter", "parks"),
    ("09:35", "handle", "enter", "parks"),
    ("09:35", "handle", "start"),
    ("11:35", "handle", "complete"),
    ("11:35", "inspect", "enter"),
    ("12:05", "inspect", "fail"),
    ("12:10", "dispatch", "enter", "parks"),
    ("12:40", "handle", "enter", "parks"),
    ("13:10", "inspect", "enter"),
    ("13:40", "inspect", "complete"),
    ("13:45", "close", "enter"),
)


def test_the_published_trace_gives_its_throughput_waiting_service_and_rework() -> None:
    """Throughput 5 h 45 m, handling 2 h 30 m, dispatch to handling 60 + 30 min, one rework."""
    found = case(*TRACE, closed_at=clock("13:45"), outcome="settled")
    assert (one(found, "last_at") - one(found, "first_at")) / 60_000 == 345
    visit = {
        stage: sum(left - entered for s, entered, left in visits(found, "stage", "entered_at", "left_at") if s == stage)
        for stage in (S["dispatch"], S["handle"])
    }
    assert visit == {S["dispatch"]: 90 * 60_000, S["handle"]: 150 * 60_000}
    assert one(found, "reworks") == 1
    assert found.faults == []


def test_rework_makes_new_visits_and_never_moves_a_milestone() -> None:
    found = case(*TRACE, closed_at=clock("13:45"))
    assert [one(found, n) for n in ("dispatched_at", "handled_at", "completed_at", "inspected_at")] == [
        ms("08:35"),
        ms("09:35"),
        ms("11:35"),
        ms("11:35"),
    ]
    assert [r for s, r in visits(found, "stage", "rework") if s == S["handle"]] == [0, 1]


def test_a_case_closed_in_its_last_stage_leaves_the_system_there() -> None:
    found = case(*TRACE, closed_at=clock("13:50"), outcome="transferred")
    assert visits(found, "stage", "left_at", "exit")[-1] == (S["close"], ms("13:50"), 5)
    assert (one(found, "is_open"), one(found, "outcome"), one(found, "stage")) == (0, 4, S["close"])


def test_entering_a_stage_again_without_leaving_it_is_one_visit_with_two_entries() -> None:
    found = case(("08:00", "report", "enter"), ("08:10", "report", "enter"), ("08:30", "accept", "enter"))
    assert visits(found, "stage", "entries", "entered_at", "left_at") == [
        (S["report"], 2, ms("08:00"), ms("08:30")),
        (S["accept"], 1, ms("08:30"), -1),
    ]


def test_a_returned_dispatch_counts_as_returned_and_not_for_time() -> None:
    found = case(
        ("08:00", "report", "enter"),
        ("09:00", "dispatch", "enter", "parks"),
        ("10:00", "dispatch", "return", "parks"),
        ("10:30", "dispatch", "enter", "roads"),
        ("11:00", "handle", "enter", "roads"),
        ("11:00", "handle", "start"),
    )
    assert (one(found, "returns"), one(found, "department")) == (1, 1)
    assert (one(found, "dispatched_at"), one(found, "handled_at")) == (ms("10:30"), ms("11:00"))


def test_a_visit_knows_who_had_it_at_first_and_at_last() -> None:
    found = case(
        ("08:00", "report", "enter"),
        ("09:00", "dispatch", "enter", "parks"),
        ("10:00", "dispatch", "return", "parks"),
        ("10:30", "dispatch", "enter", "roads"),
        ("11:00", "handle", "enter", "roads"),
        ("11:10", "handle", "start"),
    )
    assert visits(found, "stage", "first_department", "department") == [
        (S["report"], -1, -1),
        (S["dispatch"], 0, 1),
        (S["handle"], 1, 1),
    ]


def test_nobody_holds_a_case_whose_only_dispatch_was_returned() -> None:
    found = case(("09:00", "dispatch", "enter", "parks"), ("10:00", "dispatch", "return", "parks"))
    assert (one(found, "department"), one(found, "dispatched_at")) == (-1, -1)


def test_a_case_that_is_being_handled_but_not_begun_is_still_waiting() -> None:
    log = (("09:00", "dispatch", "enter", "parks"), ("09:30", "handle", "enter", "parks"))
    assert one(case(*log), "handled_at") == -1
    left = case(*log, ("10:30", "inspect", "enter"))  # it went on without a word: its entering is all that is known
    assert (one(left, "handled_at"), one(left, "completed_at")) == (ms("09:30"), ms("10:30"))


def test_a_start_from_a_clock_that_is_wrong_does_not_move_the_case() -> None:
    found = case(
        ("08:00", "report", "enter"),
        ("09:00", "dispatch", "enter", "parks"),
        ("04:30", "handle", "start"),
        ("09:30", "handle", "enter"),
        ("11:00", "inspect", "enter"),
    )
    assert [s for (s,) in visits(found, "stage")] == [S["report"], S["dispatch"], S["handle"], S["inspect"]]
    assert one(found, "handled_at") == ms("09:30")


def test_a_start_whose_entering_was_never_logged_opens_the_visit() -> None:
    found = case(("09:00", "dispatch", "enter", "parks"), ("10:00", "handle", "start"))
    assert visits(found, "stage", "entered_at", "entries")[-1] == (S["handle"], ms("10:00"), 0)


def test_a_deferral_counts_as_pause_only_between_dispatch_and_completion() -> None:
    found = case(
        ("09:00", "dispatch", "enter", "parks"),
        ("09:10", "handle", "enter"),
        ("09:20", "handle", "defer"),
        ("10:20", "handle", "resume"),
        ("10:30", "handle", "start"),
        ("11:00", "handle", "defer"),
        ("11:15", "handle", "resume"),
        ("12:00", "handle", "complete"),
    )
    assert (one(found, "pause_handle_s"), one(found, "pause_complete_s")) == (3600, 4500)
    assert one(found, "is_hung") == 0


def test_the_latest_deferral_is_known_by_its_instants_and_what_it_moved() -> None:
    """Deferred from 09:20 to 10:20 and from 11:00 to 11:15: without the latter the pauses are 3600 and 3600, the limit (a day
    from the registration at 08:30) is moved by an hour."""
    log = (
        ("08:30", "register", "enter"),
        ("09:00", "dispatch", "enter", "parks"),
        ("09:10", "handle", "enter"),
        ("09:20", "handle", "defer"),
        ("10:20", "handle", "resume"),
        ("10:30", "handle", "start"),
    )
    twice = case(*log, ("11:00", "handle", "defer"), ("11:15", "handle", "resume"), ("12:00", "handle", "complete"))
    assert [one(twice, n) for n in ("paused_at", "resumed_at")] == [ms("11:00"), ms("11:15")]
    assert [one(twice, n) for n in ("last_pause_handle_s", "last_pause_complete_s")] == [0, 900]
    assert one(twice, "due_at") - one(twice, "due_before_at") == 15 * 60_000
    once = case(*log)
    assert [one(once, n) for n in ("paused_at", "resumed_at")] == [ms("09:20"), ms("10:20")]
    assert (one(once, "last_pause_handle_s"), one(once, "due_before_at")) == (3600, ms("08:30") + 24 * 3_600_000)
    running = case(*log, ("11:00", "handle", "defer"))
    assert [one(running, n) for n in ("paused_at", "resumed_at", "is_hung", "last_pause_handle_s")] == [ms("11:00"), -1, 1, 0]
    never = case(("09:00", "dispatch", "enter", "parks"))
    assert [one(never, n) for n in ("paused_at", "resumed_at", "last_pause_complete_s")] == [-1, -1, 0]
    assert one(never, "due_before_at") == one(never, "due_at")


def test_a_dispatch_that_was_sent_back_is_known_by_its_visit() -> None:
    found = case(
        ("09:00", "dispatch", "enter", "parks"),
        ("10:00", "dispatch", "return", "parks"),
        ("10:30", "dispatch", "enter", "roads"),
        ("11:00", "handle", "enter", "roads"),
        ("11:10", "handle", "return", "roads"),
        ("11:30", "dispatch", "enter", "parks"),
    )
    assert visits(found, "stage", "entries", "again_at", "returns") == [
        (S["dispatch"], 2, ms("10:30"), 2),
        (S["handle"], 1, -1, 0),
        (S["dispatch"], 1, -1, 0),
    ]


def test_an_open_deferral_hangs_the_case_until_it_closes() -> None:
    log = (("09:00", "dispatch", "enter", "parks"), ("09:10", "handle", "enter"), ("09:20", "handle", "defer"))
    assert one(case(*log), "is_hung") == 1
    assert one(case(*log, closed_at=clock("10:00")), "is_hung") == 0


def test_a_limit_of_the_category_counts_from_registration_and_waits_for_a_pause() -> None:
    log = (("08:30", "register", "enter"), ("09:20", "handle", "defer"), ("10:20", "handle", "resume"))
    assert one(case(), "due_at") == ms("08:00") + 24 * 3_600_000
    assert one(case(*log), "due_at") == ms("08:30") + 25 * 3_600_000
    assert one(case(*log, due_at=clock("20:00")), "due_at") == ms("20:00")  # the platform's own limit stands


def test_a_visit_has_the_limit_of_the_log_else_of_the_stage() -> None:
    found = case(("09:00", "handle", "enter"))
    assert visits(found, "due_at") == [(ms("11:00"),)]
    found = case(("09:00", "handle", "enter", None, clock("09:30")), ("09:10", "handle", "extend", None, clock("15:00")))
    assert visits(found, "due_at") == [(ms("15:00"),)]
    assert one(found, "extended") == 1


def test_a_cancelled_case_is_closed_by_its_log_and_a_merged_one_too() -> None:
    for action, outcome in (("cancel", 2), ("merge", 3)):
        found = case(("08:10", "accept", "enter"), ("08:40", "accept", action))
        assert [one(found, n) for n in ("is_open", "outcome", "closed_at")] == [0, outcome, ms("08:40")]
        assert visits(found, "left_at", "exit") == [(ms("08:40"), outcome + 1)]


def test_a_case_entered_again_after_its_cancellation_is_open() -> None:
    found = case(("08:10", "accept", "enter"), ("08:40", "accept", "cancel"), ("09:00", "verify", "enter"))
    assert (one(found, "is_open"), one(found, "outcome")) == (1, 0)


def test_a_call_back_after_closing_is_a_stock_of_its_own_until_it_is_made() -> None:
    log = (("12:00", "close", "enter"), ("13:00", "revisit", "enter"))
    waiting = case(*log, closed_at=clock("12:30"))
    assert visits(waiting, "stage", "left_at", "exit") == [(S["close"], ms("12:30"), 2), (S["revisit"], -1, 0)]
    assert (one(waiting, "is_open"), one(waiting, "stage")) == (0, S["revisit"])
    assert visits(case(*log, closed_at=clock("12:30"), called_back_at=clock("15:00")), "left_at")[1] == (ms("15:00"),)


def test_an_open_case_without_a_log_stands_in_the_report_stage() -> None:
    """Else the stocks of the stages would not add up to the open events."""
    found = case()
    assert visits(found, "stage", "entered_at", "left_at", "entries") == [(S["report"], ms("08:00"), -1, 0)]
    assert (one(found, "stage"), one(found, "reached"), one(found, "transitions")) == (S["report"], 0, 0)


def test_a_closed_case_whose_log_lacks_stages_keeps_what_is_known() -> None:
    found = case(("08:30", "register", "enter"), closed_at=clock("12:00"))
    assert (one(found, "registered_at"), one(found, "dispatched_at"), one(found, "handled_at")) == (ms("08:30"), -1, -1)
    assert visits(found, "stage", "left_at", "exit") == [(S["register"], ms("12:00"), 2)]
    assert one(found, "reached") == 1 << S["register"]


def test_a_case_that_closes_before_it_was_reported_is_closed_and_in_no_duration() -> None:
    found = case(("08:10", "accept", "enter"), ("08:40", "verify", "enter"), closed_at=clock("07:00"))
    assert [f[2] for f in found.faults] == ["closes_before_report"]
    assert (one(found, "is_open"), one(found, "closed_at"), one(found, "w_closed")) == (0, ms("07:00"), -1)
    assert [left - entered for entered, left in visits(found, "entered_at", "left_at")] == [0, 0]


def test_an_outcome_without_a_time_closes_with_the_last_row_and_is_a_fault() -> None:
    found = case(("08:10", "accept", "enter"), ("08:40", "verify", "enter"), outcome="settled")
    assert (one(found, "closed_at"), [f[2] for f in found.faults]) == (ms("08:40"), ["closed_without_time"])


def test_an_unknown_stage_is_rejected_and_the_case_derived_from_the_other_rows() -> None:
    found = case(("08:10", "accept", "enter"), ("08:20", "teleport", "enter"), ("08:40", "verify", "enter"))
    ((table, key, reason, detail),) = found.faults
    assert (table, key, reason) == ("transition", "1", "unknown_stage")
    assert detail == "stage 'teleport'; did you mean 'report'?", "near enough in letters"
    near = case(("08:10", "acept", "enter")).faults[0][3]
    assert near == "stage 'acept'; did you mean 'accept'?"
    assert [s for (s,) in visits(found, "stage")] == [S["accept"], S["verify"]]
    assert one(found, "transitions") == 2


@pytest.mark.parametrize(("name", "position"), [("category", "category"), ("channel", "channel"), ("network", "network")])
def test_an_unknown_code_of_a_case_is_minus_one_and_a_fault(name: str, position: str) -> None:
    wrong: dict[str, Any] = {name: "wrong"}
    found = case(**wrong)
    assert [f[2] for f in found.faults] == [f"unknown_{name}"]
    assert one(found, position) == (0 if name == "network" else -1)  # the network is known by the category


def test_an_unknown_department_and_an_unknown_grid_are_faults_of_a_row_that_is_kept() -> None:
    found = case(("09:00", "dispatch", "enter", "navy"), grid="nowhere")
    assert sorted(f[2] for f in found.faults) == ["unknown_department", "unknown_grid"]
    assert (one(found, "department"), one(found, "l1"), one(found, "l2")) == (-1, -1, -1)
    assert (one(case(), "l1"), one(case(), "l2"), one(case(grid="t1"), "l2")) == (0, 1, -1)


def test_rows_without_a_usable_time_are_counted_and_rejected() -> None:
    zone = Rules(ZoneInfo("UTC"))
    events = frame("event", {"id": [1, 2, 3], "reported_at": ["2026-03-02 08:00:00", "yesterday", "1820-01-01 00:00:00"]}, zone)
    log = frame(
        "transition",
        {
            "key": [7, 8, 9, None],
            "event": [1, 1, 4, 1],
            "stage": ["accept"] * 4,
            "at": ["2026-03-02 08:10:00", None, "2026-03-02 08:10:00", "2026-03-02 08:10:00"],
        },
        zone,
    )
    found = derive(events, log, city(), GRID, WallClock())
    assert found.events["eid"].tolist() == [1]
    assert sorted(f[:3] for f in found.faults) == [
        ("event", "2", "bad_time"),
        ("event", "3", "bad_time"),
        ("transition", "8", "bad_time"),
        ("transition", "9", "orphan"),
        ("transition", "of 1", "no_key"),
    ]


def test_a_sensitive_category_marks_the_case_and_its_visits() -> None:
    found = case(("08:10", "accept", "enter"), category="family")
    assert (one(found, "sensitive"), visits(found, "sensitive")) == (1, [(1,)])


def test_a_batch_gives_the_same_rows_as_one_case_after_the_other() -> None:
    rng = np.random.default_rng(7)
    n, m = 60, 600
    zone = Rules(ZoneInfo("UTC"))
    actions = ["enter"] * 6 + ["start", "complete", "return", "fail", "defer", "resume", "cancel", "extend"]
    base = round(DAY.timestamp())
    times = [datetime.fromtimestamp(base + int(x), UTC) for x in rng.integers(0, 10**6, m)]
    event: dict[str, list[Any]] = {
        "id": list(range(n)),
        "reported_at": [DAY] * n,
        "category": ["lamp"] * n,
        "closed_at": [DAY + timedelta(days=12) if i % 3 else None for i in range(n)],
    }
    log: dict[str, list[Any]] = {
        "key": list(range(m)),
        "event": rng.integers(0, n, m).tolist(),
        "at": times,
        "stage": [STAGES[i] for i in rng.integers(0, 9, m)],
        "action": [actions[i] for i in rng.integers(0, 14, m)],
        "department": [["parks", "roads", None][i] for i in rng.integers(0, 3, m)],
    }
    whole = derive(frame("event", event, zone), frame("transition", log, zone), city(), GRID, WallClock())
    order = np.lexsort((whole.visits["seq"], whole.visits["eid"]))
    parts = []
    for i in range(n):
        rows = [k for k in range(m) if log["event"][k] == i]
        parts.append(
            derive(
                frame("event", {k: [v[i]] for k, v in event.items()}, zone),
                frame("transition", {k: [v[r] for r in rows] for k, v in log.items()}, zone),
                city(),
                GRID,
                WallClock(),
            )
        )
    for name in whole.events:
        assert list(whole.events[name]) == [p.events[name][0] for p in parts], name
    for name in whole.visits:
        assert whole.visits[name][order].tolist() == [x for p in parts for x in p.visits[name].tolist()], name


@pytest.mark.parametrize(
    "text", ["2026-03-02 08:00:00", "2026-03-02T08:00:00.123456", "2026-03-02 16:00:00+08:00", "2026-03-02T08:00:00Z"]
)
def test_times_are_read_the_same_alone_and_in_bulk(text: str) -> None:
    zone = ZoneInfo("UTC")
    few, many = instants([text, None, "soon"], zone), instants([text, None, "soon"] * 200, zone)
    assert few[0] // 1000 == ms("08:00") // 1000
    assert many[:3].tolist() == few.tolist()


def test_naive_times_are_of_the_sources_zone_in_bulk_too() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    for cells in (["2026-03-02 16:00:00"], ["2026-03-02 16:00:00"] * 600, [datetime(2026, 3, 2, 16)] * 600):
        assert instants(cells, zone)[0] == ms("08:00")
