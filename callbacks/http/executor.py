"""Runs the desk's queries: one bounded queue on low-priority threads with a time limit, so that the wall is never delayed.

Its threads run at the lowest priority (nice 19); DuckDB answers on the calling thread.  Of two waiting queries by one requester
about the same thing, only the newer is answered: nobody looks at the older result any more.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from data.errors import TooManyRequestsError
from data.jobs.priority import NICE, lower_priority

T = TypeVar("T")
#: Worker threads; with two cores a third would only take turns.
THREADS = 2
#: Queries that may wait; further ones are turned away at once.
WAITING = 24


class PriorityExecutor:
    """Runs queries in order, from the event loop (``ask``) or from any thread (``submit``)."""

    def __init__(self, threads: int = THREADS, waiting: int = WAITING, nice: int = NICE) -> None:
        self._pool = ThreadPoolExecutor(threads, "desk", initializer=lower_priority, initargs=(nice,))
        self._most, self._inside = threads + waiting, 0
        self._newest: dict[str, int] = {}
        self._lock = threading.Lock()

    async def ask(self, question: Callable[[], T], turn: str = "") -> T:
        """``question()`` on a low-priority thread; see ``submit``."""
        return await asyncio.wrap_future(self.submit(question, turn))

    def submit(self, question: Callable[[], T], turn: str = "") -> Future[T]:
        """The future answer.  ``turn`` names requester and subject: an older query of the same turn that still waits is dropped.

        Raises TooManyRequestsError if too many wait; the future raises it if dropped, or whatever the query raises.
        """
        with self._lock:
            if self._inside >= self._most:
                raise TooManyRequestsError(
                    "too many questions are waiting; ask again in a moment", "正在处理的查询过多，请稍后再试"
                )
            self._inside += 1
            mine = self._newest[turn] = self._newest.get(turn, 0) + 1 if turn else 0

        def run() -> T:
            if turn and self._newest.get(turn) != mine:
                raise TooManyRequestsError("a newer question took its place", "已被更新的查询取代")
            return question()

        answer = self._pool.submit(copy_context().run, run)  # in the requester's context: viewer and request
        answer.add_done_callback(self._leave)
        return answer

    def _leave(self, answer: Future[T]) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._newest.clear()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
