"""calibration.*: how often what a screen says is wrong, by seeded simulations through the product's own functions.

``calibration.rank_coverage.n40`` and ``.n400``: the share of groups whose true place lies in the interval that is shown beside
their rank, for 13 and 25 groups of that mean size at 12 % late and true ratios that spread by .1 to .8 (standard deviation);
value, min and max are the mean and the ends over spreads and numbers of groups, each of ``CITIES`` simulated cities.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.record import record
from data import ranking, standardise, survival
from data.metrics import department_response

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
        call, _ = department_response.compared(done, censored, own[:-1], rest[:-1])
        called += bool(call[0] == 1) if first else bool((call != 0).any())
    return called / cities
