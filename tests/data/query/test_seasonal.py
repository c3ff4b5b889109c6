"""The usual and its predictive interval: worked by hand, scipy's distributions, and how often an ordinary day is called."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmarks.bench_usual import CITIES, called, called_share, five
from data.query.seasonal import usual, usual_columns, usual_share, verdict
from data.statistics.distributions import student_point
from data.statistics.predictive import betabinomial_chances, count_limits, family, nb_limits, share_limits
from layouts.panels import PANELS

NAN = float("nan")


def nb_ends(mean: float, variance: float, level: float = 0.95) -> list[float]:
    size = mean**2 / (variance - mean)
    return [float(stats.nbinom.ppf(p, size, size / (size + mean))) for p in ((1 - level) / 2, (1 + level) / 2)]


def test_student_is_the_published_table_and_scipys() -> None:
    assert [round(student_point(0.975, f), 3) for f in (1, 2, 7, 30)] == [12.706, 4.303, 2.365, 2.042]
    assert [student_point(p, f) for p in (0.5, 0.9, 0.985) for f in (1, 2, 3, 8, 13)] == pytest.approx(
        [float(stats.t.ppf(p, f)) for p in (0.5, 0.9, 0.985) for f in (1, 2, 3, 8, 13)], abs=1e-9
    )


def test_the_interval_of_one_to_eight_by_hand() -> None:
    """Mean 36.5 / 8 = 4.5625, variance 6 (that is a = 1.4375 / 4.5625^2 = .0691), 7 / (1 + 3 a) = 5.8, so five degrees of
    freedom: t = 2.5706; the day to come has the variance 6 x 9/8 x (2.5706 / 1.9600)^2 = 11.611."""
    low, high = count_limits(np.arange(1.0, 9.0)[None], 0.95)
    assert [low[0], high[0]] == nb_ends(4.5625, 11.611) == [0, 13]


def test_days_that_are_more_alike_than_chance_still_differ_as_much_as_chance() -> None:
    """Eight times 20: variance at least the mean 160.5 / 8 = 20.0625; x 9/8 x (2.3646 / 1.9600)^2 = 32.85."""
    low, high = count_limits(np.full((1, 8), 20.0), 0.95)
    assert [low[0], high[0]] == nb_ends(20.0625, 32.85) == [10, 32]


def test_pairs_of_other_days_tell_of_the_spread_and_not_of_the_mean() -> None:
    """Four times 100 (mean 100.125), and a pair 80, 120: excess 3 x (0 - 100.125) + (1600 / 2 - 100) = 399.625 over the weight
    3 x 100.125^2 + 100^2 = 40075.05 is a = .009972; degrees of freedom weight^2 / (3 x 100.125^4 + 100^4) = 4.0 / (1 + 3 a),
    so three: t = 3.1824; variance (100.125 + a 100.125^2) x 5/4 x (3.1824 / 1.9600)^2 = 659.3."""
    low, high = count_limits(np.full((1, 4), 100.0), 0.95, np.array([[[80.0, 120.0], [NAN, 5.0]]]))
    assert [low[0], high[0]] == nb_ends(100.125, 659.3)
    alone = count_limits(np.full((1, 4), 100.0), 0.95)
    assert high[0] > alone[1][0]


def test_large_means_keep_to_the_negative_binomial() -> None:
    mean, variance = np.array([1001.0, 30_000.0]), np.array([30_000.0, 30_000.0**2 * 0.05])
    low, high = nb_limits(mean, variance, 0.025)
    for i in range(2):
        assert [low[i], high[i]] == pytest.approx(nb_ends(mean[i], variance[i]), rel=2e-3)


def test_nothing_ever_seen_is_few_rather_than_none_ever() -> None:
    """Eight times nought: mean 1/16, Poisson; one more is within, three are not."""
    low, high = count_limits(np.zeros((1, 8)), 0.95)
    assert low[0] == 0
    assert 1 <= high[0] <= 2


def test_beta_binomial_chances_are_scipys() -> None:
    n, p, rho = 40, 0.85, 0.08
    a, b = p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho
    assert betabinomial_chances(n, p, rho) == pytest.approx(stats.betabinom(n, a, b).pmf(np.arange(n + 1)))


def test_the_interval_of_a_share_by_hand() -> None:
    """90 of 100 on each of eight days: p = 720.5 / 801 = .8995, no more spread than the binomial's.  Of 50: the variance of the
    share is p q (1/50 + 1/800) (2.3646 / 1.9600)^2 = p q .030930, so rho = (.030930 x 50 - 1) / 49 = .011153."""
    p, rho = 720.5 / 801, 0.011153
    by_hand = stats.betabinom(50, p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho)
    assert share_limits(np.full(8, 90.0), np.full(8, 100.0), 50, 0.95) == (by_hand.ppf(0.025), by_hand.ppf(0.975))
    middle, low, high = usual_share(np.full(8, 90.0), np.full(8, 100.0), 50)
    assert (middle, low, high) == (90.0, 2 * by_hand.ppf(0.025), 2 * by_hand.ppf(0.975))


def test_days_whose_shares_differ_widen_the_interval_of_a_share() -> None:
    alike = share_limits(np.full(8, 80.0), np.full(8, 100.0), 100, 0.95)
    apart = share_limits(np.array([60.0, 95, 70, 90, 65, 95, 75, 90]), np.full(8, 100.0), 100, 0.95)
    assert apart[0] < alike[0] < 80 < alike[1] < apart[1]
    assert np.isnan(share_limits(np.full(8, 80.0), np.full(8, 100.0), 0, 0.95)).all()
    assert all(0 <= v <= 1 for v in share_limits(np.full(8, 8.0), np.full(8, 10.0), 1, 0.95))


def test_under_four_known_days_there_is_no_usual() -> None:
    assert np.isnan(usual([1, 2, 3, NAN])).all()
    assert np.isnan(usual_share(np.array([1.0, 1, 1, NAN]), np.array([2.0, 2, 2, NAN]), 5)).all()
    assert np.isnan(usual_columns(np.full((2, 3), 1.0))).all()
    assert usual([4, 4, 4, 4, NAN])[0] == 4


def test_a_verdict_needs_five_cases_today_or_usually() -> None:
    assert np.isnan(verdict(4, 0.5, 0, 2))
    assert [verdict(5, 0.5, 0, 2), verdict(0, 9, 1, 20), verdict(20, 9, 1, 20), verdict(21, 9, 1, 20)] == [1, -1, 0, 1]
    assert np.isnan([verdict(NAN, 9, 1, 20), verdict(9, NAN, NAN, NAN)]).all()


@pytest.mark.slow
@pytest.mark.parametrize(("mean", "alpha"), [(5.0, 0.2), (50.0, 0.0), (50.0, 0.1), (300.0, 0.025)])
def test_a_day_like_the_others_is_called_at_most_once_in_twenty(mean: float, alpha: float) -> None:
    """P10 to P90 of eight values leaves one identical day in three outside; 4,000 days, three standard
    errors of .0034 allowed."""
    assert called(mean, alpha, 1.0, 4000, seed=7) <= 0.05 + 0.0104


@pytest.mark.parametrize("panel", ["kpi_row", "hourly_trend", "category_top", "channel_mix", "stage_backlog", "step_loop"])
def test_what_is_drawn_as_usual_says_what_it_is(panel: str) -> None:
    level = "98.5" if panel == "kpi_row" else "95"
    assert f"{level}% 预测区间" in PANELS[panel].definition.zh
    assert f"{level} % predictive interval" in PANELS[panel].definition.en


def test_a_day_half_as_busy_again_is_found() -> None:
    assert called(50.0, 0.0, 1.5, 2000, seed=8) > 0.5
    assert called(300.0, 0.025, 1.5, 2000, seed=8) > 0.5


def test_a_share_like_the_others_is_called_at_most_three_times_in_two_hundred() -> None:
    """1,500 days, three standard errors of .0031 allowed."""
    assert called_share(100.0, 0.85, 0.05, 1500, seed=3) <= 0.015 + 0.0094


@pytest.mark.slow
def test_the_five_together_are_called_on_at_most_fifteen_days_in_a_hundred() -> None:
    """At whatever time of day they are looked at.  60 cities, of which .15 would be 9; three standard errors more is 17."""
    assert five(*CITIES[1], 60, seed=9).any(axis=(1, 2)).sum() <= 17


def test_rows_that_are_asked_together_lean_on_each_other_for_their_dispersion() -> None:
    """Two rows of four days, each with the mean (20 + 1/2) / 4 = 5.125: 5, 5, 5, 5 and 0, 10, 0, 10.  Excess variances 0 - 5.125
    and 33.3 - 5.125; weighed alike, alpha is (28.21 - 5.125) / (2 x 26.27) = .4394 in common, the second's own 1.0738.  The
    first has that in common, the second the middle .7566.  Times two: 10.25; t of 2 x 3 degrees at .975 over z: 2.447 / 1.96."""
    found = family(np.array([[5, 5, 5, 5], [0, 10, 0, 10]]), np.array([1.0, 2.0]), 0.05)
    assert found.mean.tolist() == pytest.approx([5.125, 10.25])
    assert found.miss == 0.025
    wide = 1.25 * (2.447 / 1.96) ** 2
    variance = found.mean + found.alpha * found.mean**2
    assert variance.tolist() == pytest.approx([wide * (5.125 + 0.4394 * 26.27), wide * (10.25 + 0.7566 * 105.06)], rel=2e-3)


def test_rows_of_nought_call_nothing_impossible() -> None:
    found = family(np.zeros((3, 8)), np.ones(3), 0.05)
    assert found.mean.tolist() == [0.0625] * 3
    assert np.isfinite(found.alpha).all()
