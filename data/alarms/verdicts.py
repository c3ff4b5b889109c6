"""Verdicts on departments, evaluated once a day and stored: each evaluation may err, and a wall would repeat it at every tick.

Each department is evaluated as of ``TAKEN_AT`` o'clock, in the city and in each town.  A department enters a verdict if
Benjamini-Hochberg at ``ENTRY`` over all evaluated departments selects it; it keeps the verdict while its p-value is at most
``RELEASE`` and it deviates to the same side.  Daily evaluation over 30 days of cities without any difference gives a false
verdict in fewer than one in ten (``calibration.ranking.any_called.days30``).  A missed day is evaluated later, since the facts
know the past.
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

#: Key in ``meta`` that describes what is stored.
META = "verdicts"
#: Increase when the evaluation changes.
VERSION = "2"
#: Local hour of the daily evaluation.
TAKEN_AT = 4
#: False discovery rate to enter a verdict, and maximum p-value to keep it.
ENTRY, RELEASE = 0.01, 0.10
#: Days evaluated if nothing is stored: the length of the window.
BACK = 30


@dataclass(frozen=True)
class Taken:
    """The newest stored ``day`` (ordinal), when it was evaluated (UTC ms), how many days were, and how long that took."""

    day: int
    taken_ms: int
    days: int
    seconds: float
    fingerprint: str


class Look(NamedTuple):
    """Of one kind and area, by department: the p-value ``p`` (NaN: not evaluated) and the ``side`` (-1, 0, 1)."""

    p: Floats
    side: Ints


def stored(meta: dict[str, str]) -> Taken | None:
    try:
        return Taken(**json.loads(meta[META])) if META in meta else None
    except (TypeError, ValueError):  # written by another version
        return None


def fingerprint(city: City, meta: dict[str, str]) -> str:
    words = (VERSION, city.profile.fingerprint, meta.get("grid", ""))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def newest_day(city: City, now: datetime) -> int:
    """The newest day whose evaluation is due."""
    today = ordinal(now, city)
    return today if ms(now) >= ms(_instant(today, city)) else today - 1


def _instant(day: int, city: City) -> datetime:
    noon = datetime.fromordinal(day).replace(hour=12, tzinfo=city.profile.zone)
    return (day_start(noon, city) + timedelta(hours=TAKEN_AT)).astimezone(UTC)


def due(meta: dict[str, str], city: City, now: datetime) -> bool:
    kept = stored(meta)
    return kept is None or kept.fingerprint != fingerprint(city, meta) or kept.day != newest_day(city, now)


def take(facts: Facts, city: City, now: datetime) -> Taken:
    """Evaluate all days since the newest stored (at most ``BACK``) and store the verdicts.  Raises FactsError, QueryError."""
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
    """(k,) verdicts after an evaluation: -1 | 0 | 1.

    Worked: p-values .001, .08, .5 of three: the first enters; the second only stays if it had the same verdict before.
    """
    was = np.zeros(len(look.p), np.int64) if before is None else before
    with np.errstate(invalid="ignore"):
        stays = (was != 0) & (look.p <= RELEASE) & (look.side == was)
    enters = benjamini_hochberg(look.p, ENTRY)
    return np.where(stays, was, np.where(enters, look.side, 0)).astype(np.int64)


def looks(facts: Facts, city: City, moment: datetime) -> dict[tuple[int, int], Look]:
    """The evaluation of each kind and area (-1: the city, else a town) as of an instant."""
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
    """The rows of a town; for the city all rows; of a reference always all rows."""
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
    """The rows of VERDICT: all departments of each kind and area, so that "not evaluated" differs from "no verdict"."""
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
