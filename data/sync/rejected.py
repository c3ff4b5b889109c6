"""How much of the source's two large tables was rejected: a wall that misses a large share must say so."""

from __future__ import annotations

from typing import NamedTuple

from data.facts.fetch import only_row
from data.facts.store import Facts
from data.sync.reasons import REASONS

#: Fewer rows than this make no meaningful share, unless they are all there are.
AT_LEAST = 20
#: Reasons that reject a row.  A row with another reason is partly used; ``bad_time`` rejects a row if it is the time
#: that dates the row.
_WHOLLY = tuple(code for code, reason in REASONS.items() if reason.whole)
_TIMES = {"event": "reported_at", "transition": "at"}


class Rejected(NamedTuple):
    """``rows`` of the ``read`` rows of ``table`` (event, transition) are rejected, most of them for ``reason``."""

    table: str
    rows: int
    read: int
    reason: str

    @property
    def share(self) -> float:
        """0 .. 1."""
        return self.rows / self.read


def rejected_tables(facts: Facts, limit: float) -> list[Rejected]:
    """Tables of which more than the share ``limit`` (0 .. 1) is rejected, worst first.

    Rows are counted by key; a key shared by several rows counts as often as it was rejected.  This scans the ledger and the
    faults (tens of ms; some hundreds where half a million rows have several reasons), so call it once a minute, not each tick.
    """
    wholly = ", ".join(f"'{r}'" for r in _WHOLLY)
    timed = " OR ".join(f"source_table = '{t}' AND starts_with(detail, '{column}:')" for t, column in _TIMES.items())
    aside = (
        f"FROM fault WHERE source_table IN ('event', 'transition') "
        f"AND (reason IN ({wholly}) OR reason = 'bad_time' AND ({timed}))"
    )
    found = []
    with facts.cursor() as cursor:
        cursor.execute("BEGIN")  # all sums as of one instant
        sql = "SELECT count(*) FILTER (tkey = -1), count(*) FILTER (tkey <> -1) FROM ledger"
        events, logs = only_row(cursor.execute(sql))
        reasons: dict[str, dict[str, int]] = {}
        for table, reason, n in cursor.execute(f"SELECT source_table, reason, count(*) {aside} GROUP BY ALL").fetchall():
            reasons.setdefault(table, {})[reason] = int(n)
        for table, read in (("event", int(events)), ("transition", int(logs))):
            counts = reasons.get(table, {})
            least = max(min(AT_LEAST, read), 1)
            if sum(counts.values()) < least or sum(counts.values()) <= limit * read:
                continue  # not exceeded even if each row had only one reason
            rows = sum(counts.values())
            if len(counts) > 1:
                each = f"SELECT row_key, reason, count(*) AS n {aside} AND source_table = '{table}' GROUP BY ALL"
                sql = f"SELECT sum(n) FROM (SELECT max(n) AS n FROM ({each}) GROUP BY row_key)"
                rows = int(only_row(cursor.execute(sql))[0])
            if rows >= least and rows > limit * read:
                found.append(Rejected(table, rows, read, max(counts, key=lambda r: (counts[r], r))))
        cursor.execute("ROLLBACK")
    return sorted(found, key=lambda r: -r.share)


__all__ = ["AT_LEAST", "Rejected", "rejected_tables"]
