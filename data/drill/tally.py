"""Counts of one population by different keys, combined into one statement: what several drills count is read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_

from data.drill.choice import counted
from data.facts.rows import Rows
from data.query import conditions
from data.types.sql import AnyColumn, AnySelect


@dataclass(frozen=True)
class Tally:
    """COUNT(*) as ``n``, and the number that meet each condition of ``sums``, for each combination of ``keys``; over the events
    that meet ``where``.  Without keys: one row, even if there are no events.  A name means the same in all tallies of a view."""

    where: list[ColumnElement[bool]]
    keys: Mapping[str, AnyColumn] = field(default_factory=dict)
    sums: Mapping[str, ColumnElement[bool]] = field(default_factory=dict)


class _Share(NamedTuple):
    """Locates a tally's rows: the ``own`` grouping set in the answer to ``statement``, which groups by ``sets``."""

    statement: str
    sets: list[tuple[str, ...]]
    own: tuple[str, ...]
    columns: tuple[str, ...]


def merged(asked: Mapping[str, AnySelect | Tally]) -> tuple[dict[str, AnySelect], dict[str, _Share]]:
    """(statements, location of each tally's rows).  Tallies of the same population share one statement."""
    statements: dict[str, AnySelect] = {}
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
        keys = {k: e for t in tallies.values() for k, e in t.keys.items()}
        sums = {k: e for t in tallies.values() for k, e in t.sums.items()}
        sets = list(dict.fromkeys(tuple(k for k in keys if k in t.keys) for t in tallies.values()))
        rows = counted(
            tallies[first].where, *[e.label(k) for k, e in keys.items()], *[conditions.flag(e).label(k) for k, e in sums.items()]
        )
        statements[first] = conditions.tallies(rows, sets, sums)
        for name, t in tallies.items():
            shares[name] = _Share(first, sets, tuple(k for k in keys if k in t.keys), (*t.keys, "n", *t.sums))
    return statements, shares


def taken(share: _Share, answers: Mapping[str, Rows]) -> Rows:
    """A tally's own rows: its keys, ``n`` and its sums."""
    return conditions.of_set(answers[share.statement], share.sets, share.own, share.columns)
