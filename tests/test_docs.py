"""The docs and the code agree."""

from __future__ import annotations

import re

from data.contract import METADATA
from data.metrics import METRICS
from tests.conftest import ROOT


def test_every_metric_is_documented_with_its_definition_and_columns() -> None:
    text = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    chapters = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    assert set(chapters) == set(METRICS)
    for metric in METRICS.values():
        chapter = chapters[metric.id]
        assert metric.definition.zh in chapter
        assert metric.definition.en in chapter
        assert re.findall(r"^\| (\w+) \|", chapter, re.M)[1:] == [c.name for c in metric.columns], metric.id


def test_the_mapping_page_names_every_column_that_can_be_delivered() -> None:
    text = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    for table in ("event", "transition", "grid", "department"):
        row = next(line for line in text.splitlines() if line.startswith(f"| `{table}` |"))
        for column in METADATA.tables[table].columns:
            assert re.search(rf"\b{column.name}\b", row), f"{table}.{column.name}"


def test_the_files_that_the_readme_names_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target
