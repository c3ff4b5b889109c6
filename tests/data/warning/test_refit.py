"""The baseline in the facts: written at once, made when it is due, kept where a fit fails, and said so."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from data.access.viewer import Viewer
from data.city.city import City
from data.facts.store import Facts
from data.jobs import worker
from data.query.windows import ordinal
from data.warning import baseline, budget, refit
from data.warning.history import daily_counts
from data.warning.kept_baseline import Fitted, stored
from tests.city_builder import DISPUTE, EAST, LITTER, NOISE, WEST, LittleCity, at, when
from tests.frame_cells import cell

TODAY = "2026-11-20"
MEANS = ((EAST, LITTER, 6), (EAST, NOISE, 3), (WEST, LITTER, 3), (WEST, NOISE, 1.5), (EAST, DISPUTE, 9))
NOON = when(f"{TODAY} 12:00")


def lived(days: int, zone: str = "Asia/Shanghai", seed: int = 2) -> LittleCity:
    """``days`` whole days before today: 6 litter and 3 noise cases a day in the east, half of it in the west, from 8 to 18
    o'clock; disputes, which nobody is told of; and half a day before all that."""
    city = LittleCity(zone)
    rng = np.random.default_rng(seed)
    rows: dict[str, list[Any]] = {k: [] for k in ("category", "l1", "reported_at", "sensitive")}
    first = date.fromisoformat(TODAY) - timedelta(days=days)
    for d in range(-1, days):
        day = (first + timedelta(days=d)).isoformat()
        for town, category, mean in MEANS:
            for minute in rng.integers(0 if d >= 0 else 300, 600, rng.poisson(mean if d >= 0 else 1)):
                rows["reported_at"].append(at(f"{day} 08:00", zone) + int(minute) * 60_000)
                rows["category"].append(category)
                rows["l1"].append(town)
                rows["sensitive"].append(int(category == DISPUTE))
    n = len(rows["l1"])
    city.facts.put({**rows, "eid": np.arange(n) + 1, "outcome": np.ones(n)}, now_ms=at(f"{TODAY} 12:00", zone))
    return city


def fitted(city: LittleCity, now: datetime = NOON, ask: refit.Ask = worker.here) -> Fitted:
    return refit.refit(city.facts, city.city, city.clock, now, ask)


def rows(facts: Facts) -> list[Any]:
    with facts.cursor() as cursor:
        return [str(r) for r in cursor.execute("SELECT * FROM baseline ORDER BY area, category, day").fetchall()]


@pytest.fixture(scope="module")
def year() -> LittleCity:
    city = lived(300)
    fitted(city)
    return city


def test_it_finds_what_the_towns_report_a_day(year: LittleCity) -> None:
    told = stored(year.facts.meta())
    assert told is not None
    assert (told.days, told.areas, told.series, told.ears) == (300, 2, 4, ())
    assert set(told.alpha) == {"litter", "noise"}
    # four series and the sums over both towns: a budget of one a shift is found, one of a hundredth asks for more
    assert len(told.strength) == len(told.rate) >= 2
    assert budget.threshold(told.curve, 0.01) > budget.threshold(told.curve, 1.0)
    today = ordinal(NOON, year.city)
    with year.facts.cursor() as cursor:
        found = {
            (a, c): mu
            for a, c, mu in cursor.execute(
                f"SELECT area, category, avg(mu) FROM baseline WHERE day BETWEEN {today} AND {today + 6} GROUP BY ALL"
            ).fetchall()
        }
        days = cursor.execute("SELECT min(day), max(day), count(DISTINCT day) FROM baseline").fetchone()
    assert found == {
        (EAST, LITTER): pytest.approx(6, rel=0.15),
        (EAST, NOISE): pytest.approx(3, rel=0.15),
        (WEST, LITTER): pytest.approx(3, rel=0.15),
        (WEST, NOISE): pytest.approx(1.5, rel=0.2),
    }
    assert days == (today - refit.BEHIND, today + refit.AHEAD, refit.BEHIND + refit.AHEAD + 1)


def test_the_metric_expects_none_before_eight_and_half_by_one_o_clock(year: LittleCity) -> None:
    by = {
        h: cell(year.read("warnings", f"{TODAY} {h}:00").set_index(["code", "category"]), ("east", "litter"), "expected")
        for h in ("08", "13", "18")
    }
    assert by["08"] < 0.2
    assert by["13"] / by["18"] == pytest.approx(0.5, abs=0.05)


def test_nothing_of_a_sensitive_category_is_kept(year: LittleCity) -> None:
    with year.facts.cursor() as cursor:
        for table in ("baseline", "hour_share"):
            assert cursor.execute(f"SELECT count(*) FROM {table} WHERE category = {DISPUTE}").fetchone() == (0,)
    frame = year.read("warnings", f"{TODAY} 12:00", viewer=Viewer("desk", rights=frozenset({"sensitive"})))
    assert set(frame["category"]) == {"litter", "noise"}


def test_it_is_due_without_one_a_day_later_and_for_another_city_or_calendar(year: LittleCity) -> None:
    def is_due(text: str, city: City = year.city) -> bool:
        return refit.due(year.facts.meta(), city, year.clock, when(text))

    assert not is_due(f"{TODAY} 23:59")
    assert not is_due("2026-11-21 03:00")  # yesterday's tells of today, and the quiet hour comes
    assert is_due("2026-11-21 04:00")
    assert is_due("2026-11-22 00:10")
    assert is_due("2026-11-19 12:00")  # the clock was put back
    assert is_due(f"{TODAY} 13:00", LittleCity("Asia/Tokyo").city)
    assert refit.due({}, year.city, year.clock, NOON)
    assert refit.due({"baseline": "{}"}, year.city, year.clock, NOON)


def test_a_fit_that_fails_leaves_the_old_baseline() -> None:
    city = lived(40)
    fitted(city)
    before, meta = rows(city.facts), city.facts.meta()

    def broken(function: Any, *arguments: Any) -> Any:
        raise worker.WorkerError("the process ended")

    def empty(function: Any, *arguments: Any) -> Any:
        found = baseline.fit(*arguments)
        return found._replace(mu=found.mu * np.nan)

    for ask, said in ((broken, "ended"), (empty, "not end in numbers")):
        with pytest.raises(Exception, match=said):
            fitted(city, NOON + timedelta(days=1), ask)
        assert rows(city.facts) == before
        assert city.facts.meta() == meta


def test_under_a_week_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(refit.BaselineError, match="4 whole days"):
        fitted(lived(4))
    with pytest.raises(refit.BaselineError, match="0 whole days"):
        fitted(LittleCity())


def test_a_young_city_has_ears_for_the_days_whose_week_is_known() -> None:
    city = lived(30)
    told = fitted(city)
    assert told.ears == ("litter", "noise")
    today = ordinal(NOON, city.city)
    with city.facts.cursor() as cursor:
        assert cursor.execute("SELECT max(day) FROM baseline").fetchone() == (today + refit.EARS_AHEAD,)
    assert set(city.read("warnings", f"{TODAY} 12:00")["method"]) == {"ears"}


def test_local_days_are_counted_where_clocks_are_put_back() -> None:
    city = LittleCity("Europe/Berlin")
    for day in range(1, 26):  # the last one, 25 October, has 25 hours
        for hour in ("00:30", "23:30"):
            city.event(f"2026-10-{day:02d} {hour}", l1=EAST)
    _, counts, first = daily_counts(
        city.facts, city.city, when("2026-10-27 12:00", "Europe/Berlin"), date(2026, 10, 27).toordinal()
    )
    assert first == date(2026, 10, 2).toordinal()
    assert counts[0, LITTER].tolist() == [2] * 24 + [0]


@pytest.mark.slow
def test_the_server_says_on_its_health_page_when_and_why_not(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from callbacks.wall.source_health import Health
    from dashboard import baseline_job

    city = lived(30)
    page_cache: Any = SimpleNamespace(health=Health(), snapshot=object(), city=city.city)
    pipeline: Any = SimpleNamespace(
        facts=city.facts, clock=city.clock, page_cache=page_cache, as_of=lambda moment: moment, ready=lambda: city.facts
    )
    job = baseline_job.BaselineJob(pipeline)
    monkeypatch.setattr(baseline_job, "now", lambda: NOON)
    told = job.fit()
    assert page_cache.health.baseline_ms == told.fitted_ms == at(f"{TODAY} 12:00")
    before = rows(city.facts)
    monkeypatch.setattr(baseline_job, "BASELINE_LIMIT_S", 0.0)
    with pytest.raises(worker.WorkerError):
        job.fit()
    assert "no answer within" in page_cache.health.baseline_fault
    assert rows(city.facts) == before
    monkeypatch.setattr(baseline_job, "BASELINE_LIMIT_S", 60.0)
    monkeypatch.setattr(baseline_job, "BASELINE_EVERY_S", 0.05)
    monkeypatch.setattr(baseline_job, "lower_priority", lambda: None)
    monkeypatch.setattr(baseline_job, "now", lambda: NOON + timedelta(days=1))
    import threading

    watching = threading.Thread(target=job.run)
    watching.start()
    end = time.monotonic() + 30
    while page_cache.health.baseline_fault and time.monotonic() < end:
        time.sleep(0.05)
    job.stop()
    watching.join(10)
    assert page_cache.health.baseline_fault == ""
    assert page_cache.health.baseline_ms == at("2026-11-21 12:00")
