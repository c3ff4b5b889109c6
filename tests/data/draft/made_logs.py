"""Logs as platforms keep them, made up from a seed: a permit desk's, an XES file, a database of cases and their flow."""

from __future__ import annotations

import csv
import gzip
import random
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, create_engine, text

from tests.data.draft.made import UNITS


def write_permits(path: Path, cases: int = 300, seed: int = 7) -> Path:
    """An event log of a permit desk: a row an activity; a case's channel, deadline, start and end stand in all of its rows."""
    draw = random.Random(seed)
    steps = ("Receipt", "Check papers", "Ask for advice", "Determine", "Print decision")
    names = (
        "case:id",
        "case:channel",
        "case:deadline",
        "case:department",
        "case:enddate",
        "case:startdate",
        "activity",
        "org:group",
        "resource",
        "timestamp",
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(names)
        for i in range(cases):
            at = datetime(2011, 1, 3, 8) + timedelta(minutes=draw.randrange(400_000))
            begin, rows, k = at, [], 0
            while k < len(steps) and draw.random() < 0.95:
                rows.append((steps[k], f"Group {draw.randrange(4)}", f"Resource{draw.randrange(30)}", at))
                at += timedelta(seconds=draw.randrange(1, 400_000))
                k += -1 if k == 2 and draw.random() < 0.3 else 1
            if not rows:
                rows.append((steps[0], "Group 0", "Resource1", at))
            ended = at if k == len(steps) else None
            for step, group, who, when in rows:
                writer.writerow(
                    [
                        f"case-{i}",
                        ("Internet", "Desk", "Post")[i % 3],
                        _offset(begin + timedelta(days=14)),
                        ("General", "Experts")[i % 7 == 0],
                        _offset(ended),
                        _offset(begin),
                        step,
                        group,
                        who,
                        _offset(when),
                    ]
                )
    return path


def _offset(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}{'+02:00' if 4 <= at.month <= 10 else '+01:00'}"


def write_xes(path: Path, cases: int = 150, seed: int = 17) -> Path:
    """A log in XES, packed: steps with start and complete; the last step of a finished case is called Close."""
    draw = random.Random(seed)
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0" xmlns="http://www.xes-standard.org/">']
    for i in range(cases):
        at = datetime(2015, 2, 1) + timedelta(minutes=draw.randrange(80_000))
        parts.append(
            f'<trace><string key="concept:name" value="K{i}"/><string key="channel" value="{draw.choice(("desk", "post"))}"/>'
        )
        for step in ("Submit", "Assess", "Decide", "Close"):
            if draw.random() < 0.08:
                break
            for life in ("start", "complete") if step in ("Assess", "Decide") else ("complete",):
                parts.append(
                    f'<event><string key="concept:name" value="{step}"/><string key="lifecycle:transition" value="{life}"/>'
                    f'<string key="org:resource" value="R{draw.randrange(9)}"/>'
                    f'<date key="time:timestamp" value="{at.isoformat()}.000+01:00"/></event>'
                )
                at += timedelta(seconds=draw.randrange(1, 200_000))
        parts.append("</trace>")
    parts.append("</log>")
    path.write_bytes(gzip.compress("\n".join(parts).encode()))
    return path


PLATFORM = """
CREATE TABLE dept (dept_code TEXT PRIMARY KEY, dept_name TEXT);
CREATE TABLE step (code TEXT PRIMARY KEY, name TEXT);
CREATE TABLE work_case (case_no TEXT PRIMARY KEY, category TEXT, channel TEXT, citizen_name TEXT, phone TEXT, report_time TEXT,
  close_time TEXT, deadline TEXT, update_time TEXT);
CREATE TABLE case_flow (flow_id INTEGER PRIMARY KEY, case_no TEXT REFERENCES work_case(case_no),
  step_code TEXT REFERENCES step(code),
  dept_code TEXT REFERENCES dept(dept_code), operate_time TEXT, update_time TEXT);
"""
STEPS = {"10": "上报", "20": "受理", "30": "派遣", "40": "处置", "50": "结案"}


def write_platform(path: Path, cases: int = 400, seed: int = 19) -> Path:
    """A platform's database: cases, their log, and tables that name its codes."""
    draw = random.Random(seed)
    with sqlite3.connect(path) as db:
        db.executescript(PLATFORM)
        db.executemany("INSERT INTO dept VALUES (?, ?)", [(f"D{k}", name) for k, name in enumerate(UNITS)])
        db.executemany("INSERT INTO step VALUES (?, ?)", STEPS.items())
        key = 0
        for i in range(cases):
            at = datetime(2026, 7, 1) + timedelta(seconds=draw.randrange(50 * 86_400))
            begin, closed, flow = at, None, []
            for k in range(draw.choices((1, 2, 3, 4, 5), (2, 2, 3, 5, 88))[0]):
                key += 1
                code = list(STEPS)[k]
                flow.append(
                    (key, f"A{i:05d}", code, f"D{draw.randrange(5)}" if code in ("30", "40") else None, f"{at:%Y-%m-%d %H:%M:%S}")
                )
                closed = at if k == 4 else None
                at += timedelta(seconds=draw.randrange(30, 100_000))
            db.execute(
                "INSERT INTO work_case VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    f"A{i:05d}",
                    draw.choice(("垃圾", "噪声", "路灯")),
                    draw.choice(("phone", "app")),
                    "某人",
                    "13800000000",
                    f"{begin:%Y-%m-%d %H:%M:%S}",
                    f"{closed:%Y-%m-%d %H:%M:%S}" if closed else None,
                    f"{begin + timedelta(days=2):%Y-%m-%d %H:%M:%S}",
                    f"{at:%Y-%m-%d %H:%M:%S}",
                ),
            )
            db.executemany("INSERT INTO case_flow VALUES (?, ?, ?, ?, ?, ?)", [(*row, row[4]) for row in flow])
    return path


def copy_platform(path: Path, url: URL) -> None:
    """The platform of a SQLite file, on a server: the same rows, its times as the server's own."""
    engine = create_engine(url)
    with sqlite3.connect(path) as source, engine.begin() as target:
        for statement in PLATFORM.split(";")[:-1]:
            target.execute(
                text(
                    statement.replace("TEXT", "VARCHAR(40)")
                    .replace("_time VARCHAR(40)", "_time TIMESTAMP NULL")
                    .replace("deadline VARCHAR(40)", "deadline TIMESTAMP NULL")
                    .replace(" REFERENCES work_case(case_no)", "")
                )
            )
        for table in ("dept", "step", "work_case", "case_flow"):
            rows = source.execute(f"SELECT * FROM {table}").fetchall()
            marks = ", ".join(f":c{i}" for i in range(len(rows[0])))
            target.execute(
                text(f"INSERT INTO {table} VALUES ({marks})"), [{f"c{i}": v for i, v in enumerate(row)} for row in rows]
            )
    engine.dispose()
