"""One read-only transaction of a source, and the queries run in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import TextClause, bindparam, inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data.source.columns import BAD, NONE, Cells, instant
from data.source.dialects import Dialect
from data.source.faults import fault_of, kind_of
from data.source.identity import NOBODY, BadText, Kinds, text_of
from data.source.mapping import Mapping as MappingFile
from data.source.questions import Question
from data.source.rows import Rows
from data.source.timestamps import timestamp_format_of
from data.types.records import Values

CHUNK = 500
#: At most this many faulty change stamps that sort after the newest time are skipped.
FAULTY_STAMPS = 100
#: Columns of the contract that no fact uses (yet): not read at all.
_UNUSED = {"actor"}
#: Read only for events without a grid code: these are located by their coordinates.
_PLACE = ("lon", "lat")
#: Number of ids of a column examined for how they are typed and compared.
SAMPLE = 200


class Asked(Protocol):
    """What a transaction needs to know of its source (``data.source.reader.Source``)."""

    name: str
    mapping: MappingFile
    dialect: Dialect
    rows_of: dict[str, str]
    columns: dict[str, tuple[str, ...]]
    kinds: dict[tuple[str, str], Kinds]
    not_found: frozenset[tuple[str, str]]

    def asking(self, what: str, connection: Any = None, limit_s: float | None = None) -> AbstractContextManager[Question]: ...
    def identity(self, value: object, table: str = "event") -> int: ...


class Reading:
    """Queries in one transaction of a ``Source``."""

    def __init__(self, source: Asked, connection: Connection) -> None:
        self._source, self._connection = source, connection
        self.engine, self.driver = source.dialect, driver_of(connection)
        self.asked = ""  # the contract's table queried last

    def rows(self, sql: str, **values: Any) -> Rows:
        self.asked = next((t for t, rows in self._source.rows_of.items() if rows in sql), "")
        with self._source.asking(self.asked, self.driver):
            try:
                result = self._connection.execute(_text(sql, values), values)
                return Rows(tuple(result.keys()), [tuple(r) for r in result.fetchall()])
            except UnicodeError as error:  # the driver's, for invalid bytes in a text
                raise fault_of(self._source.name, error, self.asked) from error

    def sql_of(self, table: str) -> str:
        """The table's SELECT, reduced to the columns that the facts use."""
        columns = self.columns_of(table)
        names = ", ".join(self._cell(c, "grid" in columns) for c in columns)
        return f"SELECT {names} FROM {self._source.mapping.tables[table].rows}"  # type: ignore[index]

    def _cell(self, column: str, coded: bool) -> str:
        name = self.quoted(column)
        if column in _PLACE and coded:
            return f"CASE WHEN q.{self.quoted('grid')} IS NULL THEN q.{name} END AS {name}"
        return f"q.{name}"

    def columns_of(self, table: str) -> tuple[str, ...]:
        return tuple(c for c in self._source.columns[table] if c not in _UNUSED)

    def changed(self, table: str, since: object) -> Rows:
        """Rows whose change column is ``since`` or newer (an index range where the source has the index)."""
        column = self.quoted(self._source.mapping.tables[table].changed)  # type: ignore[index]
        return self.rows(f"{self.sql_of(table)} WHERE q.{column} >= :gridwall_since", gridwall_since=since)

    def by(self, table: str, column: str, wanted: Mapping[int, Iterable[object]]) -> Rows:
        """Rows of the events ``wanted`` (identity -> spellings of its id; NOBODY = rows without an id), queried in chunks.

        The source may compare ids more loosely than we do and return more: rows of other events are dropped, so that exactly the
        rows of ``wanted`` come back, each once.
        """
        source, kinds = self._source, self._source.kinds.get((table, column), Kinds())
        spelled = [(eid, kinds.spelled(values)) for eid, values in wanted.items() if eid != NOBODY]
        columns = self.columns_of(table)
        at = columns.index(column)
        asked = f"{self.sql_of(table)} WHERE q.{self.quoted(column)}"
        if (table, column) in source.not_found:
            answer = self.rows(self.sql_of(table) if NOBODY in wanted else f"{asked} IS NOT NULL")
            return Rows(columns, [r for r in answer.rows if source.identity(r[at], table) in wanted])
        found: list[tuple[Any, ...]] = []
        if NOBODY in wanted:
            found.extend(self.rows(f"{asked} IS NULL").rows)
            found.extend(r for r in self._nameless(table, column) if source.identity(r[at], table) == NOBODY)
        for i in range(0, len(spelled), CHUNK):
            part = spelled[i : i + CHUNK]
            values = list(dict.fromkeys(v for _, some in part for v in some))
            eids = {eid for eid, _ in part}
            broken = [v.raw for v in values if isinstance(v, BadText)]
            values = [v for v in values if not isinstance(v, BadText)]
            values = source.dialect.bindable(values)
            if values:
                answer = self.rows(f"{asked} IN :gridwall_chosen", gridwall_chosen=values)
                found.extend(r for r in answer.rows if source.identity(r[at], table) in eids)
            if broken:  # only SQLite stores them, and they can be queried only as bytes
                cast = f"CAST(q.{self.quoted(column)} AS BLOB)"
                answer = self.rows(f"{self.sql_of(table)} WHERE {cast} IN :gridwall_chosen", gridwall_chosen=broken)
                found.extend(r for r in answer.rows if isinstance(r[at], BadText) and source.identity(r[at], table) in eids)
        return Rows(columns, found)

    def finds(self, table: str, column: str, values: Sequence[object]) -> bool:
        """Whether the source finds a row again by the id that it delivered, one of each type tried: not so for a FLOAT (0.1 is
        not 0.1 there), BIT(n), or JSON (which it does not compare at all)."""
        source, kinds = self._source, self._source.kinds[table, column]
        if source.dialect.refinds:
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

    def _nameless(self, table: str, column: str) -> Sequence[tuple[Any, ...]]:
        """Rows whose id is not NULL but unusable: an empty text, a list, not a number."""
        if self._source.kinds.get((table, column), Kinds()).odd:
            return self.rows(f"{self.sql_of(table)} WHERE q.{self.quoted(column)} IS NOT NULL").rows
        if not self._source.kinds.get((table, column), Kinds()).text:
            return ()
        return self.rows(f"{self.sql_of(table)} WHERE q.{self.quoted(column)} = :gridwall_nothing", gridwall_nothing="").rows

    def only_numbers(self, table: str, column: str) -> bool:
        """Whether all ids of the column examined so far are numbers."""
        return self._source.kinds.get((table, column)) == Kinds(number=True)

    def sample(self, table: str, column: str, n: int) -> list[Any]:
        """At most ``n`` values of a column without NULL; for a SQLite column ``n`` of each type that it holds."""
        name = f"q.{self.quoted(column)}"
        rows = self._source.mapping.tables[table].rows  # type: ignore[index]
        chosen = [f"typeof({name}) = '{t}'" for t in self.engine.held_types] or [f"{name} IS NOT NULL"]
        return [v for where in chosen for (v,) in self.rows(f"SELECT {name} FROM {rows} WHERE {where} LIMIT {int(n)}").rows]

    def lettered(self, table: str, column: str) -> list[Any]:
        """One value with a letter in it from a text column, for a source whose first ids have none; [] without one."""
        condition = self.engine.lettered
        if not condition:
            return []
        name = f"q.{self.quoted(column)}"
        rows = self._source.mapping.tables[table].rows  # type: ignore[index]
        return [v for (v,) in self.rows(f"SELECT {name} FROM {rows} WHERE {condition.format(name)} LIMIT 1").rows]

    def looks_alike(self, table: str, column: str, text: str) -> list[Any]:
        """As ``look_up``; empty if the column cannot be compared with such a text (latin1 with ć, dates)."""
        try:
            with self._connection.begin_nested():
                return self.look_up(table, column, text)
        except DBAPIError as error:
            if _is_away(error):
                raise
            return []

    def look_up(self, table: str, column: str, text: str, give: str = "") -> list[Any]:
        """Values of a column that the source treats as equal to ``text``; with ``give`` another column's values of those rows."""
        rows = self._source.mapping.tables[table].rows  # type: ignore[index]
        sql = f"SELECT q.{self.quoted(give or column)} FROM {rows} WHERE q.{self.quoted(column)} = :gridwall_text LIMIT {SAMPLE}"
        return [v for (v,) in self.rows(sql, gridwall_text=text).rows]

    def quoted(self, name: str) -> str:
        """A column's name quoted for this dialect: ``key`` and ``at`` are keywords in some."""
        return str(self._connection.dialect.identifier_preparer.quote_identifier(name))

    def count(self, table: str) -> int:
        sql = f"SELECT count(*) FROM {self._source.mapping.tables[table].rows}"  # type: ignore[index]
        return int(self.rows(sql).rows[0][0])

    def newest(self, table: str) -> Any:
        """The newest change stamp, as the source spells it, skipping faulty ones; None without any.

        Raises SourceError if the stamps are no times.
        """
        column = self.quoted(self._source.mapping.tables[table].changed)  # type: ignore[index]
        sql = f"SELECT max(q.{column}) FROM {self._source.mapping.tables[table].rows}"  # type: ignore[index]
        last = found = self.rows(sql).rows[0][0]
        for _ in range(FAULTY_STAMPS):
            if found is None or instant(found, self._source.mapping.zone) not in (NONE, BAD):
                break
            found = self.rows(f"{sql} WHERE q.{column} < :gridwall_since", gridwall_since=found).rows[0][0]
        if last is not None:
            timestamp_format_of(last if found is None else found)
        return found

    def oldest(self, table: str, n: int) -> Rows:
        """(key, change stamp) of the ``n`` rows unchanged for longest."""
        named = self._source.mapping.tables[table]  # type: ignore[index]
        own = self.quoted("id" if table == "event" else "key")
        changed = self.quoted(named.changed)
        return self.rows(
            f"SELECT q.{own}, q.{changed} FROM {named.rows} WHERE q.{changed} IS NOT NULL ORDER BY q.{changed} LIMIT {int(n)}"
        )

    def oldest_running(self) -> datetime | None:
        """When the oldest transaction that is still writing began (PostgreSQL; None if unknown).

        Its rows will carry that stamp (``now()`` is the transaction's start) or a later one when it commits, so the
        next tick must read back to it.
        """
        found = self.engine.oldest_running(self.rows)
        return found if isinstance(found, datetime) else None

    def filled(self, table: str) -> tuple[int, dict[str, int]]:
        """(rows, number of NULLs in each column that the SELECT delivers)."""
        columns = self._source.columns[table]
        counts = ", ".join(f"count(q.{self.quoted(c)})" for c in columns)
        sql = f"SELECT count(*), {counts} FROM {self._source.mapping.tables[table].rows}"  # type: ignore[index]
        rows, *known = (int(n) for n in self.rows(sql).rows[0])
        return rows, {c: rows - n for c, n in zip(columns, known, strict=True)}

    def leading(self, table: str, schema: str | None) -> set[str] | None:
        """Leading columns of the indexes and keys of a source table; None if it is no table (a view)."""
        inspector = inspect(self._connection)
        if not inspector.has_table(table, schema) or table in inspector.get_view_names(schema):
            return None
        keys: list[Sequence[Any]] = [inspector.get_pk_constraint(table, schema)["constrained_columns"]]
        keys += [i["column_names"] for i in inspector.get_indexes(table, schema)]
        keys += [u["column_names"] for u in inspector.get_unique_constraints(table, schema)]
        return {str(k[0]) for k in keys if k and k[0] is not None}

    def whole(self, table: str) -> Mapping[str, Cells]:
        """A whole table by column, as lists; ``Source.bulk`` is faster where a driver supports it."""
        rows = self.rows(self.sql_of(table))
        return {c: [r[i] for r in rows.rows] for i, c in enumerate(rows.columns)}


def driver_of(connection: Connection) -> Any:
    """The driver's own connection; None if it is lost."""
    return None if connection.closed or connection.invalidated else connection.connection.dbapi_connection


def _is_away(error: DBAPIError) -> bool:
    """Whether the error concerns the source, not the values compared."""
    return error.connection_invalidated or kind_of(error.orig) in ("slow", "locked", "cancelled", "lost", "starting", "rights")


def _text(sql: str, values: Values) -> TextClause:
    """``sql`` with our own binds only: a colon in the mapping's SQL (``::date``, '10:00') is no parameter."""
    names = "|".join(map(re.escape, values)) or "(?!)"
    escaped = re.sub(rf":(?!(?:{names})\b)", r"\\:", sql)
    clause = text(escaped)
    if "gridwall_chosen" in values:
        clause = clause.bindparams(bindparam("gridwall_chosen", expanding=True))
    return clause
