"""DuckDB: its own files, and CSV, Parquet and the like, which it scans in full."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import URL, Engine

from data.source.dialects.base import Ask, Dialect, first_text
from data.types.records import Record

_FILES = re.compile(r"(?i)(read_|csv|parquet|json)")


class Duckdb(Dialect):
    def engine(self, url: URL) -> Engine:
        if url.database in (None, "", ":memory:"):
            return create_engine(url)
        return create_engine(url, connect_args={"read_only": True}, poolclass=NullPool)

    def connect_args(self, url: URL, limit_s: float) -> Record:
        return {"read_only": True} if url.database not in (None, "", ":memory:") else {}

    def epoch_s(self, at: str) -> str:
        return f"(epoch_ms({at}) // 1000)"

    def id_type(self, ask: Ask, name: str, rows: str, held: str) -> str:
        return first_text(ask, f"SELECT typeof({name}) FROM {rows} WHERE {name} IS NOT NULL LIMIT 1").lower()

    def scans(self, ask: Ask, sql: str, values: Record) -> Sequence[str] | None:
        return list(scanned(json.loads(str(ask(f"EXPLAIN (FORMAT JSON) {sql}", **values).rows[0][-1]))))


def scanned(plan: Any) -> Iterator[str]:
    """Files in its plan, such as "read_csv ..." (a DuckDB table of its own is pruned by block statistics instead)."""
    for node in plan if isinstance(plan, list) else [plan]:
        name = str(node.get("name", "")).strip()
        function = str(node.get("extra_info", {}).get("Function", name))
        if _FILES.search(function) and not node.get("children"):
            yield function.lower().strip()
        yield from scanned(node.get("children", []))


DIALECT = Duckdb(("duckdb",), whole_division="//", in_files=True, exact=True, refinds=True, whole_files=True, arrow="own")
