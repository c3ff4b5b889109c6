"""Fair queue for logins in front of one or a few threads, so that a flood of logins locks nobody out.

Each password digest takes 64 MB and a tenth of a second of a core; a request to a slow identity provider takes some seconds.
Waiting requests stand in lanes: a known device's account has a lane of its own, strangers have one per network.  Lanes take
turns; a long lane delays only itself, and when all places are taken the longest lane loses its newest request.  Known devices go
first, but every fourth turn is a stranger's.  Failures slow a network, and a name, down (``Slowing``): they wait longer, nobody
is locked out.  Within a lane, a visit (one rendering of the form) that has already failed comes after those that have not.
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
#: Places in one lane, and in all lanes together.
IN_LANE, IN_ALL = 64, 512
#: Turns that known devices may have in a row while a stranger waits.
KNOWN_IN_A_ROW = 3
#: A request that has waited this long (s) is turned away: the browser would soon give up.
PATIENCE_S = 120.0
#: Lower priority than the wall's tick, but not the lowest: on a busy machine nobody could log in.
NICE = 5


class Slowing:
    """Pause required between two attempts after failures: none for the first ``free`` failures, then ``step_s`` more for
    each, up to ``most_s``.  The failure count halves every ``half_s``."""

    #: Maximum number of keys held; the oldest is dropped first.
    MOST = 10_000

    def __init__(self, free: int, step_s: float, most_s: float, half_s: float) -> None:
        self._free, self._step, self._most, self._half = free, step_s, most_s, half_s
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()  # failures, and when they were counted

    def failed(self, key: str, now: float) -> None:
        self._held[key] = (self.failures(key, now) + 1, now)
        self._held.move_to_end(key)
        while len(self._held) > self.MOST:
            self._held.popitem(last=False)

    def failures(self, key: str, now: float) -> float:
        count, at = self._held.get(key, (0.0, now))
        return count * math.exp2((at - now) / self._half)

    def free_at(self, key: str, now: float) -> float:
        """When the next attempt may begin."""
        _, at = self._held.get(key, (0.0, now))
        over = self.failures(key, now) - self._free
        return at + min(over * self._step, self._most) if over > 0 else at


@dataclass(frozen=True)
class Comer:
    """The requester of a turn: ``network``, ``name`` and ``visit`` as received; ``known``: whether from a known device of
    that name."""

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
    """Lives on the event loop; ``threads`` threads answer.  ``failed`` reports an attempt that failed."""

    def __init__(self, threads: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = ThreadPoolExecutor(threads, "logins", initializer=lower_priority, initargs=(NICE,))
        self._threads = threads
        self._clock = clock
        self._lanes: OrderedDict[tuple[bool, str], deque[_Waiting]] = OrderedDict()
        self._count, self._in_a_row = 0, 0
        self._come = asyncio.Event()
        # a network slows down to three attempts a second, a name to one: many strangers cannot guess faster together
        self._networks, self._names = Slowing(20, 0.02, 0.33, 60), Slowing(30, 0.05, 1.0, 300)
        self._visits = Slowing(0, 0.0, 0.0, 60)
        self._work: list[asyncio.Task[None]] = []

    async def ask(self, comer: Comer, question: Callable[[], T], gone: asyncio.Future[Any] | None = None) -> T:
        """``question()`` when its turn comes.  ``gone`` is done once the requester has left: its place is then freed.

        Raises TooManyRequestsError if there is no place, or no turn within ``PATIENCE_S``.
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
        """The attempt failed: strangers of this network, and of this name, pause before the next."""
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
        """Turn away the newest of the longest lane of strangers if it is longer than the newcomer's lane (``own``)."""
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
        """Take it out of its lane; the lane goes to the end of the order."""
        lane = self._lanes[waiting.comer.lane]
        lane.remove(waiting)
        self._count -= 1
        if lane:
            self._lanes.move_to_end(waiting.comer.lane)
        else:
            del self._lanes[waiting.comer.lane]

    def _next(self, now: float) -> tuple[_Waiting | None, float]:
        """(the request whose turn it is, seconds until the next turn if there is none now)."""
        strangers, wait = None, PATIENCE_S
        first = None
        for (known, _), lane in self._lanes.items():
            if known and first is None:
                first = lane[0]
            elif not known and strangers is None:
                free = [max(self._networks.free_at(w.comer.network, now), self._names.free_at(w.comer.name, now)) for w in lane]
                ready = [w for w, at in zip(lane, free, strict=True) if at <= now]
                # the first whose visit has failed least
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
