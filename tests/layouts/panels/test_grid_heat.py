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
from layouts.palette import NIGHT
from layouts.panels.grid_heat import LABELS_AT, PANEL, figure, geometry_version, labels
from layouts.panels.grid_heat_classes import CHANCE, FEW, LATE_BREAKS, RAMPS, classify, legend_of, scale_of
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
    values = np.array([0, 5.9, 6, 8.94, 9, 12, 15.94, 16, 21.94, 22, 100, np.nan])
    assert classify(values, LATE_BREAKS, "late").tolist() == [1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 0]
    assert classify(np.array([8.95, 15.99, 21.96]), LATE_BREAKS, "late").tolist() == [3, 5, 6], "as they are printed"


def test_small_samples_are_hatched_and_have_no_class() -> None:
    classes = _bytes(_map(_reading())["classes"]["late"])
    assert classes[3] == FEW  # 10 of 19 late is 53 %, and still says little
    assert classes[2] == 6  # 30 of 100


def test_the_class_is_that_of_the_printed_share_whatever_the_shrunken_one_is() -> None:
    reading = _reading()
    assert _bytes(_map(reading)["classes"]["late"])[:2] == [5, 1]  # 20.0 and 5.0
    reading.frame.loc[[0, 1], "shrunk"] = [1.0, 99.0]
    assert _bytes(_map(reading)["classes"]["late"])[:2] == [5, 1]
    reading.frame.loc[[0, 1], "late_share"] = [21.96, np.nan]
    payload = _map(reading)
    assert (payload["plates"][0]["values"]["late"], _bytes(payload["classes"]["late"])[:2]) == ("22.0%", [6, 0])
    reading.frame.loc[0, "late_share"] = 12.25
    assert _map(reading)["plates"][0]["values"]["late"] == "12.3%", "as the browser rounds"


def test_a_signal_that_chance_could_make_is_marked_and_its_plate_is_no_warning() -> None:
    reading = _reading()
    reading.frame.loc[[0, 2], "excess"] = 0.0
    payload = _map(reading)
    assert _bytes(payload["classes"]["late"])[:3] == [5 + CHANCE, 1, 6 + CHANCE]
    assert payload["plates"][0]["watch"] == []
    assert _map(_reading())["plates"][0]["watch"] == ["late"]


def test_counts_and_rates_are_blue_whatever_they_are() -> None:
    scale = pd.DataFrame(
        [(m, v, k, b) for m in ("count", "rate") for v in (1, 2) for k, b in enumerate((10.0, 20.0, 50.0, 100.0), 1)],
        columns=["measure", "level", "place", "least"],
    )
    payload = _map(_reading(map_scale=scale))
    signals = {NIGHT[k] for k in ("map-5", "map-6", "watch", "act")}
    assert _bytes(payload["classes"]["count"]) == [5, 5, 5, 5, 5]
    assert _bytes(payload["classes"]["rate"]) == [5, 4, 5, 0, 4]
    for measure in payload["measures"][1:]:
        assert measure["top"] == {"1": 5, "2": 5}
        for rows in measure["legend"].values():
            assert not signals & {r["color"] for r in rows}
    assert not signals & set(RAMPS["count"] + RAMPS["rate"])


def test_one_table_of_breaks_holds_on_every_scope_and_a_city_without_one_has_the_usual() -> None:
    scale = pd.DataFrame(
        [("late", 0, k, b) for k, b in enumerate((42.0, 53.0, 61.0), 1)], columns=["measure", "level", "place", "least"]
    )
    for scope in ("", "A"):
        late = _map(_reading(scope, map_scale=scale))["measures"][0]
        assert [r["label"] for r in late["legend"]["1"]] == ["≥ 61", "53–61", "42–53", "< 42", "样本少"]
        assert late["legend"]["1"] == late["legend"]["2"]
    assert scale_of(None, (1, 2)) == {
        ("late", 1): LATE_BREAKS,
        ("late", 2): LATE_BREAKS,
        **{(m, v): () for m in ("count", "rate") for v in (1, 2)},
    }
    unknown = scale.assign(least=np.nan)
    assert scale_of(unknown, (1,))["late", 1] == LATE_BREAKS


def test_legend_names_every_class_from_the_top_with_the_small_sample_last() -> None:
    rows = legend_of("late", LATE_BREAKS, "zh")
    assert [r["label"] for r in rows] == ["≥ 22", "16–22", "12–16", "9–12", "6–9", "< 6", "未超出偶然", "未超出偶然", "样本少"]
    assert [r["code"] for r in rows] == [6, 5, 4, 3, 2, 1, 6 + CHANCE, 5 + CHANCE, FEW]
    assert [r["label"] for r in legend_of("rate", (0.5, 10.0), "zh")] == ["≥ 10", "0.5–10", "< 0.5", "无数据"]


def test_plates_show_the_raw_share_of_the_towns_and_their_badge() -> None:
    exceptions = pd.DataFrame(
        {"rank": [1, 2], "kind": ["stage", "area"], "code": ["inspect", "A1"], "severity": ["act", "watch"]}
    )
    plates = _map(_reading(exceptions=exceptions))["plates"]
    assert [(p["name"], p["values"]["late"], p["values"]["count"], p["watch"]) for p in plates] == [
        ("甲镇", "20.0%", "210", ["late"]),
        ("乙镇", "5.0%", "120", []),
    ]
    assert plates[0]["badges"] == [{"mark": "2", "severity": "watch", "late": True}]  # the village's exception stands at its town
    assert plates[1]["badges"] == []
    assert [p["worst"] for p in plates] == [{"late": 1, "count": 1, "rate": 1}, {"late": 2, "count": 2, "rate": 2}]


def test_a_surge_is_no_lateness_and_a_places_own_exception_stands_at_itself() -> None:
    exceptions = pd.DataFrame(
        {"rank": [1, 2], "kind": ["here", "category"], "code": ["A", "litter"], "area": ["", "A"], "severity": ["act", "watch"]}
    )
    own = _map(_reading("A", exceptions=exceptions))["own"]
    assert (own["name"], own["values"]["late"]) == ("甲镇", "20.0%")
    assert own["badges"] == [{"mark": "1", "severity": "act", "late": True}, {"mark": "2", "severity": "watch", "late": False}]
    assert _map(_reading())["own"] is None


def test_a_towns_wall_has_plates_of_its_villages_without_the_towns_name() -> None:
    payload = _map(_reading("A"))
    assert payload["scope"] == {"level": 1, "idx": 0, "code": "A", "name": "甲镇"}
    assert [(p["name"], p["values"]["late"]) for p in payload["plates"]] == [("东村", "30.0%"), ("西村", "样本少")]
    assert payload["plates"][1]["values"]["rate"] == "–"  # population unknown
    assert [p["few"] for p in payload["plates"]] == [False, True]
    assert payload["plates"][1]["worst"]["late"] == 0, "a share of few is among no worst"


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
