"""Ids as real servers compare them: whatever is touched, however its id is spelled, a case stays one case.

Each of these multiplied events, or lost their log, when identity was decided otherwise by a load than by a tick.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from data.clock.calendar import BusinessClock
from data.facts.store import Facts
from data.source.mapping import Mapping
from data.source.reader import Source
from data.sync.reconcile import reconcile
from data.sync.sync import Sync
from tests.databases import Server
from tests.sync_harness import city, column

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
U = "8c8dbb3e-7d5c-4a3b-9f69-0d6a3a3f1f0"
#: engine, type of the events' id, of the log's event, ids of the three events, how the log spells the third, is it that event
CASES = (
    ("mariadb", "VARCHAR(36)", "VARCHAR(36)", ("c0ffee01", "c0ffee02", "c0ffee03"), "C0FFEE03", True),
    ("mariadb", "VARCHAR(36)", "VARCHAR(36)", ("caf1", "caf2", "cafe"), "café", True),
    ("mariadb", "VARCHAR(36)", "CHAR(36)", ("a1", "a2", "a3"), "a3  ", True),
    ("mariadb", "VARCHAR(36)", "VARCHAR(36)", ("a1", "a2", "a3"), "a3 ", True),
    ("mariadb", "VARCHAR(36) COLLATE utf8mb4_bin", "VARCHAR(36) COLLATE utf8mb4_bin", ("a1", "A1", "a3"), "A3", False),
    ("mariadb", "VARCHAR(36) COLLATE utf8mb4_bin", "VARCHAR(36)", ("a1", "A1", "a3"), "A3", False),
    ("mariadb", "BIGINT", "VARCHAR(36)", ("1", "2", "3"), "3", True),
    ("mariadb", "BIGINT", "VARCHAR(36)", ("1", "2", "3"), "03", False),
    ("mariadb", "VARCHAR(36)", "BIGINT", ("1", "2", "3"), "3", True),
    ("mariadb", "DECIMAL(20,0)", "BIGINT", ("1", "2", "-3"), "-3", True),
    ("mariadb", "VARCHAR(36)", "VARCHAR(36)", ("ば1", "は2", "straße"), "strasse", False),
    ("mariadb", "FLOAT", "FLOAT", ("0.1", "2", "3.3"), "3.3", True),
    ("mariadb", "DOUBLE", "FLOAT", ("0.1", "2", "3.3"), "3.3", True),
    ("mariadb", "UUID", "VARCHAR(36)", (U + "1", U + "2", U + "3"), (U + "3").replace("-", "").upper(), True),
    ("postgresql", "real", "real", ("0.1", "2", "3.3"), "3.3", True),
    ("postgresql", "jsonb", "jsonb", ("1", "2", "3"), "3", True),
    ("postgresql", "jsonb", "bigint", ("1", "2", "3"), "3", True),
    ("postgresql", "varchar(36)", "varchar(36)", ("a1", "A1", "a3"), "A3", False),
    ("postgresql", "char(10)", "varchar(36)", ("a1", "a2", "a3"), "a3", True),
    ("postgresql", "char(10)", "varchar(36)", ("a1", "a2", "a3"), "a3 ", False),
    ("postgresql", "varchar(36)", "char(10)", ("a1", "a1 ", "a3"), "a3 ", True),
    ("postgresql", "numeric(20,0)", "bigint", ("1", "2", "3"), "3", True),
    ("postgresql", "bigint", "varchar(36)", ("1", "2", "-3"), "-3", True),
    ("postgresql", "bigint", "varchar(36)", ("1", "2", "3"), "A-3", False),
    ("postgresql", "varchar(36)", "bigint", ("1", "2", "3"), "3", True),
    ("postgresql", "uuid", "varchar(36)", (U + "1", U + "2", U + "3"), (U + "3").upper(), True),
    ("postgresql", "uuid", "uuid", (U + "1", U + "2", U + "3"), U + "3", True),
)


@pytest.fixture
def facts() -> Iterator[Facts]:
    with Facts.create("duckdb:///:memory:") as store:
        yield store


def _prepare(server: Server, name: str, id_type: str, event_type: str, ids: tuple[str, ...], spelled: str) -> str:
    url = server(name)
    stamp = "DATETIME(3)" if url.get_backend_name() == "mysql" else "timestamp"
    rows = ", ".join(f"('{v}', '2026-11-20 0{i}:00:00', '2026-11-20 0{i}:00:00')" for i, v in enumerate(ids))
    log = ", ".join(f"({i}, '{v}', 'report', '2026-11-20 0{i}:00:00', '2026-11-20 0{i}:00:00')" for i, v in enumerate(ids))
    server.run(
        f"CREATE TABLE cases (id {id_type} PRIMARY KEY, opened {stamp}, changed {stamp})",
        f"CREATE TABLE log (k BIGINT PRIMARY KEY, event {event_type}, stage VARCHAR(10), at_ {stamp}, changed {stamp})",
        f"INSERT INTO cases VALUES {rows}",
        f"INSERT INTO log VALUES {log}",
        f"INSERT INTO log VALUES (31, '{spelled}', 'handle', '2026-11-20 04:00:00', '2026-11-20 04:00:00')",
        database=name,
    )
    return url.render_as_string(hide_password=False)


def _mapping(url: str) -> Mapping:
    return Mapping.model_validate(
        {
            "mapping": {"id": "m", "city": "c", "source": url},
            "tables": {
                "event": {"sql": "SELECT id, opened AS reported_at, changed FROM cases", "key": "id", "changed": "changed"},
                "transition": {
                    "sql": "SELECT l.k AS key_, event, stage, at_, changed FROM log AS l",
                    "key": "key",
                    "changed": "changed",
                },
            },
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "id_type", "event_type", "ids", "spelled", "same"), CASES)
def test_a_case_stays_one_case_however_its_id_is_spelled(
    request: pytest.FixtureRequest,
    facts: Facts,
    engine: str,
    id_type: str,
    event_type: str,
    ids: tuple[str, ...],
    spelled: str,
    same: bool,
) -> None:
    server = request.getfixturevalue(engine)
    url = _prepare(server, "identity", id_type, event_type, ids, spelled)
    quote = '"' if engine == "postgresql" else "`"
    source = _mapping(url)
    log = source.tables["transition"].model_copy(
        update={"sql": f"SELECT l.k AS {quote}key{quote}, event, stage, at_ AS {quote}at{quote}, changed FROM log AS l"}
    )
    source = source.model_copy(update={"tables": {**source.tables, "transition": log}})
    profile, opened = city(), Source.open(url, source)
    request.addfinalizer(opened.close)
    sync = Sync(opened, facts, profile, BusinessClock.of(profile))

    def seen() -> tuple[int, list[str], int, list[tuple[str, str]]]:
        with facts.cursor() as cursor:
            handled = cursor.execute("SELECT count(*) FROM visit WHERE stage = 5").fetchone()
            orphans = cursor.execute("SELECT row_key, reason FROM fault").fetchall()
        numbers = sorted(column(facts, "event", "case_number"))
        return len(column(facts, "event", "eid")), numbers, int((handled or [0])[0]), orphans

    sync.load(NOW)
    right = (3, sorted(v.strip() for v in ids), int(same), [] if same else [("31", "orphan")])
    assert seen() == right
    for minute, touched in enumerate(
        (
            "UPDATE log SET changed = '2026-11-20 08:{:02d}:00' WHERE k = 31",
            "UPDATE cases SET changed = '2026-11-20 08:{:02d}:00'",
            "UPDATE log SET changed = '2026-11-20 08:{:02d}:00' WHERE k IN (2, 31)",
        )
    ):
        server.run(touched.format(minute), database="identity")
        sync.tick(NOW)
        assert seen() == right, touched
    report = reconcile(sync, NOW)
    assert (report.differing, report.grid_changed) == (0, False)
    server.run("UPDATE log SET changed = '2026-11-19 08:00:00' WHERE k = 31", database="identity")  # committed late
    late = reconcile(sync, NOW)
    assert late.reread + late.gone == 1
    assert seen() == right
