"""Statements kept for their minute, local hours, and which visits can stand in a stock of earlier days."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import Select, select

from data.access.viewer import Viewer
from data.city.city import City
from data.facts.schema import VISIT
from data.query import conditions, windows
from data.query.windows import DAY_MS, each_minute, local_hours
from tests.city_builder import LittleCity, when
from tests.sync_harness import NOW, city

pytestmark = pytest.mark.slow


class Built:
    """Stands for a statement."""


def test_statements_of_a_minute_that_has_passed_are_not_kept() -> None:
    made: list[weakref.ref[Any]] = []

    def build(viewer: Viewer, city: City, back: timedelta | None, now: Any) -> dict[str, Any]:
        statement = Built()
        made.append(weakref.ref(statement))
        return {"counts": statement}

    asked, there = each_minute(build), City(city())
    for minute in range(30):
        asked(Viewer("wall", ""), there, None, NOW + timedelta(minutes=minute))
        assert asked(Viewer("wall", ""), there, None, NOW + timedelta(minutes=minute))["counts"] is made[-1]()
    gc.collect()
    assert len(made) == 30
    assert sum(ref() is not None for ref in made) == 1


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]
)
def test_local_hours_are_those_of_the_zone(zone: str) -> None:
    # four years of quarters: every change of a clock, half an hour's too, and (Apia, 2011) a day that never was
    there = City(city())
    profile = there.profile.model_copy(update={"city": there.profile.city.model_copy(update={"timezone": zone})})
    start = int(datetime(2010, 1, 1, tzinfo=ZoneInfo("UTC")).timestamp())
    at = np.arange(start, start + 4 * 366 * 86_400, 900, dtype=np.int64)
    days, hours = local_hours(at * 1000, replace(there, profile=profile))
    told = [datetime.fromtimestamp(k, ZoneInfo(zone)) for k in at.tolist()]
    assert days.tolist() == [d.toordinal() for d in told]
    assert hours.tolist() == [d.hour for d in told]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_what_stands_in_a_stock_is_never_left_out_and_hardly_anything_else_is_looked_at(zone: str) -> None:
    rng = np.random.default_rng(11)
    there = LittleCity(zone)
    now = when("2026-11-16 10:30", zone)  # eight weeks back reach over New York's change of the clocks
    spans = windows.same_time(now, LittleCity(zone).city, windows.WEEKDAYS)
    begin = rng.integers(spans[0].end - 3 * DAY_MS, spans[-1].end + 3 * DAY_MS, 3000)
    finish = np.where(rng.random(3000) < 0.1, -1, begin + rng.exponential(20 * 3_600_000, 3000).astype(np.int64))
    begin[:8], finish[:8] = [s.end for s in spans], [s.end + 1 for s in spans]  # exactly at an end: it stands there
    begin[8:16], finish[8:16] = [s.end - 5 for s in spans], [s.end for s in spans]  # gone exactly then
    there.event("2026-09-01 09:00")
    there.visits += [
        {
            "eid": 1,
            "seq": i,
            "stage": 0,
            "department": -1,
            "first_department": -1,
            "l1": 0,
            "l2": -1,
            "sensitive": 0,
            "entered_at": b,
            "left_at": f,
            "w_entered": 0,
            "w_left": -1,
            "exit": int(f >= 0),
            "rework": 0,
            "entries": 1,
        }
        for i, (b, f) in enumerate(zip(begin.tolist(), finish.tolist(), strict=True))
    ]
    v = VISIT.c
    stands = windows.stock_day(v.entered_at, spans) < windows.stock_day(v.left_at, spans)
    may = windows.crosses(v.entered_at, v.left_at, spans)
    asked: Select[*tuple[Any, ...]] = select(conditions.flag(stands).label("stands"), conditions.flag(may).label("may")).order_by(
        v.seq
    )
    rows = there.facts.read({"q": asked})[1]["q"]
    stand, looked = np.asarray(rows["stands"]), np.asarray(rows["may"])
    assert stand[:16].tolist() == [1] * 8 + [0] * 8
    assert not ((stand == 1) & (looked == 0)).any()
    assert stand.sum() <= looked.sum()
    # every last one where the ends are equally far apart, but for what crosses the instant after the last
    assert looked.mean() == 1.0 if zone == "America/New_York" else looked.sum() < 1.5 * stand.sum()
