"""The cases behind the ranking of departments: due in the window and in the earlier ones it is compared with, by department,
category and severity; the outcome of the window's other cases, and the side indicators."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, and_, case, literal, or_, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms, span_ms
from data.facts.rows import Rows, RowSets
from data.facts.schema import EVENT
from data.metrics.evaluation.catalogue import INDICATORS
from data.query import conditions, windows
from data.query.metric import Statement, events
from data.query.verdict_rows import SCORE, kept_of
from data.statistics.assessment import Table, table
from data.statistics.distributions import percent
from data.types.arrays import Array, Flags, Ints

DEFAULT_BACK = timedelta(days=30)
_SEVERITIES = 5
#: Windows as long as the present one: the requested one, three just before it, and three around the same time a year ago (if the
#: records reach that far: they include the season).  Each is judged equally long after its end, so that none had more time.
NOW, BEFORE = 0, 1
_JUST_BEFORE, _YEAR_AGO = (1, 2, 3), (4, 5, 6)
_YEAR = timedelta(days=365)
#: Why a case of the cohort is not judged, the first reason that applies; 0 = it is due (应结案).
OUTSIDE = ("cancelled", "merged", "transferred", "duplicates", "no_limit", "hung", "not_due")
#: Side indicators of the same cases: the indicator whose share each is; and the names of its counts here.
BESIDE = {
    "extension": ("extension_rate", "kept", "extended"),
    "hang": ("deferral_rate", "kept", "deferred"),
    "coverage": ("callback_coverage", "closed", "valid"),
    "satisfied": ("satisfaction_rate", "valid", "pleased"),
    "rework": ("rework_rate", "inspected", "reworked"),
}


def select_(viewer: Viewer, city: City, back: timedelta | None, now: datetime) -> dict[str, Statement]:
    """Due cases registered in each of the windows, by department, category and severity: of the scope (``cases``), and of all
    that the viewer may see (``reference``); and the outcomes of the present window's other cases (``basis``)."""
    at = ms(now)
    start = windows.window_start("department_score", DEFAULT_BACK, city, back, at)
    end = windows.window_end(viewer, at)
    entered = conditions.entered(city)
    table, area, visible = events(viewer, city)
    _, _, anywhere = events(replace(viewer, scope=viewer.area), city)
    c = EVENT.c
    spans = _windows(start, end)
    inside = [(and_(entered > begin, entered <= until), i) for i, (begin, until) in spans.items()]
    judged = [(conditions.need_archive(at - end + spans[i][1]), conditions.late(at - end + spans[i][1])) for _, i in inside]
    need = or_(*[and_(within, due) for (within, _), (due, _) in zip(inside, judged, strict=True)])
    late = or_(*[and_(within, over) for (within, _), (_, over) in zip(inside, judged, strict=True)])
    cell = [case(*inside, else_=-1).label("period"), c.department, c.category, c.severity]
    held = select(*cell, area.label("area"), conditions.flag(late).label("late")).select_from(table)
    keys = ("period", "department", "category", "severity")
    due = [entered > min(begin for begin, _ in spans.values()), entered <= end, c.duplicate == 0, need]
    sums = ("kept", *dict.fromkeys(name for _, below, above in BESIDE.values() for name in (below, above) if name != "kept"))
    became = (
        select(area.label("area"), c.department, _outside(at).label("outside"), *_beside(at, city))
        .select_from(table)
        .where(*visible, entered > start, entered <= end)
    )
    begins = {f"begin_{i}": spans.get(i, (-1, -1))[0] for i in (*_JUST_BEFORE, *_YEAR_AGO)}
    return {
        "cases": Statement(conditions.tally(held.where(*visible, *due), "area", *keys, sums=("late",))),
        "reference": Statement(conditions.tally(held.where(*anywhere, *due), *keys, sums=("late",))),
        "basis": Statement(conditions.tally(became, "area", "department", "outside", sums=sums)),
        "window": Statement(select(*[literal(v, BigInteger()).label(k) for k, v in begins.items()])),
        "first": conditions.first_record(),
        **kept_of(viewer, city, back, (SCORE,)),
    }


def _windows(start: int, end: int) -> dict[int, tuple[int, int]]:
    """(after, until) of each window by its number; those of a year ago only if none of them overlaps the three before."""
    length, year = end - start, span_ms(_YEAR)
    out = {k: (start - k * length, end - k * length) for k in (NOW, *_JUST_BEFORE)}
    if year - 2 * length >= 4 * length:
        out |= {i: (start - year + k * length, end - year + k * length) for i, k in zip(_YEAR_AGO, (1, 0, -1), strict=True)}
    return out


def _outside(at: int) -> ColumnElement[int]:
    """Position in ``OUTSIDE`` + 1, 0 where the case is due."""
    c = EVENT.c
    ended = and_(c.outcome > conditions.SETTLED, c.closed_at <= at)
    reasons: tuple[Any, ...] = (
        and_(ended, c.outcome == conditions.CANCELLED),
        and_(ended, c.outcome == conditions.MERGED),
        ended,
        c.duplicate > 0,
        c.due_at.is_(None),
        and_(c.is_hung == 1, conditions.unended(at)),
    )
    found = [(condition, i + 1) for i, condition in enumerate(reasons)]
    return case(*found, (conditions.need_archive(at), 0), else_=len(OUTSIDE))


def _beside(at: int, city: City) -> list[ColumnElement[int]]:
    """Flags of the counts that ``BESIDE`` names, of cases that are neither cancelled, merged nor duplicates."""
    by_id = {i.id: i for i in INDICATORS}
    out: dict[str, ColumnElement[int]] = {}
    for id, below, above in BESIDE.values():
        one = by_id[id]
        if one.bottom is None:
            raise AssertionError(f"{id} is a share")
        counted = and_(EVENT.c.duplicate == 0, by_id["extension_rate"].bottom(at, city), one.bottom(at, city))  # type: ignore[misc]
        out.setdefault(below, conditions.flag(counted).label(below))
        out.setdefault(above, conditions.flag(and_(counted, one.top(at, city))).label(above))
    return list(out.values())


def past_of(rows: RowSets) -> tuple[str, tuple[int, ...]]:
    """Which windows are the departments' own past: those of a year ago if all of them are known, else those of the preceding
    ones that are."""
    known = known_windows(rows)
    if all(i in known for i in _YEAR_AGO):
        return "year", _YEAR_AGO
    before = tuple(i for i in _JUST_BEFORE if i in known)
    return ("before", before) if before else ("", ())


def known_windows(rows: RowSets) -> set[int]:
    """The earlier windows that the records reach back to."""
    first = np.asarray(rows["first"]["first"], np.int64)
    begins = {i: int(np.asarray(rows["window"][f"begin_{i}"])[0]) for i in (*_JUST_BEFORE, *_YEAR_AGO)}
    return {i for i, begin in begins.items() if len(first) and 0 < first[0] <= begin}


def table_of(r: Rows, periods: tuple[int, ...], city: City) -> Table:
    """Cases and hits of these windows by department and stratum (category and severity)."""
    groups, categories = len(city.profile.departments), len(city.profile.categories) + 1
    department, category, severity, n, late = _cells(r, periods, groups)
    return table(department, category * _SEVERITIES + severity, n, late, (groups, categories * _SEVERITIES))


def whole_share(rows: RowSets, city: City) -> float:
    """The reference's share late (0..1), of all departments together; NaN where nothing was due."""
    _, _, _, n, late = _cells(rows["reference"], (NOW,), len(city.profile.departments))
    return float(late.sum() / n.sum()) if n.sum() else float("nan")


def by_category(rows: RowSets, city: City, department: int) -> tuple[Ints, ...]:
    """(due, late, due of the reference, late of the reference), each by category + 1 (0: unknown), of one department."""
    groups, size = len(city.profile.departments), len(city.profile.categories) + 1
    out = []
    for name in ("cases", "reference"):
        whose, category, _, n, late = _cells(rows[name], (NOW,), groups)
        mine = whose == department if name == "cases" else np.ones(len(whose), bool)
        out += [np.bincount(category[mine], v[mine], size).astype(np.int64) for v in (n, late)]
    return tuple(out)


def _cells(r: Rows, periods: tuple[int, ...], groups: int) -> tuple[Ints, ...]:
    """(department, category + 1, severity, cases, late); an unknown category (0) is a category of its own."""
    department, category, severity, n, late = (
        np.asarray(r[k], np.int64) for k in ("department", "category", "severity", "n", "late")
    )
    mine = np.isin(np.asarray(r["period"], np.int64), periods) & (department >= 0) & (department < groups)
    return department[mine], category[mine] + 1, severity[mine].clip(0, _SEVERITIES - 1), n[mine], late[mine]


def outcomes(r: Rows, size: int) -> dict[str, Array]:
    """(size,) counts of the window's cases, all first: by reason for being outside, and the side indicators."""
    department, outside, n = (np.asarray(r[k], np.int64) for k in ("department", "outside", "n"))
    own = (department >= 0) & (department < size - 1)

    def counted(where: Flags, weight: Ints) -> Ints:
        each = np.bincount(department[where & own], weight[where & own], size - 1)
        return np.concatenate([[weight[where].sum()], each]).astype(np.int64)

    every = np.ones(len(n), bool)
    out: dict[str, Array] = {"n": counted(every, n)}
    out.update({name: counted(outside == i + 1, n) for i, name in enumerate(OUTSIDE)})
    out["no_department"] = np.concatenate([[n[~own & (outside == 0)].sum()], np.zeros(size - 1)]).astype(np.int64)
    for name, (_, below, above) in BESIDE.items():
        bottom = counted(every, np.asarray(r[below], np.int64))
        out[below], out[name] = bottom, percent(counted(every, np.asarray(r[above], np.int64)), bottom)
    return out
