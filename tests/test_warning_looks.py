"""Which series stand above at a look: the budget, the false discovery rate, two looks in a row, and no repeats."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from data.chance import nb_tails
from data.ranking import benjamini_hochberg
from data.shifts import DEFAULT
from data.warning.looks import FDR, MOST_CHANCE, STATUSES, WORTH, Expected, band, chance_for, looks_of, standing


def expecting(means: list[list[float]], alpha: float = 0.1, early: bool = False) -> Expected:
    mean = np.array(means, float)
    return Expected(mean, np.full(mean.shape, alpha), np.full(mean.shape, np.nan), np.full(mean.shape, early))


def path(counts: list[int], mean: float = 12.0, **more: bool) -> list[str]:
    """How one of 20 series stands after each look; the others are as expected."""
    out = []
    for n in range(1, len(counts) + 1):
        seen = np.full((n, 20), 12)
        seen[:, 0] = counts[:n]
        found = standing(seen, expecting([[mean] * 20] * n, **more), 1 / 8)
        out.append(STATUSES[found.status[0]])
        assert set(found.status[1:]) == {0}
    return out


def test_two_looks_in_a_row_are_a_warning_and_it_is_told_once() -> None:
    assert path([12, 45, 45, 45, 45]) == ["quiet", "first", "new", "continuing", "continuing"]
    assert path([45, 12, 45, 12]) == ["first", "quiet", "first", "quiet"]


def test_it_holds_until_it_falls_back_and_may_then_be_told_anew() -> None:
    # P(X >= 22) is .045 and P(X >= 20) is .085 (mean 12, alpha .1): 22 keeps it up, 20 ends it
    assert nb_tails([22, 20], 12, 0.1) == pytest.approx(stats.nbinom.sf([21, 19], 10, 1 / 2.2))
    assert path([45, 45, 22, 22, 20, 20, 45, 45]) == [
        "first", "new", "continuing", "continuing", "over", "over", "first", "new"]


def test_at_night_yesterdays_warning_is_not_over_for_want_of_reports() -> None:
    assert path([45, 45, 12], early=True)[-1] == "continuing"


def test_since_is_the_first_of_the_two_looks() -> None:
    seen = np.full((4, 20), 12)
    seen[1:, 0] = 45
    found = standing(seen, expecting([[12] * 20] * 4), 1 / 8)
    assert found.since[0] == 1
    assert (found.since[1:] == -1).all()


def test_fewer_than_three_are_never_a_warning() -> None:
    expected = expecting([[0.001] * 5] * 2)
    assert standing(np.array([[2, 3, 0, 0, 0]] * 2), expected, 1 / 8).status.tolist() == [0, 2, 0, 0, 0]


@pytest.mark.parametrize("budget", [0.9, 1 / 8, 0.01])
def test_the_chance_spends_the_budget_and_no_more(budget: float) -> None:
    rng = np.random.default_rng(3)
    mean, alpha = rng.gamma(1, 5, 228), rng.uniform(0.1, 0.3, 228)
    chance = chance_for(budget, mean, alpha)
    k = np.arange(3, 400)
    tails = stats.nbinom.sf(k[None, :] - 1, 1 / alpha[:, None], 1 / (1 + (alpha * mean)[:, None]))

    def spent(at: float) -> float:
        return float(np.where(tails <= at, tails, 0).max(axis=1).sum())

    assert spent(chance * (1 + 1e-9)) <= budget * 1.001
    assert spent(chance * 1.02) > 0.98 * budget          # and hardly less


def test_few_series_may_each_be_more_likely_than_many() -> None:
    assert chance_for(0.125, np.full(10, 8.0), np.full(10, 0.2)) > 5 * chance_for(0.125, np.full(300, 8.0), np.full(300, 0.2))
    assert chance_for(0.125, np.zeros(4), np.ones(4)) == 0.0
    assert chance_for(1.0, np.full(2, 8.0), np.full(2, 0.2)) <= MOST_CHANCE


def test_red_is_what_also_stands_up_to_all_series() -> None:
    seen = np.full((2, 100), 12)
    seen[:, 0], seen[:, 1] = 60, 32
    found = standing(seen, expecting([[12] * 100] * 2), 1 / 2)
    assert found.status[:2].tolist() == [2, 2]
    assert found.p[1] > FDR * 2 / 100 > found.p[0]
    assert found.sure[:3].tolist() == [True, False, False]


def test_the_false_discovery_rate_is_statsmodels_own() -> None:
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(4)
    p = np.where(rng.random(228) < 0.05, rng.random(228) * 1e-3, rng.random(228))
    assert (benjamini_hochberg(p, FDR) == multipletests(p, FDR, "fdr_bh")[0]).all()


def test_ears_asks_for_three_standard_deviations_too() -> None:
    mean = np.full((2, 20), 12.0)
    seen = np.full((2, 20), 12)
    seen[:, 0] = 40
    for sd, status in ((9.0, 2), (9.5, 0)):         # 28 above: 3.1 and 2.9 of them
        e = Expected(mean, np.full(mean.shape, 0.05), np.full(mean.shape, sd**2), np.zeros(mean.shape, bool))
        assert standing(seen, e, 1 / 8).status[0] == status


def test_looks_of_three_shifts_and_of_two() -> None:
    assert looks_of(DEFAULT) == pytest.approx(np.full(24, 8 * WORTH))
    assert looks_of(("00:00-06:00", "06:00-24:00")) == pytest.approx(WORTH * np.array([6] * 6 + [18] * 18))


def test_looks_of_a_night_shift_are_those_before_and_after_midnight_together() -> None:
    assert looks_of(("08:00-20:00", "20:00-08:00")) == pytest.approx(np.full(24, 12 * WORTH))
    assert looks_of(("06:00-22:00", "22:00-06:00")) == pytest.approx(WORTH * np.array([8] * 6 + [16] * 16 + [8] * 2))
    assert looks_of(("08:00-08:00",)) == pytest.approx(np.full(24, 24 * WORTH))


def test_the_band_holds_nineteen_days_of_twenty() -> None:
    low, high = band(np.array([12.0]), np.array([0.1]))
    assert stats.nbinom.cdf(high[0], 10, 1 / 2.2) >= 0.975 > stats.nbinom.cdf(high[0] - 1, 10, 1 / 2.2)
    assert stats.nbinom.cdf(low[0], 10, 1 / 2.2) >= 0.025 > stats.nbinom.cdf(low[0] - 1, 10, 1 / 2.2)
