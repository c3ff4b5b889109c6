"""Categories of the last week, and what a wall may know of sensitive ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from data.access.viewer import Viewer
from data.metrics.wall.category_top import withheld
from tests.city_builder import CANCELLED, DISPUTE, LITTER, NOISE, WEST, LittleCity

NOW = "2026-11-23 14:00"


def disputes(city: LittleCity, town: int, n: int, when: str = "2026-11-11 09:00") -> None:
    for _ in range(n):
        city.event(when, category=DISPUTE, sensitive=1, l1=town)


def sensitive(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame.category == "sensitive"].reset_index(drop=True)


def test_most_first_against_the_mean_of_the_eight_weeks_before() -> None:
    """Noise 2 now; 3 in each of the four weeks just before and 1 in each of the four before those: mean 2."""
    city = LittleCity()
    city.event("2026-09-20 14:00")
    for k in range(1, 9):
        for _ in range(3 if k <= 4 else 1):
            city.event(f"{pd.Timestamp('2026-11-22') - pd.Timedelta(weeks=k):%Y-%m-%d} 09:00", category=NOISE)
    for _ in range(2):
        city.event("2026-11-22 09:00", category=NOISE)
    for _ in range(3):
        city.event("2026-11-22 09:00", category=LITTER)
    f = city.read("category_top", NOW)
    assert f.category.tolist()[:2] == ["litter", "noise"]
    # mean 16.5 / 8, no more spread than the Poisson's: x 9/8 x (2.3646 / 1.9600)^2
    wide, mean = 16.5 / 8 * 9 / 8 * (2.364624 / 1.959964) ** 2, 16.5 / 8
    size = mean**2 / (wide - mean)
    low, high = (stats.nbinom.ppf(p, size, size / (size + mean)) for p in (0.025, 0.975))
    assert f[["n", "usual", "usual_low", "usual_high"]].iloc[1].tolist() == [2, 2, low, high]


def test_late_share_is_of_those_due() -> None:
    city = LittleCity()
    city.event("2026-11-22 09:00", "2026-11-22 10:00", due="2026-11-22 10:00")
    city.event("2026-11-22 09:00", due="2026-11-22 10:00")
    city.event("2026-11-22 09:00", due="2026-11-29 10:00")
    city.event("2026-11-22 09:00", "2026-11-22 10:00", outcome=CANCELLED, due="2026-11-22 10:00")
    row = city.read("category_top", NOW).iloc[0]
    assert (row.n, row.need, row.late_share) == (4, 2, 50.0)


def test_sensitive_matters_are_one_row_and_never_their_own_name() -> None:
    city = LittleCity()
    disputes(city, 0, 6)
    disputes(city, WEST, 7)
    f = city.read("category_top", NOW)
    assert f.category.tolist() == ["sensitive"]
    assert (sensitive(f).n[0], sensitive(f).masked[0]) == (10, False)  # of 13 two full fives
    assert sensitive(city.read("category_top", NOW, "west")).n[0] == 5


def test_sensitive_matters_are_told_by_calendar_weeks_that_ended_a_day_ago() -> None:
    """Monday to Sunday, 9 to 15 November: 5 (the first and the last instant among them); the week after: 10."""
    city = LittleCity()
    disputes(city, 0, 3)
    disputes(city, 0, 1, "2026-11-09 00:00")
    disputes(city, 0, 1, "2026-11-15 23:59:59.999")
    disputes(city, 0, 10, "2026-11-16 00:00")
    looks = ("2026-11-17 00:00", "2026-11-20 12:00", "2026-11-23 23:59", "2026-11-24 00:00")
    assert [sensitive(city.read("category_top", look)).n[0] for look in looks] == [5, 5, 5, 10]


def test_two_looks_on_following_days_do_not_tell_the_one_report_of_a_day() -> None:
    city = LittleCity()
    for day in range(1, 22):
        disputes(city, 0, 2 if day == 12 else 1, f"2026-11-{day:02d} 09:00")
    told = [sensitive(city.read("category_top", f"2026-11-{day:02d} 12:00")).n[0] for day in range(17, 24)]
    assert told == [5] * 7  # of 8, 9 to 15 November, whichever day one looks


def test_villages_and_cells_know_nothing_of_it() -> None:
    city = LittleCity()
    disputes(city, 0, 6)
    for scope in ("east1", "east1a"):
        assert len(city.read("category_top", NOW, scope)) == 0


def test_fewer_than_five_are_withheld_and_the_other_town_with_them() -> None:
    """East 9, west 3: east is withheld as well, since in batches or not it is told with the city's sum."""
    city = LittleCity()
    disputes(city, 0, 9)
    disputes(city, WEST, 3)
    whole, east, west = (sensitive(city.read("category_top", NOW, s)) for s in ("", "east", "west"))
    assert whole.n[0] == 10
    assert (east.masked[0], west.masked[0]) == (True, True)
    assert np.isnan([east.n[0], west.n[0]]).all()


def test_a_city_with_four_is_withheld_itself() -> None:
    city = LittleCity()
    disputes(city, 0, 4)
    row = sensitive(city.read("category_top", NOW))
    assert row.masked[0]
    assert np.isnan(row.n[0])


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({1: 9, 2: 8, 3: 7}, set()),  # nothing small, nothing hidden
        ({1: 9, 2: 8, 3: 2}, {2, 3}),  # one alone would follow from the sum: the next smallest goes too
        ({1: 9, 2: 2, 3: 2}, {1, 2, 3}),  # two of 4 between them are still too few to tell
        ({1: 9, 2: 3, 3: 3}, {2, 3}),
        ({-1: 6, 1: 9, 2: 8}, {-1, 2}),  # reports without a town follow from the sum as well
        ({1: 9, 2: 0}, {2}),  # nothing in the hidden one
    ],
)
def test_which_towns_are_withheld(counts: dict[int, int], hidden: set[int]) -> None:
    assert withheld(counts) == hidden


def test_a_desk_with_the_right_sees_them_by_name() -> None:
    city = LittleCity()
    disputes(city, 0, 2, "2026-11-18 09:00")
    desk = city.read("category_top", NOW, viewer=Viewer("desk", "", frozenset({"sensitive"})))
    assert desk.category.tolist() == ["dispute"]
    without = city.read("category_top", NOW, viewer=Viewer("desk"))
    assert without.category.tolist() == ["sensitive"]


def test_a_category_that_the_city_does_not_know_is_counted() -> None:
    city = LittleCity()
    city.event("2026-11-22 09:00", category=-1)
    f = city.read("category_top", NOW)
    assert f[["category", "n"]].iloc[0].tolist() == ["?", 1.0]
