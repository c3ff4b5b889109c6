"""Reports by area and hour of the week."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field, codes_of
from data.drill.tally import Tally
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.query.metric import whole
from data.query.needs import PLACE, Requires
from data.query.windows import local_hours
from data.text import Text

#: Number of areas shown: those with most reports.
SHOWN = 14


def select_(choice: Choice) -> dict[str, Tally]:
    """Reports of the window by area below the chosen one and hour (or quarter) since 1970, UTC."""
    by = {"place": choice.child(), "hour": whole(EVENT.c.reported_at, choice.bin_ms)}
    return {"by": Tally(choice.reported(), by)}


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per (``area``, ``weekday`` 0 = Monday, ``hour`` 0..23, local) with ``n`` reports > 0; the 14 areas with most,
    largest first; "" = not located."""
    r = rows["by"]
    place, n = np.asarray(r["place"], np.int64), np.asarray(r["n"], np.int64)
    day, hour = local_hours(np.asarray(r["hour"], np.int64) * choice.bin_ms, choice.city)
    weekday = (day - 1) % 7  # ordinal 1 was a Monday
    known, at = np.unique(place, return_inverse=True)
    table = np.zeros((len(known), 7 * 24), np.int64)
    np.add.at(table, (at, weekday * 24 + hour), n)
    order = np.argsort(-table.sum(axis=1), kind="stable")[:SHOWN]
    i, k = np.nonzero(table[order])
    return pd.DataFrame(
        {"area": codes_of(choice.city.grid.code, known[order][i]), "weekday": k // 24, "hour": k % 24, "n": table[order][i, k]}
    )


DRILL = Drill(
    id="area_week",
    title=Text(zh="区域 × 周时", en="Area × hour of week"),
    unit=Text(zh="件 · 窗口合计", en="cases · sum of the window"),
    definition=Text(
        zh="窗口内上报案件按下级区域与一周 168 小时（本地时）合计，只列上报最多的 14 个区域；颜色按各区域自身最大小时",
        en="Reports of the window by area and hour of the week (local time), the 14 areas with most; colours go by each area's "
        "own largest hour",
    ),
    fields=(
        Field("area", Text(zh="区域", en="area"), "area"),
        Field("weekday", Text(zh="星期", en="weekday"), "weekday"),
        Field("hour", Text(zh="时", en="hour"), "count"),
        Field("n", Text(zh="上报", en="reported"), "count"),
    ),
    select=select_,
    compute=compute,
    requires=(Requires((PLACE,)),),
)
