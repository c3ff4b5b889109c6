"""Ten thousand real requests go the whole road and give the figures in the README beside them.

Their points alone say where they are, the grid is a GeoJSON file with three faulty outlines, and some close before they
open: nothing of it is dropped, and nothing passes in silence.
"""

from __future__ import annotations

import csv
import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
import shapely

from dashboard.app import set_aside
from data.calendar import BusinessClock
from data.city import City
from data.facts import Facts
from data.metrics import METRICS
from data.profile import load_profile
from data.source.mapping import check_mapping, load_mapping
from data.source.reader import Source
from data.sync.sync import Sync
from data.viewer import Viewer
from tests.conftest import REALDATA, ROOT

REQUESTS = REALDATA / "sf_311_requests.csv"
LOADED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not REQUESTS.exists(), reason="the real requests (../shared/realdata) are not here")


class Desk:
    """San Francisco after its first load; ``said`` is what the load logged."""

    def __init__(self, facts: Facts, sync: Sync, said: list[str]) -> None:
        self.facts, self.sync, self.said = facts, sync, said
        self.city = City(load_profile("sf"), facts.grid())
        self.now = datetime.fromtimestamp(int(facts.read({})[0]["as_of_ms"]) / 1000, UTC)

    def read(self, metric_id: str, back: timedelta | None = None, scope: str = "") -> pd.DataFrame:
        metric = METRICS[metric_id]
        statements = metric.select(Viewer("wall", scope), self.city, back, self.now)
        _, rows = self.facts.read({name: s.select for name, s in statements.items()})
        return metric.compute(rows, self.city, self.now)

    def one(self, sql: str) -> int:
        with self.facts.cursor() as cursor:
            return int(cursor.execute(sql).fetchone()[0])


class Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    heard = Heard()
    logging.getLogger("gridwall").addHandler(heard)
    with pytest.MonkeyPatch.context() as patch, Facts.open("duckdb:///:memory:") as facts:
        patch.chdir(ROOT)                       # the mapping names its files relative to the working directory
        mapping, profile = load_mapping("sf_311"), load_profile("sf")
        source = Source.open(None, mapping)
        sync = Sync(source, facts, profile, BusinessClock.of(profile))
        sync.load(LOADED_AT)
        logging.getLogger("gridwall").removeHandler(heard)
        yield Desk(facts, sync, heard.said)
        source.close()


@pytest.fixture(scope="module")
def file() -> list[dict[str, str]]:
    with REQUESTS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_mapping_fits_its_city() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        check_mapping(load_mapping("sf_311"), load_profile("sf"))


def test_ten_thousand_requests_of_which_9630_are_closed(desk: Desk) -> None:
    row = desk.read("throughput").iloc[0]
    assert row[["cases", "closed", "open"]].tolist() == [10_000, 9_630, 370]
    assert desk.one("SELECT count(*) FROM event") == 10_000


def test_the_only_faults_are_17_early_ends_and_3_outlines(desk: Desk) -> None:
    assert desk.facts.fault_counts() == [("event", "closes_before_report", 17), ("grid", "repaired_outline", 3)]


def test_requests_that_close_before_they_open_are_in_no_duration(desk: Desk) -> None:
    assert desk.one("SELECT count(*) FROM event WHERE closed_at < reported_at AND w_closed IS NULL AND is_open = 0") == 17
    assert desk.one("SELECT count(*) FROM event WHERE closed_at IS NOT NULL AND w_closed IS NOT NULL") == 9_613
    first = desk.read("department_response").query("measure == 'first' and department == ''").iloc[0]
    assert first[["n", "done", "waiting"]].tolist() == [10_000, 9_613, 387], "370 open, 17 censored"


def test_three_of_37_outlines_were_mended_and_it_is_said(desk: Desk) -> None:
    grid = desk.facts.grid()
    assert len(grid.code) == 37
    assert all(shapely.from_wkb(g).is_valid for g in grid.shapes())
    mended = {"Marina", "Downtown/Civic Center", "North Beach"}
    assert {f["row_key"] for f in desk.facts.faults() if f["reason"] == "repaired_outline"} == mended
    assert {s.split(":")[0].removeprefix("grid ") for s in desk.said if "made valid" in s} == mended


def test_5733_of_the_5736_points_are_in_a_neighbourhood_and_the_rest_is_not_located(
        desk: Desk, file: list[dict[str, str]]) -> None:
    assert sum(float(r["longitude"]) == float(r["latitude"]) == 0 for r in file) == 4_264
    assert desk.one("SELECT count(*) FROM event WHERE l1 >= 0") == 5_733
    assert desk.facts.not_located() == 4_264 + 3
    answer = set_aside(desk.facts, True)
    assert (answer["total"], answer["not_located"]) == (20, 4_267), "said beside the faults, and not as 4,267 of them"
    heat = desk.read("grid_heat").set_index("code")["n"]
    assert heat[[*desk.facts.grid().code]].sum() == 5_733
    assert (heat[""], heat["?"]) == (10_000, 4_267), "the sum holds them all, the map none that has no place"


def test_no_point_at_zero_zero_is_in_a_neighbourhood(desk: Desk, file: list[dict[str, str]]) -> None:
    nowhere = ", ".join(r["unique_key"] for r in file if float(r["longitude"]) == 0)
    assert desk.one(f"SELECT count(*) FROM event WHERE l1 >= 0 AND eid IN ({nowhere})") == 0


def test_a_neighbourhood_is_a_scope_with_exactly_the_requests_that_its_outline_holds(
        desk: Desk, file: list[dict[str, str]]) -> None:
    grid = desk.facts.grid()
    outline = shapely.from_wkb(grid.shapes()[grid.index["Bayview"]])
    inside = shapely.contains_xy(outline, [[float(r["longitude"]), float(r["latitude"])] for r in file]).sum()
    assert desk.read("throughput", scope="Bayview").iloc[0]["cases"] == inside == 498


def test_seven_sources(desk: Desk) -> None:
    frame = desk.read("channel_mix")
    assert dict(zip(frame["channel"], frame["n"], strict=True)) == {
        "phone": 4865, "web": 4148, "mobile_open311": 839, "twitter": 90, "integrated_agency": 52, "other_department": 4,
        "email": 2}


def test_two_hundred_agencies_each_with_its_own_requests(desk: Desk, file: list[dict[str, str]]) -> None:
    frame = desk.read("department_response").query("measure == 'first' and n > 0").set_index("department")["n"]
    assert len(frame) - 1 == 200
    names = {d.code: d.name.en for d in desk.city.profile.departments}
    counted = Counter(" ".join(r["agency_name"].split()) for r in file)
    assert {names[c]: n for c, n in frame.items() if c} == counted


def test_every_category_is_counted_under_its_own_name(desk: Desk, file: list[dict[str, str]]) -> None:
    names = {c.code: c.name.en for c in desk.city.profile.categories}
    frame = desk.read("category_top")
    top = {names[c]: n for c, n in zip(frame["category"], frame["n"], strict=True) if c in names and n}
    counted = Counter(r["category"].removesuffix(" -") for r in file)
    assert top.items() <= counted.items()
    assert top["Sewer Issues"] == 2_947
    assert desk.one("SELECT count(DISTINCT category) FROM event WHERE category >= 0") == len(counted) == 61


def test_the_clock_stands_at_the_newest_request_in_the_citys_own_time(desk: Desk) -> None:
    assert desk.now.astimezone(desk.city.profile.zone).strftime("%Y-%m-%d %H:%M") == "2018-01-24 23:41"


def test_stocks_of_the_stages_add_up(desk: Desk) -> None:
    frame = desk.read("stage_backlog").set_index("stage")
    assert frame["open"].sum() == 370
    assert frame["entries"].to_dict() == {"opened": 10_000, "closed": 9_630}


def test_a_second_tick_on_the_same_files_changes_nothing(desk: Desk) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        report = desk.sync.tick(LOADED_AT + timedelta(seconds=1))
    assert (report.changed, report.faults, report.loaded) == (0, 20, False)
