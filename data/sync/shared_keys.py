"""Log rows of two events under one key: which of them counts is decided over both, so both are read together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from data.source.columns import Ints

#: More events than these share a key only where the mapping's key is none; they are not read again for one of them.
MOST = 1_000


def sharing(cursor: Any, eids: Iterable[int], log_keys: Ints) -> set[int]:
    """Events beside ``eids`` with a log row whose key stands twice, and also in the log of one of ``eids``: in its rows as
    they are now (``log_keys``) or as the ledger knows them."""
    twice = {int(k) for (k,) in cursor.execute(
        "SELECT DISTINCT row_key FROM fault WHERE source_table = 'transition' AND reason = 'duplicate_key' "
        "AND regexp_full_match(row_key, '[0-9]+')").fetchall()}
    if not twice:
        return set()
    chosen = set(eids)
    doubled = ", ".join(map(str, sorted(twice)[:MOST]))
    held = cursor.execute(f"SELECT tkey, eid FROM ledger WHERE tkey IN ({doubled}) LIMIT {2 * MOST}").fetchall()
    touched = {key for key, eid in held if eid in chosen} | (twice & set(log_keys.tolist()))
    found = {int(eid) for key, eid in held if key in touched} - chosen
    return found if len(held) < 2 * MOST else set()
