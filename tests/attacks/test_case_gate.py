"""No route and no callback reads single cases beside the gate, nor can one be added that does."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, case, func, select

from benchmarks.bench_audit import measure
from callbacks.auth.authenticator import LocalAuthenticator
from callbacks.auth.case_gate import CaseGate
from callbacks.auth.record import Recorder
from callbacks.desk.router import Desk, DeskRoute
from data.access.audit import Audit
from data.access.case_limits import CaseLimits, Volume
from data.access.roles import DEMO_RIGHTS
from data.access.store import State
from data.access.viewer import Viewer
from data.drill.choice import choose
from data.drill.view import hand_out, view
from data.errors import AccessError, OverVolumeError
from data.facts import case_reads
from data.facts.case_reads import Guard, Reading, computed, names_cases
from data.facts.schema import EVENT, VISIT
from tests.city_builder import HANDLE, LittleCity, when
from tests.conftest import ROOT, copy_of

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)
ANALYST = Viewer("desk", rights=frozenset({"cases"}), user="li", role="analyst")
CASES = select(EVENT.c.eid, EVENT.c.case_number)


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.parametrize("whole", [False, True])
def test_every_case_that_an_answer_names_is_in_the_audit(demo_city: Path, tmp_path: Path, whole: bool) -> None:
    told = measure(copy_of(demo_city, tmp_path), tmp_path / "desk", whole)
    assert told.missing == []
    assert told.answers > (500 if whole else 200)
    named = {p for p in told.by_path if told.by_path[p]}
    assert {
        "/desk/case",
        "/desk/analyst/export",
        "/desk/kiosk/queue",
        "POST /desk/kiosk/refresh",
        "/desk/kiosk/handover",
        "/api/read/oldest_overdue",
        "/snapshot/overview",
        "callback ..an-cases.getRowsResponse...an-cases-unit.children...an-cases-note.children..",
    } <= named


@pytest.fixture
def city() -> LittleCity:
    little = LittleCity()
    for _ in range(3):
        little.event("2026-11-22 09:00", due="2026-11-24 09:00")
    little.facts.guard = Guard()
    return little


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        (CASES, True),
        (select(EVENT.c.eid.label("x")), True),
        (select(VISIT.c.eid), True),
        (select(select(EVENT.c.case_number.label("n")).subquery().c.n.label("words")), True),
        (select(case((EVENT.c.is_open == 1, EVENT.c.case_number)).label("x")), True),
        (select(func.min(EVENT.c.eid)), True),
        (select(func.count()).select_from(EVENT), False),
        (select(EVENT.c.stage).where(EVENT.c.eid == 1), False),
        (computed(select(EVENT.c.eid)), False),
    ],
)
def test_a_statement_names_cases_under_whatever_name(statement: Select[Any], names: bool) -> None:
    assert names_cases(statement) is names


def test_nobody_reads_cases_outside_of_a_request(city: LittleCity) -> None:
    for read in (city.facts.read, city.facts.read_helped, city.facts.read_wide):
        with pytest.raises(AccessError, match="through the gate alone"):
            read({"one": CASES})
        assert read({"n": select(func.count().label("n")).select_from(EVENT)})[1]["n"]["n"][0] == 3


def test_a_thread_that_forgets_who_asks_reads_none(city: LittleCity) -> None:
    token = case_reads.begin(Reading(lambda reading, numbers: None))
    faults: list[Exception] = []

    def read() -> None:
        try:
            city.facts.read({"one": CASES})
        except AccessError as fault:
            faults.append(fault)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    case_reads.end(token)
    assert len(faults) == 1


def test_the_cases_that_a_panel_picks_are_counted_also_those_of_a_view_that_was_kept() -> None:
    city = LittleCity()
    due = city.event("2026-11-23 09:00", due="2026-11-23 12:00")
    city.visit(due, HANDLE, "2026-11-23 09:00")
    city.facts.guard = Guard()
    viewer = Viewer("desk", rights=DEMO_RIGHTS, user="li", role="analyst")
    reading = Reading(lambda reading, numbers: None)
    token = case_reads.begin(reading)
    try:
        found = view(city.facts, choose(viewer, city.city, {}, when("2026-11-23 10:42:00")), ("breaches",))
        listed = found.frames["breaches"]["kind"].tolist().count("case")
        assert reading.settled() == listed == 1, "of all that were read, those that are told"
        hand_out("breaches", found.frames["breaches"])
        assert reading.settled() == 1
    finally:
        case_reads.end(token)


class Gated:
    """A desk behind the gate, with routes of its own."""

    def __init__(self, state: State, *routes: DeskRoute) -> None:
        self.audit, self.limits = Audit(state), CaseLimits(state)
        self.recorder = Recorder(self.audit, lambda: NOW)
        self.desk = Desk(LocalAuthenticator(ANALYST, lambda headers: True), (), routes)
        self.gate = CaseGate(
            self._app, self.recorder, Volume(self.limits, LittleCity().city.profile.zone), lambda: NOW, lambda headers, query: ""
        )

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        case_reads.entered(ANALYST)
        await self.desk({**scope, "state": {"viewer": ANALYST}}, receive, send)

    def get(self, path: str) -> tuple[int, Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "path": path, "method": "GET", "headers": [], "query_string": b"", "client": ("10.0.0.7", 1)}
        asyncio.run(self.gate(scope, lambda: None, send))  # type: ignore[arg-type, return-value]
        return sent[0]["status"], json.loads(b"".join(m.get("body", b"") for m in sent))

    def close(self) -> None:
        self.recorder.close()
        self.desk.close()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with closing(State(f"sqlite:///{tmp_path}/state.sqlite")) as opened:
        yield opened


def added(city: LittleCity) -> DeskRoute:
    """A route that somebody adds: it knows nothing of the audit."""

    def answer(viewer: Viewer, words: Any) -> dict[str, Any]:
        return {"found": city.facts.read({"one": CASES})[1]["one"]["case_number"].tolist()}

    return DeskRoute("/desk/added", "cases", answer)


def test_a_route_that_somebody_adds_is_counted_and_limited(city: LittleCity, state: State) -> None:
    gated = Gated(state, added(city))
    try:
        assert gated.get("/desk/added") == (200, {"found": ["C1", "C2", "C3"]})
        assert gated.get("/desk/added")[0] == 200
        gated.limits.set("analyst", 2, NOW)
        assert gated.get("/desk/added")[0] == 200, "the same cases"
        city.facts.put({"eid": [9], "case_number": ["C9"], "reported_at": [1], "category": [0], "l1": [0]})
        status, said = gated.get("/desk/added")
        assert (status, "found" in said, "每小时可读 2 件" in said["error_zh"]) == (429, False, True), said
    finally:
        gated.close()
    found = [(e.who, e.role, e.what, e.subject, e.result, e.rows) for e in reversed(gated.audit.rows())]
    assert sorted(found, key=str) == [
        ("li", "analyst", "cases read", "/desk/added x3", "ok", 9),
        ("li", "analyst", "refused", "/desk/added", "refused", None),
    ]


def test_where_it_cannot_be_written_down_nothing_goes_out(city: LittleCity, state: State, tmp_path: Path) -> None:
    gated = Gated(state, added(city))
    try:
        (tmp_path / "state.sqlite").rename(tmp_path / "aside")
        status, said = gated.get("/desk/added")
        assert (status, "found" in said) == (503, False)
        assert "审计暂不能写入" in said["error_zh"]
        (tmp_path / "aside").rename(tmp_path / "state.sqlite")
    finally:
        gated.close()


def test_the_limit_opens_again_an_hour_after_the_first_was_read(state: State) -> None:
    limits = CaseLimits(state)
    limits.set("analyst", 3, NOW)
    volume = Volume(limits, LittleCity().city.profile.zone)
    at = [NOW.replace(hour=h, minute=m) for h, m in ((2, 0), (2, 30), (2, 59), (3, 0))]
    volume.take("li", "analyst", ["a", "b"], at[0])
    volume.take("li", "analyst", ["c", "a"], at[1])
    with pytest.raises(OverVolumeError, match="opens again at 11:00") as fault:
        volume.take("li", "analyst", ["d", "e"], at[2])
    assert fault.value.retry_s == 60
    assert "11:00 后可读" in fault.value.zh
    volume.take("wang", "analyst", ["d", "e"], at[2])
    volume.take("li", "analyst", ["d", "e"], at[3])
    with pytest.raises(OverVolumeError, match="narrow the filters"):
        volume.take("li", "analyst", ["f", "g", "h", "i"], at[3])


def test_no_screen_and_no_route_reads_the_facts_by_sql_of_its_own() -> None:
    """Statements are values that the guard can look into; text is for ``data.facts`` alone."""
    for folder in ("callbacks", "layouts", "dashboard"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not re.search(r"\.cursor\(|\bcases_of_faults\((?!facts, FAULTS_SHOWN\))", path.read_text(encoding="utf-8")), (
                path
            )
