"""How totals count cases that may not be disclosed: sensitive categories, in batches of five.

A total of the city or of a town counts its sensitive cases in whole fives.  The first batch is full at five to nine of them: five
plus the figure's own secret step.  So the sensitive part of every published number is a multiple of five and never more than the
true count, and so is that of every sum and difference of such numbers, over areas, categories and times: none of them reveals a
count of one to four.  No breakdown (a category, channel, stage, hour, village or cell), share or duration counts them at all, so
the difference between a breakdown and its total is again such a multiple.

Whoever watches a figure sees the instants at which it steps, and a figure that falls from five to none would reveal that four are
left if the step were known.  The step is one of five, drawn with a secret of the installation for each figure, area and (for what
restarts at midnight) day, and is the same on every request for that figure: four to eight are left.  Each figure has its own
step: with a shared one, two figures that differ by k would step apart in k of five cases.  A stock keeps its step: if it were
redrawn, several draws together would reveal it.  Below five nothing steps at all, so that no number of observations tells such
counts apart.

This holds only for the windows that every wall shows: with windows of one's own choice one could find when a batch fills.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
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

#: Sensitive cases are counted in batches of this size.
BATCH = 5
#: The state store's name for the secret that steps are drawn with (``data.access.store.State.secret``).
SECRET = "steps"
#: Note for a metric whose figures are all totals.
IN_BATCHES = Text(
    zh="敏感类别在全市与镇街按五件一批计入，村及以下不含。",
    en="Sensitive categories are counted in batches of five for the city and its towns, and not below.",
)


@dataclass(frozen=True, slots=True)
class Total:
    """A sum as published: the non-sensitive cases, plus the counted part of the sensitive ones, a multiple of five."""

    plain: int
    hidden: int = 0

    @property
    def n(self) -> int:
        return self.plain + self.hidden

    def within(self, whole: Total, *beside: Total) -> Total:
        """As a part of ``whole``, beside other parts: it counts no more of the hidden cases than they leave."""
        left = whole.hidden - sum(other.hidden for other in beside)
        return Total(self.plain, min(self.hidden, left))

    @classmethod
    def of(cls, parts: Iterable[Total]) -> Total:
        """The sum of parts, as the parts are published."""
        kept = list(parts)
        return cls(sum(p.plain for p in kept), sum(p.hidden for p in kept))


def in_batches(n: Any, step: Any = 0) -> Ints:
    """The largest multiple of five not above each count less ``step``, at least 0."""
    beyond = np.asarray(n, np.int64) - np.asarray(step, np.int64)
    return np.maximum(beyond, 0) // BATCH * BATCH


def counting(viewer: Viewer, city: City, back: timedelta | None) -> Viewer:
    """Viewer for a total's statement: the viewer itself, or, where sensitive cases are counted in batches, one that counts them.

    Such a statement groups by ``sensitive``, and ``total`` combines its answer.  Only for the city and its towns, over the
    total's own window (``back`` None), and not for a viewer's own selection of cases, which could be made to hold a single one.
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
    """Extra keys of this viewer's totals beside the town: ``sensitive`` where such cases are counted in batches."""
    return ("sensitive",) if counting(viewer, city, back) is not viewer else ()


def total(r: Rows, city: City, figure: str, day: int = 0, *, only: Flags | None = None, of: str = "n") -> Total:
    """The sum of a column over the rows ``only``; sensitive rows, where distinguished, in batches.

    ``figure`` names what is counted, the same wherever it is published; ``day`` (an ordinal) is the day of a figure that restarts
    at midnight; ``city`` knows which area the query is about.
    """
    own = np.ones(len(r[of]), bool) if only is None else np.asarray(only, bool)
    return totals(r, city, figure, (day,), own[:, None], of)[0]


def totals(r: Rows, city: City, figure: str, days: Sequence[int], only: Flags, of: str = "n") -> list[Total]:
    """``total`` for each of ``days``, 0 for a figure that does not restart; ``only`` (rows, days)."""
    n = np.asarray(r[of], np.int64)
    if "sensitive" not in r:
        return [Total(p) for p in (n @ only).tolist()]
    hidden = np.asarray(r["sensitive"]) == 1
    plain, sensitive = (n[part] @ only[part] for part in (~hidden, hidden))
    counted = in_batches(sensitive, [step(city, figure, day) for day in days])
    return [Total(p, h) for p, h in zip(plain.tolist(), counted.tolist(), strict=True)]


def of_window(r: Rows, city: City, window: timedelta) -> tuple[Total, Total]:
    """(ended, still open) of the reports of the last ``window``, from rows with ``open`` 1 or 0; their sum is all of them."""
    is_open = np.asarray(r["open"]) == 1
    # a figure of its own for each window: two overlapping windows would differ by a few
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
