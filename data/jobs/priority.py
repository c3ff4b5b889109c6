"""Threads that come last: what they do waits for whatever else there is to do."""

from __future__ import annotations

import os
import threading

#: Nice value of the desk's threads: the wall's tick comes first.
NICE = 19


def lower_priority(nice: int = NICE) -> None:
    """Lower the priority of the thread that calls, and of no other (Linux)."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
