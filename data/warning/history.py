"""The reports that the baseline is fitted to: by area, category and day; by hour of the day; and their reporting delay."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, FromClause, case, func, literal, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.calendar import BusinessClock
from data.clock.instants import ms
from data.clock.localtime import DAY_MS, LocalTime
from data.facts.schema import EVENT, LEDGER
from data.facts.store import Facts
from data.query.metric import day_start, events, whole
from data.query.windows import HOUR_MS, hour_unit, local_hours, ordinal, whole_days
from data.types.arrays import Array, Ints
from data.types.records import Record
from data.types.sql import AnyColumn, AnySelect
from data.warning import baseline, days, share

#: Days of history for the hourly profile (half a year) and for the reporting delay (eight weeks).
HOUR_DAYS, DELAY_DAYS = 182, 56
_EPOCH = 719_163  # ordinal of 1970-01-01


def open_categories(city: City) -> list[int]:
    return [i for i, c in enumerate(city.profile.categories) if not c.sensitive]


def daily_counts(facts: Facts, city: City, now: datetime, today: int) -> tuple[dict[str, str], Ints, int]:
    """(meta, counts by area, category and day, the first day's ordinal): whole local days up to yesterday."""
    table, area, conditions = events(Viewer(), city)
    span = whole_days(now, city, range(1, baseline.MOST_DAYS + 1))
    since, until = span[0].start, span[-1].end
    day = local_day(EVENT.c.reported_at, city.profile.zone, since, until).label("day")
    inner = (
        select(area.label("area"), EVENT.c.category, day)
        .select_from(table)
        .where(*conditions, EVENT.c.reported_at >= since, EVENT.c.reported_at <= until)
    )
    t = inner.subquery("r")
    by = select(t.c.area, t.c.category, t.c.day, func.count().label("n")).group_by(t.c.area, t.c.category, t.c.day)
    begin = select(func.min(EVENT.c.reported_at).label("first")).select_from(table).where(EVENT.c.reported_at > 0)
    meta, rows = facts.read({"by": by, "first": begin})
    known = int(np.asarray(rows["first"]["first"])[0])
    earliest = today
    if known > 0:  # the day of the first record is incomplete
        earliest = ordinal(datetime.fromtimestamp(known / 1000, now.tzinfo), city) + 1
    first = max(earliest, today - baseline.MOST_DAYS)
    r = rows["by"]
    areas, of_area = city.grid.at_level(1), np.full(len(city.grid.code) + 1, -1, np.int64)
    of_area[areas] = np.arange(len(areas))
    of_area[-1] = len(areas)
    shape = (len(areas) + 1, len(city.profile.categories), max(today - first, 0))
    a, c, d = (np.asarray(r[k], np.int64) for k in ("area", "category", "day"))
    a, d = of_area[a], d - first
    keep = (a >= 0) & (c >= 0) & (c < shape[1]) & (d >= 0) & (d < shape[2])
    flat = np.ravel_multi_index((a[keep], c[keep], d[keep]), shape) if keep.any() else np.zeros(0, np.int64)
    counts = np.bincount(flat, weights=np.asarray(r["n"])[keep], minlength=int(np.prod(shape))).reshape(shape)
    return meta, counts.astype(np.int64), first


def local_day(column: AnyColumn, zone: ZoneInfo, since: int, until: int) -> ColumnElement[int]:
    """SQL: the ordinal of the local date of an instant between ``since`` and ``until``."""
    local = LocalTime.of(zone)
    a, b = np.searchsorted(local.change, [since, until], side="right")
    offset: AnyColumn = literal(int(local.offset[b]), BigInteger())
    if b > a:
        offset = case(*[(column < int(local.change[i]), int(local.offset[i])) for i in range(int(a), int(b))], else_=offset)
    return whole(column + offset, DAY_MS) + _EPOCH


def hour_share_rows(facts: Facts, city: City, clock: BusinessClock, now: datetime, today: int, size: int) -> Record:
    """The rows of HOUR_SHARE."""
    table, _, conditions = events(Viewer(), city)
    spans = whole_days(now, city, range(1, HOUR_DAYS + 1))
    unit = hour_unit(city, [spans[0], spans[-1]])
    bin_ = whole(EVENT.c.reported_at, unit)
    inner = (
        select(EVENT.c.category, bin_.label("bin"))
        .select_from(table)
        .where(*conditions, EVENT.c.reported_at >= spans[0].start, EVENT.c.reported_at <= spans[-1].end)
        .subquery("h")
    )
    hours = select(inner.c.category, inner.c.bin, func.count().label("n")).group_by(inner.c.category, inner.c.bin)
    begin, end = ms(day_start(now, city)) - DELAY_DAYS * DAY_MS, ms(day_start(now, city)) - 2 * DAY_MS
    _, rows = facts.read({"hours": hours, "lags": _lags(table, conditions, begin, end)})
    r = rows["hours"]
    day, hour = local_hours(np.asarray(r["bin"], np.int64) * unit, city)
    kinds = days.kinds_of(range(today - HOUR_DAYS - 1, today + 1), clock.is_workday)
    off = np.where(days.is_worked(kinds[day - (today - HOUR_DAYS - 1)]), share.WORKED, share.OFF) if len(day) else day
    c, n = np.asarray(r["category"], np.int64), np.asarray(r["n"], float)
    profiles = []
    for kind in (share.WORKED, share.OFF):
        mine = (off == kind) & (c >= 0) & (c < size)
        flat = np.bincount(c[mine] * 24 + hour[mine], weights=n[mine], minlength=24 * size)
        profiles.append(share.hour_shares(flat.reshape(size, 24)))
    r = rows["lags"]
    c, lag, n = np.asarray(r["category"], np.int64), np.asarray(r["lag"], np.int64), np.asarray(r["n"], float)
    mine = (c >= 0) & (c < size)
    lags = np.bincount(c[mine] * 25 + np.clip(lag[mine], 0, 24), weights=n[mine], minlength=25 * size).reshape(size, 25)
    known = share.known_shares(lags)
    parts = [(kind, np.arange(1, 25), p) for kind, p in enumerate(profiles)] + [(share.KNOWN, np.arange(25), known)]
    kept = open_categories(city)
    out: dict[str, list[Array]] = {k: [] for k in ("category", "kind", "hour", "share")}
    for kind, at, values in parts:
        out["category"] += [np.repeat(kept, len(at))]
        out["kind"] += [np.full(len(kept) * len(at), kind)]
        out["hour"] += [np.tile(at, len(kept))]
        out["share"] += [values[kept].ravel()]
    return {k: np.concatenate(v) for k, v in out.items()}


def _lags(table: FromClause, conditions: list[ColumnElement[bool]], begin: int, end: int) -> AnySelect:
    """Reports by category and number of full hours from the hour of the report to that of its first log row's stamp."""
    first_row = (
        select(LEDGER.c.eid, func.min(LEDGER.c.stamp).label("known"))
        .where(LEDGER.c.tkey != -1, LEDGER.c.stamp > 0, LEDGER.c.day >= begin // DAY_MS - 1)
        .group_by(LEDGER.c.eid)
        .subquery("k")
    )
    lag = whole(first_row.c.known, HOUR_MS) - whole(EVENT.c.reported_at, HOUR_MS)
    inner = (
        select(EVENT.c.category, func.least(func.greatest(lag, 0), 24).label("lag"))
        .select_from(table.join(first_row, first_row.c.eid == EVENT.c.eid))
        .where(*conditions, EVENT.c.reported_at >= begin, EVENT.c.reported_at < end)
        .subquery("l")
    )
    return select(inner.c.category, inner.c.lag, func.count().label("n")).group_by(inner.c.category, inner.c.lag)
