"""Keep the facts up to date with the source: a bulk load, then ticks over what changed.

A tick reads what is new (``data.sync.unread``) and derives every event touched by a changed row from scratch.  Rows and watermark
are written in one transaction.  What the overlap misses, ``data.sync.reconcile`` finds.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from data.city.city import City
from data.city.profile import Profile
from data.clock.calendar import BusinessClock
from data.clock.instants import ms
from data.errors import FactsError, SourceError
from data.facts.schema import schema_fingerprint
from data.facts.store import Facts
from data.facts.writer import DAY_MS, Writing
from data.query.needs import MAPPED, Mapped, mapped_of, to_text
from data.source.bulk import bulk
from data.source.columns import NONE, Frame
from data.source.identity import ID_COLUMNS
from data.source.mapping import check_mapping
from data.source.reader import Source
from data.source.spell import spell
from data.sync.batch import Batch, read_batch, touched
from data.sync.delivered import delivered, widened
from data.sync.derive import Derived, derive
from data.sync.devices import Around
from data.sync.grid import grid_digest, grid_of
from data.sync.load_pass import pass_events, pass_grid
from data.sync.report import SyncReport
from data.sync.row_versions import row_versions_of
from data.sync.same_database import SameDatabase
from data.sync.unread import Unread, Watermarks
from data.sync.usable import Fault, keyless
from data.types.arrays import Ints

logger = logging.getLogger("gridwall")
Progress = Callable[[str, int, int], None]


class Sync:
    """One source feeding one facts store, for one city."""

    def __init__(self, source: Source, facts: Facts, city_profile: Profile, clock: BusinessClock) -> None:
        check_mapping(source.mapping, city_profile)
        self.source, self.facts, self.profile, self.clock = source, facts, city_profile, clock
        self.loads = 0  # full loads since it was opened: positions may have changed
        self.mapped: Mapped | None = None  # what the mapping delivers; None = not recorded in the facts
        self.database = SameDatabase(source, facts)
        self._unread = Unread(source)
        self._read_to = Watermarks({}, None)
        self._faults = 0
        self._newest = -1
        self._around = Around(source, facts)
        self._read_meta()

    # ---------------------------------------------------------------- state
    @property
    def fingerprints(self) -> dict[str, str]:
        """What the facts depend on; a changed one requires a load."""
        return {
            "fingerprint.schema": schema_fingerprint(),
            "fingerprint.mapping": self.source.mapping.fingerprint,
            "fingerprint.profile": self.profile.fingerprint,
            "fingerprint.calendar": self.clock.fingerprint,
            "source": self.source.name,
        }

    def stale(self) -> list[str]:
        """Which fingerprints differ from those of the facts; [] = the facts can be used as they are."""
        meta = self.facts.meta()
        return [k for k, v in self.fingerprints.items() if meta.get(k) != v]

    @property
    def city(self) -> City:
        return City(self.profile, self.facts.grid(), mapped=self.mapped, ended=self.source.mapping.closed_log)

    def clock_now(self, now: datetime) -> datetime:
        """``now``; if the mapping fixes the clock (``as_of``), the instant at which it stands: the newest record's, or the one
        that the mapping names."""
        if not self.source.mapping.closed_log:
            return now
        return datetime.fromtimestamp(self._as_of_ms(ms(now)) / 1000, tz=now.tzinfo)

    def read_at(self) -> datetime | None:
        """When the facts were last known to be up to date with the source; None before the first load."""
        at = self.facts.meta().get("read_at_ms")
        return None if at is None else datetime.fromtimestamp(int(at) / 1000, UTC)

    def note_read(self, at: datetime) -> None:
        """Record that the facts were up to date at ``at``: the last write may be long ago.  Raises FactsError."""
        if self._loaded:
            with self.facts.writing() as writing:
                writing.meta({"read_at_ms": str(ms(at))})

    def _read_meta(self) -> None:
        meta = self.facts.meta()
        self._read_to = Watermarks.of(meta)
        self._newest, self._faults = int(meta.get("newest_ms", -1)), int(meta.get("faults", 0))
        self._loaded, self.mapped = "fingerprint.schema" in meta, mapped_of(meta)
        self._aged = int(meta.get("aged_day", -1))
        self._unread.forget()

    # ---------------------------------------------------------------- the bulk load
    def load(self, now: datetime, progress: Progress = lambda what, done, total: None) -> None:
        """Read everything into a new file beside the existing facts, and swap.  An interrupted load leaves only a file
        ``*.loading`` behind, which the next one discards.  Raises SourceError, FactsError."""
        before = self._newest, self._faults, self._read_to, self.mapped
        try:
            with self.source.within(self.source.limits.load_s):
                self._load(now, progress)
            self.loads += 1
        except BaseException:
            self._newest, self._faults, self._read_to, self.mapped = before  # restore those of the facts that stay
            raise

    def _load(self, now: datetime, progress: Progress) -> None:
        state = self.source.file_state() if self.source.mapping.static else ""
        now_ms = ms(now)
        progress("read", 0, 100)
        # Before the bulk read: what is committed meanwhile is read again by the first tick, never lost.
        with self.source.reading() as reading:
            read_to = self._unread.newest(reading, now_ms)
        with bulk(self.source) as whole:
            grid_frame = self.source.frame("grid", whole("grid")) if "grid" in self.source.mapping.tables else None
            events = self.source.frame("event", whole("event"))
            progress("read", 10, 100)
            transitions = self.source.frame("transition", whole("transition"))
        progress("read", 30, 100)
        self.mapped = delivered(self.source.columns, transitions)
        rows, faults = pass_grid(grid_frame, self.profile, self.source.mapping)
        for _, code, _, detail in (f for f in faults if f[2] == "repaired_outline"):
            logger.warning("grid %s: %s", code, detail)
        grid = grid_of(rows)
        self._newest = _newest(events, transitions, now_ms)
        seen_ms = self._as_of_ms(now_ms)
        with self.facts.rebuilding() as beside:
            # One transaction per part: nobody reads this file before the swap, and after a crash all of it is discarded.
            for part in pass_events(events, transitions, self.profile, grid, self.clock):
                with beside.writing() as writing:
                    writing.insert(part.derived.events, part.derived.visits, row_versions_of(part.events, part.log), seen_ms)
                faults.extend(part.derived.faults)
                progress("derive", 30 + 65 * (part.number + 1) // part.of, 100)
            with beside.writing() as writing:
                writing.grid(rows)
                self._faults = writing.faults({}, faults, now_ms)
                self._read_to = read_to
                writing.meta(
                    {
                        **self.fingerprints,
                        **self._state(now_ms, self._faults),
                        "file_state": state,
                        "grid": grid_digest(rows),
                        "aged_day": str(seen_ms // DAY_MS),
                        "counts": json.dumps([events.n, transitions.n]),
                        "alike": str(self.source.rules.alike),
                        "never": json.dumps(_nevers(events, transitions)),
                    }
                )
            progress("write", 98, 100)
        self._read_meta()
        self._around.forget()
        del events, transitions
        pa.default_memory_pool().release_unused()  # memory of the bulk read; a server keeps running
        progress("done", 100, 100)

    def _as_of_ms(self, now_ms: int) -> int:
        mapping = self.source.mapping
        if mapping.as_of_ms is not None:
            return mapping.as_of_ms
        return self._newest if mapping.closed_log and self._newest > 0 else now_ms

    def _state(self, now_ms: int, faults: int) -> dict[str, str]:
        return {
            **self._read_to.meta(),
            "newest_ms": str(self._newest),
            "faults": str(faults),
            "read_at_ms": str(now_ms),
            "as_of": self.source.mapping.mapping.as_of,
            "as_of_ms": str(self._as_of_ms(now_ms)),
            **({MAPPED: to_text(self.mapped)} if self.mapped is not None else {}),
        }

    # ---------------------------------------------------------------- a tick
    def tick(self, now: datetime) -> SyncReport:
        """Bring the facts up to date with the source.  Raises SourceError when it is unreachable (the facts stay as they are),
        and FactsError before the first load."""
        with self.source.within(self.source.limits.tick_s):
            return self._tick(now)

    def _tick(self, now: datetime) -> SyncReport:
        began = time.perf_counter()
        now_ms = ms(now)
        if not self._loaded:
            raise FactsError(f"{self.facts.url}: nothing was loaded yet; load first")
        loaded = self.database.replaced()
        if loaded:
            inode = self.source.inode()
            self.load(now)
            changed = self._loaded_events()
            self.database.trust(inode)
        else:
            try:
                changed = 0 if self.source.mapping.static else self._tick_rows(now_ms)
            except SourceError:
                self.database.doubt()
                raise
            self._age(now_ms)
            self._faults = self._around.look(now_ms, self._faults)
        took = (time.perf_counter() - began) * 1000
        return SyncReport(changed, self._faults, self._newest, now_ms, took, loaded)

    def _loaded_events(self) -> int:
        return int(json.loads(self.facts.meta().get("counts", "[0]"))[0])

    def _tick_rows(self, now_ms: int) -> int:
        with self.source.reading() as reading:
            fresh = self._unread.fresh(reading, self._read_to, now_ms)
            for place in ID_COLUMNS:
                if self.source.heed(reading, *place, fresh.rows[place[0]].column(place[1])):
                    self.database.doubt()  # the next tick checks whether a full reload is needed
            eids, wanted = touched(self.source, self.facts, fresh.rows)
            spell(reading, self.source, eids, wanted)
            batch = read_batch(reading, self.source, self.facts, eids, wanted) if eids else None
        if batch is not None:
            self.write(batch, now_ms, fresh.read_to)
        elif fresh.read_to.running_ms != self._read_to.running_ms:
            with self.facts.writing() as writing:
                writing.meta(fresh.read_to.meta())
        self._read_to = fresh.read_to
        self._unread.keep(fresh)
        return 0 if batch is None else len(batch.eids)

    def write(self, batch: Batch, now_ms: int, read_to: Watermarks | None = None) -> None:
        """Replace the facts of the batch's events by the batch's rows (no rows = removed), in one transaction."""
        eids, events, transitions = batch
        derived = derive(events, transitions, self.profile, self.facts.grid(), self.clock)
        before = self._newest, self._read_to, self.mapped
        self.mapped = None if self.mapped is None else widened(self.mapped, transitions)
        self._newest = max(self._newest, _newest(events, transitions, now_ms))
        self._read_to = read_to if read_to is not None else self._read_to
        chosen = np.array(sorted(eids), np.int64)
        try:
            with self.facts.writing() as writing:
                self._write(writing, chosen, derived, events, transitions, now_ms)
        except BaseException:
            self._newest, self._read_to, self.mapped = before
            raise

    def _write(self, writing: Writing, eids: Ints, derived: Derived, events: Frame, transitions: Frame, now_ms: int) -> None:
        keys = {*writing.keys_of_row_versions(eids).tolist(), *transitions.ints("key").tolist(), *map(keyless, eids.tolist())}
        found: list[Fault] = derived.faults
        writing.upsert(eids, derived.events, derived.visits, row_versions_of(events, transitions), self._as_of_ms(now_ms))
        self._faults = writing.faults({"event": eids.tolist(), "transition": keys}, found, now_ms)
        writing.meta(self._state(now_ms, self._faults))

    def _age(self, now_ms: int) -> None:
        """Once a day, move what has cooled to the cold tables."""
        day = self._as_of_ms(now_ms) // DAY_MS
        if self._aged < day:
            with self.facts.writing() as writing:
                writing.age(self._as_of_ms(now_ms))
                writing.meta({"aged_day": str(day)})
            self._aged = day


def _newest(events: Frame, transitions: Frame, now_ms: int) -> int:
    found = [NONE]
    of_event = (events.ints(name) for name in ("reported_at", "closed_at", "first_contact_at", "called_back_at"))
    for at in (*of_event, transitions.ints("at")):
        past = at[at <= now_ms]
        found.append(int(past.max(initial=NONE)))
    return max(found)


def _nevers(*frames: Frame) -> dict[str, int]:
    """ "table.column" -> how many of its times say "has not happened" (as of the load)."""
    return {f"{frame.table}.{column}": n for frame in frames for column, n in frame.nevers().items()}


__all__ = ["Progress", "Sync"]
