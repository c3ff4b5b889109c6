"""The page of methods: every section in both languages, of panels that are there, with figures that were measured."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from data.drill.view import DRILLS
from data.metrics import METRICS
from data.text import Lang
from layouts.analyst import methods

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
RESULTS: dict[str, Any] = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))


def test_every_section_is_of_panels_that_are_there_and_speaks_both_languages() -> None:
    found = methods.sections()
    assert [f"{s.name.zh} · {s.name.en}" for s in found] == re.findall(r"(?m)^## (.+)$", TEXT)
    for section in found:
        assert section.panels, section.name.zh
        assert set(section.panels) <= {*DRILLS, *METRICS}, section.name.zh
        assert "**问题** " in section.text.zh
        assert "**Question** " in section.text.en
        assert "**Question**" not in section.text.zh
        assert "**问题**" not in section.text.en


@pytest.mark.parametrize("panel", ["department_score", "departments", "queues", "hotspots", "warnings", "trend"])
def test_every_panel_with_a_verdict_is_explained(panel: str) -> None:
    assert panel in methods.explained()


def test_every_figure_that_is_named_was_measured_and_stands_as_it_was() -> None:
    """A row of a table: what, `key`, value, interval, number of simulations."""
    rows = re.findall(r"(?m)^\|[^|]*\| `([a-z0-9_.]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", TEXT)
    assert rows
    for key, value, interval, n in rows:
        here = RESULTS
        for part in key.split("."):
            here = here[part]
        digits = 3 if here["unit"] == "share" else 1
        said = (f"{here['value']:.{digits}f}", f"{here['min']:.{digits}f}–{here['max']:.{digits}f}", f"{here['repeats']:,}")
        assert (value.strip(), interval.strip(), n.strip()) == said, key


def test_every_picture_is_there() -> None:
    names = re.findall(r"\]\(methods/([\w-]+)\.svg\)", TEXT)
    assert names
    for name in names:
        found = methods.picture(name)
        assert found is not None
        assert found.startswith(b"<svg")
    assert methods.picture(f"{'.' * 2}/secret") is None
    assert methods.picture("none") is None


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_of_a_panel_is_its_own_sections_and_leads_to_all(lang: Lang) -> None:
    body = methods.page("departments", lang)
    assert body.to_plotly_json()["props"]["data-up"], "the page's watchdog waits for it"
    _, more, section, *_ = body.children
    assert more.href == f"/methods?lang={lang}"
    assert len(methods.page("no_such_panel", lang).children) == 1 + len(methods.sections())
    text = section.children[1].children
    assert "/desk/methods/picture?name=response" in text
    assert "](methods/" not in text
