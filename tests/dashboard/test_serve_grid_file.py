"""``serve`` and a grid file that is read late: a faulty one is refused at once, one that the facts hold is not read."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import pytest
import shapely

from dashboard.commands.serve import _read_grid_file
from data.errors import FileError
from data.jobs import worker
from data.source.mapping_file import load_mapping

MAPPING = """
shapes = {{ file = "grid.gpkg", code = "{code}" }}
[mapping]
id = "ours"
city = "qufu"
source = "sqlite:///x.sqlite"
[tables.event]
sql = "SELECT id, reported_at, changed FROM cases"
changed = "changed"
[tables.transition]
sql = "SELECT key, event, at, changed FROM log"
changed = "changed"
"""


def service(folder: Path, code: str = "code", held: bool = False) -> Any:
    box = shapely.box(116.98, 35.59, 116.99, 35.6)
    gpd.GeoDataFrame({"code": ["c1"]}, geometry=[box], crs="EPSG:4490").to_file(folder / "grid.gpkg")
    (folder / "ours.toml").write_text(MAPPING.format(code=code), encoding="utf-8")
    mapping = load_mapping(folder / "ours.toml")
    meta = {"fingerprint.mapping": mapping.fingerprint if held else "another"}
    facts = SimpleNamespace(meta=lambda: meta)
    return SimpleNamespace(
        settings=SimpleNamespace(mapping=mapping),
        pipeline=SimpleNamespace(facts=facts),
        statistics_worker=worker.StatisticsWorker(),
    )


@pytest.mark.slow
def test_a_file_that_the_facts_do_not_hold_is_read_by_the_worker_before_anything_is_served(tmp_path: Path) -> None:
    made = service(tmp_path)
    try:
        _read_grid_file(made)
        assert list(vars(made.settings.mapping)["outline_file"].cells) == ["c1"]
        assert made.statistics_worker._child is not None
    finally:
        worker.through(None)
        made.statistics_worker.close()


def test_a_faulty_one_ends_the_start_and_leaves_no_process(tmp_path: Path) -> None:
    made = service(tmp_path, code="nix")
    with pytest.raises(FileError, match="its property 'nix' holds no code"):
        _read_grid_file(made)
    assert (made.statistics_worker._child, worker._serving) == (None, None)


def test_a_file_whose_cells_the_facts_hold_is_not_read(tmp_path: Path) -> None:
    made = service(tmp_path, code="nix", held=True)
    _read_grid_file(made)
    assert "outline_file" not in vars(made.settings.mapping)
    assert made.statistics_worker._child is None
