"""Which panel stands where: today's order, and that none is missing, doubled or nowhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.drill.view import DRILLS
from data.text import Text
from layouts.analyst.drawings import DRAWINGS
from layouts.analyst.tabs import NAMES, TABS, arranged

#: The order of the sections of docs/analyst.md (tests/test_docs.py), tab by tab.
ORDER = {
    "overview": ("areas", "trend", "departments", "stage_department", "times"),
    "process": ("process", "times", "stage_department", "transitions", "variants", "handovers"),
    "queues": ("queues", "breaches", "stage_times"),
    "ranking": ("department_score", "departments", "department_funnel", "why_category", "why_stage"),
    "heat": ("month_category", "area_week", "hour_profile"),
    "hotspots": ("hotspots",),
    "warning": ("warnings", "expected"),
    "indicators": ("indicators", "moats", "feeds", "data_freshness"),
    "cases": (),
}
#: Charts of Plotly; the others are SVG.
CHARTS = {"trend", "times", "departments", "department_funnel", "expected", "hour_profile", "handovers"}
#: Drills that stand on every tab: the line above the panels (``layouts.analyst.strip``), the list below them (``case_list``).
ON_EVERY_TAB = {"summary", "cases"}
HOME = Text(zh="甲", en="A")


def test_tabs_and_panels_stand_in_their_order() -> None:
    assert [(tab, shown.panels) for tab, shown in TABS.items()] == list(ORDER.items())
    assert {d.id for d in DRAWINGS.values() if d.kind == "chart"} == CHARTS


def test_every_drill_has_a_drawing_which_stands_on_a_tab_and_every_tab_has_one() -> None:
    assert {*DRAWINGS, *ON_EVERY_TAB} == {*DRILLS}
    assert all(drawing.drill is DRILLS[name] for name, drawing in DRAWINGS.items())
    assert {name for shown in TABS.values() for name in shown.panels} == {*DRAWINGS}, "none stands nowhere"
    assert [tab for tab, shown in TABS.items() if not shown.panels] == ["cases"], "which is the list and the definitions"


def test_ranks_of_a_tab_differ() -> None:
    for tab in NAMES:
        ranks = [drawing.tabs[tab] for drawing in DRAWINGS.values() if tab in drawing.tabs]
        assert len(ranks) == len(set(ranks)), tab


def test_the_rank_decides_whatever_the_files_are_called() -> None:
    trend, areas = (replace(DRAWINGS[name], tabs={"home": rank}) for name, rank in (("trend", 5), ("areas", 7)))
    assert arranged({"home": HOME}, [areas, trend])["home"].panels == ("trend", "areas")


def test_an_unknown_tab_and_a_rank_that_is_taken_are_refused_by_name() -> None:
    trend, areas = (replace(DRAWINGS[name], tabs={"home": 1}) for name in ("trend", "areas"))
    with pytest.raises(ValueError, match=r"drawing 'areas': 'trend' has the rank 1 of tab 'home'"):
        arranged({"home": HOME}, [trend, areas])
    with pytest.raises(ValueError, match=r"drawing 'trend': there is no tab 'home'; did you mean 'homes'"):
        arranged({"homes": HOME}, [trend])
