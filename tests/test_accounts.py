"""Accounts and sessions: rules, locks, time-outs; every instant is handed in."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from data import passwords
from data.accounts import Accounts, Locked
from data.errors import AccessFault, QueryFault
from data.sessions import Sessions
from data.state import State, digest

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)
MIN = timedelta(minutes=1)
GOOD = "Hall-left 9"


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Digests that cost little, where the test is not of their cost."""
    if "long" not in request.node.name:
        monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        passwords._nobody.cache_clear()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = State(f"sqlite:///{tmp_path}/state.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def accounts(state: State) -> Accounts:
    made = Accounts(state)
    made.add("Wang", "analyst", GOOD, NOW, area="370881001")
    return made


@pytest.mark.parametrize(("password", "said"), [
    ("Aa1-aaaaa", "10 to 128 characters, this has 9"), ("aaaaaaaaaa1", "three of small letters"),
    ("AAAAAAAAAA1", "three of"), ("x-WANG-1234", "must not hold the account's name"), ("A1-" + "x" * 126, "this has 129"),
])
def test_a_password_that_is_too_plain_is_refused_in_both_languages(password: str, said: str) -> None:
    with pytest.raises(QueryFault, match=said) as fault:
        passwords.check_rules(password, "wang")
    assert "口令" in fault.value.zh


def test_characters_of_chinese_are_a_class_of_their_own() -> None:
    passwords.check_rules("大屏值守分析员abc9", "wang")
    passwords.check_rules(passwords.made_up(), "wang")


def test_the_password_itself_is_nowhere_in_the_store(accounts: Accounts, tmp_path: Path) -> None:
    held = (tmp_path / "state.sqlite").read_bytes()
    assert GOOD.encode() not in held
    assert b"$argon2id$" in held


def test_the_right_password_opens_whatever_the_case_of_the_name(accounts: Accounts) -> None:
    found = accounts.check(" WANG ", GOOD, NOW)
    assert (found.name, found.role, found.area, found.sensitive) == ("wang", "analyst", "370881001", False)


@pytest.mark.parametrize(("name", "role", "said"), [
    ("demo", "analyst", "not 'demo'"), ("wang", "analyst", "choose another"), ("a b", "analyst", "1 to 64"),
    ("", "analyst", "1 to 64"), ("li", "analist", "did you mean 'analyst'"), ("<b>", "analyst", "1 to 64"),
])
def test_a_faulty_account_is_refused_with_words(accounts: Accounts, name: str, role: str, said: str) -> None:
    with pytest.raises(QueryFault, match=said):
        accounts.add(name, role, GOOD, NOW)


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_the_fifth_failure_locks_for_a_quarter_of_an_hour_whether_or_not_the_name_exists(accounts: Accounts, name: str) -> None:
    for i in range(5):
        with pytest.raises(AccessFault, match="name or password is wrong"):
            accounts.check(name, "wrong", NOW + i * MIN)
    with pytest.raises(Locked, match="try again in 15 min"):
        accounts.check(name, GOOD, NOW + 4 * MIN)
    with pytest.raises(Locked, match="try again in 1 min"):
        accounts.check(name, GOOD, NOW + 18 * MIN + timedelta(seconds=30))
    if name == "wang":
        assert accounts.check(name, GOOD, NOW + 19 * MIN).name == "wang"


def test_a_lock_does_not_grow_by_trying_and_an_administrator_lifts_it(accounts: Accounts) -> None:
    for _ in range(5):
        with pytest.raises(AccessFault):
            accounts.check("wang", "wrong", NOW)
    with pytest.raises(Locked):
        accounts.check("wang", "wrong", NOW + 14 * MIN)
    (listed,) = accounts.all()
    assert (listed.failures, listed.locked_until) == (5, round((NOW + 15 * MIN).timestamp() * 1000))
    accounts.unlock("wang")
    assert accounts.check("wang", GOOD, NOW).name == "wang"


def test_failures_that_lie_apart_do_not_add_up(accounts: Accounts) -> None:
    for i in range(8):
        with pytest.raises(AccessFault, match="wrong"):
            accounts.check("wang", "wrong", NOW + i * 16 * MIN)
    assert accounts.check("wang", GOOD, NOW + 8 * 16 * MIN)


def test_a_success_forgets_the_failures(accounts: Accounts) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(AccessFault, match="wrong"):
                accounts.check("wang", "wrong", NOW)
        accounts.check("wang", GOOD, NOW)


def test_an_unknown_name_takes_as_long_as_a_known_one(accounts: Accounts) -> None:
    def took(name: str) -> float:
        best = 9.0
        for i in range(4):
            started = time.perf_counter()
            with pytest.raises(AccessFault):
                accounts.check(name, "wrong", NOW + i * 20 * MIN)
            best = min(best, time.perf_counter() - started)
        return best

    took("warm-up")     # the digest that stands for nobody's is made once
    known, unknown = took("wang"), took("nobody")
    assert 0.5 < unknown / known < 2, (known, unknown)


def test_a_digest_of_other_parameters_is_made_anew_at_the_next_login(accounts: Accounts, tmp_path: Path) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1).hash(GOOD)
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as db, db:
        db.execute("UPDATE account SET digest = ?", (old,))
    accounts.check("wang", GOOD, NOW)
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as db:
        (digest_now,) = db.execute("SELECT digest FROM account").fetchone()
    assert digest_now != old
    assert not passwords.outdated(digest_now)
    assert accounts.check("wang", GOOD, NOW)


def test_a_session_ends_twelve_minutes_after_its_last_use_and_twelve_hours_after_login(accounts: Accounts, state: State) -> None:
    sessions = Sessions(state)
    token = sessions.open("wang", NOW)
    key = digest(token)
    assert sessions.live(NOW + 12 * MIN - timedelta(seconds=1))[key].area == "370881001"
    assert key not in sessions.live(NOW + 12 * MIN)
    for at in itertools.takewhile(lambda m: m < 12 * 60, itertools.count(11, 11)):
        sessions.used({key: round((NOW + at * MIN).timestamp() * 1000)})
    assert key in sessions.live(NOW + 12 * 60 * MIN - timedelta(seconds=1))
    assert key not in sessions.live(NOW + 12 * 60 * MIN)
    sessions.sweep(NOW + 12 * 60 * MIN)
    assert not sessions.live(NOW)


def test_a_use_that_is_written_late_never_sets_a_session_back(accounts: Accounts, state: State) -> None:
    sessions = Sessions(state)
    key = digest(sessions.open("wang", NOW))
    sessions.used({key: round((NOW + 5 * MIN).timestamp() * 1000)})
    sessions.used({key: round((NOW + 1 * MIN).timestamp() * 1000), "gone": 1})
    assert list(sessions.live(NOW + 16 * MIN)) == [key]


@pytest.mark.parametrize("change", ["disable", "password", "role", "area", "end"])
def test_a_change_of_the_account_ends_its_sessions_and_no_others(accounts: Accounts, state: State, change: str) -> None:
    sessions = Sessions(state)
    accounts.add("li", "auditor", GOOD, NOW)
    mine, other = digest(sessions.open("wang", NOW)), digest(sessions.open("li", NOW))
    {
        "disable": lambda: accounts.disable("wang", NOW), "password": lambda: accounts.set_password("wang", GOOD + "!", NOW),
        "role": lambda: accounts.set_role("wang", "leader", NOW),
        "area": lambda: accounts.set_role("wang", "analyst", NOW, area=""), "end": lambda: sessions.end(mine),
    }[change]()
    assert set(sessions.live(NOW)) == {other}


def test_a_disabled_account_is_told_no_more_than_a_wrong_password(accounts: Accounts) -> None:
    accounts.disable("wang", NOW)
    with pytest.raises(AccessFault) as disabled:
        accounts.check("wang", GOOD, NOW)
    with pytest.raises(AccessFault) as unknown:
        accounts.check("nobody", GOOD, NOW)
    assert str(disabled.value) == str(unknown.value)
    accounts.enable("wang", NOW)
    assert accounts.check("wang", GOOD, NOW)


def test_a_provider_cannot_take_a_local_accounts_name_or_open_a_disabled_one(accounts: Accounts) -> None:
    with pytest.raises(AccessFault, match="belongs to another account"):
        accounts.provided("wang", "https://id|7", "administrator", "", NOW)
    assert accounts.provided("zhao", "https://id|8", "operator", "370881001", NOW).role == "operator"
    with pytest.raises(AccessFault, match="belongs to another"):
        accounts.provided("zhao", "https://id|9", "operator", "", NOW)
    assert accounts.provided("zhao", "https://id|8", "leader", "", NOW).role == "leader"
    assert [(a.name, a.role) for a in accounts.all()] == [("wang", "analyst"), ("zhao", "leader")]
    with pytest.raises(AccessFault, match="wrong"):
        accounts.check("zhao", GOOD, NOW)
    accounts.disable("zhao", NOW)
    with pytest.raises(AccessFault, match="disabled"):
        accounts.provided("zhao", "https://id|8", "leader", "", NOW)


def test_an_unknown_account_is_named_with_what_is_near(accounts: Accounts) -> None:
    with pytest.raises(QueryFault, match="did you mean 'wang'"):
        accounts.disable("wanng", NOW)
