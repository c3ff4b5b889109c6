"""What a statement reads of the hot and the cold tables: fewer of them, never another answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, TextClause, and_, case, extract, func, literal_column, or_, select, text

from data.access.viewer import Viewer
from data.city.city import City
from data.city.profile import load_profile
from data.clock.calendar import BusinessClock
from data.clock.instants import ms
from data.facts.fetch import only_row
from data.facts.schema import EVENT, VISIT
from data.facts.store import Facts
from data.facts.writer import COLD_BEFORE
from data.metrics import METRICS
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.sync import Sync

DAY = 86_400_000
COLD = 100 * DAY
E, V = EVENT.c, VISIT.c


def sql(statement: Select[Any], cold_before: int | None = COLD) -> str:
    with Facts.open("duckdb:///:memory:") as facts:
        return facts.compiler.sql(statement, None, cold_before)


@pytest.mark.parametrize(
    "statement",
    [
        select(E.eid).where(E.reported_at >= COLD),
        select(E.eid).where(E.sensitive == 0, E.closed_at > COLD + 5, E.l1 == 3),
        select(E.eid).where(E.is_open == 1, E.reported_at <= COLD),
        select(E.eid).where(E.reported_at > 5, E.registered_at > COLD),  # one that holds is enough
        select(V.eid).where(V.exit == 0),
        select(V.eid).where(V.left_at >= COLD).group_by(V.eid),
        select(func.count()).select_from(select(E.l1).where(E.reported_at >= COLD).subquery()),
        select(V.stage)
        .join(select(E.eid).where(E.reported_at > COLD).subquery("b"), V.eid == E.eid)
        .where(V.entered_at > COLD)
        .group_by(V.stage),
    ],
)
def test_what_lies_after_the_cold_is_read_from_the_hot_tables_alone(statement: Select[Any]) -> None:
    assert "_cold" not in sql(statement)
    assert "_cold" in sql(statement, None), "nothing is known of the cold tables"


@pytest.mark.parametrize(
    "statement",
    [
        select(E.eid).where(E.reported_at >= COLD - 1),
        select(E.eid).where(E.reported_at <= COLD + 5),
        select(E.eid).where(E.is_open == 0),
        select(E.eid).where(E.due_at >= COLD),  # a limit may lie anywhere
        select(E.eid).where(or_(E.reported_at >= COLD, E.l1 == 3)),
        select(E.eid).where(~(E.reported_at >= COLD)),
        select(E.eid).where(E.l1.between(1, 2) & (E.l2 == 3)).where(E.due_at > COLD),
        select(case((and_(E.l1 == 1, E.reported_at >= COLD), 1), else_=0)),
        select(E.eid).where(E.eid.in_(select(V.eid).where(V.stage == 1, V.due_at >= COLD))),
        select(V.eid).where(V.exit != 0),
        select(E.eid).where(E.closed_at >= E.due_at),
    ],
)
def test_all_else_reads_both(statement: Select[Any]) -> None:
    assert "_cold" in sql(statement)


def test_the_condition_of_another_select_counts_for_that_one_only() -> None:
    late = select(V.eid).where(V.left_at >= COLD)
    text = sql(select(E.eid).where(E.eid.in_(late), E.l1 == 1))
    assert "event_cold" in text
    assert "visit_cold" not in text
    two = sql(select(E.eid).where(E.is_open == 1).union_all(select(E.eid).where(E.l1 == 1)))  # type: ignore[arg-type]
    assert two.count("event_cold") == 1


def test_what_names_no_column_of_its_own_still_reads_the_view() -> None:
    with Facts.open("duckdb:///:memory:") as facts:
        facts.put({"eid": [1, 2], "reported_at": [5, 9], "l1": [1, -1]})
        asked: dict[str, Select[Any] | TextClause] = {
            "text": text("SELECT max(reported_at) AS x FROM event"),
            "column": select(func.max(literal_column("reported_at")).label("x")).select_from(EVENT),
            "distinct": select(func.count().label("x")).where(E.l1.is_distinct_from(E.l2)),
            "extract": select(func.max(extract("year", func.make_timestamp(E.reported_at * 1000))).label("x")),
        }
        found = {name: rows["x"].tolist() for name, rows in facts.read(asked)[1].items()}
    assert found == {"text": [9], "column": [9], "distinct": [1], "extract": [1970]}


def test_a_visit_without_its_event_is_never_out_of_sight() -> None:
    with Facts.open("duckdb:///:memory:") as facts:
        facts.put({"eid": [1], "reported_at": [1], "closed_at": [2], "outcome": [1]}, now_ms=200 * DAY)
        facts.put({}, {"eid": [7], "seq": [0], "entered_at": [200 * DAY], "exit": [0]}, now_ms=200 * DAY)
        assert facts.read({"a": select(V.eid).where(V.exit == 0)})[1]["a"]["eid"].tolist() == [7]


@pytest.fixture(scope="module")
def city_facts(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Facts, Sync, datetime]]:
    now = datetime.now(UTC)
    profile = load_profile("qufu")
    with Facts.open(f"duckdb:///{tmp_path_factory.mktemp('facts')}/facts.duckdb") as facts:
        sync = Sync(Source.open(f"sqlite:///{demo_city}", load_mapping("platform")), facts, profile, BusinessClock.of(profile))
        sync.load(now)
        yield facts, sync, now


def kept_promise(facts: Facts) -> int:
    before = int(facts.meta()[COLD_BEFORE])
    with facts.cursor() as cursor:
        warm = f"is_open = 1 OR reported_at >= {before} OR registered_at >= {before} OR closed_at >= {before}"
        rows = only_row(cursor.execute(f"SELECT count(*), count(*) FILTER ({warm}) FROM event_cold"))
        warm = f"exit = 0 OR entered_at >= {before} OR left_at >= {before}"
        visits = only_row(cursor.execute(f"SELECT count(*) FROM visit_cold WHERE {warm}"))
        apart = only_row(cursor.execute("SELECT count(*) FROM visit_cold WHERE eid NOT IN (SELECT eid FROM event_cold)"))
    assert rows[0] > 1000
    assert (rows[1], visits, apart) == (0, (0,), (0,))
    return before


@pytest.mark.slow
def test_the_cold_tables_of_a_city_with_dirt_keep_their_promise_as_days_pass(city_facts: tuple[Facts, Sync, datetime]) -> None:
    facts, sync, now = city_facts
    first = kept_promise(facts)
    assert first == ms(now) - 35 * DAY
    sync.tick(now + timedelta(days=3))
    assert kept_promise(facts) == first + 3 * DAY, "three days have cooled"


def plainly(row: tuple[object, ...]) -> str:
    """A row, its sums of fractions to twelve places: threads add them up in any order."""
    return repr(tuple(f"{v:.12g}" if isinstance(v, float) else v for v in row))


@pytest.mark.slow
@pytest.mark.parametrize(("days", "cells"), [((0, 36), (0,)), pytest.param((1.25, 33, 80), (0, 40), marks=pytest.mark.soak)])
def test_every_statement_of_every_metric_answers_as_if_it_read_both(
    city_facts: tuple[Facts, Sync, datetime], days: tuple[float, ...], cells: tuple[int, ...]
) -> None:
    facts, sync, now = city_facts
    city = City(sync.profile, facts.grid())
    lighter = 0
    for back in map(timedelta, days):
        for scope in ("", *(city.grid.code[i] for i in cells)):
            for metric in METRICS.values():
                asked = {k: s.select for k, s in metric.select(Viewer("wall", scope), city, None, now - back).items()}
                answers = facts.read(asked)[1]
                for name, statement in asked.items():
                    whole, light = (
                        facts.compiler.sql(statement),
                        facts.compiler.sql(statement, None, int(facts.meta()[COLD_BEFORE])),
                    )
                    lighter += light.count("_cold") < whole.count("_cold")
                    with facts.cursor() as cursor:
                        found = sorted(map(plainly, cursor.execute(whole).fetchall()))
                        same = sorted(map(plainly, cursor.execute(light).fetchall()))
                    assert found == same, (metric.id, name, scope, back)
                    assert len(found) == len(next(iter(answers[name].values()))), (metric.id, name)
    assert lighter > 100
