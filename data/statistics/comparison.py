"""Does a group's share of hits differ from that of others, or from its own past?  Score tests within strata, to adjust for the
case mix.

With the rest: Mantel and Haenszel (1959), the count of a group given each stratum's totals (hypergeometric).  With its own past:
the same for now against before within the group's strata, given how much all others changed meanwhile (their common odds ratio
over strata, with its error), so that a season or a slow-down of the whole city is not attributed to the group.  The tail is that
of a gamma distribution with the same mean, variance and skewness (Pearson's type III), with a continuity correction of half a
case: a normal tail calls small groups too often.

Mantel, N. and Haenszel, W. (1959), Statistical aspects of the analysis of data from retrospective studies of disease, JNCI 22,
719-748; Robins, J., Breslow, N. and Greenland, S. (1986), Estimators of the Mantel-Haenszel variance, Biometrics 42, 311-323.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from data.types.arrays import Array, Flags, Floats, Ints


class Held(NamedTuple):
    """By group (k,): ``observed`` hits, ``expected`` hits if nothing differs, their ``variance`` and third central moment
    ``third``; variance 0: nothing to compare with."""

    observed: Floats
    expected: Floats
    variance: Floats
    third: Floats


class Change(NamedTuple):
    """By group (k,): the log odds ratio of now against before for all *other* groups, and its variance; NaN: unknown."""

    log_odds: Floats
    variance: Floats


def with_rest(group: Ints, cases: Ints, hits: Ints, whole: Array, whole_hits: Array, groups: int) -> Held:
    """Cells (m,) of a group and a stratum, each against ``whole`` (m,), the cases of its stratum including the cell's own.

    Worked: of 8 hits among 20 cases, 10 are the group's: 4 expected, variance 10 x 10 x 8 x 12 / (20^2 x 19) = 24/19.
    """
    n, total, marked = (np.asarray(v, float) for v in (cases, whole, whole_hits))
    cells = (np.asarray(hits, float), *hypergeometric(n, total, marked))
    return Held(*(np.asarray(np.bincount(group, v, groups), np.float64) for v in cells))


def hypergeometric(n: Floats, total: Floats, marked: Floats) -> tuple[Floats, Floats, Floats]:
    """For arrays of one shape: (mean, variance, third central moment) of the number of ``marked`` ones among ``n`` drawn from
    ``total``."""
    safe = np.maximum(total, 1.0)
    mean = n * marked / safe
    more = mean * (total - n) * (total - marked) / safe
    variance = np.divide(more, total - 1, out=np.zeros_like(mean), where=total > 1)
    skew = variance * (total - 2 * n) * (total - 2 * marked)
    third = np.divide(skew, safe * (total - 2), out=np.zeros_like(mean), where=total > 2)
    return mean, variance, third


def change_of_others(
    group: Ints, cases: Ints, hits: Ints, before: Ints, before_hits: Ints, groups: int, left_out: Flags | None = None
) -> Change:
    """How all others changed: cells (m,) of a group and stratum, ``cases`` and ``hits`` now and ``before``.

    The Mantel-Haenszel odds ratio is taken over the cells of all groups except the group itself (and those ``left_out``).
    """
    parts = _mantel_haenszel(*(np.asarray(v, float) for v in (cases, hits, before, before_hits)))
    by_group = np.stack([np.bincount(group, v, groups) for v in parts])  # R, S, PR, PS + QR, QS
    if left_out is not None:
        by_group[:, left_out] = 0.0
    r, s, pr, mixed, qs = by_group.sum(axis=1, keepdims=True) - by_group
    known = (r > 0) & (s > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_odds = np.where(known, np.log(r / s), np.nan)
        variance = np.where(known, pr / (2 * r * r) + mixed / (2 * r * s) + qs / (2 * s * s), np.nan)
    return Change(log_odds, variance)


def _mantel_haenszel(n: Floats, a: Floats, n0: Floats, c: Floats) -> tuple[Floats, ...]:
    total = np.maximum(n + n0, 1.0)
    b, d = n - a, n0 - c
    p, q, r, s = (a + d) / total, (b + c) / total, a * d / total, b * c / total
    return r, s, p * r, p * s + q * r, q * s


def change(cases: Ints, hits: Ints, before: Ints, before_hits: Ints) -> tuple[float, float]:
    """(log odds ratio of now against before, its variance) for all cells together; NaN if unknown."""
    cells = np.zeros(len(cases), np.int64)
    # with two groups, the "others" of the (empty) second one are the first, which is everything
    found = change_of_others(cells, cases, hits, before, before_hits, 2)
    return float(found.log_odds[1]), float(found.variance[1])


def with_past(
    group: Ints, cases: Ints, hits: Ints, before: Ints, before_hits: Ints, others: Change, groups: int, wander: float = 0.0
) -> Held:
    """Each group now against its own past, within its strata, assuming it changed as all others did.  ``wander``: the variance of
    a group's own log odds between then and now without any cause."""
    held = (cases > 0) & (before > 0) & np.isfinite(others.log_odds[group])
    n, a, n0, c = (np.asarray(v[held], np.float64) for v in (cases, hits, before, before_hits))
    group = group[held]
    odds = np.exp(others.log_odds[group])
    mean, variance = _given_odds(n, n0, np.asarray(a + c, float), odds)
    # skewness hardly depends on the odds
    _, plain, skew = hypergeometric(n, np.asarray(n + n0, float), np.asarray(a + c, float))
    third = np.divide(skew, plain**1.5, out=np.zeros_like(plain), where=plain > 0) * variance**1.5
    sums = [np.bincount(group, v, groups).astype(float) for v in (a, mean, variance, third)]
    # the derivative of expected hits by the log odds is their variance, and the log odds are only estimated
    sums[2] = sums[2] + sums[2] ** 2 * (np.nan_to_num(others.variance) + wander)
    return Held(*sums)


def _given_odds(n: Floats, n0: Floats, marked: Floats, odds: Floats) -> tuple[Floats, Floats]:
    """(mean, variance) of the marked ones among ``n``, of ``n + n0`` in all, given the odds ratio of being marked: the root of
    a (n0 - marked + a) = odds (n - a) (marked - a), and its variance (Levin 1984)."""
    total = n + n0
    high = np.minimum(n, marked)
    low = np.maximum(0.0, marked - n0)
    even = np.abs(odds - 1) < 1e-9
    k = np.where(even, 2.0, odds)
    lead = k * (n + marked) + (n0 - marked)
    root = (lead - np.sqrt(np.maximum(lead**2 - 4 * k * (k - 1) * n * marked, 0.0))) / (2 * (k - 1))
    mean = np.clip(np.where(even, n * marked / total, root), low, high)
    with np.errstate(divide="ignore"):
        spread = 1.0 / (1 / mean + 1 / (n - mean) + 1 / (marked - mean) + 1 / (n0 - marked + mean))
    return mean, np.where(high > low, spread * total / np.maximum(total - 1, 1.0), 0.0)


def scores(held: Held) -> Floats:
    """(k,) standard deviations by which each departs from its expectation; NaN where nothing can be compared."""
    return np.asarray(
        np.divide(
            held.observed - held.expected,
            np.sqrt(held.variance),
            out=np.full(len(held.expected), np.nan),
            where=held.variance > 0,
        ),
        np.float64,
    )


def chances(held: Held, phi: float = 1.0) -> Floats:
    """(k,) two-sided p-value of each count: twice the smaller tail, at most 1; NaN where nothing can be compared.

    ``phi``: over-dispersion, by which variances are inflated.
    """
    from scipy.stats import pearson3

    known = held.variance > 0
    out = np.full(len(known), np.nan)
    if known.any():
        sd = np.sqrt(held.variance[known] * phi)
        gap, skew = held.observed[known] - held.expected[known], held.third[known] / held.variance[known] ** 1.5
        above, below = pearson3.sf((gap - 0.5) / sd, skew), pearson3.cdf((gap + 0.5) / sd, skew)
        out[known] = np.minimum(2 * np.minimum(above, below), 1.0)
    return out
