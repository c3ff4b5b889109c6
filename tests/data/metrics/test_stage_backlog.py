"""The funnel board, counted by hand: stock, flow, cohort, and the identities that hold between them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from data.errors import FactsError
from tests.city_builder import ACCEPT, CLOSE, DISPUTE, HANDLE, REPORT, REVISIT, WEST, LittleCity

NOW = "2026-11-23 14:00"


@pytest.fixture(scope="module")
def page_cache() -> LittleCity:
    """Five cases.  A waits in 上报 since yesterday; B went 上报 -> 受理 today; C was closed today and awaits its
    call-back; D is deferred in 办理; E was in 办理 at midnight and was cancelled there at 10:00."""
    city = LittleCity()
    a = city.event("2026-11-22 20:00", due="2026-11-23 13:00", stage=REPORT)
    city.visit(a, REPORT, "2026-11-22 20:00")
    b = city.event("2026-11-23 08:00", due=NOW, stage=ACCEPT, l1=WEST)
    city.visit(b, REPORT, "2026-11-23 08:00", "2026-11-23 09:00")
    city.visit(b, ACCEPT, "2026-11-23 09:00", entries=2)
    c = city.event("2026-11-10 08:00", "2026-11-23 11:00", stage=REVISIT)
    city.visit(c, CLOSE, "2026-11-22 10:00", "2026-11-23 11:00", exit=2)
    city.visit(c, REVISIT, "2026-11-23 11:00")
    d = city.event("2026-11-20 08:00", due="2026-11-21 08:00", is_hung=1, stage=HANDLE)
    city.visit(d, HANDLE, "2026-11-20 09:00")
    e = city.event("2026-11-19 08:00", "2026-11-23 10:00", outcome=2, stage=HANDLE)
    city.visit(e, HANDLE, "2026-11-19 09:00", "2026-11-23 10:00", exit=3)
    return city


def stage(frame: pd.DataFrame, code: str) -> dict[str, float]:
    return dict(frame.set_index("stage").loc[code])


def test_stock_deferred_overdue_and_oldest(page_cache: LittleCity) -> None:
    frame = page_cache.read("stage_backlog", NOW)
    assert frame["open"].tolist() == [1, 1, 0, 0, 0, 1, 0, 0, 1]
    assert frame["hung"].tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0]
    # A's limit passed at 13:00; B's is exactly now; D's clock stands
    assert frame["overdue"].tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert frame["oldest_h"].to_numpy() == pytest.approx([18, 5, np.nan, np.nan, np.nan, 77, np.nan, np.nan, 3], nan_ok=True)


def test_opening_plus_in_minus_out_minus_ended_is_closing_in_every_stage(page_cache: LittleCity) -> None:
    f = page_cache.read("stage_backlog", NOW)
    assert (f.opening + f.inflow - f.outflow - f.exits == f.closing).all()
    assert (f.closing == f.open).all()
    assert [stage(f, "report")[k] for k in ("opening", "inflow", "outflow", "exits")] == [1, 1, 1, 0]
    assert [stage(f, "handle")[k] for k in ("opening", "inflow", "outflow", "exits")] == [2, 0, 0, 1]
    assert [stage(f, "close")[k] for k in ("opening", "inflow", "outflow", "exits")] == [1, 0, 0, 1]


def test_stocks_up_to_closing_sum_to_open_and_call_backs_stand_outside(page_cache: LittleCity) -> None:
    f = page_cache.read("stage_backlog", NOW)
    head = page_cache.read("headline", NOW).set_index("kpi")
    assert f.open[:-1].sum() == head.loc["open", "value"] == 3
    assert f.overdue.sum() == head.loc["overdue", "value"] == 1
    assert stage(f, "revisit")["open"] == 1


def test_the_cohort_is_of_the_last_seven_days_and_counts_events_not_log_rows(page_cache: LittleCity) -> None:
    """Reported in the last 7 days: A, B, D, E; A and B have reached 上报; B's two rows in 受理 are one event."""
    f = page_cache.read("stage_backlog", NOW)
    assert f.cohort.tolist() == [2, 1, 0, 0, 0, 2, 0, 0, 0]
    assert stage(f, "report")["cohort_share"] == 50.0
    assert stage(f, "accept")["entries"] == 2


def test_a_repeat_visit_is_another_entry_but_the_same_event() -> None:
    city = LittleCity()
    a = city.event("2026-11-22 20:00")
    city.visit(a, HANDLE, "2026-11-22 21:00", "2026-11-22 22:00")
    city.visit(a, HANDLE, "2026-11-22 23:00", rework=1)
    row = stage(city.read("stage_backlog", NOW), "handle")
    assert (row["cohort"], row["entries"], row["open"]) == (1, 2, 1)


def test_as_it_stood_at_nine_thirty(page_cache: LittleCity) -> None:
    f = page_cache.read("stage_backlog", "2026-11-23 09:30")
    assert f.open.tolist() == [1, 1, 0, 0, 0, 2, 0, 1, 0]


def test_towns_sum_to_the_city_and_a_cell_sees_its_own_visits(page_cache: LittleCity) -> None:
    whole, east, west = (page_cache.read("stage_backlog", NOW, s) for s in ("", "east", "west"))
    for column in ("open", "overdue", "hung", "opening", "inflow", "outflow", "exits", "cohort"):
        assert (east[column] + west[column] == whole[column]).all(), column
    assert page_cache.read("stage_backlog", NOW, "east1a").open.tolist() == east.open.tolist()


def test_the_usual_stock_is_that_of_the_same_weekdays_at_this_time() -> None:
    """On each of the last eight Mondays one case lay in 办理 from 13:00 to 15:00, on four of them a second one."""
    city = LittleCity()
    city.event("2026-09-01 08:00", "2026-09-01 09:00")
    for k in range(1, 9):
        day = f"{pd.Timestamp('2026-11-23') - pd.Timedelta(weeks=k):%Y-%m-%d}"
        for _ in range(1 + (k <= 4)):
            eid = city.event(f"{day} 12:00", f"{day} 15:00")
            city.visit(eid, HANDLE, f"{day} 13:00", f"{day} 15:00", exit=2)
    row = stage(city.read("stage_backlog", NOW), "handle")
    mean = 12.5 / 8  # no more spread than the Poisson's: x 9/8 x (2.3646 / 1.9600)^2
    size = mean**2 / (mean * 9 / 8 * (2.364624 / 1.959964) ** 2 - mean)
    low, high = (stats.nbinom.ppf(p, size, size / (size + mean)) for p in (0.025, 0.975))
    assert (row["usual"], row["usual_low"], row["usual_high"]) == (1.5, low, high)


@pytest.mark.slow
def test_a_sensitive_case_is_in_no_stage_of_a_wall() -> None:
    city = LittleCity()
    eid = city.event("2026-11-23 08:00", sensitive=1, category=DISPUTE)
    city.visit(eid, REPORT, "2026-11-23 08:00")
    for scope in ("", "east", "east1", "east1a"):
        f = city.read("stage_backlog", NOW, scope)
        assert f[["open", "inflow", "cohort", "entries"]].to_numpy().sum() == 0


def test_a_stage_the_city_does_not_have_is_a_fault_not_a_smaller_backlog() -> None:
    city = LittleCity()
    city.visit(city.event("2026-11-23 08:00"), 9, "2026-11-23 08:00")
    with pytest.raises(FactsError, match="stage position 9"):
        city.read("stage_backlog", NOW)
