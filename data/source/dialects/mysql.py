"""MySQL and MariaDB: a consistent snapshot for all queries, read-only, limited waiting; texts compared by a collation."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from data.source.dialects.base import Ask, Dialect, first_text
from data.source.questions import CONNECT_S, GRACE_S, OPENING_S
from data.types.records import Record

#: Both accept these; ``lock_wait_timeout`` (s) is for whole tables, a year or a day by default.
_SESSION = (
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION TRANSACTION READ ONLY",
    "SET SESSION lock_wait_timeout = 10",
)


#: Seconds that each statement may take: MariaDB's setting, and MySQL's (from 5.7.8 on, SELECT only, in ms).
_LIMITS = ("SET SESSION max_statement_time = {s:.3f}", "SET SESSION max_execution_time = {ms}")
#: Run where the server supports neither.
_NO_LIMIT = "DO 0"
_UNKNOWN_VARIABLE = 1193
#: TCP keepalive: the system checks whether the other end is alive after 5 s, then every 2 s, three times.
_KEEPALIVE = (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 10_000))


class Mysql(Dialect):
    def engine(self, url: URL) -> Engine:
        engine = create_engine(url, pool_size=1, max_overflow=1, connect_args=connect_args(url))
        read_at_one_moment(engine)
        return engine

    def begin(self, connection: Connection, limit_s: float) -> None:
        limit(connection, limit_s)

    def connect_args(self, url: URL, limit_s: float) -> Record:
        return {"connect_timeout": CONNECT_S, **({"read_timeout": limit_s} if url.get_driver_name() == "pymysql" else {})}

    def joined(self, *parts: str) -> str:
        return f"CONCAT({', '.join(parts)})"

    def epoch_s(self, at: str) -> str:
        return f"TIMESTAMPDIFF(SECOND, '1970-01-01', {at})"

    def id_type(self, ask: Ask, name: str, rows: str, held: str) -> str:
        if held != "text":
            return held
        found = first_text(ask, f"SELECT collation({name}) FROM {rows} WHERE {name} IS NOT NULL LIMIT 1")
        return f"text COLLATE {found}"

    def scans(self, ask: Ask, sql: str, values: Record) -> Sequence[str] | None:
        plan = ask(f"EXPLAIN {sql}", **values)
        return list(scanned({c.lower(): v for c, v in zip(plan.columns, row, strict=True)} for row in plan.rows))


def scanned(rows: Iterable[Record]) -> Iterator[str]:
    """Type ALL, or index without a possible key: a small table may be scanned although it has one."""
    for row in rows:
        name = str(row.get("table") or "")
        if row.get("type") in ("ALL", "index") and not row.get("possible_keys") and name and not name.startswith("<"):
            yield name


def connect_args(url: URL) -> Record:
    """PyMySQL waits for ever for a server that accepts a connection and sends nothing; other drivers name the options
    differently.  Options in the URL take precedence."""
    own = {"read_timeout": OPENING_S, "write_timeout": 10} if url.get_driver_name() == "pymysql" else {}
    return {k: v for k, v in {"connect_timeout": CONNECT_S, **own}.items() if k not in url.query}


def limit(connection: Connection, limit_s: float) -> None:
    """Give each statement of this connection ``limit_s`` seconds, at the server and in the driver."""
    driver: Any = connection.connection.dbapi_connection
    if hasattr(driver, "_read_timeout"):  # PyMySQL's; it can be set only when a connection is made
        driver._read_timeout = limit_s + 2 * GRACE_S
    form = connection.info.get("gridwall_limit")
    for known in (form,) if form else (*_LIMITS, _NO_LIMIT):
        try:
            connection.exec_driver_sql(known.format(s=limit_s, ms=round(limit_s * 1000)))
        except DBAPIError as error:
            if error.orig is None or error.orig.args[:1] != (_UNKNOWN_VARIABLE,):
                raise
            continue
        connection.info["gridwall_limit"] = known
        return


def read_at_one_moment(engine: Engine) -> None:
    """Each transaction of ``engine`` sees one snapshot and writes nothing, whatever the server's global settings."""

    @event.listens_for(engine, "connect")
    def _set(connection: Any, record: Any) -> None:
        _keep_alive(getattr(connection, "_sock", None))
        cursor = connection.cursor()
        for statement in _SESSION:
            cursor.execute(statement)
        cursor.close()


def _keep_alive(sock: Any) -> None:
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):  # not on every system
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


DIALECT = Mysql(
    ("mysql", "mariadb"),
    quote="`",
    text="CHAR",
    number="SIGNED",
    whole_division="DIV",
    bytewise=" COLLATE utf8mb4_bin",
    lettered="{} REGEXP '[A-Za-z]'",
)
