"""Fitting the baseline anew from the facts, and keeping it there: two tables and a key of ``meta``, written at once."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, FromClause, case, func, literal, select

from data.access.viewer import Viewer
from data.city.city import City
from data.city.shifts import DEFAULT
from data.clock.calendar import BusinessClock
from data.clock.instants import ms
from data.clock.localtime import DAY_MS, LocalTime
from data.errors import GridWallError
from data.facts.rows import Rows
from data.facts.schema import BASELINE, EVENT, HOUR_SHARE, LEDGER
from data.facts.store import Facts
from data.query.metric import day_start, events, whole
from data.query.windows import HOUR_MS, hour_unit, local_hours, ordinal, whole_days
from data.types.arrays import Array, Flags, Floats, Ints
from data.types.records import Record
from data.types.sql import AnyColumn, AnySelect
from data.warning import baseline, budget, days, share, streams

#: The key of ``meta`` that says what the baseline stands on.
META = "baseline"
#: Raise it when the way of fitting changes.
VERSION = "2"
#: Days before today that are kept beside their expectation, and days ahead that are expected; EARS knows its week only.
BEHIND, AHEAD, EARS_AHEAD = 56, 7, 2
#: The hours of a day are those of the last half year, the delay of reports that of eight weeks.
HOUR_DAYS, DELAY_DAYS = 182, 56
#: Local hour from which a new day's baseline is made: little is reported then.
REFIT_AT = 4
#: Under a week of whole days there is nothing to compare with.
LEAST_DAYS = 7
_EPOCH = 719_163  # ordinal of 1970-01-01
#: Days before today that quiet days are simulated of.
SIMULATED = 24
Ask = Callable[..., Any]


class BaselineFault(GridWallError):
    """There is too little to fit, or the fit failed; the old baseline stays."""


@dataclass(frozen=True)
class Fitted:
    """What was fitted: ``day`` the local day (ordinal) it is for, ``days`` of history, ``series`` areas x categories, ``ears`` of
    the categories by EARS, ``alpha`` by category code and ``shared`` what of it the areas have in common, ``strength`` and
    ``rate`` how many false alarms a shift are as strong (``budget.Curve``), ``fitted_ms`` when (UTC), ``seconds`` it took."""

    day: int
    days: int
    areas: int
    series: int
    ears: tuple[str, ...]
    alpha: dict[str, float]
    shared: dict[str, float]
    strength: tuple[float, ...]
    rate: tuple[float, ...]
    fitted_ms: int
    seconds: float
    fingerprint: str

    @property
    def curve(self) -> budget.Curve:
        return budget.Curve(tuple(self.strength), tuple(self.rate))


def fingerprint(city: City, clock: BusinessClock, meta: dict[str, str]) -> str:
    """Changes with anything but the events that the baseline depends on."""
    words = (VERSION, city.profile.fingerprint, clock.fingerprint, meta.get("grid", ""))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def stored(meta: dict[str, str]) -> Fitted | None:
    """What the facts say of their baseline; None where they have none."""
    try:
        told = json.loads(meta[META]) if META in meta else None
        return Fitted(**{**told, **{k: tuple(told[k]) for k in ("ears", "strength", "rate")}}) if told else None
    except (KeyError, TypeError, ValueError):  # another version's
        return None


def due(meta: dict[str, str], city: City, clock: BusinessClock, now: datetime) -> bool:
    """Whether the baseline is older than a day, or of another city's file, calendar or grid; that of yesterday, which tells of
    today too, is made anew from ``REFIT_AT`` o'clock on."""
    kept, today = stored(meta), ordinal(now, city)
    if kept is None or kept.fingerprint != fingerprint(city, clock, meta) or not today - 1 <= kept.day <= today:
        return True
    return kept.day < today and now.astimezone(city.profile.zone).hour >= REFIT_AT


def refit(facts: Facts, city: City, clock: BusinessClock, now: datetime, ask: Ask) -> Fitted:
    """Read what was reported up to yesterday, fit (through ``ask``: ``data.jobs.worker``), and write it, all or nothing.

    Raises BaselineFault where the history is under a week; what the fit raises; FactsFault.  The old baseline then stays.
    """
    began = time.perf_counter()
    today = ordinal(now, city)
    meta, counts, first = _history(facts, city, now, today)
    size = counts.shape[2]
    if size < LEAST_DAYS:
        raise BaselineFault(f"early warning: {size} whole days of reports are too few to fit; it takes {LEAST_DAYS}")
    kinds = days.kinds_of(range(first, today + AHEAD + 1), clock.is_workday)
    wanted = np.arange(max(today - BEHIND, first), today + AHEAD + 1)
    found = ask(baseline.fit, counts, first, kinds, wanted)
    if not (np.isfinite(found.mu).all() and np.isfinite(found.alpha).all()):
        raise BaselineFault("early warning: the fit did not end in numbers; the old baseline stays")
    shares = _shares(facts, city, clock, now, today, counts.shape[1])
    categories = _open_categories(city)
    areas = np.append(city.grid.at_level(1), -1).astype(np.int64)
    used = np.append(np.ones(len(areas) - 1, bool), counts[-1].any() or len(areas) == 1)
    rows = _rows(found, areas, categories, wanted, kinds[wanted - first], used, today)
    alpha, common = (
        {city.profile.categories[c].code: round(float(v[c]), 4) for c in categories} for v in (found.dispersion, found.shared)
    )
    curve = _curve(found, city, wanted, today, areas, categories, used, kinds[wanted - first], shares, ask)
    ears = tuple(city.profile.categories[c].code for c in categories if found.method[c] == baseline.EARS)
    told = Fitted(
        today,
        size,
        int(used.sum()),
        int(used.sum()) * len(categories),
        ears,
        alpha,
        common,
        curve.strength,
        curve.rate,
        ms(now),
        round(time.perf_counter() - began, 2),
        fingerprint(city, clock, meta),
    )
    if facts.meta().get("grid") != meta.get("grid"):
        raise BaselineFault("early warning: the facts were loaded anew meanwhile; the fit is made again")
    with facts.writing() as writing:
        writing.replace(BASELINE, rows)
        writing.replace(HOUR_SHARE, shares)
        writing.meta({META: json.dumps(asdict(told), ensure_ascii=False)})
    return told


def _curve(
    found: baseline.Fit,
    city: City,
    wanted: Ints,
    today: int,
    areas: Ints,
    categories: list[int],
    used: Flags,
    kinds: Array,
    shares: Record,
    ask: Ask,
) -> budget.Curve:
    """How strong false alarms are, from quiet days like those around today."""
    known = (found.mu[used][:, categories] > 0).all(axis=(0, 1))  # of the first days of EARS nothing is known
    near = np.flatnonzero(known & (wanted >= today - SIMULATED))
    near = near[np.flatnonzero(np.diff(near, prepend=-2) != 1)[-1] :]
    worked, off, _ = profiles(shares, len(city.profile.categories))
    by_day = np.where(days.is_worked(kinds[near])[:, None, None], worked, off)[:, categories]
    curve: budget.Curve = ask(
        budget.calibrate,
        found.mu[used][:, categories][:, :, near],
        found.alpha[used][:, categories][:, :, near],
        found.shared[categories],
        found.method[categories] == baseline.MODEL,
        np.diff(by_day, axis=2, prepend=0.0),
        streams.pairs_of(areas[used], city.grid.neighbours(1)),
        len(city.profile.shifts or DEFAULT),
        today,
    )
    return curve


def _open_categories(city: City) -> list[int]:
    return [i for i, c in enumerate(city.profile.categories) if not c.sensitive]


def _history(facts: Facts, city: City, now: datetime, today: int) -> tuple[dict[str, str], Ints, int]:
    """(meta, counts by area, category and day, the first day's ordinal): whole local days, the last one yesterday's."""
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
    if known > 0:  # the day of the first record is not whole
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


def _shares(facts: Facts, city: City, clock: BusinessClock, now: datetime, today: int, size: int) -> Record:
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
    kept = _open_categories(city)
    out: dict[str, list[Any]] = {k: [] for k in ("category", "kind", "hour", "share")}
    for kind, at, values in parts:
        out["category"] += [np.repeat(kept, len(at))]
        out["kind"] += [np.full(len(kept) * len(at), kind)]
        out["hour"] += [np.tile(at, len(kept))]
        out["share"] += [values[kept].ravel()]
    return {k: np.concatenate(v) for k, v in out.items()}


def _lags(table: FromClause, conditions: list[ColumnElement[bool]], begin: int, end: int) -> AnySelect:
    """Reports by category and the full hours between that of the report and that in which its first log row was stamped."""
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


def _rows(found: baseline.Fit, areas: Ints, categories: list[int], wanted: Ints, kinds: Array, used: Flags, today: int) -> Record:
    """The rows of BASELINE; EARS' own only for the days whose week is known."""
    sets = np.meshgrid(np.flatnonzero(used), np.array(categories, np.int64), np.arange(len(wanted)), indexing="ij")
    a, c, w = (s.ravel() for s in sets)
    # of the first days no week is known
    keep = (found.mu[a, c, w] > 0) & ((found.method[c] != baseline.EARS) | (wanted[w] <= today + EARS_AHEAD))
    a, c, w = a[keep], c[keep], w[keep]
    return {
        "area": areas[a],
        "category": c,
        "day": wanted[w],
        "kind": kinds[w],
        "method": found.method[c],
        "mu": found.mu[a, c, w],
        "alpha": found.alpha[a, c, w],
        "sd": found.sd[a, c, w],
    }


def baseline_rows(day: int, before: int = 0) -> AnySelect:
    """SELECT of what is expected on a day and on so many days before it."""
    b = BASELINE.c
    return select(b.area.label("town"), b.category, b.day, b.kind, b.method, b.mu, b.alpha, b.sd).where(
        b.day >= day - before, b.day <= day
    )


def share_rows() -> AnySelect:
    h = HOUR_SHARE.c
    return select(h.category, h.kind, h.hour, h.share)


def profiles(rows: Rows, size: int) -> tuple[Floats, Floats, Floats]:
    """(worked days, other days, known) of ``share_rows``: (C, 24), (C, 24) and (C, 25) by category."""
    out = (np.zeros((size, 24)), np.zeros((size, 24)), np.ones((size, 25)))
    c, kind, hour = (np.asarray(rows[k], np.int64) for k in ("category", "kind", "hour"))
    value = np.asarray(rows["share"], float)
    for k, table in enumerate(out):
        mine = (kind == k) & (c < size)
        table[c[mine], hour[mine] - (0 if k == share.KNOWN else 1)] = value[mine]
    return out
