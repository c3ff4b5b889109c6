"""A source that accepts and never answers is given up and named; one that answers with an error says which."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, make_url

from data.errors import SourceError
from data.source.bulk import bulk
from data.source.contract import METADATA
from data.source.dialects import mysql, postgresql
from data.source.fault_kinds import SILENT
from data.source.mapping_file import load_mapping
from data.source.questions import Limits
from data.source.reader import Source
from data.text import Text
from tests.databases import MariaDB, Server
from tests.faults.hanging import Mute, Road
from tests.sync_harness import Platform, three_cases

#: What a test may wait for an end that is due in a second or two: a machine under load is slow.
PATIENCE_S = 8.0


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of tenths of a second: what is tested is that they are kept."""
    monkeypatch.setattr("data.source.questions.GRACE_S", 0.2)
    monkeypatch.setattr("data.source.reader.OPENING_S", 0.8)


@pytest.fixture
def opened() -> Iterator[Callable[..., Source]]:
    with ExitStack() as stack:

        def open_one(url: str, limit_s: float = 0.5) -> Source:
            source = Source(make_url(url), load_mapping("platform"), None, Limits(limit_s, 600))
            source.limit_s = limit_s
            stack.callback(source.close)
            return source

        yield open_one


@pytest.fixture(scope="module", params=["mariadb", "postgresql"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each server in turn, once for this file."""
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def platform(server: Server) -> Iterator[Platform]:
    """Three cases; each test leaves them as they were."""
    with three_cases(server("platform")) as made:
        yield made


def road_to(server: Server) -> tuple[Road, str]:
    road = Road(server.socket)
    driver, user = ("mysql+pymysql", "root") if isinstance(server, MariaDB) else ("postgresql+psycopg", "postgres")
    return road, f"{driver}://{user}@127.0.0.1:{road.port}/platform"


def counted(source: Source) -> int:
    with source.reading() as reading:
        return reading.count("event")


def words_of(fault: SourceError) -> Text:
    assert fault.words is not None
    return fault.words


def fault_of(act: Callable[[], object]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        act()
    assert caught.value.words is not None
    return caught.value


@pytest.mark.parametrize("end", [Source.stop, Source.close])
def test_a_connection_that_is_read_as_the_source_ends_is_closed(
    platform: Platform, opened: Callable[..., Source], end: Callable[[Source], None]
) -> None:
    source = opened(platform.url)
    with pytest.raises(SourceError) if end is Source.stop else ExitStack(), source.reading() as reading:
        assert reading.count("event") == 3
        driver: Any = reading._connection.connection.dbapi_connection
        end(source)
    source.close()
    assert driver.closed if hasattr(driver, "closed") else not driver.open


# -------------------------------------------------------------------- no answer
@pytest.mark.slow
@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://reader@127.0.0.1:{}/platform?connect_timeout=2",
        "mysql+pymysql://reader@127.0.0.1:{}/platform?connect_timeout=1&read_timeout=1",
    ],
)
def test_a_server_that_accepts_and_never_answers_is_given_up(opened: Callable[..., Source], url: str) -> None:
    with Mute() as mute:
        source, began = opened(url.format(mute.port)), time.monotonic()
        fault = fault_of(lambda: counted(source))
        assert time.monotonic() - began < PATIENCE_S
    assert fault.kind in ("silent", "lost"), str(fault)
    assert "数据源无应答" in words_of(fault).zh


def test_a_road_that_is_held_up_after_the_handshake_is_given_up_and_read_again_once_it_is_free(
    server: Server, platform: Platform, opened: Callable[..., Source]
) -> None:
    road, url = road_to(server)
    with road:
        source = opened(url, 5.0)
        assert counted(source) == 3
        road.held = True
        began = time.monotonic()
        fault = fault_of(lambda: counted(source))
        assert time.monotonic() - began < PATIENCE_S
        assert fault.kind == "silent"
        assert source.waiting() is None
        road.held = False
        assert counted(source) == 3


def test_an_answer_that_stops_in_the_middle_of_a_statement_is_given_up(
    server: Server, platform: Platform, opened: Callable[..., Source]
) -> None:
    road, url = road_to(server)
    with road:
        source = opened(url, 0.5)
        with pytest.raises(SourceError) as caught, source.reading() as reading:  # noqa: PT012
            road.held = True
            reading.count("transition")
        assert caught.value.kind == "silent"
        assert "流转表" in caught.value.zh
        assert "the log" in str(caught.value)
        road.held = False
        assert counted(source) == 3


def test_a_stopped_server_is_given_up_and_read_again_when_it_goes_on(
    server: Server, platform: Platform, opened: Callable[..., Source]
) -> None:
    source = opened(platform.url, 1.0)
    assert counted(source) == 3
    _signal(server, signal.SIGSTOP)
    try:
        assert fault_of(lambda: counted(source)).kind in SILENT
    finally:
        _signal(server, signal.SIGCONT)
    assert counted(source) == 3


def _signal(server: Server, what: signal.Signals) -> None:
    """To the server and to the processes that it made for its sessions."""
    assert server._process is not None
    main = server._process.pid
    children = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _parent(p) == main]
    for pid in (main, *children):
        os.kill(pid, what)


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_a_statement_that_takes_too_long_is_ended_at_the_server_and_is_no_silence(
    server: Server, platform: Platform, opened: Callable[..., Source]
) -> None:
    source = opened(platform.url, 0.5)
    slow = "SELECT SLEEP(9)" if isinstance(server, MariaDB) else "SELECT pg_sleep(9)"
    began = time.monotonic()
    with pytest.raises(SourceError) as caught, source.reading() as reading:
        reading.rows(slow)
    assert time.monotonic() - began < PATIENCE_S
    if caught.value.kind != "slow":
        raise AssertionError(str(caught.value))
    assert counted(source) == 3


def test_a_question_in_its_way_can_be_seen_and_is_broken_off_when_the_server_ends(
    server: Server, platform: Platform, opened: Callable[..., Source]
) -> None:
    source, ended = opened(platform.url, 60.0), []

    def ask() -> None:
        try:
            with source.reading() as reading:
                reading.rows("SELECT SLEEP(30) FROM event" if isinstance(server, MariaDB) else "SELECT pg_sleep(30)")
        except SourceError as fault:
            ended.append(fault)

    thread = threading.Thread(target=ask)
    thread.start()
    end = time.monotonic() + PATIENCE_S
    while (waiting := source.waiting()) is None or waiting.seconds < 0.3:
        assert time.monotonic() < end
        time.sleep(0.02)
    source.stop()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert ended[0].kind == "stopping"
    with pytest.raises(SourceError):
        counted(source)


@pytest.mark.slow
def test_a_long_read_of_sqlite_and_of_duckdb_is_interrupted(tmp_path: Path, opened: Callable[..., Source]) -> None:
    endless = "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t WHERE x < 2000000000) SELECT count(*) FROM t"
    many = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(100000) b"
    for url, sql in ((Platform(tmp_path).url, endless), ("duckdb:///:memory:", many)):
        source = opened(url, 0.3)
        source.columns = {"event": ("id",)}  # the mapping is not what is asked here
        began = time.monotonic()
        with pytest.raises(SourceError) as caught, source.reading() as reading:
            reading.rows(sql)
        assert caught.value.kind == "silent"
        assert time.monotonic() - began < PATIENCE_S


def test_a_bulk_read_that_no_driver_can_interrupt_is_left_to_itself(tmp_path: Path, opened: Callable[..., Source]) -> None:
    platform = Platform(tmp_path)
    platform.event(1)
    source = opened(platform.url, 0.3)
    endless = "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t WHERE x < 6000000) SELECT sum(x) AS id FROM t"
    with source.reading():
        pass
    began = time.monotonic()
    with pytest.raises(SourceError) as caught, bulk(source) as whole:  # noqa: PT012
        source.mapping.tables["event"].__dict__["rows"] = f"({endless}) AS q"
        source.columns["event"] = ("id",)
        whole("event")
    assert caught.value.kind == "silent"
    assert time.monotonic() - began < PATIENCE_S
    del source.mapping.tables["event"].__dict__["rows"]


# -------------------------------------------------------------------- an answer, with an error
def test_a_renamed_column_and_a_dropped_table_are_named(
    server: Server, platform: Platform, opened: Callable[..., Source]
) -> None:
    source = opened(platform.url, 5.0)
    assert counted(source) == 3
    platform.run("ALTER TABLE event RENAME COLUMN channel TO kanal")
    fault = fault_of(lambda: counted(source))
    assert fault.kind == "column"
    assert words_of(fault).model_dump() == {
        "zh": "数据源结构已变：事件表缺列 channel",
        "en": "the source has changed: column channel of events is not there",
    }
    platform.run("ALTER TABLE event RENAME COLUMN kanal TO channel")
    assert counted(source) == 3
    platform.run("ALTER TABLE transition RENAME TO log_old")

    def log() -> None:
        with source.reading() as reading:
            reading.count("transition")

    fault = fault_of(log)
    assert (fault.kind, words_of(fault).zh) == ("table", "数据源结构已变：没有表 transition")
    platform.run("ALTER TABLE log_old RENAME TO transition")


def test_a_revoked_right_a_wrong_password_and_a_missing_database_are_told_apart(
    server: Server, platform: Platform, opened: Callable[..., Source]
) -> None:
    if isinstance(server, MariaDB):
        tables = METADATA.tables  # rights on a whole database would stay until its next USE
        server.run(
            "CREATE OR REPLACE USER keen@localhost IDENTIFIED BY 'right-key'",
            *(f"GRANT SELECT ON platform.{t} TO keen@localhost" for t in tables),
        )
        revoke = ("REVOKE SELECT ON platform.event FROM keen@localhost",)
    else:
        server.run("CREATE ROLE keen LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO keen", database="platform")
        revoke = ("REVOKE SELECT ON event FROM keen",)
    url = make_url(platform.url).set(username="keen", password="right-key")
    source = opened(url.render_as_string(hide_password=False), 5.0)
    assert counted(source) == 3
    server.run(*revoke, database="platform")
    fault = fault_of(lambda: counted(source))
    assert (fault.kind, words_of(fault).zh, words_of(fault).en) == (
        "rights",
        "账号无权读取表 event",
        "the account may not read table event",
    )
    other = url.set(database="nowhere")
    kind = fault_of(lambda: counted(opened(other.render_as_string(hide_password=False), 5.0))).kind
    assert kind in (("database", "rights") if isinstance(server, MariaDB) else ("database",))
    if isinstance(server, MariaDB):  # the PostgreSQL of the tests trusts everybody
        wrong = url.set(password="wrong-key")
        fault = fault_of(lambda: counted(opened(wrong.render_as_string(hide_password=False), 5.0)))
        assert (fault.kind, words_of(fault).zh) == ("password", "数据源拒绝登录：账号或口令不对")
        assert "wrong-key" not in str(fault) + fault.zh
    else:
        server.run("DROP OWNED BY keen", "DROP ROLE keen", database="platform")


def test_a_locked_table_is_named_and_read_as_soon_as_it_is_free(
    server: Server, platform: Platform, opened: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "LOCK_WAIT", "200ms")
    monkeypatch.setattr(mysql, "_SESSION", (*mysql._SESSION[:-1], "SET SESSION lock_wait_timeout = 1"))
    source = opened(platform.url, 5.0)
    with source.reading():
        pass
    with platform.engine.connect() as other:
        other.exec_driver_sql(
            "LOCK TABLES event WRITE" if isinstance(server, MariaDB) else "LOCK TABLE event IN ACCESS EXCLUSIVE MODE"
        )
        fault = fault_of(lambda: counted(source))
        assert (fault.kind, words_of(fault).zh) == ("locked", "数据源被锁定：事件表")
        other.exec_driver_sql("UNLOCK TABLES") if isinstance(server, MariaDB) else other.rollback()
    assert counted(source) == 3


def test_a_sqlite_file_that_is_locked_whole_says_so(
    tmp_path: Path, opened: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = Platform(tmp_path)
    platform.event(1)
    platform.engine.dispose()
    with closing(sqlite3.connect(platform.path, isolation_level=None)) as other:
        source = opened(f"{platform.url}?timeout=0.2", 5.0)
        assert counted(source) == 1
        other.execute("BEGIN EXCLUSIVE")
        fault = fault_of(lambda: counted(source))
        assert (fault.kind, words_of(fault).zh) == ("held", "数据源被其他程序锁定")
        other.execute("ROLLBACK")
        assert counted(source) == 1


def test_a_killed_session_is_no_fault_where_the_server_lives_on(
    server: Server, platform: Platform, opened: Callable[..., Source]
) -> None:
    source = opened(platform.url, 5.0)
    assert counted(source) == 3
    engine = create_engine(platform.url, poolclass=NullPool)
    with engine.connect() as c:
        if isinstance(server, MariaDB):
            for (pid,) in c.exec_driver_sql("SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()"):
                c.exec_driver_sql(f"KILL {pid}")
        else:
            c.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND datname = current_database()"
            ).fetchall()
    engine.dispose()
    assert counted(source) == 3, "a pooled connection that is found dead is made anew"


def asked(opened: Callable[..., Source], url: str) -> int:
    return counted(opened(url))


def test_a_name_that_does_not_resolve_is_named(opened: Callable[..., Source]) -> None:
    for url in (
        "postgresql+psycopg://reader:hush-hush@platform.invalid/db",
        "mysql+pymysql://reader:hush-hush@platform.invalid/db",
    ):
        fault = fault_of(partial(asked, opened, url))
        assert (fault.kind, words_of(fault).zh) == ("dns", "数据源无应答：域名解析失败")
        assert "hush-hush" not in str(fault) + fault.zh


def test_a_port_where_nobody_listens_is_named(opened: Callable[..., Source]) -> None:
    with Mute() as mute:
        port = mute.port
    for url in (f"postgresql+psycopg://reader@127.0.0.1:{port}/db", f"mysql+pymysql://reader@127.0.0.1:{port}/db"):
        assert fault_of(lambda url=url: counted(opened(url))).kind == "refused"  # type: ignore[misc]
