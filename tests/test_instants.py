"""What is kept of statements is let go when its minute has passed."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data.city import City
from data.instants import each_minute, local_hours
from data.viewer import Viewer
from tests.sync_harness import NOW, city


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
    "zone", ["Asia/Shanghai", "America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"])
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
