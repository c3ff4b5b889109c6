"""Coordinates of a source in GCJ-02 or BD-09: read as degrees of WGS 84, against places that two other libraries worked out."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
import shapely

from data.facts.store import Facts
from data.source.columns import Rules, frame
from data.source.mapping_file import load_mapping
from data.sync.grid import grid_of, grid_rows
from data.sync.locate import located
from tests.city_builder import profile
from tests.data.source.test_mapping import GOOD, fault
from tests.data.sync.test_grid import cells_of
from tests.data.sync.test_locate import file_of, mapping_of
from tests.oracles import worked
from tests.sync_harness import NOW, Platform, after, column, sync_of

PAIRS = worked("gcj02")["pairs"]
SYSTEMS = {"GCJ-02": "gcj02", "BD-09": "bd09"}
#: Degrees: 0.1 m, as far as the two libraries agree.
NEAR = 1e-6


def rules(crs: str) -> Rules:
    return Rules(ZoneInfo("UTC"), crs={"event": crs, "asset": crs} if crs else {})


@pytest.mark.parametrize("arrow", [False, True], ids=["a tick's rows", "a load's columns"])
@pytest.mark.parametrize("crs", SYSTEMS)
@pytest.mark.parametrize("table", ["event", "asset"])
def test_points_are_read_where_two_other_libraries_put_them(table: str, crs: str, arrow: bool) -> None:
    told = [place for pair in PAIRS for place in pair[SYSTEMS[crs]].values()]
    meant = [pair["wgs84"] for pair in PAIRS for _ in pair[SYSTEMS[crs]]]
    columns: dict[str, Any] = {name: [place[i] for place in told] for i, name in enumerate(("lon", "lat"))}
    read = frame(table, {n: pa.chunked_array([v]) for n, v in columns.items()} if arrow else columns, rules(crs))
    assert np.column_stack([read.floats("lon"), read.floats("lat")]) == pytest.approx(np.array(meant), abs=NEAR)


def test_points_that_are_none_or_lie_outside_china_stay_as_they_are() -> None:
    columns: dict[str, Any] = {"lon": [None, 0.0, "116.4", "x", -122.4], "lat": [39.9, 0.0, None, 39.9, 37.8]}
    there, plain = (frame("event", columns, rules(crs)) for crs in ("GCJ-02", ""))
    for name in ("lon", "lat"):
        assert np.array_equal(there.floats(name), plain.floats(name), equal_nan=True)
    assert [b.detail for b in there.bad] == [b.detail for b in plain.bad] != []


def test_a_table_of_another_system_is_left_alone() -> None:
    columns = {"lon": [116.4], "lat": [39.9]}
    read = frame("event", columns, Rules(ZoneInfo("UTC"), crs={"asset": "GCJ-02"}))
    assert (read.floats("lon")[0], read.floats("lat")[0]) == (116.4, 39.9)


@pytest.mark.parametrize("crs", SYSTEMS)
def test_an_event_is_in_the_cell_in_which_it_happened(crs: str) -> None:
    """A cell of 200 m around a place: its displaced point lies outside, unless the mapping says what it is."""
    pair = PAIRS[0]
    lon, lat = pair["wgs84"]
    cell = shapely.to_wkb(shapely.box(lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001))
    grid = grid_of(grid_rows(cells_of([{"code": "t", "level": "town", "geometry": cell}]), profile())[0])
    x, y = next(iter(pair[SYSTEMS[crs]].values()))
    found = [located(frame("event", {"lon": [x], "lat": [y]}, rules(stated)), grid).tolist() for stated in (crs, "")]
    assert found == [[0], [-1]]


def test_a_load_and_a_tick_put_events_into_the_cells_where_they_happened(tmp_path: Path) -> None:
    (beijing, shanghai), around = PAIRS[:2], 0.001
    boxes = [shapely.box(x - around, y - around, x + around, y + around) for x, y in (beijing["wgs84"], shanghai["wgs84"])]
    file = file_of(tmp_path / "g.geojson", ("c1", {"up": "t1"}, boxes[0]), ("c9", {"up": "t1"}, boxes[1]))
    plain = load_mapping(mapping_of(tmp_path, "lon, lat,", file=str(file), code="id", parent="up", level="cell"))
    mapping = plain.model_copy(update={"mapping": plain.mapping.model_copy(update={"crs": "GCJ-02"})})
    platform = Platform(tmp_path)

    def report(id: int, pair: dict[str, Any], **more: Any) -> None:
        lon, lat = pair["gcj02"]["coord_convert"]
        platform.event(id, lon=lon, lat=lat, **more)
        platform.log(id, id, "report")

    report(1, beijing)
    with Facts.create("duckdb:///:memory:") as facts:
        sync = sync_of(platform, facts, mapping=mapping)
        sync.load(NOW)
        report(2, shanghai, changed=after(seconds=5))
        sync.tick(after(seconds=6))
        codes = facts.grid().code
        assert [codes[i] if i >= 0 else "" for i in column(facts, "event", "l2")] == ["c1", "c9"]


@pytest.mark.parametrize("crs", SYSTEMS)
@pytest.mark.parametrize("form", [shapely.to_wkb, lambda shape: shape.wkt, shapely.to_geojson], ids=["WKB", "WKT", "GeoJSON"])
def test_the_sources_own_outlines_are_put_back_too(crs: str, form: Any) -> None:
    library = next(iter(PAIRS[0][SYSTEMS[crs]]))
    corners = [pair[SYSTEMS[crs]][library] for pair in PAIRS[:3]]
    meant = shapely.Polygon([pair["wgs84"] for pair in PAIRS[:3]])
    rows, faults = grid_rows(
        cells_of([{"code": "t", "level": "town", "geometry": form(shapely.Polygon(corners))}, {"code": "u", "level": "town"}]),
        profile(),
        crs=crs,
    )
    assert faults == []
    got = shapely.from_wkb(rows["geometry"][0])
    assert shapely.equals_exact(shapely.normalize(got), shapely.normalize(meant), tolerance=NEAR)
    assert rows["geometry"][1] is None


def mapping(tmp_path: Path, *changes: tuple[str, str]) -> Any:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


WHOLE = ("[tables.event]", 'crs = "GCJ-02"\n[tables.asset]\nsql = "SELECT code, kind, lon, lat FROM a"\n[tables.event]')
OWN = ("[tables.event]", '[tables.event]\ncrs = "BD-09"')


def test_a_mapping_states_the_system_for_all_its_tables_or_for_one(tmp_path: Path) -> None:
    assert mapping(tmp_path).displaced == {}
    assert mapping(tmp_path, WHOLE).displaced == {"event": "GCJ-02", "asset": "GCJ-02"}
    assert mapping(tmp_path, OWN).displaced == {"event": "BD-09"}
    assert mapping(tmp_path, WHOLE, OWN).displaced == {"event": "BD-09", "asset": "GCJ-02"}
    plain = ("[tables.event]", '[tables.event]\ncrs = "EPSG:4490"')
    assert mapping(tmp_path, WHOLE, plain).displaced == {"asset": "GCJ-02"}


def test_what_is_stated_makes_the_facts_others(tmp_path: Path) -> None:
    prints = {mapping(tmp_path, *changes).fingerprint for changes in ((), (WHOLE,), (OWN,))}
    assert len(prints) == 3


def test_a_system_that_is_not_read_is_refused_with_its_place(tmp_path: Path) -> None:
    assert "mapping.crs: 'GCJ02' is not known here; did you mean 'GCJ-02'?" in fault(
        tmp_path, 'city = "qufu"', 'city = "qufu"\ncrs = "GCJ02"'
    )
    assert "tables.event.crs: 'BD09' is not known here" in fault(tmp_path, "[tables.event]", '[tables.event]\ncrs = "BD09"')
    said = fault(tmp_path, "[tables.transition]", '[tables.transition]\ncrs = "GCJ-02"')
    assert "tables.transition.crs: transition has no coordinates; state it for event, grid, asset" in said
