"""Kaplan-Meier by hand, by worked answers and by statsmodels."""

from __future__ import annotations

import warnings
from fractions import Fraction

import numpy as np
import pytest

from data.statistics import survival
from data.statistics.survival import (
    Curves,
    follow_up,
    histogram,
    kaplan_meier,
    log_rank,
    quantile,
    quantile_interval,
    quantiles,
    rmst,
    rmst_error,
    standard_error,
)

TIE = ([2, 4, 4, 6, 8, 10, 12, 20], [1, 1, 1, 1, 0, 1, 0, 0])
CLEAN = ([1, 3, 3, 5, 7, 9, 9, 15, 30], [1, 1, 1, 1, 0, 1, 1, 1, 0])


def curve(times: list[int], done: list[int]) -> Curves:
    ones = np.ones(len(times), int)
    t, d, c = histogram(0 * ones, np.array(times), np.array(done), ones, 1)
    return kaplan_meier(t, d[0], c[0])


def survival_at(curves: Curves, time: float) -> float:
    return float(curves.survival[np.searchsorted(curves.times, time)])


def test_survival_by_hand_with_a_tie_of_two_at_four() -> None:
    c = curve(*TIE)
    for time, share in {2: Fraction(7, 8), 4: Fraction(5, 8), 6: Fraction(1, 2), 10: Fraction(1, 3)}.items():
        assert survival_at(c, time) == pytest.approx(float(share))


def test_median_is_six_where_the_curve_stands_at_exactly_one_half() -> None:
    """Floats give 0.5000000000000001 there, and libraries then say 10."""
    assert quantile(curve(*TIE)) == 6


def test_restricted_mean_to_twelve_is_twentythree_thirds() -> None:
    assert rmst(curve(*TIE), 12) == pytest.approx(23 / 3)


def test_the_ninetieth_percentile_is_not_reached_while_a_third_is_open() -> None:
    assert np.isinf(quantile(curve(*TIE), 0.9))


def test_clean_oracle_median_mean_and_greenwood() -> None:
    c = curve(*CLEAN)
    assert quantile(c) == 9
    assert rmst(c, 24) == pytest.approx(9.25)
    assert standard_error(c)[np.searchsorted(c.times, 9)] == pytest.approx(0.16170601, abs=1e-8)
    assert survival_at(c, 15) == pytest.approx(5 / 36)


def test_the_unit_that_closes_two_quickly_and_leaves_three_lying_is_not_the_faster_one() -> None:
    lazy, steady = curve([1, 2, 40, 40, 40], [1, 1, 0, 0, 0]), curve([3, 4, 5, 6, 7, 8], [1] * 6)
    assert [float(rmst(c, 40)) for c in (lazy, steady)] == pytest.approx([24.6, 5.5])
    assert np.isinf(quantile(lazy))
    assert quantile(steady) == 5


def test_restricted_mean_of_finished_cases_only_is_their_mean_and_its_error_that_of_a_mean() -> None:
    c = curve([3, 4, 5, 6, 7, 8], [1] * 6)
    assert rmst(c, 100) == pytest.approx(5.5)
    # uncensored, the Greenwood error is the standard deviation (over n) by the root of n
    assert rmst_error(c, 100) == pytest.approx(np.std([3, 4, 5, 6, 7, 8]) / np.sqrt(6))


def test_weights_are_the_same_as_repeated_cases() -> None:
    times, done = [5, 5, 5, 9, 9, 12], [1, 1, 0, 1, 1, 0]
    one_by_one = curve(times, done)
    t, d, c = histogram(np.zeros(4, int), np.array([5, 5, 9, 12]), np.array([1, 0, 1, 0]), np.array([2, 1, 2, 1]), 1)
    weighted = kaplan_meier(t, d[0], c[0])
    assert np.array_equal(weighted.survival, one_by_one.survival)


def test_several_groups_at_once_are_each_alone() -> None:
    group = np.array([0] * 8 + [1] * 9)
    t, d, c = histogram(group, np.array(TIE[0] + CLEAN[0]), np.array(TIE[1] + CLEAN[1]), np.ones(17, int), 2)
    both = kaplan_meier(t, d, c)
    for i, single in enumerate((curve(*TIE), curve(*CLEAN))):
        assert quantile(both)[i] == quantile(single)
        assert rmst(both, 12)[i] == pytest.approx(rmst(single, 12))
        assert rmst_error(both, 12)[i] == pytest.approx(rmst_error(single, 12))
        assert np.array_equal([e[i] for e in quantile_interval(both)], quantile_interval(single))


def test_medians_without_their_curves_are_those_by_hand() -> None:
    group = np.array([0] * 8 + [1] * 9 + [2] * 2)
    time, done = np.array([*TIE[0], *CLEAN[0], 3, 4]), np.array([*TIE[1], *CLEAN[1], 0, 0])
    t, d, c = histogram(group, time, done, np.ones(19, int), 4)
    # 6: the curve stands at exactly one half there; 9: it falls from five ninths to five eighteenths; none finished; nobody there
    assert quantiles(t, d, c).tolist() == quantile(kaplan_meier(t, d, c)).tolist() == [6.0, 9.0, np.inf, np.inf]
    assert quantiles(t, d, c, 0.9).tolist() == quantile(kaplan_meier(t, d, c), 0.9).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_statsmodels(seed: int) -> None:
    sm = pytest.importorskip("statsmodels.duration.survfunc", reason="statsmodels is the independent witness here")
    rng = np.random.default_rng(seed)
    times, done = rng.integers(1, 60, 150), (rng.random(150) < 0.7).astype(int)
    done[np.argmax(times)] = 0  # at S = 0 the library divides by nought
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = sm.SurvfuncRight(times, done)
        low_high = {p: theirs.quantile_ci(p, method="cloglog") for p in (0.5, 0.25)}
    ours = curve(list(times), list(done))
    at = np.searchsorted(ours.times, theirs.surv_times)
    assert ours.survival[at] == pytest.approx(theirs.surv_prob)
    assert standard_error(ours)[at] == pytest.approx(theirs.surv_prob_se)
    for p, interval in low_high.items():
        assert quantile(ours, p) == theirs.quantile(p)
        assert quantile_interval(ours, p) == pytest.approx(interval)


def test_nothing_observed_has_no_quantile_and_no_interval() -> None:
    empty = kaplan_meier([], np.zeros((2, 0)), np.zeros((2, 0)))
    assert np.isinf(quantile(empty)).all()
    assert np.isnan(quantile_interval(empty)[0]).all()


def test_a_step_past_the_median_in_a_thousand_cases_leaves_no_doubt_about_it() -> None:
    """900 finish at once at 0, 100 later: the library has no interval there, but it can be nothing but 0."""
    sharp = kaplan_meier([0, 10], [900, 50], [0, 50])
    assert [float(v) for v in quantile_interval(sharp)] == [0, 0]
    everybody = kaplan_meier([5], [5], [0])
    assert np.isnan(quantile_interval(everybody)).all()


def test_times_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="ascending"):
        kaplan_meier([3, 2], [1, 1], [0, 0])


@pytest.mark.parametrize("block", [4096, 7])
def test_log_rank_is_that_of_statsmodels_for_each_group_against_the_rest(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the times are gone through in several blocks, the last of which is not full."""
    from statsmodels.duration.survfunc import survdiff

    rng = np.random.default_rng(12)
    group = rng.integers(0, 3, 150)
    time, done = np.ceil(rng.exponential(20 + 8 * group)), rng.integers(0, 4, 150) > 0
    _, d, c = histogram(group, time, done.astype(int), np.ones(150, int), 3)
    monkeypatch.setattr(survival, "BLOCK", block)
    assert d.shape[1] > 14
    assert d.shape[1] % 7
    held = log_rank(d, c)
    for g in range(3):
        chi2, _ = survdiff(time, done.astype(int), group == g)
        assert (held.observed[g] - held.expected[g]) ** 2 / held.variance[g] == pytest.approx(chi2)
    assert held.expected.sum() == pytest.approx(done.sum())


def test_a_curve_is_known_to_its_last_observation_and_for_ever_where_all_were_done() -> None:
    """Four groups: the last one censored at 9; all done at 7; censored at 5 alone; nothing at all."""
    t, d, c = histogram(np.array([0, 0, 1, 1, 2]), np.array([3, 9, 2, 7, 5]), np.array([1, 0, 1, 1, 0]), np.ones(5, int), 4)
    assert follow_up(kaplan_meier(t, d, c), d + c).tolist() == [9, np.inf, 5, 0]
