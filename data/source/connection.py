"""How a source is reached: an engine that only reads, and what its errors mean in words."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.engine import URL, Engine

from data.source import mysql, postgres
from data.source.identity import decoded

#: Characters of a database's answer that an error repeats.
MOST_SAID = 500


def engine_of(url: URL) -> Engine:
    """Read-only where the dialect can say so."""
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database and url.database != ":memory:" and not url.database.startswith("file:"):
        path = f"file:{uri_path(Path(url.database))}"
        opened = url.set(database=path, query={**url.query, "mode": "ro", "uri": "true"})
        # No pool: a file that was moved away and back is another file.  No driver transactions: BEGIN is ours.
        engine = create_engine(opened, poolclass=NullPool, connect_args={"isolation_level": None, "timeout": 5})
        # a text whose bytes are none is one faulty value, not the end of the answer
        event.listen(engine, "connect", lambda connection, _: setattr(connection, "text_factory", decoded))
        return engine
    if kind == "duckdb" and url.database not in (None, "", ":memory:"):
        return create_engine(url, connect_args={"read_only": True}, poolclass=NullPool)
    if kind == "postgresql":
        libpq = url.get_driver_name() in ("psycopg", "psycopg2")
        engine = create_engine(url, pool_pre_ping=True, pool_size=1, max_overflow=1,
                               connect_args=postgres.CONNECT if libpq else {})
        postgres.take_odd_times_as_text(engine)
        return engine
    if kind in ("mysql", "mariadb"):
        engine = create_engine(url, pool_pre_ping=True, pool_size=1, max_overflow=1, connect_args=mysql.connect_args(url))
        mysql.read_at_one_moment(engine)
        return engine
    return create_engine(url)


def uri_path(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def reason_of(error: BaseException | None) -> str:
    """What a driver says, on one line: DuckDB tells the reason after the first."""
    args: tuple[object, ...] = getattr(error, "args", ())
    whole = f"{args[1]} (error {args[0]})" if len(args) == 2 and isinstance(args[0], int) else str(error)     # MySQL's drivers
    lines = [line.strip() for line in whole.splitlines()]
    said = " ".join(line for line in lines if line and not line.startswith("(Background on this error"))
    return said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]}…" if said else type(error).__name__


def remedy_for(said: str) -> str:
    low = said.lower()
    if "not utf-8" in low or "invalid unicode" in low or "does not support the encoding" in low:
        return "the file is not UTF-8; convert it: iconv -f GB18030 -t UTF-8 OLD.csv > NEW.csv"
    if "no such table" in low or "does not exist" in low or "no such column" in low or "unknown column" in low:
        return "the mapping does not fit this database; correct its SELECT, or name the right one with --source"
    if "lock timeout" in low or "lock wait timeout" in low:
        return "somebody holds a table locked (see pg_locks, SHOW PROCESSLIST); it is tried again until it is free"
    if "syntax" in low or "parser error" in low:
        return "correct the SELECT of the mapping; it is written in the source's own SQL"
    if "locked" in low:
        return "another program holds it; put it in WAL mode (PRAGMA journal_mode=WAL), or try again"
    if "unable to open" in low or "not a database" in low:
        return "check the path and its rights, or name the database with --source"
    return "check that it runs and that the account may read it (SELECT is enough)"
