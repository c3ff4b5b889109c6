"""An event log, one row per step: which steps there are and in what order, the cases' attributes, their ends."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from data.draft import values
from data.draft.codes import code_of
from data.draft.headers import Known, stamp_role
from data.draft.names import words_of
from data.draft.plan import StageOf
from data.draft.sheet import Column, Sheet
from data.draft.stages import NOT_STAGES, ROLES, Stamp, stamp_of
from data.source.contract import ACTIONS
from data.types.arrays import Ints

#: A table with more rows per case is a log, if it names its steps.
ROWS_A_CASE, MOST_STEPS = 1.2, 200
#: A step is an ending if it is the last row in this share of the cases that contain it.
LAST = 0.6
_LIFE = {
    "schedule": 0,
    "assign": 0,
    "reassign": 0,
    "start": 1,
    "complete": 2,
    "autoskip": 2,
    "manualskip": 2,
    "withdraw": 2,
    "ate_abort": 2,
    "pi_abort": 2,
}
_PAUSES = {"suspend": "defer", "resume": "resume"}


@dataclass(frozen=True)
class Log:
    """The columns of a log: the case, the step and the time; ``rows`` (n,) sorted by (case, time, row)."""

    case: Column
    activity: Column
    at: Stamp
    lifecycle: Column | None
    action: Column | None
    rows: Ints
    starts: Ints  # (cases,) where in ``rows`` each case begins


def log_of(known: Known, case: Column | None = None) -> Log | None:
    """``known`` as a log; None if it is not one.  ``case`` is the column that refers to the case, if known."""
    ids = [case] if case is not None else [c for c in known.ids if c.filled > ROWS_A_CASE * len(c.values)]
    ids = [c for c in ids if c.filled > 0]
    if not ids:
        return None
    chosen = ids[0]
    steps = [
        c
        for c in known.fields.get("activity", [])
        if c is not chosen and 2 <= len(c.values) <= MOST_STEPS and not is_constant(c, chosen)
    ]
    action = next((c for c in steps if {v.lower() for v in c.values} <= set(ACTIONS)), None)
    steps = [c for c in steps if c is not action]
    stamps = [(c, t, r) for c, t, r in known.stamps if r not in ("due", "changed") and not is_constant(c, chosen)]
    if not steps or not stamps:
        return None
    column, times, _ = max(stamps, key=lambda s: (s[0].filled, s[2] in ("", "handle", "report")))
    at = stamp_of(column, times)
    order = np.lexsort((np.arange(len(chosen.codes)), np.nan_to_num(at.seconds, nan=np.inf), chosen.codes))
    order = order[(chosen.codes[order] >= 0) & np.isfinite(at.seconds[order])]
    starts = np.flatnonzero(np.append(True, np.diff(chosen.codes[order]) != 0)) if len(order) else np.zeros(0, np.int64)
    return Log(chosen, steps[0], at, known.first("lifecycle"), action, order.astype(np.int64), starts.astype(np.int64))


def is_constant(column: Column, case: Column) -> bool:
    """Whether every case has a single value of the column (or none)."""
    both = (column.codes >= 0) & (case.codes >= 0)
    k, c = case.codes[both], column.codes[both]
    low = np.full(len(case.values), np.iinfo(np.int32).max, np.int32)
    high = np.full(len(case.values), -1, np.int32)
    np.minimum.at(low, k, c)
    np.maximum.at(high, k, c)
    return bool((low[high >= 0] == high[high >= 0]).all())


def of_case(column: Column, case: Column) -> Column:
    """(cases,): the first value of each case that is not empty."""
    out = np.full(len(case.values), -1, np.int32)
    rows = np.flatnonzero((column.codes >= 0) & (case.codes >= 0))[::-1]
    out[case.codes[rows]] = column.codes[rows]
    return Column(column.name, column.values, out)


def cases_of(known: Known, log: Log) -> Known:
    """The log's cases as a table: columns that are constant within each case."""
    case = log.case
    own = {c.name: of_case(c, case) for c in known.sheet.columns if c is case or (c is not log.activity and is_constant(c, case))}
    sheet = Sheet("cases", tuple(own.values()), len(case.values))
    fields = {name: [own[c.name] for c in listed if c.name in own and c is not case] for name, listed in known.fields.items()}
    stamps = [(own[c.name], t, r) for c, t, r in known.stamps if c.name in own]
    return Known(sheet, [own[case.name]], stamps, {k: v for k, v in fields.items() if v}, known.personal, known.unused)


def stages_of(log: Log) -> list[StageOf]:
    """A stage for each step, in the order in which cases first reach them, with roles taken from their names."""
    code = log.activity.codes[log.rows]
    place = np.arange(len(log.rows)) - np.repeat(log.starts, np.diff(np.append(log.starts, len(log.rows))))
    case = log.case.codes[log.rows].astype(np.int64)
    _, first = np.unique(case * (len(log.activity.values) + 1) + code + 1, return_index=True)
    first = first[code[first] >= 0]
    size = len(log.activity.values)
    n = np.bincount(code[first], minlength=size)
    mean = np.bincount(code[first], weights=place[first], minlength=size) / np.maximum(n, 1)
    taken: set[str] = set()
    roles: set[str] = set()
    stages = []
    for i in sorted(range(size), key=lambda i: (n[i] == 0, mean[i], -n[i])):
        value = log.activity.values[i]
        role = role_of(value)
        role = "" if role in roles else role
        roles.add(role)
        en = ROLES[role][1] if role in ROLES and not value.isascii() else value
        stages.append(
            StageOf(code_of(value, taken), value, en, role if role in ROLES and role != "complete" else "", value=value)
        )
    return in_their_order(stages)


def in_their_order(stages: list[StageOf]) -> list[StageOf]:
    """The stages, keeping only roles in the order of the loop: a name that says "registered" long after the
    dispatch means something else.  Among the longest such runs, the one that contains the dispatch is kept."""
    order = list(ROLES)
    best: list[list[int]] = []
    for i, stage in enumerate(stages):
        if not stage.role:
            continue
        before = [run for run in best if order.index(stages[run[-1]].role) < order.index(stage.role)]
        best.append([*max(before, key=len, default=[]), i])
    kept = max(best, key=lambda run: (len(run), any(stages[i].role == "dispatch" for i in run)), default=[])
    return [s if i in kept else replace(s, role="") for i, s in enumerate(stages)]


def role_of(activity: str) -> str:
    """The role in a step's name; "" for a long name, which is ambiguous."""
    words = words_of(activity)
    if len(words.split()) > 3 or (not words.isascii() and len(words) > 6):
        return ""
    role = stamp_role(words)
    return "" if role in NOT_STAGES else role


def actions_of(log: Log) -> Column | None:
    """(n,) action of each row; None if all rows mean that their step was entered.

    The earliest lifecycle kind that a step has (scheduled, started, completed) is its entering, later kinds are its start
    and its completion: a step with completions only is entered by them.
    """
    if log.action is not None:
        return log.action.mapped(str.lower)
    if log.lifecycle is None or len(log.lifecycle.values) < 2:
        return None
    kinds = [v.lower() for v in log.lifecycle.values]
    life = np.array([*(_LIFE.get(k, 9 if k in _PAUSES else 2) for k in kinds), 2])[log.lifecycle.codes]
    step = log.activity.codes
    earliest = np.full(len(log.activity.values) + 1, 9)
    np.minimum.at(earliest, step, np.where(life == 9, 8, life))
    names = ("enter", "start", "complete", "defer", "resume")
    out = np.where(life == earliest[step], 0, life).astype(np.int32)
    paused = np.array([*(names.index(_PAUSES[k]) if k in _PAUSES else -1 for k in kinds), -1])[log.lifecycle.codes]
    return Column("action", names, np.where(paused >= 0, paused, out).astype(np.int32))


def endings_of(log: Log, named: tuple[str, ...] = ()) -> dict[str, str]:
    """Steps that end a case -> outcome: those ``named``, else those with a matching name that mostly come last."""
    if named:
        return {v: values.outcome(v) or "settled" for v in log.activity.values if v in named}
    last = log.activity.codes[log.rows[np.append(log.starts[1:], len(log.rows)) - 1]]
    size = len(log.activity.values)
    ends = np.bincount(last[last >= 0], minlength=size)
    cases = np.zeros(size, np.int64)
    pairs = np.unique(log.case.codes[log.rows].astype(np.int64) * size + log.activity.codes[log.rows])
    np.add.at(cases, pairs % size, 1)
    return {
        v: values.outcome(v) or "settled"
        for i, v in enumerate(log.activity.values)
        if ends[i] >= LAST * max(cases[i], 1) and (values.outcome(v) or re.search(r"结束|\bend\b", words_of(v)))
    }


def last_steps(log: Log) -> list[tuple[str, int]]:
    """(step, number of cases that end with it), most frequent first."""
    last = log.activity.codes[log.rows[np.append(log.starts[1:], len(log.rows)) - 1]]
    n = np.bincount(last[last >= 0], minlength=len(log.activity.values))
    return [(log.activity.values[i], int(n[i])) for i in np.argsort(-n, kind="stable") if n[i]]


def case_times(log: Log, endings: dict[str, str]) -> tuple[Column, Column, Column]:
    """(cases,) start of each case by its first row, its end by its last row if that is an ending, and the outcome."""
    first = log.rows[log.starts]
    last = log.rows[np.append(log.starts[1:], len(log.rows)) - 1]
    n = len(log.case.values)

    def placed(name: str, rows: Ints, of: Column) -> Column:
        codes = np.full(n, -1, np.int32)
        codes[log.case.codes[rows]] = of.codes[rows]
        return Column(name, of.values, codes)

    ended = last[np.isin(log.activity.codes[last], [i for i, v in enumerate(log.activity.values) if v in endings])]
    how = log.activity.mapped(lambda v: endings.get(v, ""))
    return placed("reported_at", first, log.at.iso), placed("closed_at", ended, log.at.iso), placed("outcome", ended, how)


def renamed(column: Column, name: str) -> Column:
    return replace(column, name=name)


def row_numbers(n: int) -> Column:
    """(n,) row numbers, from 1."""
    return Column("row", tuple(map(str, range(1, n + 1))), np.arange(n, dtype=np.int32))
