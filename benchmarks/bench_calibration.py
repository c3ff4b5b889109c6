"""calibration.*: how often statements on a screen are wrong, by seeded simulations through the product's own functions.

Each share is given with its Wilson 95 % interval and the number of simulated cities.

``ranking.any_called``: departments whose cases of a category and severity are late equally often, whoever has them; any is
called late more or less often than others.  ``.shared``: 13 departments of 20 to 1,600 cases with shared categories; ``.demo``:
the departments and categories of the demo city, of which one department has nearly all, against its own past; ``.city_shift``:
the same with the whole city late 1.3 times as often as before; ``.days30``: at any time in 30 days of daily evaluations, each of
the last 30 days (13 equal ones of 100, 570 and 1,600; the worst of the three).
``ranking.power``: one of 13 departments with 1,600 (570) cases each is late 1.3 times as often: it is called at the last of 30
daily evaluations; ``power_at_once``: at a single evaluation at 5 %, as the workbench makes for a selection.
``response.any_called``: five departments of 20, 100 or 1,000 cases with the same skewed times, a sixth still open; ``.power``:
one of five of 1,000 takes 1.3 times as long.
``rank_coverage.n40`` and ``.n400``: the share of groups whose true rank lies in the interval shown beside their rank, for 13
and 25 groups of that mean size at 12 % late and true ratios that spread by .1 to .8 (standard deviation); value, min and max are
the mean and the extremes over spreads and numbers of groups, each of ``CITIES`` simulated cities.
``worst.any_wrong``: of 13 and 25 groups of 40 and 400 cases (spreads as above), one is wrongly said to be certainly among the
worst k.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from benchmarks.curves import draw
from benchmarks.place import city
from benchmarks.record import record, record_share
from data.alarms import verdicts
from data.facts.schema import EVENT
from data.metrics.wall import department_response
from data.statistics import assessment, ranking, standardise, survival

Ints = NDArray[np.int64]
STRATA = 24
CITIES, LATE, SPREADS, GROUPS = 1200, 0.12, (0.1, 0.2, 0.4, 0.8), (13, 25)
SIZES = (20, 20, 25, 30, 40, 60, 100, 100, 200, 300, 570, 800, 1600)
#: Number of cities for the other figures; for those of 30 days of evaluations.
MANY, MONTHS = 1000, 400


def run() -> None:
    rng = np.random.default_rng(13)
    record_share("calibration.ranking.any_called.shared", sum(called_once(rng, SIZES)[0] for _ in range(MANY)), MANY)
    for name, shift, wander in (("demo", 1.0, 0.0), ("city_shift", 1.3, 0.0), ("wandering", 1.0, 0.15)):
        hits = sum(called_against_past(rng, shift, wander) for _ in range(MANY))
        record_share(f"calibration.ranking.any_called.{name}", hits, MANY)
    for groups in (3, 13):
        hits = sum(found_against_past(rng, groups) for _ in range(MONTHS))
        record_share(f"calibration.ranking.power.past_{groups}", hits, MONTHS)
    worst = max(sum(called_in_days(rng, n)[0] for _ in range(MONTHS)) for n in (100, 570, 1600))
    record_share("calibration.ranking.any_called.days30", worst, MONTHS)
    for n in (1600, 570):
        record_share(f"calibration.ranking.power.{n}", sum(called_in_days(rng, n, 1.3)[1] for _ in range(MONTHS)), MONTHS)
        once = sum(called_once(rng, [n] * 13, 1.3)[1] for _ in range(MANY))
        record_share(f"calibration.ranking.power_at_once.{n}", once, MANY)
    for n in (20, 100, 1000):
        record_share(f"calibration.response.any_called.n{n}", round(MANY * any_called([n] * 5, MANY, n)), MANY)
    power = any_called([1000] * 5, MONTHS, 7, 1.3, first=True)
    record_share("calibration.response.power", round(MONTHS * power), MONTHS)
    for n in (40, 400):
        shares = [rank_coverage(n, spread, groups, CITIES, seed) for groups in GROUPS for seed, spread in enumerate(SPREADS)]
        for (groups, spread), share in zip(((g, s) for g in GROUPS for s in SPREADS), shares, strict=True):
            print(f"   {groups} groups of {n}, spread {spread}: {share:.3f}", flush=True)
        record(f"calibration.rank_coverage.n{n}", shares, "share")
    curves_of(rng)
    wrong = [worst_wrong(rng, n, spread, groups) for n in (40, 400) for spread in SPREADS for groups in GROUPS for _ in range(40)]
    record_share("calibration.worst.any_wrong", sum(wrong), len(wrong))


def curves_of(rng: np.random.Generator, each: int = 300) -> None:
    """docs/methods: how often a department is called that is late, or takes, a multiple of what the others do."""
    ratios = (1.0, 1.1, 1.2, 1.3, 1.5, 2.0)
    steps = [f"{x:g}" for x in ratios]
    late = {
        f"n = {n}": [sum(called_once(rng, [n] * 13, x)[1] for _ in range(each)) / each for x in ratios] for n in (100, 570, 1600)
    }
    draw("ranking", "Share of departments called worse", "该部门超期占比 ÷ 其余 · share late / that of others", steps, late, each)
    slow = {f"n = {n}": [any_called([n] * 5, each, n, x, first=True) for x in ratios] for n in (20, 100, 1000)}
    draw("response", "Share of departments called slower", "该部门用时 ÷ 其余 · times / those of others", steps, slow, each)


def called_once(rng: np.random.Generator, sizes: Sequence[int], factor: float = 1.0) -> tuple[bool, bool]:
    """(any department is called at one evaluation of 30 days, the first is called worse)."""
    cases, late = (v.sum(axis=0) for v in shared_city(rng, sizes, 30, factor))
    own = assessment.Table(cases, late)
    call = assessment.assess(own, own).call
    return bool(call.any()), bool(call[0] == 1)


def called_against_past(rng: np.random.Generator, shift: float, wander: float = 0.0) -> bool:
    """Whether any of the demo city's departments is called when each stratum is late as often as in the three windows before x
    ``shift``; log odds of each department and window vary by sd ``wander``."""
    mean = demo_design()
    share = rng.uniform(0.05, 0.30, mean.shape[1])
    now, *past = (window(rng, mean, np.minimum(share * times, 1.0), wander) for times in (shift, 1.0, 1.0, 1.0))
    return bool(assessment.assess(now, now, past, past).call.any())


def window(rng: np.random.Generator, mean: NDArray[np.float64], share: NDArray[np.float64], wander: float) -> assessment.Table:
    odds = share / (1 - share) * np.exp(rng.normal(0, wander, (len(mean), 1)))
    cases = rng.poisson(mean)
    return assessment.Table(cases, rng.binomial(cases, odds / (1 + odds)))


def found_against_past(rng: np.random.Generator, groups: int) -> bool:
    """Whether the first of ``groups`` departments with categories of their own, 800 cases each a month and a tenth of them late,
    is called once it is late 1.6 times as often."""
    mean = np.kron(np.eye(groups), np.full((1, 2), 400.0))
    share = np.full(2 * groups, 0.1)
    past = [window(rng, mean, share, 0.0) for _ in range(3)]
    now = window(rng, mean, np.where(np.arange(2 * groups) < 2, 0.16, share), 0.0)
    return bool(assessment.assess(now, now, past, past).call[0] == 1)


@lru_cache(1)
def demo_design() -> NDArray[np.float64]:
    """(departments, strata) cases of one month of the demo city, of 200,000 events in two years."""
    database = city(50_000)
    os.chdir(database.parent)
    from dashboard.app import Service
    from dashboard.settings import resolve

    service = Service(resolve(Namespace(source=f"sqlite:///{database}", city="qufu"), {}))
    service.ticker.once()
    facts, groups = service.pipeline.facts, len(service.page_cache.city.profile.departments)
    assert facts is not None
    c = EVENT.c
    counted = select(
        c.department,
        c.category,
        c.severity,
        func.count().label("n"),
        func.min(c.reported_at).label("first"),
        func.max(c.reported_at).label("last"),
    ).group_by(c.department, c.category, c.severity)
    rows = {k: np.asarray(v, np.int64) for k, v in facts.read({"d": counted})[1]["d"].items()}
    service.stop()
    month = 4 * 30 / ((rows["last"].max() - rows["first"].min()) / 86_400_000)
    known = (rows["department"] >= 0) & (rows["category"] >= 0)
    department, stratum = rows["department"][known], rows["category"][known] * 5 + rows["severity"][known].clip(0, 4)
    mean = np.zeros((groups, int(stratum.max()) + 1))
    np.add.at(mean, (department, stratum), rows["n"][known] * month)
    return mean


def worst_wrong(rng: np.random.Generator, n: int, spread: float, groups: int) -> bool:
    """Whether a group is said to be among the worst k (``ranking.certainly_above``) and is not."""
    expected = LATE * n * rng.uniform(0.5, 1.5, groups)
    true = rng.gamma(1 / spread**2, spread**2, groups)
    root, error = ranking.rooted(rng.poisson(true * expected), expected)
    above = ranking.certainly_above(root, error, np.ones(groups, bool), times=600)
    return bool((above > (true[:, None] > true).sum(axis=1)).any())


def rank_coverage(n: int, spread: float, groups: int, cities: int, seed: int) -> float:
    """The share of true ranks inside their 95 % intervals."""
    rng, inside, everyone = np.random.default_rng(seed), 0, np.ones(groups, bool)
    for _ in range(cities):
        expected = LATE * n * rng.uniform(0.5, 1.5, groups)
        true = rng.gamma(1 / spread**2, spread**2, groups)
        low, high = ranking.rank_limits(standardise.posterior(rng.poisson(true * expected), expected, 1000, seed), everyone)
        place = 1 + np.argsort(np.argsort(true))
        inside += int(((low <= place) & (place <= high)).sum())
    return inside / (cities * groups)


def any_called(
    sizes: Sequence[int], cities: int, seed: int, factor: float = 1.0, open_: float = 0.17, *, first: bool = False
) -> float:
    """The share of cities in which the response of any department (or of the ``first``, which takes ``factor`` times as long)
    is called slower or faster; log-normal times (1.4 the standard deviation of the logarithm), some open."""
    rng, called, groups = np.random.default_rng(seed), 0, len(sizes)
    group = np.repeat(np.arange(groups), sizes)
    for _ in range(cities):
        needed = np.exp(rng.normal(9.7, 1.4, len(group))) * np.where(group == 0, factor, 1.0)
        waited = np.exp(rng.normal(9.7, 1.4, len(group))) / (open_ / (1 - open_)) ** 1.7
        side, p = department_response.compared(
            *survival.histogram(
                group, np.ceil(np.minimum(needed, waited)), (needed <= waited).astype(int), np.ones(len(group), int), groups + 1
            )
        )
        call = np.where(ranking.benjamini_hochberg(p), side, 0)
        called += bool(call[0] == 1) if first else bool((call != 0).any())
    return called / cities


def shared_city(
    rng: np.random.Generator, mean: Sequence[float], days: int, factor: float, shift: float = 1.0
) -> tuple[Ints, Ints]:
    """(cases, late), each (days, departments, strata): departments share 24 strata in their own mixes; the share late is that
    of the stratum (5 to 30 %), ``shift`` times as high for all, and ``factor`` times for the first."""
    share = rng.uniform(0.05, 0.30, STRATA)
    mix = rng.dirichlet(np.full(STRATA, 0.7), len(mean)) * np.asarray(mean)[:, None] / 30
    late = np.tile(share * shift, (len(mean), 1))
    late[0] *= factor
    cases = rng.poisson(np.broadcast_to(mix, (days, *mix.shape)))
    return cases, rng.binomial(cases, np.minimum(late, 1.0))


def called_in_days(rng: np.random.Generator, mean: float, factor: float = 1.0, departments: int = 13) -> tuple[bool, bool]:
    """(any is called in 30 daily evaluations of the last 30 days each; the first is called worse at the last of them)."""
    lived = shared_city(rng, [mean] * departments, 60, factor)
    cases, late = (np.concatenate([np.zeros_like(v[:1]), v.cumsum(axis=0)]) for v in lived)
    standing, ever = np.zeros(departments, np.int64), False
    for day in range(31, 61):
        own = assessment.Table(cases[day] - cases[day - 30], late[day] - late[day - 30])
        found = assessment.assess(own, own)
        standing = verdicts.step(standing, verdicts.Look(found.p, found.side))
        ever |= bool(standing.any())
    return ever, bool(standing[0] == 1)
