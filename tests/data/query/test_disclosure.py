"""What the totals tell of sensitive cases: never a count of one to four, by whatever subtraction.

Each number that a wall shows is read of a city and of its twin without sensitive cases: the difference is its sensitive part."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from dashboard.api import left_out
from data.access.store import State
from data.access.viewer import Only, Viewer
from data.clock.instants import ms
from data.facts.row_faults import ahead, not_located
from data.facts.schema import EVENT
from data.metrics import METRICS
from data.query import disclosure
from data.query.disclosure import IN_BATCHES, SECRET
from data.reading.answer import parse_back
from data.reading.snapshot import Frame, Snapshot
from layouts.html.markup import to_html
from layouts.panels import PANELS
from layouts.panels.panel import Reading
from layouts.text.formats import WITHOUT
from layouts.wall.wall import frame
from tests.city_builder import CLOSE, DISPATCH, DISPUTE, EAST, HANDLE, WEST, LittleCity, when

#: The columns of each metric that count sensitive cases, or are worked out of such counts; no other column knows of them.
COUNTS = {
    "headline": ("value", "numerator", "denominator", "history"),
    "throughput": ("cases", "closed", "open", "without_end"),
    "queues": ("open",),
    "reports": ("numerator", "denominator"),
    "overdue_open": ("numerator", "denominator"),
    "category_top": ("n",),
}
DERIVED = {
    "headline": ("usual", "usual_low", "usual_high", "verdict"),
    "reports": ("value",),
    "overdue_open": ("value",),
    "category_top": ("masked",),
}
TOTALS = ("headline", "throughput", "queues", "reports", "overdue_open")
TOWNS = ("", "east", "west")
SCOPES = (*TOWNS, "east1", "east1a")
LOOKS = ("2026-11-23 09:30", "2026-11-23 13:00:00", "2026-11-23 13:00:05", "2026-11-24 00:30")


def cities() -> tuple[LittleCity, LittleCity]:
    """Three weeks of some 20 cases a day, a third of them sensitive, and the same without these."""
    rng = np.random.default_rng(13)
    whole, twin = LittleCity(), LittleCity()
    whole.secret = twin.secret = "of the test"
    for _ in range(460):
        came = pd.Timestamp("2026-11-02 08:00") + pd.Timedelta(minutes=int(rng.integers(0, 22 * 1440)))
        took = pd.Timedelta(minutes=int(rng.exponential(2500)) + 30)
        more: dict[str, Any] = {"due": str(came + pd.Timedelta(days=2)), "l1": EAST if rng.random() < 0.6 else WEST}
        sensitive = bool(rng.random() < 0.35)
        if sensitive:
            more |= {"sensitive": 1, "category": DISPUTE}
        gone = str(came + took) if came + took < pd.Timestamp("2026-11-24 02:00") else None
        for city in (whole, twin) if not sensitive else (whole,):
            eid = city.event(str(came), gone, **more)
            half = str(came + took / 2)
            city.visit(eid, DISPATCH, str(came), half, next_stage=HANDLE)
            city.visit(eid, HANDLE, half, gone, 2, next_stage=CLOSE if gone else -1)
    return whole, twin


@cache
def asked(city: LittleCity, metric: str, look: str, scope: str) -> pd.DataFrame:
    return city.read(metric, look, scope)


def numbers(city: LittleCity, metric: str, look: str, scope: str) -> dict[tuple[Any, ...], float]:
    """Each count of an answer by what names its row, the column and (of a history) the day."""
    frame = asked(city, metric, look, scope)
    names = [c for c in ("kpi", "category", "stage", "indicator") if c in frame]
    out: dict[tuple[Any, ...], float] = {}
    for _, row in frame.iterrows():
        key = tuple(row[n] for n in names)
        for column in COUNTS[metric]:
            if column in ("value", "history") and row["kpi"] == "on_time":
                continue
            values = row[column] if isinstance(row[column], list) else [row[column]]
            out.update({(*key, column, i): float(v) for i, v in enumerate(values) if v is not None and v == v})
    return out


@pytest.fixture(scope="module")
def twins() -> tuple[LittleCity, LittleCity]:
    return cities()


@pytest.fixture(scope="module")
def parts(twins: tuple[LittleCity, LittleCity]) -> dict[tuple[str, ...], list[float]]:
    """(metric, scope) -> the sensitive part of each number at every look."""
    whole, twin = twins
    out: dict[tuple[str, ...], list[float]] = {}
    for metric in (*TOTALS, "category_top"):
        for scope in SCOPES:
            found = out.setdefault((metric, scope), [])
            for look in LOOKS if scope in TOWNS else LOOKS[1:2]:
                real, plain = numbers(whole, metric, look, scope), numbers(twin, metric, look, scope)
                found += [v - plain.get(k, 0.0) for k, v in real.items()]
    return out


def test_the_totals_of_the_city_and_its_towns_count_sensitive_cases(parts: dict[tuple[str, ...], list[float]]) -> None:
    for metric in TOTALS:
        for scope in TOWNS:
            assert max(parts[metric, scope]) >= 5, (metric, scope)
            assert min(parts[metric, scope]) >= 0


def test_no_subtraction_of_two_numbers_tells_a_count_under_five(parts: dict[tuple[str, ...], list[float]]) -> None:
    every = np.unique(np.concatenate([np.array(p) for p in parts.values()]))
    apart = np.abs(np.subtract.outer(every, every))
    assert ((apart == 0) | (apart >= 5)).all()
    assert (every % 5 == 0).all()  # so that sums and differences of any number of them are no less


def test_what_lies_below_a_town_knows_nothing_of_them(parts: dict[tuple[str, ...], list[float]]) -> None:
    for metric in (*TOTALS, "category_top"):
        for scope in ("east1", "east1a"):
            assert not any(parts[metric, scope]), (metric, scope)


@pytest.mark.parametrize("metric", METRICS)
def test_no_other_number_of_any_metric_knows_of_them(metric: str, twins: tuple[LittleCity, LittleCity]) -> None:
    """Counts of breakdowns, shares, medians, ages and intervals are those of the city without such cases, to the last digit."""
    told = {*COUNTS.get(metric, ()), *DERIVED.get(metric, ())}
    for scope in ("", "east", "east1"):
        real, plain = (asked(city, metric, LOOKS[1], scope) for city in twins)
        if metric == "category_top":  # all but the row of their sum
            real, plain = (f[f["category"] != "sensitive"].reset_index(drop=True) for f in (real, plain))
            told = set()
        if metric == "indicators":
            real, plain = (f[~f["indicator"].isin(["reports", "overdue_open"])].reset_index(drop=True) for f in (real, plain))
            told = set()
        city_wide = [c for c in real if c not in told | {"eid", "case_number"}]  # the twin numbers its cases by itself
        pd.testing.assert_frame_equal(real[city_wide], plain[city_wide], check_exact=True)


def test_totals_beside_each_other_add_up_and_are_the_same_everywhere(twins: tuple[LittleCity, LittleCity]) -> None:
    whole, _ = twins
    for scope in ("", "east"):
        for look in LOOKS[1:]:
            head = asked(whole, "headline", look, scope).set_index("kpi")
            through = asked(whole, "throughput", look, scope).iloc[0]
            waiting = asked(whole, "queues", look, scope).set_index("stage")
            opened, wip = waiting["open"].astype(float), waiting["wip"].astype(float)
            reports, late = (asked(whole, m, look, scope)["numerator"][0] for m in ("reports", "overdue_open"))
            assert through["cases"] == through["closed"] + through["open"]
            assert reports == through["cases"]
            shown = head["value"].astype(float)
            assert opened[""] == shown["open"]
            assert late == shown["overdue"] <= shown["open"]
            # what stands in the stages, and the batches that stand in none
            assert float(opened[""] - wip.iloc[1:].sum()) in range(0, 500, 5)
            assert opened.iloc[1:].isna().all()
        table = asked(whole, "indicators", LOOKS[1], scope).set_index("indicator")
        for single in ("reports", "overdue_open"):
            assert (table.loc[single] == asked(whole, single, LOOKS[1], scope).set_index("indicator").loc[single])[:3].all()


def test_batches_are_of_what_is_truly_there() -> None:
    """Eleven sensitive cases in the east, four in the west, all today: city 15, east 10, west none; nine are closed."""
    city = LittleCity()
    city.event("2026-11-01 09:00", "2026-11-01 10:00")
    for i in range(15):
        city.event(
            f"2026-11-23 09:{i:02d}",
            f"2026-11-23 10:{i:02d}" if i < 9 else None,
            category=DISPUTE,
            sensitive=1,
            l1=EAST if i < 11 else WEST,
        )
    told = {s: city.read("headline", "2026-11-23 14:00", s).set_index("kpi")["value"] for s in ("", "east", "west", "east1")}
    assert [told[s]["reported"] for s in told] == [15, 10, 0, 0]
    assert [told[s]["closed"] for s in told] == [5, 5, 0, 0]
    assert [told[s]["open"] for s in told] == [5, 0, 0, 0]


def test_a_window_or_a_choice_of_ones_own_counts_none() -> None:
    """With either, one could look for the instant at which a batch fills."""
    city = LittleCity()
    for i in range(10):
        city.event(f"2026-11-23 09:{i:02d}", category=DISPUTE, sensitive=1)
    read: dict[str, Any] = {"back": parse_back("12h")}
    assert city.read("headline", "2026-11-23 14:00", **read).set_index("kpi")["value"]["reported"] == 0
    only = Viewer("desk", rights=frozenset({"analyse"}), only=Only((EVENT.c.category == DISPUTE,)))
    assert city.read("headline", "2026-11-23 14:00", viewer=only).set_index("kpi")["value"]["reported"] == 0


@pytest.mark.parametrize(
    "panel", ["grid_heat", "stage_backlog", "hourly_trend", "channel_mix", "throughput", "department_response"]
)
def test_a_panel_without_them_says_so_and_names_no_number(panel: str) -> None:
    zh, en = (str(frame(PANELS[panel], lang, LittleCity().city)) for lang in ("zh", "en"))
    assert zh.count("不含敏感类别") >= 2  # in its head and in its definition
    assert en.count("without sensitive categories") >= 2


def test_five_figures_of_a_village_say_that_they_are_without_them() -> None:
    city = LittleCity()
    city.event("2026-11-23 09:00")
    for scope, said in (("", False), ("east", False), ("east1", True)):
        reading = Reading(city.read("headline", "2026-11-23 14:00", scope), {}, 0, scope)
        assert ("不含敏感类别" in to_html(PANELS["kpi_row"].figure(reading, city.city, "zh"))) == said


def test_what_is_not_located_or_lies_ahead_is_told_without_sensitive_cases() -> None:
    """Both numbers stand on walls and in the list of rejected rows, beside sums that leave sensitive cases out."""
    whole, twin = LittleCity(), LittleCity()
    for sensitive, n in ((0, 3), (1, 4)):
        for city in (whole, twin) if not sensitive else (whole,):
            for _ in range(n):
                city.event("2026-11-20 09:00", l1=-1, l2=-1, l3=-1, sensitive=sensitive)
                city.event("2027-01-20 09:00", sensitive=sensitive)
    now = ms(when("2026-11-23 12:00"))
    assert [not_located(c.facts) for c in (whole, twin)] == [3, 3]
    assert [ahead(c.facts, now) for c in (whole, twin)] == [3, 3]


def test_an_answer_without_a_screen_says_how_sensitive_cases_are_counted() -> None:
    city = LittleCity().city
    cleared = Viewer("desk", rights=frozenset({"sensitive"}))
    said = {
        (metric, scope): left_out(metric, Viewer("wall", scope), city).get("sensitive", {}).get("zh")
        for metric in ("headline", "stage_backlog", "throughput")
        for scope in ("", "east", "east1")
    }
    assert {said["headline", ""], said["headline", "east"]} == {IN_BATCHES.zh}
    assert {said["headline", "east1"], *(said["stage_backlog", s] for s in ("", "east", "east1"))} == {WITHOUT.zh}
    said_of = METRICS["throughput"].batched
    assert said_of is not None
    assert [said["throughput", s] for s in ("", "east", "east1")] == [said_of.zh, said_of.zh, WITHOUT.zh]
    assert left_out("stage_backlog", cleared, city) == {}


# ------------------------------------------------------------------------ the secret steps
def published(counts: NDArray[np.int64], step: NDArray[np.int64] | int) -> NDArray[np.int64]:
    return disclosure.in_batches(counts, step)


def test_a_figure_counts_no_more_than_there_is_and_up_to_eight_less() -> None:
    """By hand, of a step of three: 8 are the first five, 13 the second."""
    n = np.array([0, 4, 5, 7, 8, 12, 13, 40])
    assert published(n, 3).tolist() == [0, 0, 0, 0, 5, 5, 10, 35]
    assert published(n, 0).tolist() == [0, 0, 5, 5, 5, 10, 10, 40]
    every = np.arange(200)
    for step in range(5):
        lacks = every - published(every, step)
        assert (lacks >= 0).all()
        assert lacks.max() == 4 + step


def test_steps_are_the_same_after_a_restart_and_differ_by_installation_figure_area_and_day(tmp_path: Path) -> None:
    first, again = (State(f"sqlite:///{tmp_path}/state.sqlite").secret(SECRET) for _ in range(2))
    other = State(f"sqlite:///{tmp_path}/other.sqlite").secret(SECRET)

    little = LittleCity().city

    def steps(secret: str, figure: str = "reported", scope: str = "", day: int = 739_000, days: int = 60) -> list[int]:
        city = replace(little, secret=secret, scope=scope)
        return [disclosure.step(city, figure, d) for d in range(day, day + days)]

    assert steps(first) == steps(again)
    for differs in (steps(other), steps(first, scope="east"), steps(first, figure="closed"), steps(first, day=740_000)):
        assert np.mean(np.array(differs) == steps(first)) < 0.45  # by chance 12 of 60; above 26 once in 30,000
    seen = np.bincount(steps(first, days=5000), minlength=5)
    assert ((seen - 1000) ** 2 / 1000).sum() < 23.5  # chi-square of 4 degrees, once in 10,000 secrets


def test_a_live_figure_and_its_history_step_alike(twins: tuple[LittleCity, LittleCity]) -> None:
    """Another step in the history of the same day would be a second look at the same count."""
    whole, _ = twins
    for scope in ("", "east"):
        then = asked(whole, "headline", "2026-11-20 13:00", scope).set_index("kpi")["value"]
        later = asked(whole, "headline", LOOKS[1], scope).set_index("kpi")["history"]
        for kpi in ("reported", "closed", "open", "overdue"):
            assert later[kpi][-3] == then[kpi]


def test_counts_under_five_look_alike_whatever_the_step() -> None:
    small = np.arange(5)
    assert not any(published(small, step).any() for step in range(5))


def test_who_sees_every_step_cannot_tell_the_count() -> None:
    """For a path of counts that stays above the first batch there are five of the same steps, as likely each: the path itself
    and those one to four cases higher, each with its own secret.  So whoever watches is right once in five, however long."""
    rng = np.random.default_rng(7)
    for _ in range(200):
        path = 20 + np.cumsum(rng.choice([-1, 1], 400))
        path += max(0, 5 - int(path.min()))
        seen = published(path, 0)
        for step in range(1, 5):
            assert (published(path + step, step) == seen).all()


def test_a_guess_at_the_number_left_when_a_batch_empties_is_right_once_in_five() -> None:
    """A stock that comes and goes; when its figure falls from five to none, full fives would always leave four."""
    rng, cities = np.random.default_rng(11), 4000
    stock = rng.integers(0, 20, cities)
    course = [stock := np.maximum(stock + rng.choice([-1, 1], cities), 0) for _ in range(120)]
    secret = rng.integers(0, 5, cities)
    left: dict[str, list[int]] = {"full fives": [], "secret steps": []}
    for name, step in (("full fives", np.zeros_like(secret)), ("secret steps", secret)):
        told = np.stack([published(now, step) for now in course])
        for at, city in np.argwhere((told[:-1] == 5) & (told[1:] == 0)).tolist():
            left[name].append(int(course[at + 1][city]))
    assert set(left["full fives"]) == {4}
    found = np.bincount(left["secret steps"], minlength=9)
    assert found[:4].sum() == 0
    assert found[4:].max() / found.sum() < 0.3  # the likeliest of five: the best that a guess can do


def test_a_sensitive_case_alone_moves_no_age_and_no_length() -> None:
    """Lengths grow with the clock whenever they are computed: one that were computed anew for a case that no number shows would
    tell the instant at which it came."""
    city = LittleCity()
    for i in range(12):
        kind: dict[str, Any] = {"category": DISPUTE, "sensitive": 1} if i >= 6 else {}
        city.event(f"2026-11-23 0{i % 6}:00", first=f"2026-11-23 0{i % 6}:00", last=f"2026-11-23 0{i % 6}:30", **kind)
    metric = METRICS["throughput"]
    asked = metric.select(Viewer(), city.city, None, when("2026-11-23 10:00:10"))
    rows = city.facts.read({name: one.select for name, one in asked.items()})[1]
    kept: dict[tuple[str, str], Frame] = {}

    def mean(second: int, one_more: int) -> float:
        counted = dict(rows["counted"])
        counted["n"] = np.where(np.asarray(counted["sensitive"]) == one_more, counted["n"] + 1, counted["n"])
        now = when(f"2026-11-23 10:00:{second}")
        read = {**rows, "counted": counted} if second > 10 else rows
        return float(
            Snapshot("S", now, {}, city.city, METRICS, {"throughput": read}, {}, {}, kept).frame("throughput").frame["mean_s"][0]
        )

    first = mean(10, 1)
    assert mean(20, 1) == first
    assert mean(30, 0) > first  # one of no sensitive category is told by its number as well


def test_the_totals_of_several_days_are_those_of_each() -> None:
    """Day 10 has 3 others and 7 + 2 sensitive cases, of which 5 are told; day 11 has 7 sensitive ones; day 12 has 4: none is."""
    rows = {"n": np.array([3, 7, 2, 4]), "sensitive": np.array([0, 1, 1, 1])}
    on = np.array([[True, False, False], [True, True, False], [True, False, False], [False, False, True]])
    open_ = LittleCity().city
    assert [(t.plain, t.hidden) for t in disclosure.totals(rows, open_, "closed", (10, 11, 12), on)] == [(3, 5), (0, 5), (0, 0)]
    secret = replace(open_, secret="of the test")
    for figure in ("closed", "met", "reported"):
        each = [disclosure.total(rows, secret, figure, day, only=on[:, i]) for i, day in enumerate((10, 11, 12))]
        assert disclosure.totals(rows, secret, figure, (10, 11, 12), on) == each
    assert [t.n for t in disclosure.totals({"n": rows["n"]}, open_, "closed", (10, 11, 12), on)] == [12, 7, 4]
