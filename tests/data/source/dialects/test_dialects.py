"""Engines are known by their files; what an engine says of itself; one that nobody wrote a file for."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from data.source.dialects import Dialect, dialect_of, dialects
from data.source.dialects.sqlite import uri_path
from data.source.rows import Rows


def test_every_file_of_the_folder_is_an_engine_by_its_names() -> None:
    folder = Path(__file__).parents[4] / "data/source/dialects"
    files = {p.stem for p in folder.glob("*.py")} - {"__init__", "base"}
    assert {d.name for d in dialects().values()} == files
    assert dialect_of("mariadb") is dialect_of("mysql")


def test_an_engine_that_has_no_file_is_read_with_what_all_have_in_common() -> None:
    other = dialect_of("mssql")
    assert type(other) is Dialect
    assert other.name == "mssql"
    assert other.file(make_url("mssql+pyodbc://host/db")) is None
    assert other.scans(lambda sql: Rows((), []), "SELECT 1", {}) is None


@pytest.mark.parametrize(
    ("engine", "name", "quoted"),
    [
        ("sqlite", 'a"b', '"a""b"'),
        ("postgresql", "key", '"key"'),
        ("duckdb", "时刻", '"时刻"'),
        ("mariadb", "a`b", "`a``b`"),
        ("oracle", "at", '"at"'),
    ],
)
def test_a_name_is_quoted_as_the_engine_does_it(engine: str, name: str, quoted: str) -> None:
    assert dialect_of(engine).quoted(name) == quoted


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///var/city.sqlite", "var/city.sqlite"),
        ("duckdb:////x/city.duckdb", "/x/city.duckdb"),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("sqlite:///file:shared?mode=memory&uri=true", None),
        ("postgresql+psycopg://host/city", None),
    ],
)
def test_which_databases_are_files(url: str, file: str | None) -> None:
    parsed = make_url(url)
    assert dialect_of(parsed.get_backend_name()).file(parsed) == (Path(file) if file else None)


def test_a_name_that_means_something_in_an_address_is_a_plain_file_to_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "50% of a city?#1.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE t AS SELECT 7 AS n")
    assert uri_path(path) != str(path)
    url = make_url("sqlite://").set(database=str(path))
    opened = dialect_of("sqlite").engine(url)
    with opened.connect() as connection:
        assert connection.exec_driver_sql("SELECT n FROM t").scalar() == 7
        with pytest.raises(Exception, match="readonly database"):
            connection.exec_driver_sql("INSERT INTO t VALUES (8)")


def test_an_integer_longer_than_sqlite_s_own_is_asked_for_as_it_holds_it() -> None:
    assert dialect_of("sqlite").bindable([2**63, 2**63 - 1, "7"]) == [float(2**63), 2**63 - 1, "7"]
    assert dialect_of("postgresql").bindable([2**63]) == [2**63]


@pytest.fixture
def sqlite_rows(tmp_path: Path) -> Iterator[object]:
    engine = create_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (id)")
        connection.exec_driver_sql("INSERT INTO t VALUES (1), ('2'), (NULL), (3.5)")

        def ask(sql: str) -> Rows:
            result = connection.exec_driver_sql(sql)
            return Rows(tuple(result.keys()), [tuple(r) for r in result])

        yield ask
    engine.dispose()


def test_a_column_of_sqlite_holds_several_types(sqlite_rows: object) -> None:
    assert dialect_of("sqlite").id_type(sqlite_rows, "q.id", "(SELECT id FROM t) AS q", "integer") == "integer+real+text"  # type: ignore[arg-type]
