"""The wall clock is set while the server runs: ticks go on, nothing is lost, and no age lies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from callbacks.wall.page_cache import PageCache, Topic
from dashboard.clock import WatchedClock
from dashboard.ticker import Ticker
from data.city.city import City
from data.clock.instants import ms
from data.errors import SourceError
from data.facts.row_faults import ahead, fault_counts
from data.facts.store import Facts
from data.sync.reconcile import reconcile
from layouts.panels import PANELS
from layouts.text.health import step_words
from tests.dashboard.test_ticker import Keeping
from tests.sync_harness import NOW, Platform, after, city, column, everything, sync_of

BACK, FORWARD = timedelta(minutes=-10), timedelta(days=1)


class Time:
    """A wall clock that can be set, over one that cannot."""

    def __init__(self) -> None:
        self.seconds, self.off = 1000.0, timedelta(0)

    def wall(self) -> datetime:
        return NOW + self.off + timedelta(seconds=self.seconds - 1000)

    def steady(self) -> float:
        return self.seconds


class Watched:
    """A page cache that the ticks of a source keep, by a clock that can be set."""

    def __init__(self) -> None:
        self.time, self.down, self.ticks = Time(), False, 0
        self.page_cache = PageCache(City(city()), PANELS, self.time.steady, 1000)
        self.clock = WatchedClock(lambda by: self.page_cache.shift(by, ms(self.time.wall())), self.time.wall, self.time.steady)
        self.ticker = Ticker(self, self.page_cache, lambda: None, lambda: 0, self.clock, 1.0)  # type: ignore[arg-type]
        self.ticker._reader = SimpleNamespace(read=lambda *a, **k: None)  # type: ignore[assignment]
        self.page_cache.refresh = lambda snapshot: None  # type: ignore[method-assign]

    def sync(self, now: datetime) -> Any:
        if self.down:
            raise SourceError("away")
        self.ticks += 1
        return SimpleNamespace(changed=0, loaded=False, faults=0)

    def housekeeping(self, now: datetime) -> None: ...

    def as_of(self, now: datetime) -> datetime:
        return now

    def held(self) -> None: ...

    def tick(self, seconds: float = 1.0) -> None:
        self.time.seconds += seconds
        try:
            self.ticker.once()
        except SourceError as fault:
            self.ticker._fault(fault, 1, 1.0)

    def age(self) -> float:
        """What a screen makes of a pulse: its own "now" less the instant at which the source was last read."""
        pulse = orjson.loads(self.page_cache.pulse(Topic("s", "", "zh"), ms(self.clock())).removeprefix(b"data: "))
        return (pulse["now"] - pulse["checked"]) / 1000


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.mark.parametrize("step", [BACK, FORWARD, timedelta(days=-1)], ids=str)
def test_a_step_of_the_clock_stops_no_tick_and_makes_no_age(watched: Watched, step: timedelta) -> None:
    watched.tick()
    watched.time.off += step
    watched.time.seconds += 0.5
    assert watched.age() == pytest.approx(0.5, abs=0.01), "also between two ticks"
    for n in range(3):
        watched.tick()
        assert watched.age() == pytest.approx(0, abs=0.01)
        assert watched.ticks == 2 + n


@pytest.mark.parametrize("step", [BACK, FORWARD], ids=str)
def test_an_age_that_grows_while_the_source_is_away_goes_on_from_where_it_was(watched: Watched, step: timedelta) -> None:
    watched.tick()
    watched.down = True
    for _ in range(30):
        watched.tick()
    assert watched.age() == pytest.approx(30, abs=0.01)
    watched.time.off += step
    watched.tick()
    assert watched.age() == pytest.approx(31, abs=0.01)
    health = watched.page_cache.health
    assert 0 <= ms(watched.clock()) - health.last_fault_ms < 2000
    assert 0 <= health.retry_at_ms - ms(watched.clock()) <= 1000
    watched.down = False
    watched.tick()
    assert watched.age() == pytest.approx(0, abs=0.01)


def test_a_step_is_said_in_both_languages_and_a_drift_is_none(watched: Watched) -> None:
    watched.tick()
    for _ in range(100):  # 10 ms a second, as NTP takes out a difference
        watched.time.off += timedelta(milliseconds=10)
        watched.tick()
    assert watched.page_cache.health.public()["stepped"] is None
    watched.time.off += BACK
    watched.tick()
    assert watched.page_cache.health.public()["stepped"] == {
        "zh": "服务器时钟回拨 10 分，数据时效仍按实际计",
        "en": "the server's clock was set back by 10 min; ages stay true",
    }
    assert watched.page_cache.health.public()["stepped_at"] == pytest.approx(ms(watched.clock()), abs=1500)
    assert step_words(86_400_000).zh == "服务器时钟前拨 1 天，数据时效仍按实际计"


def test_the_age_of_a_closed_log_stays_that_of_its_newest_record(watched: Watched) -> None:
    from dataclasses import replace

    watched.tick()
    watched.page_cache.city = replace(watched.page_cache.city, ended=True)
    stands = watched.page_cache.health.as_of_ms
    watched.time.off += FORWARD
    watched.age()
    assert watched.page_cache.health.as_of_ms == stands


def test_work_between_ticks_goes_on_after_the_clock_was_a_day_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[datetime] = []
    monkeypatch.setattr("dashboard.pipeline.reconcile", lambda sync, now, days: done.append(now))
    service = Keeping(SimpleNamespace(loads=1, note_read=lambda moment: None))
    tomorrow = NOW + FORWARD
    for minutes in (0, 5, 10, 15):
        service.housekeeping(tomorrow + timedelta(minutes=minutes))
    done.clear()
    for minutes in range(31):
        service.housekeeping(NOW + timedelta(minutes=minutes))
    assert len(done) >= 3, "the newest days are compared every five minutes, not only when tomorrow has come"


@pytest.fixture
def facts() -> Iterator[Facts]:
    with Facts.create("duckdb:///:memory:") as made:
        yield made


def test_rows_written_after_the_clock_was_a_day_ahead_are_read_by_the_next_tick(tmp_path: Any, facts: Facts) -> None:
    """Source and server on one machine, whose clock was a day ahead for a while: what is stamped since lies before the mark."""
    platform = Platform(tmp_path)
    platform.event(1, after(minutes=-30))
    sync = sync_of(platform, facts)
    sync.load(NOW)
    platform.event(2, NOW + FORWARD)
    sync.tick(NOW + FORWARD)
    platform.event(3, after(seconds=30))
    assert sync.tick(after(seconds=31)).changed == 1
    assert column(facts, "event", "eid") == [1, 2, 3]
    platform.event(4, after(seconds=60))
    assert sync.tick(after(seconds=61)).changed == 1
    assert reconcile(sync, after(seconds=62)).differing == 0
    assert len(everything(facts)["event"]) == 4


# -------------------------------------------------------------------- rows from the future, signs that change where they stand
def test_what_is_yet_to_come_is_counted_as_such_until_it_has_come(tmp_path: Any, facts: Facts) -> None:
    platform = Platform(tmp_path)
    platform.event(1, after(minutes=-30))
    platform.event(2, after(minutes=-30), reported_at=after(hours=3))
    platform.event(3, after(minutes=-30))
    platform.log(30, 3, "accept", at=after(hours=5), changed=after(minutes=-30))
    platform.event(4, after(minutes=-30), reported_at=after(minutes=2))  # as clocks differ
    sync = sync_of(platform, facts)
    sync.load(NOW)
    sync.tick(NOW)
    assert ahead(facts, ms(NOW)) == 2
    assert fault_counts(facts) == [], "no fault of the row: its time will come"
    assert ahead(facts, ms(after(hours=4))) == 1
    assert ahead(facts, ms(after(hours=6))) == 0


def test_a_sign_that_is_updated_where_it_stands_is_seen_at_the_next_look(tmp_path: Any, facts: Facts) -> None:
    platform = Platform(tmp_path)
    platform.event(1, after(minutes=-30))
    at = [after(minutes=-m).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") for m in (20, 10, -60)]
    for value, told in zip((5, 7, 9), at, strict=True):
        platform.run("INSERT INTO sign (series, subject, at, value) VALUES ('hotline.offered', 'city', ?, ?)", told, value)
    sync = sync_of(platform, facts)
    sync.load(NOW)
    sync.tick(NOW)
    assert column(facts, "sign", "value", "told_at") == [5.0, 7.0]
    assert ahead(facts, ms(NOW)) == 1
    platform.run("UPDATE sign SET value = CASE value WHEN 5 THEN 7 WHEN 7 THEN 5 ELSE value END")
    sync.tick(after(minutes=5))
    assert column(facts, "sign", "value", "told_at") == [7.0, 5.0], "neither their number, newest time nor sum is another"
    sync.tick(after(minutes=61))
    assert column(facts, "sign", "value", "told_at") == [7.0, 5.0, 9.0], "it has come, and nothing else changed"
    assert ahead(facts, ms(after(minutes=61))) == 0
