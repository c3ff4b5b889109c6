"""The map's numbers, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.city_builder import CANCELLED, DISPUTE, EAST, LITTER, NOISE, WEST, LittleCity
from tests.frame_cells import cell

NOW = "2026-11-23 14:00"


@pytest.fixture(scope="module")
def city() -> LittleCity:
    """In the east cell: closed in time, closed late, overdue open, open not yet due, cancelled.  In the west town, no
    village known: one closed late.  One event without any place; one 31 days old."""
    c = LittleCity()
    c.event("2026-11-20 09:00", "2026-11-20 10:00", due="2026-11-20 10:00")
    c.event("2026-11-20 09:00", "2026-11-20 10:01", due="2026-11-20 10:00")
    c.event("2026-11-20 09:00", due="2026-11-21 09:00")
    c.event("2026-11-20 09:00", due="2026-11-24 09:00")
    c.event("2026-11-20 09:00", "2026-11-20 11:00", due="2026-11-20 10:00", outcome=CANCELLED)
    c.event("2026-11-20 09:00", "2026-11-20 10:01", due="2026-11-20 10:00", l1=WEST, l2=-1)
    c.event("2026-11-20 09:00", l1=-1, l2=-1, l3=-1)
    c.event("2026-10-23 09:00")
    return c


def test_an_event_counts_in_its_cell_and_in_each_cell_above_it(city: LittleCity) -> None:
    f = city.read("grid_heat", NOW)
    assert f.code.tolist() == ["east", "west", "east1", "west1", "east1a", "", "?"]
    assert f.level.tolist() == [1, 1, 2, 2, 3, 0, -1]
    assert f.n.tolist() == [5, 1, 5, 0, 5, 7, 1]


def test_late_of_those_due_leaves_out_the_not_yet_due_and_the_cancelled(city: LittleCity) -> None:
    f = city.read("grid_heat", NOW).set_index("code")
    assert f.need.tolist() == [3, 1, 3, 0, 3, 4, 0]
    assert f.late.tolist() == [2, 1, 2, 0, 2, 3, 0]
    assert f.loc["east", "late_share"] == pytest.approx(200 / 3)
    assert np.isnan(cell(f, "west1", "late_share"))
    assert f.few.all()


def test_rate_is_per_thousand_residents_and_unknown_where_they_are(city: LittleCity) -> None:
    f = city.read("grid_heat", NOW).set_index("code")
    assert f.loc["east", "rate"] == 5.0
    assert f.loc["east1a", "rate"] == 50.0
    assert np.isnan(cell(f, "west1", "rate"))
    assert f.loc["", "rate"] == pytest.approx(7 / 1.5)


def test_what_has_no_place_is_counted_in_the_whole_and_shown_as_such(city: LittleCity) -> None:
    f = city.read("grid_heat", NOW)
    towns = f[f.level == 1].n.sum()
    assert towns + f[f.code == "?"].n.sum() == f[f.level == 0].n.sum()


def test_a_town_sees_its_own_cells_only(city: LittleCity) -> None:
    f = city.read("grid_heat", NOW, "west").set_index("code")
    assert (f.loc["west", "n"], f.loc["east", "n"], f.loc["", "n"]) == (1, 0, 1)


def test_the_map_the_funnel_and_the_headline_count_the_same_reports() -> None:
    """All reported today: the map's total, the cohort that reached the first stage and the headline agree."""
    c = LittleCity()
    for hour in range(8, 12):
        eid = c.event(f"2026-11-23 {hour:02d}:00")
        c.visit(eid, 0, f"2026-11-23 {hour:02d}:00")
    heat, funnel, head = (c.read(m, NOW) for m in ("grid_heat", "stage_backlog", "headline"))
    assert heat[heat.code == ""].n.item() == funnel.cohort[0] == head.set_index("kpi").loc["reported", "value"] == 4


def test_a_sensitive_event_is_in_no_cell_of_a_wall() -> None:
    c = LittleCity()
    c.event("2026-11-01 09:00", sensitive=1, category=DISPUTE)
    assert c.read("grid_heat", NOW).n.sum() == 0


def test_what_is_expected_late_follows_the_mix_of_categories() -> None:
    """Litter: 1 of 4 late in the city; noise 3 of 4.  The east has 3 of litter and 1 of noise: 3/4 + 3/4; the west 1 and 3."""
    c = LittleCity()
    for category, town, late in ((LITTER, EAST, (1, 0, 0)), (LITTER, WEST, (0,)), (NOISE, EAST, (1,)), (NOISE, WEST, (1, 1, 0))):
        for one in late:
            c.event(
                "2026-11-20 09:00",
                "2026-11-20 11:00",
                due="2026-11-20 10:00" if one else "2026-11-21 10:00",
                l1=town,
                category=category,
            )
    f = c.read("grid_heat", NOW).set_index("code")
    assert f.loc[["east", "west", "east1a"], "expected"].tolist() == pytest.approx([1.5, 2.5, 2.0])
    assert np.isnan(f.loc[["", "?"], "expected"]).all()
    assert (f.excess == 0).all()
    assert f.limit.isna().all()


def test_a_towns_cells_are_expected_by_the_citys_shares_and_in_all_as_many_as_the_town_has() -> None:
    c = LittleCity()
    for town, late in ((EAST, 10), (WEST, 30)):
        for i in range(40):
            c.event("2026-11-20 09:00", "2026-11-20 11:00", due="2026-11-20 10:00" if i < late else "2026-11-21 10:00", l1=town)
    assert c.read("grid_heat", NOW).set_index("code").loc["west", "expected"] == pytest.approx(20)
    assert c.read("grid_heat", NOW, "west").set_index("code").loc["west", "expected"] == pytest.approx(30)


def test_a_share_is_pulled_towards_the_cells_beside_it_and_each_level_for_itself() -> None:
    """40 of 200 late in the east, 5 of 100 in the west: m = 45/300 = .15, mean need 150, spread
    (200 * .05^2 + 100 * .1^2)/300 - .15/150 = .004; weights .004/(.004 + .15/200) and .004/(.004 + .15/100).
    A village, and a cell, is alone below its parent: nothing pulls it."""
    c = LittleCity()
    for town, late, due in ((EAST, 40, 200), (WEST, 5, 100)):
        for i in range(due):
            c.event("2026-11-20 09:00", "2026-11-20 11:00", due="2026-11-20 10:00" if i < late else "2026-11-21 10:00", l1=town)
    f = c.read("grid_heat", NOW).set_index("code")
    towns = [15 + 5 * 0.004 / 0.00475, 15 - 10 * 0.004 / 0.0055]
    assert f.loc[["east", "west"], "shrunk"].tolist() == pytest.approx(towns)
    assert f.loc[["east1", "west1", "east1a"], "shrunk"].tolist() == pytest.approx([20, 5, 20])
    assert np.isnan(f.loc[["", "?"], "shrunk"]).all(), "the whole has nothing beside it"
    own = c.read("grid_heat", NOW, "west").set_index("code")
    assert np.isnan(cell(own, "east", "shrunk")), "nothing fell due there that this town sees"
