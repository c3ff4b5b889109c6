"""The space-time scan against loops over every village, day and window of a tiny city, and what an alarm is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom

from data.statistics import scan

XY = np.array([[0.0, 0.0], [1.0, 0.1], [2.1, 0.0], [3.3, 0.2], [0.1, 1.7], [1.2, 2.2]])
PAIRS = np.array([[0, 1], [1, 2], [2, 3], [0, 4], [1, 5], [4, 5]])
RESIDENTS = np.array([900.0, 1200.0, 500.0, np.nan, 2000.0, 700.0])


def tiny(days: int, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.poisson(np.array([1, 2, 0.5, 1, 3, 1]) * (1 + 0.5 * (np.arange(days) % 7 < 5))[:, None])


def sets() -> set[tuple[int, ...]]:
    """All regions, by distances sorted by hand and neighbours looked up one by one."""
    near = {i: [int(b if a == i else a) for a, b in PAIRS if i in (a, b)] for i in range(6)}
    found: set[tuple[int, ...]] = set()
    for i in range(6):
        order = sorted(range(6), key=lambda j: float(np.hypot(*(XY[j] - XY[i]))))
        found |= {tuple(sorted(order[:k])) for k in range(1, 7)}
        found.add(tuple(sorted([i, *near[i]])))
    return found


def members(regions: scan.Windows) -> list[tuple[int, ...]]:
    return [tuple(np.flatnonzero(row).tolist()) for row in regions.members.toarray()]


def test_regions_are_circles_and_each_village_with_its_neighbours_each_set_once() -> None:
    regions = scan.windows(XY, PAIRS)
    assert len(members(regions)) == len(set(members(regions)))
    assert set(members(regions)) == sets()
    assert regions.size.tolist() == [len(m) for m in members(regions)]


def expected_by_loops(counts: np.ndarray, look: int) -> tuple[list[float], list[float]]:
    """(rate a day of each village, factor of each weekday) for the look at row ``look``, one sum at a time."""
    history = range(look - 69, look - 13)
    people = [1060.0 if np.isnan(r) else r for r in RESIDENTS]  # 5,300 of five villages
    seen = [sum(int(counts[d, v]) for d in history) for v in range(6)]
    e = [sum(seen) * p / sum(people) for p in people]
    spread = sum(e[v] * (seen[v] / e[v] - 1) ** 2 for v in range(6)) / sum(e)
    between = max(spread - 1 / (sum(e) / 6), 1e-3)
    level = [e[v] * (1 / between + seen[v]) / (1 / between + e[v]) / 56 for v in range(6)]
    week = [1 + sum(int(counts[d].sum()) for d in history if d % 7 == w) for w in range(7)]
    return level, [7 * w / sum(week) for w in week]


def test_expectations_are_of_the_eight_weeks_before_the_longest_window_by_weekday() -> None:
    counts = tiny(75)
    level, factor = scan.expectations(counts, RESIDENTS)
    assert level.shape == (75 - 69, 6)
    for look in (69, 74):
        by_hand, week = expected_by_loops(counts, look)
        assert level[look - 69] == pytest.approx(by_hand)
        assert factor[look - 69] == pytest.approx(week)
    later = counts.copy()
    later[56:] += 50  # the fortnight that the first look judges
    assert scan.expectations(later, RESIDENTS)[0][0] == pytest.approx(level[0])


def test_the_score_is_the_mean_evidence_of_every_window_by_loops_and_scipy() -> None:
    counts = tiny(72)
    counts[68:72, [0, 1]] += 3
    got = scan.scores(counts, RESIDENTS, scan.windows(XY, PAIRS))
    for look in (69, 71):
        level, week = expected_by_loops(counts, look)
        total = 0.0
        for days in range(1, 15):
            back = range(look - days + 1, look + 1)
            weight = {r: sum(level[v] for v in r) * sum(week[d % 7] for d in back) for r in sets()}
            for region, mean in weight.items():
                seen, k = sum(int(counts[d, v]) for d in back for v in region), len(region) / scan.ALPHA
                usual = nbinom.pmf(seen, k, k / (k + mean))
                times = [nbinom.pmf(seen, k, k / (k + r * mean)) / usual for r in scan.RATIOS]
                total += mean / sum(weight.values()) * sum(times) / len(times) / 14
        assert got[look - 69] == pytest.approx(np.log(total), rel=1e-4, abs=1e-4)


def test_looks_are_the_same_whatever_else_is_looked_at() -> None:
    counts, regions = tiny(69 + 150), scan.windows(XY, PAIRS)
    whole = scan.scores(counts, RESIDENTS, regions)
    assert whole.shape == (150,)
    # a look of its own begins with another weekday, which changes nothing
    for look in (0, 63, 64, 149):
        assert scan.scores(counts[look : look + 70], RESIDENTS, regions)[0] == pytest.approx(whole[look], abs=1e-4)


def test_alarms_that_follow_each_other_are_one_and_the_limit_spends_the_budget() -> None:
    score = np.array([0, 5, 6, 0, 4, 0, 0, 9, 9, 1.0])
    assert scan.alarms(score, 3.0) == 3
    assert scan.alarms(score, 4.0) == 2
    assert scan.limit_of(score, every=5) == 4.0  # ten days, two alarms: 5, 6 and 9, 9
    assert scan.limit_of(score, every=10) == 6.0


def test_a_quiet_city_alarms_as_seldom_as_promised_and_an_outbreak_is_told() -> None:
    regions = scan.windows(XY, PAIRS)
    level, factor = (v[0] for v in scan.expectations(tiny(70), RESIDENTS))
    limit = scan.limit_of(scan.quiet(level, factor, 0.1, RESIDENTS, regions, 900))
    rng = np.random.default_rng(8)
    mean = level * factor[np.arange(900 + 69) % 7][:, None]
    counts = rng.poisson(mean * rng.gamma(10, 0.1, mean.shape))
    told = scan.alarms(scan.scores(counts, RESIDENTS, regions), limit)
    assert 12 <= told <= 50  # thirty months; both runs are chance
    counts[-6:, [0, 1]] += rng.poisson(3 * mean[-6:, [0, 1]])
    assert scan.scores(counts[-70:], RESIDENTS, regions)[0] > limit


def test_a_look_names_the_villages_the_days_and_how_seldom_it_is_so() -> None:
    counts = tiny(80)
    counts[-3:, [2, 3]] += 6  # two neighbours, the last three days
    found = scan.look(counts, RESIDENTS, XY, PAIRS, 400)
    assert found.alarm
    assert np.flatnonzero(found.inside).tolist() == [2, 3]
    assert found.days == 3
    assert found.seen == counts[-3:, [2, 3]].sum()
    level, week = expected_by_loops(counts[-70:], 69)
    assert found.expected == pytest.approx(sum(level[v] * week[d % 7] for v in (2, 3) for d in (67, 68, 69)), rel=1e-5)
    assert found.recurs > scan.EVERY
    calm = scan.look(tiny(80), RESIDENTS, XY, PAIRS, 400)
    assert calm.recurs < found.recurs


def test_scores_recur_the_seldomer_the_higher_and_a_low_one_is_no_rare_one() -> None:
    usual = np.array([1, 2, 1, 3, 1, 2, 1, 9, 1, 2.0])
    assert scan.recurrence(usual, 9) == 10  # once in ten days
    assert scan.recurrence(usual, 2) == 2.0  # five times
    assert scan.recurrence(usual, 0) == 2.0  # all days are above it: not one alarm in ten days
    assert scan.recurrence(usual, 10) == np.inf
