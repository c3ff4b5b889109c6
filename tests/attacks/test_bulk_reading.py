"""Who reads single cases in bulk is in the audit row by row, and stopped at the role's limit; refusals are in it too."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from data.access.audit import Audit, Entry, Filter
from data.access.case_limits import CaseLimits
from data.access.screen_keys import add_key
from data.access.store import State
from data.city.profile import load_profile
from tests.conftest import Running, copy_of
from tests.desk_people import TOWN, Answer, Person, people

pytestmark = pytest.mark.slow
ABROAD = "wall.city.example"


@pytest.fixture(scope="module")
def desk(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = tmp_path_factory.mktemp("bulk")
    url = people(place, {"operator": TOWN})
    running = Running(place, "--source", f"sqlite:///{late_in(TOWN, copy_of(demo_city, place))}", "--state", url)
    try:
        yield running.start()
    finally:
        running.kill()


def late_in(town: str, database: Path) -> Path:
    """The open cases of a town are overdue: it has about ten, and at some hours none of them would be."""
    with closing(sqlite3.connect(database)) as source, source:
        changed = source.execute(
            "UPDATE event SET due_at = datetime(reported_at, '+1 minute') WHERE closed_at IS NULL AND grid LIKE ? "
            "AND reported_at < (SELECT datetime(max(reported_at), '-10 minutes') FROM event)",
            (f"{town}%",),
        )
        assert changed.rowcount > 0
    return database


def oldest_case(place: Path) -> str:
    """The number of a case that no page of the list has given away yet, of a category that an analyst may see."""
    open_to_all = [c.code for c in load_profile("qufu").categories if not c.sensitive]
    with closing(sqlite3.connect(place / "qufu.sqlite")) as source:
        found = source.execute(
            f"SELECT case_number FROM event WHERE category IN ({','.join('?' * len(open_to_all))}) ORDER BY reported_at LIMIT 1",
            open_to_all,
        ).fetchone()
    return str(found[0])


def inside(desk: Running, role: str) -> Person:
    someone = Person(desk.port, ABROAD)
    assert someone.log_in(role).status == 303
    return someone


def page(someone: Person, first: int, rows: int = 500, search: str = "?win=365d", sort: str = "") -> Answer:
    """Rows of the list's grid, as its own callback is called."""
    asked = {"startRow": first, "endRow": first + rows, "sortModel": [{"colId": sort, "sort": "asc"}] if sort else []}
    return someone.post(
        "/_dash-update-component",
        {
            "output": "..an-cases.getRowsResponse...an-cases-unit.children...an-cases-note.children..",
            "outputs": [
                {"id": i, "property": p}
                for i, p in (("an-cases", "getRowsResponse"), ("an-cases-unit", "children"), ("an-cases-note", "children"))
            ],
            "inputs": [{"id": "an-cases", "property": "getRowsRequest", "value": asked}],
            "state": [{"id": "an-words", "property": "data", "value": search}],
            "changedPropIds": ["an-cases.getRowsRequest"],
        },
    )


def rows_of(answer: Answer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["response"]["an-cases"]["getRowsResponse"]["rowData"]
    return found


def lines(desk: Running, **words: Any) -> list[Entry]:
    """The newest lines; what is still being added up becomes lines when an auditor looks."""
    assert inside(desk, "auditor").get("/desk/audit").status == 200
    with closing(State(f"sqlite:///{desk.place}/state.sqlite")) as state:
        return Audit(state).rows(Filter(**words))


def test_every_row_of_the_grid_is_counted_in_the_audit(desk: Running) -> None:
    someone = inside(desk, "analyst")
    got = sum(
        len(rows_of(page(someone, first, sort=sort)))
        for first, sort in ((0, ""), (500, ""), (1000, "due_at"), (1500, "stage"), (2000, ""), (2500, ""))
    )
    assert got == 3000
    found = lines(desk, who="analyst", what="cases read")
    assert sum(e.rows or 0 for e in found) == got
    assert len(found) <= 2, "folded: a line a minute"
    assert {(e.role, e.result, e.subject.split(" x")[0]) for e in found} == {("analyst", "ok", "case list")}


def test_a_refused_callback_page_route_and_key_are_in_the_audit(desk: Running) -> None:
    leader = inside(desk, "leader")
    refused = page(leader, 0)
    assert rows_of(refused) == []
    note = refused.json()["response"]["an-cases-note"]["children"]
    assert (note["type"], note["props"]["role"]) == ("Strong", "alert"), "the list says why, not that no case meets the filters"
    assert leader.get("/kiosk").status == 403
    assert leader.get("/kiosk?lang=en").status == 403
    assert leader.get("/desk/kiosk/queue").status == 403
    operator = inside(desk, "operator")
    assert operator.get("/snapshot/overview?scope=370881002").status == 403
    subjects = {e.subject: e for e in lines(desk, who="leader", what="refused")}
    assert {"/_dash-update-component cases", "/kiosk x2", "/desk/kiosk/queue"} <= set(subjects), subjects
    assert {e.result for e in subjects.values()} == {"refused"}
    assert [e.subject for e in lines(desk, who="operator", what="refused")] == ["/snapshot/overview"]
    stranger = Person(desk.port, ABROAD)
    for path, status in (("/wall?key=made-up", 303), ("/api/read/headline?key=other", 401), ("/wall", 401)):
        assert stranger.get(path).status == status
    found = lines(desk, who="(unknown)", what="refused")
    assert sorted(e.subject for e in found) == ["no key", "wrong key x2"]
    assert {e.address for e in found} == {"127.0.0.1"}
    assert "made-up" not in json.dumps([e.subject for e in found])


def test_a_case_an_export_a_kiosk_and_a_metric_say_how_many_cases_they_gave_away(desk: Running) -> None:
    analyst, operator = inside(desk, "analyst"), inside(desk, "operator")
    eid = rows_of(page(analyst, 0, 1))[0]["eid"]
    assert analyst.get(f"/desk/case?id={eid}").status == 200
    file = analyst.get("/desk/analyst/export?panel=cases&format=csv&win=30d")
    exported = len([line for line in file.body.decode("utf-8-sig").splitlines() if re.match(r"'?[A-Z0-9]+-\d", line)])
    assert exported > 100
    assert [e.rows for e in lines(desk, who="analyst", what="case opened")] == [1]
    assert [(e.subject, e.rows) for e in lines(desk, who="analyst", what="export")] == [("cases", exported)]

    queues = [operator.get(f"/desk/kiosk/queue?tab={t}").json()["parts"]["list"] for t in ("overdue", "today", "returned")]
    listed = sum(len(set(re.findall(r'data-case="?(\w+)', queue))) for queue in queues)
    shown = lines(desk, who="operator", what="cases read")
    assert listed > 0
    assert (sum(e.rows or 0 for e in shown), {e.subject.split(" x")[0] for e in shown}) == (listed, {"kiosk"})
    named = [r for r in operator.get("/api/read/oldest_overdue").json()["rows"] if r["case_number"]]
    assert lines(desk, who="operator", what="cases read")[0].rows == len(named) > 0


def test_single_cases_of_another_time_are_for_who_may_read_cases(desk: Running) -> None:
    with closing(State(f"sqlite:///{desk.place}/state.sqlite")) as state:
        key = add_key(state, "past", datetime.now(UTC))
    screen = Person(desk.port, ABROAD)
    screen.cookies["gridwall_key"] = key
    end = time.monotonic() + 20
    while screen.get("/api/read/headline").status != 200 and time.monotonic() < end:  # keys are read every few seconds
        time.sleep(0.2)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="minutes").replace("+", "%2B")
    for words in (f"at={yesterday}", "back=90d"):
        for role in ("administrator", "auditor", "leader"):
            assert inside(desk, role).get(f"/api/read/oldest_overdue?{words}").status == 403, (role, words)
        assert screen.get(f"/api/read/oldest_overdue?{words}").status == 403
        assert screen.get(f"/api/read/headline?{words}").status == 200
        assert inside(desk, "analyst").get(f"/api/read/oldest_overdue?{words}").status == 200
        assert inside(desk, "leader").get(f"/api/read/headline?{words}").status == 200, "no case is named"


def test_an_area_s_map_has_no_rows_of_places_that_were_not_counted(desk: Running) -> None:
    codes = [r["code"] for r in inside(desk, "operator").get("/api/read/grid_heat").json()["rows"]]
    assert len(codes) > 5
    assert {code[: len(TOWN)] for code in codes} == {TOWN}


def test_a_page_of_the_audit_begins_at_a_row_s_number(desk: Running) -> None:
    auditor = inside(desk, "auditor")
    assert auditor.get("/desk/audit?before=999999999999").status == 200
    for before in (str(2**63), "9" * 22, "9" * 399, "-1", "1.5", "٣", "x"):
        assert auditor.get(f"/desk/audit?before={quote(before)}").status == 400, before


def test_over_the_role_s_limit_it_is_refused_in_words_and_says_when_it_opens(desk: Running) -> None:
    someone, admin = inside(desk, "analyst"), inside(desk, "administrator")
    assert len(rows_of(page(someone, 0))) == 500

    def limit(rows: str) -> Answer:
        return admin.post("/desk/accounts/limit", {"role": "analyst", "rows": rows, "lang": "en"})

    try:
        assert 'value="0"' in limit("0").json()["html"]
        zh, en = page(someone, 3000), page(someone, 3000, search="?win=365d&lang=en")
        assert rows_of(zh) == rows_of(en) == []
        assert "超过本角色每小时可读的 0 件" in words(zh)
        assert "more than this role may read in an hour (0)" in words(en)
        number = oldest_case(desk.place)
        one = someone.get(f"/desk/case?number={number}")
        assert (one.status, "每小时" in one.json()["error_zh"]) == (429, True)
        assert someone.get("/desk/analyst/export?panel=cases&format=csv&win=365d").status == 429
        assert limit("400").status == 200
        assert re.search(r"件，本角色每小时可读 400 件；这 50 件 \d\d:\d\d 后可读", words(page(someone, 4000, 50)))
        assert len(rows_of(page(someone, 0))) == 500, "what was read within the hour costs nothing anew"
        assert limit("many").status == 400
    finally:
        limit("20,000")
    with closing(State(f"sqlite:///{desk.place}/state.sqlite")) as state:
        assert CaseLimits(state).all()["analyst"] == 20_000
    results = {(e.what, e.subject.split(" x")[0]) for e in lines(desk, who="analyst", result="refused")}
    assert {("case opened", number), ("export", "cases"), ("refused", "/_dash-update-component limit")} <= results
    assert lines(desk, who="administrator", what="setting")[0].subject == "limit analyst 20000 cases an hour"


def words(answer: Answer) -> str:
    return json.dumps(answer.json(), ensure_ascii=False)
