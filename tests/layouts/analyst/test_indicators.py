"""The indicators on the workbench: the metric's own numbers for the chosen cases, each with its definition in view."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from data.access.viewer import Viewer
from data.drill.choice import choose
from data.drill.view import DRILLS, view
from data.facts.schema import SIGN
from data.metrics.evaluation.catalogue import INDICATORS
from layouts.analyst import tables
from layouts.analyst.context import RenderContext
from layouts.analyst.drawings import DRAWINGS
from tests.city_builder import NOISE, LittleCity, when
from tests.frame_cells import cells

pytestmark = pytest.mark.slow

DAY = "2026-11-20"


def three_cases() -> LittleCity:
    city = LittleCity()
    common = {"registered": f"{DAY} 09:05"}
    city.event(f"{DAY} 09:00", f"{DAY} 10:00", due=f"{DAY} 12:00", **common)  # in time
    city.event(f"{DAY} 09:00", f"{DAY} 14:00", due=f"{DAY} 12:00", **common)  # late
    city.event(f"{DAY} 09:00", None, due=f"{DAY} 12:00", category=NOISE, **common)  # open, overdue
    city.event("2026-10-01 09:00", "2026-10-01 10:00", due="2026-10-01 12:00", registered="2026-10-01 09:05")
    return city


def asked(city: LittleCity, **words: str) -> tuple[dict[str, pd.DataFrame], RenderContext]:
    choice = choose(Viewer(user="a", rights=frozenset({"analyse"})), city.city, words, when(f"{DAY} 17:30"))
    found = view(city.facts, choice, ("indicators", "moats", "feeds", "data_freshness"))
    return found.frames, RenderContext(city.city, choice.filters, "zh")


def test_the_panel_counts_the_chosen_cases_of_the_chosen_window() -> None:
    city = three_cases()
    whole = asked(city)[0]["indicators"].set_index("indicator")
    assert cells(whole, "on_time_closure", ["numerator", "denominator"]) == [1, 3]
    assert cells(whole, "closure_rate", ["numerator", "denominator"]) == [2, 3]
    assert whole.loc["reports", "numerator"] == 3
    litter = asked(city, cat="litter")[0]["indicators"].set_index("indicator")
    assert cells(litter, "closure_rate", ["numerator", "denominator"]) == [2, 2]
    assert litter.loc["overdue_open", "numerator"] == 0
    everything = asked(city, win="all")[0]["indicators"].set_index("indicator")
    assert cells(everything, "on_time_closure", ["numerator", "denominator"]) == [2, 4]


def test_each_indicator_says_its_definition_and_none_prints_what_is_not_known() -> None:
    frames, context = asked(three_cases(), cat="dispute")  # a sensitive category: nothing of it is counted
    own, shown = DRAWINGS["indicators"], frames["indicators"]
    drawn = f"{own.draw(shown, context)}{own.below(shown, context)}"
    said = drawn.replace("&#x27;", "'")
    for one in INDICATORS:
        assert one.definition.zh in said, one.id
    table = tables.html(DRILLS["indicators"], frames["indicators"], context)
    for name in ("moats", "feeds", "data_freshness"):
        table += f"{DRAWINGS[name].draw(frames[name], context)}{tables.html(DRILLS[name], frames[name], context)}"
    for text in (drawn, table):
        assert not re.search(r"\b(nan|inf|None|NaN)\b", text)
    assert [name.split(" ", 1)[1] for name, _ in DRAWINGS["indicators"].terms(context)] == [one.name.zh for one in INDICATORS]


def test_a_table_names_indicators_and_feeds() -> None:
    frames, context = asked(three_cases())
    rows = tables.cells(DRILLS["indicators"], frames["indicators"], context)
    assert rows[0][:2] == [1, "上报量"]
    assert tables.cells(DRILLS["data_freshness"], frames["data_freshness"], context)[0][:2] == ["渠道", "phone"]


def test_the_hotline_counts_the_chosen_days_alone() -> None:
    city = LittleCity()
    city.event(f"{DAY} 09:00")
    told = [
        (f"hotline.{series}", day, value)
        for day, offered, answered in (("2026-11-18", 40.0, 30.0), (DAY, 10.0, 10.0))
        for series, value in (("offered", offered), ("answered", answered))
    ]
    with city.facts.writing() as writing:
        writing.replace(
            SIGN,
            {
                "series": [s for s, _, _ in told],
                "told_at": [city.at(f"{d} 12:00") for _, d, _ in told],
                "value": [v for _, _, v in told],
            },
        )
    for days, numerator, denominator in ((("2026-11-18", "2026-11-18"), 30, 40), (("2026-11-18", DAY), 40, 50)):
        frames, _ = asked(city, **{"from": days[0], "to": days[1]})
        calls = frames["feeds"].set_index("indicator").loc["connect_rate"]
        assert (calls["numerator"], calls["denominator"]) == (numerator, denominator), days
