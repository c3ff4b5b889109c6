"""The four-step view is the stage board summed: worked by hand on the frames of the look's first picture."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.city.city import City
from data.city.profile import load_profile
from data.text import Lang
from layouts.html.markup import to_html
from layouts.panels import stage_backlog, step_loop
from layouts.panels.panel import Reading
from tests.wall_frames import AS_OF, as_json, city, frames
from tests.wall_harness import reading

LICHENG = City(load_profile("licheng"))
STEPS = {s.code: s for s in LICHENG.profile.steps}
AFTER = frozenset({"revisit"})


def rows(**changed: dict[str, float]) -> list[dict[str, Any]]:
    """The nine stages' rows; ``changed``: stage -> columns of it that are otherwise."""
    out: list[dict[str, Any]] = frames()["stage_backlog"].to_dict("records")  # type: ignore[assignment]
    return [{**r, **changed.get(str(r["stage"]), {})} for r in out]


def drawn(lang: Lang = "zh", given: list[dict[str, Any]] | None = None, exceptions: pd.DataFrame | None = None) -> str:
    also = {} if exceptions is None else {"exceptions": exceptions}
    said = step_loop.figure(Reading(pd.DataFrame(given or rows()), also, AS_OF, ""), LICHENG, lang)
    assert to_html(said)
    return as_json(said)


def words(drawing: str) -> str:
    def texts(node: Any) -> list[str]:
        if isinstance(node, str):
            return [node]
        if isinstance(node, list):
            return [t for n in node for t in texts(n)]
        return texts(node["props"].get("children")) if isinstance(node, dict) else []

    return "".join(texts(json.loads(drawing)))


@pytest.mark.parametrize(
    ("step", "open_", "overdue", "opening", "came", "gone"),
    [
        ("find", 10 + 10, 0 + 1, 6 + 9, 158 + 154, 154 + 149 + 4),
        ("divide", 36 + 14 + 26, 3 + 1 + 4, 31 + 12 + 22, 149 + 138 + 143, 138 + 6 + 136 + 139),
        ("settle", 730, 128, 724, 144, 138),
        ("follow", 146 + 23, 37 + 2, 108 + 19, 131 + 88, 93 + 84),
    ],
)
def test_a_steps_numbers_are_its_stages_summed_and_its_books_close(
    step: str, open_: int, overdue: int, opening: int, came: int, gone: int
) -> None:
    sums = step_loop.sums_of(STEPS[step], rows(), AFTER)
    assert (sums.open, sums.overdue, sums.opening, sums.inflow, sums.outflow) == (open_, overdue, opening, came, gone)
    assert sums.opening + sums.inflow - sums.outflow == sums.closing == sums.open


def test_the_steps_sum_to_the_stage_boards_open_cases() -> None:
    total = sum(step_loop.sums_of(step, rows(), AFTER).open for step in STEPS.values())
    assert total == 20 + 76 + 730 + 169 == 995
    page_cache = stage_backlog.figure(reading("stage_backlog"), city(), "zh")
    assert "在办 995" in words(as_json(page_cache))


def test_the_oldest_of_a_step_is_that_of_its_stages_and_closed_cases_are_not_among_them() -> None:
    sums = step_loop.sums_of(STEPS["follow"], rows(revisit={"oldest_h": 9000.0}), AFTER)
    assert sums.oldest_h == 145
    empty = step_loop.sums_of(STEPS["find"], rows(report={"oldest_h": math.nan}, accept={"oldest_h": math.nan}), AFTER)
    assert math.isnan(empty.oldest_h)


def test_the_names_the_stages_and_the_identity_of_each_step_are_drawn() -> None:
    said = words(drawn())
    for part in (
        "发现问题",
        "责任分解",
        "协调处置",
        "跟踪反馈",
        "上报 10",
        "派遣 26",
        "另回访 208",
        "15+312−307=20",
        "65+430−419=76",
        "724+144−138=730",
        "127+219−177=169",
        "超期 128",
        "占在办 73.4%",
    ):
        assert part in said, part
    assert "73.4% of open" in words(drawn("en"))


def test_bars_share_the_scale_of_the_fullest_step() -> None:
    widths = [float(w) for w in re.findall(r'"width": ?"([\d.]+)%"', drawn())]
    assert widths[:2] == [pytest.approx(100 * 10 / 730, abs=0.001)] * 2
    assert max(widths) == 100
    assert len(widths) == 8, "a part for each stage of open cases, none for the call-back"


def test_books_that_do_not_close_are_shown_with_an_unequal_sign() -> None:
    said = drawn(given=rows(verify={"inflow": 150}))
    assert "65+431−419≠76" in words(said)
    assert said.count("open-books") == 1


def test_a_number_that_is_unknown_is_a_dash_and_not_a_smaller_sum() -> None:
    said = words(drawn(given=rows(verify={"open": np.nan, "opening": np.nan})))
    assert not re.search("nan", said, re.I)
    assert "占在办 –%" in said
    assert "=76" not in said


def test_a_stage_above_its_usual_carries_a_triangle_and_one_within_does_not() -> None:
    assert drawn().count("▲") == 1  # 核查 146, usual up to 112
    assert drawn(given=rows(inspect={"open": 112.0})).count("▲") == 0


def test_the_badge_of_an_exception_stands_at_the_step_that_holds_its_stage() -> None:
    exceptions = pd.DataFrame(
        [
            {"kind": "stage", "code": "inspect", "rank": 2, "severity": "watch"},
            {"kind": "area", "code": "handle", "rank": 1, "severity": "act"},
        ]
    )
    said = json.loads(drawn(exceptions=exceptions))
    kinds = [cell["props"]["className"] for cell in said["props"]["children"]]
    assert kinds == ["step", "step", "step", "step watch"]


def test_a_city_without_steps_and_a_reading_without_rows_say_so() -> None:
    assert "未配置闭环步骤" in words(as_json(step_loop.figure(reading("step_loop"), city(), "zh")))
    given = replace(reading("step_loop"), frame=frames()["stage_backlog"].iloc[:0])
    assert "0 件是真数" in words(as_json(step_loop.figure(given, LICHENG, "zh")))
