"""The template in both themes: what Plotly takes, what the style sheet says, and what can be read on it."""

from __future__ import annotations

import re

import plotly.graph_objects as go
import pytest

from benchmarks.place import ROOT
from layouts.charts.graph import config
from layouts.charts.template import PALETTES, TEMPLATE, Theme, coloured, complete, lines, plain

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


def test_the_style_sheet_and_the_files_have_the_same_colours() -> None:
    sheet = (ROOT / "dashboard" / "assets" / "tokens.css").read_text(encoding="utf-8")
    heads: dict[Theme, str] = {"night": r":root \{", "day": r':root\[data-theme="day"\] \{'}
    for theme, head in heads.items():
        block = re.search(head + r"(.*?)\n\}", sheet, re.S)
        assert block is not None
        own = dict(re.findall(r"--([\w-]+): (#[0-9A-F]{6})\b", block[1]))
        assert own == PALETTES[theme], theme


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ink", ["ink", "ink-2", "ink-3", "data", "watch", "act", "select"])
def test_what_is_written_can_be_read(theme: Theme, ink: str) -> None:
    for ground in ("panel", "raised") if ink.startswith("ink") else ("panel",):
        light, dark = sorted((luminance(PALETTES[theme][c]) for c in (ink, ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def test_every_role_that_the_template_names_has_a_colour_in_both_themes() -> None:
    for theme in THEMES:
        assert "--" not in repr(coloured(TEMPLATE, theme)).replace("'--", "--").split("color")[0]
        coloured(TEMPLATE, theme)  # a role without a colour raises
    assert PALETTES["night"].keys() == PALETTES["day"].keys()


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
