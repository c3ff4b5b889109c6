"""The audit: only ever added to, chained, kept for six months."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.access.audit import NOBODY, Audit, Filter, Fold
from data.access.audit_guards import KEPT
from data.access.store import State
from data.errors import QueryError

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[Audit]:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    yield Audit(state)
    state.close()


def sql(tmp_path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as db, db:
        for statement in statements:
            db.execute(statement)


def fill(audit: Audit, at: datetime = NOW) -> None:
    for who, what, result in (("wang", "login", "ok"), ("li", "login", "failed"), ("wang", "export", "ok")):
        audit.write(at, who, what, "370881001", result, "analyst", "10.0.0.7")


def test_rows_come_newest_first_and_are_found_by_their_words(audit: Audit) -> None:
    fill(audit)
    assert [(e.seq, e.who, e.what) for e in audit.rows()] == [(3, "wang", "export"), (2, "li", "login"), (1, "wang", "login")]
    assert [e.seq for e in audit.rows(Filter(who="wan"))] == [3, 1]
    assert [e.seq for e in audit.rows(Filter(what="login", result="failed"))] == [2]
    assert [e.seq for e in audit.rows(Filter(who="%"))] == []
    assert [e.seq for e in audit.rows(limit=2)] == [3, 2]
    assert [e.seq for e in audit.rows(limit=2, before=2)] == [1]
    at = round(NOW.timestamp() * 1000)
    assert audit.rows(Filter(until=at)) == []
    assert len(audit.rows(Filter(since=at))) == 3


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET who = 'x' WHERE seq = 2", "DELETE FROM audit WHERE seq = 2", "DELETE FROM audit"]
)
def test_the_store_itself_refuses_to_change_or_remove_a_row(audit: Audit, tmp_path: Path, statement: str) -> None:
    fill(audit, datetime.now(UTC))
    with pytest.raises(sqlite3.IntegrityError, match="audit"):
        sql(tmp_path, statement)
    assert audit.verify()[0] == 3


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM audit WHERE seq = 2", "missing before row 3"),
        ("DELETE FROM audit WHERE seq = 1", "missing before row 2"),
        ("UPDATE audit SET result = 'ok' WHERE seq = 2", "row 2 was altered"),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", "row 1 was altered"),
        ("DELETE FROM audit WHERE seq = 3", "no row has the digest"),
        ("UPDATE audit SET subject = subject || address, address = '' WHERE seq = 1", "row 1 was altered"),
    ],
)
def test_who_gets_around_the_guards_is_noticed_by_the_chain(audit: Audit, tmp_path: Path, statement: str, said: str) -> None:
    fill(audit)
    count, head = audit.verify()
    assert count == 3
    sql(tmp_path, "DROP TRIGGER audit_never_changed", "DROP TRIGGER audit_kept", statement)
    with pytest.raises(QueryError, match=said):
        audit.verify(head)


def test_only_rows_older_than_half_a_year_are_pruned_and_the_pruning_is_written_down(audit: Audit, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    fill(audit, now - KEPT - 2 * DAY)
    fill(audit, now - KEPT + DAY)
    assert audit.prune(now, "cli:root") == 3
    rows = audit.rows()
    assert [e.seq for e in rows] == [7, 6, 5, 4]
    assert (rows[0].who, rows[0].what, rows[0].subject.split()[0]) == ("cli:root", "audit pruned", "3")
    assert audit.verify()[0] == 4, "the chain begins where the pruning says"
    assert audit.prune(now, "cli:root") == 0
    sql(tmp_path, "DROP TRIGGER audit_kept", "DELETE FROM audit WHERE seq = 4")
    with pytest.raises(QueryError, match="missing before row 5"):
        audit.verify()


def test_two_processes_write_one_chain(audit: Audit, tmp_path: Path) -> None:
    other_state = State(f"sqlite:///{tmp_path}/state.sqlite")
    other = Audit(other_state)

    def many(to: Audit) -> None:
        for i in range(40):
            to.write(NOW, "x", "login", str(i))

    threads = [threading.Thread(target=many, args=(a,)) for a in (audit, other)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    other_state.close()
    assert audit.verify()[0] == 80


def test_a_row_holds_what_fits_and_no_line_breaks(audit: Audit) -> None:
    audit.write(NOW, "a\nb" * 100, "w" * 100, "s\x00" * 300, "r" * 30, "o" * 30, "1" * 300)
    (entry,) = audit.rows()
    assert entry.who.startswith("a b")
    assert (len(entry.who), len(entry.what), len(entry.subject), len(entry.result), len(entry.address)) == (64, 64, 256, 16, 128)
    assert audit.verify()[0] == 1


def test_what_happens_often_is_one_line_a_minute_and_no_row_is_lost(audit: Audit) -> None:
    of = Fold("li", "analyst", "cases read", "case list", "ok", "10.0.0.7")
    for second, rows in ((0, 500), (20, 500), (59, 3), (61, 7)):
        audit.fold(NOW + timedelta(seconds=second), of, 1, rows)
    audit.fold(NOW, of._replace(what="refused", result="refused"))
    audit.fold(NOW, of._replace(who=NOBODY, what="refused"))
    assert audit.close_open(NOW + timedelta(seconds=122)) == 2, "nobody's own is added up for an hour"
    found = [(e.who, e.what, e.subject, e.rows) for e in audit.rows()]
    assert set(found) == {
        ("li", "cases read", "case list x3", 1003),
        ("li", "cases read", "case list", 7),
        ("li", "refused", "case list", None),
    }
    assert audit.close_open(NOW + timedelta(hours=1)) == 1
    assert audit.verify()[0] == 4


def test_the_number_of_cases_stands_under_the_digest(audit: Audit, tmp_path: Path) -> None:
    audit.write(NOW, "li", "export", "cases", rows=3000)
    sql(tmp_path, "DROP TRIGGER audit_never_changed", "UPDATE audit SET case_rows = 3 WHERE seq = 1")
    with pytest.raises(QueryError, match="row 1 was altered"):
        audit.verify()
