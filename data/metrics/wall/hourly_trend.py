"""Reports by hour of the city's day, today against the last eight same weekdays."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, literal, select

from data.access.viewer import Viewer
from data.city.city import City
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.query import conditions, windows
from data.query.metric import Column, Metric, Statement, events, whole
from data.query.seasonal import first_of, known_days, per_code_day, usual_columns
from data.query.windows import USUAL_EVERY, WEEKDAYS, Span
from data.text import Text

HOURS = 24


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Counts by the hour's first instant (UTC ms).  Always a whole day: ``back`` is ignored here."""
    span = windows.today(now, city)
    return {"today": _by_hour(viewer, city, [span]), **_history(viewer, city, None, windows.minute(now))}


@windows.each_minute
def _history(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    past = windows.whole_days(now, city, WEEKDAYS)
    # whole days in the past: they change with late records only
    usual = Statement(_by_hour(viewer, city, past).select, timedelta(minutes=5))
    so_far = Statement(_by_hour(viewer, city, _so_far(now, city)).select, USUAL_EVERY)
    return {"usual": usual, "so_far": so_far, "first": conditions.first_record()}


def _so_far(now: datetime, city: City) -> list[Span]:
    """The running hour up to this minute, on the last eight same weekdays."""
    local = now.astimezone(city.profile.zone)
    gone = local - local.replace(minute=0, second=0, microsecond=0)
    return windows.same_time(now, city, WEEKDAYS, gone + timedelta(milliseconds=1))


def _by_hour(viewer: Viewer, city: City, spans: list[Span]) -> Statement:
    table, area, visible = events(viewer, city)
    unit = windows.hour_unit(city, spans)
    start = whole(EVENT.c.reported_at, unit) * literal(unit, BigInteger())
    counted = (
        select(area.label("area"), start.label("start"))
        .select_from(table)
        .where(*visible, windows.within(EVENT.c.reported_at, spans))
    )
    return Statement(conditions.tally(counted, "area", "start"))


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """24 rows, ``hour`` 0..23 of the city's clock (midnight in Asia/Shanghai is 16:00 UTC the day before).

    Flow by time of report, all events.  ``today`` (events; NaN in hours to come), ``partial`` (the running hour),
    ``usual``, ``usual_low``, ``usual_high``: median of the whole hour on the last eight same weekdays and
    the 95 % predictive interval from them, NaN under four known days; ``so_far``, ``so_far_low``, ``so_far_high``: the
    same of the running hour up to this minute, NaN in the other hours.  An hour that the clock shows twice contains both;
    one that it skips is 0.
    """
    local = now.astimezone(city.profile.zone)
    r = rows["today"]
    _, hour = windows.local_hours(r["start"], city)
    today = np.bincount(hour, weights=r["n"], minlength=HOURS).astype(float)
    today[local.hour + 1 :] = np.nan
    past = rows["usual"]
    day, past_hour = windows.local_hours(past["start"], city)
    spans = windows.whole_days(now, city, WEEKDAYS)
    known = known_days(spans, first_of(rows["first"]))
    middle, low, high = usual_columns(per_code_day(past_hour, day, past["n"], HOURS, spans, known))
    hours = np.arange(HOURS)
    running = hours == local.hour
    frame = pd.DataFrame(
        {"hour": hours, "today": today, "partial": running, "usual": middle, "usual_low": low, "usual_high": high}
    )
    day, past_hour = windows.local_hours(rows["so_far"]["start"], city)
    until_now = usual_columns(per_code_day(past_hour, day, rows["so_far"]["n"], HOURS, spans, known))
    for name, values in zip(("so_far", "so_far_low", "so_far_high"), until_now, strict=True):
        frame[name] = np.where(running, values, np.nan)
    return frame


METRIC = Metric(
    id="hourly_trend",
    name=Text(zh="今日上报趋势", en="Reports by hour"),
    definition=Text(
        zh="今日各小时上报件数,与近八周同一星期日同一小时的中位数及 95% 预测区间比较;当前小时未满,与其同一分钟为止的件数比较",
        en="Reports per hour today against the median of the last eight same weekdays and the 95 % predictive interval"
        " from them; the running hour is not over, and is compared with those hours up to the same minute",
    ),
    unit="events",
    kind="flow",
    columns=(
        Column("hour", "hour"),
        Column("today", "events"),
        Column("partial", "code"),
        Column("usual", "events"),
        Column("usual_low", "events"),
        Column("usual_high", "events"),
        Column("so_far", "events"),
        Column("so_far_low", "events"),
        Column("so_far_high", "events"),
    ),
    requires=(),
    select=select_,
    compute=compute,
)
