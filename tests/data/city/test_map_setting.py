"""The map's setting in a city's file: what is drawn, and what is refused with its place and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.city.profile import load_profile
from data.errors import FileError
from tests.data.city.test_profile import GOOD, write

CREDIT = 'attribution = { zh = "示例测绘院", en = "Example Survey" }'
TILES = "http://tiles.example.lan:8080/base/{z}/{x}/{y}.png"


def basemap(tiles: str = TILES, more: str = "", credit: str = CREDIT) -> str:
    return f'{GOOD}\n[map.basemap]\ntiles = "{tiles}"\n{credit}\n{more}\n'


def test_without_the_setting_there_is_nothing_to_load_and_nobody_to_name(tmp_path: Path) -> None:
    setting = load_profile(write(tmp_path, GOOD)).map
    assert (setting.basemap, setting.attribution) == (None, None)


def test_a_basemap_has_an_address_whose_it_is_and_how_it_is_drawn(tmp_path: Path) -> None:
    base = load_profile(write(tmp_path, basemap(more="opacity = 0.5\nmax_zoom = 16"))).map.basemap
    assert base is not None
    assert (base.tiles, base.attribution.zh, base.opacity, base.max_zoom) == (TILES, "示例测绘院", 0.5, 16)
    assert base.origin == "http://tiles.example.lan:8080"


@pytest.mark.parametrize(
    ("tiles", "origin"),
    [
        ("https://10.1.2.3/wmts?TILEMATRIX={z}&TILEROW={y}&TILECOL={x}", "https://10.1.2.3"),
        ("http://tiles.example.lan/{z}/{x}/{-y}.png", "http://tiles.example.lan"),
    ],
)
def test_rows_may_be_counted_from_the_south_and_a_query_may_hold_the_numbers(tmp_path: Path, tiles: str, origin: str) -> None:
    base = load_profile(write(tmp_path, basemap(tiles))).map.basemap
    assert base is not None
    assert base.origin == origin


def test_the_facts_do_not_depend_on_the_map(tmp_path: Path) -> None:
    bare = load_profile(write(tmp_path, GOOD)).fingerprint
    assert load_profile(write(tmp_path, basemap())).fingerprint == bare


@pytest.mark.parametrize(
    ("text", "place", "en", "zh"),
    [
        (basemap("/tiles/{z}/{x}/{y}.png"), "tiles", "is no address of tiles; write it whole", "不是瓦片地址；请写全"),
        (basemap("ftp://tiles.example.lan/{z}/{x}/{y}.png"), "tiles", "is no address of tiles", "不是瓦片地址"),
        (basemap("http://me:secret@tiles.example.lan/{z}/{x}/{y}.png"), "tiles", "no password", "不带口令"),
        (basemap("http://x.lan; script-src */{z}/{x}/{y}"), "tiles", "is no address of tiles", "不是瓦片地址"),
        (basemap("http://[::1]/{z}/{x}/{y}.png"), "tiles", "is no address of tiles", "不是瓦片地址"),
        (basemap("http://tiles.example.lan/{z}/{x}.png"), "tiles", "must hold {z}, {x} and {y}", "须各含一次 {z}、{x}、{y}"),
        (basemap("http://tiles.example.lan/{s}/{z}/{x}/{y}.png"), "tiles", "no other braces", "不得有别的花括号"),
        (basemap("http://tiles.example.lan/{z}/{x}/{y}/{y}.png"), "tiles", "once each", "各含一次"),
        (
            basemap("https://wprd01.is.autonavi.com/?x={x}&y={y}&z={z}"),
            "tiles",
            "autonavi.com are in GCJ-02",
            "autonavi.com 的瓦片为 GCJ-02",
        ),
        (
            basemap(more='crs = "GCJ-02"'),
            "crs",
            "tiles in GCJ-02 are not drawn: streets would lie some hundred metres",
            "不绘制 GCJ-02 的瓦片：道路将偏离",
        ),
        (
            basemap(more='crs = "EPSG:4490"'),
            "crs",
            "only EPSG:3857 (Web Mercator) of WGS 84 or CGCS2000 is",
            "只绘制 WGS 84 或 CGCS2000 的 EPSG:3857",
        ),
        (
            basemap(more="opacity = 40"),
            "opacity",
            "40 is no opacity; write a number from 0.05 to 1",
            "40 不是不透明度；请写 0.05 至 1",
        ),
        (basemap(more="max_zoom = 30"), "max_zoom", "30 is no zoom level", "30 不是缩放级"),
        (basemap(more="opacty = 0.4"), "opacty", "unknown key; did you mean 'opacity'?", "没有这个键，是否指“opacity”？"),
        (basemap(credit=""), "attribution", "is missing", "缺少"),
        (basemap(credit='attribution = "Example"'), "attribution", "is not a name in two languages", "不是双语名称"),
        (basemap(credit='attribution = { zh = "", en = "x" }'), "attribution", "has 1 to 60 characters", "1 至 60 字"),
        (
            basemap(credit='attribution = { zh = "图", en = "' + 61 * "x" + '" }'),
            "attribution",
            "has 1 to 60 characters",
            "1 至 60 字",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_both_languages(tmp_path: Path, text: str, place: str, en: str, zh: str) -> None:
    with pytest.raises(FileError) as fault:
        load_profile(write(tmp_path, text))
    assert [where for where, _ in fault.value.faults] == [f"map.basemap.{place}"]
    assert en in fault.value.told("en")
    assert zh in fault.value.told("zh")


def test_the_outlines_own_attribution_is_judged_alike(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"map\.attribution: .*has 1 to 60 characters"):
        load_profile(write(tmp_path, GOOD + '\n[map]\nattribution = { zh = "", en = "" }\n'))
