"""What the overlap of the ticks misses, the second look finds: late commits and deletes, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data.facts.row_faults import fault_counts
from data.facts.store import Facts
from data.source.mapping_file import load_mapping
from data.sync.reconcile import fixed_offset, reconcile
from data.sync.sync import Sync
from tests.sync_harness import NOW, Platform, after, column, everything, sync_of

pytestmark = pytest.mark.slow


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    made = Platform(tmp_path)
    for i in range(1, 7):
        at = after(days=-i)
        made.event(i, at)
        made.log(i * 10, i, "report", at=at)
        made.log(i * 10 + 1, i, "accept", at=after(days=-i, minutes=5))
    return made


@pytest.fixture
def sync(platform: Platform) -> Iterator[Sync]:
    with Facts.open("duckdb:///:memory:") as facts:
        made = sync_of(platform, facts)
        made.load(NOW)
        yield made


def fresh(platform: Platform) -> dict[str, list[object]]:
    with Facts.open("duckdb:///:memory:") as facts:
        sync_of(platform, facts).load(after(hours=1))
        return everything(facts)


def test_source_and_facts_that_agree_cost_no_re_read(sync: Sync) -> None:
    report = reconcile(sync, NOW)
    assert (report.days, report.differing, report.reread, report.gone) == (6, 0, 0, 0)


def test_a_transaction_longer_than_the_overlap_is_found(platform: Platform, sync: Sync) -> None:
    """It began ten minutes ago, stamped its rows then, and commits now: no tick looks so far back."""
    platform.event(20, NOW)
    platform.log(200, 20, "report")
    sync.tick(after(seconds=1))
    platform.event(19, after(minutes=-10))
    platform.log(190, 19, "accept", at=after(minutes=-10))
    assert sync.tick(after(seconds=2)).changed == 0
    report = reconcile(sync, after(seconds=3))
    assert (report.differing, report.reread) == (1, 1)
    assert everything(sync.facts) == fresh(platform)


def test_a_log_row_alone_that_was_committed_late_is_found(platform: Platform, sync: Sync) -> None:
    sync.tick(after(seconds=1))
    platform.log(35, 3, "verify", at=after(days=-3, minutes=9))
    assert sync.tick(after(seconds=2)).changed == 0
    assert reconcile(sync, after(seconds=3)).reread == 1
    assert column(sync.facts, "event", "stage")[2] == 2


def test_a_deleted_row_is_found_and_goes(platform: Platform, sync: Sync) -> None:
    platform.run("DELETE FROM transition WHERE key = 41")
    report = reconcile(sync, NOW)
    assert (report.differing, report.reread, report.gone) == (1, 1, 0)
    assert column(sync.facts, "event", "stage") == [1, 1, 1, 0, 1, 1]


def test_a_deleted_event_goes_with_its_visits_and_its_faults(platform: Platform, sync: Sync) -> None:
    platform.event(9, NOW, category="unheard_of")
    sync.tick(after(seconds=1))
    assert len(fault_counts(sync.facts)) == 1
    platform.run("DELETE FROM event WHERE id IN (5, 9)")
    platform.run("DELETE FROM transition WHERE event = 5")
    assert reconcile(sync, after(seconds=2)).gone == 2
    assert fault_counts(sync.facts) == []
    assert everything(sync.facts) == fresh(platform)


def test_an_event_deleted_without_its_log_leaves_orphans_that_settle(platform: Platform, sync: Sync) -> None:
    platform.run("DELETE FROM event WHERE id = 5")
    assert reconcile(sync, NOW).gone == 1
    assert fault_counts(sync.facts) == [("transition", "orphan", 2)]
    assert reconcile(sync, NOW).differing == 0


def test_rows_without_a_usable_time_do_not_differ_for_ever(platform: Platform, sync: Sync) -> None:
    platform.run(
        "INSERT INTO transition (key, event, stage, action, at, changed) VALUES (99, 1, 'verify', 'enter', 'soon', "
        "'2026-11-20 00:00:00')"
    )
    assert reconcile(sync, NOW).reread == 1
    assert fault_counts(sync.facts) == [("transition", "bad_time", 1)]
    assert reconcile(sync, NOW).differing == 0


def test_the_last_days_alone_can_be_compared(platform: Platform, sync: Sync) -> None:
    platform.run("DELETE FROM transition WHERE key IN (11, 51)")
    assert reconcile(sync, NOW, days=3).reread == 1
    assert column(sync.facts, "event", "stage") == [0, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Amsterdam"])
def test_days_agree_whatever_the_zone_of_the_source(platform: Platform, zone: str) -> None:
    """A zone with one offset is shifted in SQL, one that changes its clock is counted here; both find the late row."""
    mapping = load_mapping("platform")
    mapping = mapping.model_copy(update={"mapping": mapping.mapping.model_copy(update={"timezone": zone})})
    with Facts.open("duckdb:///:memory:") as facts:
        sync = sync_of(platform, facts, mapping=mapping)
        sync.load(after(days=1))
        assert reconcile(sync, after(days=1)).differing == 0
        platform.log(35, 3, "verify", at=after(days=-3, hours=14, minutes=30))
        assert reconcile(sync, after(days=1)).reread == 1
        assert reconcile(sync, after(days=1)).differing == 0


def test_ids_that_are_no_integers_are_found_again_when_they_go(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.event(1)
    platform.event(2)
    mapping = load_mapping("platform")
    sql = mapping.tables["event"].sql.replace("SELECT id", "SELECT 'case-' || id AS id")
    tables = {**mapping.tables, "event": mapping.tables["event"].model_copy(update={"sql": sql})}
    mapping = mapping.model_copy(update={"tables": tables})
    with Facts.open("duckdb:///:memory:") as facts:
        sync = sync_of(platform, facts, mapping=mapping)
        sync.load(after(seconds=1))
        platform.run("DELETE FROM event WHERE id = 2")
        platform.run("UPDATE event SET severity = 3, changed = '2026-11-22 00:00:00'")
        report = reconcile(sync, after(seconds=2))
        assert (report.reread, report.gone) == (1, 1)
        assert column(facts, "event", "severity") == [3]
        assert column(facts, "event", "eid")[0] > 2**32


def test_another_grid_loads_everything_anew(platform: Platform, sync: Sync) -> None:
    platform.run("INSERT INTO grid (code, parent, level, name) VALUES ('c0', 't1', 'cell', 'c0')")
    platform.run("UPDATE event SET grid = 'c0', changed = '2026-11-20 00:00:00' WHERE id = 1")
    assert reconcile(sync, NOW).grid_changed
    assert sync.facts.grid().code == ("t1", "c0", "c1", "c2")
    assert column(sync.facts, "event", "l2") == [1, 2, 2, 2, 2, 2]


def test_only_a_zone_with_one_offset_is_one_number() -> None:
    assert fixed_offset(ZoneInfo("Asia/Shanghai")) == 8 * 3600
    assert fixed_offset(ZoneInfo("Europe/Amsterdam")) is None
