"""The platform's database: read only, and every way in which it can be wrong says what to do."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data.errors import SourceError
from data.source.bulk import bulk
from data.source.columns import BAD, ids, instants
from data.source.dialects.postgresql import lenient
from data.source.identity import identity
from data.source.mapping import Mapping
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.source.timestamps import format_timestamp, timestamp_format_of
from tests.sync_harness import NOW, Platform, after, at_ms

UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path)


def with_event_sql(old: str, new: str) -> Mapping:
    mapping = load_mapping("platform")
    sql = mapping.tables["event"].sql.replace(old, new)
    assert sql != mapping.tables["event"].sql
    event = mapping.tables["event"].model_copy(update={"sql": sql})
    return mapping.model_copy(update={"tables": {**mapping.tables, "event": event}})


def read(source: Source) -> None:
    with source.reading() as reading:
        reading.rows(reading.sql_of("event"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("reported_at,", "", "delivers no column 'reported_at'"),
        ("reported_at,", "reported_at, 'x' AS telephone,", "'telephone', which is not in the contract"),
        ("reported_at,", "reported_on AS reported_at,", "no such column.*correct its SELECT"),
        ("FROM event", "FROM events", "no such table"),
    ],
)
def test_a_mapping_that_does_not_fit_the_database_says_where(platform: Platform, old: str, new: str, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read(Source.open(platform.url, with_event_sql(old, new)))


def test_a_missing_file_is_not_created(tmp_path: Path) -> None:
    path = tmp_path / "nothing.sqlite"
    with pytest.raises(SourceError, match=r"there is no file.*--source"):
        read(Source.open(f"sqlite:///{path}", load_mapping("platform")))
    assert not path.exists()


def test_a_file_that_is_no_database_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    path.write_text("notes " * 100, encoding="utf-8")
    with pytest.raises(SourceError, match="not a database"):
        read(Source.open(f"sqlite:///{path}", load_mapping("platform")))


def test_the_platforms_database_cannot_be_written(platform: Platform) -> None:
    with pytest.raises(SourceError, match="readonly"), Source.open(platform.url, load_mapping("platform")).reading() as r:
        r._connection.exec_driver_sql("DELETE FROM event")


def test_a_server_that_is_not_there_is_a_fault_without_its_password() -> None:
    source = Source.open("postgresql+psycopg://wall:secret@127.0.0.1:1/db", load_mapping("platform"))
    with pytest.raises(SourceError) as caught:
        read(source)
    assert "secret" not in str(caught.value)
    assert "check that it runs" in str(caught.value)


def test_a_colon_in_the_sql_of_a_mapping_is_no_parameter(platform: Platform) -> None:
    platform.event(1, reported_at=NOW)
    mapping = with_event_sql("case_number,", "'10:30' || ':since' AS case_number,")
    with Source.open(platform.url, mapping).reading() as reading:
        assert reading.changed("event", "2026").column("case_number") == ["10:30:since"]


def test_the_bulk_read_and_the_rows_are_the_same(platform: Platform) -> None:
    """Also where a column is NULL for longer than a driver's first batch (it would take it for a number)."""
    with platform.engine.begin() as c:
        c.exec_driver_sql(
            "INSERT INTO event (id, reported_at, changed, outcome) "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
            "SELECT i, '2026-11-23 08:00:00.250000', '2026-11-23 08:00:01', "
            "CASE WHEN i > 2900 THEN 'settled' END FROM n"
        )
    source = Source.open(platform.url, load_mapping("platform"))
    with bulk(source) as whole:
        fast = source.frame("event", whole("event"))
    with source.reading() as reading:
        slow = source.frame_of("event", reading.rows(reading.sql_of("event")))
    for name in ("id", "reported_at", "changed", "closed_at"):
        assert fast.ints(name).tolist() == slow.ints(name).tolist()
    assert fast.coded("outcome").codes.tolist() == slow.coded("outcome").codes.tolist()
    assert fast.ints("reported_at")[0] == at_ms(after(hours=-1)) + 250


def test_an_id_that_is_no_integer_becomes_the_same_63_bits_alone_and_in_bulk() -> None:
    import pyarrow as pa

    assert ids([5, None]).tolist() == [5, -1]
    assert 0 <= identity("case-10011") < 2**63
    assert identity("5") == 5  # a text of plain digits is the number that a column of numbers would hold
    many = ids(pa.chunked_array([pa.array(["case-10011", None] * 300)]))
    assert many[:2].tolist() == [identity("case-10011"), -1]


@pytest.mark.parametrize(
    ("stamp", "spelling", "written"),
    [
        ("2026-11-23 09:00:00.250000", "text: ", "2026-11-23 09:00:00"),
        ("2026-11-23T09:00:00", "text:T", "2026-11-23T09:00:00"),
        ("2026-11-23T17:00:00+08:00", "text:T+480", "2026-11-23T17:00:00"),
        (datetime(2026, 11, 23, 9), "naive", datetime(2026, 11, 23, 9)),
        (datetime(2026, 11, 23, 9, tzinfo=UTC), "aware", NOW),
    ],
)
def test_a_watermark_is_written_as_the_source_writes_its_stamps(stamp: object, spelling: str, written: object) -> None:
    assert timestamp_format_of(stamp) == spelling
    assert format_timestamp(at_ms(NOW) + 250, spelling, UTC_ZONE) == written


def test_a_change_column_without_times_is_a_fault() -> None:
    for stamp in ("soon", 5):
        with pytest.raises(SourceError, match="is no time"):
            timestamp_format_of(stamp)


def test_a_static_source_names_the_files_it_stands_on(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    mapping = with_event_sql("FROM event", f"FROM read_csv('{log}')")
    source = Source.open("duckdb:///:memory:", mapping)
    with pytest.raises(SourceError, match=r"there is no file .*log\.csv"):
        source.file_state()
    log.write_text("a\n1\n", encoding="utf-8")
    before = source.file_state()
    log.write_text("a\n1\n2\n", encoding="utf-8")
    assert source.file_state() != before


def test_a_writer_in_the_way_is_waited_for_and_not_blocked(platform: Platform) -> None:
    """With a write-ahead log a long transaction of the platform does not keep us from reading."""
    platform.run("PRAGMA journal_mode = WAL")
    other = sqlite3.connect(platform.path)
    other.execute("BEGIN IMMEDIATE")
    read(Source.open(platform.url, load_mapping("platform")))
    other.close()


def test_a_time_that_python_has_no_word_for_does_not_refuse_the_whole_answer() -> None:
    from psycopg.types.datetime import TimestampLoader

    loader = lenient(TimestampLoader)(1114, None)
    assert loader.load(b"2026-11-23 09:00:00") == datetime(2026, 11, 23, 9, 0)
    assert loader.load(b"infinity") == "infinity"
    assert instants([loader.load(b"infinity")], ZoneInfo("UTC")).tolist() == [BAD]
