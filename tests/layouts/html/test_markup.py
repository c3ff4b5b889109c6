"""Drawings as markup: what Dash's renderer would have made of them, escaped."""

from __future__ import annotations

import pytest
from dash import dcc, html

from layouts.html.markup import Circle, Div, Span, Svg, to_html


def test_names_styles_and_nesting_are_those_of_html() -> None:
    drawing = Div(
        ["在办 ", Span(995)],
        className="kpi",
        style={"left": "12.5%", "fontSize": 12, "opacity": 0.4, "--done": 1, "top": 0},
        **{"data-since-ms": 7},
    )
    assert to_html(drawing) == (
        '<div class="kpi" style="left:12.5%;font-size:12px;opacity:0.4;--done:1;top:0" data-since-ms="7">'
        "在办 <span>995</span></div>"
    )


def test_text_from_the_database_cannot_become_markup() -> None:
    drawn = to_html(Span("<img src=x onerror=alert(1)>", title='"><script>'))
    assert "<img" not in drawn
    assert "<script" not in drawn
    assert drawn == '<span title="&quot;&gt;&lt;script&gt;">&lt;img src=x onerror=alert(1)&gt;</span>'


def test_flags_drawings_and_nothing() -> None:
    assert to_html(Div(hidden=True)) == "<div hidden></div>"
    assert to_html(Div(hidden=False)) == "<div></div>"
    assert to_html(Svg(Circle(cx=1, r=3.6), viewBox="0 0 9 9")) == '<svg viewbox="0 0 9 9"><circle cx="1" r="3.6"></circle></svg>'
    assert to_html([None, False, "", 0]) == "0"


def test_what_needs_dashs_renderer_is_refused() -> None:
    with pytest.raises(TypeError, match="Graph cannot be drawn"):
        to_html(Div(dcc.Graph()))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Span cannot be drawn"):
        to_html(Div([html.Span("one of Dash's own")]))  # type: ignore[list-item]
    with pytest.raises(TypeError, match="dict cannot be drawn"):
        to_html({})  # type: ignore[arg-type]
