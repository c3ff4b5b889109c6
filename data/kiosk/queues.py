"""The kiosk's queues: open cases by the state of their limit now, counted for the chips and listed individually.

A case is in the queue ``soon`` if its limit is at ``now`` or up to four hours ahead (four hours exactly included),
``today`` if it is ahead but before the city's midnight, ``overdue`` if it has passed (exactly at the limit it has not),
``returned`` if a dispatch was sent back (退单), with cases awaiting another dispatch first.  A deferred case (缓办) is in
none of the first three: its clock is stopped.  ``today`` includes the part of ``soon`` before midnight.

Counts cover what the viewer may count.  Lists contain only what may be named: if the viewer may not see sensitive cases,
no column of a case of a restricted channel or of an unknown category is selected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, cast, get_args

import numpy as np
from sqlalchemy import ColumnElement, and_, case, literal, select

from data.access.viewer import Viewer
from data.city.city import City
from data.clock.instants import ms, span_ms
from data.facts.case_reads import computed
from data.facts.rows import Rows
from data.facts.schema import EVENT
from data.kiosk.choice import Choice, place_level
from data.query import conditions
from data.query.metric import day_start
from data.query.needs import DUE, END, Need, all_of, unmet
from data.types.arrays import Array, Flags
from data.types.records import Record
from data.types.sql import AnyColumns, AnySelect

Queue = Literal["soon", "today", "overdue", "returned"]
QUEUES: tuple[Queue, ...] = get_args(Queue)
SOON = timedelta(hours=4)
#: Cases listed per queue: default and maximum.
LISTED, MOST = 40, 400
#: Columns of a listed case.
CASE = (
    "eid",
    "case_number",
    "category",
    "channel",
    "stage",
    "department",
    "reported_at",
    "registered_at",
    "due_at",
    "is_hung",
    "returns",
    "reworks",
    "extended",
)
#: What must be delivered for each queue; the first of them is needed for open cases.
NEEDS: Mapping[Queue, tuple[Need, ...]] = {
    "soon": (END, DUE),
    "today": (END, DUE),
    "overdue": (END, DUE),
    "returned": (END, *all_of("action.return")),
}
#: State of a limit: none or deferred, passed, up to four hours ahead, later.
NONE, OVERDUE, NEAR, FAR = 0, 1, 2, 3


def lacking(city: City) -> dict[Queue, tuple[Need, ...]]:
    """The queues that cannot be filled from what is delivered, with what they lack."""
    found = {q: unmet(needs, city.mapped, city.profile) for q, needs in NEEDS.items()}
    return {q: needs for q, needs in found.items() if needs}


def asked(
    viewer: Viewer, city: City, now: datetime, queues: tuple[Queue, ...], choice: Choice, limit: int = LISTED
) -> dict[str, AnySelect]:
    """The statements of one reading: ``counts``, ``after`` (closed cases still in a stage), and for each queue its first
    ``limit`` cases in ``choice``."""
    at, midnight = ms(now), ms(day_start(day_start(now, city) + timedelta(hours=36), city))
    place = f"l{place_level(city, viewer)}"
    there = conditions.open_events(viewer, city, at, *CASE, place).subquery("o")
    o = there.c
    marks = select(
        o.stage,
        o.department,
        o[place].label("place"),
        standing_of(o, at).label("standing"),
        conditions.flag(and_(o.is_hung == 0, o.due_at >= at, o.due_at < midnight)).label("today"),
        conditions.flag(o.returns > 0).label("returned"),
    )
    out = {"counts": conditions.tally(marks, "stage", "department", "place", "standing", sums=("today", "returned"))}
    closed = [i for i, s in enumerate(city.profile.stages) if s.after_close]
    if closed:
        visits = conditions.visits_standing(viewer, city, at, "stage", "department", *([place] if place in ("l1", "l2") else []))
        v = visits.subquery("v").c
        spot = v[place] if place in ("l1", "l2") else literal(-1)
        waiting = select(v.stage, v.department, spot.label("place")).where(v.stage.in_(closed))
        out["after"] = conditions.tally(waiting, "stage", "department", "place")
    for queue in queues:
        inside = and_(_named(o, viewer, city), *_chosen(o, place, choice), _belongs(queue, o, at, midnight))
        order = (waits_for_dispatch(o, city).desc(), o.due_at, o.eid) if queue == "returned" else (o.due_at, o.eid)
        out[queue] = select(*[o[n] for n in CASE], o[place].label("place")).where(inside).order_by(*order).limit(limit)
    return out


def one(viewer: Viewer, city: City, now: datetime, eid: int) -> AnySelect:
    """The case ``eid`` if it is open and may be named to this viewer: one row, or none."""
    o = conditions.open_events(viewer, city, ms(now), *CASE).subquery("o").c
    return select(*[o[n] for n in CASE]).where(o.eid == eid, _named(o, viewer, city))


def ended(now: datetime, eids: list[int]) -> AnySelect:
    """Those of ``eids``, whoever may see them, that are no longer open: their acknowledgements end with them."""
    c = EVENT.c
    return computed(select(c.eid).where(c.eid.in_(eids), c.is_open == 0, c.closed_at <= ms(now)))


def standing_of(o: AnyColumns, at: int) -> ColumnElement[int]:
    return case(
        (o.is_hung == 1, NONE), (o.due_at < at, OVERDUE), (o.due_at <= at + span_ms(SOON), NEAR), (o.due_at > at, FAR), else_=NONE
    )


def waits_for_dispatch(o: AnyColumns, city: City) -> ColumnElement[int]:
    """1 if a returned case is in a stage before handling: no department has it."""
    handle = city.profile.stage_index("handle")
    return conditions.flag(o.stage < handle) if handle >= 0 else conditions.flag(o.stage < 0)


def _belongs(queue: Queue, o: AnyColumns, at: int, midnight: int) -> ColumnElement[bool]:
    if queue == "returned":
        return o.returns > 0
    if queue == "overdue":
        return and_(o.is_hung == 0, o.due_at < at)
    end = o.due_at <= at + span_ms(SOON) if queue == "soon" else o.due_at < midnight
    return and_(o.is_hung == 0, o.due_at >= at, end)


def _named(o: AnyColumns, viewer: Viewer, city: City) -> ColumnElement[bool]:
    if viewer.sees_sensitive:
        return cast("ColumnElement[bool]", o.eid.is_not(None))  # no further condition
    restricted = [i for i, channel in enumerate(city.profile.channels) if channel.restricted]
    return and_(o.category >= 0, *(o.channel != i for i in restricted))


def _chosen(o: AnyColumns, place: str, choice: Choice) -> list[ColumnElement[bool]]:
    wanted = ((o.stage, choice.stage), (o.department, choice.department), (o[place], choice.place))
    return [column == value for column, value in wanted if value is not None]


@dataclass(frozen=True)
class Chip:
    """``code`` "" = all; ``open`` and ``overdue`` count cases; ``after``: closed cases still in the stage."""

    code: str
    open: int
    overdue: int
    after: bool = False


@dataclass(frozen=True)
class Queues:
    """The result of one reading.  ``tabs``: cases of each queue within the choice, including those only counted;
    each list of chips is counted under the choice of the *other* lists."""

    tabs: Mapping[Queue, int]
    stages: tuple[Chip, ...]
    departments: tuple[Chip, ...]
    places: tuple[Chip, ...]
    listed: Mapping[Queue, tuple[Record, ...]]


def compute(rows: Mapping[str, Rows], city: City, viewer: Viewer, choice: Choice) -> Queues:
    """Counts and lists of one reading.

    The first chip of each list is "all"; departments and places without an open case have none, the others follow the
    order of the city's lists.  A stage after the end (回访) counts the closed cases in it, not included in "all".
    A listed case: codes for ``category``, ``stage``, ``department``, ``place``, "" if unknown; instants in ms, None
    if there is none.
    """
    counts, profile = rows["counts"], city.profile
    size = len(profile.stages)
    late = np.where(np.asarray(counts["standing"]) == OVERDUE, counts["n"], 0)
    within = _mask(counts, choice)

    def chips(key: str, free: Choice, codes: list[str], positions: list[int]) -> tuple[Chip, ...]:
        keep = _mask(counts, free)
        at = np.asarray(counts[key])[keep]
        n, m = np.asarray(counts["n"])[keep], late[keep]
        total = Chip("", int(n.sum()), int(m.sum()))
        return (total, *[Chip(codes[p], int(n[at == p].sum()), int(m[at == p].sum())) for p in positions])

    stages = list(chips("stage", replace(choice, stage=None), [s.code for s in profile.stages], list(range(size))))
    if "after" in rows:
        after = rows["after"]
        keep = _mask(after, replace(choice, stage=None))
        for i, stage in enumerate(profile.stages):
            if stage.after_close:
                there = keep & (np.asarray(after["stage"]) == i)
                stages[i + 1] = Chip(stage.code, int(np.asarray(after["n"])[there].sum()), 0, after=True)
    departments = _present(counts["department"], len(profile.departments))
    places = _present(counts["place"], len(city.grid.code))
    return Queues(
        tabs={
            "soon": int(np.asarray(counts["n"])[within & (np.asarray(counts["standing"]) == NEAR)].sum()),
            "today": int(np.asarray(counts["today"])[within].sum()),
            "overdue": int(late[within].sum()),
            "returned": int(np.asarray(counts["returned"])[within].sum()),
        },
        stages=tuple(stages),
        departments=chips("department", replace(choice, department=None), [d.code for d in profile.departments], departments),
        places=chips("place", replace(choice, place=None), list(city.grid.code), places),
        listed={q: tuple(_cases(rows[q], city)) for q in QUEUES if q in rows},
    )


def _mask(rows: Rows, choice: Choice) -> Flags:
    keep = np.ones(len(rows["n"]), bool)
    for key in ("stage", "department", "place"):
        value = getattr(choice, key)
        if value is not None:
            keep &= np.asarray(rows[key]) == value
    return keep


def _present(positions: Array, size: int) -> list[int]:
    return [int(p) for p in np.unique(positions) if 0 <= p < size]


def _cases(rows: Rows, city: City) -> list[Record]:
    lists = {
        "category": [k.code for k in city.profile.categories],
        "stage": [s.code for s in city.profile.stages],
        "department": [d.code for d in city.profile.departments],
        "place": list(city.grid.code),
    }
    out = []
    for i in range(len(rows["eid"])):
        found: Record = {"eid": int(rows["eid"][i])}
        found["case_number"] = str(rows["case_number"][i] or found["eid"])
        for name, codes in lists.items():
            if name in rows:
                at = int(rows[name][i])
                found[name] = codes[at] if 0 <= at < len(codes) else ""
        for name in ("reported_at", "registered_at", "due_at"):
            found[name] = int(rows[name][i]) if rows[name][i] >= 0 else None
        found.update({name: int(rows[name][i]) for name in ("is_hung", "returns", "reworks", "extended")})
        out.append(found)
    return out


__all__ = ["NEEDS", "QUEUES", "SOON", "Chip", "Queue", "Queues", "asked", "compute", "ended", "lacking", "one"]
