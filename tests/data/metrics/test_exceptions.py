"""What is an exception, and what is not.  Each rule is shown just above and just below its limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import betabinom

from data.metrics.wall.exception_rules import _stages
from data.statistics.outlying import LEVEL
from tests.city_builder import EAST_VILLAGE, HANDLE, LITTER, NOISE, WEST, WEST_VILLAGE, LittleCity, profile, when

pytestmark = pytest.mark.slow

NOW = "2026-11-23 14:00"


def noise(today: int, each_monday: int) -> LittleCity:
    city = LittleCity()
    city.event("2026-09-27 08:00", "2026-09-27 09:00")
    for k in range(1, 9):
        day = f"{pd.Timestamp('2026-11-23') - pd.Timedelta(weeks=k):%Y-%m-%d}"
        for i in range(each_monday):
            city.event(f"{day} 09:{i:02d}", f"{day} 10:00", category=NOISE)
    for i in range(today):
        city.event(f"2026-11-23 09:{i:02d}", "2026-11-23 10:00", category=NOISE, l1=WEST if i % 3 else 0)
    return city


def test_a_quiet_city_has_no_exception() -> None:
    assert len(noise(3, 3).read("exceptions", NOW)) == 0


def test_a_category_far_beyond_its_usual_names_the_town_with_most() -> None:
    """24 against a usual 3; 16 of the 24 are in the west.  Any of three categories is called on 4.5 % of such days: each on
    1.5 %.  Mean 24.5 / 8 = 3.06, no more scattered than Poisson's: variance 3.06 x 9/8 x (2.33 / 2.17)^2 (t of 3 x 7 degrees)
    = 3.96, of which 8 is the 98.5 % point."""
    row = noise(24, 3).read("exceptions", NOW).iloc[0]
    assert (row["rank"], row.kind, row.code, row.area, row.in_area) == (1, "category", "noise", "west", 16)
    assert (row.observed, row.usual, row.high, row.severity) == (24, 3, 8, "act")


def test_nine_of_a_kind_are_never_an_exception() -> None:
    assert len(noise(9, 0).read("exceptions", NOW)) == 0
    assert noise(12, 0).read("exceptions", NOW).kind.tolist() == ["category"]


def test_a_day_on_which_everything_is_four_times_its_usual_is_no_matter_of_one_category() -> None:
    """Noise 40 instead of 10 alone is an exception; with litter 80 instead of 20 beside it, it is not."""

    def day(litter: bool) -> LittleCity:
        city = noise(40, 10)
        for k in range(9 if litter else 0):
            when = f"{pd.Timestamp('2026-11-23') - pd.Timedelta(weeks=k):%Y-%m-%d}"
            for i in range(20 if k else 80):
                city.event(f"{when} {8 + i // 60:02d}:{i % 60:02d}", f"{when} 10:00")
        return city

    assert day(litter=False).read("exceptions", NOW).code.tolist() == ["noise"]
    assert len(day(litter=True).read("exceptions", NOW)) == 0


def test_the_usual_of_a_category_is_not_raised_by_a_busy_day() -> None:
    """Noise 40 against 3 each Monday, litter 40 against 20: noise is judged against 6, but usually there are 3."""
    city = noise(40, 3)
    for k in range(9):
        when = f"{pd.Timestamp('2026-11-23') - pd.Timedelta(weeks=k):%Y-%m-%d}"
        for i in range(20 if k else 40):
            city.event(f"{when} 08:{i:02d}", f"{when} 10:00")
    row = city.read("exceptions", NOW).iloc[0]
    assert (row.code, row.observed, row.usual) == ("noise", 40, 3)


def test_no_history_no_category_exception() -> None:
    city = LittleCity()
    for i in range(30):
        city.event(f"2026-11-23 09:{i:02d}", "2026-11-23 10:00", category=NOISE)
    assert len(city.read("exceptions", NOW)) == 0


def stuck(today_out: int) -> LittleCity:
    """办理 held 20 on each of the eight Mondays; today it holds 60, of which 40 came today, and ``today_out`` left."""
    city = LittleCity()
    city.event("2026-09-01 08:00", "2026-09-01 09:00")
    for k in range(1, 9):
        day = f"{pd.Timestamp('2026-11-23') - pd.Timedelta(weeks=k):%Y-%m-%d}"
        for i in range(20):
            city.visit(city.event(f"{day} 08:{i:02d}", f"{day} 18:00"), HANDLE, f"{day} 09:00", f"{day} 18:00", exit=2)
    for i in range(20):
        city.visit(city.event("2026-11-20 08:00"), HANDLE, f"2026-11-20 09:{i:02d}")
    for i in range(40):
        city.visit(city.event("2026-11-20 08:00"), HANDLE, f"2026-11-23 09:{i:02d}")
    for _ in range(today_out):
        city.visit(city.event("2026-11-20 08:00", "2026-11-23 11:00"), HANDLE, "2026-11-20 09:00", "2026-11-23 11:00", 2)
    return city


def test_a_stage_above_its_usual_that_goes_on_filling() -> None:
    row = stuck(10).read("exceptions", NOW).iloc[0]
    assert (row.kind, row.code, row.severity) == ("stage", "handle", "act")
    assert (row.observed, row.usual, row.came, row.left) == (60, 20, 40, 10)


def test_a_stage_above_its_usual_that_is_emptying_is_none() -> None:
    assert "stage" not in stuck(45).read("exceptions", NOW).kind.tolist()


def test_a_town_clearly_later_than_the_city() -> None:
    """East 2 late of 200, west 60 of 100: of one category, 62 / 300 = 20.7 % are expected of both.  Of two towns nobody can say
    how much towns differ anyway: a correlation of .05 is taken, a beta-binomial of a + b = 19; the limit is the largest count
    that chance reaches more often than in LEVEL / 2."""
    city = LittleCity()
    for i in range(200):
        city.event("2026-11-10 09:00", "2026-11-11 09:00", due="2026-11-10 10:00" if i < 2 else "2026-11-20 10:00")
    for i in range(100):
        city.event("2026-11-10 09:00", "2026-11-11 09:00", due="2026-11-10 10:00" if i < 60 else "2026-11-20 10:00", l1=WEST)
    f = city.read("exceptions", NOW)
    assert f.kind.tolist() == ["area"]
    row = f.iloc[0]
    assert (row.code, row.severity, row.late, row.need) == ("west", "act", 60, 100)
    p0 = 62 / 300
    tail = betabinom.sf(np.arange(100) - 1, 100, 19 * p0, 19 * (1 - p0))
    assert (row.usual, row.expected_share) == (pytest.approx(100 * p0), pytest.approx(100 * p0))
    assert row.high == np.flatnonzero(tail <= LEVEL / 2)[0] - 1


def test_a_town_with_many_hard_cases_is_not_late_for_it() -> None:
    """Noise is late in 40 of 100 in either town, litter in 4 of 100; the west has 400 of noise and 100 of litter, the east the
    other way round: 33 % against 11 % late, and each as its mix lets expect."""
    city = LittleCity()
    for town, noise in ((0, 100), (WEST, 400)):
        for category, n, every in ((NOISE, noise, 2.5), (LITTER, 500 - noise, 25)):
            for i in range(n):
                late = i % every < 1
                city.event(
                    "2026-11-10 09:00",
                    "2026-11-11 09:00",
                    due="2026-11-10 10:00" if late else "2026-11-20 10:00",
                    l1=town,
                    category=category,
                )
    heat = city.read("grid_heat", NOW).set_index("code")
    assert heat.loc[["east", "west"], "late"].tolist() == [56, 164]
    assert heat.loc[["east", "west"], "expected"].tolist() == pytest.approx([56, 164])
    assert city.read("exceptions", NOW).empty


def test_a_late_towns_own_wall_says_so_with_the_citys_own_limit() -> None:
    """A leader of the west must not read that all is well where the city's wall names the west first."""
    city = LittleCity()
    for i in range(300):
        late = i < 2 or 200 <= i < 260
        city.event(
            "2026-11-10 09:00",
            "2026-11-11 09:00",
            due="2026-11-10 10:00" if late else "2026-11-20 10:00",
            l1=0 if i < 200 else WEST,
        )
    whole, own = city.read("exceptions", NOW).iloc[0], city.read("exceptions", NOW, scope="west").iloc[0]
    for column in ("severity", "observed", "usual", "high", "late", "need"):
        assert own[column] == whole[column], column
    assert (whole.kind, own.kind) == ("area", "here")
    assert len(city.read("exceptions", NOW, scope="east")) == 0


def test_nineteen_cases_are_too_few_for_a_late_town() -> None:
    city = LittleCity()
    for i in range(219):
        town = WEST if i < 19 else 0
        due = "2026-11-10 10:00" if town == WEST else "2026-11-20 10:00"
        city.event("2026-11-10 09:00", "2026-11-11 09:00", due=due, l1=town)
    assert len(city.read("exceptions", NOW)) == 0


def quiet_line() -> LittleCity:
    """A city whose telephone usually rings at half past one, and has not since noon."""
    city = LittleCity()
    city.event("2026-09-27 08:00", "2026-09-27 09:00")
    for k in range(1, 9):
        day = f"{pd.Timestamp('2026-11-23') - pd.Timedelta(weeks=k):%Y-%m-%d}"
        city.event(f"{day} 13:30", f"{day} 13:40")
    city.event("2026-11-23 12:00", "2026-11-23 12:10")
    return city


def test_a_silent_channel_says_since_when() -> None:
    city = quiet_line()
    city.event("2026-11-10 08:00", "2026-11-10 09:00", l1=WEST, l2=WEST_VILLAGE, l3=-1, channel=1)
    row = city.read("exceptions", NOW).iloc[0]
    assert (row.kind, row.code, row.observed, row.usual) == ("channel", "phone", 2.0, 0.5)
    assert row.since_ms == city.at("2026-11-23 12:00")


def test_silence_of_a_feed_in_one_town_alone_is_no_exception() -> None:
    assert quiet_line().read("exceptions", NOW).empty


def test_at_most_three_and_act_before_watch() -> None:
    city = noise(24, 3)
    for i in range(12):
        city.event(f"2026-11-23 08:{i:02d}", "2026-11-23 10:00", l2=EAST_VILLAGE)
    f = city.read("exceptions", NOW)
    assert len(f) <= 3
    order = f.severity.map({"act": 0, "watch": 1}).tolist()
    assert order == sorted(order)


def drained_at_night() -> LittleCity:
    """As ``stuck(10)``; in the evening, when nobody works, another 50 come and none leaves."""
    city = stuck(10)
    for i in range(50):
        city.visit(city.event("2026-11-20 08:00"), HANDLE, f"2026-11-23 21:{i:02d}")
    return city


def test_whether_a_backlog_clears_is_judged_over_worked_hours_alone() -> None:
    """The four worked hours before 14:00 on Monday are 8:30-12:00 and Friday's 17:00-17:30: 40 came, 10 left.  By 17:30 they
    are 14:00-17:30 and 11:30-12:00: nothing moved, so nothing more is said; what comes at night changes nothing."""
    row = stuck(10).read("exceptions", NOW).iloc[0]
    assert (row.pace_in, row.pace_out) == (40, 10)
    assert stuck(10).read("exceptions", "2026-11-23 17:30").empty
    assert drained_at_night().read("exceptions", "2026-11-23 23:00").empty
    assert drained_at_night().read("stage_backlog", "2026-11-23 23:00").set_index("stage").open["handle"] == 20 + 40 + 50


def test_outside_work_hours_the_pace_is_not_known() -> None:
    row = stuck(10).read("exceptions", "2026-11-23 13:00").iloc[0]
    assert (row.code, row.observed) == ("handle", 60)
    assert np.isnan(row.pace_in)


def test_a_stock_of_nineteen_is_no_exception_and_the_citys_file_says_where_that_lies() -> None:
    assert stuck(10).read("exceptions", NOW).kind.tolist() == ["stage"]
    city = stuck(10)
    city.profile = profile(alarms={"min_stock": 61})
    assert city.read("exceptions", NOW).empty


def test_what_is_an_exception_remains_one_a_little_below_its_limits() -> None:
    """It becomes one at 10 above the usual's end with more coming than leaving; it is none below 5 above, or if it drains."""
    city = stuck(10)
    high = float(city.read("stage_backlog", NOW).set_index("stage").usual_high["handle"])

    def found(n: float, came: int, gone: int) -> list[bool]:
        row = {k: np.array([v]) for k, v in {"open": n, "usual": 20.0, "usual_low": 10.0, "usual_high": high}.items()}
        row |= {k: np.array([0.0]) for k in ("inflow", "outflow", "exits", "overdue")} | {"stage": np.array(["handle"])}
        pace = {"stage": np.array([HANDLE]), "came": np.array([came]), "gone": np.array([gone])}
        return [f.raises for f in _stages(row, pace, city.city, when(NOW))]

    assert found(high + 10, 5, 4) == [True]
    assert found(high + 9, 5, 4) == [False]
    assert found(high + 5, 4, 4) == [False]
    assert found(high + 4, 5, 4) == []
    assert found(high + 10, 4, 5) == [], "it drains"
