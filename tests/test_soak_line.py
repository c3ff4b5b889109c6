"""The line through a soak's memory: what it tells of a leak, and of none."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.bench_soak import fitted


@pytest.mark.parametrize("leak", [0.0, 12.0])
def test_a_leak_is_found_behind_a_steep_warm_up_and_swings_that_hang_together(leak: float) -> None:
    rng = np.random.default_rng(7)
    hours = np.linspace(0.01, 8, 3000)
    swing = np.convolve(rng.normal(0, 15, len(hours) + 99), np.full(100, 0.1), "valid")
    line = fitted(hours, 300 + 120 * np.exp(-6 * hours) * (hours < 1) + leak * hours + swing)
    assert line.low < leak < line.high
    assert line.high - line.low < 6
    assert line.growth_pct == pytest.approx(100 * leak * 7 / (300 + leak), abs=6)
