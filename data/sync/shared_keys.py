"""Log rows of two events under one key: which of them counts is decided over both, so both are read together."""

from __future__ import annotations

from collections.abc import Iterable

from duckdb import DuckDBPyConnection

from data.types.arrays import Ints

#: More events than these share a key only where the mapping's key is none; they are not read again for one of them.
MOST = 1_000
_TWICE = "FROM fault WHERE source_table = 'transition' AND reason = 'duplicate_key'"


def sharing(cursor: DuckDBPyConnection, eids: Iterable[int], log_keys: Ints) -> set[int]:
    """Events beside ``eids`` with a log row whose key stands twice, and also in the log of one of ``eids``: in its rows as
    they are now (``log_keys``) or as the ledger knows them."""
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
