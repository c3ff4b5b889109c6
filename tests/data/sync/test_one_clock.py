"""A closed log at its instant: wall, workbench, kiosk and a count of the bare rows say the same."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.access.roles import DEMO_RIGHTS
from data.access.viewer import Viewer
from data.clock.calendar import BusinessClock
from data.drill.choice import choose
from data.drill.view import view
from data.facts.store import Facts
from data.kiosk import queues
from data.kiosk.choice import Choice
from data.reading.answer import answer
from data.source.mapping import Mapping
from data.source.reader import Source
from data.sync.sync import Sync
from tests.frame_cells import cell
from tests.sync_harness import STAGES, city

START = datetime(2026, 9, 1, tzinfo=UTC)
DESK = Viewer("desk", rights=DEMO_RIGHTS, user="a", role="analyst")
PROFILE = city()
CLOCK = BusinessClock.of(PROFILE)
#: Stages that hold open cases: of a closed case nobody asks where it stands.
ORDINARY = [s for s in STAGES if s != "revisit"]


@dataclass(frozen=True)
class Case:
    """Hours since START: reported, closed (None = open), and the stages entered after the report."""

    reported: int
    closed: int | None
    steps: tuple[tuple[str, int], ...]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    reported = draw(st.integers(0, 500))
    entered = sorted(draw(st.lists(st.integers(reported, reported + 200), max_size=4)))
    closed = draw(st.none() | st.integers((entered or [reported])[-1], reported + 400))
    return Case(reported, closed, tuple((draw(st.sampled_from(ORDINARY)), at) for at in entered))


def when(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def write(folder: Path, log: list[Case]) -> Mapping:
    with (folder / "cases.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "opened", "closed"])
        out.writerows(
            [i, when(c.reported).isoformat(), when(c.closed).isoformat() if c.closed is not None else ""]
            for i, c in enumerate(log)
        )
    with (folder / "log.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["key", "event", "stage", "at"])
        rows = [(i, s, at) for i, c in enumerate(log) for s, at in (("report", c.reported), *c.steps)]
        out.writerows([k, i, s, when(at).isoformat()] for k, (i, s, at) in enumerate(rows))
    read = "read_csv('{}', header = true, all_varchar = true)"
    return Mapping.model_validate(
        {
            "mapping": {"id": "m", "city": "c", "source": "duckdb:///:memory:"},
            "tables": {
                "event": {
                    "sql": f"SELECT id, opened AS reported_at, closed AS closed_at FROM {read.format(folder / 'cases.csv')}"
                },
                "transition": {"sql": f'SELECT key, event, stage, "at" FROM {read.format(folder / "log.csv")}', "order": "key"},
            },
        }
    )


def standing(log: list[Case], at: int) -> Counter[str]:
    """Stage -> open cases at ``at`` (hours), from the bare rows."""
    out: Counter[str] = Counter()
    for case in log:
        if case.reported <= at and (case.closed is None or case.closed > at):
            out[[s for s, entered in (("report", case.reported), *case.steps) if entered <= at][-1]] += 1
    return out


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(log=st.lists(cases(), min_size=1, max_size=8), hours=st.integers(0, 700) | st.none())
def test_wall_workbench_and_kiosk_count_the_same_open_cases_at_the_logs_instant(log: list[Case], hours: int | None) -> None:
    newest = max(max(c.reported, c.closed or 0, *(at for _, at in c.steps), 0) for c in log)
    at = newest if hours is None else hours
    with TemporaryDirectory() as folder, Facts.create("duckdb:///:memory:") as facts:
        source = write(Path(folder), log)
        head = source.mapping.model_copy(update={"as_of": "newest" if hours is None else when(hours).isoformat()})
        sync = Sync(Source.open(None, source.model_copy(update={"mapping": head})), facts, PROFILE, CLOCK)
        sync.load(datetime(2026, 12, 1, tzinfo=UTC))
        now, right = sync.clock_now(datetime(2026, 12, 1, tzinfo=UTC)), standing(log, at)
        assert now == when(at)
        wall = cell(answer("headline", facts, Viewer(), sync.city, now)[1].set_index("kpi"), "open", "value")
        page_cache = answer("stage_backlog", facts, Viewer(), sync.city, now)[1].set_index("stage")["open"]
        desk = view(facts, choose(DESK, sync.city, {}, now), ("summary",)).frames["summary"].iloc[0]
        asked = queues.asked(DESK, sync.city, now, (), Choice())
        kiosk = queues.compute(facts.read(asked)[1], sync.city, DESK, Choice()).stages[0]
        total = right.total()
        assert (wall, int(desk["open"]), kiosk.open) == (total, total, total)
        assert {k: int(v) for k, v in page_cache.items() if v} == dict(right)
