"""calibration.*: how often what a screen says is wrong, by seeded simulations through the product's own functions.

``calibration.rank_coverage.n40`` and ``.n400``: the share of groups whose true place lies in the interval that is shown beside
their rank, for 13 and 25 groups of that mean size at 12 % late and true ratios that spread by .1 to .8 (standard deviation);
value, min and max are the mean and the ends over spreads and numbers of groups, each of ``CITIES`` simulated cities.
"""

from __future__ import annotations

import numpy as np

from benchmarks.record import record
from data import ranking, standardise

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
