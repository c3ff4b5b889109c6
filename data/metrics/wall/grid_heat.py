"""Events by grid cell, at every level of the grid at once: how many, how many per resident, what share is late, and which cells
are late clearly more often than their own mix of cases predicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, Double, and_, case, cast, func, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import Rows, RowSets
from data.facts.schema import EVENT
from data.query import conditions, windows
from data.query.metric import Column, Metric, Statement, events
from data.query.needs import DUE, END, PLACE, Requires
from data.statistics import outlying
from data.statistics.distributions import percent
from data.statistics.empirical_bayes import shrunken_share
from data.text import Text
from data.types.arrays import Array, Floats, Ints
from data.types.sql import AnySelect

DEFAULT_BACK = timedelta(days=30)
#: A share of fewer cases than this says little.
FEW = 20
UNLOCATED = "?"
#: How often a cell's mix of cases is read: it hardly changes, and each change would redraw every town.
MIX_EVERY = timedelta(minutes=5)


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Events reported in the window, by the finest known cell; of those due, how many would be late at the shares that all cases
    visible to the viewer have in their categories and severities."""
    table, area, visible = events(viewer, city)
    c, at = EVENT.c, ms(now)
    start = windows.window_start("grid_heat", DEFAULT_BACK, city, back, at)
    cell = case((c.l4 >= 0, c.l4), (c.l3 >= 0, c.l3), (c.l2 >= 0, c.l2), else_=c.l1)
    cells = (
        select(
            area.label("area"),
            cell.label("cell"),
            conditions.flag(conditions.need_archive(at)).label("need"),
            conditions.flag(conditions.late(at)).label("late"),
        )
        .select_from(table)
        .where(*visible, c.reported_at > start, c.reported_at <= at)
    )
    _, _, anywhere = events(replace(viewer, scope=viewer.area), city)
    due = (
        select(area.label("area"), cell.label("cell"), c.category, c.severity, conditions.flag(conditions.late(at)).label("late"))
        .select_from(table)
        .where(c.reported_at > start, c.reported_at <= at, conditions.need_archive(at))
    )
    return {
        "cells": Statement(conditions.tally(cells, "area", "cell", sums=("need", "late"))),
        "mix": Statement(_expected(due.where(*visible), due.where(*anywhere)), MIX_EVERY),
    }


def _expected(due: AnySelect, anywhere: AnySelect) -> AnySelect:
    """By cell: ``due`` cases, and the ``expected`` number late among them."""
    own = conditions.tally(due, "area", "cell", "category", "severity").subquery("own")
    of = conditions.tally(anywhere, "category", "severity", sums=("late",)).subquery("whole")
    joined = own.join(of, and_(own.c.category == of.c.category, own.c.severity == of.c.severity))
    return (
        select(
            own.c.area,
            own.c.cell,
            cast(func.sum(own.c.n), BigInteger).label("due"),
            cast(func.sum(own.c.n * 1.0 * of.c.late / of.c.n), Double).label("expected"),
        )
        .select_from(joined)
        .group_by(own.c.area, own.c.cell)
    )


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row per grid cell of every level in the grid's order, then the whole (``level`` 0, ``code`` ""), then the
    events without a known cell (``level`` -1, ``code`` "?"; they are included in the whole).

    Flow over 30 days by time of report, open events included.  ``n`` (events), ``need`` (应结案: archived, or overdue
    and open; only cases with a limit), ``late`` (archived late or overdue and open), ``late_share`` (% of need, NaN
    where need is 0), ``shrunk`` (the same share, shrunk towards that of the cells with the same parent the more, the fewer cases
    it has: ``data.statistics.empirical_bayes``; NaN where need is 0, and in the last two rows), ``rate`` (n per 1,000
    residents in the window, NaN where the population is unknown or 0), ``few`` (need < 20).  A cell's events are its own and
    those of the cells in it; an event known only by town counts in no village, so that children may sum to less than their
    parent, never to more.

    ``expected`` (late events that the whole's shares of each category and severity predict for the cell's mix, scaled to sum to
    the late events of its level in the scope), ``excess`` (standard deviations above it, 0 if the cell does not stand out
    at its level: ``data.statistics.outlying``) and ``limit`` (% of need, the largest share that would not stand out; NaN
    except for a cell that does).
    """
    r, size = rows["cells"], len(city.grid.code)
    cell = np.asarray(r["cell"], np.int64)
    located = (cell >= 0) & (cell < size)
    table = np.stack([rolled_up(cell[located], np.asarray(r[k])[located], city) for k in ("n", "need", "late")])
    whole = np.array([[np.sum(r[k])] for k in ("n", "need", "late")], float)
    lost = np.array([[np.sum(np.asarray(r[k])[~located])] for k in ("n", "need", "late")], float)
    n, need, late = np.concatenate([table, whole, lost], axis=1)
    people = city.grid.population.astype(float)
    towns = people[city.grid.level == 1]
    total = city.profile.city.population or (float(towns.sum()) if len(towns) and (towns > 0).all() else -1.0)
    residents = np.concatenate([people, [total if _is_whole(r, city) else -1.0, -1.0]])
    known = residents > 0
    expected, excess, limit = _outlying(table[1], table[2], rows["mix"], city)
    return pd.DataFrame(
        {
            # unchanged: converting six thousand codes to Arrow texts and back at each tick costs more than all the rest
            "code": pd.Series(np.append(city.grid.codes, np.array(["", UNLOCATED], object)), dtype=object),
            "level": np.concatenate([city.grid.level, [0, -1]]).astype(np.int64),
            "n": n.astype(np.int64),
            "need": need.astype(np.int64),
            "late": late.astype(np.int64),
            "late_share": percent(late, need),
            "shrunk": np.append(_shrunk(table[1], table[2], city), [np.nan, np.nan]),
            "rate": np.divide(1000.0 * n, residents, out=np.full(size + 2, np.nan), where=known),
            "few": need < FEW,
            "expected": expected,
            "excess": excess,
            "limit": limit,
        }
    )


def _shrunk(need: Floats, late: Floats, city: City) -> Floats:
    """(cells,) late share in %, each level separately, each cell's shrunk towards that of its parent's cells."""
    out = np.full(len(need), np.nan)
    for level in np.unique(city.grid.level).tolist():
        here = np.flatnonzero(city.grid.level == level)
        parent = city.grid.parent[here].astype(np.int64)
        out[here] = shrunken_share(late[here], need[here], parent + 1)
    return out


def _outlying(need: Floats, late: Floats, mix: Rows, city: City) -> tuple[Floats, Floats, Floats]:
    """(expected, excess, limit) of each cell against those of its level; the whole and events without a cell are not tested."""
    size, cell = len(city.grid.code), np.asarray(mix["cell"], np.int64)
    there = (cell >= 0) & (cell < size)
    due, hits = (rolled_up(cell[there], np.asarray(mix[k], float)[there], city) for k in ("due", "expected"))
    share = np.divide(hits, due, out=np.full(size, np.nan), where=due > 0)
    # cells whose first case fell due since the mix was read
    share = np.where(due > 0, share, np.sum(mix["expected"]) / max(float(np.sum(mix["due"])), 1.0))
    expected, excess, limit = np.full(size + 2, np.nan), np.zeros(size + 2), np.full(size + 2, np.nan)
    for level in np.unique(city.grid.level).tolist():
        here = np.flatnonzero((city.grid.level == level) & (need > 0))
        found = outlying.find(late[here], need[here], share[here])
        expected[here], excess[here], limit[here] = found.expected, found.excess, 100 * (found.least - 1) / need[here]
    return expected, excess, limit


def rolled_up(cell: Ints, weight: Array, city: City) -> Floats:
    """Count each event once in its own cell and once in every cell above it."""
    size = len(city.grid.code)
    own = np.bincount(cell, weights=weight, minlength=size)
    out = np.zeros(size)
    for ancestor in city.grid.ancestors.T:
        has = ancestor >= 0
        out += np.bincount(ancestor[has], weights=own[has], minlength=size)
    return out


def _is_whole(r: Rows, city: City) -> bool:
    """Whether it is the whole city; rows of one town only are a town's slice, whose residents are not the city's."""
    return len(city.grid.at_level(1)) <= 1 or len(np.unique(r["area"])) != 1


METRIC = Metric(
    id="grid_heat",
    name=Text(zh="网格热力", en="Heat by grid cell"),
    definition=Text(
        zh="近30天上报的事件,按网格各级:件数、每千人件数、超期占应结案的比例;应结案不足20件的标注“样本少”;超期明显多于"
        "自身案件构成（类别×等级）所应有的,另行标出",
        en="Events reported in the last 30 days by cell of every level: count, per 1,000 residents, share late of those"
        " due (closed, or overdue and open); fewer than 20 due are marked as few; cells that are late clearly more often than"
        " their mix of categories and severities lets expect are told",
    ),
    unit="events",
    kind="flow",
    columns=(
        Column("code", "code"),
        Column("level", "code"),
        Column("n", "events"),
        Column("need", "events"),
        Column("late", "events"),
        Column("late_share", "%"),
        Column("shrunk", "%"),
        Column("rate", "events / 1,000 residents"),
        Column("few", "code"),
        Column("expected", "events"),
        Column("excess", "standard deviations"),
        Column("limit", "%"),
    ),
    requires=(
        Requires((PLACE,), rows=("1", "2", "3", "4"), by="level"),
        Requires((DUE, END), columns=("need", "late", "late_share", "shrunk", "few", "expected", "excess", "limit")),
    ),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
)
