"""Compare groups with the rest of the whole if others do the same work, else with their own past: which stand out, and by how
much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data.statistics import comparison, funnel, standardise
from data.statistics.ranking import MIN_RANKED, benjamini_hochberg
from data.types.arrays import Flags, Floats, Ints

#: A group that makes up more than this share of its reference would mostly be compared with itself.
MOST_OWN = 0.8
#: What a group is compared with: nothing, the rest of the whole, its own past.
NONE, REST, PAST = range(3)


class Table(NamedTuple):
    """``cases`` and ``hits`` of a window, each (groups, strata)."""

    cases: Ints
    hits: Ints


class Assessed(NamedTuple):
    """By group (k,): ``mix``, with expected hits by its ``basis``; ``weight`` (0..1]: precision of the expected count relative to
    an observed one (1: a standard taken as known); ``p`` p-value; ``call`` -1 clearly fewer hits, 0, 1 clearly more, and ``side``
    -1 | 0 | 1 whether clear or not.  ``change``: (log odds of now against before for all together, its variance), NaN if no past
    is known."""

    mix: standardise.Mix
    basis: Ints
    weight: Floats
    p: Floats
    call: Ints
    side: Ints
    change: tuple[float, float]


def table(group: Ints, stratum: Ints, cases: Ints, hits: Ints, shape: tuple[int, int]) -> Table:
    """Sum cells (m,), several of which may belong to the same group and stratum."""
    at = group * shape[1] + stratum
    n, h = (np.bincount(at, v, shape[0] * shape[1]).astype(np.int64).reshape(shape) for v in (cases, hits))
    return Table(n, h)


def assess(own: Table, whole: Table, before: Sequence[Table] = (), whole_before: Sequence[Table] = ()) -> Assessed:
    """``own``: the groups' cases in the scope; ``whole``: all cases of the reference, including those of the scope; and both for
    the windows of a comparable past.

    A group is compared with the rest if it makes up at most ``MOST_OWN`` of the whole, else with its own past, adjusted for how
    all others changed meanwhile; with two groups it is undecidable which one changed, so at least three are needed.  The group
    that stands out most is excluded from the others' change and all are tested again, until no new one stands out or about half
    are left: one group's change must not be read as a change of all others.
    """
    groups = len(own.cases)
    group, stratum = np.nonzero(own.cases)
    n, hits = own.cases[group, stratum], own.hits[group, stratum]
    marked, total = whole.hits.sum(axis=0), whole.cases.sum(axis=0)
    share = np.divide(marked, total, out=np.zeros(len(total)), where=total > 0)
    mix = standardise.mix(group, stratum, n, hits, (total.astype(float), share), groups)
    rest = comparison.with_rest(group, n, hits, total[stratum], marked[stratum], groups)
    enough = mix.cases >= MIN_RANKED
    basis = np.where((np.nan_to_num(mix.own, nan=1.0) <= MOST_OWN) & (rest.variance > 0), REST, NONE)
    p_rest = _chances(rest, enough & (basis == REST))
    expected, weight, change = mix.expected, np.ones(groups), (np.nan, np.nan)
    if not before:
        return Assessed(mix, basis, weight, p_rest, _calls(rest, p_rest), _side(rest), change)
    earlier, whole_earlier = _together(before), _together(whole_before)
    change = comparison.change(*(v.ravel() for v in (*whole, *whole_earlier)))
    wander = _wander(whole_before) * (1 + 1 / len(before))
    there = (whole.cases.sum(axis=1) > 0) & (whole_earlier.cases.sum(axis=1) > 0)
    most, left_out = (int(there.sum()) - 1) // 2, np.zeros(groups, bool)
    while True:
        others = _others(whole, whole_earlier, left_out)
        past = comparison.with_past(
            group, n, hits, earlier.cases[group, stratum], earlier.hits[group, stratum], others, groups, wander
        )
        if there.sum() > 2:
            basis = np.where((basis == REST) | (past.variance <= 0), basis, PAST)
        many = (there & ~left_out).sum() - (there & ~left_out) > 1
        p = np.where(basis == REST, p_rest, _chances(past, enough & (basis == PAST) & many, widened=len(before) < 2))
        held = comparison.Held(*(np.where(basis == REST, a, b) for a, b in zip(rest, past, strict=True)))
        call = _calls(held, p)
        new = (call != 0) & ~left_out
        if not new.any() or left_out.sum() >= most:
            break
        left_out[np.where(new, np.abs(comparison.scores(held)), -1.0).argmax()] = True
    usual, error = _usual(own, earlier, others)
    by_past = basis == PAST
    expected = np.where(by_past, usual, expected)
    weight = np.where(by_past, 1.0 / (1.0 + np.where(by_past, usual, 0.0) * (error + wander)), weight)
    return Assessed(mix._replace(expected=np.nan_to_num(expected)), basis, weight, p, call, _side(held), change)


def _together(windows: Sequence[Table]) -> Table:
    return Table(*(np.sum(v, axis=0) for v in zip(*windows, strict=True)))


def _wander(windows: Sequence[Table]) -> float:
    """Variance of a group's log odds between windows, beyond chance and what all groups have in common: each window against the
    others of the same group, pooled over groups (moments).  0 if there is only one window.

    A score's variance V grows by V^2 x the variance of the log odds it is taken at, here of one window less the mean of the
    others.
    """
    if len(windows) < 2:
        return 0.0
    square, gain, free = 0.0, 0.0, 0.0
    for i, now in enumerate(windows):
        rest = _together([w for k, w in enumerate(windows) if k != i])
        group, stratum = np.nonzero(now.cases)
        others = _others(now, rest, np.zeros(len(now.cases), bool))
        held = comparison.with_past(
            group,
            now.cases[group, stratum],
            now.hits[group, stratum],
            rest.cases[group, stratum],
            rest.hits[group, stratum],
            others,
            len(now.cases),
        )
        known = held.variance > 0
        square += float((comparison.scores(held)[known] ** 2 - 1).sum())
        gain += float(held.variance[known].sum()) * (1 + 1 / (len(windows) - 1))
        free += float(known.sum()) * (1 - 1 / len(windows))
    # an estimate from few windows: inflated as Student's variance is over the normal's
    return max(square / gain, 0.0) * free / (free - 2) if free > 2 else 0.0


def _others(whole: Table, before: Table, left_out: Flags) -> comparison.Change:
    group = np.repeat(np.arange(len(whole.cases)), whole.cases.shape[1])
    n, hits, n0, hits0 = (v.ravel() for v in (*whole, *before))
    return comparison.change_of_others(group, n, hits, n0, hits0, len(whole.cases), left_out)


def _chances(held: comparison.Held, asked: Flags, widened: bool = True) -> Floats:
    """p-values of those tested, ``widened`` by their common over-dispersion; NaN for the others."""
    asked = asked & (held.variance > 0)
    phi = funnel.overdispersion(comparison.scores(held)[asked]) if widened else 1.0
    return np.where(asked, comparison.chances(held, phi), np.nan)


def _calls(held: comparison.Held, p: Floats) -> Ints:
    return np.where(benjamini_hochberg(p), _side(held), 0)


def _side(held: comparison.Held) -> Ints:
    return np.sign(held.observed - held.expected).astype(np.int64)


def _usual(own: Table, before: Table, others: comparison.Change) -> tuple[Floats, Floats]:
    """((k,) hits expected now at the group's own earlier shares, changed as all others' were; (k,) variance of its log)."""
    n0, c = before.cases.astype(float), before.hits.astype(float)
    whole = np.divide(c.sum(axis=1), n0.sum(axis=1), out=np.zeros(len(n0)), where=n0.sum(axis=1) > 0)[:, None]
    # a new stratum gets the share of the whole group; one of few cases is smoothed towards it by one case
    share = (c + whole) / (n0 + 1.0)
    odds = np.exp(others.log_odds)[:, None]
    moved = odds * share / (1.0 - share + odds * share)
    expected = (own.cases * moved).sum(axis=1)
    spread = (own.cases**2 * moved * (1 - moved) / (n0 + 1.0)).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = spread / expected**2 + others.variance
    return expected, np.where(np.isfinite(error), error, 0.0)


def ratio(found: Assessed) -> tuple[Floats, Floats, Floats]:
    """(hits / expected, low, high), each (k,), with a 95 % interval: exact for a Poisson count if the expectation is taken as
    known, and widened by its error if not."""
    m, w = found.mix, found.weight
    _, low, high = standardise.ratio(w * m.hits, w * m.expected)
    middle, _, _ = standardise.ratio(m.hits, m.expected)
    return middle, low, high
