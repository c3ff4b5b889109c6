"""Is the grid a gap-free nested coverage?  Faults are drawn by hand on squares of ten."""

from __future__ import annotations

import re

import numpy as np
import pytest
import shapely
from shapely import box

from geo.coverage import coverage_faults, find_faults
from geo.synthesise import Below, Coverage, Town, synthesise

CODES = ["A", "B", "A1", "A2", "B1"]
PARENTS = [None, None, "A", "A", "B"]
LEVELS = [1, 1, 2, 2, 2]
SHAPES = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(0, 0, 10, 4), box(0, 4, 10, 10), box(10, 0, 20, 10)]
# Neighbours must share every corner: B's western edge has none at (10, 4), so A's eastern one has none either.
SOUND = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(0, 0, 4, 10), box(4, 0, 10, 10), box(10, 0, 20, 10)]
TOWNS = [
    Town("370881001", "鲁城街道", "Lucheng", 0.0, 0.0, 0.8, True),
    Town("370881002", "书院街道", "Shuyuan", -0.6, 0.0),
    Town("370881003", "时庄街道", "Shizhuang", 0.6, 0.2),
]
BELOW = (Below(24, "示例##村", "sample village ##"), Below(500, "###格", "cell ###"))
PLACE = ((116.99, 35.58), (0.172, 0.128))


@pytest.fixture(scope="module")
def city() -> Coverage:
    return synthesise(TOWNS, BELOW, *PLACE, 60_000, 7)


def faults(shapes: list[object], parents: list[str | None] = PARENTS) -> str:
    return "\n".join(coverage_faults(CODES, parents, LEVELS, shapes))


def test_squares_that_fill_their_parents_have_no_faults() -> None:
    assert faults(SOUND) == ""


def test_a_corner_on_one_side_only_is_a_fault_of_the_shared_edge() -> None:
    assert "A1: overlaps a neighbour or leaves a sliver" not in faults(SOUND)
    assert "near 10.00000, " in faults(SHAPES)


def test_a_missing_cell_at_the_edge_is_found_by_the_parents_area() -> None:
    shapes = [*SOUND[:3], box(4, 0, 9, 10), SOUND[4]]
    said = faults(shapes)
    assert "A: the cells below it leave a gap of 10 square degrees near 9.5" in said
    assert shapely.coverage_is_valid(np.asarray(shapes[2:4], dtype=object))  # shapely alone does not see it


def test_a_missing_cell_in_the_middle_is_a_hole() -> None:
    ring = box(0, 0, 10, 10).difference(box(4, 4, 6, 6))
    said = "\n".join(coverage_faults(["A"], [None], [1], [ring]))
    assert said == "level 1: nothing covers 4 square degrees near 5.00000, 5.00000"


def test_overlapping_cells_are_named_with_the_place() -> None:
    said = faults([*SOUND[:3], box(3, 0, 10, 10), SOUND[4]])
    assert "A1: overlaps a neighbour" in said
    assert "A: the cells below it reach beyond it by 10 square degrees" in said


def test_a_cell_under_an_unknown_parent_is_named() -> None:
    said = faults(SOUND, [None, None, "A", "Z", "B"])
    assert "A2: its parent 'Z' is no cell of level 1" in said
    assert "A: the cells below it leave a gap" in said


def test_a_town_without_cells_and_a_cell_without_a_shape_are_named() -> None:
    assert "B: has no cells below it" in "\n".join(coverage_faults(CODES[:4], PARENTS[:4], LEVELS[:4], SOUND[:4]))
    assert faults([*SOUND[:4], None]) == "B1: has no geometry"


def test_what_rounding_explains_is_no_fault_of_a_drawing_of_others() -> None:
    hair = 4e-6
    shapes = [box(0, 0, 10, 10), box(10, 0, 20, 10), box(0, 0, 10, 4 - hair), box(0, 4, 10, 10), box(10 - hair, 0, 20, 10)]
    assert coverage_faults(CODES, PARENTS, LEVELS, shapes)
    assert find_faults(CODES, PARENTS, LEVELS, shapes, rounded=True) == []
    assert find_faults(CODES, PARENTS, LEVELS, SHAPES, rounded=True) == [], "a corner on one side only is none either"


def test_what_rounding_does_not_explain_is_found_in_a_drawing_of_others_too() -> None:
    def found(*shapes: object) -> list[tuple[str, str]]:
        return [(f.kind, f.code) for f in find_faults(CODES, PARENTS, LEVELS, shapes, rounded=True)]

    over = 1e-3
    assert found(*SOUND[:3], box(4 - over, 0, 10, 10), SOUND[4]) == [("overlap", "A1"), ("overlap", "A2")]
    assert found(*SOUND[:3], box(4 + over, 0, 10, 10), SOUND[4]) == [("gap", "A")]
    assert found(*SOUND[:4], box(10, 0, 20, 11)) == [("beyond", "B")]
    ring = box(0, 0, 10, 10).difference(box(4, 4, 4.1, 4.1))
    assert [f.kind for f in find_faults(["A"], [None], [1], [ring], rounded=True)] == ["hole"]


def test_a_cell_apart_is_not_held_against_those_below_it() -> None:
    shapes = [*SOUND[:3], box(4, 0, 9, 10), SOUND[4]]
    assert find_faults(CODES, PARENTS, LEVELS, shapes, apart={"A"}) == []


def test_a_cell_that_lies_in_another_than_its_parent_is_named_with_that_one() -> None:
    """A2 and B1 have each other's parent; the areas alone would not show it, for they are equal."""
    shapes = [*SOUND[:3], box(4, 0, 10, 10), box(10, 0, 14, 10), box(14, 0, 20, 10)]
    code, level = [*CODES, "B2"], [*LEVELS, 2]
    right: list[str | None] = [None, None, "A", "A", "B", "B"]
    assert find_faults(code, right, level, shapes, rounded=True) == []
    wrong: list[str | None] = [None, None, "A", "B", "B", "A"]
    for rounded in (False, True):
        found = find_faults(code, wrong, level, shapes, rounded=rounded)
        assert [(f.code, f.said) for f in found if f.kind == "misplaced"] == [
            ("A2", "A2: lies in 'A', not in its parent 'B', near 7.00000, 5.00000"),
            ("B2", "B2: lies in 'B', not in its parent 'A', near 17.00000, 5.00000"),
        ]
        assert {f.code for f in found if f.kind in ("gap", "beyond")} == {"A", "B"}
    far = [*shapes[:3], box(104, 0, 110, 10), *shapes[4:]]
    said = [f.said for f in find_faults(code, right, level, far, rounded=True) if f.kind == "misplaced"]
    assert said == ["A2: lies in no cell of level 1, not in its parent 'A', near 107.00000, 5.00000"]
    assert not [f for f in find_faults(code, wrong, level, shapes, rounded=True, apart={"A", "B"}) if f.kind == "misplaced"]


def test_a_cell_that_only_reaches_beyond_its_parent_is_not_called_misplaced() -> None:
    shapes = [*SOUND[:3], box(4, 0, 15, 10), SOUND[4]]
    kinds = [(f.kind, f.code) for f in find_faults(CODES, PARENTS, LEVELS, shapes, rounded=True)]
    assert kinds == [("overlap", "A2"), ("overlap", "B1"), ("beyond", "A")]


def test_a_bow_tie_is_not_a_valid_cell() -> None:
    bow = shapely.Polygon([(10, 0), (20, 10), (20, 0), (10, 10)])
    assert "B1: its geometry is not valid" in faults([*SOUND[:4], bow])


def test_a_long_list_of_faults_is_cut_and_counted() -> None:
    many = coverage_faults([str(i) for i in range(9)], [None] * 9, [1] * 9, [None] * 9, limit=4)
    assert many[-1] == "... and 5 more"


def test_the_synthetic_city_is_a_gap_free_nested_coverage(city: Coverage) -> None:
    assert coverage_faults(city.code, city.parent, city.level, city.geometry) == []
    assert [len(city.at(level)) for level in (1, 2, 3)] == [3, 24, 500]


def test_corners_of_a_town_are_corners_of_its_cells_to_the_last_bit(city: Coverage) -> None:
    corners = {tuple(c) for i in city.at(3) for c in shapely.get_coordinates(city.geometry[i])}
    for i in [*city.at(1), *city.at(2)]:
        assert {tuple(c) for c in shapely.get_coordinates(city.geometry[i])} <= corners


def test_codes_nest_as_six_and_three_times_three_digits(city: Coverage) -> None:
    assert {len(city.code[i]) for i in city.at(3)} == {15}
    assert len(set(city.code)) == len(city.code)
    assert all(code.startswith(parent or "370881") for code, parent in zip(city.code, city.parent, strict=True))


def test_no_village_is_given_a_name_that_could_be_real(city: Coverage) -> None:
    assert all("示例" in city.zh[i] and "sample" in city.en[i] for i in [*city.at(2), *city.at(3)])


def test_people_of_the_cells_sum_to_the_city_on_every_level(city: Coverage) -> None:
    assert [int(city.population[city.at(level)].sum()) for level in (1, 2, 3)] == [60_000] * 3


def test_a_fourth_level_nests_as_the_third_does_and_its_people_sum_too() -> None:
    deep = synthesise(TOWNS, (Below(6), Below(20, "单元##", "unit ##"), Below(90, "物业##", "property ##")), *PLACE, 9_000, 7)
    assert coverage_faults(deep.code, deep.parent, deep.level, deep.geometry) == []
    assert [len(deep.at(level)) for level in (1, 2, 3, 4)] == [3, 6, 20, 90]
    assert [int(deep.population[deep.at(level)].sum()) for level in (1, 2, 3, 4)] == [9_000] * 4
    last = int(deep.finest[-1])
    assert len(deep.code[last]) == 18
    assert deep.code[int(deep.top[last])] == deep.code[last][:9]
    assert re.fullmatch(r"时庄街道示例\d\d单元\d\d物业\d\d", deep.zh[last])
    assert re.fullmatch(r"Shizhuang sample \d\d unit \d\d property \d\d", deep.en[last])


def test_half_the_size_makes_a_quarter_of_the_area(city: Coverage) -> None:
    small = synthesise(TOWNS, BELOW, PLACE[0], (0.086, 0.064), 60_000, 7)
    assert small.area[small.at(1)].sum() == pytest.approx(city.area[city.at(1)].sum() / 4, rel=1e-3)


def test_an_urban_town_has_smaller_cells(city: Coverage) -> None:
    size = {t.code: np.median([city.area[i] for i in city.at(3) if city.code[i].startswith(t.code)]) for t in TOWNS}
    assert size["370881001"] < 0.7 * size["370881002"]


def test_the_same_seed_gives_the_same_city_and_another_seed_another(city: Coverage) -> None:
    again = synthesise(TOWNS, BELOW, *PLACE, 60_000, 7)
    other = synthesise(TOWNS, BELOW, *PLACE, 60_000, 8)
    assert shapely.to_wkb(again.geometry[3]) == shapely.to_wkb(city.geometry[3])
    assert shapely.to_wkb(other.geometry[3]) != shapely.to_wkb(city.geometry[3])
