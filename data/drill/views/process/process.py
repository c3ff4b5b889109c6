"""The window's cases in the stages: which were reached, what followed what, what came back, how long visits lasted.

The directly-follows relation of process mining (concept:name of IEEE 1849 XES), counted over visits: re-entering the
current stage is not a step.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, ColumnElement, case, func, literal, select

from data.drill.choice import Choice
from data.drill.drill import Drill, Field, codes_of
from data.drill.tally import Tally
from data.facts.rows import Rows, RowSets
from data.facts.schema import EVENT, VISIT
from data.query import conditions
from data.query.metric import visits, whole
from data.query.needs import STAGES, Requires
from data.statistics import survival
from data.text import Text
from data.types.sql import AnySelect

#: Visit durations are counted by minute up to the first limit, by ten minutes up to the second, then by hour.
FINE, COARSE = 600, 6000


def select_(choice: Choice) -> dict[str, AnySelect | Tally]:
    """Visits of the selected cases by stage, next stage and minutes; those of all cases in the same window; stages reached."""
    table, chosen = choice.visits()
    everybody = replace(choice.viewer, scope=choice.viewer.area)
    whole_table, _, seen = visits(everybody, choice.city)
    f = choice.filters
    around = [*seen, VISIT.c.entered_at >= f.since, VISIT.c.entered_at < f.until]
    return {
        "visits": _visits(choice.at, table, chosen, "next_stage", "rework"),
        "around": _visits(choice.at, whole_table, around),
        "reached": Tally(choice.reported(), {"reached": EVENT.c.reached}),
    }


def _visits(at: int, table: Any, met: list[ColumnElement[bool]], *more: str) -> AnySelect:
    c = VISIT.c
    spent = whole(func.coalesce(c.left_at, literal(at, BigInteger())) - c.entered_at, 60_000)
    minutes = case((spent < 0, 0), (spent < FINE, spent), (spent < COARSE, whole(spent, 10) * 10), else_=whole(spent, 60) * 60)
    done = case((c.exit != 0, 1), else_=0).label("done")
    rows = select(c.stage, done, minutes.label("minutes"), *[c[n] for n in more]).select_from(table).where(*met)
    return conditions.tally(rows, "stage", "done", "minutes", *more)


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """Two kinds of rows.  ``kind`` "stage": one per stage of the city, in its order: ``n`` cases that reached it, ``again``
    repeat visits, ``median_min`` minutes of a visit (wall clock, Kaplan-Meier, unfinished visits censored; NaN if not reached)
    and ``usual_min`` that of all visits entered in the window within the viewer's area.  ``kind`` "step": one per pair
    ``stage`` -> ``to`` that occurred, ``n`` times; ``back`` 1 if it leads to an earlier stage.
    """
    profile = choice.city.profile
    k = len(profile.stages)
    r = rows["reached"]
    mask, n = np.asarray(r["reached"], np.int64), np.asarray(r["n"], np.int64)
    reached = [int(n[(mask >> i) & 1 == 1].sum()) for i in range(k)]
    s = rows["visits"]
    stage, follows, count, rework = (np.asarray(s[c], np.int64) for c in ("stage", "next_stage", "n", "rework"))
    again = np.bincount(stage, weights=count * (rework == 1), minlength=k).astype(int)
    stages = pd.DataFrame(
        {
            "kind": "stage",
            "stage": codes_of(profile.stages, range(k)),
            "to": "",
            "n": reached,
            "again": again[:k],
            "back": 0,
            "median_min": _medians(rows["visits"], k),
            "usual_min": _medians(rows["around"], k),
        }
    )
    pairs: dict[tuple[int, int], int] = {}
    for a, b, times in zip(stage.tolist(), follows.tolist(), count.tolist(), strict=True):
        if b >= 0:
            pairs[a, b] = pairs.get((a, b), 0) + times
    order = sorted(pairs)
    steps = pd.DataFrame(
        {
            "kind": "step",
            "stage": codes_of(profile.stages, [a for a, _ in order]),
            "to": codes_of(profile.stages, [b for _, b in order]),
            "n": [pairs[p] for p in order],
            "again": 0,
            "back": [int(b < a) for a, b in order],
            "median_min": np.nan,
            "usual_min": np.nan,
        }
    )
    return pd.concat([stages, steps], ignore_index=True) if order else stages


def _medians(r: Rows, k: int) -> Any:
    if not len(r["n"]):
        return np.full(k, np.nan)
    times, done, censored = survival.histogram(
        np.asarray(r["stage"], np.int64), np.asarray(r["minutes"], np.int64), np.asarray(r["done"]), np.asarray(r["n"]), k
    )
    median = survival.quantile(survival.kaplan_meier(times, done, censored))
    return np.where(np.isfinite(median) & ((done + censored).sum(axis=1) > 0), median, np.nan)


DRILL = Drill(
    id="process",
    title=Text(zh="过程图", en="Process"),
    unit=Text(zh="件 · 停留中位", en="cases · median visit"),
    definition=Text(
        zh="窗口内上报案件：框内为到过该环节的件数，带宽为相继次数，上方弧为退回与返工；停留为自然时间，Kaplan-Meier 中位，"
        "未离开者按截尾计入；下行为可见范围内同期全部停留的中位",
        en="Cases reported in the window: in each box those that reached the stage, bands as wide as one followed the other, "
        "arcs above lead back (returns, rework). Visits in wall-clock time, Kaplan-Meier median with those that go on censored; "
        "below it the median of all visits of the same window in your area",
    ),
    fields=(
        Field("kind", Text(zh="行", en="row"), "text"),
        Field("stage", Text(zh="环节", en="stage"), "stage"),
        Field("to", Text(zh="去往", en="to"), "stage"),
        Field("n", Text(zh="件/次", en="cases/times"), "count"),
        Field("again", Text(zh="再次进入", en="again"), "count"),
        Field("back", Text(zh="回退", en="back"), "count"),
        Field("median_min", Text(zh="停留中位", en="median visit"), "minutes"),
        Field("usual_min", Text(zh="同期中位", en="all in the window"), "minutes"),
    ),
    select=select_,
    compute=compute,
    requires=(Requires((STAGES,)),),
)
