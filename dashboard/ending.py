"""Shutdown of the server: within five seconds, whatever it is waiting for.

A read of the source may hang where nothing can interrupt it (a name that does not resolve, a network share), and the
interpreter waits for the threads of its pools.  The server's stores survive a kill at any moment, so it need not wait.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

log = logging.getLogger("gridwall")
#: Time limit from the signal on (s).
END_S = 4.0


class Ending:
    """``begin`` at the first signal: ``hurry()`` is called at once, and the process ends within ``END_S``.

    ``last()`` is called before it is ended by force.
    """

    def __init__(self, hurry: Callable[[], None], last: Callable[[], None]) -> None:
        self._hurry, self._last = hurry, last
        self._begun = threading.Lock()

    def begin(self) -> None:
        """May be called from a signal handler, and repeatedly."""
        if self._begun.acquire(blocking=False):
            # a plain daemon thread: nothing joins it, and it lives until the interpreter is gone
            threading.Thread(target=self._force, name="ending", daemon=True).start()
            threading.Thread(target=self._hurry, name="hurry", daemon=True).start()

    def _force(self) -> None:
        threading.Event().wait(END_S)
        log.warning("stopped without waiting any longer for what still runs")
        try:
            self._last()
            logging.shutdown()
        finally:
            os._exit(0)
