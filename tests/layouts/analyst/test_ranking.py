"""Drawings of the ranking tab: basis in every row, nothing without a number, marks that lead on, words of one language."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from data.drill.view import DRILLS
from data.drill.views.ranking import department_funnel
from data.text import Lang
from layouts.analyst import differences, tables, verdicts
from layouts.analyst.drawings import DRAWINGS, department_score, why_category
from layouts.analyst.drawings import department_funnel as funnel
from layouts.analyst.tabs import TABS
from tests.city_builder import COURT, HEARING, NOISE, WEST, LittleCity
from tests.data.drill.test_ranking import NAMES, read
from tests.data.metrics.test_department_score import due
from tests.layouts.analyst.test_charts import marks, trace, written
from tests.layouts.analyst.test_drawings import context

LANGUAGES: tuple[Lang, ...] = ("zh", "en")


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    city = LittleCity(departments=[{"code": c, "name": {"zh": "局", "en": c}} for c in ("hearing", "court", "works")])
    city.event("2026-08-01 08:00", closed="2026-08-01 12:00", severity=1)
    due(city, 20, 8, department=HEARING)
    due(city, 20, 0, department=COURT)
    due(city, 30, 3, department=COURT, category=NOISE, l1=WEST)
    due(city, 30, 9, department=HEARING, category=NOISE, day="2026-10-10")
    due(city, 30, 20, department=COURT, category=NOISE, day="2026-10-10")
    due(city, 3, 0, department=2)
    return read(city)


def test_the_tab_shows_the_ranking_first_and_each_of_its_panels_is_drawn() -> None:
    assert TABS["ranking"][1][0] == "department_score"
    assert set(NAMES) <= set(TABS["ranking"][1])
    assert set(NAMES) <= set(DRAWINGS)


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_written_that_is_no_number_and_no_chinese_in_english(
    name: str, lang: Lang, frames: dict[str, pd.DataFrame]
) -> None:
    for text in (
        written(DRAWINGS[name].draw(frames[name], context(lang))),
        DRAWINGS[name].basis(frames[name], context(lang)),
        tables.html(DRILLS[name], frames[name], context(lang)),
    ):
        assert not re.search(r"\b(nan|None|inf)\b", text), text
        if lang == "en":
            assert not re.search(r"[\u4e00-\u9fff]", re.sub(r'font-family="[^"]*"', "", text))


def test_every_row_of_the_ranking_has_its_basis_and_few_cases_stand_below_without_a_rank(frames: dict[str, pd.DataFrame]) -> None:
    frame = frames["department_score"]
    assert frame["department"].tolist() == ["", "court", "hearing", "works"]
    text = department_score.draw(frame, context("en"))
    says = re.findall(r'<a href="[^"]*" aria-label="([^"]*)"', text)
    assert len(says) == 4
    assert all(re.search(r"\d+ due", said) for said in says)
    assert "rank 1 (1–" in says[1]
    assert "under 20" in says[3]
    assert "rank" not in says[3]
    # of one category others do the same work: the basis of the ranks is said once, above them
    assert text.count(department_score.GROUPS["rest", ""]("en")) == 1
    assert verdicts.BY_BASIS["rest"][1]("en") in text


def test_a_department_leads_on_to_its_own_cases_and_back(frames: dict[str, pd.DataFrame]) -> None:
    for name in NAMES[:2]:
        assert "dep=hearing" in written(DRAWINGS[name].draw(frames[name], context("zh")))
        assert "dep=hearing" not in written(DRAWINGS[name].draw(frames[name], context("zh", dep="hearing")))


def test_the_note_says_what_is_not_counted_how_all_changed_and_who_is_certainly_last(frames: dict[str, pd.DataFrame]) -> None:
    frame = frames["department_score"]
    said = department_score.basis(frame, context("en"))
    assert said.startswith("registered 73, due 73")
    frame = frame.assign(not_due=4, hung=0)
    assert "not yet due 4" in department_score.basis(frame, context("en"))
    assert "deferred" not in department_score.basis(frame, context("en"))
    steady = frame.assign(change=1.2, change_low=0.9, change_high=1.5, worst=np.nan)
    assert "together" not in department_score.basis(steady, context("en"))
    slower = frame.assign(change=1.3, change_low=1.1, change_high=1.5, past="year", worst=[np.nan, np.nan, 2, 9])
    said = department_score.basis(slower, context("zh"))
    assert "全部部门一起较去年同期变差：超期优势比 1.30（1.10–1.50），不计在任何一个部门头上" in said
    assert "必在最差 k 个之列（联合 95%）：" in said
    assert said.endswith("（2）")


def test_who_is_held_against_its_own_past_is_told_apart(frames: dict[str, pd.DataFrame]) -> None:
    frame = frames["department_score"].assign(basis=["", "rest", "past", ""], past=["year", "", "year", ""], band=[0, -1, 1, 2])
    text = department_score.draw(frame, context("zh"))
    assert text.index("与其余部门比") < text.index("优于其余") < text.index("与自身去年同期比") < text.index("差于以往")


def test_why_says_whose_and_how_it_came_to_be_that_one(frames: dict[str, pd.DataFrame]) -> None:
    frame = frames["why_category"]
    assert "none chosen" in why_category.draw(frame, context("en"))
    assert "none chosen" not in why_category.draw(frame, context("en", dep="hearing"))
    assert "of those chosen" in why_category.draw(frame, context("en", dep="hearing,court"))


def test_what_is_left_of_many_categories_is_one_row_that_sums_them() -> None:
    n = 14
    gap = np.linspace(3, 0.1, n)
    frame = pd.DataFrame(
        {
            "category": ["", *["litter"] * n],
            "department": "hearing",
            "n": [140, *[10] * n],
            "whole_n": 500,
            "late": 3,
            "share": 30.0,
            "whole_share": 10.0,
            "mix": [gap.sum(), *gap],
            "within": 0.0,
            "gap": [gap.sum(), *gap],
        }
    )
    text = why_category.draw(frame, context("en"))
    assert f"{n - why_category.SHOWN} others" in text
    assert f"together +{gap[why_category.SHOWN :].sum():.2f} points" in text


def test_numbers_are_signed() -> None:
    assert [differences.signed(v) for v in (1.26, -0.31, 0.0, -0.01, 1234.5)] == ["+1.3", "−0.3", "0.0", "0.0", "+1,234.5"]


def test_limits_are_drawn_around_the_share_of_all_and_none_where_nothing_is_late(frames: dict[str, pd.DataFrame]) -> None:
    frame = frames["department_funnel"]
    figure = funnel.figure(frame, context())
    assert len([t for t in figure["data"] if t["mode"] == "lines"]) == 5  # all, and two limits on both sides
    assert {m["code"] for m in marks(figure)} == set(frame["department"])
    nothing = frame.assign(p0=0.0, late=0, share=0.0, band=0, low95=np.nan, high95=np.nan, low998=np.nan, high998=np.nan)
    figure = funnel.figure(nothing, context())
    assert [t for t in figure["data"] if t["mode"] == "lines"] == []
    assert "nan" not in repr([m["say"] for m in marks(figure)])


def test_the_curves_of_the_funnel_are_those_that_its_drill_gives_each_department() -> None:
    # p0 10 %, 144 due: 1.96 * sqrt(.1 * .9 / 144) = 4.9 %, 3.09 * ... = 7.725 %; phi 4 widens both by 2
    curve = department_funnel.limits(10.0, 1.0, 144.0)
    last = curve.iloc[-1]
    assert last["n"] == pytest.approx(144)
    assert [last[k] for k in ("low95", "high95", "low998", "high998")] == pytest.approx([5.1, 14.9, 2.275, 17.725])
    wide = department_funnel.limits(10.0, 4.0, 144.0).iloc[-1]
    assert [wide["low95"], wide["high95"]] == pytest.approx([0.2, 19.8])
    assert department_funnel.limits(0.0, 1.0, 144.0).empty
    assert department_funnel.few(19)
    assert not department_funnel.few(20)


def test_a_department_of_few_cases_is_hollow_and_one_that_is_called_has_its_name() -> None:
    frame = pd.DataFrame(
        {
            "department": ["hearing", "court"],
            "n": [400, 12],
            "late": [80, 1],
            "share": [20.0, 8.3],
            "p0": 10.0,
            "low95": 7.1,
            "high95": 12.9,
            "low998": 5.4,
            "high998": 14.6,
            "phi": 1.0,
            "band": [1, 2],
            "basis": ["rest", ""],
        }
    )
    figure = funnel.figure(frame, context())
    called, under = trace(figure, "明显较差"), trace(figure, "不足20件")
    assert (called["marker"]["symbol"], called["marker"]["color"], called["text"]) == ("triangle-up", ["--watch"], ["hearing"])
    assert under["marker"]["color"] == ["--panel"]
    assert called["x"] == [20.0], "the square root of its cases"
    said = {m["code"]: m for m in marks(figure)}
    assert said["hearing"]["say"].replace("<br>", "") == (
        "hearing：应结案 400 件，超期 80 件，20.0%；偶然界限（99.8%）5.4%–14.6%；按案件构成：差于其余"
    )
    assert said["hearing"]["go"] == "/analyst?dep=hearing"
