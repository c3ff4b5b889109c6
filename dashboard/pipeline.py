"""The pipeline from the source to the facts and to the snapshot reader: opened, loaded, kept consistent between ticks."""

from __future__ import annotations

import contextlib
import ctypes
import gzip
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from callbacks.wall.page_cache import PageCache
from callbacks.wall.source_health import not_yet
from dashboard.clock import now
from dashboard.own_facts import OwnFacts
from dashboard.progress import LoadBar
from dashboard.settings import Settings
from data.city.city import City
from data.city.map_context import layer_or_none
from data.clock.calendar import clock_of
from data.clock.instants import ms
from data.errors import GridWallError
from data.facts.case_reads import Guard
from data.facts.row_faults import ahead
from data.facts.store import Facts
from data.metrics import METRICS
from data.query.needs import mapped_of
from data.reading.snapshot import SnapshotReader
from data.source.questions import Waiting
from data.source.reader import Source
from data.sync.reconcile import reconcile
from data.sync.rejected import rejected_tables
from data.sync.report import SyncReport
from data.sync.sync import Sync
from data.text import Text
from geo.pack import pack, pack_outline
from layouts.panels import PANELS, grid_heat
from layouts.text.behind import behind

log = logging.getLogger("gridwall")
#: Between ticks: how often the newest days are reconciled, how often all of them, how often the facts file is checkpointed.
RECONCILE_RECENT, RECONCILE_ALL, CHECKPOINT_EVERY = timedelta(minutes=5), timedelta(hours=24), timedelta(minutes=4)
#: How often the facts file is reopened after a checkpoint, which frees the memory that DuckDB accumulates.
AFRESH_EVERY = timedelta(hours=1)
#: A failed job does not wait for its next period (a day): it is retried after this.
AFTER_FAILURE = timedelta(minutes=5)
#: Local hour at which all days are reconciled: it takes seconds, by which the wall is late.
RECONCILE_ALL_AT = 3


class SourcePipeline:
    """What the ticker drives (``dashboard.ticker.Pipeline``): one source, its sync, and the facts it writes.

    ``before`` runs once, before the source is first opened (a demo city is created there); ``bar`` shows the load at a
    terminal; ``new_grid`` is called whenever the grid was reloaded.
    """

    def __init__(
        self,
        settings: Settings,
        page_cache: PageCache,
        before: Callable[[Callable[[str, int, int], None]], None] | None = None,
        bar: LoadBar | None = None,
        new_grid: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings, self.page_cache, self.clock = settings, page_cache, clock_of(settings.profile)
        self.facts: Facts | None = None
        self._before, self._bar, self._new_grid = before, bar, new_grid
        self._own = OwnFacts(settings, page_cache.health)
        self._sync: Sync | None = None
        self._geometry: dict[tuple[int, str], bytes] = {}
        self._done: dict[str, datetime] = {}
        self._again: dict[str, datetime] = {}
        self._reloaded = False
        self._looked_at_rejected: tuple[int, int] | None = None
        page_cache.health.waiting = self.waiting

    def ready(self) -> Facts:
        """The facts, once a snapshot was drawn from them.  Raises NotYetError before that, with the progress of the load."""
        if self.facts is None or self.page_cache.snapshot is None:
            raise not_yet(self.page_cache.health)
        return self.facts

    def own_facts(self) -> Facts:
        """The facts, opened at the first call: from then on no other process serves them.  Raises FactsError.

        A damaged file of ours is moved away and rebuilt from the source; one set by the user may be somebody else's.
        """
        self.facts = self._own.opened()
        self.facts.guard = Guard()
        return self.facts

    def prepare(self, progress: Callable[[str, int, int], None]) -> SnapshotReader:
        """Open the source and the facts, load what is missing, read the grid."""
        if self._bar is None:
            return self._prepare(progress)
        with self._bar as bar:  # shows the progress at a terminal, as the screens do

            def told(what: str, done: int, total: int) -> None:
                bar(what, done, total)
                progress(what, done, total)

            return self._prepare(told)

    def _prepare(self, progress: Callable[[str, int, int], None]) -> SnapshotReader:
        facts = self.own_facts()
        self._own.mend()
        if self._before is not None:
            self._before(progress)
            self._before = None
        if self._sync is None:
            self._sync = open_pipeline(self.settings, facts)
        if self._sync.stale():
            self._sync.load(now(), progress)
        self._read_city()
        self._reloaded = False
        give_back_memory()
        drawn = {p: PANELS[p] for s in self.settings.profile.scenes for p in s.panels if p in PANELS}
        wanted = {m for p in drawn.values() for m in (p.metric, *p.also)}
        return SnapshotReader(facts.read_wide, self.page_cache.city, {m: METRICS[m] for m in METRICS if m in wanted})

    def _read_city(self) -> None:
        """Grid, packed geometry by level (0 = the outline), labels, the land below; each under a version in its URL."""
        assert self.facts is not None
        grid = self.facts.grid()
        binaries: dict[int, bytes] = {}
        for level in range(1, int(grid.level.max()) + 1) if len(grid.code) else ():
            cells = self.facts.geometry(level)
            if cells:
                binaries[level] = pack(cells)
                if level == 1:
                    binaries[0] = pack_outline(cells)
        assert self._sync is not None
        bare = replace(self._sync.city, grid=grid, secret=self.page_cache.city.secret)
        if binaries:
            binaries.update({place: grid_heat.labels(bare, lang) for lang, place in grid_heat.LABELS_AT.items()})
            land = layer_or_none(self.settings.profile.map.context)
            binaries.update({grid_heat.CONTEXT_AT: land} if land is not None else {})
        versions = {place: grid_heat.geometry_version(binary) for place, binary in binaries.items()}
        self._geometry = {(p, versions[p]): gzip.compress(b, 6, mtime=0) for p, b in binaries.items()}
        self.page_cache.city = replace(bare, geometry=versions)
        self._new_grid()
        self.page_cache.head = {"badges": self.badges()}

    def sync(self, moment: datetime) -> SyncReport:
        """One tick of the source.  A reload (another file or database, another grid), including one by ``housekeeping``, is
        reported until ``prepare`` has read the new grid: positions of the old one would name wrong cells.
        """
        assert self._sync is not None
        assert self.facts is not None
        self.facts.look()
        before = self._sync.mapped
        report = self._sync.tick(moment)
        # a log with its first "start" supplies figures that it did not before: the wall's "not mapped" is updated
        self._reloaded = self._reloaded or report.loaded or self._sync.mapped is not before
        self._look_at_rejected(moment)
        return replace(report, loaded=self._reloaded)

    def _look_at_rejected(self, moment: datetime) -> None:
        """Once a minute and after each load: check whether more rows of a table are rejected than the city allows."""
        assert self._sync is not None
        assert self.facts is not None
        due = (self._sync.loads, int(moment.timestamp() // 60))
        if due != self._looked_at_rejected:
            self.page_cache.health.rejected = tuple(rejected_tables(self.facts, self.settings.profile.service.rejected_share))
            self.page_cache.health.ahead = ahead(self.facts, ms(moment))
            self._looked_at_rejected = due

    def as_of(self, moment: datetime) -> datetime:
        """The instant the numbers are for: now, or the newest record of a closed log if the mapping says so."""
        return self._sync.clock_now(moment) if self._sync is not None else moment

    def held(self) -> datetime | None:
        """When the facts were last in sync with the source; None before the first load, and for facts of another city, mapping
        or version, which must be reloaded."""
        if self.facts is None or self._sync is None or self._sync.stale():
            return None
        return self._sync.read_at()

    def desk_as_of(self) -> datetime:
        """The instant that desk queries are answered for: as ``as_of``; while the source is away, when it was last read."""
        health, moment = self.page_cache.health, now()
        if not health.source_ok and health.checked_ms:
            moment = min(moment, datetime.fromtimestamp(health.checked_ms / 1000, UTC))
        return self.as_of(moment)

    def behind(self) -> Text | None:
        """Notice above figures that are not current; None while the source is read."""
        health = self.page_cache.health
        return None if health.source_ok else behind(health.kind, health.checked_ms, self.settings.profile.zone, health.words)

    def housekeeping(self, moment: datetime) -> None:
        """Between ticks, at most one of: fold the log into the facts file, reconcile the newest days, reconcile all."""
        sync, facts = self._sync, self.facts
        assert sync is not None
        assert facts is not None
        jobs: tuple[tuple[str, timedelta, Callable[[], object]], ...] = (
            ("checkpoint", CHECKPOINT_EVERY, lambda: self._checkpoint(sync, facts, moment)),
            ("recent", RECONCILE_RECENT, lambda: self._reconcile(sync, moment, 3)),
            ("all", RECONCILE_ALL, lambda: self._reconcile(sync, moment, None)),
        )
        hour = moment.astimezone(self.settings.profile.zone).hour
        for name, every, job in jobs:
            last = self._done.setdefault(name, moment)
            again = self._again.get(name)
            if last > moment:  # the clock was set back: restart the period, or nothing would run for that long
                last = self._done[name] = moment
                if again is not None:
                    again = self._again[name] = min(again, moment + AFTER_FAILURE)
            if (
                moment - last >= every
                or (again is not None and moment >= again)
                or (name == "all" and hour == RECONCILE_ALL_AT and moment - last > timedelta(hours=2))
            ):
                self._done[name], self._again[name] = moment, moment + AFTER_FAILURE
                job()
                del self._again[name]
                return

    def _checkpoint(self, sync: Sync, facts: Facts, moment: datetime) -> None:
        sync.note_read(moment)
        facts.checkpoint()
        if abs(moment - self._done.setdefault("afresh", moment)) >= AFRESH_EVERY and facts.forget_buffers():
            self._done["afresh"] = moment
            give_back_memory()

    def _reconcile(self, sync: Sync, moment: datetime, days: int | None) -> None:
        before = sync.loads
        reconcile(sync, moment, days)
        self._reloaded = self._reloaded or sync.loads != before

    def geometry(self, level: int, version: str) -> bytes | None:
        return self._geometry.get((level, version))

    def badges(self) -> tuple[str, ...]:
        """Badges for the whole city at the top of every screen: demo, example configuration, closed log, missing calendar."""
        profile = self.settings.profile
        badges = ["demo"] if profile.city.demo else []
        lists = (profile.levels, profile.stages, profile.channels, profile.departments, profile.categories)
        if any(item.example for part in lists for item in part):
            badges.append("example")
        if self.settings.mapping.mapping.as_of == "newest":
            badges.append("history")
        if bool(np.any(self.clock.provisional(np.array([ms(now() + timedelta(days=45))], np.int64)))):
            badges.append("calendar")
        return tuple(badges)

    def waiting(self) -> Waiting | None:
        """The query that the source has not answered yet; None if there is none."""
        return self._sync.source.waiting() if self._sync is not None else None

    def break_off(self) -> None:
        """Stop waiting for the source, and send it no more queries."""
        if self._sync is not None:
            self._sync.source.stop()

    def close(self) -> None:
        """Record how far the facts are in sync with the source, and close them; no tick may run any more."""
        if self.facts is None:
            return
        if self._sync is not None and self.page_cache.health.source_ok:
            with contextlib.suppress(GridWallError):
                self._sync.note_read(datetime.fromtimestamp(self.page_cache.health.checked_ms / 1000, UTC))
        self.facts.close()


def open_pipeline(settings: Settings, facts: Facts) -> Sync:
    """The sync of these settings' source into ``facts``, not loaded yet.  Raises SourceError if it cannot be opened."""
    source = Source.open(settings.source, settings.mapping, settings.limits)
    return Sync(source, facts, settings.profile, clock_of(settings.profile))


def city_of(settings: Settings, facts: Facts, secret: str = "") -> City:
    """The city of these facts; ``secret``: the state store's value of ``SECRET``, for the counts of sensitive cases."""
    return City(settings.profile, facts.grid(), mapped=mapped_of(facts.meta()), ended=settings.mapping.closed_log, secret=secret)


def give_back_memory() -> None:
    """Return the heap of a bulk load to the system: it is several times what the ticks need.  Linux with glibc only."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
