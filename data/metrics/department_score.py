"""Which departments are late more, or less, than the city would be with their cases, how sure their order is, and what stands
beside it so that being in time cannot be gained by extending, deferring or not asking."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, and_, case, literal, or_, select

from data import instants, ranking, shrink, standardise, stock
from data.chance import percent, poisson_chance, wilson
from data.city import City
from data.metric import Column, Metric, Rows, RowSets, Statement, events, ms
from data.metrics.indicators import INDICATORS
from data.query.needs import DEPARTMENT, DUE, END, STAGES, Requires, all_of, any_of
from data.ranking import MIN_RANKED, NO_DIFFERENCE, TOO_FEW
from data.schema import EVENT
from data.text import Text
from data.viewer import Viewer

DEFAULT_BACK = timedelta(days=30)
#: A department that makes up more than this part of what it is held against is compared with itself.  A category of which
#: one department has so much is held, with all others of that kind, against their shares by severity alone; and where even
#: then a department is left with itself it has no rank and no verdict.
MOST_OWN = 0.8
ALONE = 3
#: Draws for the interval of a rank, and where their chance begins: the same facts give the same answer.
DRAWS, SEED = 2000, 20050115
_NOW, _BEFORE = 0, 1
_SEVERITIES = 5
#: Why a case of the cohort is not judged, the first that holds; 0 = it is due (应结案).
OUTSIDE = ("cancelled", "merged", "transferred", "duplicates", "no_limit", "hung", "not_due")
#: What stands beside: the indicator whose share it is, of the same cases; and what its counts are called here.
BESIDE = {
    "extension": ("extension_rate", "kept", "extended"), "hang": ("deferral_rate", "kept", "deferred"),
    "coverage": ("callback_coverage", "closed", "valid"), "satisfied": ("satisfaction_rate", "valid", "pleased"),
    "rework": ("rework_rate", "inspected", "reworked"),
}


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Due cases registered in the window, and in the one before it, by department, category and severity: of the scope
    (``cases``), and of all that the viewer may see (``reference``); and what else became of the window's cases (``basis``)."""
    at = ms(now)
    start = instants.window_start("department_score", DEFAULT_BACK, city, back, at)
    end = instants.window_end(viewer, at)
    before, entered = 2 * start - end, stock.entered(city)
    table, area, visible = events(viewer, city)
    _, _, anywhere = events(replace(viewer, scope=viewer.area), city)
    c = EVENT.c
    # each window is judged as long after its end: neither had longer than the other
    then = start + at - end
    need = or_(and_(entered > start, stock.need_archive(at)), and_(entered <= start, stock.need_archive(then)))
    late = or_(and_(entered > start, stock.late(at)), and_(entered <= start, stock.late(then)))
    cell = [case((entered > start, _NOW), else_=_BEFORE).label("period"), c.department, c.category, c.severity]
    held = select(*cell, area.label("area"), stock.flag(late).label("late")).select_from(table)
    keys = ("period", "department", "category", "severity")
    due = [entered > before, entered <= end, c.duplicate == 0, need]
    sums = ("kept", *dict.fromkeys(name for _, below, above in BESIDE.values() for name in (below, above) if name != "kept"))
    became = select(area.label("area"), c.department, _outside(at).label("outside"), *_beside(at, city)).select_from(table).where(
        *visible, entered > start, entered <= end)
    return {
        "cases": Statement(stock.tally(held.where(*visible, *due), "area", *keys, sums=("late",))),
        "reference": Statement(stock.tally(held.where(*anywhere, *due), *keys, sums=("late",))),
        "basis": Statement(stock.tally(became, "area", "department", "outside", sums=sums)),
        "window": Statement(select(literal(before, BigInteger()).label("before"))), "first": stock.first_record(),
    }


def _outside(at: int) -> ColumnElement[int]:
    """Position in ``OUTSIDE`` + 1, 0 where the case is due."""
    c = EVENT.c
    ended = and_(c.outcome > stock.SETTLED, c.closed_at <= at)
    conditions: tuple[Any, ...] = (
        and_(ended, c.outcome == stock.CANCELLED), and_(ended, c.outcome == stock.MERGED), ended, c.duplicate > 0,
        c.due_at.is_(None), and_(c.is_hung == 1, stock.unended(at)),
    )
    found = [(condition, i + 1) for i, condition in enumerate(conditions)]
    return case(*found, (stock.need_archive(at), 0), else_=len(OUTSIDE))


def _beside(at: int, city: City) -> list[ColumnElement[int]]:
    """Flags of the counts that ``BESIDE`` names, of cases that are neither cancelled, merged nor duplicates."""
    by_id = {i.id: i for i in INDICATORS}
    out: dict[str, ColumnElement[int]] = {}
    for id, below, above in BESIDE.values():
        one = by_id[id]
        if one.bottom is None:
            raise AssertionError(f"{id} is a share")
        counted = and_(EVENT.c.duplicate == 0, by_id["extension_rate"].bottom(at, city), one.bottom(at, city))  # type: ignore[misc]
        out.setdefault(below, stock.flag(counted).label(below))
        out.setdefault(above, stock.flag(and_(counted, one.top(at, city))).label(above))
    return list(out.values())


class Scored(NamedTuple):
    """One window: the departments' ``mix`` in the city's order, their ``prior`` share in time of the reference (a, b), and
    ``alone`` (k,) % of their due cases that are held against severity alone."""

    mix: standardise.Mix
    prior: tuple[float, float]
    alone: NDArray[np.float64]


def scored(rows: RowSets, city: City, period: int = _NOW) -> Scored:
    """The window's cases (or the previous one's) held against the reference; cases of no known department are left out."""
    groups, categories = len(city.profile.departments), len(city.profile.categories) + 1
    department, category, severity, n, late = _cells(rows["reference"], period, groups)
    held = np.bincount(department * categories + category, n, groups * categories).reshape(groups, categories)
    # the number of the stratum that a category's cases of severity 0 are in; those that are one department's share the last
    first = np.where(held.max(axis=0, initial=0) > MOST_OWN * held.sum(axis=0), categories, np.arange(categories)) * _SEVERITIES
    standard = standardise.shares(first[category] + severity, n, late, (categories + 1) * _SEVERITIES)
    prior = shrink.beta_prior(np.bincount(department, n - late, groups), np.bincount(department, n, groups))
    department, category, severity, n, late = _cells(rows["cases"], period, groups)
    found = standardise.mix(department, first[category] + severity, n, late, standard, groups)
    pooled = np.bincount(department, n * (first[category] == categories * _SEVERITIES), groups)
    return Scored(found, prior, percent(pooled, found.cases))


def whole_share(rows: RowSets, city: City) -> float:
    """The reference's share late (0..1), of all departments together; NaN where nothing was due."""
    _, _, _, n, late = _cells(rows["reference"], _NOW, len(city.profile.departments))
    return float(late.sum() / n.sum()) if n.sum() else float("nan")


def by_category(rows: RowSets, city: City, department: int) -> tuple[NDArray[np.int64], ...]:
    """(due, late, due of the reference, late of the reference), each by category + 1 (0: not known), of one department."""
    groups, size = len(city.profile.departments), len(city.profile.categories) + 1
    out = []
    for name in ("cases", "reference"):
        whose, category, _, n, late = _cells(rows[name], _NOW, groups)
        mine = whose == department if name == "cases" else np.ones(len(whose), bool)
        out += [np.bincount(category[mine], v[mine], size).astype(np.int64) for v in (n, late)]
    return tuple(out)


def _cells(r: Rows, period: int, groups: int) -> tuple[NDArray[np.int64], ...]:
    """(department, category + 1, severity, cases, late); a category that is not known (0) is one of its own."""
    department, category, severity, n, late = (
        np.asarray(r[k], np.int64) for k in ("department", "category", "severity", "n", "late"))
    mine = (np.asarray(r["period"], np.int64) == period) & (department >= 0) & (department < groups)
    return department[mine], category[mine] + 1, severity[mine].clip(0, _SEVERITIES - 1), n[mine], late[mine]


def rankable(m: standardise.Mix) -> NDArray[np.bool_]:
    """Enough cases, something is expected of them, and others whom they are held against."""
    return (m.cases >= MIN_RANKED) & (m.expected > 0) & (np.nan_to_num(m.own, nan=1.0) <= MOST_OWN)


def _among(ranked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Nobody, where only one is left: the first of one is no rank."""
    return ranked if ranked.sum() > 1 else np.zeros_like(ranked)


def verdicts(m: standardise.Mix) -> NDArray[np.int64]:
    """(k,) -1 late less than expected, 0 no clear difference, 1 more (exact Poisson, Benjamini-Hochberg 5 %), 2 too few cases,
    3 hardly anyone to compare with."""
    asked = rankable(m)
    clear = ranking.benjamini_hochberg(np.where(asked, poisson_chance(m.hits, m.expected), np.nan))
    band = np.where(clear, np.sign(m.hits - m.expected), NO_DIFFERENCE)
    return np.where(m.cases < MIN_RANKED, TOO_FEW, np.where(asked, band, ALONE)).astype(np.int64)


def compute(rows: RowSets, city: City, now: datetime) -> pd.DataFrame:
    """The scope's departments together (``department`` ""), then each of the city's file in its order.

    Cohort: registered in the window (30 days), judged as known now.  ``n`` cases, each once: ``need`` (应结案: archived or
    overdue and open), or outside of it: ``cancelled``, ``merged``, ``transferred``, ``duplicates``, ``no_limit``, ``hung``
    (缓办), ``not_due``; ``no_department``: due, but nobody's (of "" alone).  ``late`` of ``need``; ``expected`` late: the
    reference's share of each category and severity x the department's cases, summed; the reference is all that the viewer
    may see (a wall: the city, also on a town's own wall).  A category of which one department has over 80 % would only
    compare it with itself: these are held against their common share by severity, and ``alone`` is how many % of a
    department's cases are. ``ratio`` = late / expected with its exact Poisson 95 % ``low`` .. ``high``; ``shrunk`` the
    ratio shrunken (Marshall); ``own`` % of the reference of its cases that is these cases themselves. ``on_time`` % of
    ``need`` with its Wilson 95 % ``on_time_low`` .. ``on_time_high``, and shrunken by a beta prior fitted to the
    reference's departments, ``on_time_shrunk``. ``band``: see ``verdicts``.  ``rank`` 1.. by ``shrunk`` (1 = late least),
    ``rank_low`` .. ``rank_high`` 95 % of 2,000 draws of the true ratios; ``rank_before`` that of as long a window before, judged
    as long after its end (NaN where the records do not reach it), and ``moved`` places up among those that had a rank in
    both.  NaN: fewer than 20 due (band 2), more than 80 % own (band 3), nothing is expected, or nobody else is ranked.
    Beside, of the same cases less cancelled, merged and duplicate ones: ``extension`` % and ``hang`` % of ``kept``,
    ``coverage`` % of ``closed`` called back, ``satisfied`` % of ``valid`` call-backs, ``rework`` % of ``inspected``.
    """
    m, prior, alone = scored(rows, city)
    earlier = scored(rows, city, _BEFORE).mix
    first, before = np.asarray(rows["first"]["first"], np.int64), int(np.asarray(rows["window"]["before"])[0])
    known = len(first) > 0 and 0 < first[0] <= before
    asked, asked_before = _among(rankable(m)), _among(rankable(earlier) & known)
    shrunk, shrunk_before = (standardise.shrunken(w.hits, w.expected) for w in (m, earlier))
    rank, rank_before = ranking.places(shrunk, asked), ranking.places(shrunk_before, asked_before)
    twice = _among(asked & asked_before)     # who came or went moves nobody else
    moved = ranking.places(shrunk_before, twice) - ranking.places(shrunk, twice)
    low, high = ranking.rank_limits(standardise.posterior(m.hits, m.expected, DRAWS, SEED), asked)
    need, late, expected = (np.concatenate([[v.sum()], v]) for v in (m.cases, m.hits, m.expected))
    ratio, ratio_low, ratio_high = standardise.ratio(late, expected)
    time_low, time_high = wilson(need - late, need)
    size = len(need)
    frame = pd.DataFrame({
        "department": ["", *[d.code for d in city.profile.departments]],
        "need": need, "late": late, "expected": expected, "ratio": ratio, "low": ratio_low, "high": ratio_high,
        "shrunk": np.concatenate([ratio[:1], shrunk]), "own": _below(100 * m.own),
        "alone": np.concatenate([percent([np.nansum(alone * m.cases) / 100], [m.cases.sum()]), alone]),
        "on_time": percent(need - late, need), "on_time_low": time_low, "on_time_high": time_high,
        "on_time_shrunk": np.where(need > 0, 100 * shrink.beta_shrunken(need - late, need, prior), np.nan),
        "band": np.concatenate([[NO_DIFFERENCE], verdicts(m)]).astype(np.int64),
        "rank": _below(rank), "rank_low": _below(np.minimum(low, rank)), "rank_high": _below(np.maximum(high, rank)),
        "rank_before": _below(rank_before), "moved": _below(moved),
        **_became(rows["basis"], size),
    })
    return frame[[c.name for c in METRIC.columns]]


def _below(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each department; the whole has none."""
    return np.concatenate([[np.nan], values])


def _became(r: Rows, size: int) -> dict[str, NDArray[Any]]:
    """(size,) counts of the window's cases, all first: by why they are outside, and what stands beside."""
    department, outside, n = (np.asarray(r[k], np.int64) for k in ("department", "outside", "n"))
    own = (department >= 0) & (department < size - 1)

    def counted(where: NDArray[np.bool_], weight: NDArray[np.int64]) -> NDArray[np.int64]:
        each = np.bincount(department[where & own], weight[where & own], size - 1)
        return np.concatenate([[weight[where].sum()], each]).astype(np.int64)

    every = np.ones(len(n), bool)
    out: dict[str, NDArray[Any]] = {"n": counted(every, n)}
    out.update({name: counted(outside == i + 1, n) for i, name in enumerate(OUTSIDE)})
    out["no_department"] = np.concatenate([[n[~own & (outside == 0)].sum()], np.zeros(size - 1)]).astype(np.int64)
    for name, (_, below, above) in BESIDE.items():
        bottom = counted(every, np.asarray(r[below], np.int64))
        out[below], out[name] = bottom, percent(counted(every, np.asarray(r[above], np.int64)), bottom)
    return out


METRIC = Metric(
    id="department_score",
    name=Text(zh="部门排名", en="Ranking of departments"),
    definition=Text(
        zh="近30天立案的应结案：超期件数 ÷ 按全市同类别、同等级超期占比应有的件数（间接标准化；八成以上归一个部门的类别合并后"
           "只按等级比），95% 精确泊松区间；按经验贝叶斯收缩后的比值排名，名次区间由真实比值的 2000 次后验抽取得出；不足20件、"
           "或所比的八成以上是自己的案件不排名；延期、缓办、回访、满意、返工并列",
        en="Due cases registered in the last 30 days: late / what the city's share late of the same category and severity would"
           " give (indirect standardisation; categories that one department has over 80 % of are held together and by severity"
           " alone), exact Poisson 95 % interval; ranked by the ratio shrunken by empirical Bayes, the interval of a rank from"
           " 2,000 posterior draws; under 20 due, or held to over 80 % against its own cases, is not ranked; extensions,"
           " deferrals, call-backs, satisfaction and rework beside",
    ),
    unit="late / expected", kind="flow", standard="GB/T 30428.4",
    columns=(
        Column("department", "code"), Column("n", "events"), Column("need", "events"), Column("late", "events"),
        Column("expected", "events"), Column("ratio", "late / expected"), Column("low", "late / expected"),
        Column("high", "late / expected"), Column("shrunk", "late / expected"), Column("own", "%"), Column("alone", "%"),
        Column("on_time", "%"), Column("on_time_low", "%"), Column("on_time_high", "%"), Column("on_time_shrunk", "%"),
        Column("band", "code"), Column("rank", "rank"), Column("rank_low", "rank"), Column("rank_high", "rank"),
        Column("rank_before", "rank"), Column("moved", "places"),
        *[Column(name, "events") for name in (*OUTSIDE, "no_department")],
        Column("extension", "%"), Column("hang", "%"), Column("kept", "events"), Column("coverage", "%"),
        Column("closed", "events"), Column("satisfied", "%"), Column("valid", "events"), Column("rework", "%"),
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
    select=select_, compute=compute, back=DEFAULT_BACK,
)
