"""Outlines as databases deliver them, and on both sides of the 180th meridian."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geo.geometry import drawn
from geo.neighbours import neighbours
from geo.outline import outlines
from geo.pack import pack, pack_outline, unpack

SQUARE = box(116.0, 35.0, 116.1, 35.1)
WKB = bytes(shapely.to_wkb(SQUARE))
EWKB = bytes(shapely.to_wkb(shapely.set_srid(SQUARE, 4490), include_srid=True))
GEOJSON = json.loads(shapely.to_geojson(SQUARE))


# -------------------------------------------------------------------- as databases deliver them
@pytest.mark.parametrize(
    "value",
    [
        WKB,
        bytearray(WKB),
        memoryview(WKB),
        shapely.to_wkb(SQUARE, byte_order=0),
        EWKB,
        EWKB.hex(),
        WKB.hex().upper(),
        "\\x" + WKB.hex(),
        "0x" + WKB.hex(),
        WKB.hex().encode(),
        struct.pack("<I", 0) + WKB,
        struct.pack("<I", 4326) + WKB,
        struct.pack("<I", 0) + shapely.to_wkb(SQUARE, byte_order=0),
        b"GP\0\1" + struct.pack("<i", 4326) + WKB,
        b"GP\0\3" + struct.pack("<i4d", 4490, 116, 116.1, 35, 35.1) + WKB,
        SQUARE.wkt,
        "SRID=4490;" + SQUARE.wkt,
        "srid = 4326; " + SQUARE.wkt,
        "MULTIPOLYGON" + SQUARE.wkt.removeprefix("POLYGON ").join("()"),
        SQUARE.wkt.encode(),
        "POLYGON((116 35, 116.1 35, 116.1 35.1, 116 35.1))",
        "POLYGON Z((116 35 1,116.1 35 1,116.1 35.1 1,116 35.1 1,116 35 1))",
        GEOJSON,
        json.dumps(GEOJSON),
        json.dumps(GEOJSON).encode(),
        {"type": "Feature", "properties": None, "geometry": GEOJSON},
        f"GEOMETRYCOLLECTION({SQUARE.wkt})",
    ],
    ids=lambda v: type(v).__name__,
)
def test_one_square_is_understood_in_every_form_that_a_database_gives_it(value: Any) -> None:
    (got,) = drawn([value])
    assert (got.wrong, got.mended) == ("", "")
    shape = shapely.from_wkb(got.wkb)
    assert shapely.equals(shape, SQUARE)
    assert not shape.has_z


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (7, "a int is no geometry; deliver WKB"),
        ([1, 2], "a list is no geometry"),
        (True, "a bool is no geometry"),
        (b"\x00\xff", "it is no geometry that we read; deliver WKB, e.g. by ST_AsBinary(geometry)"),
        (b"\x01", "no geometry that we read"),
        (WKB[:40], "no geometry that we read"),
        (WKB[:40].hex(), "no geometry that we read"),
        ("1E400", "no geometry that we read"),
        (b"\xff\xfe\xfd", "no geometry that we read"),
        ("north", "no geometry that we read"),
        ("POLYGON((", "no geometry that we read"),
        ("{", "neither GeoJSON"),
        ("CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))", "no geometry that we read"),
        ("POLYGON EMPTY", "its geometry is empty"),
        (shapely.to_wkb(shapely.MultiPolygon()), "its geometry is empty"),
        (shapely.to_wkb(shapely.Point(116, 35)), "it is a Point; a cell is a Polygon or MultiPolygon"),
        (struct.pack("<I", 4326) + shapely.to_wkb(shapely.Point(116, 35)), "it is a Point"),
        (shapely.to_wkb(SQUARE.exterior), "it is a LineString"),
        ("GEOMETRYCOLLECTION(POINT(1 1))", "it is a GeometryCollection"),
        ("POLYGON((116 35, nan 35, 116.1 35.1, 116 35))", "a corner of it is no number"),
        ("POLYGON((116 35, 1e400 35, 116.1 35.1, 116 35))", "a corner of it is no number"),
        (struct.pack("<I", 3857) + WKB, "its system EPSG:3857 is not degrees of WGS 84 or CGCS2000; convert it"),
        ("SRID=4214;" + SQUARE.wkt, "its system EPSG:4214 is not degrees"),
        (
            shapely.to_wkb(box(500_000, 3.9e6, 500_100, 3.91e6)),
            "are not degrees of longitude and latitude; convert it to EPSG:4326",
        ),
        (shapely.to_wkb(box(35, 116, 35.1, 116.1)), "are not degrees of longitude and latitude; write the longitude first"),
        ({"type": "Point", "coordinates": [1, 2]}, "it has the geometry 'Point'"),
        ({}, "it has the geometry None"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_words(value: Any, said: str) -> None:
    (got,) = drawn([value])
    assert got.wkb is None
    assert said in got.wrong


def test_no_geometry_is_no_fault_and_what_is_beside_polygons_is_told() -> None:
    assert set(drawn([None, "", b"", "  ", float("nan")])) == {(None, "", "")}
    assert drawn([]) == []
    (got,) = drawn([f"GEOMETRYCOLLECTION({SQUARE.wkt}, POINT(1 1))"])
    assert got.mended == "lines or points beside its polygons are left out"


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A square in some database's form, of which some bytes are others, and the end may be cut off."""
    raw = bytearray(draw(st.sampled_from([b"", struct.pack("<I", 0), struct.pack("<I", 4326), b"GP\0\1" + bytes(4)])) + WKB)
    for at, byte in draw(st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), max_size=3)):
        raw[at] = byte
    cut = bytes(raw[: draw(st.integers(0, len(raw)))])
    return draw(st.sampled_from([cut, cut.hex(), SQUARE.wkt[: len(cut)], json.dumps(GEOJSON)[: len(cut)]]))


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        damaged(),
        st.binary(max_size=40),
        st.text(max_size=20),
        st.integers(),
        st.floats(),
        st.lists(st.integers(), max_size=3),
        st.text("()0123456789., -eE", max_size=30).map(lambda text: f"POLYGON(({text}))"),
    )
)
def test_whatever_a_geometry_column_holds_it_is_drawn_or_said_why_not(value: Any) -> None:
    (got,) = drawn([value])
    if got.wkb is None:
        assert not got.mended
    else:
        assert not got.wrong
        assert shapely.from_wkb(got.wkb).is_valid
        pack([(0, got.wkb)])


# -------------------------------------------------------------------- the 180th meridian
@pytest.mark.parametrize(
    "shape",
    [
        box(179.0, -17, 181.0, -16),
        box(-181.0, -17, -179.0, -16),
        shapely.Polygon([(179, -17), (-179, -17), (-179, -16), (179, -16)]),
        shapely.Polygon([(-179, -16), (179, -16), (179, -17), (-179, -17)]),
        shapely.MultiPolygon([box(179, -17, 180, -16), box(-180, -17, -179, -16)]),
        shapely.MultiPolygon([box(179, -17, 180, -16), box(180, -17, 181, -16)]),
    ],
)
def test_a_cell_on_both_sides_of_the_180th_meridian_is_cut_there_and_drawn_as_one(shape: Any) -> None:
    (got,) = drawn([shapely.to_wkb(shape)])
    assert got.wkb is not None
    cut = shapely.from_wkb(got.wkb)
    assert (cut.area, [round(x, 9) for x in cut.bounds]) == (pytest.approx(2.0), [-180, -17, 180, -16])
    beside = shapely.to_wkb(box(178, -17, 179, -16))
    ((_, east), (_, one)) = unpack(pack([(0, beside), (1, got.wkb)]))
    assert shapely.from_wkb(east).bounds == pytest.approx((178, -17, 179, -16))
    assert shapely.from_wkb(one).bounds == pytest.approx((179, -17, 181, -16))
    assert shapely.from_wkb(one).geom_type == "Polygon", "no seam is drawn through it"
    ((_, whole),) = unpack(pack_outline([(0, beside), (1, got.wkb)]))
    assert shapely.from_wkb(whole).bounds == pytest.approx((178, -17, 181, -16))
    assert outlines({"a": beside, "b": got.wkb})["b"].height == pytest.approx(1 / 3, rel=0.1)
    assert neighbours([beside, got.wkb]).tolist() == [[0, 1]]


def test_a_hole_beside_the_180th_meridian_stays_a_hole_and_longitudes_up_to_360_are_brought_home() -> None:
    crossing = shapely.Polygon([(170, 0), (-170, 0), (-170, 10), (170, 10)], [[(-178, 4), (-176, 4), (-176, 6), (-178, 6)]])
    wide = shapely.to_wkb(box(200.0, 0, 201.0, 1))
    hole, far = (shapely.from_wkb(got.wkb) for got in drawn([shapely.to_wkb(crossing), wide]))
    assert hole.area == pytest.approx(196)
    assert far.bounds == pytest.approx((-160, 0, -159, 1))
    assert not hole.contains(shapely.Point(-177, 5))
    (pole,) = drawn([shapely.to_wkb(shapely.Polygon([(-120, 80), (0, 80), (120, 80), (-120, 80)]))])
    assert "round a pole" in pole.wrong


def test_a_country_that_is_wide_is_not_folded() -> None:
    wide = shapely.to_wkb(box(-100.0, 0, 100.0, 1))
    ((_, back),) = unpack(pack([(0, wide)], 1e-4))
    assert shapely.from_wkb(back).bounds == pytest.approx((-100, 0, 100, 1))
