"""What a page may load: what the server has, and images of the one origin that the city's file names."""

from __future__ import annotations

from dashboard.app import content_policy
from data.city.map_setting import Basemap
from data.text import Text

WHOSE = Text(zh="示例测绘院", en="Example Survey")


def directives(basemap: Basemap | None) -> dict[str, list[str]]:
    found = (part.split() for part in content_policy(["'sha256-abc='"], basemap).split(";"))
    return {name: values for name, *values in found}


def test_without_a_basemap_nothing_comes_from_elsewhere() -> None:
    policy = directives(None)
    assert policy["img-src"] == ["'self'", "data:", "blob:"]
    assert "'sha256-abc='" in policy["script-src"]
    assert not any("//" in value for values in policy.values() for value in values)


def test_a_basemap_opens_its_origin_to_images_alone() -> None:
    base = Basemap(tiles="http://tiles.example.lan:8080/a/{z}/{x}/{y}.png", attribution=WHOSE)
    policy, bare = directives(base), directives(None)
    assert policy.pop("img-src") == [*bare.pop("img-src"), "http://tiles.example.lan:8080"]
    assert policy == bare
