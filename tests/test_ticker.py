"""The tick over a road made by hand: who is read when, what a reload brings, what a clock set back must not freeze."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.ticker import Ticker

NOW = datetime(2026, 11, 23, 2, 42, 7, tzinfo=UTC)


class Road:
    """Counts what is asked of it; ``reports`` are what its syncs bring."""

    def __init__(self) -> None:
        self.prepared, self.reads, self.reports = 0, [], []  # type: ignore[var-annotated]

    def prepare(self, progress: Any) -> Any:
        self.prepared += 1
        made = self.prepared
        return SimpleNamespace(read=lambda now, below=(), stale=False, keep=(): self.reads.append((made, below, stale)))

    def sync(self, now: datetime) -> Any:
        changed, loaded = self.reports.pop(0) if self.reports else (0, False)
        return SimpleNamespace(changed=changed, loaded=loaded, faults=0)

    def housekeeping(self, now: datetime) -> None: ...

    def as_of(self, now: datetime) -> datetime:
        return now


@pytest.fixture
def ticking() -> Any:
    road, clock, below = Road(), [NOW], []  # type: ignore[var-annotated]
    board: Any = SimpleNamespace(health=SimpleNamespace(ticks=0), below=lambda: tuple(below), refresh=lambda snapshot: None)
    ticker = Ticker(road, board, lambda: None, lambda: 0, lambda: clock[0], 1.0)
    return road, ticker, clock, below


def test_villages_take_turns_so_that_many_of_them_do_not_stall_the_wall(ticking: Any) -> None:
    road, ticker, clock, below = ticking
    below += ["a", "b", "c"]
    for _ in range(6):
        ticker.once()
        clock[0] += timedelta(seconds=1)
    assert [r[1] for r in road.reads[:3]] == [("a",), ("b",), ("c",)]
    assert all(len(r[1]) <= 1 for r in road.reads)
    assert {r[1] for r in road.reads[3:]} <= {("a",), ("b",), ("c",)}


def test_with_nothing_changed_a_village_is_read_again_after_five_seconds_and_not_before(ticking: Any) -> None:
    road, ticker, clock, below = ticking
    below.append("a")
    drew = []
    for _ in range(6):
        drew.append(ticker.once())
        clock[0] += timedelta(seconds=1)
    assert drew == [True, False, False, False, False, True]
    assert [r[1] for r in road.reads] == [("a",), ("a",)]


def test_a_reload_is_drawn_with_the_grid_it_brought(ticking: Any) -> None:
    road, ticker, _, _ = ticking
    road.reports = [(0, False), (5, True)]
    ticker.once()
    ticker.once()
    assert [(r[0], r[2]) for r in road.reads] == [(1, False), (2, True)], "a reader of the new grid, everything read anew"


def test_a_clock_that_was_set_back_does_not_freeze_the_wall(ticking: Any) -> None:
    road, ticker, clock, _ = ticking
    clock[0] = NOW + timedelta(hours=8)
    ticker.once()
    clock[0] = NOW
    assert ticker.once() is True
    assert len(road.reads) == 2
