"""The ranking of departments of a little city, counted by hand, and its statistics against published values and libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from benchmarks.bench_calibration import rank_coverage
from data.access.viewer import Viewer
from data.metrics.evaluation import department_score as score
from data.metrics.evaluation.scored_cases import OUTSIDE
from data.statistics import empirical_bayes, funnel, ranking, standardise, survival
from data.statistics.distributions import binomial_limits, poisson_chance, wilson
from tests.city_builder import CANCELLED, COURT, DISPUTE, HEARING, MERGED, NOISE, WEST, LittleCity
from tests.frame_cells import cell, cells
from tests.oracles import worked

pytestmark = pytest.mark.slow

ORACLES = worked("departments")
DAY, NOW = "2026-11-20", "2026-11-20 17:30"


def due(city: LittleCity, n: int, late: int, **more: Any) -> None:
    """``n`` settled cases registered at 08:20, ``late`` of them after their limit."""
    day = more.pop("day", DAY)
    for i in range(n):
        city.event(
            f"{day} 08:00",
            closed=f"{day} 12:00",
            due=f"{day} {'11:00' if i < late else '13:00'}",
            registered=f"{day} 08:20",
            severity=1,
            **more,
        )


@pytest.fixture(scope="module")
def city() -> LittleCity:
    """Litter: hearing 20 (8 late, all in the east), court 20 (2 late); noise: hearing 10 (1 late), court 30 (3 late, west)."""
    city = LittleCity()
    due(city, 20, 8, department=HEARING)
    due(city, 20, 2, department=COURT)
    due(city, 10, 1, department=HEARING, category=NOISE, l1=WEST)
    due(city, 30, 3, department=COURT, category=NOISE, l1=WEST)
    return city


def by_department(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index("department")


def test_expected_is_the_citys_share_of_each_category_and_severity(city: LittleCity) -> None:
    frame = by_department(city.read("department_score", NOW))
    # litter 10 of 40 = 1/4, noise 4 of 40 = 1/10: hearing 20/4 + 10/10 = 6 expected, court 20/4 + 30/10 = 8
    assert frame["expected"].to_dict() == pytest.approx({"": 14, "hearing": 6, "court": 8})
    assert frame["late"].to_dict() == {"": 14, "hearing": 9, "court": 5}
    assert frame["ratio"].to_dict() == pytest.approx({"": 1, "hearing": 1.5, "court": 5 / 8})
    assert frame["rank"].tolist()[1:] == [2, 1]
    # hearing has 20 of the 40 litter cases and 10 of the 40 of noise: (20 x 1/2 + 10 x 1/4) / 30
    assert frame.loc["hearing", "own"] == pytest.approx(100 * 12.5 / 30)
    assert frame["basis"].tolist() == ["", "rest", "rest"]
    assert frame["past"].tolist() == ["", "", ""]


def test_a_town_is_held_against_the_citys_shares(city: LittleCity) -> None:
    frame = by_department(city.read("department_score", NOW, scope="west"))
    # noise alone: 10 and 30 cases at the city's 1/10; litter of the east is not theirs
    assert frame["expected"].to_dict() == pytest.approx({"": 4, "hearing": 1, "court": 3})
    assert frame["n"].to_dict() == {"": 40, "hearing": 10, "court": 30}
    # on time is shrunken towards the city's departments, 21 of 30 and 45 of 50
    prior = empirical_bayes.beta_prior([21, 45], [30, 50])
    assert frame.loc["court", "on_time_shrunk"] == pytest.approx(100 * (prior[0] + 27) / (sum(prior) + 30))


def test_who_sees_one_town_alone_is_held_against_that_town() -> None:
    city = LittleCity()
    due(city, 10, 8, department=HEARING)
    due(city, 10, 8, department=COURT)
    due(city, 10, 1, department=HEARING, l1=WEST)
    due(city, 10, 3, department=COURT, l1=WEST)
    frame = by_department(city.read("department_score", NOW, viewer=Viewer("desk", "west", area="west")))
    assert frame["expected"].to_dict() == pytest.approx({"": 4, "hearing": 2, "court": 2})


THREE = [{"code": c, "name": {"zh": c, "en": c}} for c in ("hearing", "court", "works")]


def specialists(late: int = 12, *, past: bool = True) -> LittleCity:
    """Each of three departments has all of its category: nobody else does the same work.  A year ago hearing was late in 10 of
    40, court in 15 of 150, works in 30 of 150, as the two are now."""
    city = LittleCity(departments=THREE)
    if past:
        for day in ("2025-08-01", "2025-10-01"):  # the records reach back, without a gap that would make them strays
            city.event(f"{day} 08:00", closed=f"{day} 12:00", severity=1)
        due(city, 40, 10, department=HEARING, day="2025-11-10")
        due(city, 150, 15, department=COURT, category=NOISE, day="2025-11-10")
        due(city, 150, 30, department=2, category=DISPUTE, day="2025-11-10")
        due(city, 40, 30, department=HEARING, day="2026-09-10")  # not the season's
    due(city, 40, late, department=HEARING)
    due(city, 150, 15, department=COURT, category=NOISE)
    due(city, 150, 30, department=2, category=DISPUTE)
    return city


def test_who_has_no_others_that_do_the_same_work_is_held_against_its_own_past() -> None:
    frame = by_department(specialists(late=24).read("department_score", NOW))
    assert frame["basis"].tolist() == ["", "past", "past", "past"]
    assert frame["past"].tolist() == ["year"] * 4
    # the others did not change: hearing is expected what it was a year ago, 10 of 40 (one case on all of its own, the same)
    assert frame.loc["hearing", "expected"] == pytest.approx(10)
    assert frame.loc["hearing", "ratio"] == pytest.approx(2.4)
    # who is called is in its turn left out of what "all others" are: nobody is called better for it
    assert frame["band"].tolist() == [0, 1, 0, 0]
    assert frame.loc["court", "ratio"] == pytest.approx(1)
    assert frame.loc["hearing", "rank"] == 3
    as_before = by_department(specialists(late=10).read("department_score", NOW))
    assert as_before["band"].tolist() == [0, 0, 0, 0]


def test_a_slow_down_of_the_whole_city_is_nobodys_own_and_said_of_all() -> None:
    city = LittleCity(departments=THREE)
    for day in ("2025-08-01", "2025-10-01"):  # the records reach back, without a gap that would make them strays
        city.event(f"{day} 08:00", closed=f"{day} 12:00", severity=1)
    for i in range(3):
        due(city, 60, 12, department=i, category=i, day="2025-11-10")
        due(city, 60, 24, department=i, category=i)
    frame = by_department(city.read("department_score", NOW))
    assert frame["band"].tolist() == [0, 0, 0, 0]
    # of 60 each 24 late now and 12 then, in three equal tables: (24 x 48) / (36 x 12)
    assert frame.loc["", "change"] == pytest.approx(24 * 48 / (36 * 12))
    assert cell(frame, "", "change_low") > 1
    assert frame.loc["works", "expected"] == pytest.approx(24, rel=0.01)


def test_without_others_and_without_a_past_nothing_is_compared() -> None:
    frame = by_department(specialists(past=False).read("department_score", NOW))
    assert frame["basis"].tolist() == [""] * 4
    assert frame["band"].tolist() == [0, score.ALONE, score.ALONE, score.ALONE]
    assert frame["rank"].isna().all()


def test_a_department_that_is_the_whole_city_has_no_rank_and_no_verdict() -> None:
    city = LittleCity()
    due(city, 40, 12, department=HEARING)
    due(city, 5, 0, department=COURT, category=NOISE)
    frame = by_department(city.read("department_score", NOW))
    assert frame["band"].to_dict() == {"": 0, "hearing": score.ALONE, "court": ranking.TOO_FEW}
    assert frame[["rank", "rank_low", "rank_high", "moved"]].isna().all(axis=None)


def test_every_case_is_due_or_outside_for_one_reason() -> None:
    city = LittleCity()
    due(city, 3, 1)
    due(city, 1, 1, department=-1)  # due, but nobody's
    due(city, 1, 0, duplicate=1)
    due(city, 1, 0, category=DISPUTE, sensitive=1)  # not for a wall
    for outcome in (CANCELLED, MERGED, 4):
        city.event(
            f"{DAY} 08:00",
            closed=f"{DAY} 12:00",
            due=f"{DAY} 13:00",
            registered=f"{DAY} 08:20",
            outcome=outcome,
            severity=1,
            duplicate=int(outcome == MERGED),
        )
    city.event(f"{DAY} 08:00", closed=f"{DAY} 12:00", registered=f"{DAY} 08:20", severity=1)  # no limit
    city.event(f"{DAY} 08:00", due="2026-11-25 10:00", registered=f"{DAY} 08:20", severity=1)  # not due yet
    city.event(f"{DAY} 08:00", due=NOW, registered=f"{DAY} 08:20", severity=1)  # exactly at its limit
    city.event(f"{DAY} 08:00", due=f"{DAY} 09:00", registered=f"{DAY} 08:20", severity=1, is_hung=1)
    city.event(f"{DAY} 08:00", due=f"{DAY} 09:00", registered=f"{DAY} 08:20", severity=1)  # open and overdue
    city.event("2026-10-01 08:00", due="2026-10-02 09:00", registered="2026-10-01 08:20", severity=1)  # before the window
    frame = by_department(city.read("department_score", NOW))
    counts = {k: int(cell(frame, "", k)) for k in ("n", "need", "late", *OUTSIDE, "no_department")}
    assert counts == {
        "n": 13,
        "need": 4,
        "late": 2,
        "cancelled": 1,
        "merged": 1,
        "transferred": 1,
        "duplicates": 1,
        "no_limit": 1,
        "hung": 1,
        "not_due": 2,
        "no_department": 1,
    }
    assert counts["n"] == counts["need"] + sum(counts[k] for k in (*OUTSIDE, "no_department"))


def test_what_could_flatter_on_time_stands_beside() -> None:
    city = LittleCity()
    more: dict[str, Any] = {"satisfaction": -1, "reworks": 0, "extended": 0}
    due(city, 2, 0, **{**more, "satisfaction": 5})
    due(city, 1, 0, **{**more, "satisfaction": 2, "reworks": 1})
    due(city, 1, 0, **{**more, "extended": 1})
    due(city, 1, 0, **{**more, "extended": 1, "duplicate": 1})
    city.event(f"{DAY} 08:00", due=f"{DAY} 09:00", registered=f"{DAY} 08:20", severity=1, is_hung=1, **more)
    row = by_department(city.read("department_score", NOW)).loc["hearing"]
    assert (row["kept"], row["extension"], row["hang"]) == (5, 20, 20)
    assert (row["closed"], row["coverage"], row["valid"], row["satisfied"]) == (4, 75, 3, pytest.approx(200 / 3))
    assert (row["inspected"], row["rework"]) == (4, 25)


def test_the_period_before_is_judged_at_its_own_end_and_moves_a_department() -> None:
    city = LittleCity()
    city.event("2026-08-01 08:00", closed="2026-08-01 12:00", severity=1)  # the records reach back
    due(city, 40, 20, department=HEARING)
    due(city, 40, 10, department=COURT)
    due(city, 40, 10, department=HEARING, day="2026-10-10")
    due(city, 40, 20, department=COURT, day="2026-10-10")
    # settled late, but after that window had ended: then it was not due
    city.event("2026-10-12 08:00", registered="2026-10-12 08:20", due="2026-11-01 08:00", closed="2026-11-02 08:00", severity=1)
    frame = by_department(city.read("department_score", NOW))
    assert cells(frame, "hearing", ["rank", "rank_before", "moved"]) == [2, 1, -1]
    assert cells(frame, "court", ["rank", "rank_before", "moved"]) == [1, 2, 1]


def test_the_first_of_one_is_no_rank_and_who_newly_came_moves_nobody() -> None:
    city = LittleCity(departments=[{"code": c, "name": {"zh": c, "en": c}} for c in ("hearing", "court", "works")])
    city.event("2026-08-01 08:00", closed="2026-08-01 12:00", severity=1)
    for department, late in ((HEARING, 20), (COURT, 10), (2, 4)):
        due(city, 40, late, department=department)
        if department != 2:
            due(city, 40, late, department=department, day="2026-10-10")
    frame = by_department(city.read("department_score", NOW))
    assert frame["rank"].tolist()[1:] == [3, 2, 1]
    assert frame["rank_before"].tolist()[1:3] == [2, 1]
    assert frame["moved"].tolist()[1:3] == [0, 0]
    assert np.isnan(cell(frame, "works", "moved"))
    alone = LittleCity()
    due(alone, 40, 20, department=HEARING)
    due(alone, 15, 2, department=COURT)
    assert by_department(alone.read("department_score", NOW))[["rank", "rank_low"]].isna().all(axis=None)


def test_before_the_first_record_nothing_is_known_of_the_period_before(city: LittleCity) -> None:
    assert city.read("department_score", NOW)["moved"].isna().all()


def test_no_case_at_all_is_no_number() -> None:
    city = LittleCity()
    city.event(f"{DAY} 08:00", l1=-1, l2=-1)
    frame = by_department(city.read("department_score", NOW))
    assert frame.loc["", "need"] == 0
    assert (
        frame[["ratio", "low", "high", "shrunk", "own", "on_time", "on_time_low", "on_time_shrunk", "rank", "extension"]]
        .isna()
        .all(axis=None)
    )
    assert set(frame["band"]) == {0, 2}


# ---------------------------------------------------------------------- published values
def test_observed_over_expected_of_the_oracle() -> None:
    for one in ORACLES["observed_over_expected"]["cases"]:
        ratio, low, high = standardise.ratio(np.array([one["observed"]]), np.array([float(one["expected"])]))
        assert ratio[0] == pytest.approx(one["ratio"])
        assert [low[0], high[0]] == pytest.approx(one["limits"], abs=1e-9)
    assert np.isnan(standardise.ratio(np.array([0]), np.array([0.0]))).all()


def test_beta_shrinking_and_wilson_of_the_oracle() -> None:
    o = ORACLES["beta_shrinking"]
    for one in o["cases"]:
        shrunken = empirical_bayes.beta_shrunken([one["met"]], [one["of"]], tuple(o["prior"]))
        assert shrunken == pytest.approx([one["shrunk"]], abs=1e-12)
        low, high = wilson([one["met"]], [one["of"]])
        assert [low[0] / 100, high[0] / 100] == pytest.approx(one["wilson"], abs=1e-7)


def test_funnel_limits_of_the_oracle() -> None:
    o = ORACLES["funnel_limits"]
    for one in o["cases"]:
        low, high = binomial_limits(o["p"], np.array([one["n"]]), {1.96: funnel.Z95, 3.09: funnel.Z998}[one["z"]])
        assert [low[0], high[0]] == pytest.approx(one["limits"], abs=1e-4)
        assert high[0] <= 1.0


def test_the_order_by_restricted_mean_is_not_that_of_closed_cases_alone() -> None:
    units = ORACLES["two_units"]["units"]
    means, closed = [], []
    for one in units:
        t, e = np.array(one["times"]), np.array(one["ended"])
        times, done, censored = survival.histogram(np.zeros(len(t), np.int64), t, e, np.ones(len(t), np.int64), 1)
        means.append(float(survival.rmst(survival.kaplan_meier(times, done, censored), 40)[0]))
        closed.append(float(t[e == 1].mean()))
    assert means == pytest.approx([one["restricted_mean"] for one in units])
    assert closed == pytest.approx([one["mean_of_closed"] for one in units])
    assert ranking.places(np.array(means), np.ones(2, bool)).tolist() == [2, 1]
    assert ranking.places(np.array(closed), np.ones(2, bool)).tolist() == [1, 2]


# ---------------------------------------------------------------------- against libraries
def test_wilson_and_the_exact_poisson_chance_agree_with_the_libraries() -> None:
    rng = np.random.default_rng(3)
    n = rng.integers(1, 500, 50)
    k = rng.binomial(n, 0.87)
    low, high = proportion_confint(k, n, method="wilson")
    found = wilson(k, n)
    assert found[0] == pytest.approx(100 * low, abs=1e-5)
    assert found[1] == pytest.approx(100 * high, abs=1e-5)
    mean = rng.uniform(0.5, 60, 50)
    count = rng.poisson(mean)
    p = np.minimum(1, 2 * np.minimum(stats.poisson.cdf(count, mean), stats.poisson.sf(count - 1, mean)))
    assert poisson_chance(count, mean) == pytest.approx(p, abs=1e-12)
    assert np.isnan(poisson_chance([0], [0.0])).all()


def test_the_exact_interval_of_a_ratio_agrees_with_chi_square() -> None:
    count, expected = np.array([0, 1, 7, 150]), np.array([2.0, 3.0, 4.5, 130.0])
    _, low, high = standardise.ratio(count, expected)
    assert high == pytest.approx(stats.chi2.ppf(0.975, 2 * count + 2) / 2 / expected)
    assert low[1:] == pytest.approx(stats.chi2.ppf(0.025, 2 * count[1:]) / 2 / expected[1:])
    assert low[0] == 0


def test_expected_agrees_with_a_weighted_model_of_the_strata() -> None:
    """Logistic regression on strata alone (weighted by cases) predicts the whole's share in each: its sums are the expected."""
    import statsmodels.api as sm

    rng = np.random.default_rng(8)
    group, stratum = (a.ravel() for a in np.meshgrid(np.arange(6), np.arange(9), indexing="ij"))
    cases = rng.integers(5, 60, len(group))
    hits = rng.binomial(cases, rng.uniform(0.1, 0.5, 9)[stratum])
    found = standardise.mix(group, stratum, cases, hits, standardise.shares(stratum, cases, hits, 9), 6)
    design = np.eye(9)[stratum]
    model = sm.GLM(np.column_stack([hits, cases - hits]), design, family=sm.families.Binomial()).fit()
    assert found.expected == pytest.approx(np.bincount(group, cases * model.predict(design)), rel=1e-6)
    assert found.expected.sum() == pytest.approx(hits.sum())


def test_the_beta_prior_finds_the_distribution_that_shares_were_drawn_from() -> None:
    rng = np.random.default_rng(5)
    n = rng.integers(20, 300, 4000)
    a, b = empirical_bayes.beta_prior(rng.binomial(n, rng.beta(18, 2, len(n))), n)
    assert a == pytest.approx(18, rel=0.08)
    assert b == pytest.approx(2, rel=0.08)


def test_groups_alike_are_all_pulled_to_their_mean_and_no_cases_are_no_prior() -> None:
    a, b = empirical_bayes.beta_prior([9, 9, 9], [10, 10, 10])
    assert (a + b, a / (a + b)) == pytest.approx((30, 0.9))
    assert np.isnan(empirical_bayes.beta_prior([0], [0])).all()


def test_the_drawn_ratios_are_those_of_the_gamma_posterior() -> None:
    """Prior and posterior by hand: O (8, 30, 4), E (10, 20, 12): m = 1, A = .2333 (weights E; - m / mean E = 3 / 42)."""
    observed, expected = np.array([8, 30, 4]), np.array([10.0, 20.0, 12.0])
    spread = (10 * 0.2**2 + 20 * 0.5**2 + 12 * (2 / 3) ** 2) / 42 - 3 / 42
    drawn = standardise.posterior(observed, expected, 20_000, 1)
    for i in range(3):
        law = stats.gamma(1 / spread + observed[i], scale=1 / (1 / spread + expected[i]))
        assert stats.kstest(drawn[:, i], law.cdf).pvalue > 0.001
    assert drawn.mean(axis=0) == pytest.approx(standardise.shrunken(observed, expected), rel=0.01)
    assert np.isnan(standardise.posterior(np.array([1, 2]), np.array([0.0, 3.0]), 5, 1)).tolist() == [[True, False]] * 5
    assert (standardise.posterior(np.zeros(2), np.ones(2), 5, 1) == 0).all()


def test_the_rarer_end_is_left_out_while_what_is_missed_stays_under_five_percent() -> None:
    """200 draws of two groups, the run spans both places, so that one left out counts .8 of its chance: 12 draws (6 %: 4.8 %)
    are left out, 13 (6.5 %: 5.2 %) are kept."""
    for times, last in ((12, 1), (13, 2)):
        drawn = np.tile([1.0, 2.0], (200, 1))
        drawn[:times] = [3.0, 2.0]
        low, high = ranking.rank_limits(drawn, np.ones(2, bool))
        assert (low.tolist(), high.tolist()) == ([1, 3 - last], [last, 2])


def test_the_run_of_places_is_the_shortest_and_not_the_middle_one() -> None:
    """100 draws of three groups.  The first is 1st in 50, 2nd in 44, 3rd in 6 (x .8 = 4.8 %): 1 to 2.  The second is 1st in 6
    (left out as well), 2nd in 50, 3rd in 44.  The third is 1st in 44, 2nd in 6, 3rd in 50: both ends are likely: 1 to 3."""
    drawn = np.array([[1.0, 2.0, 3.0]] * 50 + [[2.0, 3.0, 1.0]] * 44 + [[3.0, 1.0, 2.0]] * 6)
    low, high = ranking.rank_limits(drawn, np.ones(3, bool))
    assert (low.tolist(), high.tolist()) == ([1, 2, 1], [2, 3, 3])


@pytest.mark.parametrize(("n", "spread"), [(40, 0.2), (40, 0.8), (400, 0.2), (400, 0.8)])
def test_the_true_place_lies_in_its_interval_as_often_as_is_said(n: int, spread: float) -> None:
    """A little of ``calibration.rank_coverage``: 25 groups of mean size n, 12 % expected, true ratios from a gamma law."""
    shares = [rank_coverage(n, spread, 25, 10, seed) for seed in range(4)]
    assert np.mean(shares) == pytest.approx(0.95, abs=0.02 + 3 * float(np.std(shares)) / 2)


def test_departments_far_apart_have_narrow_places_and_alike_ones_wide() -> None:
    cases, hits = np.array([2000, 2000, 2000, 2000]), np.array([100, 102, 400, 900])
    m = standardise.mix(np.arange(4), np.zeros(4, np.int64), cases, hits, (np.array([8000.0]), np.array([hits.sum() / 8000])), 4)
    low, high = ranking.rank_limits(standardise.posterior(m.hits, m.expected, 2000, 1), np.ones(4, bool))
    assert (low.tolist(), high.tolist()) == ([1, 1, 3, 4], [2, 2, 3, 4])


def test_the_same_facts_give_the_same_ranks(city: LittleCity) -> None:
    first = city.read("department_score", NOW)
    pd.testing.assert_frame_equal(first, city.read("department_score", NOW))
