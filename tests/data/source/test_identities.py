"""The same total wherever it is shown: a small demo city, any area and any filter, counted again in pandas from the bare rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from data.access.roles import DEMO_RIGHTS
from data.access.viewer import Viewer
from data.city.city import City
from data.clock.calendar import BusinessClock
from data.clock.instants import ms
from data.demo.generate import generate
from data.drill.choice import Choice, choose
from data.drill.filters import STATES, WINDOWS
from data.drill.view import view
from data.drill.views.cases import cases as case_list
from data.facts.schema import EVENT
from data.facts.store import Facts
from data.reading.answer import answer
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from data.sync.sync import Sync
from tests.city_builder import LittleCity, when
from tests.demo_city import NOW, quiet, small_qufu
from tests.frame_cells import cell

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
VIEWER = Viewer("desk", rights=DEMO_RIGHTS, user="a", role="analyst")
SETTLED, CANCELLED, MERGED, TRANSFERRED = 1, 2, 3, 4
PANELS = (
    "summary",
    "areas",
    "trend",
    "area_week",
    "departments",
    "stage_department",
    "indicators",
    "hotspots",
    "department_score",
)


@dataclass(repr=False)
class Loaded:
    facts: Facts
    city: City
    events: pd.DataFrame


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    path = tmp_path_factory.mktemp("identities") / "city.sqlite"
    profile = small_qufu()
    generate(profile, f"sqlite:///{path}", 4_000, 5, "realistic", NOW, quiet)
    with Facts.create("duckdb:///:memory:") as facts:
        sync = Sync(Source.open(f"sqlite:///{path}", load_mapping("platform")), facts, profile, BusinessClock.of(profile))
        sync.load(NOW)
        events = pd.DataFrame(dict(facts.read({"e": select(EVENT)})[1]["e"]))
        yield Loaded(facts, sync.city, events[events["sensitive"] == 0])


@st.composite
def words(draw: st.DrawFn) -> dict[str, str]:
    """Any address: an area by its position, a window or some days, and now and then some codes of each list and a state."""
    profile = small_qufu()
    out: dict[str, str] = {"place": str(draw(st.integers(-20, 400)))}
    if draw(st.booleans()):
        out["win"] = draw(st.sampled_from(WINDOWS))
    else:
        first, last = sorted(
            (
                draw(st.dates(pd.Timestamp("2025-12-01").date(), NOW.date())),
                draw(st.dates(pd.Timestamp("2025-12-01").date(), NOW.date())),
            )
        )
        out["from"], out["to"] = str(first), str(last)
    lists: tuple[tuple[str, tuple[Any, ...]], ...] = (
        ("cat", profile.categories),
        ("ch", profile.channels),
        ("dep", profile.departments),
        ("net", profile.networks),
    )
    for word, items in lists:
        if draw(st.integers(0, 3)) == 0:
            out[word] = ",".join(draw(st.sets(st.sampled_from([i.code for i in items]), min_size=1, max_size=6)))
    if draw(st.integers(0, 3)) == 0:
        out["sev"] = draw(st.sampled_from(["1", "2", "1,2", "3,4"]))
    if draw(st.integers(0, 3)) == 0:
        out["state"] = draw(st.sampled_from(STATES))
    return out


class Counted:
    """The chosen cases in pandas, nothing taken from the statements under test."""

    def __init__(self, loaded: Loaded, choice: Choice, without: tuple[str, ...] = ()) -> None:
        e, f, profile = loaded.events, choice.filters, choice.city.profile
        self.at = choice.at
        keep = np.ones(len(e), bool)
        if f.area:
            cell = choice.city.grid.index[f.area]
            keep &= (e[["l1", "l2", "l3", "l4"]] == cell).any(axis=1).to_numpy()
        columns = {
            "cat": ("category", profile.categories),
            "ch": ("channel", profile.channels),
            "dep": ("department", profile.departments),
            "net": ("network", profile.networks),
        }
        for word, codes in f.codes.items():
            if word not in without:
                column, items = columns[word]
                keep &= e[column].isin([[i.code for i in items].index(c) for c in codes]).to_numpy()
        if f.severity:
            keep &= e["severity"].isin([int(s) for s in f.severity]).to_numpy()
        self.unstated = e[keep]
        if f.state and "state" not in without:
            keep &= self._flags(e)[f.state].to_numpy()
        chosen = e[keep]
        self.rows = chosen[(chosen["reported_at"] >= f.since) & (chosen["reported_at"] < f.until)]
        entered = chosen["registered_at"]
        self.registered = chosen[(entered >= max(f.since, 0)) & (entered < f.until)]

    def _flags(self, e: pd.DataFrame) -> pd.DataFrame:
        running = (e["is_open"] == 1) | (e["closed_at"] > self.at)
        archived = (e["outcome"] == SETTLED) & (e["closed_at"] <= self.at)
        overdue = running & (e["is_hung"] == 0) & (e["due_at"] >= 0) & (e["due_at"] < self.at)
        need = (e["due_at"] >= 0) & (archived | overdue)
        late = need & (overdue | (archived & (e["closed_at"] > e["due_at"])))
        return pd.DataFrame(
            {
                "open": running,
                "archived": archived,
                "overdue": overdue,
                "need": need,
                "late": late,
                "closed": archived,
                "hung": (e["is_open"] == 1) & (e["is_hung"] == 1),
                "returned": e["returns"] > 0,
                "rework": e["reworks"] > 0,
            }
        )

    def count(self, flag: str = "", rows: pd.DataFrame | None = None) -> int:
        rows = self.rows if rows is None else rows
        return int(self._flags(rows)[flag].sum()) if flag else len(rows)

    def stock(self, flag: str) -> int:
        rows = self.unstated
        return self.count(flag, rows[((rows["is_open"] == 1) | (rows["closed_at"] > self.at)) & (rows["reported_at"] <= self.at)])


def placed(asked: dict[str, str], city: City) -> dict[str, str]:
    at = int(asked["place"])
    rest = {k: v for k, v in asked.items() if k != "place"}
    return {**rest, "area": city.grid.code[at]} if 0 <= at < len(city.grid.code) else rest


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(asked=words())
def test_every_panel_counts_the_same_cases_for_any_area_and_filter(loaded: Loaded, asked: dict[str, str]) -> None:
    choice = choose(VIEWER, loaded.city, placed(asked, loaded.city), NOW)
    found = view(loaded.facts, choice, PANELS).frames
    own = Counted(loaded, choice)
    chosen = found["summary"].iloc[0]
    assert [chosen[k] for k in ("n", "need", "late", "closed")] == [own.count(k) for k in ("", "need", "late", "archived")]
    assert [chosen[k] for k in ("open", "overdue", "hung")] == [own.stock(k) for k in ("open", "overdue", "hung")]
    areas, trend, week = found["areas"], found["trend"], found["area_week"]
    assert [int(areas[k].sum()) for k in ("n", "need", "late", "open", "overdue")] == [
        chosen[k] for k in ("n", "need", "late", "open", "overdue")
    ]  # the map
    assert int(trend["n"].sum()) == int(week["n"].sum()) == chosen["n"]
    shown = found["indicators"].set_index("indicator")
    assert shown.loc["reports", "numerator"] == chosen["n"]
    spots = found["hotspots"]
    if choice.level <= 2:
        every = spots[spots["source"] == "all"]
        # what a village's cases lie in no place of is the town's; a town's and the city's all add up
        if choice.level <= 1:
            assert int(every.loc[every["what"] == "reported", "n"].sum()) == chosen["n"]
            assert int(every.loc[every["what"] == "late", "n"].sum()) == chosen["late"]
    listed, hidden = _listed(loaded.facts, choice)
    assert listed + hidden == (own.stock(choice.filters.state) if choice.filters.is_stock else chosen["n"])
    stages = Counted(loaded, choice, ("dep", "state"))
    assert int(found["stage_department"]["open"].sum()) == stages.stock("open")


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(asked=words())
def test_what_was_registered_is_archived_not_due_overdue_or_deferred(loaded: Loaded, asked: dict[str, str]) -> None:
    asked.pop("state", None)
    choice = choose(VIEWER, loaded.city, placed(asked, loaded.city), NOW)
    found = view(loaded.facts, choice, ("indicators", "department_score", "departments")).frames
    own, shown = Counted(loaded, choice), found["indicators"].set_index("indicator")
    rows = own.registered
    flags = own._flags(rows)
    net = rows[~(rows["outcome"].isin([CANCELLED, MERGED]) & (rows["closed_at"] <= choice.at))]
    kept = own._flags(net)
    gone = int(((net["outcome"] == TRANSFERRED) & (net["closed_at"] <= choice.at)).sum())
    not_due = int((kept["open"] & ~kept["overdue"] & (net["is_hung"] == 0)).sum())
    hung, archived, overdue = (int(kept[k].sum()) for k in ("hung", "archived", "overdue"))
    assert len(net) == archived + not_due + overdue + hung + gone  # register, net
    closure = shown.loc["closure_rate"]
    assert (closure["numerator"], closure["denominator"] - closure["numerator"]) == (
        int((flags["archived"] & flags["need"]).sum()),
        int((flags["overdue"]).sum()),
    )
    assert closure["denominator"] + closure["excluded"] == len(rows)
    assert cell(shown, "on_time_closure", "denominator") - cell(shown, "on_time_closure", "numerator") == int(flags["late"].sum())
    assert cell(shown, "extension_rate", "denominator") == cell(shown, "deferral_rate", "denominator") == len(net)
    assert shown.loc["deferral_rate", "numerator"] == hung
    every = Counted(loaded, choice, ("dep", "state")).registered
    whole = found["department_score"].iloc[0]
    outside = ("cancelled", "merged", "transferred", "duplicates", "no_limit", "hung", "not_due")
    assert int(whole["n"]) == len(every) == int(whole["need"]) + int(whole["no_department"]) + sum(int(whole[k]) for k in outside)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(place=st.integers(-5, 400))
def test_the_wall_of_any_scope_shows_one_stock_and_one_flow(loaded: Loaded, place: int) -> None:
    grid = loaded.city.grid
    scope = grid.code[place] if 0 <= place < len(grid.code) else ""

    def read(metric: str) -> pd.DataFrame:
        return answer(metric, loaded.facts, Viewer(scope=scope), loaded.city, NOW)[1]

    page_cache, head, heat = read("stage_backlog"), read("headline").set_index("kpi"), read("grid_heat")
    assert (page_cache.opening + page_cache.inflow - page_cache.outflow - page_cache.exits == page_cache.closing).all()
    ends = [s.after_close for s in loaded.city.profile.stages]
    before = page_cache[~np.array(ends)] if len(page_cache) == len(ends) else page_cache[page_cache["stage"] != "revisit"]
    events = loaded.events
    mine = events if not scope else events[(events[["l1", "l2", "l3", "l4"]] == place).any(axis=1)]
    assert int(before["open"].sum()) == cell(head, "open", "value") == int((mine["is_open"] == 1).sum())
    due = mine[(mine["is_open"] == 1) & (mine["is_hung"] == 0) & (mine["due_at"] >= 0) & (mine["due_at"] < ms(NOW))]
    assert cell(head, "overdue", "value") == int(read("oldest_overdue")["total"].max() if len(due) else 0) == len(due)
    towns = heat[heat["level"].isin([1, -1])]
    if not scope:
        assert int(towns["n"].sum()) == int(heat.loc[heat["level"] == 0, "n"].iloc[0])


def test_a_case_at_the_first_or_last_instant_of_a_window_is_in_all_panels_or_in_none() -> None:
    city = LittleCity()
    for moment in ("2026-11-20 00:00", "2026-11-20 00:00", "2026-11-21 00:00"):
        city.event(moment, closed=None, due="2026-11-25 12:00", registered=moment)
    choice = choose(VIEWER, city.city, {"from": "2026-11-20", "to": "2026-11-20"}, when("2026-11-23 12:00"))
    found = view(city.facts, choice, ("summary", "indicators", "hotspots")).frames
    assert found["summary"].iloc[0]["n"] == 2
    assert found["indicators"].set_index("indicator").loc["reports", "numerator"] == 2
    spots: Any = found["hotspots"]
    assert int(spots.loc[(spots["source"] == "all") & (spots["what"] == "reported"), "n"].sum()) == 2


def _listed(facts: Facts, choice: Choice) -> tuple[int, int]:
    _, answers = facts.read(case_list.select_(choice, 0, 1))
    return case_list.totals(answers, choice)
