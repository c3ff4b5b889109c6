"""Faults in the rows read: rejected with a reason, in no cell of the grid, or dated in the future."""

from __future__ import annotations

from data.facts.fetch import only_row
from data.facts.store import Facts
from data.types.records import Record

#: Allowed difference between the source's clock and ours before a time counts as lying in the future.
AHEAD_MS = 300_000
#: The key of ``meta`` that holds how many vital signs lie in the future.
AHEAD_SIGNS = "ahead.sign"


def fault_counts(facts: Facts) -> list[tuple[str, str, int]]:
    """(source table, reason, rows), the most frequent first."""
    facts.check_answerable()
    sql = "SELECT source_table, reason, count(*) FROM fault GROUP BY ALL ORDER BY 3 DESC, 1, 2"
    with facts.cursor() as cursor:
        return [(t, r, int(n)) for t, r, n in cursor.execute(sql).fetchall()]


def not_located(facts: Facts) -> int:
    """Events in no cell of the grid: counted in every sum, on no map.  0 where there is no grid at all.  Sensitive events are
    not counted, because a wall shows this number."""
    with facts.cursor() as cursor:
        outside = "SELECT count(*) FROM event WHERE l1 = -1 AND sensitive = 0 AND EXISTS (SELECT 1 FROM grid)"
        return int(only_row(cursor.execute(outside))[0])


def ahead(facts: Facts, now_ms: int) -> int:
    """Events with a time (report, log, end) after ``now_ms`` by more than the allowed clock difference, and such vital signs.
    They are in no figure until then.  Sensitive events are not disclosed."""
    late = now_ms + AHEAD_MS
    with facts.cursor() as cursor:
        sql = "SELECT count(*) FROM event_hot WHERE sensitive = 0 AND (reported_at > ? OR last_at > ? OR closed_at > ?)"
        found = only_row(cursor.execute(sql, [late, late, late]))
        signs = cursor.execute(f"SELECT value FROM meta WHERE key = '{AHEAD_SIGNS}'").fetchone()
    return int(found[0]) + (int(signs[0]) if signs else 0)


def faults(facts: Facts, limit: int = 100) -> list[Record]:
    """The newest rejected rows, with the reason."""
    names = ("source_table", "row_key", "reason", "detail", "seen_at")
    sql = f"SELECT {', '.join(names)} FROM fault ORDER BY seen_at DESC, source_table, row_key LIMIT ?"
    with facts.cursor() as cursor:
        return [dict(zip(names, row, strict=True)) for row in cursor.execute(sql, [int(limit)]).fetchall()]


def cases_of_faults(facts: Facts, limit: int = 100) -> dict[tuple[str, str], tuple[int, str | None]]:
    """(source table, row key) -> (event, its case number), for the rows of ``faults`` that belong to a known event."""
    sql = """
        WITH newest AS (SELECT source_table, row_key FROM fault ORDER BY seen_at DESC, source_table, row_key LIMIT ?),
        own AS (
            SELECT source_table, row_key, coalesce(l.eid, try_cast(replace(row_key, 'of ', '') AS BIGINT)) AS eid
            FROM newest LEFT JOIN ledger AS l ON source_table = 'transition' AND l.tkey = try_cast(row_key AS BIGINT)
            WHERE source_table = 'event' OR l.eid IS NOT NULL OR row_key LIKE 'of %')
        SELECT source_table, row_key, any_value(e.eid), any_value(e.case_number)
        FROM own JOIN event AS e ON e.eid = own.eid GROUP BY ALL"""
    with facts.cursor() as cursor:
        return {(t, k): (int(e), n) for t, k, e, n in cursor.execute(sql, [int(limit)]).fetchall()}
