"""Definition of a panel: one value with its title, unit, definition and drawing function; never its position.

``figure`` returns a Dash component (or a list of them) built from plain values, ``{"chart": a plain Plotly figure}`` for a
chart, or ``{"map": payload}`` for the map layer.  It must
be a pure function of the reading: the same reading gives the same bytes, so that nothing moves when nothing changed.
Sizes are in CSS only (``calc(var(--u) * N)``), so that one drawing serves every screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pandas as pd

from data.access.acknowledgements import Kind, Noted
from data.alarms.life import Ended
from data.city.city import City
from data.query.needs import Need, Requires, lost
from data.text import Lang, Text


@dataclass(frozen=True)
class Reading:
    """Input of a panel: the answers of its metric and of further ones it needs, of one snapshot and one scope.

    ``as_of_ms``: the instant that the figures are for.  ``notes``: remarks to show at the panel's foot.
    ``noted``: acknowledgements (已知悉) of the kinds that the panel requests.  ``lacks``: figures of the panel's
    metric that nothing is delivered for; their values are unknown in ``frame``.  ``resolved``: the alarms that ended today,
    if the panel shows alarms.
    """

    frame: pd.DataFrame
    also: Mapping[str, pd.DataFrame]
    as_of_ms: int
    scope: str
    notes: tuple[Text, ...] = ()
    noted: Noted = field(default_factory=dict)
    lacks: tuple[Requires, ...] = ()
    resolved: tuple[Ended, ...] = ()


@dataclass(frozen=True)
class Panel:
    id: str
    title: Text
    unit: Text  # shown small and grey after the title, with the window and the scope
    definition: Text  # what is counted, over what, how open cases count
    metric: str
    figure: Callable[[Reading, City, Lang], Any]
    also: tuple[str, ...] = ()  # further metrics it draws from
    every: timedelta = field(default=timedelta(seconds=5))  # its refresh period: late after one missed, stale after two
    windowed: Text | None = None  # its title if the city's file gives its metric a window of its own
    noted: tuple[Kind, ...] = ()  # acknowledgements that it shows
    head: bool = True  # False = the panel draws its own head (headline, KPI row)
    empty: Callable[[Reading], bool] = field(default=lambda reading: len(reading.frame) == 0)
    says_itself: bool = False  # what is not mapped is shown in place of each number, so that no note is needed
    vital: frozenset[str] = frozenset()  # rows of its metric without which there is nothing to draw
    without: Text | None = None  # which part of it leaves out sensitive categories, if its totals count them
    draws: frozenset[str] | None = None  # columns and rows of its metric that it draws, if not all

    def undrawn(self, lacks: Iterable[Requires]) -> tuple[Need, ...]:
        """What is missing for anything to be drawn; () if something can be drawn."""
        return lost(r for r in lacks if r.is_whole or self.vital & {*r.rows})

    def missing(self, lacks: Iterable[Requires]) -> tuple[Requires, ...]:
        """Those missing figures of the metric that this panel would draw."""
        if self.draws is None:
            return tuple(lacks)
        return tuple(r for r in lacks if self.draws & {*r.columns, *r.rows} or (r.is_whole and self.draws))
