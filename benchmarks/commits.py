"""Commit single rows to the demo city as a platform would, to measure what follows."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

#: Our ids start here, apart from those that the demo city's writer assigns meanwhile.
_FIRST = 900_000_000


def stamp(moment: datetime) -> str:
    """As SQLAlchemy writes a DateTime into SQLite."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def commit_event(database: Path, days_over: float = 0) -> str:
    """Commit one new event with its report transition, stamped now; return its case number, which marks it on the wall.

    With ``days_over`` its limit passed that many days ago, so that it leads the list of the oldest overdue.
    """
    moment = datetime.now(UTC)
    written, reported = stamp(moment), stamp(moment - timedelta(days=days_over + 1) if days_over else moment)
    due = stamp(moment - timedelta(days=days_over)) if days_over else None
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as db, db:
        db.execute("BEGIN IMMEDIATE")
        event = max(int(db.execute("SELECT max(id) FROM event").fetchone()[0]) + 1, _FIRST)
        key = max(int(db.execute('SELECT max("key") FROM "transition"').fetchone()[0]) + 1, _FIRST)
        like = db.execute(
            "SELECT category, network, channel, grid FROM event WHERE category = 'litter' AND channel = 'hotline' "
            "ORDER BY id DESC LIMIT 1"
        ).fetchone()
        db.execute(
            "INSERT INTO event (id, case_number, category, network, channel, severity, grid, reported_at, due_at, "
            "changed) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)",
            (event, f"MARK-{event}", *like, reported, due, written),
        )
        db.execute(
            'INSERT INTO "transition" ("key", event, stage, action, at, changed) VALUES (?, ?, ?, ?, ?, ?)',
            (key, event, "report", "enter", reported, written),
        )
    return f"MARK-{event}"
