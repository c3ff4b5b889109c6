"""What falls due in the next four hours: how many open cases, hour by hour."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import literal, select
from sqlalchemy.types import BigInteger

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.rows import RowSets
from data.query import conditions
from data.query.metric import Column, Metric, Statement, whole
from data.query.needs import DUE, END, Requires
from data.query.windows import HOUR_MS
from data.text import Text

HOURS = 4


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Open cases that are not deferred, by the second at which their limit ends; read once a minute."""
    at = ms(now.replace(second=0, microsecond=0))
    last = at + (HOURS + 1) * HOUR_MS
    o = conditions.open_events(viewer, city, at, "due_at", "is_hung").subquery("o").c
    slot = whole(o.due_at, 1000).label("due_s")
    due = select(o.area, slot).where(o.is_hung == 0, o.due_at > literal(at, BigInteger), o.due_at <= literal(last, BigInteger))
    return {"due": Statement(conditions.tally(due, "area", "due_s"), timedelta(minutes=1))}


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """Four rows, ``hour`` 1 .. 4: ``n`` open cases whose limit ends within that hour from now (events; the limit of one that is
    deferred stands still: none), ``first_ms`` the first of these instants, to the second (NaN if none)."""
    at = ms(now)
    due, n = np.asarray(rows["due"]["due_s"], np.int64) * 1000, np.asarray(rows["due"]["n"], np.int64)
    out = []
    for hour in range(1, HOURS + 1):
        mine = (due > at + (hour - 1) * HOUR_MS) & (due <= at + hour * HOUR_MS)
        out.append({"hour": hour, "n": int(n[mine].sum()), "first_ms": float(due[mine].min()) if mine.any() else np.nan})
    return pd.DataFrame.from_records(out, columns=[c.name for c in METRIC.columns])


METRIC = Metric(
    id="deadlines",
    name=Text(zh="四小时内到期", en="Due in four hours"),
    definition=Text(
        zh="此后四小时内到期的在办事件数,逐小时;缓办的时限停走,不计",
        en="Open cases whose limit ends within the next four hours, hour by hour; deferred ones, whose clock stands, are not"
        " counted",
    ),
    unit="events",
    kind="stock",
    columns=(Column("hour", "rank"), Column("n", "events"), Column("first_ms", "instant_ms")),
    requires=(Requires((DUE, END)),),
    select=select_,
    compute=compute,
)
