"""Continues the demo city: a separate process that commits new events and transitions, as a platform would.

The wall thus reads a database written by another process.  It keeps the pace and the mix of the city's own history
(``data.demo.pace``), or, for tests and measurements, makes ``rate`` commits a second (``data.demo.moves``); timestamps are
real.  Each commit is one report or one move of one case.  The writer survives a locked, moved or replaced database and
its own restarts: its state is read from the database, and memory only follows what was committed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from data.city.profile import Profile
from data.demo.scribe import Scribe
from data.errors import SourceError

#: Seconds to wait for a database that is locked or missing: the first time, and at most.
FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0


class Stop(Protocol):
    """A ``threading.Event`` or ``multiprocessing.Event``."""

    def is_set(self) -> bool: ...
    def wait(self, timeout: float | None = None) -> bool: ...


def writer(
    profile: Profile,
    url: str,
    rate: float | None,
    seed: int,
    stop: Stop,
    clock: Callable[[], datetime],
    said: Callable[[str], None] = lambda line: None,
) -> int:
    """Write until ``stop`` is set; returns the number of commits.

    ``rate``: commits per second by day (half of it by night), None = the pace of the city's own history: for 200,000 reports a
    year about one every eight seconds by day.  ``clock()`` returns the
    aware now.  ``said`` is called when the database goes away and comes back.  Raises SourceError at the start if the
    database holds no demo city; later faults are waited out.
    """
    if rate is not None and not 0 < rate <= 1000:
        raise SourceError(
            f"rate {rate:g}: choose a number of commits a second above 0 and up to 1000",
            f"rate {rate:g}：请取大于 0、至多 1000 的每秒提交数",
        )
    if seed < 0:
        raise SourceError(f"seed {seed}: choose 0 or a greater number", f"seed {seed}：请取 0 或更大的数")
    scribe = Scribe(profile, url, seed, rate is None)
    commits, wait, away = 0, FIRST_WAIT, False
    try:
        scribe.open(clock())
        while not stop.is_set():
            try:
                if scribe.replaced():
                    scribe.open(clock())
                commits += scribe.step(clock())
                if away:
                    said(f"the database is back after {commits} commits")
                wait, away = FIRST_WAIT, False
            except (SQLAlchemyError, SourceError) as error:
                if not away:
                    said(f"the database does not take the commit, waiting: {str(error).splitlines()[0]}")
                away = True
                stop.wait(wait)
                wait = min(wait * 2, LONGEST_WAIT)
                scribe.close()
                continue
            stop.wait(scribe.pause(rate, clock()))
    finally:
        scribe.close()
    return commits
