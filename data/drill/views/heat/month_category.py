"""Twelve months by category: growth and seasonality."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, case, literal

from data.clock.instants import ms
from data.drill.choice import Choice
from data.drill.drill import Drill, Field, codes_of
from data.drill.tally import Tally
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.query.needs import Requires, all_of
from data.text import Text

MONTHS = 12


def months(until: int, zone: ZoneInfo) -> list[tuple[str, int]]:
    """("2026-11", its first instant) of the twelve months that end with the last day before ``until`` (ms), oldest first."""
    last = datetime.fromtimestamp((until - 1) / 1000, zone)
    out = []
    for back in range(MONTHS - 1, -1, -1):
        year, month = divmod(last.year * 12 + last.month - 1 - back, 12)
        begin = datetime(year, month + 1, 1, tzinfo=zone)
        out.append((f"{year}-{month + 1:02d}", ms(begin.astimezone(UTC))))
    return out


def select_(choice: Choice) -> dict[str, Tally]:
    """Reports by month (0 .. 11) and category; the window only sets the last month."""
    begins = [at for _, at in months(choice.filters.until, choice.city.profile.zone)]
    month = case(
        *[(EVENT.c.reported_at < at, literal(i, BigInteger())) for i, at in enumerate(begins[1:])],
        else_=literal(MONTHS - 1, BigInteger()),
    )
    by = {"month": month, "category": EVENT.c.category}
    return {"by": Tally(choice.reported(since=begins[0], without=("cat",)), by)}


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per (``category``, ``month``) with ``n`` reports; categories by total, largest first; "" = unknown."""
    r = rows["by"]
    category, n = np.asarray(r["category"], np.int64), np.asarray(r["n"], np.int64)
    total = {int(c): int(n[category == c].sum()) for c in np.unique(category)}
    order = sorted(range(len(n)), key=lambda i: (-total[int(category[i])], int(category[i]), int(np.asarray(r["month"])[i])))
    names = [m for m, _ in months(choice.filters.until, choice.city.profile.zone)]
    return pd.DataFrame(
        {
            "category": codes_of(choice.city.profile.categories, category[order]),
            "month": [names[int(np.asarray(r["month"])[i])] for i in order],
            "n": n[order],
        }
    )


DRILL = Drill(
    id="month_category",
    title=Text(zh="类别 × 月份", en="Category × month"),
    unit=Text(zh="件 · 近 12 个月", en="cases · 12 months"),
    definition=Text(
        zh="截至所选时段末的十二个日历月，各类别上报件数（流量；不受时段起点与类别筛选限制）；颜色按各类别自身的最小月到最大月，末月未满",
        en="Reports by category in the twelve calendar months up to the end of the window (a flow; neither the window's begin "
        "nor the category cuts it); colours go from each category's own smallest month to its largest; the last one is not over",
    ),
    fields=(
        Field("category", Text(zh="类别", en="category"), "category"),
        Field("month", Text(zh="月份", en="month"), "text"),
        Field("n", Text(zh="上报", en="reported"), "count"),
    ),
    select=select_,
    compute=compute,
    requires=(Requires(all_of("event.category")),),
)
