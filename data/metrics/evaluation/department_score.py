"""Which departments are late more, or less, often than the city would be with their cases, how certain their ranking is, and
side indicators, so that being in time cannot be gained by extending, deferring or not calling back.

``data.metrics.evaluation.scored_cases`` selects the cases; here they are judged.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.city.city import City
from data.facts.rows import RowSets
from data.metrics.evaluation.scored_cases import (
    BEFORE,
    DEFAULT_BACK,
    NOW,
    OUTSIDE,
    known_windows,
    outcomes,
    past_of,
    select_,
    table_of,
)
from data.query.metric import Column, Metric
from data.query.needs import DEPARTMENT, DUE, END, STAGES, Requires, all_of, any_of
from data.query.verdict_rows import HOW, SCORE, kept
from data.statistics import empirical_bayes, ranking, standardise
from data.statistics.assessment import NONE, PAST, REST, Assessed, assess, ratio
from data.statistics.distributions import percent, wilson
from data.statistics.ranking import MIN_RANKED, NO_DIFFERENCE, TOO_FEW
from data.text import Text
from data.types.arrays import Flags, Floats, Ints

#: No verdict: hardly anyone to compare with, and no known past of its own.
ALONE = 3
#: Draws for the interval of a rank, and their seed: the same facts give the same result.
DRAWS, SEED = 2000, 20050115
#: ``basis``: what a department is compared with.
BASES = ("", "rest", "past")


class Scored(NamedTuple):
    """One window: the departments in the city's order, ``found`` their assessment, ``prior`` the beta prior (a, b) of the share
    in time of the reference; ``past``: "year" or "before", which windows are their own past, "" if the records do not reach back;
    ``even``: how many of all their cases would be late at the reference's shares of each category and severity."""

    found: Assessed
    prior: tuple[float, float]
    past: str
    even: float

    @property
    def mix(self) -> standardise.Mix:
        return self.found.mix


def scored(rows: RowSets, city: City, period: int = NOW) -> Scored:
    """The window's cases (or the previous one's, compared with others only) against the reference; cases of no known department
    are left out."""
    own, whole = (table_of(rows[name], (period,), city) for name in ("cases", "reference"))
    prior = empirical_bayes.beta_prior((whole.cases - whole.hits).sum(axis=1), whole.cases.sum(axis=1))
    total = whole.cases.sum(axis=0)
    share = np.divide(whole.hits.sum(axis=0), total, out=np.zeros(len(total)), where=total > 0)
    even = float((own.cases.sum(axis=0) * share).sum())
    past, periods = past_of(rows) if period == NOW else ("", ())
    if not past:
        return Scored(assess(own, whole), prior, "", even)
    before, whole_before = ([table_of(rows[name], (i,), city) for i in periods] for name in ("cases", "reference"))
    return Scored(assess(own, whole, before, whole_before), prior, past, even)


def rankable(found: Assessed) -> Flags:
    """Whether there are enough cases, an expectation above 0, and something to compare with."""
    return np.asarray((found.mix.cases >= MIN_RANKED) & (found.mix.expected > 0) & (found.basis != NONE), bool)


def verdicts(found: Assessed) -> Ints:
    """(k,) -1 late less than expected, 0 no clear difference, 1 more, 2 too few cases, 3 nothing to compare with."""
    few = found.mix.cases < MIN_RANKED
    return np.where(few, TOO_FEW, np.where(found.basis == NONE, ALONE, found.call)).astype(np.int64)


def with_kept(found: Assessed, rows: RowSets, city: City, now: datetime) -> Assessed:
    """With the calls and p-values of the day's evaluation, if one is stored."""
    held = kept(rows, SCORE, city, now)
    return found if held is None else found._replace(call=held[0], p=held[1])


class _Order(NamedTuple):
    """By department: ``rank`` among those of the same basis, with interval ``low`` .. ``high``, and ``worst``: it is certainly
    among the ``worst`` worst."""

    rank: Floats
    low: Floats
    high: Floats
    worst: Floats


def _order(found: Assessed, shrunk: Floats) -> _Order:
    m, asked = found.mix, rankable(found)
    drawn = standardise.posterior(found.weight * m.hits, found.weight * m.expected, DRAWS, SEED)
    out = _Order(*np.full((4, len(asked)), np.nan))
    root, error = ranking.rooted(m.hits, np.where(asked, m.expected, 1.0), found.weight)
    for basis in (REST, PAST):
        mine = _among(asked & (found.basis == basis))
        rank = ranking.places(shrunk, mine)
        low, high = ranking.rank_limits(drawn, mine)
        above = ranking.certainly_above(root, error, mine, seed=SEED)
        worst = np.where(above > 0, mine.sum() - above, np.nan)
        for into, value in zip(out, (rank, np.minimum(low, rank), np.maximum(high, rank), worst), strict=True):
            into[mine] = value[mine]
    return out


def _among(ranked: Flags) -> Flags:
    """None ranked if only one is left: being first of one is no rank."""
    return ranked if ranked.sum() > 1 else np.zeros_like(ranked)


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """The scope's departments together (``department`` ""), then each of the city's file in its order.

    Cohort: registered in the window (30 days), judged as known now.  ``n`` cases, each counted once: ``need`` (应结案: archived
    or overdue and open), or outside of it: ``cancelled``, ``merged``, ``transferred``, ``duplicates``, ``no_limit``, ``hung``
    (缓办), ``not_due``; ``no_department``: due, but without a department (in "" alone).  ``late`` of ``need``.

    ``basis``: "rest" where others do the same work: ``expected`` late is the reference's share of each category and severity x
    the department's cases, summed; the reference is all that the viewer may see (a wall: the city, also on a town's own wall),
    and ``own`` % of it are these cases themselves.  Over 80 % it would be compared with itself: then "past": its own shares of
    the same categories and severities, changed by as much as all others' meanwhile (odds), ``past`` being "year": three windows
    around the same time a year ago, or "before": those just before, if the records reach no further back.  "": neither is known.
    ``ratio`` = late / expected with its 95 % ``low`` .. ``high`` (exact Poisson; for the past with its own error); ``shrunk`` the
    shrunken ratio (Marshall). ``p``: the score test within strata (Mantel-Haenszel; for the past, given the odds ratio of all
    others), widened by over-dispersion; ``band``: see ``verdicts`` and ``HOW``.  For all together (""): ``ratio`` is
    1, and ``change`` the odds of being late relative to the past, with 95 % interval ``change_low`` .. ``change_high``.
    ``on_time`` % of ``need`` with its Wilson 95 % ``on_time_low`` .. ``on_time_high``, and shrunken by a beta prior fitted to the
    reference's departments, ``on_time_shrunk``.  ``rank`` 1.. by ``shrunk`` among those of the same basis (1 = late least),
    ``rank_low`` .. ``rank_high`` 95 % of 2,000 draws of the true ratios; ``worst``: it is certainly among this many of the worst
    (all of these together at 95 %; NaN: none is certainly better).  ``rank_before``: the rank in an equally long window before,
    judged as long after its end (NaN if the records do not reach it, or others are not compared), and ``moved`` places up among
    those ranked in both.  NaN: fewer than 20 due (band 2), nothing to compare with (band 3), an expectation of 0, or no other
    department is ranked.  Side indicators, of the same cases without cancelled, merged and duplicate ones: ``extension`` % and
    ``hang`` % of ``kept``, ``coverage`` % of ``closed`` called back, ``satisfied`` % of ``valid`` call-backs, ``rework`` % of
    ``inspected``.
    """
    now_, prior, past, even = scored(rows, city)
    now_ = with_kept(now_, rows, city, now)
    m, earlier = now_.mix, scored(rows, city, BEFORE).found
    asked = _among(rankable(now_) & (now_.basis == REST))
    asked_before = _among(rankable(earlier) & (earlier.basis == REST) & (BEFORE in known_windows(rows)))
    shrunk, shrunk_before = (standardise.shrunken(a.weight * a.mix.hits, a.weight * a.mix.expected) for a in (now_, earlier))
    order = _order(now_, shrunk)
    rank_before = ranking.places(shrunk_before, asked_before)
    twice = _among(asked & asked_before)  # a department that came or went moves no other one
    moved = ranking.places(shrunk_before, twice) - ranking.places(shrunk, twice)
    of_each = ratio(now_)
    need, late = (np.concatenate([[v.sum()], v]) for v in (m.cases, m.hits))
    # for all together the expectation equals the count: the reference's own shares
    expected = np.concatenate([[even], m.expected])
    whole = standardise.ratio(late[:1], expected[:1])
    ratios = {k: np.concatenate([a, b]) for k, a, b in zip(("ratio", "low", "high"), whole, of_each, strict=True)}
    time_low, time_high = wilson(need - late, need)
    size = len(need)
    log_odds, error = now_.change[0], 1.959964 * np.sqrt(now_.change[1])
    changed = {
        k: np.append(np.exp(v), np.full(size - 1, np.nan))
        for k, v in (("change", log_odds), ("change_low", log_odds - error), ("change_high", log_odds + error))
    }
    frame = pd.DataFrame(
        {
            "department": ["", *[d.code for d in city.profile.departments]],
            "need": need,
            "late": late,
            "expected": expected,
            **ratios,
            "shrunk": np.concatenate([whole[0], shrunk]),
            "own": _below(100 * m.own),
            "basis": ["", *[BASES[b] for b in now_.basis]],
            "past": [past, *[past if b == PAST else "" for b in now_.basis]],
            "p": _below(now_.p),
            **changed,
            "on_time": percent(need - late, need),
            "on_time_low": time_low,
            "on_time_high": time_high,
            "on_time_shrunk": np.where(need > 0, 100 * empirical_bayes.beta_shrunken(need - late, need, prior), np.nan),
            "band": np.concatenate([[NO_DIFFERENCE], verdicts(now_)]).astype(np.int64),
            "rank": _below(order.rank),
            "rank_low": _below(order.low),
            "rank_high": _below(order.high),
            "worst": _below(order.worst),
            "rank_before": _below(rank_before),
            "moved": _below(moved),
            **outcomes(rows["basis"], size),
        }
    )
    return frame[[c.name for c in METRIC.columns]]


def _below(values: Floats) -> Floats:
    """Values per department; the whole has none."""
    return np.concatenate([[np.nan], values])


METRIC = Metric(
    id="department_score",
    name=Text(zh="部门排名", en="Ranking of departments"),
    definition=Text(
        zh="近30天立案的应结案：超期件数 ÷ 应有件数。别的部门也办同类别、同等级案件的，与其余部门比（应有＝全市同类别、同等级超期"
        "占比）；八成以上归自己的，与自身以往比（去年同期三个等长时段，记录不够长则用此前三个），并扣除其他部门同期的变化。"
        f"判定：分层 Mantel–Haenszel 检验，过度离散（与以往比的，含各月自身起伏）则放宽，{HOW.zh}；"
        "按经验贝叶斯收缩后的比值在同一比法内排名，"
        "名次区间由 2000 次后验抽取得出，“必在最差 k 个之列”为联合 95%；不足20件、无可比的不排名；延期、缓办、回访、满意、返"
        "工并列",
        en="Due cases registered in the last 30 days: late / expected. Where other departments do the same work, against "
        "the rest (expected: the city's share late of the same category and severity); over 80 % its own, against its "
        "own past (three windows about the same time a year ago; the three just before where records are shorter), less "
        "how all others changed meanwhile. Verdicts: Mantel-Haenszel test within strata, widened where over-dispersed "
        f"(against the past by how shares move from month to month), {HOW.en}; ranked within the same basis by the ratio "
        'shrunken by empirical Bayes, the interval of a rank from 2,000 posterior draws, "certainly among the worst '
        'k" jointly at 95 %; under 20 due or nothing to compare with is not ranked; extensions, deferrals, call-backs, '
        "satisfaction and rework beside",
    ),
    unit="late / expected",
    kind="flow",
    standard="GB/T 30428.4",
    columns=(
        Column("department", "code"),
        Column("n", "events"),
        Column("need", "events"),
        Column("late", "events"),
        Column("expected", "events"),
        Column("ratio", "late / expected"),
        Column("low", "late / expected"),
        Column("high", "late / expected"),
        Column("shrunk", "late / expected"),
        Column("own", "%"),
        Column("basis", "code"),
        Column("past", "code"),
        Column("p", "chance"),
        Column("change", "odds ratio"),
        Column("change_low", "odds ratio"),
        Column("change_high", "odds ratio"),
        Column("on_time", "%"),
        Column("on_time_low", "%"),
        Column("on_time_high", "%"),
        Column("on_time_shrunk", "%"),
        Column("band", "code"),
        Column("rank", "rank"),
        Column("rank_low", "rank"),
        Column("rank_high", "rank"),
        Column("worst", "rank"),
        Column("rank_before", "rank"),
        Column("moved", "places"),
        *[Column(name, "events") for name in (*OUTSIDE, "no_department")],
        Column("extension", "%"),
        Column("hang", "%"),
        Column("kept", "events"),
        Column("coverage", "%"),
        Column("closed", "events"),
        Column("satisfied", "%"),
        Column("valid", "events"),
        Column("rework", "%"),
        Column("inspected", "events"),
    ),
    requires=(
        Requires((DEPARTMENT, DUE, END)),
        Requires((any_of("event.outcome", "action.cancel"),), columns=("cancelled",)),
        Requires((any_of("event.outcome", "action.merge"),), columns=("merged",)),
        Requires(all_of("event.outcome"), columns=("transferred",)),
        Requires(all_of("event.duplicate_of"), columns=("duplicates",)),
        Requires(all_of("action.defer"), columns=("hung", "hang")),
        Requires(all_of("action.extend"), columns=("extension",)),
        Requires(all_of("event.satisfaction"), columns=("coverage", "satisfied", "valid")),
        Requires((STAGES, *all_of("stage.inspect", "action.fail")), columns=("rework", "inspected")),
    ),
    select=select_,
    compute=compute,
    back=DEFAULT_BACK,
)
