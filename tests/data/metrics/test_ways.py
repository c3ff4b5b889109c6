"""Where cases go and by which ways: hand-made cases, the published trace through the real derivation, and the permit log."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from data.access.viewer import Viewer
from data.city.city import City
from data.city.profile import load_profile
from data.clock.calendar import BusinessClock
from data.facts.schema import VISIT
from data.facts.store import Facts
from data.metrics.process.variants import LISTED, compute, counted
from data.reading.answer import answer
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.sync import Sync
from tests.city_builder import ACCEPT, CLOSE, COURT, DISPATCH, DISPUTE, HANDLE, HEARING, REPORT, REVISIT, WEST, LittleCity
from tests.data.sync.test_derive import TRACE, case, clock
from tests.data.sync.test_permit_log import LOG, Desk
from tests.sync_harness import city as harness_city

NOW = "2026-11-23 12:00"  # a Monday


def rows(frame: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(r) for r in frame[list(names)].itertuples(index=False)]


def way(city: LittleCity, eid: int, day: str, *steps: tuple[int, str], closed: str = "", exit: int = 2) -> None:
    """Visits that follow each other, each entered at its time of the day."""
    seen: set[int] = set()
    for k, (stage, begins) in enumerate(steps):
        last = k == len(steps) - 1
        ends = (closed or None) if last else steps[k + 1][1]
        city.visit(
            eid,
            stage,
            f"{day} {begins}",
            f"{day} {ends}" if ends else None,
            exit=exit if last else 1,
            next_stage=-1 if last else steps[k + 1][0],
            rework=int(stage in seen),
        )
        seen.add(stage)


@pytest.fixture(scope="module")
def city() -> LittleCity:
    little, day = LittleCity(), "2026-11-20"
    straight = ((REPORT, "09:00"), (DISPATCH, "09:30"), (HANDLE, "10:00"), (CLOSE, "11:00"))
    for _ in range(2):
        way(little, little.event(f"{day} 09:00", closed=f"{day} 11:30"), day, *straight, closed="11:30")
    back = little.event(f"{day} 09:00", closed=f"{day} 17:00", l1=WEST)
    way(
        little,
        back,
        day,
        (REPORT, "09:00"),
        (DISPATCH, "09:10"),
        (HANDLE, "09:40"),
        (DISPATCH, "11:40"),
        (HANDLE, "14:00"),
        (CLOSE, "16:00"),
        closed="17:00",
    )
    little.visit(back, REVISIT, f"{day} 17:00", f"{day} 17:30", exit=2)  # of a closed case: no step of its way
    merged = little.event(f"{day} 09:00", closed=f"{day} 09:20", outcome=3)
    way(little, merged, day, (REPORT, "09:00"), (ACCEPT, "09:10"), closed="09:20", exit=4)
    way(little, little.event(f"{day} 16:30"), day, (REPORT, "16:30"), (DISPATCH, "17:00"))  # still there
    little.event(f"{day} 10:00", closed=f"{day} 10:10", outcome=2)  # no visit is known
    hidden = little.event(f"{day} 09:00", closed=f"{day} 10:00", category=DISPUTE, sensitive=1)
    way(little, hidden, day, (REPORT, "09:00"), closed="10:00")
    return little


def test_where_visits_lead_is_counted_with_ends_and_those_that_go_on(city: LittleCity) -> None:
    frame = city.read("transitions", NOW)
    steps = frame[frame["kind"] != "stage"]
    assert rows(steps[steps["stage"] == "report"], "to", "kind", "n", "share", "back") == [
        ("accept", "step", 1, 20.0, 0),
        ("dispatch", "step", 4, 80.0, 0),
    ]
    assert rows(steps[steps["stage"] == "accept"], "to", "kind", "n") == [("merged", "exit", 1)]
    assert rows(steps[steps["stage"] == "dispatch"], "to", "kind", "n") == [("handle", "step", 4), ("open", "open", 1)]
    assert rows(steps[steps["stage"] == "handle"], "to", "kind", "n", "back") == [
        ("dispatch", "step", 1, 1),
        ("close", "step", 3, 0),
    ]
    assert rows(steps[steps["stage"] == "close"], "to", "n") == [("settled", 3)]


def test_visits_of_a_stage_are_the_sum_of_what_they_lead_to(city: LittleCity) -> None:
    frame = city.read("transitions", NOW)
    heads = frame[frame["kind"] == "stage"].set_index("stage")["n"]
    parts = frame[frame["kind"] != "stage"].groupby("stage")["n"].sum()
    assert heads.sort_index().to_dict() == parts.to_dict()
    assert heads.sum() == 5 + 1 + 5 + 4 + 3 + 1  # all visits but the sensitive one


def test_repeat_visits_and_who_passed_at_the_first_time(city: LittleCity) -> None:
    heads = city.read("transitions", NOW).query("kind == 'stage'").set_index("stage", drop=False)
    # dispatch: 4 cases, one twice and one that has not left it; handle: 3 cases, one twice
    assert rows(heads.loc[["dispatch", "handle"]], "n", "cases", "again", "again_share", "passed") == [
        (5, 4, 1, 20.0, 3),
        (4, 3, 1, 25.0, 3),
    ]
    assert heads["first_pass"].loc[["dispatch", "handle", "close"]].tolist() == pytest.approx([200 / 3, 200 / 3, 100])


def test_times_of_steps_are_work_minutes(city: LittleCity) -> None:
    frame = city.read("transitions", NOW).set_index(["stage", "to"])["median_min"]
    assert frame[("handle", "close")] == 60  # 60, 60 and 120
    assert frame[("dispatch", "handle")] == 30  # 30, 30, 30; 11:40 to 14:00 are 20 minutes: 20, 30, 30, 30
    assert frame[("dispatch", "open")] == 30 + 210  # Friday 17:00 to Monday 12:00


def test_a_town_and_an_earlier_moment_have_their_own(city: LittleCity) -> None:
    west = city.read("transitions", NOW, scope="west")
    assert west.query("kind == 'stage'")["n"].sum() == 7
    then = city.read("transitions", "2026-11-20 11:10")
    # at 11:10 nothing has come back yet, two cases stand in close, one in handle
    assert rows(then[then["kind"] == "open"], "stage", "n") == [("handle", 1), ("close", 2)]
    assert then["again"].max() == 0


def test_ways_are_counted_the_common_ones_first(city: LittleCity) -> None:
    frame = city.read("variants", NOW)
    assert rows(frame, "place", "sequence", "n", "share", "cumulative", "returns") == [
        (1, "report>dispatch>handle>close", 2, 40.0, 40.0, 0),
        (2, "", 1, 20.0, 60.0, 0),
        (3, "report>accept", 1, 20.0, 80.0, 0),
        (4, "report>dispatch>handle>dispatch>handle>close", 1, 20.0, 100.0, 2),
    ]


def test_every_case_that_ended_has_one_way_and_no_case_more(city: LittleCity) -> None:
    assert city.read("variants", NOW)["n"].sum() == 5
    assert city.read("variants", "2026-11-20 11:00")["n"].sum() == 2
    assert city.read("variants", NOW, scope="west")["sequence"].tolist() == ["report>dispatch>handle>dispatch>handle>close"]


def test_ways_longer_than_one_whole_number_are_told_apart() -> None:
    little, day = LittleCity(), "2026-11-20"
    for last in (CLOSE, ACCEPT):
        steps = [(DISPATCH if k % 2 else HANDLE, f"{9 + k // 60:02d}:{k % 60:02d}") for k in range(40)]
        way(little, little.event(f"{day} 09:00", closed=f"{day} 16:00"), day, *steps, (last, "15:00"), closed="16:00")
    frame = little.read("variants", NOW)
    assert sorted(s.split(">")[-1] for s in frame["sequence"]) == ["accept", "close"]
    assert frame["steps"].tolist() == [41, 41]
    assert frame["returns"].tolist() == [38, 38]


def test_a_city_whose_stages_all_hold_open_cases_has_ways_too() -> None:
    named = [{"code": role, "role": role, "name": {"zh": role, "en": role}} for role in ("report", "handle")]
    little = LittleCity(stages=named)
    eid = little.event("2026-11-20 09:00", closed="2026-11-20 12:00")
    for stage, entered, left, exit_ in ((0, "09:00", "10:00", 1), (1, "10:00", "12:00", 2)):
        little.visit(eid, stage, f"2026-11-20 {entered}", f"2026-11-20 {left}", exit=exit_)
    assert little.read("variants", "2026-11-21 09:00")["sequence"].tolist() == ["report>handle"]


def test_behind_the_listed_ways_the_others_are_counted_together(city: LittleCity) -> None:
    kinds = LISTED + 3
    # base 9 digits of k as stages, three visits each
    words = [sum((k // 9**d % 9 + 1) << (4 * d) for d in range(3)) for k in range(kinds)]
    asked = {
        "area": np.zeros(kinds, int),
        "word0": np.array(words),
        "minutes": np.full(kinds, 5),
        "n": np.append(np.full(kinds - 1, 2), 7),
        **{f"word{i}": np.zeros(kinds, int) for i in (1, 2, 3)},
    }
    frame = compute({"ended": asked}, city.city, datetime(2026, 11, 23, tzinfo=UTC))
    assert rows(frame.tail(1), "place", "variants", "n", "cumulative") == [(0, 3, 6, 100.0)]
    assert frame["n"].iloc[0] == 7
    assert frame["variants"].sum() == kinds
    assert frame["n"].sum() == 2 * (kinds - 1) + 7


# ---------------------------------------------------------------- the published trace
@pytest.fixture(scope="module")
def trace() -> Iterator[tuple[Facts, City]]:
    """The trace of DOMAIN 3d through the real derivation, in facts of its own."""
    found = case(*TRACE, closed_at=clock("13:45"), outcome="settled")
    with Facts.open("duckdb:///:memory:") as facts:
        facts.put_grid({"idx": [0, 1], "code": ["t1", "c1"], "parent": [-1, 0], "level": [1, 2], "name": ["t1", "c1"]})
        facts.put(pd.DataFrame(found.events), pd.DataFrame(found.visits), now_ms=round(clock("14:00").timestamp() * 1000))
        yield facts, City(harness_city(), facts.grid())


def test_the_published_trace_passes_no_stage_of_its_loop_at_the_first_time(trace: tuple[Facts, City]) -> None:
    facts, city = trace
    frame = answer("transitions", facts, Viewer(), city, clock("14:00"))[1]
    heads = frame[frame["kind"] == "stage"].set_index("stage", drop=False)
    assert rows(heads.loc[["dispatch", "handle", "inspect"]], "n", "again", "first_pass") == [(2, 1, 0.0)] * 3
    assert rows(frame[frame["back"] == 1], "stage", "to", "n") == [("inspect", "dispatch", 1)]
    assert heads["first_pass"].loc[["report", "accept", "close"]].tolist() == [100, 100, 100]


def test_the_published_trace_has_its_throughput_service_and_waiting(trace: tuple[Facts, City]) -> None:
    facts, city = trace
    ways = answer("variants", facts, Viewer(), city, clock("14:00"))[1]
    assert rows(ways, "sequence", "median_min", "returns") == [
        ("report>accept>verify>register>dispatch>handle>inspect>dispatch>handle>inspect>close", 345, 3)
    ]
    _, held = facts.read({"v": select(VISIT.c.stage, VISIT.c.w_entered, VISIT.c.w_left)})
    stage, spent = held["v"]["stage"], held["v"]["w_left"] - held["v"]["w_entered"]
    codes = [s.code for s in city.profile.stages]
    assert [spent[stage == codes.index(s)].sum() / 60 for s in ("handle", "dispatch")] == [150, 90]
    passed = answer("first_pass_rate", facts, Viewer(), city, clock("14:00"))[1].iloc[0]
    again = answer("rework_rate", facts, Viewer(), city, clock("14:00"))[1].iloc[0]
    assert (passed["value"], again["value"]) == (0.0, 100.0)


# ---------------------------------------------------------------- the permit log
@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    profile, mapping = load_profile("permit"), load_mapping("permit_receipt")
    with Facts.open("duckdb:///:memory:") as facts:
        source = Source.open(None, mapping)
        sync = Sync(source, facts, profile, BusinessClock.of(profile))
        sync.load(datetime(2026, 11, 23, 9, 0, tzinfo=UTC), lambda step, done, of: None)
        yield Desk(facts, sync)
        source.close()


def log_rows() -> list[tuple[str, str]]:
    with LOG.open(encoding="utf-8", newline="") as file:
        return [(r["case:concept:name"], r["concept:name"]) for r in csv.DictReader(file)]


def test_the_permit_log_has_its_9_variants() -> None:
    cases, steps = zip(*log_rows(), strict=True)
    found = counted(cases, steps)
    assert (len(found), sum(found.values())) == (9, 110)
    frame = pd.read_csv(LOG)  # counted by another library
    theirs = Counter(frame.groupby("case:concept:name", sort=False)["concept:name"].agg(tuple))
    assert found == theirs


@pytest.mark.slow
def test_the_facts_of_the_permit_log_know_the_same_9(desk: Desk) -> None:
    """A visit holds the rows of a stage that follow each other: written out, they are the log's own ways."""
    v = VISIT.c
    _, held = desk.facts.read({"v": select(v.eid, v.stage, v.entries).order_by(v.eid, v.seq)})
    r = held["v"]
    eid, stage = np.repeat(r["eid"], r["entries"]), np.repeat(r["stage"], r["entries"])
    names = [s.name.en for s in desk.city.profile.stages]
    cases, steps = zip(*log_rows(), strict=True)
    assert counted(eid.tolist(), [names[s] for s in stage.tolist()]) == counted(cases, steps)


def test_variants_of_the_permit_log_are_those_of_its_ended_cases(desk: Desk) -> None:
    back = timedelta(days=3650)
    frame = desk.read("variants", back)
    raw = pd.read_csv(LOG)
    assert frame["n"].sum() == 101
    # by pandas: the log without rows that repeat the activity before them, of the cases whose end is written
    before = raw.groupby("case:concept:name", sort=False)["concept:name"].shift()
    ended = raw[(raw["concept:name"] != before) & raw["case:enddate"].notna()]
    theirs = Counter(ended.groupby("case:concept:name", sort=False)["concept:name"].agg(tuple))
    names = {s.code: s.name.en for s in desk.city.profile.stages}
    ours = {tuple(names[c] for c in s.split(">")): n for s, n in zip(frame["sequence"], frame["n"], strict=True)}
    assert ours == dict(theirs)


# ---------------------------------------------------------------- hand-overs
def test_changes_of_hands_are_counted_between_visits_and_within_one() -> None:
    little, day = LittleCity(), "2026-11-20"

    def visit(eid: int, stage: int, begins: str, ends: str | None, first: int, last: int) -> None:
        little.visit(eid, stage, f"{day} {begins}", f"{day} {ends}" if ends else None, first_department=first, department=last)

    within = little.event(f"{day} 09:00")  # sent to hearing, returned, sent to court
    visit(within, REPORT, "09:00", "09:10", -1, -1)
    visit(within, DISPATCH, "09:10", "10:00", HEARING, COURT)
    visit(within, HANDLE, "10:00", None, COURT, COURT)
    twice = little.event(f"{day} 09:00")  # there and back, with a visit that nobody has between
    visit(twice, DISPATCH, "09:00", "10:00", HEARING, HEARING)
    visit(twice, ACCEPT, "10:00", "10:30", -1, -1)
    visit(twice, HANDLE, "10:30", "11:00", COURT, COURT)
    visit(twice, DISPATCH, "11:00", None, HEARING, HEARING)
    for _ in range(2):  # never given away
        visit(little.event(f"{day} 09:00"), HANDLE, "09:00", None, COURT, COURT)
    little.event(f"{day} 09:00")  # nobody has had it
    frame = little.read("handovers", NOW)
    assert rows(frame[frame["kind"] == "all"], "n", "cases", "handed", "share", "per_case") == [(3, 4, 2, 50.0, 0.75)]
    assert rows(frame[frame["kind"] == "step"], "department", "to", "n", "handed") == [
        ("hearing", "court", 2, 2),
        ("court", "hearing", 1, 1),
    ]


def test_hand_made_visits_without_a_first_department_have_one() -> None:
    little, day = LittleCity(), "2026-11-20"
    one = little.event(f"{day} 09:00")
    little.visit(one, DISPATCH, f"{day} 09:00", f"{day} 10:00", department=HEARING)
    little.visit(one, HANDLE, f"{day} 10:00", department=COURT)
    assert little.read("handovers", NOW)["n"].tolist() == [1, 1]
    assert LittleCity().read("handovers", NOW)["cases"].tolist() == [0]
