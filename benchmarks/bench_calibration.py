"""calibration.*: how often what a screen says is wrong, by seeded simulations through the product's own functions.

``calibration.rank_coverage.n40`` and ``.n400``: the share of groups whose true place lies in the interval that is shown beside
their rank, for 13 and 25 groups of that mean size at 12 % late and true ratios that spread by .1 to .8 (standard deviation);
value, min and max are the mean and the ends over spreads and numbers of groups, each of ``CITIES`` simulated cities.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.record import record
from data import ranking, standardise, survival
from data.alarms import verdicts
from data.metrics import department_response
from data.statistics import assessment

Ints = NDArray[np.int64]

STRATA = 24
CITIES, LATE, SPREADS, GROUPS = 1200, 0.12, (0.1, 0.2, 0.4, 0.8), (13, 25)


def run() -> None:
    for n in (40, 400):
        shares = [rank_coverage(n, spread, groups, CITIES, seed) for groups in GROUPS for seed, spread in enumerate(SPREADS)]
        for (groups, spread), share in zip(((g, s) for g in GROUPS for s in SPREADS), shares, strict=True):
            print(f"   {groups} groups of {n}, spread {spread}: {share:.3f}", flush=True)
        record(f"calibration.rank_coverage.n{n}", shares, "share")


def rank_coverage(n: int, spread: float, groups: int, cities: int, seed: int) -> float:
    """The share of true places inside of their 95 % intervals."""
    rng, inside, everyone = np.random.default_rng(seed), 0, np.ones(groups, bool)
    for _ in range(cities):
        expected = LATE * n * rng.uniform(0.5, 1.5, groups)
        true = rng.gamma(1 / spread**2, spread**2, groups)
        low, high = ranking.rank_limits(standardise.posterior(rng.poisson(true * expected), expected, 1000, seed), everyone)
        place = 1 + np.argsort(np.argsort(true))
        inside += int(((low <= place) & (place <= high)).sum())
    return inside / (cities * groups)


def any_called(sizes: Sequence[int], cities: int, seed: int, factor: float = 1.0, open_: float = 0.17, *, first: bool = False,
               ) -> float:
    """The share of cities in which the response of any department (or of the ``first``, in that it takes ``factor`` times as
    long) is called slower or faster; log-normal times (1.4 the standard deviation of the logarithm), some open."""
    rng, called, groups = np.random.default_rng(seed), 0, len(sizes)
    group = np.repeat(np.arange(groups), sizes)
    for _ in range(cities):
        needed = np.exp(rng.normal(9.7, 1.4, len(group))) * np.where(group == 0, factor, 1.0)
        waited = np.exp(rng.normal(9.7, 1.4, len(group))) / (open_ / (1 - open_)) ** 1.7
        times, done, censored = survival.histogram(group, np.ceil(np.minimum(needed, waited)), (needed <= waited).astype(int),
                                                   np.ones(len(group), int), groups + 1)
        own = survival.quantile(survival.kaplan_meier(times, done, censored))
        rest = survival.quantile(survival.kaplan_meier(times, done.sum(axis=0) - done, censored.sum(axis=0) - censored))
        side, p = department_response.compared(done, censored, own[:-1], rest[:-1])
        call = np.where(ranking.benjamini_hochberg(p), side, 0)
        called += bool(call[0] == 1) if first else bool((call != 0).any())
    return called / cities


def shared_city(rng: np.random.Generator, mean: Sequence[float], days: int, factor: float, shift: float = 1.0) -> tuple[Ints,
Ints]:
    """(cases, late), each (days, departments, strata): departments share 24 strata in mixes of their own; the late share is that
    of the stratum (5 to 30 %), ``shift`` times of all, and ``factor`` times of the first."""
    share = rng.uniform(0.05, 0.30, STRATA)
    mix = rng.dirichlet(np.full(STRATA, 0.7), len(mean)) * np.asarray(mean)[:, None] / 30
    late = np.tile(share * shift, (len(mean), 1))
    late[0] *= factor
    cases = rng.poisson(np.broadcast_to(mix, (days, *mix.shape)))
    return cases, rng.binomial(cases, np.minimum(late, 1.0))


def called_in_days(rng: np.random.Generator, mean: float, factor: float = 1.0, departments: int = 13) -> tuple[bool, bool]:
    """(anybody was called in 30 days of daily looks at the last 30 days each; the first is called worse at the last of them)."""
    lived = shared_city(rng, [mean] * departments, 60, factor)
    cases, late = (np.concatenate([np.zeros_like(v[:1]), v.cumsum(axis=0)]) for v in lived)
    standing, ever = np.zeros(departments, np.int64), False
    for day in range(31, 61):
        own = assessment.Table(cases[day] - cases[day - 30], late[day] - late[day - 30])
        found = assessment.assess(own, own)
        standing = verdicts.step(standing, verdicts.Look(found.p, found.side))
        ever |= bool(standing.any())
    return ever, bool(standing[0] == 1)
