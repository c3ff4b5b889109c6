"""How strong an alarm must be so that the whole budget of false alarms is spent, and no more: found on simulated quiet days.

The quiet days are those of the city itself: the fitted expectation of each day, hour, town and category, its dispersion, and what
of it the towns have in common.  They are looked at as the server looks, hour by hour; how many alarms begin in a shift is counted
at many thresholds.  Ask it through ``data.jobs.worker``.
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
#: So many days are simulated, in chains as long as the days that are expected.
DAYS = 252
SEED = 2013
#: A fitted expectation is not the true one, and a threshold that is found by chance is not the true one either: quiet days bring
#: so many times as many false alarms as the simulated ones (measured by ``make bench ONLY=warning``, with a margin).
UNSURE = 1.08
#: Fewer alarms than this in all simulated shifts tell no rate: beyond, one falls with the odds themselves.
FEWEST = 20


class Curve(NamedTuple):
    """``rate`` false alarms a shift that are at least as strong as ``strength``; both fall, respectively rise."""

    strength: tuple[float, ...]
    rate: tuple[float, ...]


def threshold(curve: Curve, budget: float) -> float:
    """The strength at which so many false alarms begin in a shift."""
    s, logs = np.asarray(curve.strength), np.log(np.asarray(curve.rate))
    want = float(np.log(budget))
    if want < logs[-1]:
        return float(s[-1] + logs[-1] - want)
    return float(np.interp(-want, -logs, s))


def rate(curve: Curve, strength: ArrayLike) -> Floats:
    """False alarms a shift at a strength or above; where quiet days hardly have any, it falls as the odds do."""
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
    """``mu`` and ``alpha`` (A, C, W) of W days in a row, ``shared`` (C,) dispersion that towns have in common, ``model`` (C,)
    whether a category has a model (else EARS), ``hours`` (W, C, 24) share of each hour, ``pairs`` (n, 2) areas that are
    neighbours, ``shifts`` of a day."""
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
    # all thresholds at once, each a city of its own
    wide = (len(strength), len(GRID), *strength.shape[1:])
    each, ready = (np.broadcast_to(v[:, None], wide) for v in (strength, there))
    new = [look.new for look in walk(each, ready, np.repeat(GRID[:, None], chains, axis=1), reach.overlap)]
    return _curve(np.sum(new[first:], axis=(0, 2)), shifts_seen)


def _curve(counts: Ints, shifts: int) -> Curve:
    """From the threshold at which most begin (lower ones are on all the time) as far as there are enough to count."""
    start = int(counts.argmax())
    end = start + int((counts[start:] >= FEWEST).sum())
    if end - start < 2:
        start, end = 0, 0
    known = np.minimum.accumulate(counts[start:end])
    s = [*GRID[start:end].tolist()]
    r = [*(UNSURE * known / shifts).tolist()]
    if not s:  # hardly anything is ever reported here: odds alone
        s, r = [0.0, 1.0], [1.0, float(np.exp(-1.0))]
    keep = [0, *(i for i in range(1, len(r)) if r[i] < r[i - 1])]
    return Curve(tuple(round(s[i], 3) for i in keep), tuple(round(r[i], 6) for i in keep))


def _gamma(rng: np.random.Generator, variance: Floats, shape: tuple[int, ...]) -> Floats:
    """Factors of mean 1 and that variance; 1 where there is none."""
    v = np.maximum(variance, 1e-9)
    return np.where(variance > 1e-6, rng.gamma(1.0 / v, v, shape), 1.0)
