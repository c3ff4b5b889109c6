"""What is open at an instant, and what counts as late: the conditions that all metrics share.

A stock is queried in two halves, each of plain comparisons, so that the cold table's blocks are skipped unread: what is
open *now* and existed then, and what has ended *since* then.  On the live wall the second half is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, CompoundSelect, and_, case, cast, false, func, or_, select, tuple_, union_all

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.localtime import DAY_MS
from data.errors import FactsError
from data.facts.rows import Rows
from data.facts.schema import EVENT, VISIT
from data.query.metric import Statement, events, visits, whole
from data.query.needs import all_of, unmet
from data.source.contract import OUTCOMES
from data.types.arrays import Array
from data.types.sql import AnySelect

SETTLED, CANCELLED, MERGED = (OUTCOMES.index(o) + 1 for o in ("settled", "cancelled", "merged"))
TO_ANOTHER_STAGE = 1  # schema.VISIT.exit
#: See ``first_record``.
STRAYS, GAP_DAYS = 0.05, 90


_once = lru_cache(64)  # conditions are values: those of one instant are built once for all callers


def open_events(viewer: Viewer, city: City, at: int, *columns: str) -> AnySelect:
    """Rows (``area`` and the named columns; ``is_hung`` and ``due_at`` as of then) of the events reported and not ended at
    ``at`` (ms)."""
    table, area, conditions = events(viewer, city)
    c = EVENT.c
    as_of = {"is_hung": flag(hung(at)), "due_at": due(at)}
    wanted = [area.label("area"), *[as_of[n].label(n) if n in as_of else c[n] for n in columns]]
    still = select(*wanted).select_from(table).where(*conditions, c.is_open == 1, c.reported_at <= at)
    since = select(*wanted).select_from(table).where(*conditions, c.is_open == 0, c.closed_at > at, c.reported_at <= at)
    return _rows(union_all(still, since))


def events_alive_after(viewer: Viewer, city: City, at: int, *columns: str) -> AnySelect:
    """Rows of the events that are open or ended after ``at`` (whenever reported)."""
    table, area, conditions = events(viewer, city)
    c = EVENT.c
    wanted = [area.label("area"), *[c[n] for n in columns]]
    still = select(*wanted).select_from(table).where(*conditions, c.is_open == 1)
    since = select(*wanted).select_from(table).where(*conditions, c.is_open == 0, c.closed_at > at)
    return _rows(union_all(still, since))


def visits_alive_since(viewer: Viewer, city: City, start: int, at: int, *columns: str) -> AnySelect:
    """Rows of the visits entered by ``at`` that were not over before ``start``."""
    return _visits(viewer, city, VISIT.c.left_at >= start, at, columns)


def visits_standing(viewer: Viewer, city: City, at: int, *columns: str) -> AnySelect:
    """Rows of the visits running at ``at``: entered by then, left later or not at all.

    The instant is written as it is, never as ``at + 1``: a statement is built once a minute, and only values equal to its
    "now" move on with the clock.
    """
    return _visits(viewer, city, VISIT.c.left_at > at, at, columns)


def _visits(viewer: Viewer, city: City, not_over: ColumnElement[bool], at: int, columns: tuple[str, ...]) -> AnySelect:
    table, area, conditions = visits(viewer, city)
    c = VISIT.c
    wanted = [area.label("area"), *[c[n] for n in columns]]
    still = select(*wanted).select_from(table).where(*conditions, c.exit == 0, c.entered_at <= at)
    over = select(*wanted).select_from(table).where(*conditions, c.exit != 0, not_over, c.entered_at <= at)
    return _rows(union_all(still, over))


@_once
def archived(at: int) -> ColumnElement[bool]:
    """Settled (结案) by ``at``; cancelled, merged and transferred cases are never called closed."""
    return and_(EVENT.c.outcome == SETTLED, EVENT.c.closed_at <= at)


@_once
def unended(at: int) -> ColumnElement[bool]:
    return or_(EVENT.c.is_open == 1, EVENT.c.closed_at > at)


@_once
def standing(at: int) -> ColumnElement[bool]:
    """Reported by ``at`` and not ended then.  In this form a statement needs only the hot table (``data.facts.hot_cold``)."""
    return and_(EVENT.c.reported_at <= at, unended(at))


@_once
def hung(at: int) -> ColumnElement[bool]:
    """Deferred (缓办) at ``at``: by the latest pause, the only one whose instants the facts hold."""
    c = EVENT.c
    return and_(func.coalesce(c.paused_at, 0) <= at, or_(c.is_hung == 1, func.coalesce(c.resumed_at, 0) > at))


@_once
def due(at: int) -> ColumnElement[int]:
    """The limit as it stood at ``at``: not yet moved by a pause that began later."""
    return case((EVENT.c.paused_at > at, EVENT.c.due_before_at), else_=EVENT.c.due_at)


@_once
def later_pause(at: int) -> ColumnElement[bool]:
    """The latest pause was not over at ``at``: it began later, or was running."""
    return func.coalesce(or_(EVENT.c.paused_at > at, EVENT.c.resumed_at > at), false())


@_once
def overdue(at: int) -> ColumnElement[bool]:
    """Open at ``at``, the clock not stopped (缓办), the limit passed: exactly at the limit is not overdue."""
    return and_(unended(at), ~hung(at), due(at) < at)


def backwards() -> ColumnElement[bool]:
    """Closed before it was reported: its timestamps run backwards, so it can be neither in time nor late."""
    return EVENT.c.closed_at < EVENT.c.reported_at


@_once
def need_archive(at: int) -> ColumnElement[bool]:
    """应结案: archived, or overdue and still open.  A case without a limit can be neither in time nor late: excluded."""
    return and_(EVENT.c.due_at.is_not(None), or_(archived(at), overdue(at)))


@_once
def late(at: int) -> ColumnElement[bool]:
    """Archived after its limit, or overdue and still open."""
    return or_(and_(archived(at), EVENT.c.closed_at > EVENT.c.due_at), overdue(at))


def known_stages(metric_id: str, stage: Array, city: City) -> None:
    """Raise FactsError for a stage position that the city does not have: a backlog that drops events is worse than none."""
    at, size = np.asarray(stage), len(city.profile.stages)
    wrong = at[(at < 0) | (at >= size)]
    if len(wrong):
        raise FactsError(
            f"{metric_id}: the facts name stage position {int(wrong[0])}, but {city.profile.city.id} has {size};"
            " load the facts anew"
        )


def entered(city: City) -> ColumnElement[int]:
    """Instant a case entered processing: registered; reported, in a city without that stage or if its log never enters it."""
    registered = not unmet(all_of("stage.register"), city.mapped, city.profile)
    column: ColumnElement[int] = EVENT.c.registered_at if registered else EVENT.c.reported_at
    return column


def channel_of_kind(city: City, kind: str) -> ColumnElement[bool]:
    """Reported through a channel of that kind (``data.city.profile.Channel``): "citizen" the public, "patrol", "system",
    "other"."""
    return EVENT.c.channel.in_([i for i, channel in enumerate(city.profile.channels) if channel.kind == kind])


def flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def tally(rows: AnySelect, *keys: str, sums: tuple[str, ...] = ()) -> AnySelect:
    """COUNT(*) as ``n`` and the SUM of the named columns for each combination of ``keys``.

    Keys are computed in the inner SELECT and named in the outer one: a computed key with bound values must not be
    written twice, because PostgreSQL then takes the two for different expressions.
    """
    t = rows.subquery("t")
    by = [t.c[k] for k in keys]
    totals = [cast(func.sum(t.c[s]), BigInteger).label(s) for s in sums]
    return select(*by, func.count().label("n"), *totals).group_by(*by)


def tallies(rows: AnySelect, sets: Sequence[tuple[str, ...]], sums: Iterable[str] = ()) -> AnySelect:
    """``tally`` by several sets of keys in one scan; ``grouping`` tells which set a row belongs to (see ``of_set``).

    A set without keys has one row even if nothing matches; sums of nothing are 0.
    """
    table = rows.subquery("t")
    t = table.c
    keys = keys_of(sets)
    by = [t[k] for k in keys]
    totals = [func.count().label("n"), *[cast(func.coalesce(func.sum(t[k]), 0), BigInteger).label(k) for k in sums]]
    if len(sets) == 1:
        return select(*by, *totals).select_from(table).group_by(*by)
    sorted_out = func.grouping_sets(*[tuple_(*[t[k] for k in of]) for of in sets])
    return select(*by, func.grouping(*by).label("grouping"), *totals).group_by(sorted_out)


def keys_of(sets: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(k for of in sets for k in of))


def of_set(answer: Rows, sets: Sequence[tuple[str, ...]], own: tuple[str, ...], columns: Iterable[str]) -> Rows:
    """The columns of the rows that ``tallies`` counted by the keys ``own``."""
    if len(sets) == 1:
        return {c: answer[c] for c in columns}
    keys = keys_of(sets)
    # SQL's GROUPING: one bit per key, the first key the highest, set where the rows are not grouped by it
    bits = sum(1 << (len(keys) - 1 - i) for i, k in enumerate(keys) if k not in own)
    mine = np.asarray(answer["grouping"]) == bits
    return {c: np.asarray(answer[c])[mine] for c in columns}


def first_record() -> Statement:
    """The first report in the facts, for the whole city: before it, the past is unknown rather than empty.

    Isolated early reports do not count: up to ``STRAYS`` of all reports, before a gap of more than ``GAP_DAYS`` days without any
    (an old case that is still open may be carried over to a new platform).
    """
    day = whole(EVENT.c.reported_at, DAY_MS)
    days = select(day.label("day"), func.count().label("n")).group_by(day).subquery("d")
    d = days.c
    over = (
        select(
            d.day,
            (d.day - func.lag(d.day).over(order_by=d.day)).label("gap"),
            (func.sum(d.n).over(order_by=d.day) - d.n).label("before"),
            func.sum(d.n).over().label("all"),
        )
        .subquery("o")
        .c
    )
    begins = select(func.max(over.day)).where(over.gap > GAP_DAYS, over.before <= STRAYS * over.all).scalar_subquery()
    known = or_(begins.is_(None), EVENT.c.reported_at >= begins * DAY_MS)
    return Statement(select(func.min(EVENT.c.reported_at).label("first")).where(known), every=timedelta(hours=1))


def _rows(both: CompoundSelect[*tuple[Any, ...]]) -> AnySelect:
    t = both.subquery("u")
    return select(*t.c)
