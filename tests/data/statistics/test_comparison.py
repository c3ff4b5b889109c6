"""Score tests within strata: worked by hand, against statsmodels and scipy, and how often they are wrong where nothing
differs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from data.statistics import assessment, comparison, ranking

Cells = tuple[Any, ...]


def cells(rng: np.random.Generator, groups: int = 4, strata: int = 6, mean: float = 25) -> Cells:
    """(group, stratum, cases, hits) of every cell."""
    group, stratum = (v.ravel() for v in np.meshgrid(np.arange(groups), np.arange(strata), indexing="ij"))
    cases = 1 + rng.poisson(mean, len(group))
    return group, stratum, cases, rng.binomial(cases, rng.uniform(0.05, 0.4, strata)[stratum])


def test_of_eight_hits_among_twenty_a_group_of_ten_expects_four() -> None:
    one = np.array([0])
    held = comparison.with_rest(one, np.array([10]), np.array([7]), np.array([20]), np.array([8]), 1)
    assert (held.observed[0], held.expected[0]) == (7, 4)
    assert held.variance[0] == pytest.approx(10 * 10 * 8 * 12 / (400 * 19))
    law = stats.hypergeom(20, 8, 10)
    assert held.third[0] == pytest.approx(law.stats("s") * law.var() ** 1.5, abs=1e-12)


def test_with_the_rest_it_is_mantel_and_haenszels_test() -> None:
    group, stratum, cases, hits = cells(np.random.default_rng(4))
    total, marked = (np.bincount(stratum, v)[stratum] for v in (cases, hits))
    held = comparison.with_rest(group, cases, hits, total, marked, 4)
    for g in range(4):
        own = group == g
        tables = [
            np.array([[h, n - h], [m - h, t - n - (m - h)]], float)
            for n, h, t, m in zip(cases[own], hits[own], total[own], marked[own], strict=True)
        ]
        found = StratifiedTable(tables).test_null_odds()
        assert comparison.scores(held)[g] ** 2 == pytest.approx(found.statistic)


def test_the_change_of_all_is_mantel_and_haenszels_ratio_with_its_interval() -> None:
    rng = np.random.default_rng(9)
    group, _, n0, before = cells(rng)
    _, _, n, hits = cells(rng)
    tables = [np.array([[a, m - a], [c, k - c]], float) for m, a, k, c in zip(n, hits, n0, before, strict=True)]
    log_odds, variance = comparison.change(n, hits, n0, before)
    found = StratifiedTable(tables)
    assert log_odds == pytest.approx(found.logodds_pooled)
    assert np.sqrt(variance) == pytest.approx(found.logodds_pooled_se)
    others = comparison.change_of_others(group, n, hits, n0, before, 4)
    rest = StratifiedTable([t for t, g in zip(tables, group, strict=True) if g != 2])
    assert others.log_odds[2] == pytest.approx(rest.logodds_pooled)


def test_given_the_odds_a_count_has_the_mean_and_variance_of_fishers_distribution() -> None:
    for n, n0, marked, odds in ((60, 180, 40, 1.3), (25, 75, 20, 0.7), (400, 1200, 200, 2.0)):
        law = stats.nchypergeom_fisher(n + n0, marked, n, odds)
        mean, variance = comparison._given_odds(*(np.array([float(v)]) for v in (n, n0, marked, odds)))
        assert mean[0] == pytest.approx(law.mean(), rel=0.005)
        assert variance[0] == pytest.approx(law.var(), rel=0.02)


def test_chances_are_those_of_the_exact_distribution_also_of_few_cases() -> None:
    """Of one stratum the count is hypergeometric: twice the smaller of its tails, at most 1."""
    for n, total, marked in ((20, 200, 25), (40, 90, 12), (300, 2000, 260)):
        law = stats.hypergeom(total, marked, n)
        for count in range(int(law.ppf(0.001)), int(law.ppf(0.999)) + 2):
            own, cases, hits, whole, all_hits = (np.array([v]) for v in (0, n, count, total, marked))
            held = comparison.with_rest(own, cases, hits, whole, all_hits, 1)
            exact = min(1.0, 2 * min(law.cdf(count), law.sf(count - 1)))
            assert comparison.chances(held)[0] == pytest.approx(exact, rel=0.12, abs=0.004)


def test_over_dispersion_widens_and_nothing_to_compare_is_no_chance() -> None:
    held = comparison.Held(*(np.array(v) for v in ([30.0, 5.0], [20.0, 5.0], [16.0, 0.0], [0.0, 0.0])))
    assert comparison.chances(held, 1.0)[0] == pytest.approx(2 * stats.norm.sf(9.5 / 4))
    assert comparison.chances(held, 4.0)[0] == pytest.approx(2 * stats.norm.sf(9.5 / 8))
    assert np.isnan(comparison.chances(held)[1])


def test_of_identical_groups_hardly_anybody_is_called() -> None:
    """Four groups of 120 cases whose shares differ by stratum alone, in 400 cities."""
    rng, wrong = np.random.default_rng(6), 0
    for _ in range(400):
        group, stratum, n, hits = cells(rng, mean=19)
        own = assessment.table(group, stratum, n, hits, (4, 6))
        wrong += bool(assessment.assess(own, own).call.any())
    assert stats.binomtest(wrong, 400, 0.05, alternative="greater").pvalue > 0.01


def months(
    rng: np.random.Generator, groups: int, cases: float, factor: float = 1.0, wander: float = 0.0
) -> tuple[assessment.Table, list[assessment.Table]]:
    """A month and the three before, of groups with two strata of their own, late one time in ten; the first ``factor`` times as
    often now; every month of a group moves by a log odds of sd ``wander``."""
    tables = []
    for times in (factor, 1.0, 1.0, 1.0):
        odds = np.exp(rng.normal(0, wander, groups)) / 9
        share = odds / (1 + odds) * np.where(np.arange(groups) == 0, times, 1.0)
        n = np.zeros((groups, 2 * groups), np.int64)
        for g in range(groups):
            n[g, 2 * g : 2 * g + 2] = rng.poisson(cases / 2, 2)
        tables.append(assessment.Table(n, rng.binomial(n, share[:, None])))
    return tables[0], tables[1:]


@pytest.mark.parametrize("groups", [3, 4, 5, 13])
def test_who_changed_is_found_however_few_they_are_and_however_much_it_changed(groups: int) -> None:
    rng = np.random.default_rng(groups)
    for factor, least in ((2.0, 0.9), (3.0, 0.97)):
        calls = []
        for _ in range(40):
            now, past = months(rng, groups, 800, factor)
            calls.append(assessment.assess(now, now, past, past).call)
        assert np.mean([c[0] == 1 for c in calls]) >= least
        assert np.mean([(c[1:] != 0).any() for c in calls]) <= 0.2, "and nobody else for it"


def test_of_two_nobody_can_say_which_one_changed() -> None:
    now, past = months(np.random.default_rng(2), 2, 800, 3.0)
    found = assessment.assess(now, now, past, past)
    assert found.basis.tolist() == [assessment.NONE] * 2
    assert not found.call.any()


def test_what_moves_from_month_to_month_anyway_is_no_change() -> None:
    """Log odds that move by sd .15 from month to month: without that in the variance somebody is called in a fifth of cities."""
    rng, wrong = np.random.default_rng(8), 0
    for _ in range(120):
        now, past = months(rng, 13, 300, wander=0.15)
        wrong += bool(assessment.assess(now, now, past, past).call.any())
    assert stats.binomtest(wrong, 120, 0.08, alternative="greater").pvalue > 0.01


def test_certainly_above_counts_those_that_are_beaten_beyond_all_doubt() -> None:
    error, ranked = np.ones(4), np.ones(4, bool)
    assert ranking.certainly_above(np.array([0.0, 0.1, 9.0, 20.0]), error, ranked).tolist() == [0, 0, 2, 3]
    # one that is not ranked counts in nothing
    without = ranking.certainly_above(np.array([0.0, 0.1, 9.0, 20.0]), error, np.arange(4) != 1)
    assert without[[0, 2, 3]].tolist() == [0, 1, 2]
    assert np.isnan(ranking.certainly_above(np.array([1.0, 2.0]), np.ones(2), np.array([True, False]))).all()


def test_what_is_certain_of_an_order_is_hardly_ever_wrong() -> None:
    """12 groups with true values that spread by twice their error, and 12 that are alike: in 95 % no statement is wrong."""
    rng = np.random.default_rng(7)
    for spread in (0.0, 2.0):
        wrong = 0
        for _ in range(150):
            true, error = rng.normal(0, spread, 12), rng.uniform(0.5, 1.5, 12)
            above = ranking.certainly_above(rng.normal(true, error), error, np.ones(12, bool), times=400)
            wrong += bool((above > (true[:, None] > true).sum(axis=1)).any())
        assert stats.binomtest(wrong, 150, 0.05, alternative="greater").pvalue > 0.01


def test_two_groups_are_settled_beyond_the_two_sided_limit() -> None:
    """The greater of z and -z has its 95 % point at 1.96: a difference of 1.96 x sqrt 2 = 2.77 errors."""
    for gap, above in ((2.6, 0), (2.95, 1)):
        assert ranking.certainly_above(np.array([0.0, gap]), np.ones(2), np.ones(2, bool)).tolist() == [0, above]
