"""How a source is reached: a read-only engine, each connection linked to the question it was opened for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, Engine

from data.source.dialects import Dialect
from data.source.questions import Questions


def engine_of(url: URL, dialect: Dialect, questions: Questions) -> Engine:
    """Read-only where the dialect supports it; a connection that is being opened can be aborted."""
    engine = dialect.engine(url)

    def made(connection: Any, record: Any) -> None:
        asked = questions.current()
        if asked is not None:
            asked.connection = connection

    event.listen(engine, "connect", made, insert=True)  # before the dialect queries the new server's version
    return engine
