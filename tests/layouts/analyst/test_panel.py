"""What a panel shows: its drawing, or the words in its place; its table and its note."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from data.access.viewer import Viewer
from data.drill.choice import choose
from data.drill.view import view
from layouts.analyst.context import RenderContext
from layouts.analyst.drawing import Drawing, never, no_case, no_row
from layouts.analyst.drawings import DRAWINGS
from layouts.analyst.panel import drawn, panel
from tests.city_builder import LittleCity, when
from tests.layouts.analyst.test_drawings import context as bare

NOON = when("2026-11-23 12:00")
ONE = pd.DataFrame({"n": [1]})


def asked(city: LittleCity) -> tuple[dict[str, pd.DataFrame], RenderContext]:
    choice = choose(Viewer(user="a", rights=frozenset({"analyse"})), city.city, {}, NOON)
    return view(city.facts, choice, tuple(DRAWINGS)).frames, RenderContext(city.city, choice.filters, "zh")


@pytest.fixture(scope="module")
def lived() -> tuple[dict[str, pd.DataFrame], RenderContext]:
    """Two cases, one of them late and open, with their visits."""
    city = LittleCity()
    city.visit(
        city.event("2026-11-20 09:00", "2026-11-20 12:00", due="2026-11-20 18:00"), 0, "2026-11-20 09:00", "2026-11-20 12:00"
    )
    city.visit(city.event("2026-11-20 10:00", due="2026-11-21 10:00"), 0, "2026-11-20 10:00")
    return asked(city)


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_gives_what_its_kind_says(name: str, lived: tuple[dict[str, pd.DataFrame], RenderContext]) -> None:
    frames, context = lived
    drawing, found = DRAWINGS[name], drawn(DRAWINGS[name], frames[name], context)
    if isinstance(found, str):
        assert found.startswith("<svg" if drawing.kind == "svg" and not drawing.nothing(frames[name]) else "<p")
    else:
        assert drawing.kind == "chart"
        assert set(found) == {"data", "layout"}


def plain() -> tuple[Drawing, RenderContext]:
    return replace(DRAWINGS["trend"], kind="svg", draw=lambda frame, own: "<svg/>", basis=lambda frame, own: "基数"), bare()


def test_a_note_is_the_basis_and_the_moment_and_what_stands_below_is_no_part_of_the_drawing() -> None:
    drawing, context = plain()
    drawing = replace(drawing, below=lambda frame, own: "<details/>")
    assert panel(drawing, ONE, context, "D-1", False) == {"svg": "<svg/><details/>", "note": "基数 · D-1"}
    assert drawn(drawing, ONE, context) == "<svg/>"
    assert (
        '<table class="an-table">'
        in panel(drawing, ONE.assign(at="2026-11-23", late=0, before=-1), context, "D-1", True)["table"]
    )


def test_where_nothing_is_to_draw_words_stand_in_its_place() -> None:
    drawing, context = plain()
    assert "没有符合条件的案件" in str(drawn(drawing, ONE.assign(n=0), context))
    assert drawn(replace(drawing, empty=lambda own: "<p>无</p>"), ONE.assign(n=0), context) == "<p>无</p>"
    assert drawn(replace(drawing, nothing=never), ONE.head(0), context) == "<svg/>"
    assert [no_case(f) for f in (ONE, ONE.assign(n=0), ONE.head(0), pd.DataFrame({"x": [0]}))] == [False, True, True, False]
    assert [no_row(f) for f in (ONE.assign(n=0), ONE.head(0))] == [False, True]
