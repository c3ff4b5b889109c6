"""Where cases go from each stage: to another one, back, out of the system, or nowhere yet; and how many pass the first time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, distinct, func, literal, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.case_reads import computed
from data.facts.rows import RowSets
from data.facts.schema import EVENT, VISIT
from data.query import conditions, durations, windows
from data.query.metric import Column, Metric, Statement, by_area, events, visits_of
from data.query.needs import END, STAGES, Requires
from data.source.contract import OUTCOMES
from data.statistics.distributions import percent
from data.text import Text
from data.types.records import Record

DEFAULT_BACK = timedelta(days=30)
#: What may follow a visit besides the city's stages: it goes on, or the case ended there (schema.VISIT.exit 2 ..).
STILL = "open"
ENDS = (STILL, *OUTCOMES)


def visits_of_reported(
    viewer: Viewer, city: City, start: int, at: int
) -> tuple[Any, ColumnElement[int], list[ColumnElement[bool]]]:
    """(table, area, conditions) of the visits, entered by ``at``, of the cases reported after ``start`` within the requested
    window."""
    table, _, visible = events(viewer, city)
    c, v = EVENT.c, VISIT.c
    chosen = (
        select(c.eid).select_from(table).where(*visible, c.reported_at > start, c.reported_at <= windows.window_end(viewer, at))
    )
    log, area, seen = visits_of(chosen, viewer, city)
    # no visit of a case begins before its report, except when clocks differ, which is by less than a day
    return log, area, [*seen, v.entered_at > start - windows.DAY_MS, v.entered_at <= at]


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Visits of the cases reported in the window by stage, what followed, and work minutes; cases that re-entered a stage."""
    at = ms(now)
    start = windows.window_start("transitions", DEFAULT_BACK, city, back, at)
    log, area, met = visits_of_reported(viewer, city, start, at)
    v = VISIT.c
    over = durations.over(at)
    # a stage, or beyond the stages: the state (0 goes on, 1 .. = how the case ended here)
    size = len(city.profile.stages)
    to = case((and_(over, v.exit == conditions.TO_ANOTHER_STAGE), v.next_stage), (over, v.exit - 1 + size), else_=literal(size))
    rows = (
        select(
            area.label("area"), v.stage, to.label("to"), v.rework, durations.binned(durations.worked(city, at)).label("minutes")
        )
        .select_from(log)
        .where(*met)
    )
    by = [area.label(key) for key in by_area(viewer)]
    again = computed(
        select(*by, v.stage, cast(func.count(distinct(v.eid)), BigInteger()).label("n"))
        .select_from(log)
        .where(*met, v.rework == 1)
        .group_by(*by, v.stage)
    )
    visits = conditions.tally(rows, *by_area(viewer), "stage", "to", "rework", "minutes")
    return {"visits": Statement(visits), "again": Statement(again)}


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """Cases reported in 30 days, all their visits.  For each stage with visits one row of ``kind`` "stage", then what followed
    them.

    ``kind`` "stage": ``n`` visits = the sum of the rows after it; ``cases`` whose first visit this is; ``again`` repeat visits
    and ``again_share`` % of n; ``first_pass`` % of the ``passed`` cases (first visit over) that never came back to the stage.
    ``kind`` "step": ``to`` another stage, ``back`` 1 if that is earlier in the city's order (a rework loop);
    "exit": ``to`` settled, cancelled, merged, transferred: the case ended here; "open": ``to`` open, still there.
    ``share`` % of the stage's visits; ``median_min`` work minutes of a visit (of a running one: so far).
    Counts that do not apply to a row are -1, shares NaN.
    """
    profile = city.profile
    size = len(profile.stages)
    r = rows["visits"]
    stage, to, rework, minutes, n = (np.asarray(r[c], np.int64) for c in ("stage", "to", "rework", "minutes", "n"))
    again = np.bincount(
        np.asarray(rows["again"]["stage"], np.int64), weights=np.asarray(rows["again"]["n"], float), minlength=size
    ).astype(int)
    codes = [*[s.code for s in profile.stages], *ENDS]
    none = {"cases": -1, "again": -1, "again_share": np.nan, "passed": -1, "first_pass": np.nan}
    out: list[Record] = []
    for s in np.unique(stage).tolist():
        own = stage == s
        total, first = int(n[own].sum()), own & (rework == 0)
        passed, repeats = int(n[first & (to != size)].sum()), int(n[own & (rework == 1)].sum())
        out.append(
            {
                "kind": "stage",
                "stage": codes[s],
                "to": "",
                "n": total,
                "share": 100.0,
                "back": 0,
                "median_min": durations.quantile(minutes[own & (to != size)], n[own & (to != size)]),
                "cases": int(n[first].sum()),
                "again": repeats,
                "again_share": float(percent(repeats, total)),
                "passed": passed,
                "first_pass": float(percent(passed - again[s], passed)),
            }
        )
        for t in np.unique(to[own]).tolist():
            there = own & (to == t)
            m = int(n[there].sum())
            kind = "step" if 0 <= t < size else "open" if t == size else "exit"
            out.append(
                {
                    "kind": kind,
                    "stage": codes[s],
                    "to": codes[t] if t >= 0 else "",
                    "n": m,
                    "share": float(percent(m, total)),
                    "back": int(0 <= t < s and t < size),
                    "median_min": durations.quantile(minutes[there], n[there]),
                    **none,
                }
            )
    names = [c.name for c in METRIC.columns]
    return pd.DataFrame(out)[names] if out else pd.DataFrame({name: [] for name in names})


METRIC = Metric(
    id="transitions",
    name=Text(zh="环节流转", en="Transitions"),
    definition=Text(
        zh="近30天上报案件的全部停留：自各环节去往何处（另一环节、退回、办结、作废、并案、转出、仍在）的次数、占该环节停留的份"
        "额与工作时间中位；一次通过率＝离开后未再进入该环节的案件÷已离开的案件；返工份额＝再次停留÷停留",
        en="All visits of the cases reported in the last 30 days: what each stage led to (another one, back, settled, cancelled,"
        " merged, transferred, still there), with the share of its visits and the median work time; first pass = cases that"
        " never came back to the stage / cases that have left it; rework = repeat visits / visits",
    ),
    unit="events",
    kind="flow",
    columns=(
        Column("kind", "code"),
        Column("stage", "code"),
        Column("to", "code"),
        Column("n", "events"),
        Column("share", "%"),
        Column("back", "code"),
        Column("median_min", "min"),
        Column("cases", "events"),
        Column("again", "events"),
        Column("again_share", "%"),
        Column("passed", "events"),
        Column("first_pass", "%"),
    ),
    requires=(Requires((STAGES, END)),),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
)
