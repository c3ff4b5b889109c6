"""The day's look at space and time of a little city of 16 villages: what is kept, when, and what the workbench shows of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from data.access.viewer import Viewer
from data.alarms import clusters
from data.city.city import City
from data.facts.store import Facts
from data.query.kept_cluster import META, stored
from data.reading.answer import answer
from layouts.analyst.drawings import hotspots
from tests.city_builder import columns, profile, when
from tests.layouts.analyst.test_drawings import context

DAYS, NOW = 80, "2026-11-20 17:30"
#: Villages of a corner of the square of four by four.
CORNER = (0, 1, 4, 5)


def built(outbreak: float, days: int = DAYS) -> tuple[Facts, City]:
    """Reports of two a day in each village up to 2026-11-19; ``outbreak`` times as many in the corner on the last four days."""
    rng, facts = np.random.default_rng(8), Facts.create("duckdb:///:memory:")
    squares = [
        shapely.to_wkb(shapely.box(117 + x / 100, 35 + y / 100, 117 + (x + 1) / 100, 35 + (y + 1) / 100))
        for y in range(4)
        for x in range(4)
    ]
    facts.put_grid(
        {
            "idx": list(range(17)),
            "code": ["town", *[f"v{i}" for i in range(16)]],
            "parent": [-1, *[0] * 16],
            "level": [1, *[2] * 16],
            "name": ["镇", *[f"村{i}" for i in range(16)]],
            "population": [-1, *[1000] * 16],
            "geometry": [None, *squares],
        }
    )
    end = round(when("2026-11-20 00:00").timestamp() * 1000)
    rows: list[dict[str, Any]] = []
    for day in range(days):
        for village in range(16):
            times = outbreak if village in CORNER and day >= days - 4 else 1.0
            for k in range(rng.poisson(2 * times)):
                at = end - (days - day) * 86_400_000 + (8 + k) * 3_600_000
                rows.append(
                    {
                        "eid": len(rows) + 1,
                        "case_number": f"C{len(rows)}",
                        "l1": 0,
                        "l2": village + 1,
                        "l3": -1,
                        "l4": -1,
                        "reported_at": at,
                        "due_at": -1,
                        "closed_at": -1,
                        "is_open": 1,
                        "stage": 5,
                        **dict.fromkeys(
                            (
                                "category",
                                "network",
                                "channel",
                                "department",
                                "outcome",
                                "sensitive",
                                "is_hung",
                                "duplicate",
                                "pause_handle_s",
                                "pause_complete_s",
                                "reached",
                            ),
                            0,
                        ),
                    }
                )
    facts.put(columns(rows), None, now_ms=end)
    return facts, City(profile(), facts.grid())


def ask(function: Any, *given: Any) -> Any:
    return function(*given)


@pytest.fixture(scope="module")
def outbreak() -> tuple[Facts, City]:
    facts, city = built(4.0)
    clusters.take(facts, city, when(NOW), ask)
    return facts, city


def test_four_villages_at_four_times_their_rate_for_four_days_are_found(outbreak: tuple[Facts, City]) -> None:
    facts, _ = outbreak
    found = stored(facts.meta()[META])
    assert found is not None
    assert found.alarm
    assert {f"v{i}" for i in CORNER} <= set(found.codes)
    assert len(found.codes) <= 6
    assert found.days in (3, 4, 5)
    assert found.seen > 2.5 * found.expected


def test_a_quiet_city_has_none_and_it_is_due_once_a_day() -> None:
    facts, city = built(1.0)
    assert clusters.due(facts.meta(), city, when(NOW))
    assert not clusters.take(facts, city, when(NOW), ask).alarm
    assert not clusters.due(facts.meta(), city, when(NOW))
    assert not clusters.due(facts.meta(), city, when("2026-11-21 03:59"))
    assert clusters.due(facts.meta(), city, when("2026-11-21 04:00"))
    assert (answer("hotspots", facts, Viewer("desk"), city, when(NOW))[1]["cluster"] == 0).all()


def test_too_short_a_record_is_said_and_nothing_is_kept() -> None:
    facts, city = built(1.0, days=40)
    with pytest.raises(clusters.ScanError, match="70 whole days"):
        clusters.take(facts, city, when(NOW), ask)
    assert META not in facts.meta()


def test_the_workbench_outlines_the_villages_and_says_how_seldom(outbreak: tuple[Facts, City]) -> None:
    facts, city = outbreak
    frame = answer("hotspots", facts, Viewer("desk"), city, when(NOW))[1]
    own = frame[(frame["source"] == "all") & (frame["what"] == "reported")]
    inside = own[own["cluster"] > 0]
    assert {f"v{i}" for i in CORNER} <= set(inside["code"])
    assert (frame.loc[frame.index.difference(own.index), "cluster"] == 0).all(), "the scan is of all reports"
    drawn = own.assign(area=own["code"].where(own["code"] != "?", ""))
    said = hotspots.together(drawn, replace(context("zh"), city=city))
    assert "天聚集：村" in said
    assert f"{int(inside['cluster_n'].iloc[0])} 件" in said
    assert hotspots.together(drawn.assign(cluster=0), context("zh")) == ""
    whole = frame.assign(area=frame["code"].where(frame["code"] != "?", ""))
    late = hotspots.basis(whole, replace(context("zh"), city=city))  # what is late is shown first
    assert "上报有聚集" in late


def test_who_sees_one_town_alone_is_not_told_of_the_city(outbreak: tuple[Facts, City]) -> None:
    facts, city = outbreak
    frame = answer("hotspots", facts, Viewer("desk", "town", area="town"), city, when(NOW))[1]
    assert (frame["cluster"] == 0).all()
