"""The platform's database, read-only: the contract's tables through the SELECTs of a mapping.

Every read is one transaction.  A bulk read comes as Arrow where the driver can (SQLite through ADBC, DuckDB itself),
else as rows; a tick reads rows.  Raises SourceFault with the password-free URL and the remedy.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import adbc_driver_manager
import duckdb
import pyarrow as pa
from sqlalchemy import TextClause, bindparam, inspect, make_url, text
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from data.errors import SourceFault, did_you_mean, did_you_mean_zh
from data.secrets.masking import masked, remember
from data.source import files, mysql, postgres
from data.source.columns import BAD, NONE, Cells, Frame, Rules, frame, instant
from data.source.connection import engine_of
from data.source.contract import METADATA
from data.source.faults import KINDS, fault_of, kind_of, unfit
from data.source.identity import EXACT, ID_COLUMNS, NOBODY, BadText, Kinds, alike_of, identity, text_of
from data.source.mapping import REQUIRED
from data.source.mapping import Mapping as MappingFile
from data.source.questions import LIMITS, OPENING_S, Limits, Question, Questions, Waiting
from data.source.stage_columns import expanded
from data.source.statement import files_in
from data.source.timestamps import spelling_of
from data.types.records import Given, GivenRow, Values

CHUNK = 500
#: At most so many faulty change stamps that sort after the newest time are passed over.
FAULTY_STAMPS = 100
#: Columns of the contract that no fact stands on (yet): not read at all.
_UNUSED = {"actor"}
#: What is true of a text with a letter in it.
_LETTERED = {
    "sqlite": "{} GLOB '*[A-Za-z]*'",
    "mysql": "{} REGEXP '[A-Za-z]'",
    "mariadb": "{} REGEXP '[A-Za-z]'",
    "postgresql": "CAST({} AS TEXT) ~ '[A-Za-z]'",
}
#: Read only of the events that come without a grid code: these are located by their coordinates.
_PLACE = ("lon", "lat")
#: Of so many ids of a column it is looked how they are typed and compared.
SAMPLE = 200


@dataclass(frozen=True)
class Rows:
    """Rows as the driver gave them."""

    columns: tuple[str, ...]
    rows: Sequence[GivenRow]

    def at(self, name: str) -> int:
        return self.columns.index(name)

    def column(self, name: str) -> Given:
        i = self.at(name)
        return [r[i] for r in self.rows]


class Source:
    """``Source.open(source, mapping)``; the connection is made (and the mapping checked) at the first read.

    ``limit_s``: what one question may take now, a load's limit where nobody says ``within``.
    """

    def __init__(self, url: URL, mapping: MappingFile, data_file: files.DataFile | None = None, limits: Limits = LIMITS) -> None:
        self.data_file, self._written = data_file, mapping.selects
        self.mapping = mapping.reading(data_file) if data_file else mapping
        self.url = url
        own = url.render_as_string(hide_password=False)
        remember(own)
        self.name = str(data_file.path) if data_file else masked(own).replace("%3Amemory%3A", ":memory:")
        self.dialect = url.get_backend_name()
        self._engine: Engine | None = None
        self.limits, self.limit_s = limits, limits.load_s
        self._questions = Questions(self.name)
        self._rows_of = {t: named.rows for t, named in self.mapping.tables.items()}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._kinds: dict[tuple[str, str], Kinds] = {}
        self.not_found: frozenset[tuple[str, str]] = frozenset()
        self.rules = Rules(mapping.zone, mapping.codes, never=frozenset(mapping.mapping.never))  # type: ignore[arg-type]

    @classmethod
    def open(cls, url: str | None, mapping: MappingFile, limits: Limits = LIMITS) -> Source:
        """``url`` None = the source that the mapping names; a data file where its SELECTs say ``{source}``.

        Raises SourceFault for what is no URL, and for a source that the mapping was not written for.
        """
        named = url or mapping.mapping.source
        if files.reads_file(mapping.selects) or files.is_data_file(named):
            return cls._open_file(named, mapping, limits)
        try:
            parsed = make_url(named)
            return cls(parsed, expanded(mapping, parsed.get_backend_name()), None, limits)
        except (ArgumentError, ValueError):
            raise SourceFault(
                f"source '{url}': not a URL; write e.g. sqlite:///var/city.sqlite",
                f"数据源“{url}”不是地址，请写如 sqlite:///var/city.sqlite",
            ) from None

    @classmethod
    def _open_file(cls, named: str, mapping: MappingFile, limits: Limits) -> Source:
        if what := files.misfit(named, mapping.selects):
            raise SourceFault(
                f"source '{named}' {what} (mapping '{mapping.mapping.id}')",
                f"数据源“{named}”{what.zh}（映射 {mapping.mapping.id}）",
            )
        return cls(make_url(files.ENGINE), mapping, files.DataFile.of(named, mapping.folder), limits)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None

    def stop(self) -> None:
        """Break off whatever is being asked, from any thread, and ask nothing more: for a server that ends."""
        self._questions.stop()

    # ---------------------------------------------------------------- how long
    def waiting(self) -> Waiting | None:
        """The question that the source has not answered yet."""
        return self._questions.waiting()

    @contextlib.contextmanager
    def within(self, limit_s: float) -> Iterator[None]:
        """Each question that is asked in here may take ``limit_s`` seconds."""
        before, self.limit_s = self.limit_s, limit_s
        try:
            yield
        finally:
            self.limit_s = before

    def asking(
        self, what: str, connection: Any = None, limit_s: float | None = None
    ) -> contextlib.AbstractContextManager[Question]:
        """Note a question of a table (or ``connect``) while it is asked; ``connection`` is the driver's own."""
        return self._questions.asking(what, self.limit_s if limit_s is None else limit_s, connection)

    # ---------------------------------------------------------------- one transaction
    @contextlib.contextmanager
    def reading(self) -> Iterator[Reading]:
        """One read-only transaction: every query in it sees the same moment."""
        with self.asking("file", limit_s=OPENING_S):  # a share of a network may hang
            file = self.file
            away = file is not None and not file.exists()
        if away:
            self.close()  # an open handle would go on reading a file that was moved away
            raise SourceFault(
                f"{self.name}: there is no file {file}; name the database with --source, or write the "
                "demo city with 'python -m dashboard demo'",
                f"{self.name}：没有文件 {file}；请用 --source 指明数据库，或用 python -m dashboard demo 生成演示城市",
                "missing",
                KINDS["missing"].words,
            )
        reading: Reading | None = None
        try:
            connection = self._begun()
            try:
                reading = Reading(self, connection)
                if not self._columns:
                    self._check(reading)
                    self.learn(reading)
                yield reading
                with self.asking("", reading.driver, OPENING_S):
                    connection.rollback()
            finally:
                with contextlib.suppress(SQLAlchemyError, SourceFault), self.asking("", _driver(connection), OPENING_S):
                    if connection.engine is self._engine:
                        connection.close()
                if not connection.closed:  # the source was stopped or closed meanwhile: nobody takes it from the pool again
                    with contextlib.suppress(Exception):
                        connection.invalidate()
                        connection.close()
        except DBAPIError as error:
            raise fault_of(self.name, error.orig, reading.asked if reading else "") from error
        except (SQLAlchemyError, duckdb.Error, pa.ArrowException, adbc_driver_manager.Error) as error:  # the bulk read's, too
            raise fault_of(self.name, error, reading.asked if reading else "") from error

    def _begun(self) -> Connection:
        """A connection within a transaction; a new one where a pooled one is found dead."""
        for last in (False, True):
            with self.asking("connect", limit_s=OPENING_S) as question:
                try:
                    connection = self._connect()
                except BaseException:
                    with contextlib.suppress(Exception):  # made, and broken off before anybody had it
                        question.connection.close()
                    raise
            try:
                with self.asking("connect", _driver(connection), OPENING_S):
                    if self.dialect == "sqlite":
                        connection.exec_driver_sql("BEGIN")
                    elif self.dialect == "postgresql":
                        postgres.limit(connection, self.limit_s)
                    elif self.dialect in ("mysql", "mariadb"):
                        mysql.limit(connection, self.limit_s)
                return connection
            except BaseException as error:
                dead = isinstance(error, DBAPIError) and error.connection_invalidated
                with contextlib.suppress(SQLAlchemyError):
                    connection.close()
                if last or not dead:
                    raise
        raise AssertionError

    def _connect(self) -> Connection:
        if self.data_file is not None:
            self.data_file.paths()  # says in words that it is not there
        if self._engine is None:
            try:
                self._engine = engine_of(self.url, self._questions)
            except (NoSuchModuleError, ModuleNotFoundError) as error:
                forms = "sqlite:///var/city.sqlite, postgresql+psycopg://..., mysql+pymysql://..."
                raise SourceFault(
                    f"{self.name}: {error}; install the driver, or write e.g. {forms}",
                    f"{self.name}：{error}；请安装驱动，或写如 {forms}",
                    "driver",
                    KINDS["driver"].words,
                ) from error
        connection = self._engine.connect()
        if self.dialect == "postgresql":
            return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return connection

    @property
    def file(self) -> Path | None:
        """The file behind a SQLite or DuckDB URL."""
        name = self.url.database or ""
        if self.dialect not in ("sqlite", "duckdb") or name in ("", ":memory:") or name.startswith("file:"):
            return None
        return Path(name)

    def inode(self) -> int:
        """Which file it is (0 where the source is a server or in memory, or the file is away)."""
        try:
            return self.file.stat().st_ino if self.file else 0
        except OSError:
            return 0

    def files(self) -> list[Path]:
        """The files that a static source stands on: the database's own, the user's and those that its SELECTs name.

        Raises SourceFault where the user's is not there.
        """
        named = dict.fromkeys(f for sql in self._written.values() for f in files_in(sql))
        own = self.data_file.paths() if self.data_file else [self.file] if self.file else []
        return list(dict.fromkeys([*own, *(path for name in named for path in files.matches(Path(name)) or [Path(name)])]))

    def file_state(self) -> str:
        """Names, sizes and mtimes of ``files``; "" where there is none.  Raises SourceFault for a missing one."""
        parts = []
        for path in self.files():
            try:
                at = path.stat()
            except OSError:
                raise SourceFault(
                    f"{self.name}: there is no file {path}, which mapping '{self.mapping.mapping.id}' "
                    "names; paths are relative to the working directory",
                    f"{self.name}：没有映射 {self.mapping.mapping.id} 所写的文件 {path}；路径从工作目录算起",
                    "missing",
                    KINDS["missing"].words,
                ) from None
            parts.append(f"{path}:{at.st_size}:{at.st_mtime_ns}")
        return "|".join(parts)

    def _check(self, reading: Reading) -> None:
        found: dict[str, tuple[str, ...]] = {}
        for name, table in self.mapping.tables.items():
            columns = reading.rows(f"SELECT * FROM {table.rows} WHERE 1 = 0").columns
            place = f"{self.name}: mapping '{self.mapping.mapping.id}', table {name}"
            place_zh = f"{self.name}：映射 {self.mapping.mapping.id}，表 {name}"
            known = [c.name for c in METADATA.tables[name].columns]
            for column in columns:
                if column not in known:
                    raise unfit(
                        f"{place}: its SELECT delivers '{column}', which is not in the contract{did_you_mean(column, known)}",
                        f"{place_zh}：SELECT 给出的“{column}”不在约定的列里{did_you_mean_zh(column, known)}",
                        name,
                    )
            for column in (*REQUIRED[name], *([table.changed] if table.changed else [])):
                if column not in columns:
                    raise unfit(
                        f"{place}: its SELECT delivers no column '{column}'; add \"... AS {column}\"",
                        f'{place_zh}：SELECT 没有给出列“{column}”；请加 "... AS {column}"',
                        name,
                        column,
                    )
            found[name] = columns
        self._columns = found

    def learn(self, reading: Reading) -> bool:
        """Look how the source types and compares the ids of its events.  True where that is not what was known."""
        samples = {(t, c): reading.sample(t, c, SAMPLE) for t, c in ID_COLUMNS if t in self._columns}
        self._kinds = {place: Kinds.of(values) for place, values in samples.items()}
        for place, values in samples.items():
            if self._kinds[place].text and not any(isinstance(v, str) and v.swapcase() != v for v in values):
                values += reading.lettered(*place)
        self.not_found = frozenset(place for place, values in samples.items() if not reading.finds(*place, values))
        exact = self.dialect == "duckdb" or not any(k.text or k.uuid for k in self._kinds.values())
        found = EXACT if exact else alike_of(samples, reading.looks_alike)
        other, self.rules = found != self.rules.alike, replace(self.rules, alike=found)
        return other

    def heed(self, reading: Reading, table: str, column: str, values: Iterable[object]) -> bool:
        """Look anew where ``values`` of an id column are of a type that it did not have before.  True where the source then
        compares otherwise than was known."""
        known, seen = self._kinds.get((table, column), Kinds()), Kinds.of(values)
        if (known | seen) == known:
            return False
        other = self.learn(reading)
        self._kinds[table, column] |= seen  # the sample may have missed it
        return other

    def identity(self, value: object, table: str = "event") -> int:
        """The integer that stands for an event's id, however the source spells it in its events or (``table``) its log."""
        return identity(value, self.rules.alike.of(table))

    def frame(self, table: str, columns: Mapping[str, Cells]) -> Frame:
        """Type what was read of a contract table, with the mapping's zone, code maps and order."""
        return frame(table, columns, self.rules, self.mapping.tables[table].order)  # type: ignore[index]

    def frame_of(self, table: str, rows: Rows) -> Frame:
        return self.frame(table, {c: [r[i] for r in rows.rows] for i, c in enumerate(rows.columns)})


class Reading:
    """Queries in one transaction of a ``Source``."""

    def __init__(self, source: Source, connection: Connection) -> None:
        self._source, self._connection = source, connection
        self.dialect, self.driver = connection.dialect, _driver(connection)
        self.asked = ""  # the contract's table that was asked for last

    def rows(self, sql: str, **values: object) -> Rows:
        self.asked = next((t for t, rows in self._source._rows_of.items() if rows in sql), "")
        with self._source.asking(self.asked, self.driver):
            try:
                result = self._connection.execute(_text(sql, values), values)
                return Rows(tuple(result.keys()), [tuple(r) for r in result.fetchall()])
            except UnicodeError as error:  # a driver's, of bytes that are no text
                raise fault_of(self._source.name, error, self.asked) from error

    def sql_of(self, table: str) -> str:
        """The table's SELECT, cut to the columns that the facts stand on."""
        columns = self.columns_of(table)
        names = ", ".join(self._cell(c, "grid" in columns) for c in columns)
        return f"SELECT {names} FROM {self._source.mapping.tables[table].rows}"  # type: ignore[index]

    def _cell(self, column: str, coded: bool) -> str:
        name = self.quoted(column)
        if column in _PLACE and coded:
            return f"CASE WHEN q.{self.quoted('grid')} IS NULL THEN q.{name} END AS {name}"
        return f"q.{name}"

    def columns_of(self, table: str) -> tuple[str, ...]:
        return tuple(c for c in self._source._columns[table] if c not in _UNUSED)

    def changed(self, table: str, since: object) -> Rows:
        """Rows whose change column is ``since`` or newer (an index range where the source has the index)."""
        column = self.quoted(self._source.mapping.tables[table].changed)  # type: ignore[index]
        return self.rows(f"{self.sql_of(table)} WHERE q.{column} >= :gridwall_since", gridwall_since=since)

    def by(self, table: str, column: str, wanted: Mapping[int, Iterable[object]]) -> Rows:
        """Rows of the events ``wanted`` (identity -> how rows spell its id; NOBODY = rows without an id), asked in chunks.

        The source may find more than was meant, since it may compare more loosely than we tell ids apart: what is of no
        wanted event is left out, so that exactly the rows of ``wanted`` come back, each once.
        """
        source, kinds = self._source, self._source._kinds.get((table, column), Kinds())
        spelled = [(eid, kinds.spelled(values)) for eid, values in wanted.items() if eid != NOBODY]
        columns = self.columns_of(table)
        at = columns.index(column)
        asked = f"{self.sql_of(table)} WHERE q.{self.quoted(column)}"
        if (table, column) in source.not_found:
            answer = self.rows(self.sql_of(table) if NOBODY in wanted else f"{asked} IS NOT NULL")
            return Rows(columns, [r for r in answer.rows if source.identity(r[at], table) in wanted])
        found: list[GivenRow] = []
        if NOBODY in wanted:
            found.extend(self.rows(f"{asked} IS NULL").rows)
            found.extend(r for r in self._nameless(table, column) if source.identity(r[at], table) == NOBODY)
        for i in range(0, len(spelled), CHUNK):
            part = spelled[i : i + CHUNK]
            values = list(dict.fromkeys(v for _, some in part for v in some))
            eids = {eid for eid, _ in part}
            broken = [v.raw for v in values if isinstance(v, BadText)]
            values = [v for v in values if not isinstance(v, BadText)]
            if source.dialect == "sqlite":  # holds as a float what is longer than its integers
                values = [float(v) if isinstance(v, int) and not -(2**63) <= v < 2**63 else v for v in values]
            if values:
                answer = self.rows(f"{asked} IN :gridwall_chosen", gridwall_chosen=values)
                found.extend(r for r in answer.rows if source.identity(r[at], table) in eids)
            if broken:  # only SQLite keeps them, and only as bytes can they be asked for
                cast = f"CAST(q.{self.quoted(column)} AS BLOB)"
                answer = self.rows(f"{self.sql_of(table)} WHERE {cast} IN :gridwall_chosen", gridwall_chosen=broken)
                found.extend(r for r in answer.rows if isinstance(r[at], BadText) and source.identity(r[at], table) in eids)
        return Rows(columns, found)

    def finds(self, table: str, column: str, values: Sequence[object]) -> bool:
        """Whether the source finds a row again by the id that it delivered, one of each type tried: not a FLOAT (0.1 is not
        0.1 there), nor BIT(n), nor JSON (which it does not compare at all)."""
        source, kinds = self._source, self._source._kinds[table, column]
        if source.dialect in ("sqlite", "duckdb"):  # compare whatever they deliver
            return True
        sql = (
            f"SELECT q.{self.quoted(column)} FROM {source.mapping.tables[table].rows} "  # type: ignore[index]
            f"WHERE q.{self.quoted(column)} IN :gridwall_chosen LIMIT {SAMPLE}"
        )
        for value in {type(v): v for v in values if text_of(v) is not None and not isinstance(v, BadText)}.values():
            try:
                with self._connection.begin_nested():
                    answer = self.rows(sql, gridwall_chosen=kinds.spelled([value]))
            except DBAPIError as error:
                if _is_away(error):
                    raise
                return False
            if text_of(value) not in [text_of(v) for (v,) in answer.rows]:
                return False
        return True

    def _nameless(self, table: str, column: str) -> Sequence[GivenRow]:
        """Rows whose id is there and none: a text of nothing, a list, no number."""
        if self._source._kinds.get((table, column), Kinds()).odd:
            return self.rows(f"{self.sql_of(table)} WHERE q.{self.quoted(column)} IS NOT NULL").rows
        if not self._source._kinds.get((table, column), Kinds()).text:
            return ()
        return self.rows(f"{self.sql_of(table)} WHERE q.{self.quoted(column)} = :gridwall_nothing", gridwall_nothing="").rows

    def only_numbers(self, table: str, column: str) -> bool:
        """Whether the column's ids, as far as they were looked at, are all numbers."""
        return self._source._kinds.get((table, column)) == Kinds(number=True)

    def sample(self, table: str, column: str, n: int) -> Given:
        """At most ``n`` values of a column, NULL left out; of a SQLite column so many of each type that it holds."""
        name = f"q.{self.quoted(column)}"
        rows = self._source.mapping.tables[table].rows  # type: ignore[index]
        types = ("integer", "real", "text", "blob") if self._source.dialect == "sqlite" else ()
        chosen = [f"typeof({name}) = '{t}'" for t in types] or [f"{name} IS NOT NULL"]
        return [v for where in chosen for (v,) in self.rows(f"SELECT {name} FROM {rows} WHERE {where} LIMIT {int(n)}").rows]

    def lettered(self, table: str, column: str) -> Given:
        """One value of a column of texts that has a letter in it, for a source whose first ids have none; [] without one."""
        condition = _LETTERED.get(self._source.dialect)
        if condition is None:
            return []
        name = f"q.{self.quoted(column)}"
        rows = self._source.mapping.tables[table].rows  # type: ignore[index]
        return [v for (v,) in self.rows(f"SELECT {name} FROM {rows} WHERE {condition.format(name)} LIMIT 1").rows]

    def looks_alike(self, table: str, column: str, text: str) -> Given:
        """As ``look_up``; nothing where the column cannot be compared with such a text (latin1 with ć, dates)."""
        try:
            with self._connection.begin_nested():
                return self.look_up(table, column, text)
        except DBAPIError as error:
            if _is_away(error):
                raise
            return []

    def look_up(self, table: str, column: str, text: str, give: str = "") -> Given:
        """The values of a column that the source takes for ``text``; with ``give`` those of another column of their rows."""
        rows = self._source.mapping.tables[table].rows  # type: ignore[index]
        sql = f"SELECT q.{self.quoted(give or column)} FROM {rows} WHERE q.{self.quoted(column)} = :gridwall_text LIMIT {SAMPLE}"
        return [v for (v,) in self.rows(sql, gridwall_text=text).rows]

    def quoted(self, name: str) -> str:
        """A column's name for this dialect: ``key`` and ``at`` are words of some."""
        return str(self.dialect.identifier_preparer.quote_identifier(name))

    def count(self, table: str) -> int:
        sql = f"SELECT count(*) FROM {self._source.mapping.tables[table].rows}"  # type: ignore[index]
        return int(self.rows(sql).rows[0][0])

    def newest(self, table: str) -> object:
        """The newest change stamp, as the source spells it, faulty ones passed over; None where there is none.

        Raises SourceFault where the stamps are no times.
        """
        column = self.quoted(self._source.mapping.tables[table].changed)  # type: ignore[index]
        sql = f"SELECT max(q.{column}) FROM {self._source.mapping.tables[table].rows}"  # type: ignore[index]
        last = found = self.rows(sql).rows[0][0]
        for _ in range(FAULTY_STAMPS):
            if found is None or instant(found, self._source.mapping.zone) not in (NONE, BAD):
                break
            found = self.rows(f"{sql} WHERE q.{column} < :gridwall_since", gridwall_since=found).rows[0][0]
        if last is not None:
            spelling_of(last if found is None else found)
        return found

    def oldest(self, table: str, n: int) -> Rows:
        """(key, change stamp) of the ``n`` rows that have not changed for the longest time."""
        named = self._source.mapping.tables[table]  # type: ignore[index]
        own = self.quoted("id" if table == "event" else "key")
        changed = self.quoted(named.changed)
        return self.rows(
            f"SELECT q.{own}, q.{changed} FROM {named.rows} WHERE q.{changed} IS NOT NULL ORDER BY q.{changed} LIMIT {int(n)}"
        )

    def oldest_running(self) -> datetime | None:
        """When the oldest transaction that is still writing began (PostgreSQL; None where it is not known).

        Its rows will carry that stamp (``now()`` is the transaction's start) or a later one when it commits, so the
        next tick must read back to it.  Needs no right beyond pg_stat_activity; sessions of other users show their
        start only to members of pg_read_all_stats.
        """
        if self._source.dialect != "postgresql":
            return None
        found = self.rows(
            "SELECT min(xact_start) FROM pg_stat_activity WHERE backend_xid IS NOT NULL "
            "AND pid <> pg_backend_pid() AND datname = current_database()"
        ).rows[0][0]
        return found if isinstance(found, datetime) else None

    def filled(self, table: str) -> tuple[int, dict[str, int]]:
        """(rows, how many of them are NULL in each column that the SELECT delivers)."""
        columns = self._source._columns[table]
        counts = ", ".join(f"count(q.{self.quoted(c)})" for c in columns)
        sql = f"SELECT count(*), {counts} FROM {self._source.mapping.tables[table].rows}"  # type: ignore[index]
        rows, *known = (int(n) for n in self.rows(sql).rows[0])
        return rows, {c: rows - n for c, n in zip(columns, known, strict=True)}

    def leading(self, table: str, schema: str | None) -> set[str] | None:
        """Columns that an index or a key of a table of the source begins with; None where it is no table (a view)."""
        inspector = inspect(self._connection)
        if not inspector.has_table(table, schema) or table in inspector.get_view_names(schema):
            return None
        keys: list[Sequence[Any]] = [inspector.get_pk_constraint(table, schema)["constrained_columns"]]
        keys += [i["column_names"] for i in inspector.get_indexes(table, schema)]
        keys += [u["column_names"] for u in inspector.get_unique_constraints(table, schema)]
        return {str(k[0]) for k in keys if k and k[0] is not None}

    def whole(self, table: str) -> Mapping[str, Cells]:
        """A whole table by column, as lists; ``Source.bulk`` reads faster where a driver can."""
        rows = self.rows(self.sql_of(table))
        return {c: [r[i] for r in rows.rows] for i, c in enumerate(rows.columns)}


def _driver(connection: Connection) -> Any:
    """The driver's own connection; None where it is lost."""
    return None if connection.closed or connection.invalidated else connection.connection.dbapi_connection


def _is_away(error: DBAPIError) -> bool:
    """Whether it tells of the source, not of what was compared."""
    return error.connection_invalidated or kind_of(error.orig) in ("slow", "locked", "cancelled", "lost", "starting", "rights")


def _text(sql: str, values: Values) -> TextClause:
    """``sql`` with our own binds only: a colon of the mapping's SQL (``::date``, '10:00') is no parameter."""
    names = "|".join(map(re.escape, values)) or "(?!)"
    escaped = re.sub(rf":(?!(?:{names})\b)", r"\\:", sql)
    clause = text(escaped)
    if "gridwall_chosen" in values:
        clause = clause.bindparams(bindparam("gridwall_chosen", expanding=True))
    return clause
