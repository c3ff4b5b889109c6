"""calibration.hotspots.*: how often a city without any hot spot shows one, and how many of the real ones are shown.

The villages of the demo city with their residents and neighbours; counts of a window are negative binomial around the share
by residents of 150, 1,000 or 5,000 reports (``QUIET`` cities each) with dispersion 0, .08 or .2; expected counts and
dispersion are those that the product estimates from each city's own counts.  Power at .08 and 16,000 reports, the demo
city's own thirty days (and at 5,000): a village and its neighbours at 1.5 or 2 times their rate, found if any of them is
hot; a single village at three times its rate.
value, min, max: the share and its 95 % interval (Wilson); for false ones all sizes (and dispersions) together.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.record import record_share
from data.city.profile import load_profile
from data.demo.places import lay_out
from data.metrics.evaluation.place_counts import by_residents
from data.statistics import hot_spots
from geo.neighbours import neighbours

QUIET, REAL, SEED = 150, 150, 13
TOTALS, ALPHAS, LARGE = (150, 1000, 5000), (0.08, 0.2), 16_000


class Villages(NamedTuple):
    """``residents`` (n,), ``pairs`` (k, 2) that share an edge, ``xy`` (n, 2) kilometres."""

    residents: NDArray[np.float64]
    pairs: NDArray[np.int64]
    xy: NDArray[np.float64]


@cache
def villages() -> Villages:
    """The demo city's villages."""
    city = lay_out(load_profile("qufu"), 1)
    own = city.at(2)
    lon, lat = city.lon[own], city.lat[own]
    xy = np.column_stack([(lon - lon.mean()) * np.cos(np.deg2rad(lat.mean())), lat - lat.mean()]) * 111.2
    return Villages(city.population[own].astype(float), neighbours([shapely.to_wkb(g) for g in city.geometry[own]]), xy)


def negative_binomial(rng: np.random.Generator, mean: NDArray[np.float64], alpha: float) -> NDArray[np.int64]:
    return rng.poisson(mean * rng.gamma(1 / alpha, alpha, mean.shape) if alpha else mean)


def called(rng: np.random.Generator, mean: NDArray[np.float64], alpha: float) -> NDArray[np.int64]:
    """(n,) the verdict on each village of one city."""
    city = villages()
    counts = negative_binomial(rng, mean, alpha)
    found = hot_spots.find(counts[None, :], by_residents(counts, city.residents)[None, :], city.pairs)
    return np.asarray(found.hot[0], np.int64)


def false_share(total: int, alpha: float) -> int:
    """In how many of ``QUIET`` cities without a hot spot one is shown."""
    rng, people = np.random.default_rng([SEED, total, int(100 * alpha)]), villages().residents
    return sum(bool(called(rng, people / people.sum() * total, alpha).any()) for _ in range(QUIET))


def found_share(total: int, alpha: float, times: float, alone: bool, cities: int = REAL) -> int:
    """In how many of ``cities`` a village (or one of it and its neighbours) at ``times`` the rate is found."""
    rng, city = np.random.default_rng([SEED, total, int(10 * times)]), villages()
    people, found = city.residents, 0
    for _ in range(cities):
        centre = int(rng.integers(len(people)))
        group = [centre] if alone else [centre, *city.pairs[(city.pairs == centre).any(axis=1)].sum(axis=1) - centre]
        mean = people / people.sum() * total
        mean[group] *= times
        found += bool(called(rng, mean, alpha)[group].any())
    return found


def run() -> None:
    for key, alphas in (("false_poisson", (0.0,)), ("false_nb", ALPHAS)):
        hits = {(total, alpha): false_share(total, alpha) for alpha in alphas for total in TOTALS}
        for (total, alpha), n in hits.items():
            print(f"   {total} reports, alpha {alpha}: {n} of {QUIET}", flush=True)
        record_share(f"calibration.hotspots.{key}", sum(hits.values()), QUIET * len(hits))
    for total, name, cities in ((LARGE, "", 1600), (5000, "_5000", REAL)):
        record_share(f"calibration.hotspots.power.rr15{name}", found_share(total, 0.08, 1.5, False, cities), cities)
        record_share(f"calibration.hotspots.power.rr2{name}", found_share(total, 0.08, 2.0, False, cities), cities)
        record_share(f"calibration.hotspots.single_rr3{name}", found_share(total, 0.08, 3.0, True), REAL)
