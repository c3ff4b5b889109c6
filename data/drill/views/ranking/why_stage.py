"""Why a department takes longer than average: the stages in which its due cases spend time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.views.ranking import department_score
from data.facts.rows import Rows, RowSets
from data.metrics.evaluation.department_score import METRIC
from data.query.needs import DEPARTMENT, DUE, END, STAGES, Requires
from data.text import Text
from data.types.arrays import Flags

#: Rows that are not a stage: the total, and deferred time, which is subtracted.
TOTAL, PAUSED = "total", "paused"


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """For one department (``data.drill.views.ranking.department_score.subject``): ``kind`` "total", then "stage" for each of the
    city's up to the closing, then "paused".  ``mean_min`` net work minutes per due case in the stage (all visits; an open one
    until now), ``whole_min`` the same over all that the viewer may see, ``gap_min`` the difference.  Deferred time between
    dispatch and completion is subtracted in its own row, negative; stages and this row sum to the total exactly.
    ``n`` and ``whole_n`` due cases.  Empty if there is no department."""
    at = department_score.subject(rows, choice)
    names = [f.name for f in DRILL.fields]
    if at < 0:
        return pd.DataFrame({name: [] for name in names})
    profile = choice.city.profile
    stages = list(profile.open_stages)
    held, visits = rows["held"], rows["visits"]

    def both(r: Rows) -> tuple[Flags, Flags]:
        """Which rows are the department's in the chosen area, and which belong to the reference (any department, any area)."""
        department = np.asarray(r["department"], np.int64)
        return ((department == at) & (np.asarray(r["inside"]) == 1), (department >= 0) & (department < len(profile.departments)))

    of_held, of_visits = both(held), both(visits)
    n = [int(np.asarray(held["n"])[w].sum()) for w in of_held]
    means = []
    for where, where_held, cases in zip(of_visits, of_held, n, strict=True):
        seconds = np.bincount(
            np.asarray(visits["stage"], np.int64)[where], np.asarray(visits["seconds"], float)[where], len(profile.stages)
        )[stages]
        paused = float(np.asarray(held["paused"], float)[where_held].sum())
        parts = np.append(seconds, -paused) / 60 / max(cases, 1)
        means.append(np.concatenate([[parts.sum()], parts]))
    frame = pd.DataFrame(
        {
            "kind": [TOTAL, *["stage"] * len(stages), PAUSED],
            "stage": ["", *[profile.stages[i].code for i in stages], ""],
            "department": profile.departments[at].code,
            "mean_min": means[0],
            "whole_min": means[1],
            "gap_min": means[0] - means[1],
            "n": n[0],
            "whole_n": n[1],
        }
    )
    return frame[names]


DRILL = Drill(
    id="why_stage",
    title=Text(zh="为何费时：环节", en="Why slow: stages"),
    unit=Text(zh="与全部之差 · 工作时", en="against all · work h"),
    definition=Text(
        zh="所选部门（选了几个或未选时取其中收缩 O/E 最高的）每件应结案案件在各环节停留的平均净工作时间，与可见范围全部"
        "之差；反复停留合计，超期未结的算到此刻；派遣至办结间的缓办时间另行扣除；各环节之和恰为总差；案件口径同排名",
        en="Mean net work time that a due case of the chosen department (of several, or where none is chosen, the one "
        "with the greatest shrunken O/E) has stood in each stage, less that of all that you may see; repeated visits "
        "together, overdue open cases until now; time deferred between dispatch and completion is "
        "taken off in a row of its own; the parts sum to the whole difference exactly; cases as in the ranking",
    ),
    fields=(
        Field("kind", Text(zh="行", en="row"), "text"),
        Field("stage", Text(zh="环节", en="stage"), "stage"),
        Field("department", Text(zh="部门", en="department"), "department"),
        Field("mean_min", Text(zh="平均", en="mean"), "work_min"),
        Field("whole_min", Text(zh="全部平均", en="mean of all"), "work_min"),
        Field("gap_min", Text(zh="差", en="difference"), "work_min"),
        Field("n", Text(zh="应结案", en="due"), "count"),
        Field("whole_n", Text(zh="全部应结案", en="due of all"), "count"),
    ),
    select=department_score.DRILL.select,
    compute=compute,
    like=METRIC.id,
    requires=(Requires((DEPARTMENT, DUE, END, STAGES)),),
)
