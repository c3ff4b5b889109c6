"""One transaction of changes to the facts: upsert by DELETE + INSERT from registered Arrow tables, sorted by time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Double, Integer, LargeBinary, SmallInteger, String, Table

from data.facts.fetch import only_row
from data.facts.hot_cold import BOUNDED
from data.facts.literals import literal
from data.facts.schema import EVENT, FAULT, GRID, HOT_DAYS, LEDGER, VISIT
from data.types.arrays import Flags, Ints
from data.types.records import Record, Values

Columns = Values
DAY_MS = 86_400_000
#: The key of ``meta`` that holds the cold tables' guarantee (ms).
COLD_BEFORE = "cold_before_ms"
#: Up to this many keys, or cells of new rows, are written into the statement as literals: handing over a table is slower.
FEW, FEW_CELLS = 100, 250
_TYPES: list[tuple[type[object], pa.DataType]] = [
    (SmallInteger, pa.int16()),
    (BigInteger, pa.int64()),
    (Integer, pa.int32()),
    (String, pa.string()),
    (LargeBinary, pa.binary()),
    (Double, pa.float64()),
]
#: Columns that become -1 when a hand-made row omits them; they may not be NULL.
_UNKNOWN = {
    "category",
    "network",
    "channel",
    "severity",
    "department",
    "first_department",
    "l1",
    "l2",
    "l3",
    "l4",
    "stage",
    "next_stage",
    "parent",
}


class Writing:
    """Methods write into the transaction that ``Facts.writing`` has opened."""

    def __init__(self, cursor: DuckDBPyConnection) -> None:
        self._cursor = cursor
        self.grid_changed = False

    def upsert(self, eids: Ints, events: Columns, visits: Columns, ledger: Columns | None, now_ms: int) -> None:
        """Replace all rows held of the events ``eids`` (n,) by these; an event without a row is removed.

        ``ledger`` None leaves the ledger alone.  ``now_ms`` decides which rows are hot.
        """
        where = self._where_eid(eids)
        tables = ("event_hot", "event_cold", "visit_hot", "visit_cold")
        for table in tables if ledger is None else (*tables, "ledger"):
            self._cursor.execute(f"DELETE FROM {table} WHERE {where}")
        self.insert(events, visits, ledger, now_ms)

    def insert(self, events: Columns, visits: Columns, ledger: Columns | None, now_ms: int) -> None:
        """Add rows of events that are not yet in the facts (the bulk load)."""
        edge = now_ms - HOT_DAYS * DAY_MS
        hot = _is_hot(events, visits, edge)
        if not hot.all():
            self._promise(edge)
        # a visit follows its event; one without an event stays hot, since the cold tables' guarantee covers events only
        hot_visit = ~np.isin(np.asarray(visits["eid"], np.int64), np.asarray(events["eid"], np.int64)[~hot])
        self._insert(EVENT, "event_hot", events, hot, "reported_at")
        self._insert(EVENT, "event_cold", events, ~hot, "reported_at")
        self._insert(VISIT, "visit_hot", visits, hot_visit, "entered_at")
        self._insert(VISIT, "visit_cold", visits, ~hot_visit, "entered_at")
        if ledger is not None and len(ledger["eid"]):
            self._insert(LEDGER, "ledger", ledger, np.ones(len(ledger["eid"]), bool), "day")

    def _insert(self, table: Table, name: str, columns: Columns, keep: Flags, order: str) -> None:
        rows = np.flatnonzero(keep)
        if not rows.size:
            return
        rows = rows[np.argsort(np.asarray(columns[order])[rows], kind="stable")]
        names = ", ".join(c.name for c in table.columns)
        if len(rows) * len(table.columns) <= FEW_CELLS:
            self._cursor.execute(f"INSERT INTO {name} ({names}) VALUES {_spelled(table, columns, rows)}")
            return
        self._with("rows_in", arrow_table(table, columns, rows))
        self._cursor.execute(f"INSERT INTO {name} ({names}) SELECT {names} FROM rows_in")
        self._cursor.unregister("rows_in")

    def replace(self, table: Table, columns: Columns) -> None:
        """Replace all rows of the table by these, in the order of its first column."""
        self._cursor.execute(f"DELETE FROM {table.name}")
        first = next(iter(table.columns)).name
        self._insert(table, table.name, columns, np.ones(len(columns[first]), bool), first)

    def age(self, now_ms: int) -> int:
        """Move what has cooled from hot to cold, sorted by time; return the number of events moved."""
        edge = now_ms - HOT_DAYS * DAY_MS
        before = " AND ".join(f"coalesce({column}, 0) < {edge}" for column in BOUNDED["event"])
        later = " OR ".join(f"{column} >= {edge}" for column in BOUNDED["visit"])
        cold = f"is_open = 0 AND {before} AND eid NOT IN (SELECT eid FROM visit_hot WHERE exit = 0 OR {later})"
        moved = only_row(self._cursor.execute(f"SELECT count(*) FROM event_hot WHERE {cold}"))[0]
        if moved:
            self._promise(edge)
            ids = "(SELECT eid FROM cooled)"
            self._cursor.execute(f"CREATE OR REPLACE TEMP TABLE cooled AS SELECT eid FROM event_hot WHERE {cold}")
            for table, order in (("visit", "entered_at"), ("event", "reported_at")):
                self._cursor.execute(f"INSERT INTO {table}_cold SELECT * FROM {table}_hot WHERE eid IN {ids} ORDER BY {order}")
                self._cursor.execute(f"DELETE FROM {table}_hot WHERE eid IN {ids}")
            self._cursor.execute("DROP TABLE cooled")
        return int(moved)

    def _promise(self, edge: int) -> None:
        """Before any row becomes cold, record that no cold row lies at or after ``edge`` (``data.facts.hot_cold``)."""
        held = self._cursor.execute(f"SELECT value FROM meta WHERE key = '{COLD_BEFORE}'").fetchone()
        if held is None or int(held[0]) < edge:
            self.meta({COLD_BEFORE: str(edge)})

    def keys_of_row_versions(self, eids: Ints) -> Ints:
        """Keys of these events' log rows in the ledger."""
        sql = f"SELECT tkey FROM ledger WHERE {self._where_eid(eids)} AND tkey <> -1"
        return np.asarray(np.ma.getdata(self._cursor.execute(sql).fetchnumpy()["tkey"]), np.int64)

    def faults(self, looked_at: Mapping[str, Iterable[object]], found: Iterable[tuple[str, str, str, str]], seen_ms: int) -> int:
        """Replace the faults of the rows ``looked_at`` (source table -> row keys) by ``found``: repaired ones are removed.

        ``found``: (source table, row key, reason, detail).  A known fault keeps the instant it was first seen.
        Returns the number of faults now held.
        """
        keys = [(table, str(key)) for table, rows in looked_at.items() for key in rows]
        rows = list(found)
        held = int(only_row(self._cursor.execute("SELECT count(*) FROM fault"))[0])
        seen: dict[tuple[str, str, str], int] = {}
        if held and keys:
            where = f"WHERE {self._where_fault(keys)}"
            known = self._cursor.execute(f"SELECT source_table, row_key, reason, seen_at FROM fault {where}").fetchall()
            seen = {(t, k, r): s for t, k, r, s in known}
            if known:
                self._cursor.execute(f"DELETE FROM fault {where}")
        if rows:
            table, key, reason, detail = (list(part) for part in zip(*rows, strict=True))
            instants = [seen.get((t, k, r), seen_ms) for t, k, r in zip(table, key, reason, strict=True)]
            self._insert(
                FAULT,
                "fault",
                {"source_table": table, "row_key": key, "reason": reason, "detail": detail, "seen_at": instants},
                np.ones(len(rows), bool),
                "seen_at",
            )
        if not rows and not seen:
            return held
        return int(only_row(self._cursor.execute("SELECT count(*) FROM fault"))[0])

    def _where_fault(self, keys: list[tuple[str, str]]) -> str:
        if len(keys) <= FEW:
            by_table: dict[str, list[str]] = {}
            for table, key in keys:
                by_table.setdefault(table, []).append(key)
            return " OR ".join(f"(source_table = {literal(t)} AND row_key IN ({literal(k)}))" for t, k in by_table.items())
        self._with(
            "fault_keys",
            pa.table(
                {
                    "source_table": pa.array([k[0] for k in keys], pa.string()),
                    "row_key": pa.array([k[1] for k in keys], pa.string()),
                }
            ),
        )
        return "(source_table, row_key) IN (SELECT (source_table, row_key) FROM fault_keys)"

    def meta(self, values: Mapping[str, str]) -> None:
        """Set keys of ``meta``; the others stay."""
        marks = ", ".join("?" * len(values))
        self._cursor.execute(f"DELETE FROM meta WHERE key IN ({marks})", list(values))
        pairs = ", ".join(["(?, ?)"] * len(values))
        self._cursor.execute(f"INSERT INTO meta VALUES {pairs}", [x for pair in values.items() for x in pair])

    def grid(self, rows: Columns) -> None:
        """Replace the grid."""
        self.replace(GRID, complete_frame(GRID, rows))
        self.grid_changed = True

    def _where_eid(self, eids: Ints) -> str:
        """A condition on ``eid``; for few ids with literals, so that blocks without any of them are not read."""
        ids = np.unique(eids)
        if not ids.size:
            return "false"
        if len(ids) <= FEW:
            return f"eid BETWEEN {ids[0]} AND {ids[-1]} AND eid IN ({', '.join(map(str, ids.tolist()))})"
        self._with("upsert_ids", pa.table({"eid": pa.array(ids)}))
        return "eid IN (SELECT eid FROM upsert_ids)"

    def _with(self, name: str, table: pa.Table) -> None:
        self._cursor.register(name, table)


def _is_hot(events: Columns, visits: Columns, edge: int) -> Flags:
    """Whether an event is open, or it or one of its visits has an instant at or after ``edge`` in a column of ``BOUNDED``."""
    hot: Flags = np.asarray(events["is_open"]) == 1
    for column in BOUNDED["event"]:
        hot = hot | (np.asarray(events[column]) >= edge)
    late = np.asarray(visits["exit"]) == 0
    for column in BOUNDED["visit"]:
        late = late | (np.asarray(visits[column]) >= edge)
    return hot | np.isin(np.asarray(events["eid"], np.int64), np.asarray(visits["eid"], np.int64)[late])


def _spelled(table: Table, columns: Columns, rows: NDArray[np.intp]) -> str:
    """The rows as VALUES literals; what ``arrow_table`` makes NULL is NULL."""
    cells = []
    for column in table.columns:
        values = columns[column.name]
        if isinstance(column.type, Integer):
            numbers = np.asarray(values)[rows].tolist()
            cells.append(["NULL" if v == -1 and column.nullable else str(int(v)) for v in numbers])
        else:
            # NaN, the only value unequal to itself, is no literal
            cells.append([literal(values[i] if values[i] == values[i] else None) for i in rows])
    return ", ".join(f"({', '.join(row)})" for row in zip(*cells, strict=True))


def arrow_table(table: Table, columns: Columns, rows: NDArray[np.intp] | None = None) -> pa.Table:
    """The columns of ``table`` as Arrow, in its types; -1 (or None, NaN) is NULL in a column that may be NULL."""
    arrays = {}
    for column in table.columns:
        values = columns[column.name]
        kind = next(a for s, a in _TYPES if isinstance(column.type, s))
        if pa.types.is_integer(kind):
            numbers = np.asarray(values)
            numbers = numbers if rows is None else numbers[rows]
            mask = (numbers == -1) if column.nullable else None
            arrays[column.name] = pa.array(numbers.astype(kind.to_pandas_dtype(), copy=False), kind, mask=mask)
        else:
            listed = list(values) if rows is None else [values[i] for i in rows]
            arrays[column.name] = pa.array(listed, kind)
    return pa.table(arrays)


def complete_frame(table: Table, frame: Any) -> Record:
    """Hand-made columns with the missing ones filled in; raises KeyError for a column that the table does not have."""
    given = {str(k): frame[k] for k in frame}
    known = [c.name for c in table.columns]
    for name in given:
        if name not in known:
            raise KeyError(f"{table.name} has no column '{name}'")
    n = max((len(v) for v in given.values()), default=0)
    out: Record = {}
    for column in table.columns:
        values = given.get(column.name)
        if isinstance(column.type, (String, LargeBinary)):
            listed = [None] * n if values is None else list(values)
            out[column.name] = [None if isinstance(v, float) else v for v in listed]
        elif values is None:
            missing = -1 if column.nullable or column.name in _UNKNOWN else 0
            out[column.name] = np.full(n, missing, np.int64)
        else:
            out[column.name] = pd.Series(list(values), dtype="object").fillna(-1).to_numpy().astype(np.int64)
    if table is EVENT and "is_open" not in given:
        out["is_open"] = ((out["closed_at"] == -1) & (out["outcome"] == 0)).astype(np.int64)
    return out
