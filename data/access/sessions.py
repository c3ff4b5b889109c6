"""Sessions: who is logged in, for how long.  Only the digest of a session's token is kept.

A session ends after ``IDLE`` without use, ``LONGEST`` after the login, at logout, and with every change of its account
(``data.access.accounts``).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.engine import Connection

from data.access.schema import ACCOUNT, SESSION
from data.access.store import State, digest
from data.clock.instants import ms

#: Maximum time without use, and maximum lifetime.
IDLE, LONGEST = timedelta(minutes=12), timedelta(hours=12)
#: Minimum interval between writes of the last use.
WRITTEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """A row of the store joined with its account's present state; instants in ms."""

    name: str
    role: str
    area: str
    sensitive: bool
    created_at: int
    used_at: int


class Sessions:
    """Sessions in our own store."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.make(ACCOUNT, SESSION)

    def open(self, name: str, now: datetime) -> str:
        """Open a session for an account; returns its token, which is stored nowhere."""
        token = secrets.token_urlsafe(32)
        with self._state.transaction() as connection:
            connection.execute(insert(SESSION).values(digest=digest(token), name=name, created_at=ms(now), used_at=ms(now)))
        return token

    def live(self, now: datetime) -> dict[str, Session]:
        """digest -> session, of all that are valid and whose account is enabled."""
        a, s = ACCOUNT.c, SESSION.c
        asked = select(s.digest, s.name, a.role, a.area, a.sensitive, s.created_at, s.used_at).where(
            s.name == a.name, a.disabled_at.is_(None), s.used_at > ms(now - IDLE), s.created_at > ms(now - LONGEST)
        )
        with self._state.transaction() as connection:
            return {
                key: Session(name, role, area, bool(sensitive), created, used)
                for key, name, role, area, sensitive, created, used in connection.execute(asked)
            }

    def used(self, at: Mapping[str, int]) -> None:
        """Record the latest uses (digest -> instant in ms).  A session that ended meanwhile stays ended."""
        if at:
            with self._state.transaction() as connection:
                newer = update(SESSION).where(SESSION.c.digest == bindparam("key"), SESSION.c.used_at < bindparam("at"))
                connection.execute(newer.values(used_at=bindparam("at")), [{"key": k, "at": t} for k, t in at.items()])

    def end(self, key: str) -> None:
        """End the session with this digest."""
        with self._state.transaction() as connection:
            connection.execute(delete(SESSION).where(SESSION.c.digest == key))

    def sweep(self, now: datetime) -> None:
        """Delete ended sessions."""
        with self._state.transaction() as connection:
            connection.execute(
                delete(SESSION).where(or_(SESSION.c.used_at <= ms(now - IDLE), SESSION.c.created_at <= ms(now - LONGEST)))
            )


def end_all(connection: Connection, name: str) -> None:
    """End all sessions of an account, in the transaction that changes it."""
    connection.execute(delete(SESSION).where(SESSION.c.name == name))
