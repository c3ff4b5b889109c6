"""The classical charts and the chances they stand on: the worked answers, and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from data.statistics.distributions import nb_point, nb_points, nb_tail, nb_tails
from data.statistics.surveillance import cusum, cusum_k, ears_c1, ears_c2, ears_c3, ewma

WEEK = [10, 12, 9, 11, 10, 13, 12]


def test_c1_of_the_worked_week() -> None:
    found = ears_c1(WEEK, 20)
    assert (found.z, found.limit) == pytest.approx((6.363961031, 15.242640687), abs=1e-9)


def test_c2_leaves_the_two_days_before_out_so_that_an_outbreak_does_not_raise_its_own_limit() -> None:
    assert ears_c2([*WEEK, 40, 40, 20]) == ears_c1(WEEK, 20)
    with pytest.raises(ValueError, match="needs 10 days, not 9"):
        ears_c2([*WEEK, 1, 2])


def test_c3_adds_up_what_three_days_are_above_one() -> None:
    counts = [*WEEK, 12, 11, 14, 15, 16]
    by_hand = math.fsum(
        max(0.0, float((counts[t] - np.mean(counts[t - 9 : t - 2])) / np.std(counts[t - 9 : t - 2], ddof=1)) - 1)
        for t in (9, 10, 11)
    )
    assert ears_c3(counts) == pytest.approx(by_hand)
    assert by_hand > 2


def test_a_week_of_equal_days_has_no_spread_and_still_an_answer() -> None:
    assert ears_c1([3] * 7, 3).z == 0.0
    assert ears_c1([3] * 7, 4).z == np.inf


def test_cusum_and_ewma_of_the_worked_counts() -> None:
    k = cusum_k(4, 8)
    assert k == pytest.approx(5.7707801636, abs=1e-10)
    assert cusum([4, 6, 9, 8, 3], k) == pytest.approx([0, 0.2292, 3.4584, 5.6877, 2.9169], abs=5e-5)
    z, limit = ewma([12, 10, 20, 18], 11)
    assert z == pytest.approx([11.2, 10.96, 12.768, 13.8144])
    assert limit == pytest.approx([12.99, 13.5484, 13.8489, 14.0256], abs=5e-5)
    assert (z < limit).all()


def test_poisson_would_call_twenty_seven_times_as_many_alarms() -> None:
    assert nb_tail(25, 12, 0.1) == pytest.approx(0.01847949514, abs=1e-10)
    assert stats.poisson.sf(24, 12) == pytest.approx(0.0006856332, abs=1e-9)
    assert nb_point(0.999, 12, 0.1) == 33


@pytest.mark.parametrize("seed", range(3))
def test_many_tails_at_once_are_each_ones_own_and_scipys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, mean, alpha = rng.integers(-1, 80, 200), rng.gamma(2, 8, 200), rng.gamma(2, 0.2, 200)
    found = nb_tails(count, mean, alpha)
    assert found == pytest.approx(stats.nbinom.sf(count - 1, 1 / alpha, 1 / (1 + alpha * mean)), rel=1e-8, abs=1e-300)
    assert found == pytest.approx([nb_tail(int(c), m, a) for c, m, a in zip(count, mean, alpha, strict=True)], rel=1e-8)


def test_points_of_many_means_agree_with_scipy_and_with_the_one() -> None:
    from scipy.stats import nbinom

    mean, alpha = np.array([1e-9, 0.02, 3.0, 12.0, 611.0, 31_000.0]), np.array([1e-9, 2.0, 0.3, 0.1, 0.04, 0.05])
    for p in (0.025, 0.5, 0.975, 0.999):
        found = nb_points(p, mean, alpha)
        assert found.tolist() == nbinom.ppf(p, 1 / alpha, 1 / (1 + alpha * mean)).tolist()
        assert found[:5].tolist() == [nb_point(p, m, a) for m, a in zip(mean[:5], alpha[:5], strict=True)]
