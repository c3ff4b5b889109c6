"""Ends and steps of axes, worked by hand."""

from __future__ import annotations

import pytest

from layouts.charts.axes import counts, steps_to


@pytest.mark.parametrize(
    ("top", "marks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (5, [0, 1, 2, 3, 4, 5]),
        (6, [0, 2, 4, 6]),
        (11, [0, 5, 10, 15]),
        (999, [0, 200, 400, 600, 800, 1000]),
        (1001, [0, 500, 1000, 1500]),
    ],
)
def test_an_axis_ends_at_a_round_whole_number(top: int, marks: list[int]) -> None:
    assert steps_to(top) == marks


def test_an_axis_of_counts_ends_at_its_last_step_and_stays() -> None:
    assert counts(11) == {"range": [0, 15], "tick0": 0, "dtick": 5, "tickformat": ",d", "fixedrange": True}
