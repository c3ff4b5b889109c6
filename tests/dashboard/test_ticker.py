"""The tick over a road made by hand: who is read when, what a reload brings, what a clock set back must not freeze; and its
thread outlives whatever happens in a tick, and says it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from callbacks.wall.source_health import Health
from dashboard.pipeline import AFTER_FAILURE, RECONCILE_ALL, SourcePipeline
from dashboard.ticker import Ticker
from data.errors import SourceError
from data.sync.report import SyncReport

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

    def held(self) -> datetime | None:
        return None


@pytest.fixture
def ticking() -> Any:
    road, clock, below = Road(), [NOW], []  # type: ignore[var-annotated]
    page_cache: Any = SimpleNamespace(
        health=SimpleNamespace(ticks=0),
        snapshot=None,
        below=lambda: tuple(below),
        refresh=lambda snapshot: None,
        acknowledged=None,
        follow=lambda now_ms: None,
    )
    ticker = Ticker(road, page_cache, lambda: None, lambda: 0, lambda: clock[0], 1.0)
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


def test_an_acknowledgement_is_drawn_at_the_next_tick_though_nothing_changed(ticking: Any) -> None:
    _, ticker, clock, _ = ticking
    followed: list[int] = []
    ticker.page_cache.acknowledged, ticker.page_cache.follow = SimpleNamespace(version=1), followed.append
    drew = []
    for version in (1, 1, 2, 2):
        ticker.page_cache.acknowledged.version = version
        drew.append(ticker.once())
        clock[0] += timedelta(seconds=1)
    assert drew == [True, False, True, False]
    assert len(followed) == 2, "what ended is looked for where the snapshot is new"


# -------------------------------------------------------------------- failures
class Failing:
    """Ticks that fail as told, one after another, then work."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures, self.ticks = list(failures), 0

    def prepare(self, progress: Callable[[str, int, int], None]) -> Any:
        return SimpleNamespace(read=lambda now, below, stale, keep: None)

    def sync(self, now: datetime) -> Any:
        self.ticks += 1
        if self.failures:
            raise self.failures.pop(0)
        return SimpleNamespace(changed=0, loaded=False, faults=0)

    def housekeeping(self, now: datetime) -> None: ...

    def as_of(self, now: datetime) -> datetime:
        return now

    def held(self) -> datetime | None:
        return None


def failing(road: Failing, announce: Callable[[], None] = lambda: None) -> tuple[Ticker, Any]:
    page_cache = SimpleNamespace(
        health=Health(), snapshot=None, below=tuple, refresh=lambda snapshot: None, acknowledged=None, follow=lambda now_ms: None
    )
    return Ticker(road, page_cache, announce, lambda: 0, lambda: NOW, 0.05), page_cache  # type: ignore[arg-type]


def until(true: Callable[[], bool], seconds: float = 8.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


@pytest.mark.parametrize(
    "failure",
    [SourceError("the source is away"), SourceError(""), RuntimeError("odd"), MemoryError(), SystemExit(3), GeneratorExit()],
    ids=repr,
)
def test_no_failure_of_a_tick_ends_the_ticks(failure: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.ticker.RETRY_S", (0.05,))
    ticker, page_cache = failing(Failing(failure))
    ticker.start()
    try:
        assert until(lambda: page_cache.health.ticks >= 2)
        assert ticker.alive
        assert (page_cache.health.source_ok, page_cache.health.fault, page_cache.health.retries) == (True, "", 0)
        assert page_cache.health.last_fault
        assert page_cache.health.last_fault_ms == round(NOW.timestamp() * 1000)
    finally:
        ticker.stop()


def test_a_pulse_that_cannot_be_sent_does_not_end_the_ticks() -> None:
    def broken() -> None:
        raise RuntimeError("the loop is gone")

    ticker, page_cache = failing(Failing(), broken)
    ticker.start()
    try:
        assert until(lambda: page_cache.health.ticks >= 3)
        assert ticker.alive
    finally:
        ticker.stop()


# -------------------------------------------------------------------- what the service does between ticks
class Keeping(SourcePipeline):
    """A pipeline without its parts: only what housekeeping and a reload need."""

    def __init__(self, sync: Any) -> None:
        service = SimpleNamespace(rejected_share=0.05)
        self.settings: Any = SimpleNamespace(profile=SimpleNamespace(zone=UTC, scenes=(), service=service))
        self._sync, self.facts = (
            sync,
            SimpleNamespace(  # type: ignore[assignment]
                checkpoint=lambda: None, read_wide=None, look=lambda: None, forget_buffers=lambda: True
            ),
        )
        self._own: Any = SimpleNamespace(opened=lambda: self.facts, mend=lambda: None)
        self._done, self._again, self._reloaded = {}, {}, False
        self._fresh = None
        self._before, self._bar, self._looked_at_rejected = None, None, None
        self.page_cache: Any = SimpleNamespace(city="old", health=SimpleNamespace(rejected=()))

    def _read_city(self) -> None:
        self.page_cache.city = "new"


def test_what_is_rejected_is_counted_once_a_minute_and_after_each_load(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def tables(facts: Any, limit: float) -> list[str]:
        asked.append(limit)
        return [f"{len(asked)}"]

    monkeypatch.setattr("dashboard.pipeline.rejected_tables", tables)
    monkeypatch.setattr("dashboard.pipeline.ahead", lambda facts, now_ms: 0)
    sync = SimpleNamespace(loads=1, mapped=None, tick=lambda now: SyncReport(0, 0, 0, 0, 0.0))
    service, minute = Keeping(sync), NOW.replace(second=0, microsecond=0)
    for second in (0, 1, 59):
        service.sync(minute + timedelta(seconds=second))
    assert asked == [0.05]
    sync.loads = 2
    service.sync(minute + timedelta(seconds=59.5))
    assert len(asked) == 2
    service.sync(minute + timedelta(seconds=60))
    assert service.page_cache.health.rejected == ("3",)


def test_a_reload_by_reconcile_gives_the_numbers_the_new_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.pipeline.rejected_tables", lambda facts, limit: [])
    monkeypatch.setattr("dashboard.pipeline.ahead", lambda facts, now_ms: 0)
    sync = SimpleNamespace(
        loads=1, stale=lambda: False, mapped=None, tick=lambda now: SyncReport(0, 0, 0, 0, 0.0), note_read=lambda at: None
    )
    monkeypatch.setattr("dashboard.pipeline.reconcile", lambda sync, now, days: setattr(sync, "loads", 2))
    service = Keeping(sync)
    service.housekeeping(NOW)
    for minutes in range(1, 8):
        service.housekeeping(NOW + timedelta(minutes=minutes))
    assert service.sync(NOW).loaded
    assert service.sync(NOW).loaded, "until the grid is read"
    read_anew: Any = service.prepare(lambda what, done, total: None).city
    assert read_anew == "new"
    assert not service.sync(NOW).loaded


def test_a_tick_that_reads_the_first_start_tells_the_wall_what_is_mapped_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.pipeline.rejected_tables", lambda facts, limit: [])
    monkeypatch.setattr("dashboard.pipeline.ahead", lambda facts, now_ms: 0)

    def tick(now: datetime) -> Any:
        sync.mapped = {**sync.mapped, "action": frozenset({"enter", "start"})} if now > NOW else sync.mapped
        return SyncReport(1, 0, 0, 0, 0.0)

    sync = SimpleNamespace(loads=1, mapped={"action": frozenset({"enter"})}, tick=tick)
    service = Keeping(sync)
    assert not service.sync(NOW).loaded
    assert service.sync(NOW + timedelta(seconds=1)).loaded, "read anew, so that no panel goes on saying: not mapped"


def test_a_reconcile_that_failed_is_not_left_for_the_next_day(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def fails(sync: Any, now: datetime, days: int | None) -> None:
        if days is None:
            asked.append(now)
            if len(asked) == 1:
                raise SourceError("database is locked")

    monkeypatch.setattr("dashboard.pipeline.reconcile", fails)
    service = Keeping(SimpleNamespace(loads=1, note_read=lambda at: None))
    service.housekeeping(NOW)
    late = NOW + RECONCILE_ALL
    for name in ("checkpoint", "recent"):
        service._done[name] = late
    with pytest.raises(SourceError):
        service.housekeeping(late)
    service.housekeeping(late + timedelta(seconds=1))
    assert len(asked) == 1
    for name in ("checkpoint", "recent"):
        service._done[name] = late + AFTER_FAILURE
    service.housekeeping(late + AFTER_FAILURE)
    service.housekeeping(late + AFTER_FAILURE * 1.5)
    assert len(asked) == 2


def test_the_facts_are_opened_afresh_once_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    afresh: list[int] = []
    monkeypatch.setattr("dashboard.pipeline.reconcile", lambda sync, now, days: None)
    service = Keeping(SimpleNamespace(loads=1, note_read=lambda at: None))

    def forget() -> bool:
        afresh.append(1)
        return True

    service.facts.forget_buffers = forget  # type: ignore[union-attr, method-assign]
    for minute in range(130):
        service.housekeeping(NOW + timedelta(minutes=minute))
    assert len(afresh) == 2
