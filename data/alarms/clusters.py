"""Clusters of reports in space and time (``data.statistics.scan``): evaluated once a day and stored, since the scan simulates
the city's quiet days.

At the daily evaluation (``data.alarms.verdicts.TAKEN_AT``) the last 70 whole days of every village are compared: does a
village with its nearest or its neighbours have more reports in the last one to fourteen days than its own eight weeks before
predict?
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import func, select

from data.access.viewer import Viewer
from data.alarms.verdicts import fingerprint, newest_day
from data.city.city import City
from data.clock.instants import ms
from data.errors import GridWallError
from data.facts.schema import EVENT
from data.facts.store import Facts
from data.metrics.evaluation.hotspots import level_of
from data.metrics.evaluation.place_counts import slots
from data.query.kept_cluster import META, Cluster, stored
from data.query.metric import events
from data.query.windows import whole_days
from data.statistics import scan
from data.types.arrays import Floats, Ints
from data.types.records import Record
from data.warning.history import local_day

Ask = Callable[..., scan.Found]
#: Minimum number of villages with an outline for a scan.
LEAST_PLACES = 10


class ScanError(GridWallError):
    """There is too little data to scan; the stored result is kept."""


@dataclass(frozen=True)
class _Villages:
    """Positions in the grid, residents, centres (kilometres) and the pairs (places in this list) that share an edge."""

    at: Ints
    residents: Floats
    xy: Floats
    pairs: Ints


def due(meta: dict[str, str], city: City, now: datetime) -> bool:
    kept = stored(meta.get(META))
    return kept is None or kept.fingerprint != fingerprint(city, meta) or kept.day != newest_day(city, now)


def take(facts: Facts, city: City, now: datetime, ask: Ask) -> Cluster:
    """Scan the days up to the day of the evaluation (exclusive) through ``ask`` (``data.jobs.worker``) and store the result.

    Raises ScanError if fewer than ``scan.NEEDED`` days are known or too few villages have an outline; FactsError."""
    began, day = time.perf_counter(), newest_day(city, now)
    meta, own = facts.meta(), _villages(city)
    counts = _counts(facts, city, now, day, own.at)
    found = ask(scan.look, counts, own.residents, own.xy, own.pairs)
    told = Cluster(
        day=day,
        alarm=bool(found.alarm),
        codes=tuple(city.grid.code[i] for i in own.at[found.inside].tolist()),
        days=found.days,
        seen=found.seen,
        expected=round(found.expected, 2),
        recurs=round(found.recurs, 1) if np.isfinite(found.recurs) else None,
        places=len(own.at),
        taken_ms=ms(now),
        seconds=round(time.perf_counter() - began, 2),
        fingerprint=fingerprint(city, meta),
    )
    with facts.writing() as writing:
        writing.meta({META: json.dumps(asdict(told), ensure_ascii=False)})
    return told


def _villages(city: City) -> _Villages:
    import shapely

    level, shapes = level_of(city), city.grid.shapes()
    places = [int(i) for i in city.grid.at_level(level)] if level else []
    at = np.array([i for i in places if shapes and shapes[i] is not None], np.int64)
    if len(at) < LEAST_PLACES:
        raise ScanError(f"space-time scan: {len(at)} places with an outline are too few; it takes {LEAST_PLACES}")
    centre = shapely.centroid(shapely.from_wkb([shapes[i] for i in at.tolist()]))
    lon, lat = shapely.get_x(centre), shapely.get_y(centre)
    xy = np.column_stack([(lon - lon.mean()) * np.cos(np.deg2rad(lat.mean())), lat - lat.mean()]) * 111.2
    pairs = slots(at, -1, city)[city.grid.neighbours(level)].reshape(-1, 2)
    return _Villages(at, city.grid.population[at].astype(float), xy, pairs[(pairs >= 0).all(axis=1)])


def _counts(facts: Facts, city: City, now: datetime, day: int, at: Ints) -> Ints:
    """(days, villages) reports of the ``scan.NEEDED`` whole days before ``day``; sensitive categories excluded."""
    table, _, conditions = events(Viewer(), city)
    c = EVENT.c
    today = now.astimezone(city.profile.zone).toordinal()
    spans = whole_days(now, city, range(today - day + 1, today - day + scan.NEEDED + 1))
    since, until = spans[0].start, spans[-1].end
    inner = (
        select(c[f"l{level_of(city)}"].label("place"), local_day(c.reported_at, city.profile.zone, since, until).label("day"))
        .select_from(table)
        .where(*conditions, c.reported_at >= since, c.reported_at <= until)
    )
    t = inner.subquery("r")
    by = select(t.c.place, t.c.day, func.count().label("n")).group_by(t.c.place, t.c.day)
    first = select(func.min(c.reported_at).label("first")).select_from(table).where(c.reported_at > 0)
    _, rows = facts.read({"by": by, "first": first})
    known = np.asarray(rows["first"]["first"])
    if not len(known) or not 0 < int(known[0]) <= since:
        raise ScanError(f"space-time scan: the records do not reach back over {scan.NEEDED} whole days")
    r: Record = {k: np.asarray(v, np.int64) for k, v in rows["by"].items()}
    place, days = slots(at, -1, city)[r["place"]], r["day"] - spans[0].day
    keep = (place >= 0) & (days >= 0) & (days < scan.NEEDED)
    out = np.zeros((scan.NEEDED, len(at)), np.int64)
    np.add.at(out, (days[keep], place[keep]), r["n"][keep])
    return out
