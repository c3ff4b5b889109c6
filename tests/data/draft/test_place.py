"""The grid file that lies beside a table of cases: whichever kind it is, the one that fits is found."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.draft.place import beside, find_shapes
from data.draft.sheet import Column

QUARTERS = ["东关", "西关", "南关", "北关"]
BOXES = [shapely.box(116.9 + i / 100, 35.5, 116.91 + i / 100, 35.6) for i in range(4)]
#: Three points of four in a quarter.
POINTS = np.array([(116.905, 35.55), (116.915, 35.55), (116.935, 35.55), (116.8, 35.55)])


def quarters(path: Path, crs: str = "EPSG:4490") -> Path:
    table = gpd.GeoDataFrame({"id": [11, 12, 13, 14], "name": QUARTERS}, geometry=BOXES, crs="EPSG:4490")
    table.to_crs(crs).to_file(path, **({"encoding": "GBK"} if path.suffix == ".shp" else {}))
    return path


@pytest.mark.parametrize("name", ["quarters.shp", "quarters.gpkg", "quarters.geojson"])
def test_a_grid_file_that_fits_is_found_by_names_and_by_points(tmp_path: Path, name: str) -> None:
    path = quarters(tmp_path / name, "EPSG:4527" if not name.endswith("json") else "EPSG:4326")
    area = Column("片区", ("东关", "南关", "郊外"), np.array([0, 0, 1, 2], np.int32))
    assert beside(tmp_path / "cases.csv") == [path]
    found = find_shapes([path], area, None)
    assert found is not None
    assert (found.path, found.code, found.by, found.share) == (path, "name", "area", 0.75)
    found = find_shapes([path], None, POINTS)
    assert found is not None
    assert (found.code, found.by, found.share) == ("name", "point", 0.75)


def test_a_shapefile_that_does_not_say_its_system_does_not_fit_and_does_no_harm(tmp_path: Path) -> None:
    path = quarters(tmp_path / "quarters.shp", "EPSG:4527")
    path.with_suffix(".prj").unlink()
    (tmp_path / "other.gpkg").write_bytes(b"x")
    assert find_shapes([path, tmp_path / "other.gpkg"], None, POINTS) is None
