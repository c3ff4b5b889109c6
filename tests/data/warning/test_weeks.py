"""The weekly baseline is that of statsmodels where nothing is amiss, forgives past outbreaks, and holds in published ones."""

from __future__ import annotations

import numpy as np
import pytest

from data.warning.weeks import RARE, alarmed, chance, fit_weeks


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


def test_an_alarm_is_a_count_whose_chance_is_rare() -> None:
    y = np.random.default_rng(4).poisson(seasonal(300))[None]
    expected = fit_weeks(y, np.arange(1))
    seen = np.arange(20, 100)[None].T
    each = chance(seen.T, expected._replace(mu=np.repeat(expected.mu, 80, 1), unsure=np.repeat(expected.unsure, 80, 1)))[0]
    first = int(seen[np.flatnonzero(each <= RARE)[0], 0])
    assert alarmed([[first]], expected)[0, 0]
    assert not alarmed([[first - 1]], expected)[0, 0]


@pytest.mark.soak
def test_a_tenth_of_the_published_scenarios_is_within_their_bounds() -> None:
    from benchmarks.bench_noufaily import false_positives, found

    shares = false_positives(10, seed=11)
    error = shares.std() / np.sqrt(len(shares))
    assert 100 * (shares.mean() - 1.96 * error) <= 0.63
    for k, published in ((5, 0.56), (10, 0.89)):
        hit = found(10, k, seed=k + 20)
        assert hit.mean() + 1.96 * hit.std() / np.sqrt(len(hit)) >= published
