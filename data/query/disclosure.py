"""How totals count what may not be told: cases of sensitive categories, in batches of five.

A total of the city or of a town counts its sensitive cases by whole fives, of which the first is full at five to nine of them: by
so many more than five as the figure's own secret step says.  So the sensitive part of every published number is a multiple of
five and never more than there are, and so is that of every sum and difference of such numbers, over areas, categories and times:
none of them tells a count of one to four.  No breakdown (a category, channel, stage, hour, village or cell), share or length
counts them at all, so what a breakdown lacks of its total is such a multiple again.

Who watches a figure sees the instants at which it steps, and a figure that falls from five to none would tell that four are left
if the step were known.  It is one of five, drawn by a secret of the installation for each figure, area and (of what begins anew
at midnight) day, and the same whenever that figure is asked for: four to eight are left.  Each figure has a step of its own: by
a common one two figures that differ by a few would step apart in so many cases of five.  A stock keeps its step: drawn anew, it
would be told from several sides.  Under five there is no step at all, so that no number of looks tells such counts apart.

Only in the windows that every wall shows: by windows of one's own choice one could find the instants at which a batch fills.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from data.access.viewer import Viewer
from data.city.city import City
from data.facts.rows import Rows
from data.text import Text
from data.types.arrays import Flags, Ints

#: Sensitive cases are counted by so many at once.
BATCH = 5
#: Under what name the state store keeps the secret that steps are drawn by (``data.access.store.State.secret``).
SECRET = "steps"
#: What a metric whose figures are all totals says of them.
IN_BATCHES = Text(
    zh="敏感类别在全市与镇街按五件一批计入，村及以下不含。",
    en="Sensitive categories are counted in batches of five for the city and its towns, and not below.",
)


@dataclass(frozen=True, slots=True)
class Total:
    """A sum as it is told: the cases of no sensitive category, and of the others those that are counted, a multiple of five."""

    plain: int
    hidden: int = 0

    @property
    def n(self) -> int:
        return self.plain + self.hidden

    def within(self, whole: Total, *beside: Total) -> Total:
        """As a part of ``whole``, beside other parts: no more of it is counted than they leave."""
        left = whole.hidden - sum(other.hidden for other in beside)
        return Total(self.plain, min(self.hidden, left))

    @classmethod
    def of(cls, parts: Iterable[Total]) -> Total:
        """The sum of parts, as its parts are told."""
        kept = list(parts)
        return cls(sum(p.plain for p in kept), sum(p.hidden for p in kept))


def in_batches(n: Any, step: Any = 0) -> Ints:
    """The last multiple of five that is no more than each count less ``step``, at least 0."""
    beyond = np.asarray(n, np.int64) - np.asarray(step, np.int64)
    return np.maximum(beyond, 0) // BATCH * BATCH


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


def apart(viewer: Viewer, city: City, back: timedelta | None) -> tuple[str, ...]:
    """By what this viewer's totals are told apart beside the town: ``sensitive`` where such cases are counted in batches."""
    return ("sensitive",) if counting(viewer, city, back) is not viewer else ()


def total(r: Rows, city: City, figure: str, day: int = 0, *, only: Flags | None = None, of: str = "n") -> Total:
    """The sum of a column, of the rows ``only``: sensitive ones, where they are told apart, in batches.

    ``figure`` names what is counted, the same wherever it is published, ``day`` (an ordinal) of which day where it begins anew
    at midnight; ``city`` knows of which area it is asked.
    """
    n = np.asarray(r[of], np.int64)
    n = n if only is None else np.where(only, n, 0)
    if "sensitive" not in r:
        return Total(int(n.sum()))
    hidden = np.asarray(r["sensitive"]) == 1
    return Total(int(n[~hidden].sum()), int(in_batches(n[hidden].sum(), step(city, figure, day))))


def of_window(r: Rows, city: City, window: timedelta) -> tuple[Total, Total]:
    """(ended, still open) of what was reported in the last ``window``, of rows with ``open`` 1 or 0; all of it is their sum."""
    is_open = np.asarray(r["open"]) == 1
    # each window's figure is one of its own: two that overlap would differ by a few
    ended, still = (f"{name} of {window.total_seconds():.0f} s" for name in ("ended", "still open"))
    return total(r, city, ended, only=~is_open), total(r, city, still, only=is_open)


def step(city: City, figure: str, day: int = 0) -> int:
    """0 .. 4: how many more than five fill the first batch of a figure of this area and day.  0 without a secret."""
    return _drawn(city.secret, figure, city.scope, day) if city.secret else 0


@lru_cache(4096)
def _drawn(secret: str, figure: str, scope: str, day: int) -> int:
    text = "\x1f".join((figure, scope, str(day)))
    digest = hashlib.blake2b(text.encode(), key=secret.encode()[: hashlib.blake2b.MAX_KEY_SIZE], digest_size=8)
    return int.from_bytes(digest.digest()) % BATCH  # of 2^64: no step is likelier than another by more than 1e-19
