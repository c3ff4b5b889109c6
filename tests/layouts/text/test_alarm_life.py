"""The life of an alarm in words, and what is said where there are few alarms."""

from __future__ import annotations

import math

import pandas as pd

from data.alarms.life import Ended
from data.text import Lang
from layouts.html.markup import to_html
from layouts.panels import PANELS
from layouts.text.alarm_life import also_said
from layouts.text.exceptions import Told, tell
from layouts.text.headline import headline
from layouts.text.rows import records
from tests.wall_frames import AS_OF, city, frames
from tests.wall_harness import reading

MINUTE, NAN = 60_000, math.nan  # AS_OF is 10:42:07


def lives(**first: object) -> pd.DataFrame:
    """The hand-made exceptions as ``data.alarms.lives`` gives them."""
    frame = frames()["exceptions"].assign(
        state="standing", began_ms=AS_OF - 55.0 * MINUTE, cleared_ms=NAN, handled_ms=NAN, handled_by=""
    )
    rows = records(frame.assign(trail=pd.Series([[1.0, 2.0]] * len(frame))))
    return pd.DataFrame.from_records([rows[0] | first, *rows[1:]])


def test_an_alarm_says_since_when_by_the_clock_and_of_another_day_by_the_day() -> None:
    given = frames()
    stage = tell(lives(), given, city(), "zh", "", AS_OF)[0]
    assert (stage.since, stage.state, stage.trail, stage.clearing) == ("09:47 起", "待认领", (1.0, 2.0), False)
    old = tell(lives(began_ms=AS_OF - 24.0 * 60 * MINUTE), given, city(), "zh", "", AS_OF)[0]
    assert old.since == "22日 10:42 起"
    assert tell(lives(began_ms=AS_OF - 24.0 * 60 * MINUTE), given, city(), "en", "", AS_OF)[0].since == "since 22 Nov 10:42"


def test_one_that_is_in_hand_says_who_has_it_and_since_when() -> None:
    held = lives(handled_ms=AS_OF - 10.0 * MINUTE, handled_by="operator")
    assert tell(held, frames(), city(), "zh", "", AS_OF)[0].state == "处置中 值守员 10:32"


def test_one_whose_condition_is_over_says_so_and_no_number_of_before() -> None:
    over = lives(state="clearing", cleared_ms=AS_OF - 3.0 * MINUTE)
    stage = tell(over, frames(), city(), "zh", "", AS_OF)[0]
    assert (stage.title, stage.state, stage.clearing) == ("核查积压已回到界限内", "正在解除", True)
    assert stage.text == "10:39 起不再超出；10 分钟内不再出现即解除。"


def test_the_headline_does_not_call_for_action_on_what_is_over() -> None:
    given = frames() | {"exceptions": lives(state="clearing", cleared_ms=AS_OF - 3.0 * MINUTE)}
    says = to_html(PANELS["headline"].figure(reading("headline", given), city(), "zh"))
    assert "供热诉求</span>" in says.split("hl-list")[0]
    assert "核查积压" not in says.split("hl-list")[0]


def test_a_trend_is_said_of_worked_hours_alone() -> None:
    night, drains = (tell(lives(pace_in=a, pace_out=b), frames(), city(), "zh")[0].text for a, b in ((NAN, NAN), (3.0, 9.0)))
    assert night.startswith("今日进 131、出 93；")
    assert drains.startswith("今日进 131、出 93，出多于进，正在消化；")


def also(lang: Lang, resolved: tuple[Ended, ...] = ()) -> dict[str, str]:
    given = frames()
    heat = pd.DataFrame(
        {
            "code": ["", "370881001", "370881002", "370881003", "370881004", "370881108"],
            "level": [0, 1, 1, 1, 1, 1],
            "need": [1000, 100, 200, 100, 10, 100],
            "late": [100, 12, 30, 9, 9, 40],
            "expected": [100.0, 10.0, 20.0, 10.0, 1.0, 10.0],
            "late_share": [10.0, 12.0, 15.0, 9.0, 90.0, 40.0],
        }
    )
    return dict(also_said(resolved, given | {"grid_heat": heat}, AS_OF, city(), lang))


def test_few_alarms_leave_room_for_what_ended_what_is_near_and_what_falls_due() -> None:
    """Of the towns the fifth has too few due and the sixth is an exception already."""
    at = [AS_OF - m * MINUTE for m in (150, 84, 165, 134)]
    ended = (
        Ended("stage:handle", "", "stage", "handle", at[0], at[1]),
        Ended("category:wages", "", "category", "wages", at[2], at[3]),
        Ended("area:370881108", "", "area", "370881108", at[2], at[3]),
    )
    said = also("zh", ended)
    assert said["今日已解除"] == "办理 08:12–09:18、劳动报酬 07:57–08:28等 3 处"
    assert said["最近于界限"] == ("书院街道 15.0%（应有 10.0%）、鲁城街道 12.0%（应有 10.0%）、时庄街道 9.0%（应有 10.0%）")
    assert said["四小时内到期"] == "23 件，最早 11:00，预计超期 6 件"
    assert "今日已解除" not in also("zh"), "nothing ended"
    off = Ended("stage:inspect", "", "stage", "inspect", at[0], AS_OF + 78 * MINUTE, True)
    assert next(iter(also("zh", (off, *ended)).items())) == ("已搁置", "核查 至 12:00")


def test_the_night_has_a_sentence_of_its_own() -> None:
    given = frames()
    told = tell(given["exceptions"], given, city(), "zh")

    def says(these: list[Told], lang: Lang = "zh") -> str:
        return "".join(w for clause in headline(given["headline"], these, lang, night=True) for w, _ in clause)

    assert says(told) == "夜间，今日至此上报 158 件，结案 84 件；核查积压须连夜处置。".replace(
        "84", f"{int(given['headline'].value[1])}"
    )
    assert says(told[1:]).endswith("2 处留待天亮。")
    assert says([]).endswith("没有须连夜处置的事。")
    assert says([], "en").endswith("nothing needs action tonight.")
