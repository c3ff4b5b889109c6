"""The wall clock, monitored: a step (NTP, a manual change, a corrected virtual machine) is detected, reported and compensated.

Ages and waits are computed from wall-clock instants, which the screens show.  When the clock is set, the stored instants are
shifted by as much, so that what was read 3 s ago stays 3 s old.  Sleep of the computer is not a step: that time has passed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: A smaller difference (ms) is drift that NTP corrects gradually.
STEP_MS = 2000


#: How far this process's clock stands off from the machine's; not zero only for a demo city shown as at another time.
_apart = timedelta()


def now() -> datetime:
    """The only source of business time in the product; everything else receives it as an argument."""
    return datetime.now(UTC) + _apart


def run_from(moment: datetime) -> None:
    """Let the clock of this process run on from ``moment`` (aware): for pictures of a demo city at a given hour."""
    global _apart
    _apart = moment - datetime.now(UTC)


def steady() -> float:
    """Seconds of a clock that is never set, including sleep if the system counts it."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class WatchedClock:
    """``clock()`` is the wall clock; ``stepped(ms)`` is called once per step, before the first instant after it is returned.
    Thread-safe."""

    def __init__(
        self, stepped: Callable[[int], None], wall: Callable[[], datetime] = now, steady: Callable[[], float] = steady
    ) -> None:
        self._stepped, self._wall, self._steady = stepped, wall, steady
        self._lock = threading.Lock()
        self._apart = self._difference()

    def __call__(self) -> datetime:
        with self._lock:
            apart = self._difference()
            by, self._apart = apart - self._apart, apart
            if abs(by) >= timedelta(milliseconds=STEP_MS):
                self._stepped(round(by.total_seconds() * 1000))
            return self._wall()

    def _difference(self) -> timedelta:
        return self._wall() - datetime(1970, 1, 1, tzinfo=UTC) - timedelta(seconds=self._steady())
