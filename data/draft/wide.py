"""A table with one row per case: its time columns are the stages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import numpy as np

from data.draft import values
from data.draft.attributes import Taken, describe
from data.draft.headers import Known
from data.draft.plan import Plan, TableOf
from data.draft.sheet import Column
from data.draft.stages import Stamp, course_of, roles_said, with_dispatch, worked_around_the_clock
from data.draft.times import NEVER
from data.errors import FileError, Said

ROW = "row"
Quote = Callable[[str], str]


def plan_wide(known: Known, name: str, source: str, city: str, mapping: str, quote: Quote = str) -> Plan:
    """The plan for a table of cases.  ``source`` is the FROM expression, "" = a copy is written (``copy:cases``);
    ``quote`` quotes a column's name in SQL.

    Raises FileError if it has no time column.
    """
    course = course_of(known)
    if course is None:
        raise FileError(
            name,
            [
                (
                    "",
                    Said(
                        "no column of it holds times (上报时间, opened ...): nothing says when a case was reported",
                        "没有一列是时间（上报时间等），无从知道何时上报",
                    ),
                )
            ],
        )
    taken = Taken(clean=not source)
    plan = Plan(TableOf({}, source or "copy:cases"))
    take_id(plan, known, taken, mapping)
    stamps = list(course.stamps.values())
    for stamp in stamps:
        taken.add(f"stamp:{stamp.column.name}", stamp.column, stamp.iso)
        odd_times(plan, stamp.column, stamp.times.bad, stamp.times.ambiguous, mapping)
    taken.columns["reported_at"] = taken.columns[f"stamp:{course.report.column.name}"]
    if course.closed is not None:
        taken.columns["closed_at"] = taken.columns[f"stamp:{course.closed.column.name}"]
    for role, ours in (("due", "due_at"), ("first_contact", "first_contact_at"), ("revisit", "called_back_at")):
        found = known.stamp(role)
        if found is not None:
            taken.add(ours, found[0], found[0].mapped(found[1].read))
            odd_times(plan, found[0], found[1].bad, found[1].ambiguous, mapping)
    plan.due = "due_at" in taken.columns
    describe(plan, known, taken, city, mapping)
    decide_outcome(plan, known, taken, course.closed, mapping, quote)
    owner = known.first("department") if plan.lists.get("department") else None
    plan.stages = with_dispatch(course.stages) if owner is not None else course.stages
    if owner is not None:
        taken.add("department", owner)
        # at the report too: a case without a dispatch time still names its department
        plan.event.stage_departments = {s.code: owner.name for s in plan.stages if s.role in ("report", "dispatch", "handle")}
        if not any(s.role == "dispatch" for s in course.stages):
            plan.doubt("dispatch", f"stages.0.role ({city})", "dispatch", stage=plan.stages[0].column)
    sent = next((s.column for s in plan.stages if s.role == "dispatch"), "")
    if owner is not None and sent and not any(s.role == "handle" for s in plan.stages):
        plan.doubt("no_handle", f"tables.event.stages ({mapping})", "-", column=sent)
    late = next((name for name in known.unused if re.search(r"时限|期限|截止|限时|deadline|\bdue\b", name, re.IGNORECASE)), "")
    if late and not plan.due:
        plan.doubt("no_due", f"tables.event.columns.due_at ({mapping})", "-", [late])
    plan.doubt("roles", f"stages.*.role ({city})", roles_said(plan.stages) or "-")
    plan.event.stages = {s.code: s.column for s in plan.stages}
    plan.event.columns = {ours: c.name for ours, c in taken.columns.items() if ":" not in ours and ours != "department"}
    plan.copies["cases"] = list({c.name: c for c in taken.columns.values()}.values())
    plan.direct = not any(c.name == "row" for c in plan.copies["cases"]) and all(
        _same(c, known.sheet.by_name.get(c.name)) for c in plan.copies["cases"]
    )
    for dropped in course.dropped:
        known.unused.append(dropped)
    times = [taken.columns[k] for k in taken.columns if k.startswith("stamp:")]
    plan.newest_s = max(float(np.nanmax(s.seconds)) for s in stamps)
    plan.offsets = frozenset(o for s in stamps for o in s.times.offsets)
    clock = worked_around_the_clock([s for s in stamps if s is not course.report])
    plan.round_the_clock = bool(clock)
    assert times
    return plan


def _same(written: Column, found: Column | None) -> bool:
    return found is not None and written.values == found.values and len(written.codes) == len(found.codes)


def take_id(plan: Plan, known: Known, taken: Taken, mapping: str) -> None:
    n = known.sheet.n
    if not known.ids:
        if taken.clean:
            rows = Column(ROW, tuple(str(i + 1) for i in range(n)), np.arange(n, dtype=np.int32))
            taken.add("id", rows)
            plan.doubt("row_id", f"tables.event.columns.id ({mapping})", ROW)
            return
        raise FileError(
            known.sheet.name, [("", Said("no column of it numbers the cases (案件编号, id ...)", "没有一列是案件编号"))]
        )
    case = known.ids[0]
    taken.add("id", case)
    taken.columns["case_number"] = taken.columns["id"]
    empty, repeated = n - case.filled, case.filled - len(case.values)
    if repeated:
        twice = [v for v, k in zip(case.values, case.counts.tolist(), strict=True) if k > 1][:3]
        plan.doubt("repeated_id", f"tables.event.columns.id ({mapping})", case.name, twice, must=repeated > 0.05 * n, n=repeated)
    if empty:
        plan.doubt("empty_id", f"tables.event.columns.id ({mapping})", case.name, n=empty)


def odd_times(plan: Plan, column: Column, bad: tuple[str, ...], ambiguous: bool, mapping: str) -> None:
    odd = {v for v in bad if values.without_nulls(v)}
    rows = dict(zip(column.values, column.counts.tolist(), strict=True))
    if odd:
        often = sorted(odd, key=lambda v: -rows[v])[:3]
        plan.doubt("odd_times", f"{column.name} ({mapping})", "", often, n=sum(rows[v] for v in odd))
    never = [v for v in column.values if re.sub("[/.]", "-", v)[:10] in NEVER]
    if never:
        plan.doubt("never_times", f"mapping.never ({mapping})", column.name, never[:3], n=sum(rows[v] for v in never))
    if ambiguous:
        plan.doubt("day_or_month", f"{column.name} ({mapping})", "month/day/year", column.most[:3])


def decide_outcome(plan: Plan, known: Known, taken: Taken, closing: Stamp | None, mapping: str, quote: Quote) -> None:
    """The outcome of a case, if a status says more than the closing time."""
    status = known.first("status")
    closed = np.isfinite(closing.seconds) if closing is not None else np.zeros(known.sheet.n, bool)
    plan.closes = bool(closed.any())
    if status is None:
        if not plan.closes:
            plan.doubt("no_end", f"tables.event.columns.closed_at ({mapping})", "-", must=True)
        return
    said = {v: values.outcome(v) for v in status.values}
    ends = np.array([*(said[v] for v in status.values), ""], object)[status.codes]
    untimed = int(((ends != "") & ~closed).sum())
    other = {e for e in said.values() if e and e != "settled"}
    if untimed or other:
        plan.closes = True
        cells = Column(status.name, status.values, status.codes).mapped(lambda v: said[v])
        if taken.clean:
            taken.add("outcome", status, cells, "outcome")
        else:
            taken.add("outcome", status, cells, "outcome_of_case")
            plan.event.sql = outcome_select(plan.event.source, status.name, said, quote)
        plan.doubt(
            "outcome",
            f"tables.event.columns.outcome ({mapping})",
            ", ".join(f"{v} = {e or '在办 open'}" for v, e in list(said.items())[:8]),
            column=status.name,
        )
    again = Counter(
        status.values[c]
        for c, e, k in zip(status.codes.tolist(), ends.tolist(), closed.tolist(), strict=True)
        if k and not e and c >= 0
    )
    if again:
        plan.doubt(
            "reopened",
            f"tables.event.columns.closed_at ({mapping})",
            closing.column.name if closing else "",
            [v for v, _ in again.most_common(3)],
            n=sum(again.values()),
        )


def outcome_select(source: str, status: str, said: dict[str, str], quote: Quote) -> str:
    """The table with an additional column ``outcome_of_case``, derived from its status."""
    whens = " ".join(f"WHEN t.{quote(status)} = '{v.replace(chr(39), chr(39) * 2)}' THEN '{e}'" for v, e in said.items() if e)
    return f"SELECT t.*, CASE {whens} END AS outcome_of_case FROM {source} t"
