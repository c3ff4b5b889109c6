"""When each exception was first seen: kiosks poll every few seconds, and the first sighting is remembered."""

from __future__ import annotations

import threading

#: An exception absent for longer than this (ms) counts as new.
GONE_MS = 600_000


class FirstSeen:
    """Time is passed in, in ms.  Kept in memory: after a restart, an exception is as old as the process has seen
    it."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}  # first, last
        self._lock = threading.Lock()

    def since(self, subjects: list[str], now_ms: int) -> dict[str, int]:
        """subject -> when it was first seen."""
        with self._lock:
            for subject in subjects:
                first, last = self._seen.get(subject, (now_ms, now_ms))
                self._seen[subject] = (first if now_ms - last <= GONE_MS else now_ms, now_ms)
            for old in [s for s, (_, last) in self._seen.items() if now_ms - last > GONE_MS]:
                del self._seen[old]
            return {s: self._seen[s][0] for s in subjects}
