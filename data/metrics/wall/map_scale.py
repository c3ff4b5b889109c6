"""The breaks between the map's classes: one table a measure for the whole city, the same for every viewer and page for a week."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import case, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.metrics.wall import grid_heat
from data.query import conditions, windows
from data.query.metric import Column, Metric, Statement, day_start, events
from data.query.needs import DUE, END, PLACE, Requires
from data.statistics.map_breaks import count_breaks, share_breaks
from data.text import Text
from data.types.arrays import Ints
from data.types.sql import AnySelect

#: How often the answer is looked up; it changes on Mondays.
EVERY = timedelta(hours=6)


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Events of the map's window as a public wall counts them, whoever asks: ``week`` up to the last Monday's midnight, ``day``
    up to today's (for a log that began this week)."""
    today = day_start(now, city)
    monday = day_start(today - timedelta(days=today.weekday()) + timedelta(hours=12), city)
    return {name: Statement(_cells(city, at), EVERY) for name, at in (("week", ms(monday)), ("day", ms(today)))}


def _cells(city: City, at: int) -> AnySelect:
    table, _, visible = events(Viewer("wall"), city)
    c = EVENT.c
    start = windows.window_start("grid_heat", grid_heat.DEFAULT_BACK, city, None, at)
    cell = case((c.l4 >= 0, c.l4), (c.l3 >= 0, c.l3), (c.l2 >= 0, c.l2), else_=c.l1)
    rows = (
        select(
            cell.label("cell"),
            conditions.flag(conditions.need_archive(at)).label("need"),
            conditions.flag(conditions.late(at)).label("late"),
        )
        .select_from(table)
        .where(*visible, c.reported_at > start, c.reported_at <= at)
    )
    return conditions.tally(rows, "cell", sums=("need", "late"))


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row a break: ``measure`` ("late", "count", "rate"), ``level`` of the grid (0 for late shares, whose breaks are those of
    every level), ``place`` 1.. rising, ``least``: the least value of the class above the break (%, events, events per 1,000
    residents).

    Late: around the city's own share (``data.statistics.map_breaks.share_breaks``).  Count and rate: near the 30th, 60th, 80th
    and 95th percentile of the level's places with an event.
    """
    r = rows["week"] if np.sum(rows["week"]["need"]) > 0 else rows["day"]
    need, late = float(np.sum(r["need"])), float(np.sum(r["late"]))
    found = [("late", 0, share_breaks(100 * late / need if need else 0.0))]
    cell, size = np.asarray(r["cell"], np.int64), len(city.grid.code)
    there = (cell >= 0) & (cell < size)
    n = grid_heat.rolled_up(cell[there], np.asarray(r["n"])[there], city)
    people, level = city.grid.population.astype(float), np.asarray(city.grid.level)
    for v in np.unique(level).tolist():
        here = (level == v) & (n > 0)
        found.append(("count", v, count_breaks(n[here], 0)))
        known: Ints = np.flatnonzero(here & (people > 0))
        found.append(("rate", v, count_breaks(1000 * n[known] / people[known], 1)))
    return pd.DataFrame.from_records(
        [(measure, v, place, least) for measure, v, breaks in found for place, least in enumerate(breaks, start=1)],
        columns=[c.name for c in METRIC.columns],
    )


METRIC = Metric(
    id="map_scale",
    name=Text(zh="地图分级", en="Classes of the map"),
    definition=Text(
        zh="地图各指标的分级界限，全市一套，各页、各级用户相同，每周一零时按此前30天（地图的窗口）重定：超期占比按全市占比的优势"
        "（odds）的 0.48、0.75、1.03、1.44、2.13 倍取整，琥珀自第四界起，均在 0 与 100% 之间；件数与每千人率取同级各处的"
        " 30、60、80、95 百分位附近的整数",
        en="The breaks between the classes of the map: one table for the whole city, the same on every page and for every user,"
        " set on Mondays at midnight from the 30 days before (the map's window). Late share: the odds of the city's share times"
        " 0.48, 0.75, 1.03, 1.44 and 2.13, rounded; amber begins at the fourth, and all lie between 0 and 100 %. Count and rate:"
        " round numbers near the 30th, 60th, 80th and 95th percentile of the places of a level",
    ),
    unit="",
    kind="flow",
    columns=(Column("measure", "code"), Column("level", "code"), Column("place", "rank"), Column("least", "of the measure")),
    requires=(Requires((PLACE,), rows=("count", "rate"), by="measure"), Requires((DUE, END), rows=("late",), by="measure")),
    select=select_,
    compute=compute,
    back=grid_heat.DEFAULT_BACK,
    nothing=Text(zh="尚无可分级的案件", en="no case yet that could be classed"),
)
