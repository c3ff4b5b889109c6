"""Addresses below a path: made for a browser, read back, and never taken for another place's."""

from __future__ import annotations

import pytest

from layouts.html.below import below, bind_below, path_of, reset_below, url_of, without


def test_addresses_lie_below_the_path_while_it_is_bound() -> None:
    assert (below(), url_of("/wall"), path_of("/wall")) == ("", "/wall", "/wall")
    token = bind_below("/gridwall")
    try:
        assert url_of("/wall?lang=en") == "/gridwall/wall?lang=en"
        assert path_of("/gridwall/wall?lang=en") == "/wall?lang=en"
    finally:
        reset_below(token)
    assert url_of("/wall") == "/wall"


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("/gridwall", "/"),
        ("/gridwall/", "/"),
        ("/gridwall/wall", "/wall"),
        ("/gridwall?lang=en", "/?lang=en"),
        ("/gridwall#main", "/#main"),
        ("/gridwall/gridwall", "/gridwall"),
        ("/gridwalls/wall", "/gridwalls/wall"),
        ("/wall", "/wall"),
        ("/", "/"),
        ("", ""),
    ],
)
def test_only_what_lies_below_loses_the_path(url: str, inside: str) -> None:
    assert without("/gridwall", url) == inside
