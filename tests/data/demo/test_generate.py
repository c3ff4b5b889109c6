"""The demo city: calibrated, dirty in every promised way, and the same for the same seed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import create_engine, select

from data.city.profile import load_profile
from data.clock.instants import ms
from data.demo import store
from data.demo.generate import draw_city, generate
from data.demo.log import NULL, Columns
from data.errors import GridWallError, SourceError
from data.source.contract import ACTIONS, EVENT, METADATA, OUTCOMES, TRANSITION
from geo.coverage import coverage_faults
from tests.demo_city import NOW, quiet, small_qufu

pytestmark = pytest.mark.slow

DAY = 86_400_000
END = ms(NOW)
PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")


@pytest.fixture(scope="module")
def city() -> dict[str, Columns]:
    return draw_city(small_qufu(), 60_000, 5, "realistic", NOW, quiet)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "qufu.sqlite"
    generate(small_qufu(), f"sqlite:///{path}", 3_000, 5, "realistic", NOW, quiet)
    return path


@pytest.fixture
def rows(written: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(written)) as connection:
        yield connection


def share_of(mask: Any, of: Any = None) -> float:
    return float(np.mean(mask if of is None else mask[of]))


def settled(event: Columns) -> Any:
    return (event["outcome"] == "settled") & (event["closed_at"] >= event["reported_at"])


def on_time(event: Columns, since_days: int) -> float:
    """Closed in time ÷ (closed + overdue and open), of the cases reported since."""
    here = event["reported_at"] > END - since_days * DAY
    closed = settled(event) & here
    overdue = (event["closed_at"] == NULL) & (event["due_at"] != NULL) & (event["due_at"] < END) & here
    return float((closed & (event["closed_at"] <= event["due_at"])).sum() / (closed.sum() + overdue.sum()))


# ---------------------------------------------------------------- what is written
def test_the_same_seed_writes_the_same_rows(written: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.sqlite"
    generate(small_qufu(), f"sqlite:///{again}", 3_000, 5, "realistic", NOW, quiet)
    assert again.read_bytes() == written.read_bytes()


def test_another_seed_writes_another_city() -> None:
    a, b = (draw_city(small_qufu(), 300, seed, "realistic", NOW, quiet) for seed in (5, 6))
    assert not np.array_equal(a["event"]["reported_at"], b["event"]["reported_at"])


def test_as_many_events_as_asked_for_over_a_year_up_to_now(rows: sqlite3.Connection) -> None:
    n, first, last = rows.execute("SELECT count(*), min(reported_at), max(reported_at) FROM event").fetchone()
    assert n == 3_000
    assert "2025-11-23 02:42" <= first < "2025-11-27"
    assert last <= "2026-11-23 02:42:18"


def test_every_contract_table_has_rows(rows: sqlite3.Connection) -> None:
    for table in METADATA.sorted_tables:
        assert rows.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0] > 0, table.name


def test_sqlalchemy_reads_the_times_as_it_would_have_written_them(written: Path) -> None:
    engine = create_engine(f"sqlite:///{written}")
    with engine.connect() as connection:
        row = connection.execute(select(EVENT.c.reported_at, EVENT.c.changed).order_by(EVENT.c.id).limit(1)).one()
    engine.dispose()
    assert isinstance(row.reported_at, datetime)
    assert NOW.replace(tzinfo=None) - timedelta(days=366) < row.reported_at <= row.changed


def test_nothing_is_stamped_after_now(city: dict[str, Columns]) -> None:
    for table, names in (
        ("event", ("reported_at", "closed_at", "first_contact_at", "called_back_at", "changed")),
        ("transition", ("at", "changed")),
        ("asset", ("heard_at", "changed")),
    ):
        for name in names:
            assert city[table][name].max() <= END, f"{table}.{name}"


def test_the_written_grid_is_a_gap_free_nested_coverage(rows: sqlite3.Connection) -> None:
    code, parent, level, wkb = zip(*rows.execute("SELECT code, parent, level, geometry FROM grid"), strict=True)
    depth = {x.code: i + 1 for i, x in enumerate(small_qufu().levels)}
    assert coverage_faults(code, parent, [depth[x] for x in level], shapely.from_wkb(list(wkb))) == []
    named = {a.code: a.name.zh for a in load_profile("qufu").areas}
    assert dict(rows.execute("SELECT code, name FROM grid WHERE level = 'town'")) == named


def test_no_name_and_no_telephone_number_is_in_the_log(rows: sqlite3.Connection) -> None:
    for table, columns in (
        ("event", "case_number, category, network, channel, outcome"),
        ("transition", "stage, action, department, actor"),
        ("asset", "code, status, kind"),
    ):
        for row in rows.execute(f"SELECT {columns} FROM {table}"):
            for text in filter(None, row):
                assert text.isascii(), f"{table}: {text}"
                assert not PHONE.search(text), f"{table}: {text}"
                assert not IDENTITY.search(text), f"{table}: {text}"
    assert rows.execute("SELECT count(*) FROM transition WHERE actor NOT GLOB '[CDG][0-9]*'").fetchone() == (0,)


def test_a_run_that_is_killed_in_the_middle_leaves_the_old_city(written: Path) -> None:
    before = written.read_bytes()

    def stumble(what: str, done: int, total: int) -> None:
        if what == "transition":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(small_qufu(), f"sqlite:///{written}", 500, 6, "realistic", NOW, stumble)
    assert written.read_bytes() == before
    assert [p.name for p in written.parent.iterdir()] == [written.name]


def test_a_database_that_is_no_demo_city_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "platform.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE event (id INTEGER)")
    with pytest.raises(SourceError, match="no demo city; name another file"):
        generate(small_qufu(), f"sqlite:///{path}", 100, 5, "realistic", NOW, quiet)


def test_any_other_database_is_written_with_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fast, slow = (tmp_path / name for name in ("fast.sqlite", "slow.sqlite"))
    profile = small_qufu()
    profile = profile.model_copy(update={"demo": profile.demo.model_copy(update={"cameras": {"xueliang": 30}})})
    generate(profile, f"sqlite:///{fast}", 200, 5, "realistic", NOW, quiet)
    monkeypatch.setattr(store, "sqlite_path", lambda url: None)  # as if it were PostgreSQL: through SQLAlchemy Core
    for _ in range(2):  # the second time in the place of the first
        generate(profile, f"sqlite:///{slow}", 200, 5, "realistic", NOW, quiet)
    with closing(sqlite3.connect(fast)) as a, closing(sqlite3.connect(slow)) as b:
        for table in (*METADATA.sorted_tables, store.MARK):
            sql = f"SELECT * FROM {table.name} ORDER BY {', '.join(c.name for c in table.primary_key)}"
            assert a.execute(sql).fetchall() == b.execute(sql).fetchall(), table.name


def test_rows_of_somebody_else_are_never_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "platform.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE department (code TEXT, name TEXT)")
        connection.execute("INSERT INTO department VALUES ('a', 'b')")
        connection.commit()
    monkeypatch.setattr(store, "sqlite_path", lambda url: None)
    with pytest.raises(SourceError, match="table department holds rows of no demo city; name an empty database"):
        generate(small_qufu(), f"sqlite:///{path}", 100, 5, "realistic", NOW, quiet)


@pytest.mark.parametrize(
    ("events", "regime", "said"), [(100, "realistc", "did you mean 'realistic'"), (0, "realistic", "choose a number from 1")]
)
def test_a_city_that_cannot_be_drawn_says_what_to_write_instead(events: int, regime: str, said: str) -> None:
    with pytest.raises(GridWallError, match=said):
        draw_city(small_qufu(), events, 5, regime, NOW, quiet)


# ---------------------------------------------------------------- stages
def test_cases_enter_their_stages_in_the_citys_order(city: dict[str, Columns]) -> None:
    log = city["transition"]
    order = np.lexsort((log["key"], log["at"], log["event"]))
    order = order[log["action"][order] == "enter"]
    stages = {s.code: i for i, s in enumerate(small_qufu().stages)}
    at = np.array([stages[s] for s in log["stage"][order]])
    event = log["event"][order]
    failed = set(log["event"][log["action"] == "fail"].tolist())
    back = (event[1:] == event[:-1]) & (at[1:] < at[:-1])
    assert set(event[1:][back].tolist()) <= failed
    assert back.sum() > 0.8 * len(failed)


def test_every_action_and_every_outcome_occurs(city: dict[str, Columns]) -> None:
    assert set(city["transition"]["action"]) == set(ACTIONS)
    assert set(city["event"]["outcome"]) == {None, *OUTCOMES}


def test_open_cases_stand_in_every_stage_and_no_closed_one_has_an_open_end(city: dict[str, Columns]) -> None:
    log, event = city["transition"], city["event"]
    entering = np.flatnonzero(log["action"] == "enter")
    last = np.zeros(len(event["id"]) + 1, int)
    entering = entering[np.lexsort((log["key"][entering], log["at"][entering]))]
    last[log["event"][entering]] = entering
    stage = log["stage"][last[event["id"]]]
    still = event["closed_at"] == NULL
    assert set(stage[still]) == {s.code for s in small_qufu().stages[:-1]}
    assert "revisit" not in set(stage[still])
    assert np.array_equal(still, event["outcome"] == None)  # noqa: E711


def test_the_stock_of_open_cases_is_about_two_days_of_reports(city: dict[str, Columns]) -> None:
    days = (city["event"]["closed_at"] == NULL).sum() / (60_000 / 365)
    assert 1.4 < days < 3.0


# ---------------------------------------------------------------- calibration
def test_shares_of_the_realistic_regime_lie_in_the_published_ranges(city: dict[str, Columns]) -> None:
    event, log = city["event"], city["transition"]
    inspected = len(np.unique(log["event"][log["stage"] == "inspect"]))
    dispatched = len(np.unique(log["event"][log["stage"] == "dispatch"]))

    def with_action(action: str) -> int:
        return len(np.unique(log["event"][log["action"] == action]))

    assert 0.75 < on_time(event, 30) < 0.92
    assert 0.03 < with_action("fail") / inspected < 0.06
    assert 0.03 < with_action("return") / dispatched < 0.08
    assert 0.05 < share_of(event["duplicate_of"] != NULL) < 0.10
    assert 0.9 < share_of(settled(event)) < 0.96


def test_the_reported_regime_is_on_time_as_cities_publish_it() -> None:
    city = draw_city(small_qufu(), 20_000, 5, "reported", NOW, quiet)
    assert on_time(city["event"], 365) > 0.995
    fails = (city["transition"]["action"] == "fail").sum()
    assert fails < 0.002 * 20_000


def test_a_mean_day_has_more_spread_than_chance(city: dict[str, Columns]) -> None:
    day = (city["event"]["reported_at"] + 8 * 3_600_000) // DAY
    counts = np.bincount(day - day.min())[1:-1]
    assert counts.var() / counts.mean() > 3


def test_mondays_are_heavier_than_sundays_and_mornings_than_nights(city: dict[str, Columns]) -> None:
    local = city["event"]["reported_at"] + 8 * 3_600_000
    weekday, hour = (local // DAY + 3) % 7, local % DAY // 3_600_000
    assert 1.2 < (weekday == 0).sum() / (weekday == 6).sum() < 1.9
    by_hour = np.bincount(hour, minlength=24)
    assert by_hour.argmax() in (9, 10)
    assert 0.02 < (by_hour[22:].sum() + by_hour[:6].sum()) / by_hour.sum() < 0.09


def test_the_spring_festival_is_quiet(city: dict[str, Columns]) -> None:
    day = (city["event"]["reported_at"] + 8 * 3_600_000) // DAY
    festival = np.arange(np.datetime64("2026-02-16"), np.datetime64("2026-02-22")).astype(int)
    before = festival - 14
    assert 0.35 < np.isin(day, festival).sum() / np.isin(day, before).sum() < 0.75


def test_departments_differ(city: dict[str, Columns]) -> None:
    event, log = city["event"], city["transition"]
    done = np.zeros(60_001, np.int64)
    rows = np.flatnonzero((log["stage"] == "inspect") & (log["action"] == "enter"))[::-1]
    done[log["event"][rows]] = log["at"][rows]
    department = np.full(60_001, "", dtype=object)
    handled = (log["stage"] == "handle") & (log["action"] == "enter")
    department[log["event"][handled]] = log["department"][handled]
    took = (done[event["id"]] - event["reported_at"])[done[event["id"]] > 0] / 3_600_000
    whose = department[event["id"]][done[event["id"]] > 0]
    median = {d: np.median(took[whose == d]) for d in ("market", "enforcement", "land", "ecology")}
    assert median["land"] > 2 * median["market"]
    assert median["ecology"] > 2 * median["enforcement"]


# ---------------------------------------------------------------- the three exceptions
def test_one_town_is_clearly_later_than_the_others(city: dict[str, Columns]) -> None:
    event = city["event"]
    late = settled(event) & (event["closed_at"] > event["due_at"])
    town = np.array([(g or "")[:9] for g in event["grid"]])
    there, elsewhere = town == "370881108", town != "370881108"
    assert share_of(late, there) > 1.4 * share_of(late, elsewhere)


def test_one_stage_holds_more_than_on_other_days(city: dict[str, Columns]) -> None:
    log = city["transition"]

    def stock(at: int) -> int:
        inside = (log["stage"] == "inspect") & (log["action"] == "enter") & (log["at"] <= at)
        entered = len(np.unique(log["event"][inside]))
        left = (log["stage"] == "close") & (log["action"] == "enter") & (log["at"] <= at)
        return entered - len(np.unique(log["event"][left]))

    # Both counts share the rows that lost a stamp, so differences from week to week are those of the stock.
    usual = float(np.median([stock(END - k * 7 * DAY) for k in range(1, 9)])) - stock(END - 60 * DAY)
    assert stock(END) - stock(END - 60 * DAY) > usual + 5


def test_one_matter_surges_in_one_town(city: dict[str, Columns]) -> None:
    event = city["event"]
    heating = (event["category"] == "heating") & np.array([(g or "").startswith("370881002") for g in event["grid"]])
    last_day = (heating & (event["reported_at"] > END - DAY)).sum()
    usual = (heating & (event["reported_at"] < END - 3 * DAY) & (event["reported_at"] > END - 31 * DAY)).sum() / 28
    assert last_day > 5 * usual


def test_one_feed_is_silent(city: dict[str, Columns]) -> None:
    event = city["event"]
    assert END - event["reported_at"][event["channel"] == "online"].max() > 150 * 60_000
    assert END - event["reported_at"][event["channel"] == "hotline"].max() < 60 * 60_000


# ---------------------------------------------------------------- dirt
def test_closures_bunch_just_before_the_limit(city: dict[str, Columns]) -> None:
    event = city["event"]
    left = (event["due_at"] - event["closed_at"])[settled(event)] / 60_000
    before, after = ((left > 0) & (left < 40)).sum(), ((left < 0) & (left > -40)).sum()
    assert before > 2.5 * after


def test_many_cases_are_closed_at_five(city: dict[str, Columns]) -> None:
    closed = city["event"]["closed_at"][settled(city["event"])] + 8 * 3_600_000
    minute = closed % DAY // 60_000
    assert (minute == 17 * 60).sum() > 8 * ((minute == 16 * 60 + 30).sum() + 1)


def test_a_few_clocks_are_wrong(city: dict[str, Columns]) -> None:
    event = city["event"]
    wrong = (event["closed_at"] != NULL) & (event["closed_at"] < event["reported_at"])
    assert 0.0004 < share_of(wrong) < 0.002


def test_some_stamps_are_missing(city: dict[str, Columns]) -> None:
    log, event = city["transition"], city["event"]
    done = event["id"][settled(event)]
    verified = np.unique(log["event"][log["stage"] == "verify"])
    assert 0.001 < share_of(~np.isin(done, verified)) < 0.01


def test_rows_arrive_late_and_keys_follow_their_arrival(city: dict[str, Columns]) -> None:
    log = city["transition"]
    late = log["changed"] - log["at"] > 60_000
    assert 0.004 < share_of(late) < 0.05
    assert np.all(np.diff(log["changed"]) >= 0)
    assert np.any(np.diff(log["at"]) < -600_000)


def test_paused_cases_have_their_limit_moved_once_they_go_on(city: dict[str, Columns]) -> None:
    log, event = city["transition"], city["event"]
    at = np.flatnonzero(log["action"] == "resume")
    assert len(at) > 100
    due = dict(zip(event["id"].tolist(), event["due_at"].tolist(), strict=True))
    extended = set(log["event"][log["action"] == "extend"].tolist())
    same = [due[e] == d for e, d in zip(log["event"][at].tolist(), log["due_at"][at].tolist(), strict=True) if e not in extended]
    assert all(same)
    hung = set(log["event"][log["action"] == "defer"].tolist()) - set(log["event"][at].tolist())
    assert hung


def test_duplicates_name_an_earlier_report_of_the_same_matter(city: dict[str, Columns]) -> None:
    event = city["event"]
    twin = np.flatnonzero(event["duplicate_of"] != NULL)
    first = event["duplicate_of"][twin] - 1
    assert np.all(first < twin)
    assert np.all(event["category"][first] == event["category"][twin])
    assert np.all(event["duplicate_of"][first] == NULL)


def test_events_lie_in_the_cell_that_they_name(city: dict[str, Columns]) -> None:
    event = city["event"]
    shape = dict(zip(city["grid"]["code"], shapely.from_wkb(list(city["grid"]["geometry"])), strict=True))
    inside = [
        shape[g].contains(shapely.Point(x, y))
        for g, x, y in zip(event["grid"][:2000], event["lon"][:2000], event["lat"][:2000], strict=True)
        if g
    ]
    assert np.mean(inside) > 0.97
    assert 0.002 < share_of(np.array([g is None for g in event["grid"]])) < 0.02


def test_stages_of_the_log_are_the_citys(rows: sqlite3.Connection) -> None:
    codes = {s.code for s in small_qufu().stages}
    assert {s for (s,) in rows.execute(f"SELECT DISTINCT stage FROM {TRANSITION.name}")} == codes
