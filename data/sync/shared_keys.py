"""Log rows of two events under one key: both events must be read to decide which row counts."""

from __future__ import annotations

from collections.abc import Iterable

from duckdb import DuckDBPyConnection

from data.types.arrays import Ints

#: If more events than this share a key, the mapping's key is no real key; they are not all read again for one of them.
MOST = 1_000
_TWICE = "FROM fault WHERE source_table = 'transition' AND reason = 'duplicate_key'"


def sharing(cursor: DuckDBPyConnection, eids: Iterable[int], log_keys: Ints) -> set[int]:
    """Events beside ``eids`` with a log row whose key is duplicated and also occurs in the log of one of ``eids``: in its current
    rows (``log_keys``) or in the ledger."""
    if cursor.execute(f"SELECT 1 {_TWICE} LIMIT 1").fetchone() is None:
        return set()
    chosen = set(eids)
    known = cursor.execute(
        "SELECT DISTINCT tkey FROM ledger WHERE eid IN (SELECT unnest($1::BIGINT[])) AND tkey >= 0", [list(chosen)]
    ).fetchall()
    keys = {key for (key,) in known} | {key for key in log_keys.tolist() if key >= 0}
    others = cursor.execute(
        "SELECT DISTINCT eid FROM ledger WHERE tkey IN (SELECT TRY_CAST(row_key AS BIGINT) "
        f"{_TWICE} AND row_key IN (SELECT unnest($1::VARCHAR[]))) LIMIT {MOST + len(chosen) + 1}",
        [[str(key) for key in keys]],
    ).fetchall()
    found = {int(eid) for (eid,) in others} - chosen
    return found if len(found) <= MOST else set()
