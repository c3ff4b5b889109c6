"""SQLite: a file of its own, any type in any column, and transactions not begun by the driver."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.engine import URL, Connection, Engine

from data.source.dialects.base import Ask, Dialect
from data.source.identity import decoded
from data.types.records import Record

#: How long (s) SQLite waits for a writer.
BUSY_S = 4
#: How many values are examined to find the types of a column.
LOOKED_AT = 20_000
_SCAN = re.compile(r"(SCAN|SEARCH)\s+(?:TABLE\s+)?(\S+)(?:\s+AS\s+(\S+))?(.*)")


class Sqlite(Dialect):
    def engine(self, url: URL) -> Engine:
        file = self.file(url)
        if file is None:
            return create_engine(url)
        opened = url.set(database=f"file:{uri_path(file)}", query={**url.query, "mode": "ro", "uri": "true"})
        # No pool: a file that was moved away and back is another file.  No driver transactions: we issue BEGIN ourselves.
        own = {"isolation_level": None, **({} if "timeout" in url.query else {"timeout": BUSY_S})}
        engine = create_engine(opened, poolclass=NullPool, connect_args=own)
        take_bad_text(engine)
        return engine

    def begin(self, connection: Connection, limit_s: float) -> None:
        connection.exec_driver_sql("BEGIN")

    def epoch_s(self, at: str) -> str:
        """Truncate before parsing: SQLite rounds to milliseconds, so that .9996 would count as the next second."""
        return f"CAST(strftime('%s', substr({at}, 1, 19)) AS INTEGER)"

    def bindable(self, values: Iterable[Any]) -> list[Any]:
        """It stores numbers too long for its integers as floats."""
        return [float(v) if isinstance(v, int) and not -(2**63) <= v < 2**63 else v for v in values]

    def id_type(self, ask: Ask, name: str, rows: str, held: str) -> str:
        some = f"SELECT {name} FROM {rows} WHERE {name} IS NOT NULL LIMIT {LOOKED_AT}"
        return "+".join(sorted(ask(f"SELECT DISTINCT typeof({name}) AS held FROM ({some}) AS q").column("held")))

    def scans(self, ask: Ask, sql: str, values: Record) -> Sequence[str] | None:
        return list(scanned(str(r[-1]) for r in ask(f"EXPLAIN QUERY PLAN {sql}", **values).rows))


def take_bad_text(engine: Engine) -> None:
    """Treat a text of invalid bytes as one faulty value instead of failing the whole answer."""
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "text_factory", decoded))


def uri_path(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def scanned(details: Iterable[str]) -> Iterator[str]:
    """An index built for this one query (AUTOMATIC) counts as a scan: building it reads the whole table."""
    for detail in details:
        match = _SCAN.match(detail)
        if match and (match[1] == "SCAN" or "AUTOMATIC" in match[4]) and match[2] not in ("CONSTANT", "q"):
            yield match[3] or match[2]


DIALECT = Sqlite(
    ("sqlite",),
    in_files=True,
    text="TEXT",
    lettered="{} GLOB '*[A-Za-z]*'",
    refinds=True,
    held_types=("integer", "real", "text", "blob"),
    text_times=True,
    arrow="adbc",
)
