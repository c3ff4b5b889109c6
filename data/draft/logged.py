"""The plan for an event log in a file: writes a table of its cases and one of its rows, which the mapping reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from data.draft import values
from data.draft.attributes import Taken, describe
from data.draft.codes import items_of, map_of
from data.draft.headers import Known
from data.draft.log import (
    Log,
    actions_of,
    case_times,
    cases_of,
    endings_of,
    is_constant,
    last_steps,
    renamed,
    row_numbers,
    stages_of,
)
from data.draft.plan import Plan, TableOf
from data.draft.sheet import Column
from data.draft.stages import Stamp, roles_said, stamp_of, with_dispatch, with_handle, worked_around_the_clock
from data.draft.wide import odd_times


def plan_logged(known: Known, log: Log, city: str, mapping: str, ends: tuple[str, ...] = ()) -> Plan:
    """``ends``: the steps that end a case, if the user names them."""
    cases = cases_of(known, log)
    plan = Plan(TableOf({}, "copy:cases"), TableOf({}, "copy:log", key="key", order="key"))
    assert plan.transition is not None
    taken = Taken(clean=True)
    taken.add("id", cases.ids[0])
    taken.columns["case_number"] = taken.columns["id"]
    odd_times(plan, log.at.column, log.at.times.bad, log.at.times.ambiguous, mapping)
    closing = _times(plan, cases, log, taken, ends, mapping)
    own, each = _departments(known, log, cases)
    cases.fields.pop("department", None)
    cases.fields.pop("activity", None)
    describe(plan, cases, taken, city, mapping, department=False)
    plan.stages = stages_of(log)
    if own is not None or each is not None:
        if not any(s.role == "dispatch" for s in plan.stages):
            plan.doubt("dispatch", f"stages.0.role ({city})", "dispatch", stage=plan.stages[0].value)
        before = with_dispatch(plan.stages)
        plan.stages = with_handle(before)
        for stage in (s for s, was in zip(plan.stages, before, strict=True) if s.role != was.role):
            plan.doubt("handle", f"stages.*.role ({city})", "handle", stage=stage.value)
    plan.doubt("roles", f"stages.*.role ({city})", roles_said(plan.stages) or "-")
    department = _department_of_rows(plan, log, own, each)
    plan.maps["stage"] = {s.value: s.code for s in plan.stages if s.value != s.code}
    rows = {"key": row_numbers(known.sheet.n), "event": log.case, "stage": log.activity, "at": log.at.iso}
    action = actions_of(log)
    if action is not None:
        rows["action"] = action
    if department is not None:
        rows["department"] = department
    written = {
        ours: renamed(c, {"key": "row", "department": "department", "action": "action"}.get(ours, c.name))
        for ours, c in rows.items()
    }
    plan.transition.columns = {ours: c.name for ours, c in written.items()}
    plan.copies["log"] = list(written.values())
    plan.event.columns = taken.names()
    plan.copies["cases"] = list({c.name: c for c in taken.columns.values()}.values())
    plan.due = "due_at" in taken.columns
    plan.newest_s = float(np.nanmax(np.concatenate([log.at.seconds, *([closing.seconds] if closing else [])])))
    plan.offsets = log.at.times.offsets
    plan.round_the_clock = bool(worked_around_the_clock([log.at]))
    return plan


def _times(plan: Plan, cases: Known, log: Log, taken: Taken, ends: tuple[str, ...], mapping: str) -> Stamp | None:
    """Put reported_at, closed_at, due_at and outcome into ``taken``; return the case's own closing stamp, if any."""

    def own(*roles: str) -> Stamp | None:
        found = next((cases.stamp(r) for r in roles if cases.stamp(r) is not None), None)
        return stamp_of(*found) if found is not None else None

    start, closing, due = own("report", "register", "accept", "handle"), own("close", "complete"), own("due")
    endings = {} if closing is not None else endings_of(log, ends)
    began, ended, how = case_times(log, endings)
    if start is not None:
        taken.add("reported_at", start.column, start.iso)
    else:
        taken.add("reported_at", began, began)
    if due is not None:
        taken.add("due_at", due.column, due.iso)
    if closing is not None:
        taken.add("closed_at", closing.column, closing.iso)
        return closing
    lasts = [f"{v} {n:,}" for v, n in last_steps(log)[:6]]
    if endings:
        taken.add("closed_at", ended, ended)
        if set(endings.values()) != {"settled"}:
            taken.add("outcome", how, how)
        plan.doubt("endings", f"closed_at (cases.csv, {mapping})", ", ".join(endings), lasts)
    else:
        plan.closes = False
        plan.doubt("no_ending", f"closed_at (cases.csv, {mapping})", "-", lasts, must=True)
    return None


def _departments(known: Known, log: Log, cases: Known) -> tuple[Column | None, Column | None]:
    """(n,): the department of the case, and that of each row; None if there is none."""
    listed = known.fields.get("department", [])
    own = next((c for c in listed if is_constant(c, log.case)), None)
    each = next((c for c in listed if not is_constant(c, log.case)), None)
    return own, each


def _department_of_rows(plan: Plan, log: Log, own: Column | None, each: Column | None) -> Column | None:
    """(n,): the row of the dispatch has the case's department; every other row has its own."""
    if own is None and each is None:
        return None
    columns = [c.mapped(values.without_nulls) for c in (own, each) if c is not None]
    plan.lists["department"] = items_of(columns)
    plan.maps["department"] = map_of(plan.lists["department"])
    if own is None or each is None:
        return replace(columns[0], name="department")
    dispatch = next(s.value for s in plan.stages if s.role == "dispatch")
    there = log.activity.codes == log.activity.values.index(dispatch)
    return replace(
        Column(
            "",
            (*columns[0].values, *columns[1].values),
            np.where(
                there & (columns[0].codes >= 0),
                columns[0].codes,
                np.where(columns[1].codes >= 0, columns[1].codes + len(columns[0].values), -1),
            ).astype(np.int32),
        ),
        name="department",
    )
