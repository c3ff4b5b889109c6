"""Outlines from a GeoJSON file: cells of one part and of many, and every way in which a file is refused."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import FileError
from data.source.files import SAMPLES
from data.source.mapping_file import load_mapping
from data.sync.grid import grid_rows
from geo.features import GridFileError, Outline
from geo.grid_file import read_outlines, read_shapes
from geo.pack import pack, pack_outline
from tests.city_builder import profile

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
    path = write(
        tmp_path / "districts.geojson",
        feature("1", square(116.0)),
        feature("31", square(117.0)),
        feature("2", square(118.0)),
        feature("31", square(119.0)),
        feature("31", [square(120.0), square(121.0)], "MultiPolygon"),
    )
    districts = read_shapes(path, "code")
    assert list(districts) == ["1", "31", "2"]
    parts = {code: shapely.get_parts(shapely.from_wkb(wkb)) for code, wkb in districts.items()}
    assert {code: len(p) for code, p in parts.items()} == {"1": 1, "31": 4, "2": 1}
    assert sorted(p.bounds[0] for p in parts["31"]) == [117.0, 119.0, 120.0, 121.0]


def test_the_sample_of_outlines_has_37_of_which_one_is_of_two_islands() -> None:
    cells = read_shapes(SAMPLES / "sf_neighborhoods.geojson", "name")
    assert len(cells) == 37
    assert len(shapely.get_parts(shapely.from_wkb(cells["Sample Islands"]))) == 2


METRES = [[[508_000, 3_900_000], [509_000, 3_900_000], [509_000, 3_901_000], [508_000, 3_900_000]]]


def crs(name: Any) -> dict[str, Any]:
    return {"crs": {"type": "name", "properties": {"name": name}}}


@pytest.mark.parametrize(
    ("features", "more", "said"),
    [
        ([feature(code=None)], {}, "features.0: its property 'code' holds no code (None); its properties are: code, name"),
        ([7], {}, "features.0: its property 'code' holds no code (None); its properties are: none"),
        ([feature(code="") for _ in range(30)], {}, "features.0: its property 'code' holds no code ('')"),
        ([feature(code={"a": 1})], {}, "features.0: its property 'code' holds no code (a dict)"),
        ([feature(code=True), feature(code=float("nan"))], {}, "features.0: its property 'code' holds no code (True)"),
        (
            [feature(coordinates=METRES)],
            {},
            "features: (509000, 3.901e+06) are not degrees of longitude and latitude; convert it to EPSG:4326 or EPSG:4490",
        ),
        (
            [feature(coordinates=[[[35.0, 116.0], [35.1, 116.0], [35.1, 116.1]]])],
            {},
            "features: (35.1, 116.1) are not degrees of longitude and latitude; write the longitude first",
        ),
        (
            [feature()],
            crs("urn:ogc:def:crs:EPSG::3857"),
            "crs: 'urn:ogc:def:crs:EPSG::3857' is not in degrees of WGS 84 or CGCS2000",
        ),
        ([feature()], {"crs": "EPSG:3857"}, "crs: 'EPSG:3857' is not in degrees"),
        ([feature()], {"crs": "EPSG:14326"}, "crs: 'EPSG:14326' is not in degrees"),
        ([feature()], {"crs": "CGCS2000 / 3-degree Gauss-Kruger CM 117E"}, "is not in degrees"),
        ([feature()], {"crs": ["EPSG:4326"]}, "crs: a list is not in degrees"),
        ([feature()], {"crs": 3857}, "crs: 3857 is not in degrees"),
        ([feature()], {"crs": True}, "crs: True is not in degrees"),
        ([feature()], crs({"name": ["EPSG:4326"]}), "crs: a dict is not in degrees"),
        ([], {}, "features: is empty"),
    ],
)
def test_a_file_that_is_not_usable_as_a_whole_is_refused_in_one_line(
    tmp_path: Path, features: list[Any], more: dict[str, Any], said: str
) -> None:
    file = write(tmp_path / "grid.geojson", *features, **more)
    with pytest.raises(GridFileError) as fault:
        read_shapes(file, "code")
    assert str(fault.value).startswith(f"{file}: ")
    assert said in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"crs": None},
        {"crs": "EPSG:4326"},
        {"crs": "CGCS2000"},
        {"crs": 4490},
        {"crs": ""},
        {"crs": {}},
        {"crs": {"properties": None}},
        crs("urn:ogc:def:crs:OGC:1.3:CRS84"),
        crs("EPSG:4490"),
        crs("urn:ogc:def:crs:EPSG::4326"),
        crs(None),
        crs(4326),
        {"crs": {"type": "link", "properties": {"href": "http://spatialreference.org/ref/epsg/4326/ogcwkt/"}}},
        {"crs": {"type": "name", "properties": "EPSG:4326"}},
    ],
)
def test_degrees_are_taken_however_the_file_names_them(tmp_path: Path, named: dict[str, Any]) -> None:
    assert list(read_shapes(write(tmp_path / "grid.geojson", feature(), **named), "code")) == ["east"]


RING = SQUARE[0]


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        (None, "its geometry is null"),
        ({"type": "Polygon", "coordinates": []}, "its Polygon is empty"),
        ({"type": "Polygon", "coordinates": [[]]}, "its Polygon is empty"),
        ({"type": "MultiPolygon", "coordinates": []}, "its MultiPolygon is empty"),
        ({"type": "GeometryCollection", "geometries": []}, "its GeometryCollection is empty"),
        ({"type": "Point", "coordinates": [116, 35]}, "it has the geometry 'Point'; a cell is a Polygon or MultiPolygon"),
        ({"type": "LineString", "coordinates": RING}, "it has the geometry 'LineString'"),
        ({"type": ["Polygon"]}, "it has the geometry of another kind"),
        ([1, 2], "it has the geometry None"),
        ({"type": "Polygon"}, "its coordinates are no rings"),
        ({"type": "Polygon", "coordinates": [[[116.0, 35.0], "here"]]}, "its coordinates are no rings"),
        ({"type": "Polygon", "coordinates": [[["116", "35"], ["117", "35"], ["117", "36"]]]}, "its coordinates are no rings"),
        ({"type": "Polygon", "coordinates": {"a": 1}}, "its coordinates are no rings"),
        ({"type": "Polygon", "coordinates": [[[116.0, 35.0], [116.1, 35.0], [116.0, 35.0]]]}, "fewer than three corners"),
        ({"type": "Polygon", "coordinates": [[[116.0, 35.0], [116.1, 35.0], [116.2, 35.0]]]}, "no area is left of its outline"),
        (
            {"type": "Polygon", "coordinates": [[[116.0, 35.0], [float("nan"), 35.0], [116.1, 35.1]]]},
            "a corner of it is no number",
        ),
        ({"type": "Polygon", "coordinates": [[[116.0, 35.0], [None, 35.0], [116.1, 35.1]]]}, "a corner of it is no number"),
        ({"type": "Polygon", "coordinates": [[[116.0, 35.0], [1e999, 35.0], [116.1, 35.1]]]}, "a corner of it is no number"),
        ({"type": "Polygon", "coordinates": METRES}, "are not degrees of longitude and latitude"),
    ],
)
def test_a_cell_that_cannot_be_drawn_is_counted_with_the_reason_and_the_others_are_drawn(
    tmp_path: Path, geometry: Any, said: str
) -> None:
    bare = {"type": "Feature", "properties": {"code": "bare"}, "geometry": geometry}
    file = write(tmp_path / "grid.geojson", feature(), bare, feature(code=None), 7)
    got = read_outlines(file, "code")
    assert got.drawn == 1
    assert [(r.key, r.reason) for r in got.rejected] == [
        ("bare", "bad_geometry"),
        ("features.2", "no_key"),
        ("features.3", "no_key"),
    ]
    assert said in got.rejected[0].detail
    rows, faults = grid_rows(None, profile(), got.cells, "town", got.rejected)
    assert (rows["code"], [g is not None for g in rows["geometry"]]) == (["east", "bare"], [True, False])
    assert [(key, reason) for _, key, reason, _ in faults] == [(r.key, r.reason) for r in got.rejected]


@pytest.mark.parametrize(
    ("geometry", "parts"),
    [
        ({"type": "Polygon", "coordinates": [[[*p, 41.5] for p in RING]]}, 1),
        ({"type": "Polygon", "coordinates": [[[*p, 41.5, 7] for p in RING]]}, 1),
        ({"type": "Polygon", "coordinates": [[[*p, None] for p in RING]]}, 1),
        ({"type": "Polygon", "coordinates": [RING[:-1]]}, 1),
        ({"type": "Polygon", "coordinates": [[p for p in RING for _ in range(3)]]}, 1),
        ({"type": "Polygon", "coordinates": [RING, [[116.01, 35.01], [116.02, 35.01]]]}, 1),
        ({"type": "GeometryCollection", "geometries": [{"type": "Polygon", "coordinates": SQUARE}]}, 1),
        (
            {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "coordinates": SQUARE},
                    {"type": "MultiPolygon", "coordinates": [[[[117, 35], [117.1, 35], [117.1, 35.1], [117, 35.1], [117, 35]]]]},
                ],
            },
            2,
        ),
    ],
    ids=["3D", "4D", "height null", "not closed", "corners doubled", "flat hole", "collection", "collection of two"],
)
def test_what_is_plain_in_a_geometry_is_drawn(tmp_path: Path, geometry: Any, parts: int) -> None:
    file = write(tmp_path / "grid.geojson", {"type": "Feature", "properties": {"code": "east"}, "geometry": geometry})
    shape = shapely.from_wkb(read_shapes(file, "code")["east"])
    assert shapely.get_num_geometries(shape) == parts
    assert not shape.has_z
    assert shape.is_valid
    assert shape.area == pytest.approx(0.01 * parts)


@pytest.mark.parametrize(
    ("code", "name", "parent"),
    [(370881001.0, "北片", 370881.0), (370881001, " 北片 ", "370881"), (" 370881001\u3000", "北片\u0000", 370881)],
)
def test_a_code_is_the_same_as_a_number_with_a_point_and_with_blanks_around(
    tmp_path: Path, code: Any, name: Any, parent: Any
) -> None:
    one = {**feature(code), "properties": {"code": code, "name": name, "up": parent}}
    got = read_outlines(write(tmp_path / "grid.geojson", one), "code", "name", "up")
    assert [(c, o.name, o.parent) for c, o in got.cells.items()] == [("370881001", "北片", "370881")]


@pytest.mark.parametrize(
    "content",
    [
        {**feature(), "crs": "EPSG:4326"},
        [feature(), feature("west")],
        {"features": [feature()]},
        {"type": "FeatureCollection", "name": "x", "features": [feature()], "crs": None},
    ],
)
def test_a_bare_feature_and_a_bare_list_of_features_are_taken(tmp_path: Path, content: Any) -> None:
    (tmp_path / "grid.geojson").write_text(json.dumps(content), encoding="utf-8")
    assert "east" in read_shapes(tmp_path / "grid.geojson", "code")


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", "UTF-16"), ("gbk", "GB18030"), ("gb18030", "GB18030")]
)
def test_names_are_read_in_the_encoding_that_the_file_has(
    tmp_path: Path, encoding: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    one = feature("鲁城")
    one["properties"]["name"] = "鲁城街道第一网格"
    text = json.dumps({"type": "FeatureCollection", "features": [one]}, ensure_ascii=False)
    (tmp_path / "grid.geojson").write_text(text, encoding=encoding)
    got = read_outlines(tmp_path / "grid.geojson", "code", "name")
    assert [(c, o.name) for c, o in got.cells.items()] == [("鲁城", "鲁城街道第一网格")]
    assert (f"its text is read as {told}, not UTF-8" in caplog.text) == bool(told)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("鲁城街道".encode() + b"\xff\n", "no text in UTF-8 (line 1, byte 0xff); convert it: iconv"),
        (b"[\n\xff\xff\xff]", "no text in UTF-8 (line 2, byte 0xff, and none in GB18030); convert it: iconv"),
        (b"\xff\xfe{", "no text in UTF-16"),
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"type": "Topology"}', "'Topology' is no FeatureCollection"),
        (b"[]", "'list' is no FeatureCollection"),
        (b'{"type": "FeatureCollection", "features": {"a": 1}}', "'FeatureCollection' is no FeatureCollection with features"),
        (b'{"type": "Polygon", "coordinates": []}', "'Polygon' is no FeatureCollection"),
        (b"7", "'int' is no FeatureCollection"),
    ],
)
def test_what_is_no_geojson_says_so_in_one_line(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "grid.geojson"
    path.write_bytes(raw)
    with pytest.raises(GridFileError, match=r"^[^\n]*$") as fault:
        read_shapes(path, "code")
    assert said in str(fault.value)


def test_a_file_that_is_not_there_and_a_folder_say_so(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.geojson", tmp_path, Path("a\0b.geojson")):
        with pytest.raises(GridFileError, match=r"cannot be read|null byte"):
            read_shapes(path, "code")


def test_parts_of_a_cell_are_drawn_without_the_part_that_cannot_be(tmp_path: Path) -> None:
    beside = [[[116.1, 35.0], [116.2, 35.0], [116.2, 35.1], [116.1, 35.1]]]
    file = write(tmp_path / "grid.geojson", feature(), feature(kind="Point", coordinates=[1, 2]), feature(coordinates=beside))
    got = read_outlines(file, "code")
    assert (got.drawn, [r.key for r in got.rejected]) == (2, ["east"])
    assert shapely.from_wkb(got.cells["east"].wkb).area == pytest.approx(0.02)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["Feature", "FeatureCollection", "Polygon", "MultiPolygon", "GeometryCollection", "code", "EPSG:4326"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "features", "geometry", "geometries", "coordinates", "properties", "code", "crs", "name"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=14,
)
POSITION = st.lists(st.floats(-400, 400) | st.sampled_from([116.0, 116.1, 35.0, 35.1, float("nan"), None, "x"]), max_size=4)
RINGS = st.lists(st.lists(POSITION | st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=7), max_size=3)
GEOMETRY = st.one_of(
    JSON,
    st.fixed_dictionaries({"type": st.just("Polygon"), "coordinates": RINGS}),
    st.fixed_dictionaries({"type": st.just("MultiPolygon"), "coordinates": st.lists(RINGS, max_size=3)}),
)
FEATURES = st.lists(
    st.one_of(
        JSON,
        st.fixed_dictionaries(
            {"type": st.just("Feature"), "geometry": GEOMETRY, "properties": st.fixed_dictionaries({"code": JSON, "name": JSON})}
        ),
    ),
    max_size=5,
)
KEPT = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@KEPT
@given(JSON | st.fixed_dictionaries({"type": st.just("FeatureCollection"), "features": FEATURES, "crs": JSON}))
def test_whatever_json_a_file_holds_it_is_read_or_refused_in_words(tmp_path_factory: Any, content: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "any.geojson"
    path.write_text(json.dumps(content), encoding="utf-8")
    with contextlib.suppress(GridFileError):
        read_outlines(path, "code", "name")


@pytest.mark.slow
@KEPT
@given(FEATURES)
def test_every_feature_that_was_read_is_drawn_or_counted_as_not_drawable(tmp_path_factory: Any, features: list[Any]) -> None:
    """And what is drawn of them is valid, in degrees, and packed for the map."""
    path = tmp_path_factory.getbasetemp() / "features.geojson"
    write(path, feature(), *features)
    got = read_outlines(path, "code", "name")
    assert 1 + len(features) == got.drawn + len(got.rejected)
    rows, faults = grid_rows(None, profile(), got.cells, "town", got.rejected)
    assert sum(reason in ("no_key", "bad_geometry") for _, _, reason, _ in faults) >= len(got.rejected)
    shapes = [(i, g) for i, g in enumerate(rows["geometry"]) if g is not None]
    assert shapely.is_valid(shapely.from_wkb([g for _, g in shapes])).all()
    pack(shapes)
    pack_outline(shapes)


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
    assert load_mapping(path).outline_file.rejected[0].key == "370881001"
    write(file, feature("370881001", METRES))
    with pytest.raises(FileError) as fault:
        load_mapping(path)
    assert str(fault.value).splitlines()[0] == f"{file}: 1 fault"
