"""Which tables a query reads from end to end, as the source's own EXPLAIN tells it.

Where a planner prefers to read a small table whole although there is an index, it is asked what it would do with a large one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from data.source.reader import Reading
from data.types.records import Record

#: PostgreSQL: without these a plan reads a table whole only where no index serves, and joins row by row through indexes.
_BY_INDEX = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material")
_SQLITE = re.compile(r"(SCAN|SEARCH)\s+(?:TABLE\s+)?(\S+)(?:\s+AS\s+(\S+))?(.*)")
_FILES = re.compile(r"(?i)(read_|csv|parquet|json)")


def scans(reading: Reading, sql: str, **values: object) -> tuple[str, ...] | None:
    """Names (or aliases, where the query gives any) of the tables that ``sql`` reads whole; () = all by an index; None where the
    dialect does not tell."""
    dialect = reading.dialect.name
    found: Iterable[str]
    if dialect == "sqlite":
        found = sqlite_scans(str(r[-1]) for r in reading.rows(f"EXPLAIN QUERY PLAN {sql}", **values).rows)
    elif dialect == "postgresql":
        found = _postgresql(reading, sql, values)
    elif dialect in ("mysql", "mariadb"):
        rows = reading.rows(f"EXPLAIN {sql}", **values)
        found = mysql_scans({c.lower(): v for c, v in zip(rows.columns, row, strict=True)} for row in rows.rows)
    elif dialect == "duckdb":
        plan = str(reading.rows(f"EXPLAIN (FORMAT JSON) {sql}", **values).rows[0][-1])
        found = duckdb_scans(json.loads(plan))
    else:
        return None
    return tuple(dict.fromkeys(found))


def sqlite_scans(details: Iterable[str]) -> Iterator[str]:
    """An index made for this one query (AUTOMATIC) is a scan too: it is made by reading the whole table."""
    for detail in details:
        match = _SQLITE.match(detail)
        if match and (match[1] == "SCAN" or "AUTOMATIC" in match[4]) and match[2] not in ("CONSTANT", "q"):
            yield match[3] or match[2]


def _postgresql(reading: Reading, sql: str, values: Record) -> list[str]:
    for setting in _BY_INDEX:
        reading.rows(f"SELECT set_config('{setting}', 'off', true)")
    plan = reading.rows(f"EXPLAIN (FORMAT JSON) {sql}", **values).rows[0][0]
    for setting in _BY_INDEX:
        reading.rows(f"SELECT set_config('{setting}', 'on', true)")
    held = json.loads(plan) if isinstance(plan, str) else plan
    return list(postgresql_scans(held[0]["Plan"]))


def postgresql_scans(node: Record) -> Iterator[str]:
    """A sequential scan, or one over a whole index: without a condition on it."""
    kind = node.get("Node Type", "")
    if kind == "Seq Scan" or (kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in node):
        yield str(node.get("Alias") or node["Relation Name"])
    for child in node.get("Plans", ()):
        yield from postgresql_scans(child)


def mysql_scans(rows: Iterable[Record]) -> Iterator[str]:
    """Type ALL or index without a key that could serve: a small table may be read whole although it has one."""
    for row in rows:
        name = str(row.get("table") or "")
        if row.get("type") in ("ALL", "index") and not row.get("possible_keys") and name and not name.startswith("<"):
            yield name


def duckdb_scans(plan: Any) -> Iterator[str]:
    """The files of its plan (a table of DuckDB's own is cut by what its blocks hold): "read_csv ..." is one of them."""
    for node in plan if isinstance(plan, list) else [plan]:
        name = str(node.get("name", "")).strip()
        function = str(node.get("extra_info", {}).get("Function", name))
        if _FILES.search(function) and not node.get("children"):
            yield function.lower().strip()
        yield from duckdb_scans(node.get("children", []))


__all__ = ["duckdb_scans", "mysql_scans", "postgresql_scans", "scans", "sqlite_scans"]
