"""Open cases by stage and department, a stock."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field, codes_of
from data.drill.tally import Tally
from data.facts.rows import RowSets
from data.facts.schema import EVENT
from data.query import conditions
from data.query.needs import DEPARTMENT, DUE, END, STAGES, Requires
from data.text import Text


def select_(choice: Choice) -> dict[str, Tally]:
    """Open cases by stage and department, with the overdue ones.  The filters of both only highlight, they do not restrict."""
    by = {"stage": EVENT.c.stage, "department": EVENT.c.department}
    return {"open": Tally(choice.open(("stage", "dep")), by, {"overdue": conditions.overdue(choice.at)})}


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per (``department``, ``stage``) with open cases: ``open``, ``overdue``; "" = unknown."""
    r, profile = rows["open"], choice.city.profile
    order = np.lexsort((np.asarray(r["stage"]), np.asarray(r["department"])))
    return pd.DataFrame(
        {
            "department": codes_of(profile.departments, np.asarray(r["department"])[order]),
            "stage": codes_of(profile.stages, np.asarray(r["stage"])[order]),
            "open": np.asarray(r["n"], np.int64)[order],
            "overdue": np.asarray(r["overdue"], np.int64)[order],
        }
    )


DRILL = Drill(
    id="stage_department",
    title=Text(zh="部门 × 环节", en="Department × stage"),
    unit=Text(zh="件 · 此刻在办", en="cases · open now"),
    definition=Text(
        zh="此刻在办案件按所在环节与责任部门（存量，不受时间筛选）；小字为超期未结；未派遣的案件尚无部门；不受部门与环节筛选限制",
        en="Cases open now by the stage that they are in and the department that has them (a stock, not cut by the window); the "
        "small number is overdue; what is not dispatched has no department yet; the department and stage chosen do not cut it",
    ),
    fields=(
        Field("department", Text(zh="部门", en="department"), "department"),
        Field("stage", Text(zh="环节", en="stage"), "stage"),
        Field("open", Text(zh="在办", en="open"), "count"),
        Field("overdue", Text(zh="超期未结", en="overdue"), "count"),
    ),
    select=select_,
    compute=compute,
    requires=(Requires((STAGES, DEPARTMENT, END)), Requires((DUE,), columns=("overdue",))),
)
