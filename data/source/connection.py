"""How a source is reached: an engine that only reads, each connection known to the question that it was made for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.engine import URL, Engine

from data.source import mysql, postgres
from data.source.identity import decoded
from data.source.questions import Questions

#: So long (s) SQLite waits for one that writes.
BUSY_S = 4


def engine_of(url: URL, questions: Questions) -> Engine:
    """Read-only where the dialect can say so; a connection that is being opened can be broken off."""
    engine = _engine_of(url)

    def made(connection: Any, record: Any) -> None:
        asked = questions.current()
        if asked is not None:
            asked.connection = connection

    event.listen(engine, "connect", made, insert=True)  # before the dialect asks the new server what it is
    return engine


def _engine_of(url: URL) -> Engine:
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database and url.database != ":memory:" and not url.database.startswith("file:"):
        path = f"file:{uri_path(Path(url.database))}"
        opened = url.set(database=path, query={**url.query, "mode": "ro", "uri": "true"})
        # No pool: a file that was moved away and back is another file.  No driver transactions: BEGIN is ours.
        own = {"isolation_level": None, **({} if "timeout" in url.query else {"timeout": BUSY_S})}
        engine = create_engine(opened, poolclass=NullPool, connect_args=own)
        # a text whose bytes are none is one faulty value, not the end of the answer
        event.listen(engine, "connect", lambda connection, _: setattr(connection, "text_factory", decoded))
        return engine
    if kind == "duckdb" and url.database not in (None, "", ":memory:"):
        return create_engine(url, connect_args={"read_only": True}, poolclass=NullPool)
    if kind == "postgresql":
        libpq = url.get_driver_name() in ("psycopg", "psycopg2")
        engine = create_engine(url, pool_size=1, max_overflow=1, connect_args=postgres.connect_args(url) if libpq else {})
        postgres.take_odd_times_as_text(engine)
        postgres.end_with_us(engine)
        return engine
    if kind in ("mysql", "mariadb"):
        engine = create_engine(url, pool_size=1, max_overflow=1, connect_args=mysql.connect_args(url))
        mysql.read_at_one_moment(engine)
        return engine
    return create_engine(url)


def uri_path(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
