"""What must be known of a grid file as a whole is said by the doctor, not in the log alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.check import as_text
from data.check import Report, examine
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from tests.data.source.test_shapes import cells, mapping_of
from tests.sync_harness import Platform, after, city


def examined(folder: Path, file: str) -> Report:
    platform = Platform(folder)
    platform.event(1)
    platform.log(1, 1, "report")
    source = Source.open(platform.url, load_mapping(mapping_of(folder, file)))
    try:
        return examine(source, city(), after(hours=1))
    finally:
        source.close()


@pytest.mark.parametrize(("crs", "datum"), [("EPSG:4610", "Xian 1980"), ("EPSG:2436", "Beijing 1954")])
def test_a_datum_whose_shift_is_not_public_is_to_be_looked_at(tmp_path: Path, crs: str, datum: str) -> None:
    cells(tmp_path / "grid.shp", crs)
    report = examined(tmp_path, "grid.shp")
    (finding,) = [f for f in report.findings if f.id == "grid_file_note"]
    assert (finding.table, finding.verdict, finding.count) == ("grid", "look", 1)
    assert f"the shift from {datum} to CGCS2000 is not public" in finding.said.en
    assert datum in finding.said.zh
    assert "转换参数未公开，未作平移" in as_text(report, "zh")


def test_text_whose_encoding_nobody_names_is_to_be_looked_at_too(tmp_path: Path) -> None:
    cells(tmp_path / "grid.shp")
    (tmp_path / "grid.cpg").unlink()
    (finding,) = [f for f in examined(tmp_path, "grid.shp").findings if f.id == "grid_file_note"]
    assert "its text is read as GB18030" in finding.said.en
    assert "按 GB18030 读" in finding.said.zh


@pytest.mark.parametrize("file", ["grid.gpkg", "grid.shp"])
def test_a_file_that_says_all_of_it_is_good(tmp_path: Path, file: str) -> None:
    cells(tmp_path / file)
    (finding,) = [f for f in examined(tmp_path, file).findings if f.id == "grid_file_note"]
    assert (finding.verdict, finding.count, finding.of) == ("good", 0, 1)
