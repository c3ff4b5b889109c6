"""Rewrite a compiled statement's views ``event`` and ``visit`` to their tables: hot and cold, or the hot one alone.

DuckDB plans a statement anew at each run, and most of a tick's statements take longer to plan than to run: a view has 44 columns,
twice, of which the statement names five.  (No prepared statements: DuckDB 1.5 keeps the statistics that a plan was made with,
and goes wrong once a row lies outside them.)

The cold tables hold nothing at or after ``cold_before`` (a guarantee of the facts, see ``Writing``): no event that is open or was
reported, registered or closed at or after it, no visit still running, entered or left there.  A SELECT whose condition, which
all its rows must meet, asks for such rows only needs the hot table alone.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from data.facts.schema import EVENT, VISIT
from data.types.records import Values

VIEWS = {"event": EVENT, "visit": VISIT}
#: What the cold tables guarantee, by column: an instant before ``cold_before``, or a state that none of their rows has.
BOUNDED = {"event": ("reported_at", "registered_at", "closed_at"), "visit": ("entered_at", "left_at")}
NEVER_COLD = {("event", "is_open"): 1, ("visit", "exit"): 0}

_OF = re.compile(r"\b(?:FROM|JOIN) (event|visit)\b(?! AS|\.)")
_STEP = re.compile(r"[()]|\bWHERE |\b(?:GROUP BY|ORDER BY|UNION|EXCEPT|INTERSECT|HAVING|QUALIFY|LIMIT|WINDOW)\b")
_CONDITION = re.compile(r"(\w+)\.(\w+) (>|>=|=) %\((\w+)\)s")


class _Guard(NamedTuple):
    """True where the statement's value ``param`` is ``equal``, or (``equal`` None) at or after ``cold_before``."""

    param: str
    equal: int | None


class Written(NamedTuple):
    """``whole`` reads hot and cold.  ``hot`` omits the cold; it is equivalent where each of ``guards`` has a condition all of
    whose alternatives hold."""

    whole: str
    hot: str
    guards: tuple[tuple[tuple[_Guard, ...], ...], ...]

    @classmethod
    def of(cls, sql: str, by_hand: bool = False) -> Written:
        """Compiled SQL (values still as ``%(name)s``) with its views expanded to the columns it names; SQL written ``by_hand``
        stays as it is."""
        return cls(sql, sql, ()) if by_hand else _written(sql)

    def at(self, values: Values, cold_before: int | None) -> str:
        """The SQL for these values; ``cold_before`` None = nothing is known of the cold tables."""
        if cold_before is None or not self.guards:
            return self.whole
        held = all(any(all(_holds(g, values, cold_before) for g in either) for either in of) for of in self.guards)
        return self.hot if held else self.whole


def _holds(guard: _Guard, values: Values, cold_before: int) -> bool:
    value = values[guard.param]
    return bool(value == guard.equal if guard.equal is not None else value is not None and value >= cold_before)


def _written(sql: str) -> Written:
    names = {v: ", ".join(sorted(set(re.findall(rf"\b{v}\.(\w+)", sql)))) for v in VIEWS}
    whole, hot, guards, last = [], [], [], 0
    for found in _OF.finditer(sql):
        view = found[1]
        if not names[view]:  # its columns of the view are not named one by one
            continue
        both = f"(SELECT {names[view]} FROM {view}_hot UNION ALL SELECT {names[view]} FROM {view}_cold) AS {view}"
        of = _guards(view, _conditions(sql, found.end()))
        before = sql[last : found.start(1)]
        whole += [before, both]
        hot += [before, f"{view}_hot AS {view}" if of else both]
        guards += [of] if of else []
        last = found.end()
    return Written("".join([*whole, sql[last:]]), "".join([*hot, sql[last:]]), tuple(guards))


def _guards(view: str, conditions: list[str]) -> tuple[tuple[_Guard, ...], ...]:
    """For each condition that no cold row can meet, its guards; for "(a OR b)" those of both."""
    found = []
    for condition in conditions:
        bare = condition[1:-1] if condition.startswith("(") and condition.endswith(")") else condition
        either = [_guard(view, part) for part in bare.split(" OR ")]
        if all(g is not None for g in either):
            found.append(tuple(g for g in either if g is not None))
    return tuple(found)


def _guard(view: str, condition: str) -> _Guard | None:
    match = _CONDITION.fullmatch(condition)
    if match is None or match[1] != view:
        return None
    column, sign, param = match[2], match[3], match[4]
    if sign == "=" and (view, column) in NEVER_COLD:
        return _Guard(param, NEVER_COLD[view, column])
    return _Guard(param, None) if sign != "=" and column in BOUNDED[view] else None


def _conditions(sql: str, start: int) -> list[str]:
    """Conditions every row must meet: the parts of the WHERE belonging to the FROM before ``start``; [] if not simple."""
    depth, where, end = 0, -1, len(sql)
    for step in _STEP.finditer(sql, start):
        word = step[0]
        if word in "()":
            depth += 1 if word == "(" else -1
            if depth < 0:
                end = step.start()
                break
        elif depth == 0 and word == "WHERE ":
            where = step.end()
        elif depth == 0:
            end = step.start()
            break
    if where < 0:
        return []
    parts, depth, last = [], 0, where
    for step in re.finditer(r"[()]|\bAND\b|\bOR\b|\bCASE\b|\bBETWEEN\b", sql[where:end]):
        word, at = step[0], where + step.start()
        if word in "()":
            depth += 1 if word == "(" else -1
        elif depth == 0:
            if word != "AND":
                return []  # the AND that follows may be another one
            parts.append(sql[last:at].strip())
            last = where + step.end()
    return [*parts, sql[last:end].strip()]
