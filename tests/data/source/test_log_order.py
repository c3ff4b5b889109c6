"""Rows of a log in the order of a column: numbers by their size, texts as people count."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from data.source.log_order import ranks


def test_a_log_is_ordered_as_people_count() -> None:
    assert ranks(["ID-10", "ID-2", None, "ID-1"]).tolist() == [2, 1, -1, 0]
    assert np.argsort(ranks(pa.chunked_array([pa.array([3, 1, None])]))).tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    "cells",
    [
        ["9" * 5000, "2", "10"],
        pa.chunked_array([pa.array([2**64 - 1, 2, 10], pa.uint64())]),
        pa.chunked_array([pa.array([(9, 0, 0), (0, 2, 0), (0, 10, 0)], pa.month_day_nano_interval())]),
    ],
)
def test_no_value_of_an_order_stops_the_log(cells: object) -> None:
    assert len(ranks(cells)) == 3
