"""Words in two languages stand together, as ``Text``, and nowhere as a choice between two strings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from benchmarks.place import ROOT
from data.text import CLAUSES, ITEMS, TAG, Text, other

CHINESE = re.compile(r"[\u3001\u3002\u4e00-\u9fff\uff00-\uffef]")


def _strings(node: ast.AST) -> str:
    return "".join(n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def chosen_inline(tree: ast.AST) -> Iterator[int]:
    """Lines of ``"中文" if ... else "English"``: one branch holds Chinese words, the other words without any."""
    for node in ast.walk(tree):
        if isinstance(node, ast.IfExp) and re.search(r"\b(lang|zh|en)\b", ast.unparse(node.test)):
            sides = [_strings(branch) for branch in (node.body, node.orelse)]
            told = [bool(CHINESE.search(side)) for side in sides]
            if told[0] != told[1] and re.search("[A-Za-z,;:.]", sides[told[0]]):
                yield node.lineno


def test_a_text_gives_one_of_its_languages() -> None:
    assert [Text(zh="件", en="cases")(lang) for lang in ("zh", "en")] == ["件", "cases"]
    assert [ITEMS("zh"), ITEMS("en"), CLAUSES("zh"), CLAUSES("en")] == ["、", ", ", "；", "; "]
    assert [(lang, other(lang), TAG(lang)) for lang in ("zh", "en")] == [("zh", "en", "zh-CN"), ("en", "zh", "en")]


@pytest.mark.parametrize("top", ["data", "layouts", "callbacks", "dashboard", "geo"])
def test_words_of_both_languages_stand_together(top: str) -> None:
    files = (ROOT / top).rglob("*.py")
    found = [f"{p.relative_to(ROOT)}:{line}" for p in files for line in chosen_inline(ast.parse(p.read_text("utf-8")))]
    assert found == [], "Text(zh=..., en=...)(lang) instead"


@pytest.mark.parametrize(
    "code",
    [
        '"件" if lang == "zh" else "cases"',
        'f"{n} 件" if zh else f"{n} cases"',
        '("、" if pen.lang == "zh" else ", ").join(x)',
        '"cases" if lang == "en" else "件"',
    ],
)
def test_a_choice_between_strings_is_found(code: str) -> None:
    assert list(chosen_inline(ast.parse(code))) == [1]


@pytest.mark.parametrize("code", ['6 if lang == "zh" else 4', 'words(lang) if words else ""', 'FULL if lang == "zh" else SHORT'])
def test_another_choice_is_not_taken_for_one(code: str) -> None:
    assert list(chosen_inline(ast.parse(code))) == []
