"""The palette: the style sheet is what it writes, what is written can be read, and nobody else names a colour by its value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.place import ROOT
from layouts import palette
from layouts.palette import PALETTES, Theme

ASSETS = ROOT / "dashboard" / "assets"
COLOUR = re.compile(r"(?<![&\w])#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b|\b(?:rgb|hsl)a?\(\s*\d", re.I)
#: Where a colour may stand by its value -> why.
EXCEPTIONS = {
    "layouts/palette.py": "the palette",
    "dashboard/assets/tokens.css": "written from it",
    "dashboard/assets/kiosk.css": "paper is white and its ink black: the sheet that a handover is printed on",
}


def product() -> list[Path]:
    """Python, style sheets and scripts; Plotly's own bundle (dashboard/plotly) and downloaded fonts are not ours."""
    found = [p for top in ("data", "layouts", "callbacks", "dashboard", "geo") for p in (ROOT / top).rglob("*")]
    foreign = (ROOT / "dashboard" / "plotly", ASSETS / "fonts")
    return [p for p in found if p.suffix in (".py", ".css", ".js") and not any(p.is_relative_to(f) for f in foreign)]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    """By WCAG: 1 to 21."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_style_sheet_is_what_the_palette_writes() -> None:
    own = (ASSETS / "tokens.css").read_text("utf-8")
    assert palette.written(own) == own, "make palette"
    assert "--ink: #EDF3F9;" in own
    assert "--ink: #0F1B28;" in own.split(':root[data-theme="day"] {')[1].split("}")[0]
    assert "--ink: #FFFFFF;" in own.split(".kiosk.contrast {")[1].split("}")[0]


def test_no_colour_stands_by_its_value_but_where_it_must() -> None:
    found = {str(p.relative_to(ROOT)) for p in product() if COLOUR.search(p.read_text("utf-8"))}
    assert found == set(EXCEPTIONS), "a role of layouts/palette.py instead"
    paper = (ASSETS / "kiosk.css").read_text("utf-8").split("@media print")
    assert not COLOUR.search(paper[0])


@pytest.mark.parametrize("colour", ["color: #FFF;", 'INK = "#EDF3F9"', "#0b0f14cc", "rgba(6, 12, 20, .9)", "hsl(210 50% 50%)"])
def test_a_colour_is_found_however_it_is_written(colour: str) -> None:
    assert COLOUR.search(colour)


@pytest.mark.parametrize("other", ["#k-refresh { }", "&#39;", "rgba(${r},${g})", "#deadline", "rgba({red},"])
def test_what_is_no_colour_is_not_taken_for_one(other: str) -> None:
    assert not COLOUR.search(other)


def test_every_property_that_a_style_sheet_asks_for_is_set_somewhere() -> None:
    sheets = "".join(p.read_text("utf-8") for p in ASSETS.glob("*.css"))
    asked = set(re.findall(r"var\((--[\w-]+)\)", sheets))
    given = set(re.findall(r"(--[\w-]+):", sheets)) | set(re.findall(r"@property (--[\w-]+)", sheets))
    by_a_page = {name for name in asked if re.fullmatch(r"--((areas|cols|rows)-\w+|n|s\d)", name)}  # layouts/wall and panels
    assert asked - given == by_a_page


def test_every_role_is_of_use() -> None:
    texts = "".join(p.read_text("utf-8") for p in product() if p.name not in ("palette.py", "tokens.css"))
    idle = [role.name for role in palette.ROLES if f"--{role.name}" not in texts and f'"{role.name}"' not in texts]
    assert [name for name in idle if not re.fullmatch(r"(map|heat)-[1-6]", name)] == []


def test_a_role_says_its_colours_and_its_use_once() -> None:
    names = [role.name for role in palette.ROLES]
    assert len(set(names)) == len(names)
    for role in palette.ROLES:
        assert all(re.fullmatch(r"#[0-9A-F]{6}", c) for c in (role.night, role.day, role.contrast) if c is not None), role
        assert role.use


@pytest.mark.parametrize("theme", ["night", "day"])
@pytest.mark.parametrize("ink", ["ink", "ink-2", "ink-3", "data", "watch", "act", "select"])
def test_what_is_written_can_be_read(theme: Theme, ink: str) -> None:
    for ground in ("panel", "raised") if ink.startswith("ink") else ("panel",):
        assert contrast(PALETTES[theme][ink], PALETTES[theme][ground]) >= 4.5, (ink, ground)


def test_a_page_of_its_own_has_the_colours_in_place_of_their_roles() -> None:
    assert (
        palette.night("a{color:var(--ink)}:root{--u:1px}p{width:var(--u)}") == "a{color:#EDF3F9}:root{--u:1px}p{width:var(--u)}"
    )
    with pytest.raises(KeyError, match="inc"):
        palette.night("a{color:var(--inc)}")
