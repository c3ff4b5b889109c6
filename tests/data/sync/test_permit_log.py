"""A permit desk's log goes the whole road (mapping, sync, facts, metrics) and gives what its bare file says.

The log is the sample that comes along, in the columns of the public one.  Every expected value is counted from its file by
the csv module and statsmodels, or written here as counted by hand; the facts are asked for none of it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from data.access.viewer import Viewer
from data.city.city import City
from data.city.profile import load_profile
from data.clock.calendar import BusinessClock
from data.facts.row_faults import fault_counts
from data.facts.store import Facts
from data.metrics import METRICS
from data.source.files import SAMPLES
from data.source.mapping import check_mapping
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.sync import Sync
from tests.frame_cells import cells
from tests.make_samples import MADE

LOG = SAMPLES / "permit_receipt.csv"
#: Long after the log ended: the wall's clock stands at its newest record all the same.
LOADED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def file() -> list[dict[str, str]]:
    """The rows of the file."""
    with LOG.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def cases(file: list[dict[str, str]]) -> list[dict[str, str]]:
    """One row a case: the attributes stand on each of its rows."""
    return list({r["case:concept:name"]: r for r in file}.values())


class Desk:
    """The permit desk after its first load."""

    def __init__(self, facts: Facts, sync: Sync) -> None:
        self.facts, self.sync = facts, sync
        self.city = City(load_profile("permit"), facts.grid())
        self.meta = facts.read({})[0]
        self.now = datetime.fromtimestamp(int(self.meta["as_of_ms"]) / 1000, UTC)

    def read(self, metric_id: str, back: timedelta | None = None) -> pd.DataFrame:
        metric = METRICS[metric_id]
        statements = metric.select(Viewer(), self.city, back, self.now)
        _, rows = self.facts.read({name: s.select for name, s in statements.items()})
        return metric.compute(rows, self.city, self.now)


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    profile, mapping = load_profile("permit"), load_mapping("permit_receipt")
    with Facts.open("duckdb:///:memory:") as facts:
        source = Source.open(None, mapping)
        sync = Sync(source, facts, profile, BusinessClock.of(profile))
        sync.load(LOADED_AT, lambda step, done, of: None)
        yield Desk(facts, sync)
        source.close()


@pytest.mark.parametrize("name", MADE)
def test_the_samples_are_what_their_generator_writes(name: str) -> None:
    assert (SAMPLES / name).read_text(encoding="utf-8") == MADE[name]()


def test_mapping_names_only_what_the_city_has() -> None:
    check_mapping(load_mapping("permit_receipt"), load_profile("permit"))


@pytest.mark.slow
def test_clock_of_the_wall_stands_at_the_newest_record_of_the_log(desk: Desk, file: list[dict[str, str]]) -> None:
    stamps = [instant(r[c]) for r in file for c in ("time:timestamp", "case:startdate", "case:enddate") if r[c]]
    assert desk.now == max(stamps)


def test_every_case_and_every_row_is_in_the_facts(desk: Desk, file: list[dict[str, str]]) -> None:
    assert desk.read("throughput").iloc[0]["cases"] == len({r["case:concept:name"] for r in file}) == 110
    assert desk.read("stage_backlog")["entries"].sum() == len(file) == 783


def test_the_two_cases_that_end_before_they_begin_are_counted_and_told(desk: Desk, cases: list[dict[str, str]]) -> None:
    early = [r for r in cases if r["case:enddate"] and instant(r["case:enddate"]) < instant(r["case:startdate"])]
    assert [r["case:concept:name"] for r in early] == ["case-90041", "case-90092"]
    assert fault_counts(desk.facts) == [("event", "closes_before_report", 2)]


def test_27_stages_have_as_many_cases_and_rows_as_the_file(desk: Desk, file: list[dict[str, str]]) -> None:
    rows = [(r["concept:name"], r["case:concept:name"]) for r in file]
    entries, reached = Counter(stage for stage, _ in rows), Counter(stage for stage, _ in set(rows))
    frame = desk.read("stage_backlog")
    names = [s.name.en for s in desk.city.profile.stages]
    assert len(frame) == len(entries) == 27
    assert dict(zip(names, frame["entries"], strict=True)) == entries
    assert dict(zip(names, frame["cohort"], strict=True)) == reached


def test_a_step_that_a_case_repeats_is_an_entry_more_and_the_same_case(desk: Desk) -> None:
    frame = desk.read("stage_backlog").set_index("stage")
    # every case is confirmed once; 105 go on to the check, 16 of them twice, after an adjustment
    assert cells(frame, "confirmation", ["entries", "cohort", "cohort_share"]) == [110, 110, 100]
    assert cells(frame, "t02_check_confirmation", ["entries", "cohort"]) == [121, 105]
    assert frame.loc["t02_check_confirmation", "cohort_share"] == pytest.approx(100 * 105 / 110)


def test_stocks_of_the_stages_add_up_to_the_cases_without_an_end(desk: Desk, cases: list[dict[str, str]]) -> None:
    frame = desk.read("stage_backlog")
    assert frame["open"].sum() == sum(not r["case:enddate"] for r in cases) == 9
    assert (frame["opening"] + frame["inflow"] - frame["outflow"] - frame["exits"] == frame["closing"]).all()


def test_throughput_runs_from_the_first_to_the_last_row_of_a_case_and_9_still_run(
    desk: Desk, file: list[dict[str, str]], cases: list[dict[str, str]]
) -> None:
    stamps: dict[str, list[datetime]] = {}
    for r in file:
        stamps.setdefault(r["case:concept:name"], []).append(instant(r["time:timestamp"]))
    ended = {r["case:concept:name"]: bool(r["case:enddate"]) for r in cases}
    took = [((max(at) if ended[name] else desk.now) - min(at)).total_seconds() for name, at in stamps.items()]
    curve = SurvfuncRight(took, [int(ended[name]) for name in stamps])
    row = desk.read("throughput").iloc[0]
    # 55 of 110 have ended: its own quantile takes the product that should be one half for a hair more
    half = curve.surv_times[np.argmax(curve.surv_prob <= 0.5 + 1e-9)]
    assert row["median_s"] == pytest.approx(half, abs=0.001)
    steps = np.diff(np.concatenate([[0.0], curve.surv_times, [max(took)]]))
    assert row["mean_s"] == pytest.approx(float((steps * np.concatenate([[1.0], curve.surv_prob])).sum()), abs=0.01)
    assert row["mean_within_s"] == pytest.approx(max(took), abs=0.001)


def test_ended_cases_met_their_deadline_or_missed_it(desk: Desk, cases: list[dict[str, str]]) -> None:
    ended = [r for r in cases if r["case:enddate"]]
    met = sum(instant(r["case:enddate"]) <= instant(r["case:deadline"]) for r in ended)
    assert (len(ended), met) == (101, 80)
    row = desk.read("throughput").iloc[0]
    assert row[["closed", "without_end", "deadline_cases", "deadline_met", "deadline_missed"]].tolist() == [
        101,
        9,
        101,
        met,
        101 - met,
    ]


def test_channels(desk: Desk, cases: list[dict[str, str]]) -> None:
    frame = desk.read("channel_mix")
    names = {c.code: c.name.en for c in desk.city.profile.channels}
    assert {names[c]: n for c, n in zip(frame["channel"], frame["n"], strict=True)} == Counter(r["case:channel"] for r in cases)
    assert frame["n"].sum() == 110


def test_departments(desk: Desk, cases: list[dict[str, str]]) -> None:
    counted = Counter(r["case:department"] for r in cases)
    frame = desk.read("department_response")
    first = frame[(frame["measure"] == "first") & (frame["n"] > 0)].set_index("department")["n"]
    codes = {"general": counted["General"], "customer_contact": counted["Customer contact"], "experts": counted["Experts"]}
    assert first.to_dict() == {"": 110, **codes}
    kinds = desk.read("category_top")
    assert dict(zip(kinds["category"], kinds["n"], strict=True)) == codes


def test_a_window_counts_only_the_cases_reported_in_it(desk: Desk, cases: list[dict[str, str]]) -> None:
    since = desk.now - timedelta(days=200)
    expected = sum(since < instant(r["case:startdate"]) <= desk.now for r in cases)
    assert desk.read("throughput", timedelta(days=200)).iloc[0]["cases"] == expected
    assert 0 < expected < 110


def test_a_second_tick_on_the_same_file_changes_nothing(desk: Desk) -> None:
    assert desk.sync.tick(LOADED_AT + timedelta(seconds=1)).changed == 0
