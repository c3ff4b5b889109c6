"""The evidence of a surge is the exact likelihood ratio of reports whose days have a gamma factor, mixed over beginnings."""

from __future__ import annotations

from math import exp, gamma

import numpy as np
import pytest
from scipy.integrate import quad

from data.warning.evidence import BACK, RATIOS, evidence, since_when

ALPHA = 0.2
BEGINNINGS = len(RATIOS) * 24 * (BACK + 0.5)
HOURS = np.full(24, 0.5)
TODAY = np.array([0, 2, 3, 1] + [0] * 20)
BEFORE = np.array([0, 0, 1, 0, 0, 2] + [1, 0, 0] * 6)


def likelihood(n: np.ndarray, ratio: np.ndarray, mean: np.ndarray) -> float:
    """Of one day's hours up to a factor (their factorials), the day's factor integrated out by quadrature."""
    constant, total, expected = float(np.prod((ratio * mean) ** n)), float(n.sum()), float((ratio * mean).sum())
    shape = 1 / ALPHA
    density = shape**shape / gamma(shape)
    return (
        float(quad(lambda g: density * g ** (shape - 1 + total) * exp(-(shape + expected) * g), 0, 15, epsabs=0, epsrel=1e-9)[0])
        * constant
    )


def ratio_from(hour: int, of: int, r: float) -> np.ndarray:
    return np.where(np.arange(of) >= hour, r, 1.0)


def found(*days: np.ndarray, hours: int, memory: bool = True) -> float:
    n = np.stack(days)[:, :, None]
    mean = np.broadcast_to(HOURS[None, :, None], n.shape)
    return float(evidence(n, mean, np.full((len(n), 1), ALPHA), memory, hours)[-1, hours - 1, 0])


def test_of_one_day_it_is_what_quadrature_says() -> None:
    n, mean = TODAY[:4], HOURS[:4]
    quiet = likelihood(n, np.ones(4), mean)
    total = sum(likelihood(n, ratio_from(s, 4, r), mean) / quiet for r in RATIOS for s in range(4))
    assert found(TODAY, hours=4) == pytest.approx(np.log(total / BEGINNINGS), rel=1e-7)


def test_a_surge_of_yesterday_that_goes_on_has_both_days_likelihoods() -> None:
    today, quiet = likelihood(TODAY[:4], np.ones(4), HOURS[:4]), likelihood(BEFORE, np.ones(24), HOURS)
    total = 0.0
    for r in RATIOS:
        total += sum(likelihood(TODAY[:4], ratio_from(s, 4, r), HOURS[:4]) / today for s in range(4))
        goes_on = likelihood(TODAY[:4], np.full(4, r), HOURS[:4]) / today
        total += goes_on * sum(likelihood(BEFORE, ratio_from(s, 24, r), HOURS) / quiet for s in range(24))
    assert found(BEFORE, TODAY, hours=4) == pytest.approx(np.log(total / BEGINNINGS), rel=1e-7)
    assert found(BEFORE, TODAY, hours=4, memory=False) == pytest.approx(found(TODAY, hours=4))


def test_days_before_the_last_three_are_forgotten() -> None:
    burst = BEFORE + 3
    assert found(burst, *[BEFORE] * BACK, TODAY, hours=4) == pytest.approx(found(*[BEFORE] * BACK, TODAY, hours=4))
    assert found(burst, *[BEFORE] * (BACK - 1), TODAY, hours=4) > found(BEFORE, *[BEFORE] * (BACK - 1), TODAY, hours=4) + 1


def test_on_quiet_days_the_mean_ratio_is_one_at_most() -> None:
    """Under the null the expectation of a likelihood ratio is 1: of the mixture, the share of beginnings that have been."""
    rng = np.random.default_rng(5)
    days, cities = BACK + 1, 4000
    factor = rng.gamma(1 / ALPHA, ALPHA, (days, 1, cities, 1))
    n = rng.poisson(factor * HOURS[None, :, None, None])
    mean = np.broadcast_to(HOURS[None, :, None], (days, 24, 1))
    last = np.exp(evidence(n, mean, np.full((days, 1), ALPHA))[-1, -1, :, 0])
    assert last.mean() == pytest.approx(4 * 24 / (24 * (BACK + 0.5)), abs=4 * last.std() / np.sqrt(cities))


def test_many_cities_in_single_precision_are_as_one_in_double() -> None:
    rng = np.random.default_rng(6)
    n = rng.poisson(1.0, (5, 24, 3, 2))
    mean, alpha = np.ones((5, 24, 2)), np.full((5, 2), 0.1)
    many = evidence(n.astype(np.float32), mean, alpha)
    for q in range(3):
        assert many[:, :, q] == pytest.approx(evidence(n[:, :, q], mean, alpha), abs=2e-3)


def test_it_says_since_when_it_builds_up() -> None:
    n = np.zeros((BACK + 1, 24, 2))
    n[:, ::2] = 1  # as expected
    n[-2, 15:, 0] += 2  # from 15 o'clock yesterday on
    n[-1, :9, 0] += 2
    n[-1, 9:] = 50  # hours that are not over are not looked at
    mean = np.full(n.shape, 0.5)
    window = since_when(n, mean, np.full((BACK + 1, 2), 0.05), np.array([True, True]), 9)
    assert (window.day[0], window.hour[0]) == (BACK - 1, 15)
    # 9 hours yesterday and 9 today: 2 each, and one in every second
    assert (window.observed[0], window.expected[0]) == (18 * 2 + 9, 9.0)
    alone = since_when(n, mean, np.full((BACK + 1, 2), 0.05), np.array([False, True]), 9)
    assert (alone.day[0], alone.hour[0]) == (BACK, 0)
