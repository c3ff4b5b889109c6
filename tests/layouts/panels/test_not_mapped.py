"""Every screen, and ``read`` and ``check``, say what is not mapped, and name the window that was used."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from dashboard.api import reading
from dashboard.commands.read import as_text
from data.access.viewer import Viewer
from data.check import examine
from data.city.city import City
from data.city.limits import parse_limit
from data.drill.view import DRILLS
from data.kiosk.queues import Chip, Queues
from data.metrics import METRICS
from data.source.reader import Source
from layouts.html.markup import to_html
from layouts.kiosk import queue
from layouts.panels import PANELS
from layouts.panels.panel import Reading
from layouts.text.formats import window
from layouts.wall.wall import frame
from tests.sync_harness import NOW, Platform, at_ms
from tests.unmapped_platform import loaded, town, without, written


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return written(tmp_path_factory.mktemp("platform"))


# -------------------------------------------------------------------- every surface
@pytest.mark.slow
def test_an_area_has_no_share_late_where_nothing_is_due(platform: Platform) -> None:
    there = loaded(platform, "event.due_at")
    heat = there.frame("grid_heat")
    assert heat["n"].tolist() == [48, 24, 24, 48, 0]
    assert heat[["need", "late", "late_share"]].isna().all(axis=None)
    page = there.page()
    assert all("未接入：due_at" in page[p] for p in ("grid_heat", "stage_backlog", "kpi_row", "throughput", "oldest_overdue"))
    drawn = json.loads(page["grid_heat"])[1]
    assert [m["id"] for m in drawn["measures"]] == ["count", "rate"]
    assert drawn["words"]["none"] == "未接入：due_at"
    assert "not mapped: due_at" in there.page("en")["kpi_row"]
    assert "未接入：due_at" in there.desk("areas")["areas"]
    there.facts.close()


@pytest.mark.slow
def test_read_says_null_and_what_is_not_mapped(platform: Platform) -> None:
    there = loaded(platform, "event.due_at", "event.first_contact_at")
    one = reading("response_rate", there.facts, Viewer(), there.city, NOW, "")
    assert one["not_mapped"] == ["event.first_contact_at"]
    assert one["rows"] == [
        {
            "indicator": "response_rate",
            "value": None,
            "numerator": None,
            "denominator": None,
            "excluded": None,
            "low": None,
            "high": None,
        }
    ]
    five = reading("headline", there.facts, Viewer(), there.city, NOW, "")
    rows = {r["kpi"]: r for r in five["rows"]}
    assert (rows["on_time"]["value"], rows["on_time"]["not_mapped"]) == (None, ["event.due_at or limit.category"])
    assert (rows["reported"]["value"], "not_mapped" in rows["reported"]) == (0, False)
    text = as_text(five, there.city.profile.zone, "en").splitlines()
    assert text[-2:] == [f"not mapped: event.due_at or limit.category ({k})" for k in ("overdue", "on_time")]
    heat = reading("grid_heat", there.facts, Viewer(), there.city, NOW, "")
    assert [c["name"] for c in heat["columns"] if "not_mapped" in c] == [
        "need",
        "late",
        "late_share",
        "shrunk",
        "few",
        "expected",
        "excess",
        "limit",
    ]
    there.facts.close()


@pytest.mark.slow
def test_the_kiosk_counts_nothing_as_overdue_where_nothing_is_due(platform: Platform) -> None:
    there = loaded(platform, "event.due_at").city
    empty = Queues({"soon": 0, "today": 0, "overdue": 0, "returned": 2}, (Chip("", 8, 0),), (), (), {"soon": ()})
    shown = to_html(queue.tabs(empty, "soon", there, "zh"))
    assert shown.count("<b>–</b>") == 3
    assert "<b>2</b>" in shown
    listed = to_html(queue.rows(empty, "soon", frozenset(), {}, there, "zh", False, "", 0, 40))
    assert "未接入：due_at" in listed
    assert "0 件，已核" not in listed


def test_check_lists_what_a_mapping_feeds_and_what_not_and_why(platform: Platform) -> None:
    report = examine(Source.open(platform.url, without("event.satisfaction", "event.duplicate_of")), town(), NOW)
    found = {f.id: f for f in report.findings}
    assert found["feeds"].count == len(METRICS) - 4, "the table of all indicators is not one of them"
    assert {v.value: v.near.en for v in found["feeds_not"].values} == {
        "department_score (duplicates, coverage, satisfied, valid)": "lacks event.duplicate_of, event.satisfaction",
        "satisfaction_rate": "lacks event.satisfaction",
        "callback_coverage": "lacks event.satisfaction",
    }
    assert found["feeds_not"].verdict == "look"
    assert "feeds_empty" not in found


# -------------------------------------------------------------------- the window that was used
def test_labels_say_the_window_that_was_used() -> None:
    usual = City(town())
    ended = City(town(), ended=True)
    long = parse_limit("36500 days")
    everything = City(town().model_copy(update={"windows": {"stage_backlog": long, "category_top": long}}))
    assert [window(c, "stage_backlog")("en") for c in (usual, ended, everything)] == [
        "last 7 days",
        "last 7 days of the log",
        "whole log",
    ]
    for there, words in (
        (usual, ("近 7 日队列", "近 7 天")),
        (ended, ("记录末 7 日队列", "记录末 7 天")),
        (everything, ("全部记录队列", "全部记录")),
    ):
        head = str(frame(PANELS["stage_backlog"], "zh", there).to_plotly_json())
        drawn = to_html(PANELS["stage_backlog"].figure(stages(), there, "zh"))
        assert words[0] in drawn
        assert f"上：{words[1]}上报队列" in head
        assert f"{words[1]}上报的事件中" in head, "the definition names the same window"
        assert ("近 7" in head + drawn) == (there is usual)
    assert "{window}" not in "".join(
        str(frame(p, lang, c).to_plotly_json())
        for p in PANELS.values()
        for lang in ("zh", "en")
        for c in (usual, ended, everything)
    )


def test_the_workbench_says_no_window_but_the_chosen_one() -> None:
    for name in (
        "indicators",
        "moats",
        "department_score",
        "stage_times",
        "transitions",
        "variants",
        "handovers",
        "hotspots",
        "feeds",
    ):
        assert not re.search(r"近\s?\d+\s?天", DRILLS[name].definition.zh), name
        assert not re.search(r"last \d+ days", DRILLS[name].definition.en), name


def stages() -> Reading:
    columns = {c.name: 1.0 for c in METRICS["stage_backlog"].columns}
    return Reading(pd.DataFrame([{**columns, "stage": "report"}, {**columns, "stage": "handle"}]), {}, at_ms(NOW), "")
