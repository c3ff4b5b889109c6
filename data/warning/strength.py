"""How strong each stream's evidence is at each look: log odds, prior included; of walls, simulations and benchmarks alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from data.types.arrays import Flags, Floats
from data.warning.evidence import HOURS, Window, evidence, since_when
from data.warning.streams import TOWN, Reach, log_prior, pooled, pooled_alpha

#: Fewer reports than this, yesterday and today, begin no warning; neither do reports that a surge makes less than so many
#: times as likely, however few streams share the budget.
LEAST, WEAKEST = 3, 2.0
#: Of the last 24 hours so many times what is expected: a surge is there still.
STILL = 1.2


class Judged(NamedTuple):
    """Of D days, their hours and K x C streams (Q cities between, where there are): ``strength`` (D, 24, [Q,] K, C) log odds at
    the end of each hour, ``ready`` whether a warning may begin, ``still`` whether the last 24 hours are above; ``seen`` reports
    by hour, ``mean`` (D, 24, K, C) and ``alpha`` (D, K, C) what is expected; ``watched`` and ``memory`` (K, C); ``hours`` of the
    last day that are over."""

    strength: Floats
    ready: Flags
    still: Flags
    seen: Floats
    mean: Floats
    alpha: Floats
    watched: Flags
    memory: Flags
    hours: int

    def window(self) -> Window:
        """Since when a surge of each stream would most probably build up, flat (K x C,); of one city."""
        return since_when(_flat(self.seen, 2), _flat(self.mean, 2), _flat(self.alpha, 1), self.memory.ravel(), self.hours)


def judge(
    seen: ArrayLike, mean: ArrayLike, alpha: ArrayLike, shared: ArrayLike, model: ArrayLike, reach: Reach, hours: int = HOURS
) -> Judged:
    """``seen`` (D, 24, [Q,] A, C) reports by hour, ``mean`` (D, 24, A, C) expected ones (0: not watched), ``alpha`` (D, A, C),
    ``shared`` (C,) dispersion in common, ``model`` (C,) whether a category has a model: else (EARS) its days stand alone, and
    so do its towns.  Many cities at once are judged in single precision."""
    by_town, known = np.asarray(mean, float), np.asarray(model, bool)
    day = by_town.sum(axis=1)
    m, n = pooled(by_town, reach), pooled(seen, reach)
    a = pooled_alpha(day, alpha, shared, reach)
    expected = pooled(day, reach).mean(axis=0)
    watched = ((reach.kind == TOWN)[:, None] | known) & (expected > 0)
    memory = np.broadcast_to(known, watched.shape)
    flat = _flat(n, n.ndim - 2).astype(np.float32 if n.ndim > 4 else float)
    found = evidence(flat, _flat(m, 2), _flat(a, 1), memory.ravel(), hours).reshape(n.shape)
    between = (slice(None), slice(None), *(None,) * (n.ndim - 4))
    still = _last_day(n) > STILL * _last_day(m)[between]
    ready = (_since_yesterday(n) >= LEAST) & (found >= np.log(WEAKEST))
    return Judged(found + log_prior(expected, reach, watched).astype(found.dtype), ready, still, n, m, a, watched, memory, hours)


def _last_day(hourly: Floats) -> Floats:
    """(D, 24, ...) sums of the 24 hours up to each, of the first day of fewer."""
    so_far = hourly.reshape(-1, *hourly.shape[2:]).cumsum(axis=0)
    so_far[HOURS:] -= so_far[:-HOURS].copy()
    return so_far.reshape(hourly.shape)


def _since_yesterday(hourly: Floats) -> Floats:
    """(D, 24, ...) sums since the midnight before the last one."""
    so_far = hourly.cumsum(axis=1)
    so_far[1:] += so_far[:-1, -1:].copy()
    return so_far


def _flat(values: Floats, axes: int) -> Floats:
    return values.reshape(*values.shape[:axes], -1)
