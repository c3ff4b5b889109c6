"""The writer: a city that goes on, keeps its balance, and survives what happens to its database."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.clock.calendar import BusinessClock
from data.clock.instants import ms
from data.demo import scribe
from data.demo.calibration import REGIMES
from data.demo.generate import generate
from data.demo.moves import Case, Mover
from data.demo.writer import writer
from data.errors import SourceError
from tests.demo_city import NOW, quiet, small_qufu

pytestmark = pytest.mark.slow


class Days:
    """A clock and a stop in one: waiting moves the clock on; it stops after so many waits."""

    def __init__(self, waits: int, step: timedelta = timedelta(seconds=6)) -> None:
        self.now, self.left, self.step = NOW + timedelta(minutes=1), waits, step
        self.on_wait: Callable[[float], None] = lambda timeout: None

    def is_set(self) -> bool:
        return self.left <= 0

    def wait(self, timeout: float | None = None) -> bool:
        self.left -= 1
        self.now += self.step
        self.on_wait(timeout or 0.0)
        return self.is_set()

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("writer") / "made.sqlite"
    generate(small_qufu(), f"sqlite:///{path}", 3_000, 5, "realistic", NOW, quiet)
    return path


@pytest.fixture
def city(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path / "city.sqlite"))


def run(city: Path, days: Days, seed: int = 1) -> int:
    return writer(small_qufu(), f"sqlite:///{city}", 1.0, seed, days, days)


def ask(city: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(city)) as connection:
        return connection.execute(sql).fetchall()


def one(city: Path, sql: str) -> int:
    return int(str(ask(city, sql)[0][0]))


def test_it_commits_reports_and_moves_with_stamps_of_now(city: Path) -> None:
    days = Days(300)
    assert run(city, days) == 300
    assert one(city, "SELECT count(*) FROM event") > 3_000
    new = ask(city, "SELECT at, changed FROM transition ORDER BY key DESC LIMIT 200")
    assert all(f"{NOW:%Y-%m-%d %H:%M}" < str(changed) < f"{days.now:%Y-%m-%d %H:%M:%S.9}" for _, changed in new)
    assert one(city, "SELECT count(DISTINCT stage) FROM transition WHERE changed > '2026-11-23 02:42:19'") >= 6


def test_stages_keep_their_order_in_what_it_writes(city: Path) -> None:
    first = one(city, "SELECT max(key) FROM transition")
    run(city, Days(450))
    place = {s.code: i for i, s in enumerate(small_qufu().stages)}
    failed = {e for (e,) in ask(city, "SELECT event FROM transition WHERE action = 'fail'")}
    at: dict[object, int] = {}
    moved = 0
    for key, event, stage in ask(city, "SELECT key, event, stage FROM transition WHERE action = 'enter' ORDER BY event, at, key"):
        now, before = place[str(stage)], at.get(event, -1)
        if int(str(key)) > first and event not in failed:
            assert before <= now <= before + 2, f"event {event} went from stage {before} to {now}"
            moved += 1
        at[event] = now
    assert moved > 150


def test_what_is_closed_says_how_and_when(city: Path) -> None:
    run(city, Days(450))
    assert one(city, "SELECT count(*) FROM event WHERE (outcome IS NULL) <> (closed_at IS NULL)") == 0
    assert one(city, "SELECT count(*) FROM event WHERE closed_at > '2026-11-23 02:42:19'") > 10
    assert one(city, "SELECT count(*) FROM event WHERE called_back_at > '2026-11-23 02:42:19'") > 5


def test_a_second_run_goes_on_where_the_first_was_stopped(city: Path) -> None:
    first = Days(120)
    run(city, first)
    keys = one(city, "SELECT max(key) FROM transition")
    second = Days(120)
    second.now = first.now
    assert run(city, second, seed=2) == 120
    count, top = ask(city, "SELECT count(*), max(key) FROM transition")[0]
    assert int(str(top)) >= keys + 120
    assert count == one(city, "SELECT count(DISTINCT key) FROM transition")
    numbers = ask(city, "SELECT case_number, count(*) FROM event GROUP BY 1 HAVING count(*) > 1")
    assert numbers == []


class Hours(Days):
    """A clock that moves on by what is waited, for so many hours."""

    def __init__(self, hours: float) -> None:
        super().__init__(1)
        self.end = self.now + timedelta(hours=hours)

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timedelta(seconds=timeout or 0.0)
        self.left = int(self.now < self.end)
        self.on_wait(timeout or 0.0)
        return self.is_set()


@pytest.mark.soak
def test_at_its_own_pace_hours_have_as_many_reports_as_hours_of_the_history(city: Path) -> None:
    """3,000 reports a year are 8.2 a day, 9.3 on a Monday, of which five in the six hours from 10:42; and they move on."""
    hours = Hours(6.0)
    first = one(city, "SELECT max(key) FROM transition")
    commits = writer(small_qufu(), f"sqlite:///{city}", None, 1, hours, hours)
    reports = one(city, "SELECT count(*) FROM event WHERE reported_at > '2026-11-23 02:42:30'")
    assert 1 <= reports <= 12
    assert 10 < commits < 120
    moved = ask(city, f"SELECT count(DISTINCT stage), count(DISTINCT key), count(*) FROM transition WHERE key > {first}")[0]
    assert int(str(moved[0])) >= 4
    assert moved[1] == moved[2]
    again = Hours(0.5)
    again.now, again.end = hours.now, hours.now + timedelta(minutes=30)
    assert writer(small_qufu(), f"sqlite:///{city}", None, 1, again, again) < 30, "a restart makes no flood"


def test_a_locked_database_is_waited_for(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scribe, "BUSY_S", 0.02)
    days = Days(40)
    said: list[str] = []
    other = sqlite3.connect(city, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waits: list[float] = []

    def release(timeout: float) -> None:
        waits.append(timeout)
        if len(waits) == 3:
            other.execute("COMMIT")

    days.on_wait = release
    commits = writer(small_qufu(), f"sqlite:///{city}", 1.0, 1, days, days, said.append)
    other.close()
    assert commits == 37
    assert waits[:3] == [0.5, 1.0, 2.0]
    assert "waiting" in said[0]
    assert "back" in said[1]


def test_a_database_that_is_moved_away_and_back_is_found_again(city: Path) -> None:
    days, away = Days(60), city.with_suffix(".away")
    seen = 0

    def move(timeout: float) -> None:
        nonlocal seen
        seen += 1
        if seen == 20:
            city.rename(away)
        if seen == 24:
            assert not city.exists()  # nobody made an empty one in its place
            away.rename(city)

    days.on_wait = move
    commits = run(city, days)
    assert commits == 56
    assert one(city, "SELECT count(*) FROM event") > 3_000


def test_a_database_without_a_demo_city_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "platform.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE event (id INTEGER)")
    with pytest.raises(SourceError, match="holds no demo city; make one of 'qufu'"):
        run(path, Days(5))
    with pytest.raises(SourceError, match="choose a number of commits"):
        writer(small_qufu(), f"sqlite:///{path}", 0.0, 1, Days(5), Days(5))


def test_assets_stay_alive_and_old_rows_go(city: Path) -> None:
    before = one(city, "SELECT count(*) FROM position")
    days = Days(200, timedelta(minutes=20))
    run(city, days)
    assert one(city, "SELECT count(*) FROM asset WHERE heard_at > '2026-11-23 03:00'") > 1_000
    online = one(city, "SELECT 1000 * sum(status = 'online') / count(*) FROM asset WHERE kind = 'camera'")
    assert 930 < online < 990
    oldest = str(ask(city, "SELECT min(at) FROM position")[0][0])
    assert oldest > str((days.now - timedelta(hours=25)).astimezone(UTC).replace(tzinfo=None))
    assert one(city, "SELECT count(*) FROM position") < before + 3_000
    assert one(city, "SELECT count(*) FROM duty") < 200
    assert one(city, "SELECT count(*) FROM duty WHERE state = 'manned'") >= 6


def test_stocks_return_to_their_target_from_far_above_and_stay() -> None:
    profile, rng = small_qufu(), np.random.default_rng(3)
    target = {
        "report": 2,
        "accept": 2,
        "verify": 6,
        "register": 2,
        "dispatch": 4,
        "handle": 70,
        "inspect": 8,
        "close": 4,
        "revisit": 25,
    }
    mover = Mover(profile, BusinessClock.of(profile), {k: float(v) for k, v in target.items()}, 14, REGIMES["realistic"], rng)
    now, last = ms(NOW), 0
    for last in range(1, 301):  # three times too many, all in one stage
        mover.cases[last] = Case(last, "handle", 0, "370881001", 0, now, now, now + 10**8, started=True)
    held = []
    for step in range(9_000):
        now += 60_000
        move = None if mover.wants_report() else mover.move(now)
        if move is None:
            last += 1
            mover.cases[last] = Case(last, "report", int(rng.integers(20)), "370881001", -1, now, now)
        else:
            mover.apply(move, now)
        if step > 4_500:
            held.append(sum(c.role != "revisit" for c in mover.cases.values()))
    assert min(held) > 70
    assert max(held) < 140
    stages = Counter(c.role for c in mover.cases.values())
    assert stages["handle"] < 110
    assert stages["revisit"] < 60
