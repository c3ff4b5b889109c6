"""The recipes of docs/adding-a-*.md, followed on a copy of the program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

FOLDERS = ("data", "geo", "layouts", "callbacks", "dashboard")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program without its fonts and tests."""
    place = tmp_path_factory.mktemp("copy")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__", "fonts"))
    return place


def told(place: Path, code: str) -> str:
    """What a program of the copy prints; the tests' own helpers are those of here."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=place, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def example(page: str) -> str:
    """The Python that a page of docs shows."""
    (code,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.M | re.S)
    return str(code)


def test_a_metric_and_its_panel_are_a_file_each(copy: Path) -> None:
    """Three cases were reported, one of them ended, one is yet to come: one is open."""
    (copy / "data/metrics/wall/open_total.py").write_text(example("adding-a-metric.md"))
    (copy / "layouts/panels/open_total.py").write_text(example("adding-a-panel.md"))
    found = told(
        copy,
        "from tests.little_city import LittleCity\n"
        "from layouts.html.markup import to_html\n"
        "from layouts.panels import PANELS\n"
        "from layouts.panels.panel import Reading\n"
        "city = LittleCity()\n"
        "city.event('2026-11-20 09:00')\n"
        "city.event('2026-11-20 09:00', '2026-11-21 09:00')\n"
        "city.event('2026-11-24 09:00')\n"
        "frame = city.read('open_total', '2026-11-23 14:00')\n"
        "drawn = PANELS['open_total'].figure(Reading(frame, {}, 0, ''), city.city, 'zh')\n"
        "print(frame['open'].tolist(), to_html(drawn))\n",
    )
    assert found == '[1] <div class="bars"><span class="num">1</span></div>'
    listed = subprocess.run(
        [sys.executable, "-m", "dashboard", "metrics"], cwd=copy, capture_output=True, text=True, timeout=120, check=True
    ).stdout
    assert "open_total" in listed


def test_a_database_engine_is_one_file(copy: Path) -> None:
    (copy / "data/source/dialects/mssql.py").write_text(
        "from data.source.dialects.base import Dialect\n"
        "class Mssql(Dialect):\n"
        "    def epoch_s(self, at):\n"
        "        return f\"DATEDIFF_BIG(SECOND, '1970-01-01', {at})\"\n"
        "DIALECT = Mssql(('mssql',), bytewise=' COLLATE Latin1_General_BIN2')\n"
    )
    found = told(
        copy,
        "from data.source.mapping_file import load_mapping\n"
        "from data.source.reader import Source\n"
        "source = Source.open('mssql+pyodbc://reader@host/city', load_mapping('platform'))\n"
        "print(source.dialect.name, source.dialect.epoch_s('q.at'))\n",
    )
    assert found == "mssql DATEDIFF_BIG(SECOND, '1970-01-01', q.at)"
