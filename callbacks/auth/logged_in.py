"""Live sessions in memory: looked up with every request, reloaded from the store every two seconds.

So a session ended elsewhere (another process, the command line) stops working after ``REFRESH_S``; while the store does not
answer, sessions remain valid for ``BLIND``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from data.access.roles import ROLES, rights_of
from data.access.sessions import IDLE, LONGEST, WRITTEN_EVERY, Session, Sessions
from data.access.store import digest
from data.access.viewer import Viewer
from data.clock.instants import ms
from data.errors import StateError

log = logging.getLogger("gridwall.login")
REFRESH_S = 2.0
#: How long sessions remain valid without a successful read of the store.
BLIND = timedelta(minutes=1)
_SWEEP_EVERY = 150
_IDLE, _LONGEST, _WRITTEN, _BLIND = (round(t.total_seconds() * 1000) for t in (IDLE, LONGEST, WRITTEN_EVERY, BLIND))


class LoggedIn:
    """Live sessions by the digest of their token."""

    def __init__(self, sessions: Sessions, now: Callable[[], datetime]) -> None:
        self._sessions, self._now = sessions, now
        self._held: dict[str, tuple[Session, Viewer]] = {}
        self._used: dict[str, int] = {}
        self._new: dict[str, tuple[Session, Viewer]] = {}  # opened since the current refresh began
        self._gone: set[str] = set()
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._read_at, self._rounds, self._good = 0, 0, True
        self.refresh()

    def start(self) -> None:
        threading.Thread(target=self._watch, name="sessions", daemon=True).start()

    def stop(self) -> None:
        self._ended.set()

    def who(self, token: str, used: bool) -> Viewer | None:
        """The viewer of a session's token, or None if the session has ended."""
        key = digest(token)
        held = self._held.get(key)
        if held is None:
            return None
        session, viewer = held
        now = ms(self._now())
        if (
            now - max(session.used_at, self._used.get(key, 0)) >= _IDLE
            or now - session.created_at >= _LONGEST
            or now - self._read_at > _BLIND
        ):
            return None
        if used:
            self._used[key] = now
        return viewer

    def blind(self, token: str) -> bool:
        """Whether this session is invalid only because the store has not been read for too long."""
        return digest(token) in self._held and ms(self._now()) - self._read_at > _BLIND

    def holds(self, token: str) -> bool:
        """Whether the session exists at all, even if expired."""
        return digest(token) in self._held

    def open(self, session: Session) -> str:
        """Open a new session and return its token.  Raises StateError.  Not on the event loop."""
        token = self._sessions.open(session.name, self._now())
        with self._lock:
            self._held[digest(token)] = self._new[digest(token)] = (session, viewer_of(session))
        return token

    def end(self, token: str) -> None:
        """End it in this process at once, then in the store.  Raises StateError.  Not on the event loop."""
        key = digest(token)
        self._forget(key)
        self._sessions.end(key)
        self._forget(key)  # a refresh that began before the row was deleted may have restored it

    def held(self) -> frozenset[str]:
        """Digests of the tokens logged in here."""
        with self._lock:
            return frozenset({*self._held, *self._new})

    def _forget(self, key: str) -> None:
        with self._lock:
            self._held.pop(key, None)
            self._gone.add(key)

    def refresh(self) -> None:
        """Write the times of use, then reload the sessions.  Raises StateError."""
        now = self._now()
        with self._lock:
            self._new, self._gone = {}, set()
            before = self._held
        due = {
            k: t
            for k, t in list(self._used.items())
            if k in before and t > before[k][0].used_at and ms(now) - before[k][0].used_at >= _WRITTEN
        }
        self._sessions.used(due)
        found = self._sessions.live(now)
        held = {
            k: before[k] if k in before and before[k][0] == s else (s, viewer_of(s)) for k, s in found.items() if s.role in ROLES
        }
        with self._lock:
            held.update(self._new)
            for key in self._gone:
                held.pop(key, None)
            self._held, self._read_at = held, ms(now)
        for key in [k for k in list(self._used) if k not in held]:
            self._used.pop(key, None)
        self._rounds += 1
        if self._rounds % _SWEEP_EVERY == 0:
            self._sessions.sweep(now)

    def _watch(self) -> None:
        while not self._ended.wait(REFRESH_S):
            try:
                self.refresh()
                self._good = True
            except StateError as fault:
                if self._good:
                    log.error("sessions cannot be read: %s", fault)
                self._good = False
            except Exception:
                log.exception("sessions were not read")


def viewer_of(session: Session) -> Viewer:
    """The account as the desk sees it."""
    return Viewer("desk", session.area, rights_of(session.role, session.sensitive), session.name, session.role, session.area)
