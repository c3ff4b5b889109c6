"""One key in the logs of two events: one row counts, whichever of the two is touched, and the other when that one is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.facts.store import Facts
from data.sync.reconcile import reconcile
from tests.sync_harness import Platform, after, assert_as_a_fresh_load, column, loosen, sync_of


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    made = Platform(tmp_path)
    loosen(made)
    for event in (1, 2, 3):
        made.event(event)
        made.log(10 * event, event, "report")
    made.log(9, 1, "handle", at=after(minutes=1))
    made.log(9, 2, "handle", at=after(minutes=1))
    return made


@pytest.fixture
def facts() -> Iterator[Facts]:
    with Facts.create("duckdb:///:memory:") as store:
        yield store


@pytest.mark.slow
@pytest.mark.parametrize(
    "touched",
    [
        "UPDATE event SET changed = '2026-11-23 10:00:00' WHERE id = {}",
        "UPDATE transition SET changed = '2026-11-23 10:00:00' WHERE event = {}",
    ],
)
@pytest.mark.parametrize("event", [1, 2, 3])
def test_a_touch_of_either_event_leaves_what_a_load_would_find(
    platform: Platform, facts: Facts, touched: str, event: int
) -> None:
    sync = sync_of(platform, facts)
    sync.load(after(minutes=5))
    assert sum(column(facts, "event", "transitions")) == 4
    platform.run(touched.format(event))
    sync.tick(after(hours=2))
    assert sum(column(facts, "event", "transitions")) == 4
    assert_as_a_fresh_load(platform, facts)


@pytest.mark.parametrize("gone", [1, 2])
def test_when_one_of_the_rows_is_gone_the_other_counts(platform: Platform, facts: Facts, gone: int) -> None:
    sync = sync_of(platform, facts)
    sync.load(after(minutes=5))
    platform.run(f"DELETE FROM transition WHERE key = 9 AND event = {gone}")
    reconcile(sync, after(hours=2))
    assert sum(column(facts, "event", "transitions")) == 4
    assert_as_a_fresh_load(platform, facts)
