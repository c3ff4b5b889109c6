"""A log that nobody here wrote goes the whole road (mapping, sync, facts, metrics) and gives its published figures.

The figures stand in the README beside the log; the counts of the 27 stages are taken from the file by the csv module.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from data.calendar import BusinessClock
from data.city import City
from data.facts import Facts
from data.metrics import METRICS
from data.profile import load_profile
from data.source.mapping import check_mapping, load_mapping
from data.source.reader import Source
from data.sync.sync import Sync
from data.viewer import Viewer

ROOT = Path(__file__).resolve().parents[1]
LOG = ROOT.parent / "shared" / "realdata" / "permit_receipt_log.csv"
#: Long after the log ended: the wall's clock stands at its newest record all the same.
LOADED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not LOG.exists(), reason="the real permit log (../shared/realdata) is not here")


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
    with pytest.MonkeyPatch.context() as patch, Facts.open("duckdb:///:memory:") as facts:
        patch.chdir(ROOT)                       # the mapping names the file relative to the working directory
        source = Source.open(None, mapping)
        sync = Sync(source, facts, profile, BusinessClock.of(profile))
        sync.load(LOADED_AT, lambda step, done, of: None)
        yield Desk(facts, sync)
        source.close()


def test_mapping_names_only_what_the_city_has() -> None:
    check_mapping(load_mapping("permit_receipt"), load_profile("permit"))


def test_clock_of_the_wall_stands_at_the_newest_record_of_the_log(desk: Desk) -> None:
    assert desk.now == datetime(2012, 1, 23, 14, 42, 54, 644000, UTC)


def test_every_case_and_every_row_is_in_the_facts(desk: Desk) -> None:
    events = desk.read("throughput").iloc[0]
    assert events["cases"] == 1434
    assert desk.read("stage_backlog")["entries"].sum() == 8577


def test_the_two_cases_that_end_before_they_begin_are_counted_and_told(desk: Desk) -> None:
    assert desk.facts.fault_counts() == [("event", "closes_before_report", 2)]


def test_27_stages_have_as_many_cases_and_rows_as_the_file(desk: Desk) -> None:
    with LOG.open(encoding="utf-8", newline="") as file:
        rows = [(r["concept:name"], r["case:concept:name"]) for r in csv.DictReader(file)]
    entries, cases = Counter(stage for stage, _ in rows), Counter(stage for stage, _ in set(rows))
    frame = desk.read("stage_backlog")
    names = [s.name.en for s in desk.city.profile.stages]
    assert len(frame) == len(entries) == 27
    assert dict(zip(names, frame["entries"], strict=True)) == entries
    assert dict(zip(names, frame["cohort"], strict=True)) == cases


def test_first_four_stages_were_reached_by_the_published_numbers_of_cases(desk: Desk) -> None:
    frame = desk.read("stage_backlog").set_index("stage")
    chosen = frame.loc[
        ["confirmation", "t02_check_confirmation", "t04_determine_confirmation", "t05_send_confirmation"]]
    assert chosen["entries"].tolist() == [1434, 1368, 1307, 1300]
    assert chosen["cohort"].tolist() == [1434, 1316, 1303, 1300]
    assert chosen["cohort_share"].tolist() == pytest.approx([100, 91.771269, 90.864714, 90.655509])


def test_stocks_of_the_stages_add_up_to_the_105_cases_without_an_end(desk: Desk) -> None:
    frame = desk.read("stage_backlog")
    assert frame["open"].sum() == 105
    assert (frame["opening"] + frame["inflow"] - frame["outflow"] - frame["exits"] == frame["closing"]).all()


def test_throughput_runs_from_the_first_to_the_last_row_of_the_log(desk: Desk) -> None:
    row = desk.read("throughput").iloc[0]
    assert row["median_s"] == pytest.approx(2868.583, abs=0.001)
    assert row["mean_s"] == pytest.approx(467263.915, abs=0.001)


def test_952_of_1329_ended_cases_met_their_deadline(desk: Desk) -> None:
    row = desk.read("throughput").iloc[0]
    assert row[["closed", "without_end", "deadline_cases", "deadline_met", "deadline_missed"]].tolist() == [
        1329, 105, 1329, 952, 377]


def test_channels(desk: Desk) -> None:
    frame = desk.read("channel_mix")
    assert dict(zip(frame["channel"], frame["n"], strict=True)) == {
        "internet": 1250, "desk": 109, "post": 53, "email": 21, "intern": 1}


def test_departments(desk: Desk) -> None:
    frame = desk.read("department_response")
    first = frame[(frame["measure"] == "first") & (frame["n"] > 0)]
    assert dict(zip(first["department"], first["n"], strict=True)) == {
        "": 1434, "general": 1390, "customer_contact": 29, "experts": 15}
    kinds = desk.read("category_top")
    assert dict(zip(kinds["category"], kinds["n"], strict=True)) == {
        "general": 1390, "customer_contact": 29, "experts": 15}


def test_a_window_counts_only_the_cases_reported_in_it(desk: Desk) -> None:
    # Between 2011-12-24 14:42:54.644 UTC and the newest record, by the file.
    assert desk.read("throughput", timedelta(days=30)).iloc[0]["cases"] == 12


def test_a_second_tick_on_the_same_file_changes_nothing(desk: Desk) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        assert desk.sync.tick(LOADED_AT + timedelta(seconds=1)).changed == 0
