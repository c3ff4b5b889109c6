"""The facts store: a DuckDB file that one process owns, read in one transaction and written by one thread.

``Facts`` reads; ``data.facts.file`` opens the file, and ``data.facts.writer.Writing`` is one transaction of changes.
Statements are SQLAlchemy values compiled with the DuckDB dialect and run on a cursor of their own, because fetching columns
through the raw cursor is several times faster than rows through a Result.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import duckdb
import numpy as np
from duckdb import DuckDBPyConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import TextClause

from data.city.city import Grid
from data.errors import TooMuch
from data.facts.case_reads import Guard
from data.facts.fetch import fetch, only_row
from data.facts.file import FactsFile
from data.facts.hot_cold import Written
from data.facts.literals import literal
from data.facts.rows import Rows
from data.facts.schema import EVENT, FACTS, VISIT
from data.facts.tables import DIALECT
from data.facts.writer import COLD_BEFORE, Writing, complete_frame
from data.jobs.priority import last_in_line
from data.text import Text
from data.types.records import Record, Values
from data.types.sql import AnyStatement

#: Clocks of a source and of this machine may differ by so much before a time is said to lie ahead.
AHEAD_MS = 300_000
#: The key of ``meta`` that holds how many vital signs lie ahead.
AHEAD_SIGNS = "ahead.sign"
#: Raise it when the *meaning* of a column changes; its columns' names and types are in the fingerprint already.
SCHEMA_VERSION = "7"
#: Statements share their columns, which keep what the compiler finds out about them: two threads that compiled at once ended the
#: interpreter once (a segmentation fault in CPython 3.11.7).  Compiling holds the interpreter anyway, so that nothing is lost.
_COMPILING = threading.Lock()
#: Where a compiled statement holds a value, or the list of an IN.
_PLACE = re.compile(r"%\((\w+)\)s|__\[POSTCOMPILE_(\w+)\]|%%")


def schema_fingerprint() -> str:
    """Every table and column of the facts, and the version of their meaning."""
    words = [SCHEMA_VERSION] + [f"{t.name}.{c.name}:{c.type!r}" for t in FACTS.sorted_tables for c in t.columns]
    return hashlib.sha256("\n".join(sorted(words)).encode()).hexdigest()[:16]


class Facts(FactsFile):
    """One open store.  ``read`` may be called from any thread; ``writing`` from one at a time (a lock keeps it so)."""

    def __init__(self, url: str, path: str) -> None:
        super().__init__(url, path)
        self._grid: Grid | None = None
        self._compiled: dict[object, tuple[SQLCompiler, Written]] = {}
        self._lane = ThreadPoolExecutor(1, "facts")  # the second thread of read_wide, and of read_helped
        self._helper = ThreadPoolExecutor(1, "facts-helper", initializer=last_in_line)
        self.guard: Guard | None = None  # a server's: it answers no statement that names cases beside the gate

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
        """(meta, answers): all statements in ONE transaction, ``meta`` first, on the thread that asks.

        ``moved`` gives, by name, the instant (ms) that a statement was built for and the one it is asked for.
        ``limit_s``: given up (TooMuch) after so many seconds.

        Each answer is a dict of arrays: whole numbers int64 with -1 for NULL, fractions float64 with NaN, text object
        with None.  Raises FactsFault.
        """
        if statements:
            self._answerable()
        with self._guarded(statements) as counted, self._transaction() as (cursor, meta), _limited(cursor, limit_s):
            return meta, counted(self._answers(cursor, meta, deque(statements.items()), moved or {}))

    def read_wide(
        self, statements: Mapping[str, AnyStatement], moved: Mapping[str, tuple[int, int]] | None = None
    ) -> tuple[dict[str, str], dict[str, Rows]]:
        """As ``read``, on two threads: for the tick, whose many statements a commit waits for (a third of the time off).

        Both transactions begin while nobody can commit, so that they stand on the same state of the facts.
        """
        self._answerable()
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
        """As ``read``, helped by a niced thread where that has nothing else to do and nobody is writing: for the desk."""
        self._answerable()
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
        """What counts the cases that are named in the answers, before anybody has them."""
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
                wait([beside])  # its cursor is closed behind us
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
    def _transaction(self) -> Iterator[tuple[DuckDBPyConnection, dict[str, str]]]:
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
                    raise TooMuch(
                        "this takes too long; narrow it: a shorter window, an area, a category",
                        "查询耗时过长，请缩小范围：更短时段、某一区域或类别",
                    ) from None
                raise

    def compile(self, statement: AnyStatement, moved: tuple[int, int] | None = None, cold_before: int | None = None) -> str:
        """DuckDB SQL with its values written in; a statement of the same shape is compiled once.  A value that equals
        ``moved[0]`` is written as ``moved[1]``.  ``cold_before``: see ``data.facts.hot_cold``.

        Compiling costs more than many of the questions themselves, and each tick asks the same ones with other instants.
        """
        key = statement._generate_cache_key()
        if key is None:
            with _COMPILING:
                return str(statement.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
        known = self._compiled.get(key.key)
        if known is None:
            if len(self._compiled) > 1000:
                self._compiled.clear()
            with _COMPILING:
                compiled = statement._compiler(DIALECT, cache_key=key)
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

    def fault_counts(self) -> list[tuple[str, str, int]]:
        """(source table, reason, rows), the most frequent first."""
        self._answerable()
        sql = "SELECT source_table, reason, count(*) FROM fault GROUP BY ALL ORDER BY 3 DESC, 1, 2"
        with self.cursor() as cursor:
            return [(t, r, int(n)) for t, r, n in cursor.execute(sql).fetchall()]

    def not_located(self) -> int:
        """Events that are in no cell of the grid: counted in every sum, on no map.  0 where there is no grid at all.  Sensitive
        ones are not counted: a wall says this number."""
        with self.cursor() as cursor:
            outside = "SELECT count(*) FROM event WHERE l1 = -1 AND sensitive = 0 AND EXISTS (SELECT 1 FROM grid)"
            return int(only_row(cursor.execute(outside))[0])

    def ahead(self, now_ms: int) -> int:
        """Events with a time (report, log, end) that lies ahead of ``now_ms`` by more than clocks differ, and such vital signs.
        They are in no figure until then.  Of sensitive events nothing is told."""
        late = now_ms + AHEAD_MS
        with self.cursor() as cursor:
            sql = "SELECT count(*) FROM event_hot WHERE sensitive = 0 AND (reported_at > ? OR last_at > ? OR closed_at > ?)"
            found = only_row(cursor.execute(sql, [late, late, late]))
            signs = cursor.execute(f"SELECT value FROM meta WHERE key = '{AHEAD_SIGNS}'").fetchone()
        return int(found[0]) + (int(signs[0]) if signs else 0)

    def faults(self, limit: int = 100) -> list[Record]:
        """The newest rejected rows, with the reason."""
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

    def put(self, event_frame: Any, visit_frame: Any = None, *, now_ms: int | None = None) -> None:
        """Upsert hand-made rows (tests): frames or dicts of columns; what is left out is NULL, 0 or -1.

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


__all__ = ["Facts", "schema_fingerprint"]
