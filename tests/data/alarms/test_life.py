"""How an alarm lives: worked minute by minute, with delays of ten minutes on and off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from data.access.acknowledgements import Acknowledged, Acknowledgements
from data.access.store import State
from data.alarms.lives import Lives
from data.city.profile import Alarms
from data.clock.instants import ms

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    held = State(f"sqlite:///{tmp_path}/state.sqlite")
    yield held
    held.close()


def found(*rows: tuple[str, str, str, bool, float]) -> pd.DataFrame:
    """(kind, code, severity, raises, observed) of each exception, in order."""
    columns = ["kind", "code", "severity", "raises", "observed"]
    return pd.DataFrame.from_records(rows, columns=columns).assign(excess=1.0, owner="", area="")


STAGE, CALM = found(("stage", "inspect", "watch", True, 60.0)), found()
ACT, HELD = found(("stage", "inspect", "act", True, 90.0)), found(("stage", "inspect", "watch", False, 52.0))


class Watch:
    """A screen that is looked at each minute."""

    def __init__(self, state: State, start: datetime = START, scope: str = "", **alarms: Any) -> None:
        self.lives, self.now, self.scope = Lives(state, Alarms(**alarms), ZONE, start), start, scope

    def see(self, frame: pd.DataFrame, minutes: int = 1) -> pd.DataFrame:
        for _ in range(minutes):
            shown, _ = self.lives.follow(self.scope, frame, self.now)
            self.now += timedelta(minutes=1)
        return shown


@pytest.fixture
def watch(state: State) -> Iterator[Watch]:
    held = Watch(state)
    held.see(CALM)  # the first look: from 10:01 on everything is seen to begin
    yield held
    held.lives.close()


def test_an_exception_is_an_alarm_once_it_has_lasted_ten_minutes(watch: Watch) -> None:
    assert watch.see(STAGE, 10).empty  # 10:01 .. 10:10: nine minutes
    shown = watch.see(STAGE).iloc[0]
    assert (shown["rank"], shown.state, shown.began_ms) == (1, "standing", ms(START + timedelta(minutes=1)))
    assert shown.trail == [60.0] * 11


def test_one_that_flickers_never_becomes_one(watch: Watch) -> None:
    for _ in range(6):
        assert watch.see(STAGE, 9).empty
        assert watch.see(CALM).empty


def test_what_would_not_become_an_exception_keeps_an_alarm_but_raises_none(watch: Watch) -> None:
    assert watch.see(HELD, 30).empty
    watch.see(STAGE, 11)
    assert watch.see(HELD, 60).state.tolist() == ["standing"]


def test_it_is_over_once_it_has_been_away_for_ten_minutes_and_is_then_told_as_ended(watch: Watch) -> None:
    watch.see(STAGE, 11)  # to 10:11
    assert watch.see(CALM, 10).state.tolist() == ["clearing"]  # 10:12 .. 10:21
    assert watch.lives.living("") == [], "its condition is over: it does not count as living"
    assert watch.see(CALM).empty
    (ended,) = watch.lives.resolved("", ms(START))
    assert (ended.code, ended.began_ms, ended.ended_ms) == (
        "inspect",
        ms(START + timedelta(minutes=1)),
        ms(START + timedelta(minutes=12)),
    )


def test_one_that_returns_in_time_is_the_same_and_has_chattered(watch: Watch) -> None:
    watch.see(STAGE, 11)
    watch.see(CALM, 9)
    assert watch.see(STAGE).began_ms.tolist() == [ms(START + timedelta(minutes=1))]
    (life,) = watch.lives.living("")
    assert life.returns == 1


def test_severity_moves_by_the_same_delays(watch: Watch) -> None:
    watch.see(STAGE, 11)
    assert watch.see(ACT, 10).severity.tolist() == ["watch"]
    assert watch.see(ACT).severity.tolist() == ["act"]
    assert watch.see(STAGE, 10).severity.tolist() == ["act"]
    assert watch.see(STAGE).severity.tolist() == ["watch"]


def test_no_act_level_alarm_is_on_a_screen_for_less_than_ten_minutes(watch: Watch) -> None:
    """Its condition was there for ten before, and it stays for ten after."""
    assert watch.see(ACT, 11).severity.tolist() == ["act"]
    assert watch.see(CALM, 10).severity.tolist() == ["act"]
    assert watch.see(CALM).empty


def test_at_night_only_what_must_be_acted_on_is_new(state: State) -> None:
    night = Watch(state, datetime(2026, 11, 23, 3, 0, tzinfo=ZONE))
    night.see(CALM)
    assert night.see(STAGE, 60).empty  # 3:01 .. 4:00
    assert night.see(ACT, 11).severity.tolist() == ["act"]
    night.lives.close()


def test_what_waited_through_the_night_is_told_at_its_end(state: State) -> None:
    night = Watch(state, datetime(2026, 11, 23, 5, 0, tzinfo=ZONE))
    night.see(CALM)
    assert night.see(STAGE, 59).empty  # 5:01 .. 5:59
    assert night.see(STAGE).began_ms.tolist() == [ms(datetime(2026, 11, 23, 5, 1, tzinfo=ZONE))]  # 6:00
    night.lives.close()


def test_the_first_look_takes_what_is_there_for_standing(state: State) -> None:
    first = Watch(state)
    assert first.see(ACT).severity.tolist() == ["act"]
    first.lives.close()


def test_a_restart_changes_neither_since_when_nor_who_has_it(state: State) -> None:
    before = Watch(state)
    before.see(CALM)
    before.see(STAGE, 40)
    before.lives.handle("stage:inspect", "operator", ms(before.now))
    before.lives.close()
    after = Watch(state, before.now + timedelta(minutes=30))
    shown = after.see(STAGE).iloc[0]
    assert (shown.began_ms, shown.handled_by) == (ms(START + timedelta(minutes=1)), "operator")
    assert len(shown.trail) == 41
    after.lives.close()


@pytest.mark.parametrize("trail", ["x", "1:2:3", "1:;", "1:2;é:3"])
def test_a_garbled_trail_costs_an_alarm_its_line_and_nothing_more(state: State, trail: str) -> None:
    before = Watch(state)
    before.see(CALM)
    before.see(STAGE, 40)
    before.lives.close()
    with state.transaction() as connection:
        connection.exec_driver_sql("UPDATE alarm SET trail = ?", (trail,))
    after = Watch(state, before.now + timedelta(minutes=1))
    shown = after.see(STAGE).iloc[0]
    assert (shown.began_ms, len(shown.trail)) == (ms(START + timedelta(minutes=1)), 1)
    after.lives.close()


def test_what_ended_while_the_server_was_down_ends_when_it_is_back(state: State) -> None:
    before = Watch(state)
    before.see(STAGE, 5)
    before.lives.close()
    after = Watch(state, START + timedelta(hours=2))
    assert after.see(CALM).state.tolist() == ["clearing"]
    assert after.see(CALM, 10).empty
    after.lives.close()
    again = Watch(state, after.now)
    assert [e.code for e in again.lives.resolved("", ms(START))] == ["inspect"]
    again.lives.close()


def test_one_that_nobody_looked_at_for_half_a_day_is_another_one(state: State) -> None:
    before = Watch(state)
    before.see(STAGE, 5)
    later = START + timedelta(hours=13)
    shown, _ = before.lives.follow("", STAGE, later)
    assert shown.empty, "it begins anew"
    assert [e.ended_ms for e in before.lives.resolved("", 0)] == [ms(START + timedelta(minutes=4))]
    before.lives.close()


def test_each_scope_has_its_own_and_three_are_shown_of_which_two_of_a_kind(state: State) -> None:
    rows = [("category", c, "watch", True, 20.0) for c in ("litter", "noise", "heat")]
    frame = found(*rows, ("area", "east", "watch", True, 20.0))
    city, town = Watch(state), Watch(state, scope="east")
    town.lives = city.lives
    assert city.see(frame)["kind"].tolist() == ["area", "category", "category"]
    assert town.see(CALM).empty
    assert city.lives.subjects("") == {"category:litter", "category:noise", "category:heat", "area:east"}
    city.lives.close()


def test_a_clock_that_is_set_back_keeps_no_alarm_waiting(watch: Watch) -> None:
    watch.see(STAGE, 5)
    watch.now -= timedelta(hours=1)
    assert watch.see(STAGE, 10).empty
    assert len(watch.see(STAGE)) == 1


def test_a_city_sets_its_own_delays(state: State) -> None:
    own = Watch(state, min_age="2 min", clear_after="1 min")
    own.see(CALM)
    assert own.see(STAGE, 2).empty
    assert len(own.see(STAGE)) == 1
    assert len(own.see(CALM)) == 1
    assert own.see(CALM).empty
    own.lives.close()


def test_a_shelved_alarm_is_off_the_screens_until_its_end_and_over_a_restart(state: State) -> None:
    before = Watch(state)
    before.see(ACT)
    before.lives.shelve("stage:inspect", ms(START + timedelta(hours=2)), "operator", "系统升级")
    assert before.see(ACT).empty
    assert before.lives.subjects("") == {"stage:inspect"}, "it has not ended"
    before.lives.close()
    after = Watch(state, START + timedelta(minutes=119))
    assert after.see(ACT).empty
    assert after.see(ACT).began_ms.tolist() == [ms(START)]
    after.lives.close()


def test_no_alarm_stays_shelved_for_more_than_twelve_hours_of_the_clock(state: State) -> None:
    """Shelved at 10:01 of the next day by a clock that is a day ahead, until 12:01 there; then the clock is set right."""
    watch = Watch(state, START + timedelta(days=1))
    watch.see(ACT)
    watch.lives.shelve("stage:inspect", ms(watch.now + timedelta(hours=2)), "operator", "系统升级")
    watch.now = START
    assert watch.see(ACT).empty
    assert [off.ended_ms for off in watch.lives.shelved("")] == [ms(START + timedelta(hours=12))]
    watch.now = START + timedelta(hours=12)
    assert len(watch.see(ACT)) == 1
    watch.lives.close()


def test_a_tick_between_a_decision_and_its_end_loses_nothing(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(state)
    watch.see(ACT)
    put = watch.lives._put

    def slow(values: Any) -> None:
        put(values)
        if values["shelved_until"] is not None and watch.lives._living["stage:inspect"].shelved_until is None:
            watch.lives._save(watch.lives._living["stage:inspect"])  # as a tick would

    monkeypatch.setattr(watch.lives, "_put", slow)
    watch.lives.shelve("stage:inspect", ms(START + timedelta(hours=2)), "operator", "系统升级")
    watch.lives._lane.submit(int).result()
    watch.lives._lane.shutdown()  # as a kill would leave it
    after = Watch(state, START + timedelta(minutes=5))
    assert [off.ended_ms for off in after.lives.shelved("")] == [ms(START + timedelta(hours=2))]
    after.lives.close()


def test_the_days_alarms_come_with_when_they_were_first_acknowledged(state: State) -> None:
    watch = Watch(state)
    watch.see(STAGE, 5)
    held = Acknowledgements(state, START)
    for minute in (3, 4):
        at = ms(START + timedelta(minutes=minute))
        held.add(Acknowledged("alarm", "stage:inspect", "", "li", "operator", "", at))
    held.close()
    watch.see(CALM, 11)
    (past,) = watch.lives.past("", ms(START) - 1)
    assert (past.subject, past.act, past.raised_ms) == ("stage:inspect", False, ms(START))
    assert (past.ended_ms, past.acknowledged_ms) == (ms(START + timedelta(minutes=5)), ms(START + timedelta(minutes=3)))
    assert watch.lives.past("east", 0) == []
    watch.lives.close()
