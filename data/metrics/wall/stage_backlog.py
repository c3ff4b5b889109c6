"""Where cases are stuck: per stage the stock now, today's flow through it, and how far last week's cohort has come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, and_, cast, func, or_, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import Rows, RowSets
from data.facts.schema import EVENT, VISIT
from data.query import conditions, windows
from data.query.metric import Column, Metric, Statement, events, visits
from data.query.needs import DUE, END, STAGES, Requires, all_of
from data.query.seasonal import first_of, known_days, usual_columns
from data.query.windows import HOUR_MS, LATER, USUAL_EVERY, WEEKDAYS
from data.text import Text
from data.types.arrays import Floats, Ints

DEFAULT_BACK = timedelta(days=7)


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Visits that extend into today, the open cases' limits, the cohort of the window, and the stocks of eight
    weekdays.
    """
    at, midnight = ms(now), windows.today(now, city).start
    start = windows.window_start("stage_backlog", DEFAULT_BACK, city, back, at)
    alive = conditions.visits_alive_since(viewer, city, midnight, at, "stage", "entered_at", "left_at", "exit").subquery("v")
    v = alive.c
    gone = and_(v.left_at <= at, v.exit != 0)
    today = select(
        v.area,
        v.stage,
        conditions.flag(v.entered_at < midnight).label("opening"),
        conditions.flag(v.entered_at >= midnight).label("inflow"),
        conditions.flag(and_(gone, v.exit == conditions.TO_ANOTHER_STAGE)).label("outflow"),
        conditions.flag(and_(gone, v.exit > conditions.TO_ANOTHER_STAGE)).label("exits"),
        conditions.flag(or_(v.exit == 0, v.left_at > at)).label("closing"),
    )
    visits = conditions.visits_standing(viewer, city, at, "eid", "stage", "entered_at").subquery("s")
    cases = conditions.open_events(viewer, city, at, "eid", "due_at", "is_hung").subquery("o")
    joined = (
        select(
            visits.c.area,
            visits.c.stage,
            visits.c.entered_at,
            conditions.flag(cases.c.is_hung == 1).label("hung"),
            conditions.flag(and_(cases.c.is_hung == 0, cases.c.due_at < at)).label("overdue"),
        )
        .select_from(visits.outerjoin(cases, visits.c.eid == cases.c.eid))
        .subquery("j")
    )
    limits = select(
        joined.c.area,
        joined.c.stage,
        _total(joined.c.hung),
        _total(joined.c.overdue),
        func.min(joined.c.entered_at).label("oldest"),
    ).group_by(joined.c.area, joined.c.stage)
    return {
        "today": Statement(conditions.tally(today, "area", "stage", sums=("opening", "inflow", "outflow", "exits", "closing"))),
        "limits": Statement(limits),
        **_cohort(viewer, city, start, at),
        **_history(viewer, city, None, windows.minute(now)),
    }


def _cohort(viewer: Viewer, city: City, start: int, at: int) -> dict[str, Statement]:
    """The events reported in (start, at], and which stages they have reached by ``at``."""
    table, area, visible = events(viewer, city)
    log, log_area, log_visible = visits(viewer, city)
    c, v = EVENT.c, VISIT.c
    born = select(area.label("area")).select_from(table).where(*visible, c.reported_at > start, c.reported_at <= at)
    ids = select(c.eid).select_from(table).where(*visible, c.reported_at > start, c.reported_at <= at).subquery("b")
    # A visit begins after its report (faulty clocks: at most a day before), so older blocks of the log are skipped
    # unread.
    reached = (
        select(log_area.label("area"), v.stage, v.entries, conditions.flag(v.rework == 0).label("firsts"))
        .select_from(log.join(ids, v.eid == ids.c.eid))
        .where(*log_visible, v.entered_at > start - windows.DAY_MS, v.entered_at <= at)
    )
    return {
        "born": Statement(conditions.tally(born, "area")),
        "reached": Statement(conditions.tally(reached, "area", "stage", sums=("entries", "firsts"))),
    }


@windows.each_minute
def _history(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    spans = windows.same_time(now, city, WEEKDAYS)
    alive = conditions.visits_alive_since(viewer, city, spans[0].end, ms(now), "stage", "entered_at", "left_at").subquery("v")
    days = (
        select(
            alive.c.area,
            alive.c.stage,
            windows.stock_day(alive.c.entered_at, spans).label("enter"),
            windows.stock_day(alive.c.left_at, spans).label("leave"),
        )
        .where(windows.crosses(alive.c.entered_at, alive.c.left_at, spans))
        .subquery("d")
    )
    # A visit that begins and ends between two of the instants is in none of the stocks.
    standing = select(days.c.area, days.c.stage, days.c.enter, days.c.leave).where(days.c.enter < days.c.leave)
    usual = Statement(conditions.tally(standing, "area", "stage", "enter", "leave"), USUAL_EVERY)
    return {"usual": usual, "first": conditions.first_record()}


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row per stage of the city, in its order.

    Stock at ``now`` (never cut by a window; it counts open events): ``open`` (cases in the stage; for a stage with
    ``after_close`` the closed cases still in it, outside of the city's open), ``hung`` (缓办), ``overdue`` (the case's
    limit passed; exactly at it is not overdue; a hung case never is), ``oldest_h`` (hours of the longest visit so far,
    NaN if empty).
    Flow today: ``opening`` (at local midnight, as known now), ``inflow``, ``outflow`` (to another stage), ``exits``
    (the case ended here), ``closing``: opening + inflow - outflow - exits = closing = open, always.
    Cohort, reported in the last 7 days: ``cohort`` (events that have reached the stage), ``cohort_share`` (% of those
    reported, NaN if none), ``entries`` (``enter`` rows of the log, repeats included).
    ``usual``, ``usual_low``, ``usual_high``: median of the stock on the last eight same weekdays at this
    time, and the 95 % predictive interval from them.

    Raises FactsError for a stage position that the city does not have: a backlog that drops events is worse than none.
    """
    size = len(city.profile.stages)
    today, limits, reached = rows["today"], rows["limits"], rows["reached"]
    for name in ("today", "limits", "reached"):
        conditions.known_stages("stage_backlog", rows[name]["stage"], city)

    def add(r: Rows, column: str) -> Ints:
        return np.bincount(r["stage"], weights=r[column], minlength=size).astype(np.int64)

    oldest = np.full(size, np.inf)
    np.minimum.at(oldest, np.asarray(limits["stage"], np.int64), np.asarray(limits["oldest"], float))
    born = int(np.sum(rows["born"]["n"]))
    cohort = add(reached, "firsts")
    middle, low, high = _past(rows, city, now, size)
    closing = add(today, "closing")
    return pd.DataFrame(
        {
            "stage": [s.code for s in city.profile.stages],
            "open": closing,
            "hung": add(limits, "hung"),
            "overdue": add(limits, "overdue"),
            "oldest_h": np.where(np.isfinite(oldest), (ms(now) - oldest) / HOUR_MS, np.nan),
            "opening": add(today, "opening"),
            "inflow": add(today, "inflow"),
            "outflow": add(today, "outflow"),
            "exits": add(today, "exits"),
            "closing": closing,
            "cohort": cohort,
            "cohort_share": 100.0 * cohort / born if born else np.full(size, np.nan),
            "entries": add(reached, "entries"),
            "usual": middle,
            "usual_low": low,
            "usual_high": high,
        }
    )


def _past(rows: RowSets, city: City, now: datetime, size: int) -> tuple[Floats, ...]:
    r, spans = rows["usual"], windows.same_time(now, city, WEEKDAYS)
    known = known_days(spans, first_of(rows["first"]))
    table = np.full((size, len(spans)), np.nan)
    for i, s in enumerate(spans):
        if known[i]:
            there = (r["enter"] <= s.day) & (r["leave"] > s.day) & (r["enter"] < LATER)
            table[:, i] = np.bincount(r["stage"][there], weights=r["n"][there], minlength=size)[:size]
    return usual_columns(table)


def _total(column: Any) -> Any:
    return cast(func.sum(column), BigInteger).label(column.name)


METRIC = Metric(
    id="stage_backlog",
    name=Text(zh="各环节积压", en="Backlog by stage"),
    definition=Text(
        zh="各环节此刻在办(其中挂账、超时、最久)、今日进出(期初+流入−流出−办结=期末)与近7天上报事件的到达率",
        en="Open per stage now (deferred, overdue, oldest), today's flow (opening + in - out - ended = closing) and how"
        " far the events reported in the last 7 days have come",
    ),
    unit="events",
    kind="both",
    columns=(
        Column("stage", "code"),
        Column("open", "events"),
        Column("hung", "events"),
        Column("overdue", "events"),
        Column("oldest_h", "h"),
        Column("opening", "events"),
        Column("inflow", "events"),
        Column("outflow", "events"),
        Column("exits", "events"),
        Column("closing", "events"),
        Column("cohort", "events"),
        Column("cohort_share", "%"),
        Column("entries", "rows"),
        Column("usual", "events"),
        Column("usual_low", "events"),
        Column("usual_high", "events"),
    ),
    requires=(
        Requires((STAGES,)),
        Requires((END,), columns=("open", "hung", "oldest_h", "opening", "exits", "closing", "usual", "usual_low", "usual_high")),
        Requires((DUE, END), columns=("overdue",)),
        Requires(all_of("action.defer"), columns=("hung",)),
    ),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
)
