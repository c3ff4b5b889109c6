"""Whoever connects to the state store itself: the audit's rows stay as they were written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from data.access.audit import Audit, Fold
from data.access.store import State
from tests.databases import Server

ROW = "(2, 1, 'x', '', 'login', '', 'ok', '', '', '', NULL)"


def filled(url: str) -> None:
    state = State(url)
    audit = Audit(state)
    for who in ("wang", "li", "zhao"):
        audit.write(datetime.now(UTC), who, "login")
    state.close()


def folds(url: str) -> list[tuple[str, int | None]]:
    """What is added up in one process, which is killed, is closed by another."""
    killed, state = State(url), State(url)
    for rows in (500, 250):
        Audit(killed).fold(datetime.now(UTC), Fold("li", "analyst", "cases read", "list", "ok", ""), 1, rows)
    killed.close()
    audit = Audit(state)
    assert audit.close_open(datetime.now(UTC)) == 0, "its minute is not over"
    assert audit.close_open(datetime.now(UTC), True) == 2
    assert audit.close_open(datetime.now(UTC), True) == 0
    audit.verify()
    found = [(e.subject, e.rows) for e in audit.rows() if e.what == "cases read"]
    state.close()
    return found


def test_what_is_added_up_is_not_lost_by_a_kill(tmp_path: Path) -> None:
    assert sorted(folds(f"sqlite:///{tmp_path}/state.sqlite")) == [("list", 250), ("list", 500)]


def whole(url: str) -> int:
    state = State(url)
    try:
        return Audit(state).verify()[0]
    finally:
        state.close()


@pytest.mark.parametrize(
    "statement",
    [
        f"INSERT OR REPLACE INTO audit VALUES {ROW}",
        f"REPLACE INTO audit VALUES {ROW}",
        f"INSERT INTO audit VALUES {ROW} ON CONFLICT (seq) DO UPDATE SET who = 'x'",
        "UPDATE OR REPLACE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET who = 'x'",
        "DELETE FROM audit WHERE seq = 2",
        f"INSERT INTO audit VALUES {ROW.replace('(2,', '(0,')}",
        f"INSERT INTO audit VALUES {ROW.replace('(2,', '(NULL,')}",
    ],
)
def test_a_row_is_not_replaced_through_a_connection_of_ones_own(tmp_path: Path, statement: str) -> None:
    url = f"sqlite:///{tmp_path}/state.sqlite"
    filled(url)
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as db, pytest.raises(sqlite3.IntegrityError, match="audit"):
        db.execute(statement)
    assert whole(url) == 3


_CHANGES = ("UPDATE audit SET who = 'x'", "DELETE FROM audit WHERE seq = 2")
_MARIADB = (f"REPLACE INTO audit VALUES {ROW}", f"INSERT INTO audit VALUES {ROW} ON DUPLICATE KEY UPDATE who = 'x'")
_POSTGRESQL = (f"INSERT INTO audit VALUES {ROW} ON CONFLICT (seq) DO UPDATE SET who = 'x'", "TRUNCATE audit")


@pytest.mark.parametrize(
    ("engine", "statements"),
    [
        pytest.param("mariadb", (*_CHANGES, *_MARIADB), marks=pytest.mark.engine),
        pytest.param("postgresql", (*_CHANGES, *_POSTGRESQL), marks=pytest.mark.engine),
    ],
)
def test_nor_on_a_database_server(request: pytest.FixtureRequest, engine: str, statements: tuple[str, ...]) -> None:
    server: Server = request.getfixturevalue(engine)
    url = server("audit").render_as_string(hide_password=False)
    filled(url)
    own = create_engine(url)
    for statement in statements:
        with pytest.raises(DBAPIError, match="the audit is"), own.begin() as connection:
            connection.execute(text(statement))
    own.dispose()
    assert whole(url) == 3
    assert sum(rows or 0 for _, rows in folds(url)) == 750


@pytest.mark.parametrize("old", [True, False])
def test_a_store_of_an_earlier_version_goes_on_with_its_chain(tmp_path: Path, old: bool) -> None:
    url = f"sqlite:///{tmp_path}/state.sqlite"
    filled(url)
    if old:
        with closing(sqlite3.connect(tmp_path / "state.sqlite")) as db, db:
            db.execute("ALTER TABLE audit DROP COLUMN case_rows")
            db.execute("DROP TRIGGER audit_added_behind")
    state = State(url)
    audit = Audit(state)
    audit.write(datetime.now(UTC), "wang", "export", "cases", rows=3000)
    assert [e.rows for e in audit.rows()] == [3000, None, None, None]
    assert audit.verify()[0] == 4
    state.close()
