"""Codes that the city does not define: which, how often, and the closest known ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data.check.delivery import Delivery
from data.check.examined import Examined
from data.check.finding import Finding, counted, finding
from data.source.contract import ACTIONS, OUTCOMES
from data.sync.visits import ENTER

UNKNOWN = -2


def codes(seen: Examined) -> Iterator[Finding]:
    """One finding per code column that the source delivers (grid codes are judged with the grid)."""
    got, profile = seen.got, seen.profile
    lists = {
        "category": profile.categories,
        "network": profile.networks,
        "channel": profile.channels,
        "department": profile.departments,
        "stage": profile.stages,
    }
    known = {kind: tuple(item.code for item in items) for kind, items in lists.items()}
    known |= {"outcome": OUTCOMES, "action": ACTIONS, "severity": tuple("1234")}
    for table, columns in (
        ("event", ("category", "network", "channel", "severity", "outcome")),
        ("transition", ("stage", "action", "department")),
    ):
        for column in columns if table in got.frames else ():
            if got.frames[table].has(column):
                yield _column(got, table, column, known[column])
    if "department" in got.frames:
        coded = got.frames["department"].coded("code")
        lost = coded.positions({c: i for i, c in enumerate(known["department"])}) == UNKNOWN
        yield finding(
            "unlisted_department",
            "department",
            int(lost.sum()),
            len(lost),
            counted(coded.values, coded.codes[lost], known["department"]),
            kind="department",
        )


def _column(got: Delivery, table: str, column: str, known: tuple[str, ...]) -> Finding:
    frame = got.frames[table]
    coded = frame.coded(column)
    at = coded.positions({c: i for i, c in enumerate(known)})
    lost = at == UNKNOWN
    if column == "action":
        lost = at < 0
    elif column == "stage":
        action = frame.coded("action").positions({a: i for i, a in enumerate(ACTIONS)})
        entering = action == ENTER if frame.has("action") else np.ones(frame.n, bool)
        lost = lost | ((at == -1) & entering)
    id = "unknown_step" if column in ("action", "stage") else "unknown_code"
    return finding(
        id, table, int(lost.sum()), frame.n, counted(coded.values, coded.codes[lost], known), column=column, kind=column
    )
