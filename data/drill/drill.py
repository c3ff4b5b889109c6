"""A drill: statements over the selected cases, and a pure computation on their answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from data.city.city import City
from data.drill.choice import Choice
from data.drill.tally import Tally
from data.facts.rows import RowSets
from data.query.needs import Need, Requires, blanked, lacking, lost, lost_whole
from data.text import Text
from data.types.sql import AnySelect

#: Format of a column: a code of one of the city's lists, a number, a share in %, minutes of work or of the wall clock,
#: an instant (ms), a decimal number or a probability (0..1), a signed integer, text, a code with its kind
#: ("stage:handle"; "" = all), or stage codes separated by ">".
Kind = Literal[
    "area",
    "category",
    "network",
    "channel",
    "department",
    "stage",
    "severity",
    "state",
    "moat",
    "feed",
    "weekday",
    "count",
    "share",
    "work_min",
    "minutes",
    "instant",
    "decimal",
    "chance",
    "text",
    "band",
    "named",
    "stages",
    "verdict",
    "signed",
]


#: The kinds that count or measure.
FIGURES = ("count", "share", "work_min", "minutes", "decimal", "chance", "signed")


@dataclass(frozen=True)
class Field:
    """A column of a drill's answer, with its header for exports.  ``whole``: "" stands for the total, not for a missing value;
    ``names``: names of the codes in a text column."""

    name: str
    head: Text
    kind: Kind
    whole: bool = False
    names: Mapping[str, Text] | None = None


@dataclass(frozen=True)
class Drill:
    """``select(choice)`` -> statements by name; a Tally is combined with others of the same population into one statement.
    ``compute(rows, choice)`` -> a frame with the columns of ``fields``, in their order.  ``requires``: as for a metric;
    ``drawn``: the columns without which its chart would be empty.  ``names``: the case numbers in an answer, for a drill that
    lists single cases."""

    id: str
    title: Text
    unit: Text
    definition: Text
    fields: tuple[Field, ...]
    select: Callable[[Choice], Mapping[str, AnySelect | Tally]]
    compute: Callable[[RowSets, Choice], pd.DataFrame]
    like: str = ""  # the drill whose statements it reuses, if not its own
    requires: tuple[Requires, ...] = ()
    drawn: tuple[str, ...] = ()
    names: Callable[[pd.DataFrame], list[str]] | None = None

    def lacking(self, city: City) -> tuple[Requires, ...]:
        """Figures that this city's mapping cannot supply, with what they lack."""
        return lacking(self.requires, city.mapped, city.profile)

    def undrawn(self, city: City) -> tuple[Need, ...]:
        """What is missing for a non-empty chart; () if nothing."""
        lacks = self.lacking(city)
        return lost_whole(lacks) or lost(r for r in lacks if not r.rows and {*r.columns} & {*self.drawn})

    def told(self, frame: pd.DataFrame, city: City) -> pd.DataFrame:
        """``compute``'s answer with figures blanked for which no data was delivered: unknown, never 0."""
        return blanked(frame, self.lacking(city), [f.name for f in self.fields if f.kind not in FIGURES])


def codes_of(items: Any, positions: Any) -> list[str]:
    """Codes of a city's list (or of any sequence of codes) at positions; "" where a position is out of range."""
    codes = [getattr(item, "code", item) for item in items]
    return [codes[p] if 0 <= p < len(codes) else "" for p in np.asarray(positions, np.int64).tolist()]
