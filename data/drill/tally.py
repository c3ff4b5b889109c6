"""Counts of one population by different keys, asked in one statement: what several drills count is read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Select, and_, cast, func, select, tuple_

from data import stock
from data.drill.choice import counted
from data.metric import Rows


@dataclass(frozen=True)
class Tally:
    """COUNT(*) as ``n``, and how many meet each condition of ``sums``, for each combination of ``keys``; of the events that
    meet ``where``.  Without keys: one row, also where there is no event.  A name means the same in every tally of a view."""

    where: list[ColumnElement[bool]]
    keys: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    sums: Mapping[str, ColumnElement[bool]] = field(default_factory=dict)


class _Share(NamedTuple):
    """Where a tally's rows are: in the answer to ``statement``, those whose ``grouping`` is this (None: all of them)."""

    statement: str
    grouping: int | None
    columns: tuple[str, ...]


def merged(asked: Mapping[str, Select[Any] | Tally]) -> tuple[dict[str, Select[Any]], dict[str, _Share]]:
    """(statements, where each tally's rows are).  Tallies of the same population become one statement."""
    statements: dict[str, Select[Any]] = {}
    shares: dict[str, _Share] = {}
    populations: list[tuple[ColumnElement[bool], dict[str, Tally]]] = []
    for name, one in asked.items():
        if not isinstance(one, Tally):
            statements[name] = one
            continue
        where = and_(*one.where)
        of = next((tallies for other, tallies in populations if where.compare(other)), None)
        if of is None:
            populations.append((where, {name: one}))
        else:
            of[name] = one
    for _, tallies in populations:
        first = next(iter(tallies))
        statements[first], found = _together(tallies)
        shares.update({name: _Share(first, at, columns) for name, (at, columns) in found.items()})
    return statements, shares


def _together(tallies: Mapping[str, Tally]) -> tuple[Select[Any], dict[str, tuple[int | None, tuple[str, ...]]]]:
    keys = {k: e for t in tallies.values() for k, e in t.keys.items()}
    sums = {k: e for t in tallies.values() for k, e in t.sums.items()}
    where = next(iter(tallies.values())).where
    inner = counted(
        where, *[e.label(k) for k, e in keys.items()], *[stock.flag(e).label(k) for k, e in sums.items()]
    ).subquery("t")
    rows = inner.c
    totals = [
        func.count().label("n"),
        *[cast(func.coalesce(func.sum(rows[k]), 0), BigInteger).label(k) for k in sums],
    ]
    sets = list(dict.fromkeys(tuple(k for k in keys if k in t.keys) for t in tallies.values()))
    columns = {name: (*t.keys, "n", *t.sums) for name, t in tallies.items()}
    by = [rows[k] for k in keys]
    if len(sets) == 1:
        query = select(*by, *totals).select_from(inner).group_by(*by)
        return query, {name: (None, c) for name, c in columns.items()}
    which = func.grouping(*by).label("grouping")
    query = select(*by, which, *totals).group_by(func.grouping_sets(*[tuple_(*[rows[k] for k in s]) for s in sets]))
    return query, {name: (_grouping(tuple(keys), tallies[name].keys), c) for name, c in columns.items()}


def _grouping(keys: tuple[str, ...], of: Mapping[str, Any]) -> int:
    """SQL's GROUPING(keys): a bit for each key, the first is the highest, set where the rows are not grouped by it."""
    return sum(1 << (len(keys) - 1 - i) for i, k in enumerate(keys) if k not in of)


def taken(share: _Share, answers: Mapping[str, Rows]) -> Rows:
    """A tally's own rows: its keys, ``n`` and its sums."""
    rows = answers[share.statement]
    if share.grouping is None:
        return {c: rows[c] for c in share.columns}
    own = np.asarray(rows["grouping"]) == share.grouping
    return {c: np.asarray(rows[c])[own] for c in share.columns}
