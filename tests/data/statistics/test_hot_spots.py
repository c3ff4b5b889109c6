"""Hot places: residuals and chances against scipy and by hand, and how often a city without any hot spot shows one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, nbinom, norm, poisson

from data.statistics import hot_spots, overdispersed
from tests.data.statistics.test_spatial import grid_pairs


def negative_binomial(mean: float, alpha: float) -> nbinom:
    return nbinom(1 / alpha, 1 / (1 + alpha * mean))


def city(rng: np.random.Generator, mean: np.ndarray, alpha: float) -> np.ndarray:
    return rng.poisson(mean * rng.gamma(1 / alpha, alpha, mean.shape) if alpha else mean)


def test_a_residual_is_the_normal_point_of_its_mid_p_scaled_by_what_scipy_says_of_all_counts() -> None:
    mean, alpha = 4.0, 0.25  # p = 1 / (1 + 1) : P(0) = 1/16, P(1) = 1/8
    law = negative_binomial(mean, alpha)
    assert law.pmf([0, 1]) == pytest.approx([1 / 16, 1 / 8])
    k = np.arange(400)
    points = norm.ppf(law.cdf(k) - law.pmf(k) / 2)
    assert points[:2] == pytest.approx(norm.ppf([1 / 32, 1 / 8]))  # 1/32, then 1/16 + 1/16
    known = np.isfinite(points)
    middle = (law.pmf(k) * points)[known].sum()
    spread = np.sqrt((law.pmf(k) * points**2)[known].sum() - middle**2)
    got = overdispersed.residuals([0, 1, 9, 25], [mean] * 4, alpha)
    assert got == pytest.approx(((points - middle) / spread)[[0, 1, 9, 25]], abs=1e-6)


@pytest.mark.parametrize("alpha", [0.0, 0.08, 0.2, 1.5])
def test_residuals_have_mean_0_and_variance_1_however_few_are_expected(alpha: float) -> None:
    for mean in (0.1, 0.5, 3.0, 40.0, 300.0):
        k = np.arange(9000)
        chance = negative_binomial(mean, alpha).pmf(k) if alpha else poisson(mean).pmf(k)
        got = overdispersed.residuals(k, np.full(len(k), mean), alpha)
        exact = 1e-4 if mean < overdispersed.SMOOTH else 0.02
        assert (chance * got).sum() == pytest.approx(0, abs=exact)
        assert (chance * got**2).sum() == pytest.approx(1, abs=exact)


def test_what_nothing_is_expected_of_has_no_residual() -> None:
    assert np.isnan(overdispersed.residuals([3, 3], [0.0, np.nan], 0.1)).all()


@pytest.mark.parametrize(("alpha", "within"), [(0.0, 0.01), (0.08, 0.015), (0.5, 0.07)])
def test_the_dispersion_is_found_again_and_a_few_hot_places_hardly_move_it(alpha: float, within: float) -> None:
    rng = np.random.default_rng(2)
    mean = rng.lognormal(2.5, 0.7, 320)
    found, raised = [], []
    for _ in range(12):
        o = city(rng, mean, alpha)
        found.append(overdispersed.dispersion(o, mean))
        o[:6] = city(rng, 3 * mean[:6], alpha)
        raised.append(overdispersed.dispersion(o, mean))
    assert np.mean(found) == pytest.approx(alpha, abs=within)
    assert np.mean(raised) == pytest.approx(alpha, abs=within + 0.25 * alpha + 0.015)
    assert overdispersed.dispersion(mean.round(), mean) == 0.0  # nothing varies at all


def test_a_place_alone_is_judged_by_the_exact_chance_of_its_own_count() -> None:
    mean = np.full(30, 6.0)
    o = np.array([9, 4, 5, 7, 1, 6, 12, 5, 8, 3] * 3)
    found = hot_spots.find(o[None, :], mean[None, :], np.zeros((0, 2)))
    alpha = float(found.alpha[0])
    law = negative_binomial(6.0, alpha)
    assert found.own_p[0] == pytest.approx(law.sf(o - 1), rel=1e-6)
    assert np.isnan(found.gi).all(), "nobody has a neighbour"


def test_a_lone_village_is_found_where_the_neighbours_have_what_is_expected() -> None:
    side = 15
    mean = np.full(side * side, 12.0)
    o = city(np.random.default_rng(1), mean, 0.05)
    o[112] = 60
    found = hot_spots.find(o[None, :], mean[None, :], grid_pairs(side, side))
    assert found.hot[0, 112] != hot_spots.NOT
    assert (np.flatnonzero(found.hot[0]) == 112).all() or found.hot[0].sum() <= 4


def test_neighbourhoods_of_which_fewer_than_five_are_expected_are_not_asked_together() -> None:
    side = 6
    mean = np.full(side * side, 0.9)  # a corner and its two neighbours: 2.7; inside: 4.5
    mean[:6] = 1.3  # the first row's inner places: 3 x 1.3 + 0.9 = 4.8
    mean[14] = 2.0  # it and its four neighbours: 5.6
    o = np.ones(side * side)
    found = hot_spots.find(o[None, :], mean[None, :], grid_pairs(side, side))
    near = grid_pairs(side, side)
    together = mean.copy()
    for i, j in near:
        together[i] += mean[j]
        together[j] += mean[i]
    assert np.isfinite(found.gi[0]).tolist() == (together >= 5).tolist()
    assert (together >= 5).sum() == 5 - (together[[8, 13, 15, 20]] < 5).sum()
    assert np.isfinite(found.own_p[0]).all()


def test_a_row_with_gaps_is_judged_as_if_they_were_no_places_and_too_few_are_not_judged() -> None:
    rng = np.random.default_rng(5)
    mean = np.full(100, 8.0)
    o = city(rng, mean, 0.1).astype(float)
    gone = np.arange(100) % 10 == 9  # the last column of a square of ten
    whole = hot_spots.find(o[None, ~gone], mean[None, ~gone], grid_pairs(10, 9))
    gaps = hot_spots.find(o[None, :], np.where(gone, np.nan, mean)[None, :], grid_pairs(10, 10))
    for got, wanted in zip(gaps[1:4], whole[1:4], strict=True):
        assert got[0, ~gone] == pytest.approx(wanted[0], nan_ok=True)
        assert np.isnan(got[0, gone]).all()
    few = hot_spots.find(o[None, :9], mean[None, :9], np.array([[0, 1]]))
    assert np.isnan(few.own_p).all()
    assert (few.hot == hot_spots.NOT).all()


@pytest.mark.parametrize("alpha", [0.0, 0.2])
def test_cities_without_a_hot_spot_rarely_show_one(alpha: float) -> None:
    """Of 60 cities, 14 x 14 places of very different size, at most as many as chance allows at one in twenty (99.9 %)."""
    rng = np.random.default_rng(7)
    mean = rng.lognormal(0.5, 0.9, 196)
    pairs, wrong, cities = grid_pairs(14, 14), 0, 60
    for _ in range(cities):
        o = city(rng, mean, alpha)
        wrong += int(hot_spots.find(o[None, :], (mean * o.sum() / mean.sum())[None, :], pairs, 200).hot.any())
    assert wrong <= binom.ppf(0.999, cities, hot_spots.FALSE)


def test_a_group_of_villages_at_twice_the_rate_is_found_and_little_else() -> None:
    rng = np.random.default_rng(11)
    mean = np.full(225, 30.0)
    block = [15 * row + column for row in (6, 7, 8) for column in (6, 7, 8)]
    raised = mean.copy()
    raised[block] *= 2
    found = hot_spots.find(city(rng, raised, 0.05)[None, :], mean[None, :], grid_pairs(15, 15)).hot[0]
    ring = [15 * row + column for row in range(5, 10) for column in range(5, 10)]
    assert found[15 * 7 + 7] == hot_spots.TOGETHER
    assert (found[block] != hot_spots.NOT).sum() >= 6
    assert np.delete(found, ring).astype(bool).sum() <= 1  # one in twenty of what is called may be wrong
