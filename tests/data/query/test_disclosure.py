"""What the totals tell of sensitive cases: never a count of one to four, by whatever subtraction.

Each number that a wall shows is read of a city and of its twin without sensitive cases: the difference is its sensitive part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.api import left_out
from data.access.viewer import Only, Viewer
from data.clock.instants import ms
from data.facts.schema import EVENT
from data.reading.answer import parse_back
from layouts.html.markup import to_html
from layouts.panels import PANELS
from layouts.panels.panel import Reading
from layouts.text.formats import WITHOUT
from layouts.wall.wall import IN_BATCHES, frame
from tests.little_city import CLOSE, DISPATCH, DISPUTE, EAST, HANDLE, WEST, LittleCity, when

#: The counts of each metric; the others are shares, medians and ages.
COUNTS = {
    "headline": ("value", "numerator", "denominator", "history"),
    "category_top": ("n", "need"),
    "channel_mix": ("n",),
    "hourly_trend": ("today",),
    "grid_heat": ("n", "need", "late"),
    "throughput": ("cases", "open", "closed", "deadline_cases"),
    "stage_backlog": ("open", "overdue", "opening", "inflow", "outflow", "exits", "closing", "cohort"),
    "queues": ("wip", "opening", "came", "went"),
}
TOTALS = ("headline",)
SCOPES = ("", "east", "west", "east1", "east1a")
LOOKS = ("2026-11-23 09:30", "2026-11-23 13:00", "2026-11-24 00:30")


def cities() -> tuple[LittleCity, LittleCity]:
    """Three weeks of some 20 cases a day, a third of them sensitive, and the same without these."""
    rng = np.random.default_rng(13)
    whole, twin = LittleCity(), LittleCity()
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
            city.stay(eid, DISPATCH, str(came), half, next_stage=HANDLE)
            city.stay(eid, HANDLE, half, gone, 2, next_stage=CLOSE if gone else -1)
    return whole, twin


def numbers(city: LittleCity, metric: str, look: str, scope: str) -> dict[tuple[Any, ...], float]:
    """Each count of an answer by what names its row, the column and (of a history) the day."""
    frame = city.read(metric, look, scope)
    names = [c for c in ("kpi", "category", "channel", "hour", "code", "stage") if c in frame]
    out: dict[tuple[Any, ...], float] = {}
    for _, row in frame.iterrows():
        key = tuple(row[n] for n in names)
        for column in COUNTS[metric]:
            if column == "value" and row["kpi"] == "on_time":
                continue
            values = row[column] if isinstance(row[column], list) else [row[column]]
            if column == "history" and row["kpi"] == "on_time":
                continue
            out.update({(*key, column, i): float(v) for i, v in enumerate(values) if v is not None and v == v})
    return out


@pytest.fixture(scope="module")
def parts() -> dict[tuple[str, ...], list[float]]:
    """(metric, scope) -> the sensitive part of each number at every look."""
    whole, twin = cities()
    out: dict[tuple[str, ...], list[float]] = {}
    for metric in COUNTS:
        told = metric in (*TOTALS, "category_top")  # the others leave them out, wherever and whenever one looks
        for scope in SCOPES if told else ("", "east", "east1"):
            found = out.setdefault((metric, scope), [])
            for look in LOOKS if told else LOOKS[1:2]:
                real, plain = numbers(whole, metric, look, scope), numbers(twin, metric, look, scope)
                found += [v - plain.get(k, 0.0) for k, v in real.items() if "sensitive" not in k or v == v]
    return out


def test_the_totals_of_the_city_and_its_towns_count_sensitive_cases(parts: dict[tuple[str, ...], list[float]]) -> None:
    for scope in ("", "east", "west"):
        assert max(parts["headline", scope]) >= 5
        assert min(parts["headline", scope]) >= 0


def test_no_subtraction_of_two_numbers_tells_a_count_under_five(parts: dict[tuple[str, ...], list[float]]) -> None:
    every = np.unique(np.concatenate([np.array(p) for p in parts.values()]))
    apart = np.abs(np.subtract.outer(every, every))
    assert ((apart == 0) | (apart >= 5)).all()
    assert (every % 5 == 0).all()  # so that sums and differences of any number of them are no less


def test_breakdowns_and_what_lies_below_a_town_know_nothing_of_them(parts: dict[tuple[str, ...], list[float]]) -> None:
    for (metric, scope), found in parts.items():
        if metric == "headline" and scope in ("east1", "east1a"):
            assert not any(found)
        if metric not in (*TOTALS, "category_top"):
            assert not any(found), (metric, scope)


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
    """Both numbers stand on walls and in the list of what was set aside, beside sums that leave sensitive cases out."""
    whole, twin = LittleCity(), LittleCity()
    for sensitive, n in ((0, 3), (1, 4)):
        for city in (whole, twin) if not sensitive else (whole,):
            for _ in range(n):
                city.event("2026-11-20 09:00", l1=-1, l2=-1, l3=-1, sensitive=sensitive)
                city.event("2027-01-20 09:00", sensitive=sensitive)
    now = ms(when("2026-11-23 12:00"))
    assert [c.facts.not_located() for c in (whole, twin)] == [3, 3]
    assert [c.facts.ahead(now) for c in (whole, twin)] == [3, 3]


def test_an_answer_without_a_screen_says_how_sensitive_cases_are_counted() -> None:
    city = LittleCity().city
    cleared = Viewer("desk", rights=frozenset({"sensitive"}))
    said = {
        (metric, scope): left_out(metric, Viewer("wall", scope), city).get("sensitive", {}).get("zh")
        for metric in ("headline", "stage_backlog")
        for scope in ("", "east", "east1")
    }
    assert {said["headline", ""], said["headline", "east"]} == {IN_BATCHES.zh}
    assert {said["headline", "east1"], *(said["stage_backlog", s] for s in ("", "east", "east1"))} == {WITHOUT.zh}
    assert left_out("stage_backlog", cleared, city) == {}
