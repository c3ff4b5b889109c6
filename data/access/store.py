"""The store of the product's own state (never in the platform's database): its file and its transactions.

SQLite under ``var/`` by default, any SQLAlchemy URL by setting.  It holds screen keys, accounts, sessions and the audit;
each of their modules creates its own tables (``State.make``) of those in ``data.access.schema``.

A removed file is not recreated under a running server, and one that replaces it (another inode, or a change counter that
goes backwards: an older copy) is not used until it has been checked (``data.access.store_watch``).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import Dialect, Table, create_engine, event, insert, select
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from data.access.schema import FORMER_KEY, KEY, SECRET, STATE
from data.errors import StateError
from data.secrets.masking import masked, remember
from data.secrets.private_files import create_private, make_folder, tighten
from data.text import Text
from data.types.records import Record

_REMEDY, _REMEDY_ZH = (
    "name another with --state, e.g. sqlite:///var/state.sqlite",
    "用 --state 另指，如 sqlite:///var/state.sqlite",
)
#: How long SQLite waits for a lock (s).
BUSY_S = 8.0
#: Faults of the store, as /healthz reports them.
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
#: Set while a replaced file is being checked: only that context may read and write it.
_CHECKING: ContextVar[bool] = ContextVar("gridwall_state_checking", default=False)


class AlreadyThereError(StateError):
    """A row with this key exists already: another process was first."""


class _File(NamedTuple):
    """The file's identity, and its number of commits (SQLite's change counter, in its header)."""

    device: int
    inode: int
    commits: int


class State:
    """The product's own small store.  Opening it creates its tables."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):
            raise StateError(f"state: not a database URL; {_REMEDY}", f"state 不是数据库地址；{_REMEDY_ZH}") from None
        remember(url)
        self._shown = masked(parsed.render_as_string(hide_password=False))
        self._path = _path(parsed)
        self._lock = threading.Lock()
        self._file: _File | None = None
        self._open: dict[tuple[int, int], int] = {}  # device, inode -> a descriptor, for reading the change counter
        self.replaced = False
        #: The newest fault of the store, until it can be read and written again (``data.access.store_watch``).
        self.fault: StateError | None = None
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
        """Create those tables that do not exist.  Raises StateError."""
        try:
            with self.transaction() as connection:
                STATE.create_all(connection, list(tables))
        except StateError as fault:
            if fault.kind != "away":
                raise
            with self.transaction() as connection:  # another process may have created them at the same moment
                STATE.create_all(connection, list(tables))

    @property
    def backend(self) -> str:
        """ "sqlite", "postgresql", ..."""
        return self._engine.dialect.name

    def secret(self, name: str) -> str:
        """A random secret of this store, shared by all its processes; created on first use."""
        self.make(SECRET)
        wanted = select(SECRET.c.value).where(SECRET.c.name == name)
        with self.transaction() as connection:
            kept = connection.execute(wanted).scalar()
        if kept is None:
            with contextlib.suppress(AlreadyThereError), self.transaction() as connection:
                connection.execute(insert(SECRET).values(name=name, value=secrets.token_urlsafe(32)))
            with self.transaction() as connection:
                kept = connection.execute(wanted).scalar_one()
        return str(kept)

    @contextlib.contextmanager
    def transaction(self, wait_s: float = BUSY_S) -> Iterator[Connection]:
        """One transaction; a database error becomes a StateError (``AlreadyThereError`` for a duplicate key).
        SQLite waits ``wait_s`` for a lock.

        Raises StateError also after a commit into a file that is no longer ours: the data is lost.
        """
        try:
            self._is_ours()
            with self._engine.begin() as connection:
                if self.backend == "sqlite":
                    connection.exec_driver_sql(f"PRAGMA busy_timeout={round(wait_s * 1000)}")
                yield connection
            self._is_ours()
        except IntegrityError as error:
            raise AlreadyThereError(str(self._fault(error))) from None
        except SQLAlchemyError as error:
            self.fault = self._fault(error)
            raise self.fault from None
        except StateError as fault:
            if not isinstance(fault, AlreadyThereError):
                self.fault = fault
            raise

    @contextlib.contextmanager
    def checking(self) -> Iterator[None]:
        """Within this context only, a replaced file may be used; on leaving it, the file is accepted."""
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
        """Mark the store as inconsistent with what was written: it is not used until checked."""
        self.replaced = True

    def _is_ours(self) -> None:
        """Raises StateError if the file is missing, a different one or an older copy, and was not checked yet."""
        if self._path is not None:
            with self._lock:  # also while reading: a commit in another thread would make this count look older
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
        """The file at the path now, None if there is none.

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
        except (OSError, KeyError):  # KeyError: replaced between the two, which the next call detects
            return None

    def _said(self, kind: str) -> StateError:
        trouble = TROUBLES[kind]
        return StateError(f"state {self._shown}: {trouble.en}", f"state {self._shown}：{trouble.zh}", kind)

    def _fault(self, error: Exception) -> StateError:
        said = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
        kind = next((k for k, words in _WORDS if any(w in said[0].lower() for w in words)), "away")
        return StateError(
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
    """The file of an SQLite store; None if there is none (a server, memory, an SQLite URI)."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        return None
    return Path(url.database)


def _open_as_it_is(engine: Engine, path: Path) -> None:
    """Connect to the existing file without ever creating one; make REPLACE fire the DELETE triggers of the rows it removes."""

    @event.listens_for(engine, "do_connect")
    def _existing(dialect: Dialect, record: ConnectionPoolEntry, cargs: list[object], cparams: Record) -> None:
        cargs[0] = f"file:{quote(str(path.absolute()))}?mode=rw"
        cparams.update(uri=True)

    @event.listens_for(engine, "connect")
    def _tune(raw: Any, record: Any) -> None:
        raw.execute("PRAGMA recursive_triggers=ON")


def digest(key: str) -> str:
    """Stored digest of a key or session token: 64 hex digits.  These are random, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()
