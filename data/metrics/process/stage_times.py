"""How long visits to each stage last, in work time and on the wall clock, with repeat visits separate (indicator 25)."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, case, literal, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import Rows, RowSets
from data.facts.schema import VISIT
from data.query import conditions, durations, windows
from data.query.metric import Column, Metric, Statement, visits, whole
from data.query.needs import END, STAGES, Requires
from data.statistics import survival
from data.text import Text
from data.types.arrays import Floats, Ints

DEFAULT_BACK = timedelta(days=30)
#: A case's first visit to a stage, and the later ones.
VISITS = ("first", "again")


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Visits entered in the window by stage, whether repeated, whether over, and minutes: of work time, and of the wall clock."""
    at = ms(now)
    start = windows.window_start("stage_times", DEFAULT_BACK, city, back, at)
    log, area, seen = visits(viewer, city)
    v = VISIT.c
    over = durations.over(at)
    spent = {
        "work": durations.worked(city, at),
        "wall": whole(case((over, v.left_at), else_=literal(at, BigInteger())) - v.entered_at, 1000),
    }
    out = {}
    for name, seconds in spent.items():
        rows = (
            select(
                area.label("area"),
                v.stage,
                v.rework,
                conditions.flag(over).label("done"),
                durations.binned(seconds).label("minutes"),
            )
            .select_from(log)
            .where(*seen, v.entered_at > start, v.entered_at <= windows.window_end(viewer, at))
        )
        out[name] = Statement(conditions.tally(rows, "area", "stage", "rework", "done", "minutes"))
    return out


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """Visits entered in 30 days: for each stage of the city, in its order, one row of ``visit`` first and one of again.

    ``n`` visits = ``done`` (over) + ``waiting`` (censored at ``now``).  Kaplan-Meier, minutes: ``median_min`` with its 95 %
    interval ``low_min`` .. ``high_min`` and ``p90_min`` of work time, ``wall_median_min`` and ``wall_p90_min`` on the wall
    clock; NaN if not reached or without visits.  Deferred time is included.  Minutes above 10 hours are counted in tens, above
    100 hours in hours.
    """
    stages = city.profile.stages
    size = 2 * len(stages)
    work, done, waiting = _curves(rows["work"], size)
    wall, _, _ = _curves(rows["wall"], size)
    low, high = survival.quantile_interval(work)
    n = done + waiting

    def known(value: Floats) -> Floats:
        return np.where((n > 0) & np.isfinite(value), value, np.nan)

    return pd.DataFrame(
        {
            "stage": [s.code for s in stages for _ in VISITS],
            "visit": [v for _ in stages for v in VISITS],
            "n": n,
            "done": done,
            "waiting": waiting,
            "median_min": known(survival.quantile(work)),
            "low_min": known(low),
            "high_min": known(high),
            "p90_min": known(survival.quantile(work, 0.9)),
            "wall_median_min": known(survival.quantile(wall)),
            "wall_p90_min": known(survival.quantile(wall, 0.9)),
        }
    )


def _curves(r: Rows, size: int) -> tuple[survival.Curves, Ints, Ints]:
    group = 2 * np.asarray(r["stage"], np.int64) + np.asarray(r["rework"], np.int64)
    minutes, over, n = (np.asarray(r[c], np.int64) for c in ("minutes", "done", "n"))
    times, done, censored = survival.histogram(group, minutes, over, n, size)
    curves = survival.kaplan_meier(times, done, censored)
    return curves, done.sum(axis=1).astype(np.int64), censored.sum(axis=1).astype(np.int64)


METRIC = Metric(
    id="stage_times",
    name=Text(zh="环节用时", en="Time in stage"),
    definition=Text(
        zh="近30天进入的停留：各环节首次与再次停留分列，工作时间与自然时间的中位与P90，Kaplan-Meier 估计，未离开者按截尾计入；"
        "含缓办时间",
        en="Visits entered in the last 30 days, a case's first in the stage and repeats apart: median and P90 in work time and"
        " on the wall's clock, Kaplan-Meier with those that go on censored; deferred time is in",
    ),
    unit="min",
    kind="flow",
    columns=(
        Column("stage", "code"),
        Column("visit", "code"),
        Column("n", "events"),
        Column("done", "events"),
        Column("waiting", "events"),
        Column("median_min", "min"),
        Column("low_min", "min"),
        Column("high_min", "min"),
        Column("p90_min", "min"),
        Column("wall_median_min", "min"),
        Column("wall_p90_min", "min"),
    ),
    requires=(Requires((STAGES, END)),),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
)
