"""The facts' file: a DuckDB file that one process owns; it is opened, reopened after a loss, moved away when damaged, and
replaced by one that was filled beside it.

``data.facts.store.Facts`` reads and writes it.

One class, and longer than other files for that reason: whatever may happen to an open file (a reader, a swap, a full disk,
damage) takes the same two locks, and reads or sets the same few flags of the connection's state.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import duckdb
from duckdb import DuckDBPyConnection

from data.errors import DamagedFactsError, DiskError, FactsError
from data.facts.connect import connect, path_of
from data.facts.damage import (
    Moved,
    Opened,
    Watched,
    disk_fault,
    fault_of,
    fault_of_damage,
    held_by_another,
    move_aside,
    remove_file,
    trouble_of,
    verify,
)
from data.facts.tables import create_tables, has_tables, refuse_others
from data.secrets.private_files import make_folder

#: Bytes that must stay free beyond what the last load needed.
MARGIN = 16_000_000
logger = logging.getLogger("gridwall")


class FactsFile:
    """One open file; ``cursor`` may be called from any thread."""

    def __init__(self, url: str, path: str) -> None:
        self.url, self.path = url, path
        self._gate = threading.Condition()
        self._readers = 0
        self._write_lock = threading.RLock()
        self._lost = False  # the connection is unusable: a full disk, a failed swap
        self._suspect = False  # DuckDB gave up the database for a reason that may lie in the file
        self.damaged = ""  # what is wrong with the file; nothing is read or written until ``renew``
        self._rebuilt = True  # False from ``renew`` until everything is loaded: empty tables are no answer
        self._room = 0  # bytes that the last load had written when the disk was full
        self._opened: Opened | None = None
        self._watched: Watched | None = None
        self.read_only = False  # the disk cannot be written: the existing data are only read
        self._db: Any = None  # a connection; None once it is closed
        self._connect()
        try:
            self._provide_tables()
        except BaseException:
            self._disconnect()
            raise

    def _emptied(self) -> None:
        """Drop what is cached of the tables: others have taken their place."""

    # ---------------------------------------------------------------- opening and closing
    @classmethod
    def open(cls, url: str) -> Self:
        """Open (or create, empty) the store at ``duckdb:///path`` or ``duckdb:///:memory:``.

        Where the disk cannot be written, or is full, it is opened read-only.  A file that its last process did not close is first
        tried in another process.  Raises FactsError when another process holds the file, and for another dialect;
        DamagedFactsError when it is no DuckDB file, or incomplete.
        """
        path = path_of(url)
        if path == ":memory:":
            return cls(url, path)
        with contextlib.suppress(OSError):
            make_folder(Path(path).parent)
        opened = Opened(path)
        tried = opened.unclosed and Path(path).exists() and not held_by_another(path)
        if tried and (said := verify(path, opened.unclosed > 1)):
            raise fault_of_damage(url, said)
        opened.opening()
        try:
            made = cls(url, path)
        except BaseException:
            opened.restore()
            raise
        made._opened = opened
        with contextlib.suppress(OSError):
            remove_file(path + ".loading")  # left by an interrupted load
        return made

    @classmethod
    def open_mended(cls, url: str, named: bool, told: Callable[[DamagedFactsError, Moved], None]) -> Self:
        """As ``open``; a damaged file is moved away, reported to ``told``, and an empty one begun.

        A file that was ``named`` may be somebody else's: it is moved only if we have had it open before, or it is empty.
        """
        try:
            return cls.open(url)
        except DamagedFactsError as fault:
            path = path_of(url)
            if named and not Opened(path).ours and Path(path).stat().st_size:
                raise
            told(fault, move_aside(path))
            return cls.open(url)

    @classmethod
    def create(cls, url: str) -> Self:
        """As ``open``, but discard whatever the file held."""
        path = path_of(url)
        if path != ":memory:":
            remove_file(path)
        return cls(url, path)

    def close(self) -> None:
        """Close the file; waits for reads in progress."""
        with self._gate:
            self._gate.wait_for(lambda: self._readers == 0)
            if self._db is not None:
                said = self.damaged or self._foreign()
                self._disconnect(checkpoint=not said)
                self._db = None
                if said and self._opened is not None:
                    logger.error("%s: %s; %s", self.url, said, move_aside(self.path).said()[0])
                if self._opened is not None:
                    self._opened.closed()

    def _connect(self) -> None:
        """Connect to the file.  Raises FactsError, with the database closed."""
        self.read_only = False
        there = Path(self.path).exists()
        try:
            self._db = connect(self.url, self.path)
        except DiskError:
            if not there:  # a file only just begun is not ours yet
                with contextlib.suppress(OSError):
                    remove_file(self.path)
                raise
            self._db = connect(self.url, self.path, read_only=True)
            self.read_only = True
        if self.path != ":memory:":
            self._watched = Watched(self.path)
        self._lost = self._suspect = False

    def _disconnect(self, checkpoint: bool = True) -> None:
        with contextlib.suppress(duckdb.Error):
            if not checkpoint:  # nothing more is to be written into it
                self._db.execute("PRAGMA disable_checkpoint_on_shutdown")
        with contextlib.suppress(duckdb.Error):
            self._db.close()
        if self._watched is not None:
            self._watched.close()
            self._watched = None

    # ---------------------------------------------------------------- damage
    def look(self) -> None:
        """Raise DamagedFactsError where the file is known to be damaged, or another program replaced it or wrote to it."""
        if not self.damaged and self._write_lock.acquire(blocking=False):  # else the writer checks
            try:
                self.damaged = self._foreign()
            finally:
                self._write_lock.release()
        if self.damaged:
            raise fault_of_damage(self.url, self.damaged)

    def _foreign(self) -> str:
        return self._watched.foreign() if self._watched is not None and not self._lost else ""

    def renew(self) -> Moved | None:
        """Move the damaged file away and begin an empty one; until that is loaded, no query is answered.

        Returns None if the file is not damaged.  Raises FactsError.
        """
        with self._write_lock, self._gate:
            if not self.damaged:
                return None
            self._gate.wait_for(lambda: self._readers == 0)
            self._disconnect(checkpoint=False)
            self._lost, self._rebuilt = True, False
            self._emptied()
            moved = move_aside(self.path)
            self.damaged = ""
            self._connect()
            self._provide_tables()
            return moved

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # ---------------------------------------------------------------- using it
    def check_answerable(self) -> None:
        """Raise DamagedFactsError where the tables are empty because everything is still to be reloaded."""
        if not self._rebuilt:
            raise DamagedFactsError(f"{self.url}: {DamagedFactsError.PUBLIC[0]}", f"{self.url}：{DamagedFactsError.PUBLIC[1]}")

    @contextlib.contextmanager
    def cursor(self) -> Iterator[DuckDBPyConnection]:
        """A cursor for the caller; the file is not swapped while it is in use.  After a fatal error the file is reopened.

        Raises DuckDB's errors as FactsError: DamagedFactsError, DiskError.
        """
        with self._gate:
            if self._db is None:
                raise FactsError(f"{self.url}: the facts are closed")
            if self._lost and self._readers == 0 and not self.damaged:
                self._reopen()
            if self.damaged:
                raise fault_of_damage(self.url, self.damaged)
            try:
                cursor = self._db.cursor()
            except duckdb.Error as error:  # closed by a failed attempt to reopen it
                raise self._fault(error) from error
            self._readers += 1
        try:
            yield cursor
        except duckdb.Error as error:
            raise self._fault(error) from error
        finally:
            cursor.close()
            with self._gate:
                self._readers -= 1
                self._gate.notify_all()

    def _fault(self, error: duckdb.Error, doing: str = "") -> FactsError:
        """The FactsError for ``error``; its consequences for this file are recorded."""
        trouble = trouble_of(error)
        if isinstance(error, (duckdb.FatalException, duckdb.InternalException)):
            self._lost, self._suspect = True, self._suspect or trouble == "suspect"
        if trouble == "damage" and self.path != ":memory:":
            self.damaged = self.damaged or str(error).splitlines()[0]
        return fault_of(self.url, error, doing)

    def _reopen(self) -> None:
        """Reopen a database that DuckDB gave up after a write error (no space left): what was committed is in the file and its
        log.  Where the cause may lie in the file, all of it is first read in another process."""
        suspect = self._suspect and self.path != ":memory:"
        self._disconnect()
        if suspect and (said := verify(self.path, whole=True)):
            self.damaged = said
            return
        try:
            self._connect()
            self._provide_tables()  # when the disk was full, a new file may have been begun without its tables
        except DamagedFactsError as fault:
            self.damaged = str(fault)

    @contextlib.contextmanager
    def _for_writing(self) -> Iterator[DuckDBPyConnection]:
        """A cursor to write with, if the file is ours and the disk writable."""
        self.look()
        if self.read_only:
            self._try_writable()
        with self.cursor() as cursor:
            try:
                yield cursor
            finally:
                if self._watched is not None:
                    self._watched.written()

    def _try_writable(self) -> None:
        """Reopen the file for writing."""
        if not self.damaged and os.statvfs(Path(self.path).parent).f_flag & os.ST_RDONLY:
            raise disk_fault(self.url, "ST_RDONLY", True)
        with self._gate:
            self._gate.wait_for(lambda: self._readers == 0)
            self._reopen()
            if self.read_only:
                raise disk_fault(self.url, "it could be opened to be read alone", False)

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file (60-320 ms); between ticks, every few minutes."""
        if self.read_only:
            return
        with self._write_lock, self._for_writing() as cursor, contextlib.suppress(duckdb.TransactionException):
            cursor.execute("CHECKPOINT")
        if self._opened is not None:
            self._opened.lasting()

    def forget_buffers(self) -> bool:
        """Close the file and reopen it, unless somebody is reading; return whether it was done.

        DuckDB keeps a note of every buffer that a query has used until tens of thousands have gathered: some 14 kB a tick, which
        would grow by 50 MB in the first hour or two of a wall that ticks each second.
        """
        if self.path == ":memory:" or self.read_only or self.damaged or self._lost:
            return False
        with self._write_lock, self._gate:
            if self._readers or self._db is None:
                return False
            self._disconnect()
            self._lost = True
            self._connect()
        return True

    @contextlib.contextmanager
    def rebuilding(self) -> Iterator[Self]:
        """Fill an empty store *beside* this one and swap when it is complete; until then readers see the old facts.

        A crash leaves the old file as it was; the next attempt discards what was half built.
        """
        if self.path == ":memory:":
            beside = type(self)(self.url, ":memory:")
            yield beside
            self._swap(lambda: setattr(self, "_db", beside._db))
            return
        loading = self.path + ".loading"
        self._has_room()
        with self._disk():
            remove_file(loading)
        beside = type(self)(self.url, loading)
        try:
            yield beside
            beside.checkpoint()
        except BaseException as error:
            if isinstance(error, DiskError):
                self._room = sum(p.stat().st_size for p in (Path(loading), Path(loading + ".wal")) if p.exists())
            beside.close()
            remove_file(loading)
            raise
        beside.close()
        self._room = 0

        def replace() -> None:
            Path(self.path + ".wal").unlink(missing_ok=True)  # it was folded in when the old file was closed
            os.replace(loading, self.path)
            self._connect()

        with self._disk():
            self._swap(replace)

    def _has_room(self) -> None:
        """Raise DiskError where the disk was full at the last load and still is, so that the source is not read in vain."""
        if self._room and shutil.disk_usage(Path(self.path).parent).free < self._room + MARGIN:
            raise disk_fault(self.url, "no room to load everything", False)

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        """Turn the system's disk errors into DiskError."""
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS):
                raise disk_fault(self.url, str(error), error.errno == errno.EROFS) from error
            raise

    def _swap(self, replace: Callable[[], object]) -> None:
        with self._write_lock, self._gate:
            self._gate.wait_for(lambda: self._readers == 0)
            self._disconnect()
            self._lost = True  # until a new one is open: a failed swap leaves the old file, to be reopened
            replace()
            self._lost, self._rebuilt = False, True
            self._emptied()

    def _provide_tables(self) -> None:
        try:
            if has_tables(self._db):
                return
            refuse_others(self._db, self.url)
            if self.read_only:
                raise disk_fault(self.url, "its tables are of another version", False)
            create_tables(self._db)
        except duckdb.Error as error:
            raise self._fault(error) from error
        if self._watched is not None:
            self._watched.written()


__all__ = ["FactsFile"]
