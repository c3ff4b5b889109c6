"""What a PostgreSQL connection needs beyond the common: times that Python has no word for, and an end to waiting."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

#: A server that vanished without a word (power, network) is given up after about 30 s; the system's own is two hours.
CONNECT: dict[str, Any] = {
    "connect_timeout": 5, "keepalives": 1, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
#: A table that somebody holds locked is a fault that can be said, not a wall that stands still.
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '10s'"


def take_odd_times_as_text(engine: Engine) -> None:
    """``infinity``, years beyond 9999 and 24:00 come as their text, which is no time and so a faulty row; psycopg would refuse
    the whole answer for one of them."""
    if engine.dialect.driver != "psycopg":
        return
    from psycopg.types.datetime import (
        DateLoader,
        IntervalLoader,
        TimeLoader,
        TimestampLoader,
        TimestamptzLoader,
        TimetzLoader,
    )

    loaders = {"date": DateLoader, "timestamp": TimestampLoader, "timestamptz": TimestamptzLoader, "time": TimeLoader,
               "timetz": TimetzLoader, "interval": IntervalLoader}

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
