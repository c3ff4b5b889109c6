"""The tab of early warnings: which series the filters leave, whole days against their band, and words where there is nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.api import as_reading
from data.access.viewer import Viewer
from data.drill.choice import Choice, choose
from data.drill.filters import parse
from data.drill.view import view
from data.drill.views.warning import expected, warnings
from data.facts.fetch import only_row
from data.metrics import METRICS
from layouts.analyst import tables
from layouts.analyst.context import RenderContext
from layouts.analyst.drawings import DRAWINGS
from layouts.analyst.drawings import expected as expected_chart
from layouts.analyst.drawings import warnings as warning
from tests.city_builder import LittleCity, at, when
from tests.data.metrics.test_warnings import DAY, expect, reported
from tests.data.warning.test_refit import NOON, TODAY, fitted, lived
from tests.layouts.analyst.test_charts import marks, trace
from tests.layouts.analyst.test_drawings import parts


def choice(city: LittleCity, viewer: Viewer | None = None, **words: str) -> Choice:
    return choose(viewer or Viewer("desk", rights=frozenset({"analyse"})), city.city, words, NOON)


@pytest.fixture(scope="module")
def year() -> LittleCity:
    city = lived(300)
    fitted(city)
    return city


def read(city: LittleCity, **words: Any) -> dict[str, pd.DataFrame]:
    return view(city.facts, choice(city, **words), ("warnings", "expected")).frames


def test_the_list_keeps_area_and_category_and_no_other_filter(year: LittleCity) -> None:
    assert len(read(year)["warnings"]) == 4
    assert set(read(year, cat="noise")["warnings"]["category"]) == {"noise"}
    assert set(read(year, area="west")["warnings"]["area"]) == {"west"}
    everything = read(year)["warnings"]
    pd.testing.assert_frame_equal(read(year, dep="court", ch="patrol")["warnings"], everything)
    assert read(year, cat="dispute")["warnings"].empty  # sensitive ones have no series


def test_whole_days_up_to_yesterday_lie_in_their_band(year: LittleCity) -> None:
    frame = read(year)["expected"]
    assert (frame["day"].iloc[0], frame["day"].iloc[-1], len(frame)) == ("2026-09-25", "2026-11-19", 56)
    with year.facts.cursor() as cursor:
        yesterday = f"reported_at >= {at('2026-11-19 00:00')} AND reported_at < {at(f'{TODAY} 00:00')}"
        (n,) = only_row(cursor.execute(f"SELECT count(*) FROM event WHERE sensitive = 0 AND {yesterday}"))
    assert frame["n"].iloc[-1] == n
    assert frame["expected"].mean() == pytest.approx(13.5, rel=0.15)
    inside = (frame["n"] >= frame["low"]) & (frame["n"] <= frame["high"])
    assert inside.mean() >= 0.85
    east = read(year, area="east")["expected"]
    assert east["expected"].mean() == pytest.approx(9, rel=0.15)
    pd.testing.assert_frame_equal(read(year, area="east1")["expected"], east)  # a village: its town's


def test_an_outbreak_does_not_widen_its_own_band() -> None:
    rng = np.random.default_rng(1)
    mu = np.full(56, 100.0)
    n = rng.poisson(100, 56)
    sick = n.copy()
    sick[-4:] = 400
    clean, found = (expected._dispersion(v, mu, mu + 0.01 * mu**2) for v in (n, sick))
    assert found[0] < 2 * clean[0] + 0.01


def test_an_account_of_a_village_has_no_early_warning(year: LittleCity) -> None:
    own = choice(year, Viewer("desk", area="east1", rights=frozenset({"analyse"})))
    frames = view(year.facts, own, ("warnings", "expected")).frames
    assert frames["warnings"].empty
    assert frames["expected"].empty


def context(city: LittleCity, lang: str = "zh") -> RenderContext:
    return RenderContext(city.city, parse({}, city.city, NOON), "en" if lang == "en" else "zh")


@pytest.mark.parametrize(("lang", "said"), [("zh", "尚无基线"), ("en", "No baseline")])
def test_without_a_baseline_the_panels_say_so(lang: str, said: str) -> None:
    city = LittleCity()
    frames = read(city)
    for name in ("warnings", "expected"):
        assert frames[name].empty
        assert said in DRAWINGS[name].empty(context(city, lang))
        assert "nan" not in DRAWINGS[name].basis(frames[name], context(city, lang))


def test_the_drawing_names_the_warning_and_leads_to_its_series() -> None:
    city = LittleCity()
    reported(city, 8, 70)
    expect(city, 24.0)
    frames = view(city.facts, choose(Viewer("desk"), city.city, {}, when(f"{DAY} 11:10")), ("warnings",)).frames
    drawing = warning.draw(frames["warnings"], context(city))
    first = parts(drawing, "a")[0]
    assert first.get("href") == "/analyst?cat=litter&area=east"
    assert "东镇 · litter：到 11:00 已上报 70 件，应有 11.0" in first.get("aria-label")
    assert "持续 09:00" in drawing
    # 70 reports from 8 o'clock on, of which one an hour is expected
    said = "自 08:00 起上报 70 件，应有 3.0；同样强的误报每班 &lt;0.01 次，占预算 &lt;1%"
    assert said in drawing
    assert said.replace("&lt;", "<") in first.get("aria-label")
    assert "其余最接近的" in drawing
    assert warning.basis(frames["warnings"], context(city)) == "预警 1 ÷ 序列 4 · 到 11:00"
    table = tables.html(warnings.DRILL, frames["warnings"], context(city, "en"))
    assert "<td>red</td><td>on</td>" in table
    for text in (drawing, table):
        assert not [w for w in ("nan", "inf", "None") if f">{w}<" in text]


def test_a_quiet_day_says_that_there_is_none(year: LittleCity) -> None:
    frame = read(year)["warnings"]
    assert (frame["level"] == "").all()
    assert "目前没有预警" in warning.draw(frame, context(year))


def test_eight_weeks_of_days_each_says_what_was_expected_and_leads_to_itself(year: LittleCity) -> None:
    frame = read(year)["expected"]
    figure = expected_chart.figure(frame, context(year, "en"))
    said, last = marks(figure), frame.iloc[-1]
    assert len(said) == 56
    assert said[-1] == {
        "say": f"2026-11-19 · reports {last['n']} · expected {last['expected']:.0f} ({last['low']:.0f}–{last['high']:.0f})",
        "from": "2026-11-19",
        "to": "2026-11-19",
    }
    band = trace(figure, "95 % of counts")
    assert (band["x"][0], band["x"][56]) == ("2026-09-25", "2026-11-19"), "up along the upper end, back along the lower"
    assert band["y"] == [*frame["high"], *reversed(frame["low"].tolist())]


def test_a_day_above_its_band_is_marked() -> None:
    frame = pd.DataFrame(
        {"day": ["2026-11-18", "2026-11-19"], "n": [31, 30], "expected": [20.0, 20.0], "low": [12, 12], "high": [30, 30]}
    )
    city = LittleCity()
    over = trace(expected_chart.figure(frame, context(city)), "高于区间")
    assert (over["x"], over["y"]) == (["2026-11-18"], [31.0]), "one at the end of its band is within it"
    assert "高于区间" not in repr(expected_chart.figure(frame.iloc[1:], context(city)))
    assert expected_chart.basis(frame, context(city)) == "上报 61 · 高于区间 1 ÷ 2 日"


def test_a_warning_of_several_towns_says_how_far_it_reaches() -> None:
    city = LittleCity()
    row = {
        "reach": "ring",
        "area": "east",
        "builds": at("2026-11-18 15:00"),
        "look": at("2026-11-20 11:00"),
        "rate": 0.25,
        "window_observed": 61,
        "window_expected": 30.25,
    }
    assert warning._area(row, context(city)) == "东镇及相邻"
    assert warning._area({**row, "reach": "city", "area": ""}, context(city, "en")) == "whole city"
    assert warning.builds(row, context(city, "en")) == (
        "since 18 Nov 15:00: 61, expected 30.3 · as strong by chance 0.25 a shift, 25% of the budget"
    )
    assert warning.builds(row, context(city)).startswith("自 11月18日15:00 起上报 61 件")


def test_read_without_a_baseline_says_so_in_words() -> None:
    from dashboard.commands.read import as_text

    city = LittleCity()
    found = {
        "metric": "warnings",
        "scope": "",
        "as_of": "2026-11-20T12:00:00+08:00",
        "snapshot": "1",
        "rows": [],
        "columns": [{"name": "code", "unit": "code"}],
    }
    assert "尚无基线" in as_text(found, city.city.profile.zone, "zh")
    assert "No baseline for this day yet" in as_text(found, city.city.profile.zone, "en")


def test_the_answer_without_rows_says_what_that_means_and_one_with_rows_does_not() -> None:
    """As JSON, no warning and no baseline would look alike."""
    city = LittleCity()
    rows = pd.DataFrame({c.name: [0] for c in METRICS["warnings"].columns})
    answers = [as_reading("warnings", Viewer("desk"), frame, NOON, "1", city.city) for frame in (rows[:0], rows)]
    assert answers[0]["rows"] == []
    assert answers[0]["nothing"]["en"].startswith("No baseline for this day yet")
    assert answers[0]["nothing"]["zh"].startswith("此日尚无基线")
    assert "nothing" not in answers[1]


def test_since_says_yesterday_where_it_was() -> None:
    city = LittleCity()
    assert warning._since(at("2026-11-20 09:00"), at("2026-11-20 11:00"), context(city)) == "09:00"
    assert warning._since(at("2026-11-19 09:00"), at("2026-11-20 00:00"), context(city)) == "09:00"
    assert warning._since(at("2026-11-19 09:00"), at("2026-11-20 03:00"), context(city)) == "昨09:00"


def test_a_small_chance_is_written_as_people_read_it() -> None:
    assert [warning.chance(p) for p in (1e-9, 0.00123, 0.25)] == ["<0.0001", "0.0012", "0.25"]
