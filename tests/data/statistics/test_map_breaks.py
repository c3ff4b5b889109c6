"""Breaks of the map, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from data.statistics.map_breaks import count_breaks, share_breaks


def test_a_normal_city_of_11_7_percent_has_the_breaks_of_the_design() -> None:
    assert share_breaks(11.7) == (6.0, 9.0, 12.0, 16.0, 22.0)


def test_every_break_can_be_reached_and_rises_whatever_the_city_s_share() -> None:
    # 60 %: odds 1.5; times .48 .75 1.03 1.44 2.13 are .72 1.125 1.545 2.16 3.195, of which 41.9 52.9 60.7 68.4 76.2 %
    assert share_breaks(60.0) == (42.0, 53.0, 61.0, 68.0, 76.0)
    for share in np.linspace(0.01, 99.99, 500).tolist():
        breaks = share_breaks(share)
        assert all(0 < b < 100 for b in breaks)
        assert list(breaks) == sorted(set(breaks))
        assert len(breaks) > 0 or share < 0.1 or share > 99.9


def test_small_shares_have_finer_breaks() -> None:
    # 2 %: odds .02041; .97 1.51 2.06 2.86 4.17 %
    assert share_breaks(2.0) == (1.0, 1.5, 2.0, 3.0, 4.0)


@pytest.mark.parametrize("share", [0.0, 100.0, float("nan")])
def test_no_share_or_an_extreme_one_has_no_breaks(share: float) -> None:
    assert share_breaks(share) == ()


def test_breaks_of_counts_are_round_rising_and_whole() -> None:
    assert count_breaks(np.arange(1, 101, dtype=float), 0) == (30, 60, 80, 100)
    assert count_breaks(np.array([1.0] * 50 + [2.0]), 0) == (1,)
    assert count_breaks(np.array([]), 1) == ()


def test_breaks_of_rates_have_no_more_digits_than_are_printed() -> None:
    assert count_breaks(np.array([0.04, 0.11, 0.17, 0.26, 0.31]), 1) == (0.1, 0.2, 0.3)
