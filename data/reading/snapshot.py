"""One snapshot per tick for all screens: every metric read in one transaction, every scope a slice of it.

``SnapshotReader.read`` queries the facts once for all viewers; ``Snapshot.frame`` computes a metric for a scope and keeps the
answer while its rows (and the minute) are the same, so that a tick costs what changed and not how many watch it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from data.access.viewer import Viewer
from data.alarms.lives import Lives
from data.city.city import City
from data.clock.instants import ms
from data.facts import case_reads
from data.facts.rows import Rows, RowSets, arrays
from data.metrics import METRICS
from data.query.metric import Metric, Statement, day_start, slice_rows, whole_id
from data.types.records import Values

#: (meta, answers): how the facts answer a set of statements in one transaction; the second argument gives by name the instant
#: that a statement was built for and the one it is run for.
ReadMany = Callable[[Values, Mapping[str, tuple[int, int]]], tuple[dict[str, str], dict[str, Rows]]]

#: At most this many scopes' frames are kept; the least recently used go first.
KEPT_SCOPES = 40


@dataclass(frozen=True)
class Frame:
    """A metric's answer for one scope; ``digest`` stays the same exactly while the rows and the minute do."""

    frame: pd.DataFrame
    digest: str
    asked: str = ""  # digest of what it was computed from, if a different one
    plain: str = ""  # ... and of that without sensitive cases; ``now`` the instant that it was computed for
    now: datetime | None = None

    @cached_property
    def arrays(self) -> Rows:
        """The columns as arrays, for a metric that needs this one."""
        return arrays(self.frame)


@dataclass
class Snapshot:
    """The state at ``now``: the rows of every metric, and which metrics failed and why."""

    id: str
    now: datetime
    meta: dict[str, str]
    city: City
    metrics: Mapping[str, Metric]
    rows: dict[str, RowSets]
    broken: dict[str, str]
    below: dict[str, dict[str, RowSets]] = field(default_factory=dict)  # scopes below the towns: rows of their own
    cache: dict[tuple[str, str], Frame] = field(default_factory=dict)  # of this snapshot and earlier ones
    answered: dict[tuple[str, str], Frame] = field(default_factory=dict)  # of this one alone: nothing to compare
    lives: Lives | None = None  # turns the exceptions of this instant into alarms that last

    @property
    def as_of_ms(self) -> int:
        return ms(self.now)

    def frame(self, metric_id: str, scope: str = "") -> Frame:
        """The answer of one metric for one scope.  Raises what the metric raises; KeyError where it was not read."""
        if metric_id in self.broken:
            raise RuntimeError(self.broken[metric_id])
        answered = self.answered.get((metric_id, scope))
        if answered is None:
            answered = self._frame(metric_id, scope)
            if self.lives is not None and self.metrics[metric_id].uncut is not None:
                frame, digest = self.lives.follow(scope, answered.frame, self.now)
                answered = Frame(frame, digest)
            self.answered[metric_id, scope] = answered
        return answered

    def _frame(self, metric_id: str, scope: str) -> Frame:
        metric = self.metrics[metric_id]
        sets = self.below.get(scope, self.rows)
        own = dict(slice_rows(sets[metric_id], self.city, "" if scope in self.below else scope))
        needed = [self.frame(need, scope) for need in metric.needs]
        city_wide = [self.frame(other) for other in metric.city_wide]
        digest = _digest(own, [f.digest for f in (*needed, *city_wide)], _minute(self.now))
        kept = self.cache.get((metric_id, scope))
        if kept is not None and digest in (kept.digest, kept.asked):
            self.cache[(metric_id, scope)] = self.cache.pop((metric_id, scope), kept)  # most recently used, evicted last
            return kept
        names = (*metric.needs, *map(whole_id, metric.city_wide))
        plain = digest
        if any("sensitive" in rows for rows in own.values()):
            plain = _digest(_without_sensitive(own), [f.digest for f in (*needed, *city_wide)], _minute(self.now))
        # ages and durations advance with the clock at each computation: none may advance because of a sensitive case alone
        now = kept.now if kept is not None and kept.now is not None and kept.plain == plain else self.now
        for name, answer in zip(names, (*needed, *city_wide), strict=True):
            own[name] = answer.arrays
        compute = metric.uncut if metric.uncut is not None and self.lives is not None else metric.compute
        made = Frame(metric.told(compute(own, self.city.seen_from(scope), now), self.city), digest, "", plain, now)
        if metric.city_wide and scope:
            # the city's answer changes at each tick: a town's panel changes only where the town's own answer does
            text = made.frame.to_json(double_precision=1) + str(_minute(self.now))
            made = Frame(made.frame, hashlib.blake2b(text.encode(), digest_size=12).hexdigest(), digest, plain, now)
        self.cache.pop((metric_id, scope), None)
        self.cache[(metric_id, scope)] = made
        return made


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60


def _without_sensitive(sets: RowSets) -> RowSets:
    """The rows without those of a sensitive category, where these are distinguished (``data.query.disclosure``)."""
    out: dict[str, Rows] = {}
    for name, rows in sets.items():
        keep = np.asarray(rows["sensitive"]) == 0 if "sensitive" in rows else slice(None)
        out[name] = {k: np.asarray(v)[keep] for k, v in rows.items()}
    return out


def _digest(sets: RowSets, needed: list[str], minute: int) -> str:
    digest = hashlib.blake2b(digest_size=12)
    digest.update(f"{minute}{needed}".encode())
    for name in sorted(sets):
        digest.update(name.encode())
        for column, values in sets[name].items():
            array = np.asarray(values)
            digest.update(column.encode())
            digest.update(repr(array.tolist()).encode() if array.dtype == object else np.ascontiguousarray(array).data)
    return digest.hexdigest()


class SnapshotReader:
    """Builds the statements of all metrics, runs them in one transaction, and keeps slow answers until they are due."""

    def __init__(self, read: ReadMany, city: City, metrics: Mapping[str, Metric]) -> None:
        self.read_many, self.city = read, city
        self.metrics = _with_needs(metrics)
        self._kept: dict[tuple[str, str, str], tuple[datetime, Rows]] = {}
        self._cache: dict[tuple[str, str], Frame] = {}
        self._built: dict[tuple[str, str], tuple[int, int, dict[str, Statement]]] = {}
        self._last_id, self._turn = "", 0
        self._last_now: datetime | None = None

    def read(self, now: datetime, below: tuple[str, ...] = (), stale: bool = False, keep: tuple[str, ...] = ()) -> Snapshot:
        """Read everything at ``now`` (aware UTC) for the city and its towns, and for the scopes named in ``below``.

        ``keep`` names scopes that are not read this time but will be again: their slow answers are kept.
        ``stale`` True runs every statement anew, also the slow ones (after a reload of the facts).
        A metric whose statements cannot be built is marked broken with its reason; the others are answered.
        """
        if self._last_now is not None and now < self._last_now - timedelta(minutes=1):
            stale = True  # the clock was set back: answers kept until a later hour would not change until then
        self._last_now = now
        if stale:
            self._kept.clear()
            self._cache.clear()
            self._built.clear()
        watched = {"", *below, *keep}
        asked: dict[tuple[str, str, str], Any] = {}
        due: dict[tuple[str, str, str], timedelta | None] = {}
        broken: dict[str, str] = {}
        order: list[tuple[str, str, str]] = []
        moved: dict[str, tuple[int, int]] = {}
        for scope in ("", *below):
            for metric in self.metrics.values():
                try:
                    built_ms, statements = self._statements(metric, scope, now)
                except Exception as error:  # one faulty metric must not take the wall down; its panel says so
                    broken[metric.id] = f"{type(error).__name__}: {error}"
                    continue
                for name, statement in statements.items():
                    key = (scope, metric.id, name)
                    order.append(key)
                    moved["\x1f".join(key)] = (built_ms, ms(now))
                    kept = self._kept.get(key)
                    due[key] = statement.every
                    if kept is None or statement.every is None or not now < kept[0]:
                        asked[key] = statement.select
        with case_reads.for_walls():
            meta, answers = self.read_many({"\x1f".join(k): s for k, s in asked.items()}, moved)
        fresh = {k: answers["\x1f".join(k)] for k in asked}
        midnight = day_start(day_start(now, self.city) + timedelta(hours=36), self.city)
        for key, rows in fresh.items():
            every = due[key]
            if every is not None:
                # spread the slow statements over their period, so that they do not all fall into one tick
                shift = timedelta(seconds=(sum(map(ord, key[1] + key[2])) % 17) / 17 * every.total_seconds() / 2)
                until = now + every - (shift if key not in self._kept else timedelta())
                # an answer counts days from its own date: past midnight it would read as zero
                self._kept[key] = (min(until, midnight), rows)
        rows_of: dict[str, dict[str, dict[str, Rows]]] = {s: {m: {} for m in self.metrics} for s in ("", *below)}
        for key in order:
            scope, metric_id, name = key
            rows_of[scope][metric_id][name] = fresh[key] if key in fresh else self._kept[key][1]
        for key in [k for k in self._kept if k[0] not in watched]:
            del self._kept[key]
        for built in [k for k in self._built if k[0] not in watched]:
            del self._built[built]
        self._forget_unused()
        city_rows: dict[str, RowSets] = dict(rows_of[""])
        lower: dict[str, dict[str, RowSets]] = {s: dict(rows_of[s]) for s in below}
        return Snapshot(self._next_id(now), now, meta, self.city, self.metrics, city_rows, broken, lower, self._cache)

    def _statements(self, metric: Metric, scope: str, now: datetime) -> tuple[int, dict[str, Statement]]:
        """(the instant they were built for, the statements).  Built once a minute: windows move by the minute, while
        "now" itself is filled in exactly when they are run.  Statements built at a whole minute are used once: there "now" may
        equal midnight or another bound that must not move."""
        minute = _minute(now)
        kept = self._built.get((scope, metric.id))
        if kept is None or kept[0] != minute or kept[1] % 60_000 == 0:
            kept = self._built[scope, metric.id] = (minute, ms(now), metric.select(Viewer("wall", scope), self.city, None, now))
        return kept[1], kept[2]

    def _forget_unused(self) -> None:
        scopes: dict[str, None] = {}
        held = list(self._cache)  # a copy: a page may be drawn on request meanwhile
        for _, scope in reversed(held):
            scopes.setdefault(scope)
        for scope in list(scopes)[KEPT_SCOPES:]:
            for key in [k for k in held if k[1] == scope]:
                del self._cache[key]

    def _next_id(self, now: datetime) -> str:
        local = now.astimezone(self.city.profile.zone)
        text = f"S-{local:%m%d-%H%M%S}"
        self._turn = self._turn + 1 if text == self._last_id else 0
        self._last_id = text
        return text if not self._turn else f"{text}.{self._turn}"


def _with_needs(metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    out = dict(metrics)
    todo = list(metrics.values())
    while todo:
        metric = todo.pop()
        for need in (*metric.needs, *metric.city_wide):
            if need not in out:
                out[need] = METRICS[need]
                todo.append(METRICS[need])
    return out
