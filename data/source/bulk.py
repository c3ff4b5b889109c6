"""The bulk load's reader: whole tables as Arrow where the driver can (SQLite through ADBC, DuckDB itself), else as rows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from data.source.columns import Cells
from data.source.dialects.sqlite import uri_path
from data.source.identity import ID_COLUMNS
from data.source.questions import apart
from data.source.reader import Source
from data.source.reading import Reading

#: ADBC infers a column's type from its first batch; a column that is NULL there would fail on a later text.
_WHOLE = {"adbc.sqlite.query.batch_rows": str(100_000_000)}


@contextlib.contextmanager
def bulk(source: Source) -> Iterator[Any]:
    """A reader ``whole(table) -> columns`` for the bulk load, all tables from one transaction."""
    file = source.file
    with source.reading() as reading:  # checks the mapping, and is used where there is no faster way
        if source.dialect.arrow == "own":

            def whole(table: str) -> Mapping[str, Cells]:
                reading.asked = table
                with source.asking(table, reading.driver):
                    result: Any = reading._connection.exec_driver_sql(reading.sql_of(table))
                    found = result.cursor.to_arrow_table()
                return {c: found.column(c) for c in found.column_names}

            yield whole
            return
        cursor = _adbc(file) if source.dialect.arrow == "adbc" and file is not None else None
        if cursor is None:
            yield reading.whole
            return
        left = False  # to a thread that was given up: it goes on reading with this cursor
        try:
            cursor.execute("SELECT 1 FROM sqlite_master LIMIT 1")
            cursor.fetchall()

            def read(table: str) -> Mapping[str, Cells]:
                nonlocal left
                if _mixed(reading, table):
                    return reading.whole(table)

                def fetch() -> pa.Table:
                    cursor.execute(reading.sql_of(table))
                    return cursor.fetch_arrow_table()

                reading.asked = table
                with source.asking(table) as question:
                    try:
                        found = apart(question, fetch)  # the driver supports neither limit nor interrupt
                    finally:
                        left = question.broken
                return {c: found.column(c) for c in found.column_names}

            yield read
        finally:
            if not left:
                cursor.close()
                cursor._conn.close()


def _adbc(file: Path) -> Any:
    """An ADBC cursor within one transaction (its connections do not autocommit); None without the driver."""
    try:
        import adbc_driver_sqlite.dbapi as adbc
    except ImportError:
        return None
    cursor = adbc.connect(f"file:{uri_path(file)}?mode=ro").cursor()
    cursor.adbc_statement.set_options(**_WHOLE)
    return cursor


def _mixed(reading: Reading, table: str) -> bool:
    """Whether a SQLite id column holds anything but integers and texts: as text ADBC would write 7.0 for what is 7."""
    columns = [c for t, c in (*ID_COLUMNS, ("transition", "key")) if t == table and c in reading.columns_of(table)]
    if not columns:
        return False
    odd = " OR ".join(f"typeof(q.{reading.quoted(c)}) IN ('real', 'blob')" for c in columns)
    return bool(reading.rows(f"SELECT 1 FROM {reading._source.mapping.tables[table].rows} WHERE {odd} LIMIT 1").rows)  # type: ignore[index]
