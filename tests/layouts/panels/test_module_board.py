"""Functions and modules by name: as many places as the city says, what it does not name marked 待配置, nothing made up."""

from __future__ import annotations

import re
from typing import Any

import pytest

from data.city.city import City
from data.city.profile import load_profile
from data.text import Lang
from layouts.html.markup import to_html
from layouts.panels import module_board
from tests.wall_frames import city, frames
from tests.wall_harness import reading

LICHENG = City(load_profile("licheng"))


def drawn(lang: Lang = "zh", of: City = LICHENG) -> str:
    return to_html(module_board.figure(reading("module_board"), of, lang))


def places(html: str) -> list[tuple[str, str]]:
    """(class, words) of each member, in order."""
    cells = re.findall(r'<div class="(member(?: pending)?)">(.*?)</div>', html)
    return [(kind, re.sub("<[^>]*>", "|", inside).replace("||", "|").strip("|")) for kind, inside in cells]


def test_eleven_functions_and_eighteen_modules_stand_in_order_and_four_are_named() -> None:
    found = places(drawn())
    numbers = [*range(1, 12), *range(1, 19)]
    assert [words.split("|")[0] for _, words in found] == [f"{n:02d}" for n in numbers]
    assert [words for kind, words in found if kind == "member"] == [
        "01|网络舆情应急中心",
        "02|警网融合中心",
        "01|党建引领",
        "02|综合执法",
    ]
    assert {words.split("|")[1] for kind, words in found if kind == "member pending"} == {"待配置"}


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "zh",
            ("共 11 个，已定名 2，待配置 9", "共 18 个，已定名 2，待配置 16", "4 个方面：党建引领、社会治理、民生服务、社情民意"),
        ),
        ("en", ("11 in all, 2 named, 9 to be set", "18 in all, 2 named, 16 to be set", "4 aspects: Party building, Governance")),
    ],
)
def test_the_counts_and_the_aspects_are_said(lang: Lang, said: tuple[str, ...]) -> None:
    html = drawn(lang)
    assert [words for words in said if words not in html] == []


def test_a_module_names_its_aspect_where_that_says_more_than_its_own_name() -> None:
    def with_aspect(**changed: Any) -> City:
        modules = tuple(m.model_copy(update=changed) if m.code == "enforcement" else m for m in LICHENG.profile.modules)
        return City(LICHENG.profile.model_copy(update={"modules": modules}))

    assert places(drawn(of=with_aspect(aspect="governance")))[12] == ("member", "02|综合执法|社会治理")
    assert places(drawn(of=with_aspect(example=True)))[12] == ("member", "02|综合执法|示例")


def test_a_city_without_functions_and_modules_says_so() -> None:
    assert "本市未列" in drawn(of=city())


def test_the_board_is_of_the_file_alone_and_never_empty() -> None:
    empty = reading("module_board", {name: frame.iloc[:0] for name, frame in frames().items()})
    assert to_html(module_board.figure(empty, LICHENG, "zh")) == drawn()
    assert not module_board.PANEL.empty(empty)
