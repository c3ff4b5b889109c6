"""What a MySQL or MariaDB connection needs beyond the common: one moment for all queries, no writing, an end to waiting."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import URL

#: Both understand these; ``lock_wait_timeout`` (s) is that of whole tables, a year or a day where nobody sets it.
_SESSION = (
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION TRANSACTION READ ONLY",
    "SET SESSION lock_wait_timeout = 10",
)


def connect_args(url: URL) -> dict[str, Any]:
    """PyMySQL waits for ever for a server that vanished without a word; the other drivers call it otherwise."""
    return {"connect_timeout": 5, **({"read_timeout": 300} if url.get_driver_name() == "pymysql" else {})}


def read_at_one_moment(engine: Engine) -> None:
    """Each transaction of ``engine`` sees one moment and writes nothing, whatever the server has set for all."""
    @event.listens_for(engine, "connect")
    def _set(connection: Any, record: Any) -> None:
        cursor = connection.cursor()
        for statement in _SESSION:
            cursor.execute(statement)
        cursor.close()
