"""Looking at the day while it runs: each full hour what has been reported so far is held against what should have been.

A look asks of each series (area x category) how likely so many reports or more are (negative binomial).  How small that chance
must be follows from the budget of false alarms: on a day without any outbreak the chances of all series together to pass at
one look add up to the shift's budget divided by its looks, of which each is worth ``WORTH`` of an independent one.  Two looks in
a row make a warning (amber); it holds until the chance rises above ``RELEASE``, and is one warning until then, also over
midnight.  Where it also stands up to Benjamini-Hochberg over all series of the look it is as good as sure (red).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.chance import nb_chances, nb_points, nb_tails
from data.ranking import benjamini_hochberg
from data.shifts import DAY, bounds

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
#: Fewer reports than this are never a warning.
LEAST = 3
#: A look counts most of what the one before has counted: measured over quiet years (``make bench ONLY=warning``), eight looks at
#: a growing day give about half the false warnings of 1.6 independent ones, and a shift stays well within its budget.
WORTH = 0.2
#: A city of few series would have its budget only with chances that are nothing out of the way: no chance above this is rare.
MOST_CHANCE = 0.01
#: Of the series called sure at one look this share may be wrong.
FDR = 0.05
#: A warning is over once so many reports or more are no longer rarer than this.
RELEASE = 0.05
#: EARS names a day more than three standard deviations above its seven (Hutwagner et al. 2003).
EARS_LIMIT = 3.0
#: The band of what is expected: 95 %.
LOW, HIGH = 0.025, 0.975
#: Before this share of a day's reports is expected, few reports do not end yesterday's warning.
TOO_EARLY = 0.25
HOURS = 24
_SMALL = 1e-6
QUIET, FIRST, NEW, CONTINUING, OVER = range(5)
#: How a series stands: as expected; above at the newest look alone; a warning since the newest look; since earlier; no longer.
STATUSES = ("quiet", "first", "new", "continuing", "over")


class Expected(NamedTuple):
    """Of S series at L looks, each (L, S): ``mean`` reports so far, and ``variance`` of EARS' seven days (NaN elsewhere);
    ``alpha`` (L, S) dispersion; ``early`` (L, S) whether the day has hardly begun."""

    mean: Floats
    alpha: Floats
    variance: Floats
    early: Flags


class Standing(NamedTuple):
    """At one look, of S series: ``status``; ``p`` the chance of so many or more; ``since`` the look that the warning (or the
    first of two) began at, -1 where there is none; ``sure``: it is a warning and passes Benjamini-Hochberg."""

    status: NDArray[np.int64]
    p: Floats
    since: NDArray[np.int64]
    sure: Flags


def looks_of(shifts: tuple[str, ...]) -> Floats:
    """(24,) for the look at 1, 2 ... 24 o'clock: how many independent looks those of its shift are worth; a look belongs to the
    shift that it ends an hour of, also where that began the day before."""
    spans = bounds(shifts)
    hours = range(60, DAY + 1, 60)
    of = np.array([next(i for i, (a, b) in enumerate(spans) if a < h <= b or a < h + DAY <= b) for h in hours])
    return np.asarray(WORTH * np.bincount(of)[of], np.float64)


def standing(seen: Any, expected: Expected, budget: Any) -> Standing:
    """``seen`` (L, S) reports so far at each look, the looks in their order; ``budget`` (L,) false alarms allowed at each."""
    return list(walk(seen, expected, budget))[-1]


def walk(seen: Any, expected: Expected, budget: Any) -> Iterator[Standing]:
    """How the series stand at each look, one after another; see ``standing``."""
    n = np.asarray(seen, np.int64)
    allowed = np.broadcast_to(np.asarray(budget, float), len(n))
    size = n.shape[1]
    on, before, ever = np.zeros(size, bool), np.zeros(size, bool), np.zeros(size, bool)
    since, began = np.full(size, -1, np.int64), np.full(size, -1, np.int64)
    for i in range(len(n)):
        p = nb_tails(n[i], expected.mean[i], expected.alpha[i])
        passed = _passes(n[i], p, expected, i, float(allowed[i]))
        began = np.where(passed, np.where(before, began, i), -1)
        starts = passed & before & ~on
        # at night hardly anything is expected, and hardly anything can be seen of what goes on
        stays = on & (passed | (p <= RELEASE) | expected.early[i])
        since = np.where(starts, began, since)
        status = np.select([starts, stays, passed, ever], [NEW, CONTINUING, FIRST, OVER], QUIET)
        on = starts | stays
        ever |= on
        before = passed
        sure = on & benjamini_hochberg(p, FDR)
        yield Standing(status, p, np.where(status == FIRST, began, np.where(status == QUIET, -1, since)), sure)


def _passes(n: NDArray[np.int64], p: Floats, e: Expected, i: int, budget: float) -> Flags:
    mean, alpha = e.mean[i], e.alpha[i]
    passed = (n >= LEAST) & (p <= chance_for(budget, mean, alpha))
    known = ~np.isnan(e.variance[i])
    above = n - mean > EARS_LIMIT * np.sqrt(np.where(known, np.maximum(e.variance[i], mean), 0.0))
    return np.asarray(passed & (above | ~known), bool)


def chance_for(budget: float, mean: Floats, alpha: Floats) -> float:
    """The largest chance at which the expected number of series that pass (with LEAST reports or more) is within ``budget``.

    Counts are whole, so most series pass less often than the chance itself: what they leave is given to all.
    """
    return _chance(budget, mean.tobytes(), alpha.tobytes())


@lru_cache(maxsize=512)
def _chance(budget: float, means: bytes, alphas: bytes) -> float:
    """The same looks are asked about all hour long."""
    mean, alpha = np.frombuffer(means), np.frombuffer(alphas)
    known = mean > 0
    if not known.any():
        return 0.0
    tails = _tails(mean[known], alpha[known])
    # a chance above the budget is never the answer, and those far below it hardly add up
    likely = (tails <= min(budget, MOST_CHANCE)) & (tails >= _SMALL * budget)
    following = np.append(tails[:, 1:], np.zeros((len(tails), 1)), axis=1)
    following[following < _SMALL * budget] = 0.0
    chances = tails[likely]
    order = np.argsort(chances)
    chances, added = chances[order], np.cumsum((tails - following)[likely][order])
    within = np.searchsorted(added, budget, side="right")       # so many pass within the budget; ties together or not at all
    if within and within < len(chances) and chances[within] == chances[within - 1]:
        within = np.searchsorted(chances, chances[within], side="left")
    return float(chances[within - 1]) if within else _SMALL * budget


def _tails(mean: Floats, alpha: Floats) -> Floats:
    """(S, k) P(X >= LEAST), P(X >= LEAST + 1) ..., as far as a budget may reach."""
    variance = mean + alpha * mean**2
    most = int(np.ceil((mean + 14 * np.sqrt(variance)).max())) + 20
    p = nb_chances(most, mean, alpha)
    return np.cumsum(p[:, :LEAST - 1:-1], axis=1)[:, ::-1]


def band(mean: Floats, alpha: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(low, high) of 95 % of the counts: at most 2.5 % lie below it, at most 2.5 % above."""
    m, a = np.maximum(mean, 1e-9), np.maximum(alpha, 1e-9)
    return nb_points(LOW, m, a), nb_points(HIGH, m, a)
