"""The words that the browser's scripts say: each that they ask for is there, in both languages, with the same places in it."""

from __future__ import annotations

import json
import re

from layouts.text.browser_words import WORDS, block
from tests.conftest import ROOT

ASSETS = ROOT / "dashboard" / "assets"


def scripts() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(ASSETS.glob("*/**/*.js")))


def test_every_word_has_the_same_places_in_both_languages() -> None:
    for key, words in WORDS.items():
        assert set(re.findall(r"{\w+}", words.zh)) == set(re.findall(r"{\w+}", words.en)), key
        assert words.zh
        assert words.en


def test_every_word_that_a_script_asks_for_is_there_and_every_one_that_is_there_is_asked_for() -> None:
    code = scripts()
    asked = set(re.findall(r'"((?:time|wall|kiosk|desk|workbench)\.[\w.]+|stop)"', code))
    begun = tuple(re.findall(r"`((?:\w+\.)+)\$\{", code))  # `wall.state.${state}`
    assert asked - WORDS.keys() == set()
    assert {key for key in WORDS if key not in asked and not key.startswith(begun)} == set()


def test_no_script_holds_words_of_its_own() -> None:
    said = [line for line in scripts().splitlines() if re.search("[\u4e00-\u9fff]", re.sub(r"//.*|/\*.*|^\s*\*.*", "", line))]
    assert said == []


def test_the_page_carries_them_as_data() -> None:
    found = re.fullmatch(r'<script type="application/json" id="gw-words">(.*)</script>', block())
    assert found
    assert "<" not in found[1]
    both = json.loads(found[1])
    assert both["zh"] == {key: words.zh for key, words in WORDS.items()}
    assert both["en"] == {key: words.en for key, words in WORDS.items()}
