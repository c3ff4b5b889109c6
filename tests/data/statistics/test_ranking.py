"""Who differs clearly, and how surprising a count is: against published values."""

from __future__ import annotations

import numpy as np
import pytest

from data.statistics.distributions import binomial_limits, nb_point, nb_tail
from data.statistics.ranking import benjamini_hochberg


def test_the_classic_ten_p_values_reject_the_first_two() -> None:
    p = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]
    assert np.flatnonzero(benjamini_hochberg(p)).tolist() == [0, 1]


def test_a_p_value_that_was_not_asked_is_not_counted() -> None:
    assert benjamini_hochberg([0.03, np.nan, 0.04]).tolist() == [True, False, True]


def test_negative_binomial_of_the_published_oracle() -> None:
    """Mean 12, variance 26.4: P(X >= 25) = 0.018479, 27 times Poisson's; the 99.9 % point is 33, not 24."""
    assert nb_tail(25, 12, 0.1) == pytest.approx(0.01847949514)
    assert nb_point(0.999, 12, 0.1) == 33
    assert nb_tail(0, 12, 0.1) == 1.0


def test_binomial_limits_of_the_published_oracle() -> None:
    low, high = binomial_limits(0.9, np.array([20, 200]), 3.09)
    assert low == pytest.approx([0.6927, 0.8344], abs=2e-4)
    assert high == pytest.approx([1.0, 0.9656], abs=2e-4)
