"""What the product must remember itself (never in the platform's database): the store, and in it the keys of screens.

SQLite under ``var/`` by default, any SQLAlchemy URL by setting.  Only digests of keys are kept.  Accounts, sessions and the
audit lie in the same store; each of their modules asks for its own tables (``State.make``).

A file that is removed is not made anew behind the back of a running server, and one that takes its place (another inode, or a
change counter that goes backwards: an older copy) is used by nobody until it was checked (``data.access.store_watch``).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import threading
from collections.abc import Container, Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from data.clock.instants import ms
from data.errors import QueryFault, StateFault
from data.secrets.masking import masked, remember
from data.secrets.private_files import create_private, make_folder, tighten
from data.text import Text
from data.types.records import Record

#: Characters of a screen's name at the most.
LONGEST_NAME = 64
#: How long a replaced key may go on opening at the most.
LONGEST_OVERLAP = timedelta(days=90)
_UNITS = {"d": "days", "h": "hours"}
_REMEDY, _REMEDY_ZH = (
    "name another with --state, e.g. sqlite:///var/state.sqlite",
    "用 --state 另指，如 sqlite:///var/state.sqlite",
)
#: How long SQLite waits for another's lock (s).
BUSY_S = 8.0
#: What may be wrong with the store, as /healthz says it.
TROUBLES: Mapping[str, Text] = MappingProxyType(
    {
        "removed": Text(zh="状态库文件已被移走或删除", en="the state store's file was moved or removed"),
        "replaced": Text(
            zh="状态库文件已被替换，核对之前不予使用",
            en="the state store's file was replaced; it is not used until it is checked",
        ),
        "locked": Text(zh="状态库被其他程序锁住", en="another program holds the state store locked"),
        "full": Text(zh="磁盘已满，状态库不能写入", en="the disk is full, the state store cannot be written"),
        "readonly": Text(zh="状态库只读，不能写入", en="the state store is read-only and cannot be written"),
        "damaged": Text(zh="状态库文件已损坏", en="the state store's file is damaged"),
        "away": Text(zh="状态库不可用", en="the state store does not answer"),
    }
)
_WORDS = (
    ("locked", ("locked", "busy")),
    ("full", ("full", "no space")),
    ("readonly", ("readonly", "read-only", "read only")),
    ("damaged", ("malformed", "not a database", "corrupt")),
    ("removed", ("unable to open",)),
)
#: Set while a file that took the place of ours is being checked: that alone may read and write it.
_CHECKING: ContextVar[bool] = ContextVar("gridwall_state_checking", default=False)
#: The tables of our own store.
STATE = MetaData()
KEY = Table(
    "screen_key",
    STATE,
    Column("name", String(LONGEST_NAME), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
#: Keys that were replaced: they open until ``ends_at``, so that each screen can be given its new one in peace.
FORMER_KEY = Table(
    "former_screen_key",
    STATE,
    Column("digest", String(64), primary_key=True),
    Column("name", String(LONGEST_NAME), nullable=False, index=True),
    Column("ends_at", BigInteger, nullable=False),
)
ACCOUNT = Table(
    "account",
    STATE,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("area", String(32), nullable=False),
    Column("sensitive", Integer, nullable=False),
    Column("digest", String(200)),  # none: it logs in through the provider alone
    Column("provider", String(400), nullable=False),  # issuer|subject of an account that the provider names, else ""
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)
LOGIN_DELAY = Table(
    "login_delay",
    STATE,
    Column("name", String(64), primary_key=True),
    Column("origin", String(64), primary_key=True),  # a network, or a known device
    Column("failures", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False, index=True),
    Column("until", BigInteger, nullable=False),
)
_SECRET = Table("secret", STATE, Column("name", String(32), primary_key=True), Column("value", String(64), nullable=False))
SESSION = Table(
    "session",
    STATE,
    Column("digest", String(64), primary_key=True),
    Column("name", String(64), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
)


class ScreenKey(NamedTuple):
    """A key that opens: whose it is, and when it ends (ms; None = when it is revoked)."""

    screen: str
    ends_at: int | None = None


class Screen(NamedTuple):
    """Instants in ms; ``former_until``: when the key that its present one replaced ends, None = there is none."""

    name: str
    created_at: int
    revoked_at: int | None
    former_until: int | None


class AlreadyThere(StateFault):
    """A row of this key is there already: another process was first."""


class _File(NamedTuple):
    """Which file it is, and how often it was committed to (SQLite's own count, in its header)."""

    device: int
    inode: int
    commits: int


class State:
    """The small store of our own.  Opening it makes its tables."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):
            raise StateFault(f"state: not a database URL; {_REMEDY}", f"state 不是数据库地址；{_REMEDY_ZH}") from None
        remember(url)
        self._shown = masked(parsed.render_as_string(hide_password=False))
        self._path = _path(parsed)
        self._lock = threading.Lock()
        self._file: _File | None = None
        self._open: dict[tuple[int, int], int] = {}  # device, inode -> a descriptor, to read the count of commits with
        self.replaced = False
        #: The newest fault of the store, until it was read and written again (``data.access.store_watch``).
        self.fault: StateFault | None = None
        try:
            if self._path is not None:
                make_folder(self._path.parent)
                create_private(self._path)
                tighten(self._path)
                self._file = self._look()
            self._engine = create_engine(parsed)
            if self._path is not None:
                _open_as_it_is(self._engine, self._path)
        except (OSError, ImportError, SQLAlchemyError) as error:
            raise self._fault(error) from None
        self.make(KEY, FORMER_KEY)

    def make(self, *tables: Table) -> None:
        """Make those of the tables that are not there.  Raises StateFault."""
        try:
            with self.transaction() as connection:
                STATE.create_all(connection, list(tables))
        except StateFault as fault:
            if fault.kind != "away":
                raise
            with self.transaction() as connection:  # another process may have made them in the same moment
                STATE.create_all(connection, list(tables))

    @property
    def backend(self) -> str:
        """ "sqlite", "postgresql", ..."""
        return self._engine.dialect.name

    def add_key(self, name: str, now: datetime) -> str:
        """A new key for the screen ``name``; shown once, only its digest is kept.  QueryFault if the name has a valid one."""
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise QueryFault(
                f"key {name[:40]!r}: name the screen in 1 to {LONGEST_NAME} printable characters, e.g. hall-left",
                f"屏幕“{name[:40]!r}”：名称须为 1 至 {LONGEST_NAME} 个可见字符，如 hall-left",
            )
        key = secrets.token_urlsafe(24)
        with self.transaction() as connection:
            if connection.execute(select(KEY.c.name).where(KEY.c.name == name, KEY.c.revoked_at.is_(None))).first():
                raise QueryFault(
                    f"key '{name}': a screen of this name has a key already; choose another name or revoke it",
                    f"屏幕“{name}”已有密钥；请换一个名称，或先吊销",
                )
            connection.execute(delete(KEY).where(KEY.c.name == name))  # a revoked one makes room
            connection.execute(insert(KEY).values(name=name, digest=digest(key), created_at=ms(now)))
        return key

    def rotate_key(self, name: str, now: datetime, overlap: timedelta) -> str:
        """Another key for a screen that has one; the present one goes on opening for ``overlap``, then ends by itself.

        QueryFault where the screen has no valid key.
        """
        key = secrets.token_urlsafe(24)
        valid = (KEY.c.name == name) & KEY.c.revoked_at.is_(None)
        with self.transaction() as connection:
            present = connection.execute(select(KEY.c.digest).where(valid)).scalar()
            if present is None:
                raise _no_key(name)
            connection.execute(delete(FORMER_KEY).where(FORMER_KEY.c.ends_at <= ms(now)))
            if overlap:
                connection.execute(insert(FORMER_KEY).values(digest=present, name=name, ends_at=ms(now + overlap)))
            connection.execute(update(KEY).where(valid).values(digest=digest(key), created_at=ms(now)))
        return key

    def revoke_key(self, name: str, now: datetime) -> None:
        """No key of ``name`` opens anything any more.  QueryFault if there is none."""
        with self.transaction() as connection:
            done = connection.execute(
                update(KEY).where(KEY.c.name == name, KEY.c.revoked_at.is_(None)).values(revoked_at=ms(now))
            )
            if done.rowcount == 0:
                raise _no_key(name)
            connection.execute(delete(FORMER_KEY).where(FORMER_KEY.c.name == name))

    def screens(self, now: datetime) -> list[Screen]:
        """Every screen by name."""
        f = FORMER_KEY.c
        with self.transaction() as connection:
            former = {
                str(name): int(until)
                for name, until in connection.execute(
                    select(f.name, func.max(f.ends_at)).where(f.ends_at > ms(now)).group_by(f.name)
                )
            }
            rows = connection.execute(select(KEY.c.name, KEY.c.created_at, KEY.c.revoked_at).order_by(KEY.c.name))
            return [
                Screen(str(name), int(made), None if gone is None else int(gone), former.get(str(name)))
                for name, made, gone in rows
            ]

    def valid_digests(self, now: datetime) -> dict[str, ScreenKey]:
        """Digest -> the key, of those that open."""
        with self.transaction() as connection:
            return valid_keys(connection, now)

    def secret(self, name: str) -> str:
        """A random secret of this store, the same for all its processes; made when it is first asked for."""
        self.make(_SECRET)
        wanted = select(_SECRET.c.value).where(_SECRET.c.name == name)
        with self.transaction() as connection:
            kept = connection.execute(wanted).scalar()
        if kept is None:
            with contextlib.suppress(AlreadyThere), self.transaction() as connection:
                connection.execute(insert(_SECRET).values(name=name, value=secrets.token_urlsafe(32)))
            with self.transaction() as connection:
                kept = connection.execute(wanted).scalar_one()
        return str(kept)

    @contextlib.contextmanager
    def transaction(self, wait_s: float = BUSY_S) -> Iterator[Connection]:
        """One transaction; what the database says against it is a StateFault (``AlreadyThere`` where a key is taken).  SQLite
        waits ``wait_s`` for another's lock.

        Raises StateFault also after a commit into a file that is no longer ours: that is written nowhere.
        """
        try:
            self._is_ours()
            with self._engine.begin() as connection:
                if self.backend == "sqlite":
                    connection.exec_driver_sql(f"PRAGMA busy_timeout={round(wait_s * 1000)}")
                yield connection
            self._is_ours()
        except IntegrityError as error:
            raise AlreadyThere(str(self._fault(error))) from None
        except SQLAlchemyError as error:
            self.fault = self._fault(error)
            raise self.fault from None
        except StateFault as fault:
            if not isinstance(fault, AlreadyThere):
                self.fault = fault
            raise

    @contextlib.contextmanager
    def checking(self) -> Iterator[None]:
        """Within it, in this context alone, the file that took the place of ours is used; at its end it is ours."""
        with self._lock:
            self._engine.dispose()
            self._file = self._look()
        token = _CHECKING.set(True)
        try:
            yield
            self.replaced = False
        finally:
            _CHECKING.reset(token)

    def distrust(self) -> None:
        """What is read there is not what was written: nobody uses the store until it was checked."""
        self.replaced = True

    def _is_ours(self) -> None:
        """Raises StateFault where the file is gone, or another one, or an older copy, and was not checked yet."""
        if self._path is not None:
            with self._lock:  # also while it is read: another thread's commit would make an older count of this one's
                found, known = self._look(), self._file
                if found is None:
                    raise self._said("removed")
                if known is None or found[:2] != known[:2] or found.commits < known.commits:
                    self.replaced = True
                else:
                    self._file = found
        if self.replaced and not _CHECKING.get():
            raise self._said("replaced")

    def _look(self) -> _File | None:
        """The file that is there now, None where there is none.

        A descriptor stays open as long as this object: POSIX drops *all* locks that a process holds on a file, SQLite's too, when
        any descriptor of it is closed.
        """
        if self._path is None:
            return None
        try:
            found = self._path.stat()
            place = (found.st_dev, found.st_ino)
            if place not in self._open:
                descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
                opened = os.fstat(descriptor)
                self._open.setdefault((opened.st_dev, opened.st_ino), descriptor)
            return _File(*place, int.from_bytes(os.pread(self._open[place], 4, 24), "big"))
        except (OSError, KeyError):  # KeyError: replaced between the two, which the next look tells
            return None

    def _said(self, kind: str) -> StateFault:
        trouble = TROUBLES[kind]
        return StateFault(f"state {self._shown}: {trouble.en}", f"state {self._shown}：{trouble.zh}", kind)

    def _fault(self, error: Exception) -> StateFault:
        said = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
        kind = next((k for k, words in _WORDS if any(w in said[0].lower() for w in words)), "away")
        return StateFault(
            f"state {self._shown}: {said[0]}; check the path and its rights, or {_REMEDY}",
            f"state {self._shown}：{said[0]}；请核对路径与权限，或{_REMEDY_ZH}",
            kind,
        )

    def close(self) -> None:
        self._engine.dispose()
        with self._lock:
            for descriptor in self._open.values():
                os.close(descriptor)
            self._open.clear()


def _path(url: URL) -> Path | None:
    """The file of an SQLite store; None where it is none (a server, memory, a URI of SQLite's own)."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        return None
    return Path(url.database)


def _open_as_it_is(engine: Engine, path: Path) -> None:
    """A connection opens the file that is there and never makes one; a REPLACE fires the triggers of what it removes."""

    @event.listens_for(engine, "do_connect")
    def _existing(dialect: Dialect, record: ConnectionPoolEntry, cargs: list[object], cparams: Record) -> None:
        cargs[0] = f"file:{quote(str(path.absolute()))}?mode=rw"
        cparams.update(uri=True)

    @event.listens_for(engine, "connect")
    def _tune(raw: Any, record: Any) -> None:
        raw.execute("PRAGMA recursive_triggers=ON")


def digest(key: str) -> str:
    """What is kept of a key or a session's token: 64 hex digits.  They are random, so that no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


def valid_keys(connection: Connection, now: datetime) -> dict[str, ScreenKey]:
    """Digest -> the key, of those that open."""
    f = FORMER_KEY.c
    former = connection.execute(select(f.digest, f.name, f.ends_at).where(f.ends_at > ms(now))).all()
    rows = connection.execute(select(KEY.c.digest, KEY.c.name).where(KEY.c.revoked_at.is_(None))).all()
    return {
        **{str(key): ScreenKey(str(name), int(until)) for key, name, until in former},
        **{str(key): ScreenKey(str(name)) for key, name in rows},
    }


def overlap_of(text: str) -> timedelta:
    """``"7d"``, ``"12h"`` or ``"0"``: how long a replaced key goes on opening.  Raises QueryFault."""
    found = re.fullmatch(r"0|([0-9]{1,4})([dh])", text.strip())
    span = timedelta() if found is None or found[1] is None else int(found[1]) * timedelta(**{_UNITS[found[2]]: 1})
    if found is None or span > LONGEST_OVERLAP:
        raise QueryFault(
            f"overlap '{text[:20]}': write e.g. 7d or 12h, at most {LONGEST_OVERLAP.days}d, or 0",
            f"overlap“{text[:20]}”：请写如 7d、12h，至多 {LONGEST_OVERLAP.days}d，或 0",
        )
    return span


def _no_key(name: str) -> QueryFault:
    return QueryFault(
        f"key '{name[:40]}': no screen of this name has a valid key; 'key list' names them",
        f"没有名为“{name[:40]}”且密钥有效的屏幕；key list 可列出",
    )


def admitted(key: str, digests: Container[str]) -> bool:
    """Whether ``key`` is one of the valid ones (compared by digest)."""
    return digest(key) in digests
