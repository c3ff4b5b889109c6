"""A town of three cells, nine stages and two departments, and a SQLite platform that tests write into."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import URL, Engine, create_engine, event, insert

from data.city.profile import Profile
from data.clock.calendar import BusinessClock
from data.facts.store import Facts
from data.source.contract import EVENT, GRID, METADATA, TRANSITION
from data.source.mapping import Mapping
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.sync import Sync

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STAGES = ("report", "accept", "verify", "register", "dispatch", "handle", "inspect", "close", "revisit")


def name(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def city(**changes: Any) -> Profile:
    stages = [{"code": s, "role": s, "name": name(s), "after_close": s == "revisit"} for s in STAGES]
    stages[5]["limit"] = "2 hours"
    raw: dict[str, Any] = {
        "city": {"id": "test", "code": "999", "name": name("test"), "title": name("test")},
        "levels": [{"code": "town", "name": name("town")}, {"code": "cell", "name": name("cell")}],
        "stages": stages,
        "networks": [{"code": "n1", "name": name("n1")}],
        "channels": [{"code": "phone", "name": name("phone")}, {"code": "patrol", "name": name("patrol")}],
        "departments": [{"code": "parks", "name": name("parks")}, {"code": "roads", "name": name("roads")}],
        "categories": [
            {"code": "lamp", "name": name("lamp"), "network": "n1", "limit": "24 hours"},
            {"code": "family", "name": name("family"), "network": "n1", "sensitive": True},
        ],
        "scenes": [{"id": "s", "name": name("s"), "areas": ["a"]}],
    }
    return Profile.model_validate({**raw, **changes})


class WallClock:
    """Every second is worked: durations can be read off the wall."""

    fingerprint = "wall"

    def work_seconds(self, at_ms: Any) -> Any:
        return np.asarray(at_ms) // 1000

    def work_instant(self, w: Any) -> Any:
        return np.asarray(w) * 1000

    def deadline(self, start_ms: Any, clock: Any, amount: Any) -> Any:
        unit = {"natural_minutes": 60_000, "work_minutes": 60_000}.get(str(clock), 86_400_000)
        return np.asarray(start_ms) + np.asarray(amount) * unit


class Platform:
    """The source database, its own clock in ``now`` (naive UTC): a SQLite file in ``folder``, or a server's at ``url``."""

    def __init__(self, folder: Path = Path(), url: URL | None = None) -> None:
        self.path = folder / "platform.sqlite"
        self.url = f"sqlite:///{self.path}" if url is None else url.render_as_string(hide_password=False)
        self.engine: Engine = create_engine(self.url)
        if url is None:
            event.listen(self.engine, "connect", lambda c, _: c.execute("PRAGMA synchronous = OFF"))  # tests, not data
        METADATA.create_all(self.engine)
        with self.engine.begin() as c:
            c.execute(
                insert(GRID),
                [
                    {"code": "999", "parent": None, "level": "city", "name": "city"},
                    {"code": "t1", "parent": "999", "level": "town", "name": "t1"},
                    {"code": "c1", "parent": "t1", "level": "cell", "name": "c1"},
                    {"code": "c2", "parent": "t1", "level": "cell", "name": "c2"},
                ],
            )

    def event(self, id: int, changed: datetime = NOW, **values: Any) -> None:
        row = {
            "id": id,
            "case_number": f"K{id}",
            "category": "lamp",
            "network": "n1",
            "channel": "phone",
            "grid": "c1",
            "reported_at": changed,
            **values,
            "changed": changed,
        }
        with self.engine.begin() as c:
            c.execute(insert(EVENT).values({k: _naive(v) for k, v in row.items()}))

    def log(
        self,
        key: int,
        event: int,
        stage: str | None,
        action: str = "enter",
        at: datetime = NOW,
        changed: datetime | None = None,
        **values: Any,
    ) -> None:
        row = {"key": key, "event": event, "stage": stage, "action": action, "at": at, "changed": changed or at, **values}
        with self.engine.begin() as c:
            c.execute(insert(TRANSITION).values({k: _naive(v) for k, v in row.items()}))

    def run(self, sql: str, *values: Any) -> None:
        with self.engine.begin() as c:
            c.exec_driver_sql(sql, values or None)


@contextmanager
def three_cases(url: URL) -> Iterator[Platform]:
    """Three open cases with a log row each, in a server's database."""
    made = Platform(url=url)
    for i in (1, 2, 3):
        made.event(i, after(minutes=-30))
        made.log(10 * i, i, "report", at=after(minutes=-30))
    yield made
    made.engine.dispose()


def _naive(value: Any) -> Any:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


def after(**delta: float) -> datetime:
    return NOW + timedelta(**delta)


def at_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def sync_of(platform: Platform, facts: Facts, profile: Profile | None = None, mapping: Mapping | None = None) -> Sync:
    source = Source.open(platform.url, mapping or load_mapping("platform"))
    return Sync(source, facts, profile or city(), _clock())


@lru_cache(maxsize=1)
def _clock() -> BusinessClock:
    return BusinessClock.of(city())


def column(facts: Facts, table: str, name: str, order: str = "eid") -> list[Any]:
    with facts.cursor() as cursor:
        return [r[0] for r in cursor.execute(f"SELECT {name} FROM {table} ORDER BY {order}").fetchall()]


def everything(facts: Facts) -> dict[str, list[Any]]:
    """All rows of event, visit, ledger and fault, without the instant at which a fault was first seen."""
    with facts.cursor() as cursor:
        return {
            t: sorted(map(str, cursor.execute(f"SELECT {c} FROM {t}").fetchall()))
            for t, c in (("event", "*"), ("visit", "*"), ("ledger", "*"), ("fault", "source_table, row_key, reason, detail"))
        }


def loosen(platform: Platform) -> None:
    """As a view or a join that does not fit delivers them: event and transition without keys or NOT NULL."""
    for table in (EVENT, TRANSITION):
        columns = ", ".join(f'"{c.name}" {c.type}' for c in table.columns)
        platform.run(f"DROP TABLE {table.name}")
        platform.run(f"CREATE TABLE {table.name} ({columns})")


def assert_as_a_fresh_load(platform: Platform, facts: Facts) -> None:
    with Facts.create("duckdb:///:memory:") as fresh:
        sync_of(platform, fresh).load(after(days=1))
        assert everything(facts) == everything(fresh)
