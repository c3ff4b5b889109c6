"""The facts store: a DuckDB file that one process owns, read in one transaction and written by one thread.

``Facts`` opens and reads; ``data.facts_write.Writing`` is one transaction of changes.  Statements are SQLAlchemy values
compiled with the DuckDB dialect and run on a cursor of their own, because fetching columns through the raw cursor is
several times faster than rows through a Result.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import re
import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from duckdb_sqlalchemy import Dialect
from sqlalchemy import Select, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.elements import TextClause

from data.city import Grid
from data.columns import fetch
from data.errors import DamagedFacts, DiskFault, FactsFault, TooMuch
from data.facts_damage import Moved, Opened, Watched, disk_fault, fault_of, move_aside, remove_file, trouble_of, verify
from data.facts_write import COLD_BEFORE, Writing, complete_frame
from data.literal import literal
from data.metric import Rows
from data.niced import last_in_line
from data.schema import EVENT, FACTS, VISIT
from data.text import Text
from data.views import VIEWS, Written

#: Raise it when the *meaning* of a column changes; its columns' names and types are in the fingerprint already.
SCHEMA_VERSION = "7"
#: Bytes that stay free beside what the last load needed.
MARGIN = 16_000_000
logger = logging.getLogger("gridwall")
_DIALECT = Dialect()
#: Where a compiled statement holds a value, or the list of an IN.
_PLACE = re.compile(r"%\((\w+)\)s|__\[POSTCOMPILE_(\w+)\]|%%")


def schema_fingerprint() -> str:
    """Every table and column of the facts, and the version of their meaning."""
    words = [SCHEMA_VERSION] + [f"{t.name}.{c.name}:{c.type!r}" for t in FACTS.sorted_tables for c in t.columns]
    return hashlib.sha256("\n".join(sorted(words)).encode()).hexdigest()[:16]


class Facts:
    """One open store.  ``read`` may be called from any thread; ``writing`` from one at a time (a lock keeps it so)."""

    def __init__(self, url: str, path: str) -> None:
        self.url, self.path = url, path
        self._gate = threading.Condition()
        self._readers = 0
        self._write_lock = threading.RLock()
        self._grid: Grid | None = None
        self._compiled: dict[Any, Any] = {}
        self._lane = ThreadPoolExecutor(1, "facts")     # the second thread of read_wide, and of read_helped
        self._helper = ThreadPoolExecutor(1, "facts-helper", initializer=last_in_line)
        self._lost = False          # the connection is of no more use: a full disk, a swap that failed
        self._suspect = False       # DuckDB gave the database up for a reason that may lie in the file
        self.damaged = ""           # what is wrong with the file; nothing is read or written until ``renew``
        self._rebuilt = True        # False from ``renew`` until everything was loaded: empty tables are no answer
        self._room = 0              # bytes that the last load had written when the disk was full
        self._opened: Opened | None = None
        self._watched: Watched | None = None
        self.read_only = False      # the disk may not be written: what is there is read
        self._db: Any = None
        self._connect()
        try:
            self._provide_tables()
        except BaseException:
            self._disconnect()
            raise

    # ---------------------------------------------------------------- opening and closing
    @classmethod
    def open(cls, url: str) -> Facts:
        """Open (or create, empty) the store at ``duckdb:///path`` or ``duckdb:///:memory:``.

        Where the disk may not be written, or is full, it is opened to be read alone.  A file that its last process did not
        close is tried in another process first.  Raises FactsFault when another process holds the file, and for another
        dialect; DamagedFacts when it is no DuckDB file, or not whole.
        """
        path = _path_of(url)
        if path == ":memory:":
            return cls(url, path)
        with contextlib.suppress(OSError):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        opened = Opened(path)
        if opened.unclosed and Path(path).exists() and (said := verify(path, opened.unclosed > 1)):
            raise fault_of_damage(url, said)
        opened.opening()
        try:
            made = cls(url, path)
        except BaseException:
            opened.restore()
            raise
        made._opened = opened
        with contextlib.suppress(OSError):
            remove_file(path + ".loading")      # of a load that was interrupted
        return made

    @classmethod
    def open_mended(cls, url: str, named: bool, told: Callable[[DamagedFacts, Moved], None]) -> Facts:
        """As ``open``; a damaged file is moved aside, ``told``, and an empty one begun.

        One that was ``named`` may be somebody else's: it is moved only where we have had it open before, or it is empty.
        """
        try:
            return cls.open(url)
        except DamagedFacts as fault:
            path = _path_of(url)
            if named and not Opened(path).ours and Path(path).stat().st_size:
                raise
            told(fault, move_aside(path))
            return cls.open(url)

    @classmethod
    def create(cls, url: str) -> Facts:
        """As ``open``, but whatever the file held is thrown away."""
        path = _path_of(url)
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
        self._lane.shutdown()
        self._helper.shutdown()

    def _connect(self) -> None:
        """Raises FactsFault; the database is closed then."""
        self.read_only = False
        there = Path(self.path).exists()
        try:
            self._db = _connect(self.url, self.path)
        except DiskFault:
            if not there:       # what was begun of it is no file of ours yet
                with contextlib.suppress(OSError):
                    remove_file(self.path)
                raise
            self._db = _connect(self.url, self.path, read_only=True)
            self.read_only = True
        if self.path != ":memory:":
            self._watched = Watched(self.path)
        self._lost = self._suspect = False

    def _disconnect(self, checkpoint: bool = True) -> None:
        with contextlib.suppress(duckdb.Error):
            if not checkpoint:      # nothing more is written into it
                self._db.execute("PRAGMA disable_checkpoint_on_shutdown")
        with contextlib.suppress(duckdb.Error):
            self._db.close()
        if self._watched is not None:
            self._watched.close()
            self._watched = None

    # ---------------------------------------------------------------- damage
    def look(self) -> None:
        """Raise DamagedFacts where the file is known to be damaged, or another program replaced it or wrote into it."""
        if not self.damaged and self._write_lock.acquire(blocking=False):      # else who writes looks
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

        None where the file is not damaged.  Raises FactsFault.
        """
        with self._write_lock, self._gate:
            if not self.damaged:
                return None
            self._gate.wait_for(lambda: self._readers == 0)
            self._disconnect(checkpoint=False)
            self._lost, self._rebuilt, self._grid = True, False, None
            moved = move_aside(self.path)
            self.damaged = ""
            self._connect()
            self._provide_tables()
            return moved

    def __enter__(self) -> Facts:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # ---------------------------------------------------------------- reading
    def read(
        self, statements: Mapping[str, Select[Any] | TextClause], moved: Mapping[str, tuple[int, int]] | None = None,
        *, limit_s: float | None = None,
    ) -> tuple[dict[str, str], dict[str, Rows]]:
        """(meta, answers): all statements in ONE transaction, ``meta`` first, on the thread that asks.

        ``moved`` gives, by name, the instant (ms) that a statement was built for and the one it is asked for.
        ``limit_s``: given up (TooMuch) after so many seconds.

        Each answer is a dict of arrays: whole numbers int64 with -1 for NULL, fractions float64 with NaN, text object
        with None.  Raises FactsFault.
        """
        if statements:
            self._answerable()
        with self._transaction() as (cursor, meta), _limited(cursor, limit_s):
            return meta, self._answers(cursor, meta, deque(statements.items()), moved or {})

    def _answerable(self) -> None:
        if not self._rebuilt:
            raise DamagedFacts(f"{self.url}: {DamagedFacts.PUBLIC[0]}", f"{self.url}：{DamagedFacts.PUBLIC[1]}")

    def read_wide(
        self, statements: Mapping[str, Select[Any] | TextClause], moved: Mapping[str, tuple[int, int]] | None = None,
    ) -> tuple[dict[str, str], dict[str, Rows]]:
        """As ``read``, on two threads: for the tick, whose many statements a commit waits for (a third of the time off).

        Both transactions begin while nobody can commit, so that they stand on the same state of the facts.
        """
        self._answerable()
        todo = deque(statements.items())
        with contextlib.ExitStack() as both:
            with self._write_lock:
                cursor, meta = both.enter_context(self._transaction())
                other, _ = both.enter_context(self._transaction())
            return meta, self._on_two(self._lane, cursor, other, meta, todo, moved or {})

    def read_helped(
        self, statements: Mapping[str, Select[Any] | TextClause], *, limit_s: float | None = None,
    ) -> tuple[dict[str, str], dict[str, Rows]]:
        """As ``read``, helped by a niced thread where that has nothing else to do and nobody is writing: for the desk."""
        self._answerable()
        if not self._write_lock.acquire(blocking=False):
            return self.read(statements, limit_s=limit_s)
        todo = deque(statements.items())
        with contextlib.ExitStack() as both:
            try:
                cursor, meta = both.enter_context(self._transaction())
                other, _ = both.enter_context(self._transaction())
            finally:
                self._write_lock.release()
            both.enter_context(_limited(cursor, limit_s))
            both.enter_context(_limited(other, limit_s))
            return meta, self._on_two(self._helper, cursor, other, meta, todo, {})

    def _on_two(self, lane: ThreadPoolExecutor, cursor: Any, other: Any, meta: Mapping[str, str], todo: deque[tuple[str, Any]],
                moved: Mapping[str, tuple[int, int]]) -> dict[str, Rows]:
        """Answer ``todo`` on this thread and, as soon as it is free, on ``lane``'s."""
        beside = lane.submit(self._answers, other, meta, todo, moved)
        try:
            found = self._answers(cursor, meta, todo, moved)
        finally:
            todo.clear()
            if not beside.cancel():     # it had begun
                wait([beside])          # its cursor is closed behind us
        if not beside.cancelled():
            found.update(beside.result())
        return found

    def _answers(self, cursor: Any, meta: Mapping[str, str], todo: deque[tuple[str, Any]],
                 moved: Mapping[str, tuple[int, int]]) -> dict[str, Rows]:
        """Answer what is left to do until nothing is; two threads may take from one ``todo``."""
        found: dict[str, Rows] = {}
        cold_before = int(meta[COLD_BEFORE]) if COLD_BEFORE in meta else None
        while True:
            try:
                name, statement = todo.popleft()
            except IndexError:
                return found
            found[name] = fetch(cursor.execute(self.compile(statement, moved.get(name), cold_before)))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[tuple[Any, dict[str, str]]]:
        """(cursor, meta): a transaction that has read ``meta`` and so stands on the state that it tells of."""
        with self.cursor() as cursor:
            try:
                cursor.execute("BEGIN TRANSACTION READ ONLY")
                yield cursor, dict(cursor.execute("SELECT key, value FROM meta").fetchall())
                cursor.execute("COMMIT")
            except BaseException as error:
                with contextlib.suppress(duckdb.Error):
                    cursor.execute("ROLLBACK")
                if isinstance(error, duckdb.InterruptException):
                    raise TooMuch("this takes too long; narrow it: a shorter window, an area, a category",
                                  "查询耗时过长，请缩小范围：更短时段、某一区域或类别") from None
                raise

    @contextlib.contextmanager
    def cursor(self) -> Iterator[Any]:
        """A cursor of one's own; the file is not swapped under it.  After a fatal error the file is opened anew.

        Raises what DuckDB raises as FactsFault: DamagedFacts, DiskFault.
        """
        with self._gate:
            if self._db is None:
                raise FactsFault(f"{self.url}: the facts are closed")
            if self._lost and self._readers == 0 and not self.damaged:
                self._reopen()
            if self.damaged:
                raise fault_of_damage(self.url, self.damaged)
            try:
                cursor = self._db.cursor()
            except duckdb.Error as error:       # closed by an attempt to open it anew that failed
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

    def _fault(self, error: duckdb.Error, doing: str = "") -> FactsFault:
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
            self._provide_tables()      # a new file may have been begun, and no more, when the disk was full
        except DamagedFacts as fault:
            self.damaged = str(fault)

    def compile(self, statement: Select[Any] | TextClause, moved: tuple[int, int] | None = None,
                cold_before: int | None = None) -> str:
        """DuckDB SQL with its values written in; a statement of the same shape is compiled once.  A value that equals
        ``moved[0]`` is written as ``moved[1]``.  ``cold_before``: see ``data.views``.

        Compiling costs more than many of the questions themselves, and each tick asks the same ones with other instants.
        """
        key = statement._generate_cache_key()
        if key is None:
            return str(statement.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))
        known: Any = self._compiled.get(key.key)
        if known is None:
            if len(self._compiled) > 1000:
                self._compiled.clear()
            compiled = statement._compiler(_DIALECT, cache_key=key)
            known = self._compiled[key.key] = compiled, Written.of(compiled.string, isinstance(statement, TextClause))
        values = known[0].construct_params(extracted_parameters=key.bindparams)
        if moved is not None and moved[0] != moved[1]:
            values = {k: moved[1] if v == moved[0] else v for k, v in values.items()}
        return _PLACE.sub(lambda m: "%" if m[0] == "%%" else literal(values[m[1] or m[2]]), known[1].at(values, cold_before))

    def meta(self) -> dict[str, str]:
        """Watermarks, fingerprints, newest record ...; {} before the first load."""
        return self.read({})[0]

    def grid(self) -> Grid:
        """The grid below the city, kept until it is written anew."""
        if self._grid is None:
            columns = "code, parent, level, name, name_en, population"
            with self.cursor() as cursor:
                rows = fetch(cursor.execute(f"SELECT {columns} FROM grid ORDER BY idx"))
            names = zip(rows["name"], rows["name_en"], strict=True)
            self._grid = Grid(
                code=tuple(rows["code"].tolist()),
                name=tuple(Text(zh=zh, en=en or zh) for zh, en in names),
                level=rows["level"].astype(np.int16), parent=rows["parent"].astype(np.int32),
                population=rows["population"].astype(np.int32), shapes=self._shapes,
            )
        return self._grid

    def _shapes(self) -> list[bytes | None]:
        """WKB of every cell, in grid order."""
        with self.cursor() as cursor:
            found = cursor.execute("SELECT geometry FROM grid ORDER BY idx").fetchall()
        return [None if g is None else bytes(g) for (g,) in found]

    def geometry(self, level: int) -> list[tuple[int, bytes]]:
        """(position, WKB) of the cells of a level that have a geometry, in grid order."""
        with self.cursor() as cursor:
            sql = "SELECT idx, geometry FROM grid WHERE level = ? AND geometry IS NOT NULL ORDER BY idx"
            return [(int(i), bytes(g)) for i, g in cursor.execute(sql, [level]).fetchall()]

    def fault_counts(self) -> list[tuple[str, str, int]]:
        """(source table, reason, rows), the most frequent first."""
        self._answerable()
        sql = "SELECT source_table, reason, count(*) FROM fault GROUP BY ALL ORDER BY 3 DESC, 1, 2"
        with self.cursor() as cursor:
            return [(t, r, int(n)) for t, r, n in cursor.execute(sql).fetchall()]

    def not_located(self) -> int:
        """Events that are in no cell of the grid: counted in every sum, on no map.  0 where there is no grid at all."""
        with self.cursor() as cursor:
            found = cursor.execute("SELECT count(*) FROM event WHERE l1 = -1 AND EXISTS (SELECT 1 FROM grid)").fetchone()
        return int(found[0])

    def faults(self, limit: int = 100) -> list[dict[str, Any]]:
        """The newest rows that were kept aside, with the reason."""
        names = ("source_table", "row_key", "reason", "detail", "seen_at")
        sql = f"SELECT {', '.join(names)} FROM fault ORDER BY seen_at DESC, source_table, row_key LIMIT ?"
        with self.cursor() as cursor:
            return [dict(zip(names, row, strict=True)) for row in cursor.execute(sql, [int(limit)]).fetchall()]

    def cases_of_faults(self, limit: int = 100) -> dict[tuple[str, str], tuple[int, str | None]]:
        """(source table, row key) -> (event, its case number), of the rows of ``faults`` that belong to a known event."""
        sql = """
            WITH newest AS (SELECT source_table, row_key FROM fault ORDER BY seen_at DESC, source_table, row_key LIMIT ?),
            own AS (
                SELECT source_table, row_key, coalesce(l.eid, try_cast(replace(row_key, 'of ', '') AS BIGINT)) AS eid
                FROM newest LEFT JOIN ledger AS l ON source_table = 'transition' AND l.tkey = try_cast(row_key AS BIGINT)
                WHERE source_table = 'event' OR l.eid IS NOT NULL OR row_key LIKE 'of %')
            SELECT source_table, row_key, any_value(e.eid), any_value(e.case_number)
            FROM own JOIN event AS e ON e.eid = own.eid GROUP BY ALL"""
        with self.cursor() as cursor:
            return {(t, k): (int(e), n) for t, k, e, n in cursor.execute(sql, [int(limit)]).fetchall()}

    # ---------------------------------------------------------------- writing
    @contextlib.contextmanager
    def writing(self) -> Iterator[Writing]:
        """One transaction: everything in it is there after a kill -9, or nothing is.  Raises FactsFault."""
        with self._write_lock, self._for_writing() as cursor:
            cursor.execute("BEGIN TRANSACTION")
            try:
                writing = Writing(cursor)
                yield writing
                cursor.execute("COMMIT")
            except BaseException as error:
                with contextlib.suppress(duckdb.Error):
                    cursor.execute("ROLLBACK")
                if isinstance(error, duckdb.Error):
                    raise self._fault(error, "nothing was written: ") from error
                raise
            if writing.grid_changed:
                self._grid = None

    @contextlib.contextmanager
    def _for_writing(self) -> Iterator[Any]:
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

    def put(self, event_frame: Any, visit_frame: Any = None, *, now_ms: int | None = None) -> None:
        """Upsert hand-made rows (tests): frames or dicts of columns; what is left out is NULL, 0 or -1.

        ``is_open`` follows from ``closed_at`` and ``outcome`` where it is not given.  ``now_ms`` decides hot or cold.
        """
        events = complete_frame(EVENT, event_frame)
        visits = complete_frame(VISIT, visit_frame if visit_frame is not None else {})
        with self.writing() as writing:
            writing.upsert(np.asarray(events["eid"], np.int64), events, visits, None, now_ms or 0)

    def put_grid(self, rows: Mapping[str, Any]) -> None:
        """Write the grid (columns of ``data.schema.GRID``), parents before children; replaces what was there."""
        with self.writing() as writing:
            writing.grid(rows)

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file (60-320 ms); between ticks, every few minutes."""
        if self.read_only:
            return
        with self._write_lock, self._for_writing() as cursor, contextlib.suppress(duckdb.TransactionException):
            cursor.execute("CHECKPOINT")
        if self._opened is not None:
            self._opened.lasting()

    @contextlib.contextmanager
    def rebuilding(self) -> Iterator[Facts]:
        """Fill an empty store *beside* this one and swap when it is complete; until then readers see the old facts.

        A crash leaves the old file as it was; what was half built is thrown away by the next attempt.
        """
        if self.path == ":memory:":
            beside = Facts(self.url, ":memory:")
            yield beside
            self._swap(lambda: setattr(self, "_db", beside._db))
            return
        loading = self.path + ".loading"
        self._has_room()
        with self._disk():
            remove_file(loading)
        beside = Facts(self.url, loading)
        try:
            yield beside
            beside.checkpoint()
        except BaseException as error:
            if isinstance(error, DiskFault):
                self._room = sum(p.stat().st_size for p in (Path(loading), Path(loading + ".wal")) if p.exists())
            beside.close()
            remove_file(loading)
            raise
        beside.close()
        self._room = 0

        def replace() -> None:
            Path(self.path + ".wal").unlink(missing_ok=True)    # it was folded in when the old file was closed
            os.replace(loading, self.path)
            self._connect()

        with self._disk():
            self._swap(replace)

    def _has_room(self) -> None:
        """Raise DiskFault where the disk was full at the last load and is: the source is not read for nothing."""
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

    def _swap(self, replace: Any) -> None:
        with self._write_lock, self._gate:
            self._gate.wait_for(lambda: self._readers == 0)
            self._disconnect()
            self._lost = True           # until there is another: a failed swap leaves the old file, to be opened anew
            replace()
            self._lost, self._rebuilt, self._grid = False, True, None

    # ---------------------------------------------------------------- tables
    def _provide_tables(self) -> None:
        try:
            if self._has_tables():
                return
            self._refuse_others()
            if self.read_only:
                raise disk_fault(self.url, "its tables are of another version", False)
            self._create_tables()
        except duckdb.Error as error:
            raise self._fault(error) from error
        if self._watched is not None:
            self._watched.written()

    def _has_tables(self) -> bool:
        """Whether the tables are there *with today's columns*; a file of another schema is emptied and loaded anew."""
        found = self._db.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'main'"
        ).fetchall()
        return {r[0] for r in found} == {f"{t.name}.{c.name}" for t in FACTS.sorted_tables for c in t.columns}

    def _refuse_others(self) -> None:
        sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY 1"
        names = [r[0] for r in self._db.execute(sql).fetchall()]
        if names and not {"meta", "event_hot"} <= set(names):
            self._db.close()
            raise FactsFault(f"{self.url}: holds tables that are no facts ({', '.join(names[:4])}); nothing was touched, "
                             "name another file with --facts",
                             f"{self.url}：其中的表不是事实库的（{'、'.join(names[:4])}）；未作改动，请用 --facts 另指文件")

    def _create_tables(self) -> None:
        self._db.execute("BEGIN TRANSACTION")
        sql = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'main' ORDER BY 2 DESC"
        for name, kind in self._db.execute(sql).fetchall():
            self._db.execute(f'DROP {"VIEW" if kind == "VIEW" else "TABLE"} "{name}"')
        for table in FACTS.sorted_tables:
            if table.name not in VIEWS:
                self._db.execute(str(CreateTable(table).compile(dialect=_DIALECT)))
        for name in VIEWS:
            self._db.execute(f"CREATE VIEW {name} AS SELECT * FROM {name}_hot UNION ALL SELECT * FROM {name}_cold")
        self._db.execute("COMMIT")


@contextlib.contextmanager
def _limited(cursor: Any, limit_s: float | None) -> Iterator[None]:
    """Interrupt what ``cursor`` is doing after so many seconds."""
    if limit_s is None:
        yield
        return
    timer = threading.Timer(limit_s, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _path_of(url: str) -> str:
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise FactsFault(f"facts '{url}': not a URL; write e.g. duckdb:///var/facts.duckdb",
                         f"facts“{url}”不是地址；请写如 duckdb:///var/facts.duckdb") from None
    if parts.get_backend_name() != "duckdb":
        raise FactsFault(f"facts '{parts.render_as_string()}': the facts live in DuckDB; "
                         "write e.g. duckdb:///var/facts.duckdb",
                         f"facts“{parts.render_as_string()}”：事实库须为 DuckDB；请写如 duckdb:///var/facts.duckdb")
    return parts.database or ":memory:"


def _connect(url: str, path: str, read_only: bool = False) -> Any:
    # One thread: each question runs on the thread that asks it, so that niced analysts leave the tick alone.
    # Nothing may be fetched from outside, so extensions are neither installed nor loaded by themselves.
    # The newest storage: its log names the file and the checkpoint that it belongs to, so that no other's is played back.
    settings: dict[str, Any] = {"threads": 1, "memory_limit": "4GB", "autoinstall_known_extensions": False,
                "autoload_known_extensions": False, "storage_compatibility_version": "latest"}
    try:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        return duckdb.connect(path, read_only=read_only, config=settings)
    except (duckdb.Error, OSError) as error:
        said, trouble = str(error).splitlines()[0], trouble_of(error)
        if trouble == "lock":
            raise FactsFault(f"{url}: another process holds this file; ask that one (GET /api/read/...), stop it, "
                             f"or name another file with --facts",
                             f"{url}：另一进程正持有此文件；请问那一个（GET /api/read/...）、停止它，"
                             "或用 --facts 另指文件") from error
        if trouble in ("full", "read_only"):
            raise fault_of(url, error) from error
        file = Path(path)
        usable = trouble != "refused" and file.is_file() and os.access(file, os.R_OK | os.W_OK)
        kind = DamagedFacts if usable else FactsFault
        raise kind(f"{url}: cannot be opened as facts ({said}); remove it and it is built anew from the source, "
                   "or name another file with --facts",
                   f"{url}：不能作为事实库打开（{said}）；删去后会由源库重建，或用 --facts 另指文件") from error


def fault_of_damage(url: str, said: str) -> DamagedFacts:
    return DamagedFacts(f"{url}: the file is damaged ({said})", f"{url}：文件已损坏（{said}）")


__all__ = ["Facts", "remove_file", "schema_fingerprint"]
