"""Points find their cell, outlines that cross themselves are mended aloud, a file alone delivers a grid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from data.errors import FileError
from data.facts.row_faults import not_located
from data.facts.store import Facts
from data.source.mapping import check_mapping
from data.source.mapping_file import load_mapping
from data.sync.grid import grid_of, grid_rows
from geo.features import GridFileError, Outline
from geo.geometry import drawn
from geo.grid_file import read_outlines
from geo.locate import NOWHERE, Locator
from geo.repair import cleaned
from tests.city_builder import profile
from tests.sync_harness import NOW, Platform, after, city, column, everything, sync_of

#: Two triangles of area 1 that meet in (1, 1).
BOW_TIE = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])


def wkb(west: float, south: float, east: float, north: float) -> bytes:
    return bytes(shapely.to_wkb(shapely.box(west, south, east, north)))


def found(locator: Locator, *points: tuple[float, float]) -> list[int]:
    lon, lat = np.array(points, float).T
    few, many = locator.locate(lon, lat).tolist(), locator.locate_many(lon, lat).tolist()
    assert few == many, "the spatial join of a load and the tree of a tick give the same answer"
    return few


# -------------------------------------------------------------------- points
def test_a_point_is_in_the_finest_cell_that_holds_it() -> None:
    # a town, its western village, and a cell in that village: the east of the town has no village of its own
    locator = Locator([wkb(10, 10, 20, 20), wkb(10, 10, 15, 20), wkb(10, 10, 12, 12)], [1, 2, 3])
    assert found(locator, (11, 11), (14, 14), (18, 18)) == [2, 1, 0]


def test_zero_zero_nan_and_the_outside_are_nowhere() -> None:
    around_null_island = Locator([wkb(-5, -5, 5, 5)], [1])
    nan = float("nan")
    assert found(around_null_island, (0, 0), (nan, 1), (1, nan), (float("inf"), 1), (9, 9), (0, 1)) == [
        NOWHERE,
        NOWHERE,
        NOWHERE,
        NOWHERE,
        NOWHERE,
        0,
    ]


def test_a_point_on_a_shared_edge_is_in_the_first_cell_and_on_an_outer_edge_inside() -> None:
    locator = Locator([wkb(10, 10, 11, 11), wkb(11, 10, 12, 11)], [1, 1])
    assert found(locator, (11, 10.5), (12, 10.5), (10, 10)) == [0, 1, 0]


def test_cells_without_a_shape_hold_no_point() -> None:
    assert found(Locator([None, wkb(10, 10, 11, 11), None], [1, 1, 2]), (10.5, 10.5)) == [1]
    assert found(Locator([None], [1]), (10.5, 10.5)) == found(Locator([], []), (1, 1)) == [NOWHERE]


def test_a_load_and_a_tick_find_the_same_cell_for_every_point_also_on_edges_and_corners() -> None:
    """By hand where a point must lie: squares of an eighth in squares of one, whose corners and edges are multiples of them."""
    rng = np.random.default_rng(11)
    towns = [(x, y) for y in range(3) for x in range(3)]
    cells = [(x, y) for y in range(30) for x in range(30) if (x, y) != (7, 7)]  # one is missing: its town holds its points
    geometry = [*(wkb(x, y, x + 1, y + 1) for x, y in towns)]
    geometry += [wkb(x / 8, y / 8, (x + 1) / 8, (y + 1) / 8) for x, y in cells]  # eighths are exact in binary
    locator = Locator(geometry, [1] * 9 + [2] * len(cells))
    inside = rng.uniform(0.01, 3.7, (4000, 2))
    on_edge = np.column_stack([rng.integers(1, 30, 2000) / 8, rng.uniform(0.01, 3.7, 2000)])
    corner = rng.integers(1, 31, (1000, 2)) / 8
    points = np.vstack([inside, on_edge, on_edge[:, ::-1], corner, [(0, 0), (np.nan, 1), (9, 9)]])
    got = locator.locate_many(*points.T)
    assert got.tolist() == locator.locate(*points.T).tolist()

    def first_of(x: float, y: float) -> int:
        """The cell by arithmetic: the southern, then the western one of those that touch, for these are written first."""
        for side, known, offset in ((8, cells, 9), (1, towns, 0)):
            lows = [int(v * side) for v in (x, y)]
            touching = [
                (known.index((i, j)) + offset)
                for i in ({lows[0], lows[0] - 1} if x * side == lows[0] else {lows[0]})
                for j in ({lows[1], lows[1] - 1} if y * side == lows[1] else {lows[1]})
                if (i, j) in known
            ]
            if touching:
                return min(touching)
        return NOWHERE

    usable = np.isfinite(points).all(axis=1) & (points != 0).any(axis=1)
    assert got[~usable].tolist() == [NOWHERE] * 2
    assert got[usable].tolist() == [first_of(x, y) for x, y in points[usable]]


# -------------------------------------------------------------------- outlines
def test_a_bow_tie_becomes_its_two_triangles() -> None:
    shape, why = cleaned(BOW_TIE)
    assert (shape.is_valid, shape.geom_type, len(shape.geoms), shape.area) == (True, "MultiPolygon", 2, 2.0)
    assert why == "Self-intersection[1 1]"


def test_a_valid_outline_stays_as_it_is_byte_by_byte() -> None:
    square = wkb(0, 0, 1, 1)
    assert drawn([square]) == [(square, "", "")]


def test_lines_beside_the_polygons_are_dropped_and_a_flat_outline_leaves_nothing() -> None:
    spiked = shapely.Polygon([(0, 0), (2, 0), (2, 2), (2, 3), (2, 2), (0, 2)])  # a spike from (2, 2) up to (2, 3)
    shape, why = cleaned(spiked)
    assert why
    assert (shape.geom_type, shape.area) == ("Polygon", 4.0)
    with pytest.raises(ValueError, match="no area is left of its outline"):
        cleaned(shapely.Polygon([(0, 0), (1, 1), (2, 2), (0, 0)]))


def test_a_repaired_outline_is_a_fault_of_its_cell_which_stays_on_the_map() -> None:
    outlines = {"bow": Outline(bytes(shapely.to_wkb(BOW_TIE)), "Bow"), "box": Outline(wkb(3, 0, 4, 1), "Box")}
    rows, faults = grid_rows(None, profile(), outlines, "town")
    assert [(t, k, r) for t, k, r, _ in faults] == [("grid", "bow", "repaired_outline")]
    assert "Self-intersection" in faults[0][3]
    assert (rows["code"], rows["name"], rows["level"], rows["parent"]) == (["bow", "box"], ["Bow", "Box"], [1, 1], [-1, -1])
    assert all(shapely.from_wkb(g).is_valid for g in rows["geometry"])
    assert found(grid_of(rows).locator, (0.2, 1.0), (1.0, 0.2), (3.5, 0.5)) == [0, NOWHERE, 1]


# -------------------------------------------------------------------- a file that alone is the grid
def file_of(path: Path, *cells: tuple[str, dict[str, Any], Any]) -> Path:
    features = [
        {"type": "Feature", "properties": {"id": code, **words}, "geometry": json.loads(shapely.to_geojson(shape))}
        for code, words, shape in cells
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_names_and_parents_come_from_the_properties_that_are_named(tmp_path: Path) -> None:
    file = file_of(
        tmp_path / "g.geojson",
        ("7", {"label": "Mill", "up": 3}, shapely.box(0, 0, 1, 1)),
        ("8", {"label": None, "up": None}, shapely.box(1, 0, 2, 1)),
    )
    got = read_outlines(file, "id", "label", "up")
    assert [(c, o.name, o.parent) for c, o in got.cells.items()] == [("7", "Mill", "3"), ("8", "", "")]
    with pytest.raises(GridFileError, match="no property 'nam'; its properties are: id, label, up"):
        read_outlines(file, "id", "nam")


MAPPING = """
{shapes}
[mapping]
id = "points"
city = "qufu"
source = "sqlite:///x.sqlite"
[tables.grid]
sql = "SELECT code, parent, level, name FROM grid"
[tables.event]
sql = "SELECT id, {columns} reported_at, changed FROM event"
key = "id"
changed = "changed"
[tables.transition]
sql = 'SELECT "key", event, stage, action, at, changed FROM transition'
key = "key"
changed = "changed"
"""


def mapping_of(tmp_path: Path, columns: str, **shapes: str) -> Path:
    named = ", ".join(f'{k} = "{v}"' for k, v in shapes.items())
    path = tmp_path / "points.toml"
    path.write_text(MAPPING.format(columns=columns, shapes=f"shapes = {{ {named} }}" if named else ""), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        (
            {"code": "id", "name": "label"},
            "shapes.name: says something of a cell that the file alone delivers; name its level too",
        ),
        ({"code": "id", "levels": "cell"}, "did you mean 'level'?"),
        ({"code": "id", "level": "cel"}, "shapes.level: city 'test' has no level called 'cel'; did you mean 'cell'?"),
    ],
)
def test_a_faulty_shapes_table_is_refused(tmp_path: Path, shapes: dict[str, str], said: str) -> None:
    file = file_of(tmp_path / "g.geojson", ("a", {"label": "A"}, shapely.box(0, 0, 1, 1)))
    with pytest.raises(FileError) as fault:
        check_mapping(load_mapping(mapping_of(tmp_path, "lon, lat,", file=str(file), **shapes)), city())
    assert said in str(fault.value)


# -------------------------------------------------------------------- through the sync
def test_events_are_located_by_their_points_at_load_and_at_every_tick(tmp_path: Path) -> None:
    """Towns and cells of the file join those of the source; a parent that is not there is a fault."""
    file = file_of(
        tmp_path / "g.geojson",
        ("c1", {"up": "t1"}, shapely.box(10, 10, 11, 11)),
        ("c9", {"up": "t1"}, shapely.box(11, 10, 12, 11)),
        ("c8", {"up": "t7"}, shapely.box(12, 10, 13, 11)),
    )
    mapping = load_mapping(mapping_of(tmp_path, "lon, lat,", file=str(file), code="id", parent="up", level="cell"))
    platform = Platform(tmp_path)
    for id, lon, lat in ((1, 10.5, 10.5), (2, 11.5, 10.5), (3, 0, 0), (4, None, None), (5, 12.5, 10.5)):
        platform.event(id, lon=lon, lat=lat)
        platform.log(id, id, "report")
    with Facts.create("duckdb:///:memory:") as facts:
        sync = sync_of(platform, facts, mapping=mapping)
        sync.load(NOW)
        codes = facts.grid().code
        assert [codes[i] if i >= 0 else "" for i in column(facts, "event", "l2")] == ["c1", "c9", "", "", ""]
        assert [codes[i] if i >= 0 else "" for i in column(facts, "event", "l1")] == ["t1", "t1", "", "", ""]
        assert not_located(facts) == 3
        assert [(k, r) for _, k, r, _ in map(tuple, _faults(facts))] == [("c8", "unknown_parent")]
        later = str(after(seconds=5).replace(tzinfo=None))
        platform.run("UPDATE event SET lon = 11.5, lat = 10.5, changed = ? WHERE id = 3", later)
        platform.event(6, changed=after(seconds=5), lon=10.1, lat=10.1)
        sync.tick(after(seconds=6))
        assert [codes[i] if i >= 0 else "" for i in column(facts, "event", "l2")] == ["c1", "c9", "c9", "", "", "c1"]
        assert not_located(facts) == 2
        with Facts.create("duckdb:///:memory:") as fresh:
            sync_of(platform, fresh, mapping=mapping).load(after(seconds=6))
            assert everything(facts) == everything(fresh)


def _faults(facts: Facts) -> list[tuple[Any, ...]]:
    with facts.cursor() as cursor:
        return list(cursor.execute("SELECT source_table, row_key, reason, detail FROM fault").fetchall())


def test_a_grid_code_wins_over_the_point_and_only_a_missing_one_is_looked_for(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    for code, west in (("c1", 10.0), ("c2", 11.0)):
        with platform.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE grid SET geometry = ? WHERE code = ?", (wkb(west, 10, west + 1, 11), code))
    platform.event(1, grid="c2", lon=10.5, lat=10.5)
    platform.event(2, grid=None, lon=10.5, lat=10.5)
    platform.event(3, grid="c7", lon=10.5, lat=10.5)
    with Facts.create("duckdb:///:memory:") as facts:
        sync_of(platform, facts).load(NOW)
        codes = facts.grid().code
        assert [codes[i] if i >= 0 else "" for i in column(facts, "event", "l2")] == ["c2", "c1", ""]
        assert [r for _, _, r, _ in _faults(facts)] == ["unknown_grid"], "a wrong code is a fault, not a guess"


def test_a_source_whose_events_have_their_codes_never_reads_an_outline(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.event(1, lon=10.5, lat=10.5)
    with Facts.create("duckdb:///:memory:") as facts:
        sync = sync_of(platform, facts)
        sync.load(NOW)
        platform.event(2, changed=after(seconds=1), grid="c2", lon=10.5, lat=10.5)
        sync.tick(after(seconds=2))
        assert column(facts, "event", "l2") == [1, 2]
        assert "locator" not in vars(facts.grid())


def test_without_any_grid_nothing_is_called_not_located() -> None:
    with Facts.create("duckdb:///:memory:") as facts:
        assert not_located(facts) == 0
