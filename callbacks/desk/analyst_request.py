"""Reads a request to the workbench: the facts, the choice of cases, and the context of its drawings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol

from data.access.viewer import Viewer
from data.city.city import City
from data.drill.choice import Choice, choose
from data.drill.view import Reads
from data.query.windows import ordinal
from data.reading.answer import answer
from data.source.columns import Frame
from data.text import Lang, lang_in
from data.types.records import Values
from geo.outline import outlines
from layouts.analyst.context import Outlines, RenderContext
from layouts.analyst.drawings import DRAWINGS
from layouts.analyst.tabs import FIRST, TABS
from layouts.panels.grid_heat_classes import scale_of

#: Time limit of a query of the desk, and of an export (s).
LIMIT_S, EXPORT_S = 8.0, 60.0
#: Maximum number of groups of neighbouring areas whose outlines are held.
MOST_OUTLINES = 400


class RunningCity(Protocol):
    """What the workbench needs of the running service: its facts and city once loaded, and the clock."""

    def desk_facts(self) -> tuple[Reads, City]: ...
    def shapes(self, codes: tuple[str, ...]) -> dict[str, bytes]: ...
    def log_of(self, eid: int, case_number: str) -> Frame: ...
    def desk_now(self) -> datetime: ...
    def behind(self, lang: Lang) -> str: ...
    def badges(self) -> tuple[str, ...]: ...


class Asked(NamedTuple):
    facts: Reads
    choice: Choice
    context: RenderContext


@dataclass
class Requests:
    """Reads the query parameters of requests to one service; holds outlines until the grid is reloaded, breaks for a day."""

    service: RunningCity
    _outlines: dict[tuple[str, ...], Outlines] = field(default_factory=dict)
    _breaks: tuple[City, int, tuple[float, ...]] | None = None

    def read(self, viewer: Viewer, words: Values) -> Asked:
        """Raises QueryError for an invalid parameter, AccessError for an area that is not the viewer's."""
        facts, city = self.service.desk_facts()
        choice = choose(viewer, city, words, self.service.desk_now())
        kept = {"tab": str(words["tab"])} if words.get("tab") in TABS and words["tab"] != FIRST else {}
        for drawing in DRAWINGS.values():
            kept.update({word: str(words[word]) for word, known in drawing.words.items() if words.get(word) in known})
        breaks = partial(self.breaks, facts, city, choice.now)
        return Asked(facts, choice, RenderContext(city, choice.filters, lang_in(words), kept, self.outlines, breaks))

    def breaks(self, facts: Reads, city: City, now: datetime) -> tuple[float, ...]:
        """The breaks of late shares on the wall's map; held for the day."""
        day = ordinal(now, city)
        if self._breaks is None or self._breaks[0] is not city or self._breaks[1] != day:
            _, frame = answer("map_scale", facts, Viewer("wall"), city, now)
            self._breaks = city, day, scale_of(frame, (1,))["late", 1]
        return self._breaks[2]

    def outlines(self, codes: tuple[str, ...]) -> Outlines:
        """Outlines of neighbouring areas; held, since they only change with the grid."""
        held = self._outlines.get(codes)
        if held is None:
            if len(self._outlines) > MOST_OUTLINES:
                self._outlines.clear()
            held = self._outlines[codes] = outlines(self.service.shapes(codes))
        return held

    def forget_shapes(self) -> None:
        """Drop the outlines after the grid was reloaded."""
        self._outlines.clear()
