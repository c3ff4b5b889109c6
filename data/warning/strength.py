"""Strength of each stream's evidence at each evaluation: log odds with prior; used by walls, simulations and benchmarks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from data.types.arrays import Flags, Floats
from data.warning.evidence import HOURS, Window, evidence, since_when
from data.warning.streams import TOWN, Reach, log_prior, pooled, pooled_alpha

#: Fewer reports than LEAST, yesterday and today together, start no warning; nor do reports that a surge makes less than WEAKEST
#: times as likely, however few streams share the budget.
LEAST, WEAKEST = 3, 2.0
#: The last 24 hours at or above this many times their expectation: the surge goes on.
STILL = 1.2


class Judged(NamedTuple):
    """For D days, their hours and K x C streams (Q cities in between, if any): ``strength`` (D, 24, [Q,] K, C) log odds at the
    end of each hour, ``ready`` whether a warning may begin, ``still`` whether the last 24 hours are above; ``seen`` reports by
    hour, ``mean`` (D, 24, K, C) and ``alpha`` (D, K, C) what is expected; ``watched`` and ``memory`` (K, C); ``hours`` of the
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
        """The most probable start of a surge of each stream, flat (K x C,); for one city."""
        return since_when(_flat(self.seen, 2), _flat(self.mean, 2), _flat(self.alpha, 1), self.memory.ravel(), self.hours)


def judge(
    seen: ArrayLike, mean: ArrayLike, alpha: ArrayLike, shared: ArrayLike, model: ArrayLike, reach: Reach, hours: int = HOURS
) -> Judged:
    """``seen`` (D, 24, [Q,] A, C) reports by hour, ``mean`` (D, 24, A, C) expected ones (0: not watched), ``alpha`` (D, A, C),
    ``shared`` (C,) shared dispersion, ``model`` (C,) whether a category has a model: otherwise (EARS) each of its days, and each
    of its towns, is judged alone.  Many cities at once are judged in single precision."""
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
    """(D, 24, ...) sums of the 24 hours up to each; on the first day of fewer."""
    so_far = hourly.reshape(-1, *hourly.shape[2:]).cumsum(axis=0)
    so_far[HOURS:] -= so_far[:-HOURS].copy()
    return so_far.reshape(hourly.shape)


def _since_yesterday(hourly: Floats) -> Floats:
    """(D, 24, ...) sums since midnight of the day before."""
    so_far = hourly.cumsum(axis=1)
    so_far[1:] += so_far[:-1, -1:].copy()
    return so_far


def _flat(values: Floats, axes: int) -> Floats:
    return values.reshape(*values.shape[:axes], -1)
