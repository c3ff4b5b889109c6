"""Which cells stand out of what their mix of cases lets expect: worked by hand, against scipy, and the traps it closes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import betabinom, norm, t

from data.statistics import outlying


def test_tails_of_three_even_tries_are_quarters() -> None:
    """p = 1/2 and rho = 1/3: a = b = 1, so that 0, 1, 2 and 3 are equally likely."""
    n, p, rho = np.full(4, 3.0), np.full(4, 0.5), np.full(4, 1 / 3)
    assert outlying.tails(np.arange(4.0), n, p, rho).tolist() == pytest.approx([1, 0.75, 0.5, 0.25])


def test_tails_agree_with_scipy() -> None:
    rng = np.random.default_rng(1)
    n, p, rho = rng.integers(1, 300, 200).astype(float), rng.uniform(0.01, 0.8, 200), rng.choice([1e-6, 0.01, 0.3], 200)
    count = rng.binomial(n.astype(int), p).astype(float)
    sure = (1 - rho) / rho
    np.testing.assert_allclose(outlying.tails(count, n, p, rho), betabinom.sf(count - 1, n, p * sure, (1 - p) * sure), atol=1e-8)


def test_a_chance_of_student_is_that_of_scipy_to_seven_parts_in_a_hundred() -> None:
    z = np.linspace(0, 5, 21)
    for freedom in (4, 11, 317):
        np.testing.assert_allclose(outlying.student(norm.sf(z), freedom), t.sf(z, freedom), rtol=0.07)


def test_one_of_twenty_alike_that_has_four_times_as_many() -> None:
    """19 cells have 5 late of 50 and one 20: 115 / 20 = 5.75 are expected of each.  With no correlation a count is binomial of
    50 tries at .115: 2.25 is its standard deviation, and the 20 lie 6.3 beyond."""
    found = outlying.find([5] * 19 + [20], [50] * 20, [0.1] * 20)
    assert found.expected.tolist() == pytest.approx([5.75] * 20)
    assert found.called.tolist() == [False] * 19 + [True]
    assert found.rho[-1] == outlying.NONE
    assert found.excess[-1] == pytest.approx((20 - 5.75) / np.sqrt(5.75 * 0.885), rel=1e-4)
    assert np.flatnonzero(found.excess).tolist() == [19]


def test_the_least_count_that_is_called_is_called_and_one_fewer_is_not() -> None:
    late, due, share = [5] * 19 + [20], [50] * 20, [0.1] * 20
    least = int(outlying.find(late, due, share).least[-1])
    assert 12 <= least <= 18
    chance = outlying.tails(np.array([least - 1.0, least]), np.full(2, 50.0), np.full(2, 0.115), np.full(2, outlying.NONE))
    assert (outlying.student(chance, 19) <= outlying.LEVEL / 20).tolist() == [False, True]


def test_a_few_truly_bad_cells_do_not_hide_themselves() -> None:
    """Of 60 villages of 100 due at .1, three have 40 late."""
    late = np.random.default_rng(3).binomial(100, 0.1, 60)
    late[:3] = 40
    found = outlying.find(late, np.full(60, 100), np.full(60, 0.1))
    assert np.flatnonzero(found.called).tolist() == [0, 1, 2]


def test_a_hard_mix_is_no_reason() -> None:
    """Half of the villages have only cases that are late in .3, half in .05: each as expected."""
    share = np.repeat([0.3, 0.05], 50)
    late = np.random.default_rng(5).binomial(100, share)
    assert not outlying.find(late, np.full(100, 100), share).called.any()
    assert outlying.find(late, np.full(100, 100), np.full(100, 0.175)).rho.max() > 0.05


def test_the_correlation_is_found_by_moments() -> None:
    """300 cells of 50 due at .15 whose own shares are beta with a correlation of .05: .05 to within a fourth part."""
    rng = np.random.default_rng(6)
    late = rng.binomial(50, rng.beta(0.15 * 19, 0.85 * 19, 300)).astype(float)
    n = np.full(300, 50.0)
    assert outlying.correlation(late, n, np.full(300, late.mean()))[0] == pytest.approx(0.05, rel=0.25)


def test_where_nothing_can_be_compared_nobody_is_called() -> None:
    for late, due in (([], []), ([5], [5]), ([0, 0, 0], [5, 5, 0]), ([5, 5], [5, 5])):
        found = outlying.find(late, due, np.full(len(due), 0.2))
        assert not found.called.any()
        assert not found.excess.any()
    nothing = outlying.find([3, 0, 4], [10, 0, 10], [0.2, np.nan, np.nan])
    assert np.isnan(nothing.expected[1:]).all()


def test_under_three_late_cases_stand_out_of_nothing() -> None:
    late = np.append(np.zeros(999), 2)
    assert not outlying.find(late, np.append(np.full(999, 20), 2), np.full(1000, 0.002)).called.any()
