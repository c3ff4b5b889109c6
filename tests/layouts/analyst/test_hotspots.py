"""The workbench's hot spots: an area is compared with all that the viewer may see; nothing unknown is printed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd
from shapely import box, to_wkb

from data.access.viewer import Viewer
from data.drill.choice import choose
from data.drill.view import DRILLS, view
from geo.outline import outlines
from layouts.analyst import svg, tables
from layouts.analyst.context import RenderContext
from layouts.analyst.drawings import hotspots
from tests.city_builder import LITTER, NOISE, WEST, LittleCity, when

DAY = "2026-11-20"
VIEWER = Viewer(user="a", rights=frozenset({"analyse"}))


def busy() -> LittleCity:
    """East: 4 litter cases due, 3 late; west: 4 due, 1 late; and a case of noise, in time."""
    city = LittleCity()
    for i in range(4):
        for late, where in ((i < 3, {}), (i < 1, {"l1": WEST})):
            due = f"{DAY} {'11:00' if late else '13:00'}"
            city.event(f"{DAY} 08:00", closed=f"{DAY} 12:00", due=due, category=LITTER, **where)
    city.event(f"{DAY} 08:00", closed=f"{DAY} 12:00", due=f"{DAY} 13:00", category=NOISE)
    return city


def asked(city: LittleCity, kept: dict[str, str] | None = None, **words: str) -> tuple[pd.DataFrame, RenderContext]:
    choice = choose(VIEWER, city.city, words, when(f"{DAY} 17:30"))
    return view(city.facts, choice, ("hotspots",)).frames["hotspots"], RenderContext(city.city, choice.filters, "zh", kept or {})


def test_a_chosen_town_is_compared_with_the_others_and_a_chosen_category_counts_alone() -> None:
    city = busy()
    kinds: tuple[dict[str, Any], ...] = ({}, {"cat": "litter"}, {"area": "east", "cat": "litter"})
    for words in kinds:
        frame, context = asked(city, **words)
        east = hotspots.shown(frame, context).set_index("area").loc["east1"]
        assert (east["n"], east["expected"]) == (3, 2.0), words  # 4 of 8 litter cases due are late in the city
    town, context = asked(city, area="east")
    assert set(town["area"]) == {"east1", ""}
    assert hotspots.shown(town, context).set_index("area").loc["east1", "need"] == 5


def test_switches_of_the_address_choose_and_a_wrong_one_is_the_default() -> None:
    frame, context = asked(busy(), {"what": "reported", "source": "citizen", "measure": "n"})
    assert hotspots.chosen(context) == {"what": "reported", "source": "citizen", "measure": "n"}
    assert set(hotspots.shown(frame, context)["what"]) == {"reported"}
    _, context = asked(busy(), {"what": "moon"})
    assert hotspots.chosen(context) == {"what": "late", "source": "all", "measure": "ratio"}


def test_nothing_unknown_is_printed_and_the_basis_adds_up() -> None:
    frame, context = asked(busy())
    drawn = hotspots.draw(frame, context) + hotspots.basis(frame, context) + tables.html(DRILLS["hotspots"], frame, context)
    assert not re.search(r"\b(nan|inf|None|NaN)\b", drawn)
    assert "全部超期 4（未定位 0）· 2 处，未检验热点" in drawn  # two places are too few to test


def test_a_high_ratio_is_a_signal_where_it_is_proven_and_else_stripes() -> None:
    frame, context = asked(busy())
    square = bytes(to_wkb(box(0, 0, 1, 1)))
    placed = replace(context, outlines=lambda codes: outlines({"east1": square}))
    for hot, fills in ((0, [svg.CLASSES[0], "url(#chance-6)"]), (1, [svg.CLASSES[5]])):
        one = frame.assign(ratio=2.5, few=0, hot=hot, cluster=0, p=0.001, own_p=0.001)
        drawn = re.findall(r'<path d="[^"]*" fill="([^"]+)"', hotspots.draw(one, placed))
        assert [f for f in drawn if f != "none"] == fills
    assert "未超出偶然" in hotspots.draw(frame, placed)


def test_a_place_without_a_verdict_is_neither_hot_nor_a_cluster() -> None:
    """What is not mapped leaves the flags unknown (NaN), which pass for true where they are not asked about."""
    frame, context = asked(busy())
    unknown = ["hot", "cluster", "few", "p", "own_p", "gi"]
    frame = frame.astype(dict.fromkeys(unknown, float)).assign(**dict.fromkeys(unknown, float("nan")))
    drawn = hotspots.draw(frame, context) + hotspots.basis(frame, context)
    assert not re.search("连片热点|单村热点", drawn)
    assert not re.search(r"\b(nan|inf|None|NaN)\b", drawn)


def test_the_basis_says_how_many_places_were_tested() -> None:
    """Either test of a place counts it; by chance one in twenty looks is wrong, so that the number of places matters."""
    frame, context = asked(busy())
    own = frame.index[(frame["area"] != "") & (frame["what"] == "late") & (frame["source"] == "all")]
    frame = frame.astype({"p": float, "own_p": float})
    frame.loc[own, "own_p"] = 0.2
    frame.loc[own[0], ["p", "hot"]] = 0.001, 1
    assert "· 2 处，检验 2 处，热点 1" in hotspots.basis(frame, context)
    frame.loc[own[0], "own_p"] = float("nan")
    assert "检验 2 处" in hotspots.basis(frame, context), "with its neighbours it still is"
    frame.loc[own[1], "own_p"] = float("nan")
    assert "检验 1 处" in hotspots.basis(frame, context)


def test_breaks_of_a_workload_rise_and_are_those_of_what_there_is() -> None:
    frame = pd.DataFrame({"n": [0, 1, 2, 3, 4, 100], "rate": [float("nan")] * 6})
    assert hotspots.breaks_of(frame, "n") == (2.0, 3.0, 23.0, 81.0)  # fifths 1.8, 2.6, 3.4, 23.2, 80.8 of 1, 2, 3, 4, 100
    assert hotspots.breaks_of(frame, "rate") == ()
