"""Input of every check: what was read, through which mapping, for which city, and the result of the load's pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from data.check.case import CaseSeen
from data.check.delivery import Delivery
from data.check.finding import Finding
from data.check.load import Account, SetAside
from data.city.city import Grid
from data.city.profile import Profile
from data.source.mapping import Mapping
from data.sync.usable import Fault
from data.types.records import Record


@dataclass(frozen=True)
class Examined:
    """``grid`` and ``grid_faults`` as returned by ``pass_grid``; ``cells`` is that grid (None if it cannot be built).

    ``accounts`` are () if event or transition was not read.  ``stopped``: (table, error) if the pass failed, else None.
    """

    got: Delivery
    mapping: Mapping
    profile: Profile
    now_ms: int
    grid: Record
    grid_faults: list[Fault]
    cells: Grid | None
    accounts: tuple[Account, ...] = ()
    rejected: tuple[SetAside, ...] = ()
    case: CaseSeen | None = None
    stopped: tuple[str, str] | None = None


#: A check: yields its findings, good ones too.  ``data.check.examine.LOOKS`` lists them all.
Look = Callable[[Examined], Iterator[Finding]]
