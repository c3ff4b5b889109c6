"""Hotline, video and freshness: a small source with devices and signs, synced, and counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.facts.row_faults import fault_counts
from data.facts.schema import ASSET, SIGN
from data.facts.store import Facts
from tests.city_builder import LittleCity, at
from tests.frame_cells import cell, cells
from tests.sync_harness import NOW as SYNCED
from tests.sync_harness import Platform, after, column, sync_of

pytestmark = pytest.mark.slow

DAY = "2026-11-20"
NOW = f"{DAY} 17:30"
PATROL = "patrol.cameras"


def city_with(assets: list[tuple[str, str, int, str]], signs: list[tuple[str, str, float]]) -> LittleCity:
    """``assets``: (kind, system, online, heard); ``signs``: (series, at, value)."""
    city = LittleCity()
    city.event(f"{DAY} 17:00")
    with city.facts.writing() as writing:
        if assets:
            kind, system, online, heard = zip(*assets, strict=True)
            none = [-1] * len(assets)
            writing.replace(
                ASSET,
                {
                    "kind": list(kind),
                    "system": list(system),
                    "l1": [0] * len(assets),
                    "l2": none,
                    "l3": none,
                    "l4": none,
                    "online": list(online),
                    "heard_at": [at(h) if h else -1 for h in heard],
                },
            )
        if signs:
            series, when, value = zip(*signs, strict=True)
            writing.replace(SIGN, {"series": list(series), "told_at": [at(w) for w in when], "value": list(value)})
    return city


def test_calls_given_up_count_as_not_answered() -> None:
    city = city_with(
        [],
        [
            ("hotline.offered", f"{DAY} 09:00", 60.0),
            ("hotline.offered", f"{DAY} 10:00", 40.0),
            ("hotline.answered", f"{DAY} 09:00", 58.0),
            ("hotline.answered", f"{DAY} 10:00", 38.0),
            ("hotline.answered_15s", f"{DAY} 10:00", 90.0),
            ("hotline.offered", "2026-10-01 09:00", 1000.0),
        ],
    )
    frame = city.read("hotline", NOW).set_index("indicator")
    assert cells(frame, "connect_rate", ["value", "numerator", "denominator"]) == [96.0, 96, 100]
    assert frame.loc["answered_15s_rate", "value"] == 90.0
    assert frame.loc["connect_rate", "newest_ms"] == at(f"{DAY} 10:00")


def test_no_calls_are_no_number() -> None:
    frame = city_with([], []).read("hotline", NOW)
    assert frame["value"].isna().all()
    assert (frame["newest_ms"] == -1).all()


def test_silent_cameras_are_offline_and_registered_ones_the_denominator() -> None:
    city = city_with(
        [
            ("camera", "sky", 1, f"{DAY} 17:29"),
            ("camera", "sky", 1, f"{DAY} 16:00"),
            ("camera", "sky", 1, f"{DAY} 15:00"),  # says it is online, and was not heard for 2 h 29 min
            ("camera", "sky", 0, f"{DAY} 17:28"),
            ("camera", "road", 1, ""),  # never heard
            ("station", "centre", 1, f"{DAY} 17:29"),
        ],
        [(PATROL, f"{DAY} 09:00", 2.0), (PATROL, f"{DAY} 12:00", 4.0), (PATROL, "2026-11-19 20:00", 5.0)],
    )
    frame = city.read("video", NOW).set_index("system")
    assert cells(frame, "", ["registered", "online", "value"]) == [5, 2, 40.0]
    assert cells(frame, "sky", ["registered", "online"]) == [4, 2]
    assert cells(frame, "road", ["registered", "online", "newest_ms"]) == [1, 0, -1]
    assert cells(frame, "", ["patrolled", "patrolled_share"]) == [4.0, 80.0]


def test_a_feed_that_stands_still_is_stale_and_its_devices_are_as_they_were() -> None:
    city = city_with([("camera", "sky", 1, f"{DAY} 09:00"), ("camera", "sky", 1, f"{DAY} 09:01")], [])
    assert city.read("video", NOW).iloc[0]["value"] == 100.0
    fresh = city.read("data_freshness", NOW).set_index("feed")
    assert bool(fresh.loc["sky", "stale"])
    assert fresh.loc["sky", "age_min"] == 8 * 60 + 29
    assert not fresh.loc["phone", "stale"]  # 30 min expected, heard 30 min ago
    assert np.isnan(cell(fresh, "patrol", "age_min"))
    assert not fresh.loc["patrol", "stale"]  # nothing is expected of it
    later = city.read("data_freshness", f"{DAY} 18:01").set_index("feed")
    assert bool(later.loc["phone", "stale"])


def test_a_channel_expected_on_workdays_is_judged_as_the_wall_judges_it() -> None:
    phone = {"code": "phone", "name": {"zh": "phone", "en": "phone"}, "expected_every": "1 workday"}
    city = LittleCity(channels=[phone, {"code": "patrol", "name": {"zh": "patrol", "en": "patrol"}}])
    city.event(f"{DAY} 17:00")
    for when, stale in (("2026-11-22 16:59", False), ("2026-11-22 17:01", True)):  # twice a day of 24 hours
        fresh = city.read("data_freshness", when).set_index("feed")
        assert fresh.loc["phone", "expected_min"] == 2 * 24 * 60
        assert bool(fresh.loc["phone", "stale"]) == stale


@pytest.mark.parametrize("scope", ["east", "west"])
def test_a_town_has_its_own_cameras(scope: str) -> None:
    city = city_with([("camera", "sky", 1, f"{DAY} 17:29")], [])
    assert city.read("video", NOW, scope=scope).iloc[0]["registered"] == (1 if scope == "east" else 0)


@pytest.mark.parametrize("scope", ["", "east", "west"])
def test_patrols_and_feeds_are_the_whole_citys_whatever_the_scope(scope: str) -> None:
    city = city_with([("camera", "sky", 1, f"{DAY} 17:29")] * 4, [(PATROL, f"{DAY} 12:00", 3.0)])
    video = city.read("video", NOW, scope=scope).iloc[0]
    assert video[["patrolled", "patrol_of", "patrolled_share"]].tolist() == [3.0, 4.0, 75.0]
    assert city.read("data_freshness", NOW, scope=scope).set_index("feed").loc["phone", "age_min"] == 30


def test_devices_and_signs_come_along_are_looked_at_every_five_minutes_and_reject_what_is_faulty(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.event(1)
    for code, grid_code in (("c-1", "c1"), ("c-2", None), ("c-3", "nowhere")):
        platform.run(
            "INSERT INTO asset (code, kind, system, grid, status, heard_at, changed) VALUES (?, 'camera', 'sky', ?,"
            " 'online', '2026-11-23 08:59:00', '2026-11-23 08:59:00')",
            code,
            grid_code,
        )
    for when, value in (("08:00", 5.0), ("08:30", None), ("12:00", 9.0)):
        platform.run(
            "INSERT INTO sign (series, subject, at, value) VALUES ('hotline.offered', 'city', ?, ?)",
            f"2026-11-23 {when}:00.000000",
            value,
        )
    with Facts.create("duckdb:///:memory:") as facts:
        sync = sync_of(platform, facts)
        sync.load(SYNCED)
        assert sync.tick(SYNCED).faults == 2
        assert [column(facts, "asset", n, "rowid") for n in ("l1", "l2", "online")] == [[0, -1, -1], [1, -1, -1], [1, 1, 1]]
        assert column(facts, "sign", "value", "rowid") == [5.0]  # one has no value, one lies ahead
        assert [(t, r) for t, r, _ in fault_counts(facts)] == [("asset", "unknown_grid"), ("sign", "bad_value")]
        platform.run("UPDATE asset SET grid = 'c2', status = 'offline', changed = '2026-11-23 09:00:30' WHERE code = 'c-3'")
        assert sync.tick(after(minutes=4)).faults == 2
        assert sync.tick(after(minutes=5)).faults == 1
        assert [column(facts, "asset", n, "rowid") for n in ("l2", "online")] == [[1, -1, 2], [1, 1, 0]]
        assert [t for t, _, _ in fault_counts(facts)] == ["sign"]
        assert facts.meta()["faults"] == "1"


def test_facts_built_anew_have_their_devices_and_signs_at_the_next_tick(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.event(1)
    platform.run(
        "INSERT INTO asset (code, kind, system, grid, status, heard_at, changed) VALUES ('c-1', 'camera', 'sky', 'c1',"
        " 'online', '2026-11-23 08:59:00', '2026-11-23 08:59:00')"
    )
    with Facts.create("duckdb:///:memory:") as facts:
        sync = sync_of(platform, facts)
        sync.load(SYNCED)
        sync.tick(SYNCED)
        sync.load(after(minutes=1))
        sync.tick(after(minutes=1))
        assert column(facts, "asset", "online", "rowid") == [1]
