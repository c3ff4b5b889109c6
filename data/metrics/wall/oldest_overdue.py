"""The cases longest past their limit: number, category, stage, department, town; no person."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import and_, case, func, or_, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms
from data.facts.case_reads import picked
from data.facts.rows import RowSets
from data.query import conditions
from data.query.metric import Column, Metric, Statement
from data.query.needs import DEPARTMENT, DUE, END, STAGES, Requires
from data.query.windows import DAY_MS
from data.text import Text

SHOWN = 24
_COLUMNS = ("eid", "case_number", "category", "channel", "stage", "department", "due_at", "is_hung")
#: Columns selected of a case; of one that a wall may not name, only its existence.
_NAMED = ("eid", "case_number", "category", "stage", "department", "due_at")


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """The 24 oldest of each town (so that any scope finds its own), and how many there are.  No window: it is a
    stock.

    Cases of a restricted channel, and those of an unknown category (it may be a sensitive one), are only
    counted: none of their columns is selected.
    """
    at = ms(now)
    there = conditions.open_events(viewer, city, at, *_COLUMNS).subquery("o")
    rows = select(*there.c).where(there.c.is_hung == 0, there.c.due_at < at)
    o = rows.subquery("p")
    restricted = [i for i, channel in enumerate(city.profile.channels) if channel.restricted]
    named = case((and_(o.c.category >= 0, *(o.c.channel != i for i in restricted)), 1), else_=0)
    rank = func.row_number().over(partition_by=o.c.area, order_by=(named.desc(), o.c.due_at, o.c.eid)).label("rank")
    total = func.count().over(partition_by=o.c.area).label("total")
    told = [case((named == 1, o.c[name])).label(name) for name in _NAMED]
    ranked = select(o.c.area, named.label("named"), *told, rank, total).subquery("r")
    kept = and_(ranked.c.rank <= SHOWN, or_(ranked.c.named == 1, ranked.c.rank == 1))
    return {"oldest": Statement(picked(select(*ranked.c).where(kept)))}


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """Up to 24 open cases whose limit has passed (exactly at it is not; deferred ones are not), longest first.

    ``eid`` (its id in the facts), ``case_number`` (the source's id if it has none), ``category``, ``stage``,
    ``department``, ``area`` (town): codes, "" if unknown; ``due_ms``; ``over_days`` (calendar days, one decimal);
    ``total``: all overdue open cases, also those that no wall names.  If all of them are such, one row gives their number: its
    ``case_number`` is "".
    """
    r, profile = rows["oldest"], city.profile
    total = int(np.sum(r["total"][np.asarray(r["rank"]) == 1]))  # the first row of each town carries its town's total
    named = np.flatnonzero(np.asarray(r["named"]) == 1)
    order = named[np.lexsort((np.asarray(r["eid"])[named], np.asarray(r["due_at"])[named]))][:SHOWN]
    due = np.asarray(r["due_at"], np.int64)[order]
    frame = pd.DataFrame(
        {
            "eid": np.asarray(r["eid"], np.int64)[order],
            "case_number": [str(r["case_number"][i] or int(r["eid"][i])) for i in order],
            "category": _codes([k.code for k in profile.categories], r["category"][order]),
            "stage": _codes([s.code for s in profile.stages], r["stage"][order]),
            "department": _codes([d.code for d in profile.departments], r["department"][order]),
            "area": _codes(list(city.grid.code), r["area"][order]),
            "due_ms": due,
            "over_days": np.round((ms(now) - due) / DAY_MS, 1),
            "total": np.full(len(order), total, np.int64),
        }
    )
    if total and frame.empty:
        return pd.DataFrame([[-1, "", "", "", "", "", -1, np.nan, total]], columns=frame.columns)
    return frame


def _codes(codes: list[str], positions: np.ndarray) -> list[str]:
    return [codes[p] if 0 <= p < len(codes) else "" for p in positions.astype(int)]


METRIC = Metric(
    id="oldest_overdue",
    name=Text(zh="超时最久", en="Longest overdue"),
    definition=Text(
        zh="此刻超时未结案件中超时最久的24件;缓办不计,恰好到限不算超时;限制公开渠道或类别不明的只计数,不列出",
        en="The 24 open cases longest past their limit; deferred ones do not count, exactly at it is not overdue; those of"
        " a restricted channel or an unknown category are counted, not listed",
    ),
    unit="events",
    kind="stock",
    columns=(
        Column("eid", "id"),
        Column("case_number", "text"),
        Column("category", "code"),
        Column("stage", "code"),
        Column("department", "code"),
        Column("area", "code"),
        Column("due_ms", "instant_ms"),
        Column("over_days", "days"),
        Column("total", "events"),
    ),
    requires=(Requires((DUE, END)), Requires((STAGES,), columns=("stage",)), Requires((DEPARTMENT,), columns=("department",))),
    select=select_,
    compute=compute,
)
