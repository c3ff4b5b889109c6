"""The workbench's tabs in order: their names, and their panels as the drawings declare them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from data.errors import did_you_mean
from data.text import Text
from layouts.analyst.drawing import Drawing
from layouts.analyst.drawings import DRAWINGS

NAMES: Mapping[str, Text] = {
    "overview": Text(zh="总览", en="Overview"),
    "process": Text(zh="过程", en="Process"),
    "queues": Text(zh="队列", en="Queues"),
    "ranking": Text(zh="部门排名", en="Ranking"),
    "heat": Text(zh="热力", en="Heat"),
    "hotspots": Text(zh="热点", en="Hot spots"),
    "warning": Text(zh="预警", en="Early warning"),
    "indicators": Text(zh="指标", en="Indicators"),
    "cases": Text(zh="清单与定义", en="Cases"),
}
#: The tab of a URL that names none.
FIRST = "overview"


class Tab(NamedTuple):
    """``panels``: ids of drawings in order; the list of cases below them is not among them."""

    name: Text
    panels: tuple[str, ...]


def arranged(names: Mapping[str, Text], drawings: Iterable[Drawing]) -> dict[str, Tab]:
    """The tabs with their panels by rank.  Raises ValueError for an unknown tab, and for two drawings of the same rank."""
    ranked: dict[str, dict[int, str]] = {tab: {} for tab in names}
    for drawing in drawings:
        for tab, rank in drawing.tabs.items():
            if tab not in ranked:
                raise ValueError(f"drawing '{drawing.id}': there is no tab '{tab}'{did_you_mean(tab, names)}")
            other = ranked[tab].setdefault(rank, drawing.id)
            if other != drawing.id:
                raise ValueError(f"drawing '{drawing.id}': '{other}' has the rank {rank} of tab '{tab}'; take another")
    return {tab: Tab(name, tuple(ranked[tab][rank] for rank in sorted(ranked[tab]))) for tab, name in names.items()}


TABS: Mapping[str, Tab] = arranged(NAMES, DRAWINGS.values())
