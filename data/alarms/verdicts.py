"""Verdicts on departments, taken once a day and kept: a wall looks again and again, and every look may be wrong.

At ``TAKEN_AT`` o'clock each department is asked as of that instant, in the city and in each town.  Who was not called is called
where Benjamini and Hochberg pass it at ``ENTRY`` over all that are asked; who was called stays so while its chance is at most
``RELEASE`` and it departs to the same side.  Looking every day for 30 days at cities in which nobody differs calls somebody in
fewer than one in ten (``calibration.ranking.any_called.days30``).  A day that was missed is made up for, since the facts know the
past.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from sqlalchemy import select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import Rows
from data.facts.schema import VERDICT
from data.facts.store import Facts
from data.metrics.evaluation import department_score
from data.metrics.wall import department_response
from data.query.metric import day_start
from data.query.verdict_rows import SCORE
from data.query.windows import ordinal
from data.statistics.ranking import benjamini_hochberg
from data.types.arrays import Array, Floats, Ints
from data.types.records import Record
from data.types.sql import AnySelect

#: The key of ``meta`` that says what is kept.
META = "verdicts"
#: Raise it when the way of asking changes.
VERSION = "2"
#: Local hour of the day's look.
TAKEN_AT = 4
#: The level at which somebody is called, and the chance up to which it stays.
ENTRY, RELEASE = 0.01, 0.10
#: Days that are looked at where nothing is kept: as long as the window is.
BACK = 30


@dataclass(frozen=True)
class Taken:
    """The newest ``day`` (ordinal) that is kept, when it was taken (UTC ms), how many days were looked at, and in how long."""

    day: int
    taken_ms: int
    days: int
    seconds: float
    fingerprint: str


class Look(NamedTuple):
    """Of one kind and area, by department: the chance ``p`` (NaN: not asked) and the ``side`` (-1, 0, 1)."""

    p: Floats
    side: Ints


def stored(meta: dict[str, str]) -> Taken | None:
    try:
        return Taken(**json.loads(meta[META])) if META in meta else None
    except (TypeError, ValueError):  # another version's
        return None


def fingerprint(city: City, meta: dict[str, str]) -> str:
    words = (VERSION, city.profile.fingerprint, meta.get("grid", ""))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def newest_day(city: City, now: datetime) -> int:
    """The last day whose look is over."""
    today = ordinal(now, city)
    return today if ms(now) >= ms(_instant(today, city)) else today - 1


def _instant(day: int, city: City) -> datetime:
    noon = datetime.fromordinal(day).replace(hour=12, tzinfo=city.profile.zone)
    return (day_start(noon, city) + timedelta(hours=TAKEN_AT)).astimezone(UTC)


def due(meta: dict[str, str], city: City, now: datetime) -> bool:
    kept = stored(meta)
    return kept is None or kept.fingerprint != fingerprint(city, meta) or kept.day != newest_day(city, now)


def take(facts: Facts, city: City, now: datetime) -> Taken:
    """Look at every day since the last that is kept (at most ``BACK``) and keep how all stand.  Raises FactsError, QueryError."""
    began, newest, meta = time.perf_counter(), newest_day(city, now), facts.meta()
    kept, mark = stored(meta), fingerprint(city, meta)
    again = kept is None or kept.fingerprint != mark or not newest - BACK < kept.day <= newest
    standing: dict[tuple[int, int], Ints] = {} if again else _kept(facts, city)
    first = newest - BACK + 1 if kept is None or again else kept.day + 1
    looked: dict[tuple[int, int], Look] = {}
    for day in range(first, newest + 1):
        looked = looks(facts, city, _instant(day, city))
        standing = {key: step(standing.get(key), look) for key, look in looked.items()}
    told = Taken(newest, ms(now), newest + 1 - first, round(time.perf_counter() - began, 2), mark)
    with facts.writing() as writing:
        if looked:
            writing.replace(VERDICT, _rows(standing, looked, newest))
        writing.meta({META: json.dumps(asdict(told))})
    return told


def step(before: Ints | None, look: Look) -> Ints:
    """(k,) how each stands after a look: -1 | 0 | 1.

    Worked: chances .001, .08, .5 of three: the first is called; the second only stays if it was called before, to the same side.
    """
    was = np.zeros(len(look.p), np.int64) if before is None else before
    with np.errstate(invalid="ignore"):
        stays = (was != 0) & (look.p <= RELEASE) & (look.side == was)
    enters = benjamini_hochberg(look.p, ENTRY)
    return np.where(stays, was, np.where(enters, look.side, 0)).astype(np.int64)


def looks(facts: Facts, city: City, moment: datetime) -> dict[tuple[int, int], Look]:
    """Each kind and area (-1: the city, else a town), as of an instant."""
    viewer = Viewer("wall")
    asked: dict[str, AnySelect] = {}
    for metric in (department_response.METRIC, department_score.METRIC):
        for name, statement in metric.select(viewer, city, None, moment).items():
            asked[f"{metric.id}.{name}"] = statement.select
    _, rows = facts.read(asked)
    out: dict[tuple[int, int], Look] = {}
    for area in [-1, *city.grid.at_level(1).tolist()]:
        own = {name: _of(answer, area, name) for name, answer in rows.items()}
        response, score = (
            {n.split(".", 1)[1]: a for n, a in own.items() if n.startswith(f"{metric.id}.")}
            for metric in (department_response.METRIC, department_score.METRIC)
        )
        for measure, kind in department_response.KINDS.items():
            side, p = department_response.compared_of(response, measure, city, moment)
            out[kind, area] = Look(p, side)
        found = department_score.scored(score, city).found
        out[SCORE, area] = Look(found.p, found.side)
    return out


def _of(answer: Rows, area: int, name: str) -> Rows:
    """The rows of a town; of the city all, and all of what every town is held against."""
    if area < 0 or "area" not in answer or name.endswith(".reference"):
        return answer
    mine = np.asarray(answer["area"]) == area
    return {k: np.asarray(v)[mine] for k, v in answer.items()}


def _kept(facts: Facts, city: City) -> dict[tuple[int, int], Ints]:
    _, rows = facts.read({"kept": select(VERDICT.c.kind, VERDICT.c.area, VERDICT.c.department, VERDICT.c.call)})
    r = {k: np.asarray(v, np.int64) for k, v in rows["kept"].items()}
    out: dict[tuple[int, int], Ints] = {}
    for kind, area, department, call in zip(r["kind"], r["area"], r["department"], r["call"], strict=True):
        out.setdefault((int(kind), int(area)), np.zeros(len(city.profile.departments), np.int64))[department] = call
    return out


def _rows(standing: dict[tuple[int, int], Ints], looked: dict[tuple[int, int], Look], day: int) -> Record:
    """The rows of VERDICT: of each kind and area all departments, so that a look that asked nobody is told from none."""
    out: dict[str, list[Array]] = {c.name: [] for c in VERDICT.c}
    for (kind, area), call in standing.items():
        p = looked[kind, area].p
        some = np.arange(len(p))
        for name, value in (("kind", kind), ("area", area), ("day", day)):
            out[name].append(np.full(len(some), value))
        out["department"].append(some)
        out["call"].append(call[some])
        out["p"].append(p[some])
    return {k: np.concatenate(v) for k, v in out.items()}
