"""Answer one query: a metric's statements, read in one transaction, and computed; for the command line and the API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import pandas as pd

from data.access.viewer import Viewer
from data.city.city import City
from data.errors import QueryError, did_you_mean, did_you_mean_zh
from data.facts import case_reads
from data.facts.rows import Rows, arrays
from data.metrics import METRICS
from data.query.metric import Metric, whole_id
from data.types.sql import AnySelect

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST = timedelta(days=36_500)


class Reads(Protocol):
    """What is needed of the facts (``data.facts.store.Facts``)."""

    def read_helped(self, statements: Mapping[str, AnySelect]) -> tuple[dict[str, str], dict[str, Rows]]: ...


def parse_back(text: str | None) -> timedelta | None:
    """``"90m"``, ``"24h"``, ``"30d"``, ``"8w"`` -> how far back; None or "" -> None (the metric's own window)."""
    if not text:
        return None
    match = re.fullmatch(r"\s*(\d{1,7})\s*([mhdw])\s*", text)
    span = int(match[1]) * _UNITS[match[2]] if match else timedelta()
    if not timedelta() < span <= _LONGEST:
        raise QueryError(
            f"back '{text[:20]}' is not a stretch of time up to 100 years; write e.g. 24h, 30d or 8w",
            f"back“{text[:20]}”不是一段时间（至多 100 年）；请写如 24h、30d 或 8w",
        )
    return span


def metric_of(metric_id: str) -> Metric:
    """The metric of that id.  Raises QueryError with the nearest known id."""
    metric = METRICS.get(metric_id)
    if metric is None:
        raise QueryError(
            f"metric '{metric_id[:40]}': there is no such metric{did_you_mean(metric_id, METRICS)}",
            f"没有指标“{metric_id[:40]}”{did_you_mean_zh(metric_id, METRICS)}",
        )
    return metric


def answer(
    metric_id: str, facts: Reads, viewer: Viewer, city: City, now: datetime, back: timedelta | None = None
) -> tuple[dict[str, str], pd.DataFrame]:
    """(meta of the facts, the metric's promised columns) for the viewer's scope at ``now`` (aware).

    The metric and those it needs are read in one transaction.  ``back`` overrides the window of the metric itself;
    the metrics it needs keep theirs.  Raises QueryError (unknown metric or scope, bad window), FactsError.
    """
    metric = metric_of(metric_id)
    city.scope_of(viewer.scope)
    order = [(m, viewer) for m in _with_needs(metric)]
    order = [(m, replace(viewer, scope="")) for other in metric.city_wide for m in _with_needs(METRICS[other])] + order
    asked = {
        f"{_place(m, who)}/{name}": statement.select
        for m, who in order
        for name, statement in m.select(who, city, back if m is metric else None, now).items()
    }
    meta, answers = facts.read_helped(asked)
    frames: dict[str, pd.DataFrame] = {}
    for m, who in order:
        start = f"{_place(m, who)}/"
        rows: dict[str, Rows] = {k.removeprefix(start): r for k, r in answers.items() if k.startswith(start)}
        rows.update({need: arrays(frames[_place(METRICS[need], who)]) for need in m.needs})
        if m is metric:
            rows.update({whole_id(other): arrays(frames[other]) for other in m.city_wide})
        frames[_place(m, who)] = m.told(m.compute(rows, city.seen_from(who.scope), now), city)
    found = frames[_place(metric, viewer)]
    case_reads.hand_out(cases_of(metric, found))
    return meta, found


def cases_of(metric: Metric, frame: pd.DataFrame) -> list[str]:
    """The numbers of the single cases that a metric's answer names."""
    ids = [c.name for c in metric.columns if c.unit == "id"]
    named = frame[frame[ids[0]] >= 0] if ids else frame
    return case_reads.numbers_of({c: named[c].to_numpy() for c in (*ids, "case_number")}) if ids else []


def _place(metric: Metric, viewer: Viewer) -> str:
    return metric.id + (f"@{viewer.scope}" if viewer.scope else "")


def _with_needs(metric: Metric) -> list[Metric]:
    """The metric last, each one after those it needs."""
    order: list[Metric] = []

    def visit(m: Metric) -> None:
        for need in m.needs:
            visit(METRICS[need])
        if m not in order:
            order.append(m)

    visit(metric)
    return order
