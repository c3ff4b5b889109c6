"""Ids of types, bytes and spellings that few sources have: a touched case stays, and what was rejected stays counted."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.clock.calendar import BusinessClock
from data.facts.store import Facts
from data.source.mapping import Mapping
from data.source.reader import Source
from data.sync.reconcile import reconcile
from data.sync.sync import Sync
from tests.databases import Server
from tests.sync_harness import city, column, everything

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
EVENT = "SELECT id, opened AS reported_at, changed FROM cases"
LOG = "SELECT k AS {q}key{q}, event, 'report' AS stage, opened AS {q}at{q}, changed FROM log"


@pytest.fixture
def facts() -> Iterator[Facts]:
    with Facts.create("duckdb:///:memory:") as store:
        yield store


def opened(facts: Facts, url: str, quote: str = '"') -> Sync:
    mapping = Mapping.model_validate(
        {
            "mapping": {"id": "m", "city": "c", "source": url},
            "tables": {
                "event": {"sql": EVENT, "key": "id", "changed": "changed"},
                "transition": {"sql": LOG.format(q=quote), "key": "key", "changed": "changed"},
            },
        }
    )
    profile = city()
    return Sync(Source.open(None, mapping), facts, profile, BusinessClock.of(profile))


def fresh(url: str, quote: str = '"') -> dict[str, list[object]]:
    with Facts.create("duckdb:///:memory:") as store:
        sync = opened(store, url, quote)
        sync.load(NOW)
        sync.source.close()
        return everything(store)


class File:
    """A SQLite platform: ``ids`` as SQL literals, one log row each."""

    def __init__(self, folder: Path, id_type: str, event_type: str, *ids: str) -> None:
        self.path = folder / "s.sqlite"
        self.url = f"sqlite:///{self.path}"
        self.run(
            f"CREATE TABLE cases (id {id_type}, opened TEXT, changed TEXT)",
            f"CREATE TABLE log (k INTEGER PRIMARY KEY, event {event_type}, opened TEXT, changed TEXT)",
            *(f"INSERT INTO cases VALUES ({v}, '2026-11-20 01:00:00', '2026-11-20 01:00:00')" for v in ids),
        )
        self.run("INSERT INTO log SELECT rowid, id, opened, changed FROM cases")

    def run(self, *statements: str) -> None:
        with sqlite3.connect(self.path) as db:
            for statement in statements:
                db.execute(statement)
        db.close()


@pytest.mark.parametrize(
    ("id_type", "event_type", "ids", "touched"),
    [
        ("TEXT", "TEXT", ("'a'", "CAST(x'C2B7B5C6' AS TEXT)", "'b'"), "true"),  # bytes of GBK
        ("NUMERIC", "TEXT", ("1", "'18446744073709551616'", "'99999999999999999999999'"), "true"),
        ("REAL", "TEXT", ("0.5", "1.5", "2.0"), "true"),
        ("", "", (*map(str, range(300)), "'W-1'"), "typeof(id) = 'text'"),  # texts come late
    ],
)
def test_a_touched_case_stays(
    facts: Facts, tmp_path: Path, id_type: str, event_type: str, ids: tuple[str, ...], touched: str
) -> None:
    file = File(tmp_path, id_type, event_type, *ids)
    sync = opened(facts, file.url)
    sync.load(NOW)
    for table in ("cases", "log"):
        where = touched if table == "cases" else touched.replace("(id)", "(event)")
        file.run(f"UPDATE {table} SET changed = '2026-11-20 08:00:00' WHERE {where}")
        sync.tick(NOW)
        assert everything(facts) == fresh(file.url), table
        assert reconcile(sync, NOW).differing == 0


def test_the_log_of_a_deleted_case_is_counted_after_one_reconcile(facts: Facts, tmp_path: Path) -> None:
    file = File(tmp_path, "TEXT", "TEXT", "'a'", "'b'")
    sync = opened(facts, file.url)
    sync.load(NOW)
    file.run("DELETE FROM cases WHERE id = 'b'")
    reconcile(sync, NOW)
    assert everything(facts) == fresh(file.url)
    assert len(everything(facts)["fault"]) == 1
    assert reconcile(sync, NOW).differing == 0


def test_a_number_too_long_for_the_driver_stops_no_tick(facts: Facts, tmp_path: Path) -> None:
    file = File(tmp_path, "INTEGER", "TEXT", "1", "2")
    sync = opened(facts, file.url)
    sync.load(NOW)
    file.run("INSERT INTO log VALUES (9, '9999999999999999999', '2026-11-20 02:00:00', '2026-11-20 08:59:30')")
    sync.tick(NOW)
    assert everything(facts) == fresh(file.url)


@pytest.mark.parametrize("stamp", ["9999-12-31 00:00:00", "1969-12-31 23:00:00", "1900-01-01 00:00:00"])
def test_a_change_stamp_of_no_time_is_no_difference(facts: Facts, tmp_path: Path, stamp: str) -> None:
    file = File(tmp_path, "INTEGER", "INTEGER", "1", "2")
    file.run(f"UPDATE cases SET changed = '{stamp}' WHERE id = 2", f"UPDATE log SET changed = '{stamp}' WHERE event = 2")
    sync = opened(facts, file.url)
    sync.load(NOW)
    report = reconcile(sync, NOW)
    assert (report.differing, report.reread) == (0, 0)


@pytest.mark.parametrize(
    ("id_type", "ids"),
    [
        ("numeric", ("'1'", "'NaN'")),
        ("double precision", ("'1'", "'NaN'")),
        ("int[]", ("'{1}'", "'{2}'")),
        ("timestamp", ("'infinity'", "'2026-01-01'")),
        ("time", ("'24:00'", "'08:00'")),
        ("interval", ("'4000000 years'", "'1 day'")),
    ],
)
def test_ids_that_are_none_visit_rejected(facts: Facts, postgresql: Server, id_type: str, ids: tuple[str, ...]) -> None:
    url = postgresql("odd").render_as_string(hide_password=False)
    postgresql.run(
        f"CREATE TABLE cases (id {id_type}, opened timestamp, changed timestamp)",
        f"CREATE TABLE log (k serial, event {id_type}, opened timestamp, changed timestamp)",
        *(f"INSERT INTO cases VALUES ({v}, '2026-11-20 01:00', '2026-11-20 01:00')" for v in ids),
        "INSERT INTO log (event, opened, changed) SELECT id, opened, changed FROM cases",
        database="odd",
    )
    sync = opened(facts, url)
    sync.load(NOW)
    for table in ("cases", "log"):
        postgresql.run(f"UPDATE {table} SET changed = '2026-11-20 08:00'", database="odd")
        sync.tick(NOW)
        assert everything(facts) == fresh(url), table
        assert reconcile(sync, NOW).differing == 0
    sync.source.close()


def test_an_unsigned_id_of_twenty_digits_is_found_by_its_text(facts: Facts, mariadb: Server) -> None:
    url = mariadb("odd").render_as_string(hide_password=False)
    mariadb.run(
        "CREATE TABLE cases (id BIGINT UNSIGNED, opened DATETIME, changed DATETIME)",
        "CREATE TABLE log (k INT, event VARCHAR(20), opened DATETIME, changed DATETIME)",
        "INSERT INTO cases VALUES (18446744073709551615, '2026-11-20 01:00', '2026-11-20 01:00')",
        "INSERT INTO log VALUES (1, '18446744073709551615', '2026-11-20 01:00', '2026-11-20 01:00')",
        database="odd",
    )
    sync = opened(facts, url, "`")
    sync.load(NOW)
    mariadb.run("UPDATE log SET changed = '2026-11-20 08:59:30'", database="odd")
    sync.tick(NOW)
    assert (len(everything(facts)["event"]), everything(facts)["fault"]) == (1, [])
    sync.source.close()


def test_a_latin1_column_is_read_though_a_letter_with_accent_is_not_in_latin1(facts: Facts, mariadb: Server) -> None:
    url = mariadb("odd").render_as_string(hide_password=False)
    mariadb.run(
        "CREATE TABLE cases (id VARCHAR(20) CHARACTER SET latin1, opened DATETIME, changed DATETIME)",
        "CREATE TABLE log (k INT, event VARCHAR(20) CHARACTER SET latin1, opened DATETIME, changed DATETIME)",
        "INSERT INTO cases VALUES ('c1', '2026-11-20 01:00', '2026-11-20 01:00')",
        "INSERT INTO log VALUES (1, 'C1', '2026-11-20 01:00', '2026-11-20 01:00')",
        database="odd",
    )
    sync = opened(facts, url, "`")
    sync.load(NOW)
    assert (len(everything(facts)["visit"]), everything(facts)["fault"]) == (1, [])
    assert sync.source.rules.alike.case
    sync.source.close()


def test_how_letters_compare_is_learned_although_the_first_ids_have_none(tmp_path: Path, facts: Facts) -> None:
    path = tmp_path / "late.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE cases (id TEXT COLLATE NOCASE PRIMARY KEY, opened TEXT, changed TEXT)")
        db.execute("CREATE TABLE log (k INTEGER PRIMARY KEY, event TEXT COLLATE NOCASE, at_ TEXT, changed TEXT)")
        ids = [*(f"2026-{i:04d}" for i in range(210)), "W-1"]
        db.executemany("INSERT INTO cases VALUES (?, '2026-11-20 08:00:00', '2026-11-20 08:00:00')", [(i,) for i in ids])
        db.executemany(
            "INSERT INTO log (event, at_, changed) VALUES (?, '2026-11-20 08:00:00', '2026-11-20 08:00:00')",
            [(i.lower(),) for i in ids],
        )
    mapping = Mapping.model_validate(
        {
            "mapping": {"id": "m", "city": "c", "source": f"sqlite:///{path}"},
            "tables": {
                "event": {"sql": "SELECT id, opened AS reported_at, changed FROM cases", "key": "id", "changed": "changed"},
                "transition": {
                    "sql": "SELECT k AS key, event, 'report' AS stage, at_ AS \"at\", changed FROM log",
                    "key": "key",
                    "changed": "changed",
                },
            },
        }
    )
    profile = city()
    sync = Sync(Source.open(None, mapping), facts, profile, BusinessClock.of(profile))
    sync.load(NOW)
    assert sum(column(facts, "event", "transitions")) == 211
