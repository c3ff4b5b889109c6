"""The axis of a row of marks: from 0, or by orders of magnitude where values differ too much to be told apart from 0."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

#: From this ratio of the largest to the smallest value on, equal distances stand for equal ratios.
SPREAD = 8.0
#: Maximum number of steps between ticks.
STEPS = 4
_NICE = [step * 10.0**power for power in range(-2, 5) for step in (1, 2, 5)]


class Axis(NamedTuple):
    """``ticks``: ascending, from the axis's first value to its last."""

    ticks: tuple[float, ...]
    log: bool

    def at(self, value: float) -> float:
        """Position of a value, in % of the axis, kept within it; NaN stays NaN."""
        if math.isnan(value):
            return value
        low, high = self.ticks[0], self.ticks[-1]
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(max(value, low))
        return min(max(100 * (value - low) / (high - low), 0.0), 100.0)


def axis_of(values: Iterable[float]) -> Axis:
    """The axis that holds all ``values`` (NaN and what is not above 0 are ignored), with round ticks."""
    held = [v for v in values if v > 0]
    top = max(held, default=1.0)
    if held and top / min(held) >= SPREAD:
        return Axis(_orders(min(held), top), True)
    step = next(s for s in (*_NICE, top / STEPS) if top / s <= STEPS)
    return Axis(tuple(step * i for i in range(max(math.ceil(top / step - 1e-9), 1) + 1)), False)


def _orders(least: float, most: float) -> tuple[float, ...]:
    """1, 2, 5, 10 ... around the two; where that were more than ``STEPS`` steps, those that stand about such a step apart."""
    low = max((n for n in _NICE if n <= least), default=_NICE[0])
    high = min((n for n in _NICE if n >= most), default=_NICE[-1])
    ticks = [n for n in _NICE if low <= n <= high]
    if len(ticks) - 1 <= STEPS:
        return tuple(ticks)
    apart, kept = 0.95 * (high / low) ** (1 / STEPS), [low]
    for n in ticks:
        if n / kept[-1] >= apart and high / n >= apart:
            kept.append(n)
    return (*kept, high)
