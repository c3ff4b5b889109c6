"""Acknowledgements: kept, shown as role and time, ended with what they concern; no person in a note."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.access.acknowledgements import GONE, LONGEST, Acknowledged, Acknowledgements, capacity, checked_note
from data.access.store import State
from data.clock.instants import ms
from data.errors import QueryError
from data.metrics.wall.exceptions import identity

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)
AT = ms(NOW)
ALARM = identity("stage", "inspect")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    held = State(f"sqlite:///{tmp_path}/state.sqlite")
    yield held
    held.close()


def given(kind: str = "alarm", subject: str = ALARM, at: int = AT, note: str = "", area: str = "") -> Acknowledged:
    return Acknowledged(kind, subject, note, "li", "operator", area, at)  # type: ignore[arg-type]


def test_it_outlives_a_restart_and_a_wall_is_told_role_and_time_only(state: State) -> None:
    held = Acknowledgements(state, NOW)
    before = held.version
    held.add(given(note="已通知责任部门"))
    assert held.version > before, "the tick looks at the counter alone"
    held.close()
    again = Acknowledgements(state, NOW + timedelta(hours=1))
    seen = again.noted["alarm", ALARM]
    assert (seen.role, seen.at_ms) == ("operator", AT)
    assert not {"user", "note"} & set(seen.__slots__ if hasattr(seen, "__slots__") else seen.__dict__)
    assert again.of("alarm", ALARM).note == "已通知责任部门"  # type: ignore[union-attr]
    again.close()


def test_an_alarms_ends_after_twelve_hours_also_over_a_restart(state: State) -> None:
    held = Acknowledgements(state, NOW)
    held.add(given())
    end = AT + round(LONGEST.total_seconds() * 1000)
    held.follow(lambda subject: True, end - 1)
    assert ("alarm", ALARM) in held.noted
    held.follow(lambda subject: True, end)
    assert held.noted == {}
    held.close()
    fresh = Acknowledgements(state, NOW + LONGEST)
    assert fresh.noted == {}
    fresh.close()


def test_an_alarms_ends_when_its_exception_is_gone_for_a_while_not_when_it_flickers(state: State) -> None:
    held, gone = Acknowledgements(state, NOW), round(GONE.total_seconds() * 1000)
    held.add(given())
    held.follow(lambda subject: False, AT)
    held.follow(lambda subject: True, AT + gone - 1)
    held.follow(lambda subject: False, AT + gone)
    held.follow(lambda subject: None, AT + 3 * gone)
    assert held.noted == {}, "it has been away since it was last seen, as far as anybody knows"
    held.close()
    again = Acknowledgements(state, NOW + timedelta(hours=1))
    assert again.noted == {}, "the end was written"
    again.close()


def test_where_it_is_not_known_whether_an_exception_stands_nothing_ends(state: State) -> None:
    held = Acknowledgements(state, NOW)
    held.add(given())
    for minutes in range(0, 120, 10):
        held.follow(lambda subject: None, AT + 60_000 * minutes)
    assert ("alarm", ALARM) in held.noted
    held.close()


def test_a_cases_lasts_until_the_case_closes(state: State) -> None:
    held = Acknowledgements(state, NOW)
    held.add(given("case", "17"))
    held.follow(lambda subject: False, AT + 10**9)
    assert held.cases() == [17]
    version = held.version
    held.end_cases([17, 18], AT + 10**9)
    assert (held.cases(), held.noted) == ([], {})
    assert held.version > version
    held.close()


def test_the_newer_of_two_takes_the_place_and_both_stay_in_the_store(state: State, tmp_path: Path) -> None:
    held = Acknowledgements(state, NOW)
    held.add(given("case", "17", note="one"))
    held.add(given("case", "17", AT + 1000, note="two"))
    assert held.of("case", "17").note == "two"  # type: ignore[union-attr]
    held.close()
    with sqlite3.connect(tmp_path / "state.sqlite") as raw:
        assert raw.execute("SELECT note, ended_at FROM acknowledgement ORDER BY id").fetchall() == [
            ("one", AT + 1000),
            ("two", None),
        ]
    raw.close()


def test_a_shift_counts_each_subject_once_and_only_those_of_its_area(state: State) -> None:
    held = Acknowledgements(state, NOW)
    held.add(given("case", "1", AT - 1))
    held.add(given("case", "2", AT))
    held.add(given("case", "2", AT + 1))
    held.add(given("alarm", ALARM, AT, area="east"))
    assert held.count_since(AT, lambda area: True) == {"alarm": 1, "case": 1}
    assert held.count_since(AT, lambda area: area == "") == {"alarm": 0, "case": 1}
    held.close()


@pytest.mark.parametrize(
    "note",
    [
        "请打 13812345678",
        "电话 138 1234 5678",
        "138-1234-5678",
        "１３８１２３４５６７８",
        "+86 13812345678",
        "0537-4412345",
        "05374412345",
        "打4412345找他",
        "身份证 370881199001011234",
        "37088119900101123X",
        "370881900101123",
        "370881 19900101 1234",
        "1\u200b3812345678",
    ],
)
def test_a_note_that_holds_a_telephone_or_id_number_is_refused_with_words(note: str) -> None:
    with pytest.raises(QueryError, match="what looks like") as fault:
        checked_note(note)
    assert "疑似" in fault.value.zh
    assert "138" not in str(fault.value), "the refusal does not repeat it"


@pytest.mark.parametrize(
    "note",
    [
        "已通知责任部门",
        "见 QF-261123-0071",
        "20261123 前办结",
        "10:42 到场, 3 人",
        "2026-11-23 14:00 回复",
        "限 15 工作日，第 3 次催",
        "",
        "案件 370881001 片区",
    ],
)
def test_an_ordinary_note_stays_as_it_is(note: str) -> None:
    assert checked_note(note) == note


def test_a_note_is_one_line_of_at_most_two_hundred_characters() -> None:
    assert checked_note("  a\n b\t c\x00 ") == "a b c"
    assert len(checked_note("件" * 200)) == 200
    with pytest.raises(QueryError, match="201 characters"):
        checked_note("件" * 201)


def test_nothing_is_kept_of_a_note_that_was_refused(state: State) -> None:
    held = Acknowledgements(state, NOW)
    with pytest.raises(QueryError):
        held.add(given(note="13812345678"))
    assert held.noted == {}
    held.close()


def test_who_may_not_acknowledge_by_role_does_it_as_operator() -> None:
    assert (capacity("operator"), capacity("analyst"), capacity("")) == ("operator", "operator", "operator")


def test_an_exception_keeps_its_name_whatever_its_rank_and_each_wall_has_its_own() -> None:
    assert identity("stage", "inspect") == "stage:inspect"
    assert identity("stage", "inspect", "370881001") != identity("stage", "inspect")
