"""Questions pending at a source: since when, how long they may take, and how they are aborted.

A driver waits for a server that has accepted a connection and sends nothing, whatever timeout the server was given: a stopped
process ends no statement.  So every question (a connection, a statement) is registered here, and one that exceeds its limit is
aborted from another thread: a socket is shut down, SQLite and DuckDB are interrupted.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from data.errors import SourceError
from data.source.faults import silent, stopping, tells_nothing

T = TypeVar("T")
#: Seconds for opening a connection, and for the first statement on it: no live server takes longer.
CONNECT_S, OPENING_S = 3, 3.0
#: A question with at least this limit belongs to a load or a reconciliation.
PATIENT_S = 120.0
#: The server itself ends a statement at the limit; the question is aborted this many seconds later.
GRACE_S = 2.0
#: Interval (s) at which limits are checked.
_LOOK_S = 0.2
#: Seconds that a server gets to take note that its statement is no longer wanted.
_POLITE_S = 1


@dataclass(frozen=True)
class Limits:
    """Seconds that one question may take: in a tick; and in bulk reads (load, reconciliation)."""

    tick_s: float = 30.0
    load_s: float = 1800.0


LIMITS = Limits()


class Waiting(NamedTuple):
    """A pending question: for how long (s), of what (a table, ``connect``), and whether it may take long."""

    seconds: float
    what: str
    patient: bool


class Question:
    """One question; ``connection`` (the driver's own) is used to abort it."""

    def __init__(self, what: str, limit_s: float, connection: Any = None) -> None:
        self.what, self.limit_s, self.connection = what, limit_s, connection
        self.began = time.monotonic()
        self.broken = False

    def break_off(self) -> None:
        """Abort it; repeated until the question ends, because an interrupt between two statements is lost."""
        self.broken = True
        with contextlib.suppress(Exception):  # it may have ended meanwhile
            _break(self.connection)


class Questions:
    """The questions of one source.  Thread-safe; after ``stop`` no more are accepted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.stopped = False
        self._asked: dict[Question, None] = {}  # the oldest first
        self._own = threading.local()

    @contextlib.contextmanager
    def asking(self, what: str, limit_s: float, connection: Any = None) -> Iterator[Question]:
        """Register a question while the body runs it.  Raises SourceError if it was aborted."""
        if self.stopped:
            raise stopping(self.name)
        question = Question(what, limit_s, connection)
        before, self._own.question = self.current(), question
        self._asked[question] = None
        _watch(self)
        try:
            yield question
        except Exception as error:
            if self.stopped:
                raise stopping(self.name) from error
            if question.broken and not isinstance(error, SourceError) and tells_nothing(error):
                raise silent(self.name, what, time.monotonic() - question.began) from error
            raise
        finally:
            self._asked.pop(question, None)
            self._own.question = before

    def current(self) -> Question | None:
        """The question that this thread is running."""
        found: Question | None = getattr(self._own, "question", None)
        return found

    def waiting(self) -> Waiting | None:
        """The oldest pending question."""
        question = next(iter(list(self._asked)), None)
        if question is None:
            return None
        return Waiting(time.monotonic() - question.began, question.what, question.limit_s >= PATIENT_S)

    def look(self) -> None:
        now = time.monotonic()
        for question in list(self._asked):
            if self.stopped or now - question.began > question.limit_s + GRACE_S:
                question.break_off()

    def stop(self) -> None:
        """Abort all pending questions and accept no more.  Takes at most about a second."""
        self.stopped = True
        threads = [threading.Thread(target=_cancel, args=(q.connection,), daemon=True) for q in list(self._asked)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_POLITE_S)
        self.look()


def apart(question: Question, read: Callable[[], T]) -> T:
    """Run ``read()`` in a thread of its own, which is abandoned if the question is aborted: for a driver that can be neither
    interrupted nor given a limit."""
    answer: list[T] = []
    failed: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            answer.append(read())
        except BaseException as error:
            failed.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name="source-apart", daemon=True).start()
    while not done.wait(_LOOK_S):
        if question.broken:
            raise TimeoutError
    if failed:
        raise failed[0]
    return answer[0]


# -------------------------------------------------------------------- the drivers
def _break(connection: Any) -> None:
    """Permanently end whatever ``connection`` (a driver's own) waits for."""
    if connection is None:
        return
    if getattr(connection, "pgconn", None) is not None:  # psycopg
        _shut(connection.pgconn.socket)
    elif getattr(connection, "_sock", None) is not None:  # PyMySQL
        connection._sock.shutdown(socket.SHUT_RDWR)
    elif hasattr(connection, "interrupt"):  # sqlite3, DuckDB
        connection.interrupt()
    elif hasattr(connection, "fileno"):  # psycopg2
        _shut(connection.fileno())


def _shut(fileno: int) -> None:
    with socket.socket(fileno=os.dup(fileno)) as copy:
        copy.shutdown(socket.SHUT_RDWR)


def _cancel(connection: Any) -> None:
    """Cancel the statement at the server, which would otherwise go on with it."""
    with contextlib.suppress(Exception):
        if hasattr(connection, "cancel_safe"):  # psycopg
            connection.cancel_safe(timeout=_POLITE_S)
        elif getattr(connection, "_sock", None) is not None and hasattr(connection, "thread_id"):  # PyMySQL
            import pymysql

            other = pymysql.connect(
                host=connection.host,
                port=connection.port,
                user=connection.user,
                password=connection.password,
                unix_socket=connection.unix_socket,
                ssl=connection.ctx if connection.ssl else None,
                connect_timeout=_POLITE_S,
                read_timeout=_POLITE_S,
            )
            with contextlib.closing(other):
                other.query(f"KILL QUERY {int(connection.thread_id())}")


# -------------------------------------------------------------------- who looks at the limits
_watched: weakref.WeakSet[Questions] = weakref.WeakSet()
_watching = threading.Lock()
_watcher: list[threading.Thread] = []


def _watch(questions: Questions) -> None:
    if questions in _watched and _watcher and _watcher[0].is_alive():
        return
    with _watching:
        _watched.add(questions)
        if not _watcher or not _watcher[0].is_alive():
            _watcher[:] = [threading.Thread(target=_look_on, name="source-limits", daemon=True)]
            _watcher[0].start()


def _look_on() -> None:
    while True:
        time.sleep(_LOOK_S)
        for questions in list(_watched):
            questions.look()


__all__ = ["CONNECT_S", "GRACE_S", "LIMITS", "OPENING_S", "Limits", "Question", "Questions", "Waiting", "apart"]
