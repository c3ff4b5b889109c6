"""Kaplan-Meier curves from integer-weighted counts: many groups at once over one list of times.

S(t) = prod over t_i <= t of (1 - d_i / n_i), n_i at risk just before t_i; observations censored at t_i are still at risk there.
A quantile is the first time with S(t) <= q + 1e-9, because a float product that should be exactly one half is not: a
curve that touches the quantile has reached it.  Variance: Greenwood.  Intervals of quantiles: complementary log-log
(Brookmeyer & Crowley 1982 with that transform, as statsmodels' ``SurvfuncRight.quantile_ci``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from data.statistics.comparison import Held, hypergeometric
from data.statistics.distributions import normal_point
from data.types.arrays import Array, Flags, Floats

TIE = 1e-9
#: Times that ``log_rank`` computes at once: so many that their numbers stay in the processor's cache.
BLOCK = 4096


@dataclass(frozen=True)
class Curves:
    """``times`` (u,) ascending; ``at_risk``, ``done``, ``survival``, ``hazard_variance`` (..., u).

    ``hazard_variance`` is Greenwood's running sum of d / (n (n - d)); infinite once S has reached 0.
    """

    times: Floats
    at_risk: Floats
    done: Floats
    survival: Floats
    hazard_variance: Floats


def kaplan_meier(times: ArrayLike, done: ArrayLike, censored: ArrayLike) -> Curves:
    """Curves of one or many groups.

    Parameters
    ----------
    times : (u,) distinct, ascending
    done, censored : (..., u) how many finished, and how many were only known to be unfinished, at each time

    Raises ValueError where ``times`` are not strictly ascending or a shape does not fit.

    Example: T = 2, 4+4, 6, 8(censored), 10, 12(c), 20(c) gives S = 7/8, 5/8, 1/2, 1/2, 1/3 ...
    """
    t = np.asarray(times, float)
    d, c = np.asarray(done, float), np.asarray(censored, float)
    if t.ndim != 1 or d.shape != c.shape or d.shape[-1] != len(t):
        raise ValueError(f"done {d.shape} and censored {c.shape} must both end in the {len(t)} times")
    if np.any(np.diff(t) <= 0):
        raise ValueError("times must be strictly ascending; add up equal times first (see histogram)")
    leaving = d + c
    at_risk = np.asarray(np.cumsum(leaving[..., ::-1], axis=-1)[..., ::-1], float)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(d > 0, d / at_risk, 0.0)
        increment = np.where(d > 0, d / (at_risk * (at_risk - d)), 0.0)
    survival = np.asarray(np.cumprod(1.0 - hazard, axis=-1), float)
    return Curves(t, at_risk, d, survival, np.cumsum(increment, axis=-1))


def histogram(group: Array, time: Array, done: Array, n: Array, groups: int) -> tuple[Floats, Floats, Floats]:
    """Weighted observations (k,) as (times (u,), done (groups, u), censored (groups, u)) for ``kaplan_meier``.

    ``group`` is 0 .. groups-1, ``done`` 1 = finished, 0 = censored, ``n`` the number of such observations.
    """
    times, at = np.unique(time, return_inverse=True)
    size = len(times)
    place = group.astype(np.int64) * size + at
    tables = [
        np.bincount(place[done == value], weights=n[done == value].astype(float), minlength=groups * size) for value in (1, 0)
    ]
    finished, unfinished = (np.asarray(t, float).reshape(groups, size) for t in tables)
    return times.astype(float), finished, unfinished


def quantile(curves: Curves, p: float = 0.5) -> Floats:
    """(...,) first time by which the share ``p`` has finished; infinite if it is not reached."""
    reached = curves.survival <= 1.0 - p + TIE
    return _first(curves.times, reached)


def quantiles(times: ArrayLike, done: ArrayLike, censored: ArrayLike, p: float = 0.5) -> Floats:
    """(k,) ``quantile`` of the curves that ``kaplan_meier`` makes of (k, u) counts, without making them: several times faster."""
    t, d, c = np.asarray(times, float), np.asarray(done, float), np.asarray(censored, float)
    out = np.full(len(d), np.inf)
    for i, own in enumerate(d):
        at = np.flatnonzero(own)  # the curve falls at no other time
        at_risk = np.cumsum((own + c[i])[::-1])[::-1][at]
        reached = np.cumprod(1.0 - own[at] / at_risk) <= 1.0 - p + TIE
        if reached.any():
            out[i] = t[at[np.argmax(reached)]]
    return out


def quantile_interval(curves: Curves, p: float = 0.5, level: float = 0.95) -> tuple[Floats, Floats]:
    """(low, high), each (...,): the times that the data cannot distinguish from the quantile; high may be infinite.

    Both NaN where no statement is possible (none finished, or all did at one time).
    """
    s = curves.survival
    q = 1.0 - p
    with np.errstate(divide="ignore", invalid="ignore"):
        # se of log(-log S) is sqrt(Greenwood sum) / |log S|
        z = (np.log(-np.log(s)) - np.log(-np.log(q))) * np.abs(np.log(s)) / np.sqrt(curves.hazard_variance)
        inside = np.abs(z) <= normal_point(0.5 + level / 2)
    inside &= (s > 0) & (s < 1)
    some = inside.any(axis=-1)
    size = s.shape[-1]
    last = size - 1 - np.argmax(inside[..., ::-1], axis=-1) if size else np.zeros(s.shape[:-1], int)
    # The upper end is the next time at which the curve falls: after the last time inside it is outside or unknown.
    times = np.append(curves.times, np.inf)
    high = np.where(some, times[np.minimum(last + 1, size)], np.nan)
    low = np.where(some, _first(curves.times, inside), np.nan)
    # A curve that falls in one step from clearly above to clearly below determines the quantile exactly.
    reached = s <= q + TIE
    step = _first(curves.times, reached) if size else np.full(s.shape[:-1], np.inf)
    sharp = ~some & (reached & (s > 0) & (curves.times == step[..., None])).any(axis=-1)
    return np.where(sharp, step, low), np.where(sharp, step, high)


def log_rank(done: ArrayLike, censored: ArrayLike) -> Held:
    """Each group (k, u) against all others together: how many finished, and how many would have if it had finished at every time
    at the rate of all at risk (Mantel 1966; hypergeometric at each time)."""
    d, c = np.asarray(done, float), np.asarray(censored, float)
    held, after = np.zeros((4, len(d))), np.zeros((len(d), 1))  # ``after``: at risk beyond the block
    for end in range(d.shape[1], 0, -BLOCK):
        finished, unfinished = (v[:, max(end - BLOCK, 0) : end][:, ::-1] for v in (d, c))
        at_risk = after + np.cumsum(finished + unfinished, axis=1)
        after = at_risk[:, -1:]
        counts = hypergeometric(at_risk, at_risk.sum(axis=0), finished.sum(axis=0))
        held += [v.sum(axis=1) for v in (finished, *counts)]
    return Held(*held)


def follow_up(curves: Curves, leaving: ArrayLike) -> Floats:
    """(...,) up to which time each curve is known: its last observation, or infinity if none was left then; ``leaving``
    (..., u): how many finished or were censored at each time.  0 without observations."""
    some = np.asarray(leaving, float) > 0
    size = some.shape[-1]
    if not size:
        return np.zeros(some.shape[:-1])
    last = size - 1 - np.argmax(some[..., ::-1], axis=-1)
    ended = np.take_along_axis(curves.survival, last[..., None], axis=-1)[..., 0] <= 0
    return np.where(~some.any(axis=-1), 0.0, np.where(ended, np.inf, curves.times[last]))


def standard_error(curves: Curves) -> Floats:
    """(..., u) Greenwood's standard error of S(t); NaN once S has reached 0."""
    with np.errstate(invalid="ignore"):
        return np.asarray(curves.survival * np.sqrt(curves.hazard_variance))


def rmst(curves: Curves, tau: float) -> Floats:
    """(...,) restricted mean: the area under S from 0 to ``tau``, which should not exceed ``follow_up``.

    After a group's last observation its curve stays constant, which is its upper bound.
    """
    area, _ = _areas(curves, tau)
    return area


def rmst_error(curves: Curves, tau: float) -> Floats:
    """(...,) standard error of ``rmst``: sqrt of the sum over t_i of (area from t_i to tau)^2 d / (n (n - d))."""
    _, beyond = _areas(curves, tau)
    d, n = curves.done, curves.at_risk
    with np.errstate(divide="ignore", invalid="ignore"):
        term = np.where((d > 0) & (n > d), beyond**2 * d / (n * (n - d)), 0.0)
    return np.asarray(np.sqrt(term.sum(axis=-1)))


def _areas(curves: Curves, tau: float) -> tuple[Floats, Floats]:
    """(whole area to tau (...,), area from each time to tau (..., u))."""
    edges = np.minimum(np.append(curves.times, np.inf), tau)
    steps = curves.survival * np.diff(edges)
    beyond = np.cumsum(steps[..., ::-1], axis=-1)[..., ::-1]
    first = edges[0]
    return first + steps.sum(axis=-1), beyond


def _first(times: Floats, where: Flags) -> Floats:
    if where.shape[-1] == 0:
        return np.full(where.shape[:-1], np.inf)
    return np.where(where.any(axis=-1), times[np.argmax(where, axis=-1)], np.inf)
