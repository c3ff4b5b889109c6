"""Refit the baseline from the facts and store it there: two tables and a key of ``meta``, written in one transaction."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np

from data.city.city import City
from data.city.shifts import DEFAULT
from data.clock.calendar import BusinessClock
from data.clock.instants import ms
from data.errors import GridWallError
from data.facts.schema import BASELINE, HOUR_SHARE
from data.facts.store import Facts
from data.query.windows import ordinal
from data.types.arrays import Array, Flags, Ints
from data.types.records import Record
from data.warning import baseline, budget, days, streams
from data.warning.history import daily_counts, hour_share_rows, open_categories
from data.warning.kept_baseline import META, Fitted, profiles, stored

#: Raise it when the fitting method changes.
VERSION = "2"
#: Days before today stored with their expectation, and days ahead predicted; EARS knows only its own week.
BEHIND, AHEAD, EARS_AHEAD = 56, 7, 2
#: Local hour from which a new day's baseline is fitted: few reports arrive then.
REFIT_AT = 4
#: Fewer whole days than a week give nothing to compare with.
LEAST_DAYS = 7
#: Days before today on which the simulated quiet days are based.
SIMULATED = 24
Ask = Callable[..., Any]


class BaselineError(GridWallError):
    """There is too little to fit, or the fit failed; the old baseline is kept."""


def fingerprint(city: City, clock: BusinessClock, meta: dict[str, str]) -> str:
    """Changes with anything that the baseline depends on, except the events."""
    words = (VERSION, city.profile.fingerprint, clock.fingerprint, meta.get("grid", ""))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def due(meta: dict[str, str], city: City, clock: BusinessClock, now: datetime) -> bool:
    """Whether the baseline is older than a day, or of another city's file, calendar or grid; yesterday's, which also predicts
    today, is refitted from ``REFIT_AT`` o'clock on."""
    kept, today = stored(meta), ordinal(now, city)
    if kept is None or kept.fingerprint != fingerprint(city, clock, meta) or not today - 1 <= kept.day <= today:
        return True
    return kept.day < today and now.astimezone(city.profile.zone).hour >= REFIT_AT


def refit(facts: Facts, city: City, clock: BusinessClock, now: datetime, ask: Ask) -> Fitted:
    """Read what was reported up to yesterday, fit (through ``ask``: ``data.jobs.worker``), and write it, all or nothing.

    Raises BaselineError if the history is under a week; what the fit raises; FactsError.  The old baseline is then kept.
    """
    began = time.perf_counter()
    today = ordinal(now, city)
    meta, counts, first = daily_counts(facts, city, now, today)
    size = counts.shape[2]
    if size < LEAST_DAYS:
        raise BaselineError(f"early warning: {size} whole days of reports are too few to fit; it takes {LEAST_DAYS}")
    kinds = days.kinds_of(range(first, today + AHEAD + 1), clock.is_workday)
    wanted = np.arange(max(today - BEHIND, first), today + AHEAD + 1)
    found = ask(baseline.fit, counts, first, kinds, wanted)
    if not (np.isfinite(found.mu).all() and np.isfinite(found.alpha).all()):
        raise BaselineError("early warning: the fit did not end in numbers; the old baseline stays")
    shares = hour_share_rows(facts, city, clock, now, today, counts.shape[1])
    categories = open_categories(city)
    areas = np.append(city.grid.at_level(1), -1).astype(np.int64)
    used = np.append(np.ones(len(areas) - 1, bool), counts[-1].any() or len(areas) == 1)
    rows = _rows(found, areas, categories, wanted, kinds[wanted - first], used, today)
    alpha, common = (
        {city.profile.categories[c].code: round(float(v[c]), 4) for c in categories} for v in (found.dispersion, found.shared)
    )
    curve = _curve(found, city, wanted, today, areas, categories, used, kinds[wanted - first], shares, ask)
    ears = tuple(city.profile.categories[c].code for c in categories if found.method[c] == baseline.EARS)
    told = Fitted(
        today,
        size,
        int(used.sum()),
        int(used.sum()) * len(categories),
        ears,
        alpha,
        common,
        curve.strength,
        curve.rate,
        ms(now),
        round(time.perf_counter() - began, 2),
        fingerprint(city, clock, meta),
    )
    if facts.meta().get("grid") != meta.get("grid"):
        raise BaselineError("early warning: the facts were loaded anew meanwhile; the fit is made again")
    with facts.writing() as writing:
        writing.replace(BASELINE, rows)
        writing.replace(HOUR_SHARE, shares)
        writing.meta({META: json.dumps(asdict(told), ensure_ascii=False)})
    return told


def _curve(
    found: baseline.Fit,
    city: City,
    wanted: Ints,
    today: int,
    areas: Ints,
    categories: list[int],
    used: Flags,
    kinds: Array,
    shares: Record,
    ask: Ask,
) -> budget.Curve:
    """False-alarm rate by strength, from quiet days like those around today."""
    known = (found.mu[used][:, categories] > 0).all(axis=(0, 1))  # of the first days of EARS nothing is known
    near = np.flatnonzero(known & (wanted >= today - SIMULATED))
    near = near[np.flatnonzero(np.diff(near, prepend=-2) != 1)[-1] :]
    worked, off, _ = profiles(shares, len(city.profile.categories))
    by_day = np.where(days.is_worked(kinds[near])[:, None, None], worked, off)[:, categories]
    curve: budget.Curve = ask(
        budget.calibrate,
        found.mu[used][:, categories][:, :, near],
        found.alpha[used][:, categories][:, :, near],
        found.shared[categories],
        found.method[categories] == baseline.MODEL,
        np.diff(by_day, axis=2, prepend=0.0),
        streams.pairs_of(areas[used], city.grid.neighbours(1)),
        len(city.profile.shifts or DEFAULT),
        today,
    )
    return curve


def _rows(found: baseline.Fit, areas: Ints, categories: list[int], wanted: Ints, kinds: Array, used: Flags, today: int) -> Record:
    """The rows of BASELINE; for EARS only the days whose week is known."""
    sets = np.meshgrid(np.flatnonzero(used), np.array(categories, np.int64), np.arange(len(wanted)), indexing="ij")
    a, c, w = (s.ravel() for s in sets)
    # for the first days no week is known
    keep = (found.mu[a, c, w] > 0) & ((found.method[c] != baseline.EARS) | (wanted[w] <= today + EARS_AHEAD))
    a, c, w = a[keep], c[keep], w[keep]
    return {
        "area": areas[a],
        "category": c,
        "day": wanted[w],
        "kind": kinds[w],
        "method": found.method[c],
        "mu": found.mu[a, c, w],
        "alpha": found.alpha[a, c, w],
        "sd": found.sd[a, c, w],
    }
