"""The workbench's ranking of departments, its funnel and the two that say why: counted by hand, and sums that must be exact."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.drill.choice import choose
from data.drill.view import view
from data.drill.views.overview import departments
from data.drill.views.ranking import department_score
from data.metrics import METRICS
from data.query.verdict_rows import HOW
from data.statistics import funnel
from data.statistics.distributions import binomial_limits
from data.statistics.kitagawa import kitagawa
from data.text import Lang
from tests.city_builder import ACCEPT, CLOSE, COURT, DISPATCH, HANDLE, HEARING, NOISE, REPORT, WEST, LittleCity, when
from tests.data.drill.test_views import desk
from tests.data.metrics.test_department_score import due
from tests.frame_cells import cell, cells

pytestmark = pytest.mark.slow

NOW = "2026-11-20 17:30"
NAMES = ("department_score", "department_funnel", "why_category", "why_stage")


@pytest.fixture(scope="module")
def city() -> LittleCity:
    """As in the metric's tests: hearing 30 due, 9 late (litter 20/8, noise 10/1 in the west), court 50/5 (20/2, 30/3)."""
    city = LittleCity()
    due(city, 20, 8, department=HEARING)
    due(city, 20, 2, department=COURT)
    due(city, 10, 1, department=HEARING, category=NOISE, l1=WEST)
    due(city, 30, 3, department=COURT, category=NOISE, l1=WEST)
    return city


def read(city: LittleCity, words: dict[str, str] | None = None, **more: str) -> dict[str, pd.DataFrame]:
    return view(city.facts, choose(desk(more.get("area", "")), city.city, words or {}, when(NOW)), NAMES).frames


def test_the_list_is_ordered_by_the_shrunken_ratio_and_all_come_first(city: LittleCity) -> None:
    frame = read(city)["department_score"]
    assert frame["department"].tolist() == ["", "court", "hearing"]
    assert frame["expected"].tolist() == pytest.approx([14, 8, 6])


def test_an_area_is_held_against_all_that_the_account_may_see(city: LittleCity) -> None:
    frames = read(city, {"area": "west"})
    frame = frames["department_score"].set_index("department")
    assert frame["expected"].to_dict() == pytest.approx({"": 4, "court": 3, "hearing": 1})
    assert np.isnan(cell(frame, "hearing", "rank")), "10 due are too few"
    assert frames["department_funnel"]["p0"].tolist() == pytest.approx([100 * 14 / 80] * 2)
    why = frames["why_category"]
    assert (why["department"] == "court").all(), "the only ranked one"
    assert cells(why, 0, ["n", "whole_n"]) == [30, 80]
    assert why.loc[0, "gap"] == pytest.approx(100 * (3 / 30 - 14 / 80))
    # an account of the west alone is held against the west
    own = read(city, area="west")["department_score"].set_index("department")
    assert own["ratio"].to_dict() == pytest.approx({"": 1, "court": 1, "hearing": 1})


def test_the_filter_of_a_department_cuts_neither_ranking_nor_funnel(city: LittleCity) -> None:
    all_, chosen = read(city), read(city, {"dep": "court", "state": "late"})
    for name in NAMES[:2]:
        pd.testing.assert_frame_equal(all_[name], chosen[name])
    assert set(all_["why_category"]["department"]) == {"hearing"}, "none chosen: the greatest shrunken O/E"
    assert set(chosen["why_category"]["department"]) == {"court"}
    assert set(chosen["why_stage"]["department"]) == {"court"}
    assert set(read(city, {"dep": "court,hearing"})["why_category"]["department"]) == {"hearing"}


def test_why_by_category_of_two_worked_by_hand(city: LittleCity) -> None:
    frame = read(city)["why_category"].set_index("category")
    # hearing: litter 2/3 of its cases, .4 late; noise 1/3, .1.  All: 1/2, .25; 1/2, .1.  .3 - .175 = .125 together
    centre = (0.3 + 0.175) / 2
    assert frame.loc["litter", "within"] == pytest.approx(100 * (2 / 3 + 1 / 2) / 2 * 0.15)
    assert frame.loc["litter", "mix"] == pytest.approx(100 * (2 / 3 - 1 / 2) * ((0.4 + 0.25) / 2 - centre))
    assert frame.loc["noise", "within"] == pytest.approx(0)
    assert frame.loc["noise", "mix"] == pytest.approx(100 * (1 / 3 - 1 / 2) * (0.1 - centre))
    assert frame.loc["", "gap"] == pytest.approx(12.5)
    assert frame["gap"].iloc[1:].sum() == pytest.approx(12.5)
    assert frame.index.tolist() == ["", "litter", "noise"]


def test_the_funnels_limits_are_those_of_chance_around_the_share_of_all(city: LittleCity) -> None:
    frame = read(city)["department_funnel"]
    assert frame["phi"].tolist() == [1, 1], "two departments say nothing of their scatter"
    low, high = binomial_limits(14 / 80, np.array([30, 50]), 3.09)
    assert frame["high998"].tolist() == pytest.approx(100 * high)
    assert frame["low998"].tolist() == pytest.approx(100 * low)
    assert frame[["department", "n", "late"]].to_numpy().tolist() == [["hearing", 30, 9], ["court", 50, 5]]


def test_the_funnel_has_the_rankings_verdict_and_none_of_its_own(city: LittleCity) -> None:
    frames = read(city)
    score = frames["department_score"].set_index("department")
    for row in frames["department_funnel"].itertuples():
        assert [row.band, row.basis] == cells(score, row.department, ["band", "basis"])


def test_limits_are_widened_only_where_all_scatter_more_than_chance() -> None:
    # z = -3 .. 3 in steps of 1: 10 % quantiles -2.4 and 2.4, phi = (2 x 5.76 + 2 x 4 + 2 x 1) / 7 = 3.074 > 1 + 2 sqrt(2/7)
    assert funnel.overdispersion(np.arange(-3.0, 4.0)) == pytest.approx((2 * 5.76 + 8 + 2) / 7)
    assert funnel.overdispersion(np.arange(-3.0, 4.0) / 2) == 1.0
    assert funnel.overdispersion(np.array([9.0, -9.0, 9.0, -9.0])) == 1.0
    assert funnel.departures([15], [100], 0.1) == pytest.approx([0.05 / 0.03])


def test_why_by_stage_adds_up_to_the_mean_work_time_by_hand() -> None:
    city = LittleCity()
    hour = 3600
    for department, dispatched, handled, n in ((HEARING, 1, 5, 25), (COURT, 1, 2, 25)):
        for _ in range(n):
            eid = city.event(
                "2026-11-20 08:00",
                registered="2026-11-20 08:20",
                due="2026-11-20 13:00",
                department=department,
                closed="2026-11-20 15:00" if department == HEARING else "2026-11-20 12:00",
                severity=1,
                pause_complete_s=hour if department == HEARING else 0,
            )
            city.visit(eid, REPORT, "2026-11-20 08:00", "2026-11-20 08:20", w_entered=0, w_left=0)
            city.visit(eid, DISPATCH, "2026-11-20 08:30", "2026-11-20 09:30", w_entered=0, w_left=dispatched * hour)
            city.visit(eid, HANDLE, "2026-11-20 09:30", "2026-11-20 14:30", w_entered=0, w_left=(handled - 1) * hour)
            city.visit(eid, DISPATCH, "2026-11-20 09:30", "2026-11-20 14:30", w_entered=0, w_left=hour, rework=1)
            city.visit(eid, CLOSE, "2026-11-20 14:30", "2026-11-20 15:00", w_entered=0, w_left=hour, exit=2)
    frame = read(city)["why_stage"].set_index(["kind", "stage"])
    assert set(frame["department"]) == {"hearing"}
    assert (frame["n"] == 25).all()
    assert (frame["whole_n"] == 50).all()
    # hearing: dispatch 1 + 1 h, handle 4 h, close 1 h, one hour deferred taken off; all: 2, 2.5, 1 and half an hour
    assert cells(frame, ("stage", "dispatch"), ["mean_min", "whole_min"]) == [120, 120]
    assert cells(frame, ("stage", "handle"), ["mean_min", "whole_min", "gap_min"]) == [240, 150, 90]
    assert cells(frame, ("paused", ""), ["mean_min", "whole_min", "gap_min"]) == [-60, -30, -30]
    assert cells(frame, ("total", ""), ["mean_min", "whole_min", "gap_min"]) == [360, 300, 60]
    assert ("stage", "revisit") not in frame.index, "closed cases wait there, which is nobody's delay"
    assert frame["gap_min"].iloc[1:].sum() == pytest.approx(60, abs=1e-9)


def test_an_overdue_open_case_stands_until_now_and_what_is_not_due_is_in_nothing() -> None:
    city = LittleCity()
    eid = city.event("2026-11-20 08:00", registered="2026-11-20 08:20", due="2026-11-20 12:00", severity=1)
    begun = int(city.clock.work_seconds(city.at("2026-11-20 15:30")))
    city.visit(eid, HANDLE, "2026-11-20 15:30", w_entered=begun)
    other = city.event("2026-11-20 08:00", registered="2026-11-20 08:20", due="2026-11-30 12:00", severity=1)
    city.visit(other, ACCEPT, "2026-11-20 08:30", w_entered=0)
    frame = read(city)["why_stage"].set_index(["kind", "stage"])
    assert frame.loc[("stage", "handle"), "mean_min"] == 120
    assert frame.loc[("stage", "accept"), "mean_min"] == 0
    assert cells(frame, ("total", ""), ["n", "mean_min", "gap_min"]) == [1, 120, 0]


def test_without_due_cases_there_is_nothing_to_explain() -> None:
    city = LittleCity()
    city.event("2026-11-20 08:00", due="2026-11-30 12:00", registered="2026-11-20 08:20", severity=1)
    frames = read(city)
    assert [len(frames[name]) for name in NAMES[1:]] == [0, 0, 0]
    assert frames["department_score"]["not_due"].tolist() == [1, 1]


counts = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(0, 9000), st.floats(0, 1)), min_size=1, max_size=40
)


@given(counts)
def test_mix_and_within_sum_to_the_difference(classes: list[tuple[int, int, int, float]]) -> None:
    n = np.array([max(a, b) for a, b, _, _ in classes])
    late = np.array([min(a, b) for a, b, _, _ in classes])
    whole = n + np.array([c for _, _, c, _ in classes])
    whole_late = late + np.array([round(c * f) for _, _, c, f in classes])
    if n.sum() == 0:
        with pytest.raises(ValueError, match="both sides"):
            kitagawa(n, late, whole, whole_late)
        return
    mix, within = kitagawa(n, late, whole, whole_late)
    assert mix.sum() + within.sum() == pytest.approx(late.sum() / n.sum() - whole_late.sum() / whole.sum(), abs=1e-9)
    # the same difference, the other way round, has the other sign in every part
    back_mix, back_within = kitagawa(whole, whole_late, n, late)
    assert back_mix == pytest.approx(-mix, abs=1e-12)
    assert back_within == pytest.approx(-within, abs=1e-12)


@settings(deadline=None)  # its first call imports
@given(st.integers(0, 2**32 - 1))
def test_stages_sum_to_the_difference_whatever_the_cases(seed: int) -> None:
    from data.drill.choice import Choice
    from data.drill.views.ranking import why_stage

    rng = np.random.default_rng(seed)
    k = 40
    choice: Choice = CHOICE
    held = {
        "department": rng.integers(-1, 2, k),
        "inside": rng.integers(0, 2, k),
        "n": rng.integers(0, 50, k),
        "paused": rng.integers(0, 10**6, k),
    }
    visits = {
        "department": rng.integers(-1, 2, k),
        "inside": rng.integers(0, 2, k),
        "stage": rng.integers(0, 8, k),
        "seconds": rng.integers(0, 10**7, k),
        "n": rng.integers(1, 9, k),
    }
    cells = {
        "period": np.zeros(4, int),
        "department": np.array([0, 1, 0, 1]),
        "category": np.array([0, 0, 1, 1]),
        "severity": np.ones(4, int),
        "n": np.full(4, 30),
        "late": rng.integers(0, 31, 4),
    }
    rows = {
        "cases": cells,
        "reference": cells,
        "held": held,
        "visits": visits,
        "first": {"first": np.array([-1])},
        "window": {f"begin_{i}": np.array([-1]) for i in range(1, 7)},
    }
    frame = why_stage.compute(rows, choice)
    total, parts = frame.iloc[0], frame.iloc[1:]
    assert parts["gap_min"].sum() == pytest.approx(total["gap_min"], abs=1e-9 * max(1, abs(parts["mean_min"]).sum()))
    assert parts["mean_min"].sum() == pytest.approx(total["mean_min"])


CHOICE = choose(desk(), LittleCity().city, {}, when(NOW))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_panels_say_when_their_verdicts_are_taken_and_at_what_level(lang: Lang) -> None:
    """Without a filter they are those of the day's look (1 %, kept to 10 %), as on the wall; not of 5 % at the moment."""
    for drill in (department_score.DRILL, departments.DRILL):
        assert HOW(lang) in drill.definition(lang)
        assert HOW(lang) in METRICS[drill.id if drill.id in METRICS else "department_response"].definition(lang)
