"""A time limit as a city's file writes it, and the clock it runs on."""

from __future__ import annotations

import pytest

from data.city.limits import Limit, parse_limit


@pytest.mark.parametrize(
    ("text", "clock", "amount"),
    [
        ("30 min", "natural_minutes", 30),
        ("2 urgent_hours", "natural_minutes", 120),
        ("4 work_hours", "work_minutes", 240),
        ("1 workday", "workdays", 1),
        ("15 workdays", "workdays", 15),
        ("3 natural_days", "natural_days", 3),
    ],
)
def test_limits_are_written_in_words(text: str, clock: str, amount: int) -> None:
    assert parse_limit(text) == Limit(clock=clock, amount=amount, text=text)
