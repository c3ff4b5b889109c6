"""What falls due in the next four hours: how many open cases, hour by hour, and how many of them are to be expected late."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, and_, literal, or_, select
from sqlalchemy.types import BigInteger

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.query import conditions
from data.query.metric import Column, Metric, Statement, events, whole
from data.query.needs import DUE, END, Requires
from data.query.windows import DAY_MS, HOUR_MS
from data.text import Text

HOURS = 4
#: From how long ago the share that misses its limit is taken, and of how many cases at least.
BACK_DAYS, LEAST = 30, 20


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Open cases that are not deferred, by the second at which their limit ends; read once a minute."""
    at = ms(now.replace(second=0, microsecond=0))
    last = at + (HOURS + 1) * HOUR_MS
    o = conditions.open_events(viewer, city, at, "due_at", "is_hung").subquery("o").c
    slot = whole(o.due_at, 1000).label("due_s")
    due = select(o.area, slot).where(o.is_hung == 0, o.due_at > literal(at, BigInteger), o.due_at <= literal(last, BigInteger))
    return {"due": Statement(conditions.tally(due, "area", "due_s"), timedelta(minutes=1)), "past": _past(viewer, city, at)}


def _past(viewer: Viewer, city: City, at: int) -> Statement:
    """Of the cases whose limit ended in the last 30 days: those open so long before it, and those of them that missed it."""
    table, area, visible = events(viewer, city)
    c = EVENT.c

    def open_at(instant: ColumnElement[int]) -> ColumnElement[bool]:
        return and_(c.reported_at <= instant, or_(c.is_open == 1, c.closed_at > instant))

    late = or_(c.is_open == 1, c.closed_at > c.due_at)
    before = {h: open_at(c.due_at - literal(h * HOUR_MS - HOUR_MS // 2, BigInteger)) for h in range(1, HOURS + 1)}
    columns = [
        *[conditions.flag(there).label(f"open{h}") for h, there in before.items()],
        *[conditions.flag(and_(there, late)).label(f"late{h}") for h, there in before.items()],
    ]
    rows = select(area.label("area"), *columns).select_from(table)
    rows = rows.where(*visible, c.is_hung == 0, c.due_at > at - BACK_DAYS * DAY_MS, c.due_at <= at)
    return Statement(conditions.tally(rows, "area", sums=tuple(x.name for x in columns)), timedelta(minutes=15))


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """Four rows, ``hour`` 1 .. 4: ``n`` open cases whose limit ends within that hour from now (events; the limit of one that is
    deferred stands still: none), ``first_ms`` the first of these instants, to the second (NaN if none); ``late`` of them to be
    expected late (events): the share that missed its limit among the cases of the last 30 days that were open half an hour less
    than so many hours before it (NaN of fewer than ``LEAST`` such cases)."""
    at = ms(now)
    due, n = np.asarray(rows["due"]["due_s"], np.int64) * 1000, np.asarray(rows["due"]["n"], np.int64)
    out = []
    for hour in range(1, HOURS + 1):
        mine = (due > at + (hour - 1) * HOUR_MS) & (due <= at + hour * HOUR_MS)
        were, missed = (float(np.sum(rows["past"][f"{k}{hour}"])) for k in ("open", "late"))
        out.append(
            {
                "hour": hour,
                "n": int(n[mine].sum()),
                "first_ms": float(due[mine].min()) if mine.any() else np.nan,
                "late": float(n[mine].sum()) * missed / were if were >= LEAST else np.nan,
            }
        )
    return pd.DataFrame.from_records(out, columns=[c.name for c in METRIC.columns])


METRIC = Metric(
    id="deadlines",
    name=Text(zh="四小时内到期", en="Due in four hours"),
    definition=Text(
        zh="此后四小时内到期的在办事件数,逐小时;缓办的时限停走,不计;其中预计超期的件数按近30天到期前同样时候仍在办的件的超期比例",
        en="Open cases whose limit ends within the next four hours, hour by hour; deferred ones, whose clock stands, are not"
        " counted; those to be expected late are by the share late of the cases of the last 30 days that were open as long before"
        " their limit",
    ),
    unit="events",
    kind="stock",
    columns=(Column("hour", "rank"), Column("n", "events"), Column("first_ms", "instant_ms"), Column("late", "events")),
    requires=(Requires((DUE, END)),),
    select=select_,
    compute=compute,
)
