"""The panels of queues and ways: their drills of hand-made cases, who sees single cases, and their drawings in both languages."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from data.access.roles import DEMO_RIGHTS
from data.access.viewer import Viewer
from data.drill.choice import choose
from data.drill.view import DRILLS, view
from data.text import Lang
from layouts.analyst import tables
from layouts.analyst.context import RenderContext
from layouts.analyst.drawings import DRAWINGS
from tests.city_builder import CLOSE, COURT, DISPATCH, HANDLE, HEARING, WEST, LittleCity, when
from tests.data.metrics.test_breaches import handled, waits
from tests.layouts.analyst.test_charts import written

pytestmark = pytest.mark.slow

NOW = "2026-11-23 10:00"  # a Monday
MINE = ("transitions", "variants", "handovers", "queues", "breaches", "stage_times")


def desk(*without: str) -> Viewer:
    return Viewer("desk", rights=(DEMO_RIGHTS - set(without)), user="a", role="analyst")


@pytest.fixture(scope="module")
def city() -> LittleCity:
    little, day = handled(), "2026-11-20"
    waits(little, "10:30")
    waits(little, "11:00", l1=WEST, department=COURT)
    waits(little, "11:00", channel=1)
    moved = little.event(f"{day} 09:00", closed=f"{day} 11:00")
    little.visit(moved, DISPATCH, f"{day} 09:00", f"{day} 09:10", next_stage=HANDLE, department=HEARING)
    little.visit(moved, HANDLE, f"{day} 09:10", f"{day} 09:30", next_stage=DISPATCH, department=COURT)
    little.visit(moved, DISPATCH, f"{day} 09:30", f"{day} 09:40", next_stage=CLOSE, rework=1, department=COURT)
    little.visit(moved, CLOSE, f"{day} 09:40", f"{day} 11:00", exit=2, department=COURT)
    return little


def frames(city: LittleCity, words: dict[str, str] | None = None, viewer: Viewer | None = None) -> dict[str, pd.DataFrame]:
    return view(city.facts, choose(viewer or desk(), city.city, words or {}, when(NOW)), MINE).frames


def test_cases_are_listed_for_who_may_see_cases_the_likeliest_first(city: LittleCity) -> None:
    cases = frames(city)["breaches"].query("kind == 'case'")
    # the number of each event is its place: 21, 22 and 23 wait; 21 cannot be done, of the other two the same is known
    assert cases["named"].tolist() == ["case:C21", "case:C22", "case:C23"]
    assert cases["chance"].tolist()[0] == 1.0
    assert cases["left_min"].tolist() == [30, 60, 60]


def test_a_leader_sees_sums_and_no_single_case(city: LittleCity) -> None:
    frame = frames(city, None, desk("cases"))["breaches"]
    assert "case" not in set(frame["kind"])
    assert frame["n"].iloc[0] == 3


def test_restricted_channels_are_counted_and_not_listed() -> None:
    named: dict[str, Any] = {"zh": "渠道", "en": "channel"}
    little = LittleCity(channels=[{"code": "phone", "name": named}, {"code": "letters", "name": named, "restricted": True}])
    waits(little, "10:30")
    waits(little, "10:30", channel=1)
    frame = view(little.facts, choose(desk(), little.city, {}, when(NOW)), ("breaches",)).frames["breaches"]
    assert frame["n"].iloc[0] == 2
    assert frame.query("kind == 'case'")["named"].tolist() == ["case:C1"]


def test_a_queue_is_not_cut_by_the_window_and_filters_choose_its_cases(city: LittleCity) -> None:
    month, today = frames(city)["queues"], frames(city, {"win": "today"})["queues"]
    assert month["wip"].iloc[0] == today["wip"].iloc[0] == 3
    assert month["came"].iloc[0] == today["came"].iloc[0] == 24
    west = frames(city, {"area": "west"})["queues"]
    assert (west["wip"].iloc[0], west["came"].iloc[0]) == (1, 1)


def test_ways_are_of_the_window(city: LittleCity) -> None:
    own = frames(city, {"from": "2026-11-23", "to": "2026-11-23"})
    assert own["variants"]["n"].sum() == 0
    assert own["transitions"].query("kind == 'stage'")["n"].sum() == 3
    assert own["handovers"]["n"].tolist() == [0]
    month = frames(city)
    assert month["variants"]["n"].sum() == 21
    assert month["handovers"]["n"].tolist() == [1, 1]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", MINE)
def test_drawings_and_tables_are_well_formed_and_say_no_number_that_is_none(city: LittleCity, name: str, lang: Lang) -> None:
    choice = choose(desk(), city.city, {}, when(NOW))
    frame, context = frames(city)[name], RenderContext(city.city, choice.filters, lang)
    drawn = DRAWINGS[name].draw(frame, context)
    if isinstance(drawn, str):
        ElementTree.fromstring(drawn)
    said = written(drawn) + tables.html(DRILLS[name], frame, context) + DRAWINGS[name].basis(frame, context)
    assert not [w for w in (">nan", ">None", ">inf", "nan%") if w in said]
    assert list(frame.columns) == [f.name for f in DRILLS[name].fields]


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("variants", ("只计已结束的案件", "工作时间")),
        ("stage_times", ("按截尾计入", "工作时")),
        ("queues", ("工时龄按工作时间", "平衡")),
    ],
)
def test_a_drawing_says_whom_its_figures_are_of_and_on_which_clock(city: LittleCity, name: str, rules: tuple[str, ...]) -> None:
    drawn = DRAWINGS[name].draw(
        frames(city)[name], RenderContext(city.city, choose(desk(), city.city, {}, when(NOW)).filters, "zh")
    )
    assert all(r in drawn for r in rules)


def test_a_queue_within_its_noise_is_in_balance_and_has_no_day(city: LittleCity) -> None:
    frame, context = frames(city)["queues"], RenderContext(city.city, choose(desk(), city.city, {}, when(NOW)).filters, "zh")
    even = frame.assign(clear_code="even", steady=1)
    assert ">平衡<" in DRAWINGS["queues"].draw(even, context)
    assert "平衡" in tables.html(DRILLS["queues"], even, context)
    assert "持续增长" not in DRAWINGS["queues"].draw(even, context)


def test_tables_name_codes_with_their_kind(city: LittleCity) -> None:
    choice = choose(desk(), city.city, {}, when(NOW))
    context, found = RenderContext(city.city, choice.filters, "zh"), frames(city)
    rows = tables.cells(DRILLS["transitions"], found["transitions"], context)
    assert {r[2] for r in rows} >= {"", "close", "已结案", "在办"}
    assert tables.cells(DRILLS["variants"], found["variants"], context)[0][1] in ("handle → close", "handle")
    assert [r[1] for r in tables.cells(DRILLS["breaches"], found["breaches"], context)][:2] == ["全部", "handle"]


def test_a_city_without_cases_has_empty_answers_and_no_fault() -> None:
    little = LittleCity()
    found = frames(little)
    assert (len(found["variants"]), len(found["transitions"])) == (0, 0)
    assert found["queues"]["wip"].sum() == found["stage_times"]["n"].sum() == found["breaches"]["n"].sum() == 0
