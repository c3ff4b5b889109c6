"""The geometry of a level travels as one compact binary and comes back as it was, to half a quantum."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import shapely

from geo.pack import QUANTUM, pack, pack_outline, unpack


def _cell(wkt: str) -> bytes:
    return bytes(shapely.to_wkb(shapely.from_wkt(wkt)))


SQUARE = "POLYGON ((117 35.6, 117.01 35.6, 117.01 35.61, 117 35.61, 117 35.6))"
RING = (
    "POLYGON ((117.02 35.6, 117.05 35.6, 117.05 35.63, 117.02 35.63, 117.02 35.6), "
    "(117.03 35.61, 117.03 35.62, 117.04 35.62, 117.04 35.61, 117.03 35.61))"
)
TWO = (
    "MULTIPOLYGON (((117.06 35.6, 117.07 35.6, 117.07 35.61, 117.06 35.6)), "
    "((117.08 35.6, 117.09 35.6, 117.09 35.61, 117.08 35.6)))"
)


def test_cell_comes_back_with_its_id_hole_and_parts() -> None:
    cells = [(7, _cell(SQUARE)), (3, _cell(RING)), (412, _cell(TWO))]
    back = unpack(pack(cells))
    assert [i for i, _ in back] == [7, 3, 412]
    for (_, before), (_, after) in zip(cells, back, strict=True):
        one, two = shapely.from_wkb(before), shapely.from_wkb(after)
        assert one.geom_type == two.geom_type
        assert shapely.get_num_coordinates(one) == shapely.get_num_coordinates(two)
        assert shapely.hausdorff_distance(one, two) <= QUANTUM * 0.51 * 2**0.5
    assert len(shapely.from_wkb(back[1][1]).interiors) == 1


def test_header_is_the_documented_one() -> None:
    binary = pack([(0, _cell(SQUARE))])
    assert binary[:5] == b"GWGM\x01"
    west, south, quantum, n, p, r, v = struct.unpack_from("<3d4I", binary, 8)
    assert (west, south, quantum) == (117.0, 35.6, QUANTUM)
    assert (n, p, r, v) == (1, 1, 1, 4)
    # id 0, one polygon, one ring, four vertices, then (0,0) (10000,0) (0,10000) (-10000,0) or the other way round
    assert binary[48:52] == bytes([0, 1, 1, 4])


def test_edge_shared_by_two_cells_is_shared_still() -> None:
    left = "POLYGON ((117 35, 117.0123457 35.0000004, 117.0123457 35.01, 117 35.01, 117 35))"
    right = "POLYGON ((117.0123457 35.0000004, 117.02 35, 117.02 35.01, 117.0123457 35.01, 117.0123457 35.0000004))"
    one, two = (shapely.from_wkb(w) for _, w in unpack(pack([(0, _cell(left)), (1, _cell(right))])))
    assert one.intersection(two).geom_type == "LineString"
    assert shapely.coverage_is_valid([one, two])


def test_six_thousand_cells_stay_under_670_kilobytes() -> None:
    rng = np.random.default_rng(1)
    at = shapely.MultiPoint(np.column_stack([rng.uniform(116.8, 117.2, 6000), rng.uniform(35.4, 35.8, 6000)]))
    cells = [
        (i, bytes(shapely.to_wkb(shapely.segmentize(c, 0.0015))))
        for i, c in enumerate(shapely.get_parts(shapely.voronoi_polygons(at)))
    ]
    binary = pack(cells)
    assert len(cells) == 6000
    assert shapely.get_num_coordinates(shapely.from_wkb([w for _, w in cells])).sum() > 100_000
    assert len(binary) < 670_000
    assert len(unpack(binary)) == 6000


def test_outline_of_a_town_has_no_seam_between_its_cells() -> None:
    left = "POLYGON ((117 35, 117.01 35, 117.01 35.01, 117 35.01, 117 35))"
    right = "POLYGON ((117.01 35, 117.02 35, 117.02 35.01, 117.01 35.01, 117.01 35.005, 117.01 35))"
    [(cell, wkb)] = unpack(pack_outline([(0, _cell(left)), (1, _cell(right))]))
    outline = shapely.from_wkb(wkb)
    assert cell == -1
    assert (outline.geom_type, len(outline.interiors)) == ("Polygon", 0)
    assert outline.area == pytest.approx(0.02 * 0.01, rel=1e-6)


def test_no_cells_give_an_empty_valid_binary() -> None:
    assert unpack(pack([])) == []
    assert unpack(pack_outline([])) == []


@pytest.mark.parametrize(
    ("wkb", "what"),
    [
        (_cell("POINT (117 35)"), "grid position 5 is Point"),
        (_cell("POLYGON EMPTY"), "grid position 5 is Polygon or empty"),
        (b"\x00\x01", "grid position 5 is not WKB"),
        (_cell("POLYGON ((500000 3900000, 500010 3900000, 500010 3900010, 500000 3900000))"), "convert it to EPSG:4326"),
    ],
)
def test_geometry_that_is_no_area_in_degrees_is_refused_by_its_position(wkb: bytes, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        pack([(4, _cell(SQUARE)), (5, wkb)])


def test_a_cut_or_foreign_binary_is_refused() -> None:
    with pytest.raises(ValueError, match="cut short"):
        unpack(pack([(0, _cell(SQUARE))])[:-3])
    with pytest.raises(ValueError, match="version 1"):
        unpack(b"PK\x03\x04" + bytes(60))
