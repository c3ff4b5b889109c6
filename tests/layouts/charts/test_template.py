"""The template in both themes: what Plotly takes, and its words."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from layouts.charts.graph import config
from layouts.charts.template import TEMPLATE, coloured, complete, lines, plain
from layouts.palette import PALETTES, Theme

THEMES: tuple[Theme, ...] = ("night", "day")
FIGURE = {
    "data": [
        {"type": "scatter", "x": ["--ink"], "y": [1], "line": {"color": "--ink"}, "fillcolor": "--watch 22%", "fill": "tozeroy"}
    ],
    "layout": {"shapes": [{"type": "rect", "fillcolor": "--raised"}]},
}


@pytest.mark.parametrize("theme", THEMES)
def test_plotly_takes_a_completed_figure_and_every_word_of_the_template(theme: Theme) -> None:
    figure = go.Figure(complete(FIGURE, theme))
    assert figure.layout.template.layout.font.color == PALETTES[theme]["ink-2"]
    assert figure.layout.shapes[0].fillcolor == PALETTES[theme]["raised"]
    assert figure.data[0].x == ("--ink",), "data are no colours"


def test_a_share_of_a_colour_is_that_colour_so_opaque() -> None:
    assert coloured("--watch 22%", "night") == "rgba(240,169,59,0.22)"  # #F0A93B


def test_every_role_that_the_template_names_has_a_colour_in_both_themes() -> None:
    for theme in THEMES:
        assert "--" not in repr(coloured(TEMPLATE, theme)).replace("'--", "--").split("color")[0]
        coloured(TEMPLATE, theme)  # a role without a colour raises


def test_words_are_no_markup() -> None:
    assert plain('p <0.01 & <a href="x">') == 'p &lt;0.01 &amp; &lt;a href="x"&gt;'


def test_long_words_are_broken_behind_commas() -> None:
    said = "住建局：1,759 件，未办结 112 件，中位 3.5 工作时（3.3–3.7），按期 86.0%，更慢"
    assert lines(said) == "住建局：1,759 件，未办结 112 件，<br>中位 3.5 工作时（3.3–3.7），按期 86.0%，更慢"
    assert lines("short") == "short"


@pytest.mark.parametrize(("lang", "said"), [("zh", "缩放"), ("en", "Zoom")])
def test_the_buttons_speak_the_language_of_the_page(lang: str, said: str) -> None:
    own = config("zh" if lang == "zh" else "en")
    assert own["locales"][own["locale"]]["dictionary"]["Zoom"] == said
    assert own["displaylogo"] is False
