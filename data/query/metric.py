"""What a metric is: ``select`` builds statements, ``compute`` is pure, and no statement exists without a Viewer.

One read answers the city and every town: the statements of a wall group by ``area`` (the town's grid position, ``l1``),
and ``slice_rows`` gives a scope its share before ``compute``.  For a scope below the towns the same statement is
filtered to the town, village or cell instead (``area`` is then that constant).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, ColumnElement, Table, literal, select
from sqlalchemy.sql.selectable import FromClause

from data.access.viewer import Viewer
from data.city.city import City
from data.facts.rows import Rows, RowSets
from data.facts.schema import EVENT, VISIT
from data.query.needs import Requires, blanked, key_columns, lacking
from data.text import Text
from data.types.sql import AnyColumn, AnySelect


@dataclass(frozen=True, slots=True)
class Statement:
    """A SELECT and how often its answer may change: ``every`` None = each tick; otherwise it is cached that long.

    History ("the usual") changes slowly and takes long to read; it is read again only when its ``every`` has passed.
    """

    select: AnySelect
    every: timedelta | None = None


@dataclass(frozen=True)
class Column:
    """A promised column of a metric's answer; ``unit`` is "events", "%", "h", "min", "code", "text", "instant_ms"
    ...
    """

    name: str
    unit: str


@dataclass(frozen=True)
class Metric:
    """``select(viewer, city, back, now)`` -> statements by name; ``compute(rows, city, now)`` -> the promised columns.

    ``now`` is an aware UTC datetime; ``back`` how far the window reaches (None = the metric's own default).
    ``standard`` is the standard that defines it, "" = none.  ``compute`` also gets the answers of the metrics in ``needs`` for
    the same scope, and of those in ``beside`` for the whole city, under ``whole_id``; all as arrays by column.
    ``requires``: which of its figures depend on what the mapping and the city's file must deliver (``data.query.needs``); with
    ``rows`` those of its first column.  ``nothing``: what the absence of rows means, where not obvious.  ``batched``: which of
    its totals count sensitive categories in batches (``data.query.disclosure``), None = none of them.  ``uncut``: all that
    ``compute`` chooses from, for what follows it over time (``data.alarms``).
    """

    id: str
    name: Text
    definition: Text
    unit: str
    kind: Literal["stock", "flow", "both"]
    columns: tuple[Column, ...]
    select: Callable[[Viewer, City, timedelta | None, datetime], dict[str, Statement]]
    compute: Callable[[RowSets, City, datetime], pd.DataFrame]
    back: timedelta | None = None
    standard: str = ""
    needs: tuple[str, ...] = field(default=())
    city_wide: tuple[str, ...] = field(default=())
    requires: tuple[Requires, ...] = field(kw_only=True)
    nothing: Text | None = field(default=None, kw_only=True)
    batched: Text | None = field(default=None, kw_only=True)
    uncut: Callable[[RowSets, City, datetime], pd.DataFrame] | None = field(default=None, kw_only=True)

    @property
    def names_cases(self) -> bool:
        """Whether an answer names single cases."""
        return any(c.unit == "id" for c in self.columns)

    def lacking(self, city: City) -> tuple[Requires, ...]:
        """Figures that this city's mapping cannot deliver, with what they lack."""
        return lacking(self.requires, city.mapped, city.profile)

    def told(self, frame: pd.DataFrame, city: City) -> pd.DataFrame:
        """``compute``'s answer with figures that lack their source data blanked: unknown, never 0."""
        return blanked(frame, self.lacking(city), key_columns((c.name, c.unit) for c in self.columns))


def whole_id(metric_id: str) -> str:
    """The name under which ``compute`` finds the whole city's answer of a metric in ``beside``."""
    return f"city/{metric_id}"


def day_start(now: datetime, city: City) -> datetime:
    """The city's midnight before ``now``."""
    local = now.astimezone(city.profile.zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def events(viewer: Viewer, city: City) -> tuple[FromClause, ColumnElement[int], list[ColumnElement[bool]]]:
    """(table, ``area`` column, conditions) for the events this viewer may count.

    Use as ``select(area.label("area"), ...).select_from(table).where(*conditions).group_by(area)``.
    """
    return _visible(EVENT, viewer, city)


def visits(viewer: Viewer, city: City) -> tuple[FromClause, ColumnElement[int], list[ColumnElement[bool]]]:
    """As ``events``, for visits to stages."""
    return _visible(VISIT, viewer, city)


def visits_of(cases: AnySelect, viewer: Viewer, city: City) -> tuple[FromClause, ColumnElement[int], list[ColumnElement[bool]]]:
    """As ``visits``, of the events whose ``eid`` the SELECT ``cases`` names; it must meet the conditions of ``events`` itself.

    A choice of cases (``viewer.only``) is then part of ``cases``: asked of the visits again, it would be read twice.
    """
    table, area, seen = visits(replace(viewer, only=None), city)
    return table, area, [*seen, VISIT.c.eid.in_(cases)]


def _visible(table: Table, viewer: Viewer, city: City) -> tuple[FromClause, ColumnElement[int], list[ColumnElement[bool]]]:
    level, at = city.scope_of(viewer.scope)
    conditions: list[ColumnElement[bool]] = [] if viewer.sees_sensitive else [table.c.sensitive == 0]
    area: ColumnElement[int] = table.c.l1
    if level >= 1:
        if table is VISIT and level > 2:  # a visit holds its town and village; a finer cell is its event's
            seen = [] if viewer.sees_sensitive else [EVENT.c.sensitive == 0]
            inside = select(EVENT.c.eid).where(*seen, EVENT.c[f"l{min(level, 4)}"] == at)
            conditions.append(table.c.eid.in_(inside))
        else:
            conditions.append(table.c[f"l{min(level, 4)}"] == at)
    if viewer.only is not None:
        chosen = viewer.only.conditions
        conditions += chosen if table is EVENT else [table.c.eid.in_(select(EVENT.c.eid).where(*chosen))]
    return table, area, conditions


def by_area(viewer: Viewer) -> tuple[str, ...]:
    """The key by which ``slice_rows`` finds a town's share; none for a desk's choice of cases, whose answer is not split."""
    return () if viewer.only is not None else ("area",)


def whole(column: AnyColumn, unit: int) -> ColumnElement[int]:
    """Integer division in SQL (Core's own ``//`` compiles to FLOOR of a double)."""
    # precedence of a product: without it "a + b" would be divided as "a + (b // unit)"
    return column.op("//", precedence=8, return_type=BigInteger())(literal(unit, BigInteger()))


def slice_rows(sets: RowSets, city: City, scope: str) -> RowSets:
    """The share of a town (or of the whole city) in answers read for the whole city, grouped by ``area``.

    Answers without an ``area`` column belong to every scope.
    """
    level, at = city.scope_of(scope)
    if level == 0:
        return sets
    out: dict[str, Rows] = {}
    for name, rows in sets.items():
        if "area" not in rows:
            out[name] = rows
            continue
        keep = np.asarray(rows["area"]) == at
        out[name] = {k: np.asarray(v)[keep] for k, v in rows.items()}
    return out


__all__ = [
    "Column",
    "Metric",
    "Statement",
    "by_area",
    "day_start",
    "events",
    "select",
    "slice_rows",
    "visits",
    "visits_of",
    "whole",
    "whole_id",
]
