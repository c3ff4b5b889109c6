"""Behind a proxy GridWall has a host name of its own; below a path it says so in words instead of "Loading..." for ever."""

from __future__ import annotations

import urllib.error
import urllib.request
from argparse import Namespace

import pytest

from callbacks.http import prefix
from dashboard.cli import main
from dashboard.settings import SettingFault, resolve
from tests.conftest import Running


@pytest.mark.parametrize(
    "url",
    [
        "https://portal.example/gridwall",
        "https://portal.example/a/b/",
        "https://portal.example/?a=1",
        "http://127.0.0.1:8050/gridwall",
        "https://portal.example//x",
        "https://portal.example#x",
    ],
)
def test_an_address_with_a_path_is_refused_and_told_what_to_do_instead(url: str) -> None:
    for given in (Namespace(url=url), Namespace()):
        with pytest.raises(SettingFault) as caught:
            resolve(given, {"GRIDWALL_URL": url})
        assert "give it a host name of its own" in str(caught.value)
        assert "单设一个主机名" in caught.value.zh


def test_the_refusal_names_a_host_beside_the_one_that_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--url", "https://portal.example/gridwall"]) == 2
    assert "e.g. https://wall.portal.example" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["https://wall.city.example", "https://wall.city.example/", "https://wall.city.example:8443"])
def test_an_address_without_a_path_is_taken(url: str) -> None:
    assert resolve(Namespace(url=url), {}).url == url


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
def test_a_request_below_a_path_gets_a_page_in_words(wall: Running, path: str) -> None:
    asked = urllib.request.Request(wall.base + path, headers={"X-Forwarded-Prefix": "/gridwall"})
    with pytest.raises(urllib.error.HTTPError) as caught, urllib.request.urlopen(asked, timeout=10):
        pass
    with caught.value as answer:
        page = answer.read().decode()
        assert (answer.code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Loading" not in page
    assert "<code>/gridwall</code>" in page
    assert "单设一个主机名" in page
    assert "Give it a host name of its own" in page
    assert "proxy_pass http://127.0.0.1:8050;" in page


@pytest.mark.slow
def test_a_page_whose_scripts_never_come_has_the_words_in_itself(wall: Running) -> None:
    with urllib.request.urlopen(wall.base + "/wall", timeout=10) as answer:
        page = answer.read().decode()
    assert "GridWall 不能放在子路径下" in page
    assert "give it a host name of its" in page
    assert page.count("gw-stuck") > 1
