"""Service requests go the whole road and give what their bare files say, counted here by the csv module and shapely.

The requests are the sample that comes along, in the columns of the public ones.  Their points alone say where they are, the
grid is a GeoJSON file with three faulty outlines, and some close before they open: nothing of it is dropped, and nothing
passes in silence.
"""

from __future__ import annotations

import csv
import json
import logging
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
import shapely

from dashboard.api import set_aside
from data.access.viewer import Viewer
from data.city.city import City
from data.city.profile import load_profile
from data.clock.calendar import BusinessClock
from data.facts.fetch import only_row
from data.facts.row_faults import fault_counts, faults, not_located
from data.facts.store import Facts
from data.metrics import METRICS
from data.source.files import SAMPLES
from data.source.mapping import check_mapping
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.sync import Sync

REQUESTS, OUTLINES = SAMPLES / "sf_311.csv", SAMPLES / "sf_neighborhoods.geojson"
LOADED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


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
            return int(only_row(cursor.execute(sql))[0])


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
    with Facts.open("duckdb:///:memory:") as facts:
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


@pytest.fixture(scope="module")
def outlines() -> dict[str, shapely.Geometry]:
    """The neighbourhoods as the file draws them; a hole that touches the edge is a hole."""
    features = json.loads(OUTLINES.read_text(encoding="utf-8"))["features"]
    return {f["properties"]["name"]: shapely.make_valid(shapely.geometry.shape(f["geometry"])) for f in features}


def points(file: list[dict[str, str]]) -> list[tuple[float, float]]:
    return [(float(r["longitude"]), float(r["latitude"])) for r in file]


def test_the_mapping_fits_its_city() -> None:
    check_mapping(load_mapping("sf_311"), load_profile("sf"))


@pytest.mark.slow
def test_five_hundred_requests_of_which_480_are_closed(desk: Desk, file: list[dict[str, str]]) -> None:
    row = desk.read("throughput").iloc[0]
    assert (len(file), sum(r["status"] == "Closed" for r in file)) == (500, 480)
    assert row[["cases", "closed", "open"]].tolist() == [500, 480, 20]
    assert desk.one("SELECT count(*) FROM event") == 500


def test_the_only_faults_are_3_early_ends_and_3_outlines(desk: Desk) -> None:
    assert fault_counts(desk.facts) == [("event", "closes_before_report", 3), ("grid", "repaired_outline", 3)]


def test_requests_that_close_before_they_open_are_in_no_duration(desk: Desk) -> None:
    assert desk.one("SELECT count(*) FROM event WHERE closed_at < reported_at AND w_closed IS NULL AND is_open = 0") == 3
    assert desk.one("SELECT count(*) FROM event WHERE closed_at IS NOT NULL AND w_closed IS NOT NULL") == 477
    first = desk.read("department_response").query("measure == 'first' and department == ''").iloc[0]
    assert first[["n", "done", "waiting"]].tolist() == [500, 477, 23], "20 open, 3 censored"


def test_three_of_37_outlines_were_mended_and_it_is_said(desk: Desk) -> None:
    grid = desk.facts.grid()
    assert len(grid.code) == 37
    assert all(shapely.from_wkb(g).is_valid for g in grid.shapes())
    drawn = json.loads(OUTLINES.read_text(encoding="utf-8"))["features"]
    mended = {f["properties"]["name"] for f in drawn if not shapely.geometry.shape(f["geometry"]).is_valid}
    assert mended == {"Sample B2", "Sample C5", "Sample E4"}
    assert {f["row_key"] for f in faults(desk.facts) if f["reason"] == "repaired_outline"} == mended
    assert {s.split(":")[0].removeprefix("grid ") for s in desk.said if "made valid" in s} == mended


def test_298_of_the_300_points_are_in_a_neighbourhood_and_the_rest_is_not_located(
    desk: Desk, file: list[dict[str, str]], outlines: dict[str, shapely.Geometry]
) -> None:
    assert sum(p == (0, 0) for p in points(file)) == 200
    everywhere = shapely.union_all(list(outlines.values()))
    assert shapely.contains_xy(everywhere, points(file)).sum() == 298
    assert desk.one("SELECT count(*) FROM event WHERE l1 >= 0") == 298
    assert not_located(desk.facts) == 200 + 2
    answer = set_aside(desk.facts, True)
    assert (answer["total"], answer["not_located"]) == (6, 202), "said beside the faults, and not as 202 of them"
    heat = desk.read("grid_heat").set_index("code")["n"]
    assert heat[[*desk.facts.grid().code]].sum() == 298
    assert (heat[""], heat["?"]) == (500, 202), "the sum holds them all, the map none that has no place"


def test_every_neighbourhood_has_the_requests_that_its_outline_holds(
    desk: Desk, file: list[dict[str, str]], outlines: dict[str, shapely.Geometry]
) -> None:
    heat = desk.read("grid_heat").set_index("code")["n"]
    assert {c: heat[c] for c in outlines} == {c: shapely.contains_xy(o, points(file)).sum() for c, o in outlines.items()}


def test_no_point_at_zero_zero_is_in_a_neighbourhood(desk: Desk, file: list[dict[str, str]]) -> None:
    nowhere = ", ".join(r["unique_key"] for r in file if float(r["longitude"]) == 0)
    assert desk.one(f"SELECT count(*) FROM event WHERE l1 >= 0 AND eid IN ({nowhere})") == 0


def test_a_neighbourhood_is_a_scope_with_exactly_the_requests_that_its_outline_holds(
    desk: Desk, file: list[dict[str, str]], outlines: dict[str, shapely.Geometry]
) -> None:
    inside = shapely.contains_xy(outlines["Sample A2"], points(file)).sum()
    assert desk.read("throughput", scope="Sample A2").iloc[0]["cases"] == inside
    assert 0 < inside < 298


def test_seven_sources(desk: Desk, file: list[dict[str, str]]) -> None:
    frame = desk.read("channel_mix")
    names = {c.code: c.name.en for c in desk.city.profile.channels}
    counted = Counter(r["source"] for r in file)
    assert {names[str(c)]: n for c, n in zip(frame["channel"], frame["n"], strict=True)} == counted
    assert len(counted) == 7


def test_every_agency_has_its_own_requests(desk: Desk, file: list[dict[str, str]]) -> None:
    frame = desk.read("department_response").query("measure == 'first' and n > 0").set_index("department")["n"]
    names = {d.code: d.name.en for d in desk.city.profile.departments}
    counted = Counter(" ".join(r["agency_name"].split()) for r in file)
    assert any("  " in r["agency_name"] for r in file), "one is spelled with two blanks"
    assert {names[str(c)]: n for c, n in frame.items() if c} == counted
    assert len(counted) == 13


def test_every_category_is_counted_under_its_own_name(desk: Desk, file: list[dict[str, str]]) -> None:
    names = {c.code: c.name.en for c in desk.city.profile.categories}
    frame = desk.read("category_top")
    top = {names[str(c)]: n for c, n in zip(frame["category"], frame["n"], strict=True) if c in names and n}
    counted = Counter(r["category"].removesuffix(" -") for r in file)
    assert top.items() <= counted.items()
    assert top["Sewer Issues"] == max(counted.values())
    assert desk.one("SELECT count(DISTINCT category) FROM event WHERE category >= 0") == len(counted) == 10


def test_the_clock_stands_at_the_newest_request_in_the_citys_own_time(desk: Desk, file: list[dict[str, str]]) -> None:
    newest = max(r[c][:16] for r in file for c in ("created_date", "closed_date"))
    assert desk.now.astimezone(desk.city.profile.zone).strftime("%Y-%m-%d %H:%M") == newest


def test_stocks_of_the_stages_add_up(desk: Desk) -> None:
    frame = desk.read("stage_backlog").set_index("stage")
    assert frame["open"].sum() == 20
    assert frame["entries"].to_dict() == {"opened": 500, "closed": 480}


def test_a_second_tick_on_the_same_files_changes_nothing(desk: Desk) -> None:
    report = desk.sync.tick(LOADED_AT + timedelta(seconds=1))
    assert (report.changed, report.faults, report.loaded) == (0, 6, False)
