"""The budget of false alarms: its threshold, spent in full on days that the calibration has not seen; and what is watched."""

from __future__ import annotations

import numpy as np
import pytest

from data.warning.budget import Curve, calibrate, rate, threshold
from data.warning.evidence import BACK
from data.warning.monitor import walk
from data.warning.streams import CITY, RING, TOWN, log_prior, pairs_of, pooled_alpha, reach_of
from data.warning.strength import LEAST, WEAKEST, judge

#: Four towns in a row.
ROW = np.array([[0, 1], [1, 2], [2, 3]])
HOURS = np.full((1, 24), 1 / 24)


def test_a_ring_is_a_town_and_its_neighbours_and_no_set_stands_twice() -> None:
    reach = reach_of(4, ROW)
    assert reach.member[reach.kind == RING].astype(int).tolist() == [[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1], [0, 0, 1, 1]]
    assert reach.member[reach.kind == CITY].all()
    assert reach.centre.tolist() == [0, 1, 2, 3, 0, 1, 2, 3, -1]
    # two neighbours are the city; one town alone is it too
    assert reach_of(2, np.array([[0, 1]])).kind.tolist() == [TOWN, TOWN, CITY]
    assert reach_of(1, np.zeros((0, 2))).kind.tolist() == [TOWN]
    assert reach.overlap[4].tolist() == [True, True, False, False, True, True, True, False, True]


def test_neighbours_are_found_by_the_towns_that_are_watched() -> None:
    assert pairs_of([3, 7, -1], [[3, 7], [3, 9], [7, 9]]).tolist() == [[0, 1]]
    assert pairs_of([-1], np.zeros((0, 2))).tolist() == []


def test_the_whole_prior_is_one_and_a_town_s_is_in_proportion_to_its_reports() -> None:
    reach = reach_of(4, ROW)
    mean = reach.member @ np.array([[8.0, 1.0], [4.0, 1.0], [2.0, 1.0], [2.0, 1.0]])
    prior = np.exp(log_prior(mean, reach, np.ones(mean.shape, bool)))
    assert prior.sum() == pytest.approx(1)
    assert prior[0, 0] / prior[2, 0] == pytest.approx(4)
    alone = np.exp(log_prior(mean, reach, np.broadcast_to((reach.kind == TOWN)[:, None], mean.shape)))
    assert alone.sum() == pytest.approx(1)
    assert alone[0, 0] == pytest.approx(8 / 20)


def test_the_sum_of_towns_spreads_as_their_own_and_common_factors_make_it() -> None:
    rng = np.random.default_rng(1)
    mean, alpha, shared = np.array([[6.0], [3.0], [9.0]]), 0.3, 0.1
    own = (alpha - shared) / (1 + shared)
    size = 200_000
    factor = rng.gamma(1 / shared, shared, (size, 1)) * rng.gamma(1 / own, own, (size, 3))
    total = rng.poisson(mean.T * factor).sum(axis=1)
    reach = reach_of(3, ROW[:2])
    found = pooled_alpha(mean, np.full((3, 1), alpha), [shared], reach)
    assert found[0, 0] == pytest.approx(alpha)
    assert found[-1, 0] == pytest.approx((total.var() - 18) / 18**2, rel=0.03)


def test_between_counted_thresholds_rates_fall_evenly_and_beyond_them_as_the_odds() -> None:
    curve = Curve((-3.0, -2.0, 0.0), (1.0, 0.5, 0.1))
    assert threshold(curve, 1.0) == -3.0
    assert threshold(curve, 0.1) == 0.0
    assert threshold(curve, float(np.sqrt(0.5))) == pytest.approx(-2.5)
    assert threshold(curve, 0.01) == pytest.approx(np.log(10))
    assert rate(curve, [-4.0, -2.5, 0.0, 2.0]) == pytest.approx([1.0, np.sqrt(0.5), 0.1, 0.1 * np.exp(-2)])


def test_quiet_days_of_another_draw_spend_the_budget() -> None:
    towns, some, size = 4, 3, 28
    rng = np.random.default_rng(9)
    mean = rng.gamma(2, 3, (towns, some))
    mu, alpha = np.repeat(mean[:, :, None], size, 2), np.full((towns, some, size), 0.2)
    hours = np.broadcast_to(HOURS, (size, some, 24))
    curve = calibrate(mu, alpha, np.zeros(some), np.ones(some, bool), hours, ROW, 3, seed=1)
    reach, chains = reach_of(towns, ROW), 20
    factor = rng.gamma(5.0, 0.2, (size, 1, chains, towns, some))
    n = rng.poisson(factor * mean / 24, (size, 24, chains, towns, some))
    judged = judge(
        n,
        np.broadcast_to(mean / 24, (size, 24, towns, some)),
        alpha.transpose(2, 0, 1),
        np.zeros(some),
        np.ones(some, bool),
        reach,
    )
    flat, may = (v.reshape(size * 24, chains, *judged.watched.shape) for v in (judged.strength, judged.ready))
    shifts = chains * 3 * (size - BACK - 1)
    for budget in (0.2, 0.1):
        new = [look.new.sum() for look in walk(flat, may, threshold(curve, budget), reach.overlap)]
        assert sum(new[24 * (BACK + 1) :]) / shifts == pytest.approx(budget, rel=0.3)


def test_what_is_hardly_ever_reported_has_a_threshold_all_the_same() -> None:
    mu = np.full((2, 1, 10), 1e-4)
    curve = calibrate(mu, np.full(mu.shape, 0.1), [0.0], [True], np.broadcast_to(HOURS, (10, 1, 24)), np.zeros((0, 2)), 3)
    assert np.isfinite(threshold(curve, 1.0))
    assert threshold(curve, 0.1) > threshold(curve, 1.0)


def test_no_warning_begins_on_two_reports_or_on_evidence_that_is_none() -> None:
    reach = reach_of(1, np.zeros((0, 2)))
    n = np.zeros((4, 24, 1, 1))
    n[3, 8] = 2
    mean = np.full(n.shape, 1e-3)

    def ready(seen: np.ndarray, mean: np.ndarray) -> list[bool]:
        return judge(seen, mean, np.full((4, 1, 1), 0.1), [0.0], [True], reach).ready[3, 8:11, 0, 0].tolist()

    assert ready(n, mean) == [False] * 3
    n[3, 9] = 1
    assert LEAST == 3
    assert ready(n, mean)[1] is True
    # ten in hours that ten are expected in
    n[:], mean[:] = 10, 10
    assert WEAKEST > 1
    assert ready(n, mean) == [False] * 3
