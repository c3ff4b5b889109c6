"""Where the words "faster" and "slower" stand: in the row of their band that leaves them the most room."""

from __future__ import annotations

from layouts.panels.department_response import _free, _labelled


def test_a_label_goes_where_its_band_leaves_the_most_room_and_nowhere_without_enough() -> None:
    dots = [10.0, 30.0, 50.0, 55.0, 67.0, 60.0]
    spans = [(x, x, x) for x in dots]
    assert _labelled([-1, -1, 0, 1, 1, 1], spans) == {0, 4}, (
        "90 right of the first; 50 is too little; 67 beats 55 and 60 on the left"
    )
    assert _free(spans[4]) == (67.0, "left")


def test_a_whisker_that_does_not_end_leaves_no_room_on_its_right() -> None:
    assert _free((20.0, 30.0, float("nan"))) == (20.0, "left")
    assert _labelled([1], [(20.0, 30.0, float("nan"))]) == set()
