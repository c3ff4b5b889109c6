"""Outlines from a GeoJSON file: cells of one part and of many, and every way in which a file is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from data.errors import FileFault
from data.source.files import SAMPLES
from data.source.mapping import load_mapping
from data.sync.grid import grid_rows
from geo.geojson import GeoJSONFault, Outline, read_shapes
from tests.little_city import profile

SQUARE = [[[116.0, 35.0], [116.1, 35.0], [116.1, 35.1], [116.0, 35.1], [116.0, 35.0]]]


def feature(code: Any = "east", coordinates: Any = SQUARE, kind: str = "Polygon") -> dict[str, Any]:
    return {"type": "Feature", "properties": {"code": code, "name": "x"}, "geometry": {"type": kind, "coordinates": coordinates}}


def write(path: Path, *features: Any, **more: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}), encoding="utf-8")
    return path


def square(west: float) -> list[list[list[float]]]:
    return [[[west, 35.0], [west + 0.1, 35.0], [west + 0.1, 35.1], [west, 35.1], [west, 35.0]]]


def test_features_of_one_code_are_parts_of_one_cell(tmp_path: Path) -> None:
    # district 31 stands three times: an enclave, and an exclave that is itself of two parts
    path = write(tmp_path / "districts.geojson", feature("1", square(116.0)), feature("31", square(117.0)),
                 feature("2", square(118.0)), feature("31", square(119.0)),
                 feature("31", [square(120.0), square(121.0)], "MultiPolygon"))
    districts = read_shapes(path, "code")
    assert list(districts) == ["1", "31", "2"]
    parts = {code: shapely.get_parts(shapely.from_wkb(wkb)) for code, wkb in districts.items()}
    assert {code: len(p) for code, p in parts.items()} == {"1": 1, "31": 4, "2": 1}
    assert sorted(p.bounds[0] for p in parts["31"]) == [117.0, 119.0, 120.0, 121.0]


def test_the_sample_of_outlines_has_37_of_which_one_is_of_two_islands() -> None:
    cells = read_shapes(SAMPLES / "sf_neighborhoods.geojson", "name")
    assert len(cells) == 37
    assert len(shapely.get_parts(shapely.from_wkb(cells["Sample Islands"]))) == 2


@pytest.mark.parametrize(("features", "more", "said"), [
    ([feature(code=None)], {}, "features.0: its property 'code' holds no code (None); its properties are: code, name"),
    ([feature(), feature(kind="Point", coordinates=[1, 2])], {}, "features.1: 'east' has the geometry 'Point'"),
    ([feature(coordinates=[[[508_000, 3_900_000], [509_000, 3_900_000], [509_000, 3_901_000], [508_000, 3_900_000]]])], {},
     "(508000, 3.9e+06) are not degrees; convert the file to EPSG:4326"),
    ([feature(coordinates=[[[116.0, 35.0], "here"]])], {}, "its coordinates are no Polygon"),
    ([feature(coordinates=[])], {}, "'east' has an empty Polygon"),
    ([{"type": "Feature", "properties": {"code": "east"}, "geometry": None}], {}, "has the geometry None"),
    ([7], {}, "features.0: its property 'code' holds no code"),
    ([feature()], {"crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}}, "is not in degrees of WGS 84 or CGCS2000"),
    ([], {}, "features: is empty"),
])
def test_a_faulty_file_is_refused_with_place_and_remedy(
        tmp_path: Path, features: list[Any], more: dict[str, Any], said: str) -> None:
    with pytest.raises(GeoJSONFault) as fault:
        read_shapes(write(tmp_path / "grid.geojson", *features, **more), "code")
    assert said in str(fault.value)


def test_all_faults_of_a_file_are_listed_up_to_twenty(tmp_path: Path) -> None:
    with pytest.raises(GeoJSONFault) as fault:
        read_shapes(write(tmp_path / "grid.geojson", *[feature(code="") for _ in range(30)]), "code")
    assert [place for place, _ in fault.value.faults][:2] == ["features.0", "features.1"]
    assert fault.value.faults[-1] == ("", "... and 10 more")


@pytest.mark.parametrize(("text", "said"), [("{", "not JSON"), ("[]", "'list' is no FeatureCollection"),
                                            ('{"type": "Topology"}', "'Topology' is no FeatureCollection")])
def test_what_is_no_geojson_says_so(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "grid.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GeoJSONFault, match=said):
        read_shapes(path, "code")
    with pytest.raises(GeoJSONFault, match="cannot be read"):
        read_shapes(tmp_path / "nowhere.geojson", "code")


def test_cells_without_a_shape_of_their_own_take_that_of_the_file() -> None:
    named = profile(areas=[{"code": c, "level": "town", "name": {"zh": c, "en": c}} for c in ("east", "west")])
    shapes = {code: Outline(shapely.to_wkb(shapely.box(116, 35, 116.1, 35.1))) for code in ("east", "nowhere")}
    rows, faults = grid_rows(None, named, shapes)
    assert (rows["code"], [g is not None for g in rows["geometry"]]) == (["east", "west"], [True, False])
    assert faults == [("grid", "nowhere", "unknown_grid", "the file of outlines has it, and the grid has no such cell")]


MAPPING = """
shapes = {{ file = "{file}", code = "code" }}
[mapping]
id = "ours"
city = "qufu"
source = "sqlite:///x.sqlite"
[tables.event]
sql = "SELECT id, reported_at, changed FROM cases"
changed = "changed"
[tables.transition]
sql = "SELECT key, event, at, changed FROM log"
changed = "changed"
"""


def test_a_mapping_names_the_file_and_stands_or_falls_with_it(tmp_path: Path) -> None:
    file, path = tmp_path / "grid.geojson", tmp_path / "ours.toml"
    path.write_text(MAPPING.format(file=file), encoding="utf-8")
    write(file, feature("370881001"))
    mapping = load_mapping(path)
    assert list(mapping.outlines) == ["370881001"]
    write(file, feature("370881001", [[[116.0, 35.0], [116.2, 35.0], [116.2, 35.1], [116.0, 35.0]]]))
    assert load_mapping(path).fingerprint != mapping.fingerprint, "another file, other facts"
    write(file, feature("370881001", kind="Point", coordinates=[1, 2]))
    with pytest.raises(FileFault) as fault:
        load_mapping(path)
    assert str(fault.value).splitlines()[0] == f"{file}: 1 fault"
