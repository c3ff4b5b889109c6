"""Cases handed over: from which department to which, between visits and within one (returned and sent to another)."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, case, cast, func, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.case_reads import computed
from data.facts.rows import RowSets
from data.facts.schema import VISIT
from data.metrics.process.transitions import visits_of_reported
from data.query import conditions, windows
from data.query.metric import Column, Metric, Statement
from data.query.needs import DEPARTMENT, STAGES, Requires
from data.statistics.distributions import percent
from data.text import Text
from data.types.arrays import Array, Ints
from data.types.records import Record

DEFAULT_BACK = timedelta(days=30)


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """How many cases reported in the window had a department; for those that had several, their visits."""
    at = ms(now)
    start = windows.window_start("handovers", DEFAULT_BACK, city, back, at)
    log, area, met = visits_of_reported(viewer, city, start, at)
    v = VISIT.c
    held = [*met, v.department >= 0]
    first = case((v.first_department >= 0, v.first_department), else_=v.department)
    cases = select(area.label("area"), v.eid).select_from(log).where(*held).distinct()
    # once for both: which cases have several departments, and the visits of these
    own = (
        select(area.label("area"), v.eid, v.seq, cast(first, BigInteger).label("first"), v.department.label("last"))
        .select_from(log)
        .where(*held)
        .cte("held")
    )
    low, high = func.min(func.least(own.c.first, own.c.last)), func.max(func.greatest(own.c.first, own.c.last))
    several = select(own.c.eid).group_by(own.c.eid).having(low < high)
    visits = select(*own.c).where(own.c.eid.in_(several))
    return {"cases": Statement(conditions.tally(cases, "area")), "visits": Statement(computed(visits))}


def changes(eid: Array, seq: Array, first: Array, last: Array) -> tuple[Ints, Ints, Ints]:
    """(case, from, to) of each handover, from visits (k,) with the department at their start (``first``) and end (``last``)."""
    order = np.lexsort((seq, eid))
    case_of = np.repeat(eid[order], 2)
    holder = np.column_stack([first[order], last[order]]).reshape(-1)
    changed = (case_of[1:] == case_of[:-1]) & (holder[1:] != holder[:-1])
    return case_of[1:][changed], holder[:-1][changed], holder[1:][changed]


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """Cases reported in 30 days that ever had a department; first one row of ``kind`` "all", then one per pair of departments.

    "all": ``cases`` with a department, ``handed`` of them with at least one handover, ``share`` %, ``n`` handovers,
    ``per_case`` n / cases.  "step": ``n`` handovers ``department`` -> ``to``, in ``handed`` cases, ``share`` % of all handovers
    (``cases`` -1); the most frequent first.  A visit records its first and last department; any in between within the same
    visit is unknown.
    """
    codes = [d.code for d in city.profile.departments]
    r = rows["visits"]
    eid, seq, first, last = (np.asarray(r[c], np.int64) for c in ("eid", "seq", "first", "last"))
    case_of, a, b = changes(eid, seq, first, last)
    cases = int(np.sum(rows["cases"]["n"]))
    handed = len(np.unique(case_of))
    out: list[Record] = [
        {
            "kind": "all",
            "department": "",
            "to": "",
            "n": len(case_of),
            "cases": cases,
            "handed": handed,
            "share": float(percent(handed, cases)),
            "per_case": len(case_of) / cases if cases else np.nan,
        }
    ]
    pairs, of = np.unique(np.column_stack([a, b]), axis=0, return_inverse=True)
    of = np.asarray(of).reshape(-1)
    steps = [
        {
            "kind": "step",
            "department": codes[p],
            "to": codes[q],
            "n": int((of == k).sum()),
            "cases": -1,
            "handed": len(np.unique(case_of[of == k])),
            "share": float(percent((of == k).sum(), len(case_of))),
            "per_case": np.nan,
        }
        for k, (p, q) in enumerate(pairs.tolist())
    ]
    out += sorted(steps, key=lambda s: (-int(s["n"]), s["department"], s["to"]))
    return pd.DataFrame(out, columns=[c.name for c in METRIC.columns])


METRIC = Metric(
    id="handovers",
    name=Text(zh="部门转手", en="Hand-overs"),
    definition=Text(
        zh="近30天上报、有过责任部门的案件：相邻停留之间及同一停留之内（退回后改派）责任部门的变更，由何部门到何部门；至少变更"
        "一次的案件占比、每案变更次数；同一停留内只知最初与最后的部门",
        en="Cases reported in the last 30 days that a department has had: changes of department from one visit to the next and"
        " within one (returned and sent to another), from which to which; share of the cases with at least one, changes per"
        " case; within a visit only the first and the last department are known",
    ),
    unit="events",
    kind="flow",
    columns=(
        Column("kind", "code"),
        Column("department", "code"),
        Column("to", "code"),
        Column("n", "events"),
        Column("cases", "events"),
        Column("handed", "events"),
        Column("share", "%"),
        Column("per_case", "events"),
    ),
    requires=(Requires((STAGES, DEPARTMENT)),),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
)
