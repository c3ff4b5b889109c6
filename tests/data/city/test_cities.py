"""What the cities' files promise: counts by their own words, nothing invented; and that no Python names a city."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.city.city import City
from data.city.profile import CITIES, Profile, load_profile
from data.text import Lang
from layouts.html.markup import to_html
from layouts.panels import PANELS
from layouts.text.place import Place
from tests.conftest import ROOT
from tests.wall_harness import reading

PACKAGES = ("data", "geo", "layouts", "callbacks", "dashboard")
FILES = sorted(p.stem for p in CITIES.glob("*.toml"))


def said(profile: Profile, lang: Lang) -> str:
    """The department ranking's words of a city, for the frames of the look's first picture."""
    html = to_html(PANELS["department_response"].figure(reading("department_response"), City(profile), lang))
    return re.sub("<[^>]*>", "", html)


@pytest.fixture(scope="module")
def licheng() -> Profile:
    return load_profile("licheng")


def test_the_four_counts_of_licheng_are_11_19_18_18(licheng: Profile) -> None:
    lists = (licheng.functions, licheng.departments, licheng.categories, licheng.modules)
    assert [len(members) for members in lists] == [11, 19, 18, 18]
    counts = licheng.counts
    assert (counts.functions, counts.departments, counts.categories, counts.modules) == (11, 19, 18, 18)


def test_only_what_the_text_names_is_without_a_mark(licheng: Profile) -> None:
    assert [f.name.zh for f in licheng.functions if not f.pending] == ["网络舆情应急中心", "警网融合中心"]
    assert [m.name.zh for m in licheng.modules if not m.pending] == ["党建引领", "综合执法"]
    assert all(m.example for m in (*licheng.functions, *licheng.modules) if m.pending)
    assert [d.name.zh for d in licheng.departments if not d.example] == []
    assert [c.name.zh for c in licheng.categories if not c.example] == []
    assert [n.name.zh for n in licheng.networks] == ["党建引领", "社会治理", "民生服务", "社情民意"]


def test_licheng_has_its_real_streets_and_five_tiers_with_the_district(licheng: Profile) -> None:
    assert [a.code for a in licheng.areas] == [*(f"35050200{i}" for i in range(1, 9)), "350502400"]
    names = "海滨街道 临江街道 鲤中街道 开元街道 浮桥街道 江南街道 金龙街道 常泰街道 清濛经济开发区"
    assert [a.name.zh for a in licheng.areas] == names.split()
    assert [level.code for level in licheng.levels] == ["street", "community", "cell", "property"]
    assert licheng.city.population_basis is not None
    assert licheng.city.population_basis.zh == "估计"


def test_the_four_steps_hold_the_nine_stages_in_order(licheng: Profile) -> None:
    assert [s.name.zh for s in licheng.steps] == ["发现问题", "责任分解", "协调处置", "跟踪反馈"]
    held = [code for step in licheng.steps for code in step.stages]
    assert held == ["report", "accept", "verify", "register", "dispatch", "handle", "inspect", "close", "revisit"]


def test_a_districts_parts_are_compared_with_the_district_and_a_citys_with_the_city(licheng: Profile) -> None:
    assert Place(City(licheng)).whole("zh") == "全区"
    assert "与全区相当" in said(licheng, "zh")
    assert "全市" not in said(licheng, "zh")
    assert "district" in said(licheng, "en")
    assert "全市" in said(load_profile("qufu"), "zh")


def test_qufu_has_its_own_counts_and_no_steps() -> None:
    qufu = load_profile("qufu")
    assert (qufu.counts.areas, qufu.counts.stages, qufu.counts.networks, qufu.counts.moats) == (12, 9, 9, 4)
    assert qufu.steps == ()


@pytest.mark.parametrize("city", FILES)
def test_a_city_without_steps_shows_no_panel_of_them_and_every_panel_exists(city: str) -> None:
    profile = load_profile(city)
    shown = {panel for scene in profile.scenes for panel in scene.panels}
    assert shown <= set(PANELS)
    assert ("step_loop" in shown) == bool(profile.steps)
    assert ("module_board" in shown) <= bool(profile.functions or profile.modules)


@pytest.mark.parametrize("city", FILES)
def test_each_shape_of_a_scene_has_as_many_tracks_as_cells(city: str) -> None:
    for scene in load_profile(city).scenes:
        for shape, columns, rows in (
            (scene.areas, scene.columns, scene.rows),
            (scene.broad, scene.broad_columns, scene.broad_rows),
            (scene.wide, scene.wide_columns, scene.wide_rows),
            (scene.tall, scene.tall_columns, scene.tall_rows),
        ):
            if columns:
                assert len(_tracks(columns)) == len(shape[0].split()), scene.id
            if rows:
                assert len(_tracks(rows)) == len(shape), scene.id


def _tracks(sizes: str) -> list[str]:
    return re.findall(r"minmax\([^)]*\)|\S+", sizes)


def _names_of(profile: Profile) -> Iterator[str]:
    """Words that would give the city away: its id and names where they are no common word, and its codes."""
    head = profile.city
    if head.country == "CN":
        yield from (head.id, head.name.en, head.name.zh, head.name.zh[:-1], head.code)
        for area in profile.areas:
            yield from (area.code, area.name.zh, re.sub("(街道|镇)$", "", area.name.zh))
    else:
        yield from (f"{head.id}.toml", f'"{head.id}"', head.name.zh, head.name.en)


def test_no_python_names_a_city() -> None:
    """A city is added by its file alone; ids, names and codes are taken from the files themselves.  (The examples of a command's
    help, which stand in its COMMAND, name cities that come along: they are what a user may type.)"""
    sources = {
        path: path.read_text(encoding="utf-8").lower().partition("command = command(")[0]
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }
    assert len(sources) > 80
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for city in FILES
        for word in _names_of(load_profile(city))
        for path, text in sources.items()
        if word.lower() in text
    ]
    assert found == []


def test_the_words_that_are_looked_for_would_be_found() -> None:
    words = {word for city in FILES for word in _names_of(load_profile(city))}
    assert {"qufu", "曲阜", "370881108", "王庄", "licheng", "鲤城", "350502400", "浮桥"} <= words
    assert all(len(word) > 1 for word in words)


def test_the_makefile_and_the_mappings_choose_the_city() -> None:
    assert not re.search("qufu|licheng", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert Path(CITIES.parent / "sources" / "platform.toml").read_text(encoding="utf-8").count('city = "qufu"') == 1
