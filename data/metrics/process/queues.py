"""The queue of each stage: how much, how old, its inflow and outflow, and how long it takes to clear (indicators 23, 24)."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, and_, case, func, literal, or_, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.calendar import clock_of
from data.clock.instants import ms
from data.facts.rows import Rows, RowSets
from data.query import conditions, disclosure, windows
from data.query.metric import Column, Metric, Statement, whole
from data.query.needs import END, STAGES, Requires, all_of, any_of
from data.query.seasonal import first_of
from data.query.windows import DAY_MS, HOUR_MS
from data.statistics.distributions import percent
from data.statistics.queueing import balance_of, per_day
from data.text import Text
from data.types.arrays import Array, Ints

DEFAULT_BACK = timedelta(days=28)
#: Ends of the age bands, in workdays; the last band is open-ended.
AGE_ENDS = (1, 3, 7, 15)
AGES = ("age_1", "age_3", "age_7", "age_15", "age_more")
#: Ends of the bands of the used share of the stage's own limit; exactly at the limit is not over it.
USED_ENDS = (0.5, 0.8)
USED = ("used_50", "used_80", "used_100", "over", "no_limit", "hung")
#: Used instead of a day when the case only moved on to another stage.
_MOVED = -2


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Visits alive in the window by the day (24 hours, counted back from ``now``) of their start and end; the current stock."""
    at = ms(now)
    start = at - _days(city, back) * DAY_MS
    v = (
        conditions.visits_alive_since(viewer, city, start, at, "eid", "stage", "seq", "entered_at", "left_at", "exit")
        .subquery("v")
        .c
    )
    gone = and_(v.exit != 0, v.left_at <= at)
    came = case((v.entered_at <= start, literal(-1, BigInteger())), else_=whole(at - v.entered_at, DAY_MS))
    went = case((gone, whole(at - v.left_at, DAY_MS)), else_=literal(-1, BigInteger()))
    flow = select(v.area, v.stage, came.label("came"), went.label("went")).where(or_(v.exit == 0, v.left_at > start))
    # A case arrives where no earlier visit of it in an open stage adjoins, and departs where no later one does.  Visits of no
    # length (a case closed before it was reported has no others) are in no stock, so they are neither arrivals nor departures.
    before = func.lag(v.left_at).over(partition_by=v.eid, order_by=v.seq)
    behind = func.lead(v.entered_at).over(partition_by=v.eid, order_by=v.seq)
    lasting = (
        select(
            v.area,
            came.label("came"),
            went.label("went"),
            conditions.flag(or_(v.exit == 0, v.left_at > start)).label("seen"),
            conditions.flag(func.coalesce(before, -1) != v.entered_at).label("first"),
            conditions.flag(func.coalesce(behind, -1) != v.left_at).label("ended"),
        )
        .where(v.stage.in_(city.profile.open_stages), or_(~gone, v.left_at > v.entered_at))
        .subquery("l")
        .c
    )
    none = literal(_MOVED, BigInteger())
    cases_flow = select(
        lasting.area,
        case((and_(lasting.came >= 0, lasting.first == 0), none), else_=lasting.came).label("came"),
        case((and_(lasting.went >= 0, lasting.ended == 0), none), else_=lasting.went).label("went"),
    ).where(lasting.seen == 1)
    visits = conditions.visits_standing(viewer, city, at, "eid", "stage", "entered_at", "due_at").subquery("s")
    cases = conditions.open_events(viewer, city, at, "eid", "is_hung", "reported_at").subquery("o")
    standing = select(
        visits.c.area,
        visits.c.stage,
        visits.c.entered_at,
        visits.c.due_at,
        cases.c.reported_at,
        conditions.flag(cases.c.is_hung == 1).label("hung"),
    ).select_from(visits.outerjoin(cases, visits.c.eid == cases.c.eid))
    return {
        "flow": Statement(conditions.tally(flow, "area", "stage", "came", "went")),
        "cases": Statement(conditions.tally(cases_flow, "area", "came", "went")),
        "standing": Statement(standing),
        "open": _open(viewer, city, back, at),
        "first": conditions.first_record(),
        "asked": Statement(select(literal(_days(city, back), BigInteger()).label("days"))),
    }


def _open(viewer: Viewer, city: City, back: timedelta | None, at: int) -> Statement:
    """All open cases: those in no stage here are counted there (``data.query.disclosure``)."""
    apart = disclosure.apart(viewer, city, back)
    open_ = conditions.open_events(disclosure.counting(viewer, city, back), city, at, *apart)
    return Statement(conditions.tally(open_, "area", *apart))


def _days(city: City, back: timedelta | None) -> int:
    return max(1, round(windows.window("queues", DEFAULT_BACK, city, back) / timedelta(days=1)))


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """One row for all open cases (``stage`` "") and one per stage of open cases, in the city's order.

    Stock now: ``wip`` = the sum of the age bands (work time since the stage was entered, in the city's workdays) ``age_1`` ..
    ``age_more`` = the sum of the bands of the used share of the stage's own limit ``used_50`` (under half), ``used_80``,
    ``used_100``, ``over``, ``no_limit``, ``hung`` (deferred: its clock is stopped); ``over_share`` % over of those with a running
    limit; ``age_p50_h``, ``age_p90_h``, ``oldest_h`` work hours (deferred time included), ``oldest_wall_h`` wall-clock hours.
    Flow of the last ``days`` times 24 hours (28; fewer if the records begin later): ``opening`` + ``came`` - ``went`` =
    ``wip``, always.  For "" arrivals are new (or reopened) cases and departures ended ones; for a stage also those from and to
    another.  A case closed before it was reported waited nowhere: for "" it neither came nor went.
    ``in_day``, ``out_day`` per calendar day, ``in_workday``, ``out_workday`` per workday of the city.
    ``balance_se``: standard error of came - went (``balance_error``).  ``steady`` 1 if came - went lies within two of them.
    Little's W = wip / came per day, in calendar days ``w_days`` and workdays ``w_workdays``, only if steady; else ``w_code``
    gives the reason: growing, shrinking, short (under 14 days known), no_flow.  ``clear_days`` (calendar) = wip / (out - in) if
    departures exceed arrivals by more than two standard errors; else ``clear_code``: even (平衡), growing (持续增长), nothing
    (none waits), short.  ``open_p50_days``, ``open_p90_days``, ``open_max_days``: calendar days since the waiting cases were
    reported.  ``open``, in the row "" alone (else NaN): the open cases as the headline counts them, for the city and its towns
    with the sensitive ones in batches of five (``data.query.disclosure``), which are in no other column and in no stage.
    """
    profile = city.profile
    size, at = len(profile.stages), ms(now)
    inside = list(profile.open_stages)
    conditions.known_stages("queues", rows["flow"]["stage"], city)
    clock = clock_of(profile)
    span, days, present = _span(rows, now, city)
    a_day = 60.0 * profile.hours.minutes_a_day
    worked = int(present - clock.work_seconds(at - days * DAY_MS)) / a_day if days else 0.0
    opening, came, went, closing = _flow(rows["flow"], rows["cases"], size, span)
    stage, age_s, wall_h, used, hung, open_ms = _standing(rows["standing"], at, present, city)
    out = []
    for i in [-1, *inside]:
        own = np.isin(stage, inside) if i < 0 else stage == i
        n, wip = age_s[own], int(closing[i])
        age = np.bincount(np.searchsorted(np.array(AGE_ENDS) * a_day, n, side="left"), minlength=len(AGES))
        bands = np.bincount(np.where(hung[own], 5, used[own]), minlength=len(USED))
        limited = int(bands[:4].sum())
        balance = balance_of(came[i, :days], went[i, :days], wip)
        ordered, natural = np.sort(n), np.sort(open_ms[own & (open_ms >= 0)]) / DAY_MS
        out.append(
            {
                "stage": "" if i < 0 else profile.stages[i].code,
                "open": float(disclosure.total(rows["open"], city, "open").n) if i < 0 else np.nan,
                "wip": wip,
                **dict(zip(AGES, age.tolist(), strict=True)),
                **dict(zip(USED, bands.tolist(), strict=True)),
                "over_share": float(percent(bands[3], limited)),
                "age_p50_h": _at(ordered, 0.5) / 3600,
                "age_p90_h": _at(ordered, 0.9) / 3600,
                "oldest_h": _at(ordered, 1.0) / 3600,
                "oldest_wall_h": float(wall_h[own].max()) if own.any() else np.nan,
                "open_p50_days": _at(natural, 0.5),
                "open_p90_days": _at(natural, 0.9),
                "open_max_days": _at(natural, 1.0),
                "days": days,
                "opening": int(opening[i]),
                "came": int(came[i].sum()),
                "went": int(went[i].sum()),
                "in_day": per_day(came[i, :days].sum(), days),
                "out_day": per_day(went[i, :days].sum(), days),
                "in_workday": per_day(came[i, :days].sum(), worked),
                "out_workday": per_day(went[i, :days].sum(), worked),
                **balance,
                "w_workdays": balance["w_days"] * per_day(worked, days),
            }
        )
    return pd.DataFrame(out)[[c.name for c in METRIC.columns]]


def _span(rows: RowSets, now: datetime, city: City) -> tuple[int, int, int]:
    """(days requested, whole days of them covered by the records, work seconds now)."""
    asked, first, at = int(np.asarray(rows["asked"]["days"])[0]), first_of(rows["first"]), ms(now)
    known = (at - first) // DAY_MS if first >= 0 else 0
    return asked, int(min(asked, max(known, 0))), int(clock_of(city.profile).work_seconds(at))


def _flow(visits: Rows, cases: Rows, size: int, days: int) -> tuple[Ints, ...]:
    """(opening (size + 1,), came (size + 1, days), went, closing) by stage; the last row is all open ones, from ``cases``."""
    stage = np.concatenate([np.asarray(visits["stage"], np.int64), np.full(len(cases["n"]), size)])
    came, went, n = (np.concatenate([np.asarray(r[c], np.int64) for r in (visits, cases)]) for c in ("came", "went", "n"))

    def daily(day: Array) -> Ints:
        keep = (day >= 0) & (day < days)
        flat = np.bincount(stage[keep] * days + day[keep], weights=n[keep], minlength=(size + 1) * days)
        return flat.reshape(size + 1, days).astype(np.int64)

    def total(keep: Array) -> Ints:
        return np.bincount(stage[keep], weights=n[keep], minlength=size + 1).astype(np.int64)

    return total(came == -1), daily(came), daily(went), total(went == -1)


def _standing(r: Rows, at: int, present: int, city: City) -> tuple[Array, ...]:
    """For each current visit: (stage, age in work seconds, in wall-clock hours, band of its used share, deferred, ms since its
    case was reported; -1: unknown)."""
    clock = clock_of(city.profile)
    entered, due = np.asarray(r["entered_at"], np.int64), np.asarray(r["due_at"], np.int64)
    age = np.maximum(present - clock.work_seconds(entered), 0) if len(entered) else np.zeros(0, np.int64)
    limit = clock.work_seconds(np.maximum(due, 0)) - (present - age) if len(due) else np.zeros(0, np.int64)
    # a limit without any work time (an urgent one at night) runs on the wall clock
    wall, span = (at - entered).astype(float), np.maximum(due - entered, 1).astype(float)
    share = np.where(limit > 0, age / np.maximum(limit, 1), wall / span)
    used = np.searchsorted(np.array(USED_ENDS), share, side="right")
    used = np.where(due < at, 3, np.minimum(used, 2))
    reported = np.asarray(r["reported_at"], np.int64)
    return (
        np.asarray(r["stage"], np.int64),
        age,
        wall / HOUR_MS,
        np.where(due < 0, 4, used),
        np.asarray(r["hung"]) == 1,
        np.where(reported >= 0, at - reported, -1),
    )


def _at(ordered: Array, p: float) -> float:
    """The first of the ordered values at which the share ``p`` is reached; NaN if empty."""
    return float(ordered[max(math.ceil(p * len(ordered) - 1e-9) - 1, 0)]) if len(ordered) else math.nan


METRIC = Metric(
    id="queues",
    name=Text(zh="环节队列", en="Queues"),
    definition=Text(
        zh="各环节此刻在办、工时龄（P50/P90、分段、占环节时限的份额）与近28个24小时的进出；进出差在其自身波动的两倍以内为“平衡”，"
        "只在平衡时给出利特尔时间 W＝在办÷日进；出明显大于进时清空天数＝在办÷(日出−日进)，进明显大于出为“持续增长”；"
        "另列在办案件自上报起的自然日（P50、P90、最长）",
        en="Waiting per stage now, by work age (P50, P90, bands, share of the stage's limit used), and what came and went in"
        " the last 28 times 24 hours; in balance where in and out differ by no more than twice the noise of their"
        " difference: only then Little's W = waiting / in per day; beyond it days to clear = waiting / (out - in), or"
        ' "growing"; also the natural days since the waiting cases were reported (P50, P90, longest)',
    ),
    unit="events",
    kind="both",
    columns=(
        Column("stage", "code"),
        Column("wip", "events"),
        *[Column(a, "events") for a in AGES],
        *[Column(u, "events") for u in USED],
        Column("over_share", "%"),
        Column("age_p50_h", "h"),
        Column("age_p90_h", "h"),
        Column("oldest_h", "h"),
        Column("oldest_wall_h", "h"),
        Column("open_p50_days", "days"),
        Column("open_p90_days", "days"),
        Column("open_max_days", "days"),
        Column("days", "days"),
        Column("opening", "events"),
        Column("came", "events"),
        Column("went", "events"),
        Column("in_day", "events"),
        Column("out_day", "events"),
        Column("in_workday", "events"),
        Column("out_workday", "events"),
        Column("balance_se", "events"),
        Column("steady", "code"),
        Column("w_days", "days"),
        Column("w_workdays", "days"),
        Column("w_code", "code"),
        Column("clear_days", "days"),
        Column("clear_code", "code"),
        Column("open", "events"),
    ),
    requires=(
        Requires((STAGES, END)),
        Requires((any_of("transition.due_at", "limit.stage"),), columns=(*USED[:5], "over_share")),
        Requires(all_of("action.defer"), columns=("hung",)),
    ),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
    batched=Text(
        zh="总数 open 在全市与镇街按五件一批计入敏感类别；在办 wip、各环节、龄与进出不含敏感类别。",
        en="The sum open counts sensitive categories in batches of five for the city and its towns; wip, stages, ages and flows"
        " are without sensitive categories.",
    ),
)
