"""Time from dispatch to completion: the whole distribution, with open cases as censored."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.views.overview import departments
from data.facts.rows import RowSets
from data.metrics.wall.dispatched_cases import apart, observations
from data.statistics import survival
from data.text import Text

#: Bin ends in work hours (the last bin is open); a workday has seven.
ENDS_H = (1, 2, 4, 7, 14, 21, 28, 35, 49, 70, 105, 140, 210)


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per bin of net work minutes: ``from_min`` .. ``to_min`` (NaN: no end); ``done`` completed in it, ``censored`` cases
    that have waited that long without completion; ``left`` % not completed by its end (Kaplan-Meier; NaN if unknown)."""
    codes = [d.code for d in choice.city.profile.departments]
    chosen = {codes.index(d) for d in choice.filters.codes.get("dep", ())}
    group, seconds, done, n = observations(apart(rows["cohort"]), "complete", choice.city, choice.now)
    keep = np.isin(group, list(chosen)) if chosen else np.ones(len(group), bool)
    seconds, done, n = seconds[keep], done[keep], n[keep]
    ends = np.array(ENDS_H, np.int64) * 60
    place = np.searchsorted(60 * ends, seconds, side="right")
    size = len(ends) + 1
    table = [np.bincount(place[done == v], weights=n[done == v], minlength=size).astype(np.int64) for v in (1, 0)]
    left = np.full(size, np.nan)
    if len(seconds):
        curve = survival.kaplan_meier(*survival.histogram(np.zeros(len(n), np.int64), seconds, done, n, 1))
        at = np.searchsorted(curve.times, 60 * ends, side="left")  # S just before the bin's end
        known = 60 * ends <= curve.times[-1]
        left[:-1] = np.where(known, 100 * np.append(1.0, curve.survival[0])[at], np.nan)
    return pd.DataFrame(
        {
            "from_min": np.append(0, ends),
            "to_min": np.append(ends.astype(float), np.nan),
            "done": table[0],
            "censored": table[1],
            "left": left,
        }
    )


DRILL = Drill(
    id="times",
    title=Text(zh="用时分布", en="Distribution of times"),
    unit=Text(zh="派遣至办结 · 工作时", en="dispatch to completion · work h"),
    definition=Text(
        zh="窗口内立案并已派遣的案件按净工作时间分段：实心为已办结，空心为尚未办结而已等待如此之久（截尾）；"
        "线为 Kaplan-Meier 未办结比例",
        en="Cases registered in the window and dispatched by net work time: filled are completed, hollow ones have waited so "
        "long and are not completed (censored); the line is the Kaplan-Meier share not completed",
    ),
    fields=(
        Field("from_min", Text(zh="自", en="from"), "work_min"),
        Field("to_min", Text(zh="至", en="to"), "work_min"),
        Field("done", Text(zh="已办结", en="completed"), "count"),
        Field("censored", Text(zh="未办结", en="not completed"), "count"),
        Field("left", Text(zh="未办结比例", en="not completed %"), "share"),
    ),
    select=departments.select_,
    compute=compute,
    like=departments.DRILL.id,
    requires=departments.COMPLETED,
)
