"""The facts store: one process, one transaction a read, upserts that never double."""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
from sqlalchemy import BigInteger, func, literal, select

from data.errors import DiskError, FactsError
from data.facts.row_faults import faults
from data.facts.schema import EVENT, EVENT_HOT, VISIT
from data.facts.store import Facts
from tests.sync_harness import column

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def facts() -> Iterator[Facts]:
    with Facts.open("duckdb:///:memory:") as made:
        yield made


def test_whole_numbers_come_back_as_int64_with_minus_one_for_what_has_not_happened(facts: Facts) -> None:
    facts.put({"eid": [1, 2], "reported_at": [10, 20], "closed_at": [None, 25], "case_number": ["K1", None]})
    statement = select(EVENT.c.eid, EVENT.c.closed_at, EVENT.c.case_number).order_by(EVENT.c.eid)
    rows = facts.read({"a": statement})[1]["a"]
    assert rows["closed_at"].dtype == np.int64
    assert rows["closed_at"].tolist() == [-1, 25]
    assert rows["case_number"].tolist() == ["K1", None]


def test_sums_of_whole_numbers_are_whole_and_means_are_not(facts: Facts) -> None:
    """DuckDB sums into 128 bits, which numpy only knows as a double."""
    facts.put({"eid": [1, 2], "reported_at": [2**53, 1], "due_at": [-1, -1]})
    statement = select(
        func.sum(EVENT.c.reported_at).label("s"),
        func.avg(EVENT.c.due_at).label("m"),
        func.min(EVENT.c.due_at).label("d"),
        func.count().label("n"),
    )
    rows = facts.read({"a": statement})[1]["a"]
    assert [rows[k].dtype.kind for k in "smdn"] == ["i", "f", "i", "i"]
    assert (rows["s"].tolist(), rows["d"].tolist(), rows["n"].tolist()) == ([2**53 + 1], [-1], [2])
    assert np.isnan(rows["m"][0])


def test_whole_division_gives_a_whole_key(facts: Facts) -> None:
    facts.put({"eid": [1, 2], "reported_at": [3599, 3600]})
    hour = EVENT.c.reported_at.op("//", return_type=BigInteger())(literal(3600, BigInteger())).label("h")
    rows = facts.read({"a": select(hour).order_by(hour)})[1]["a"]
    assert rows["h"].dtype == np.int64
    assert rows["h"].tolist() == [0, 1]


def test_statements_of_one_shape_and_other_values_give_other_answers(facts: Facts) -> None:
    facts.put({"eid": [1, 2, 3], "reported_at": [1, 2, 3]})
    for edge, n in ((1, 3), (2, 2), (3, 1)):
        statement = select(func.count().label("n")).where(EVENT.c.reported_at >= edge)
        assert facts.read({"a": statement})[1]["a"]["n"].tolist() == [n]
    for chosen in ([1], [1, 2], [3]):
        statement = select(func.count().label("n")).where(EVENT.c.eid.in_(chosen))
        assert facts.read({"a": statement})[1]["a"]["n"].tolist() == [len(chosen)]


def test_a_view_written_out_answers_as_the_view_does(facts: Facts) -> None:
    day = 86_400_000
    facts.put(
        {"eid": [1, 2, 3], "reported_at": [1, 90 * day, 91 * day], "outcome": [1, 0, 0]},
        {"eid": [1, 2, 2, 3], "seq": [0, 0, 1, 0], "stage": [4, 4, 5, 4], "exit": [2, 0, 0, 0]},
        now_ms=91 * day,
    )  # 1 is cold
    late = select(EVENT.c.eid).where(EVENT.c.reported_at > 5)
    of_late = select(VISIT.c.stage, func.count().label("n")).where(VISIT.c.eid.in_(late)).group_by(VISIT.c.stage)
    both = select(EVENT.c.eid, VISIT.c.stage).join(VISIT, VISIT.c.eid == EVENT.c.eid)
    rows = facts.read(
        {
            "n": select(func.count().label("n")).select_from(EVENT),
            "late": of_late.order_by("stage"),
            "both": both.order_by(EVENT.c.eid, VISIT.c.stage),
        }
    )[1]
    assert "event_cold" in facts.compiler.sql(of_late)
    assert rows["n"]["n"].tolist() == [3]
    assert [rows["late"][c].tolist() for c in ("stage", "n")] == [[4, 5], [2, 1]]
    assert [rows["both"][c].tolist() for c in ("eid", "stage")] == [[1, 2, 2, 3], [4, 4, 5, 4]]


@pytest.mark.parametrize("way", ["read", "read_wide", "read_helped"])
def test_one_read_sees_one_moment_beside_a_writer(way: str, facts: Facts) -> None:
    """Twenty statements count the same rows; a writer adds events with two visits each all the while."""
    done = threading.Event()

    def write() -> None:
        for i in range(60):
            facts.put({"eid": [i], "reported_at": [i]}, {"eid": [i, i], "seq": [0, 1], "entered_at": [i, i]})
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    statements = {str(i): select(func.count().label("n")).select_from(EVENT if i % 2 else VISIT) for i in range(20)}
    seen = set()
    while not done.is_set():
        rows = getattr(facts, way)(statements)[1]
        counts = [int(rows[str(i)]["n"][0]) for i in range(20)]
        assert counts == [2 * counts[1] if i % 2 == 0 else counts[1] for i in range(20)]
        seen.add(counts[1])
    writer.join()
    assert len(seen) > 1


def test_an_upsert_replaces_and_never_doubles(facts: Facts) -> None:
    day = 86_400_000
    facts.put(
        {"eid": [1], "reported_at": [1], "closed_at": [2]},
        {"eid": [1], "entered_at": [1], "stage": [3], "exit": [2]},
        now_ms=90 * day,
    )
    assert column(facts, "event_cold", "eid") == [1]
    facts.put({"eid": [1], "reported_at": [1]}, {"eid": [1], "entered_at": [1], "stage": [4]}, now_ms=90 * day)
    assert (column(facts, "event_cold", "eid"), column(facts, "event_hot", "eid")) == ([], [1])
    assert column(facts, "visit", "stage") == [4]


def test_cold_rows_are_never_open(facts: Facts) -> None:
    now = 10**12
    facts.put({"eid": [1, 2], "reported_at": [1, 1], "closed_at": [None, 5]}, now_ms=now)
    assert (column(facts, "event_hot", "eid"), column(facts, "event_cold", "is_open")) == ([1], [0])


def test_a_hand_made_row_with_a_column_that_does_not_exist_is_refused(facts: Facts) -> None:
    with pytest.raises(KeyError, match="no column 'catgory'"):
        facts.put({"eid": [1], "catgory": [1]})


def test_a_file_that_another_process_holds_says_what_to_do(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'f.duckdb'}"
    script = (
        "import sys; from data.facts.store import Facts; f = Facts.open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, url], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(FactsError, match=r"another process holds this file.*--facts"):
            Facts.open(url)
        other.communicate()
    Facts.open(url).close()


def test_what_is_no_facts_file_is_refused_and_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "f.duckdb"
    path.write_text("not a database, but somebody's notes", encoding="utf-8")
    with pytest.raises(FactsError, match="cannot be opened as facts"):
        Facts.open(f"duckdb:///{path}")
    assert path.read_text(encoding="utf-8").startswith("not a database")


@pytest.mark.parametrize(("url", "said"), [("facts.duckdb", "not a URL"), ("sqlite:///x", "live in DuckDB")])
def test_other_urls_are_refused_with_an_example(url: str, said: str) -> None:
    with pytest.raises(FactsError, match=said):
        Facts.open(url)


def test_a_password_in_a_refused_url_is_not_shown() -> None:
    with pytest.raises(FactsError) as caught:
        Facts.open("postgresql://u:secret@h/db")
    assert "secret" not in str(caught.value)


def test_a_statement_that_fails_is_a_fault_and_the_next_one_works(facts: Facts) -> None:
    facts._db.execute("ALTER TABLE event_cold RENAME TO event_gone")
    for read in (facts.read, facts.read_wide, facts.read_helped):
        with pytest.raises(FactsError, match="event_cold"):
            read({str(i): select(EVENT.c.eid) for i in range(4)})
    assert facts.read({"a": select(EVENT_HOT.c.eid)})[1]["a"]["eid"].tolist() == []


def test_the_grid_comes_back_in_order_with_its_geometry(facts: Facts) -> None:
    facts.put_grid(
        {
            "idx": [0, 1],
            "code": ["t", "c"],
            "parent": [-1, 0],
            "level": [1, 2],
            "name": ["镇", "格"],
            "name_en": ["town", None],
            "population": [5, -1],
            "geometry": [None, b"wkb"],
        }
    )
    grid = facts.grid()
    assert (grid.code, grid.name[0].en, grid.name[1].en) == (("t", "c"), "town", "格")
    assert grid.ancestors.tolist() == [[0, -1, -1, -1], [0, 1, -1, -1]]
    assert grid.population.tolist() == [5, -1]
    assert (facts.geometry(1), facts.geometry(2)) == ([], [(1, b"wkb")])


@pytest.mark.parametrize("said", ["K'1", "a\\b", "$$x$$", "E'\\n'", "a\r\nb", "", "\0", "K\0 2'", "渔\U0001f41f", "100%(x)s"])
def test_any_text_comes_back_as_it_was_from_few_rows_and_from_many(said: str, facts: Facts) -> None:
    for n in (1, 100):  # written into the statement, and handed over as a table
        facts.put({"eid": list(range(n)), "reported_at": [1] * n, "case_number": [said] * n})
        rows = facts.read({"a": select(EVENT.c.case_number)})[1]["a"]["case_number"]
        assert set(rows.tolist()) == {said}
        with facts.writing() as writing:
            assert writing.faults({"event": [said] * n}, [("event", said, "bad_text", said)] * n, 5) == n
            assert writing.faults({"event": [said] * n}, [], 6) == 0


def test_a_fault_keeps_the_instant_at_which_it_was_first_seen(facts: Facts) -> None:
    row = ("event", "7", "bad_time", "reported_at: is no time")
    for at in (100, 200):
        with facts.writing() as writing:
            writing.faults({"event": [7]}, [row], at)
    assert faults(facts)[0]["seen_at"] == 100
    with facts.writing() as writing:
        assert writing.faults({"event": [7]}, [], 300) == 0


def test_a_disk_that_was_full_does_not_end_the_facts(tmp_path: Path) -> None:
    with Facts.open(f"duckdb:///{tmp_path / 'facts.duckdb'}") as facts:
        facts.put({"eid": [1], "reported_at": [1000]})
        facts.checkpoint()
        facts.put({"eid": [2], "reported_at": [2000]})
        size = (tmp_path / "facts.duckdb").stat().st_size
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))  # as a full disk: nothing can grow
        try:
            with pytest.raises(DiskError):
                facts.checkpoint()
            with pytest.raises(DiskError):
                facts.put({"eid": np.arange(3, 90_000), "reported_at": np.arange(3, 90_000)})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        facts.put({"eid": [4], "reported_at": [4000]})
        with facts.cursor() as cursor:
            assert cursor.execute("SELECT eid FROM event ORDER BY eid").fetchall() == [(1,), (2,), (4,)]


def test_a_swap_that_fails_leaves_the_old_facts_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(old: object, new: object) -> None:
        raise OSError("no rights")

    with Facts.open(f"duckdb:///{tmp_path / 'facts.duckdb'}") as facts:
        facts.put({"eid": [1], "reported_at": [1000]})
        with monkeypatch.context() as broken:
            broken.setattr("data.facts.file.os.replace", refuse)
            with pytest.raises(OSError, match="no rights"), facts.rebuilding() as beside:
                beside.put({"eid": [2], "reported_at": [2000]})
        facts.put({"eid": [3], "reported_at": [3000]})
        with facts.cursor() as cursor:
            assert cursor.execute("SELECT eid FROM event ORDER BY eid").fetchall() == [(1,), (3,)]


def test_a_database_of_somebody_else_is_refused_and_not_emptied(tmp_path: Path) -> None:
    path = tmp_path / "theirs.duckdb"
    with duckdb.connect(str(path)) as theirs:
        theirs.execute("CREATE TABLE orders AS SELECT 7 AS n")
    with pytest.raises(FactsError, match="no facts \\(orders\\)"):
        Facts.open(f"duckdb:///{path}")
    with duckdb.connect(str(path)) as theirs:
        assert theirs.execute("SELECT n FROM orders").fetchone() == (7,)


def test_opened_afresh_the_facts_are_the_same_and_no_reader_is_cut_off(tmp_path: Path) -> None:
    with Facts.open(f"duckdb:///{tmp_path / 'facts.duckdb'}") as facts:
        facts.put({"eid": [1, 2], "reported_at": [10, 20]})
        with facts.cursor() as reader:
            assert not facts.forget_buffers(), "somebody reads"
            assert len(reader.execute("SELECT eid FROM event").fetchall()) == 2
        meta = facts.meta()
        assert facts.forget_buffers()
        assert (facts.meta(), column(facts, "event_hot", "eid")) == (meta, [1, 2])
        facts.put({"eid": [3], "reported_at": [30]})
        assert column(facts, "event_hot", "eid") == [1, 2, 3]
    with Facts.create("duckdb:///:memory:") as in_memory:
        assert not in_memory.forget_buffers(), "it would be lost"
