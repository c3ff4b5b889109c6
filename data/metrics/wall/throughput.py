"""From the first to the last row of the log: how long cases run, open ones censored, and how many meet their deadline."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, and_, case, literal, or_, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.query import conditions, disclosure, windows
from data.query.metric import Column, Metric, Statement, events
from data.query.needs import DUE, END, STAGES, Requires
from data.statistics import survival
from data.text import Text

DEFAULT_BACK = timedelta(days=30)
_MET, _MISSED, _NO_DEADLINE = 1, 2, 0
_EVERY = timedelta(seconds=60)


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Cases reported in the window by how they ended; durations of the ended ones and since when the others have run, to the
    millisecond."""
    table, area, visible = events(viewer, city)
    c, at = EVENT.c, ms(now)
    start = windows.window_start("throughput", DEFAULT_BACK, city, back, at)
    born = [c.reported_at > start, c.reported_at <= at]
    cohort = [*visible, *born]
    apart = disclosure.apart(viewer, city, back)
    own = [area.label("area"), *[c[k] for k in apart], conditions.flag(conditions.unended(at)).label("open")]
    counted = select(*own).select_from(table).where(*events(disclosure.counting(viewer, city, back), city)[2], *born)
    has_end = c.closed_at <= at
    dropped = c.outcome.in_((conditions.CANCELLED, conditions.MERGED))
    ended = (
        select(
            area.label("area"),
            conditions.flag(has_end).label("has_end"),
            case(
                (or_(c.due_at.is_(None), dropped, ~has_end, c.closed_at.is_(None)), _NO_DEADLINE),
                (and_(has_end, c.closed_at <= c.due_at), _MET),
                else_=_MISSED,
            ).label("deadline"),
        )
        .select_from(table)
        .where(*cohort)
    )
    runs = [*cohort, c.first_at.is_not(None), c.last_at.is_not(None)]
    # its last row may be after ``at``, if that is in the past
    last = case((c.last_at > at, literal(at, BigInteger())), else_=c.last_at)
    spans = select(area.label("area"), (last - c.first_at).label("ms")).select_from(table).where(*runs, ~conditions.unended(at))
    running = select(area.label("area"), c.first_at).select_from(table).where(*runs, conditions.unended(at), c.first_at <= at)
    return {
        "counted": Statement(conditions.tally(counted, "area", *apart, "open"), _EVERY),
        "ended": Statement(conditions.tally(ended, "area", "has_end", "deadline"), _EVERY),
        "spans": Statement(conditions.tally(spans, "area", "ms"), _EVERY),
        "running": Statement(conditions.tally(running, "area", "first_at"), _EVERY),
    }


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row over the cases reported in the window (30 days, unless the city's file or the query says otherwise).

    ``cases``, ``open``, ``closed`` (ended in any way: cases - open); ``median_s``, ``mean_s``: calendar seconds from the first
    to the last row of the log of every case that has any, by Kaplan-Meier: an open case has run since its first row and
    will run longer (censored at ``now``).  NaN if there is none, ``median_s`` also if fewer than half have ended.
    ``mean_s`` is the mean restricted to ``mean_within_s``, the longest time observed, if some are still open at it
    (else NaN, and ``mean_s`` is the full mean); ``deadline_cases``: with
    an end and a limit, not cancelled or merged, of which ``deadline_met`` (also exactly at the limit) and
    ``deadline_missed``; ``without_end``: no closing time yet.
    ``cases``, ``closed`` and ``open`` count sensitive categories in batches of five, for the city and its towns
    (``data.query.disclosure``; ``without_end``: those open); durations and deadlines are of the others.
    """
    r = rows["ended"]
    n, deadline = np.asarray(r["n"], np.int64), np.asarray(r["deadline"])
    window = windows.window("throughput", DEFAULT_BACK, city, None)
    closed, open_ = disclosure.of_window(rows["counted"], city, window)
    met, missed = int(n[deadline == _MET].sum()), int(n[deadline == _MISSED].sum())
    median, mean, within = _lengths(rows, ms(now))
    return pd.DataFrame(
        [
            {
                "cases": closed.n + open_.n,
                "closed": closed.n,
                "open": open_.n,
                "median_s": median / 1000,
                "mean_s": mean / 1000,
                "mean_within_s": within / 1000,
                "deadline_cases": met + missed,
                "deadline_met": met,
                "deadline_missed": missed,
                "without_end": int(n[np.asarray(r["has_end"]) != 1].sum()) + open_.hidden,
            }
        ]
    )


def _lengths(rows: RowSets, at: int) -> tuple[float, float, float]:
    """(median, mean, horizon of the mean if some still run) in ms, NaN if there is none."""
    spans, running = rows["spans"], rows["running"]
    time = np.concatenate([np.asarray(spans["ms"], np.int64), at - np.asarray(running["first_at"], np.int64)])
    n = np.concatenate([np.asarray(spans["n"], np.int64), np.asarray(running["n"], np.int64)])
    if not len(time):
        return np.nan, np.nan, np.nan
    done = np.repeat([1, 0], [len(spans["n"]), len(running["n"])])
    curves = survival.kaplan_meier(*survival.histogram(np.zeros(len(time), np.int64), np.maximum(time, 0), done, n, 1))
    median, longest = float(survival.quantile(curves)[0]), float(curves.times[-1])
    mean = float(survival.rmst(curves, longest)[0])
    return median if np.isfinite(median) else np.nan, mean, longest if curves.survival[0, -1] > survival.TIE else np.nan


METRIC = Metric(
    id="throughput",
    name=Text(zh="办理历时", en="Throughput"),
    definition=Text(
        zh="窗口内上报案件从首条到末条流转记录的历时(自然时间):中位与平均按 Kaplan-Meier 估计,未结的按截尾计入,不当作已结;"
        "以及有结束记录者按期办结情况",
        en="Natural time from the first to the last row of the log of the cases reported in the window: median and mean by"
        " Kaplan-Meier, open cases censored rather than taken as ended; and deadlines met by those that have an end",
    ),
    unit="s",
    kind="flow",
    columns=(
        Column("cases", "events"),
        Column("closed", "events"),
        Column("open", "events"),
        Column("median_s", "s"),
        Column("mean_s", "s"),
        Column("mean_within_s", "s"),
        Column("deadline_cases", "events"),
        Column("deadline_met", "events"),
        Column("deadline_missed", "events"),
        Column("without_end", "events"),
    ),
    requires=(
        Requires((STAGES,), columns=("median_s", "mean_s", "mean_within_s")),
        Requires((END,), columns=("closed", "open", "without_end")),
        Requires((DUE, END), columns=("deadline_cases", "deadline_met", "deadline_missed")),
    ),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
    batched=Text(
        zh="案件、已办结与未结在全市与镇街按五件一批计入敏感类别；历时与时限不含敏感类别，村及以下均不含。",
        en="Cases, ended and open count sensitive categories in batches of five for the city and its towns; lengths and deadlines"
        " are without sensitive categories, and so is all below.",
    ),
)
