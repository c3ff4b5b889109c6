"""Write the demo city: SQLite by bulk inserts into a temporary file beside it, other databases in one transaction."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
from sqlalchemy import Column, DateTime, MetaData, String, Table, create_engine, func, insert, inspect, select
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement

from data.demo.log import NULL, Columns
from data.errors import SourceError
from data.secrets.masking import masked
from data.secrets.private_files import create_private, make_folder
from data.source import files
from data.source.contract import METADATA
from data.types.arrays import Array, Ints
from data.types.records import Given

Progress = Callable[[str, int, int], None]
#: Marks a database as a demo city: the writer replaces or writes to no other.
MARK = Table("demo_city", MetaData(), Column("key", String(32), primary_key=True), Column("value", String(255), nullable=False))
_CHUNK = 100_000


def sqlite_path(url: str | URL) -> Path | None:
    """The file of an SQLite URL; None for any other database.  Raises SourceError for an invalid URL."""
    if files.is_data_file(str(url)):
        raise SourceError(f"{url}: is a data file; a demo city needs a database, e.g. sqlite:///var/city.sqlite")
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    if not parsed.database or parsed.database == ":memory:":
        raise SourceError(
            f"{shown(url)}: a demo city needs a file; write e.g. sqlite:///var/city.sqlite",
            f"{shown(url)}：演示城市须有文件；请写如 sqlite:///var/city.sqlite",
        )
    return Path(parsed.database)


def shown(url: str | URL) -> str:
    """A URL without its secrets, for output."""
    return masked(make_url(url).render_as_string(hide_password=False))


def read_mark(url: str) -> dict[str, str]:
    """The demo city's mark; empty if the database has none.  Raises SourceError if it cannot be opened."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return {}
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(MARK.name):
                return {}
            return {str(k): str(v) for k, v in connection.execute(select(MARK.c.key, MARK.c.value))}
    except SQLAlchemyError as error:
        raise SourceError(f"{shown(url)}: cannot be read: {_reason(error)}") from None
    finally:
        engine.dispose()


def write_city(url: str, tables: dict[str, Columns], mark: dict[str, str], progress: Progress) -> None:
    """Write all tables, or none: a process killed midway leaves the previous content.

    Raises SourceError if the database cannot be written or holds tables that are not a demo city's.
    """
    path = sqlite_path(url)
    if path is None:
        _write_any(url, tables, mark, progress)
    else:
        _write_sqlite(path, url, tables, mark, progress)


def _write_sqlite(path: Path, url: str, tables: dict[str, Columns], mark: dict[str, str], progress: Progress) -> None:
    if path.exists() and path.stat().st_size and not read_mark(url):
        raise SourceError(
            f"{path}: holds a database that is no demo city; name another file, or move it away",
            f"{path}：其中的数据库不是演示城市；请另指文件，或先移走它",
        )
    total, done = _count(tables), 0
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        make_folder(path.parent)
        scratch.unlink(missing_ok=True)
        create_private(scratch)
        with closing(sqlite3.connect(scratch, isolation_level=None)) as raw:
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-64000"):
                raw.execute(f"PRAGMA {pragma}")
            raw.execute("BEGIN")
            for table in (*METADATA.sorted_tables, MARK):
                raw.execute(_ddl(CreateTable(table)))
            for name, columns in tables.items():
                table = METADATA.tables[name]
                marks = ", ".join("?" * len(columns))
                statement = f'INSERT INTO "{name}" ({", ".join(columns)}) VALUES ({marks})'
                for start, rows in _chunks(table, columns, sqlite_text):
                    raw.executemany(statement, zip(*rows, strict=True))
                    progress(name, done + min(start + _CHUNK, _rows(columns)), total)
                done += _rows(columns)
            raw.executemany(f"INSERT INTO {MARK.name} VALUES (?, ?)", list(mark.items()))
            for table in METADATA.sorted_tables:
                for index in sorted(table.indexes, key=lambda i: str(i.name)):
                    raw.execute(_ddl(CreateIndex(index)))
            raw.execute("COMMIT")
            raw.execute("PRAGMA journal_mode=WAL")  # readers never wait for the writer
        for old in (f"{path}-wal", f"{path}-shm"):
            Path(old).unlink(missing_ok=True)
        os.replace(scratch, path)
    except (sqlite3.Error, OSError) as error:
        raise SourceError(f"{path}: cannot be written: {error}") from None
    finally:
        for rest in (scratch, Path(f"{scratch}-wal"), Path(f"{scratch}-shm")):
            rest.unlink(missing_ok=True)


def _write_any(url: str, tables: dict[str, Columns], mark: dict[str, str], progress: Progress) -> None:
    known = bool(read_mark(url))
    total, done = _count(tables), 0
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for table in METADATA.sorted_tables:
                if inspect(connection).has_table(table.name):
                    filled = connection.execute(select(func.count()).select_from(table)).scalar_one()
                    if filled and not known:
                        raise SourceError(f"{shown(url)}: table {table.name} holds rows of no demo city; name an empty database")
                    connection.execute(table.delete())
            METADATA.create_all(connection)
            MARK.metadata.create_all(connection)
            connection.execute(MARK.delete())
            for name, columns in tables.items():
                table = METADATA.tables[name]
                names = list(columns)
                for start, rows in _chunks(table, columns, moments):
                    batch = [dict(zip(names, row, strict=True)) for row in zip(*rows, strict=True)]
                    for at in range(0, len(batch), 5_000):
                        connection.execute(insert(table), batch[at : at + 5_000])
                    progress(name, done + min(start + _CHUNK, _rows(columns)), total)
                done += _rows(columns)
            connection.execute(insert(MARK), [{"key": k, "value": v} for k, v in mark.items()])
    except SQLAlchemyError as error:
        raise SourceError(f"{shown(url)}: cannot be written: {_reason(error)}") from None
    finally:
        engine.dispose()


def _chunks(table: Table, columns: Columns, instants: Callable[[Ints], Given]) -> Iterator[tuple[int, list[Given]]]:
    """Plain Python lists, column by column, of at most _CHUNK rows."""
    for start in range(0, _rows(columns), _CHUNK):
        out = []
        for name, values in columns.items():
            part = values[start : start + _CHUNK]
            if isinstance(table.c[name].type, DateTime):
                out.append(instants(part))
            else:
                out.append(plain(part))
        yield start, out


def plain(values: Array) -> Given:
    """Values with None for NULL (integers) and NaN (floats)."""
    if values.dtype == object:
        return list(values)
    if values.dtype.kind == "f":
        return [None if v != v else v for v in values.tolist()]
    if values.dtype.kind == "i":
        empty = values == NULL
        out: Given = values.tolist()
        for i in np.flatnonzero(empty).tolist():
            out[i] = None
        return out
    return [str(v) for v in values]


def sqlite_text(at_ms: Ints) -> Given:
    """Instants in SQLAlchemy's format for SQLite: ``2026-11-23 02:42:07.000000``, UTC."""
    out: Given = _timestamps(at_ms).cast(pa.string()).to_pylist()
    return out


def moments(at_ms: Ints) -> Given:
    """Instants as naive UTC datetimes."""
    out: Given = _timestamps(at_ms).to_pylist()
    return out


def _timestamps(at_ms: Ints) -> pa.Array:
    return pa.array(np.where(at_ms == NULL, 0, at_ms) * 1000, pa.timestamp("us"), mask=at_ms == NULL)


def _rows(columns: Columns) -> int:
    return len(next(iter(columns.values())))


def _count(tables: dict[str, Columns]) -> int:
    return sum(_rows(c) for c in tables.values())


def _ddl(statement: DDLElement) -> str:
    return str(statement.compile(dialect=sqlite_dialect.dialect()))


def _reason(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
