"""calibration.usual.*: how often an ordinary day is called above or below its usual, and how often a different one is.

Seeded simulations through the product's own functions.  Counts: eight same weekdays and two weeks before a day, negative binomial
with the means ``MEANS`` and dispersions ``ALPHAS`` (variance m + a m^2; a city's day has .02 to .03, a street's .1 to .3),
through ``data.query.seasonal``, at the level of a figure on its own.  Shares: beta-binomial, at the level of the five, printed
only.

``calibration.usual.false_share``: the largest false share over these designs; every design is printed.
``calibration.usual.any_of_five``: days on which any of the five headline figures of the wall is called at any evaluation, every
two hours from 8 to 22 o'clock, in cities whose cases arrive, are closed and fall overdue by the same law each day, through
``headline.compute``: open, overdue and the share in time depend on each other as they do in a city.  The worst of the designs in
``CITIES``; the share called at one evaluation is printed.
``calibration.usual.power_x13``, ``power_x15``: a day of 1.3 and 1.5 times its usual 50 (``.50``) and 300 (``.300``), at a = .025.
Each figure is recorded with its 95 % interval (Wilson) as min and max, and its number of days as repeats; the curves are drawn as
``docs/methods/usual-false.svg`` and ``usual-power.svg``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.curves import draw
from benchmarks.record import record_share
from data.city.city import City
from data.city.profile import Profile
from data.metrics.wall import headline
from data.query import windows
from data.query.seasonal import FIVE_LEVEL, LEVEL, usual_share, verdict
from data.query.windows import DAY_MS, FORTNIGHT, HOUR_MS, LATER, WEEKDAYS, Span
from data.statistics.predictive import count_limits

MEANS, ALPHAS, DAYS = (2.0, 5.0, 20.0, 50.0, 300.0, 1500.0), (0.0, 0.025, 0.1, 0.2), 20_000
#: reports a day, dispersion of its days, median and log spread of a case's duration in days, its limit in days
CITIES = ((300, 0.025, 1.0, 1.2, 3.0), (50, 0.1, 1.0, 1.2, 3.0), (50, 0.025, 4.0, 1.0, 7.0), (12, 0.2, 2.0, 1.2, 3.0))
#: cases due a day, share of them in time, correlation within a day
SHARES, SHARE_DAYS = tuple((n, p, rho) for n in (10.0, 100.0, 300.0) for p in (0.6, 0.85, 0.97) for rho in (0.0, 0.05)), 4000
REPLICATES = 600
FACTORS = (0.5, 0.7, 0.85, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.5)
LOOKS = tuple(datetime(2026, 11, 23, hour, 0, tzinfo=UTC) for hour in range(0, 15, 2))  # Monday, 8 to 22 in Shanghai


def run() -> None:
    shares: dict[str, list[float]] = {f"a = {alpha:g}": [] for alpha in ALPHAS}
    for i, mean in enumerate(MEANS):
        for j, alpha in enumerate(ALPHAS):
            shares[f"a = {alpha:g}"].append(called(mean, alpha, 1.0, DAYS, seed=10 * i + j))
            print(f"   mean {mean:g}, dispersion {alpha:g}: {shares[f'a = {alpha:g}'][-1]:.4f}", flush=True)
    record_share("calibration.usual.false_share", round(DAYS * max(max(s) for s in shares.values())), DAYS)
    for i, (n, p, rho) in enumerate(SHARES):
        share = called_share(n, p, rho, SHARE_DAYS, seed=3000 + i)
        print(f"   share {p:g} of {n:g}, correlation {rho:g}: {share:.4f} (at 98.5 %)", flush=True)
    draw(
        "usual-false",
        "False share of one figure on identical days",
        "一天的件数 · cases a day",
        [f"{m:g}" for m in MEANS],
        shares,
        DAYS,
        top=0.1,
        limit=1 - LEVEL,
    )
    found = {
        f"{mean:g} 件 · a day": [called(mean, 0.025, f, DAYS, seed=1000 + int(mean)) for f in FACTORS] for mean in (50.0, 300.0)
    }
    draw(
        "usual-power",
        "Share of days called, by how many times their usual they are",
        "往常的倍数 · times the usual",
        [f"{f:g}" for f in FACTORS],
        found,
        DAYS,
    )
    for factor in (1.3, 1.5):
        for mean, powers in zip((50, 300), found.values(), strict=True):
            hits = round(DAYS * powers[FACTORS.index(factor)])
            record_share(f"calibration.usual.power_x{round(10 * factor)}.{mean}", hits, DAYS)
    worst = []
    for i, design in enumerate(CITIES):
        each = five(*design, REPLICATES, seed=2000 + i)
        worst.append(float(each.any(axis=(1, 2)).mean()))
        print(
            f"   {design}: any in a day {worst[-1]:.3f}, at a look {each.any(axis=2).mean():.3f}, "
            + ", ".join(f"{k} {v:.3f}" for k, v in zip(headline.KPIS, each.mean(axis=(0, 1)), strict=True)),
            flush=True,
        )
    record_share("calibration.usual.any_of_five", round(REPLICATES * max(worst)), REPLICATES)


def called(mean: float, alpha: float, factor: float, days: int, seed: int, level: float = LEVEL) -> float:
    """The share of days of ``factor`` times the mean that are called above or below (false ones if ``factor`` is 1)."""
    rng = np.random.default_rng(seed)
    past = _counts(rng, mean, alpha, (days, len(WEEKDAYS)))
    now = _counts(rng, factor * mean, alpha, (days,))
    low, high = count_limits(past, level)
    said = [verdict(*v) for v in zip(now.tolist(), np.median(past, axis=1).tolist(), low.tolist(), high.tolist(), strict=True)]
    return float(np.mean(np.nan_to_num(said) != 0))


def called_share(n: float, p: float, rho: float, days: int, seed: int, level: float = FIVE_LEVEL) -> float:
    """As ``called``, for identical days' shares ``p`` of about ``n`` cases."""
    rng, past = np.random.default_rng(seed), (days, len(WEEKDAYS))
    whole, now = rng.poisson(n, past) + 1, rng.poisson(n, days) + 1
    own = [rng.beta(p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho, size) if rho else p for size in (past, days)]
    part, today = rng.binomial(whole, own[0]), rng.binomial(now, own[1])
    outside = 0
    for i in range(days):
        _, low, high = usual_share(part[i], whole[i], now[i], level)
        outside += not low <= 100.0 * today[i] / now[i] <= high
    return outside / days


def _counts(rng: np.random.Generator, mean: float, alpha: float, size: tuple[int, ...]) -> NDArray[np.float64]:
    return rng.poisson(mean * (rng.gamma(1 / alpha, alpha, size) if alpha else np.ones(size))).astype(float)


def five(reports: float, alpha: float, median: float, spread: float, limit: float, cities: int, seed: int) -> NDArray[np.bool_]:
    """(cities, looks, 5) whether each headline figure of the wall is called, at each evaluation of an ordinary day."""
    rng, city = np.random.default_rng(seed), plain_city()
    spans = [windows.same_time(now, city, (*WEEKDAYS, *FORTNIGHT)) for now in LOOKS]
    out = np.zeros((cities, len(LOOKS), len(headline.KPIS)), bool)
    for i in range(cities):
        lived = _lived(rng, city, reports, alpha, median, spread, limit)
        for k, now in enumerate(LOOKS):
            frame = headline.compute(_rows(lived, city, now, spans[k]), city, now)
            out[i, k] = np.nan_to_num(frame["verdict"].to_numpy(float)) != 0
    return out


def _lived(
    rng: np.random.Generator, city: City, reports: float, alpha: float, median: float, spread: float, limit: float
) -> tuple[NDArray[np.int64], ...]:
    """(midnights, reported, closed, due) of a city of 130 days, the first 74 of which only fill its stock."""
    midnights = windows.today(LOOKS[0], city).start - DAY_MS * np.arange(130, -1, -1)
    n = _counts(rng, reports, alpha, midnights.shape).astype(int)
    born = np.repeat(midnights, n) + (HOUR_MS * rng.uniform(7, 20, n.sum())).astype(np.int64)
    gone = born + (DAY_MS * median * np.exp(spread * rng.standard_normal(len(born)))).astype(np.int64)
    return midnights, born, gone, born + int(DAY_MS * limit)


def _rows(
    lived: tuple[NDArray[np.int64], ...], city: City, now: datetime, spans: list[Span]
) -> dict[str, dict[str, NDArray[Any]]]:
    """The answers to the headline's statements at an instant."""
    today, (midnights, *times) = windows.today(now, city), lived
    born, gone, due = (v[times[0] <= today.end] for v in times)
    late, done = np.where(gone <= due, 1, 2), gone <= today.end
    closed = done & (gone >= today.start)
    standing = due[~done]
    enter, leave = _stock(born, spans), _stock(gone, spans)
    return {
        "reported": {"n": np.array([(born >= today.start).sum()])},
        "closed": {"class": late[closed], "n": np.ones(closed.sum(), int)},
        "open": {
            "n": np.array([len(standing)]),
            "overdue": np.array([(standing < today.end).sum()]),
            "passed": np.array([((standing >= today.start) & (standing < today.end)).sum()]),
        },
        "usual_reported": {"day": _flow(born, spans), "n": np.ones(len(born), int)},
        "usual_closed": {"day": _flow(gone, spans), "class": late, "n": np.ones(len(born), int)},
        "usual_open": {"enter": enter, "leave": leave, "n": np.ones(len(born), int)},
        "usual_overdue": {
            "enter": _stock(due + 1, spans),
            "leave": leave,
            "due_day": _flow(due, spans),
            "n": np.ones(len(born), int),
        },
        "first": {"first": midnights[:1]},
    }


def _stock(at: NDArray[np.int64], spans: list[Span]) -> NDArray[np.int64]:
    """As ``instants.stock_day``."""
    return np.append([s.day for s in spans], LATER)[np.searchsorted([s.end for s in spans], at)]


def _flow(at: NDArray[np.int64], spans: list[Span]) -> NDArray[np.int64]:
    """As ``instants.flow_day``."""
    day, start = (np.append([getattr(s, k) for s in spans], last) for k, last in (("day", 0), ("start", LATER * DAY_MS)))
    where = np.searchsorted([s.end for s in spans], at)
    return np.where(at >= start[where], day[where], 0)


def plain_city() -> City:
    """A city with one stage; only its clock matters here."""

    def named(code: str) -> dict[str, Any]:
        return {"code": code, "name": {"zh": code, "en": code}}

    return City(
        Profile.model_validate(
            {
                "city": {
                    "id": "plain",
                    "code": "plain",
                    "name": {"zh": "城", "en": "City"},
                    "title": {"zh": "城", "en": "City"},
                    "timezone": "Asia/Shanghai",
                },
                "levels": [named("town")],
                "stages": [{**named(r), "role": r} for r in ("report", "close")],
                "networks": [named("urban")],
                "channels": [named("phone")],
                "departments": [named("office")],
                "categories": [{**named("litter"), "network": "urban"}],
                "scenes": [{"id": "overview", "name": {"zh": "总览", "en": "Overview"}, "areas": ["headline"]}],
            }
        )
    )
