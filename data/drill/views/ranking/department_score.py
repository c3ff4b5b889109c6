"""The ranking of departments on the selected cases, with the counts for the two panels that explain a department."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from sqlalchemy import and_, case, select, true

from data.drill.choice import Choice
from data.drill.drill import Drill, Field
from data.drill.from_metric import as_kept, asked, everywhere, from_metric
from data.facts.rows import RowSets
from data.facts.schema import EVENT, VISIT
from data.metrics.evaluation.department_score import METRIC, rankable, scored
from data.query import conditions, durations
from data.query.metric import events
from data.query.verdict_rows import HOW, SCORE
from data.statistics import standardise
from data.text import Text
from data.types.sql import AnySelect

#: What a department is compared with, and the name for its own past.
BASIS_NAMES = {"": Text(zh="", en=""), "rest": Text(zh="其余部门", en="the rest"), "past": Text(zh="自身以往", en="its own past")}
PAST_NAMES = {
    "": Text(zh="", en=""),
    "year": Text(zh="去年同期", en="the same time last year"),
    "before": Text(zh="此前三个时段", en="the windows before"),
}
#: Filters on outcome or department: they would select by the compared outcome.
WITHOUT = ("dep", "stage", "state")


def _select(choice: Choice) -> dict[str, AnySelect]:
    """The metric's statements, the daily verdicts if nothing was filtered, and for the due cases (``held``) and their visits
    (``visits``) the work seconds by department."""
    return asked(METRIC, choice, WITHOUT) | as_kept(choice, (SCORE,), WITHOUT) | _times(choice)


def _times(choice: Choice) -> dict[str, AnySelect]:
    at, city, f, c, v = choice.at, choice.city, choice.filters, EVENT.c, VISIT.c
    entered = conditions.entered(city)
    due = [*everywhere(choice, WITHOUT), entered >= f.since, entered < f.until, c.duplicate == 0, conditions.need_archive(at)]
    inside = conditions.flag(and_(true(), *events(choice.viewer, city)[2])).label("inside")
    held = select(c.department, inside, c.pause_complete_s.label("paused")).where(*due)
    seconds = case((v.left_at <= at, v.w_left), (c.closed_at <= at, c.w_closed), else_=durations.present(city, at)) - v.w_entered
    visits = (
        select(c.department, v.stage, inside, case((seconds > 0, seconds), else_=0).label("seconds"))
        .select_from(VISIT.join(EVENT, v.eid == c.eid))
        .where(*due, v.entered_at <= at, v.stage.in_(city.profile.open_stages))
    )
    return {
        "held": conditions.tally(held, "department", "inside", sums=("paused",)),
        "visits": conditions.tally(visits, "department", "stage", "inside", sums=("seconds",)),
    }


def subject(rows: RowSets, choice: Choice) -> int:
    """Position of the department to explain, -1 = none: among the filtered ones (without a filter, among all) the one with
    the greatest shrunken O/E, which is last in the ranking; only among ranked ones if there are any."""
    found = scored(rows, choice.city).found
    m = found.mix
    codes = choice.filters.codes.get("dep", ())
    some = (m.cases > 0) & np.array([not codes or d.code in codes for d in choice.city.profile.departments], bool)
    ranked = some & rankable(found)
    at = np.flatnonzero(ranked if ranked.any() else some)
    if not len(at):
        return -1
    return int(at[np.argmax(np.nan_to_num(standardise.shrunken(found.weight * m.hits, found.weight * m.expected)[at], nan=-1.0))])


def _ordered(frame: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """The total first, then by rank: those compared with others, then those with their own past; then unranked ones by number
    of cases; departments without cases are omitted."""
    held = frame[(frame["department"] == "") | (frame["n"] > 0)]
    keys = held.assign(whole=held["department"] != "", few=held["rank"].isna(), past=held["basis"] == "past")
    return held.loc[
        keys.sort_values(["whole", "few", "past", "rank", "need"], ascending=[True, True, True, True, False], kind="stable").index
    ]


_RANKED = from_metric(
    METRIC,
    "department_score",
    (
        Field("department", Text(zh="部门", en="department"), "department", whole=True),
        Field("rank", Text(zh="名次", en="rank"), "count"),
        Field("rank_low", Text(zh="名次下限", en="rank from"), "count"),
        Field("rank_high", Text(zh="名次上限", en="rank to"), "count"),
        Field("worst", Text(zh="必在最差几个之列", en="certainly among the worst"), "count"),
        Field("moved", Text(zh="上升名次", en="places up"), "signed"),
        Field("rank_before", Text(zh="上期名次", en="rank before"), "count"),
        Field("ratio", Text(zh="实际/应有", en="O/E"), "decimal"),
        Field("low", Text(zh="95%下限", en="95 % low"), "decimal"),
        Field("high", Text(zh="95%上限", en="95 % high"), "decimal"),
        Field("shrunk", Text(zh="收缩值", en="shrunken O/E"), "decimal"),
        Field("late", Text(zh="超期", en="late"), "count"),
        Field("expected", Text(zh="应有超期", en="expected late"), "decimal"),
        Field("need", Text(zh="应结案", en="due"), "count"),
        Field("band", Text(zh="判定", en="verdict"), "verdict"),
        Field("basis", Text(zh="与谁比", en="held against"), "text", names=BASIS_NAMES),
        Field("past", Text(zh="以往时段", en="its past"), "text", names=PAST_NAMES),
        Field("p", Text(zh="偶然概率 p", en="chance p"), "chance"),
        Field("own", Text(zh="自占比", en="own part of the reference"), "share"),
        Field("change", Text(zh="全部较以往（优势比）", en="all against their past (odds ratio)"), "decimal"),
        Field("change_low", Text(zh="95%下限", en="95 % low"), "decimal"),
        Field("change_high", Text(zh="95%上限", en="95 % high"), "decimal"),
        Field("on_time", Text(zh="按期率", en="on time"), "share"),
        Field("on_time_low", Text(zh="95%下限", en="95 % low"), "share"),
        Field("on_time_high", Text(zh="95%上限", en="95 % high"), "share"),
        Field("on_time_shrunk", Text(zh="按期率收缩值", en="on time, shrunken"), "share"),
        Field("extension", Text(zh="延期率", en="extended"), "share"),
        Field("hang", Text(zh="缓办率", en="deferred"), "share"),
        Field("kept", Text(zh="延期、缓办基数", en="of cases"), "count"),
        Field("coverage", Text(zh="回访覆盖率", en="called back"), "share"),
        Field("closed", Text(zh="结案", en="of settled"), "count"),
        Field("satisfied", Text(zh="满意率", en="satisfied"), "share"),
        Field("valid", Text(zh="有效回访", en="of call-backs"), "count"),
        Field("rework", Text(zh="返工率", en="rework"), "share"),
        Field("inspected", Text(zh="已核查", en="of inspected"), "count"),
        Field("n", Text(zh="立案", en="registered"), "count"),
        Field("not_due", Text(zh="未到期", en="not yet due"), "count"),
        Field("hung", Text(zh="缓办", en="deferred now"), "count"),
        Field("no_limit", Text(zh="无时限", en="no limit"), "count"),
        Field("cancelled", Text(zh="作废", en="cancelled"), "count"),
        Field("merged", Text(zh="并案", en="merged"), "count"),
        Field("transferred", Text(zh="转出", en="transferred"), "count"),
        Field("duplicates", Text(zh="重复", en="duplicates"), "count"),
        Field("no_department", Text(zh="无部门", en="no department"), "count"),
    ),
    unit=Text(zh="实际超期 ÷ 应有超期", en="late / expected late"),
    definition=Text(
        zh="窗口内立案、按此刻所知应结案的案件：超期件数 ÷ 应有件数。别的部门也办同类别、同等级案件的，与可见范围其余部门比（选"
        "了区域也与可见范围全部相比）；八成以上归自己的，与自身以往比（去年同期三个等长时段，记录不够长则用此前三个），并扣除"
        f"其他部门同期的变化。判定为分层 Mantel–Haenszel 检验，{HOW.zh}；按经验贝叶斯收缩值（竖线）在同一比法"
        "内排名，1 为超期最少，名次区间由真实比值的 2000 次后验抽取得出，“必在最差 k 个之列”为联合 95%；不足 20 件、无可比的"
        "不排名；箭头为较等长上期（按同样时隔判定）的名次，仍在名次区间内的为灰；延期、缓办、回访、满意、返工为同批案件；不受"
        "部门、环节、状态筛选限制",
        en="Cases registered in the window and due as known now: late / expected. Where other departments do the same work, "
        "against the rest of all that you may see (also where an area is chosen: the share late of the same category and "
        "severity); over 80 % its own, against its own past (three windows about the same time a year ago; the three just "
        "before where records are shorter), less how all others changed meanwhile. Verdicts: Mantel-Haenszel test within "
        f"strata, {HOW.en}. Ranked within the same basis by the ratio shrunken by empirical Bayes (the bar), 1 "
        '= late least, the interval of a rank from 2,000 posterior draws, "certainly among the worst k" jointly at 95 %; '
        "under 20 due or nothing to compare with is not ranked. The arrow: against as long a window before, judged as long "
        "after its end; grey within the rank's interval. Extensions, deferrals, call-backs, satisfaction and rework are of "
        "the same cases. Filters of department, stage and state do not cut it",
    ),
    without=WITHOUT,
    shape=_ordered,
)
DRILL: Drill = replace(_RANKED, select=_select)
