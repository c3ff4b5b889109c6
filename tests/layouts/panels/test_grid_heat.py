"""What the map is told: classes, plates, badges and words of a small city, worked by hand."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.city.city import City, Grid
from data.city.profile import load_profile
from data.text import Text
from layouts.panels.grid_heat import LABELS_AT, PANEL, figure, geometry_version, labels
from layouts.panels.grid_heat_classes import FEW, LATE_BREAKS, RAMP, classify, legend_of, rounded_breaks
from layouts.panels.panel import Reading
from layouts.wall.map_shell import shell
from layouts.wall.page import dumps

# two towns; the first with villages 2 and 3, the second with village 4
GRID = Grid(
    ("A", "B", "A1", "A2", "B1"),
    tuple(
        Text(zh=z, en=e)
        for z, e in (
            ("甲镇", "Jia"),
            ("乙镇", "Yi"),
            ("甲镇东村", "Jia East"),
            ("甲镇西村", "Jia West"),
            ("乙镇村", "Yi Village"),
        )
    ),
    np.array([1, 1, 2, 2, 2], np.int16),
    np.array([-1, -1, 0, 0, 1], np.int32),
    np.array([1000, 2000, 400, -1, 2000], np.int32),
)
CITY = City(load_profile("qufu"), GRID, {0: "aa", 1: "bb", 2: "cc", LABELS_AT["zh"]: "dd"})


def _reading(scope: str = "", lost: int = 3, **also: pd.DataFrame) -> Reading:
    need, late = np.array([200, 100, 100, 100, 100]), np.array([40, 5, 30, 10, 5])
    n = np.array([210, 120, 105, 105, 120])
    need[3], late[3] = 19, 10
    frame = pd.DataFrame(
        {
            "code": [*GRID.code, "", "?"],
            "level": [1, 1, 2, 2, 2, 0, -1],
            "n": [*n, 330 + lost, lost],
            "need": [*need, 300, 0],
            "late": [*late, 45, 0],
            "late_share": [*(100 * late / need), 15.0, np.nan],
            "shrunk": [19.2, 7.7, 32.1, 40.4, 5.0, np.nan, np.nan],
            "rate": [210.0, 60.0, 262.5, np.nan, 60.0, 110.0, np.nan],
            "few": [*(need < 20), False, True],
            "excess": [4.0, 0.0, 4.2, 4.6, 0.0, 0.0, 0.0],
        }
    )
    return Reading(frame, also, 0, scope)


def _map(reading: Reading, lang: Any = "zh", city: City = CITY) -> dict[str, Any]:
    answer = figure(reading, city, lang)
    assert set(answer) == {"map"}
    payload: dict[str, Any] = answer["map"]
    return payload


def _bytes(text: str) -> list[int]:
    return list(base64.b64decode(text))


def test_a_share_on_a_break_belongs_to_the_class_above() -> None:
    values = np.array([0, 5.9, 6, 8.99, 9, 12, 15.99, 16, 21.99, 22, 100, np.nan])
    assert classify(values, LATE_BREAKS, top=6).tolist() == [1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 0]


def test_small_samples_are_hatched_and_have_no_class() -> None:
    classes = _bytes(_map(_reading())["classes"]["late"])
    assert classes[3] == FEW  # 10 of 19 late is 53 %, and still says little
    assert classes[2] in (5, 6)  # 30 of 100


def test_the_shrunken_share_gives_the_class_whatever_the_raw_one_is() -> None:
    reading = _reading()
    assert _bytes(_map(reading)["classes"]["late"])[:2] == [5, 2]
    reading.frame.loc[[0, 1], "shrunk"] = [11.9, np.nan]
    assert _bytes(_map(reading)["classes"]["late"])[:2] == [3, 0]


def test_ramp_of_counts_and_rates_ends_in_amber_never_red() -> None:
    payload = _map(_reading())
    for measure in payload["measures"][1:]:
        assert 6 not in _bytes(payload["classes"][measure["id"]])
        for rows in measure["legend"].values():
            assert RAMP[5] not in [r["color"] for r in rows]
    assert legend_of("count", (10.0, 20.0), "zh")[0]["color"] == RAMP[4]


def test_breaks_are_round_rising_and_whole_for_counts() -> None:
    assert rounded_breaks(np.arange(1, 101, dtype=float), whole=True) == (30, 60, 80, 100)
    assert rounded_breaks(np.array([1.0] * 50 + [2.0]), whole=True) == (1,)
    assert rounded_breaks(np.array([]), whole=False) == ()


def test_legend_names_every_class_from_the_top_with_the_small_sample_last() -> None:
    rows = legend_of("late", LATE_BREAKS, "zh")
    assert [r["label"] for r in rows] == ["≥ 22", "16–22", "12–16", "9–12", "6–9", "< 6", "样本少"]
    assert [r["code"] for r in rows] == [6, 5, 4, 3, 2, 1, FEW]


def test_plates_show_the_raw_share_of_the_towns_and_their_badge() -> None:
    exceptions = pd.DataFrame(
        {"rank": [1, 2], "kind": ["stage", "area"], "code": ["inspect", "A1"], "severity": ["act", "watch"]}
    )
    plates = _map(_reading(exceptions=exceptions))["plates"]
    assert [(p["name"], p["values"]["late"], p["values"]["count"], p["watch"]) for p in plates] == [
        ("甲镇", "20.0%", "210", ["late"]),
        ("乙镇", "5.0%", "120", []),
    ]
    assert plates[0]["badge"] == {"mark": "2", "severity": "watch"}  # the village's exception stands at its town
    assert plates[1]["badge"] is None


def test_a_towns_wall_has_plates_of_its_villages_without_the_towns_name() -> None:
    payload = _map(_reading("A"))
    assert payload["scope"] == {"level": 1, "idx": 0, "code": "A", "name": "甲镇"}
    assert [(p["name"], p["values"]["late"]) for p in payload["plates"]] == [("东村", "30.0%"), ("西村", "样本少")]
    assert payload["plates"][1]["values"]["rate"] == "–"  # population unknown


def test_villages_that_stand_out_are_outlined_the_furthest_first_and_towns_never() -> None:
    assert _map(_reading())["hot"]["late"] == [3, 2]


def test_events_without_a_cell_are_said() -> None:
    assert "未落格 3 件" in _map(_reading())["words"]["note"]
    assert "未落格" not in _map(_reading(lost=0))["words"]["note"]
    assert "3 without a cell" in _map(_reading(), "en")["words"]["note"]


def test_geometry_and_labels_come_from_immutable_urls() -> None:
    payload = _map(_reading())
    assert payload["geometry"] == [
        {"level": 0, "url": "/geometry/0/aa.bin"},
        {"level": 1, "url": "/geometry/1/bb.bin"},
        {"level": 2, "url": "/geometry/2/cc.bin"},
    ]
    assert payload["labels"] == "/geometry/100/dd.bin"
    assert _map(_reading(), "en")["labels"] == json.loads(labels(CITY, "en"))  # none served: they travel along
    assert geometry_version(b"a") != geometry_version(b"b")
    assert len(geometry_version(b"a")) == 16


def test_the_same_reading_gives_the_same_bytes() -> None:
    assert dumps(figure(_reading(), CITY, "zh")) == dumps(figure(_reading(), CITY, "zh"))


def test_a_reading_of_another_grid_is_refused() -> None:
    other = City(CITY.profile, Grid(GRID.code[:4], GRID.name[:4], GRID.level[:4], GRID.parent[:4], GRID.population[:4]))
    with pytest.raises(ValueError, match="5 cells that are not the city's 4"):
        figure(_reading(), other, "zh")


def test_shell_has_no_tile_layer_and_no_link() -> None:
    text = json.dumps(shell(CITY, "zh").to_plotly_json(), default=lambda c: c.to_plotly_json())
    assert "TileLayer" not in text
    assert "http" not in text


def test_panel_says_how_open_cases_count_in_both_languages() -> None:
    assert "在办" in PANEL.definition.zh
    assert "open" in PANEL.definition.en


def test_without_a_case_that_could_be_late_the_map_opens_on_counts() -> None:
    reading = _reading()
    reading.frame["need"] = 0
    assert [m["id"] for m in _map(reading)["measures"]] == ["count", "rate"]
    assert [m["id"] for m in _map(_reading())["measures"]] == ["late", "count", "rate"]
