"""Shapefiles and GeoPackages as surveying offices deliver them, written by geopandas; and every way in which one is refused."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.features import GridFileError, Outlines, Told
from geo.gcj02 import to_bd09, to_gcj02
from geo.grid_file import digest, read_outlines, read_shapes

pytestmark = pytest.mark.slow

#: Two neighbouring cells in Qufu, 0.01 degrees wide.
WEST, EAST = shapely.box(116.98, 35.59, 116.99, 35.6), shapely.box(116.99, 35.59, 117.0, 35.6)
CODES, NAMES = ["370881001001", "370881001002"], ["鲁城街道第一网格", "书院街道"]
#: Degrees, a tenth of a metre.
NEAR = 1e-6


def cells(crs: Any = "EPSG:4490", **columns: Any) -> gpd.GeoDataFrame:
    """The two cells in degrees of CGCS2000, brought to another system."""
    held = {"code": CODES, "name": NAMES, **columns}
    return gpd.GeoDataFrame(held, geometry=[WEST, EAST], crs="EPSG:4490").to_crs(crs)


def shapefile(folder: Path, table: gpd.GeoDataFrame | None = None, encoding: str = "UTF-8", name: str = "grid") -> Path:
    table = cells() if table is None else table
    table.to_file(folder / f"{name}.shp", encoding=encoding)
    return folder / f"{name}.shp"


def bounds(got: Outlines) -> list[tuple[float, ...]]:
    return [tuple(shapely.from_wkb(cell.wkb).bounds) for cell in got.cells.values()]


def assert_in_place(got: Outlines) -> None:
    assert (list(got.cells), [c.name for c in got.cells.values()]) == (CODES, NAMES)
    assert bounds(got) == [pytest.approx(WEST.bounds, abs=NEAR), pytest.approx(EAST.bounds, abs=NEAR)]
    assert (got.drawn, got.rejected) == (2, ())


def said(path: Path, **asked: str) -> str:
    with pytest.raises(GridFileError, match=r"^[^\n]*$") as fault:
        read_outlines(path, "code", "name", **asked)
    return str(fault.value)


# -------------------------------------------------------------------- systems of coordinates
@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326", "EPSG:4527", "EPSG:4548", "EPSG:4509", "EPSG:3857", "EPSG:32650"])
@pytest.mark.parametrize("kind", ["shp", "gpkg"])
def test_whatever_system_a_file_says_its_cells_are_in_degrees_of_cgcs2000(tmp_path: Path, kind: str, crs: str) -> None:
    path = tmp_path / f"grid.{kind}"
    cells(crs).to_file(path)
    got = read_outlines(path, "code", "name")
    assert_in_place(got)
    assert got.notes == ()
    # what is stated beside it, and is the same, is no contradiction
    assert read_outlines(path, "code", "name", crs=crs) == got


def test_a_survey_point_of_zone_39_is_where_its_published_formula_puts_it(tmp_path: Path) -> None:
    """On the zone's central meridian, 117 E, easting is 39,500,000 m and northing the arc of the meridian: 3,940,000 m there
    is 35.5875 degrees by the series for the ellipsoid of GB/T 17159."""
    a, f = 6_378_137.0, 1 / 298.257222101
    n = f / (2 - f)
    mu = 3_940_000 / (a / (1 + n) * (1 + n**2 / 4 + n**4 / 64))
    latitude = np.degrees(
        mu
        + (3 * n / 2 - 27 * n**3 / 32) * np.sin(2 * mu)
        + (21 * n**2 / 16 - 55 * n**4 / 32) * np.sin(4 * mu)
        + 151 * n**3 / 96 * np.sin(6 * mu)
        + 1097 * n**4 / 512 * np.sin(8 * mu)
    )
    corner = shapely.box(39_500_000, 3_940_000, 39_501_000, 3_941_000)
    path = shapefile(tmp_path, gpd.GeoDataFrame({"code": ["a"]}, geometry=[corner], crs="EPSG:4527"))
    points = shapely.get_coordinates(shapely.from_wkb(read_shapes(path, "code")["a"]))
    assert points[np.argmin(points @ (1, 1))] == pytest.approx((117.0, latitude), abs=1e-8)


@pytest.mark.parametrize(("crs", "displace"), [("GCJ-02", to_gcj02), ("BD-09", to_bd09)])
@pytest.mark.parametrize("written", ["EPSG:4326", "EPSG:4490", None])
@pytest.mark.parametrize("kind", ["shp", "gpkg", "geojson"])
@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_displaced_degrees_are_named_and_put_back(
    tmp_path: Path, kind: str, written: str | None, crs: str, displace: Any
) -> None:
    """They are written down as WGS 84 or CGCS2000, for want of a code of their own."""
    table = cells()
    moved = shapely.transform(np.asarray(table.geometry), displace)
    path = tmp_path / f"grid.{kind}"
    table.set_geometry(gpd.GeoSeries(moved, crs=written)).to_file(path)
    assert_in_place(read_outlines(path, "code", "name", crs=crs))
    if written:
        off = np.array(bounds(read_outlines(path, "code", "name"))) - [WEST.bounds, EAST.bounds]
        assert (np.abs(off[:, 0]) > 0.004).all(), "unstated they are hundreds of metres beside"


def test_a_shapefile_without_prj_asks_for_its_system_and_takes_it(tmp_path: Path) -> None:
    path = shapefile(tmp_path, cells("EPSG:4527"))
    path.with_suffix(".prj").unlink()
    assert said(path).startswith(
        f"{path}: crs: it does not say its system of coordinates (there is no .prj beside it); state it under [shapes], crs = "
    )
    assert_in_place(read_outlines(path, "code", "name", crs="EPSG:4527"))


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_layer_without_a_system_asks_for_it(tmp_path: Path) -> None:
    cells("EPSG:4527").set_crs(None, allow_override=True).to_file(tmp_path / "grid.gpkg")
    assert "crs: it does not say its system of coordinates (layer grid)" in said(tmp_path / "grid.gpkg")
    assert_in_place(read_outlines(tmp_path / "grid.gpkg", "code", "name", crs="EPSG:4527"))


@pytest.mark.parametrize(
    ("own", "stated", "named"),
    [
        ("EPSG:4527", "EPSG:4528", "EPSG:4527 (CGCS2000 / 3-degree Gauss-Kruger zone 39)"),
        ("EPSG:4490", "EPSG:4527", "EPSG:4490 (China Geodetic Coordinate System 2000)"),
        ("EPSG:4527", "GCJ-02", "EPSG:4527 (CGCS2000 / 3-degree Gauss-Kruger zone 39)"),
    ],
)
def test_a_stated_system_that_the_file_contradicts_is_refused_with_both(
    tmp_path: Path, own: str, stated: str, named: str
) -> None:
    path = shapefile(tmp_path, cells(own))
    assert said(path, crs=stated) == (
        f"{path}: crs: [shapes] states {stated}, and the file itself {named} (its .prj); leave crs out where the file is right, "
        "else correct the file"
    )


def test_a_system_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    assert "crs: 'EPSG:99999' is no system of coordinates that is known; write e.g." in said(path, crs="EPSG:99999")


def test_an_old_datum_whose_shift_is_not_public_is_said_and_the_known_one_is_applied(tmp_path: Path) -> None:
    xian = shapefile(tmp_path, cells("EPSG:4610"), name="xian")
    (note,) = read_outlines(xian, "code").notes
    assert isinstance(note, Told)
    assert "the shift from Xian 1980 to CGCS2000 is not public" in note
    assert "未公开" in note.zh
    # the origin of Hong Kong's grid, 22 18 43.68 N 114 10 42.80 E; its Lands Department: WGS 84 is 5.5" less and 8.8" more
    harbour = gpd.GeoDataFrame({"code": ["a"]}, geometry=[shapely.box(836_694, 819_069, 837_694, 820_069)], crs="EPSG:2326")
    got = read_outlines(shapefile(tmp_path, harbour, name="hk"), "code")
    origin = 114 + 10 / 60 + (42.80 + 8.8) / 3600, 22 + 18 / 60 + (43.68 - 5.5) / 3600
    assert got.notes == ()
    assert bounds(got)[0][:2] == pytest.approx(origin, abs=3e-5)


def test_geojson_may_be_in_any_system_that_is_stated(tmp_path: Path) -> None:
    path = tmp_path / "grid.geojson"
    cells("EPSG:4527").to_file(path)  # with a member crs, as GDAL writes it
    assert "crs: 'urn:ogc:def:crs:EPSG::4527' is not in degrees" in said(path)
    assert "or state crs under [shapes]" in said(path)
    assert_in_place(read_outlines(path, "code", "name", crs="EPSG:4527"))
    assert "[shapes] states EPSG:4528, and the file itself EPSG:4527" in said(path, crs="EPSG:4528")


# -------------------------------------------------------------------- text
@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB18030"])
def test_chinese_names_and_columns_are_read_as_the_cpg_says(tmp_path: Path, encoding: str) -> None:
    table = cells().rename(columns={"code": "编码", "name": "名称"})
    path = shapefile(tmp_path, table, encoding)
    got = read_outlines(path, "编码", "名称")
    assert_in_place(got)
    assert got.notes == ()


@pytest.mark.parametrize("named", ["936", "ANSI 936", "cp936", "gb2312"])
def test_the_ways_in_which_a_cpg_says_gbk(tmp_path: Path, named: str) -> None:
    path = shapefile(tmp_path, encoding="GBK")
    path.with_suffix(".cpg").write_text(named, encoding="ascii")
    assert_in_place(read_outlines(path, "code", "name"))


def test_without_a_cpg_the_bytes_say_what_they_are_and_gbk_is_said(tmp_path: Path) -> None:
    for encoding, notes in (("UTF-8", 0), ("GBK", 1)):
        path = shapefile(tmp_path, encoding=encoding, name=encoding)
        path.with_suffix(".cpg").unlink()
        got = read_outlines(path, "code", "name")
        assert_in_place(got)
        assert len(got.notes) == notes
    assert "its text is read as GB18030" in got.notes[0]


def test_a_name_that_its_column_cuts_in_the_middle_of_a_letter_is_no_fault(tmp_path: Path) -> None:
    """The names of columns are cut too: 网格编码 has twelve bytes, and a .dbf ten for it."""
    path = shapefile(tmp_path, cells(name=["x" * 15, "鲁城街道"]).rename(columns={"code": "ABCDEFGHIJ"}))
    table = path.with_suffix(".dbf")
    raw = table.read_bytes()
    assert "鲁城街道".encode() + b"   " in raw, "the column is of 15 bytes or more"
    raw = raw.replace("鲁城街道".encode() + b"   ", "鲁城街道第".encode()[:14] + b" ")
    table.write_bytes(raw.replace(b"ABCDEFGHIJ", "网格编码".encode()[:10]))
    got = read_outlines(path, "网格编", "name")
    assert [(code, cell.name) for code, cell in got.cells.items()] == [(CODES[0], "x" * 15), (CODES[1], "鲁城街道")]
    assert got.notes == ()


@pytest.mark.parametrize(
    ("cpg", "why"),
    [("UTF-8", "the text of its .dbf is not in UTF-8, as its .cpg says"), ("klingon", "its .cpg says 'klingon', which is no")],
)
def test_a_cpg_that_is_wrong_is_said_with_what_to_write(tmp_path: Path, cpg: str, why: str) -> None:
    path = shapefile(tmp_path, encoding="GBK")
    path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
    assert f"cpg: {why}" in said(path)
    assert "write the right one in the .cpg, e.g. GBK" in said(path)


# -------------------------------------------------------------------- layers, parts, archives
def test_the_only_layer_is_taken_and_one_of_two_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "grid.gpkg"
    cells().to_file(path, layer="网格")
    assert_in_place(read_outlines(path, "code", "name"))
    cells("EPSG:4527").to_file(path, layer="plane")
    assert "layer: it has more than one layer of outlines; name one under [shapes], layer = ...; there are: 网格, plane" in said(
        path
    )
    assert_in_place(read_outlines(path, "code", "name", layer="plane"))
    assert "layer: it has no layer of outlines called 'plain'; there are: 网格, plane" in said(path, layer="plain")


def test_a_file_without_layers_takes_none(tmp_path: Path) -> None:
    cells().to_file(tmp_path / "grid.geojson")
    for path in (shapefile(tmp_path), tmp_path / "grid.geojson"):
        assert "layer: 'x': only a GeoPackage, or a .zip of several Shapefiles, has layers" in said(path, layer="x")


@pytest.mark.parametrize("missing", [".shx", ".dbf"])
def test_a_shapefile_of_which_a_file_is_missing_says_which(tmp_path: Path, missing: str) -> None:
    path = shapefile(tmp_path)
    path.with_suffix(missing).unlink()
    assert f"grid{missing} is missing beside it" in said(path)


def test_a_shapefile_in_capitals_is_one(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    for file in list(tmp_path.iterdir()):
        file.rename(tmp_path / f"grid{file.suffix.upper()}")
    assert_in_place(read_outlines(path.with_suffix(".SHP"), "code", "name"))


def zipped(folder: Path, *stems: str, inside: str = "") -> Path:
    with zipfile.ZipFile(folder / "grid.zip", "w") as archive:
        for stem in stems:
            for file in sorted(folder.glob(f"{stem}.*")):
                archive.write(file, f"{inside}{file.name}")
        archive.writestr("readme.txt", "x")
        archive.writestr("__MACOSX/._grid.shp", "x")
    return folder / "grid.zip"


def test_a_shapefile_in_a_zip_is_read_where_it_lies(tmp_path: Path) -> None:
    shapefile(tmp_path, cells("EPSG:4527"), "GBK", "曲阜网格")
    path = zipped(tmp_path, "曲阜网格", inside="2026/曲阜/")
    assert_in_place(read_outlines(path, "code", "name"))
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix == ".zip") == ["grid.zip"]


def test_a_zip_of_two_shapefiles_asks_which(tmp_path: Path) -> None:
    for name in ("town", "cell"):
        shapefile(tmp_path, name=name)
    path = zipped(tmp_path, "town", "cell")
    assert "layer: it has more than one Shapefile (.shp); name one under [shapes], layer = ...; there are: cell, town" in said(
        path
    )
    assert_in_place(read_outlines(path, "code", "name", layer="cell"))


def test_a_zip_without_prj_or_without_a_shapefile_says_so(tmp_path: Path) -> None:
    shapefile(tmp_path).with_suffix(".prj").unlink()
    assert "crs: it does not say its system of coordinates" in said(zipped(tmp_path, "grid"))
    assert "layer: it has no Shapefile (.shp)" in said(zipped(tmp_path))


def test_a_name_in_a_zip_never_leaves_the_folder_that_it_is_unpacked_into(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    shapefile(tmp_path / "in")
    with zipfile.ZipFile(tmp_path / "grid.zip", "w") as archive:
        for file in (tmp_path / "in").iterdir():
            archive.write(file, f"../../{file.name}")
    before = sorted(tmp_path.parent.iterdir())
    assert_in_place(read_outlines(tmp_path / "grid.zip", "code", "name"))
    assert sorted(tmp_path.parent.iterdir()) == before


# -------------------------------------------------------------------- features
def test_what_cannot_be_drawn_is_counted_and_the_others_are_drawn(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(0, 0), (0.02, 0.02), (0.02, 0), (0, 0.02)])
    table = gpd.GeoDataFrame(
        {"code": ["a", "bow", "none", "point", None, "a"]},
        geometry=[WEST, bow_tie, None, shapely.Point(1, 1), EAST, EAST],
        crs="EPSG:4490",
    )
    table.to_file(tmp_path / "grid.gpkg")
    got = read_outlines(tmp_path / "grid.gpkg", "code")
    assert [(r.key, r.reason) for r in got.rejected] == [
        ("none", "bad_geometry"),
        ("point", "bad_geometry"),
        ("features.4", "no_key"),
    ]
    assert got.rejected[0].detail == "its geometry is null"
    assert (got.drawn, got.cells["bow"].mended.startswith("Self-intersection")) == (3, True)
    assert shapely.from_wkb(got.cells["a"].wkb).area == pytest.approx(2e-4)
    assert [c.wkb is None for c in got.cells.values()] == [False, False, True, True]


def test_codes_are_whole_numbers_also_where_one_is_missing(tmp_path: Path) -> None:
    table = cells(number=np.array([370881001001000123, 7], np.int64), parent=[370881001.0, None])
    path = shapefile(tmp_path, table)
    assert list(read_outlines(path, "number").cells) == ["370881001001000123", "7"]
    assert [c.parent for c in read_outlines(path, "code", "", "parent").cells.values()] == ["370881001", ""]
    table["number"] = table["number"].astype(object)
    table.loc[1, "number"] = None
    table["number"] = table["number"].astype("Int64")
    table.to_file(tmp_path / "grid.gpkg")
    got = read_outlines(tmp_path / "grid.gpkg", "number")
    assert (list(got.cells), [r.reason for r in got.rejected]) == (["370881001001000123"], ["no_key"])


def test_a_property_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    with pytest.raises(
        GridFileError, match=r"features\.0: its property 'CODE' holds no code \(None\); its properties are: code, name"
    ):
        read_outlines(path, "CODE")
    with pytest.raises(GridFileError, match=r"features\.0: it has no property 'up'; its properties are: code, name"):
        read_outlines(path, "code", "name", "up")


def test_a_file_without_features_and_a_table_without_outlines_are_refused(tmp_path: Path) -> None:
    cells().iloc[:0].to_file(tmp_path / "empty.gpkg")
    assert "features: is empty" in said(tmp_path / "empty.gpkg")


@pytest.mark.parametrize("kind", ["shp", "gpkg", "zip"])
@pytest.mark.parametrize(
    "raw", [b"", b"<OGRVRTDataSource/>", b"SQLite format 3\0" + b"x" * 5000, b"\0\0\x27\x0a" + b"\0" * 200, b"PK\x03\x04xx"]
)
def test_what_is_no_such_file_is_refused_in_one_line_whatever_it_is(tmp_path: Path, kind: str, raw: bytes) -> None:
    path = shapefile(tmp_path).with_suffix(f".{kind}")
    path.write_bytes(raw)
    if raw.startswith(b"\0\0") and kind == "shp":  # it begins as one: its table is read, and no cell has an outline
        assert [r.reason for r in read_outlines(path, "code").rejected] == ["bad_geometry"] * 2
    else:
        assert said(path)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    for kind in ("shp", "gpkg", "zip"):
        assert "cannot be read: No such file or directory" in said(tmp_path / f"grid.{kind}")


def test_a_refusal_passes_from_one_process_to_another_with_both_languages(tmp_path: Path) -> None:
    with pytest.raises(GridFileError) as fault:
        read_outlines(tmp_path / "grid.gpkg", "code")
    again = pickle.loads(pickle.dumps(fault.value))
    assert str(again) == str(fault.value)
    assert vars(again.faults[0][1]) == vars(fault.value.faults[0][1]) != {}


def test_the_digest_changes_with_any_file_that_belongs_to_it(tmp_path: Path) -> None:
    path = shapefile(tmp_path)
    before = digest(path)
    assert digest(path) == before
    path.with_suffix(".cpg").write_text("GBK", encoding="ascii")
    assert digest(path) != before
