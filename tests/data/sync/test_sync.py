"""The traps in which a sync loses rows, each closed by a test."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import shapely

from data.errors import FactsError, FileError, SourceError
from data.facts.row_faults import fault_counts, faults
from data.facts.store import Facts
from data.source import contract
from data.source.mapping import TableName
from data.source.mapping_file import load_mapping
from data.source.reading import Reading
from data.sync.reconcile import reconcile
from data.sync.unread import Watermarks
from tests.sync_harness import NOW, Platform, after, at_ms, city, column, everything, sync_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    made = Platform(tmp_path)
    for i in (1, 2, 3):
        made.event(i, after(minutes=-30), reported_at=after(minutes=-30))
        made.log(i * 10, i, "report", at=after(minutes=-30))
    return made


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[Facts]:
    with Facts.open(f"duckdb:///{tmp_path / 'facts.duckdb'}") as opened:
        yield opened


def fresh(platform: Platform) -> dict[str, list[object]]:
    """What a load of the source as it is now would hold."""
    with Facts.open("duckdb:///:memory:") as facts:
        sync_of(platform, facts).load(after(hours=1))
        return everything(facts)


def test_a_load_holds_every_event_and_says_how_far_it_is(platform: Platform, facts: Facts) -> None:
    said: list[tuple[str, int, int]] = []
    sync_of(platform, facts).load(NOW, lambda *step: said.append(step))
    assert column(facts, "event", "eid") == [1, 2, 3]
    assert said[0][1] == 0
    assert said[-1] == ("done", 100, 100)
    assert [d for _, d, _ in said] == sorted(d for _, d, _ in said)


def test_a_load_in_parts_gives_the_same_rows(platform: Platform, facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    """One event a part, a log row without its event, and an id that stands twice."""
    platform.log(99, 77, "accept")
    mapping = load_mapping("platform")
    sql = "SELECT * FROM event UNION ALL SELECT * FROM event WHERE id = 2"
    event = mapping.tables["event"].model_copy(update={"sql": sql})
    twice = mapping.model_copy(update={"tables": {**mapping.tables, "event": event}})
    sync = sync_of(platform, facts, mapping=twice)
    sync.load(NOW)
    whole = everything(facts)
    monkeypatch.setattr("data.sync.row_versions.PART", 1)
    sync.load(NOW)
    assert everything(facts) == whole
    assert sorted(fault_counts(facts)) == [("event", "duplicate_key", 1), ("transition", "orphan", 1)]


def test_a_tick_without_a_change_changes_nothing(platform: Platform, facts: Facts) -> None:
    sync = sync_of(platform, facts)
    sync.load(NOW)
    sync.tick(NOW)
    before = facts.meta()
    assert sync.tick(after(seconds=1)).changed == 0
    assert facts.meta() == before


def test_a_new_event_and_its_log_arrive_with_one_tick(platform: Platform, facts: Facts) -> None:
    sync = sync_of(platform, facts)
    sync.load(NOW)
    platform.event(4)
    platform.log(40, 4, "accept", at=after(seconds=2))
    report = sync.tick(after(seconds=3))
    assert (report.changed, report.newest_ms) == (4, at_ms(after(seconds=2)))  # the overlap's three, once, and the new
    platform.log(41, 4, "verify", at=after(seconds=4))
    assert sync.tick(after(seconds=5)).changed == 1
    assert column(facts, "visit", "stage", "eid, seq")[-2:] == [1, 2]


def test_row_committed_late_with_a_lower_id_is_not_lost(platform: Platform, facts: Facts) -> None:
    """Two clerks write at once; the one who began first, with the lower id and the older stamp, commits last."""
    sync = sync_of(platform, facts)
    sync.load(NOW)
    platform.event(9, after(seconds=10))
    platform.log(90, 9, "accept", at=after(seconds=10))
    sync.tick(after(seconds=11))
    platform.event(8, after(seconds=5))
    assert sync.tick(after(seconds=12)).changed == 1
    assert column(facts, "event", "eid") == [1, 2, 3, 8, 9]
    platform.log(80, 9, "verify", at=after(seconds=4))
    assert sync.tick(after(seconds=13)).changed == 1
    assert column(facts, "event", "transitions") == [1, 1, 1, 0, 2]


def test_a_tick_reads_back_to_the_oldest_transaction_that_was_running(
    platform: Platform, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL tells when it began; what it commits carries that stamp.  A restart in between remembers it."""
    sync = sync_of(platform, facts)
    sync.load(NOW)
    platform.event(9, after(minutes=20))
    with monkeypatch.context() as running:
        running.setattr("data.source.reader.Reading.oldest_running", lambda _: after(minutes=5))
        sync.tick(after(minutes=21))
    platform.event(8, after(minutes=5))
    sync_of(platform, facts).tick(after(minutes=22))
    assert column(facts, "event", "eid") == [1, 2, 3, 8, 9]
    platform.event(7, after(minutes=5))  # nothing was running any more: this far back no tick looks again
    sync_of(platform, facts).tick(after(minutes=23))
    assert column(facts, "event", "eid") == [1, 2, 3, 8, 9]


def test_a_stamp_from_the_future_does_not_hide_the_rows_until_then(platform: Platform, facts: Facts) -> None:
    sync = sync_of(platform, facts)
    sync.load(NOW)
    platform.event(8, after(days=365), reported_at=NOW)
    sync.tick(after(seconds=1))
    platform.event(9, after(seconds=2))
    assert sync.tick(after(seconds=3)).changed == 1
    assert column(facts, "event", "eid") == [1, 2, 3, 8, 9]


def test_an_updated_row_is_read_again_also_within_the_second_of_its_stamp(platform: Platform, facts: Facts) -> None:
    sync = sync_of(platform, facts)
    sync.load(NOW)
    for severity in (1, 2):
        platform.run("UPDATE event SET severity = ?, changed = '2026-11-23 09:00:01.000000' WHERE id = 2", severity)
        sync.tick(after(seconds=2))
    assert column(facts, "event", "severity") == [-1, 2, -1]


def test_an_event_closed_in_the_source_leaves_the_open_ones(platform: Platform, facts: Facts) -> None:
    sync = sync_of(platform, facts)
    sync.load(NOW)
    stamp = "2026-11-23 09:00:01.000000"
    platform.run("UPDATE event SET closed_at = ?, outcome = 'settled', changed = ? WHERE id = 2", stamp, stamp)
    sync.tick(after(seconds=2))
    assert column(facts, "event", "is_open") == [1, 0, 1]
    assert column(facts, "visit", "exit") == [0, 2, 0]


def test_the_facts_after_ticks_are_those_of_a_fresh_load(platform: Platform, facts: Facts) -> None:
    sync = sync_of(platform, facts)
    sync.load(NOW)
    for i in range(4, 12):
        at = after(seconds=i)
        platform.event(i, at, category="lamp" if i % 2 else "unheard_of")
        platform.log(i * 10, i - 1, ("accept", "verify", "dispatch", "no_such")[i % 4], at=at, department="parks")
        sync.tick(after(seconds=i + 1))
    assert everything(facts) == fresh(platform)


@pytest.mark.parametrize("spelled", ["{}", "'CASE-' || {}"])
def test_a_log_row_that_goes_over_to_another_event_leaves_the_one_it_stood_under(
    platform: Platform, facts: Facts, spelled: str
) -> None:
    """Two cases are one, and the platform moves a row: it counts once, also where ids are texts; then it is detached."""
    platform.log(11, 1, "accept", at=after(minutes=-20))
    mapping = load_mapping("platform")
    tables = dict(mapping.tables)
    moved: tuple[tuple[TableName, str], ...] = (("event", "id"), ("transition", "event"))
    for name, at in moved:
        others = [f'"{c.name}"' for c in contract.METADATA.tables[name].c if c.name != at]
        sql = f'SELECT {spelled.format(at)} AS {at}, {", ".join(others)} FROM "{name}"'
        tables[name] = tables[name].model_copy(update={"sql": sql})
    sync = sync_of(platform, facts, mapping=mapping.model_copy(update={"tables": tables}))
    sync.load(NOW)
    sync.tick(NOW)
    stages = "SELECT case_number, stage, transitions FROM event ORDER BY case_number"
    for event, seconds, held in ((2, 60, [(0, 1), (1, 2), (0, 1)]), (99, 120, [(0, 1), (0, 1), (0, 1)])):
        stamp = f"2026-11-23 09:{seconds // 60:02}:00.000000"
        platform.run('UPDATE "transition" SET event = ?, changed = ? WHERE "key" = 11', event, stamp)
        assert sync.tick(after(seconds=seconds)).changed == 2
        with facts.cursor() as cursor:
            assert cursor.execute(stages).fetchall() == [(f"K{i + 1}", *h) for i, h in enumerate(held)]
    assert fault_counts(facts) == [("transition", "orphan", 1)]
    assert reconcile(sync, after(seconds=200)).differing == 0


def test_an_old_case_that_stirs_again_is_not_doubled(platform: Platform, facts: Facts) -> None:
    """It lies in the cold table, and its row must move."""
    old = after(days=-90)
    platform.event(7, old, reported_at=old, closed_at=old + timedelta(hours=1))
    sync = sync_of(platform, facts)
    sync.load(NOW)
    assert column(facts, "event_cold", "eid") == [7]
    platform.run("UPDATE event SET closed_at = NULL, changed = '2026-11-23 09:00:01.000000' WHERE id = 7")
    sync.tick(after(seconds=2))
    assert column(facts, "event", "eid") == [1, 2, 3, 7]
    assert column(facts, "event_cold", "eid") == []


def test_what_has_cooled_moves_once_a_day_and_counts_the_same(platform: Platform, facts: Facts) -> None:
    platform.run("UPDATE event SET closed_at = '2026-11-23 08:45:00.000000' WHERE id = 1")
    sync = sync_of(platform, facts)
    sync.load(NOW)
    before = everything(facts)
    sync.tick(after(days=36))
    assert column(facts, "event_cold", "eid") == [1]
    assert column(facts, "visit_cold", "eid") == [1]
    assert everything(facts) == before


def test_an_unknown_stage_is_rejected_counted_and_leaves_when_mended(platform: Platform, facts: Facts) -> None:
    sync = sync_of(platform, facts)
    sync.load(NOW)
    platform.log(21, 2, "teleport", at=after(seconds=1))
    assert sync.tick(after(seconds=2)).faults == 1
    assert fault_counts(facts) == [("transition", "unknown_stage", 1)]
    assert faults(facts, 5)[0]["detail"] == "stage 'teleport'; did you mean 'report'?"
    platform.run("UPDATE transition SET stage = 'accept', changed = '2026-11-23 09:00:03.000000' WHERE key = 21")
    assert sync.tick(after(seconds=4)).faults == 0
    assert column(facts, "event", "stage") == [0, 1, 0]


def test_a_geometry_that_cannot_be_drawn_is_a_fault_of_its_cell_not_of_the_wall(platform: Platform, facts: Facts) -> None:
    metres = shapely.to_wkb(shapely.box(500_000, 3_900_000, 500_100, 3_900_100))
    for code, shape in (("t1", b"\x00\xff"), ("c1", "POLYGON EMPTY"), ("c2", metres)):
        platform.run("UPDATE grid SET geometry = ? WHERE code = ?", shape, code)
    sync_of(platform, facts).load(NOW)
    assert column(facts, "grid", "code", "idx") == ["t1", "c1", "c2"], "the cells are still counted in"
    assert fault_counts(facts) == [("grid", "bad_geometry", 3)]
    assert facts.geometry(1) == facts.geometry(2) == []


def test_a_log_row_that_comes_before_its_event_waits_as_a_fault(platform: Platform, facts: Facts) -> None:
    sync = sync_of(platform, facts)
    sync.load(NOW)
    platform.log(50, 5, "accept", at=after(seconds=1))
    sync.tick(after(seconds=2))
    assert fault_counts(facts) == [("transition", "orphan", 1)]
    platform.event(5, after(seconds=3))
    sync.tick(after(seconds=4))
    assert (fault_counts(facts), column(facts, "event", "transitions")[-1]) == ([], 1)


def test_naive_times_of_a_source_are_of_the_zone_that_its_mapping_names(platform: Platform, facts: Facts) -> None:
    """08:30 UTC is written as 16:30 in a database of Shanghai; so is the stamp that the next tick compares with."""
    mapping = load_mapping("platform")
    mapping = mapping.model_copy(update={"mapping": mapping.mapping.model_copy(update={"timezone": "Asia/Shanghai"})})
    platform.run("DELETE FROM event WHERE id > 1")
    platform.run("DELETE FROM transition")
    platform.run("UPDATE event SET reported_at = '2026-11-23 16:30:00', changed = '2026-11-23 16:30:00'")
    sync = sync_of(platform, facts, mapping=mapping)
    sync.load(NOW)
    assert column(facts, "event", "reported_at") == [at_ms(after(minutes=-30))]
    stamp = "2026-11-23 17:00:01.000000"
    platform.run("INSERT INTO event (id, reported_at, changed) VALUES (2, ?, ?)", stamp, stamp)
    sync.tick(after(seconds=2))
    assert column(facts, "event", "reported_at") == [at_ms(after(minutes=-30)), at_ms(after(seconds=1))]
    assert sync.tick(after(seconds=3)).changed == 0


def test_a_changed_profile_loads_beside_the_old_facts_and_swaps(platform: Platform, facts: Facts) -> None:
    sync_of(platform, facts).load(NOW)
    changed = city(categories=[{"code": "lamp", "name": {"zh": "灯", "en": "lamp"}, "network": "n1", "limit": "3 hours"}])
    sync = sync_of(platform, facts, changed)
    assert sync.stale() == ["fingerprint.profile"]
    seen: list[list[object]] = []
    old = column(facts, "event", "due_at")
    sync.load(NOW, lambda *_: seen.append(column(facts, "event", "due_at")))  # read while it loads
    assert seen[:-1] == [old] * (len(seen) - 1)
    assert column(facts, "event", "due_at") == [at_ms(after(hours=2, minutes=30))] * 3
    assert sync.stale() == []
    assert not list(Path(facts.path).parent.glob("*.loading*"))


def test_a_source_that_is_away_is_a_fault_and_the_facts_stay_until_it_is_back(platform: Platform, facts: Facts) -> None:
    sync = sync_of(platform, facts)
    sync.load(NOW)
    platform.engine.dispose()
    away = platform.path.with_suffix(".away")
    platform.path.rename(away)
    with pytest.raises(SourceError, match="there is no file"):
        sync.tick(after(seconds=1))
    assert column(facts, "event", "eid") == [1, 2, 3]
    away.rename(platform.path)
    platform.event(4, after(seconds=2))
    sync.tick(after(seconds=3))
    assert column(facts, "event", "eid") == [1, 2, 3, 4]


def test_a_fault_while_writing_leaves_facts_and_watermark_and_the_next_tick_completes(
    platform: Platform, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = sync_of(platform, facts)
    sync.load(NOW)
    sync.tick(NOW)
    platform.event(4, after(seconds=1))
    before = everything(facts), facts.meta()
    with monkeypatch.context() as broken:
        broken.setattr("data.facts.writer.Writing.meta", lambda *_: (_ for _ in ()).throw(RuntimeError("power")))
        with pytest.raises(RuntimeError, match="power"):
            sync.tick(after(seconds=2))
    assert (everything(facts), facts.meta()) == before
    assert sync.tick(after(seconds=3)).changed == 1
    assert column(facts, "event", "eid") == [1, 2, 3, 4]


def test_a_tick_before_the_first_load_says_so(platform: Platform, facts: Facts) -> None:
    with pytest.raises(FactsError, match="load first"):
        sync_of(platform, facts).tick(NOW)


def test_a_mapping_to_a_stage_that_the_city_has_not_is_refused(platform: Platform, facts: Facts) -> None:
    mapping = load_mapping("platform").model_copy(update={"codes": {"stage": {"open": "handel"}}})
    with pytest.raises(FileError, match="did you mean 'handle'"):
        sync_of(platform, facts, mapping=mapping)


#: Loads or ticks, and stops in the middle of the transaction, after the rows and before the watermark, until it is shot.
CHILD = """
import sys, time
from pathlib import Path
from data.facts.store import Facts
from data.facts.writer import Writing
from tests.sync_harness import NOW, Platform, after, sync_of
what, folder, facts = sys.argv[1:]
platform = Platform.__new__(Platform)
platform.url = f"sqlite:///{folder}/platform.sqlite"
sync = sync_of(platform, Facts.open(facts))
def stop(*_):
    print("in the middle", flush=True)
    time.sleep(60)
Writing.meta = stop
sync.load(NOW) if what == "load" else sync.tick(after(seconds=5))
"""


def shoot(what: str, platform: Platform, facts_url: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, what, str(platform.path.parent), facts_url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "in the middle"
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait(timeout=20) == -signal.SIGKILL
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


@pytest.mark.slow
def test_kill_9_in_the_middle_of_a_tick_loses_nothing(platform: Platform, tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'facts.duckdb'}"
    with Facts.open(url) as facts:
        sync_of(platform, facts).load(NOW)
        before = everything(facts)
    platform.event(4, after(seconds=1))
    platform.log(40, 4, "accept", at=after(seconds=1))
    platform.run("UPDATE event SET severity = 3, changed = '2026-11-23 09:00:02.000000' WHERE id = 1")
    shoot("tick", platform, url)
    with Facts.open(url) as facts:
        assert everything(facts) == before
        sync = sync_of(platform, facts)
        assert sync.stale() == []
        sync.tick(after(seconds=6))
        assert everything(facts) == fresh(platform)


@pytest.mark.slow
def test_kill_9_in_the_middle_of_a_load_leaves_the_old_facts_and_the_next_load_completes(
    platform: Platform, tmp_path: Path
) -> None:
    url = f"duckdb:///{tmp_path / 'facts.duckdb'}"
    with Facts.open(url) as facts:
        sync_of(platform, facts).load(NOW)
        before = everything(facts)
    platform.event(4, after(seconds=1))
    shoot("load", platform, url)
    with Facts.open(url) as facts:
        assert everything(facts) == before
        sync_of(platform, facts).load(after(seconds=5))
        assert everything(facts) == fresh(platform)
    assert sorted(p.name for p in tmp_path.glob("facts*")) == ["facts.duckdb", "facts.duckdb.opened"]


def test_one_tick_reads_events_and_log_of_one_moment(platform: Platform, facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the two questions of a tick another process commits an event with its log: both or neither is seen."""
    platform.run("PRAGMA journal_mode = WAL")
    sync = sync_of(platform, facts)
    sync.load(NOW)
    sync.tick(NOW)
    asked = sync._unread._of_table

    def interrupted(reading: Reading, table: str, read_to: Watermarks, now_ms: int) -> object:
        found = asked(reading, table, read_to, now_ms)
        if table == "event":
            platform.event(4, after(seconds=1))
            platform.log(40, 4, "accept", at=after(seconds=1))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(sync._unread, "_of_table", interrupted)
        assert sync.tick(after(seconds=2)).changed == 0
    assert sync.tick(after(seconds=3)).changed == 1
    assert fault_counts(facts) == []


def test_the_change_column_is_asked_through_its_index(platform: Platform) -> None:
    """The SELECT of the mapping is wrapped; the wrap must not cost the index."""
    mapping = load_mapping("platform")
    with sqlite3.connect(platform.path) as connection:
        for table in ("event", "transition"):
            sql = f"SELECT q.changed FROM ({mapping.tables[table].sql}) AS q WHERE q.changed >= '2026'"
            plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
            assert f"{table}_changed" in plan[0][3], plan
    connection.close()
