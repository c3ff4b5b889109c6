"""The recipes of docs/adding-a-*.md, followed on a copy of the program."""

from __future__ import annotations

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
    """What a program of the copy prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=place, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


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
