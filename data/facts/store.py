"""The facts store: a DuckDB file that one process owns, read in one transaction and written by one thread.

``Facts`` reads; ``data.facts.file`` opens the file, and ``data.facts.writer.Writing`` is one transaction of changes.
Statements are SQLAlchemy values (``data.facts.compile``) and run on a cursor of their own, because fetching columns
through the raw cursor is several times faster than rows through a Result.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import duckdb
import numpy as np
from duckdb import DuckDBPyConnection

from data.city.city import Grid
from data.errors import TooManyRequestsError
from data.facts.case_reads import Guard
from data.facts.compile import Compiler
from data.facts.fetch import fetch
from data.facts.file import FactsFile
from data.facts.rows import Rows
from data.facts.schema import EVENT, VISIT
from data.facts.writer import COLD_BEFORE, Writing, complete_frame
from data.jobs.priority import lower_priority
from data.text import Text
from data.types.records import Values
from data.types.sql import AnyStatement


class Facts(FactsFile):
    """One open store.  ``read`` may be called from any thread; ``writing`` from one at a time (a lock keeps it so)."""

    def __init__(self, url: str, path: str) -> None:
        super().__init__(url, path)
        self._grid: Grid | None = None
        self.compiler = Compiler()
        self._lane = ThreadPoolExecutor(1, "facts")  # the second thread of read_wide, and of read_helped
        self._helper = ThreadPoolExecutor(1, "facts-helper", initializer=lower_priority)
        self.guard: Guard | None = None  # set by a server: rejects statements that name cases outside the gate

    def _emptied(self) -> None:
        self._grid = None

    def close(self) -> None:
        super().close()
        self._lane.shutdown()
        self._helper.shutdown()

    # ---------------------------------------------------------------- reading
    def read(
        self,
        statements: Mapping[str, AnyStatement],
        moved: Mapping[str, tuple[int, int]] | None = None,
        *,
        limit_s: float | None = None,
    ) -> tuple[dict[str, str], dict[str, Rows]]:
        """(meta, answers): all statements in ONE transaction, ``meta`` first, on the caller's thread.

        ``moved`` gives, by name, the instant (ms) that a statement was built for and the one it is run for.
        ``limit_s``: abort after this many seconds (TooManyRequestsError).

        Each answer is a dict of arrays: whole numbers int64 with -1 for NULL, fractions float64 with NaN, text object
        with None.  Raises FactsError.
        """
        if statements:
            self.check_answerable()
        with self._guarded(statements) as counted, self._transaction() as (cursor, meta), _limited(cursor, limit_s):
            return meta, counted(self._answers(cursor, meta, deque(statements.items()), moved or {}))

    def read_wide(
        self, statements: Mapping[str, AnyStatement], moved: Mapping[str, tuple[int, int]] | None = None
    ) -> tuple[dict[str, str], dict[str, Rows]]:
        """As ``read``, on two threads: for the tick, whose many statements hold up a commit (a third less time).

        Both transactions begin while no commit is possible, so that they see the same state of the facts.
        """
        self.check_answerable()
        todo = deque(statements.items())
        with contextlib.ExitStack() as both:
            counted = both.enter_context(self._guarded(statements))
            with self._write_lock:
                cursor, meta = both.enter_context(self._transaction())
                other, _ = both.enter_context(self._transaction())
            return meta, counted(self._on_two(self._lane, cursor, other, meta, todo, moved or {}))

    def read_helped(
        self, statements: Mapping[str, AnyStatement], *, limit_s: float | None = None
    ) -> tuple[dict[str, str], dict[str, Rows]]:
        """As ``read``, helped by a low-priority thread if that is idle and nobody is writing: for the desk."""
        self.check_answerable()
        if not self._write_lock.acquire(blocking=False):
            return self.read(statements, limit_s=limit_s)
        todo = deque(statements.items())
        with contextlib.ExitStack() as both:
            try:
                counted = both.enter_context(self._guarded(statements))
                cursor, meta = both.enter_context(self._transaction())
                other, _ = both.enter_context(self._transaction())
            finally:
                self._write_lock.release()
            both.enter_context(_limited(cursor, limit_s))
            both.enter_context(_limited(other, limit_s))
            return meta, counted(self._on_two(self._helper, cursor, other, meta, todo, {}))

    @contextlib.contextmanager
    def _guarded(self, statements: Values) -> Iterator[Callable[[dict[str, Rows]], dict[str, Rows]]]:
        """A function that counts the cases named in the answers before the caller gets them."""
        guard = self.guard
        names = guard.before(statements) if guard is not None else ()

        def counted(answers: dict[str, Rows]) -> dict[str, Rows]:
            if guard is not None and names:
                guard.after(names, statements, answers)
            return answers

        yield counted

    def _on_two(
        self,
        lane: ThreadPoolExecutor,
        cursor: DuckDBPyConnection,
        other: DuckDBPyConnection,
        meta: Mapping[str, str],
        todo: deque[tuple[str, AnyStatement]],
        moved: Mapping[str, tuple[int, int]],
    ) -> dict[str, Rows]:
        """Answer ``todo`` on this thread and, as soon as it is free, on ``lane``'s."""
        beside = lane.submit(self._answers, other, meta, todo, moved)
        try:
            found = self._answers(cursor, meta, todo, moved)
        finally:
            todo.clear()
            if not beside.cancel():  # it had begun
                wait([beside])  # its cursor is closed when we return
        if not beside.cancelled():
            found.update(beside.result())
        return found

    def _answers(
        self,
        cursor: DuckDBPyConnection,
        meta: Mapping[str, str],
        todo: deque[tuple[str, AnyStatement]],
        moved: Mapping[str, tuple[int, int]],
    ) -> dict[str, Rows]:
        """Answer statements from ``todo`` until none is left; two threads may take from the same ``todo``."""
        found: dict[str, Rows] = {}
        cold_before = int(meta[COLD_BEFORE]) if COLD_BEFORE in meta else None
        while True:
            try:
                name, statement = todo.popleft()
            except IndexError:
                return found
            found[name] = fetch(cursor.execute(self.compiler.sql(statement, moved.get(name), cold_before)))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[tuple[DuckDBPyConnection, dict[str, str]]]:
        """(cursor, meta): a transaction that has read ``meta`` and so sees the state that it describes."""
        with self.cursor() as cursor:
            try:
                cursor.execute("BEGIN TRANSACTION READ ONLY")
                yield cursor, dict(cursor.execute("SELECT key, value FROM meta").fetchall())
                cursor.execute("COMMIT")
            except BaseException as error:
                with contextlib.suppress(duckdb.Error):
                    cursor.execute("ROLLBACK")
                if isinstance(error, duckdb.InterruptException):
                    raise TooManyRequestsError(
                        "this takes too long; narrow it: a shorter window, an area, a category",
                        "查询耗时过长，请缩小范围：更短时段、某一区域或类别",
                    ) from None
                raise

    def meta(self) -> dict[str, str]:
        """Watermarks, fingerprints, newest record ...; {} before the first load."""
        return self.read({})[0]

    def grid(self) -> Grid:
        """The grid below the city, cached until it is rewritten."""
        if self._grid is None:
            columns = "code, parent, level, name, name_en, population"
            with self.cursor() as cursor:
                rows = fetch(cursor.execute(f"SELECT {columns} FROM grid ORDER BY idx"))
            names = zip(rows["name"], rows["name_en"], strict=True)
            self._grid = Grid(
                code=tuple(rows["code"].tolist()),
                name=tuple(Text(zh=zh, en=en or zh) for zh, en in names),
                level=rows["level"].astype(np.int16),
                parent=rows["parent"].astype(np.int32),
                population=rows["population"].astype(np.int32),
                shapes=self._shapes,
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

    # ---------------------------------------------------------------- writing
    @contextlib.contextmanager
    def writing(self) -> Iterator[Writing]:
        """One transaction: after a kill -9 all of it is there, or nothing.  Raises FactsError."""
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

    def put(self, event_frame: Any, visit_frame: Any = None, *, now_ms: int | None = None) -> None:
        """Upsert hand-made rows (tests): frames or dicts of columns; missing columns are NULL, 0 or -1.

        ``is_open`` follows from ``closed_at`` and ``outcome`` where it is not given.  ``now_ms`` decides hot or cold.
        """
        events = complete_frame(EVENT, event_frame)
        visits = complete_frame(VISIT, visit_frame if visit_frame is not None else {})
        with self.writing() as writing:
            writing.upsert(np.asarray(events["eid"], np.int64), events, visits, None, now_ms or 0)

    def put_grid(self, rows: Values) -> None:
        """Write the grid (columns of ``data.facts.schema.GRID``), parents before children; replaces what was there."""
        with self.writing() as writing:
            writing.grid(rows)


@contextlib.contextmanager
def _limited(cursor: DuckDBPyConnection, limit_s: float | None) -> Iterator[None]:
    """Interrupt what ``cursor`` is doing after ``limit_s`` seconds."""
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


__all__ = ["Facts"]
