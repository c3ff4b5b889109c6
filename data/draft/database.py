"""A database (SQLite or DuckDB file, SQLAlchemy URL): its tables as sheets, read-only, large ones as a sample."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from data.draft.sheet import Builder, Column, Progress, Sheet
from data.draft.workbook import cell_text
from data.errors import SourceError
from data.secrets.masking import masked, remember
from data.source.dialects import dialect_of
from data.source.dialects.sqlite import take_bad_text
from data.source.questions import LIMITS
from data.source.stage_columns import quoted
from data.types.records import Record

#: Maximum number of rows read of a table; of a larger one the codes are read from all of it.
SAMPLE = 300_000
#: Rows read first, to decide whether to read more of the table.
FIRST = 5_000
#: A column with more different values does not hold codes.
CODES = 5_000


class Database:
    """``sheets`` of the tables and views that hold rows; ``url`` as written to the mapping."""

    def __init__(self, url: str, progress: Progress) -> None:
        try:
            remember(url)
            self.url: URL = make_url(url)
        except (ArgumentError, ValueError):
            raise SourceError(
                f"'{url}': no URL; write e.g. sqlite:///platform.sqlite or mysql+pymysql://reader@host/db",
                f"“{url}”不是地址，请写如 sqlite:///platform.sqlite 或 mysql+pymysql://reader@host/db",
            ) from None
        self.dialect = self.url.get_backend_name()
        file = self.url.database or ""
        if dialect_of(self.dialect).in_files and not Path(file).is_file():  # the driver would create an empty one
            raise SourceError(
                f"'{url}': there is no file '{file}'; name the database that holds the cases",
                f"“{url}”：没有文件 {file}，请指明存放案件的库",
            )
        self.shown = masked(self.url.render_as_string(hide_password=False))
        self.keys: dict[str, tuple[str, ...]] = {}
        self.parents: dict[tuple[str, str], tuple[str, str]] = {}  # (table, column) -> the table and column that it references
        self.sheets: list[Sheet] = []
        self.sampled: dict[str, int] = {}
        with self._connected() as connection:
            self._look(connection, progress)
        if not self.sheets:
            raise SourceError(
                f"{self.shown}: no table of it holds a row; name the database that holds the cases",
                f"{self.shown}：没有一张表有数据，请指明存放案件的库",
            )

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Connection]:
        """One connection; errors on it become a SourceError with its remedy."""
        try:
            engine = create_engine(self.url, connect_args=_read_only(self.url))
            if self.dialect == "sqlite":  # same setting as for a load
                take_bad_text(engine)
            try:
                with engine.connect() as connection:
                    yield connection
            finally:
                engine.dispose()
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise SourceError(
                f"{self.shown}: {error}; install the driver, or write e.g. sqlite:///platform.sqlite, "
                "postgresql+psycopg://... or mysql+pymysql://...",
                f"{self.shown}：{error}；请安装驱动，或写如 sqlite:///platform.sqlite、postgresql+psycopg://...、mysql+pymysql://...",
            ) from None
        except SQLAlchemyError as error:
            said = str(getattr(error, "orig", error) or error).splitlines()
            raise SourceError(
                f"{self.shown}: {said[0] if said else error}; check that it runs and that the account may read it",
                f"{self.shown}：{said[0] if said else error}；请确认库在运行，账号可读",
            ) from None

    def read_on(self, tables: Sequence[str], progress: Progress) -> None:
        """Read more of ``tables`` than their first rows; all codes of those larger than ``SAMPLE``."""
        with self._connected() as connection:
            for i, sheet in enumerate(self.sheets):
                if sheet.name in tables and sheet.name in self.sampled:
                    progress(sheet.name, i, len(self.sheets))
                    names = [c.name for c in sheet.columns]
                    self.sheets[i] = self._sheet(connection, sheet.name, names, SAMPLE) or sheet

    def _look(self, connection: Connection, progress: Progress) -> None:
        inspector = inspect(connection)
        names = [*inspector.get_table_names(), *inspector.get_view_names()]
        for i, table in enumerate(names):
            progress(table, i, len(names))
            columns = [c["name"] for c in inspector.get_columns(table) if not isinstance(c["type"], _binary())]
            if columns:
                sheet = self._sheet(connection, table, columns, FIRST)
                if sheet is not None:
                    self.sheets.append(sheet)
            try:
                self.keys[table] = tuple(inspector.get_pk_constraint(table)["constrained_columns"] or ())
                for one in inspector.get_foreign_keys(table):
                    if len(one["constrained_columns"]) == 1 and one["referred_columns"]:
                        self.parents[table, one["constrained_columns"][0]] = (one["referred_table"], one["referred_columns"][0])
            except (SQLAlchemyError, NotImplementedError):
                self.keys.setdefault(table, ())

    def _sheet(self, connection: Connection, table: str, columns: list[str], limit: int) -> Sheet | None:
        """The table's first ``limit`` rows; None if it has none."""
        name = quoted(table, self.dialect)
        n = int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() or 0)
        if not n:
            return None
        listed = ", ".join(quoted(c, self.dialect).replace(":", r"\:") for c in columns)
        builder = Builder(columns)
        result = connection.execution_options(stream_results=True).execute(text(f"SELECT {listed} FROM {name} LIMIT {limit}"))
        for row in result:
            builder.add([cell_text(v) for v in row])
        sheet = builder.sheet(table, [(f"表 {table}，{n:,} 行", f"table {table}, {n:,} rows")])
        self.sampled.pop(table, None)
        if n > limit:
            self.sampled[table] = n
        if n > limit == SAMPLE:
            sheet = sheet.with_columns(self._all_codes(connection, name, c) for c in sheet.columns)
        return sheet

    def _all_codes(self, connection: Connection, table: str, column: Column) -> Column:
        """The column with the values missing from the sample, if there are few."""
        if len(column.values) > CODES:
            return column
        own = quoted(column.name, self.dialect).replace(":", r"\:")
        rows = connection.execute(text(f"SELECT DISTINCT {own} FROM {table} LIMIT {CODES + 1}")).fetchall()
        more = [t for t in (cell_text(r[0]).strip() for r in rows) if t and t not in set(column.values)]
        return column if len(rows) > CODES else Column(column.name, (*column.values, *more), column.codes)


def _binary() -> tuple[type[object], ...]:
    from sqlalchemy import types

    return (types.LargeBinary, types.JSON, types.ARRAY)


def _read_only(url: URL) -> Record:
    """Driver arguments: read-only if the driver supports it, and a timeout for a server that does not answer."""
    return dialect_of(url.get_backend_name()).connect_args(url, LIMITS.load_s)


def url_of_file(path: Path) -> str | None:
    """The URL of a SQLite or DuckDB file, recognised by its first bytes; None for another file."""
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith(b"SQLite format 3"):
        return f"sqlite:///{path}"
    return f"duckdb:///{path}" if start[8:12] == b"DUCK" else None


def joined(left: Column, right: Column) -> float:
    """The share of the different values of ``left`` that occur in ``right``."""
    if not left.values:
        return 0.0
    there = set(right.values)
    return float(np.mean([v in there for v in left.values]))
