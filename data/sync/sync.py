"""Keeping the facts up with the source: a bulk load, then ticks over what changed.

A tick re-reads an overlap before the newest change stamp it has seen (rows are committed late, with older stamps),
drops in memory what it has read before, and derives every event anew that a changed row touches.  Rows and watermark
are written in one transaction.  What the overlap misses, ``data.sync.reconcile`` finds.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from data.city.city import City
from data.city.profile import Profile
from data.clock.calendar import BusinessClock
from data.clock.instants import ms
from data.errors import FactsFault, SourceFault
from data.facts.schema import schema_fingerprint
from data.facts.store import Facts
from data.facts.writer import DAY_MS, Writing
from data.query.needs import MAPPED, Mapped, mapped_of, to_text
from data.source.bulk import bulk
from data.source.columns import NONE, Frame, instant
from data.source.identity import ID_COLUMNS, identity
from data.source.mapping import check_mapping
from data.source.reader import Source
from data.source.reading import Reading
from data.source.rows import Rows
from data.source.spell import spell
from data.source.timestamps import spelled, spelling_of
from data.sync.delivered import delivered, widened
from data.sync.derive import Derived, derive
from data.sync.devices import Around
from data.sync.grid import grid_digest, grid_of
from data.sync.ledger import ledger_of, left_behind
from data.sync.load_pass import pass_events, pass_grid
from data.sync.shared_keys import sharing
from data.sync.usable import Fault, keyless
from data.types.arrays import Ints
from data.types.records import Given, GivenRow, Record

logger = logging.getLogger("gridwall")
Progress = Callable[[str, int, int], None]
_TABLES = ("event", "transition")
#: So many of the source's longest unchanged events say whether it is the database that the facts were read from.
ANCHORS = 20


class Mark(NamedTuple):
    """The newest change stamp that was read (never later than our own clock), and how the source spells stamps."""

    at_ms: int
    spelling: str


@dataclass(frozen=True)
class SyncReport:
    """``changed`` events were derived anew; ``newest_ms`` is the newest instant of a record up to now (-1 = none)."""

    changed: int
    faults: int
    newest_ms: int
    read_at_ms: int
    took_ms: float
    loaded: bool = False


class Sync:
    """One source into one facts store, for one city."""

    def __init__(self, source: Source, facts: Facts, city_profile: Profile, clock: BusinessClock) -> None:
        check_mapping(source.mapping, city_profile)
        self.source, self.facts, self.profile, self.clock = source, facts, city_profile, clock
        self.loads = 0  # how often everything was read since it was opened: positions may have moved
        self.mapped: Mapped | None = None  # what the mapping delivers; None = the facts do not say
        self._seen: dict[str, set[object]] = {t: set() for t in _TABLES}
        self._marks: dict[str, Mark] = {}
        self._faults = 0
        self._newest = -1
        self._floor: int | None = None
        self._ours_ms = 0  # our clock at the tick that is under way
        self._around = Around(source, facts)
        self._sure_of: int | None = None  # the file (0 = a server) that is known to be the one of the facts
        self._read_meta()

    # ---------------------------------------------------------------- state
    @property
    def fingerprints(self) -> dict[str, str]:
        """What the facts depend on; another one means a load."""
        return {
            "fingerprint.schema": schema_fingerprint(),
            "fingerprint.mapping": self.source.mapping.fingerprint,
            "fingerprint.profile": self.profile.fingerprint,
            "fingerprint.calendar": self.clock.fingerprint,
            "source": self.source.name,
        }

    def stale(self) -> list[str]:
        """Which fingerprints differ from those of the facts; [] = the facts are usable as they are."""
        meta = self.facts.meta()
        return [k for k, v in self.fingerprints.items() if meta.get(k) != v]

    @property
    def city(self) -> City:
        return City(self.profile, self.facts.grid(), mapped=self.mapped, ended=self.source.mapping.closed_log)

    def clock_now(self, now: datetime) -> datetime:
        """``now``; of a closed log the instant at which its clock stands: the newest record's, or the one that the mapping
        names."""
        if not self.source.mapping.closed_log:
            return now
        return datetime.fromtimestamp(self._as_of_ms(ms(now)) / 1000, tz=now.tzinfo)

    def read_at(self) -> datetime | None:
        """When the facts were last known to be up with the source; None before the first load."""
        at = self.facts.meta().get("read_at_ms")
        return None if at is None else datetime.fromtimestamp(int(at) / 1000, UTC)

    def note_read(self, at: datetime) -> None:
        """The facts were up with the source at ``at``: the last write may be long ago where nothing changes.  FactsFault."""
        if self._loaded:
            with self.facts.writing() as writing:
                writing.meta({"read_at_ms": str(ms(at))})

    def _read_meta(self) -> None:
        meta = self.facts.meta()
        self._marks = {t: Mark(*json.loads(meta[f"watermark.{t}"])) for t in _TABLES if f"watermark.{t}" in meta}
        self._newest, self._faults = int(meta.get("newest_ms", -1)), int(meta.get("faults", 0))
        self._floor = int(meta["oldest_running_ms"]) if meta.get("oldest_running_ms") else None
        self._loaded, self.mapped = "fingerprint.schema" in meta, mapped_of(meta)
        self._aged = int(meta.get("aged_day", -1))
        self._seen = {t: set() for t in _TABLES}

    # ---------------------------------------------------------------- the bulk load
    def load(self, now: datetime, progress: Progress = lambda what, done, total: None) -> None:
        """Read everything, beside the facts that are there, and swap.  An interrupted load leaves nothing behind but
        a file ``*.loading`` that the next one throws away.  Raises SourceFault, FactsFault."""
        before = self._newest, self._faults, self._marks, self._floor, self.mapped
        try:
            with self.source.within(self.source.limits.load_s):
                self._load(now, progress)
            self.loads += 1
        except BaseException:
            self._newest, self._faults, self._marks, self._floor, self.mapped = before  # those of the facts that stay
            raise

    def _load(self, now: datetime, progress: Progress) -> None:
        state = self.source.file_state() if self.source.mapping.static else ""
        now_ms = ms(now)
        progress("read", 0, 100)
        # Before the bulk read: what is committed in between is read again by the first tick, never lost.
        with self.source.reading() as reading:
            marks = {t: self._newest_of(reading, t, now_ms) for t in _TABLES}
            running = _ms_or_none(reading.oldest_running())
        with bulk(self.source) as whole:
            grid_frame = self.source.frame("grid", whole("grid")) if "grid" in self.source.mapping.tables else None
            events = self.source.frame("event", whole("event"))
            progress("read", 10, 100)
            transitions = self.source.frame("transition", whole("transition"))
        progress("read", 30, 100)
        self.mapped = delivered(self.source.columns, transitions)
        rows, faults = self._grid_rows(grid_frame)
        for _, code, _, detail in (f for f in faults if f[2] == "repaired_outline"):
            logger.warning("grid %s: %s", code, detail)
        grid = grid_of(rows)
        self._newest = _newest(events, transitions, now_ms)
        seen_ms = self._as_of_ms(now_ms)
        with self.facts.rebuilding() as beside:
            # A transaction a part: nobody reads this file before the swap, and a crash throws all of it away.
            for part in pass_events(events, transitions, self.profile, grid, self.clock):
                with beside.writing() as writing:
                    writing.insert(part.derived.events, part.derived.visits, ledger_of(part.events, part.log), seen_ms)
                faults.extend(part.derived.faults)
                progress("derive", 30 + 65 * (part.number + 1) // part.of, 100)
            with beside.writing() as writing:
                writing.grid(rows)
                self._faults = writing.faults({}, faults, now_ms)
                self._marks, self._floor = {t: m for t, m in marks.items() if m}, running
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
        pa.default_memory_pool().release_unused()  # the bulk read's; a server keeps running
        progress("done", 100, 100)

    def _newest_of(self, reading: Reading, table: str, now_ms: int) -> Mark | None:
        if self.source.mapping.static:
            return None
        newest = reading.newest(table)
        return None if newest is None else self._mark(newest, None, now_ms)

    def _mark(self, stamp: object, before: Mark | None, now_ms: int) -> Mark:
        """The watermark after a row stamped ``stamp``; a stamp from the future must not hide the rows until then."""
        at = min(instant(stamp, self.source.mapping.zone), now_ms)
        return Mark(max(at, before.at_ms if before else 0), spelling_of(stamp))

    def _as_of_ms(self, now_ms: int) -> int:
        mapping = self.source.mapping
        if mapping.as_of_ms is not None:
            return mapping.as_of_ms
        return self._newest if mapping.closed_log and self._newest > 0 else now_ms

    def _state(self, now_ms: int, faults: int) -> dict[str, str]:
        return {
            **{f"watermark.{t}": json.dumps(m) for t, m in self._marks.items()},
            "newest_ms": str(self._newest),
            "faults": str(faults),
            "read_at_ms": str(now_ms),
            "as_of": self.source.mapping.mapping.as_of,
            "as_of_ms": str(self._as_of_ms(now_ms)),
            "oldest_running_ms": str(self._floor or ""),
            **({MAPPED: to_text(self.mapped)} if self.mapped is not None else {}),
        }

    # ---------------------------------------------------------------- a tick
    def tick(self, now: datetime) -> SyncReport:
        """Bring the facts up to the source.  Raises SourceFault when it is away (the facts stay as they are), and
        FactsFault before the first load."""
        with self.source.within(self.source.limits.tick_s):
            return self._tick(now)

    def _tick(self, now: datetime) -> SyncReport:
        began = time.perf_counter()
        now_ms = ms(now)
        if not self._loaded:
            raise FactsFault(f"{self.facts.url}: nothing was loaded yet; load first")
        loaded = self._static_changed() if self.source.mapping.static else self._replaced()
        if loaded:
            inode = self.source.inode()
            self.load(now)
            changed, self._sure_of = self._loaded_events(), inode
        else:
            try:
                changed = 0 if self.source.mapping.static else self._tick_rows(now_ms)
            except SourceFault:
                self._sure_of = None
                raise
            self._age(now_ms)
            self._faults = self._around.look(now_ms, self._faults)
        took = (time.perf_counter() - began) * 1000
        return SyncReport(changed, self._faults, self._newest, now_ms, took, loaded)

    def _static_changed(self) -> bool:
        meta = self.facts.meta()
        state = self.source.file_state()
        if state:
            return state != meta.get("file_state")
        with self.source.reading() as reading:
            return json.dumps([reading.count(t) for t in _TABLES]) != meta.get("counts")

    def _replaced(self) -> bool:
        """Whether another database stands in the place of the one that the facts were read from: most of its events
        with the oldest change stamps are not those of the ledger, or it compares ids otherwise than it did.

        A tick would only ever read its newest rows.  It is asked at the first tick, after a fault, and when the file
        is another one.
        """
        inode = self.source.inode()
        if self._sure_of == inode:
            return False
        with self.source.reading() as reading:
            oldest = reading.oldest("event", ANCHORS)
        known = self.source.identity
        stamps = {known(i): instant(at, self.source.mapping.zone) // 1000 for i, at in oldest.rows if known(i) != NONE}
        held = f"eid IN ({', '.join(map(str, stamps))})" if stamps else "true"
        with self.facts.cursor() as cursor:
            sql = f"SELECT eid, stamp // 1000 FROM ledger WHERE tkey = -1 AND {held} LIMIT {ANCHORS + 1}"
            ours = dict(cursor.execute(sql).fetchall())
            stamped = cursor.execute("SELECT 1 FROM ledger WHERE tkey = -1 AND stamp > 0 LIMIT 1").fetchone()
        same = sum(ours.get(eid) == max(at, 0) for eid, at in stamps.items())
        compares = self.facts.meta().get("alike", "") != str(self.source.rules.alike)
        other = compares or (bool(stamped) and 2 * same < max(len(stamps), 1))
        if not other:
            self._sure_of = inode
        return other

    def compares_otherwise(self) -> bool:
        """Whether the source takes other spellings for one id than it did when the facts were read."""
        if self.source.mapping.static:
            return False
        with self.source.reading() as reading:
            self.source.learn(reading)
        return self.facts.meta().get("alike", "") != str(self.source.rules.alike)

    def _loaded_events(self) -> int:
        return int(json.loads(self.facts.meta().get("counts", "[0]"))[0])

    def _tick_rows(self, now_ms: int) -> int:
        fresh: dict[str, Rows] = {}
        seen: dict[str, set[object]] = {}
        self._ours_ms = now_ms
        with self.source.reading() as reading:
            running = _ms_or_none(reading.oldest_running())
            for table in _TABLES:
                fresh[table], seen[table] = self._fresh(reading, table)
            for place in ID_COLUMNS:
                if self.source.heed(reading, *place, fresh[place[0]].column(place[1])):
                    self._sure_of = None  # the next tick looks whether all must be read anew
            wanted = self._touched(fresh)
            # A row that went over to another event is gone from the one it was read of before.
            eids = wanted.keys() | self._left_behind(fresh["transition"])
            spell(reading, self.source, eids, wanted)
            batch = self.read_events(reading, wanted) if eids else None
            if batch is not None and (others := self.sharing(batch[1], eids)):
                eids = eids | others
                spell(reading, self.source, eids, wanted)
                batch = self.read_events(reading, wanted)
        marks = {**self._marks, **self._marks_after(fresh, now_ms)}
        floor, self._floor = self._floor, running
        try:
            if batch is not None:
                self.write(batch, eids, now_ms, marks)
            elif running != floor:
                with self.facts.writing() as writing:
                    writing.meta({"oldest_running_ms": str(running or "")})
        except BaseException:
            self._floor = floor
            raise
        self._marks, self._seen = marks, seen
        return len(eids)

    def _marks_after(self, fresh: dict[str, Rows], now_ms: int) -> dict[str, Mark]:
        marks = {}
        for table, rows in fresh.items():
            stamps = rows.column(self.source.mapping.tables[table].changed) if rows.rows else []  # type: ignore[index]
            usable = [s for s in stamps if instant(s, self.source.mapping.zone) > 0]
            if usable:
                newest = max(usable, key=lambda s: instant(s, self.source.mapping.zone))
                marks[table] = self._mark(newest, self._marks.get(table), now_ms)
        return marks

    def _fresh(self, reading: Reading, table: str) -> tuple[Rows, set[object]]:
        """Rows of the overlap that were not read before in this form, and all rows of the overlap.

        The whole row is compared, not its stamp: a stamp of whole seconds can stay while the row changes again.  A mark that
        lies ahead of our clock was made before that was set back: what is stamped since lies before it.
        """
        mark = self._marks.get(table)
        if mark is None:
            rows = reading.rows(reading.sql_of(table))
        else:
            since = min(mark.at_ms, self._ours_ms) - int(self.source.mapping.mapping.overlap.total_seconds() * 1000)
            since = since if self._floor is None else min(since, self._floor)
            rows = reading.changed(table, spelled(since, mark.spelling, self.source.mapping.zone))
        marked = [_comparable(r) for r in rows.rows]
        held = self._seen[table]
        fresh = [r for r, m in zip(rows.rows, marked, strict=True) if m not in held]
        return Rows(rows.columns, fresh), set(marked)

    def _left_behind(self, log: Rows) -> set[int]:
        pairs = zip(log.column("key"), log.column("event"), strict=True)
        rows = {identity(key): self.source.identity(event, "transition") for key, event in pairs}
        with self.facts.cursor() as cursor:
            return left_behind(cursor, rows)

    def sharing(self, log: Frame, eids: Iterable[int]) -> set[int]:
        """Events that must be read with ``eids``, whose rows in ``log`` have a key that they use too."""
        with self.facts.cursor() as cursor:
            return sharing(cursor, eids, log.ints("key"))

    def _touched(self, fresh: dict[str, Rows]) -> dict[int, Given]:
        """Identity -> how the rows spell the event (NONE among them: rows that name no event are faults, not nothing)."""
        wanted: dict[int, Given] = {}
        for table, column in ID_COLUMNS:
            for value in fresh[table].column(column):
                spelled_so = wanted.setdefault(self.source.identity(value, table), [])
                if value not in spelled_so:
                    spelled_so.append(value)
        return wanted

    def read_events(self, reading: Reading, wanted: dict[int, Given]) -> tuple[Frame, Frame]:
        """All that the source holds of the events ``wanted`` (identity -> spellings), also of an id that stands twice."""
        events = reading.by("event", "id", wanted)
        log = reading.by("transition", "event", wanted)
        return self.source.frame_of("event", events), self.source.frame_of("transition", log)

    def write(self, batch: tuple[Frame, Frame], eids: set[int], now_ms: int, marks: dict[str, Mark] | None = None) -> None:
        """Replace the facts of ``eids`` by what ``batch`` says (nothing = they are gone), in one transaction."""
        events, transitions = batch
        derived = derive(events, transitions, self.profile, self.facts.grid(), self.clock)
        before = self._newest, self._marks, self.mapped
        self.mapped = None if self.mapped is None else widened(self.mapped, transitions)
        self._newest = max(self._newest, _newest(events, transitions, now_ms))
        self._marks = marks if marks is not None else self._marks
        chosen = np.array(sorted(eids), np.int64)
        try:
            with self.facts.writing() as writing:
                self._write(writing, chosen, derived, events, transitions, now_ms)
        except BaseException:
            self._newest, self._marks, self.mapped = before
            raise

    def _write(self, writing: Writing, eids: Ints, derived: Derived, events: Frame, transitions: Frame, now_ms: int) -> None:
        keys = {*writing.ledger_keys(eids).tolist(), *transitions.ints("key").tolist(), *map(keyless, eids.tolist())}
        found: list[Fault] = derived.faults
        writing.upsert(eids, derived.events, derived.visits, ledger_of(events, transitions), self._as_of_ms(now_ms))
        self._faults = writing.faults({"event": eids.tolist(), "transition": keys}, found, now_ms)
        writing.meta(self._state(now_ms, self._faults))

    def _age(self, now_ms: int) -> None:
        """Once a day what has cooled moves to the cold tables."""
        day = self._as_of_ms(now_ms) // DAY_MS
        if self._aged < day:
            with self.facts.writing() as writing:
                writing.age(self._as_of_ms(now_ms))
                writing.meta({"aged_day": str(day)})
            self._aged = day

    # ---------------------------------------------------------------- the second look
    def grid_differs(self) -> bool:
        """Whether the source's grid is another than the one the facts stand on."""
        if "grid" not in self.source.mapping.tables:
            return False
        with self.source.reading() as reading:
            frame = self.source.frame_of("grid", reading.rows(reading.sql_of("grid")))
        return grid_digest(self._grid_rows(frame)[0]) != self.facts.meta().get("grid")

    def _grid_rows(self, frame: Frame | None) -> tuple[Record, list[Fault]]:
        return pass_grid(frame, self.profile, self.source.mapping)


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


def _comparable(row: GivenRow) -> object:
    """What stands for a row in a set: itself, or its text where it holds a list or a map."""
    try:
        hash(row)
    except TypeError:
        return repr(row)
    return row


def _ms_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else ms(moment)


__all__ = ["Progress", "Sync", "SyncReport"]
