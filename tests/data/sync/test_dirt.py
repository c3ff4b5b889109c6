"""Sources as they should not be: keys that are missing or stand twice, faulty times, another database in the place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.facts.row_faults import fault_counts
from data.facts.store import Facts
from data.source.mapping_file import load_mapping
from data.sync.reconcile import reconcile
from tests.sync_harness import NOW, Platform, after, assert_as_a_fresh_load, column, loosen, sync_of

pytestmark = pytest.mark.slow


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path)


@pytest.fixture
def facts() -> Iterator[Facts]:
    with Facts.open("duckdb:///:memory:") as opened:
        yield opened


# -------------------------------------------------------------------- rows that a key does not name once
def test_log_rows_that_name_no_event_are_faults_also_in_a_tick(platform: Platform, facts: Facts) -> None:
    loosen(platform)
    platform.event(1)
    sync = sync_of(platform, facts)
    sync.load(NOW)
    platform.run(
        "INSERT INTO transition (key, stage, action, at, changed) VALUES (7, 'accept', 'enter', ?, ?)",
        *(str(after(seconds=s).replace(tzinfo=None)) for s in (1, 2)),
    )
    assert sync.tick(after(seconds=3)).faults == 1
    assert reconcile(sync, after(seconds=4)).differing == 0
    platform.run("UPDATE transition SET event = 1, changed = ?", str(after(seconds=5).replace(tzinfo=None)))
    assert sync.tick(after(seconds=6)).faults == 0
    assert_as_a_fresh_load(platform, facts)


def test_log_rows_without_a_key_are_counted_one_by_one_and_leave_when_mended(platform: Platform, facts: Facts) -> None:
    loosen(platform)
    for event in (1, 2):
        platform.event(event)
    early, late = (str(after(seconds=s).replace(tzinfo=None)) for s in (1, 50))
    for event in (1, 1, 2):
        platform.run(
            "INSERT INTO transition (event, stage, action, at, changed) VALUES (?, 'accept', 'enter', ?, ?)", event, early, early
        )
    sync = sync_of(platform, facts)
    sync.load(NOW)
    assert fault_counts(facts) == [("transition", "no_key", 3)]
    platform.log(9, 1, "verify", at=after(seconds=20))
    assert sync.tick(after(seconds=21)).faults == 3  # the case of event 1 stirs: event 2's row is still one
    platform.run("UPDATE transition SET key = 5, changed = ? WHERE event = 2", late)
    assert sync.tick(after(seconds=51)).faults == 2
    assert_as_a_fresh_load(platform, facts)


def test_an_id_that_stands_twice_counts_once_whichever_row_changes(platform: Platform, facts: Facts) -> None:
    loosen(platform)
    platform.event(1, severity=1)
    platform.event(1, severity=2)
    sync = sync_of(platform, facts)
    sync.load(NOW)
    sync.tick(NOW)
    platform.run("UPDATE event SET severity = 3, changed = ? WHERE severity = 1", str(after(seconds=5).replace(tzinfo=None)))
    assert sync.tick(after(seconds=6)).faults == 1
    assert reconcile(sync, after(seconds=7)).differing == 0
    assert_as_a_fresh_load(platform, facts)


# -------------------------------------------------------------------- another database in the same place
def test_a_database_that_is_replaced_is_loaded_anew_and_not_mixed_with_the_old_one(
    platform: Platform, facts: Facts, tmp_path: Path
) -> None:
    for event in range(1, 9):
        platform.event(event)
    sync = sync_of(platform, facts)
    sync.load(NOW)
    assert not sync.tick(NOW).loaded
    (tmp_path / "other").mkdir()
    other = Platform(tmp_path / "other")
    for event in range(5, 8):
        other.event(event, changed=after(days=2, seconds=event))
    other.engine.dispose()
    os.replace(other.path, platform.path)
    assert sync.tick(after(days=2, minutes=1)).loaded
    assert column(facts, "event", "eid") == [5, 6, 7]
    assert not sync_of(platform, facts).tick(after(days=2, minutes=2)).loaded  # nor at the next start


def test_a_database_that_comes_back_as_a_copy_of_itself_is_not_loaded_anew(platform: Platform, facts: Facts) -> None:
    for event in range(1, 9):
        platform.event(event)
    sync = sync_of(platform, facts)
    sync.load(NOW)
    sync.tick(NOW)
    copy = platform.path.with_suffix(".copy")
    copy.write_bytes(platform.path.read_bytes())
    os.replace(copy, platform.path)
    assert not sync.tick(after(seconds=1)).loaded


def test_a_load_that_fails_leaves_the_watermark_of_the_facts_that_stay(
    platform: Platform, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Facts, replace: object) -> None:
        raise OSError("no space")

    platform.event(1)
    sync = sync_of(platform, facts)
    sync.load(NOW)
    platform.event(2, changed=after(minutes=5))
    platform.event(3, changed=after(minutes=30))
    with monkeypatch.context() as broken:
        broken.setattr(Facts, "_swap", full)
        with pytest.raises(OSError, match="no space"):
            sync.load(after(minutes=31))
    sync.tick(after(minutes=32))
    assert column(facts, "event", "eid") == [1, 2, 3]


# -------------------------------------------------------------------- one faulty time
@pytest.mark.parametrize("odd", ["", "zzz", "unknown"])
def test_one_change_stamp_that_is_no_time_stops_neither_load_nor_tick_nor_reconcile(
    platform: Platform, facts: Facts, odd: str
) -> None:
    platform.event(1)
    platform.event(2)
    platform.run("UPDATE event SET changed = ? WHERE id = 1", odd)
    sync = sync_of(platform, facts)
    sync.load(NOW)
    platform.event(3, changed=after(seconds=5))
    sync.tick(after(seconds=6))
    assert column(facts, "event", "eid") == [1, 2, 3]
    assert reconcile(sync, after(seconds=7)).differing == 0


def test_the_first_log_row_of_a_table_may_have_a_faulty_time(platform: Platform, facts: Facts) -> None:
    platform.event(1)
    platform.log(1, 1, "accept")
    platform.log(2, 1, "verify")
    platform.run("UPDATE transition SET at = '' WHERE key = 1")
    sync = sync_of(platform, facts)
    sync.load(NOW)
    assert reconcile(sync, after(seconds=1), 3).differing == 0
    assert reconcile(sync, after(seconds=1)).differing == 0


def test_a_year_one_that_stands_for_never_is_no_end_and_not_the_end_of_the_ticks(platform: Platform, facts: Facts) -> None:
    mapping = load_mapping("platform")
    shanghai = mapping.model_copy(update={"mapping": mapping.mapping.model_copy(update={"timezone": "Asia/Shanghai"})})
    platform.event(1)
    sync = sync_of(platform, facts, mapping=shanghai)
    sync.load(NOW)
    platform.event(2, changed=after(hours=8, seconds=5))
    platform.run("UPDATE event SET closed_at = '0001-01-01 00:00:00' WHERE id = 2")
    assert sync.tick(after(seconds=6)).faults == 0
    assert column(facts, "event", "is_open") == [1, 1]
    assert column(facts, "event", "eid") == [1, 2]


def test_a_nul_in_a_text_stops_no_tick(platform: Platform, facts: Facts) -> None:
    sync = sync_of(platform, facts)
    platform.event(1)
    sync.load(NOW)
    platform.event(2, after(seconds=5), case_number="K\x00 2")
    sync.tick(after(seconds=10))
    platform.event(3, after(seconds=15))
    sync.tick(after(seconds=20))
    assert column(facts, "event", "eid") == [1, 2, 3]
    assert column(facts, "event", "case_number")[1] == "K\x00 2"
