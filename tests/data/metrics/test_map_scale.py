"""The map's breaks, counted by hand."""

from __future__ import annotations

import pandas as pd

from tests.city_builder import DISPUTE, EAST, EAST_VILLAGE, WEST, WEST_VILLAGE, LittleCity

MONDAY, SUNDAY = "2026-11-23 14:00", "2026-11-29 23:59"


def little() -> LittleCity:
    """Before Monday 11-23: 20 due, 4 of them late (20 %): 16 in the east, 4 in the west; since then 50 late ones."""
    c = LittleCity()
    for i in range(20):
        here = {"l1": EAST, "l2": EAST_VILLAGE} if i < 16 else {"l1": WEST, "l2": WEST_VILLAGE, "l3": -1}
        c.event(
            f"2026-11-{i % 10 + 10} 09:00",
            f"2026-11-{i % 10 + 10} {'11' if i < 4 else '10'}:00",
            due=f"2026-11-{i % 10 + 10} 10:00",
            **here,
        )
    for _ in range(50):
        c.event("2026-11-23 09:00", "2026-11-23 11:00", due="2026-11-23 10:00")
    return c


def breaks(frame: pd.DataFrame, measure: str, level: int) -> list[float]:
    return frame[(frame.measure == measure) & (frame.level == level)].sort_values("place")["least"].tolist()


def test_late_shares_are_classed_around_the_citys_share_up_to_monday() -> None:
    # 20 %: odds .25; times .48 .75 1.03 1.44 2.13 are .12 .1875 .2575 .36 .5325: 10.7 15.8 20.5 26.5 34.7 %
    assert breaks(little().read("map_scale", MONDAY), "late", 0) == [11, 16, 20, 26, 35]


def test_counts_are_classed_by_the_places_of_each_level() -> None:
    frame = little().read("map_scale", MONDAY)
    # towns 4 and 16: the quantiles .3 .6 .8 .95 are 7.6, 11.2, 13.6 and 15.4, near 8, 12, 15 and 15
    assert breaks(frame, "count", 1) == [8, 12, 15]


def test_the_table_stands_for_the_whole_week_for_every_scope_and_counts_nothing_sensitive() -> None:
    c = little()
    first = c.read("map_scale", MONDAY)
    for when, scope in ((SUNDAY, ""), (MONDAY, "west"), (SUNDAY, "east1")):
        pd.testing.assert_frame_equal(c.read("map_scale", when, scope), first)
    for _ in range(30):
        c.event("2026-11-12 09:00", "2026-11-12 11:00", due="2026-11-12 10:00", sensitive=1, category=DISPUTE)
    pd.testing.assert_frame_equal(c.read("map_scale", MONDAY), first)
    assert breaks(c.read("map_scale", "2026-11-30 08:00"), "late", 0) != breaks(first, "late", 0)


def test_a_log_that_began_this_week_is_classed_by_its_days() -> None:
    c = LittleCity()
    for i in range(10):
        c.event("2026-11-23 09:00", f"2026-11-23 {'11' if i < 2 else '10'}:00", due="2026-11-23 10:00")
    assert breaks(c.read("map_scale", "2026-11-23 14:00"), "late", 0) == [], "nothing before today"
    assert breaks(c.read("map_scale", "2026-11-24 08:00"), "late", 0) == [11, 16, 20, 26, 35]
