"""The palette: the style sheet is what it writes, what is written can be read, and nobody else names a colour by its value."""

from __future__ import annotations

import re
from itertools import pairwise
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
    assert "--ink: #0F1B28;" in own.split(':root[data-theme="day"] ::backdrop {')[1].split("}")[0]
    assert "--ink: #FFFFFF;" in own.split("}\n.kiosk.contrast {")[1].split("}")[0]
    assert "--ink: #000000;" in own.split(':root[data-theme="day"] .kiosk.contrast {')[1].split("}")[0]
    assert "--ink: #0F1B28;" in own.split("@media print {")[1].split("}")[0], "paper is white"


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
        assert all(
            re.fullmatch(r"#[0-9A-F]{6}", c) for c in (role.night, role.day, role.contrast, role.contrast_day) if c is not None
        ), role
        assert role.use
        assert (role.contrast is None) == (role.contrast_day is None), "high contrast has a day as well"


TINTS = ("faster", "slower", "alarm-act", "alarm-watch", "filter-set", "row-chosen", "row-fresh", "mode-on", "chip-on")
#: Words -> the grounds that they are written on, on walls, workbench and kiosk.
WRITTEN = {
    "ink": (
        "ground",
        "panel",
        "raised",
        *TINTS,
        "refresh",
        "refresh-waiting",
        "band",
        "track",
        "lane",
        "slowest",
        "map-1",
        "map-2",
        "map-3",
        *(f"heat-{k}" for k in range(1, 6)),
    ),
    "ink-2": ("ground", "panel", "raised", *TINTS, "band", "heat-1"),
    "ink-3": ("ground", "panel", "raised", "faster", "slower", "alarm-act", "alarm-watch", "row-fresh", "refresh-waiting"),
    "watch": ("ground", "panel", "slower", "alarm-watch", "row-fresh", "raised"),
    "act": ("ground", "panel", "alarm-act"),
    "select": ("ground", "panel", "raised", "filter-set"),
    "data": ("ground", "panel"),
    "on-badge": ("filled", "act", "watch", "select", "ink", "data", "map-5", "map-6", "heat-6"),
    "watch-on-step": ("heat-1", "heat-2", "heat-3", "panel"),
}
#: Bars, lines, points and large figures -> what they lie on.
MARKS = {
    "data": ("ground", "panel", "raised", "band", "lane", "faster", "slower"),
    "ink": ("track", "band", "lane", "map-4", "heat-5"),
    "second": ("panel", "raised"),
    "watch": ("ground", "panel", "lane", "slower"),
    "act": ("ground", "panel", "lane"),
    "map-hot": ("ground",),
    "select": ("ground", "panel", "map-1", "map-2"),
}
#: What holds by day alone: at night the same roles lie on dark cells, where hue and shape tell them.
BY_DAY = {"watch-on-step": ("heat-4",), "ink": ("map-4",), "watch-on-top": ("heat-6",)}


@pytest.mark.parametrize("theme", ["night", "day"])
@pytest.mark.parametrize(("ink", "ground"), [(ink, ground) for ink, grounds in WRITTEN.items() for ground in grounds])
def test_what_is_written_can_be_read(theme: Theme, ink: str, ground: str) -> None:
    assert contrast(PALETTES[theme][ink], PALETTES[theme][ground]) >= 4.5


@pytest.mark.parametrize(("ink", "ground"), [(ink, ground) for ink, grounds in BY_DAY.items() for ground in grounds])
def test_by_day_figures_are_read_on_every_step_too(ink: str, ground: str) -> None:
    assert contrast(palette.DAY[ink], palette.DAY[ground]) >= (4.5 if ink != "watch-on-top" else 3.0)


@pytest.mark.parametrize("theme", ["night", "day"])
@pytest.mark.parametrize(("mark", "ground"), [(mark, ground) for mark, grounds in MARKS.items() for ground in grounds])
def test_what_is_drawn_is_told_from_its_ground(theme: Theme, mark: str, ground: str) -> None:
    assert contrast(PALETTES[theme][mark], PALETTES[theme][ground]) >= 3.0


@pytest.mark.parametrize("ink", ["ink", "ink-2", "ink-3", "watch", "act", "select"])
@pytest.mark.parametrize("kind", ["contrast", "contrast_day"])
def test_in_high_contrast_all_is_read_at_seven_to_one(ink: str, kind: str) -> None:
    held = {role.name: getattr(role, kind) for role in palette.ROLES}
    for ground in ("ground", "panel", "alarm-act", "alarm-watch"):
        assert contrast(held[ink], held[ground]) >= 7.0, ground


def test_by_day_a_higher_class_is_darker_and_only_the_highest_are_amber_and_red() -> None:
    day = palette.DAY
    for ramp in (
        [f"map-{k}" for k in range(1, 7)],
        [f"heat-{k}" for k in range(1, 7)],
        [*(f"map-{k}" for k in range(1, 5)), "load-5", "load-6"],
    ):
        steps = [luminance(day[role]) for role in ramp]
        assert all(a > 1.15 * b for a, b in pairwise(steps)), ramp
    blue = [name for name in day if re.fullmatch(r"(map-[1-4]|heat-\d|load-\d)", name)]
    assert all(int(day[name][5:], 16) > int(day[name][1:3], 16) for name in blue), "more blue than red"
    assert contrast(day["map-hatch"], day["map-few"]) >= 3.0
    assert luminance(day["map-none"]) > luminance(day["map-1"]), "no value is no class"


@pytest.mark.parametrize("theme", ["night", "day"])
def test_a_plate_is_read_over_every_class(theme: Theme) -> None:
    rule = re.search(r"\.gw-plate \{.*?var\(--ground\) (\d+)%", (ASSETS / "gridmap.css").read_text("utf-8"), re.S)
    assert rule
    share, colours = int(rule[1]) / 100, PALETTES[theme]
    for k in range(1, 7):
        mixed = [
            round(share * a + (1 - share) * b)
            for a, b in zip(bytes.fromhex(colours["ground"][1:]), bytes.fromhex(colours[f"map-{k}"][1:]), strict=True)
        ]
        for ink in ("ink", "watch"):
            assert contrast(colours[ink], f"#{bytes(mixed).hex()}") >= 4.5, (ink, k)


def test_a_page_of_its_own_brings_the_colours_of_both_themes() -> None:
    assert palette.themed("a{color:var(--ink)}:root{--u:1px}p{width:var(--u)}", '<path fill="var(--watch)"/>') == (
        ":root{--ink:#EDF3F9;--watch:#F0A93B;}"
        f':root[data-theme="day"]{{--ink:#0F1B28;--watch:{palette.DAY["watch"]};}}'
        f"@media print{{:root{{--ink:#0F1B28;--watch:{palette.DAY['watch']};}}}}"
        "a{color:var(--ink)}:root{--u:1px}p{width:var(--u)}"
    )
    with pytest.raises(KeyError, match="inc"):
        palette.themed("a{color:var(--inc)}")


def test_a_file_has_the_colours_of_its_theme_in_place_of_their_roles() -> None:
    drawing = '<rect fill="var(--panel)" stroke="var(--ink-3)"/>'
    assert palette.fixed(drawing, "night") == '<rect fill="#0B1521" stroke="#8599AD"/>'
    assert palette.fixed(drawing, "day").startswith('<rect fill="#FFFFFF"')
    with pytest.raises(KeyError, match="inc"):
        palette.fixed("var(--inc)", "day")
    with pytest.raises(KeyError, match="inc"):
        palette.var("inc")
