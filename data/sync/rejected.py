"""How much of the source's two large tables was set aside: where it is much, the wall tells little, and must say so."""

from __future__ import annotations

from typing import NamedTuple

from data.facts import Facts

#: Fewer rows than these are no share to speak of, unless they are all that there are.
AT_LEAST = 20
#: Reasons that set a row aside.  A row of another reason is used, in part; ``bad_time`` sets one aside where it is the
#: time that says when the row was.
_WHOLLY = ("duplicate_key", "no_key", "orphan", "unknown_action", "unknown_stage")
_TIMES = {"event": "reported_at", "transition": "at"}


class Rejected(NamedTuple):
    """``rows`` of the ``read`` rows of ``table`` (event, transition) are set aside, most of them for ``reason``."""

    table: str
    rows: int
    read: int
    reason: str

    @property
    def share(self) -> float:
        """0 .. 1."""
        return self.rows / self.read


def rejected_tables(facts: Facts, limit: float) -> list[Rejected]:
    """The tables of which a larger share than ``limit`` (0 .. 1) is set aside, the worst first.

    Rows are counted by their key; of a key that several rows carry, as often as it was set aside.  Two scans of the
    facts (some 50 ms for a million rows): for once a minute, not for every tick.
    """
    wholly = ", ".join(f"'{r}'" for r in _WHOLLY)
    timed = " OR ".join(f"source_table = '{t}' AND starts_with(detail, '{column}:')" for t, column in _TIMES.items())
    aside = (f"SELECT source_table, row_key, reason, count(*) AS n FROM fault WHERE source_table IN ('event', 'transition') "
             f"AND (reason IN ({wholly}) OR reason = 'bad_time' AND ({timed})) GROUP BY ALL")
    with facts.cursor() as cursor:
        cursor.execute("BEGIN")                     # both sums of one moment
        events, logs = cursor.execute("SELECT count(*) FILTER (tkey = -1), count(*) FILTER (tkey <> -1) FROM ledger").fetchone()
        counts = dict(cursor.execute(f"WITH aside AS ({aside}), of_key AS (SELECT source_table, row_key, max(n) AS n FROM aside "
                                     "GROUP BY ALL) SELECT source_table, sum(n) FROM of_key GROUP BY 1").fetchall())
        reasons = dict(cursor.execute(f"WITH aside AS ({aside}), of_reason AS (SELECT source_table, reason, sum(n) AS n FROM "
                                      "aside GROUP BY ALL) SELECT source_table, arg_max(reason, (n, reason)) FROM of_reason "
                                      "GROUP BY 1").fetchall())
        cursor.execute("ROLLBACK")
    found = [Rejected(table, int(counts.get(table, 0)), int(read), str(reasons.get(table, "")))
             for table, read in (("event", events), ("transition", logs))]
    return sorted((r for r in found if r.rows >= max(min(AT_LEAST, r.read), 1) and r.share > limit), key=lambda r: -r.share)


__all__ = ["AT_LEAST", "Rejected", "rejected_tables"]
