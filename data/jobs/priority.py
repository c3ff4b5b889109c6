"""Low-priority threads: they yield to all other work."""

from __future__ import annotations

import os
import threading

#: Nice value of the desk's threads, so that the wall's tick takes precedence.
NICE = 19


def lower_priority(nice: int = NICE) -> None:
    """Lower the priority of the calling thread only (Linux)."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
