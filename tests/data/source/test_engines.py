"""One demo city in four databases: the same figures from each, and the same facts after the same changes.

The expected values are those of SQLite, whose reading the other tests check by hand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal
from sqlalchemy import Engine, NullPool, create_engine, delete, insert, select, update
from sqlalchemy.engine import URL

from data.clock.calendar import BusinessClock
from data.clock.instants import ms
from data.demo.generate import draw_city
from data.demo.store import write_city
from data.facts.store import Facts
from data.metrics import METRICS
from data.reading.snapshot import SnapshotReader
from data.source.contract import EVENT, METADATA, TRANSITION
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.reconcile import reconcile
from data.sync.sync import Sync
from tests.databases import Server
from tests.demo_city import NOW, quiet, small_qufu
from tests.sync_harness import everything

ENGINES = ("mariadb", "postgresql", "duckdb")
EVENTS = 2_000


@dataclass
class City:
    """The demo city in one database, and the facts that were read from it."""

    url: URL
    facts: Facts
    sync: Sync
    engine: Engine

    def readings(self, now: datetime) -> dict[str, pd.DataFrame]:
        snapshot = SnapshotReader(self.facts.read_wide, self.sync.city, METRICS).read(now)
        assert not snapshot.broken
        return {metric: snapshot.frame(metric).frame for metric in METRICS}


@pytest.fixture(scope="module")
def cities(mariadb: Server, postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, City]]:
    folder = tmp_path_factory.mktemp("engines")
    urls = {
        "sqlite": URL.create("sqlite", database=str(folder / "city.sqlite")),
        "mariadb": mariadb("city"),
        "postgresql": postgresql("city"),
    }
    urls["duckdb"] = URL.create("duckdb", database=str(folder / "city.duckdb"))
    profile, found = small_qufu(), {}
    profile = profile.model_copy(update={"demo": profile.demo.model_copy(update={"cameras": {"xueliang": 30}})})
    tables = draw_city(profile, EVENTS, 5, "realistic", NOW, quiet)
    with ExitStack() as stack:
        for name, url in urls.items():
            if name == "duckdb":
                _copy(urls["sqlite"], url)  # its inserts by row take ten seconds
            else:
                write_city(_text(url), tables, {"city": profile.city.id}, quiet)
            facts = stack.enter_context(Facts.create("duckdb:///:memory:"))
            sync = Sync(Source.open(_text(url), load_mapping("platform")), facts, profile, BusinessClock.of(profile))
            stack.callback(sync.source.close)
            engine = create_engine(url, poolclass=NullPool)
            stack.callback(engine.dispose)
            sync.load(NOW)
            sync.tick(NOW)  # reads the devices and signs too
            found[name] = City(url, facts, sync, engine)
        yield found


def _copy(sqlite: URL, url: URL) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with closing(sqlite3.connect(sqlite.database or "")) as source, engine.begin() as target:
        METADATA.create_all(target)
        for table in METADATA.sorted_tables:
            columns = zip(*source.execute(f"SELECT * FROM {table.name}").fetchall(), strict=True)
            rows = pa.table({c.name: list(cells) for c, cells in zip(table.c, columns, strict=True)})
            target.connection.driver_connection.register("rows_read", rows)  # type: ignore[union-attr]
            target.exec_driver_sql(f"INSERT INTO {table.name} SELECT * FROM rows_read")
    engine.dispose()


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_figure_is_the_same_whatever_the_database(cities: dict[str, City], engine: str) -> None:
    right, read = cities["sqlite"].readings(NOW), cities[engine].readings(NOW)
    for metric, frame in right.items():
        assert_frame_equal(read[metric], frame, obj=metric)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_fact_is_the_same_whatever_the_database(cities: dict[str, City], engine: str) -> None:
    assert everything(cities[engine].facts) == everything(cities["sqlite"].facts)
    for table in ("asset", "sign", "grid"):
        assert _rows(cities[engine].facts, table) == _rows(cities["sqlite"].facts, table), table


def _rows(facts: Facts, table: str) -> list[str]:
    with facts.cursor() as cursor:
        return sorted(map(repr, cursor.execute(f"SELECT * FROM {table}").fetchall()))


def test_the_same_changes_give_the_same_facts_whatever_the_database(cities: dict[str, City]) -> None:
    """A new case, a log row, a changed row and deleted ones, stamped to the millisecond: after ticks and a second look
    the facts are the same, and those of a fresh load."""
    moment = NOW.astimezone(UTC).replace(tzinfo=None) + timedelta(seconds=30, milliseconds=457)
    found = {}
    for name, city in cities.items():
        with city.engine.begin() as c:
            open_case = c.execute(select(EVENT.c.id).where(EVENT.c.closed_at.is_(None)).order_by(EVENT.c.id)).scalars().first()
            c.execute(
                insert(EVENT).values(
                    id=900_001,
                    case_number="曲阜〔2026〕𠮷号",
                    category="garbage",
                    channel="hotline",
                    reported_at=moment,
                    changed=moment,
                )
            )
            c.execute(
                insert(TRANSITION).values(key=9_000_001, event=900_001, stage="accept", action="enter", at=moment, changed=moment)
            )
            c.execute(
                insert(TRANSITION).values(
                    key=9_000_002, event=open_case, stage="inspect", action="enter", at=moment, changed=moment
                )
            )
        assert city.sync.tick(NOW + timedelta(seconds=32)).changed == 2, name
        with city.engine.begin() as c:
            later = moment + timedelta(seconds=1)
            c.execute(update(EVENT).where(EVENT.c.id == open_case).values(closed_at=later, outcome="settled", changed=later))
        assert city.sync.tick(NOW + timedelta(seconds=33)).changed == 1, name
        with city.engine.begin() as c:
            gone = c.execute(select(EVENT.c.id).order_by(EVENT.c.id)).scalars().all()[5:7]
            c.execute(delete(EVENT).where(EVENT.c.id == gone[0]))
            c.execute(delete(TRANSITION).where(TRANSITION.c.event == gone[0]))
            c.execute(delete(TRANSITION).where(TRANSITION.c.event == gone[1], TRANSITION.c.action == "enter"))
        assert city.sync.tick(NOW + timedelta(seconds=34)).changed == 0, name
        report = reconcile(city.sync, NOW + timedelta(seconds=35))
        assert (report.reread, report.gone) == (1, 1), name
        report = reconcile(city.sync, NOW + timedelta(seconds=36))
        assert (report.differing, report.reread, report.gone) == (0, 0, 0), name
        found[name] = everything(city.facts)
        with city.facts.cursor() as cursor:
            new = cursor.execute("SELECT case_number, reported_at FROM event WHERE eid = 900001").fetchall()
            closed = cursor.execute(f"SELECT is_open, closed_at FROM event WHERE eid = {open_case}").fetchall()
        assert new == [("曲阜〔2026〕𠮷号", ms(NOW) // 1000 * 1000 + 30_457)], name
        assert closed == [(0, ms(NOW) // 1000 * 1000 + 31_457)], name
        with Facts.create("duckdb:///:memory:") as fresh:
            source = Source.open(_text(city.url), load_mapping("platform"))
            Sync(source, fresh, city.sync.profile, city.sync.clock).load(NOW + timedelta(seconds=36))
            source.close()
            assert everything(fresh) == found[name], name
    for name in ENGINES:
        assert found[name] == found["sqlite"], name
