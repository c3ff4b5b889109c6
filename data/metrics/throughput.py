"""From the first to the last row of the log: how long cases run, and how many meet their deadline."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import and_, case, or_, select

from data import instants, stock
from data.city import City
from data.metric import Column, Metric, RowSets, Statement, events, ms
from data.query.needs import DUE, END, STAGES, Requires
from data.schema import EVENT
from data.text import Text
from data.viewer import Viewer

DEFAULT_BACK = timedelta(days=30)
_MET, _MISSED, _NO_DEADLINE = 1, 2, 0
_EVERY = timedelta(seconds=60)


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Cases reported in the window by how they ended, and their running times to the millisecond."""
    table, area, visible = events(viewer, city)
    c, at = EVENT.c, ms(now)
    start = instants.window_start("throughput", DEFAULT_BACK, city, back, at)
    cohort = [*visible, c.reported_at > start, c.reported_at <= at]
    has_end = c.closed_at <= at
    dropped = c.outcome.in_((stock.CANCELLED, stock.MERGED))
    ended = select(
        area.label("area"),
        stock.flag(stock.unended(at)).label("open"), stock.flag(has_end).label("has_end"),
        case(
            (or_(c.due_at.is_(None), dropped, ~has_end, c.closed_at.is_(None)), _NO_DEADLINE),
            (and_(has_end, c.closed_at <= c.due_at), _MET), else_=_MISSED,
        ).label("deadline"),
    ).select_from(table).where(*cohort)
    spans = select(area.label("area"), (c.last_at - c.first_at).label("ms")).select_from(table).where(
        *cohort, c.first_at.is_not(None), c.last_at.is_not(None))
    return {
        "ended": Statement(stock.tally(ended, "area", "open", "has_end", "deadline"), _EVERY),
        "spans": Statement(stock.tally(spans, "area", "ms"), _EVERY),
    }


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row over the cases reported in the window (30 days, unless the city's file or the question says otherwise).

    ``cases``, ``open``, ``closed`` (ended in any way: cases - open); ``median_s``, ``mean_s``: seconds from the first
    to the last row of the log of every case that has any, open ones so far (NaN where none); ``deadline_cases``: with
    an end and a limit, not cancelled or merged, of which ``deadline_met`` (also exactly at the limit) and
    ``deadline_missed``; ``without_end``: no closing time yet.
    """
    r, spans = rows["ended"], rows["spans"]
    n, deadline = np.asarray(r["n"], np.int64), np.asarray(r["deadline"])
    cases, open_ = int(n.sum()), int(n[np.asarray(r["open"]) == 1].sum())
    met, missed = int(n[deadline == _MET].sum()), int(n[deadline == _MISSED].sum())
    median, mean = _middle(np.asarray(spans["ms"], np.int64), np.asarray(spans["n"], np.int64))
    return pd.DataFrame([{
        "cases": cases, "closed": cases - open_, "open": open_, "median_s": median / 1000, "mean_s": mean / 1000,
        "deadline_cases": met + missed, "deadline_met": met, "deadline_missed": missed,
        "without_end": int(n[np.asarray(r["has_end"]) != 1].sum()),
    }])


def _middle(value: NDArray[np.int64], n: NDArray[np.int64]) -> tuple[float, float]:
    """(median, mean) of a histogram; an even number of cases takes the mean of the two in the middle."""
    total = int(n.sum())
    if not total:
        return np.nan, np.nan
    order = np.argsort(value, kind="stable")
    reached = np.cumsum(n[order])
    middle = [value[order][np.searchsorted(reached, k, side="right")] for k in ((total - 1) // 2, total // 2)]
    return float(np.mean(middle)), float(np.sum(value * n) / total)


METRIC = Metric(
    id="throughput",
    name=Text(zh="办理历时", en="Throughput"),
    definition=Text(
        zh="窗口内上报案件从首条到末条流转记录的历时,以及按期办结情况",
        en="Time from the first to the last row of the log of the cases reported in the window, and deadlines met",
    ),
    unit="s", kind="flow",
    columns=(
        Column("cases", "events"), Column("closed", "events"), Column("open", "events"), Column("median_s", "s"),
        Column("mean_s", "s"), Column("deadline_cases", "events"), Column("deadline_met", "events"),
        Column("deadline_missed", "events"), Column("without_end", "events"),
    ),
    requires=(
        Requires((STAGES,), columns=("median_s", "mean_s")),
        Requires((END,), columns=("closed", "open", "without_end")),
        Requires((DUE, END), columns=("deadline_cases", "deadline_met", "deadline_missed")),
    ),
    select=select_, compute=compute, back=DEFAULT_BACK,
)
