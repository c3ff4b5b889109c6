"""The tick: read what changed, read every metric once, draw, notify the screens.  One supervised thread, never silent.

The source is polled several times within a tick, and the first change found is drawn at once: a commit in an otherwise quiet
second need not wait for its end.  A pulse goes out with every drawing, and at least every tick.

It owns the facts (one writer, no conflicts).  A fault is shown with its age and retried; meanwhile the last good snapshot
stays on the screens.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from callbacks.wall.page_cache import PageCache
from data.clock.instants import ms
from data.errors import DamagedFactsError, DiskError, FactsError, GridWallError, SourceError
from data.reading.snapshot import SnapshotReader
from data.secrets.masking import masked
from data.sync.report import SyncReport

log = logging.getLogger("gridwall.tick")

#: Without changes the figures are still recomputed this often: limits pass, hours turn, ages grow.
DUE_EVERY = timedelta(seconds=5)
#: Polls of the source within a tick; a poll that finds nothing new costs the source a few indexed rows.
POLLS = 4
#: Two drawings are at least half a tick apart, and a whole tick once this many screens fetch each of them.
MANY_SCREENS = 100
#: Maximum number of scopes below town level read at once: each costs about a whole tick, so they take turns.
BELOW_AT_ONCE = 1
#: Wait (s) before the next retry after 1, 2, 3 ... consecutive failures.  A try may itself take some seconds (an unanswered
#: connection); the wall is current 5 s after the cause has ended.
RETRY_S = (1.0, 1.0, 1.0, 2.0)
#: Maximum time (s) that stopping waits for a hanging tick.
STOP_S = 2.0


class Pipeline(Protocol):
    """What the ticker drives; ``dashboard.pipeline.SourcePipeline`` implements it with a source, its sync and the facts."""

    def prepare(self, progress: Callable[[str, int, int], None]) -> SnapshotReader: ...
    def sync(self, now: datetime) -> SyncReport: ...
    def housekeeping(self, now: datetime) -> None: ...
    def as_of(self, now: datetime) -> datetime: ...
    def held(self) -> datetime | None: ...


class Ticker:
    """Drives ``pipeline`` on a thread of its own until ``stop``; ``screens()``: number of connected screens."""

    def __init__(
        self,
        pipeline: Pipeline,
        page_cache: PageCache,
        announce: Callable[[], None],
        screens: Callable[[], int],
        now: Callable[[], datetime],
        tick_s: float,
    ) -> None:
        self.pipeline, self.page_cache, self.announce, self.screens, self.now = pipeline, page_cache, announce, screens, now
        self.tick_s = tick_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name="tick", daemon=True)
        self._reader: SnapshotReader | None = None
        self._last_read: datetime | None = None
        self._below_read: dict[str, datetime] = {}
        self._noted = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_S)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _supervise(self) -> None:
        failures, announced = 0, float("-inf")
        while not self._stop.is_set():
            started = time.perf_counter()
            drawn = True
            try:
                drawn = self.once()
                failures = 0
                wait = self._gap() if drawn else self.tick_s / POLLS
            except BaseException as error:  # any error: shown on every screen, logged, retried
                failures += 1
                wait = RETRY_S[min(failures, len(RETRY_S)) - 1]
                self._fault(error, failures, wait)
            if drawn or time.perf_counter() - announced >= 0.95 * self.tick_s:
                announced = time.perf_counter()
                try:
                    self.announce()
                except Exception:  # the hub has its own heartbeat; the ticks go on
                    log.exception("a pulse was not sent")
            self._stop.wait(max(0.02, wait - (time.perf_counter() - started)))

    def _gap(self) -> float:
        return self.tick_s if self.screens() > MANY_SCREENS else self.tick_s / 2

    def once(self) -> bool:
        """Read the source, and draw if something changed or came due; returns whether it drew.

        The first call also opens and loads the facts.
        """
        health = self.page_cache.health
        fresh = self._reader is None
        if self._reader is None:

            def progress(what: str, done: int, total: int) -> None:
                health.loading = (what, done, total)
                if done and health.kind == "source":  # it has answered since its last fault
                    health.fault, health.kind, health.words = "", "", None
                self.announce()

            self._reader = self.pipeline.prepare(progress)
            health.loading = None
            if self.page_cache.snapshot is None:
                self._draw_held(DUE_EVERY)  # the source may take long to answer
        started = time.perf_counter()
        now = self.now()
        try:
            report = self.pipeline.sync(now)
        except GridWallError:
            self._draw_held()
            raise
        reloaded = bool(getattr(report, "loaded", False))
        if reloaded:
            self._reader = None  # the grid may be another one, even if reading it fails now
            self._reader = self.pipeline.prepare(lambda what, done, total: None)
        below = self.page_cache.below()
        self._below_read = {s: at for s, at in self._below_read.items() if s in below and at <= now}
        last, noted = self._last_read, self.page_cache.acknowledged.version if self.page_cache.acknowledged else 0
        draws = bool(
            report.changed
            or noted != self._noted
            or reloaded
            or fresh
            or last is None
            or not last <= now < last + DUE_EVERY
            or any(s not in self._below_read or now - self._below_read[s] >= DUE_EVERY for s in below)
        )
        if draws:
            as_of = self.pipeline.as_of(now)
            turn = tuple(sorted(below, key=lambda s: (s in self._below_read, self._below_read.get(s, now))))[:BELOW_AT_ONCE]
            self.page_cache.refresh(self._reader.read(as_of, turn, stale=reloaded, keep=below))
            self._below_read.update(dict.fromkeys(turn, now))
            self._last_read, self._noted = now, noted
            self.page_cache.follow(ms(now))
        health.source_ok, health.fault, health.kind, health.retries, health.loading = True, "", "", 0, None
        health.words = None
        health.as_of_ms, health.checked_ms = ms(self.pipeline.as_of(now)), ms(now)
        health.faulty_rows = int(getattr(report, "faults", 0))
        health.ticks += 1
        if draws:
            health.tick_ms = (time.perf_counter() - started) * 1000
        self.pipeline.housekeeping(now)
        return draws

    def _draw_held(self, older: timedelta = timedelta()) -> None:
        """Draw without the source, as of the instant when the facts were last in sync with it (if at least ``older`` ago);
        also when a watched scope was not read then, or something was acknowledged since."""
        page_cache, health = self.page_cache, self.page_cache.health
        below, noted = page_cache.below(), page_cache.acknowledged.version if page_cache.acknowledged else 0
        unread = tuple(s for s in below if s not in self._below_read)[:BELOW_AT_ONCE]
        if self._reader is None or (page_cache.snapshot is not None and not unread and noted == self._noted):
            return
        if page_cache.snapshot is None:
            held = self.pipeline.held()
            if held is None or self.now() - held < older:
                return
            as_of = self.pipeline.as_of(held)
            health.as_of_ms, health.checked_ms = ms(as_of), ms(held)
        else:
            as_of = page_cache.snapshot.now
        page_cache.refresh(self._reader.read(as_of, unread, keep=below))
        self._below_read.update(dict.fromkeys(unread, as_of))
        self._noted = noted

    def _fault(self, error: BaseException, failures: int, wait: float) -> None:
        health = self.page_cache.health
        said = masked(next(iter(str(error).splitlines()), ""))
        text = said if said and isinstance(error, GridWallError) else f"{type(error).__name__}: {said}"
        if text != health.fault:
            log.error("tick failed: %s", error, exc_info=not isinstance(error, GridWallError))
        health.source_ok, health.fault, health.retries, health.loading = False, text[:200], failures, None
        health.kind, health.words = kind_of(error), error.words if isinstance(error, SourceError) else None
        if isinstance(error, DamagedFactsError):
            self._reader = None  # the file is replaced and reloaded
        now = ms(self.now())
        health.last_fault, health.last_fault_ms = health.fault, now
        health.last_fault_zh = error.zh.splitlines()[0][:200] if isinstance(error, GridWallError) and error.zh else text[:200]
        health.retry_at_ms = now + round(wait * 1000)


def kind_of(error: BaseException) -> str:
    """The key of ``layouts.text.behind.FAULTS`` under which every screen reports it."""
    if isinstance(error, DiskError):
        return "read_only" if error.read_only else "disk_full"
    if isinstance(error, DamagedFactsError):
        return "damaged"
    return "source" if isinstance(error, SourceError) else "facts" if isinstance(error, FactsError) else "internal"
