"""Go through what was read without writing it: a load writes the parts, a check only counts them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from data.city.city import Grid
from data.city.profile import Profile
from data.source.columns import Frame
from data.source.mapping import Mapping
from data.sync.derive import Derived, derive
from data.sync.grid import grid_rows
from data.sync.milestones import Clock
from data.sync.row_versions import parts_of
from data.sync.usable import Fault
from data.types.records import Record


class Part(NamedTuple):
    """Part ``number`` (from 0) of ``of``: some events (n) with their whole log (m), what is derived from them, and faults."""

    number: int
    of: int
    events: Frame
    log: Frame
    derived: Derived


def pass_grid(cells: Frame | None, profile: Profile, mapping: Mapping) -> tuple[Record, list[Fault]]:
    """(columns of the grid as the facts hold it, faults); ``cells`` None = the source has no grid table."""
    level = mapping.shapes.level if mapping.shapes else ""
    return grid_rows(cells, profile, mapping.outlines, level, mapping.outline_file.rejected, mapping.displaced.get("grid", ""))


def pass_events(events: Frame, log: Frame, profile: Profile, grid: Grid, clock: Clock) -> Iterator[Part]:
    """Yield all parts, events in the order in which they were reported; see ``parts_of`` and ``derive``."""
    for number, of, (some, their_log) in parts_of(events, log):
        yield Part(number, of, some, their_log, derive(some, their_log, profile, grid, clock, bulk=True))


__all__ = ["Part", "pass_events", "pass_grid"]
