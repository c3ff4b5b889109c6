"""The fit behind the early warning finds what a city was made of, and what is rare, new or missing does not break it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from data.clock.workdays import BASE, workday_table
from data.statistics.surveillance import ears_c2
from data.warning.baseline import EARS, MODEL, fit, left_out
from data.warning.days import BACK, HOLIDAY, MAKEUP, WEEKEND, WORKDAY, is_worked, kinds_of
from data.warning.share import expected_share, hour_shares, known_shares

pytestmark = pytest.mark.slow

LAST = date(2026, 11, 26).toordinal()
WEEK = np.array([1.13, 1.07, 1.05, 1.04, 1.05, 0.86, 0.80])
AREAS = np.array([2.0, 5.0, 9.0, 14.0])
ALPHAS = np.array([0.1, 0.2, 0.3])


def worked(day: date) -> bool:
    return bool(workday_table("CN")[day.toordinal() - BASE])


def city(days: int, seed: int = 1, ahead: int = 14) -> tuple[np.ndarray, int, np.ndarray, np.ndarray]:
    """(counts (4, 3, days), first day, kinds, true means of all days): Mondays busy, holidays at .6, negative binomial."""
    first = LAST - days
    kinds = kinds_of(range(first, LAST + ahead), worked)
    weekday = (first + np.arange(days + ahead) + 6) % 7
    mu = AREAS[:, None, None] * np.ones((1, 3, 1)) * (WEEK[weekday] * np.where(kinds == HOLIDAY, 0.6, 1.0))[None, None]
    past, alpha = mu[:, :, :days], ALPHAS[None, :, None]
    counts = np.random.default_rng(seed).negative_binomial(1 / alpha, 1 / (1 + alpha * past))
    return counts, first, kinds, mu


def test_days_of_the_national_holiday_of_2026_are_what_the_state_council_says() -> None:
    first = date(2026, 9, 30).toordinal()
    kinds = kinds_of(range(first, first + 12), worked)
    # 1 to 7 October are off, 10 October (a Saturday) is worked
    assert kinds.tolist() == [WORKDAY, *[HOLIDAY] * 7, BACK, WORKDAY, MAKEUP, WEEKEND]
    assert is_worked(kinds).tolist() == [True, *[False] * 7, True, True, True, False]


def test_years_that_nobody_has_published_have_kinds_of_days_all_the_same() -> None:
    first = date(2031, 1, 1).toordinal()
    kinds = kinds_of(range(first, first + 365), worked)
    assert len(kinds) == 365
    assert (kinds == HOLIDAY).sum() >= 7
    assert not (kinds == MAKEUP).any()
    assert len(kinds_of(range(date(2100, 12, 25).toordinal(), date(2101, 1, 5).toordinal()), lambda d: d.weekday() < 5)) == 11


def test_two_years_give_back_areas_weekdays_holidays_and_dispersion() -> None:
    counts, first, kinds, mu = city(730)
    found = fit(counts, first, kinds, np.arange(LAST - 28, LAST + 14))
    true = mu[:, :, 702:]
    assert (found.method == MODEL).all()
    assert found.dispersion == pytest.approx(ALPHAS, rel=0.2)
    assert (found.mu / true).mean(axis=(0, 2)) == pytest.approx([1, 1, 1], abs=0.08)
    level = found.mu / found.mu.mean(axis=2, keepdims=True)
    weekday = (np.arange(LAST - 28, LAST + 14) + 6) % 7
    ordinary = kinds[702:] <= WEEKEND
    for k in range(7):
        mine = ordinary & (weekday == k)
        assert level[:, :, mine].mean() == pytest.approx(WEEK[k] / WEEK[weekday].mean(), abs=0.05)
    holidays = np.flatnonzero(kinds[:730] == HOLIDAY)
    past = fit(counts, first, kinds, first + holidays)
    assert (past.mu / mu[:, :, holidays]).mean() == pytest.approx(1, abs=0.1)


def test_outbreaks_of_the_past_hardly_raise_what_is_expected() -> None:
    counts, first, kinds, _ = city(730)
    sick = counts.copy()
    for start in (40, 200, 390, 560):
        sick[2, 1, start : start + 5] = 60  # six times the usual
    wanted = np.arange(LAST, LAST + 7)
    clean, found = fit(counts, first, kinds, wanted), fit(sick, first, kinds, wanted)
    raised = (found.mu / clean.mu)[2, 1].mean() - 1
    plain = sick[2, 1].mean() / counts[2, 1].mean() - 1
    assert plain > 0.12
    assert raised < plain / 3
    assert found.dispersion[1] < 1.6 * clean.dispersion[1]


def test_the_latest_half_year_is_left_out_where_two_years_remain() -> None:
    assert [left_out(d) for d in (200, 730, 800, 912, 1095)] == [0, 0, 70, 182, 182]
    counts, first, kinds, _ = city(1000)
    raised = counts.copy()
    raised[:, :, -150:] *= 3
    wanted = np.arange(LAST, LAST + 7)
    assert (fit(raised, first, kinds, wanted).mu == fit(counts, first, kinds, wanted).mu).all()


def test_a_season_is_followed_from_two_years_on() -> None:
    days = 1000
    counts, first, kinds, mu = city(days)
    turn = 1 + 0.5 * np.sin(2 * np.pi * (first + np.arange(days + 14)) / 365.25)
    alpha = ALPHAS[None, :, None]
    true = mu * turn
    counts = np.random.default_rng(5).negative_binomial(1 / alpha, 1 / (1 + alpha * true[:, :, :days]))
    found = fit(counts, first, kinds, np.arange(LAST - 7, LAST + 7))
    assert (found.mu / true[:, :, days - 7 : days + 7]).mean() == pytest.approx(1, abs=0.1)


def test_under_two_years_level_and_dispersion_follow_a_season_from_day_to_day() -> None:
    """A swing of nine to one (heating): about one mean of all days the dispersion would be several times the true one."""
    days, alpha = 500, ALPHAS[None, :, None]
    _, first, kinds, mu = city(days)
    turn = np.exp(1.1 * np.cos(2 * np.pi * (first + np.arange(days + 14)) / 365.25))
    true = mu * turn
    counts = np.random.default_rng(5).negative_binomial(1 / alpha, 1 / (1 + alpha * true[:, :, :days]))
    past = np.arange(LAST - 300, LAST)
    found = fit(counts, first, kinds, past)
    foretold = found.mu / true[:, :, days - 300 : days]
    assert foretold.mean() == pytest.approx(1, abs=0.1)
    weekly = foretold.mean(axis=(0, 1))[:294].reshape(-1, 7).mean(axis=1)
    assert np.abs(np.log(weekly)).max() < np.log(1.5), weekly
    # a level that is up to a third behind adds about a tenth
    assert (found.dispersion < ALPHAS + 0.25).all(), found.dispersion
    assert (found.dispersion > 0.8 * ALPHAS).all(), found.dispersion
    # a city without a season loses nothing by it
    still, first, kinds, _ = city(days)
    assert fit(still, first, kinds, past).dispersion == pytest.approx(ALPHAS, rel=0.25)


def test_a_category_without_reports_and_one_that_began_last_month_do_not_break_the_fit() -> None:
    counts, first, kinds, _ = city(400)
    counts[:, 0] = 0
    counts[:, 1, :-40] = 0
    counts[0, 2] = 0  # a town that never reports this
    found = fit(counts, first, kinds, np.arange(LAST, LAST + 3))
    assert np.isfinite(found.mu).all()
    assert np.isfinite(found.alpha).all()
    assert (found.mu > 0).all()
    assert found.method.tolist() == [EARS, EARS, MODEL]
    assert found.mu[:, 0].max() < 0.1
    assert found.mu[0, 2].max() < 0.1


def test_under_half_a_year_ears_compares_with_the_seven_days_of_c2() -> None:
    counts, first, kinds, _ = city(60)
    found = fit(counts, first, kinds, np.array([LAST, LAST - 10]))
    assert (found.method == EARS).all()
    week = counts[1, 1, 51:58]  # two days lie between it and today
    assert found.mu[1, 1, 0] == pytest.approx(week.mean() + 0.5 / 7)
    assert found.sd[1, 1, 0] == pytest.approx(week.std(ddof=1))
    today = float(week.mean() + 4 * week.std(ddof=1))
    assert ears_c2([*week, 99, 99, today]).z == pytest.approx(4)
    assert found.sd[1, 1, 1] == pytest.approx(counts[1, 1, 41:48].std(ddof=1))


def test_shares_of_the_day_end_at_one_and_few_reports_lean_on_all() -> None:
    n = np.zeros((3, 24))
    n[0, 8:18] = 1000
    n[1, 20] = 1
    share = hour_shares(n)
    assert share[:, -1] == pytest.approx([1, 1, 1])
    assert share[0, 12] == pytest.approx(0.5, abs=0.01)
    assert share[1, 12] == pytest.approx(0.5, abs=0.01)
    assert (np.diff(share, axis=1) >= 0).all()


def test_reports_that_come_in_late_are_not_yet_expected() -> None:
    even = np.arange(1, 25)[None, :] / 24
    lags = np.zeros((1, 25))
    lags[0, [0, 3]] = 800, 200  # a fifth comes three hours late
    known = known_shares(lags)
    assert known[0, :5].tolist() == pytest.approx([0.8, 0.8, 0.8, 1.0, 1.0])
    # at 6 o'clock: the hours 0, 1, 2 are known in full, 3, 4, 5 to four fifths
    assert expected_share(even, known, 6)[0, 5] == pytest.approx((3 + 3 * 0.8) / 24)
    # the look at 6 o'clock as it is judged at 12
    assert expected_share(even, known, 12)[0, 5] == pytest.approx(6 / 24)
    assert expected_share(even, known, 30)[0, 23] == pytest.approx(1)


def test_stamps_of_a_migration_are_no_delay() -> None:
    lags = np.zeros((2, 25))
    lags[:, 24] = 5000
    assert (known_shares(lags) == 1).all()


def test_days_that_are_busy_everywhere_are_known_as_such() -> None:
    days = 730
    _, first, kinds, mu = city(days)
    rng = np.random.default_rng(8)
    past, common, own = mu[:, :, :days], 0.1, 0.1 / 1.1
    each = rng.gamma(1 / own, own, past.shape)
    apart = rng.gamma(5.0, 0.2, past.shape)
    together = rng.gamma(1 / common, common, (1, 1, days)) * each
    found = [fit(rng.poisson(past * factor), first, kinds, np.arange(LAST, LAST + 1)) for factor in (together, apart)]
    assert found[0].shared == pytest.approx([common] * 3, abs=0.03)
    assert found[1].shared == pytest.approx([0.0] * 3, abs=0.02)
    for each_fit in found:
        assert each_fit.dispersion == pytest.approx([0.2] * 3, rel=0.2)
