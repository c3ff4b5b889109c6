"""Whose login is seen to next: a fair queue before one thread or a few, so that a flood of logins keeps nobody out.

Each digest of a password takes 64 MB and a tenth of a second of a core, a question to the identity provider some seconds where
that is slow.  Who waits stands in a lane: a known device's account has a lane
of its own, strangers have one for each network they come from.  Lanes take turns; a long lane only makes itself wait, and
where all places are taken it is the longest lane that loses its newest.  Known devices go first, but every fourth turn is a
stranger's.  Failures make a network, and a name, slower (``Slowing``): they wait their turn, nobody is locked out.  Within a
lane a visit (one showing of the form) that failed already comes after those that did not.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar

from data.errors import TooManyRequestsError
from data.jobs.priority import lower_priority

T = TypeVar("T")
#: Places in one lane, and in all of them.
IN_LANE, IN_ALL = 64, 512
#: Turns that known devices may have in a row while a stranger waits.
KNOWN_IN_A_ROW = 3
#: Who has waited so long (s) is sent away: the browser would give up soon.
PATIENCE_S = 120.0
#: Behind the wall's tick, but not last: on a busy machine nobody would get in.
NICE = 5


class Slowing:
    """How long something that fails has to pause between two tries: nothing for the first ``free`` failures, then
    ``step_s`` more for each, up to ``most_s``.  Half of the failures are forgotten every ``half_s``."""

    #: Keys that are held at the most; the oldest goes first.
    MOST = 10_000

    def __init__(self, free: int, step_s: float, most_s: float, half_s: float) -> None:
        self._free, self._step, self._most, self._half = free, step_s, most_s, half_s
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()  # failures, when they were that many

    def failed(self, key: str, now: float) -> None:
        self._held[key] = (self.failures(key, now) + 1, now)
        self._held.move_to_end(key)
        while len(self._held) > self.MOST:
            self._held.popitem(last=False)

    def failures(self, key: str, now: float) -> float:
        count, at = self._held.get(key, (0.0, now))
        return count * math.exp2((at - now) / self._half)

    def free_at(self, key: str, now: float) -> float:
        """When the next try may begin."""
        _, at = self._held.get(key, (0.0, now))
        over = self.failures(key, now) - self._free
        return at + min(over * self._step, self._most) if over > 0 else at


@dataclass(frozen=True)
class Comer:
    """Who asks for a turn: ``network``, ``name`` and ``visit`` as they came, ``known`` whether from a known device of that
    name."""

    network: str
    name: str
    known: bool = False
    visit: str = ""

    @property
    def lane(self) -> tuple[bool, str]:
        return (True, self.name) if self.known else (False, self.network)


@dataclass(eq=False)
class _Waiting:
    comer: Comer
    question: Callable[[], Any]
    answer: asyncio.Future[Any]
    context: Context
    came: float = field(default=0.0)


class Turns:
    """Lives on the event loop; so many ``threads`` answer.  ``failed`` tells it whose try came to nothing."""

    def __init__(self, threads: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = ThreadPoolExecutor(threads, "logins", initializer=lower_priority, initargs=(NICE,))
        self._threads = threads
        self._clock = clock
        self._lanes: OrderedDict[tuple[bool, str], deque[_Waiting]] = OrderedDict()
        self._count, self._in_a_row = 0, 0
        self._come = asyncio.Event()
        # a network slows down to three tries a second, a name to one: so many strangers cannot guess faster together
        self._networks, self._names = Slowing(20, 0.02, 0.33, 60), Slowing(30, 0.05, 1.0, 300)
        self._visits = Slowing(0, 0.0, 0.0, 60)
        self._work: list[asyncio.Task[None]] = []

    async def ask(self, comer: Comer, question: Callable[[], T], gone: asyncio.Future[Any] | None = None) -> T:
        """``question()`` when it is its turn.  ``gone`` is done when the asker has left: the place is free again.

        Raises TooManyRequestsError where there is no place, or no turn in ``PATIENCE_S``.
        """
        lane = self._lanes.get(comer.lane, ())
        if len(lane) >= IN_LANE or (self._count >= IN_ALL and not self._make_room(len(lane))):
            raise _full()
        waiting = _Waiting(comer, question, asyncio.get_running_loop().create_future(), copy_context(), self._clock())
        self._lanes.setdefault(comer.lane, deque()).append(waiting)
        self._count += 1
        self._work = [w for w in self._work if not w.done()]
        if len(self._work) < self._threads:
            self._work.append(asyncio.ensure_future(self._working()))
        self._come.set()
        if gone is not None:
            gone.add_done_callback(lambda _: self._leave(waiting))
        answer: T = await waiting.answer
        return answer

    def failed(self, comer: Comer) -> None:
        """Its try was in vain: strangers of this network, and of this name, pause before the next."""
        if not comer.known:
            now = self._clock()
            self._networks.failed(comer.network, now)
            self._names.failed(comer.name, now)
            self._visits.failed(comer.visit, now)

    def close(self) -> None:
        for work in self._work:
            if not work.get_loop().is_closed():
                work.get_loop().call_soon_threadsafe(work.cancel)
        self._pool.shutdown(wait=False, cancel_futures=True)

    # ------------------------------------------------------------------ the queue
    def _make_room(self, own: int) -> bool:
        """Send away the newest of the longest lane of strangers, if that is longer than the one of who comes (``own``)."""
        longest = max((lane for (known, _), lane in self._lanes.items() if not known), key=len, default=None)
        if longest is None or len(longest) <= own + 1:
            return False
        self._leave(longest[-1], _full())
        return True

    def _leave(self, waiting: _Waiting, fault: TooManyRequestsError | None = None) -> None:
        lane = self._lanes.get(waiting.comer.lane)
        if lane is not None and waiting in lane:
            self._take(waiting)
            if not waiting.answer.done():
                waiting.answer.set_exception(fault or _full())

    def _take(self, waiting: _Waiting) -> None:
        """Out of its lane, which goes to the end of the row."""
        lane = self._lanes[waiting.comer.lane]
        lane.remove(waiting)
        self._count -= 1
        if lane:
            self._lanes.move_to_end(waiting.comer.lane)
        else:
            del self._lanes[waiting.comer.lane]

    def _next(self, now: float) -> tuple[_Waiting | None, float]:
        """(whose turn it is, seconds until somebody's comes where it is nobody's)."""
        strangers, wait = None, PATIENCE_S
        first = None
        for (known, _), lane in self._lanes.items():
            if known and first is None:
                first = lane[0]
            elif not known and strangers is None:
                free = [max(self._networks.free_at(w.comer.network, now), self._names.free_at(w.comer.name, now)) for w in lane]
                ready = [w for w, at in zip(lane, free, strict=True) if at <= now]
                # the first of them whose visit failed least
                strangers = min(ready, key=lambda w: round(self._visits.failures(w.comer.visit, now)), default=None)
                wait = min(wait, min(free) - now) if not ready else wait
        if first is not None and (strangers is None or self._in_a_row < KNOWN_IN_A_ROW):
            self._in_a_row += 1
            return first, 0.0
        self._in_a_row = 0
        return strangers, wait

    async def _working(self) -> None:
        loop = asyncio.get_running_loop()
        while self._count:
            now = self._clock()
            for late in [w for lane in self._lanes.values() for w in lane if now - w.came > PATIENCE_S]:
                self._leave(late)
            waiting, pause = self._next(now)
            if waiting is None:
                self._come.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._come.wait(), max(pause, 0.01))
                continue
            self._take(waiting)
            try:
                found = await loop.run_in_executor(self._pool, waiting.context.run, waiting.question)
            except asyncio.CancelledError:
                waiting.answer.cancel()
                raise
            except Exception as fault:
                if not waiting.answer.done():
                    waiting.answer.set_exception(fault)
            else:
                if not waiting.answer.done():
                    waiting.answer.set_result(found)


def _full() -> TooManyRequestsError:
    return TooManyRequestsError("too many logins are waiting; try again in a moment", "正在等候的登录过多，请稍后再试")
