"""The weekly baseline is that of statsmodels where nothing is amiss, forgives past outbreaks, and holds in published ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from data.warning.weeks import HIGH, RARE, RARE_PAIR, Weeks, alarmed, fit_weeks


def seasonal(weeks: int) -> np.ndarray:
    t = np.arange(weeks)
    return np.exp(3 + 0.001 * t + 0.4 * np.cos(2 * np.pi * t * 7 / 365.25))


def test_without_outbreaks_it_is_the_poisson_model_of_statsmodels() -> None:
    import statsmodels.api as sm

    mu = seasonal(290)
    y = np.random.default_rng(2).poisson(mu[:286])
    found = fit_weeks(y[None], np.arange(4))
    t = np.arange(290)
    turn = 2 * np.pi * t * 7 / 365.25
    design = np.column_stack([np.ones(290), t, *(f(k * turn) for k in (1, 2) for f in (np.sin, np.cos))])
    fitted = sm.GLM(y[:260], design[:260], family=sm.families.Poisson()).fit()
    told = fitted.get_prediction(design[286:], which="linear")
    # what the weights take and give back is within a hundredth
    assert found.mu[0] == pytest.approx(np.exp(told.predicted), rel=0.015)
    assert np.sqrt(found.unsure[0]) == pytest.approx(told.se * np.sqrt(found.phi[0]), rel=0.05)


def test_past_outbreaks_hardly_raise_what_is_expected() -> None:
    y = np.random.default_rng(3).poisson(seasonal(300))
    sick = y.copy()
    sick[[40, 41, 120, 121, 200, 201]] *= 5
    clean, found = (fit_weeks(v[None], np.arange(4)) for v in (y, sick))
    assert (found.mu / clean.mu).mean() == pytest.approx(1, abs=0.05)
    assert found.phi[0] < 2 < sick.var() / sick.mean()


def steady(phi: float = 1.0) -> Weeks:
    """A series of 50 reports a week, known exactly, and the week before the first that is evaluated."""
    return Weeks(np.full((1, 2), 50.0), np.full(1, phi), np.full((1, 2), 1e-9))


def first_called(before: int) -> int:
    """The least count of a week that is an alarm after a week of ``before``."""
    return next(n for n in range(200) if alarmed([[before, n]], steady())[0, 0])


def test_an_alarm_is_a_count_whose_chance_is_rare() -> None:
    # after a week as low as this, no sum of the two is rare
    first = first_called(before=20)
    assert stats.poisson.sf(first - 1, 50) <= RARE < stats.poisson.sf(first - 2, 50)


def test_two_weeks_that_are_rare_together_are_an_alarm_in_the_second() -> None:
    first = first_called(before=60)
    assert stats.poisson.sf(first - 1, 50) > RARE  # not by itself
    assert stats.poisson.sf(60 + first - 1, 100) <= RARE_PAIR < stats.poisson.sf(60 + first - 2, 100)


def test_a_week_as_usual_is_no_alarm_after_an_outbreak() -> None:
    first = first_called(before=150)
    assert stats.poisson.sf(first - 1, 50) <= HIGH < stats.poisson.sf(first - 2, 50)


def test_a_single_report_is_no_alarm_but_two_in_two_weeks_may_be() -> None:
    seldom = steady()._replace(mu=np.full((1, 2), 0.001))
    assert not alarmed([[0, 1]], seldom)[0, 0]
    assert alarmed([[1, 1]], seldom)[0, 0]
    assert alarmed([[0, 2]], seldom)[0, 0]


@pytest.mark.soak
def test_a_tenth_of_the_published_scenarios_is_within_their_bounds() -> None:
    from benchmarks.bench_noufaily import false_positives, found

    shares = false_positives(10, seed=11)
    error = shares.std() / np.sqrt(len(shares))
    assert 100 * (shares.mean() - 1.96 * error) <= 0.63
    for k, published in ((5, 0.56), (10, 0.89)):
        hit = found(10, k, seed=k + 20)
        assert hit.mean() + 1.96 * hit.std() / np.sqrt(len(hit)) >= published
