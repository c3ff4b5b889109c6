"""Where much of a table is rejected the wall tells little: /healthz is not well, and the top bar says what and why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from data.facts.row_faults import fault_counts
from data.facts.store import Facts
from data.sync.rejected import Rejected, rejected_tables
from layouts.text.rejected import rejected_words
from tests.callbacks.test_router_guards import routes
from tests.sync_harness import NOW, Platform, after, city, loosen, sync_of

pytestmark = pytest.mark.slow

LIMIT = 0.05


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return Platform(tmp_path)


@pytest.fixture
def facts() -> Iterator[Facts]:
    with Facts.create("duckdb:///:memory:") as made:
        yield made


def fill(platform: Platform, rows: int, bad: int, **of_bad: Any) -> None:
    """Ten cases with ``rows`` log rows between them, ``bad`` of which are as ``of_bad`` says."""
    platform.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) "
        "INSERT INTO event (id, reported_at, changed, category) SELECT i, ?, ?, 'lamp' FROM n",
        *[_text(NOW)] * 2,
    )
    platform.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO transition (key, event, stage, action, at, changed) "
        "SELECT i, 1 + i % 10, 'accept', 'enter', ?, ? FROM n",
        rows,
        *[_text(NOW)] * 2,
    )
    for column, value in of_bad.items():
        platform.run(f'UPDATE transition SET "{column}" = ? WHERE key <= ?', value, bad)


def _text(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}.000000"


def test_a_log_of_which_five_in_eight_rows_name_unknown_stages_is_said(platform: Platform, facts: Facts) -> None:
    fill(platform, 40, 25, stage="归档")
    sync_of(platform, facts).load(NOW)
    (found,) = rejected_tables(facts, LIMIT)
    assert found == Rejected("transition", 25, 40, "unknown_stage")
    assert rejected_words(found).zh == "流转记录 62% 无法使用（未知环节）：请检查映射"
    assert rejected_words(found).en == "62% of log rows unusable (unknown stage): check the mapping"


@pytest.mark.parametrize(
    ("rows", "bad", "said"),
    [
        (400, 20, False),  # exactly at the limit of 5 %
        (400, 21, True),
        (100, 19, False),  # more than 5 %, but of fewer than 20 rows one does not speak
        (100, 20, True),
        (7, 6, False),
        (7, 7, True),  # all that there is
        (40, 0, False),
    ],
)
def test_the_share_counts_from_twenty_rows_on_and_above_the_limit(
    platform: Platform, facts: Facts, rows: int, bad: int, said: bool
) -> None:
    fill(platform, rows, bad, stage="nowhere")
    sync_of(platform, facts).load(NOW)
    assert [(r.rows, r.read) for r in rejected_tables(facts, LIMIT)] == ([(bad, rows)] if said else [])


def test_a_limit_of_1_is_never_passed_and_one_of_0_by_any_twenty_rows(platform: Platform, facts: Facts) -> None:
    fill(platform, 2_000, 20, stage="nowhere")
    sync_of(platform, facts).load(NOW)
    assert [r.rows for r in rejected_tables(facts, 0)] == [20]
    platform.run("UPDATE transition SET stage = 'nowhere'")
    sync_of(platform, facts).load(NOW)
    assert rejected_tables(facts, 1) == []


def test_a_row_that_is_used_in_part_is_not_rejected(platform: Platform, facts: Facts) -> None:
    fill(platform, 40, 40, department="unheard of", due_at="soon")
    platform.run("UPDATE event SET category = 'unheard of', closed_at = 'never'")
    sync_of(platform, facts).load(NOW)
    assert sum(n for _, _, n in fault_counts(facts)) >= 100
    assert rejected_tables(facts, LIMIT) == []


def test_a_row_with_two_faults_is_one_row_and_a_key_that_all_rows_carry_is_all_rows(platform: Platform, facts: Facts) -> None:
    fill(platform, 40, 30, stage="nowhere", department="unheard of")
    sync_of(platform, facts).load(NOW)
    assert [r.rows for r in rejected_tables(facts, LIMIT)] == [30]
    loosen(platform)
    fill(platform, 40, 40, key="key")  # what "key" is in MySQL: a text
    sync_of(platform, facts).load(NOW)
    assert rejected_tables(facts, LIMIT) == [Rejected("transition", 39, 40, "duplicate_key")]


def test_events_without_a_time_are_said_before_a_log_of_which_less_is_lost(platform: Platform, facts: Facts) -> None:
    loosen(platform)
    fill(platform, 60, 30, at="yesterday")
    platform.run("UPDATE event SET reported_at = 'soon'")
    platform.event(99)
    platform.run("UPDATE transition SET event = 99")
    sync_of(platform, facts).load(NOW)
    log = rejected_tables(facts, LIMIT)
    assert log == [Rejected("transition", 30, 60, "bad_time")], "10 of 11 events are fewer than 20"
    platform.run(
        "INSERT INTO event SELECT id + 100, case_number, category, network, channel, severity, grid, lon, lat, 'soon', "
        "due_at, closed_at, outcome, duplicate_of, linked_to, first_contact_at, verified, resolved, satisfaction, "
        "called_back_at, changed FROM event WHERE id <= 10"
    )
    sync_of(platform, facts).load(NOW)
    assert rejected_tables(facts, LIMIT) == [Rejected("event", 20, 21, "bad_time"), *log]


def test_it_is_well_again_once_the_rows_are_mended(platform: Platform, facts: Facts) -> None:
    fill(platform, 40, 25, stage="nowhere")
    sync = sync_of(platform, facts)
    sync.load(NOW)
    assert rejected_tables(facts, LIMIT)
    platform.run("UPDATE transition SET stage = 'verify', changed = ?", _text(after(seconds=2)))
    sync.tick(NOW + timedelta(seconds=3))
    assert rejected_tables(facts, LIMIT) == []


@pytest.mark.parametrize(("rows", "read", "said"), [(999, 1000, ">99%"), (1000, 1000, "100%"), (20, 20_000, "<1%")])
def test_the_share_is_never_rounded_to_all_or_nothing(rows: int, read: int, said: str) -> None:
    assert said in rejected_words(Rejected("event", rows, read, "bad_time")).zh


def test_healthz_is_not_well_while_more_is_rejected_than_the_city_allows() -> None:
    live, _ = routes()
    health = live.hub.page_cache.health
    health.source_ok, health.loading, health.checked_ms = True, None, 5
    assert asked(live)[0] == 200
    health.rejected = (Rejected("transition", 25, 40, "unknown_stage"),)
    status, told = asked(live)
    assert (status, told["ok"]) == (503, False)
    assert told["rejected"] == [
        {
            "table": "transition",
            "rows": 25,
            "read": 40,
            "reason": "unknown_stage",
            "share": 0.625,
            "said": "62% of log rows unusable (unknown stage): check the mapping",
        }
    ]
    assert health.public()["ok"], "the source answers: the panels are as live as they were"
    assert health.public()["rejected"]["zh"].startswith("流转记录 62% 无法使用")


def asked(live: Any) -> tuple[int, dict[str, Any]]:
    sent: list[Any] = []

    async def run() -> None:
        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/healthz", "query_string": b"", "headers": []}
        await live(scope, None, send)

    asyncio.run(run())
    return sent[0]["status"], json.loads(sent[1]["body"])


def test_the_limit_is_the_citys_and_lies_between_0_and_1() -> None:
    assert city().service.rejected_share == LIMIT
    assert city(service={"rejected_share": 0.2}).service.rejected_share == 0.2
    for wrong in (-0.1, 1.5, "some"):
        with pytest.raises(ValidationError, match="rejected_share"):
            city(service={"rejected_share": wrong})
