"""Tallies of one population are asked in one statement and say what each says alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import select

from data.drill.tally import Tally, merged, taken
from data.facts.schema import EVENT
from tests.city_builder import COURT, HEARING, LittleCity

C = EVENT.c
OPEN, SETTLED = C.is_open == 1, C.outcome == 1


def city() -> LittleCity:
    there = LittleCity()
    there.event("2026-11-20 09:10", closed="2026-11-20 15:00", department=HEARING)
    there.event("2026-11-20 10:10", closed="2026-11-21 15:00", department=COURT)
    there.event("2026-11-21 09:10", department=COURT)
    there.event("2026-11-22 09:10", department=-1)
    return there


def answered(there: LittleCity, asked: dict[str, Any]) -> tuple[int, dict[str, list[tuple[int, ...]]]]:
    """(statements, each one's rows in order)."""
    statements, shares = merged(asked)
    _, found = there.facts.read(statements)
    out = {}
    for name in asked:
        r = taken(shares[name], found) if name in shares else found[name]
        out[name] = sorted(zip(*[np.asarray(r[c]).tolist() for c in r], strict=True))
    return len(statements), out


def test_tallies_of_one_population_are_one_statement() -> None:
    every = [C.sensitive == 0]
    asked = {
        "all": Tally(every, sums={"open": OPEN, "settled": SETTLED}),
        "department": Tally(every, {"department": C.department}, {"open": OPEN}),
        "both": Tally(every, {"department": C.department, "is_open": C.is_open}),
        "state": Tally([C.sensitive == 0], {"is_open": C.is_open}),
        "other": Tally([C.sensitive == 1], {"is_open": C.is_open}),
        "plain": select(C.eid.label("eid")).where(C.department == -1),
    }
    statements, found = answered(city(), asked)
    assert statements == 3, "one population, another, and one that is no tally"
    assert found["all"] == [(4, 2, 2)]
    # NULL and -1 are the same department: none
    assert found["department"] == [(-1, 1, 1), (HEARING, 1, 0), (COURT, 2, 1)]
    assert found["both"] == [(-1, 1, 1), (HEARING, 0, 1), (COURT, 0, 1), (COURT, 1, 1)]
    assert found["state"] == [(0, 2), (1, 2)]
    assert found["other"] == []


def test_a_population_of_nobody_has_a_sum_and_no_groups() -> None:
    nobody = [C.department == 99]
    _, found = answered(city(), {"all": Tally(nobody, sums={"open": OPEN}), "by": Tally(nobody, {"stage": C.stage})})
    assert found == {"all": [(0, 0)], "by": []}


def test_another_value_is_another_population() -> None:
    asked = {str(d): Tally([C.department == d], {"is_open": C.is_open}) for d in (HEARING, COURT)}
    statements, found = answered(city(), asked)
    assert statements == 2
    assert found == {str(HEARING): [(0, 1)], str(COURT): [(0, 1), (1, 1)]}
