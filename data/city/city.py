"""A city as the metrics see it: its profile, its departments and its grid, by position.

The facts hold positions; codes and names are what a metric or a panel outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.city.areas import find_area, unknown_area
from data.city.profile import Profile
from data.text import Text
from data.types.arrays import Ints
from geo.locate import Locator
from geo.neighbours import neighbours


@dataclass(frozen=True)
class Grid:
    """The grid below the city, parents before children; all arrays have one entry per cell (n cells).

    ``level`` 1 = just below the city; ``parent`` is a position, -1 = the city; ``population`` is -1 where unknown.
    ``shapes`` returns the outlines (WKB or None) of the n cells when a point is to be located; () = none has one.
    """

    code: tuple[str, ...] = ()
    name: tuple[Text, ...] = ()
    level: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, np.int16))
    parent: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    population: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    shapes: Callable[[], Sequence[bytes | None]] = tuple

    @cached_property
    def index(self) -> dict[str, int]:
        return {c: i for i, c in enumerate(self.code)}

    @cached_property
    def names(self) -> dict[str, Text]:
        """Code -> name."""
        return dict(zip(self.code, self.name, strict=True))

    @cached_property
    def codes(self) -> NDArray[np.object_]:
        """(n,) ``code`` as an array."""
        return np.array(self.code, object)

    @cached_property
    def locator(self) -> Locator:
        """Finds the cell of a point; built at the first point that comes without a code."""
        return Locator(self.shapes(), self.level)

    def neighbours(self, level: int) -> Ints:
        """(k, 2) positions i < j of the cells of a level that share an edge; computed on first use."""
        kept = self._neighbours.get(level)
        if kept is None:
            shapes, own = self.shapes(), self.at_level(level)
            kept = self._neighbours[level] = own[neighbours([shapes[i] for i in own] if shapes else [])].astype(np.int64)
        return kept

    @cached_property
    def _neighbours(self) -> dict[int, Ints]:
        return {}

    def path(self, at: Ints) -> NDArray[np.int32]:
        """(n, 4) position at each level of the cells ``at``; -1 below them and for negative positions."""
        return np.vstack([self.ancestors, np.full((1, 4), -1, np.int32)])[np.maximum(at, -1)]

    def at_level(self, level: int) -> NDArray[np.int32]:
        """Positions of the cells of one level, in order."""
        return np.flatnonzero(self.level == level).astype(np.int32)

    @cached_property
    def ancestors(self) -> NDArray[np.int32]:
        """(n, 4): position of each cell's ancestor (or itself) at level 1..4; -1 if it has none."""
        path = np.full((len(self.code), 4), -1, np.int32)
        for i in range(len(self.code)):
            parent = int(self.parent[i])
            if parent >= 0:
                path[i] = path[parent]
            if 1 <= self.level[i] <= 4:
                path[i, self.level[i] - 1] = i
        return path


@dataclass(frozen=True)
class City:
    """Profile + grid.  Departments, categories ... are the profile's lists.  Level 0 of ``geometry`` is the city's outline.

    ``mapped``: what its mapping delivers (``data.query.needs``), None = everything; ``ended``: the clock stands at the newest
    record of a closed log, whose last day is not "today".  ``secret``: seed of the counts at which the totals step
    (``data.query.disclosure``), "" = at full fives; ``scope``: the area that an answer is computed for, "" = the city.
    """

    profile: Profile
    grid: Grid = Grid()
    geometry: Mapping[int, str] = field(default_factory=dict)  # level -> version of its packed geometry (its URL's last part)
    mapped: Mapping[str, frozenset[str]] | None = None
    ended: bool = False
    secret: str = field(default="", repr=False)
    scope: str = ""

    def seen_from(self, code: str) -> City:
        """The city with ``scope`` set to one area.  Raises QueryError."""
        scope = code if self.scope_of(code)[0] else ""
        return self if scope == self.scope else replace(self, scope=scope)

    def scope_of(self, code: str) -> tuple[int, int]:
        """(level, position) of a scope code; ("" -> (0, -1), the whole city).  Raises QueryError."""
        if code in ("", self.profile.city.code, "city"):
            return 0, -1
        at = self.grid.index.get(code)
        if at is None:
            raise unknown_area("scope", code, self.grid.names)
        return int(self.grid.level[at]), at

    def code_of(self, place: str) -> str:
        """The grid code of an area given by its code or name (in either language); "" = the whole city.

        Raises QueryError if no area has it, or if several have the name: these are listed.
        """
        if place in ("", "city", self.profile.city.code, self.profile.city.name.zh, self.profile.city.name.en):
            return ""
        return find_area("scope", place, self.grid.names, self._above)

    def _above(self, code: str) -> str:
        above = int(self.grid.parent[self.grid.index[code]])
        return self.grid.name[above].zh if above >= 0 else self.profile.city.name.zh

    def lies_in(self, code: str, area: str) -> bool:
        """Whether the grid cell ``code`` is ``area`` or lies in it ("" = the whole city); False for an unknown code."""
        if not area or code == area:
            return True
        at, own = self.grid.index.get(code), self.grid.index.get(area)
        if at is None or own is None:
            return False
        return int(self.grid.ancestors[at, int(self.grid.level[own]) - 1]) == own

    def scope_name(self, code: str) -> Text:
        level, at = self.scope_of(code)
        return self.profile.city.name if level == 0 else self.grid.name[at]
