"""Reports by channel today, and which channels have fallen silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, func, literal, select

from data.access.viewer import Viewer
from data.city.city import City
from data.city.limits import Limit
from data.clock.instants import ms
from data.facts.rows import Rows, RowSets
from data.facts.schema import EVENT
from data.query import conditions, windows
from data.query.metric import Column, Metric, Statement, events, whole
from data.query.needs import CHANNEL, Requires
from data.query.seasonal import first_of, known_days, per_code_day, usual_columns
from data.query.windows import DAY_MS, HOUR_MS, USUAL_EVERY, WEEKDAYS
from data.text import Text
from data.types.arrays import Flags, Floats, Ints
from data.types.sql import AnySelect

#: A channel is silent after this many times its expected interval.
SILENT_AFTER = 2
#: Days back that are searched for a channel's newest report.
NEWEST_BACK_DAYS = 35


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Today so far by channel (or the last ``back``), the same up to this time on eight weekdays, and when each was last heard:
    anywhere in the city, since a feed serves all of it, and a quiet town is no late feed.
    """
    own = (
        back
        if back is not None
        else city.profile.windows.get("channel_mix") and windows.window("channel_mix", timedelta(days=1), city, None)
    )
    table, area, visible = events(viewer, city)
    c, span, at = EVENT.c, windows.today(now, city, own or None), ms(now)
    current = (
        select(area.label("area"), c.channel).select_from(table).where(*visible, c.reported_at >= span.start, c.reported_at <= at)
    )
    return {
        "current": Statement(conditions.tally(current, "area", "channel")),
        "newest": Statement(_newest(replace(viewer, scope=""), city, at)),
        **_history(viewer, city, own or None, windows.minute(now)),
    }


def _newest(viewer: Viewer, city: City, at: int) -> AnySelect:
    """By channel, for every scope alike."""
    r = newest_reports(viewer, city, at).subquery("r").c
    return select(r.channel, func.max(r.newest).label("newest")).group_by(r.channel)


def newest_reports(viewer: Viewer, city: City, at: int) -> AnySelect:
    """By town and channel the newest report up to ``at`` (ms); see ``newest_by_channel``."""
    table, area, visible = events(viewer, city)
    c = EVENT.c
    return (
        select(area.label("area"), c.channel, func.max(c.reported_at).label("newest"))
        .select_from(table)
        .where(*visible, c.reported_at > at - NEWEST_BACK_DAYS * DAY_MS, c.reported_at <= at)
        .group_by(area, c.channel)
    )


def newest_by_channel(r: Rows, size: int) -> Ints:
    """(size + 1,) the newest report (ms) of each channel, -1 if there is none; the last entry: unknown channel."""
    newest = np.full(size + 1, -1, np.int64)
    np.maximum.at(newest, _position(r["channel"], size), np.asarray(r["newest"], np.int64))
    return newest


@windows.each_minute
def _history(viewer: Viewer, city: City, own: timedelta | None, now: datetime) -> dict[str, Statement]:
    table, area, visible = events(viewer, city)
    c, spans = EVENT.c, windows.same_time(now, city, WEEKDAYS, own)
    out = {"first": conditions.first_record()}
    if not own or own <= timedelta(days=1):
        past = (
            select(area.label("area"), c.channel, windows.flow_day(c.reported_at, spans).label("day"))
            .select_from(table)
            .where(*visible, windows.within(c.reported_at, spans))
        )
        out["usual"] = Statement(conditions.tally(past, "area", "channel", "day"), USUAL_EVERY)
    hours = rhythm(replace(viewer, scope=""), city, now)
    heard = hours.select.subquery("h").c
    out["rhythm"] = Statement(select(heard.channel, heard.start).distinct(), hours.every)
    return out


def rhythm(viewer: Viewer, city: City, now: datetime) -> Statement:
    """Reports by channel and hour on the last eight same weekdays; see ``silent``."""
    table, area, visible = events(viewer, city)
    c = EVENT.c
    start = whole(c.reported_at, HOUR_MS) * literal(HOUR_MS, BigInteger())
    rows = (
        select(area.label("area"), c.channel, start.label("start"))
        .select_from(table)
        .where(*visible, windows.within(c.reported_at, windows.whole_days(now, city, WEEKDAYS)))
    )
    return Statement(conditions.tally(rows, "area", "channel", "start"), timedelta(minutes=5))


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row per channel of the city's file, and ``channel`` "?" for reports whose channel is unknown (if any).

    Flow since local midnight, all events: ``n``, ``share`` (% of all channels, NaN if nothing was reported),
    ``usual``, ``usual_low``, ``usual_high`` (median of the last eight same weekdays up to this time
    of day, and the 95 % predictive interval from them).
    ``newest_ms``: the city's newest report within 35 days, whatever the scope, -1 if none.  ``silent``: quiet for longer
    than twice the channel's ``expected_every``, although on at least half of the known weekdays it was heard in the hours of that
    quiet period (a channel that is idle at night is not silent at night); never for a channel without
    ``expected_every``.
    """
    channels = city.profile.channels
    size = len(channels)
    r = rows["current"]
    n = np.bincount(_position(r["channel"], size), weights=r["n"], minlength=size + 1)
    newest = newest_by_channel(rows["newest"], size)
    spans = windows.same_time(now, city, WEEKDAYS)
    known = known_days(spans, first_of(rows["first"]))
    if "usual" in rows:
        past = rows["usual"]
        table = per_code_day(_position(past["channel"], size), past["day"], past["n"], size + 1, spans, known)
    else:
        table = np.full((size + 1, len(spans)), np.nan)
    middle, low, high = usual_columns(table)
    quiet = silent(newest[:-1], rows["rhythm"], city, now, known) & known.any()
    shown = size + 1 if n[size] else size
    total = n.sum()
    return pd.DataFrame(
        {
            "channel": [*[c.code for c in channels], "?"][:shown],
            "n": n[:shown].astype(np.int64),
            "share": 100.0 * n[:shown] / total if total else np.full(shown, np.nan),
            "usual": middle[:shown],
            "usual_low": low[:shown],
            "usual_high": high[:shown],
            "newest_ms": newest[:shown],
            "silent": np.append(quiet, False)[:shown],
        }
    )


def silent_after_ms(city: City) -> Floats:
    """(channels,) ms without a report after which a channel is silent: twice its expected interval; NaN: no expectation."""
    return np.array(
        [np.nan if c.expected_every is None else SILENT_AFTER * interval_ms(c.expected_every) for c in city.profile.channels],
        float,
    )


def silent(newest: Ints, r: Rows, city: City, now: datetime, known: Flags) -> Flags:
    """(channels,) whether a channel was not heard (``newest`` (channels,) ms, -1: never) for longer than ``silent_after_ms``,
    although on at least half of the ``known`` weekdays of ``rhythm``'s answer it was in the hours before this time of day;
    without any known weekday the interval alone decides."""
    allowed = silent_after_ms(city)
    out = ~np.isnan(allowed) & ((newest < 0) | (ms(now) - newest > allowed))
    if not known.any():
        return out
    channel, start = _position(r["channel"], len(newest)), np.asarray(r["start"], np.int64)
    # in whole hours that were over by this time of day: a channel that usually starts later in the running hour is not late
    # yet
    over = [s.end - HOUR_MS for s in windows.same_time(now, city, WEEKDAYS)]
    for i in np.flatnonzero(out).tolist():
        mine, reach = start[channel == i], max(allowed[i], HOUR_MS)
        heard = np.array([bool(((mine > end - reach) & (mine <= end)).any()) for end in over])
        out[i] = 2 * np.sum(heard[known]) >= known.sum()
    return out


def interval_ms(limit: Limit) -> int:
    """A channel's expected interval in ms; a workday counts as a day, since silence is measured on the wall clock."""
    return limit.amount * (DAY_MS if limit.clock in ("workdays", "natural_days") else 60_000)


def _position(code: Ints, size: int) -> Ints:
    """Codes, with all unknown ones mapped to ``size``."""
    at = np.asarray(code, np.int64)
    return np.where((at >= 0) & (at < size), at, size)


METRIC = Metric(
    id="channel_mix",
    name=Text(zh="渠道来源", en="Channels"),
    definition=Text(
        zh="今日各渠道上报件数与占比,与近八周同一星期日同一时刻的中位数及 95% 预测区间比较;超过预期间隔两倍未收到记为“静默”",
        en="Reports by channel today so far against the median of the same weekdays to this time and the 95 % predictive"
        " interval from them; silent = nothing heard for twice the expected interval in hours in"
        " which it usually speaks",
    ),
    unit="events",
    kind="flow",
    columns=(
        Column("channel", "code"),
        Column("n", "events"),
        Column("share", "%"),
        Column("usual", "events"),
        Column("usual_low", "events"),
        Column("usual_high", "events"),
        Column("newest_ms", "instant_ms"),
        Column("silent", "code"),
    ),
    requires=(Requires((CHANNEL,)),),
    select=select_,
    compute=compute,
)
