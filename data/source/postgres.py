"""What a PostgreSQL connection needs beyond the common: times that Python has no word for, and an end to waiting."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL

from data.source.questions import CONNECT_S
from data.types.records import Record

#: A server that vanished without a word (power, network) is given up after about 11 s; the system's own is two hours.
CONNECT: Record = {
    "connect_timeout": CONNECT_S,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
#: A table that somebody holds locked is a fault that can be said, not a wall that stands still.
LOCK_WAIT = "10s"
_LIMITS = text("SELECT set_config('lock_timeout', :lock, true), set_config('statement_timeout', :statement, true)")
#: From this version on a server looks whether who asked is still there.
_LOOKS_FROM = 140_000


def connect_args(url: URL) -> Record:
    """What libpq is told; what the URL says of it stands."""
    return {k: v for k, v in CONNECT.items() if k not in url.query}


def limit(connection: Connection, limit_s: float) -> None:
    """Give each statement of this transaction ``limit_s`` seconds."""
    connection.execute(_LIMITS, {"lock": LOCK_WAIT, "statement": f"{round(limit_s * 1000)}ms"})


def end_with_us(engine: Engine) -> None:
    """A statement that nobody waits for any more ends at the server too."""
    if engine.dialect.driver != "psycopg":
        return

    @event.listens_for(engine, "connect")
    def _set(connection: Any, record: Any) -> None:
        if connection.info.server_version >= _LOOKS_FROM:
            connection.execute("SET client_connection_check_interval = '5s'")
            connection.commit()


def take_odd_times_as_text(engine: Engine) -> None:
    """``infinity``, years beyond 9999 and 24:00 come as their text, which is no time and so a faulty row; psycopg would refuse
    the whole answer for one of them."""
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
    """``loader`` of psycopg that gives the text where it would raise DataError."""
    from psycopg import DataError

    def load(self: Any, data: Any) -> Any:
        try:
            return loader.load(self, data)
        except DataError:
            return bytes(data).decode()

    return type(f"Lenient{loader.__name__}", (loader,), {"load": load})
