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


def examples(page: str) -> list[str]:
    """The files of Python that a page of docs shows."""
    found: list[str] = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.M | re.S)
    return found


def example(page: str) -> str:
    """The one file of Python that a page of docs shows."""
    (code,) = examples(page)
    return code


def test_a_metric_and_its_panel_are_a_file_each(copy: Path) -> None:
    """Three cases were reported, one of them ended, one is yet to come: one is open."""
    (copy / "data/metrics/wall/open_total.py").write_text(example("adding-a-metric.md"))
    (copy / "layouts/panels/open_total.py").write_text(example("adding-a-panel.md"))
    found = told(
        copy,
        "from tests.city_builder import LittleCity\n"
        "from layouts.html.markup import to_html\n"
        "from layouts.panels import PANELS\n"
        "from layouts.panels.panel import Reading\n"
        "city = LittleCity()\n"
        "city.event('2026-11-20 09:00')\n"
        "city.event('2026-11-20 09:00', '2026-11-21 09:00')\n"
        "city.event('2026-11-24 09:00')\n"
        "frame = city.read('open_total', '2026-11-23 14:00')\n"
        "drawn = PANELS['open_total'].figure(Reading(frame, {}, 0, ''), city.city, 'zh')\n"
        "print(frame['open'].tolist(), to_html(drawn))\n"
        "empty = PANELS['open_total'].figure(Reading(frame.iloc[:0], {}, 0, ''), city.city, 'en')\n"
        "print('No data' in to_html(empty))\n",
    )
    assert found == '[1] <div class="bars"><span class="num">1</span><span class="unit">件</span></div>\nTrue'
    listed = subprocess.run(
        [sys.executable, "-m", "dashboard", "metrics"], cwd=copy, capture_output=True, text=True, timeout=120, check=True
    ).stdout
    assert "open_total" in listed


def test_a_view_of_the_workbench_is_a_drill_and_its_drawing(copy: Path) -> None:
    """Three cases were reported, two of them moderate, one critical; a mark leads to the cases of its severity."""
    drill, drawing = examples("adding-a-view.md")
    (copy / "data/drill/views/overview/severities.py").write_text(drill)
    (copy / "layouts/analyst/drawings/severities.py").write_text(drawing)
    found = told(
        copy,
        "import re\n"
        "from callbacks.desk.analyst import Analyst\n"
        "from data.access.viewer import Viewer\n"
        "from tests.city_builder import LittleCity, when\n"
        "city = LittleCity()\n"
        "for severity in (2, 4, 2):\n"
        "    city.event('2026-11-20 09:00', severity=severity)\n"
        "class Service:\n"
        "    desk_facts = lambda self: (city.facts, city.city)\n"
        "    desk_now = lambda self: when('2026-11-23 14:00')\n"
        "    behind = lambda self, lang: ''\n"
        "    shapes = lambda self, codes: {}\n"
        "desk, who = Analyst(Service()), Viewer('desk', rights=frozenset({'analyse', 'export'}), user='a', role='leader')\n"
        "shown = desk.view(who, {'lang': 'en'})\n"
        "panel = shown['panels']['severities']\n"
        "print(list(shown['panels'])[-1], '|', panel['note'], '|', re.findall('aria-label=\"(.*?)\"', panel['svg']))\n"
        "print(re.findall('href=\"(.*?)\"', panel['svg'])[1], 'reported in the window, by severity' in shown['definitions'])\n"
        "print(desk.exports.export(who, {'panel': 'severities'}).body.decode().splitlines()[-1])\n",
    ).splitlines()
    assert found[0] == (
        "severities | reported 3 · D-1123-140000 | ['Severity', 'Minor: 0', 'Moderate: 2', 'Major: 0', 'Critical: 1']"
    )
    assert found[1] == "/analyst?sev=2&amp;lang=en True"
    assert found[2] == "特大,1"


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
