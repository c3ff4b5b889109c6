"""Find the alarm strength that spends exactly the whole budget of false alarms, on simulated quiet days.

The quiet days are the city's own: the fitted expectation of each day, hour, town and category, its dispersion, and the part of it
that towns share.  They are evaluated as the server does, hour by hour; how many alarms begin in a shift is counted at many
thresholds.  Call it through ``data.jobs.worker``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from data.types.arrays import Floats, Ints
from data.warning.evidence import BACK
from data.warning.monitor import walk
from data.warning.streams import reach_of
from data.warning.strength import judge

#: Log odds at which alarms are counted.
GRID = np.arange(-5.5, 4.01, 0.5)
#: Days simulated, in chains as long as the expected period.
DAYS = 252
SEED = 2013
#: Both the fitted expectation and a threshold found by simulation are uncertain: real quiet days bring this many times as many
#: false alarms as the simulated ones (measured by ``make bench ONLY=warning``, with a margin).
UNSURE = 1.08
#: Fewer alarms than this in all simulated shifts give no rate: beyond, it is extrapolated to fall with the odds.
FEWEST = 20


class Curve(NamedTuple):
    """``rate``: false alarms a shift that are at least as strong as ``strength``; ``rate`` falls as ``strength`` rises."""

    strength: tuple[float, ...]
    rate: tuple[float, ...]


def threshold(curve: Curve, budget: float) -> float:
    """The strength at which ``budget`` false alarms begin in a shift."""
    s, logs = np.asarray(curve.strength), np.log(np.asarray(curve.rate))
    want = float(np.log(budget))
    if want < logs[-1]:
        return float(s[-1] + logs[-1] - want)
    return float(np.interp(-want, -logs, s))


def rate(curve: Curve, strength: ArrayLike) -> Floats:
    """False alarms a shift at a strength or above; where quiet days have hardly any, it falls as the odds do."""
    x = np.asarray(strength, float)
    s, logs = np.asarray(curve.strength), np.log(np.asarray(curve.rate))
    return np.asarray(np.exp(np.interp(x, s, logs) - np.maximum(x - s[-1], 0.0)), np.float64)


def calibrate(
    mu: ArrayLike,
    alpha: ArrayLike,
    shared: ArrayLike,
    model: ArrayLike,
    hours: ArrayLike,
    pairs: ArrayLike,
    shifts: int,
    seed: int = SEED,
    days: int = DAYS,
) -> Curve:
    """``mu`` and ``alpha`` (A, C, W) of W consecutive days, ``shared`` (C,) dispersion that towns share, ``model`` (C,) whether a
    category has a model (else EARS), ``hours`` (W, C, 24) share of each hour, ``pairs`` (n, 2) neighbouring areas, ``shifts`` a
    day."""
    m, a = (np.moveaxis(np.asarray(v, float), 2, 0) for v in (mu, alpha))  # (W, A, C)
    size, areas, some = m.shape
    chains = int(np.ceil(days / max(size - BACK - 1, 1)))
    rng = np.random.default_rng(seed)
    reach = reach_of(areas, pairs)
    common = np.minimum(np.asarray(shared, float), a)
    hourly = m[:, None] * np.moveaxis(np.asarray(hours, float), 2, 1)[:, :, None]  # (W, 24, A, C)
    factor = _gamma(rng, common.min(axis=1), (chains, size, some))[:, :, None] * _gamma(
        rng, (a - common) / (1 + common), (chains, *m.shape)
    )
    seen = rng.poisson(hourly[:, :, None] * np.moveaxis(factor, 0, 1)[:, None])  # (W, 24, Q, A, C)
    judged = judge(seen, hourly, a, shared, model, reach)
    strength = judged.strength.reshape(size * 24, chains, *judged.watched.shape)
    there = judged.ready.reshape(strength.shape)
    first, shifts_seen = 24 * (BACK + 1), chains * (size - BACK - 1) * shifts
    # all thresholds at once, each as a city of its own
    wide = (len(strength), len(GRID), *strength.shape[1:])
    each, ready = (np.broadcast_to(v[:, None], wide) for v in (strength, there))
    new = [look.new for look in walk(each, ready, np.repeat(GRID[:, None], chains, axis=1), reach.overlap)]
    return _curve(np.sum(new[first:], axis=(0, 2)), shifts_seen)


def _curve(counts: Ints, shifts: int) -> Curve:
    """From the threshold at which most alarms begin (at lower ones they never end) as far as there are enough to count."""
    start = int(counts.argmax())
    end = start + int((counts[start:] >= FEWEST).sum())
    if end - start < 2:
        start, end = 0, 0
    known = np.minimum.accumulate(counts[start:end])
    s = [*GRID[start:end].tolist()]
    r = [*(UNSURE * known / shifts).tolist()]
    if not s:  # hardly anything is ever reported here: use the odds alone
        s, r = [0.0, 1.0], [1.0, float(np.exp(-1.0))]
    keep = [0, *(i for i in range(1, len(r)) if r[i] < r[i - 1])]
    return Curve(tuple(round(s[i], 3) for i in keep), tuple(round(r[i], 6) for i in keep))


def _gamma(rng: np.random.Generator, variance: Floats, shape: tuple[int, ...]) -> Floats:
    """Factors of mean 1 and the given variance; 1 where it is zero."""
    v = np.maximum(variance, 1e-9)
    return np.where(variance > 1e-6, rng.gamma(1.0 / v, v, shape), 1.0)
