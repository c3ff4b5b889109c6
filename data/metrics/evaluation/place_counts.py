"""Reports and late cases by place and source, with the expectation from the place's residents and its mix of cases."""

from __future__ import annotations

import numpy as np

from data.city.city import City
from data.facts.rows import Rows
from data.types.arrays import Array, Floats, Ints

#: Which reports are counted: all; those of channels of kind citizen; of kind patrol, which follow the patrols' effort.
SOURCES = ("all", "citizen", "patrol")
#: What is counted: reports, or the late ones among them.
WHATS = ("reported", "late")
_SEVERITIES = 5


class Counts:
    """Counts by place of one source and one ``what``; ``lost`` those of the scope without a known place."""

    def __init__(
        self, source: str, what: str, n: Array, need: Array, late: Array, lost: tuple[int, int, int], expected: Floats
    ) -> None:
        self.source, self.what, self.reports, self.need, self.late, self.lost = source, what, n, need, late, lost
        self.expected = np.where(expected > 0, expected, np.nan)
        self.n = n if what == "reported" else late


def slots(places: Array, elsewhere: int, city: City) -> Ints:
    """By position in the grid, with a last entry for events in no cell (-1): the place's number, ``elsewhere`` if it is none."""
    out = np.full(len(city.grid.code) + 1, elsewhere, np.int64)
    out[places] = np.arange(len(places))
    return out


def counts_of(r: Rows, slot_of: Ints, residents: Floats, at: int) -> list[Counts]:
    """One for each source and ``what``, in their order.  ``slot_of``: see ``slots``; ``at``: the scope's position in the grid."""
    size = len(residents)
    slot = slot_of[np.asarray(r["place"], np.int64)]
    kind, town = np.asarray(r["kind"], np.int64), np.asarray(r["town"], np.int64)
    n, need, late = (np.asarray(r[k], np.int64) for k in ("n", "need", "late"))
    severity = np.asarray(r["severity"], np.int64).clip(0, _SEVERITIES - 1)
    stratum = (np.asarray(r["category"], np.int64) + 1) * _SEVERITIES + severity
    # events in the scope but in no place: for a town the town's own, for a village there are none
    in_scope = np.ones(len(slot), bool) if at < 0 else town == at
    out = []
    for source in SOURCES:
        own = np.ones(len(slot), bool) if source == "all" else kind == SOURCES.index(source)
        reports, due, overdue = (_sum(slot[own], v[own], size + 1)[:size].astype(np.int64) for v in (n, need, late))
        nowhere = own & in_scope & (slot == size)
        lost = (int(n[nowhere].sum()), int(need[nowhere].sum()), int(late[nowhere].sum()))
        due_late = _late_expected(slot[own], stratum[own], need[own], late[own], size)
        for what, expected in (("reported", by_residents(reports, residents)), ("late", due_late)):
            out.append(Counts(source, what, reports, due, overdue, lost, expected))
    return out


def by_residents(n: Ints, residents: Floats) -> Floats:
    """The reports of the places with known residents, distributed by residents; NaN for the others."""
    known = residents > 0
    total = residents[known].sum()
    return np.where(known, residents * (n[known].sum() / total if total else 0.0), np.nan)


def _late_expected(slot: Ints, stratum: Ints, need: Ints, late: Ints, size: int) -> Floats:
    """Sum over strata of (share late of those due) x (due in the place); the places' sums add up to all late ones in them."""
    here = slot < size
    slot, stratum, need, late = slot[here], stratum[here], need[here], late[here]
    strata = int(stratum.max()) + 1 if len(stratum) else 1
    due = _sum(stratum, need, strata)
    share = np.divide(_sum(stratum, late, strata), due, out=np.zeros(strata), where=due > 0)
    return _sum(slot, need * share[stratum], size)


def _sum(key: Ints, weight: Array, size: int) -> Floats:
    return np.asarray(np.bincount(key, weights=weight, minlength=size), np.float64)
