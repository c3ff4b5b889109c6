"""The skeleton of a wall: its three shapes, its frames, its badges."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.city.profile import Scene
from data.text import Lang, Text
from layouts.panels import PANELS
from layouts.wall.wall import fault_page, page
from tests.wall_frames import as_json, city

ASSETS = Path(__file__).parents[3] / "dashboard" / "assets"


def _page(lang: str = "zh", scope: str = "", badges: tuple[str, ...] = (), scene: Scene | None = None) -> Any:
    here = city()
    return page(scene or here.profile.scenes[0], here, lang, scope, badges)  # type: ignore[arg-type]


def _ids(tree: Any) -> list[Any]:
    return [n.id for n in tree._traverse() if getattr(n, "id", None) is not None]


def test_every_panel_of_the_scene_has_frame_time_state_and_note() -> None:
    ids = _ids(_page())
    for panel in city().profile.scenes[0].panels:
        for kind in ("panel", "panel-time", "panel-state", "panel-note", "panel-wrong"):
            assert ids.count({"type": kind, "panel": panel}) == 1, (panel, kind)
    assert {"type": "panel-graph", "panel": "hourly_trend"} in ids
    assert {"type": "panel-body", "panel": "hourly_trend"} not in ids
    for top in ("top-snapshot", "top-age", "top-date", "top-clock", "top-fault"):
        assert top in ids


@pytest.mark.parametrize("shape", ["std", "broad", "wide", "tall"])
def test_a_shapes_picture_has_as_many_tracks_as_cells(shape: str) -> None:
    grid = next(n for n in _page()._traverse() if getattr(n, "className", "") == "grid")
    rows = re.findall(r'"([^"]+)"', grid.style[f"--areas-{shape}"])
    assert len({len(r.split()) for r in rows}) == 1
    tracks = [re.findall(r"minmax\([^)]*\)|\S+", grid.style[f"--{axis}-{shape}"]) for axis in ("cols", "rows")]
    assert [len(t) for t in tracks] == [len(rows[0].split()), len(rows)]


def test_a_panel_that_a_shape_leaves_out_is_hidden_there_and_only_there() -> None:
    scene = Scene(id="x", name=Text(zh="甲", en="a"), areas=("headline kpi_row",), tall=("headline", "feeds"))
    frames = {
        n.id["panel"]: n.className
        for n in _page(scene=scene)._traverse()
        if isinstance(getattr(n, "id", None), dict) and n.id["type"] == "panel"
    }
    assert "no-tall" in frames["kpi_row"]
    assert "no-std" in frames["feeds"]
    assert "no-wide" in frames["feeds"]
    assert "no-broad" in frames["feeds"], "a scene that states nothing for 21:9 is laid out as for 16:9"
    assert "no-" not in frames["headline"]


def test_what_only_21_9_shows_is_hidden_elsewhere() -> None:
    scene = Scene(id="x", name=Text(zh="甲", en="a"), areas=("headline",), broad=("headline throughput",), tall=("headline",))
    frames = {
        n.id["panel"]: n.className
        for n in _page(scene=scene)._traverse()
        if isinstance(getattr(n, "id", None), dict) and n.id["type"] == "panel"
    }
    assert {"no-std", "no-wide", "no-tall"} <= set(frames["throughput"].split())
    assert "no-broad" not in frames["throughput"]


def test_demo_and_example_are_said_on_every_page_and_history_only_when_told() -> None:
    def hidden(tree: Any) -> dict[str, bool]:
        return {n.id: bool(n.hidden) for n in tree._traverse() if str(getattr(n, "id", "")).startswith("badge-")}

    assert hidden(_page()) == {"badge-demo": False, "badge-example": False, "badge-history": True, "badge-calendar": True}
    assert hidden(_page(badges=("history",)))["badge-history"] is False


def test_a_towns_page_names_the_town() -> None:
    assert '"王庄镇"' in as_json(_page(scope="370881108"))
    assert '"王庄镇"' not in as_json(_page())


def test_a_scene_that_names_no_known_panel_says_so_in_its_place() -> None:
    scene = Scene(id="x", name=Text(zh="甲", en="a"), areas=("headline weather",))
    assert "没有这个面板：weather" in as_json(_page(scene=scene))


def test_a_faulty_address_is_said_in_both_languages() -> None:
    said = as_json(fault_page(Text(zh="地址有误", en="faulty address")))
    assert "地址有误" in said
    assert "faulty address" in said


def test_every_panel_has_both_languages() -> None:
    for panel in PANELS.values():
        for words in (panel.title, panel.definition):
            assert re.search(r"[\u4e00-\u9fff]", words.zh), panel.id
            assert not re.search(r"[\u4e00-\u9fff]", words.en), panel.id


def test_no_style_names_an_absolute_text_size_or_a_foreign_address() -> None:
    """Sizes are multiples of the wall's unit, so that one drawing serves every screen; nothing loads from outside."""
    for name in ("tokens", "wall", "states", "panels", "stages", "steps", "lists"):
        sheet = (ASSETS / f"{name}.css").read_text(encoding="utf-8")
        assert not re.search(r"font-size:[^;]*\d(px|pt|rem)", sheet), name
        assert "http" not in sheet
        assert "@import" not in sheet


def test_the_way_to_the_next_scene_keeps_scope_language_and_theme() -> None:
    here = city()
    second = here.profile.scenes[0].model_copy(update={"id": "second"})
    two = replace(here, profile=here.profile.model_copy(update={"scenes": (here.profile.scenes[0], second)}))
    drawn = as_json(page(two.profile.scenes[0], two, "en", "", (), {"theme": "auto", "other": "1"}))
    assert "/wall/second?theme=auto&lang=en" in drawn


def test_a_wall_opened_from_a_duty_desk_leads_back_there() -> None:
    here = city()
    assert '"href":"/kiosk?lang=en"' in as_json(page(here.profile.scenes[0], here, "en", "", (), {"back": "kiosk"})).replace(
        " ", ""
    )
    assert "/kiosk" not in as_json(page(here.profile.scenes[0], here, "en", "", (), {"back": "//elsewhere"}))


def test_same_scene_gives_the_same_bytes() -> None:
    assert as_json(_page()) == as_json(_page())


def test_the_switch_leads_to_this_wall_in_the_other_language() -> None:
    here = city()
    scene = here.profile.scenes[0]

    def switch(lang: Lang) -> Any:
        drawn = page(scene, here, lang, "370881108", (), {"theme": "day", "lang": lang, "other": "1"})
        return next(n for n in drawn._traverse() if getattr(n, "className", "") == "top-lang").to_plotly_json()["props"]

    english, chinese = switch("zh"), switch("en")
    assert (english["children"], english["lang"], english["data-lang-to"]) == ("EN", "en", "en")
    assert english["href"] == "/wall/overview?scope=370881108&theme=day&lang=en"
    assert (chinese["children"], chinese["lang"], chinese["data-lang-to"]) == ("中", "zh-CN", "zh")
    assert chinese["href"] == "/wall/overview?scope=370881108&theme=day"
