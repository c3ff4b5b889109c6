"""The five headline figures of the wall: reported, closed, open, overdue today, and the share closed in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import case, func, or_, select, union_all

from data.access.viewer import Viewer
from data.city.city import City
from data.city.shifts import at_night
from data.clock.instants import ms
from data.facts.rows import Rows, RowSets
from data.facts.schema import EVENT
from data.query import conditions, disclosure, windows
from data.query.disclosure import Total
from data.query.metric import Column, Metric, Statement, events
from data.query.needs import DUE, END, Requires
from data.query.seasonal import FIVE_LEVEL, MIN_COUNT, first_of, known_days, usual, usual_share, verdict
from data.query.windows import FORTNIGHT, USUAL_EVERY, WEEKDAYS
from data.statistics.distributions import percent
from data.text import Text
from data.types.arrays import Flags

KPIS = ("reported", "closed", "open", "overdue", "on_time")
#: Counts of a day: four figures, and the two counts of the fifth.
_TOLD = ("reported", "closed", "open", "overdue", "met", "need")
_DAYS = (*WEEKDAYS, *FORTNIGHT)
_DAY = timedelta(days=1)


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Today's flows and the present stock each tick; the last 14 days and eight same weekdays once a minute.

    ``back`` replaces "since midnight" by "in the last ..."; longer than a day there is no usual (the days would overlap).
    """
    who, apart = disclosure.counting(viewer, city, back), disclosure.apart(viewer, city, back)
    table, area, visible = events(who, city)
    c, span, at = EVENT.c, windows.today(now, city, back), ms(now)
    own = [area.label("area"), *[c[k] for k in apart]]
    reported = select(*own).select_from(table).where(*visible, c.reported_at >= span.start, c.reported_at <= at)
    closed = (
        select(*own, _class().label("class"))
        .select_from(table)
        .where(*visible, c.outcome == conditions.SETTLED, c.closed_at >= span.start, c.closed_at <= at)
    )
    there = conditions.open_events(who, city, at, "due_at", "is_hung", *apart).subquery("o")
    is_overdue = (there.c.is_hung == 0) & (there.c.due_at < at)
    open_ = select(
        there.c.area,
        *[there.c[k] for k in apart],
        conditions.flag(is_overdue).label("overdue"),
        conditions.flag(is_overdue & (there.c.due_at >= span.start)).label("passed"),
    )
    return {
        "reported": Statement(conditions.tally(reported, "area", *apart)),
        "closed": Statement(conditions.tally(closed, "area", *apart, "class")),
        "open": Statement(conditions.tally(open_, "area", *apart, sums=("overdue", "passed"))),
        **_history(viewer, city, back, windows.minute(now)),
        "first": conditions.first_record(),
    }


@windows.each_minute
def _history(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    who, apart = disclosure.counting(viewer, city, back), disclosure.apart(viewer, city, back)
    table, area, visible = events(who, city)
    c, spans = EVENT.c, windows.same_time(now, city, _DAYS, back)
    own = [area.label("area"), *[c[k] for k in apart]]
    out: dict[str, Statement] = {}
    if back is None or back <= _DAY:
        reported = (
            select(*own, windows.flow_day(c.reported_at, spans).label("day"))
            .select_from(table)
            .where(*visible, windows.reach(c.reported_at, spans))
        )
        closed = (
            select(*own, windows.flow_day(c.closed_at, spans).label("day"), _class().label("class"))
            .select_from(table)
            .where(*visible, c.outcome == conditions.SETTLED, windows.reach(c.closed_at, spans))
        )
        out["usual_reported"] = Statement(conditions.tally(reported, "area", *apart, "day"), USUAL_EVERY)
        out["usual_closed"] = Statement(conditions.tally(closed, "area", *apart, "day", "class"), USUAL_EVERY)
    columns = ("reported_at", "closed_at", "due_at", "is_hung", "paused_at", "resumed_at", "due_before_at", *apart)
    alive = conditions.events_alive_after(who, city, spans[0].end, *columns).subquery("a").c
    leave = windows.stock_day(alive.closed_at, spans).label("leave")
    held = [alive.area, *[alive[k] for k in apart]]
    visit = select(*held, windows.stock_day(alive.reported_at, spans).label("enter"), leave)

    def late(limit: Any, since: Any, until: Any) -> Any:
        # overdue from the first millisecond after the limit, and not before it is reported
        return select(
            *held,
            windows.stock_day(until, spans).label("leave"),
            windows.stock_day(func.greatest(limit + 1, since), spans).label("enter"),
            windows.flow_day(limit, spans, before_end=True).label("due_day"),
        )

    # a later pause was not known then: overdue up to it by the earlier limit, and again once it is over
    until = func.least(func.coalesce(alive.closed_at, alive.paused_at), alive.paused_at)
    before = late(alive.due_before_at, alive.reported_at, until).where(alive.due_before_at < alive.paused_at)
    after = late(alive.due_at, func.greatest(alive.reported_at, func.coalesce(alive.resumed_at, 0)), alive.closed_at)
    both = union_all(after.where(alive.due_at.is_not(None), alive.is_hung == 0), before).subquery("b")
    out["usual_open"] = Statement(conditions.tally(visit, "area", *apart, "enter", "leave"), USUAL_EVERY)
    out["usual_overdue"] = Statement(conditions.tally(select(*both.c), "area", *apart, "enter", "leave", "due_day"), USUAL_EVERY)
    return out


def _class() -> Any:
    """0 closed without a limit or before its report, 1 in time (also exactly at the limit), 2 late."""
    c = EVENT.c
    return case((or_(c.due_at.is_(None), conditions.backwards()), 0), (c.closed_at <= c.due_at, 1), else_=2)


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """Five rows, ``kpi`` in the order reported, closed, open, overdue, on_time.

    ``value``: events (on_time: %).  reported, closed: flows since local midnight; closed = settled (结案) only.  open,
    overdue: stocks at ``now``, never cut by a window; exactly at the limit is not overdue, deferred (缓办) never.
    on_time: closed today within the limit / (closed today + still open whose limit passed today), of the cases that
    have a limit and were not closed before their report; NaN where that is 0.  ``usual`` is the median of the last eight same
    weekdays at this time of day, ``usual_low`` and ``usual_high`` a 98.5 % predictive interval from them
    (``data.query.seasonal``; NaN under four known days, for on_time also if nothing is due), ``verdict`` -1, 0 or 1 (NaN if
    the value or its usual is NaN, or both are under 5 cases; of a flow also at
    night, ``alarms.night``).  ``history``: the last 14 days at this time, oldest first, None
    where the facts do not reach back. Sensitive categories are counted in batches of five, for the city and its towns
    (``data.query.disclosure``), and not below.
    """
    today = _today(rows, city, now)
    met, need = today.pop("met"), today.pop("need")
    spans = windows.same_time(now, city, _DAYS)
    known = dict(zip((s.day for s in spans), known_days(spans, first_of(rows["first"])), strict=True))
    of_day = _past(rows, city, [day for day, there in known.items() if there])
    weekdays, fortnight = (
        {name: np.array([of_day.get(s.day, {}).get(name, np.nan) for s in windows.same_time(now, city, days)]) for name in _TOLD}
        for days in (WEEKDAYS, FORTNIGHT)
    )
    records, night = [], not city.ended and at_night(now, city.profile.zone, city.profile.alarms.night)
    for kpi in KPIS:
        value = today[kpi]
        if kpi == "on_time":
            history = percent(fortnight["met"], fortnight["need"])
            middle, low, high = usual_share(weekdays["met"], weekdays["need"], need, FIVE_LEVEL)
            says = verdict(value, middle, low, high) if need >= MIN_COUNT else np.nan
        else:
            history = fortnight[kpi]
            # of the two weeks all but today's weekday, which is among the eight: they show how much alike days vary
            pairs = np.column_stack([history[1:7], history[8:14]])
            middle, low, high = usual(weekdays[kpi], FIVE_LEVEL, pairs)
            says = verdict(value, middle, low, high)
        if night and kpi in ("reported", "closed", "on_time"):
            says = np.nan  # a few cases more or less of a day that has hardly begun
        records.append(
            {
                "kpi": kpi,
                "value": value,
                "numerator": met if kpi == "on_time" else np.nan,
                "denominator": need if kpi == "on_time" else np.nan,
                "usual": middle,
                "usual_low": low,
                "usual_high": high,
                "verdict": says,
                "history": [None if np.isnan(v) else float(v) for v in history],
            }
        )
    return pd.DataFrame.from_records(records, columns=[c.name for c in METRIC.columns])


def _today(rows: RowSets, city: City, now: datetime) -> dict[str, float]:
    day, open_ = windows.ordinal(now, city), rows["open"]
    stocks = (
        disclosure.total(open_, city, "open"),
        disclosure.total(open_, city, "overdue", of="overdue"),
        disclosure.total(open_, city, "passed", day, of="passed"),
    )
    (closed,) = _closed(rows["closed"], city, (day,), np.ones((len(rows["closed"]["n"]), 1), bool))
    out = _told(disclosure.total(rows["reported"], city, "reported", day), closed, stocks)
    return {**out, "on_time": 100.0 * out["met"] / out["need"] if out["need"] else np.nan}


def _past(rows: RowSets, city: City, days: Sequence[int]) -> dict[int, dict[str, float]]:
    """The figures at the end of each day's span, except the share; no flows if these were not read."""
    on, always = np.asarray(days, np.int64), [0] * len(days)

    def there(name: str) -> Flags:
        r = rows[name]
        return (np.asarray(r["enter"])[:, None] <= on) & (np.asarray(r["leave"])[:, None] > on)

    late = there("usual_overdue")
    passed = late & (np.asarray(rows["usual_overdue"]["due_day"])[:, None] == on)
    stocks = zip(
        disclosure.totals(rows["usual_open"], city, "open", always, there("usual_open")),
        disclosure.totals(rows["usual_overdue"], city, "overdue", always, late),
        disclosure.totals(rows["usual_overdue"], city, "passed", days, passed),
        strict=True,
    )
    if "usual_reported" not in rows:
        told = (_told(Total(0), (Total(0),) * 3, stock) for stock in stocks)
        return {day: {name: figures[name] for name in ("open", "overdue")} for day, figures in zip(days, told, strict=True)}
    r, ended = rows["usual_reported"], rows["usual_closed"]
    reported = disclosure.totals(r, city, "reported", days, np.asarray(r["day"])[:, None] == on)
    closed = _closed(ended, city, days, np.asarray(ended["day"])[:, None] == on)
    return {day: _told(*of_day) for day, of_day in zip(days, zip(reported, closed, stocks, strict=True), strict=True)}


def _closed(r: Rows, city: City, days: Sequence[int], only: Flags) -> list[tuple[Total, Total, Total]]:
    """(all, in time, late) of what was closed on each of the days; ``only`` (rows, days)."""
    of_class = np.asarray(r["class"])[:, None]
    every, met, late = (
        disclosure.totals(r, city, name, days, right)
        for name, right in (("closed", only), ("met", only & (of_class == 1)), ("late", only & (of_class == 2)))
    )
    return list(zip(every, met, late, strict=True))


def _told(reported: Total, closed: tuple[Total, Total, Total], stocks: tuple[Total, Total, Total]) -> dict[str, float]:
    """The four counts, and ``met`` of ``need``: no part is published as more than its whole."""
    ended, met, late = closed
    open_, overdue, passed = stocks
    met = met.within(ended)
    late, overdue = late.within(ended, met), overdue.within(open_)
    need = Total.of((met, late, passed.within(overdue)))
    told = dict(zip(_TOLD, (reported, ended, open_, overdue, met, need), strict=True))
    return {name: float(t.n) for name, t in told.items()}


METRIC = Metric(
    id="headline",
    name=Text(zh="今日要情", en="Today in five figures"),
    definition=Text(
        zh="今日上报、结案、在办、超时未结与今日按期率;“往常”为近八周同一星期日、同一时刻的中位数,区间为由这些日子得出的 "
        "98.5% 预测区间:日子如常时,五数中任一数落在区间外的机会合计不超过 15%;往常与今日都不足 5 件的不判高低;"
        "敏感类别在全市与镇街按五件一批计入,村及以下不含",
        en="Reported and closed today, open and overdue now, on-time share today; the usual is the median of the last eight"
        " same weekdays at this time of day, its reach the 98.5 % predictive interval from them: on a day like those, the"
        " chance that any of the five lies outside is at most 15 %; under 5 cases today and usually, no verdict;"
        " sensitive categories are counted in batches of five for the city and its towns, and not below",
    ),
    unit="events",
    kind="both",
    columns=(
        Column("kpi", "code"),
        Column("value", "events"),
        Column("numerator", "events"),
        Column("denominator", "events"),
        Column("usual", "events"),
        Column("usual_low", "events"),
        Column("usual_high", "events"),
        Column("verdict", "code"),
        Column("history", "events"),
    ),
    requires=(Requires((END,), rows=("closed", "open")), Requires((END, DUE), rows=("overdue", "on_time"))),
    select=select_,
    compute=compute,
    batched=disclosure.IN_BATCHES,
)
