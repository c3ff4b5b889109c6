"""What no mapping delivers is said to be not mapped and never shown as a measured zero; all other figures stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.city.profile import Profile
from data.drill.drill import Drill
from data.drill.view import DRILLS
from data.facts.store import Facts
from data.metrics import METRICS
from data.metrics.evaluation.catalogue import INDICATORS
from data.query.metric import Metric
from data.query.needs import Need, Requires, all_of, any_of, blanked, is_term, lacking, mapped_of, unmet
from tests.sync_harness import NOW, Platform, city, sync_of
from tests.unmapped_platform import SHOWN, Loaded, loaded, town, written

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return written(tmp_path_factory.mktemp("platform"))


@pytest.fixture(scope="module")
def whole(platform: Platform) -> Iterator[Loaded]:
    """All is mapped."""
    there = loaded(platform)
    yield there
    there.facts.close()


# -------------------------------------------------------------------- what is declared
def test_every_need_of_every_metric_and_drill_names_something_that_can_be_delivered() -> None:
    every: tuple[Metric | Drill, ...] = (*METRICS.values(), *DRILLS.values())
    for one in every:
        columns = {c.name for c in (one.columns if isinstance(one, Metric) else one.fields)}
        assert isinstance(one.requires, tuple), f"{one.id} says nothing of what it needs"
        for r in one.requires:
            assert all(is_term(t) for n in r.needs for t in n.of), one.id
            assert isinstance(one, Drill) or set(r.columns) <= columns, one.id
    assert not any(map(is_term, ("event.first_contct_at", "action.begin", "stage.registr", "limit.nothing", "cars")))
    with pytest.raises(ValueError, match=r"'event\.due' is no column"):
        Need(("event.due",))


def test_a_metric_cannot_be_made_without_saying_what_it_needs() -> None:
    with pytest.raises(TypeError, match="requires"):
        replace_without_requires(METRICS["headline"])


def replace_without_requires(metric: Metric) -> Metric:
    kept = {f.name: getattr(metric, f.name) for f in fields(metric) if f.name != "requires"}
    return Metric(**kept)


def test_any_one_of_a_needs_terms_will_do() -> None:
    due = any_of("event.due_at", "limit.category")
    mapped = {"event": frozenset({"id", "category"}), "stage": frozenset({"verify"})}
    assert unmet((due,), mapped, city()) == (), "the city limits lamps"
    assert unmet((due,), {"event": frozenset({"id"})}, city()) == (due,), "no event has a category"
    assert unmet((due,), mapped, town()) == (due,), "nothing is limited"
    assert unmet((due,), None, town()) == (), "facts that do not say are taken to hold everything"
    assert [str(n) for n in unmet(all_of("stage.verify", "stage.register", "sign"), mapped, city())] == ["stage.register", "sign"]


def test_where_all_is_mapped_every_indicator_is_fed_and_a_measured_zero_stays(whole: Loaded) -> None:
    assert [m for m in METRICS if METRICS[m].lacking(whole.city)] == []
    table = whole.frame("indicators").set_index("indicator")[["numerator", "denominator"]]
    counted = {
        "response_rate": (24, 24),
        "callback_coverage": (39, 39),
        "rework_rate": (6, 40),
        "return_rate": (6, 48),
        "extension_rate": (6, 48),
        "deferral_rate": (0, 48),
        "registration_rate": (48, 48),
        "repeat_rate": (1, 48),
    }
    assert {i: tuple(table.loc[i]) for i in counted} == counted
    assert "未接入" not in "".join(whole.page().values())


# -------------------------------------------------------------------- each column in turn
#: What is left out of the SELECTs -> the indicators that cannot be told any more.
GONE: dict[tuple[str, ...], set[str]] = {
    ("event.first_contact_at",): {"response_rate"},
    ("event.verified", "event.called_back_at", "asset", "sign"): {"public_report_rate"},
    ("event.resolved", "event.case_number", "event.network"): {"resolution_rate"},
    ("event.satisfaction",): {"satisfaction_rate", "callback_coverage"},
    ("event.linked_to", "event.grid", "event.lon", "event.lat"): {"repeat_rate"},
    ("event.severity", "transition.department"): {"own_grid_rate"},
    ("event.channel",): {"response_rate", "public_report_rate"},
    ("event.due_at",): {"closure_rate", "on_time_closure", "overdue_open"},
    ("transition.due_at",): {"on_time_registration", "disposal_rate", "on_time_disposal"},
}
#: Names of a case or a cell, and what exceptions, warnings and the map's breaks make of the others: no figures of their own.
ASIDE = {"exceptions", "warnings", "data_freshness", "map_scale"}


#: Those that ``make test`` walks; the others are walked by ``make soak``.
WALKED = ("event.first_contact_at", "event.satisfaction", "event.channel", "event.due_at")


@pytest.mark.parametrize("gone", [pytest.param(g, id=g[0], marks=() if g[0] in WALKED else pytest.mark.soak) for g in GONE])
def test_without_a_column_its_figures_are_unknown_and_all_others_stay(
    gone: tuple[str, ...], platform: Platform, whole: Loaded
) -> None:
    there = loaded(platform, *gone)
    lost_rows = {row for r in METRICS["indicators"].lacking(there.city) for row in r.rows}
    assert lost_rows == GONE[gone]
    for metric_id in [m for m in SHOWN if m not in ASIDE]:
        metric, found, full = METRICS[metric_id], there.frame(metric_id), whole.frame(metric_id)
        lacks = metric.lacking(there.city)
        if any(r.is_whole for r in lacks):
            figures = [c.name for c in metric.columns if c.unit in ("events", "%", "min", "h")]
            assert all(unknown(v) for c in figures for v in found[c]), metric_id
            continue
        named = {c.name for c in metric.columns if c.unit in ("code", "text", "id")}
        for column in full.columns:
            covered = covers(found, column, lacks, column in named)
            for i, (now, before) in enumerate(zip(found[column], full[column], strict=True)):
                said = f"{metric_id}.{column} of {full.iloc[i, 0]!s} without {gone}"
                if covered[i]:
                    assert unknown(now), said
                elif column not in named and not moved(metric_id, full.iloc[i], gone):
                    assert now == before or (unknown(now) and unknown(before)) or list_of(now) == list_of(before), said
    desk = there.desk("indicators", "moats", "feeds")
    for words in (*there.page().values(), *desk.values()):
        assert not re.search(r"(?<![\d.,])0\.0%\s*0 ÷ [1-9]", words), words
    drawn = desk["indicators"].split("<table")[0]
    for id in GONE[gone]:
        one = next(i for i in INDICATORS if i.id == id)
        assert f"{one.number} {one.name.zh}</b> 未接入：{gone[0].partition('.')[2]}" in drawn, "it stands in the line that opens"
        assert f">{one.name.zh}<" not in drawn, "and among the measured ones no more"
    there.facts.close()


def covers(frame: pd.DataFrame, column: str, lacks: tuple[Requires, ...], is_name: bool) -> Any:
    """(n,) which rows' ``column`` stands on what is missing; a name does where it is named."""
    out = np.zeros(len(frame), bool)
    for r in lacks:
        if not r.columns or column in r.columns:
            of = frame[r.by or frame.columns[0]].astype(str)
            at = of.isin(r.rows).to_numpy() if r.rows else np.ones(len(frame), bool)
            out |= at & (column in r.columns or not is_name)
    return out


def moved(metric: str, row: pd.Series[Any], gone: tuple[str, ...]) -> bool:
    """Without a place all cases are those of no place; without devices or signs nothing is told of them."""
    return "event.grid" in gone and metric in ("grid_heat", "hotspots") and row.iloc[0] == "?"


def unknown(value: Any) -> bool:
    if value is None or isinstance(value, (str, bool, np.bool_)):
        return not value
    return np.ndim(value) == 0 and bool(pd.isna(value))


def list_of(value: Any) -> list[float]:
    return [-1.0 if v is None or pd.isna(v) else float(v) for v in value] if isinstance(value, list) else [float("inf")]


def test_where_nothing_says_that_a_case_ended_nothing_open_is_counted(platform: Platform) -> None:
    there = loaded(platform, "event.closed_at", "event.outcome", profile=without_end())
    kpis = there.frame("headline").set_index("kpi")["value"]
    assert kpis["reported"] == 0, "nobody has reported today: that is measured"
    assert kpis[["closed", "open", "overdue", "on_time"]].isna().all(), "48 open cases would be a measured falsehood"
    page = there.page()
    assert page["kpi_row"].count("未接入：closed_at") == 4
    assert "结案未知" in page["headline"]
    assert "未接入：closed_at" in page["oldest_overdue"]
    assert "0 件，已核" not in page["oldest_overdue"]
    there.facts.close()


def without_end() -> Profile:
    """A city that has no stage of closing, nor one of closed cases."""
    base = town()
    return base.model_copy(update={"stages": tuple(s for s in base.stages if s.role not in ("close", "revisit"))})


# -------------------------------------------------------------------- a first response that nobody records
def test_entering_handling_is_no_first_response_where_the_log_holds_no_start(platform: Platform, whole: Loaded) -> None:
    there = loaded(platform, "transition.action")
    first = there.frame("department_response").query("measure == 'first'")
    assert first[["median_min", "p90_min", "rmst_min"]].isna().all(axis=None)
    assert whole.frame("department_response").query("measure == 'first'")["median_min"].notna().any()
    panel, desk = there.page()["department_response"], there.desk("departments")["departments"]
    assert "未接入：start" in panel
    assert "首响 –" not in panel
    assert "未接入：start" in desk
    assert there.city.mapped is not None
    assert there.city.mapped["action"] == {"enter"}
    there.facts.close()


def test_the_first_start_that_a_tick_reads_feeds_it_and_facts_keep_what_they_held(tmp_path: Path) -> None:
    running = Platform(tmp_path)
    running.event(1)
    running.log(1, 1, "dispatch", department="parks")
    running.log(2, 1, "handle", at=NOW)
    with Facts.create("duckdb:///:memory:") as facts:
        sync = sync_of(running, facts)
        sync.load(NOW)
        assert "start" not in sync.city.mapped["action"]  # type: ignore[index]
        running.log(3, 1, "handle", "start", at=NOW + timedelta(minutes=1), changed=NOW + timedelta(minutes=1))
        sync.tick(NOW + timedelta(minutes=2))
        assert "start" in sync.city.mapped["action"]  # type: ignore[index]
        assert sync_of(running, facts).city.mapped == sync.city.mapped, "a restart reads it from the facts"
        assert mapped_of({}) is None


def test_a_verdict_on_departments_that_cannot_be_told_is_none() -> None:
    """No number stands for "not mapped", also not the code of a band or a place."""
    lacks = lacking(METRICS["department_response"].requires, {"event": frozenset({"id"})}, city())
    frame = pd.DataFrame({"measure": ["complete"], "department": ["hearing"], "band": [0], "place": [3], "n": [5]})
    out = blanked(frame, lacks, ("measure", "department", "band", "place"))
    assert out[["band", "place", "n"]].isna().all(axis=None)
    assert out.loc[0, "department"] == "hearing"
