"""The context layer of a city's file: its faults, where its file lies, and a wall that goes on without it."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from data.city.map_context import layer_or_none, read_layer
from data.city.map_setting import ContextLayer
from data.city.profile import CITIES, load_profile
from data.errors import FileError


def city(tmp_path: Path, more: str) -> Path:
    path = tmp_path / "ours.toml"
    path.write_text(
        (CITIES / "qufu.toml").read_text("utf-8").replace('[map.context]\nfile = "context/qufu.geojson"\nsketch = true\n', more),
        "utf-8",
    )
    return path


@pytest.mark.parametrize("name", ["qufu", "licheng"])
def test_the_demo_cities_have_a_sketch_of_their_land(name: str) -> None:
    setting = load_profile(name).map.context
    assert setting is not None
    assert setting.sketch
    kinds = [part["kind"] for part in json.loads(read_layer(setting).body)]
    assert kinds == ["relief", "water", "river", "old_town", "rail", "road"]


def test_the_file_lies_beside_the_city_s(tmp_path: Path) -> None:
    setting = load_profile(city(tmp_path, '[map.context]\nfile = "land.geojson"\n')).map.context
    assert setting is not None
    assert setting.file == str(tmp_path / "land.geojson")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('kinds = { rivr = ["河"] }', "did you mean 'river'"),
        ('crs = "Beijing"', "no system of coordinates"),
        ('file = ""', "map.context.file"),
    ],
)
def test_a_faulty_key_is_refused_with_its_place(tmp_path: Path, line: str, said: str) -> None:
    named = "" if line.startswith("file") else 'file = "land.geojson"\n'
    with pytest.raises(FileError, match=said):
        load_profile(city(tmp_path, f"[map.context]\n{named}{line}\n"))


def test_a_file_that_cannot_be_used_is_said_in_the_log_and_the_wall_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "land.geojson").write_text("{", "utf-8")
    setting = ContextLayer(file=str(tmp_path / "land.geojson"))
    with pytest.raises(FileError) as refused:
        read_layer(setting)
    assert "land.geojson" in str(refused.value)
    with caplog.at_level(logging.WARNING, "gridwall"):
        assert layer_or_none(setting) is None
    assert "the map is drawn without it" in caplog.text
    assert layer_or_none(None) is None
