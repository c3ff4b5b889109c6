"""Feeds other than cases: the hotline's answering, video online and patrolled, and how fresh each feed is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, case, func, select

from data.access.viewer import Viewer
from data.city.city import City
from data.city.limits import natural_ms
from data.clock.instants import ms
from data.facts.rows import RowSets
from data.facts.schema import ASSET, SIGN
from data.metrics.wall.channel_mix import newest_by_channel, newest_reports, rhythm, silent, silent_after_ms
from data.query import conditions, windows
from data.query.metric import Column, Metric, Statement
from data.query.needs import CHANNEL, Requires, all_of
from data.query.seasonal import first_of, known_days
from data.statistics.distributions import percent, wilson
from data.text import Text

DEFAULT_BACK = timedelta(days=30)
CAMERA = "camera"
OFFERED, ANSWERED, WITHIN_15S, PATROLLED = "hotline.offered", "hotline.answered", "hotline.answered_15s", "patrol.cameras"
#: A feed of devices or signs is stale after this; a channel after twice its own ``expected_every``.
STALE = timedelta(hours=2)
_EVERY = timedelta(seconds=60)


# ---------------------------------------------------------------- 26: the hotline
def _hotline(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    at = ms(now)
    start = windows.window_start("hotline", DEFAULT_BACK, city, back, at)
    c = SIGN.c
    sums = (
        select(c.series, func.sum(c.value).label("calls"), func.max(c.told_at).label("newest"))
        .where(c.series.in_((OFFERED, ANSWERED, WITHIN_15S)), c.told_at > start, c.told_at <= windows.window_end(viewer, at))
        .group_by(c.series)
    )
    return {"calls": Statement(sums, _EVERY)}


def _hotline_shares(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """``connect_rate`` (answered / offered) and ``answered_15s_rate`` (answered within 15 s / offered), both in %, with Wilson
    95 % intervals; an abandoned call counts as offered and not answered.  ``newest_ms`` of the feed, -1 if there is none.
    For the whole city, whatever the scope."""
    r = rows["calls"]
    calls = dict(zip(np.asarray(r["series"]).tolist(), np.asarray(r["calls"], float).tolist(), strict=True))
    offered = np.array([calls.get(OFFERED, 0.0)] * 2)
    answered = np.array([calls.get(ANSWERED, 0.0), calls.get(WITHIN_15S, 0.0)])
    low, high = wilson(answered, offered)
    return pd.DataFrame(
        {
            "indicator": ["connect_rate", "answered_15s_rate"],
            "value": percent(answered, offered),
            "numerator": answered.astype(np.int64),
            "denominator": offered.astype(np.int64),
            "low": low,
            "high": high,
            "newest_ms": np.full(2, int(np.max(r["newest"])) if len(r["newest"]) else -1),
        }
    )


HOTLINE = Metric(
    id="hotline",
    name=Text(zh="热线接通", en="Hotline answering"),
    definition=Text(
        zh="近30天热线：接通率 = 接通 ÷ 呼入，15 秒接听率 = 15 秒内接听 ÷ 呼入；放弃的来电算未接通（GB/T 33358）",
        en="Calls of the last 30 days: answered / offered, and answered within 15 s / offered; abandoned calls count as not"
        " answered (GB/T 33358)",
    ),
    unit="%",
    kind="flow",
    standard="GB/T 33358",
    columns=(
        Column("indicator", "code"),
        Column("value", "%"),
        Column("numerator", "calls"),
        Column("denominator", "calls"),
        Column("low", "%"),
        Column("high", "%"),
        Column("newest_ms", "instant_ms"),
    ),
    requires=(Requires(all_of("sign")),),
    select=_hotline,
    compute=_hotline_shares,
    back=DEFAULT_BACK,
)


# ---------------------------------------------------------------- 27: video
def _inside(viewer: Viewer, city: City) -> list[ColumnElement[bool]]:
    level, at = city.scope_of(viewer.scope)
    return [ASSET.c[f"l{min(level, 4)}"] == at] if level else []


def _video(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Cameras by system; silence is measured against the newest sign of life of the system, so that a feed that stops as a
    whole is stale instead of all its cameras being offline."""
    at, c = ms(now), ASSET.c
    cameras = [c.kind == CAMERA]
    newest = (
        select(c.system, func.max(c.heard_at).label("newest")).where(*cameras, c.heard_at <= at).group_by(c.system).subquery("f")
    )
    silent = c.heard_at < newest.c.newest - natural_ms(city.profile.service.device_silent)
    rows = (
        select(
            c.l1.label("area"),
            c.system,
            case((silent, 0), (c.heard_at.is_(None), 0), else_=c.online).label("online"),
            newest.c.newest,
        )
        .select_from(ASSET.outerjoin(newest, newest.c.system == c.system))
        .where(*cameras, *_inside(viewer, city))
    )
    midnight = windows.today(now, city).start
    done = select(func.max(SIGN.c.value).label("patrolled")).where(
        SIGN.c.series == PATROLLED, SIGN.c.told_at >= midnight, SIGN.c.told_at <= at
    )
    every = select(func.count().label("cameras")).select_from(ASSET).where(*cameras)
    return {
        "cameras": Statement(conditions.tally(rows, "area", "system", "newest", sums=("online",)), _EVERY),
        "patrol": Statement(done, _EVERY),
        "every": Statement(every, _EVERY),
    }


def _video_shares(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row for all cameras (``system`` "") and each system: ``registered``, ``online`` and ``value`` % online of registered
    with its Wilson interval; ``newest_ms`` sign of life.  ``patrolled`` cameras today of ``patrol_of`` (registered in the city),
    ``patrolled_share`` %: for the whole city, whatever the scope, on the first row alone; NaN if not reported.  A silent device
    counts as offline."""
    r = rows["cameras"]
    systems = list(dict.fromkeys(np.asarray(r["system"]).tolist()))
    at = np.array([systems.index(s) for s in np.asarray(r["system"]).tolist()], np.int64)
    size = len(systems)
    registered = np.bincount(at, weights=np.asarray(r["n"], float), minlength=size)
    online = np.bincount(at, weights=np.asarray(r["online"], float), minlength=size)
    newest = np.full(size, -1, np.int64)
    np.maximum.at(newest, at, np.asarray(r["newest"], np.int64))
    registered, online = (np.concatenate([[v.sum()], v]) for v in (registered, online))
    low, high = wilson(online, registered)
    told = rows["patrol"]["patrolled"]
    patrolled, patrol_of = np.full(size + 1, np.nan), np.full(size + 1, np.nan)
    if len(told) and np.isfinite(float(told[0])):
        patrolled[0], patrol_of[0] = float(told[0]), float(rows["every"]["cameras"][0])
    return pd.DataFrame(
        {
            "system": ["", *systems],
            "registered": registered.astype(np.int64),
            "online": online.astype(np.int64),
            "value": percent(online, registered),
            "low": low,
            "high": high,
            "newest_ms": np.concatenate([[newest.max(initial=-1)], newest]),
            "patrolled": patrolled,
            "patrol_of": patrol_of,
            "patrolled_share": percent(patrolled, patrol_of),
        }
    )


VIDEO = Metric(
    id="video",
    name=Text(zh="视频在线与巡查", en="Video online and patrolled"),
    definition=Text(
        zh="此刻：在线率 = 在线 ÷ 登记（静默设备算离线），分系统；今日巡查覆盖率 = 已巡查路数 ÷ 全市登记（GB/T 28181）",
        en="Now: online / registered by system (silent devices are offline); patrolled today / registered in the"
        " city (GB/T 28181)",
    ),
    unit="%",
    kind="stock",
    standard="GB/T 28181",
    columns=(
        Column("system", "text"),
        Column("registered", "cameras"),
        Column("online", "cameras"),
        Column("value", "%"),
        Column("low", "%"),
        Column("high", "%"),
        Column("newest_ms", "instant_ms"),
        Column("patrolled", "cameras"),
        Column("patrol_of", "cameras"),
        Column("patrolled_share", "%"),
    ),
    requires=(
        Requires(all_of("asset")),
        Requires(all_of("asset.status", "asset.heard_at"), columns=("online", "value", "low", "high")),
        Requires(all_of("sign"), columns=("patrolled", "patrol_of", "patrolled_share")),
    ),
    select=_video,
    compute=_video_shares,
)


# ---------------------------------------------------------------- 28: freshness
def _freshness(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    at = ms(now)
    everywhere = replace(viewer, scope="", only=None)  # a feed serves the whole city, whatever scope is viewed
    newest = newest_reports(everywhere, city, at).subquery().c
    channels = select(newest.channel, func.max(newest.newest).label("newest")).group_by(newest.channel)
    hours = rhythm(everywhere, city, now)
    heard = hours.select.subquery().c
    devices = (
        select(ASSET.c.system, func.max(ASSET.c.heard_at).label("newest")).where(ASSET.c.heard_at <= at).group_by(ASSET.c.system)
    )
    signs = select(SIGN.c.series, func.max(SIGN.c.told_at).label("newest")).where(SIGN.c.told_at <= at).group_by(SIGN.c.series)
    return {
        "channels": Statement(channels, _EVERY),
        "devices": Statement(devices, _EVERY),
        "signs": Statement(signs, _EVERY),
        "first": conditions.first_record(),
        "rhythm": Statement(select(heard.channel, heard.start).distinct(), hours.every),
    }


def _ages(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row per feed, for the whole city whatever the scope: each channel of the city, each system of devices and each family
    of vital signs.  ``newest_ms`` (-1: not heard within 35 days), ``age_min`` (then NaN), ``expected_min`` after which it is
    ``stale`` (NaN: no expectation), except for a channel that is usually silent at this hour on these weekdays (judged as in
    the wall's ``channel_mix``)."""
    channels = city.profile.channels
    feeds = [("channel", c.code) for c in channels]
    newest = newest_by_channel(rows["channels"], len(channels))[:-1].tolist()
    for kind, name in (("devices", "system"), ("signs", "series")):
        found: dict[str, int] = {}
        for key, at in zip(np.asarray(rows[kind][name]).tolist(), np.asarray(rows[kind]["newest"]).tolist(), strict=True):
            feed = str(key).split(".")[0]
            found[feed] = max(found.get(feed, -1), int(at))
        feeds += [(kind, feed) for feed in found]
        newest += found.values()
    at_ms = np.array(newest, np.int64)
    age = np.where(at_ms >= 0, (ms(now) - at_ms) / 60_000, np.nan)
    allowed = np.full(len(feeds), STALE.total_seconds() / 60)
    allowed[: len(channels)] = silent_after_ms(city) / 60_000
    stale = ~(age <= allowed)
    known = known_days(windows.same_time(now, city, windows.WEEKDAYS), first_of(rows["first"]))
    stale[: len(channels)] = silent(at_ms[: len(channels)], rows["rhythm"], city, now, known)
    return pd.DataFrame(
        {
            "kind": [kind for kind, _ in feeds],
            "feed": [feed for _, feed in feeds],
            "newest_ms": at_ms,
            "age_min": age,
            "expected_min": allowed,
            "stale": stale,
        }
    )


FRESHNESS = Metric(
    id="data_freshness",
    name=Text(zh="数据新鲜度", en="Freshness of the data"),
    definition=Text(
        zh="各数据来源：此刻 − 最近一条的时刻；超过应有间隔的两倍（设备与生命体征为 2 小时）为陈旧，其数值应置灰；"
        "往常同一时刻也不来数据的渠道不算",
        en="Each feed: now less its newest record; stale beyond twice its expected interval (2 hours for devices and signs), and"
        " its numbers should be greyed; not a channel that usually is quiet at this hour",
    ),
    unit="min",
    kind="stock",
    columns=(
        Column("kind", "code"),
        Column("feed", "code"),
        Column("newest_ms", "instant_ms"),
        Column("age_min", "min"),
        Column("expected_min", "min"),
        Column("stale", "code"),
    ),
    requires=(Requires((CHANNEL,), rows=("channel",)),),
    select=_freshness,
    compute=_ages,
)
METRICS = (HOTLINE, VIDEO, FRESHNESS)
