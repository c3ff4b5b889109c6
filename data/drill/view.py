"""Several drills of one choice, read in one transaction, so that all panels of a page show the same moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

import pandas as pd

from data.discovery import registry
from data.drill import views
from data.drill.choice import Choice
from data.drill.drill import Drill
from data.drill.tally import merged, taken
from data.errors import QueryError, did_you_mean, did_you_mean_zh
from data.facts import case_reads
from data.facts.rows import Rows
from data.types.records import Record
from data.types.sql import AnySelect

#: All drills by id: a file below ``data/drill/views`` declares ``DRILL`` or ``DRILLS``.
DRILLS: Mapping[str, Drill] = registry(Drill, "DRILL", views)


class Reads(Protocol):
    """The methods of the facts store used here (``data.facts.store.Facts``)."""

    def read(
        self, statements: Mapping[str, AnySelect], *, limit_s: float | None = None
    ) -> tuple[dict[str, str], dict[str, Rows]]: ...
    def read_helped(
        self, statements: Mapping[str, AnySelect], *, limit_s: float | None = None
    ) -> tuple[dict[str, str], dict[str, Rows]]: ...


class View(NamedTuple):
    """``frames`` by drill; ``snapshot`` identifies their common moment; ``rows`` what they were computed from."""

    snapshot: str
    frames: dict[str, pd.DataFrame]
    rows: dict[str, dict[str, Rows]]


def drill_of(name: str) -> Drill:
    """The drill with that id.  Raises QueryError suggesting the nearest one."""
    drill = DRILLS.get(name)
    if drill is None:
        raise QueryError(
            f"panel '{name[:40]}': there is no such panel{did_you_mean(name, DRILLS)}",
            f"没有面板“{name[:40]}”{did_you_mean_zh(name, DRILLS)}",
        )
    return drill


def view(facts: Reads, choice: Choice, names: tuple[str, ...], limit_s: float | None = None) -> View:
    """Run the drills' statements in one transaction; shared counts are computed once (``data.drill.tally``).

    Raises QueryError, TooManyRequestsError (after ``limit_s`` seconds), FactsError."""
    asked: Record = {}
    parts: dict[str, list[str]] = {}
    for name in dict.fromkeys(DRILLS[n].like or n for n in names):
        selected = DRILLS[name].select(choice)
        parts[name] = list(selected)
        asked.update({f"{name}/{part}": statement for part, statement in selected.items()})
    statements, shares = merged(asked)
    _, found = facts.read_helped(statements, limit_s=limit_s)
    answers = {name: taken(shares[name], found) if name in shares else found[name] for name in asked}
    frames: dict[str, pd.DataFrame] = {}
    rows: dict[str, dict[str, Rows]] = {}
    for name in names:
        drill = DRILLS[name].like or name
        rows[name] = {part: answers[f"{drill}/{part}"] for part in parts[drill]}
        frames[name] = DRILLS[name].told(DRILLS[name].compute(rows[name], choice), choice.city)
    for name in names:
        hand_out(name, frames[name])
    return View(snapshot_id(choice.now, choice.city.profile.zone), frames, rows)


def hand_out(name: str, frame: pd.DataFrame) -> None:
    """Count the cases named in a drill's answer against the reading limit, also for a cached answer.  Raises OverVolumeError."""
    of = DRILLS[name].names
    if of is not None:
        case_reads.hand_out(of(frame))


def snapshot_id(at: datetime, zone: ZoneInfo) -> str:
    """Identifies the moment of a desk's answer, in the city's time; a wall's begin with S."""
    return f"D-{at.astimezone(zone):%m%d-%H%M%S}"
