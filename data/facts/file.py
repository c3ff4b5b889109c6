"""The facts' file: a DuckDB file that one process owns, opened, lost and opened anew, moved aside where it is damaged, and
replaced by one that was filled beside it.

``data.facts.store.Facts`` reads and writes it.

One class, and longer than other files for that: whatever may happen to an open file (a reader, a swap, a full disk, damage)
waits for the same two locks, and reads or sets the same few marks of what the connection is worth.
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

#: Bytes that stay free beside what the last load needed.
MARGIN = 16_000_000
logger = logging.getLogger("gridwall")


class FactsFile:
    """One open file; ``cursor`` may be called from any thread."""

    def __init__(self, url: str, path: str) -> None:
        self.url, self.path = url, path
        self._gate = threading.Condition()
        self._readers = 0
        self._write_lock = threading.RLock()
        self._lost = False  # the connection is of no more use: a full disk, a swap that failed
        self._suspect = False  # DuckDB gave the database up for a reason that may lie in the file
        self.damaged = ""  # what is wrong with the file; nothing is read or written until ``renew``
        self._rebuilt = True  # False from ``renew`` until everything was loaded: empty tables are no answer
        self._room = 0  # bytes that the last load had written when the disk was full
        self._opened: Opened | None = None
        self._watched: Watched | None = None
        self.read_only = False  # the disk may not be written: what is there is read
        self._db: Any = None  # a connection; None once it is closed
        self._connect()
        try:
            self._provide_tables()
        except BaseException:
            self._disconnect()
            raise

    def _emptied(self) -> None:
        """Other tables stand in the place of those that were read: what is kept of them goes."""

    # ---------------------------------------------------------------- opening and closing
    @classmethod
    def open(cls, url: str) -> Self:
        """Open (or create, empty) the store at ``duckdb:///path`` or ``duckdb:///:memory:``.

        Where the disk may not be written, or is full, it is opened to be read alone.  A file that its last process did not
        close is tried in another process first.  Raises FactsError when another process holds the file, and for another
        dialect; DamagedFactsError when it is no DuckDB file, or not whole.
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
            remove_file(path + ".loading")  # of a load that was interrupted
        return made

    @classmethod
    def open_mended(cls, url: str, named: bool, told: Callable[[DamagedFactsError, Moved], None]) -> Self:
        """As ``open``; a damaged file is moved aside, ``told``, and an empty one begun.

        One that was ``named`` may be somebody else's: it is moved only where we have had it open before, or it is empty.
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
        """As ``open``, but whatever the file held is thrown away."""
        path = path_of(url)
        if path != ":memory:":
            remove_file(path)
        return cls(url, path)

    def close(self) -> None:
        """Let the file go; waits for the reads that are under way."""
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
        """Raises FactsError; the database is closed then."""
        self.read_only = False
        there = Path(self.path).exists()
        try:
            self._db = connect(self.url, self.path)
        except DiskError:
            if not there:  # what was begun of it is no file of ours yet
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
            if not checkpoint:  # nothing more is written into it
                self._db.execute("PRAGMA disable_checkpoint_on_shutdown")
        with contextlib.suppress(duckdb.Error):
            self._db.close()
        if self._watched is not None:
            self._watched.close()
            self._watched = None

    # ---------------------------------------------------------------- damage
    def look(self) -> None:
        """Raise DamagedFactsError where the file is known to be damaged, or another program replaced it or wrote into it."""
        if not self.damaged and self._write_lock.acquire(blocking=False):  # else who writes looks
            try:
                self.damaged = self._foreign()
            finally:
                self._write_lock.release()
        if self.damaged:
            raise fault_of_damage(self.url, self.damaged)

    def _foreign(self) -> str:
        return self._watched.foreign() if self._watched is not None and not self._lost else ""

    def renew(self) -> Moved | None:
        """Move the damaged file aside and begin an empty one; until it is loaded, no question is answered.

        None where the file is not damaged.  Raises FactsError.
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
        """Raise DamagedFactsError where the tables are empty because everything is still to be loaded anew."""
        if not self._rebuilt:
            raise DamagedFactsError(f"{self.url}: {DamagedFactsError.PUBLIC[0]}", f"{self.url}：{DamagedFactsError.PUBLIC[1]}")

    @contextlib.contextmanager
    def cursor(self) -> Iterator[DuckDBPyConnection]:
        """A cursor of one's own; the file is not swapped under it.  After a fatal error the file is opened anew.

        Raises what DuckDB raises as FactsError: DamagedFactsError, DiskError.
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
            except duckdb.Error as error:  # closed by an attempt to open it anew that failed
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
        """The fault that ``error`` is; what follows from it for this file is kept."""
        trouble = trouble_of(error)
        if isinstance(error, (duckdb.FatalException, duckdb.InternalException)):
            self._lost, self._suspect = True, self._suspect or trouble == "suspect"
        if trouble == "damage" and self.path != ":memory:":
            self.damaged = self.damaged or str(error).splitlines()[0]
        return fault_of(self.url, error, doing)

    def _reopen(self) -> None:
        """DuckDB gives a database up after an error while it writes (no space left): what was committed is in the file
        and its log.  Where the reason may lie in the file, all of it is read first, in another process."""
        suspect = self._suspect and self.path != ":memory:"
        self._disconnect()
        if suspect and (said := verify(self.path, whole=True)):
            self.damaged = said
            return
        try:
            self._connect()
            self._provide_tables()  # a new file may have been begun, and no more, when the disk was full
        except DamagedFactsError as fault:
            self.damaged = str(fault)

    @contextlib.contextmanager
    def _for_writing(self) -> Iterator[DuckDBPyConnection]:
        """A cursor to write with: into a file that is ours, on a disk that may be written."""
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
        """Open the file anew, now that it is to be written."""
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
        """Close the file and open it again, unless somebody reads just now; whether it was done.

        DuckDB keeps a note of every buffer that a question has used until tens of thousands of them have gathered: some 14 kB
        a tick, which a wall that ticks each second would carry up by 50 MB in its first hour or two.
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

        A crash leaves the old file as it was; what was half built is thrown away by the next attempt.
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
        """Raise DiskError where the disk was full at the last load and is: the source is not read for nothing."""
        if self._room and shutil.disk_usage(Path(self.path).parent).free < self._room + MARGIN:
            raise disk_fault(self.url, "no room to load everything", False)

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        """What the system says of a disk, as a fault of it."""
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
            self._lost = True  # until there is another: a failed swap leaves the old file, to be opened anew
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
