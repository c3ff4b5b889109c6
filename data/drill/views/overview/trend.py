"""Reports and late cases over time, by hour, day, week or month according to the window's length."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.tally import Tally
from data.facts.rows import Rows, RowSets
from data.facts.schema import EVENT
from data.query import conditions
from data.query.metric import whole
from data.query.needs import DUE, END, Requires
from data.query.windows import local_hours
from data.text import Text
from data.types.arrays import Ints
from data.types.sql import AnySelect

#: Maximum window length (days) for points of an hour, a day, a week (from Monday); beyond, a month.
HOURS, DAYS, WEEKS = 2, 120, 800


def select_(choice: Choice) -> dict[str, AnySelect | Tally]:
    """By hour (or quarter) since 1970, UTC: reports, and how many of them are late; also for the comparison period."""
    by = {"hour": whole(EVENT.c.reported_at, choice.bin_ms)}
    late = {"late": choice.lateness()["late"]}
    out: dict[str, AnySelect | Tally] = {"chosen": Tally(choice.reported(), by, late)}
    versus = choice.filters.compared(choice.city)
    if versus is not None:
        out["versus"] = Tally(choice.reported(*versus), by, late)
        out["first"] = conditions.first_record().select
    return out


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per ``at`` ("2026-11-23", with "T14" if a point is an hour), also without any reports.

    ``n`` reported, ``late`` of them; ``before``: reports at the corresponding point of the comparison period (-1 if there is
    none or it lies before the first record).  The last point is not over yet.
    """
    f = choice.filters
    r = rows["chosen"]
    hours = np.asarray(r["hour"], np.int64) * choice.bin_ms
    since = f.since if f.since > 0 else int(hours.min()) if len(hours) else f.until - 1
    (first, last), (first_h, last_h) = local_hours(np.array([since, f.until - 1]), choice.city)
    step = grain(int(last - first) + 1)
    keys = _keys(step, int(first), int(first_h), int(last), int(last_h))
    n, late = (_by_key(step, keys, r, c, choice) for c in ("n", "late"))
    before = np.full(len(keys), -1, np.int64)
    versus = f.compared(choice.city)
    if versus is not None and f.since > 0:
        shift = int(first - local_hours(np.array([versus[0]]), choice.city)[0][0])
        before = _by_key(step, keys, rows["versus"], "n", choice, shift)
        known = int(np.asarray(rows["first"]["first"])[0])
        day, hour = local_hours(np.array([max(known, 0)]), choice.city)
        begin = _key(step, int(day[0]) + shift, int(hour[0]))
        before[[k < begin for k in keys]] = -1
    return pd.DataFrame({"at": keys, "n": n, "late": late, "before": before})


def _by_key(step: str, keys: list[str], r: Rows, column: str, choice: Choice, shift: int = 0) -> Ints:
    """Sums of a column by point; ``shift`` days are added to each hour."""
    days, hours = local_hours(np.asarray(r["hour"], np.int64) * choice.bin_ms, choice.city)
    hours = hours if step == "hour" else np.zeros_like(hours)
    # a year has eight thousand hours but a few hundred days: name each only once
    known, of = np.unique(days * 24 + hours, return_inverse=True)
    place = {k: i for i, k in enumerate(keys)}
    at = np.array([place.get(_key(step, k // 24 + shift, k % 24), -1) for k in known.tolist()], np.int64)[of]
    inside = at >= 0
    found = np.bincount(at[inside], weights=np.asarray(r[column], np.int64)[inside], minlength=len(keys))
    return np.asarray(found, np.int64)


def grain(days: int) -> str:
    """ "hour", "day", "week" or "month" for a window of that many days."""
    return "hour" if days <= HOURS else "day" if days <= DAYS else "week" if days <= WEEKS else "month"


def _key(step: str, day: int, hour: int) -> str:
    d = date.fromordinal(day)
    if step == "hour":
        return f"{d.isoformat()}T{hour:02d}"
    if step == "week":
        d -= timedelta(days=d.weekday())
    return d.replace(day=1).isoformat() if step == "month" else d.isoformat()


def _keys(step: str, first: int, first_hour: int, last: int, last_hour: int) -> list[str]:
    hours = range(24) if step == "hour" else (0,)
    keys = [
        _key(step, d, h)
        for d in range(first, last + 1)
        for h in hours
        if step != "hour" or not ((d == first and h < first_hour) or (d == last and h > last_hour))
    ]
    return list(dict.fromkeys(keys))


DRILL = Drill(
    id="trend",
    title=Text(zh="上报与超期", en="Reports and late"),
    unit=Text(zh="件 · 拖选时段", en="cases · drag to choose days"),
    definition=Text(
        zh="窗口内每日（短窗口按小时，长窗口按周、月）上报件数，其中此刻已知超期的件数（应结案内）；虚线为对比期同位置的上报；最后一点未满",
        en="Cases reported per day of the window (by hour in a short one, by week or month in a long one), and how many of them "
        "are late as known now; dotted: reports of the period compared with; the last point is not over yet",
    ),
    fields=(
        Field("at", Text(zh="时间", en="time"), "text"),
        Field("n", Text(zh="上报", en="reported"), "count"),
        Field("late", Text(zh="超期", en="late"), "count"),
        Field("before", Text(zh="对比期上报", en="compared"), "count"),
    ),
    select=select_,
    compute=compute,
    requires=(Requires((DUE, END), columns=("late",)),),
)
