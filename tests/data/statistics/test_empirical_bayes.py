"""A share of few cases is pulled towards the whole; worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from data.statistics.empirical_bayes import shrunken_share


def _share(hits: list[int], cases: list[int], group: list[int] | None = None) -> list[float]:
    return shrunken_share(np.array(hits), np.array(cases), np.array(group or [0] * len(hits))).tolist()


def test_two_extreme_areas_move_a_fifth_of_the_way_to_the_mean() -> None:
    # m = 1/2, spread = 1/4 - (1/2)/10 = 1/5, weight = (1/5) / (1/5 + 1/20) = 4/5
    assert _share([0, 10], [10, 10]) == pytest.approx([10.0, 90.0])


def test_areas_that_differ_only_by_chance_lie_close_to_the_mean_but_not_on_it() -> None:
    # m = 3/20, spread = 1/400 - (3/20)/10 < 0, so (m/4)^2 = 9/6400; weight = (9/6400) / (9/6400 + 3/200) = 3/35
    assert _share([1, 2], [10, 10]) == pytest.approx([15 - 15 / 35, 15 + 15 / 35])


def test_a_village_looks_the_same_whatever_other_towns_hold() -> None:
    alone = _share([0, 10], [10, 10])
    assert _share([0, 10, 3, 77], [10, 10, 30, 80], [4, 4, 9, 9])[:2] == pytest.approx(alone)


def test_an_area_without_cases_has_no_share_and_zero_late_is_zero() -> None:
    assert np.isnan(_share([0], [0])[0])
    assert _share([0, 0, 0], [0, 5, 7])[1:] == [0.0, 0.0]
