"""What ``check`` asks of real servers: their plans of joined SELECTs, how they type and compare ids, and a sample."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import URL, NullPool, create_engine

from data.check import Report, examine
from data.source.mapping import Mapping
from data.source.reader import Source
from tests.databases import Server
from tests.sync_harness import city

AT = "2026-11-20 08:00:00"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def run(url: URL, *statements: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def examined(url: URL, event: str, log: str, changed: str = "changed", fast: bool = False) -> Report:
    source = Source(
        url,
        Mapping.model_validate(
            {
                "mapping": {"id": "ours", "city": "qufu", "source": "sqlite://"},
                "tables": {"event": {"sql": event, "changed": changed}, "transition": {"sql": log, "changed": changed}},
            }
        ),
    )
    try:
        return examine(source, city(), NOW, fast=fast)
    finally:
        source.close()


def test_a_server_tells_which_table_of_a_join_a_tick_reads_whole(server: Server) -> None:
    url = server("check_joins")
    run(
        url,
        "CREATE TABLE cases (no varchar(20) PRIMARY KEY, street int, rep timestamp NULL, upd timestamp NULL)",
        "CREATE TABLE streets (id int, code varchar(20))",
        "CREATE TABLE steps (k int PRIMARY KEY, no varchar(20), st varchar(20), dt timestamp NULL)",
        "INSERT INTO streets VALUES " + ", ".join(f"({i}, 'c1')" for i in range(1_500)),
        "INSERT INTO cases VALUES " + ", ".join(f"('C{i}', {i % 7}, '{AT}', '{AT}')" for i in range(60)),
        "INSERT INTO steps VALUES " + ", ".join(f"({i}, 'C{i}', 'report', '{AT}')" for i in range(60)),
    )
    event = (
        "SELECT c.no AS id, s.code AS grid, c.rep AS reported_at, c.upd AS changed -- where it lies\n"
        "FROM cases c JOIN streets AS s ON s.id = c.street"
    )
    key = "`key`" if "mysql" in url.drivername else '"key"'
    log = (
        f"SELECT p.k AS {key}, p.no AS event, p.st AS stage, p.dt AS at, p.dt AS changed "
        "FROM steps p JOIN cases ON cases.no = p.no"
    )
    told = [
        (f.table, [v.value for v in f.values], f.remedy.en.replace("`", '"').removeprefix("ask for an index: "))
        for f in examined(url, event, log).findings
        if f.id == "read_whole"
    ]
    streets = 'CREATE INDEX streets_id ON streets ("id")'
    assert told == [
        ("event", ["cases", "streets"], f'CREATE INDEX cases_upd ON cases ("upd"); {streets}'),
        ("event", ["streets"], streets),
        ("transition", ["steps"], 'CREATE INDEX steps_dt ON steps ("dt")'),
        ("transition", ["steps"], 'CREATE INDEX steps_no ON steps ("no")'),
    ]
    run(
        url,
        "CREATE INDEX a ON cases (upd)",
        "CREATE INDEX b ON streets (id)",
        "CREATE INDEX c ON steps (dt)",
        "CREATE INDEX d ON steps (no)",
    )
    # all rows changed at one time, as after an import: whoever knows this statistic expects a tick to read them all
    run(url, *(f"ANALYZE {'TABLE ' if 'mysql' in url.drivername else ''}{t}" for t in ("cases", "streets", "steps")))
    report = examined(url, event, log)
    assert not [f for f in report.findings if f.id in ("read_whole", "select_fails")]
    assert [f.verdict for f in report.findings if f.id in ("no_change_index", "no_lookup_index")] == ["good"] * 4


@pytest.mark.parametrize(
    ("of_event", "of_log", "id", "named", "said"),
    [
        ("bigint", "decimal(20,0)", "7", "7", ("bigint", "numeric", "CAST(event AS BIGINT) AS event")),
        (
            "uuid",
            "varchar(40)",
            "'6f9619ff-8b86-d011-b42d-00cf4fc964ff'",
            "'6F9619FF-8B86-D011-B42D-00CF4FC964FF'",
            ("uuid", "character varying", "lower(trim(CAST(id AS VARCHAR))) AS id"),
        ),
        ("char(8)", "varchar(8)", "'AB'", "'AB'", ("character", "character varying", "trim(CAST(id AS VARCHAR)) AS id")),
    ],
)
def test_types_that_compare_otherwise_are_named_in_the_words_of_postgresql(
    postgresql: Server, of_event: str, of_log: str, id: str, named: str, said: tuple[str, str, str]
) -> None:
    url = postgresql(f"check_{of_event.split('(')[0]}")
    run(
        url,
        f"CREATE TABLE cases (id {of_event})",
        f"CREATE TABLE steps (k int, case_id {of_log})",
        f"INSERT INTO cases VALUES ({id})",
        f"INSERT INTO steps VALUES (1, {named})",
    )
    report = examined(
        url,
        f"SELECT id, timestamp '{AT}' AS reported_at FROM cases",
        f"SELECT k AS \"key\", case_id AS event, 'report' AS stage, timestamp '{AT}' AS at FROM steps",
        "",
    )
    types = next(f for f in report.findings if f.id == "id_types")
    assert types.said.en.startswith(f"event.id is {said[0]} and transition.event is {said[1]}")
    assert said[2] in types.remedy.en


def test_collations_that_differ_are_named_and_ids_that_mariadb_takes_for_one(mariadb: Server) -> None:
    url = mariadb("check_collations")
    run(
        url,
        "CREATE TABLE cases (id varchar(20) COLLATE utf8mb4_general_ci)",
        "CREATE TABLE steps (k int, case_id varchar(20) COLLATE utf8mb4_bin)",
        "INSERT INTO cases VALUES ('ab-1'), ('AB-1'), ('c')",
        "INSERT INTO steps VALUES (1, 'AB-1'), (2, 'C')",
    )
    report = examined(
        url,
        f"SELECT id, '{AT}' AS reported_at FROM cases",
        f"SELECT k AS `key`, case_id AS event, 'report' AS stage, '{AT}' AS at FROM steps",
        "",
    )
    found = {f.id: f for f in report.findings}
    assert "text COLLATE utf8mb4_general_ci and transition.event is text COLLATE utf8mb4_bin" in found["id_types"].said.en
    assert (found["loose_ids"].count, found["loose_ids"].of) == (1, 3)
    assert [v.value for v in found["ids_differ"].values] == ["'C' ≠ 'c'"]
    assert "COLLATE utf8mb4_bin AS event" in found["ids_differ"].remedy.en


def test_ids_by_which_mariadb_finds_no_row_are_named_with_the_cast_that_helps(mariadb: Server) -> None:
    url = mariadb("check_float")
    run(
        url,
        "CREATE TABLE cases (id float)",
        "CREATE TABLE steps (k int, case_id int)",
        "INSERT INTO cases VALUES (0.1)",
        "INSERT INTO steps VALUES (1, 2)",
    )
    report = examined(
        url,
        f"SELECT id, '{AT}' AS reported_at FROM cases",
        f"SELECT k AS `key`, case_id AS event, 'report' AS stage, '{AT}' AS at FROM steps",
        "",
    )
    of = {f.table: f for f in report.findings if f.id == "id_not_found"}
    assert [of["event"].verdict, of["transition"].verdict] == ["look", "good"]
    assert "CAST(id AS CHAR)" in of["event"].remedy.en


def test_a_sample_is_drawn_by_a_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    url = server("check_sample")
    run(
        url,
        "CREATE TABLE cases (id int PRIMARY KEY, no varchar(20))",
        "INSERT INTO cases VALUES " + ", ".join(f"({i}, 'K{i}')" for i in range(1, 301)),
    )
    monkeypatch.setattr(sys.modules["data.check.examine"], "EVENTS", 30)
    quote = "`" if "mysql" in url.drivername else '"'
    report = examined(
        url,
        f"SELECT id, no AS case_number, '{AT}' AS reported_at FROM cases",
        f"SELECT id AS {quote}key{quote}, id AS event, 'handel' AS stage, '{AT}' AS at FROM cases",
        "",
        fast=True,
    )
    read = {t.table: (t.rows, t.whole) for t in report.tables}
    assert read["event"][1] == 300
    assert 30 <= read["event"][0] == read["transition"][0] <= 33
    assert [(r.reason, r.rows) for r in report.rejected] == [("unknown_stage", read["event"][0])]
