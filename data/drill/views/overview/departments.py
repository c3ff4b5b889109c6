"""Speed of each department: the wall's own ranking, of the selected cases."""

from __future__ import annotations

import pandas as pd

from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.from_metric import as_kept
from data.facts.rows import RowSets
from data.metrics.wall import department_response as response
from data.metrics.wall.dispatched_cases import apart, cases
from data.query.needs import DEPARTMENT, DUE, END, STAGES, Requires, all_of, any_of
from data.query.verdict_rows import COMPLETE, HOW
from data.text import Text
from data.types.sql import AnySelect


def select_(choice: Choice) -> dict[str, AnySelect]:
    """The ranking's own statements, for the selected cases registered in the window (ignoring the department filter)."""
    f = choice.filters
    asked = cases(choice.viewer, choice.city, f.since - 1, f.until - 1, choice.at, choice.conditions(("dep",)))
    return {"cohort": asked} | as_kept(choice, (COMPLETE,), ("dep",))


def compute(rows: RowSets, choice: Choice) -> pd.DataFrame:
    """One row per department with cases: ``n``, ``waiting`` (open, censored), ``median_min`` with ``low_min`` .. ``high_min``,
    ``p90_min`` (net work minutes from dispatch to completion), ``first_min`` (median to first handling), ``on_time`` % of
    ``on_time_n``, ``band`` -1 | 0 | 1 | 2 as on the wall; ranked ones by the median, those with too few cases last.
    ``department`` "" comes first: the total."""
    rows = apart(rows["cohort"]) | ({"kept": rows["kept"]} if "kept" in rows else {})
    found = response.measured(rows, "complete", choice.city, choice.now)
    first = response.medians(rows, "first", choice.city, choice.now)
    frame = found[found["n"] > 0].copy()
    frame["first_min"] = [first[code] for code in frame["department"]]
    order = (
        frame.assign(whole=frame["department"] != "", few=frame["place"].isna())
        .sort_values(["whole", "few", "place", "n"], ascending=[True, True, True, False], kind="stable")
        .index
    )
    names = [f.name for f in DRILL.fields]
    return frame.loc[order, names].reset_index(drop=True)


#: Requirements of times from dispatch to completion.
COMPLETED = (Requires((STAGES, DEPARTMENT, *all_of("stage.dispatch", "stage.handle"), any_of(*END.of, "action.complete"))),)
DRILL = Drill(
    id="departments",
    title=Text(zh="部门用时", en="Departments"),
    unit=Text(zh="派遣至办结 · 工作时", en="dispatch to completion · work h"),
    definition=Text(
        zh="窗口内立案并已派遣的案件：派遣至办结的净工作时间，Kaplan-Meier 中位与 95% 区间，未办结按截尾计入；与其余部门比较"
        f"（对数秩检验，{HOW.zh}；中位相反时不判定），不足 20 件不排名，按中位排序；按期率是原值，不作判定，"
        "按案件构成的判定见部门排名；不受部门筛选限制",
        en="Cases registered in the window and dispatched: net work time to completion, Kaplan-Meier median with 95 % interval, "
        f"open cases censored; compared with the rest (log-rank; {HOW.en}; no verdict where the median says the "
        "contrary), under 20 cases not ranked, in the order of the median; the share on time is as it is, no verdict: "
        "the ranking has one, by the mix of cases; the department chosen does not cut it",
    ),
    fields=(
        Field("department", Text(zh="部门", en="department"), "department", whole=True),
        Field("n", Text(zh="案件", en="cases"), "count"),
        Field("waiting", Text(zh="未办结", en="not completed"), "count"),
        Field("median_min", Text(zh="办结中位", en="median"), "work_min"),
        Field("low_min", Text(zh="95%下限", en="95 % low"), "work_min"),
        Field("high_min", Text(zh="95%上限", en="95 % high"), "work_min"),
        Field("p90_min", Text(zh="P90", en="P90"), "work_min"),
        Field("first_min", Text(zh="首次办理中位", en="median to first handling"), "work_min"),
        Field("on_time", Text(zh="按期率", en="on time"), "share"),
        Field("on_time_n", Text(zh="应结案", en="due"), "count"),
        Field("band", Text(zh="判定", en="verdict"), "band"),
    ),
    select=select_,
    compute=compute,
    requires=(
        *COMPLETED,
        Requires(all_of("action.start"), columns=("first_min",)),
        Requires((DUE, END), columns=("on_time", "on_time_n")),
    ),
)
