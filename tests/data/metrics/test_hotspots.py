"""Hot spots of a city of two villages, counted by hand, and of the demo's late town."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from data.access.viewer import Viewer
from data.facts.store import Facts
from data.statistics.distributions import poisson_limits
from tests.city_builder import DISPUTE, EAST, LITTER, NOISE, PATROL, WEST, LittleCity, columns
from tests.frame_cells import cells

DAY = "2026-11-20"
NOW = f"{DAY} 17:30"


def city_of_kinds() -> LittleCity:
    named = {"zh": "渠道", "en": "channel"}
    return LittleCity(
        channels=[{"code": "phone", "name": named, "kind": "citizen"}, {"code": "patrol", "name": named, "kind": "patrol"}]
    )


def of(frame: pd.DataFrame, source: str, what: str) -> pd.DataFrame:
    return frame[(frame["source"] == source) & (frame["what"] == what)].set_index("code")


@pytest.fixture(scope="module")
def busy() -> LittleCity:
    """East: 6 due litter cases, 3 late; west: 2 due litter cases, 1 late, and 2 due noise cases, none late."""
    city = city_of_kinds()
    for town, category, late, n, channel in (
        (EAST, LITTER, True, 3, 0),
        (EAST, LITTER, False, 3, PATROL),
        (WEST, LITTER, True, 1, 0),
        (WEST, LITTER, False, 1, 0),
        (WEST, NOISE, False, 2, PATROL),
    ):
        for _ in range(n):
            city.event(
                f"{DAY} 08:00",
                closed=f"{DAY} 12:00",
                due=f"{DAY} {'11:00' if late else '13:00'}",
                l1=town,
                category=category,
                channel=channel,
                severity=1,
            )
    city.event(f"{DAY} 09:00", l1=-1, l2=-1, severity=1)  # in no place, and not due
    city.event(f"{DAY} 09:00", category=DISPUTE, sensitive=1, severity=1)
    return city


def test_late_cases_are_expected_by_the_mix_of_categories(busy: LittleCity) -> None:
    late = of(busy.read("hotspots", NOW), "all", "late")
    # litter: 4 of 8 late, noise: 0 of 2
    assert cells(late, "east1", ["need", "late", "expected", "ratio"]) == [6, 3, 3.0, 1.0]
    assert cells(late, "west1", ["need", "late", "expected", "ratio"]) == [4, 1, 1.0, 1.0]
    low, high = poisson_limits([3])
    assert cells(late, "east1", ["low", "high"]) == pytest.approx([low[0] / 3, high[0] / 3])
    assert late["few"].tolist() == [False, True, True]


def test_nothing_is_lost_and_citizens_and_patrols_are_kept_apart(busy: LittleCity) -> None:
    frame = busy.read("hotspots", NOW)
    for what, total in (("reported", 11), ("late", 4)):
        assert of(frame, "all", what)["n"].sum() == total
    assert of(frame, "all", "reported").loc["?", "n"] == 1
    assert of(frame, "citizen", "reported")["n"].tolist() == [3, 2, 1]
    assert of(frame, "patrol", "reported")["n"].tolist() == [3, 2, 0]


def test_reports_are_expected_by_residents_and_unknown_residents_expect_nothing(busy: LittleCity) -> None:
    reported = of(busy.read("hotspots", NOW), "all", "reported")
    assert cells(reported, "east1", ["population", "expected", "ratio"]) == [400, 6.0, 1.0]
    assert np.isnan(reported.loc["west1", ["population", "rate", "expected", "ratio"]].astype(float)).all()
    assert reported.loc["east1", "rate"] == pytest.approx(1000 * 6 / 400)  # one day is known


def test_two_villages_are_too_few_to_call_any_of_them_hot(busy: LittleCity) -> None:
    frame = busy.read("hotspots", NOW)
    assert frame[["gi", "p", "own_p"]].isna().all(axis=None)
    assert (frame["hot"] == 0).all()


def test_a_town_is_told_of_its_own_places_as_the_city_is(busy: LittleCity) -> None:
    whole, own = busy.read("hotspots", NOW), busy.read("hotspots", NOW, scope="east")
    assert set(own["code"]) == {"east1", "?"}
    pd.testing.assert_frame_equal(
        own[own["code"] == "east1"].reset_index(drop=True), whole[whole["code"] == "east1"].reset_index(drop=True)
    )


def test_who_sees_one_town_alone_compares_within_it(busy: LittleCity) -> None:
    own = busy.read("hotspots", NOW, viewer=Viewer("desk", "west", area="west"))
    late = of(own, "all", "late")
    assert late.loc["west1", "expected"] == 1.0
    assert set(late.index) == {"west1", "?"}


def test_a_city_without_a_grid_has_an_empty_answer() -> None:
    city = city_of_kinds()
    city.event(f"{DAY} 08:00", l1=-1, l2=-1)
    city._facts = Facts.create("duckdb:///:memory:")
    city._facts.put(columns(city.events), None, now_ms=city.events[0]["reported_at"])
    assert len(city.read("hotspots", NOW)) == 0


def test_late_cases_that_lie_together_are_found_and_the_rest_is_not() -> None:
    side, rng = 8, np.random.default_rng(4)
    city = city_of_kinds()
    block = {row * side + column for row in (2, 3) for column in (2, 3, 4)}
    for place in range(side * side):
        for _ in range(20):
            is_late = rng.random() < (0.8 if place in block else 0.15)
            city.event(
                f"{DAY} 08:00",
                closed=f"{DAY} 12:00",
                due=f"{DAY} {'11:00' if is_late else '13:00'}",
                severity=1,
                l1=0,
                l2=place + 1,
                l3=-1,
            )
    facts = city._facts = Facts.create("duckdb:///:memory:")
    size = side * side
    facts.put_grid(
        {
            "idx": list(range(size + 1)),
            "code": ["town", *[f"v{i}" for i in range(size)]],
            "parent": [-1] + [0] * size,
            "level": [1] + [2] * size,
            "name": ["镇"] + ["村"] * size,
            "population": [1000 * size] + [1000] * size,
            "geometry": [
                None,
                *[shapely.to_wkb(shapely.box(i % side, i // side, i % side + 1, i // side + 1)) for i in range(size)],
            ],
        }
    )
    facts.put(columns(city.events), None, now_ms=max(e["reported_at"] for e in city.events))
    late = of(city.read("hotspots", NOW), "all", "late")
    hot = {int(code[1:]) for code in late.index[late["hot"] > 0]}
    assert block <= hot
    assert hot <= {r * side + c for r in range(1, 5) for c in range(1, 6)}
    assert not of(city.read("hotspots", NOW), "all", "reported")["hot"].any()
