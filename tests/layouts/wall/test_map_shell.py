"""The map's place in the page: which layers it holds, by what the city's file says, and whose they are."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.city.map_setting import MapSetting
from data.text import Lang
from layouts.palette import PALETTES, Theme
from layouts.wall.map_shell import shell
from tests.layouts.test_palette import luminance
from tests.wall_frames import city

ASSETS = Path(__file__).parents[3] / "dashboard" / "assets"
TILES = "http://tiles.example.lan/{z}/{x}/{y}.png"
BASE = {"tiles": TILES, "attribution": {"zh": "示例测绘院", "en": "Example Survey"}, "opacity": 0.5, "max_zoom": 16}
OUTLINES = {"zh": "示例边界", "en": "Example <borders> & co"}


def made(setting: dict[str, Any], lang: Lang = "zh") -> tuple[str, dict[str, Any]]:
    """(the shell's classes, component -> what it is given) of the Leaflet map's children."""
    here = city()
    here = replace(here, profile=here.profile.model_copy(update={"map": MapSetting.model_validate(setting)}))
    there: Any = shell(here, lang)
    children = there.children[0].children
    return there.className, {type(child).__name__: child.to_plotly_json()["props"] for child in children}


def test_without_a_setting_nothing_is_loaded_and_nobody_is_named() -> None:
    classes, layers = made({})
    assert classes == "gw-map"
    assert list(layers) == ["ScaleControl"]


def test_tiles_lie_under_the_layer_and_say_whose_they_are() -> None:
    classes, layers = made({"basemap": BASE}, "en")
    assert classes == "gw-map gw-map-based"
    tiles = layers["TileLayer"]
    assert (tiles["url"], tiles["opacity"], tiles["maxNativeZoom"]) == (TILES, 0.5, 16)
    assert tiles["maxZoom"] == 19, "closer than the tiles go they are enlarged, and the map goes on"
    assert tiles["attribution"] == "<span>Example Survey</span>"
    assert layers["AttributionControl"]["prefix"] == "", "no link that leads out of the wall"


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "<span>示例边界</span>"), ("en", "<span>Example &lt;borders&gt; &amp; co</span>")]
)
def test_whose_the_outlines_are_is_text_and_needs_no_tiles(lang: Lang, said: str) -> None:
    classes, layers = made({"attribution": OUTLINES}, lang)
    assert classes == "gw-map"
    assert list(layers) == ["AttributionControl", "ScaleControl"]
    assert layers["AttributionControl"]["prefix"] == said
    assert set(made({"attribution": OUTLINES, "basemap": BASE})[1]) == {"TileLayer", "AttributionControl", "ScaleControl"}


@pytest.mark.parametrize(("theme", "tile"), [("night", 255), ("day", 0)])
def test_an_attribution_is_read_on_the_worst_tile_by_night_and_by_day(theme: Theme, tile: int) -> None:
    rule = re.search(r"\.gw-map \.leaflet-control-attribution \{(.*?)\}", (ASSETS / "gridmap.css").read_text("utf-8"), re.S)
    assert rule
    assert "color: var(--ink-2)" in rule[1]
    share = re.search(r"background: color-mix\(in srgb, var\(--ground\) (\d+)%, transparent\)", rule[1])
    assert share
    colours, over = PALETTES[theme], int(share[1]) / 100
    under = bytes(round(over * c + (1 - over) * tile) for c in bytes.fromhex(colours["ground"][1:]))
    dark, light = sorted((luminance(colours["ink-2"]), luminance(f"#{under.hex()}")))
    assert (light + 0.05) / (dark + 0.05) >= 4.5, "WCAG AA"
