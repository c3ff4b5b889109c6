"""What was planted in the source is found in no answer of any surface."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.bench_privacy import PLANTED, TEXT, held, measure, plant
from tests.conftest import copy_of


def test_the_search_finds_what_is_written_in_other_ways() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("xl/sharedStrings.xml", TEXT)
    for body in (TEXT.encode(), json.dumps({"a": TEXT}).encode(), packed.getvalue()):
        assert set(PLANTED) <= set(held(body)), body[:40]
    assert held(json.dumps({"a": 1}).encode()) == []


@pytest.mark.slow
def test_the_words_are_planted_in_columns_of_every_table(demo_city: Path, tmp_path: Path) -> None:
    database = copy_of(demo_city, tmp_path)
    assert len(plant(database)) > 20
    with closing(sqlite3.connect(database)) as db:
        for column in ("event.petitioner", "event.category", "transition.opinion", "transition.actor", "grid.keeper"):
            table, _, name = column.partition(".")
            assert db.execute(f"SELECT count(*) FROM {table} WHERE {name} = ?", (TEXT,)).fetchone()[0] > 0, column


@pytest.mark.slow
@pytest.mark.parametrize("every", [40, pytest.param(1, marks=pytest.mark.soak)])
def test_no_answer_of_any_surface_holds_a_name_a_number_or_an_address(demo_city: Path, tmp_path: Path, every: int) -> None:
    looked = measure(copy_of(demo_city, tmp_path), tmp_path / "desk", every)
    assert looked.answers > 1000 / every
    assert looked.said["200"] > 400 / every, looked.said
    assert looked.leaks == []
