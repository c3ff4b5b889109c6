"""The sentence of the wall, worked by hand."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from layouts.text.exceptions import tell
from layouts.text.headline import against_usual, headline
from tests.wall_frames import city, frames

NAN = math.nan


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
