"""What the check says of the layer under the map's cells."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from data.check.finding import Finding
from data.check.land import land
from data.city.map_setting import ContextLayer


def found(setting: ContextLayer | None) -> list[Finding]:
    seen: Any = SimpleNamespace(profile=SimpleNamespace(map=SimpleNamespace(context=setting)))
    return list(land(seen))


def layer(path: Path, *kinds: str) -> ContextLayer:
    line = {"type": "LineString", "coordinates": [[117, 35], [117.1, 35]]}
    features = [{"type": "Feature", "properties": {"kind": kind}, "geometry": line} for kind in kinds]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return ContextLayer(file=str(path))


def test_a_city_without_a_layer_is_told_nothing_of_it() -> None:
    assert found(None) == []


def test_a_layer_that_can_be_drawn_is_good(tmp_path: Path) -> None:
    (said,) = found(layer(tmp_path / "land.geojson", "river"))
    assert (said.id, said.verdict) == ("map_context", "good")


def test_features_that_are_left_out_are_counted_with_a_remedy(tmp_path: Path) -> None:
    (said,) = found(layer(tmp_path / "land.geojson", "river", "mall", "mall"))
    assert said.verdict == "look"
    assert "none of the known words: 2" in said.said.en
    assert "有 2 个要素" in said.said.zh
    assert "map.context.kinds" in said.remedy.en


def test_a_faulty_file_is_said_in_words_and_the_map_goes_on(tmp_path: Path) -> None:
    (said,) = found(ContextLayer(file=str(tmp_path / "none.geojson")))
    assert said.verdict == "look"
    assert "the map is drawn without it: there is no such file" in said.said.en
    assert "没有这个文件" in said.said.zh
    assert str(tmp_path / "none.geojson") in said.remedy.en
