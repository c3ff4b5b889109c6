"""Whose limit ends within the next hours, and how many of them will breach it, judging by past visits to their stage.

For a case that has been in its stage for ``a`` whole work minutes and has ``r`` left until its limit:

- by the stage alone: P(still there at the limit) = S(a + r) / S(a-), S the Kaplan-Meier curve of the stage's visits.  A case
  still there has breached its limit, one that has left has the rest ahead: this is a lower bound of the probability;
- by all that is ahead: 1 - sum over u <= r of P(it leaves after u more minutes) x P(it ends within r - u after that), the
  second from the visits to the same stage: work time from leaving it to the end of the case, repeats included, open ones
  censored.

Both curves are of all cases of the city (no category, no department) and run on the work clock: those who work at night, or
under a limit on the wall clock, are faster than they say.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import and_, case, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.calendar import clock_of
from data.clock.instants import ms
from data.facts.rows import Rows, RowSets
from data.facts.schema import EVENT, VISIT
from data.query import conditions, durations, windows
from data.query.metric import Column, Metric, Statement, events, visits
from data.query.needs import DUE, END, STAGES, Requires, all_of
from data.query.windows import HOUR_MS
from data.statistics import survival
from data.statistics.ranking import MIN_RANKED
from data.text import Text
from data.types.arrays import Array, Flags, Floats
from data.types.records import Record
from data.types.sql import AnySelect

DEFAULT_BACK = timedelta(days=30)
#: Limits that end within this many hours of wall-clock time are considered.
AHEAD_H = 4


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Open cases whose limit ends soon; how long visits of the window lasted, and what followed them."""
    at = ms(now)
    start = windows.window_start("breaches", DEFAULT_BACK, city, back, at)
    due = soon(viewer, city, at, "due_at", "is_hung", "department")
    curves = _curves(replace(viewer, scope=viewer.area, only=None), city, start, at)
    return {
        "due": Statement(conditions.tally(due, "area", "stage", "department", "entered_at", "due_at", "is_hung")),
        **{name: Statement(statement, timedelta(seconds=60)) for name, statement in curves.items()},
    }


def soon(viewer: Viewer, city: City, at: int, *columns: str) -> AnySelect:
    """Rows of the open cases whose limit is not over and ends within the next hours: ``area``, the named columns (``due_at`` is
    one), ``stage`` and ``entered_at`` of the current visit."""
    visits = conditions.visits_standing(viewer, city, at, "eid", "stage", "entered_at").subquery("s")
    cases = conditions.open_events(viewer, city, at, "eid", *columns).subquery("o")
    return (
        select(cases.c.area, *[cases.c[n] for n in columns], visits.c.stage, visits.c.entered_at)
        .select_from(cases.join(visits, visits.c.eid == cases.c.eid))
        .where(cases.c.due_at >= at, cases.c.due_at <= at + AHEAD_H * HOUR_MS)
    )


def _curves(viewer: Viewer, city: City, start: int, at: int) -> dict[str, AnySelect]:
    """Visits entered in (start, at]: work minutes in the stage; for those that are over, from then to the end of the case."""
    log, _, seen = visits(viewer, city)
    cases, _, visible = events(viewer, city)
    v, c = VISIT.c, EVENT.c
    over = durations.over(at)
    window = [*seen, v.entered_at > start, v.entered_at <= at, v.stage.in_(city.profile.open_stages)]
    spent = durations.binned(durations.worked(city, at))
    spans = select(v.stage, conditions.flag(over).label("done"), spent.label("minutes")).select_from(log).where(*window)
    closed = and_(c.is_open == 0, c.closed_at <= at)
    gone = v.exit != conditions.TO_ANOTHER_STAGE
    behind = durations.binned(case((gone, 0), (closed, c.w_closed - v.w_left), else_=durations.present(city, at) - v.w_left))
    done = case((gone, 1), (closed, 1), else_=0)
    rest = (
        select(v.stage, done.label("done"), behind.label("minutes"))
        .select_from(log.join(cases, c.eid == v.eid))
        .where(*window, *visible, over, ~and_(closed, c.w_closed.is_(None)))
    )
    by = ("stage", "done", "minutes")
    return {"visits": conditions.tally(spans, *by), "rest": conditions.tally(rest, *by)}


def chances(rows: RowSets, stage: Array, entered: Array, due: Array, city: City, at: int) -> tuple[Floats, Floats]:
    """(probability that the limit is breached, the same by the stage alone), each (n,), 0..1, for open cases by their current
    ``stage``, when they entered it (ms), and their limit (ms).  NaN where the stage's visits do not suffice: fewer than 20, or
    none observed this long."""
    clock, size = clock_of(city.profile), len(city.profile.stages)
    if not len(stage):
        return np.zeros(0), np.zeros(0)
    present = clock.work_seconds(np.full(len(stage), at))
    age = np.maximum(present - clock.work_seconds(entered), 0) // 60
    left = np.maximum(clock.work_seconds(due) - present, 0) // 60
    here, rest = (_curve(rows[name], size) for name in ("visits", "rest"))
    most = int(left.max()) + 1
    survived = _read(here, stage, age[:, None] + np.arange(-1, most))  # S(a - 1) .. S(a + most - 1)
    before = survived[:, :1]
    ended = 1.0 - _read(rest, stage, np.broadcast_to(np.arange(most), (len(stage), most)))
    u = np.arange(most)
    behind = left[:, None] - u  # minutes left after u more in the stage
    leaves = (survived[:, :-1] - survived[:, 1:]) * (behind >= 0)
    in_time = (leaves * np.take_along_axis(ended, np.maximum(behind, 0), axis=1)).sum(axis=1)
    known = (stage >= 0) & (before[:, 0] > 0) & _seen(here, stage, age)
    there = survived[np.arange(len(stage)), left + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        whole, alone = 1.0 - in_time / before[:, 0], there / before[:, 0]
    return np.where(known, np.clip(whole, 0, 1), np.nan), np.where(known, np.clip(alone, 0, 1), np.nan)


def _curve(r: Rows, size: int) -> survival.Curves:
    done = np.asarray(r["done"], np.int64)
    return survival.kaplan_meier(
        *survival.histogram(
            np.asarray(r["stage"], np.int64), np.asarray(r["minutes"], np.int64), done, np.asarray(r["n"], np.int64), size
        )
    )


def _read(curves: survival.Curves, stage: Array, minutes: Array) -> Floats:
    """(n, k): S of each row's own stage at the end of each of its ``minutes`` (n, k); 1 before the first."""
    table = np.column_stack([np.ones(len(curves.survival)), curves.survival])
    return np.asarray(table[stage[:, None], np.searchsorted(curves.times, minutes, side="right")], np.float64)


def _seen(curves: survival.Curves, stage: Array, age: Array) -> Flags:
    """Whether the stage has enough visits, and one other than the case's own was observed at least this long."""
    at_risk = np.column_stack([curves.at_risk, np.zeros(len(curves.at_risk))])
    of_age = at_risk[stage, np.searchsorted(curves.times, age, side="left")]
    return np.asarray((at_risk[stage, 0] >= MIN_RANKED) & (of_age > 1))


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """Open cases whose limit ends in the next 4 hours of wall-clock time: one row for all of them (``kind`` "all"), then one
    per ``stage``, ``department`` and ``town`` that has any, most expected breaches first; ``code`` "" = unknown.

    ``n`` cases whose clock runs, ``hung`` deferred ones (never overdue: not in n).  ``expected``: how many of the n - ``unknown``
    will breach the limit, the sum of their probabilities; ``at_least``: the same by the stage alone, a lower bound.
    ``unknown``: no probability (under 20 visits to that stage in 30 days, or none observed this long).  ``soonest_min``: minutes
    of wall-clock time to the first limit.  NaN: no data.
    """
    r, at, profile = rows["due"], ms(now), city.profile
    stage, entered, due, n = (np.asarray(r[c], np.int64) for c in ("stage", "entered_at", "due_at", "n"))
    hung = np.asarray(r["is_hung"]) == 1
    whole, alone = chances(rows, stage, entered, due, city, at)
    kinds: list[tuple[str, list[str], Array]] = [
        ("all", [""], np.zeros(len(n), np.int64)),
        ("stage", [s.code for s in profile.stages], stage),
        ("department", [d.code for d in profile.departments], np.asarray(r["department"], np.int64)),
        ("town", list(city.grid.code), np.asarray(r["area"], np.int64)),
    ]
    out: list[Record] = []
    for kind, codes, of in kinds:
        part = []
        for code in [0] if kind == "all" else np.unique(of).tolist():
            own = of == code
            runs = own & ~hung
            told = runs & ~np.isnan(whole)
            part.append(
                {
                    "kind": kind,
                    "code": codes[code] if 0 <= code < len(codes) else "",
                    "n": int(n[runs].sum()),
                    "hung": int(n[own & hung].sum()),
                    "unknown": int(n[runs].sum() - n[told].sum()),
                    "expected": float((whole * n)[told].sum()) if told.any() or not runs.any() else np.nan,
                    "at_least": float((alone * n)[told].sum()) if told.any() or not runs.any() else np.nan,
                    "soonest_min": float((due[runs].min() - at) / 60_000) if runs.any() else np.nan,
                }
            )
        out += sorted(part, key=lambda p: (-np.nan_to_num(p["expected"], nan=-1.0), -p["n"]))
    return pd.DataFrame(out, columns=[c.name for c in METRIC.columns])


METRIC = Metric(
    id="breaches",
    name=Text(zh="即将超期", en="Limits that end soon"),
    definition=Text(
        zh="未来4小时（自然时间）内到期的在办案件（缓办另列）与预计超期件数：由近30天该环节停留与其后至结束的工作时间（Kaplan-M"
        "eier，在办按截尾计）按已停留时长条件推算；“至少”只看本环节",
        en="Open cases whose limit ends within the next 4 hours of the wall's clock (deferred ones apart), and how many are"
        " expected to break it: from how long visits of their stage, and what came after them, lasted in the last 30 days"
        ' (work time, Kaplan-Meier, open ones censored), given how long they have stood; "at least" looks at the stage'
        " alone",
    ),
    unit="events",
    kind="stock",
    columns=(
        Column("kind", "code"),
        Column("code", "code"),
        Column("n", "events"),
        Column("hung", "events"),
        Column("unknown", "events"),
        Column("expected", "events"),
        Column("at_least", "events"),
        Column("soonest_min", "min"),
    ),
    requires=(Requires((DUE, END, STAGES)), Requires(all_of("action.defer"), columns=("hung",))),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
)
