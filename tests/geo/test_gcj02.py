"""GCJ-02 and BD-09: against two libraries of others, and the way back against the way there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.gcj02 import from_bd09, from_gcj02, to_bd09, to_gcj02
from tests.oracles import worked

PAIRS = worked("gcj02")["pairs"]
#: Degrees: 0.1 m.  The two libraries take another ellipsoid and differ from each other by a centimetre.
NEAR = 1e-6


def at(*points: Any) -> Any:
    return np.array(points, float)


@pytest.mark.parametrize("pair", PAIRS, ids=[p["place"] for p in PAIRS])
@pytest.mark.parametrize(("system", "there", "back"), [("gcj02", to_gcj02, from_gcj02), ("bd09", to_bd09, from_bd09)])
def test_a_place_is_where_two_other_libraries_put_it_and_comes_back_from_there(
    pair: dict[str, Any], system: str, there: Any, back: Any
) -> None:
    for library, place in pair[system].items():
        assert there(at(pair["wgs84"])) == pytest.approx(at(place), abs=NEAR), library
        assert back(at(place)) == pytest.approx(at(pair["wgs84"]), abs=NEAR), library


def test_the_displacement_in_beijing_is_of_hundreds_of_metres() -> None:
    east, north = (to_gcj02(at((116.397428, 39.90923))) - at((116.397428, 39.90923)))[0] * (85_400, 111_000)
    assert (round(east, -1), round(north, -1)) == (530, 160)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(73.1, 134.7), st.floats(3.5, 53.5)), min_size=1, max_size=30))
def test_the_way_back_is_the_inverse_to_a_tenth_of_a_millimetre(points: list[tuple[float, float]]) -> None:
    assert from_gcj02(to_gcj02(at(*points))) == pytest.approx(at(*points), abs=1e-9)
    assert from_bd09(to_bd09(at(*points))) == pytest.approx(at(*points), abs=1e-9)


def test_outside_china_and_for_nothing_at_all_nothing_is_moved() -> None:
    far = at((-122.4, 37.8), (2.35, 48.86), (139.7, 35.7), (0, 0), (180, 90))
    for transform in (to_gcj02, from_gcj02, to_bd09, from_bd09):
        assert transform(far) == pytest.approx(far, abs=0)
        assert transform(np.zeros((0, 2))).shape == (0, 2)
