"""A tenth of ``benchmarks.bench_exceptions``: with a limit that a right method passes by chance once in a thousand runs."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from benchmarks import bench_exceptions as bench


def most(runs: int, share: float = 0.05) -> int:
    """So many of ``runs`` are passed once in a thousand times where each has the chance ``share``."""
    return int(binom.isf(0.001, runs, share))


@pytest.mark.slow
@pytest.mark.parametrize("places", [bench.VILLAGES, bench.TOWNS])
@pytest.mark.parametrize("due", bench.DUE)
@pytest.mark.parametrize("correlation", bench.CORRELATIONS)
def test_where_no_place_is_worse_none_is_called_but_in_one_city_of_twenty(places: int, due: int, correlation: float) -> None:
    for share, mixed in bench.DESIGNS:
        assert bench.any_called(places, due, share, correlation, mixed, 100) <= most(100), (share, mixed)


def test_a_village_at_four_times_its_share_and_a_large_town_at_half_as_much_again_are_mostly_found() -> None:
    assert bench.found(bench.VILLAGES, 50, 4.0, 0.0, 40) >= 24
    assert bench.found(bench.TOWNS, 1300, 1.5, 0.0, 80) >= 60


@pytest.mark.parametrize("name", list(bench.DISPERSIONS))
def test_on_a_day_like_the_others_a_category_is_called_on_one_of_twenty_at_most(name: str) -> None:
    assert int(bench.days_called(bench.DISPERSIONS[name], 400).any(axis=1).sum()) <= most(400)


def test_a_category_at_thrice_its_usual_is_found_where_days_are_even() -> None:
    assert bench.days_called(bench.DISPERSIONS["08"], 400, 6, 3.0)[:, 6].sum() >= 160
