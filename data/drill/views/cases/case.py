"""One case: its visits with their limits, and the events in the platform's log; no persons, no free text.

The visits come from the facts.  Pauses, extensions, returns and failed inspections come from the platform's log, read for
this case only; if that cannot be read, only the visits are shown and ``missing`` says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from data.access.viewer import Viewer
from data.city.city import City
from data.drill.choice import named
from data.drill.drill import codes_of
from data.errors import GridWallError, QueryError
from data.facts.rows import RowSets
from data.facts.schema import EVENT, VISIT
from data.query.metric import events
from data.source.columns import Frame
from data.source.contract import OUTCOMES
from data.source.reader import Source
from data.source.spell import spelled_case
from data.types.records import Record
from data.types.sql import AnySelect

#: Selected columns of a case.
_COLUMNS = (
    "eid",
    "case_number",
    "category",
    "network",
    "channel",
    "severity",
    "department",
    "l1",
    "l2",
    "l3",
    "l4",
    "reported_at",
    "due_at",
    "closed_at",
    "outcome",
    "is_open",
    "is_hung",
    "stage",
    "stage_since",
    "reworks",
    "returns",
    "extended",
    "duplicate",
    "satisfaction",
    "called_back_at",
)
#: Maximum number of log rows of a case; the rest is omitted, which is reported.
LONGEST = 400
#: Maximum length of a case number.
LONGEST_NUMBER = 64


@dataclass(frozen=True)
class Case:
    """``head``: the case's columns as codes and ms (-1 = none).  ``visits``: one row per visit (``stage``, ``department``,
    ``entered_at``, ``left_at``, ``due_at``, ``rework``, ``exit``).  ``log``: one row per entry of the platform's log (``at``,
    ``action``, ``stage``, ``department``, ``due_at``), empty with the reason in ``missing`` where it was not read."""

    head: Record
    visits: pd.DataFrame
    log: pd.DataFrame
    missing: str = ""


def eid_of(text: str) -> int:
    """The case id in an address, accepted in canonical form only, as the audit records it.  Raises QueryError."""
    if len(text) <= 20 and text.isascii() and text.removeprefix("-").isdigit():
        value = int(text)
        if -(2**63) <= value < 2**63 and text == str(value):
            return value
    raise QueryError(f"id '{text[:40]}' is no case's id; it is a whole number", f"案件编号“{text[:40]}”有误，应为整数")


def number_of(text: str) -> str:
    """The case number in an address, as the platform spells it.  Raises QueryError for what is none."""
    if text.isprintable() and len(text) <= LONGEST_NUMBER:
        return text
    raise QueryError(f"number {text[:40]!a} is no case number", f"{text[:40]!a} 不是案件号")


def select_(viewer: Viewer, city: City, wanted: int | str) -> dict[str, AnySelect]:
    """The case with this id, or number (the first of several that share it), and its visits, if the viewer may see it (area,
    sensitive categories, restricted channels)."""
    _, _, seen = events(viewer, city)
    allowed = [] if viewer.sees_sensitive else named(city)
    eid: Any = wanted
    if isinstance(wanted, str):
        eid = select(func.min(EVENT.c.eid)).where(*seen, *allowed, EVENT.c.case_number == wanted).scalar_subquery()
    inside = [*seen, *allowed, EVENT.c.eid == eid]
    head = select(*[EVENT.c[n] for n in _COLUMNS]).where(*inside)
    visits = (
        select(*[VISIT.c[n] for n in ("seq", "stage", "department", "entered_at", "left_at", "due_at", "rework", "exit")])
        .where(VISIT.c.eid == eid, VISIT.c.eid.in_(select(EVENT.c.eid).where(*inside)))
        .order_by(VISIT.c.seq)
    )
    return {"head": head, "visits": visits}


def compute(rows: RowSets, city: City, log: Callable[[int, str], Frame]) -> Case:
    """The case from ``select_``'s answers; ``log`` reads the platform's log of an id and a number.

    Raises QueryError if there is none that this viewer may see.
    """
    r = rows["head"]
    if not len(r["eid"]):
        raise QueryError("there is no such case in your area", "您的可见范围内没有这一案件")
    profile = city.profile
    head = {n: (r[n][0].item() if hasattr(r[n][0], "item") else r[n][0]) for n in _COLUMNS}
    head["case_number"] = str(head["case_number"] or head["eid"])
    for name, items in (
        ("category", profile.categories),
        ("network", profile.networks),
        ("channel", profile.channels),
        ("department", profile.departments),
        ("stage", profile.stages),
    ):
        head[name] = codes_of(items, [head[name]])[0]
    head["places"] = [city.grid.code[head[level]] for level in ("l1", "l2") if head[level] >= 0]  # no finer: DOMAIN 5.3
    head["outcome"] = OUTCOMES[head["outcome"] - 1] if head["outcome"] > 0 else ""
    s = rows["visits"]
    visits = pd.DataFrame(
        {
            "stage": codes_of(profile.stages, s["stage"]),
            "department": codes_of(profile.departments, s["department"]),
            **{n: np.asarray(s[n], np.int64) for n in ("entered_at", "left_at", "due_at", "rework", "exit")},
        }
    )
    empty = pd.DataFrame({"at": [], "action": [], "stage": [], "department": [], "due_at": []})
    try:
        frame = log(head["eid"], head["case_number"])
    except GridWallError:
        return Case(head, visits, empty, "away")
    return Case(head, visits, _log(frame), "" if frame.n else "none")


def log_of(source: Source, eid: int, case_number: str) -> Frame:
    """The platform's log rows of one case (by index if the source has one).  Raises SourceError."""
    with source.reading() as reading:
        wanted = spelled_case(reading, source, eid, case_number)
        return source.frame_of("transition", reading.by("transition", "event", wanted))


def _log(frame: Frame) -> pd.DataFrame:
    def words(name: str) -> list[str]:
        coded = frame.coded(name)
        return [str(coded.values[i]) if i >= 0 else "" for i in coded.codes.tolist()]

    rows = pd.DataFrame(
        {
            "at": frame.ints("at"),
            "action": words("action"),
            "stage": words("stage"),
            "department": words("department"),
            "due_at": frame.ints("due_at"),
            "key": frame.ints("order" if frame.has("order") else "key"),
        }
    )
    return rows[rows["at"] > 0].sort_values(["at", "key"], kind="stable").drop(columns="key").head(LONGEST).reset_index(drop=True)
