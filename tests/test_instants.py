"""What is kept of statements is let go when its minute has passed."""

from __future__ import annotations

import gc
import weakref
from datetime import timedelta
from typing import Any

from data.city import City
from data.instants import each_minute
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
