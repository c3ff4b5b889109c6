"""Below a path that it was not told of GridWall says so in words, instead of "Loading..." for ever."""

from __future__ import annotations

import urllib.error
import urllib.request
from argparse import Namespace

import pytest

from callbacks.http import prefix
from dashboard.cli import main
from dashboard.settings import SettingError, resolve
from tests.conftest import Running


@pytest.mark.parametrize(
    "url",
    [
        "https://portal.example/?a=1",
        "https://portal.example//x",
        "https://portal.example#x",
        "https://portal.example/grid wall",
        f"https://portal.example/a/{'..'}/b",
        "https://portal.example/%67ridwall",
        "https://portal.example/gridwall;x",
        "https://portal.example/大屏",
        'https://portal.example/"onload=',
    ],
)
def test_an_address_whose_path_is_no_plain_one_is_refused_and_told_what_to_write_instead(url: str) -> None:
    for given in (Namespace(url=url), Namespace()):
        with pytest.raises(SettingError) as caught:
            resolve(given, {"GRIDWALL_URL": url})
        assert "https://portal.example/gridwall" in str(caught.value)
        assert "带简单路径的地址" in caught.value.zh


def test_the_refusal_names_an_address_that_would_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--url", "https://portal.example/gridwall?x"]) == 2
    assert "https://portal.example/gridwall" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "below"),
    [
        ("https://portal.example/gridwall", "/gridwall"),
        ("https://portal.example/a/b/", "/a/b"),
        ("http://127.0.0.1:8050/gridwall", "/gridwall"),
        ("https://portal.example/city_wall-2.0", "/city_wall-2.0"),
    ],
)
def test_an_address_with_a_path_is_where_the_wall_lies(url: str, below: str) -> None:
    assert resolve(Namespace(url=url), {}).below == below


@pytest.mark.parametrize("url", ["https://wall.city.example", "https://wall.city.example/", "https://wall.city.example:8443"])
def test_an_address_without_a_path_is_taken(url: str) -> None:
    settings = resolve(Namespace(url=url), {})
    assert (settings.url, settings.below) == (url, "")


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, ""),
        ({b"x-forwarded-prefix": b"/"}, ""),
        ({b"x-forwarded-prefix": b""}, ""),
        ({b"x-forwarded-prefix": b"/gridwall"}, "/gridwall"),
        ({b"x-script-name": b"gridwall/"}, "/gridwall"),
        ({b"x-forwarded-prefix": b"/a, /b"}, "/a"),
        ({b"x-forwarded-prefix": b"/" + b"a" * 500}, "/" + "a" * 80),
    ],
)
def test_a_proxy_that_strips_a_path_tells_of_it_in_a_header(headers: dict[bytes, bytes], found: str) -> None:
    assert prefix.prefix_of(headers) == found


def test_what_a_header_says_is_shown_as_text_and_never_as_markup() -> None:
    page = bytes(prefix.refuse("/<script>alert(1)</script>").body)
    assert b"<script" not in page
    assert b"&lt;script&gt;" in page


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/wall", "/", "/assets/x.js", "/live", "/login", "/desk/analyst", "/_dash-layout"])
def test_a_request_below_another_path_gets_a_page_in_words(wall: Running, path: str) -> None:
    asked = urllib.request.Request(wall.base + path, headers={"X-Forwarded-Prefix": "/gridwall"})
    with pytest.raises(urllib.error.HTTPError) as caught, urllib.request.urlopen(asked, timeout=10):
        pass
    with caught.value as answer:
        page = answer.read().decode()
        assert (answer.code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Loading" not in page
    assert "<code>/gridwall</code>" in page
    assert "请以浏览器所用的完整地址启动" in page
    assert "Start it with the whole address that browsers use" in page
    assert "python -m dashboard serve --url https://portal.example/gridwall" in page


@pytest.mark.slow
def test_a_page_whose_scripts_never_come_has_the_words_in_itself(wall: Running) -> None:
    with urllib.request.urlopen(wall.base + "/wall", timeout=10) as answer:
        page = answer.read().decode()
    assert "请在启动时以 --url 指明完整地址" in page
    assert "the server is told so at its start" in page
    assert page.count("gw-stuck") > 1
