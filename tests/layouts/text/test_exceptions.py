"""What each exception says, worked by hand."""

from __future__ import annotations

import math

import pandas as pd

from layouts.text.exceptions import tell
from tests.wall_frames import city, frames

NAN = math.nan


def test_an_exception_gives_title_facts_owner_and_state() -> None:
    given = frames()
    stage, category, area = tell(given["exceptions"], given, city(), "zh")
    assert stage.title == "核查积压 146 件，往常约 97"
    assert stage.text == "今日进 131、出 93，按现速不会清空；其中 37 件超期，最老 6天1时。"
    assert (stage.severity, stage.owner, stage.state) == ("act", "核查班长", "待认领")
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


def test_a_late_towns_own_wall_holds_it_against_the_city() -> None:
    given = frames()
    given["exceptions"] = given["exceptions"].iloc[2:].assign(kind="here", code="370881108")
    (told,) = tell(given["exceptions"], given, city(), "zh", "370881108")
    assert (told.title, told.owner) == ("王庄镇超期占比 21.0%，全市 11.7%", "王庄镇")
    assert told.text == "近 30 天应结 700、超期 147；按其案件构成应有 12.4%，控制限 15.2%。"
