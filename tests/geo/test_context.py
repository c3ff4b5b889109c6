"""The land under the cells: what is drawn of a file, in degrees whatever its system, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from geo import context
from geo.context import KINDS, read_context
from geo.features import GridFileError, Told

gpd = pytest.importorskip("geopandas")
WORDS = {k: k for k in KINDS}


def feature(kind: Any, geometry: str, coordinates: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kind": kind}, "geometry": {"type": geometry, "coordinates": coordinates}}


def written(path: Path, *features: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


RIVER = feature("river", "LineString", [[117, 35], [117.05, 35], [117.1, 35]])
LAKE = feature(
    "water",
    "Polygon",
    [[[117, 35], [117.1, 35], [117.1, 35.1], [117, 35]], [[117.06, 35.02], [117.08, 35.02], [117.08, 35.04], [117.06, 35.02]]],
)


def test_lines_and_areas_come_by_kind_generalised_in_the_order_of_drawing(tmp_path: Path) -> None:
    found = read_context(written(tmp_path / "a.geojson", RIVER, LAKE), "kind", WORDS)
    water, river = json.loads(found.body)
    assert (water["kind"], river["kind"]) == ("water", "river")
    assert [len(ring) for ring in water["areas"]] == [8, 8], "the lake and its island"
    assert river["lines"] == [[117.0, 35.0, 117.1, 35.0]], "the vertex on the straight line is no detail"
    assert found.notes == ()


def test_own_words_are_told_by_the_city_and_what_is_not_drawn_is_noted(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.geojson",
        feature("河流", "LineString", [[117, 35], [117.1, 35]]),
        feature("商场", "Point", [117, 35]),
        feature("river", "Point", [117, 35]),
    )
    found = read_context(path, "kind", {**WORDS, "河流": "river"})
    assert [p["kind"] for p in json.loads(found.body)] == ["river"]
    assert list(found.notes) == ["features whose kind is none of the known words: 1", "features that are no line and no area: 1"]
    assert all(isinstance(n, Told) and n.zh for n in found.notes)


def test_a_layer_of_a_geopackage_in_metres_comes_in_degrees(tmp_path: Path) -> None:
    line = gpd.GeoDataFrame({"kind": ["road"]}, geometry=[shapely.LineString([(117, 35.5), (117.1, 35.6)])], crs="EPSG:4490")
    line.to_crs("EPSG:4527").to_file(tmp_path / "land.gpkg", layer="roads")
    (road,) = json.loads(read_context(tmp_path / "land.gpkg", "kind", WORDS, "roads").body)
    assert road["lines"][0] == pytest.approx([117, 35.5, 117.1, 35.6], abs=1e-5)


def test_displaced_coordinates_are_put_back(tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson", RIVER)
    plain, moved = (json.loads(read_context(path, "kind", WORDS, "", crs).body)[0]["lines"][0] for crs in ("", "GCJ-02"))
    assert 0.001 < abs(plain[0] - moved[0]) + abs(plain[1] - moved[1]) < 0.02


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "cannot be read"),
        (
            json.dumps({"type": "FeatureCollection", "features": [feature("mall", "Point", [1, 2])]}),
            "no feature is a line or area whose kind is one of",
        ),
    ],
)
def test_a_file_of_nothing_that_can_be_drawn_is_refused_in_both_languages(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "a.geojson").write_text(content, "utf-8")
    with pytest.raises(GridFileError, match=said) as refused:
        read_context(tmp_path / "a.geojson", "kind", WORDS)
    assert all(isinstance(what, Told) and what.zh for _, what in refused.value.faults)


def test_no_file_leads_on_to_others(tmp_path: Path) -> None:
    """GDAL would open each as what its content says, whatever its name: another file's outlines would be on the wall, and the
    server would ask hosts."""
    other = tmp_path / "other.csv"
    other.write_text('kind,wkt\nriver,"LINESTRING(117 35, 117.1 35)"\n', "utf-8")
    vrt = (
        f'<OGRVRTDataSource><OGRVRTLayer name="other"><SrcDataSource>{other}</SrcDataSource><LayerSRS>EPSG:4326</LayerSRS>'
        '<GeometryField encoding="WKT" field="wkt"/></OGRVRTLayer></OGRVRTDataSource>'
    )
    plain = written(tmp_path / "plain.geojson", RIVER)
    gdalg = {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {plain} ! select kind"}
    assert read_context(plain, "kind", WORDS).notes == (), "what it leads to could be drawn"
    for name in ("land.geojson", "land.json", "land.gpkg", "land.vrt"):
        for content in (vrt, json.dumps(gdalg), f"<OGRWFSDataSource><URL>file://{plain}</URL></OGRWFSDataSource>"):
            (tmp_path / name).write_text(content, "utf-8")
            with pytest.raises(GridFileError):
                read_context(tmp_path / name, "kind", WORDS)


def test_a_file_that_is_missing_or_not_generalised_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GridFileError, match="no such file"):
        read_context(tmp_path / "none.geojson", "kind", WORDS)
    monkeypatch.setattr(context, "MOST", 1)
    with pytest.raises(GridFileError, match="generalise it"):
        read_context(written(tmp_path / "a.geojson", RIVER), "kind", WORDS)
