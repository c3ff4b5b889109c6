"""The grid's rows: upper levels united from the leaves, and what cannot stand in the grid rejected with the reason."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from shapely import box

from data.city.profile import Profile
from data.facts.row_faults import fault_counts
from data.facts.store import Facts
from data.source.columns import Frame, Rules, frame
from data.sync.grid import grid_of, grid_rows
from data.sync.reconcile import grid_differs
from geo.unite import Unions, unite
from tests.city_builder import profile
from tests.sync_harness import NOW, Platform, sync_of

WKB = bytes(shapely.to_wkb(box(116.0, 35.0, 116.1, 35.1)))


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    made = Platform(tmp_path)
    made.event(1)
    made.log(1, 1, "report")
    return made


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[Facts]:
    with Facts.open(f"duckdb:///{tmp_path / 'facts.duckdb'}") as opened:
        yield opened


def test_a_leaf_whose_parent_only_the_citys_file_names_stands_below_it() -> None:
    areas = [
        {"code": "east", "level": "town", "name": {"zh": "东", "en": "East"}},
        {"code": "west", "level": "town", "name": {"zh": "西", "en": "West"}},
    ]
    source = frame("grid", {"code": ["v1"], "parent": ["east"], "level": ["village"], "geometry": [WKB]}, Rules(ZoneInfo("UTC")))
    rows, faults = grid_rows(source, profile(areas=areas))
    assert (rows["code"], rows["parent"], rows["name_en"][0]) == (["east", "v1"], [-1, 0], "East")
    assert (rows["geometry"][0] is not None, faults) == (True, [])


# -------------------------------------------------------------------- united from those below
def tiling(nx: int, ny: int, size: float = 1e-3, decimals: int = 17, corners: int = 1) -> list[Any]:
    """nx x ny cells whose inner corners are moved by chance; each edge has ``corners`` corners on its way."""
    rng = np.random.default_rng(5)
    x, y = np.meshgrid(np.arange(nx + 1) * size, np.arange(ny + 1) * size)
    inner = (slice(1, -1), slice(1, -1))
    x[inner] += rng.uniform(-0.3, 0.3, x[inner].shape) * size
    y[inner] += rng.uniform(-0.3, 0.3, y[inner].shape) * size
    at = np.round(np.dstack([x + 117, y + 35.6]), decimals)
    part = np.linspace(0, 1, corners + 1)[:-1, None]

    def side(a: Any, b: Any) -> Any:
        """From a to before b; the same corners as from b to a, to the last bit."""
        low, high = sorted([a.tolist(), b.tolist()])
        line = np.round(low + part * np.subtract(high, low), decimals)
        return line if a.tolist() == low else np.vstack([a, line[:0:-1]])

    cells = []
    for j in range(ny):
        for i in range(nx):
            ring = [at[j, i], at[j, i + 1], at[j + 1, i + 1], at[j + 1, i]]
            cells.append(shapely.Polygon(np.vstack([side(a, b) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)])))
    return cells


@pytest.mark.parametrize("decimals", [17, 6, 5])
def test_a_tiling_is_united_without_a_hole_also_where_its_corners_are_rounded(decimals: int) -> None:
    whole = unite(np.array(tiling(6, 5, decimals=decimals), object))
    assert (whole.geom_type, len(whole.interiors)) == ("Polygon", 0)
    assert whole.area == pytest.approx(30e-6, rel=1e-6)


@pytest.mark.parametrize(("width", "holes"), [(4e-6, 0), (4e-5, 1)])
def test_a_seam_is_closed_where_rounding_explains_it_and_stays_where_it_does_not(width: float, holes: int) -> None:
    # a plus of seams between four squares, closed outside by a frame; and the same seams open to the outside
    cells = [box(x, y, x + 1e-2 - width / 2, y + 1e-2 - width / 2) for x in (0, 1e-2 + width / 2) for y in (0, 1e-2 + width / 2)]
    frame_ = box(-1e-3, -1e-3, 2.1e-2, 2.1e-2).difference(box(0, 0, 2e-2, 2e-2))
    framed, open_ = unite(np.array([*cells, frame_], object)), unite(np.array(cells, object))
    assert sum(len(p.interiors) for p in shapely.get_parts(framed)) == holes
    assert len(shapely.get_parts(open_)) == (1 if not holes else 4)
    assert open_.is_valid
    assert framed.is_valid


def test_a_lake_of_a_few_metres_stays_a_lake_and_an_exact_tiling_keeps_every_corner() -> None:
    around = box(0, 0, 1e-2, 1e-2).difference(box(4e-3, 4e-3, 4.1e-3, 4.1e-3))
    whole = unite(np.array([around, box(1e-2, 0, 2e-2, 1e-2)], object))
    assert len(whole.interiors) == 1
    corners, of_parts = ({tuple(p) for p in shapely.get_coordinates(g)} for g in (whole, [around, box(1e-2, 0, 2e-2, 1e-2)]))
    assert corners <= of_parts


def test_what_was_united_once_is_remembered() -> None:
    unions, parts = Unions(), [bytes(shapely.to_wkb(c)) for c in tiling(3, 3)]
    assert unions.unite(parts) is unions.unite(list(parts))
    assert unions.unite(parts[:1]) == parts[0]
    assert unions.unite(parts[:2]) != unions.unite(parts[1:3])


# -------------------------------------------------------------------- a grid
def cells_of(rows: list[dict[str, Any]]) -> Frame:
    columns = ("code", "parent", "level", "name", "population", "households", "geometry")
    return frame("grid", {c: [row.get(c) for row in rows] for c in columns}, Rules(profile().zone))


def leaf_only(nx: int, ny: int, per: int, corners: int = 1) -> list[dict[str, Any]]:
    """Towns t*, villages v* of ``per`` cells each, cells c* that alone have a polygon."""
    leaves = tiling(nx, ny, corners=corners)
    villages = len(leaves) // per
    return [
        *({"code": f"t{t}", "level": "town"} for t in range((villages + 9) // 10)),
        *({"code": f"v{v}", "parent": f"t{v // 10}", "level": "village"} for v in range(villages)),
        *(
            {"code": f"c{i}", "parent": f"v{i // per}", "level": "cell", "geometry": bytes(shapely.to_wkb(g))}
            for i, g in enumerate(leaves)
        ),
    ]


def test_polygons_at_the_leaf_alone_give_every_level_its_outlines() -> None:
    rows, faults = grid_rows(cells_of(leaf_only(12, 10, 6)), profile())
    assert faults == []
    shapes = dict(zip(rows["code"], shapely.from_wkb(rows["geometry"]), strict=True))
    assert shapely.area([shapes["t0"], shapes["t1"]]).sum() == pytest.approx(120e-6)
    leaves = [shapes[f"c{i}"] for i in range(6)]
    assert shapes["v0"].area == pytest.approx(shapely.area(leaves).sum())
    assert {g.geom_type for g in shapes.values()} == {"Polygon"}


def test_a_parent_keeps_its_own_outline_and_takes_that_of_cells_two_levels_below() -> None:
    own = bytes(shapely.to_wkb(box(116, 35, 118, 36)))
    rows, faults = grid_rows(
        cells_of(
            [
                {"code": "a", "level": "town", "geometry": own},
                {"code": "b", "level": "town"},
                {"code": "c", "level": "town"},
                {"code": "d", "level": "town", "geometry": shapely.to_wkb(shapely.Point(1, 1))},
                {"code": "a1", "parent": "a", "level": "village", "geometry": WKB},
                {"code": "b1", "parent": "b", "level": "cell", "geometry": WKB},
                {"code": "d1", "parent": "d", "level": "village", "geometry": WKB},
            ]
        ),
        profile(),
    )
    held = dict(zip(rows["code"], rows["geometry"], strict=True))
    assert (held["a"], held["b"], held["c"], held["d"]) == (own, WKB, None, WKB)
    assert [(key, reason) for _, key, reason, _ in faults] == [("d", "bad_geometry")]


@pytest.mark.slow
def test_six_thousand_leaves_are_united_in_seconds_and_never_again(monkeypatch: pytest.MonkeyPatch) -> None:
    united: list[int] = []

    def counted(shapes: Any) -> Any:
        united.append(len(shapes))
        return unite(shapes)

    monkeypatch.setattr("geo.unite.unite", counted)
    source = cells_of(leaf_only(80, 75, 10, corners=6))
    began = time.perf_counter()
    rows, _ = grid_rows(source, profile())
    assert time.perf_counter() - began < 20, "generous: other work may be going on beside"
    assert all(g is not None for g in rows["geometry"])
    assert sum(united) >= 6000
    united.clear()
    assert grid_rows(source, profile())[0] == rows
    assert united == []


def test_cells_that_cannot_stand_in_the_grid_are_rejected_with_the_reason() -> None:
    rows, faults = grid_rows(
        cells_of(
            [
                {"code": "t", "level": "town"},
                {"code": "t", "level": "town"},
                {"code": "x", "level": "planet"},
                {"level": "town"},
                {"code": "self", "parent": "self", "level": "village"},
                {"code": "p", "parent": "q", "level": "village"},
                {"code": "q", "parent": "p", "level": "village"},
                {"code": "up", "parent": "v", "level": "village"},
                {"code": "v", "parent": "t", "level": "village"},
                {"code": "w", "parent": "v", "level": "village"},
                {"code": "lone", "level": "cell"},
                {"code": "lost", "parent": "nobody", "level": "cell"},
                {"code": "below", "parent": "p", "level": "cell"},
                {"code": "c", "parent": "v", "level": "cell"},
            ]
        ),
        profile(),
    )
    assert rows["code"] == ["t", "v", "c"]
    assert sorted((key, reason) for _, key, reason, _ in faults) == sorted(
        [
            ("x", "unknown_level"),
            ("3", "no_key"),
            ("t", "duplicate_key"),
            ("self", "unknown_parent"),
            ("p", "unknown_parent"),
            ("q", "unknown_parent"),
            ("up", "unknown_parent"),
            ("w", "unknown_parent"),
            ("lone", "unknown_parent"),
            ("lost", "unknown_parent"),
            ("below", "unknown_parent"),
        ]
    )
    said = {key: detail for _, key, _, detail in faults}
    assert said["q"] == "its parent 'p' is of level 2, and it itself of level 2; a parent is of a level above"
    assert said["lone"] == "no parent is given, and its level is not the first"
    assert said["lost"] == "its parent 'nobody' is no cell of the grid"
    assert said["below"] == "its parent 'p' was itself rejected"


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        (None, -1),
        (0, 0),
        (2**31 - 1, 2**31 - 1),
        (2**31, -1),
        (99_999_999_999, -1),
        (-5, -1),
        (10**30, -1),
        ("many", -1),
        ([1], -1),
    ],
)
def test_people_that_are_no_number_are_a_fault_of_the_number_and_the_cell_stays(number: Any, kept: int) -> None:
    rows, faults = grid_rows(cells_of([{"code": "t", "level": "town", "population": number, "households": number}]), profile())
    assert (rows["population"], rows["households"]) == ([kept], [kept])
    wrong = kept == -1 and number is not None
    assert [f[2] for f in faults] == ["bad_number"] * 2 * wrong
    assert grid_of(rows).population.tolist() == [kept]


def test_people_of_the_citys_own_file_are_held_to_the_same() -> None:
    named: Profile = profile(areas=[{"code": "e", "level": "town", "name": {"zh": "e", "en": "e"}, "population": 99_999_999_999}])
    rows, faults = grid_rows(None, named)
    assert (rows["population"], [f[1:3] for f in faults]) == ([-1], [("e", "bad_number")])


def test_a_platform_with_polygons_at_the_leaf_has_a_map_on_every_level(platform: Platform, facts: Facts) -> None:
    for code, shape in (("c1", box(116, 35, 116.1, 35.1)), ("c2", box(116.1, 35, 116.2, 35.1))):
        platform.run("UPDATE grid SET geometry = ? WHERE code = ?", shapely.to_wkb(shape), code)
    sync = sync_of(platform, facts)
    sync.load(NOW)
    assert fault_counts(facts) == []
    ((_, town),) = facts.geometry(1)
    assert shapely.from_wkb(town).bounds == pytest.approx((116, 35, 116.2, 35.1))
    assert not grid_differs(sync)
