"""The baseline as stored in the facts: what it was fitted to, expected reports by day, and the profile of a day's reports."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from data.facts.rows import Rows
from data.facts.schema import BASELINE, HOUR_SHARE
from data.types.arrays import Floats
from data.types.sql import AnySelect
from data.warning import budget, share

#: The key of ``meta`` that describes the stored baseline.
META = "baseline"


@dataclass(frozen=True)
class Fitted:
    """A fit's metadata: ``day`` the local day (ordinal) it is for, ``days`` of history, ``series`` areas x categories, ``ears``
    how many categories use EARS, ``alpha`` by category code and ``shared`` its part common to all areas, ``strength`` and
    ``rate`` false alarms a shift at least that strong (``budget.Curve``), ``fitted_ms`` when (UTC), ``seconds`` it took."""

    day: int
    days: int
    areas: int
    series: int
    ears: tuple[str, ...]
    alpha: dict[str, float]
    shared: dict[str, float]
    strength: tuple[float, ...]
    rate: tuple[float, ...]
    fitted_ms: int
    seconds: float
    fingerprint: str

    @property
    def curve(self) -> budget.Curve:
        return budget.Curve(tuple(self.strength), tuple(self.rate))


def stored(meta: dict[str, str]) -> Fitted | None:
    """The stored baseline's metadata; None if there is none."""
    try:
        told = json.loads(meta[META]) if META in meta else None
        return Fitted(**{**told, **{k: tuple(told[k]) for k in ("ears", "strength", "rate")}}) if told else None
    except (KeyError, TypeError, ValueError):  # written by another version
        return None


def baseline_rows(day: int, before: int = 0) -> AnySelect:
    """SELECT of the expected reports on a day and on ``before`` days before it."""
    b = BASELINE.c
    return select(b.area.label("town"), b.category, b.day, b.kind, b.method, b.mu, b.alpha, b.sd).where(
        b.day >= day - before, b.day <= day
    )


def share_rows() -> AnySelect:
    h = HOUR_SHARE.c
    return select(h.category, h.kind, h.hour, h.share)


def profiles(rows: Rows, size: int) -> tuple[Floats, Floats, Floats]:
    """(working days, other days, known) of ``share_rows``: (C, 24), (C, 24) and (C, 25) by category."""
    out = (np.zeros((size, 24)), np.zeros((size, 24)), np.ones((size, 25)))
    c, kind, hour = (np.asarray(rows[k], np.int64) for k in ("category", "kind", "hour"))
    value = np.asarray(rows["share"], float)
    for k, table in enumerate(out):
        mine = (kind == k) & (c < size)
        table[c[mine], hour[mine] - (0 if k == share.KNOWN else 1)] = value[mine]
    return out
