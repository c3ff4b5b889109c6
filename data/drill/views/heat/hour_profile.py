"""Reports by hour of the day: workdays and days off."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from data.clock.calendar import clock_of
from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.tally import Tally
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.query.metric import whole
from data.query.windows import HOUR_MS, local_hours
from data.text import Text
from data.types.arrays import Flags, Ints
from data.types.records import Record
from data.types.sql import AnySelect


def select_(choice: Choice) -> dict[str, AnySelect | Tally]:
    """Reports of the window by hour (or quarter) since 1970, UTC."""
    return {"by": Tally(choice.reported(), {"hour": whole(EVENT.c.reported_at, choice.bin_ms)})}


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per ``hour`` 0..23, local: reports ``n`` on the window's ``days`` workdays and the mean ``per_day``, and the same
    for days off (``rest_n``, ``rest_days``, ``rest_per_day``).  Only hours completed by the window's end count, so that the
    current one does not lower the mean; NaN if the window has no such day."""
    width, f = choice.bin_ms, choice.filters
    at, n = np.asarray(rows["by"]["hour"], np.int64) * width, np.asarray(rows["by"]["n"], np.int64)
    since = f.since if f.since > 0 else int(at.min()) if len(at) else f.until
    bins = np.arange(-(-since // width), max(f.until, since) // width) * width
    whole_hours, seen = np.unique(_local(bins, choice), return_counts=True)
    whole_hours = whole_hours[seen >= HOUR_MS // width]
    own = _local(at, choice)
    over = np.isin(own, whole_hours)
    out: Record = {"hour": np.arange(24)}
    for name, kind in (("", False), ("rest_", True)):
        mine, all_ = _rests(own, choice) == kind, _rests(whole_hours, choice) == kind
        out[f"{name}n"] = np.bincount(own[over & mine] % 24, n[over & mine], 24).astype(np.int64)
        out[f"{name}days"] = np.bincount(whole_hours[all_] % 24, minlength=24)
        out[f"{name}per_day"] = out[f"{name}n"] / np.where(out[f"{name}days"] > 0, out[f"{name}days"], np.nan)
    return pd.DataFrame({field.name: out[field.name] for field in DRILL.fields})


def _local(at: Ints, choice: Choice) -> Ints:
    """Local hours, counted from the first day of the calendar, of instants (ms)."""
    day, hour = local_hours(at, choice.city)
    return np.asarray(day * 24 + hour, np.int64)


def _rests(hours: Ints, choice: Choice) -> Flags:
    """Which of the local hours lie on a day off."""
    clock = clock_of(choice.city.profile)
    days, of = np.unique(hours // 24, return_inverse=True)
    return np.array([not clock.is_workday(date.fromordinal(d)) for d in days.tolist()], bool)[of]


DRILL = Drill(
    id="hour_profile",
    title=Text(zh="一日各时", en="Hours of the day"),
    unit=Text(zh="件/日 · 工作日与休息日", en="cases a day · workdays, days of rest"),
    definition=Text(
        zh="窗口内上报案件按一日各时（本地时）的日均件数，工作日与休息日（含法定节假日，调休上班日为工作日）分开；分母为窗口内"
        "该小时已完整过去的天数，未满的小时不计",
        en="Cases reported in the window by hour of the day (local time), a mean per day, workdays and days of rest (public "
        "holidays among them; a day worked in their place is a workday) apart; the denominator is the days of the window in "
        "which that hour is over, an hour that is not over is not counted",
    ),
    fields=(
        Field("hour", Text(zh="时", en="hour"), "count"),
        Field("n", Text(zh="工作日上报", en="on workdays"), "count"),
        Field("days", Text(zh="工作日天数", en="workdays"), "count"),
        Field("per_day", Text(zh="工作日日均", en="per workday"), "decimal"),
        Field("rest_n", Text(zh="休息日上报", en="on days of rest"), "count"),
        Field("rest_days", Text(zh="休息日天数", en="days of rest"), "count"),
        Field("rest_per_day", Text(zh="休息日日均", en="per day of rest"), "decimal"),
    ),
    select=select_,
    compute=compute,
)
