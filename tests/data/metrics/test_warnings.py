"""The early warning of a city of two towns: worked answers, the same part of the day, no baseline, who may see what."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.access.viewer import Viewer
from data.facts.schema import BASELINE, HOUR_SHARE
from data.query.windows import ordinal
from data.warning.days import WEEKEND, WORKDAY
from data.warning.kept_baseline import Fitted
from tests.city_builder import DISPUTE, EAST, LITTER, NOISE, WEST, LittleCity, when

pytestmark = pytest.mark.slow

DAY, BEFORE = "2026-11-20", "2026-11-19"
EVEN = np.arange(1, 25) / 24


def expect(city: LittleCity, mu: float, share: Any = EVEN, day: str = DAY, alpha: float = 0.1, **more: Any) -> None:
    """Every open series of both towns has ``mu`` reports a day, today and the four days before; one false alarm a shift has a
    strength of -3 or more, and each e times fewer 1 more."""
    today = ordinal(when(f"{day} 12:00"), city.city)
    rows = [(a, c, d) for a in (EAST, WEST) for c in (LITTER, NOISE) for d in range(today - 4, today + 1)]
    a, c, d = (np.array(v, np.int64) for v in zip(*rows, strict=True))
    n = len(rows)
    shares = [(c, kind, h + 1, share[h]) for c in (LITTER, NOISE) for kind in (0, 1) for h in range(24)]
    sc, sk, sh, sv = zip(*shares, strict=True)
    with city.facts.writing() as writing:
        writing.replace(
            BASELINE,
            {
                "area": a,
                "category": c,
                "day": d,
                "kind": np.full(n, more.get("kind", WORKDAY)),
                "method": np.zeros(n, np.int64),
                "mu": np.full(n, mu),
                "alpha": np.full(n, alpha),
                "sd": np.full(n, np.nan),
            },
        )
        writing.replace(HOUR_SHARE, {"category": np.array(sc), "kind": np.array(sk), "hour": np.array(sh), "share": np.array(sv)})
        told = Fitted(today, 300, 2, 4, (), {}, {}, (-3.0, 0.0), (1.0, float(np.exp(-3))), 0, 0.0, "")
        writing.meta({"baseline": json.dumps(asdict(told))})


def reported(city: LittleCity, hour: int, n: int, town: int = EAST, category: int = LITTER, day: str = DAY, **more: Any) -> None:
    for _ in range(n):
        city.event(f"{day} {hour:02d}:30", l1=town, category=category, **more)


def of(frame: pd.DataFrame, code: str = "east", category: str = "litter") -> pd.Series:
    return frame[(frame["code"] == code) & (frame["category"] == category)].iloc[0]


def test_twenty_five_of_twelve_have_the_worked_chance_at_noon() -> None:
    city = LittleCity()
    reported(city, 9, 25)
    expect(city, 24.0)
    row = of(city.read("warnings", f"{DAY} 12:20"))
    assert (row["observed"], row["expected"]) == (25, pytest.approx(12.0))
    assert row["p"] == pytest.approx(0.01847949514, abs=1e-10)
    assert row["look"] == city.at(f"{DAY} 12:00")


def test_a_morning_is_held_against_a_morning_not_against_a_day() -> None:
    city = LittleCity()
    reported(city, 5, 12)
    reported(city, 6, 18)
    expect(city, 24.0)
    # 12 by 6 o'clock: of a whole day (24) nothing at all, after six of them far above
    row = of(city.read("warnings", f"{DAY} 06:10"))
    assert (row["observed"], row["expected"], row["status"]) == (12, pytest.approx(6.0), "new")
    assert row["since"] == city.at(f"{DAY} 06:00")
    row = of(city.read("warnings", f"{DAY} 08:10"))
    assert (row["observed"], row["expected"], row["status"]) == (30, pytest.approx(8.0), "continuing")
    # it builds up since 5 o'clock: three hours' worth are 3
    assert (row["builds"], row["window_observed"]) == (city.at(f"{DAY} 05:00"), 30)
    assert row["window_expected"] == pytest.approx(3.0)
    # where nine tenths of a day come before noon, 23 by then are no sign of 46 by night
    front = LittleCity()
    for hour in range(11):
        reported(front, hour, 2)
    reported(front, 11, 1)
    expect(front, 24.0, np.minimum(EVEN * 1.8, 1.0))
    assert of(front.read("warnings", f"{DAY} 12:10"))["status"] == "quiet"


def test_an_hour_that_runs_is_not_looked_at() -> None:
    city = LittleCity()
    reported(city, 9, 60)
    expect(city, 24.0)
    assert of(city.read("warnings", f"{DAY} 09:59"))["observed"] == 0
    row = of(city.read("warnings", f"{DAY} 10:00"))
    assert (row["status"], row["since"]) == ("new", city.at(f"{DAY} 10:00"))
    row = of(city.read("warnings", f"{DAY} 11:00"))
    assert (row["status"], row["since"]) == ("continuing", city.at(f"{DAY} 10:00"))


def test_one_that_stood_at_midnight_goes_on_and_is_not_told_anew() -> None:
    city = LittleCity()
    reported(city, 15, 80, day=BEFORE)
    reported(city, 4, 30)
    reported(city, 9, 50)
    expect(city, 24.0)
    row = of(city.read("warnings", f"{DAY} 00:30"))
    assert (row["observed"], row["status"], row["look"]) == (80, "continuing", city.at(f"{DAY} 00:00"))
    for hour in ("03:00", "10:00", "12:00"):
        row = of(city.read("warnings", f"{DAY} {hour}"))
        assert (row["status"], row["since"]) == ("continuing", city.at(f"{BEFORE} 16:00"))


def test_it_ends_where_the_day_goes_on_as_expected() -> None:
    city = LittleCity()
    reported(city, 15, 80, day=BEFORE)
    reported(city, 5, 8)
    expect(city, 24.0)
    # up to 15 o'clock the last 24 hours hold the 80, then 8 where 24 are expected
    assert of(city.read("warnings", f"{DAY} 15:10"))["status"] == "continuing"
    assert of(city.read("warnings", f"{DAY} 16:10"))["status"] == "over"


def test_without_a_baseline_for_today_there_is_nothing() -> None:
    city = LittleCity()
    reported(city, 9, 60)
    assert city.read("warnings", f"{DAY} 12:00").empty
    expect(city, 24.0, day="2026-11-10")
    assert city.read("warnings", f"{DAY} 12:00").empty


def test_warnings_come_first_then_what_is_least_likely() -> None:
    city = LittleCity()
    reported(city, 8, 70, town=WEST, category=NOISE)
    reported(city, 8, 5)
    expect(city, 24.0)
    frame = city.read("warnings", f"{DAY} 11:00")
    assert len(frame) == 4
    assert frame["status"].tolist() == ["continuing", "quiet", "quiet", "quiet"]
    assert frame[["code", "category", "level"]].iloc[0].tolist() == ["west", "noise", "red"]
    assert set(frame["level"].iloc[1:]) == {""}
    assert frame["rate"].is_monotonic_increasing
    assert (frame["low"] <= frame["expected"]).all()
    assert (frame["high"] >= frame["expected"]).all()


def test_sensitive_cases_are_not_counted_and_a_town_sees_its_own() -> None:
    city = LittleCity()
    reported(city, 8, 30, category=DISPUTE, sensitive=1)
    reported(city, 8, 70, town=WEST)
    expect(city, 24.0)
    frame = city.read("warnings", f"{DAY} 12:00")
    assert "dispute" not in set(frame["category"])
    assert set(city.read("warnings", f"{DAY} 12:00", scope="east")["code"]) == {"east"}
    own = city.read("warnings", f"{DAY} 12:00", viewer=Viewer("desk", area="west", scope="west"))
    assert set(own["code"]) == {"west"}
    assert of(own, "west")["status"] == of(frame, "west")["status"] == "continuing"
    assert set(city.read("warnings", f"{DAY} 12:00", scope="east1")["code"]) == {"east"}  # a village: its town's


def test_the_city_s_budget_decides_how_rare_it_must_be() -> None:
    strict = LittleCity(service={"false_alarms_per_shift": 0.001})
    usual = LittleCity()
    for city in (usual, strict):
        for hour in range(6, 12):
            reported(city, hour, 3)
        expect(city, 24.0)
    rate = of(usual.read("warnings", f"{DAY} 12:00"))["rate"]
    assert 0.001 < rate < 1
    assert of(usual.read("warnings", f"{DAY} 12:00"))["status"] == "continuing"
    assert of(strict.read("warnings", f"{DAY} 12:00"))["status"] == "quiet"


def test_hours_of_a_day_that_is_not_worked_are_its_own() -> None:
    city = LittleCity()
    reported(city, 9, 10)
    expect(city, 24.0, kind=WEEKEND)
    with city.facts.writing() as writing:
        n = 24
        writing.replace(
            HOUR_SHARE,
            {
                "category": np.repeat([LITTER, NOISE], 2 * n),
                "kind": np.tile(np.repeat([0, 1], n), 2),
                "hour": np.tile(np.arange(1, 25), 4),
                "share": np.tile(np.concatenate([EVEN, EVEN**2]), 2),
            },
        )
    assert of(city.read("warnings", f"{DAY} 12:00"))["expected"] == pytest.approx(24 / 4)


def test_a_city_whose_clocks_go_back_has_its_looks_in_its_own_time() -> None:
    city = LittleCity("Europe/Berlin")
    city.event("2026-10-25 09:30", l1=EAST)
    expect(city, 24.0, day="2026-10-25")
    row = of(city.read("warnings", "2026-10-25 10:10"))
    assert (row["observed"], row["look"]) == (1, city.at("2026-10-25 10:00"))


def test_what_is_weak_in_each_town_and_strong_in_both_is_one_warning_of_the_city() -> None:
    city = LittleCity(service={"false_alarms_per_shift": 0.01})
    for town in (EAST, WEST):
        for hour in range(6, 12):
            reported(city, hour, 3, town=town)
    expect(city, 24.0)
    frame = city.read("warnings", f"{DAY} 12:00")
    assert len(frame) == 5
    told = frame.iloc[0]
    assert told[["code", "category", "reach", "status"]].tolist() == ["", "litter", "city", "continuing"]
    assert (told["observed"], told["expected"]) == (36, pytest.approx(24.0))
    assert (told["builds"], told["window_observed"]) == (city.at(f"{DAY} 06:00"), 36)
    assert told["window_expected"] == pytest.approx(12.0)
    assert set(frame["status"].iloc[1:]) <= {"quiet", "part"}
    assert set(frame["reach"].iloc[1:]) == {"town"}
    # a town's own account is told of its own reports alone
    own = city.read("warnings", f"{DAY} 12:00", viewer=Viewer("desk", area="west", scope="west"))
    assert (set(own["reach"]), set(own["status"])) == ({"town"}, {"quiet"})


def test_red_is_what_chance_brings_once_in_twenty_shifts() -> None:
    by = {}
    for n in (3, 5):
        city = LittleCity()
        for hour in range(6, 12):
            reported(city, hour, n)
        expect(city, 24.0)
        by[n] = of(city.read("warnings", f"{DAY} 12:00"))
    assert by[5]["rate"] <= 0.05 < 1
    assert by[5]["level"] == "red"
    assert (by[3]["rate"] <= 0.05) == (by[3]["level"] == "red")
