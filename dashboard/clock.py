"""The wall clock, watched: a step of it (NTP, a hand, a virtual machine set right) is noticed and said, and no age lies by it.

Ages and waits are told in the wall clock's own instants, which the screens show.  When it is set, the instants that are held are
moved by as much, so that what was read 3 s ago stays 3 s old.  A computer that slept is none of this: that time has passed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: A smaller difference (ms) is the drift that NTP takes out little by little.
STEP_MS = 2000


def now() -> datetime:
    """The only clock of business time in the product; all else is handed it."""
    return datetime.now(UTC)


def steady() -> float:
    """Seconds that nobody sets, sleep included where the system counts it."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class WatchedClock:
    """``clock()`` is the wall clock; ``stepped(ms)`` is called, once for each step, before the first instant after it is given
    out.  For any thread."""

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
