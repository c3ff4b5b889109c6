"""clock_ms.1m: the business clock over a million intervals (two look-ups each)."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.record import record


def run() -> None:
    from data.city.profile import load_profile
    from data.clock.calendar import BusinessClock

    clock = BusinessClock.of(load_profile("qufu"))
    draw = np.random.default_rng(7)
    start = draw.integers(1_451_606_400_000, 1_798_761_600_000, 1_000_000)
    end = start + draw.integers(0, 30 * 86_400_000, 1_000_000)
    took = []
    for _ in range(7):
        began = time.perf_counter()
        clock.work_seconds(end) - clock.work_seconds(start)
        took.append((time.perf_counter() - began) * 1000)
    record("clock_ms.1m", took, "ms")
