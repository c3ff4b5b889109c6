"""What a real MariaDB or PostgreSQL does to a reader: accounts that may only read, locks, late commits, odd values."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
import shapely
from sqlalchemy import URL, NullPool, create_engine, make_url

from data.clock.calendar import BusinessClock
from data.errors import SourceError
from data.facts.row_faults import fault_counts
from data.facts.store import Facts
from data.source.contract import GRID
from data.source.dialects import mysql, postgresql
from data.source.mapping import Mapping
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.reconcile import reconcile
from data.sync.rejected import Rejected, rejected_tables
from data.sync.sync import Sync
from layouts.text.rejected import rejected_words
from tests.databases import MariaDB, Server
from tests.sync_harness import NOW, Platform, after, at_ms, city, column, everything, three_cases


@pytest.fixture
def platform(server: Server) -> Iterator[Platform]:
    """Three open cases with a log row each, in a database of the server's."""
    with three_cases(server("platform")) as made:
        yield made


@pytest.fixture
def facts() -> Iterator[Facts]:
    with Facts.create("duckdb:///:memory:") as made:
        yield made


@pytest.fixture
def opened() -> Iterator[Callable[..., Source]]:
    """``opened(url, mapping)`` -> a source (through platform.toml) that is closed after the test."""
    with ExitStack() as stack:

        def open_one(url: str | URL, mapping: Mapping | None = None) -> Source:
            source = Source(make_url(url), mapping or load_mapping("platform"))
            stack.callback(source.close)
            return source

        yield open_one


@pytest.fixture
def synced(opened: Callable[..., Source], facts: Facts) -> Callable[..., Sync]:
    """``synced(url, mapping)`` -> a source into ``facts``, not loaded yet."""

    def make(url: str | URL, mapping: Mapping | None = None) -> Sync:
        return Sync(opened(url, mapping), facts, city(), BusinessClock.of(city()))

    return make


def reader_of(server: Server) -> URL:
    """``platform`` as an account that may read it and nothing else."""
    if isinstance(server, MariaDB):
        server.run("CREATE OR REPLACE USER reader@localhost", "GRANT SELECT ON platform.* TO reader@localhost")
    else:
        server.run("DROP OWNED BY reader", "DROP ROLE reader", database="platform") if _has_reader(server) else None
        server.run("CREATE ROLE reader LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", database="platform")
    return server.url("platform", "reader")


def run(platform: Platform, *statements: str) -> None:
    for statement in statements:
        platform.run(statement)


def _has_reader(server: Server) -> bool:
    engine = create_engine(server.url("platform"), poolclass=NullPool)
    with engine.connect() as c:
        found = c.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = 'reader'").fetchone()
    engine.dispose()
    return found is not None


def test_an_account_that_may_only_select_loads_ticks_and_reconciles(
    server: Server, platform: Platform, facts: Facts, synced: Callable[..., Sync]
) -> None:
    sync = synced(reader_of(server))
    sync.load(NOW)
    sync.tick(NOW)
    platform.event(4, after(seconds=1))
    platform.log(40, 4, "accept", at=after(seconds=1))
    platform.run("DELETE FROM transition WHERE event = 3")
    assert sync.tick(after(seconds=2)).changed == 1
    assert reconcile(sync, after(seconds=3)).reread == 1
    assert column(facts, "event", "transitions") == [1, 1, 0, 1]


def test_a_table_that_the_account_may_not_read_is_a_fault_that_says_so(
    server: Server, platform: Platform, opened: Callable[..., Source]
) -> None:
    source = opened(reader_of(server))
    revoke = ("REVOKE SELECT ON platform.* FROM reader@localhost", "GRANT SELECT ON platform.event TO reader@localhost")
    server.run(
        *(revoke if isinstance(server, MariaDB) else ("REVOKE SELECT ON transition, grid FROM reader",)), database="platform"
    )
    with pytest.raises(SourceError, match=r"(?s)denied.*SELECT is enough"), source.reading():
        pass


def test_the_platforms_server_cannot_be_written_to(platform: Platform, opened: Callable[..., Source]) -> None:
    """Even with the rights of an administrator."""
    source = opened(platform.url)
    with pytest.raises(SourceError, match=r"(?i)read.only"), source.reading() as reading:
        reading._connection.exec_driver_sql("DELETE FROM event")


def test_every_query_of_a_reading_sees_the_same_moment(platform: Platform, opened: Callable[..., Source]) -> None:
    source = opened(platform.url)
    with source.reading() as reading:
        assert reading.count("event") == 3
        platform.event(4)
        platform.log(40, 4, "accept")
        assert (reading.count("event"), reading.count("transition")) == (3, 3)
    with source.reading() as reading:
        assert (reading.count("event"), reading.count("transition")) == (4, 4)


def test_a_table_that_somebody_locked_is_a_fault_in_words_and_no_standstill(
    platform: Platform, opened: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "LOCK_WAIT", "200ms")
    monkeypatch.setattr(mysql, "_SESSION", (*mysql._SESSION[:-1], "SET SESSION lock_wait_timeout = 1"))
    source = opened(platform.url)
    with platform.engine.connect() as other:
        lock = "LOCK TABLES event WRITE" if "mysql" in platform.url else "LOCK TABLE event IN ACCESS EXCLUSIVE MODE"
        other.exec_driver_sql(lock)
        began = time.monotonic()
        with (
            pytest.raises(SourceError, match=r"somebody holds a table locked.*tried again until it is free"),
            source.reading() as reading,
        ):
            reading.count("event")
        assert time.monotonic() - began < 8
        other.exec_driver_sql("UNLOCK TABLES") if "mysql" in platform.url else other.rollback()
    with source.reading() as reading:
        assert reading.count("event") == 3


def test_a_row_committed_after_a_later_one_is_not_lost(platform: Platform, facts: Facts, synced: Callable[..., Sync]) -> None:
    """A transaction stays open while a later one commits; then it commits, with the older stamp.  PostgreSQL says when
    the oldest began, so the next tick reads it; elsewhere the second look finds what the overlap does not reach."""
    mapping = load_mapping("platform")
    head = mapping.mapping.model_copy(update={"overlap": timedelta(0)})
    sync = synced(platform.url, mapping.model_copy(update={"mapping": head}))
    sync.load(datetime.now(UTC))
    insert = "INSERT INTO event (id, reported_at, changed) VALUES ({}, '2026-11-23 08:00:00', {})"
    now = "UTC_TIMESTAMP(6)" if "mysql" in platform.url else "clock_timestamp() AT TIME ZONE 'UTC'"
    with platform.engine.connect() as slow:
        slow.exec_driver_sql(insert.format(8, now))
        time.sleep(2.1)  # a watermark is written in whole seconds
        platform.run(insert.format(9, now))
        sync.tick(datetime.now(UTC))
        assert column(facts, "event", "eid") == [1, 2, 3, 9]
        slow.commit()
    sync.tick(datetime.now(UTC))
    if "mysql" in platform.url:
        assert column(facts, "event", "eid") == [1, 2, 3, 9], "beyond the overlap, a tick cannot know"
        assert reconcile(sync, datetime.now(UTC)).reread == 1
    assert column(facts, "event", "eid") == [1, 2, 3, 8, 9]


def test_local_times_with_fractions_are_the_same_instant_in_load_tick_and_second_look(
    platform: Platform, facts: Facts, synced: Callable[..., Sync]
) -> None:
    """MariaDB's DATETIME(3) in the mapping's zone; PostgreSQL's timestamptz, whatever the mapping's zone."""
    for table, names in (("event", ("reported_at", "changed")), ("transition", ("at", "changed"))):
        for name in names:
            if "mysql" in platform.url:
                run(
                    platform,
                    f"ALTER TABLE {table} MODIFY `{name}` DATETIME(3) NOT NULL",
                    f"UPDATE {table} SET `{name}` = `{name}` + INTERVAL 8 HOUR + INTERVAL 457000 MICROSECOND",
                )
            else:
                run(
                    platform,
                    f'ALTER TABLE {table} ALTER COLUMN "{name}" TYPE timestamptz USING "{name}" AT TIME ZONE \'UTC\'',
                    f'UPDATE {table} SET "{name}" = "{name}" + interval \'457 ms\'',
                )
    mapping = load_mapping("platform")
    head = mapping.mapping.model_copy(update={"timezone": "Asia/Shanghai"})
    sync = synced(platform.url, mapping.model_copy(update={"mapping": head}))
    sync.load(NOW)
    sync.tick(NOW)
    assert column(facts, "event", "reported_at") == [at_ms(after(minutes=-30)) + 457] * 3
    assert column(facts, "visit", "entered_at") == [at_ms(after(minutes=-30)) + 457] * 3
    loaded = everything(facts)
    stamp = "'2026-11-23 17:00:01.250'" if "mysql" in platform.url else "'2026-11-23 09:00:01.250+00'"
    platform.run(f"UPDATE event SET changed = {stamp} WHERE id = 2")
    assert sync.tick(after(seconds=2)).changed == 1
    assert everything(facts)["event"] != loaded["event"], "its stamp is another"
    assert column(facts, "event", "reported_at") == [at_ms(after(minutes=-30)) + 457] * 3
    assert column(facts, "event", "stamp") == [
        at_ms(after(minutes=-30)) + 457,
        at_ms(after(seconds=1)) + 250,
        at_ms(after(minutes=-30)) + 457,
    ]
    assert reconcile(sync, after(seconds=3)).differing == 0


def test_an_outline_of_more_than_64_kilobytes_is_kept_whole(
    platform: Platform, facts: Facts, synced: Callable[..., Sync]
) -> None:
    outline = shapely.Point(116.99, 35.6).buffer(0.2, quad_segs=2_000).wkb
    assert len(outline) > 120_000
    with platform.engine.begin() as c:
        c.execute(GRID.update().where(GRID.c.code == "t1").values(geometry=outline))
    synced(platform.url).load(NOW)
    with facts.cursor() as cursor:
        assert cursor.execute("SELECT geometry FROM grid WHERE code = 't1'").fetchone() == (outline,)


def test_a_point_keeps_its_metres(platform: Platform, opened: Callable[..., Source]) -> None:
    """A FLOAT of MariaDB's gives six digits: fifty metres off."""
    platform.event(4, lon=116.987654321, lat=35.587654321, grid=None)
    source = opened(platform.url)
    with source.reading() as reading:
        rows = reading.rows(f"{reading.sql_of('event')} WHERE q.id = 4")
        assert (rows.column("lon"), rows.column("lat")) == ([116.987654321], [35.587654321])


# -------------------------------------------------------------------- MariaDB alone
@pytest.mark.parametrize("mode", ["ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI,TRADITIONAL"])
def test_platform_toml_reads_mariadb_in_whatever_mode_it_runs(
    mariadb: Server, facts: Facts, synced: Callable[..., Sync], mode: str
) -> None:
    platform = Platform(url=mariadb("platform"))
    platform.event(1)
    platform.log(10, 1, "accept")
    engine = create_engine(platform.url, poolclass=NullPool)
    with engine.connect() as c:
        before = c.exec_driver_sql("SELECT @@GLOBAL.sql_mode").scalar()
    try:
        mariadb.run(f"SET GLOBAL sql_mode = '{mode}'")
        sync = synced(platform.url)
        sync.load(NOW)
        sync.tick(after(seconds=1))
        assert reconcile(sync, after(seconds=2)).differing == 0
        assert column(facts, "event", "stage") == [1]
    finally:
        mariadb.run(f"SET GLOBAL sql_mode = '{before}'")
        engine.dispose()
        platform.engine.dispose()


def test_a_mapping_that_quotes_its_key_as_postgresql_does_is_no_quiet_loss(
    mariadb: Server, facts: Facts, synced: Callable[..., Sync]
) -> None:
    """ "key" is a text in MariaDB: every log row has the same key.  All but one are rejected, and that is said."""
    platform = Platform(url=mariadb("platform"))
    for i in range(1, 41):
        platform.event(i)
        platform.log(10 * i, i, "dispatch")
    mapping = load_mapping("platform")
    log = mapping.tables["transition"]
    quoted = log.model_copy(update={"sql": log.sql.replace("t.key", '"key"')})
    sync = synced(platform.url, mapping.model_copy(update={"tables": {**mapping.tables, "transition": quoted}}))
    sync.load(NOW)
    (found,) = rejected_tables(facts, city().service.rejected_share)
    assert found == Rejected("transition", 39, 40, "duplicate_key")
    assert rejected_words(found).en == "98% of log rows unusable (the same key twice): check the mapping"
    platform.engine.dispose()


# -------------------------------------------------------------------- PostgreSQL alone
def test_infinity_is_a_rejected_row_and_no_crash(postgresql: Server, facts: Facts, synced: Callable[..., Sync]) -> None:
    platform = Platform(url=postgresql("platform"))
    for i in (1, 2, 3):
        platform.event(i, after(minutes=-30))
        platform.log(10 * i, i, "accept", at=after(minutes=-30))
    run(
        platform,
        "UPDATE event SET reported_at = '-infinity' WHERE id = 1",
        "UPDATE transition SET at = 'infinity' WHERE key = 20",
        "UPDATE event SET changed = 'infinity' WHERE id = 3",
    )
    sync = synced(platform.url)
    sync.load(NOW)
    # a report needs its time; a step whose time is 'infinity' has not happened, and is no fault
    assert fault_counts(facts) == [("event", "bad_time", 1)]
    assert column(facts, "event", "eid") == [2, 3]
    platform.event(4, after(seconds=1))
    sync.tick(after(seconds=2))
    assert column(facts, "event", "eid") == [2, 3, 4]
    assert reconcile(sync, after(seconds=3)).differing == 0
    platform.engine.dispose()
