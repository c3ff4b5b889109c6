"""How strongly recent reports speak for a surge: the likelihood ratio, averaged over when it began and how large it is.

A quiet day's reports of a series are negative binomial: Poisson, times a factor of the day that is the same for all its hours
(gamma, mean 1, variance ``alpha``).  Hours of a day are therefore not independent: a busy morning predicts a busy afternoon.
With the factor integrated out, a surge of ``r`` times as many reports from the hour ``s`` of a day on has, by the hour ``t`` of
that day, the likelihood ratio

    r^(N_t - N_s) x ((k + M_t) / (k + M_t + (r - 1) (M_t - M_s)))^(k + N_t),        k = 1 / alpha,

with ``N`` reports and ``M`` expected since midnight.  Days are independent: a surge that began on an earlier day has the product
of that day's ratio and those of the days since.  Evidence is the mean of these ratios over ``RATIOS`` and over all hours of the
last ``BACK`` whole days and of today at which a surge may have begun (Shiryaev 1963, Roberts 1966; Lai 1998 for the window).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from data.types.arrays import Floats, Ints

HOURS = 24
#: Whole days before today on which a surge may have begun.
BACK = 3
#: Factors by which a surge multiplies reports.
RATIOS = (1.7, 2.5)
#: Cap on log ratios: larger ones add nothing, and the product of four days must stay finite.
_MOST = 165.0
_CAP = float(np.exp(3 * _MOST))
#: The cap in single precision, where quiet days are simulated: no ratio there comes near it.
_MOST_SINGLE = np.float32(1e12)


class Window(NamedTuple):
    """The most probable start of a surge, of S series: ``day`` and first ``hour``; ``observed``, ``expected`` reports since."""

    day: Ints
    hour: Ints
    observed: Floats
    expected: Floats


def evidence(seen: ArrayLike, mean: ArrayLike, alpha: ArrayLike, memory: ArrayLike = True, hours: int = HOURS) -> Floats:
    """(D, 24, ..., S) log of the mean likelihood ratio at the end of each hour of each day, in single precision if ``seen`` is.

    ``seen`` (D, 24, ..., S) reports by hour (any axes between: many simulated days at once), ``mean`` (D, 24, S) expected,
    ``alpha`` (D, S) dispersion, ``memory`` (S,) whether earlier days count at all.  Of the last day ``hours`` are over; later
    hours are not computed (-inf).
    """
    n = np.asarray(seen)
    n = n if n.dtype == np.float32 else n.astype(float)
    m, a = np.asarray(mean, n.dtype), np.asarray(alpha, n.dtype)
    out = np.full(n.shape, -np.inf, n.dtype)
    remembered = np.broadcast_to(np.asarray(memory, n.dtype), (n.shape[-1],))
    log_weight = -np.log(len(RATIOS) * HOURS * (BACK + 0.5))
    cap = _CAP if n.dtype == float else _MOST_SINGLE
    earlier: list[list[Floats]] = []  # of each earlier day, by ratio: the sum over its hours up to the end of yesterday
    for d in range(len(n)):
        last = hours if d == len(n) - 1 else HOURS
        if not last:
            break
        parts = (
            _day_kept(n[d, :last].tobytes(), m[d, :last].tobytes(), a[d].tobytes(), last)
            if n.ndim == 3
            else _day(n[d, :last], m[d, :last], a[d])
        )
        total = sum(began for began, _ in parts)
        for i, (_, whole) in enumerate(parts):
            if earlier:  # a surge that continues from an earlier day: the whole of today
                total = total + sum(day[i] for day in earlier) * whole * remembered
        out[d, :last] = np.log(total) + log_weight
        earlier = [[np.minimum(day[i] * whole[-1], cap) for i, (_, whole) in enumerate(parts)] for day in earlier]
        earlier = [*earlier, [began[-1] for began, _ in parts]][-BACK:]
    return out


def _day(n: Floats, m: Floats, alpha: Floats) -> list[tuple[Floats, Floats]]:
    """By ratio: (sum over the hours at which a surge may have begun, ratio of one begun at midnight), each (hours, ..., S)."""
    size = len(n)
    k = 1.0 / alpha
    so_far = np.concatenate([np.zeros_like(n[:1]), n.cumsum(axis=0)])
    expected = np.concatenate([np.zeros_like(m[:1]), m.cumsum(axis=0)])
    due, stake = k + expected[1:], k + so_far[1:]
    most = _MOST if n.dtype == float else np.log(_MOST_SINGLE)
    wide = (-1, *(1,) * (n.ndim - 2), n.shape[-1])
    out = []
    for r in RATIOS:
        began = np.zeros_like(n)
        whole = began
        for s in range(size):
            less = np.log1p((r - 1.0) * (expected[s + 1 :] - expected[s]) / due[s:]).reshape(wide)
            term = (so_far[s + 1 :] - so_far[s]) * n.dtype.type(np.log(r)) - stake[s:] * less
            np.exp(np.minimum(term, most, out=term), out=term)
            began[s:] += term
            whole = term if s == 0 else whole
        out.append((began, whole))
    return out


@lru_cache(maxsize=12)
def _day_kept(n: bytes, m: bytes, alpha: bytes, hours: int) -> list[tuple[Floats, Floats]]:
    """Cached, because the same days are evaluated at each tick."""
    return _day(np.frombuffer(n).reshape(hours, -1), np.frombuffer(m).reshape(hours, -1), np.frombuffer(alpha))


def since_when(seen: ArrayLike, mean: ArrayLike, alpha: ArrayLike, memory: ArrayLike, hours: int) -> Window:
    """The most probable start of a surge of each series, as of the end of the last day's hour ``hours``.

    ``seen`` (D, 24, S), ``mean`` (D, 24, S), ``alpha`` (D, S), ``memory`` (S,) as in ``evidence``.
    """
    n, m = np.asarray(seen, float)[-BACK - 1 :].copy(), np.asarray(mean, float)[-BACK - 1 :].copy()
    n[-1, hours:], m[-1, hours:] = 0.0, 0.0
    k = 1.0 / np.asarray(alpha, float)[-BACK - 1 :, None]
    days, _, size = n.shape
    # from each hour on to the end of its day, and the day's own sum
    rest_n, rest_m = (v[:, ::-1].cumsum(axis=1)[:, ::-1] for v in (n, m))
    day_n, day_m = rest_n[:, :1], rest_m[:, :1]
    best, at = np.full(size, -np.inf), np.zeros(size, np.int64)
    for r in RATIOS:
        part = rest_n * np.log(r) - (k + day_n) * np.log1p((r - 1.0) * rest_m / (k + day_m))
        after = part[::-1, 0].cumsum(axis=0)[::-1] - part[:, 0]  # of the days that follow
        value = part + after[:, None]
        value[-1, hours:] = -np.inf
        value[:-1] = np.where(np.asarray(memory, bool), value[:-1], -np.inf)
        flat = value.reshape(-1, size)
        chosen = flat.argmax(axis=0)
        top = flat[chosen, np.arange(size)]
        at, best = np.where(top > best, chosen, at), np.maximum(top, best)
    day, hour = at // HOURS, at % HOURS
    observed, expected = (v.reshape(-1, size)[::-1].cumsum(axis=0)[::-1][at, np.arange(size)] for v in (n, m))
    skipped = np.asarray(seen).shape[0] - days
    return Window(day + skipped, hour, observed, expected)
