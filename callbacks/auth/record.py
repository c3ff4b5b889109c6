"""Writes the audit on a thread of its own: in order, off the event loop, never losing a line silently."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from queue import Empty, SimpleQueue
from typing import NamedTuple

from data.access.audit import Audit, Fold
from data.errors import GridWallError, NotRecordedError

log = logging.getLogger("gridwall.audit")


#: Open (folded) lines are checked this often (s); those whose minute has passed are closed.
CLOSED_EVERY_S = 10.0


class Line(NamedTuple):
    at: datetime
    who: str
    what: str
    subject: str
    result: str
    role: str
    address: str
    rows: int | None


@dataclass
class _Folded:
    """What is to be added to one open line; further events join it until it is written."""

    at: datetime
    times: int
    rows: int | None
    done: Future[int]


def not_recorded() -> NotRecordedError:
    return NotRecordedError(
        "the audit cannot be written, so this is refused; the log says why", "审计暂不能写入，此操作不予办理；原因见日志"
    )


class Recorder:
    """``put`` a line, or ``fold`` into one, from any thread; what cannot be written goes to the log verbatim."""

    def __init__(self, audit: Audit, now: Callable[[], datetime], trouble: Callable[[], Exception | None] = lambda: None) -> None:
        """``trouble()``: the store's fault if known; writes then fail at once instead of waiting for its lock."""
        self._audit, self._now, self._trouble = audit, now, trouble
        self._lines: SimpleQueue[tuple[Line, Future[int]] | Fold | Future[int] | None] = SimpleQueue()
        self._folding: dict[Fold, _Folded] = {}
        self._lock = threading.Lock()
        self._closed_at = time.monotonic()
        self._thread = threading.Thread(target=self._write, name="audit", daemon=True)
        self._thread.start()

    def put(
        self,
        who: str,
        what: str,
        subject: str = "",
        result: str = "ok",
        role: str = "",
        address: str = "",
        rows: int | None = None,
    ) -> Future[int]:
        """The row's number once it is written, or StateError."""
        done: Future[int] = Future()
        self._lines.put((Line(self._now(), who, what, subject, result, role, address, rows), done))
        return done

    def fold(self, of: Fold, rows: int | None = None) -> Future[int]:
        """Done once it has been added to its open line, which counts as written; or StateError.  A flood of identical events
        costs one write and one place in the queue."""
        with self._lock:
            known = self._folding.get(of)
            if known is not None:
                known.times += 1
                known.rows = rows if known.rows is None else known.rows + (rows or 0)
                return known.done
            mine = self._folding[of] = _Folded(self._now(), 1, rows, Future())
        self._lines.put(of)
        return mine.done

    def close_folded(self) -> Future[int]:
        """Close all open lines, for somebody who is about to read them."""
        done: Future[int] = Future()
        self._lines.put(done)
        return done

    def _write(self) -> None:
        while True:
            try:
                item = self._lines.get(timeout=CLOSED_EVERY_S)
            except Empty:
                self._close(False)
                continue
            if item is None:
                break
            if isinstance(item, Fold):
                with self._lock:
                    folded = self._folding.pop(item)
                words = f"{item} x{folded.times} rows {folded.rows}"
                self._try(folded.done, words, partial(self._audit.fold, folded.at, item, folded.times, folded.rows))
            elif isinstance(item, Future):
                self._close(True)
                item.set_result(0)
            else:
                line, done = item
                words = " ".join([line.at.isoformat(timespec="seconds"), *map(str, line[1:])])
                self._try(done, words, partial(self._audit.write, *line))
            if time.monotonic() - self._closed_at >= CLOSED_EVERY_S:
                self._close(False)
        self._close(True)

    def _try(self, done: Future[int], words: str, write: Callable[[], int]) -> None:
        try:
            trouble = self._trouble()
            if trouble is not None:
                raise trouble
            done.set_result(write())
        except Exception as fault:
            why = fault if isinstance(fault, GridWallError) else type(fault).__name__
            log.error("not written to the audit: %s (%s)", words, why)
            done.set_exception(fault)

    def _close(self, all_: bool) -> None:
        self._closed_at = time.monotonic()
        try:
            self._audit.close_open(self._now(), all_)
        except Exception as fault:  # it stays open and is tried again
            log.log(logging.ERROR if all_ else logging.DEBUG, "what was added up is not in the audit yet: %s", fault)

    def close(self) -> None:
        """Stop once everything put so far is written."""
        self._lines.put(None)
        self._thread.join(10)
