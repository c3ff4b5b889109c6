"""Why a department's share late exceeds the overall one: by category, the effect of its case mix and of its performance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field, codes_of
from data.drill.views.ranking import department_score
from data.facts.rows import RowSets
from data.metrics.evaluation.department_score import METRIC
from data.metrics.evaluation.scored_cases import by_category
from data.query.needs import DEPARTMENT, DUE, END, Requires, all_of
from data.statistics.distributions import percent
from data.statistics.kitagawa import kitagawa
from data.text import Text

#: An unknown category; "" stands for the total.
UNKNOWN = "?"


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """For one department (``data.drill.views.ranking.department_score.subject``), first the total (``category`` "") and then
    each category, largest part first: ``n`` due and ``late`` beside ``whole_n`` and ``whole_late`` of all that the viewer may
    see; ``part`` and ``whole_part`` % of the cases; ``share`` and ``whole_share`` % late; and in points ``mix`` + ``within``
    = ``gap``, which sum to the department's share late minus the overall one.  ``department`` is the same in every row; empty if
    there is none."""
    at = department_score.subject(rows, choice)
    names = [f.name for f in DRILL.fields]
    if at < 0:
        return pd.DataFrame({name: [] for name in names})
    n, late, whole_n, whole_late = by_category(rows, choice.city, at)
    mix, within = (100 * v for v in kitagawa(n, late, whole_n, whole_late))
    counts = {"n": n, "late": late, "whole_n": whole_n, "whole_late": whole_late}
    frame = pd.DataFrame(
        {
            "category": [UNKNOWN, *codes_of(choice.city.profile.categories, range(len(n) - 1))],
            **counts,
            "mix": mix,
            "within": within,
            "gap": mix + within,
        }
    )[(n > 0) | (whole_n > 0)]
    frame = frame.loc[frame["gap"].abs().sort_values(ascending=False, kind="stable").index]
    total = pd.DataFrame(
        {
            "category": [""],
            **{k: [int(v.sum())] for k, v in counts.items()},
            "mix": [float(mix.sum())],
            "within": [float(within.sum())],
            "gap": [float((mix + within).sum())],
        }
    )
    frame = pd.concat([total, frame], ignore_index=True)
    frame["department"] = choice.city.profile.departments[at].code
    frame["part"], frame["whole_part"] = (
        percent(frame["n"], np.full(len(frame), n.sum())),
        percent(frame["whole_n"], np.full(len(frame), whole_n.sum())),
    )
    frame["share"], frame["whole_share"] = percent(frame["late"], frame["n"]), percent(frame["whole_late"], frame["whole_n"])
    return frame[names]


DRILL = Drill(
    id="why_category",
    title=Text(zh="为何超期：类别", en="Why late: categories"),
    unit=Text(zh="与全部之差 · 百分点", en="against all · points"),
    definition=Text(
        zh="所选部门（选了几个或未选时取其中收缩 O/E 最高的）的超期占比与可见范围全部之差，按类别拆开（Kitagawa）：案件"
        "构成（该类的件数占比不同）与同类之内（该类的超期占比不同），各项之和恰为此差；应结案口径同排名",
        en="The share late of the chosen department (of several, or where none is chosen, the one with the greatest "
        "shrunken O/E) less that of all that you may see, by category (Kitagawa): mix (it has more or fewer cases of "
        "it) and within (another share of them is late); the parts sum to the difference exactly; due cases as in "
        "the ranking",
    ),
    fields=(
        Field("category", Text(zh="类别", en="category"), "category", whole=True),
        Field("department", Text(zh="部门", en="department"), "department"),
        Field("n", Text(zh="应结案", en="due"), "count"),
        Field("late", Text(zh="超期", en="late"), "count"),
        Field("whole_n", Text(zh="全部应结案", en="due of all"), "count"),
        Field("whole_late", Text(zh="全部超期", en="late of all"), "count"),
        Field("part", Text(zh="件数占比", en="part of cases"), "share"),
        Field("whole_part", Text(zh="全部件数占比", en="part of all cases"), "share"),
        Field("share", Text(zh="超期占比", en="share late"), "share"),
        Field("whole_share", Text(zh="全部超期占比", en="share late of all"), "share"),
        Field("mix", Text(zh="案件构成（点）", en="mix (points)"), "decimal"),
        Field("within", Text(zh="同类之内（点）", en="within (points)"), "decimal"),
        Field("gap", Text(zh="合计（点）", en="together (points)"), "decimal"),
    ),
    select=department_score.DRILL.select,
    compute=compute,
    like=METRIC.id,
    requires=(Requires((DEPARTMENT, DUE, END, *all_of("event.category"))),),
)
