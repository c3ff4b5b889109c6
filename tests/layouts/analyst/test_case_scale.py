"""A case's time to scale, worked by hand."""

from __future__ import annotations

import re
from dataclasses import replace

from layouts.analyst.case_scale import WIDTH, breaks, scale, strip
from tests.city_builder import LittleCity, at
from tests.layouts.analyst.test_drawings import case_at


def test_a_wait_of_more_than_half_of_the_time_is_cut_out_and_the_rest_is_linear() -> None:
    # an hour, an hour, 117 hours, an hour
    points = [0, 1, 2, 119, 120]
    assert breaks(points) == [(2, 119)]
    place = scale(points, breaks(points))
    hour = (100 - WIDTH) / 3
    found = [round(place(t), 6) for t in points]
    assert found == [round(x, 6) for x in (0, hour, 2 * hour, 2 * hour + WIDTH, 100)]
    assert round(place(60), 6) == round(2 * hour + WIDTH * 58 / 117, 6)
    assert (place(-5), round(place(500), 6)) == (0, 100)


def test_what_remains_is_looked_at_again_and_nothing_is_cut_where_all_is_even() -> None:
    # 1000 of 1112, then 100 of 112, then 6 of 12, which is no more than half
    assert breaks([0, 6, 1006, 1106, 1112]) == [(6, 1006), (1006, 1106)]
    assert breaks([0, 10, 20, 30]) == []
    assert breaks([0, 10]) == [], "the only thing to be seen"
    assert breaks([5, 5]) == []


def test_the_strip_shows_visits_limit_and_breaks_and_says_what_is_left_out() -> None:
    """Reported at 09:00 on the 20th, handled from 10:00; log at 15:00 on the 21st (29 h later) and 09:00 on the 22nd (18 h); seen
    at 12:00 on the 24th, the limit two days before it: gaps of 1, 29, 18, 27 and 24 h."""
    city = LittleCity().city
    plain = strip(case_at(), city, at("2026-11-24 12:00"), "zh")
    lefts = [float(x) for x in re.findall(r"left:([\d.]+)%", plain)]
    assert lefts == [0.0, round(100 / 99, 3), round(100 * 75 / 99, 3)]
    assert "按时间比例" in plain
    assert "cs-cut" not in plain
    assert plain.count("cs-due") == 1
    # seen 20 days later: the wait since the limit (480 h of 555) is cut out and said
    late = strip(case_at(), city, at("2026-12-13 12:00"), "en")
    assert 'class="cs-cut"' in late
    assert "To scale; left out at the breaks: 20 d" in late


def test_a_case_of_one_instant_or_without_visits_has_no_strip() -> None:
    city, found = LittleCity().city, case_at()
    assert strip(replace(found, visits=found.visits.head(0)), city, at("2026-11-24 12:00"), "zh") == ""
    one = found.visits.head(1).assign(left_at=at("2026-11-20 09:00"))
    assert strip(replace(found, visits=one), city, at("2026-11-24 12:00"), "zh") == ""
