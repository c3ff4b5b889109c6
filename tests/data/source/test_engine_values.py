"""What real servers deliver that is no plain value: zero dates, BIT(1), infinity, JSON, arrays, decimals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from data.clock.calendar import BusinessClock
from data.facts.store import Facts
from data.source.mapping import Mapping
from data.source.reader import Source
from data.sync.sync import Sync
from tests.databases import Server
from tests.sync_harness import city, column

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EVENT = (
    "SELECT id, kind AS category, opened AS reported_at, closed AS closed_at, due AS due_at, checked AS verified, "
    "solved AS resolved, stars AS satisfaction, changed FROM cases"
)


@pytest.fixture
def facts() -> Iterator[Facts]:
    with Facts.create("duckdb:///:memory:") as store:
        yield store


def _sync(request: pytest.FixtureRequest, facts: Facts, server: Server, *made: str) -> Sync:
    url = server("odd")
    server.run(*made, database="odd")
    quote = "`" if url.get_backend_name() == "mysql" else '"'
    mapping = Mapping.model_validate(
        {
            "mapping": {"id": "m", "city": "c", "source": url.render_as_string(hide_password=False)},
            "tables": {
                "event": {"sql": EVENT, "key": "id", "changed": "changed"},
                "transition": {
                    "sql": f"SELECT id AS {quote}key{quote}, id AS event, 'report' AS stage, "
                    f"opened AS {quote}at{quote}, changed FROM cases",
                    "key": "key",
                    "changed": "changed",
                },
            },
        }
    )
    source = Source.open(None, mapping)
    request.addfinalizer(source.close)
    profile = city()
    return Sync(source, facts, profile, BusinessClock.of(profile))


def _faults(facts: Facts) -> list[tuple[str, str, str]]:
    with facts.cursor() as cursor:
        return sorted(cursor.execute("SELECT row_key, reason, detail FROM fault WHERE source_table = 'event'").fetchall())


def test_mysqls_zero_dates_bits_and_decimals_are_understood(
    request: pytest.FixtureRequest, facts: Facts, mariadb: Server
) -> None:
    sync = _sync(
        request,
        facts,
        mariadb,
        """
        CREATE TABLE cases (id BIGINT UNSIGNED PRIMARY KEY, kind VARCHAR(20), opened DATETIME, closed DATETIME, due DATE,
          checked BIT(1), solved BIT(1), stars DECIMAL(3,1), changed DATETIME)""",
        """
        INSERT INTO cases VALUES
          (1, 'lamp', '2026-11-20 08:10:00', '2026-11-20 15:00:00', '2026-11-22', b'1', b'1', 5.0, '2026-11-20 15:00:00'),
          (2, 'lamp', '2026-11-20 09:10:00', '9999-12-31 00:00:00', NULL, b'1', b'0', 4.5, '2026-11-20 15:00:00'),
          (3, 'lamp', '2026-11-21 09:10:00', NULL, '9999-12-31', b'0', NULL, NULL, '2026-11-21 15:00:00')""",
    )
    mariadb.run("SET GLOBAL sql_mode = ''", database="odd")
    mariadb.run("UPDATE cases SET closed = '0000-00-00 00:00:00', due = '0000-00-00' WHERE id = 2", database="odd")
    right = ([0, 1, 1], [1, 1, 0], [1, 0, None], [5, None, None])
    sync.load(NOW)
    for again in (False, True):
        if again:
            mariadb.run("UPDATE cases SET changed = '2026-11-23 08:00:00'", database="odd")
            sync.tick(NOW)
        assert tuple(column(facts, "event", c) for c in ("is_open", "verified", "resolved", "satisfaction")) == right
        assert _faults(facts) == [("2", "bad_number", "satisfaction: '4.5' is no whole number")]
    due = column(facts, "event", "due_at")
    assert due[0] == round(datetime(2026, 11, 23, tzinfo=UTC).timestamp() * 1000) - 1  # a DATE ends with its day
    assert facts.meta()["never"] == '{"event.closed_at": 1, "event.due_at": 2}'


def test_postgresqls_infinity_json_and_arrays_cost_their_value_and_nothing_else(
    request: pytest.FixtureRequest, facts: Facts, postgresql: Server
) -> None:
    sync = _sync(
        request,
        facts,
        postgresql,
        """
        CREATE TABLE cases (id bigint PRIMARY KEY, kind jsonb, opened timestamptz, closed timestamptz, due date,
          checked boolean, solved text, stars int[], changed timestamptz)""",
        """
        INSERT INTO cases VALUES
          (1, '"lamp"', '2026-11-20 08:10:00Z', '2026-11-20 15:00:00Z', '2026-11-22', true, '是', NULL, '2026-11-20 15:00:00Z'),
          (2, '{"a": 1}', '2026-11-20 09:10:00Z', 'infinity', 'infinity', false, 'N', NULL, '2026-11-20 15:00:00Z'),
          (3, NULL, '2026-11-21 09:10:00Z', NULL, NULL, NULL, 'perhaps', '{1,2}', '2026-11-21 15:00:00Z')""",
    )
    right = ([0, 1, 1], [1, 0, None], [1, 0, None], [0, -1, -1])
    sync.load(NOW)
    for again in (False, True):
        if again:
            postgresql.run("UPDATE cases SET changed = '2026-11-23 08:00:00Z'", database="odd")
            sync.tick(NOW)
        assert tuple(column(facts, "event", c) for c in ("is_open", "verified", "resolved", "category")) == right
        assert [f[:2] for f in _faults(facts)] == [("2", "bad_value"), ("3", "bad_value"), ("3", "bad_yes_no")]
    assert facts.meta()["never"] == '{"event.closed_at": 1, "event.due_at": 1}'
