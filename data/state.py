"""What the product must remember itself (never in the platform's database): here, the keys of screens.

SQLite under ``var/`` by default, any SQLAlchemy URL by setting.  Only digests of keys are kept.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from pathlib import Path

from sqlalchemy import BigInteger, Column, MetaData, String, Table, create_engine, insert, select, update
from sqlalchemy.engine import make_url

from data.errors import QueryFault
from data.metric import ms

_STATE = MetaData()
_KEY = Table(
    "screen_key", _STATE,
    Column("name", String(64), primary_key=True), Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False), Column("revoked_at", BigInteger),
)


class State:
    """The small store of our own.  Opening it makes its tables."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(url)
        _STATE.create_all(self._engine)

    def add_key(self, name: str, now: datetime) -> str:
        """A new key for the screen ``name``; shown once, only its digest is kept.  QueryFault if the name is taken."""
        key = secrets.token_urlsafe(24)
        with self._engine.begin() as connection:
            if connection.execute(select(_KEY.c.name).where(_KEY.c.name == name)).first():
                raise QueryFault(f"key '{name}': a screen of this name has a key already; choose another name or revoke it")
            connection.execute(insert(_KEY).values(name=name, digest=_digest(key), created_at=ms(now)))
        return key

    def revoke_key(self, name: str, now: datetime) -> None:
        """The key of ``name`` opens nothing any more.  QueryFault if there is none."""
        with self._engine.begin() as connection:
            done = connection.execute(
                update(_KEY).where(_KEY.c.name == name, _KEY.c.revoked_at.is_(None)).values(revoked_at=ms(now)))
            if done.rowcount == 0:
                raise QueryFault(f"key '{name}': no screen of this name has a valid key")

    def valid_digests(self) -> frozenset[str]:
        """Digests of the keys that are not revoked."""
        with self._engine.begin() as connection:
            return frozenset(connection.execute(select(_KEY.c.digest).where(_KEY.c.revoked_at.is_(None))).scalars())

    def close(self) -> None:
        self._engine.dispose()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def admitted(key: str, digests: frozenset[str]) -> bool:
    """Whether ``key`` is one of the valid ones (compared by digest)."""
    return _digest(key) in digests
