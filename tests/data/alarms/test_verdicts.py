"""Verdicts that are taken once a day and kept: the step by hand, a little city over days, and how often anybody is called in a
month."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from benchmarks.bench_calibration import called_in_days
from data.access.viewer import Viewer
from data.alarms import verdicts
from data.alarms.verdicts import Look, step
from data.facts.schema import VERDICT
from tests.city_builder import COURT, HEARING, WEST, WEST_VILLAGE, LittleCity, when

pytestmark = pytest.mark.slow

NOW = "2026-11-20 17:30"


def look(p: list[float], side: list[int]) -> Look:
    return Look(np.array(p), np.array(side))


def test_who_is_called_stays_so_until_its_chance_is_plain_again_or_it_changes_sides() -> None:
    first = step(None, look([0.001, 0.08, 0.5, np.nan], [1, 1, -1, 0]))
    assert first.tolist() == [1, 0, 0, 0], ".08 alone calls nobody"
    then = step(first, look([0.09, 0.08, 0.0001, np.nan], [1, 1, -1, 0]))
    assert then.tolist() == [1, 0, -1, 0], ".09 keeps who was called"
    assert step(then, look([0.11, 0.5, 0.09, np.nan], [1, 1, 1, 0])).tolist() == [0, 0, 0, 0]
    assert step(then, look([np.nan] * 4, [0] * 4)).tolist() == [0, 0, 0, 0], "who is not asked is not called"


def dispatched(city: LittleCity, day: str, minutes: int, n: int, department: int, **more: int) -> None:
    for i in range(n):
        at = f"{day} {9 + (minutes + i % 5) // 60:02d}:{(minutes + i % 5) % 60:02d}"
        city.event(
            f"{day} 08:00",
            registered=f"{day} 08:20",
            dispatched=f"{day} 09:00",
            handled=at,
            completed=at,
            closed=at,
            due=f"{day} 12:00",
            severity=1,
            department=department,
            **more,
        )


@pytest.fixture
def city() -> LittleCity:
    """On two days of November, hearing takes about 30 minutes and court about 90: in the east 20 cases of each a day, in the west
    alike."""
    city = LittleCity()
    for day in ("2026-11-17", "2026-11-19"):
        dispatched(city, day, 30, 20, HEARING)
        dispatched(city, day, 90, 20, COURT)
        dispatched(city, day, 30, 12, HEARING, l1=WEST, l2=WEST_VILLAGE)
        dispatched(city, day, 30, 12, COURT, l1=WEST, l2=WEST_VILLAGE)
    return city


def bands(city: LittleCity, now: str, scope: str = "", **more: object) -> list[int]:
    frame = city.read("department_response", now, scope, **more)  # type: ignore[arg-type]
    return list(frame.query("measure == 'complete' and department != ''")["band"])


def test_the_days_look_is_what_the_wall_says_until_the_next(city: LittleCity) -> None:
    taken = verdicts.take(city.facts, city.city, when(NOW))
    assert taken.days == verdicts.BACK
    assert bands(city, NOW) == [-1, 1]
    assert bands(city, NOW, "west") == [0, 0]
    # the day's look was at 4 o'clock: what comes in the day changes numbers, not verdicts
    rows = city.facts.read({"v": VERDICT.select()})[1]["v"]
    assert set(rows["day"].tolist()) == {when("2026-11-20 04:00").toordinal()}
    assert set(rows["area"].tolist()) == {-1, 0, 1}
    # tomorrow before 4 it still stands; where two looks were missed, it is asked on the spot again
    assert bands(city, "2026-11-21 03:00") == [-1, 1]


def test_a_kept_verdict_is_not_that_of_a_choice_and_a_village_has_none(city: LittleCity) -> None:
    verdicts.take(city.facts, city.city, when(NOW))
    with city.facts.writing() as writing:
        rows = city.facts.read({"v": VERDICT.select()})[1]["v"]
        writing.replace(VERDICT, {**rows, "call": np.zeros(len(rows["call"]), np.int64)})
    assert bands(city, NOW) == [0, 0], "what is kept stands, whatever a look now would say"
    assert bands(city, NOW, viewer=Viewer("desk", "east", area="east")) == [-1, 1]
    assert bands(city, NOW, "east1") == [-1, 1]


def test_a_look_that_asked_nobody_is_a_look() -> None:
    """15 cases each at four o'clock, 30 at two: the day's look asked neither, and nobody is called between looks."""
    city = LittleCity()
    for day in ("2026-11-19", "2026-11-20"):
        dispatched(city, day, 30, 15, HEARING)
        dispatched(city, day, 90, 15, COURT)
    verdicts.take(city.facts, city.city, when(NOW))
    rows = city.facts.read({"v": VERDICT.select()})[1]["v"]
    assert not rows["call"].any()
    assert bands(city, NOW) == [0, 0]


def test_a_kept_call_never_contradicts_the_medians_beside_it(city: LittleCity) -> None:
    """Court is slow up to the look; the day brings forty quick cases of its, and its median falls below that of hearing."""
    for _ in range(3):
        dispatched(city, "2026-11-20", 5, 20, COURT)
    verdicts.take(city.facts, city.city, when(NOW))  # as of four o'clock
    frame = city.read("department_response", NOW).query("measure == 'complete' and department != ''")
    hearing, court = frame["median_min"]
    assert court < hearing
    assert list(frame["band"]) == [0, 0]


def test_it_is_due_once_a_day_at_four_and_missed_days_are_made_up_for(city: LittleCity) -> None:
    assert verdicts.due(city.facts.meta(), city.city, when(NOW))
    verdicts.take(city.facts, city.city, when("2026-11-18 17:30"))
    assert not verdicts.due(city.facts.meta(), city.city, when("2026-11-19 03:59"))
    assert verdicts.due(city.facts.meta(), city.city, when("2026-11-19 04:00"))
    assert verdicts.take(city.facts, city.city, when(NOW)).days == 2
    assert not verdicts.due(city.facts.meta(), city.city, when(NOW))
    # too long ago: from the beginning
    assert verdicts.take(city.facts, city.city, when("2027-03-01 12:00")).days == verdicts.BACK


def test_another_way_of_counting_is_not_taken_for_what_was_kept(city: LittleCity) -> None:
    verdicts.take(city.facts, city.city, when(NOW))
    with city.facts.writing() as writing:
        writing.meta({verdicts.META: '{"day": 1}'})
    assert verdicts.stored(city.facts.meta()) is None
    assert verdicts.due(city.facts.meta(), city.city, when(NOW))


def test_in_a_month_of_looks_at_identical_departments_hardly_anybody_is_called() -> None:
    """A little of ``calibration.ranking.any_called.days30``: at most one in ten."""
    wrong = sum(called_in_days(np.random.default_rng(seed), 100)[0] for seed in range(25))
    assert binomtest(wrong, 25, 0.10, alternative="greater").pvalue > 0.01
