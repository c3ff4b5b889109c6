"""Reconciliation: source and facts compared day by day, and what differs read again.

Per UTC day of ``at`` (log) and ``reported_at`` (events) the source counts its rows and sums their change stamps (whole
seconds); the ledger of the facts holds the same for what was read.  A day that differs is compared row by row, the events
of the differing rows are read again whole, and what the source no longer has is removed from the facts.  It finds rows
that were committed after the overlap had passed, and deletes.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from data.clock.instants import ms
from data.facts.writer import DAY_MS
from data.source.columns import BAD, NO_KEY, NONE, day_of, instant, instants
from data.source.identity import identity
from data.source.reading import Reading
from data.source.spell import spell
from data.source.timestamps import format_timestamp, timestamp_format_of
from data.sync.batch import read_batch
from data.sync.grid import grid_digest
from data.sync.load_pass import pass_grid
from data.sync.report import ReconcileReport
from data.sync.sync import Sync
from data.types.records import Given, Record

#: Events read again per batch.
BATCH = 20_000
#: Values of a column that are examined to learn how it spells its times; faulty ones are skipped.
SAMPLE = 200
_DAY_S = DAY_MS // 1000


#: (table, its own key, the event's id, the time that determines its day)
_LOOKS = (("event", "id", "id", "reported_at"), ("transition", "key", "event", "at"))
DayTotals = dict[int, tuple[int, int]]  # day -> (rows, sum of change stamps in s)


def reconcile(sync: Sync, now: datetime, days: int | None = None) -> ReconcileReport:
    """Compare the last ``days`` UTC days (None = all, and also rows without a usable time) and repair what differs.

    A query to the source may take as long as one of a load.  Raises SourceError, FactsError.
    """
    with sync.source.within(sync.source.limits.load_s):
        return _reconcile(sync, now, days)


def _reconcile(sync: Sync, now: datetime, days: int | None) -> ReconcileReport:
    began = time.perf_counter()
    if sync.source.mapping.static:
        report = sync.tick(now)
        return ReconcileReport(0, 0, report.changed, 0, (time.perf_counter() - began) * 1000)
    if sync.database.compares_otherwise() or (days is None and grid_differs(sync)):
        sync.load(now)  # identities or grid positions have changed: every row would have to be rewritten
        return ReconcileReport(0, 0, 0, 0, (time.perf_counter() - began) * 1000, True)
    first = None if days is None else ms(now) // DAY_MS - days + 1
    compared, differing = set(), set()
    wanted: dict[int, Given] = {}
    suspects: set[int] = set()
    with sync.source.reading() as reading:
        for look in _LOOKS:
            theirs, ours = _source_days(sync, reading, look, first), _facts_days(sync, look[0], first)
            odd = {d for d in theirs.keys() | ours.keys() if theirs.get(d) != ours.get(d)}
            compared |= theirs.keys() | ours.keys()
            differing |= odd
            if odd:
                found = _source_rows(sync, reading, look, odd)
                held = _facts_rows(sync, look[0], odd)
                read = Counter(r[:3] for r in found)
                suspects |= {event for _, event, _ in ((read - held) + (held - read))}
                for r in found:
                    if r[1] in suspects and r[3] not in (so := wanted.setdefault(r[1], [])):
                        so.append(r[3])
        spell(reading, sync.source, suspects, wanted)
        chosen = sorted(suspects)
        gone = 0
        for i in range(0, len(chosen), BATCH):
            batch = read_batch(reading, sync.source, sync.facts, set(chosen[i : i + BATCH]), wanted)
            gone += len(batch.eids - set(batch.events.ints("id").tolist()))
            sync.write(batch, ms(now))
    took = (time.perf_counter() - began) * 1000
    return ReconcileReport(len(compared), len(differing), len(chosen) - gone, gone, took)


def grid_differs(sync: Sync) -> bool:
    """Whether the source's grid differs from the one that the facts are based on."""
    mapping = sync.source.mapping
    if "grid" not in mapping.tables:
        return False
    with sync.source.reading() as reading:
        frame = sync.source.frame_of("grid", reading.rows(reading.sql_of("grid")))
    return grid_digest(pass_grid(frame, sync.profile, mapping)[0]) != sync.facts.meta().get("grid")


# -------------------------------------------------------------------- the source's side
def _source_days(sync: Sync, reading: Reading, look: tuple[str, str, str, str], first: int | None) -> DayTotals:
    table, _, _, at = look
    mapping = sync.source.mapping
    changed = mapping.tables[table].changed  # type: ignore[index]
    expressions = _expressions(sync, reading, table, at, changed)
    if expressions is None:
        totals: DayTotals = {}
        for _, _, seconds, _, on in _typed(sync, reading, look, None):
            if first is None or on >= first:
                count, total = totals.get(on, (0, 0))
                totals[on] = count + 1, total + seconds
        return totals
    day, stamp = expressions
    where, values = _from(sync, reading, table, at, first)
    whole = mapping.tables[table].rows  # type: ignore[index]
    sql = f"SELECT {day} AS d, count(*), coalesce(sum({stamp}), 0) FROM {whole}{where} GROUP BY 1"
    return {int(x): (int(n), int(total)) for x, n, total in reading.rows(sql, **values).rows if first is None or int(x) >= first}


def _source_rows(
    sync: Sync, reading: Reading, look: tuple[str, str, str, str], days: set[int]
) -> list[tuple[int, int, int, object]]:
    """(key, event, change stamp in s, the event's id as spelled) for the rows of these days; an event's key is -1."""
    return [r[:4] for r in _typed(sync, reading, look, days)]


def _typed(
    sync: Sync, reading: Reading, look: tuple[str, str, str, str], days: set[int] | None
) -> list[tuple[int, int, int, object, int]]:
    table, key, event, at = look
    mapping = sync.source.mapping
    changed = mapping.tables[table].changed  # type: ignore[index]
    names = [reading.quoted(n) for n in (key, event, changed, at)]
    where = ""
    expressions = _expressions(sync, reading, table, at, changed) if days is not None else None
    if expressions is not None and days is not None:
        where = f" WHERE {expressions[0]} IN ({', '.join(str(int(d)) for d in sorted(days))})"
    whole = mapping.tables[table].rows  # type: ignore[index]
    rows = reading.rows(f"SELECT {', '.join('q.' + n for n in names)} FROM {whole}{where}").rows
    if not rows:
        return []
    keys, events, stamps, ats = zip(*rows, strict=True)
    written = instants(list(stamps), mapping.zone)
    stamp = np.where(written > 0, written // 1000, 0).tolist()
    when = instants(list(ats), mapping.zone)
    day = day_of(when).tolist()
    own = [NONE] * len(rows) if table == "event" else [NO_KEY if (k := identity(key)) == NONE else k for key in keys]
    return [
        (k, sync.source.identity(e, table), s, e, d)
        for k, e, s, d in zip(own, events, stamp, day, strict=True)
        if days is None or d in days
    ]


def _expressions(sync: Sync, reading: Reading, table: str, at: str, changed: str) -> tuple[str, str] | None:
    """SQL of (UTC day of ``at``, change stamp in s); None where we must count this source ourselves: a zone that changes its
    clock, texts with offsets, a dialect without a function for it."""
    out = []
    for name in (at, changed):
        shift = _shift(sync, reading, table, name)
        if shift is None:
            return None
        expression = reading.engine.epoch_s(f"q.{reading.quoted(name)}")
        if not expression:
            return None
        out.append(f"({expression} - {shift})" if shift else str(expression))
    day = f"coalesce({out[0]} {reading.engine.whole_division} {_DAY_S}, -1)"  # -1 = no time
    return day, f"CASE WHEN {out[1]} > 0 THEN {out[1]} ELSE 0 END"  # as the ledger holds stamps before 1970


def _shift(sync: Sync, reading: Reading, table: str, name: str) -> int | None:
    """Seconds by which this column's times are ahead of UTC; None if they vary, or if only SQLite would read its texts as
    times."""
    spelling = _spelling(reading, table, name, sync)
    if spelling is None or spelling == "aware":
        return 0
    if not spelling or (spelling.startswith("text:") and (len(spelling) > 6 or not reading.engine.text_times)):
        return None
    return fixed_offset(sync.source.mapping.zone)


def _spelling(reading: Reading, table: str, name: str, sync: Sync) -> str | None:
    """``spelling_of`` the first value that is a time; "" if only faulty ones were seen, None if there is none."""
    column = f"q.{reading.quoted(name)}"
    sql = sync.source.mapping.tables[table].rows  # type: ignore[index]
    sample = reading.rows(f"SELECT {column} FROM {sql} WHERE {column} IS NOT NULL LIMIT {SAMPLE}").rows
    usable = (v for (v,) in sample if instant(v, sync.source.mapping.zone) not in (NONE, BAD))
    first = next(usable, None)
    return timestamp_format_of(first) if first is not None else "" if sample else None


def fixed_offset(zone: ZoneInfo) -> int | None:
    """Seconds ahead of UTC where the zone has kept one offset since 2000, else None."""
    quarters = (datetime(y, m, 1, tzinfo=UTC) for y in range(2000, 2031) for m in (1, 4, 7, 10))
    offsets = {q.astimezone(zone).utcoffset() for q in quarters}
    only = offsets.pop()
    return None if offsets or only is None else int(only.total_seconds())


def _from(sync: Sync, reading: Reading, table: str, at: str, first: int | None) -> tuple[str, Record]:
    """A range on ``at`` that its index can serve."""
    spelling = _spelling(reading, table, at, sync)
    if first is None or not spelling:
        return "", {}
    return (
        f" WHERE q.{reading.quoted(at)} >= :gridwall_since",
        {"gridwall_since": format_timestamp(first * DAY_MS, spelling, sync.source.mapping.zone)},
    )


# -------------------------------------------------------------------- the facts' side
def _kind(table: str) -> str:
    return "tkey = -1" if table == "event" else "tkey <> -1"


def _facts_days(sync: Sync, table: str, first: int | None) -> DayTotals:
    since = "" if first is None else f" AND day >= {int(first)}"
    sql = f"SELECT day, count(*), sum(stamp // 1000) FROM ledger WHERE {_kind(table)}{since} GROUP BY day"
    with sync.facts.cursor() as cursor:
        return {int(d): (int(n), int(total)) for d, n, total in cursor.execute(sql).fetchall()}


def _facts_rows(sync: Sync, table: str, days: set[int]) -> Counter[tuple[int, int, int]]:
    chosen = ", ".join(str(int(d)) for d in sorted(days))
    sql = f"SELECT tkey, eid, stamp // 1000 FROM ledger WHERE {_kind(table)} AND day IN ({chosen})"
    with sync.facts.cursor() as cursor:
        return Counter((int(k), int(e), int(s)) for k, e, s in cursor.execute(sql).fetchall())
