"""The list of the selected cases, page by page: number, matter, place, stage, department, instants; no person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, and_, case, cast, func, select

from data.drill.choice import Choice, named
from data.drill.drill import Drill, Field, codes_of
from data.errors import QueryError, did_you_mean, did_you_mean_zh
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.query import conditions
from data.query.needs import DEPARTMENT, END, STAGES, Requires, all_of
from data.text import Text
from data.types.sql import AnySelect

#: Maximum rows of a page, of a CSV export, and of a spreadsheet export (ten times as expensive per cell).
PAGE, EXPORTED, SHEET = 500, 100_000, 10_000
#: Sortable columns.
SORTED = ("reported_at", "due_at", "closed_at", "stage", "department", "category", "channel", "severity", "case_number")
_COLUMNS = (
    "eid",
    "case_number",
    "category",
    "network",
    "channel",
    "severity",
    "department",
    "stage",
    "l1",
    "l2",
    "l3",
    "l4",
    "reported_at",
    "due_at",
    "closed_at",
    "outcome",
    "is_open",
    "is_hung",
    "reworks",
    "returns",
)


def select_(choice: Choice, first: int = 0, rows: int = PAGE, sort: str = "", down: bool = False) -> dict[str, AnySelect]:
    """Rows from ``first`` on of the sorted list, its length, and the number that may not be listed (restricted channels).

    Stocks are sorted by longest overdue, others by newest first.  Raises QueryError for an unknown column.
    """
    conditions, c = choice.listed(), EVENT.c
    shown = conditions if choice.viewer.sees_sensitive else [*conditions, *named(choice.city)]
    order: list[Any] = []
    if sort:
        if sort not in SORTED:
            raise QueryError(
                f"sort '{sort[:40]}': there is no such column{did_you_mean(sort, SORTED)}",
                f"排序列“{sort[:40]}”不存在{did_you_mean_zh(sort, SORTED)}",
            )
        order = [c[sort].is_(None), c[sort].desc() if down else c[sort].asc()]
    elif choice.filters.is_stock:
        order = [c.is_hung, c.due_at.is_(None), c.due_at.asc()]
    else:
        order = [c.reported_at.desc()]
    # first determine the page by the sort columns alone; then read all columns of its few rows
    turn = select(c.eid).where(*shown).order_by(*order, c.eid).limit(rows).offset(first).subquery("turn")
    page = select(*[c[n] for n in _COLUMNS]).where(*shown, c.eid.in_(select(turn.c.eid))).order_by(*order, c.eid)
    allowed = and_(*named(choice.city))
    total = (
        select(func.count().label("n"), cast(func.coalesce(func.sum(case((allowed, 1), else_=0)), 0), BigInteger).label("named"))
        .select_from(EVENT)
        .where(*conditions)
    )
    return {"page": page, "total": total}


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per case: codes, instants in ms (-1 = none), ``state`` (overdue, late, closed, hung, open, cancelled, merged,
    transferred), ``left_min`` minutes to its limit (negative = past it; NaN = none, or it has ended)."""
    r, city = rows["page"], choice.city
    profile = city.profile
    due, closed = np.asarray(r["due_at"], np.int64), np.asarray(r["closed_at"], np.int64)
    open_, hung = (np.asarray(r["is_open"]) == 1) | (closed > choice.at), np.asarray(r["is_hung"]) == 1
    finest = np.full(len(due), -1, np.int64)
    for level in ("l1", "l2", "l3", "l4"):
        at = np.asarray(r[level], np.int64)
        finest = np.where(at >= 0, at, finest)
    village = np.where(np.asarray(r["l2"]) >= 0, r["l2"], r["l1"]).astype(np.int64)
    left = np.where(open_ & ~hung & (due >= 0), (due - choice.at) / 60_000, np.nan)
    return pd.DataFrame(
        {
            "eid": np.asarray(r["eid"], np.int64).astype(str),
            "case_number": [str(n or int(e)) for n, e in zip(r["case_number"], r["eid"], strict=True)],
            "category": codes_of(profile.categories, r["category"]),
            "channel": codes_of(profile.channels, r["channel"]),
            "severity": np.asarray(r["severity"], np.int64),
            "town": codes_of(city.grid.code, r["l1"]),
            "area": codes_of(city.grid.code, village),
            "stage": codes_of(profile.stages, r["stage"]),
            "department": codes_of(profile.departments, r["department"]),
            "reported_at": np.asarray(r["reported_at"], np.int64),
            "due_at": due,
            "closed_at": closed,
            "state": [_state(*s) for s in zip(r["outcome"], open_, hung, due, closed, [choice.at] * len(due), strict=True)],
            "left_min": left,
            "returns": np.asarray(r["returns"], np.int64),
            "reworks": np.asarray(r["reworks"], np.int64),
        }
    )


def _state(outcome: Any, is_open: Any, is_hung: Any, due: Any, closed: Any, at: int) -> str:
    if is_open:
        return "hung" if is_hung else "overdue" if 0 <= due < at else "open"
    if int(outcome) == conditions.SETTLED:
        return "late" if 0 <= due < closed else "closed"
    return {conditions.CANCELLED: "cancelled", conditions.MERGED: "merged"}.get(int(outcome), "transferred")


def totals(rows: RowSets, choice: Choice) -> tuple[int, int]:
    """(cases listed, cases that may not be listed)."""
    n, shown = int(rows["total"]["n"][0]), int(rows["total"]["named"][0])
    return (n, 0) if choice.viewer.sees_sensitive else (shown, n - shown)


DRILL = Drill(
    id="cases",
    title=Text(zh="案件", en="Cases"),
    unit=Text(zh="件", en="cases"),
    definition=Text(
        zh="所选案件清单：选“在办”“超期未结”“缓办”时为此刻存量（不受时间筛选，超期最久在前），否则为窗口内上报（最新在前）；"
        "限制公开渠道与类别不明的案件只计数，不列出；无上报人信息",
        en="The chosen cases: a stock of this moment where open, overdue or deferred is chosen (not cut by the window, longest "
        "overdue first), else those reported in the window (newest first); cases of restricted channels and of an unknown "
        "category are counted, not listed; nothing of who reported",
    ),
    fields=(
        Field("case_number", Text(zh="案件号", en="case"), "text"),
        Field("category", Text(zh="类别", en="category"), "category"),
        Field("channel", Text(zh="渠道", en="channel"), "channel"),
        Field("severity", Text(zh="等级", en="severity"), "severity"),
        Field("town", Text(zh="片区", en="town"), "area"),
        Field("area", Text(zh="位置", en="area"), "area"),
        Field("stage", Text(zh="环节", en="stage"), "stage"),
        Field("department", Text(zh="部门", en="department"), "department"),
        Field("reported_at", Text(zh="上报", en="reported"), "instant"),
        Field("due_at", Text(zh="时限", en="due"), "instant"),
        Field("closed_at", Text(zh="结束", en="ended"), "instant"),
        Field("state", Text(zh="状态", en="state"), "state"),
        Field("left_min", Text(zh="余时", en="time left"), "minutes"),
        Field("returns", Text(zh="退单", en="returns"), "count"),
        Field("reworks", Text(zh="返工", en="reworks"), "count"),
    ),
    select=select_,
    compute=compute,
    requires=(
        Requires((END,), columns=("state",)),
        Requires((STAGES,), columns=("stage",)),
        Requires((DEPARTMENT,), columns=("department",)),
        Requires(all_of("action.return"), columns=("returns",)),
        Requires(all_of("action.fail"), columns=("reworks",)),
    ),
)
