"""The evaluation indicators (GB/T 30428.4), each a metric: one share with numerator, denominator and excluded cases.

All are counted in the same way, so that they can be compared: a cohort by a named instant within the window (30 days unless
the query says otherwise), never by closing; a share has its Wilson 95 % interval; what cannot be judged yet is outside the
denominator and counted as ``excluded``.  The names of the counts are those of the field's evaluation tables: register,
archive, need_archive, intime_archive, overtime_to_archive, dispose, need_dispose.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, and_, cast, false, func, select, true

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import Rows, RowSets
from data.facts.schema import EVENT, VISIT
from data.metrics.evaluation.catalogue import DEFAULT_BACK, EVERY, INDICATORS, Indicator
from data.query import conditions, disclosure, windows
from data.query.disclosure import Total
from data.query.metric import Column, Metric, Statement, events, visits
from data.query.needs import Requires
from data.statistics.distributions import wilson
from data.text import Text
from data.types.records import Record


def _statement(one: Indicator, viewer: Viewer, city: City, back: timedelta | None, start: int, at: int) -> Statement:
    """By town: ``n`` of the cohort, ``bottom`` those that are judged, ``top`` those of them that count; for a count also by
    whether they are ``open``, and with sensitive ones separate where they are counted in batches (``data.query.disclosure``)."""
    end = windows.window_end(viewer, at)
    apart = () if one.is_share else disclosure.apart(viewer, city, back)
    viewer = viewer if one.is_share else disclosure.counting(viewer, city, back)
    of_open = () if one.is_share else (conditions.flag(conditions.unended(at)).label("open"),)
    if one.rows is not None:
        r = one.rows(viewer, city, start, end, at).subquery("r").c
        sums = [cast(func.sum(r[k]), BigInteger).label(k) for k in ("n", "bottom", "top")]
        return Statement(select(r.area, *sums).group_by(r.area), EVERY)
    table, area, visible = (visits if one.stage else events)(viewer, city)
    where = [*visible]
    if one.stage:
        stage = city.profile.stage_index(one.stage)
        where.append(VISIT.c.stage == stage if stage >= 0 else false())
    if one.among is not None:
        where.append(one.among(at, city))
    if one.cohort:
        instant = table.c[one.cohort]
        where += [instant > start, instant <= end]
    else:
        where += [conditions.unended(at), EVENT.c.reported_at <= at]
    bottom = one.bottom(at, city) if one.bottom is not None else true()
    if one.timed:
        seen = [*events(viewer, city)[2], conditions.backwards()]
        bottom = and_(bottom, VISIT.c.eid.not_in(select(EVENT.c.eid).where(*seen)))
    rows = (
        select(
            area.label("area"),
            conditions.flag(bottom).label("bottom"),
            conditions.flag(and_(bottom, one.top(at, city))).label("top"),
            *of_open,
            *[table.c[k] for k in apart],
        )
        .select_from(table)
        .where(*where)
    )
    return Statement(conditions.tally(rows, "area", *apart, *[o.name for o in of_open], sums=("bottom", "top")), EVERY)


def row_of(one: Indicator, r: Rows, city: City, window: timedelta) -> Record:
    """The row of an indicator with the window ``window``, if it has one."""
    if not one.is_share:
        n, top = _count(one, r, city, window)
        return {
            "indicator": one.id,
            "value": float(top),
            "numerator": top,
            "denominator": n,
            "excluded": 0,
            "low": np.nan,
            "high": np.nan,
        }
    n, bottom, top = (int(np.sum(r[k])) if len(r[k]) else 0 for k in ("n", "bottom", "top"))
    low, high = (float(v[0]) for v in wilson([top], [bottom]))
    return {
        "indicator": one.id,
        "value": 100 * top / bottom if bottom else np.nan,
        "numerator": top,
        "denominator": bottom,
        "excluded": n - bottom,
        "low": low,
        "high": high,
    }


_COUNTS_ALONE = Text(
    zh="上报量与超期未结在全市与镇街按五件一批计入敏感类别；各比例不含敏感类别，村及以下均不含。",
    en="Reports and overdue open count sensitive categories in batches of five for the city and its towns; the shares are without"
    " sensitive categories, and so is all below.",
)


def _count(one: Indicator, r: Rows, city: City, window: timedelta) -> tuple[int, int]:
    """(all, those that count) of an indicator that is no share: the same figures that the headline and the throughput publish."""
    if one.cohort:
        n = Total.of(disclosure.of_window(r, city, window)).n
        return n, n
    open_ = disclosure.total(r, city, "open")
    return open_.n, disclosure.total(r, city, "overdue", of="top").within(open_).n


def _metric(
    id: str,
    name: Text,
    definition: Text,
    unit: str,
    of: tuple[Indicator, ...],
    kind: Literal["stock", "flow", "both"],
    standard: str,
) -> Metric:
    def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
        at = ms(now)
        start = windows.window_start(id, DEFAULT_BACK, city, back, at)
        return {one.id: _statement(one, viewer, city, back, start, at) for one in of}

    def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
        window = windows.window(id, DEFAULT_BACK, city, None)
        return pd.DataFrame([row_of(one, rows[one.id], city, window) for one in of])

    compute.__doc__ = f"One row per indicator.  {definition.en}"
    return Metric(
        id=id,
        name=name,
        definition=definition,
        unit=unit,
        kind=kind,
        standard=standard,
        columns=(
            Column("indicator", "code"),
            Column("value", unit),
            Column("numerator", "events"),
            Column("denominator", "events"),
            Column("excluded", "events"),
            Column("low", "%"),
            Column("high", "%"),
        ),
        requires=tuple(Requires(one.needs, rows=(one.id,)) for one in of) if len(of) > 1 else (Requires(of[0].needs),),
        select=select_,
        compute=compute,
        back=DEFAULT_BACK if kind != "stock" else None,
        batched=None if all(one.is_share for one in of) else disclosure.IN_BATCHES if len(of) == 1 else _COUNTS_ALONE,
    )


SINGLE: tuple[Metric, ...] = tuple(
    _metric(i.id, i.name, i.definition, "%" if i.is_share else "events", (i,), "flow" if i.cohort else "stock", i.standard)
    for i in INDICATORS
)
METRIC = _metric(
    "indicators",
    Text(zh="评价指标", en="Evaluation indicators"),
    Text(
        zh="全部评价指标并列：数值、分子、分母与不在分母的件数；比例附 Wilson 95% 区间；各按所名的时刻取窗口",
        en="All indicators beside each other: value, numerator, denominator and what stands outside; shares with their Wilson"
        " 95 % interval; each takes its window by the instant that it names",
    ),
    "% or events",
    INDICATORS,
    "both",
    "GB/T 30428.4",
)
METRICS = (METRIC, *SINGLE)
