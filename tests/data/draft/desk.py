"""A drafted mapping after its first load, asked as the wall asks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard.cli import main
from data.access.viewer import Viewer
from data.city.city import City
from data.city.profile import Profile, load_profile
from data.clock.calendar import BusinessClock
from data.facts.store import Facts
from data.metrics import METRICS
from data.source.mapping import Mapping
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.sync import Sync

LOADED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Desk:
    """``now`` is the wall's clock."""

    facts: Facts
    profile: Profile
    mapping: Mapping
    now: datetime

    def read(self, metric_id: str, back: timedelta | None = None) -> pd.DataFrame:
        city = City(self.profile, self.facts.grid())
        metric = METRICS[metric_id]
        statements = metric.select(Viewer(), city, back, self.now)
        _, rows = self.facts.read({name: s.select for name, s in statements.items()})
        return metric.compute(rows, city, self.now)

    def headline(self) -> dict[str, float]:
        frame = self.read("headline")
        return dict(zip(frame["kpi"], frame["value"], strict=True))

    def departments(self, measure: str = "first") -> dict[str, int]:
        """Cases by the department's name, of the whole log; "" all of them."""
        names = {"": "", **{d.code: d.name.zh for d in self.profile.departments}}
        frame = self.read("department_response", timedelta(days=36_500))
        found = frame[(frame["measure"] == measure) & (frame["n"] > 0)]
        return {names[c]: int(n) for c, n in zip(found["department"], found["n"], strict=True)}

    def stages(self, column: str) -> dict[str, int]:
        """A column of the stage board by the stage's name, of the whole log."""
        frame = self.read("stage_backlog", timedelta(days=36_500))
        return dict(zip((s.name.zh for s in self.profile.stages), frame[column].astype(int), strict=True))

    def tally(self, metric: str, column: str, kind: str) -> dict[str, int]:
        """Cases by the name of a channel or category, of the whole log."""
        names = {x.code: x.name.zh for x in getattr(self.profile, kind)}
        frame = self.read(metric, timedelta(days=36_500))
        return {names[c]: int(n) for c, n in zip(frame[column], frame["n"], strict=True) if c in names and n > 0}


@contextlib.contextmanager
def loaded(mapping_file: Path, now: datetime = LOADED_AT) -> Iterator[Desk]:
    """Load what a draft wrote into facts in memory."""
    mapping = load_mapping(mapping_file)
    profile = load_profile(mapping.mapping.city)
    source = Source.open(None, mapping)
    with Facts.open("duckdb:///:memory:") as facts:
        try:
            sync = Sync(source, facts, profile, BusinessClock.of(profile))
            sync.load(now)
            yield Desk(facts, profile, mapping, sync.clock_now(now))
        finally:
            source.close()


def drafted(capsys: Any, *words: str) -> tuple[int, dict[str, Any]]:
    """(exit code, what ``draft --json`` says)."""
    code = main(["draft", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)
