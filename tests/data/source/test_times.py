"""Times mean the same however they arrive: alone or in bulk, as text or typed, across summer time, as a day, as "never"."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.source.times import Times, times_of
from data.source.timestamps import NEVER
from data.source.values import BAD, NONE

SHANGHAI, BERLIN, HOWE = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
DEFAULT = frozenset(NEVER)


def alone(value: Any, zone: ZoneInfo = SHANGHAI, never: frozenset[str] = DEFAULT) -> tuple[int, int]:
    """(ms, the last ms that it may mean)."""
    read = times_of([value], zone, never)
    return int(read.ms[0]), int(read.ends[0])


def bulk(value: Any, zone: ZoneInfo = SHANGHAI, never: frozenset[str] = DEFAULT) -> tuple[int, int]:
    read = times_of([value] * 300, zone, never)
    assert (read.ms == read.ms[0]).all()
    return int(read.ms[-1]), int(read.ends[-1])


def ms(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@pytest.mark.parametrize(
    "text",
    [
        "2026-08-01 08:03:05",
        "2026-08-01T08:03:05",
        "2026/8/1 8:03:05",
        "2026.8.1 8:03:05",
        "2026年8月1日 8:03:05",
        "2026年8月1日8时3分5秒",
        " 2026-08-01 08:03:05 ",
        "２０２６-08-01 08:03:05",
        "2026-08-01 00:03:05Z",
        "2026-08-01T08:03:05+08:00",
    ],
)
def test_a_time_is_read_as_people_and_spreadsheets_write_it(text: str) -> None:
    assert alone(text)[0] == bulk(text)[0] == ms("2026-08-01 08:03:05")


def test_midnight_at_the_end_of_a_day_is_the_next_days() -> None:
    assert alone("2026-08-01 24:00:00")[0] == bulk("2026/8/1 24:00")[0] == ms("2026-08-02 00:00:00")


@pytest.mark.parametrize(
    "value", ["2026-08-01 24:00:01", "2026-08-01 08:60", "2026-13-01", "soon", 20260801, 1.5, [], timedelta(1)]
)
def test_what_is_no_time_is_none(value: object) -> None:
    assert alone(value)[0] == BAD


@pytest.mark.parametrize("value", ["2026-11-20", "2026/11/20", "2026年11月20日", date(2026, 11, 20), "20261120"])
def test_a_day_begins_at_its_midnight_and_ends_with_its_last_millisecond(value: object) -> None:
    assert alone(value) == bulk(value) == (ms("2026-11-20"), ms("2026-11-21") - 1)


def test_a_time_of_midnight_is_no_day() -> None:
    assert alone("2026-11-20 00:00:00") == bulk("2026-11-20 00:00:00") == (ms("2026-11-20"), ms("2026-11-20"))
    assert alone(datetime(2026, 11, 20)) == bulk(datetime(2026, 11, 20)) == (ms("2026-11-20"), ms("2026-11-20"))


def test_days_and_times_in_one_column_keep_their_times() -> None:
    read = times_of([date(2026, 11, 20), datetime(2026, 11, 20, 5)] * 200, SHANGHAI, DEFAULT)
    assert read.ms[:2].tolist() == [ms("2026-11-20"), ms("2026-11-20 05:00:00")]


@pytest.mark.parametrize(
    ("zone", "told", "meant"),
    [
        (BERLIN, "2026-03-29 02:30:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # skipped: the first instant after the gap
        (BERLIN, "2026-10-25 02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # told twice: the first
        (HOWE, "2026-10-04 02:15:00", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),  # a gap of half an hour
    ],
)
def test_summer_time_is_read_alike_by_a_load_and_a_tick(zone: ZoneInfo, told: str, meant: datetime) -> None:
    instant = round(meant.timestamp() * 1000)
    assert alone(told, zone)[0] == bulk(told, zone)[0] == instant
    naive = datetime.fromisoformat(told)
    assert alone(naive, zone)[0] == bulk(naive, zone)[0] == instant
    arrow = pa.chunked_array([pa.array([naive], pa.timestamp("us"))])
    assert times_of(arrow, zone, DEFAULT).ms.tolist() == [instant]


@pytest.mark.parametrize(
    "value",
    [
        "9999-12-31",
        "9999-12-31 00:00:00",
        "9999-12-31 23:59:59",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "1900-01-01 00:00:00",
        "infinity",
        "-infinity",
        "0001-01-01 00:00:00",
        "1753-01-01",
        date(9999, 12, 31),
        datetime(9999, 12, 31, 23, 59),
        datetime(1, 1, 1),
        datetime(9999, 12, 30, 16, 0, tzinfo=UTC),
    ],
)
def test_a_date_that_says_never_is_not_an_instant(value: object) -> None:
    assert alone(value)[0] == bulk(value)[0] == NONE
    assert alone(value, never=frozenset())[0] != NONE


def test_never_in_duckdbs_and_arrows_own_types() -> None:
    infinite = pa.chunked_array([pa.array([2**63 - 1, -(2**63 - 1), 0, None], pa.int64()).cast(pa.timestamp("us"))])
    read = times_of(infinite, ZoneInfo("UTC"), DEFAULT)
    assert read.ms.tolist() == [NONE, NONE, 0, NONE]
    assert read.told.tolist() == [BAD, BAD, 0, NONE]
    days = pa.chunked_array([pa.array([date(9999, 12, 31), date(2026, 1, 1)])])
    assert times_of(days, ZoneInfo("UTC"), DEFAULT).ms.tolist() == [NONE, ms("2026-01-01", ZoneInfo("UTC"))]


def test_an_instant_never_meets_our_own_mark() -> None:
    before_1970 = datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    assert alone(before_1970)[0] == bulk(before_1970)[0] == BAD


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(at=st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), zone=st.sampled_from([SHANGHAI, BERLIN, HOWE]))
def test_every_time_is_read_alike_alone_in_bulk_and_as_text(at: datetime, zone: ZoneInfo) -> None:
    one: Times = times_of([at], zone, DEFAULT)
    for cells in ([at] * 300, [at.isoformat(" ")] * 300, [at.isoformat("T")], [at.isoformat(" "), "soon"]):
        read = times_of(cells, zone, DEFAULT)
        assert (int(read.ms[0]), int(read.told[0])) == (int(one.ms[0]), int(one.told[0]))
