"""PostgreSQL: times that Python cannot represent, limited waiting, and information on its running transactions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL, Connection, Engine

from data.source.dialects.base import Ask, Dialect, first_text
from data.source.questions import CONNECT_S
from data.types.records import Record

#: A server that vanished silently (power, network) is given up after about 11 s; the system default is two hours.
CONNECT: Record = {
    "connect_timeout": CONNECT_S,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
#: A locked table becomes a reportable fault instead of a wall that hangs.
LOCK_WAIT = "10s"
_LIMITS = text("SELECT set_config('lock_timeout', :lock, true), set_config('statement_timeout', :statement, true)")
#: From this version on a server checks whether its client is still connected.
_LOOKS_FROM = 140_000


#: Collations under which only equal bytes are equal.
_EXACT = {"", '"default"', '"C"', '"POSIX"', '"ucs_basic"'}
#: Without these a plan scans a table only where no index serves, and joins row by row through indexes.
_BY_INDEX = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material")
#: Needs only pg_stat_activity; the start of other users' sessions is visible only to members of pg_read_all_stats.
_RUNNING = (
    "SELECT min(xact_start) FROM pg_stat_activity WHERE backend_xid IS NOT NULL "
    "AND pid <> pg_backend_pid() AND datname = current_database()"
)


class Postgresql(Dialect):
    def engine(self, url: URL) -> Engine:
        engine = create_engine(url, pool_size=1, max_overflow=1, connect_args=self.connect_args(url, 0))
        take_odd_times_as_text(engine)
        end_with_us(engine)
        return engine

    def options(self, connection: Connection) -> Connection:
        return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def begin(self, connection: Connection, limit_s: float) -> None:
        limit(connection, limit_s)

    def connect_args(self, url: URL, limit_s: float) -> Record:
        return connect_args(url) if url.get_driver_name() in ("psycopg", "psycopg2") else {}

    def epoch_s(self, at: str) -> str:
        """Years that Python cannot represent were read as no time."""
        return f"CASE WHEN {at} >= '0001-01-01' AND {at} < '10000-01-01' THEN CAST(floor(extract(epoch FROM {at})) AS BIGINT) END"

    def id_type(self, ask: Ask, name: str, rows: str, held: str) -> str:
        first = f"FROM {rows} WHERE {name} IS NOT NULL LIMIT 1"
        kind = first_text(ask, f"SELECT CAST(pg_typeof({name}) AS text) {first}")
        collation = first_text(ask, f"SELECT pg_collation_for({name}) {first}") if kind.startswith(("char", "text")) else ""
        return kind + ("" if collation in _EXACT else f" COLLATE {collation}")

    def oldest_running(self, ask: Ask) -> Any:
        found = ask(_RUNNING).first()
        return found if isinstance(found, datetime) else None

    def scans(self, ask: Ask, sql: str, values: Record) -> Sequence[str] | None:
        """A planner may prefer to scan a small table although there is an index: it is made to plan for a large one."""
        for setting in _BY_INDEX:
            ask(f"SELECT set_config('{setting}', 'off', true)")
        plan = ask(f"EXPLAIN (FORMAT JSON) {sql}", **values).first()
        for setting in _BY_INDEX:
            ask(f"SELECT set_config('{setting}', 'on', true)")
        return list(scanned((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


def scanned(node: Record) -> Iterator[str]:
    """A sequential scan, or one over a whole index, without a condition on it."""
    kind = node.get("Node Type", "")
    if kind == "Seq Scan" or (kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in node):
        yield str(node.get("Alias") or node["Relation Name"])
    for child in node.get("Plans", ()):
        yield from scanned(child)


def connect_args(url: URL) -> Record:
    """Arguments for libpq; options in the URL take precedence."""
    return {k: v for k, v in CONNECT.items() if k not in url.query}


def limit(connection: Connection, limit_s: float) -> None:
    """Give each statement of this transaction ``limit_s`` seconds."""
    connection.execute(_LIMITS, {"lock": LOCK_WAIT, "statement": f"{round(limit_s * 1000)}ms"})


def end_with_us(engine: Engine) -> None:
    """Make the server end a statement that its client no longer waits for."""
    if engine.dialect.driver != "psycopg":
        return

    @event.listens_for(engine, "connect")
    def _set(connection: Any, record: Any) -> None:
        if connection.info.server_version >= _LOOKS_FROM:
            connection.execute("SET client_connection_check_interval = '5s'")
            connection.commit()


def take_odd_times_as_text(engine: Engine) -> None:
    """Read ``infinity``, years beyond 9999 and 24:00 as their text, which is no time and so becomes a rejected row; psycopg would
    refuse the whole answer for one of them."""
    if engine.dialect.driver != "psycopg":
        return
    from psycopg.types.datetime import DateLoader, IntervalLoader, TimeLoader, TimestampLoader, TimestamptzLoader, TimetzLoader

    loaders = {
        "date": DateLoader,
        "timestamp": TimestampLoader,
        "timestamptz": TimestamptzLoader,
        "time": TimeLoader,
        "timetz": TimetzLoader,
        "interval": IntervalLoader,
    }

    @event.listens_for(engine, "connect")
    def _register(connection: Any, record: Any) -> None:
        for name, loader in loaders.items():
            connection.adapters.register_loader(name, lenient(loader))


def lenient(loader: type[Any]) -> type[Any]:
    """A subclass of psycopg's ``loader`` that returns the text where it would raise DataError."""
    from psycopg import DataError

    def load(self: Any, data: Any) -> Any:
        try:
            return loader.load(self, data)
        except DataError:
            return bytes(data).decode()

    return type(f"Lenient{loader.__name__}", (loader,), {"load": load})


DIALECT = Postgresql(("postgresql",), lettered="CAST({} AS TEXT) ~ '[A-Za-z]'")
