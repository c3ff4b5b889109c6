"""What a bare file says, counted with nothing of the product: cases as (id, stamps, due, ending ...), then sums over them."""

from __future__ import annotations

import csv
import gzip
import re
import sqlite3
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from openpyxl import load_workbook

from tests.data.draft.made import EIGHT, STAMPS
from tests.data.draft.made_logs import STEPS


@dataclass
class Case:
    """``stages``: (stage's name, entered) in order; ``how``: settled, cancelled, merged, or "" while it is open."""

    id: str
    reported: datetime
    stages: list[tuple[str, datetime]]
    closed: datetime | None = None
    how: str = ""
    due: datetime | None = None
    department: str = ""
    dispatched: bool = True
    facts: dict[str, str] = field(default_factory=dict)


@dataclass
class Counted:
    """The sums that the wall must show; ``now`` is the newest instant of the record, in local time."""

    headline: dict[str, float]
    entries: Counter[str]
    cohort: Counter[str]
    open: Counter[str]
    departments: Counter[str]
    facts: dict[str, Counter[str]]


def counted(cases: list[Case]) -> Counted:
    """Sums at the newest instant; days are those of the instants as they stand."""
    now = max(t for c in cases for t in (*(a for _, a in c.stages), *((c.closed,) if c.closed else ()), c.reported))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    out = Counted({}, Counter(), Counter(), Counter(), Counter(), defaultdict(Counter))
    met = late = 0
    out.headline = dict.fromkeys(("reported", "closed", "open", "overdue"), 0.0)
    for case in cases:
        out.headline["reported"] += case.reported >= midnight
        today = case.closed is not None and case.closed >= midnight and case.how == "settled"
        out.headline["closed"] += today
        met += bool(today and case.due and case.closed and case.closed <= case.due)
        late += bool(today and case.due and case.closed and case.closed > case.due)
        if case.closed is None:
            out.headline["open"] += 1
            overdue = case.due is not None and case.due < now
            out.headline["overdue"] += overdue
            late += bool(overdue and case.due and case.due >= midnight)
            out.open[case.stages[-1][0]] += 1
        out.entries.update(name for name, _ in case.stages)
        out.cohort.update({name for name, _ in case.stages})
        if case.dispatched and case.how not in ("cancelled", "merged"):
            out.departments[""] += 1
            if case.department:
                out.departments[case.department] += 1
        for kind, value in case.facts.items():
            out.facts[kind][value] += 1
    if met + late:
        out.headline["on_time"] = 100 * met / (met + late)
    return out


def moment(cell: Any) -> datetime | None:
    """A cell of the made files: a datetime, a serial, or one of their texts."""
    if cell in (None, ""):
        return None
    if isinstance(cell, datetime):
        return (cell + timedelta(microseconds=500)).replace(microsecond=0)
    if isinstance(cell, float):
        return datetime(1899, 12, 30) + timedelta(seconds=round(cell * 86_400))
    numbers = [int(n) for n in re.findall(r"\d+", unicodedata.normalize("NFKC", str(cell)))]
    if numbers[0] == 9999:
        return None
    day = datetime(*numbers[:3])  # type: ignore[arg-type]
    return day + timedelta(hours=numbers[3], minutes=numbers[4], seconds=numbers[5])


def of_orders(rows: list[dict[str, Any]]) -> list[Case]:
    """Rows by header, as a workbook or a CSV gives them."""
    named = dict(zip(STAMPS, ("上报", "受理", "派遣", "办理", "办结", "结案"), strict=True))
    cases = []
    for row in rows:
        at = [(named[h], t) for h in STAMPS if (t := moment(row[h]))]
        closed = moment(row["结案时间"])
        how = {"已作废": "cancelled", "重复工单": "merged"}.get(row["工单状态"], "settled") if closed else ""
        cases.append(
            Case(
                row["工单编号"],
                at[0][1],
                at,
                closed,
                how,
                moment(row["办理期限"]),
                row["承办单位"] or "",
                bool(row["派遣时间"]) and moment(row["派遣时间"]) is not None,
                {"channel": row["来源渠道"], "category": row["事项小类"]},
            )
        )
    return cases


def workbook_rows(path: Path) -> list[dict[str, Any]]:
    sheet = load_workbook(path)["工单明细"]
    header, *rows = list(sheet.iter_rows(min_row=2, values_only=True))
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def csv_rows(path: Path, encoding: str, delimiter: str = ",") -> list[dict[str, Any]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def of_log(rows: list[tuple[str, str, datetime, dict[str, Any]]], closing: str = "") -> list[Case]:
    """(case, step, at, facts): ``closing`` is the step that ends a case, unless the facts say when it ended."""
    logs: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    facts: dict[str, dict[str, Any]] = {}
    for case, step, at, said in rows:
        logs[case].append((step, at))
        facts.setdefault(case, said)
    cases = []
    for case, log in logs.items():
        said = facts[case]
        closed = said.get("end") or (log[-1][1] if closing and log[-1][0] == closing else None)
        cases.append(
            Case(
                case,
                said.get("start") or log[0][1],
                log,
                closed,
                "settled" if closed else "",
                said.get("due"),
                said.get("department", ""),
                True,
                said.get("facts", {}),
            )
        )
    return cases


def of_permits(path: Path) -> list[Case]:
    """Instants in UTC without a zone: the test compares in a zone-free way."""

    def at(text: str) -> datetime | None:
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None) if text else None

    return of_log(
        [
            (
                r["case:id"],
                r["activity"],
                at(r["timestamp"]) or datetime.min,
                {
                    "start": at(r["case:startdate"]),
                    "end": at(r["case:enddate"]),
                    "due": at(r["case:deadline"]),
                    "department": r["case:department"],
                    "facts": {"channel": r["case:channel"]},
                },
            )
            for r in csv_rows(path, "utf-8", ";")
        ]
    )


def of_requests(path: Path) -> list[Case]:
    cases = []
    for row in csv_rows(path, "utf-8"):
        at = [("上报", datetime.fromisoformat(row["requested_datetime"]))]
        closed = datetime.fromisoformat(row["closed_date"]) if row["closed_date"] else None
        if closed:
            at.append(("结案", closed))
        cases.append(
            Case(
                row["service_request_id"],
                at[0][1],
                at,
                closed,
                "settled" if closed else "",
                None,
                row["agency_name"],
                True,
                {"channel": row["source"], "category": row["service_name"]},
            )
        )
    return cases


def of_dispatches(path: Path) -> list[Case]:
    named = dict(zip(EIGHT, ("上报", "受理", "派遣", "处置", "On Scene", "Transport", "Hospital", "结案"), strict=True))
    cases = []
    for row in csv_rows(path, "utf-16", "\t"):
        at = [(named[h], datetime.strptime(row[h], "%m/%d/%Y %I:%M:%S %p")) for h in EIGHT if row[h]]
        closed = at[-1][1] if row[EIGHT[-1]] else None
        cases.append(
            Case(
                row["Incident Number"],
                at[0][1],
                at,
                closed,
                "settled" if closed else "",
                None,
                row["Unit ID"],
                True,
                {"category": row["Call Type"]},
            )
        )
    return cases


def of_xes(path: Path) -> list[Case]:
    space = "{http://www.xes-standard.org/}"
    rows = []
    for trace in ElementTree.fromstring(gzip.decompress(path.read_bytes())).iter(f"{space}trace"):
        own = {e.get("key"): e.get("value") for e in trace if e.tag == f"{space}string"}
        entered: set[str] = set()
        for event in trace.iter(f"{space}event"):
            said = {e.get("key"): e.get("value") or "" for e in event}
            step = said["concept:name"]
            if step in entered:
                continue  # its completion: the step was entered as it was started
            entered.add(step)
            at = datetime.fromisoformat(said["time:timestamp"]).astimezone(UTC).replace(tzinfo=None)
            rows.append((str(own["concept:name"]), step, at, {"facts": {"channel": own["channel"]}}))
    return of_log(rows, "Close")


def of_platform(path: Path) -> list[Case]:
    with sqlite3.connect(path) as db:
        units = dict(db.execute("SELECT dept_code, dept_name FROM dept"))
        cases = []
        for no, category, channel, report, close, due in db.execute(
            "SELECT case_no, category, channel, report_time, close_time, deadline FROM work_case"
        ).fetchall():
            flow = db.execute(
                "SELECT step_code, dept_code, operate_time FROM case_flow WHERE case_no = ? ORDER BY flow_id", (no,)
            ).fetchall()
            at = [(STEPS[step], datetime.fromisoformat(when)) for step, _, when in flow]
            held = [units[d] for _, d, _ in flow if d]
            cases.append(
                Case(
                    no,
                    datetime.fromisoformat(report),
                    at,
                    datetime.fromisoformat(close) if close else None,
                    "settled" if close else "",
                    datetime.fromisoformat(due),
                    held[0] if held else "",
                    any(s == "派遣" for s, _ in at),
                    {"channel": channel, "category": category},
                )
            )
    return cases
