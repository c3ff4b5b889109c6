"""The axis of a row of marks."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts.panels.axis import axis_of


def test_values_of_one_size_stand_on_an_axis_from_nought() -> None:
    axis = axis_of([4.2, 28.8])
    assert (axis.ticks, axis.log) == ((0, 10, 20, 30), False)
    assert [axis.at(v) for v in (0, 15, 30, 31)] == [0, 50, 100, 100]


def test_values_of_different_size_stand_by_their_ratios() -> None:
    axis = axis_of([1.1, 12.0])
    assert (axis.ticks, axis.log) == ((1, 2, 5, 10, 20), True)
    assert axis.at(1) == 0
    assert axis.at(20) == 100
    assert axis.at(math.sqrt(20)) == pytest.approx(50)
    assert axis.at(2) - axis.at(1) == pytest.approx(axis.at(10) - axis.at(5)), "twice as long is as far, wherever it is"
    assert axis.at(0) == 0
    assert math.isnan(axis.at(math.nan))


def test_an_axis_over_many_orders_names_what_stands_a_quarter_of_it_apart() -> None:
    assert axis_of([0.95, 12]).ticks == (0.5, 2, 5, 20), "40 times: 2.5 times at least from one to the next"
    assert axis_of([0.6, 90]).ticks == (0.5, 2, 10, 100), "200 times: 3.8"
    assert axis_of([0.3, 400]).ticks == (0.2, 2, 20, 500), "2,500 times: 7.1"


def test_without_a_value_there_is_an_axis_nevertheless() -> None:
    assert axis_of([]).ticks == (0, 0.5, 1)
    assert axis_of([math.nan, 0.0, -1.0]).ticks == (0, 0.5, 1)


@given(st.lists(st.floats(0.02, 40_000), min_size=1, max_size=8))
def test_every_value_lies_within_its_axis_in_its_order(values: list[float]) -> None:
    axis = axis_of(values)
    at = [axis.at(v) for v in sorted(values)]
    assert at == sorted(at)
    assert axis.ticks[-1] >= max(values) * (1 - 1e-9)
    assert all(0 <= p <= 100 for p in at)
    assert list(axis.ticks) == sorted(set(axis.ticks))
    assert len(axis.ticks) <= 8
