"""The result of the daily space-time scan (``data.alarms.clusters``), as a metric reads it beside its own rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select

from data.city.city import City
from data.facts.rows import RowSets
from data.facts.schema import META as META_TABLE
from data.query.windows import ordinal
from data.types.sql import AnySelect

#: The key of ``meta``.
META = "cluster"


@dataclass(frozen=True)
class Cluster:
    """The evaluation of ``day`` (ordinal): the most conspicuous window, the villages ``codes`` out of ``places``, over the
    ``days`` days before it, with ``seen`` and ``expected`` reports; ``recurs``: days between two scores this high in a quiet city
    (None: no simulated one comes near it), and whether it is an ``alarm`` (rarer than once in thirty days)."""

    day: int
    alarm: bool
    codes: tuple[str, ...]
    days: int
    seen: int
    expected: float
    recurs: float | None
    places: int
    taken_ms: int
    seconds: float
    fingerprint: str


def stored(value: str | None) -> Cluster | None:
    try:
        told = json.loads(value) if value else None
        return Cluster(**{**told, "codes": tuple(told["codes"])}) if told else None
    except (KeyError, TypeError, ValueError):  # written by another version
        return None


def kept_cluster() -> AnySelect:
    return select(META_TABLE.c.value).where(META_TABLE.c.key == META)


def cluster(rows: RowSets, city: City, now: datetime) -> Cluster | None:
    """The cluster of today's or yesterday's evaluation; None if none is kept."""
    held = list(np.asarray(rows["cluster"]["value"])) if "cluster" in rows else []
    found = stored(str(held[0])) if held else None
    return found if found is not None and found.day in (ordinal(now, city) - 1, ordinal(now, city)) else None
