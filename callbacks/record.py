"""Writes the audit on a thread of its own: in order, off the event loop, never lost quietly."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from queue import SimpleQueue
from typing import NamedTuple

from data.audit import Audit
from data.errors import GridWallError

log = logging.getLogger("gridwall.audit")


class Line(NamedTuple):
    at: datetime
    who: str
    what: str
    subject: str
    result: str
    role: str
    address: str


class Recorder:
    """``put`` a line from any thread; a line that could not be written goes to the log as it is."""

    def __init__(self, audit: Audit, now: Callable[[], datetime]) -> None:
        self._audit, self._now = audit, now
        self._lines: SimpleQueue[tuple[Line, Future[int]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="audit", daemon=True)
        self._thread.start()

    def put(self, who: str, what: str, subject: str = "", result: str = "ok", role: str = "", address: str = "") -> Future[int]:
        """The row's number once it is written, or StateFault."""
        done: Future[int] = Future()
        self._lines.put((Line(self._now(), who, what, subject, result, role, address), done))
        return done

    def _write(self) -> None:
        while (item := self._lines.get()) is not None:
            line, done = item
            try:
                done.set_result(self._audit.write(*line))
            except Exception as fault:
                why = fault if isinstance(fault, GridWallError) else type(fault).__name__
                log.error("not written to the audit: %s (%s)", " ".join([line.at.isoformat(timespec="seconds"), *line[1:]]), why)
                done.set_exception(fault)

    def close(self) -> None:
        """Once what was put is written."""
        self._lines.put(None)
        self._thread.join(5)
