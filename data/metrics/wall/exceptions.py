"""At most three things that differ from the usual so clearly that the wall should report them in words.

``data.metrics.wall.exception_rules`` defines them; here they are queried, ordered and cut to three.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, and_, or_, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.metrics.wall.exception_rules import out_of_usual
from data.query import conditions, windows
from data.query.metric import Column, Metric, Statement, events
from data.query.windows import USUAL_EVERY, WEEKDAYS
from data.text import Text
from data.types.sql import AnyColumn, AnySelect

SHOWN = 3
NEEDS = ("stage_backlog", "grid_heat", "department_response", "channel_mix")


def identity(kind: str, code: str, scope: str = "") -> str:
    """Identifier of an exception for as long as it lasts, whatever its rank and numbers: ``stage:inspect``, on a town's own wall
    ``stage:inspect@<grid code>``."""
    return f"{kind}:{code}" + (f"@{scope}" if scope else "")


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Today so far by category and town; once a minute what came to each stage and left it lately, and by category
    the last eight same weekdays up to this time of day."""
    table, area, visible = events(viewer, city)
    c, span = EVENT.c, windows.today(now, city)
    current = (
        select(area.label("area"), c.category)
        .select_from(table)
        .where(*visible, c.reported_at >= span.start, c.reported_at <= ms(now))
    )
    return {
        "today": Statement(conditions.tally(current, "area", "category")),
        **_history(viewer, city, None, windows.minute(now)),
    }


def _pace(viewer: Viewer, city: City, now: datetime) -> AnySelect:
    """What came to each stage and left it in the worked time over which its pace is judged: hours, of which a minute more or less
    is no news."""
    spans = windows.worked(now, city)
    v = (
        conditions.visits_alive_since(viewer, city, spans[0][0], ms(now), "stage", "entered_at", "left_at", "exit")
        .subquery("v")
        .c
    )

    def inside(column: AnyColumn) -> ColumnElement[bool]:
        return or_(*[and_(column > start, column <= end) for start, end in spans])

    came, gone = inside(v.entered_at), and_(v.exit != 0, inside(v.left_at))
    moved = select(v.area, v.stage, conditions.flag(came).label("came"), conditions.flag(gone).label("gone")).where(
        or_(came, gone)
    )
    return conditions.tally(moved, "area", "stage", sums=("came", "gone"))


@windows.each_minute
def _history(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    table, area, visible = events(viewer, city)
    c, spans = EVENT.c, windows.same_time(now, city, WEEKDAYS)
    past = (
        select(area.label("area"), c.category, windows.flow_day(c.reported_at, spans).label("day"))
        .select_from(table)
        .where(*visible, windows.within(c.reported_at, spans))
    )
    return {
        "pace": Statement(_pace(viewer, city, now), USUAL_EVERY),
        "usual": Statement(conditions.tally(past, "area", "category", "day"), USUAL_EVERY),
        "first": conditions.first_record(),
    }


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """Up to three rows, act before watch, then by distance from the usual; ``rank`` 1.. .

    ``kind`` (see the rules), ``code`` (of the stage, grid cell, category, department or channel), ``severity`` "act" | "watch",
    ``observed``, ``usual``, ``low``, ``high`` (in the unit of the kind: events, % late, work minutes, hours quiet),
    ``owner`` (a department's code or ""), ``area`` (a town's code or ""), ``since_ms`` (NaN if unknown), and by kind (see the
    rules; NaN elsewhere) ``came`` ... ``pace_out``.  Needs the answers of the metrics in ``NEEDS`` for the same scope, as arrays.
    """
    every = uncut(rows, city, now)
    found = every[every["raises"].astype(bool)]
    found = found.iloc[chosen(found["kind"].tolist())]
    return found.assign(rank=np.arange(1, len(found) + 1))[[c.name for c in METRIC.columns]]


def uncut(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """All that is out of its usual, in the order of ``compute``: its columns except ``rank``, and ``raises``: False for what
    would not become an exception but remains one."""
    found = out_of_usual(rows, city, now)
    found.sort(key=lambda f: (not f.act, f.kind == "department", -f.excess, f.kind, f.code))
    records = [{"severity": "act" if f.act else "watch", **vars(f)} for f in found]
    return pd.DataFrame.from_records(records, columns=[*[c.name for c in METRIC.columns if c.name != "rank"], "raises"])


def chosen(kinds: Sequence[str]) -> list[int]:
    """Positions of the first three of an ordered list of exceptions, but at most two of a kind while there is one of another."""
    seen: dict[str, int] = {}
    first: list[int] = []
    rest: list[int] = []
    for i, kind in enumerate(kinds):
        seen[kind] = seen.get(kind, 0) + 1
        (first if seen[kind] <= 2 else rest).append(i)
    return sorted([*first, *rest][:SHOWN])


METRIC = Metric(
    id="exceptions",
    name=Text(zh="异常三条", en="Three exceptions"),
    definition=Text(
        zh="明显偏离往常的环节、区域、类别、部门或渠道,至多三条;各有最低件数和统计界限;区域按自身案件构成（类别×等级）所应有的"
        "超期来比,日子如常时任一类别被误判的机会合计至多 5%",
        en="At most three stages, areas, categories, departments or channels clearly out of their usual, each with a"
        " minimum count and a statistical limit; an area is held against the lateness that its own mix of categories and"
        " severities lets expect, and on a day like the others any of the categories is called with a chance of at most 5 %",
    ),
    unit="",
    kind="both",
    columns=(
        Column("rank", "rank"),
        Column("kind", "code"),
        Column("code", "code"),
        Column("severity", "code"),
        Column("observed", "of the kind"),
        Column("usual", "of the kind"),
        Column("low", "of the kind"),
        Column("high", "of the kind"),
        Column("owner", "code"),
        Column("area", "code"),
        Column("since_ms", "instant_ms"),
        Column("came", "events"),
        Column("left", "events"),
        Column("overdue", "events"),
        Column("late", "events"),
        Column("need", "events"),
        Column("expected_share", "%"),
        Column("in_area", "events"),
        Column("p90_min", "min"),
        Column("n", "events"),
        Column("waiting", "events"),
        Column("pace_in", "events"),
        Column("pace_out", "events"),
    ),
    requires=(),  # unknown figures raise no exception: each kind depends on a metric that says what it needs
    select=select_,
    compute=compute,
    needs=NEEDS,
    city_wide=("grid_heat",),
    uncut=uncut,
)
