"""Plates and badges of the map: what stands in words on a place, in the order in which plates give way."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.city.city import City
from data.text import Lang
from data.types.arrays import Floats, Ints
from data.types.records import Record
from layouts.panels.grid_heat_classes import FEW_CASES, SIGNAL
from layouts.panels.panel import Reading
from layouts.text.formats import NONE, count, decimal, share
from layouts.text.rows import records

#: The places with the highest values are written before others.
WORST = 5
#: Kinds of exceptions that have a place: the column that names it.
_PLACE = {"area": "code", "here": "code", "category": "area"}
#: Kinds that concern lateness alone: they stand on the map while it shows the late share.
_OF_LATENESS = ("area", "here")


def plates(cells: pd.DataFrame, late: Ints, city: City, lang: Lang, reading: Reading) -> list[Record]:
    """A plate for each child of the scope: name, value as it is coloured, badges of the exceptions located there, and its
    ``worst`` place 1..5 by measure (0 = none of these).  ``late``: class bytes of the late shares."""
    level, at = city.scope_of(reading.scope)
    here = np.flatnonzero((city.grid.level == level + 1) & ((city.grid.parent == at) if level else True))
    values = {m: cells[c].to_numpy(float)[here] for m, c in _VALUES.items()}
    values["late"] = np.where(cells["few"].to_numpy(bool)[here], np.nan, values["late"])
    worst = {m: _worst(v, here) for m, v in values.items()}
    above = city.scope_name(reading.scope)(lang)  # on a town's own wall its name is dropped from the plates
    badges = _badges(reading, city)
    return [
        {
            **_plate(i, row, int(late[i]), badges, lang),
            "name": city.grid.name[i](lang).removeprefix(above) or above,
            "worst": {m: order.get(i, 0) for m, order in worst.items()},
        }
        for i, row in zip(here.tolist(), records(cells.iloc[here]), strict=True)
    ]


def own_plate(cells: pd.DataFrame, late: Ints, city: City, lang: Lang, reading: Reading) -> Record | None:
    """The plate of the place whose wall it is, shown where none of its own places has enough cases; None on the city's wall."""
    level, at = city.scope_of(reading.scope)
    if not level:
        return None
    row = next(iter(records(cells.iloc[[at]])))
    made = _plate(at, row, int(late[at]), _badges(reading, city), lang)
    return {**made, "name": city.grid.name[at](lang), "worst": dict.fromkeys(_VALUES, 0)}


_VALUES = {"late": "late_share", "count": "n", "rate": "rate"}


def _plate(i: int, row: Record, late: int, badges: dict[int, list[Record]], lang: Lang) -> Record:
    few = bool(row["few"])
    return {
        "idx": i,
        "watch": ["late"] if SIGNAL <= late <= SIGNAL + 1 else [],
        "few": few,
        "badges": badges.get(i, []),
        "values": {
            "late": FEW_CASES(lang) if few else share(row["late_share"]),
            "count": NONE if row.get("unknown") else count(row["n"]),
            "rate": decimal(row["rate"]),
        },
    }


def _worst(values: Floats, here: Ints) -> dict[int, int]:
    """Grid position -> 1..5 of the highest values above 0."""
    order = np.argsort(-np.nan_to_num(values), kind="stable")[:WORST]
    return {int(here[k]): place for place, k in enumerate(order.tolist(), start=1) if values[k] > 0}


def _badges(reading: Reading, city: City) -> dict[int, list[Record]]:
    """Badges of the exceptions (1, 2, 3) located at an area, by the position of that area and of those above it."""
    exceptions = reading.also.get("exceptions")
    found: dict[int, list[Record]] = {}
    if exceptions is None:
        return found
    for row in sorted(records(exceptions), key=lambda r: r["rank"]):
        kind = str(row["kind"])
        at = city.grid.index.get(str(row.get(_PLACE.get(kind, ""), "")))
        while at is not None and at >= 0:
            made = {"mark": str(int(row["rank"])), "severity": str(row["severity"]), "late": kind in _OF_LATENESS}
            found.setdefault(at, []).append(made)
            at = int(city.grid.parent[at])
    return found
