"""Questions as they are put, and the towns' shares of one read."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Select

from data.access.viewer import Viewer
from data.errors import QueryError
from data.facts.rows import arrays
from data.facts.store import Facts
from data.metrics import METRICS
from data.query.metric import slice_rows, whole_id
from data.reading.answer import answer, parse_back
from tests.city_builder import DISPUTE, LittleCity, when

pytestmark = pytest.mark.slow

NOW = "2026-11-23 14:00"


def test_an_unknown_metric_gets_the_nearest_one() -> None:
    with pytest.raises(QueryError, match=r"^metric 'headlin': there is no such metric; did you mean 'headline'\?$"):
        LittleCity().read("headlin", NOW)


def test_an_unknown_scope_gets_the_nearest_one() -> None:
    with pytest.raises(QueryError, match="did you mean 'east1'"):
        LittleCity().read("headline", NOW, "eats1")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("24h", timedelta(hours=24)),
        ("30d", timedelta(days=30)),
        ("8w", timedelta(weeks=8)),
        ("90m", timedelta(minutes=90)),
        ("", None),
        (None, None),
    ],
)
def test_how_far_back(text: str | None, span: timedelta | None) -> None:
    assert parse_back(text) == span


@pytest.mark.parametrize("text", ["24", "h", "-3d", "0d", "3 fortnights", "9999999w"])
def test_no_stretch_of_time(text: str) -> None:
    with pytest.raises(QueryError, match=r"write e\.g\. 24h, 30d or 8w"):
        parse_back(text)


def test_a_naive_time_is_refused() -> None:
    city = LittleCity()
    with pytest.raises(ValueError, match="naive"):
        answer("headline", city.facts, Viewer(), city.city, datetime(2026, 11, 23, 14))


def test_a_work_clock_is_no_window() -> None:
    city = LittleCity(windows={"grid_heat": "4 work_hours"})
    with pytest.raises(QueryError, match=r"windows\.grid_heat"):
        city.read("grid_heat", NOW)


@pytest.fixture(scope="module")
def busy() -> LittleCity:
    city = LittleCity()
    for i in range(60):
        day, closed = f"2026-11-{8 + i % 14:02d}", None if i % 3 else f"2026-11-{10 + i % 13:02d} 12:00"
        eid = city.event(
            f"{day} {8 + i % 9:02d}:10",
            closed,
            due=f"2026-11-{9 + i % 15:02d} 12:00",
            l1=i % 2,
            registered=f"{day} 18:00",
            dispatched=f"{day} 18:10",
            category=i % 2,
            channel=i % 2,
        )
        city.visit(eid, i % 8, f"{day} 18:00", closed, exit=2)
    for i in range(6):
        city.event("2026-11-11 09:00", sensitive=1, category=DISPUTE, l1=i % 2)
    return city


#: Compares a place with all others wherever it is asked from, so that its read is never cut into towns (test_metric_hotspots).
WHOLE = {"hotspots"}


@pytest.mark.parametrize("metric", sorted(METRICS.keys() - WHOLE))
def test_a_towns_slice_of_the_citys_read_is_what_the_town_asks_itself(metric: str, busy: LittleCity) -> None:
    city, now = busy.city, when(NOW)

    def sliced(metric_id: str, scope: str) -> dict[str, np.ndarray]:
        m = METRICS[metric_id]
        statements = m.select(Viewer("wall"), city, None, now)
        rows = dict(slice_rows(busy.facts.read({k: s.select for k, s in statements.items()})[1], city, scope))
        rows.update({need: sliced(need, scope) for need in m.needs})
        rows.update({whole_id(other): sliced(other, "") for other in m.city_wide})
        return arrays(m.told(m.compute(rows, city, now), city))

    for scope in ("east", "west"):
        own = arrays(busy.read(metric, NOW, scope))
        for column, values in sliced(metric, scope).items():
            np.testing.assert_array_equal(values, own[column], err_msg=f"{scope} {column}")


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_promised_columns_are_there_in_order_also_of_an_empty_city(metric: str, busy: LittleCity) -> None:
    for city in (LittleCity(), busy):
        assert city.read(metric, NOW).columns.tolist() == [c.name for c in METRICS[metric].columns]


class Watched:
    """Facts that remember what they were asked."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.asked = facts, {}  # type: ignore[var-annotated]

    def read_helped(self, statements: dict[str, Select[tuple[object, ...]]]) -> tuple[dict[str, str], dict[str, object]]:
        self.asked.update({k: self.facts.compiler.sql(s) for k, s in statements.items()})
        return self.facts.read(statements)  # type: ignore[return-value]


#: Statements whose answers are totals.
IN_BATCHES = re.compile(
    r"(headline(@\w+)?/(?!first)|throughput(@\w+)?/counted|queues(@\w+)?/open|(indicators|reports|overdue_open)(@\w+)?/(reports|overdue_open)$)"
)


@pytest.mark.parametrize("scope", ["", "east", "east1", "east1a"])
def test_no_statement_of_a_wall_can_select_a_sensitive_event_but_the_late_sum_and_the_totals_in_batches(
    scope: str, busy: LittleCity
) -> None:
    for metric in METRICS:
        watched = Watched(busy.facts)
        answer(metric, watched, Viewer("wall", scope), busy.city, when(NOW))  # type: ignore[arg-type]
        for name, sql in watched.asked.items():
            if name.split("/")[1] in ("sensitive", "sensitive_towns"):
                assert scope in ("", "east"), name
                assert "sensitive = 1" in sql
                assert "l2" not in sql
            elif IN_BATCHES.match(name) and scope in ("", "east"):
                # counts by town, told apart so that they are put together in batches; nothing finer
                assert re.search(r"GROUP BY t\.area, t\.sensitive\b", sql), name
                assert not re.search(r"\b(eid|category|case_number|l3|l4)\b(?! =)", sql.split("FROM")[0]), name
            elif not name.endswith("/first"):
                tables = len(re.findall(r"(?:FROM|JOIN|\) AS) (?:event|visit)\b", sql))
                assert sql.count("sensitive = 0") >= tables, name
                assert tables or not re.search(r"(?:FROM|JOIN) (?!asset|sign|baseline|hour_share|meta|verdict|\()", sql), name


MINUTES = st.integers(0, 3 * 24 * 60 - 1)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(MINUTES, MINUTES, st.integers(0, 7), st.booleans()), min_size=1, max_size=8), MINUTES)
def test_cases_are_conserved_whenever_one_looks(cases: list[tuple[int, int, int, bool]], look: int) -> None:
    """Whatever happened when: every stage balances, and the stages hold exactly the open cases of the headline."""

    def text(minute: int) -> str:
        return f"2026-11-{20 + minute // 1440} {minute // 60 % 24:02d}:{minute % 60:02d}"

    city = LittleCity()
    for one, other, first, ended in cases:
        born, end = sorted((one, other))
        middle = (born + end) // 2
        eid = city.event(text(born), text(end) if ended else None, due=text(middle))
        city.visit(eid, first, text(born), text(middle))
        city.visit(eid, (first + 1) % 8, text(middle), text(end) if ended else None, exit=2)
    page_cache, head = city.read("stage_backlog", text(look)), city.read("headline", text(look)).set_index("kpi")
    assert (page_cache.opening + page_cache.inflow - page_cache.outflow - page_cache.exits == page_cache.closing).all()
    assert page_cache.open[:-1].sum() == head.loc["open", "value"]
    assert page_cache.overdue.sum() == head.loc["overdue", "value"]
