"""How totals count what may not be told: cases of sensitive categories, in batches of five.

A total of the city or of a town counts its sensitive cases down to the last full five (0 to 4 count as none, 5 to 9 as five).
So the sensitive part of every published number is a multiple of five, and so is that of every sum and difference of such
numbers, over areas, categories and times: none of them tells a count of one to four.  No breakdown (a category, channel, stage,
hour, village or cell) counts them at all, so what a breakdown lacks of its total is such a multiple again.

Only in the windows that every wall shows: by windows of one's own choice one could find the instants at which a batch fills.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import ArrayLike

from data.access.viewer import Viewer
from data.city.city import City
from data.facts.rows import Rows
from data.types.arrays import Flags, Ints

#: Sensitive cases are counted by so many at once.
BATCH = 5


def in_batches(n: ArrayLike) -> Ints:
    """The last multiple of five that is no more than each count."""
    return np.asarray(n, np.int64) // BATCH * BATCH


def counting(viewer: Viewer, city: City, back: timedelta | None) -> Viewer:
    """Who asks a total's statement: the viewer, or where sensitive cases are counted in batches one that counts them too.

    Such a statement groups by ``sensitive``, and ``total`` puts its answer together.  Only for the city and its towns, over the
    total's own window (``back`` None), and for nobody's choice of cases: a choice could be made so that it holds one.
    """
    counts = (
        not viewer.sees_sensitive
        and viewer.only is None
        and back is None
        and city.scope_of(viewer.scope)[0] <= 1
        and any(c.sensitive for c in city.profile.categories)
    )
    return replace(viewer, surface="desk", rights=viewer.rights | {"sensitive"}) if counts else viewer


def batched(viewer: Viewer, city: City, back: timedelta | None) -> bool:
    """Whether this viewer's totals count sensitive cases in batches: then a statement of theirs groups by ``sensitive``."""
    return counting(viewer, city, back) is not viewer


def total(r: Rows, only: Flags | None = None, of: str = "n") -> int:
    """The sum of a column, of the rows ``only``: sensitive ones, where they are told apart, in batches."""
    n = np.asarray(r[of], np.int64)
    n = n if only is None else np.where(only, n, 0)
    if "sensitive" not in r:
        return int(n.sum())
    hidden = np.asarray(r["sensitive"]) == 1
    return int(n[~hidden].sum() + in_batches(n[hidden].sum()))
