"""The file of outlines that a mapping names: refused with the mapping, and read late where that costs much."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from data.errors import FileError
from data.facts.row_faults import fault_counts
from data.facts.store import Facts
from data.jobs import worker
from data.source.mapping import Mapping
from data.source.mapping_file import load_mapping
from data.sync.reconcile import grid_differs
from tests.sync_harness import NOW, Platform, column, sync_of

pytestmark = pytest.mark.slow

MAPPING = """
[shapes]
{shapes}
[mapping]
id = "ours"
city = "qufu"
source = "sqlite:///x.sqlite"
[tables.grid]
sql = "SELECT code, parent, level, name FROM grid"
[tables.event]
sql = "SELECT id, lon, lat, reported_at, changed FROM event"
key = "id"
changed = "changed"
[tables.transition]
sql = 'SELECT "key", event, stage, action, at, changed FROM transition'
key = "key"
changed = "changed"
"""


def cells(path: Path, crs: str = "EPSG:4527", west: float = 116.98) -> None:
    """Cell c1 and its neighbour c9 below town t1."""
    boxes = [shapely.box(west, 35.59, west + 0.01, 35.6), shapely.box(west + 0.01, 35.59, west + 0.02, 35.6)]
    table = gpd.GeoDataFrame(
        {"code": ["c1", "c9"], "name": ["一格", "九格"], "up": ["t1", "t1"]}, geometry=boxes, crs="EPSG:4490"
    )
    table.to_crs(crs).to_file(path, **({"encoding": "GBK"} if path.suffix == ".shp" else {}))


def mapping_of(folder: Path, file: str, **shapes: str) -> Path:
    named = {"file": file, "code": "code", "level": "cell", "name": "name", "parent": "up", **shapes}
    path = folder / "ours.toml"
    path.write_text(MAPPING.format(shapes="\n".join(f'{k} = "{v}"' for k, v in named.items())), encoding="utf-8")
    return path


@pytest.fixture
def process() -> Iterator[worker.StatisticsWorker]:
    statistics_worker = worker.StatisticsWorker()
    worker.through(statistics_worker)
    yield statistics_worker
    worker.through(None)
    statistics_worker.close()


@pytest.mark.parametrize("kind", ["shp", "gpkg", "geojson"])
def test_cells_of_a_file_in_metres_stand_in_the_grid_and_hold_the_points(tmp_path: Path, kind: str) -> None:
    cells(tmp_path / f"grid.{kind}")
    crs = {"crs": "EPSG:4527"} if kind == "geojson" else {}
    platform = Platform(tmp_path)
    for id, lon, lat in ((1, 116.985, 35.595), (2, 116.995, 35.595), (3, 117.005, 35.595)):
        platform.event(id, lon=lon, lat=lat)
        platform.log(id, id, "report")
    mapping = load_mapping(mapping_of(tmp_path, f"grid.{kind}", **crs))
    with Facts.create("duckdb:///:memory:") as facts:
        sync = sync_of(platform, facts, mapping=mapping)
        sync.load(NOW)
        codes = facts.grid().code
        assert [codes[i] if i >= 0 else "" for i in column(facts, "event", "l2")] == ["c1", "c9", ""]
        assert fault_counts(facts) == []
        assert facts.grid().names["c9"].zh == "九格"
        assert not grid_differs(sync)


def loaded(path: Path) -> str:
    """What a process that only loads the mapping and looks at its fingerprint imports of the readers."""
    script = (
        "import sys\nfrom data.source.mapping_file import load_mapping\n"
        f"load_mapping({str(path)!r}).fingerprint\n"
        "print(sorted({'geopandas', 'pyogrio', 'pyproj'} & set(sys.modules)))"
    )
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("kind", ["shp", "gpkg"])
def test_loading_a_mapping_reads_no_shapefile_and_imports_no_reader(tmp_path: Path, kind: str) -> None:
    cells(tmp_path / f"grid.{kind}")
    assert loaded(mapping_of(tmp_path, f"grid.{kind}")) == "[]"


def test_the_server_reads_it_in_its_worker_process_and_says_what_must_be_known(
    tmp_path: Path, process: worker.StatisticsWorker, caplog: pytest.LogCaptureFixture
) -> None:
    cells(tmp_path / "grid.shp")
    (tmp_path / "grid.cpg").unlink()
    mapping = load_mapping(mapping_of(tmp_path, "grid.shp"))
    assert process._child is None, "the mapping alone starts none"
    assert [o.name for o in mapping.outlines.values()] == ["一格", "九格"]
    assert process._child is not None
    assert f"{tmp_path / 'grid.shp'}: its text is read as GB18030" in caplog.text
    (tmp_path / "grid.shp").write_bytes(b"x")
    with pytest.raises(FileError) as fault:
        load_mapping(tmp_path / "ours.toml")
    assert "is no Shapefile" in str(fault.value)


def test_what_only_the_reading_finds_is_the_same_error_from_the_worker_in_both_languages(
    tmp_path: Path, process: worker.StatisticsWorker
) -> None:
    cells(tmp_path / "grid.gpkg")
    mapping = load_mapping(mapping_of(tmp_path, "grid.gpkg", layer="plan"))
    with pytest.raises(FileError) as fault:
        _ = mapping.outlines
    assert str(fault.value).splitlines()[1] == "  layer: it has no layer of outlines called 'plan'; there are: grid"
    assert fault.value.zh.splitlines()[1] == "  layer：没有叫“plan”的图层；现有：grid"


def fingerprint(path: Path) -> str:
    return load_mapping(path).fingerprint


def test_another_file_or_another_word_about_it_means_other_facts(tmp_path: Path) -> None:
    cells(tmp_path / "grid.gpkg")
    path = mapping_of(tmp_path, "grid.gpkg")
    before = fingerprint(path)
    assert fingerprint(path) == before
    assert fingerprint(mapping_of(tmp_path, "grid.gpkg", crs="EPSG:4527")) != before
    assert fingerprint(mapping_of(tmp_path, "grid.gpkg", layer="grid")) != before
    (tmp_path / "grid.gpkg").unlink()
    cells(tmp_path / "grid.gpkg", west=117.0)
    assert fingerprint(mapping_of(tmp_path, "grid.gpkg")) != before


@pytest.mark.parametrize(
    ("file", "shapes", "said"),
    [
        ("grid.shp", {}, "crs: it does not say its system of coordinates (there is no .prj beside it); state it under [shapes]"),
        ("none.shp", {}, "cannot be read: No such file or directory"),
        ("none.gpkg", {}, "cannot be read: No such file or directory"),
        ("none.geojson", {"crs": "GCJ-02"}, "cannot be read: No such file or directory"),
        ("grid.shp", {"crs": "4527"}, "shapes.crs: '4527' is no system of coordinates; write e.g. \"EPSG:4490\" (degrees)"),
        ("grid.shp", {"crs": "GCJ02"}, "shapes.crs: 'GCJ02' is no system of coordinates; write e.g."),
        ("grid.shp", {"layers": "x", "crs": "EPSG:4527"}, "did you mean 'layer'?"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_mapping(
    tmp_path: Path, file: str, shapes: dict[str, str], said: str
) -> None:
    cells(tmp_path / "grid.shp")
    (tmp_path / "grid.prj").unlink()
    with pytest.raises(FileError) as fault:
        _ = load_mapping(mapping_of(tmp_path, file, **shapes)).fingerprint
    assert said in str(fault.value)
    assert fault.value.zh != str(fault.value)


def test_geojson_in_degrees_is_read_with_its_mapping_as_before(tmp_path: Path) -> None:
    cells(tmp_path / "grid.geojson", "EPSG:4326")
    mapping: Mapping = load_mapping(mapping_of(tmp_path, "grid.geojson"))
    assert mapping.shapes is not None
    assert not mapping.shapes.reads_late
    assert "outline_file" in vars(mapping)
    assert loaded(tmp_path / "ours.toml") == "[]"
