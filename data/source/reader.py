"""The platform's database, read-only: the contract's tables through the SELECTs of a mapping.

Every read is one transaction.  A bulk read comes as Arrow where the driver supports it (SQLite through ADBC, DuckDB itself),
else as rows; a tick reads rows.  Raises SourceError with the password-free URL and the remedy.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import adbc_driver_manager
import duckdb
import pyarrow as pa
from sqlalchemy import make_url
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from data.errors import SourceError, did_you_mean, did_you_mean_zh
from data.secrets.masking import masked, remember
from data.source import files
from data.source.columns import Cells, Frame, Rules, frame
from data.source.connection import engine_of
from data.source.contract import METADATA
from data.source.dialects import dialect_of
from data.source.fault_kinds import KINDS
from data.source.faults import fault_of, unfit
from data.source.identity import EXACT, ID_COLUMNS, Kinds, alike_of, identity
from data.source.mapping import REQUIRED
from data.source.mapping import Mapping as MappingFile
from data.source.questions import LIMITS, OPENING_S, Limits, Question, Questions, Waiting
from data.source.reading import SAMPLE, Reading, driver_of
from data.source.rows import Rows
from data.source.stage_columns import expanded
from data.source.statement import files_in


class Source:
    """``Source.open(source, mapping)``; the connection is made (and the mapping checked) at the first read.

    ``limit_s``: how long one question may take now; a load's limit outside ``within``.
    """

    def __init__(self, url: URL, mapping: MappingFile, data_file: files.DataFile | None = None, limits: Limits = LIMITS) -> None:
        self.data_file, self._written = data_file, mapping.selects
        self.mapping = mapping.reading(data_file) if data_file else mapping
        self.url = url
        own = url.render_as_string(hide_password=False)
        remember(own)
        self.name = str(data_file.path) if data_file else masked(own).replace("%3Amemory%3A", ":memory:")
        self.dialect = dialect_of(url.get_backend_name())
        self._engine: Engine | None = None
        self.limits, self.limit_s = limits, limits.load_s
        self._questions = Questions(self.name)
        self.rows_of: dict[str, str] = {t: named.rows for t, named in self.mapping.tables.items()}
        self.columns: dict[str, tuple[str, ...]] = {}
        self.kinds: dict[tuple[str, str], Kinds] = {}
        self.not_found: frozenset[tuple[str, str]] = frozenset()
        self.rules = Rules(mapping.zone, mapping.codes, never=frozenset(mapping.mapping.never), crs=mapping.displaced)  # type: ignore[arg-type]

    @classmethod
    def open(cls, url: str | None, mapping: MappingFile, limits: Limits = LIMITS) -> Source:
        """``url`` None = the source that the mapping names; a data file where its SELECTs use ``{source}``.

        Raises SourceError if it is no URL, and for a source that the mapping was not written for.
        """
        named = url or mapping.mapping.source
        if files.reads_file(mapping.selects) or files.is_data_file(named):
            return cls._open_file(named, mapping, limits)
        try:
            parsed = make_url(named)
            return cls(parsed, expanded(mapping, parsed.get_backend_name()), None, limits)
        except (ArgumentError, ValueError):
            raise SourceError(
                f"source '{url}': not a URL; write e.g. sqlite:///var/city.sqlite",
                f"数据源“{url}”不是地址，请写如 sqlite:///var/city.sqlite",
            ) from None

    @classmethod
    def _open_file(cls, named: str, mapping: MappingFile, limits: Limits) -> Source:
        if what := files.misfit(named, mapping.selects):
            raise SourceError(
                f"source '{named}' {what} (mapping '{mapping.mapping.id}')",
                f"数据源“{named}”{what.zh}（映射 {mapping.mapping.id}）",
            )
        return cls(make_url(files.ENGINE), mapping, files.DataFile.of(named, mapping.folder), limits)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None

    def stop(self) -> None:
        """Abort whatever is pending, from any thread, and ask nothing more: for a server that stops."""
        self._questions.stop()

    # ---------------------------------------------------------------- how long
    def waiting(self) -> Waiting | None:
        """The oldest question that the source has not answered yet."""
        return self._questions.waiting()

    @contextlib.contextmanager
    def within(self, limit_s: float) -> Iterator[None]:
        """Within the block each question may take ``limit_s`` seconds."""
        before, self.limit_s = self.limit_s, limit_s
        try:
            yield
        finally:
            self.limit_s = before

    def asking(
        self, what: str, connection: Any = None, limit_s: float | None = None
    ) -> contextlib.AbstractContextManager[Question]:
        """Register a question about a table (or ``connect``) while it runs; ``connection`` is the driver's own."""
        return self._questions.asking(what, self.limit_s if limit_s is None else limit_s, connection)

    # ---------------------------------------------------------------- one transaction
    @contextlib.contextmanager
    def reading(self) -> Iterator[Reading]:
        """One read-only transaction: every query in it sees the same snapshot."""
        with self.asking("file", limit_s=OPENING_S):  # a network share may hang
            file = self.file
            away = file is not None and not file.exists()
        if away:
            self.close()  # an open handle would go on reading a file that was moved away
            raise SourceError(
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
                if not self.columns:
                    self._check(reading)
                    self.learn(reading)
                yield reading
                with self.asking("", reading.driver, OPENING_S):
                    connection.rollback()
            finally:
                with contextlib.suppress(SQLAlchemyError, SourceError), self.asking("", driver_of(connection), OPENING_S):
                    if connection.engine is self._engine:
                        connection.close()
                if not connection.closed:  # the source was stopped or closed meanwhile: the connection must not be reused
                    with contextlib.suppress(Exception):
                        connection.invalidate()
                        connection.close()
        except DBAPIError as error:
            raise fault_of(self.name, error.orig, reading.asked if reading else "") from error
        except (SQLAlchemyError, duckdb.Error, pa.ArrowException, adbc_driver_manager.Error) as error:  # from the bulk read, too
            raise fault_of(self.name, error, reading.asked if reading else "") from error

    def _begun(self) -> Connection:
        """A connection within a transaction; a new one if the pooled one is dead."""
        for last in (False, True):
            with self.asking("connect", limit_s=OPENING_S) as question:
                try:
                    connection = self._connect()
                except BaseException:
                    with contextlib.suppress(Exception):  # opened, and aborted before it could be used
                        question.connection.close()
                    raise
            try:
                with self.asking("connect", driver_of(connection), OPENING_S):
                    self.dialect.begin(connection, self.limit_s)
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
            self.data_file.paths()  # reports in words that the file is missing
        if self._engine is None:
            try:
                self._engine = engine_of(self.url, self.dialect, self._questions)
            except (NoSuchModuleError, ModuleNotFoundError) as error:
                forms = "sqlite:///var/city.sqlite, postgresql+psycopg://..., mysql+pymysql://..."
                raise SourceError(
                    f"{self.name}: {error}; install the driver, or write e.g. {forms}",
                    f"{self.name}：{error}；请安装驱动，或写如 {forms}",
                    "driver",
                    KINDS["driver"].words,
                ) from error
        return self.dialect.options(self._engine.connect())

    @property
    def file(self) -> Path | None:
        """The file behind a SQLite or DuckDB URL."""
        return self.dialect.file(self.url)

    def inode(self) -> int:
        """The file's inode (0 where the source is a server or in memory, or the file is missing)."""
        try:
            return self.file.stat().st_ino if self.file else 0
        except OSError:
            return 0

    def files(self) -> list[Path]:
        """The files that a static source consists of: the database's own, the user's and those that its SELECTs name.

        Raises SourceError if the user's is missing.
        """
        named = dict.fromkeys(f for sql in self._written.values() for f in files_in(sql))
        own = self.data_file.paths() if self.data_file else [self.file] if self.file else []
        return list(dict.fromkeys([*own, *(path for name in named for path in files.matches(Path(name)) or [Path(name)])]))

    def file_state(self) -> str:
        """Names, sizes and mtimes of ``files``; "" if there are none.  Raises SourceError for a missing one."""
        parts = []
        for path in self.files():
            try:
                at = path.stat()
            except OSError:
                raise SourceError(
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
        self.columns = found

    def learn(self, reading: Reading) -> bool:
        """Find out how the source types and compares its event ids.  True if that differs from what was known."""
        samples = {(t, c): reading.sample(t, c, SAMPLE) for t, c in ID_COLUMNS if t in self.columns}
        self.kinds = {place: Kinds.of(values) for place, values in samples.items()}
        for place, values in samples.items():
            if self.kinds[place].text and not any(isinstance(v, str) and v.swapcase() != v for v in values):
                values += reading.lettered(*place)
        self.not_found = frozenset(place for place, values in samples.items() if not reading.finds(*place, values))
        exact = self.dialect.exact or not any(k.text or k.uuid for k in self.kinds.values())
        found = EXACT if exact else alike_of(samples, reading.looks_alike)
        other, self.rules = found != self.rules.alike, replace(self.rules, alike=found)
        return other

    def heed(self, reading: Reading, table: str, column: str, values: Iterable[object]) -> bool:
        """Find out again if ``values`` of an id column are of a type not seen there before.  True if the source then compares
        differently from what was known."""
        known, seen = self.kinds.get((table, column), Kinds()), Kinds.of(values)
        if (known | seen) == known:
            return False
        other = self.learn(reading)
        self.kinds[table, column] |= seen  # the sample may have missed it
        return other

    def identity(self, value: object, table: str = "event") -> int:
        """The integer for an event's id, however the source spells it in its events or (``table``) its log."""
        return identity(value, self.rules.alike.of(table))

    def frame(self, table: str, columns: Mapping[str, Cells]) -> Frame:
        """Type the columns read of a contract table, with the mapping's zone, code maps and order."""
        return frame(table, columns, self.rules, self.mapping.tables[table].order)  # type: ignore[index]

    def frame_of(self, table: str, rows: Rows) -> Frame:
        return self.frame(table, {c: [r[i] for r in rows.rows] for i, c in enumerate(rows.columns)})
