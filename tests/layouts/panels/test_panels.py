"""Each panel draws full, empty and hole-ridden readings; never "nan", the same bytes for the same reading, no person."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from data.text import Lang
from layouts.charts.template import coloured
from layouts.html.markup import to_html
from layouts.panels import PANELS
from tests.wall_frames import as_json, city, frames
from tests.wall_harness import reading

pytestmark = pytest.mark.slow

DRAWN = sorted(set(PANELS) - {"grid_heat"})
KEYS = {
    "kpi",
    "stage",
    "measure",
    "department",
    "hour",
    "channel",
    "category",
    "partial",
    "masked",
    "silent",
    "case_number",
    "area",
    "kind",
    "code",
    "severity",
    "rank",
    "owner",
    "network",
    "history",
}


def _draw(panel: str, lang: Lang, given: dict[str, pd.DataFrame] | None = None) -> str:
    drawn = PANELS[panel].figure(reading(panel, given), city(), lang)
    if not isinstance(drawn, dict):
        assert to_html(drawn), "what a panel draws can become markup"
    return as_json(drawn)


def _holes() -> dict[str, pd.DataFrame]:
    """Every number unknown, every history full of gaps."""
    out = {}
    for name, frame in frames().items():
        frame = frame.copy()
        for column in frame.columns:
            if column == "history":
                frame[column] = [[math.nan, None, math.inf] for _ in range(len(frame))]
            elif column not in KEYS:
                frame[column] = np.nan
        out[name] = frame
    return out


def _texts(node: Any) -> list[str]:
    """Every word that a reader sees, in the order of the page."""
    if isinstance(node, str):
        return [node]
    if isinstance(node, list):
        return [t for n in node for t in _texts(n)]
    if isinstance(node, dict):
        return _texts(node.get("props", {}).get("children"))
    return []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("panel", DRAWN)
def test_a_panel_never_prints_nan_none_or_inf(panel: str, lang: Lang) -> None:
    empty = {name: frame.iloc[:0] for name, frame in frames().items()}
    for given in (frames(), empty, _holes()):
        drawn = _draw(panel, lang, given)
        assert not re.search(r"\b(nan|none|inf)\b", " ".join(_texts(json.loads(drawn))), re.I)
        assert not re.search(r"(?i)nan%|nanpx|: ?NaN|Infinity|\bnan\b", drawn)


@pytest.mark.parametrize("panel", DRAWN)
def test_the_same_reading_gives_the_same_bytes(panel: str) -> None:
    assert _draw(panel, "zh") == _draw(panel, "zh")
    assert _draw(panel, "zh") != _draw(panel, "en") or panel == "hourly_trend"


@pytest.mark.parametrize("panel", sorted(set(DRAWN) - {"hourly_trend"}))
def test_an_empty_panel_says_so_in_words(panel: str) -> None:
    empty = {name: frame.iloc[:0] for name, frame in frames().items()}
    assert "".join(_texts(json.loads(_draw(panel, "zh", empty)))) != ""


def _said(panel: str, given: dict[str, pd.DataFrame] | None = None, lang: Lang = "zh") -> list[str]:
    return _texts(json.loads(_draw(panel, lang, given)))


def test_the_books_of_a_stage_are_printed_and_a_gap_is_not_hidden() -> None:
    assert "108+131−93=146" in _said("stage_backlog")
    given = frames()
    given["stage_backlog"].loc[6, "closing"] = 140
    assert "108+131−93≠140" in _said("stage_backlog", given)


def test_verification_stage_carries_the_badge_of_its_exception() -> None:
    said = _said("stage_backlog")
    at = said.index("核查")
    assert said[at + 1] == "1"


def test_open_total_leaves_out_the_stage_after_closure() -> None:
    assert "在办 995" in _said("stage_backlog")  # 1203 with the 208 of 回访


def test_many_stages_become_the_busiest_and_a_count_of_the_rest() -> None:
    given = frames()
    many = pd.concat([given["stage_backlog"].iloc[[1]]] * 27, ignore_index=True)
    many["stage"] = [f"T{i:02}" for i in range(27)]
    many["open"] = range(27)
    given["stage_backlog"] = many
    said = _said("stage_backlog", given)
    assert "T26" in said
    assert "T08" not in said
    assert "另 9 个环节，存量共 36" in said  # 0 + 1 + ... + 8


def test_department_with_too_few_cases_stands_outside_the_ranking() -> None:
    said = _said("department_response")
    assert "文化和旅游局 14：样本不足 20 件，不排名" in said
    assert "文化和旅游局" not in said
    assert said.index("市场监管局") < said.index("生态环境分局")


@pytest.mark.parametrize(("divide", "unit"), [(1, "工作时"), (60, "分"), (3600, "秒")])
def test_the_unit_of_response_times_follows_them(divide: int, unit: str) -> None:
    given = frames()
    held = given["department_response"]
    times = ["median_min", "low_min", "high_min"]
    given["department_response"] = held.assign(**{c: held[c] / divide for c in times})
    foot = _said("department_response", given)
    whole = next(w for w in foot if w.startswith("全市 "))
    assert whole.split(" ")[2] == unit
    assert not any("{" in w for w in foot)


def test_a_case_on_the_wall_leads_to_the_workbench() -> None:
    given = frames()
    number = str(given["oldest_overdue"]["case_number"].iloc[0])
    drawn = to_html(PANELS["oldest_overdue"].figure(reading("oldest_overdue", given), city(), "zh"))
    assert f'role="link" tabindex="0" data-case="{number}">{number}</span>' in drawn


def test_the_sensitive_sum_has_its_place_however_many_categories_there_are() -> None:
    given = frames()
    rows = [given["category_top"].iloc[0].to_dict() | {"category": f"c{i}"} for i in range(9)]
    given["category_top"] = pd.DataFrame([*rows, given["category_top"].iloc[-1].to_dict()])
    said = _texts(json.loads(as_json(PANELS["category_top"].figure(reading("category_top", given), city(), "zh"))))
    assert [w for w in said if w.startswith("c")] == [f"c{i}" for i in range(5)]
    assert "敏感类上周" in said


def test_a_category_that_is_not_known_has_a_name_and_no_row_of_nothing() -> None:
    given = frames()
    row = given["category_top"].iloc[0].to_dict() | {"category": "?"}
    given["category_top"] = pd.DataFrame([row | {"n": 3.0}])
    assert "类别不明" in _said("category_top", given)
    given["category_top"] = pd.DataFrame([given["category_top"].iloc[0].to_dict() | {"category": "litter"}, row | {"n": 0.0}])
    assert "类别不明" not in _said("category_top", given)


def test_masked_sensitive_row_shows_no_number() -> None:
    given = frames()
    given["category_top"] = given["category_top"].iloc[[0, -1]]
    said = _said("category_top", given)
    assert said[said.index("敏感类上周") + 1] == "<5"


def test_a_withheld_town_is_not_said_to_have_under_five() -> None:
    """It may have more, and be withheld for another town's sake."""
    given = frames()
    given["category_top"] = given["category_top"].iloc[[0, -1]]
    town = replace(reading("category_top", given), scope="370881001")
    said = _texts(json.loads(as_json(PANELS["category_top"].figure(town, city(), "zh"))))
    assert said[said.index("敏感类上周") + 1] == "<5 或隐去"


def test_a_silent_channel_is_marked_in_words_and_carries_its_instant() -> None:
    drawn = _draw("feeds", "zh")
    assert drawn.count('"迟到"') == 1
    assert drawn.count("data-since-ms") == 9


def test_no_category_of_a_case_stands_in_the_overdue_list() -> None:
    assert "暴露垃圾" not in _said("oldest_overdue")
    assert "超 20 天" in _said("oldest_overdue")


def test_the_line_ends_at_the_last_full_hour_and_the_running_one_is_a_stub_on_its_own_usual() -> None:
    given = reading("hourly_trend")
    chart = go.Figure(coloured(PANELS["hourly_trend"].figure(given, city(), "zh")["chart"], "night"))
    solid = next(t for t in chart.data if t.line.width == 2.6)
    assert list(solid.x) == list(range(10))
    assert solid.line.dash is None
    # 35 so far, where 37 (22 to 53) had come by this minute on other Mondays
    usual, middle, stub = chart.data[-3:]
    assert (min(usual.x), max(usual.x), min(usual.y), max(usual.y)) == (9.54, 10.46, 22.0, 53.0)
    assert list(middle.y) == [37.0, 37.0]
    assert (min(stub.x), max(stub.x), min(stub.y), max(stub.y)) == (9.76, 10.24, 0, 35.0)
    assert [a.text for a in chart.layout.annotations] == ["至此 35 · 往常 37"]
    bare = replace(given, frame=given.frame.assign(so_far=float("nan"), so_far_low=float("nan"), so_far_high=float("nan")))
    alone = go.Figure(coloured(PANELS["hourly_trend"].figure(bare, city(), "en")["chart"], "night"))
    assert max(alone.data[-1].y) == 35.0
    assert [a.text for a in alone.layout.annotations] == ["so far 35"]


def test_every_hour_lies_inside_the_axis() -> None:
    given = reading("hourly_trend")
    frame = given.frame.copy()
    frame.loc[frame["hour"] == 10, "so_far_high"] = 900.0
    chart = PANELS["hourly_trend"].figure(replace(given, frame=frame), city(), "zh")["chart"]
    assert chart["layout"]["yaxis"]["range"][1] >= 900


def test_deadlines_are_printed_with_their_denominator() -> None:
    assert "1,100 ÷ 1,191" in _said("throughput")


def test_a_town_says_where_nothing_came_and_a_city_shows_its_bar() -> None:
    town = replace(reading("channel_mix"), scope="370881108")
    town.frame.loc[1, ["n", "silent"]] = [0, False]
    rows = to_html(PANELS["channel_mix"].figure(town, city(), "zh")).split("bars-row")[1:]
    assert ["本镇暂无来件" in row for row in rows].count(True) == int((town.frame["n"] == 0).sum())
    assert "本镇暂无来件" in rows[1]
    whole = replace(town, scope="")
    assert "暂无来件" not in to_html(PANELS["channel_mix"].figure(whole, city(), "zh"))
    none = replace(town, frame=town.frame.assign(n=0))
    assert "今日尚无本地来件" in to_html(PANELS["channel_mix"].figure(none, city(), "zh"))


def test_the_feeds_of_a_town_are_said_to_be_the_citys() -> None:
    feeds = reading("feeds")
    assert "全市来报" not in to_html(PANELS["feeds"].figure(feeds, city(), "zh"))
    assert "全市来报" in to_html(PANELS["feeds"].figure(replace(feeds, scope="370881108"), city(), "zh"))
