"""What the wall says, worked by hand: numbers, durations, the headline and the exceptions."""

from __future__ import annotations

import math
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from layouts.text import formats
from layouts.text.sentences import against_usual, headline, tell
from tests.wall_frames import city, frames

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (8311, 0, "8,311"),
        (88.25, 1, "88.3"),
        (-3, 0, "−3"),
        (-0.04, 1, "0.0"),
        (2.5, 0, "3"),
        (NAN, 0, "–"),
        (None, 0, "–"),
        (math.inf, 1, "–"),
        ("", 0, "–"),
    ],
)
def test_a_number_is_said_as_one_writes_it_and_an_unknown_one_is_a_dash(value: object, digits: int, said: str) -> None:
    assert formats.decimal(value, digits) == said


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [
        (14 / 60, "14分", "14 min"),
        (1 + 52 / 60, "1时52分", "1 h 52"),
        (5.1, "5时06分", "5 h 06"),
        (145, "6天1时", "6 d 1 h"),
        (48, "2天", "2 d"),
        (40 * 24 + 5, "40天", "40 d"),
        (0, "0分", "0 min"),
        (NAN, "–", "–"),
    ],
)
def test_a_duration_keeps_the_two_units_that_matter(hours: float, zh: str, en: str) -> None:
    assert (formats.duration(hours, "zh"), formats.duration(hours, "en")) == (zh, en)


def test_days_overdue_are_whole_from_ten_on_and_hours_below_a_tenth() -> None:
    assert [formats.days(d, "zh") for d in (20.9, 6.24, 0.05)] == ["20 天", "6.2 天", "1时12分"]


def test_the_usual_is_said_with_its_reach_or_that_there_is_none() -> None:
    assert formats.usual(133, 115, 151, "zh") == "往常 133（115–151）"
    assert formats.usual(133, 115, 151, "en") == "usual 133 (115–151)"
    assert formats.usual(NAN, 1, 2, "zh") == "往常尚无可比"
    assert formats.span(4, 4) == "4"


def test_the_date_is_that_of_the_citys_zone() -> None:
    # 2026-11-22 20:00 UTC is Monday morning in China
    assert formats.date_line(1_795_377_600_000, ZoneInfo("Asia/Shanghai"), "zh") == "2026-11-23 周一"


@pytest.mark.parametrize(
    ("now", "usual", "side", "zh"),
    [
        (158, 133, 1, "比往常此时多两成"),  # 158 / 133 = 1.188
        (60, 100, -1, "比往常此时少四成"),
        (103, 100, 1, "略多于往常此时"),
        (240, 100, 1, "是往常此时的 2.4 倍"),
        (3, 100, -1, "不到往常此时的一成"),
        (100, 98, 0, "与往常此时相当"),
        (5, 0, 1, "有 5 件，往常此时没有"),
        (5, NAN, NAN, "尚无往常可比"),
        (196, 100, 1, "是往常此时的 2.0 倍"),
        (194, 100, 1, "比往常此时多九成"),
    ],
)
def test_a_flow_is_compared_with_its_usual_in_tenths(now: float, usual: float, side: float, zh: str) -> None:
    assert against_usual(now, usual, side, "zh") == zh


def _said(frame: pd.DataFrame, told: list[Any], lang: str) -> str:
    return "".join(words for clause in headline(frame, told, lang) for words, _ in clause)  # type: ignore[arg-type]


def test_the_headline_names_the_one_thing_to_move_and_underlines_it() -> None:
    given = frames()
    told = tell(given["exceptions"], given, city(), "zh")
    assert _said(given["headline"], told, "zh") == "上报比往常此时多两成，结案跟得上；核查积压是今天最该动的一处。"
    assert [w for clause in headline(given["headline"], told, "zh") for w, marked in clause if marked] == ["核查积压"]
    english = _said(given["headline"], tell(given["exceptions"], given, city(), "en"), "en")
    assert english == ("Reports are 20% above the usual, closures keep up; the backlog at Inspect needs action first today.")


def test_a_quiet_day_says_that_nothing_stands_out() -> None:
    frame = frames()["headline"].assign(verdict=0)
    assert _said(frame, [], "zh") == "上报与往常此时相当，结案如常；各处都在往常之内。"


@pytest.mark.parametrize(
    ("verdicts", "zh", "en"),
    [
        ({"reported": -1}, "没有需要处置的异常。", "nothing needs action."),
        ({"reported": -1, "overdue": 1}, "超期未结高于往常。", "overdue cases are above the usual."),
        ({"on_time": -1, "open": 1}, "按期结案率低于往常。", "closing on time is below the usual."),
        ({"overdue": -1}, "没有需要处置的异常。", "nothing needs action."),
    ],
)
def test_without_an_exception_the_sentence_never_calls_usual_what_a_figure_beside_it_does_not(
    verdicts: dict[str, int], zh: str, en: str
) -> None:
    frame = frames()["headline"]
    frame = frame.assign(verdict=[verdicts.get(kpi, 0) for kpi in frame["kpi"]])
    assert _said(frame, [], "zh").endswith(zh)
    assert _said(frame, [], "en").endswith(en)


def test_a_late_towns_own_wall_holds_it_against_the_city() -> None:
    given = frames()
    given["exceptions"] = given["exceptions"].iloc[2:].assign(kind="here", code="370881108")
    (told,) = tell(given["exceptions"], given, city(), "zh", "370881108")
    assert (told.title, told.owner) == ("王庄镇超期占比 21.0%，全市 11.7%", "王庄镇")
    assert told.text == "近 30 天应结 700、超期 147；按其案件构成应有 12.4%，控制限 15.2%。"


@pytest.mark.parametrize(
    ("reports", "closures", "stock", "closed", "said"),
    [
        (1, 0, 0, 84, "结案跟得上；"),
        (1, 0, 1, 84, "结案如常；"),  # more came in, and the open stock is above its usual
        (0, -1, 0, 84, "结案没有跟上；"),
        (-1, -1, 0, 170, "结案少于往常；"),  # fewer than usual, yet more than were reported
        (1, 1, 0, 84, "结案也多于往常；"),
        (-1, 1, 0, 84, "结案多于往常；"),
    ],
)
def test_the_headline_says_of_closures_only_what_the_day_bears_out(
    reports: int, closures: int, stock: int, closed: int, said: str
) -> None:
    frame = frames()["headline"].assign(verdict=[reports, closures, stock, 0, 0])  # 158 were reported
    frame.loc[1, "value"] = closed
    assert headline(frame, [], "zh")[1] == [(said, False)]


def test_too_few_cases_are_neither_as_usual_nor_without_a_usual() -> None:
    frame = frames()["headline"].assign(verdict=NAN)
    assert _said(frame, [], "zh") == "上报件数尚少，不判多寡，今日结案 84 件；没有需要处置的异常。"
    assert _said(frame, [], "en") == "Reports are too few to be judged, 84 closed so far; nothing needs action."


def test_without_a_usual_the_headline_claims_nothing_about_it() -> None:
    frame = frames()["headline"].assign(usual=NAN, usual_low=NAN, usual_high=NAN, verdict=NAN)
    assert _said(frame, [], "zh") == "上报尚无往常可比，今日结案 84 件；异常尚无从判断。"
    assert _said(frame, [], "en") == (
        "Reports have no usual to compare with yet, 84 closed so far; what stands out cannot be told yet."
    )


def test_an_exception_gives_title_facts_owner_and_state() -> None:
    given = frames()
    stage, category, area = tell(given["exceptions"], given, city(), "zh")
    assert stage.title == "核查积压 146 件，往常约 97"
    assert stage.text == "今日进 131、出 93，按现速不会清空；其中 37 件超期，最老 6天1时。"
    assert (stage.severity, stage.owner, stage.state) == ("act", "未定责任部门", "待认领")
    assert category.title == "供热诉求 31 件，往常此时 13"
    assert category.text == "其中 22 件在书院街道；近 7 天超期占比 18.2%。"
    assert category.owner == "住建局"
    assert area.title == "王庄镇超期占比 21.0%，全市 11.7%"
    assert area.owner == "王庄镇"


def test_a_department_is_compared_by_its_median_and_a_channel_by_when_it_was_heard() -> None:
    given = frames()
    row = {"low": NAN, "high": NAN, "area": "", "since_ms": NAN, "severity": "watch"}
    given["exceptions"] = pd.DataFrame(
        [
            row
            | {
                "rank": 1,
                "kind": "department",
                "code": "ecology",
                "observed": 1800.0,
                "usual": 540.0,
                "owner": "ecology",
                "p90_min": 1458.0,
                "n": 402.0,
                "waiting": 30.0,
            },
            row | {"rank": 2, "kind": "channel", "code": "online", "observed": 0.3, "usual": 1.0, "owner": "", "n": 9.0},
        ]
    )
    department, channel = tell(given["exceptions"], given, city(), "zh")
    assert department.text == "办结中位 30.0 工作时（20.5–28.8），全市 9.0 工作时；九成在 24.3 工作时内；在办 30 件。"
    assert channel.text == "最近一件在 10:24；今日 9 件，往常此时 12；数未齐，相关合计偏低。"
