"""The source is a file that is moved, lost, replaced, locked, changed or emptied."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing

from benchmarks.faults.fault import SOURCE, fault
from benchmarks.faults.stage import Stage
from benchmarks.place import copied


@fault("source_moved", says=SOURCE)
def moved(stage: Stage) -> Generator[None]:
    path = stage.file.path
    away = path.with_suffix(".away")
    path.rename(away)
    yield
    away.rename(path)


@fault("source_missing", says=SOURCE)
def missing(stage: Stage) -> Generator[None]:
    """Deleted; what comes back is a copy."""
    path, kept = stage.file.path, stage.file.path.with_suffix(".kept")
    copied(path, kept)
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    yield
    copied(kept, path)
    kept.unlink()


@fault("source_replaced", rebuild=True)
def replaced(stage: Stage) -> Generator[None]:
    """Another database replaces it atomically."""
    path, other = stage.file.path, stage.file.path.with_suffix(".other")
    copied(path, other)
    with closing(sqlite3.connect(other)) as db:
        db.execute("DELETE FROM event WHERE id IN (SELECT id FROM event WHERE id < 900000000 ORDER BY id DESC LIMIT 500)")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    other.replace(path)
    yield


@fault("source_locked", setting="rollback", says=SOURCE)
def locked(stage: Stage) -> Generator[None]:
    with closing(sqlite3.connect(stage.file.path, timeout=10, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield
        db.execute("ROLLBACK")


@fault("source_schema_changed", says=r"(?s)event.*category|category.*event", health=r"event.*category|category")
def schema_changed(stage: Stage) -> Generator[None]:
    """A column is renamed; the wall or the health page must name the table and the column."""
    with closing(sqlite3.connect(stage.file.path, timeout=10, isolation_level=None)) as db:
        db.execute("ALTER TABLE event RENAME COLUMN category TO kind_of_matter")
        yield
        db.execute("ALTER TABLE event RENAME COLUMN kind_of_matter TO category")


@fault("source_rows_deleted")
def rows_deleted(stage: Stage) -> Generator[None]:
    with closing(sqlite3.connect(stage.file.path, timeout=10, isolation_level=None)) as db:
        db.execute("DELETE FROM event WHERE id IN (SELECT id FROM event WHERE id < 900000000 ORDER BY id DESC LIMIT 300)")
    yield


@fault("source_emptied")
def emptied(stage: Stage) -> Generator[None]:
    """All rows deleted, then restored."""
    path, kept = stage.file.path, stage.file.path.with_suffix(".kept")
    copied(path, kept)
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        for table in ("event", '"transition"'):
            db.execute(f"DELETE FROM {table}")
        db.execute("COMMIT")
        yield
        db.execute("ATTACH ? AS kept", (str(kept),))
        db.execute("BEGIN IMMEDIATE")
        for table in ("event", '"transition"'):
            db.execute(f"INSERT INTO main.{table} SELECT * FROM kept.{table}")
        db.execute("COMMIT")
    kept.unlink()
