"""Database triggers that protect the audit: no row is updated, replaced, or deleted before its time.

They apply to every client of the store, not only this program.  SQLite fires no DELETE trigger for the row that an INSERT OR
REPLACE removes (unless that connection asked for it), so there the guard is on INSERT, which may only append.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import text

from data.access.store import State
from data.errors import StateError

log = logging.getLogger("gridwall.audit")
#: Minimum retention: six months.
KEPT = timedelta(days=186)
_KEPT_S = round(KEPT.total_seconds())
_CHANGED, _YOUNG = "the audit is only ever added to", "the audit is kept for six months"
# age is measured by the database's own clock: a client could pass a false one
_SQLITE = (
    f"CREATE TRIGGER IF NOT EXISTS audit_never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, '{_CHANGED}'); END",
    "CREATE TRIGGER IF NOT EXISTS audit_kept BEFORE DELETE ON audit "
    f"WHEN OLD.at > (CAST(strftime('%s', 'now') AS INTEGER) - {_KEPT_S}) * 1000 "
    f"BEGIN SELECT RAISE(ABORT, '{_YOUNG}'); END",
    "CREATE TRIGGER IF NOT EXISTS audit_added_behind BEFORE INSERT ON audit "
    "WHEN NEW.seq IS NULL OR NEW.seq <= (SELECT COALESCE(max(seq), 0) FROM audit) "
    f"BEGIN SELECT RAISE(ABORT, '{_CHANGED}'); END",
)
_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION gridwall_audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at <= (extract(epoch FROM clock_timestamp()) - {_KEPT_S}) * 1000 THEN RETURN OLD; END IF;
        RAISE EXCEPTION '{_YOUNG}';
    END IF;
    RAISE EXCEPTION '{_CHANGED}';
END $$""",
    "DROP TRIGGER IF EXISTS audit_kept ON audit",
    "CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION gridwall_audit_kept()",
    "DROP TRIGGER IF EXISTS audit_never_emptied ON audit",
    "CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION gridwall_audit_kept()",
)
_MYSQL = (
    "CREATE TRIGGER IF NOT EXISTS audit_never_changed BEFORE UPDATE ON audit FOR EACH ROW "
    f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{_CHANGED}'",
    "CREATE TRIGGER IF NOT EXISTS audit_kept BEFORE DELETE ON audit FOR EACH ROW "
    f"IF OLD.at > (UNIX_TIMESTAMP() - {_KEPT_S}) * 1000 THEN "
    f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{_YOUNG}'; END IF",
)
_GUARDS = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL, "mysql": _MYSQL, "mariadb": _MYSQL}


def guard(state: State) -> None:
    """Install the guards where the database supports them.  A server whose account may not create triggers goes without, which
    is logged; the digest chain still reveals changes.  Raises StateError for SQLite."""
    try:
        with state.transaction() as connection:
            for statement in _GUARDS.get(state.backend, ()):
                connection.execute(text(statement))
    except StateError as fault:
        if state.backend == "sqlite":
            raise
        log.warning("the audit has no guards in the database, only its chain: %s", fault)
