"""What the product must remember itself (never in the platform's database): the store, and in it the keys of screens.

SQLite under ``var/`` by default, any SQLAlchemy URL by setting.  Only digests of keys are kept.  Accounts, sessions and the
audit lie in the same store; each of their modules asks for its own tables (``State.make``).
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Container, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, create_engine, delete, insert, select, update
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from data.errors import QueryFault, StateFault
from data.metric import ms

#: Characters of a screen's name at the most.
LONGEST_NAME = 64
_REMEDY, _REMEDY_ZH = "name another with --state, e.g. sqlite:///var/state.sqlite", "用 --state 另指，如 sqlite:///var/state.sqlite"
#: The tables of our own store.
STATE = MetaData()
_KEY = Table(
    "screen_key", STATE,
    Column("name", String(LONGEST_NAME), primary_key=True), Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False), Column("revoked_at", BigInteger),
)
ACCOUNT = Table(
    "account", STATE,
    Column("name", String(64), primary_key=True), Column("role", String(16), nullable=False),
    Column("area", String(32), nullable=False), Column("sensitive", Integer, nullable=False),
    Column("digest", String(200)),                      # none: it logs in through the provider alone
    Column("provider", String(400), nullable=False),    # issuer|subject of an account that the provider names, else ""
    Column("created_at", BigInteger, nullable=False), Column("changed_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)
FAILURE = Table(
    "login_failure", STATE,
    Column("name", String(64), primary_key=True), Column("failures", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False), Column("locked_until", BigInteger, nullable=False),
)
SESSION = Table(
    "session", STATE,
    Column("digest", String(64), primary_key=True), Column("name", String(64), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False), Column("used_at", BigInteger, nullable=False),
)


class AlreadyThere(StateFault):
    """A row of this key is there already: another process was first."""


class State:
    """The small store of our own.  Opening it makes its tables."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):
            raise StateFault(f"state: not a database URL; {_REMEDY}", f"state 不是数据库地址；{_REMEDY_ZH}") from None
        self._shown = parsed.render_as_string(hide_password=True)
        try:
            if parsed.get_backend_name() == "sqlite" and parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self._engine = create_engine(parsed)
        except (OSError, ImportError, SQLAlchemyError) as error:
            raise self._fault(error) from None
        self.make(_KEY)

    def make(self, *tables: Table) -> None:
        """Make those of the tables that are not there.  Raises StateFault."""
        try:
            STATE.create_all(self._engine, list(tables))
        except SQLAlchemyError:
            with self.transaction() as connection:      # another process may have made them in the same moment
                STATE.create_all(connection, list(tables))

    @property
    def backend(self) -> str:
        """"sqlite", "postgresql", ..."""
        return self._engine.dialect.name

    def add_key(self, name: str, now: datetime) -> str:
        """A new key for the screen ``name``; shown once, only its digest is kept.  QueryFault if the name has a valid one."""
        if not name.strip() or len(name) > LONGEST_NAME:
            raise QueryFault(f"key '{name[:40]}': name the screen in 1 to {LONGEST_NAME} characters, e.g. hall-left",
                             f"屏幕“{name[:40]}”：名称须为 1 至 {LONGEST_NAME} 个字符，如 hall-left")
        key = secrets.token_urlsafe(24)
        with self.transaction() as connection:
            if connection.execute(select(_KEY.c.name).where(_KEY.c.name == name, _KEY.c.revoked_at.is_(None))).first():
                raise QueryFault(f"key '{name}': a screen of this name has a key already; choose another name or revoke it",
                                 f"屏幕“{name}”已有密钥；请换一个名称，或先吊销")
            connection.execute(delete(_KEY).where(_KEY.c.name == name))     # a revoked one makes room
            connection.execute(insert(_KEY).values(name=name, digest=digest(key), created_at=ms(now)))
        return key

    def revoke_key(self, name: str, now: datetime) -> None:
        """The key of ``name`` opens nothing any more.  QueryFault if there is none."""
        with self.transaction() as connection:
            done = connection.execute(
                update(_KEY).where(_KEY.c.name == name, _KEY.c.revoked_at.is_(None)).values(revoked_at=ms(now)))
            if done.rowcount == 0:
                raise QueryFault(f"key '{name[:40]}': no screen of this name has a valid key; 'key list' names them",
                                 f"没有名为“{name[:40]}”且密钥有效的屏幕；key list 可列出")

    def screens(self) -> list[tuple[str, int, int | None]]:
        """(name, created, revoked or None) of every key by name; instants in ms."""
        with self.transaction() as connection:
            rows = connection.execute(select(_KEY.c.name, _KEY.c.created_at, _KEY.c.revoked_at).order_by(_KEY.c.name))
            return [(str(name), int(made), None if gone is None else int(gone)) for name, made, gone in rows]

    def valid_digests(self) -> dict[str, str]:
        """Digest -> screen, of the keys that are not revoked."""
        with self.transaction() as connection:
            rows = connection.execute(select(_KEY.c.digest, _KEY.c.name).where(_KEY.c.revoked_at.is_(None)))
            return {str(key): str(name) for key, name in rows}

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction; what the database says against it is a StateFault (``AlreadyThere`` where a key is taken)."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError as error:
            raise AlreadyThere(str(self._fault(error))) from None
        except SQLAlchemyError as error:
            raise self._fault(error) from None

    def _fault(self, error: Exception) -> StateFault:
        said = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
        return StateFault(f"state {self._shown}: {said[0]}; check the path and its rights, or {_REMEDY}",
                          f"state {self._shown}：{said[0]}；请核对路径与权限，或{_REMEDY_ZH}")

    def close(self) -> None:
        self._engine.dispose()


def digest(key: str) -> str:
    """What is kept of a key or a session's token: 64 hex digits.  They are random, so that no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


def admitted(key: str, digests: Container[str]) -> bool:
    """Whether ``key`` is one of the valid ones (compared by digest)."""
    return digest(key) in digests
