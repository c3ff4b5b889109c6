"""The cases that are longest past their limit: number, matter, stage, department, town; no person."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from data import stock
from data.city import City
from data.instants import DAY_MS
from data.metric import Column, Metric, RowSets, Statement, ms
from data.text import Text
from data.viewer import Viewer

SHOWN = 24
_COLUMNS = ("eid", "case_number", "category", "stage", "department", "due_at", "is_hung")


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """The 24 oldest of each town (so that any scope finds its own), and how many there are.  No window: it is a
    stock.
    """
    at = ms(now)
    there = stock.open_events(viewer, city, at, *_COLUMNS).subquery("o")
    rows = select(*there.c).where(there.c.is_hung == 0, there.c.due_at < at)
    o = rows.subquery("p")
    rank = func.row_number().over(partition_by=o.c.area, order_by=(o.c.due_at, o.c.eid)).label("rank")
    total = func.count().over(partition_by=o.c.area).label("total")
    ranked = select(*o.c, rank, total).subquery("r")
    return {"oldest": Statement(select(*[c for c in ranked.c if c.name != "is_hung"]).where(ranked.c.rank <= SHOWN))}


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """Up to 24 open cases whose limit has passed (exactly at it is not; deferred ones are not), longest first.

    ``case_number`` (the source's id where it has none), ``category``, ``stage``, ``department``, ``area`` (town):
    codes, "" where not known; ``due_ms``; ``over_days`` (calendar days, one decimal); ``total``: all overdue open
    cases.
    """
    r, profile = rows["oldest"], city.profile
    order = np.lexsort((np.asarray(r["eid"]), np.asarray(r["due_at"])))[:SHOWN]
    total = int(np.sum(r["total"][np.asarray(r["rank"]) == 1]))     # the first of each town brings its town's
    due = np.asarray(r["due_at"], np.int64)[order]
    return pd.DataFrame({
        "case_number": [str(r["case_number"][i] or int(r["eid"][i])) for i in order],
        "category": _codes([k.code for k in profile.categories], r["category"][order]),
        "stage": _codes([s.code for s in profile.stages], r["stage"][order]),
        "department": _codes([d.code for d in profile.departments], r["department"][order]),
        "area": _codes(list(city.grid.code), r["area"][order]),
        "due_ms": due, "over_days": np.round((ms(now) - due) / DAY_MS, 1),
        "total": np.full(len(order), total, np.int64),
    })


def _codes(codes: list[str], positions: np.ndarray) -> list[str]:
    return [codes[p] if 0 <= p < len(codes) else "" for p in positions.astype(int)]


METRIC = Metric(
    id="oldest_overdue",
    name=Text(zh="超时最久", en="Longest overdue"),
    definition=Text(
        zh="此刻超时未结案件中超时最久的24件;缓办不计,恰好到限不算超时",
        en="The 24 open cases longest past their limit; deferred ones do not count, exactly at it is not overdue",
    ),
    unit="events", kind="stock",
    columns=(
        Column("case_number", "text"), Column("category", "code"), Column("stage", "code"),
        Column("department", "code"), Column("area", "code"), Column("due_ms", "instant_ms"),
        Column("over_days", "days"), Column("total", "events"),
    ),
    select=select_, compute=compute,
)
