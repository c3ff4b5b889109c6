"""The tables of the facts' file: created where missing, and distinguished from other programs' tables."""

from __future__ import annotations

from duckdb import DuckDBPyConnection
from duckdb_sqlalchemy import Dialect
from sqlalchemy.schema import CreateTable

from data.errors import FactsError
from data.facts.hot_cold import VIEWS
from data.facts.schema import FACTS

DIALECT = Dialect()


def has_tables(db: DuckDBPyConnection) -> bool:
    """Whether the tables exist *with today's columns*; a file of another schema is emptied and reloaded."""
    found = db.execute(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'main'"
    ).fetchall()
    return {r[0] for r in found} == {f"{t.name}.{c.name}" for t in FACTS.sorted_tables for c in t.columns}


def refuse_others(db: DuckDBPyConnection, url: str) -> None:
    """Raise FactsError where the file holds tables other than ours."""
    sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY 1"
    names = [r[0] for r in db.execute(sql).fetchall()]
    if names and not {"meta", "event_hot"} <= set(names):
        raise FactsError(
            f"{url}: holds tables that are no facts ({', '.join(names[:4])}); nothing was touched, "
            "name another file with --facts",
            f"{url}：其中的表不是事实库的（{'、'.join(names[:4])}）；未作改动，请用 --facts 另指文件",
        )


def create_tables(db: DuckDBPyConnection) -> None:
    """Create our tables, replacing all that the file holds."""
    db.execute("BEGIN TRANSACTION")
    sql = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'main' ORDER BY 2 DESC"
    for name, kind in db.execute(sql).fetchall():
        db.execute(f'DROP {"VIEW" if kind == "VIEW" else "TABLE"} "{name}"')
    for table in FACTS.sorted_tables:
        if table.name not in VIEWS:
            db.execute(str(CreateTable(table).compile(dialect=DIALECT)))
    for name in VIEWS:
        db.execute(f"CREATE VIEW {name} AS SELECT * FROM {name}_hot UNION ALL SELECT * FROM {name}_cold")
    db.execute("COMMIT")


__all__ = ["DIALECT", "create_tables", "has_tables", "refuse_others"]
