"""A prospective space-time scan: are more reports made recently, somewhere, than in the same places before?

Each day all windows are compared with what the eight weeks before them predict: circles (a village with its nearest) and each
village with its neighbours, over the last 1 to 14 days.  A window's evidence is how many times likelier its count is at a
multiple of its rate than at its rate (negative binomial); the day's score is the mean evidence of all windows and multiples, each
weighted by its expected count.  An alarm is a score that a city without an outbreak, simulated day by day, newly exceeds once in
thirty days.

Neill, D. B., Moore, A. W. and Cooper, G. F. (2006), A Bayesian spatial scan statistic, Advances in Neural Information Processing
Systems 18, 1003-1010.  Neill, D. B. (2009), Expectation-based scan statistics for monitoring spatial time series data,
International Journal of Forecasting 25, 498-517.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.statistics import overdispersed
from data.types.arrays import Array, Flags, Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Days that an expectation is based on; windows reach back up to LONGEST further days.
HISTORY, LONGEST = 56, 14
#: Days that an evaluation needs, its own included.
NEEDED = HISTORY + LONGEST
#: Circles hold a village and up to NEAREST - 1 of its nearest.
NEAREST = 10
#: Multiples of a window's rate at which an outbreak is tested.
RATIOS = (1.5, 2.0, 3.0)
#: Uncertainty of an expectation and unevenness of the days, as a dispersion of one village's count.
ALPHA = 0.05
#: Days between two false alarms, and simulated days that the limit is taken from.
EVERY, SIMULATED, SEED = 30.0, 1500, 14
_CHUNK = 64


class Windows(NamedTuple):
    """``members`` (r, n) sparse 0/1: the villages of each region; ``size`` (r,) their number."""

    members: csr_array
    size: Floats


def windows(xy: Array, pairs: Array) -> Windows:
    """Circles around each village, by the distance of centres ``xy`` (n, 2) (any unit, the same in both directions), and, from
    the neighbours ``pairs`` (k, 2), a village with all that share an edge with it.  Each set once: more sets, such as pairs and
    triples of neighbours, detect nothing sooner, since the limit rises with every one."""
    from scipy.sparse import csr_array
    from scipy.spatial import cKDTree

    n = len(xy)
    order = cKDTree(xy).query(xy, min(NEAREST, n))[1].reshape(n, -1)
    found = {tuple(sorted(row[:k])) for row in order.tolist() for k in range(1, len(row) + 1)}
    near: list[list[int]] = [[] for _ in range(n)]
    for i, j in np.asarray(pairs, np.int64).reshape(-1, 2).tolist():
        near[i].append(j)
        near[j].append(i)
    sets = sorted(found | {tuple(sorted([i, *own])) for i, own in enumerate(near)})
    size = np.array([len(s) for s in sets])
    at = (np.concatenate(sets), np.concatenate([[0], np.cumsum(size)]))
    return Windows(csr_array((np.ones(int(size.sum())), *at), (len(sets), n)), size.astype(float))


def expectations(counts: Array, residents: Floats) -> tuple[Floats, Floats]:
    """(looks, n) daily reports of each village, (looks, 7) the weekdays' factors (mean 1), for each evaluation at the days
    ``counts`` (days, n) from the ``NEEDED``-th on: from the ``HISTORY`` days before its longest window.  Column w of the factors
    is the weekday of the days w, w + 7, ... of ``counts``.

    A village's rate is shrunk towards the city's rate per resident, as far as its few reports leave it uncertain (gamma prior,
    moments of Marshall 1991); a village of unknown population is taken as average.
    """
    c, people = np.asarray(counts, float), np.where(residents > 0, residents, np.nan)
    share = np.nan_to_num(people, nan=float(np.nanmean(people)) if (people > 0).any() else 1.0)
    share = share / share.sum()
    before = _run(c)
    first = np.arange(len(c) - NEEDED + 1)
    seen = before[first + HISTORY] - before[first]  # (looks, n)
    whole = seen.sum(axis=1, keepdims=True)
    e = np.maximum(whole, 1.0) * share
    rate = seen / e
    spread = (e * (rate - 1) ** 2).sum(axis=1, keepdims=True) / e.sum(axis=1, keepdims=True)
    between = np.maximum(spread - 1 / e.mean(axis=1, keepdims=True), 1e-3)
    level = e * (1 / between + seen) / (1 / between + e) / HISTORY
    day = _run(c.sum(axis=1)[:, None] * (np.arange(len(c))[:, None] % 7 == np.arange(7)))
    factor = day[first + HISTORY] - day[first] + 1.0
    return level, factor / factor.mean(axis=1, keepdims=True)


def _run(daily: Array) -> Array:
    """(days + 1, k) cumulative sums of the days before each."""
    return np.concatenate([np.zeros((1, *daily.shape[1:]), daily.dtype), np.cumsum(daily, axis=0)])


class Sums(NamedTuple):
    """Over the last ``days`` days of the evaluations ``at``: ``seen`` and ``expected`` (r, looks) of each region, ``whole`` and
    ``whole_expected`` (looks,) of the city."""

    at: slice
    days: int
    seen: NDArray[np.float32]
    expected: NDArray[np.float32]
    whole: Floats
    whole_expected: Floats


def sums(counts: Array, level: Floats, factor: Floats, members: csr_array) -> Iterator[Sums]:
    """For all evaluations at the days ``counts`` (days, n), in batches; for each 1, 2, .. ``LONGEST`` days back."""
    member = members.astype(np.float32)
    for start in range(0, len(level), _CHUNK):
        at = slice(start, min(start + _CHUNK, len(level)))
        # the window's days of evaluation i are the rows i + HISTORY .. i + NEEDED - 1
        own = np.asarray(counts[start + HISTORY : at.stop + NEEDED - 1], np.float32)
        run, city = _run((member @ own.T).T).T, _run(own.sum(axis=1, dtype=float))
        rate, whole_rate = member @ level[at].T.astype(np.float32), level[at].sum(axis=1)
        last = np.arange(start, at.stop) + NEEDED - 1
        end, weight = last - (start + HISTORY) + 1, np.zeros(len(last))
        for days in range(1, LONGEST + 1):
            weight = weight + factor[at][np.arange(len(last)), (last - days + 1) % 7]
            yield Sums(
                at,
                days,
                run[:, end] - run[:, end - days],
                rate * weight.astype(np.float32),
                city[end] - city[end - days],
                whole_rate * weight,
            )


def evidence(s: Sums, size: Floats) -> NDArray[np.float32]:
    """(r, looks) for each region: the mean over ``RATIOS`` of how many times likelier the count is at that multiple."""
    k = (size[:, None] / ALPHA).astype(np.float32)
    out = np.zeros_like(s.seen)
    for ratio in RATIOS:
        gain = s.seen * np.float32(np.log(ratio)) - (s.seen + k) * np.log1p(np.float32(ratio - 1) * s.expected / (k + s.expected))
        out += np.exp(np.minimum(gain, np.float32(80)))
    return np.asarray(out / len(RATIOS), np.float32)


def scores(counts: Array, residents: Floats, regions: Windows) -> Floats:
    """(looks,) the day's score, a logarithm, for each day from the ``NEEDED``-th of ``counts`` (days, n) on."""
    level, factor = expectations(counts, residents)
    total = np.zeros(len(level))
    for s in sums(counts, level, factor, regions.members):
        prior = s.expected / s.expected.sum(axis=0)
        total[s.at] += (prior * evidence(s, regions.size)).sum(axis=0, dtype=float) / LONGEST
    return np.log(np.maximum(total, 1e-30))


def quiet(level: Floats, factor: Floats, alpha: float, residents: Floats, regions: Windows, days: int = SIMULATED) -> Floats:
    """(days,) simulated scores of a city without an outbreak: its villages' daily counts negative binomial with dispersion
    ``alpha`` around ``level`` (n,) x ``factor`` (7,), judged as the city is, expectations included."""
    rng = np.random.default_rng(SEED)
    mean = level[None, :] * factor[np.arange(days + NEEDED - 1) % 7][:, None]
    return scores(rng.poisson(mean * rng.gamma(1 / alpha, alpha, mean.shape)), residents, regions)


def limit_of(scores_: Floats, every: float = EVERY) -> float:
    """The lowest score that a quiet city's (days,) newly exceed at most once in ``every`` days (consecutive days above it are one
    alarm)."""
    days = len(scores_)
    for limit in np.sort(scores_)[::-1]:
        if alarms(scores_, float(limit)) > days / every:
            break
        kept = float(limit)
    return kept


def alarms(scores_: Floats, limit: float) -> int:
    """How often the score newly exceeds the limit."""
    above = scores_ > limit
    return int((above & ~np.concatenate([[False], above[:-1]])).sum())


def unevenness(counts: Array, level: Floats, factor: Floats) -> float:
    """The dispersion of the villages' days ``counts`` (days, n) around ``level`` (n,) x ``factor`` (7,); always above 0."""
    mean = level[None, :] * factor[np.arange(len(counts)) % 7][:, None]
    return max(overdispersed.dispersion(np.ravel(counts), mean.ravel()), overdispersed.NONE)


class Found(NamedTuple):
    """The last evaluation: its ``score``; days between two scores this high in a quiet city (``recurs``; infinite if none of the
    simulated days comes near it), and whether that is an alarm; the window with most evidence: ``inside`` (n,) its villages, the
    last ``days`` days, ``seen`` and ``expected`` reports in it."""

    score: float
    recurs: float
    alarm: bool
    inside: Flags
    days: int
    seen: int
    expected: float


def look(counts: Array, residents: Floats, xy: Array, pairs: Array, days: int = SIMULATED) -> Found:
    """Evaluate the last of ``NEEDED`` days ``counts`` (days, n); ``days`` are simulated to find how rare its score is."""
    c = np.asarray(counts)[-NEEDED:]
    regions = windows(xy, pairs)
    level, factor = expectations(c, residents)
    score = float(scores(c, residents, regions)[0])
    usual = quiet(level[0], factor[0], unevenness(c[:HISTORY], level[0], factor[0]), residents, regions, days)
    said = [
        (float((s.expected * evidence(s, regions.size))[:, 0].max() / s.expected.sum()), s)
        for s in sums(c, level, factor, regions.members)
    ]
    best = max(said, key=lambda one: one[0])[1]
    region = int(np.argmax((best.expected * evidence(best, regions.size))[:, 0]))
    return Found(
        score,
        recurrence(usual, score),
        score > limit_of(usual),
        regions.members[[region]].toarray()[0] > 0,
        best.days,
        round(float(best.seen[region, 0])),
        float(best.expected[region, 0]),
    )


def recurrence(usual: Floats, score: float) -> float:
    """Days between two alarms of a quiet city with the scores ``usual``, if ``score`` were its limit."""
    # a limit so low that most days are above it gives fewer alarms again
    times = max((alarms(usual, float(np.nextafter(limit, -np.inf))) for limit in usual[usual >= score]), default=0)
    return len(usual) / times if times else np.inf
