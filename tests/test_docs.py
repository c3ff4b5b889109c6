"""The docs and the code agree."""

from __future__ import annotations

import re
from typing import Any, get_args

from data.city.profile import Coded, Profile
from data.drill.filters import LISTS, NAMES
from data.drill.view import DRILLS
from data.metrics import METRICS
from data.source.contract import METADATA
from layouts.analyst.tabs import TABS
from tests import picture
from tests.conftest import ROOT


def test_every_metric_is_documented_with_its_definition_and_columns() -> None:
    text = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    chapters = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    assert set(chapters) == set(METRICS)
    for metric in METRICS.values():
        chapter = chapters[metric.id]
        assert metric.definition.zh in chapter
        assert metric.definition.en in chapter
        told = re.findall(r"^\| (\w+) \| ([^|]*?) \|", chapter, re.M)[1:]
        assert told == [(c.name, c.unit) for c in metric.columns], f"{metric.id}: make indicators"


def test_the_mapping_page_names_every_column_that_can_be_delivered() -> None:
    text = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    for table in ("event", "transition", "grid", "department", "asset", "sign"):
        row = next(line for line in text.splitlines() if line.startswith(f"| `{table}` |"))
        for column in METADATA.tables[table].columns:
            assert re.search(rf"\b{column.name}\b", row), f"{table}.{column.name}"


def test_the_city_page_names_every_key_that_a_file_may_hold() -> None:
    text = (ROOT / "docs" / "city.md").read_text(encoding="utf-8")
    rows = {
        name: cells
        for line in text.splitlines()
        if line.startswith("| `")
        for cells in [line.split("|")[2]]
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert set(rows) == set(Profile.model_fields)
    for name, field in Profile.model_fields.items():
        inner: Any = field.annotation
        while not hasattr(inner, "model_fields") and get_args(inner):
            inner = get_args(inner)[0]
        for key in getattr(inner, "model_fields", {}):
            common = key in Coded.model_fields
            assert common or re.search(rf"\b{key}\b", rows[name]), f"{name}.{key}"


def test_the_workbench_page_names_every_drill_and_every_word_of_the_address() -> None:
    text = (ROOT / "docs" / "analyst.md").read_text(encoding="utf-8")
    shown = ["summary", *dict.fromkeys(panel for tab in TABS.values() for panel in tab.panels), "cases"]
    assert re.findall(r"^## (\w+)$", text, re.M) == shown, "in the order of the tabs"
    assert set(shown) == set(DRILLS)
    for word in (*LISTS, *NAMES, "from", "to", "tab"):
        assert f"`{word}`" in text, word


def test_the_files_that_the_readme_names_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target


def test_the_picture_of_the_rooms_is_that_of_the_code_and_no_arrow_points_up() -> None:
    """``make picture`` draws it anew."""
    names = picture.rooms()
    found = picture.imports(names)
    assert picture.upward(names, found) == []
    assert (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8") == picture.drawing(names, found)


def test_every_page_of_the_docs_that_is_named_is_there_and_every_page_is_named() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    named = set()
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#|doi)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
            named.add((page.parent / target).resolve())
    assert [p.name for p in pages if p.name != "README.md" and p.resolve() not in named] == []
