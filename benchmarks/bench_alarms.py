"""alarms.*: a day of the demo city as its writer goes on with it, followed as a wall follows it.

A city of 200,000 reports is made at ten on a Tuesday; the writer keeps the pace of its history for 24 simulated hours, and each
simulated minute the source is read and the city's exceptions are followed (``data.alarms``), as at a tick.

``per_hour.demo_24h``: alarms that were raised, an hour.  What the city is made with (a late town, a surge, a silent feed, a
slow stage) stands at the first look and counts.  ``act_under_10min``: act-level alarms whose condition, or whose time on the
screen, was shorter than ten minutes; those that live at the end are left out.  ``reports.demo_24h``: the day's reports over
those that its history lets expect.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.record import record
from data.access.store import State
from data.alarms.lives import Lives
from data.city.city import City
from data.city.profile import load_profile
from data.clock.calendar import clock_of
from data.clock.instants import ms
from data.demo.generate import generate
from data.demo.scribe import Scribe
from data.facts.store import Facts
from data.metrics import METRICS
from data.query.needs import mapped_of
from data.reading.snapshot import SnapshotReader
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.sync import Sync

START, HOURS, EVERY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC), 24, timedelta(minutes=1)
EVENTS, SEED, LEAST_MS = 200_000, 1, 600_000


@dataclass
class Day:
    """What was seen: (subject, began) -> kind of alarm, and for act-level ones the first and last minute on the screen."""

    raised: dict[tuple[str, int], str] = field(default_factory=dict)
    act: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    short: int = 0
    reports: int = 0

    def look(self, lives: Lives, at: int) -> None:
        for life in lives.raised(""):
            key = (life.subject, life.began_ms)
            if key not in self.raised:
                self.raised[key] = "act" if life.act else "watch"
            if life.act:
                self.act.setdefault(key, [at, at, life.seen_ms])[1:] = [at, life.seen_ms]

    def end(self, at: int, every: int) -> None:
        for (_, began), (first, last, seen) in self.act.items():
            if last < at and min(last + every - first, seen - began) < LEAST_MS:
                self.short += 1


def simulated(folder: Path, events: int, hours: int, every: timedelta) -> Iterator[tuple[datetime, Lives, Scribe]]:
    """The city, the writer and the alarms at each look of ``hours`` simulated hours."""
    profile, mapping = load_profile("qufu"), load_mapping("platform")
    url = f"sqlite:///{folder / 'city.sqlite'}"
    generate(profile, url, events, SEED, "realistic", START, lambda what, done, total: None)
    state = State(f"sqlite:///{folder / 'state.sqlite'}")
    facts = Facts.open(f"duckdb:///{folder / 'facts.duckdb'}")
    sync = Sync(Source.open(url, mapping), facts, profile, clock_of(profile))
    sync.load(START)
    city = City(profile, facts.grid(), mapped=mapped_of(facts.meta()))
    reader = SnapshotReader(facts.read_wide, city, {"exceptions": METRICS["exceptions"]})
    lives = Lives(state, profile.alarms, profile.zone, START)
    scribe = Scribe(profile, url, SEED, own_pace=True)
    scribe.open(START)
    now, look = START, START
    while now < START + timedelta(hours=hours):
        if now >= look:
            sync.tick(now)
            snapshot = reader.read(now)
            snapshot.lives = lives
            snapshot.frame("exceptions")
            yield now, lives, scribe
            look += every
        scribe.step(now)
        now = min(now + timedelta(seconds=scribe.pause(None, now)), look)
    lives.close()
    scribe.close()
    facts.close()
    state.close()


def day(events: int, hours: int, every: timedelta) -> Day:
    """Follow one day."""
    seen, at, first = Day(), 0, -1
    with tempfile.TemporaryDirectory() as folder:
        for now, lives, scribe in simulated(Path(folder), events, hours, every):
            at = ms(now)
            before = set(seen.raised)
            seen.look(lives, at)
            for subject, began in seen.raised.keys() - before:
                print(f"   {now.astimezone(lives.zone):%H:%M} {seen.raised[subject, began]} {subject}", flush=True)
            first = scribe.next_event if first < 0 else first
            seen.reports = scribe.next_event - first
    seen.end(at, every // timedelta(milliseconds=1))
    print(f"   {len(seen.raised)} alarms, {len(seen.act)} of them act, in {hours} h; {seen.reports} reports", flush=True)
    return seen


def run() -> None:
    seen = day(EVENTS, HOURS, EVERY)
    record("alarms.per_hour.demo_24h", [len(seen.raised) / HOURS], "1/h")
    record("alarms.act_under_10min", [seen.short], "alarms")
    record("alarms.reports.demo_24h", [seen.reports / (EVENTS / 365 * HOURS / 24)], "ratio")
