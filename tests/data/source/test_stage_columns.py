"""A mapping without SQL: stamps side by side become the log, with the names quoted as each database does it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, create_engine, insert

from data.errors import FileError
from data.source.bulk import bulk
from data.source.mapping import check_mapping
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.source.stage_columns import expanded
from tests.databases import Server
from tests.sync_harness import city

MAPPING = """
[mapping]
id = "orders"
city = "test"
source = "{url}"
timezone = "Asia/Shanghai"

[tables.event]
key = "id"
changed = "changed"
from = "work_order"
columns = {{ id = "编号", reported_at = "上报时间", closed_at = "结案 时间", changed = "key" }}
stages = {{ report = "上报时间", dispatch = "派遣时间", close = "结案 时间" }}
stage_departments = {{ dispatch = "承办单位" }}
"""
AT = [datetime(2026, 8, 1, hour) for hour in range(8, 14)]
#: number, reported, dispatched, closed, department (a number here), changed
ROWS = [(1, AT[0], AT[1], AT[2], 7, AT[2]), (2, AT[1], AT[3], None, 8, AT[3]), (3, AT[4], None, None, None, AT[4])]
RIGHT = {
    (1, "report", "", AT[0]),
    (1, "dispatch", "7", AT[1]),
    (1, "close", "", AT[2]),
    (2, "report", "", AT[1]),
    (2, "dispatch", "8", AT[3]),
    (3, "report", "", AT[4]),
}


def fill(url: str) -> None:
    meta = MetaData()
    table = Table(
        "work_order",
        meta,
        Column("编号", Integer, primary_key=True),
        Column("上报时间", DateTime),
        Column("派遣时间", DateTime),
        Column("结案 时间", DateTime),
        Column("承办单位", Integer),
        Column("key", DateTime),
        Column("姓名", String(20)),
    )
    engine = create_engine(url)
    meta.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            insert(table), [dict(zip([c.name for c in table.columns], (*row, "某人"), strict=True)) for row in ROWS]
        )
    engine.dispose()


def assert_log(url: str, tmp_path: Path) -> None:
    """What the log delivers from the database at ``url``, through a mapping that names another kind of database."""
    path = tmp_path / "orders.toml"
    path.write_text(MAPPING.format(url="sqlite:///elsewhere.sqlite"), encoding="utf-8")
    source = Source.open(url, load_mapping(path))
    try:
        with bulk(source) as whole:
            log = {name: list(_plain(cells)) for name, cells in whole("transition").items()}
            events = list(_plain(whole("event")["id"]))
    finally:
        source.close()
    assert sorted(int(i) for i in events) == [1, 2, 3]
    rows = zip(log["event"], log["stage"], log["department"], log["at"], strict=True)
    assert {(int(e), s, str(d or ""), datetime.fromisoformat(str(a))) for e, s, d, a in rows} == RIGHT
    assert len(set(log["key"])) == len(RIGHT), "a key a row, that stays its own"


def _plain(cells: Any) -> Any:
    return cells.to_pylist() if hasattr(cells, "to_pylist") else cells


def test_stamps_side_by_side_are_the_log_on_sqlite_and_duckdb(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/a.sqlite", f"duckdb:///{tmp_path}/a.duckdb"):
        fill(url)
        assert_log(url, tmp_path)


def test_stamps_side_by_side_are_the_log_on_a_server(server: Server, tmp_path: Path) -> None:
    url = server("stage_columns").render_as_string(hide_password=False)
    fill(url)
    assert_log(url, tmp_path)


def written(tmp_path: Path, change: Callable[[str], str]) -> Path:
    path = tmp_path / "m.toml"
    path.write_text(change(MAPPING.format(url="sqlite:///x.sqlite")), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('from = "work_order"', "", "tables.event.sql: is missing"),
        ("columns = {", "columnz = {", "did you mean 'columns'"),
        ("reported_at = ", "reportd_at = ", "did you mean 'reported_at'"),
        ('{ dispatch = "承办', '{ dispath = "承办', "did you mean 'dispatch'"),
        ('id = "编号", ', "", "which column holds the case's id"),
        ('from = "work_order"', 'from = "work_order"\nsql = "SELECT 1 AS id"', "stands beside sql"),
        ("[tables.event]", '[tables.transition]\nsql = "SELECT 1 AS key"\n[tables.event]', "stands beside tables.event.stages"),
    ],
)
def test_shorthand_that_cannot_be_is_refused_with_its_place(old: str, new: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(FileError) as fault:
        load_mapping(written(tmp_path, lambda text: text.replace(old, new)))
    assert said in str(fault.value)


def test_stage_that_the_city_does_not_have_is_refused(tmp_path: Path) -> None:
    mapping = load_mapping(written(tmp_path, lambda text: text.replace("{ report = ", "{ reprt = ")))
    with pytest.raises(FileError, match=r"tables\.event\.stages\.reprt.*did you mean 'report'"):
        check_mapping(mapping, city())


def test_select_beside_columns_is_what_the_columns_are_taken_from(tmp_path: Path) -> None:
    mapping = load_mapping(
        written(tmp_path, lambda text: text.replace('from = "work_order"', 'sql = "SELECT * FROM work_order -- all"'))
    )
    for dialect in ("sqlite", "mysql"):
        log = expanded(mapping, dialect).tables["transition"]
        assert log.sql.count("SELECT * FROM work_order -- all\n") == 3
        assert ("`派遣时间`" in log.rows) == (dialect == "mysql")
