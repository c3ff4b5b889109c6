"""The plan for a database, read in place: which table holds the cases, which the log, and the names of its codes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from data.draft import values
from data.draft.attributes import Taken, describe
from data.draft.codes import items_of, map_of
from data.draft.database import Database, joined
from data.draft.headers import Known, recognise
from data.draft.log import Log, endings_of, last_steps, log_of, role_of, stages_of
from data.draft.logged import plan_logged
from data.draft.names import words_of
from data.draft.plan import Plan, StageOf, TableOf
from data.draft.sheet import Column, Progress, Sheet
from data.draft.stages import ROLES, course_of, with_dispatch, worked_around_the_clock
from data.draft.wide import Quote, decide_outcome, plan_wide, take_id
from data.errors import SourceError
from data.source.contract import ACTIONS
from data.source.stage_columns import quoted

#: A table of code names has at most this many rows.
NAMES = 5_000
#: Maximum number of tables read beyond their first rows.
MOST_READ = 6
_NAME = re.compile(r"名称|^名$|\b(name|label|title|text)\b|name$", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """The table of the cases, and the log's with the column that refers to a case (None: a wide table without a log)."""

    cases: Known
    log: Known | None = None
    case: Column | None = None


def plan_platform(
    database: Database, day_first: bool | None, ends: tuple[str, ...], city: str, mapping: str, progress: Progress
) -> tuple[Plan, Known]:
    """(plan, recognised columns of the table of cases).  Raises SourceError if no table looks like cases."""
    known_first = [recognise(s, day_first) for s in database.sheets]
    promising = sorted((k for k in known_first if k.stamps and k.ids), key=lambda k: -len(k.stamps) - len(k.fields))
    database.read_on([k.sheet.name for k in promising[:MOST_READ]], progress)
    tables = [recognise(s, day_first) for s in database.sheets]
    found = _tables(database, tables)
    if found is None:
        logs = [(k, log) for k in tables if (log := log_of(k)) is not None]
        if logs:  # a log without a table of cases: derive the cases from it
            alone, log = max(logs, key=lambda pair: pair[0].sheet.n)
            return plan_logged(alone, log, city, mapping, ends), alone
        names = ", ".join(s.name for s in database.sheets[:12])
        raise SourceError(
            f"{database.shown}: no table looks like cases (a number, a time of report); its tables are: {names}",
            f"{database.shown}：没有像案件的表（编号、上报时间）；其中有：{names}",
        )

    def quote(name: str) -> str:
        return quoted(name, database.dialect)

    known, name = found.cases, found.cases.sheet.name
    others = [s.name for s in database.sheets if s.name not in (name, found.log.sheet.name if found.log else "")]
    chosen = name + (f", {found.log.sheet.name}" if found.log is not None else "")
    if found.log is None:
        plan = plan_wide(known, database.shown, quote(name), city, mapping, quote)
        plan.copies = {}
    else:
        plan = _with_log(database, found, city, mapping)
    plan.doubt("tables", f"tables ({mapping})", chosen, others=", ".join(others[:12]) or "-")
    for table, rows in database.sampled.items():
        if table in chosen.split(", "):
            plan.doubt("sampled", f"{table} ({city})", "", n=f"{rows:,}")
    _named(database, plan, known, found)
    changed = known.stamp("changed")
    if changed is not None and (found.log is None or found.log.stamp("changed") is not None):
        plan.event.columns["changed"], plan.event.changed = changed[0].name, "changed"
        if found.log is not None and plan.transition is not None and plan.transition.columns:
            plan.transition.columns["changed"], plan.transition.changed = found.log.stamp("changed")[0].name, "changed"  # type: ignore[index]
    return plan, known


def _tables(database: Database, known: list[Known]) -> Found | None:
    """The best pair of case table and log, else the best wide table."""
    best: tuple[float, Found] | None = None
    for cases in known:
        ids = [c for c in cases.ids if len(c.values) == c.filled]
        if not ids or not any(r not in ("due", "changed", "none") for *_, r in cases.stamps):
            continue
        worth = 3.0 * len({r for *_, r in cases.stamps if r}) + len(cases.fields) + min(np.log10(cases.sheet.n + 1), 5)
        alone = Found(replace(cases, ids=ids))
        is_log = len([r for *_, r in cases.stamps if r not in ("due", "changed")]) == 1 and log_of(cases) is not None
        if not is_log and (best is None or worth > best[0]):
            best = (worth, alone)
        for log in known:
            refers = _refers(database, cases, ids, log) if log is not cases else None
            if refers is None or log_of(log, refers[1]) is None:
                continue
            pair = Found(replace(cases, ids=[refers[0], *(c for c in ids if c is not refers[0])]), log, refers[1])
            if best is None or worth + 20 > best[0]:
                best = (worth + 20, pair)
    return best[1] if best is not None else None


def _refers(database: Database, cases: Known, ids: list[Column], log: Known) -> tuple[Column, Column] | None:
    """(the cases' id, the log's column that references it)."""
    columns = [
        *(c for c in log.sheet.columns if (log.sheet.name, c.name) in database.parents),
        *log.ids,
        *(c for c in log.sheet.columns if re.search(r"\b(case|event|ticket|order|request)\b|案件|工单|事件", words_of(c.name))),
    ]
    for column in columns:
        if database.keys.get(log.sheet.name) == (column.name,):
            continue
        for case in ids:
            if column.filled > len(column.values) and joined(column, case) >= 0.9:
                return case, column
    return None


def _with_log(database: Database, found: Found, city: str, mapping: str) -> Plan:
    known, name = found.cases, found.cases.sheet.name
    assert found.log is not None
    log = log_of(found.log, found.case)
    assert log is not None

    def quote(text: str) -> str:
        return quoted(text, database.dialect)

    plan = Plan(TableOf({}, quote(name)), TableOf({}, quote(found.log.sheet.name), key="key"))
    taken = Taken(clean=False)
    take_id(plan, known, taken, mapping)
    course = course_of(known)
    assert course is not None
    taken.add("reported_at", course.report.column)
    if course.closed is not None:
        taken.add("closed_at", course.closed.column)
    for role, ours in (("due", "due_at"), ("first_contact", "first_contact_at"), ("revisit", "called_back_at")):
        stamp = known.stamp(role)
        if stamp is not None:
            taken.add(ours, stamp[0])
    describe(plan, known, taken, city, mapping)
    decide_outcome(plan, known, taken, course.closed, mapping, quote)
    _log_table(database, plan, found, log, quote, mapping, city)
    plan.event.columns = taken.names()
    plan.due = "due_at" in taken.columns
    plan.newest_s = float(np.nanmax(np.concatenate([log.at.seconds, course.report.seconds])))
    plan.offsets = log.at.times.offsets
    plan.round_the_clock = bool(worked_around_the_clock([log.at]))
    return plan


def _log_table(database: Database, plan: Plan, found: Found, log: Log, quote: Quote, mapping: str, city: str) -> None:
    """Map the log's columns, its stages, and the department given by its rows or else by the cases."""
    assert plan.transition is not None
    assert found.log is not None
    known, table = found.log, plan.transition
    plan.stages = [_stage(s, _names_of(database, known.sheet, log.activity)) for s in stages_of(log)]
    keys = database.keys.get(known.sheet.name, ())
    own = next(
        (c for c in known.sheet.columns if len(c.values) == c.filled == known.sheet.n and (keys == (c.name,) or not keys)), None
    )
    each = next((c for c in known.fields.get("department", []) if c is not log.case), None)
    columns = {"event": log.case.name, "stage": log.activity.name, "at": log.at.column.name}
    if own is not None:
        columns = {"key": own.name, **columns}
        table.order = "key" if own.values[:1] and all(v.isdigit() for v in own.values[:50]) else ""
    if log.action is not None:
        columns["action"] = log.action.name
    if each is not None:
        columns["department"] = each.name
        plan.lists["department"] = items_of(
            [each.mapped(values.without_nulls), *([c] if (c := found.cases.first("department")) else [])]
        )
        plan.maps["department"] = map_of(plan.lists["department"])
    if plan.lists.get("department"):
        plan.stages = with_dispatch(plan.stages)
    table.columns = columns
    owner = found.cases.first("department")
    if own is None or (each is None and owner is not None):
        _as_sql(plan, table, found, log, own, owner if each is None else None, quote)
        if own is None:
            plan.doubt("log_key", f"tables.transition.columns.key ({mapping})", "row_number()")
    if log.action is not None and set(log.action.values) - set(ACTIONS):
        plan.maps["action"] = {v: v.lower() for v in log.action.values if v != v.lower()}
    plan.maps["stage"] = {s.value: s.code for s in plan.stages if s.value != s.code}
    if not plan.closes:
        endings = endings_of(log)
        told = any(s.role == "close" for s in plan.stages)  # then a case ends when its log finally enters that stage
        plan.doubt(
            "no_closing_column",
            f"tables.event.columns.closed_at ({mapping})",
            ", ".join(endings) or "-",
            [f"{v} {n:,}" for v, n in last_steps(log)[:6]],
            must=not told,
        )


def _as_sql(plan: Plan, table: TableOf, found: Found, log: Log, own: Column | None, owner: Column | None, quote: Quote) -> None:
    """The log as a SELECT: numbered if it has no key, with the case's department in the rows of dispatch and handling."""
    assert found.log is not None
    columns = dict(table.columns)
    cells = [f"l.{quote(theirs)} AS {quote(ours)}" for ours, theirs in columns.items()]
    if own is None:
        order = f"l.{quote(columns['event'])}, l.{quote(columns['at'])}, l.{quote(columns['stage'])}"
        cells.insert(0, f"row_number() OVER (ORDER BY {order}) AS {quote('key')}")
        columns = {"key": "key", **columns}
    join = ""
    if owner is not None:
        steps = ", ".join("'" + s.value.replace("'", "''") + "'" for s in plan.stages if s.role in ("dispatch", "handle"))
        cells.append(
            f"CASE WHEN l.{quote(columns['stage'])} IN ({steps}) THEN c.{quote(owner.name)} END AS {quote('department')}"
        )
        join = f" JOIN {quote(found.cases.sheet.name)} c ON c.{quote(found.cases.ids[0].name)} = l.{quote(columns['event'])}"
    table.sql = f"SELECT {', '.join(cells)}\nFROM {quote(found.log.sheet.name)} l{join}"
    table.columns = {}


def _stage(stage: StageOf, named: dict[str, str]) -> StageOf:
    """The stage with the name that another table gives its code."""
    if stage.value not in named:
        return stage
    name = named[stage.value]
    role = role_of(name)
    zh, en = ROLES.get(role, (name, name))
    return replace(
        stage,
        zh=name if not name.isascii() or not role else zh,
        en=name if name.isascii() else en,
        role=role if role in ROLES and role != "complete" else stage.role,
    )


def _names_of(database: Database, sheet: Sheet, column: Column) -> dict[str, str]:
    """Names of the values of ``column`` in a small table: the one it references, or one whose key contains them all."""
    parent = database.parents.get((sheet.name, column.name))
    for other in database.sheets:
        if other is sheet or other.n > NAMES or (parent is not None and parent[0] != other.name):
            continue
        names = [c for c in other.columns if _NAME.search(words_of(c.name)) and c.filled == other.n]
        keys = [c for c in other.columns if len(c.values) == other.n and c not in names[:1] and joined(column, c) >= 0.99]
        if names and keys and (parent is not None or len(column.values) > 1):
            pairs = zip(keys[0].texts().tolist(), names[0].texts().tolist(), strict=True)
            return {str(k): str(v) for k, v in pairs}
    return {}


def _named(database: Database, plan: Plan, known: Known, found: Found) -> None:
    """Set the names of the lists' members from other tables."""
    for kind in ("department", "channel", "category", "network"):
        column = known.first(kind) or (found.log.first(kind) if found.log is not None and kind == "department" else None)
        if column is None or not plan.lists.get(kind):
            continue
        sheet = known.sheet if column.name in known.sheet.by_name else found.log.sheet if found.log else known.sheet
        named = _names_of(database, sheet, column)
        if named:
            plan.lists[kind] = [replace(i, zh=named.get(i.value, i.zh), en=named.get(i.value, i.en)) for i in plan.lists[kind]]
