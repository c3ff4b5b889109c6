"""calibration.outlines.*, calibration.exceptions.*: how often a place or category is called in a city where none is worse, and
how often a truly worse one is.

Places, through ``data.statistics.outlying.find``: 318 villages (outlined on the wall's map) and 12 towns (exceptions) of 16,
50 or 200 cases due each, of 19 categories whose shares late differ (log-normal, .9).  A place's mix of categories is its own
(Dirichlet, 1) or the common one; its share is that of its mix times a factor of its own, so that the correlation within places
is 0, .03 or .05; .12 late overall, or .05.  ``any_called.n16`` etc.: the worst of all these.
``any_called.cells``: 6,000 cells of two or three cases.  Exceptions also have minimum counts, which are left out here.
``power.*``: a village of 50 due at 2.5 times its share, a town of 180, 400 or 1,300 due at 1.5 times; by the correlation.

Categories, through ``data.metrics.wall.exception_rules.judged``: 19 of 1 to 60 reports by this time of day, eight days and a
further one like them, negative binomial with dispersion .08, .2 or .3, or half of them .05 and half .3 (``mixed``).
value, min, max: the share and its 95 % interval (Wilson).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.curves import draw
from benchmarks.record import record_share
from data.metrics.wall import exception_rules
from data.statistics import outlying

VILLAGES, TOWNS, CATEGORIES, SEED = 318, 12, 19, 29
DUE, CORRELATIONS, CITIES = (16, 50, 200), (0.0, 0.03, 0.05), 1000
#: overall share late, whether places have their own mix of categories
DESIGNS = ((0.12, True), (0.12, False), (0.05, True))
TIMES, REAL = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0), 400
#: reports by this time on an ordinary day
USUAL = np.array([60, 45, 30, 25, 20, 18, 15, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1.5, 1.0])
DISPERSIONS: dict[str, float | NDArray[np.float64]] = {
    "08": 0.08,
    "20": 0.2,
    "30": 0.3,
    "mixed": np.where(np.arange(CATEGORIES) % 2, 0.3, 0.05),
}
DAYS, LIKE = 4000, 8


def called(
    rng: np.random.Generator, places: int, due: float, share: float, correlation: float, mixed: bool = True, times: float = 1.0
) -> NDArray[np.bool_]:
    """(places,) which are called in one city; the first has ``times`` its share late."""
    of = np.clip(rng.lognormal(0.0, 0.9, CATEGORIES), 0.0, 10.0)
    of = np.minimum(of * share / of.mean(), 0.7)
    mix = rng.dirichlet(np.full(CATEGORIES, 1.0), places) if mixed else np.full((places, CATEGORIES), 1 / CATEGORIES)
    cases = rng.multinomial(np.maximum(rng.poisson(due, places), 1), mix)
    n = cases.sum(axis=1)
    mean = cases @ of / n
    sure = (1 - correlation) / correlation if correlation else 0.0
    own = rng.beta(mean * sure, (1 - mean) * sure) if correlation else mean
    factor = own / mean
    factor[0] *= times
    late = rng.binomial(cases, np.clip(of * factor[:, None], 0.0, 1.0))
    whole = late.sum(axis=0) / np.maximum(cases.sum(axis=0), 1)
    return outlying.find(late.sum(axis=1), n, cases @ whole / n).called


def any_called(places: int, due: float, share: float, correlation: float, mixed: bool, cities: int) -> int:
    """In how many of ``cities`` without a worse place one is called."""
    rng = np.random.default_rng([SEED, places, int(100 * due), int(100 * share), int(100 * correlation), mixed])
    return sum(bool(called(rng, places, due, share, correlation, mixed).any()) for _ in range(cities))


def found(places: int, due: float, times: float, correlation: float, cities: int) -> int:
    """In how many of ``cities`` the place with ``times`` its share late (.12 overall) is called."""
    rng = np.random.default_rng([SEED, places, int(due), int(100 * times), int(100 * correlation)])
    return sum(bool(called(rng, places, due, 0.12, correlation, times=times)[0]) for _ in range(cities))


def days_called(dispersion: float | NDArray[np.float64], days: int, at: int = 0, times: float = 1.0) -> NDArray[np.bool_]:
    """(days, categories) which are called on days like eight others, except category ``at`` with ``times`` its usual."""
    rng = np.random.default_rng([SEED, days, int(100 * np.mean(dispersion)), int(10 * times)])
    alpha = np.broadcast_to(np.asarray(dispersion, float), (CATEGORIES,))
    now = USUAL.copy()
    now[at] *= times
    shape = (days, LIKE, CATEGORIES)
    past = rng.poisson(USUAL * rng.gamma(1 / alpha, alpha, shape)).astype(float)
    today = rng.poisson(now * rng.gamma(1 / alpha, alpha, (days, CATEGORIES))).astype(float)
    return np.array([exception_rules.judged(n, p.T).called for n, p in zip(today, past, strict=True)])


def _worst(key: str, places: int, due: float, cities: int) -> None:
    worst = 0
    for share, mixed in DESIGNS:
        hits = [any_called(places, due, share, c, mixed, cities) for c in CORRELATIONS]
        print(
            f"   {places} of {due:g} due, {share:g} late, {'own mixes' if mixed else 'one mix'}: "
            + ", ".join(f"{c:g}: {n / cities:.3f}" for c, n in zip(CORRELATIONS, hits, strict=True)),
            flush=True,
        )
        worst = max(worst, *hits)
    record_share(key, worst, cities)


def run() -> None:
    for due in DUE:
        _worst(f"calibration.outlines.any_called.n{due}", VILLAGES, due, CITIES)
        _worst(f"calibration.exceptions.areas.any_called.n{due}", TOWNS, due, 2 * CITIES)
    record_share("calibration.outlines.any_called.cells", any_called(6000, 2.25, 0.12, 0.03, True, 400), 400)
    powers = {f"rho = {c:g}": [found(VILLAGES, 50, t, c, REAL) / REAL for t in TIMES] for c in CORRELATIONS}
    for c, shares in zip(CORRELATIONS, powers.values(), strict=True):
        record_share(f"calibration.outlines.power.rho{100 * c:02.0f}", round(REAL * shares[TIMES.index(2.5)]), REAL)
    draw(
        "outlines-power",
        "Share of villages outlined, by how many times their share is late",
        "应有超期的倍数（50 件应结）· times what is expected late (50 due)",
        [f"{t:g}" for t in TIMES],
        powers,
        REAL,
    )
    for due in (180, 400, 1300):
        record_share(f"calibration.exceptions.areas.power.n{due}", found(TOWNS, due, 1.5, 0.0, 2 * REAL), 2 * REAL)
    for name, alpha in DISPERSIONS.items():
        hits = int(days_called(alpha, DAYS).any(axis=1).sum())
        record_share(f"calibration.exceptions.categories.any_called.a{name}", hits, DAYS)
    for name in ("08", "20"):
        hits = int(days_called(DISPERSIONS[name], DAYS, 6, 3.0)[:, 6].sum())
        record_share(f"calibration.exceptions.categories.power.a{name}", hits, DAYS)
