"""Accounts and sessions: rules, locks, time-outs; every instant is handed in."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from data.access import passwords
from data.access.accounts import Accounts, LoginDelayedError
from data.access.sessions import Sessions
from data.access.store import State, digest
from data.errors import AccessError, QueryError

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)
MIN = timedelta(minutes=1)
GOOD = "Hall-left 9"


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Digests that cost little, where the test is not of their cost."""
    passwords._nobody.cache_clear()
    if "long" not in request.node.name:
        monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


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


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("Aa1-aaaaa", "10 to 128 characters, this has 9"),
        ("aaaaaaaaaa1", "three of small letters"),
        ("AAAAAAAAAA1", "three of"),
        ("x-WANG-1234", "must not hold the account's name"),
        ("A1-" + "x" * 126, "this has 129"),
    ],
)
def test_a_password_that_is_too_plain_is_refused_in_both_languages(password: str, said: str) -> None:
    with pytest.raises(QueryError, match=said) as fault:
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


@pytest.mark.parametrize(
    ("name", "role", "said"),
    [
        ("demo", "analyst", "not 'demo'"),
        ("wang", "analyst", "choose another"),
        ("a b", "analyst", "1 to 64"),
        ("", "analyst", "1 to 64"),
        ("li", "analist", "did you mean 'analyst'"),
        ("<b>", "analyst", "1 to 64"),
    ],
)
def test_a_faulty_account_is_refused_with_words(accounts: Accounts, name: str, role: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        accounts.add(name, role, GOOD, NOW)


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_from_the_fifth_failure_on_the_wait_grows_whether_or_not_the_name_exists(accounts: Accounts, name: str) -> None:
    at, waits = NOW, []
    for _ in range(16):
        with pytest.raises(AccessError, match="name or password is wrong"):
            accounts.check(name, "wrong", at, "10.0.0.7")
        with contextlib.suppress(AccessError):
            try:
                accounts.check(name, "wrong", at, "10.0.0.7")
            except LoginDelayedError as delayed:
                waits.append(delayed.left_s)
                at += timedelta(seconds=delayed.left_s)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900], "a quarter of an hour at the most"


def fail(accounts: Accounts, name: str, origin: str, times: int) -> list[str]:
    """What is said to so many wrong passwords, one after another in the same second."""
    said = []
    for _ in range(times):
        with pytest.raises(AccessError) as fault:
            accounts.check(name, "wrong", NOW, origin)
        said.append(str(fault.value))
    return said


def test_who_has_to_wait_keeps_nobody_else_waiting_and_an_administrator_lifts_it(accounts: Accounts) -> None:
    fail(accounts, "wang", "10.0.0.7", 5)
    with pytest.raises(LoginDelayedError, match="try again in 1 s"):
        accounts.check("wang", GOOD, NOW, "10.0.0.7")
    (listed,) = accounts.all()
    assert (listed.failures, listed.delayed_until) == (5, round(NOW.timestamp() * 1000) + 1000)
    assert accounts.check("wang", GOOD, NOW, "10.0.0.8").name == "wang", "from elsewhere, and from a known device"
    with pytest.raises(LoginDelayedError):
        accounts.check("wang", GOOD, NOW, "10.0.0.7")
    accounts.unlock("wang")
    assert accounts.check("wang", GOOD, NOW, "10.0.0.7").name == "wang"


def test_a_login_elsewhere_changes_nothing_of_what_the_one_who_guesses_is_told(accounts: Accounts) -> None:
    before = fail(accounts, "wang", "10.0.0.7", 4)
    accounts.check("wang", GOOD, NOW, "10.0.0.8")
    assert before + fail(accounts, "wang", "10.0.0.7", 3) == fail(accounts, "nobody", "10.0.0.7", 7)


def test_failures_are_forgotten_and_made_up_names_fill_nothing(accounts: Accounts, tmp_path: Path) -> None:
    for i in range(20):
        fail(accounts, f"name{i}", "10.0.0.7", 1)
    with pytest.raises(AccessError):
        accounts.check("another", "wrong", NOW + timedelta(hours=1), "10.0.0.7")
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as db:
        assert db.execute("SELECT name FROM login_delay").fetchall() == [("another",)]


def test_failures_that_lie_apart_do_not_add_up(accounts: Accounts) -> None:
    for i in range(8):
        with pytest.raises(AccessError, match="wrong"):
            accounts.check("wang", "wrong", NOW + i * 16 * MIN)
    assert accounts.check("wang", GOOD, NOW + 8 * 16 * MIN)


def test_a_success_forgets_the_failures(accounts: Accounts) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(AccessError, match="wrong"):
                accounts.check("wang", "wrong", NOW)
        accounts.check("wang", GOOD, NOW)


@pytest.mark.slow
def test_an_unknown_name_takes_as_long_as_a_known_one(accounts: Accounts) -> None:
    def took(name: str) -> float:
        best = 9.0
        for i in range(4):
            started = time.perf_counter()
            with pytest.raises(AccessError):
                accounts.check(name, "wrong", NOW + i * 20 * MIN)
            best = min(best, time.perf_counter() - started)
        return best

    took("warm-up")  # the digest that stands for nobody's is made once
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
        "disable": lambda: accounts.disable("wang", NOW),
        "password": lambda: accounts.set_password("wang", GOOD + "!", NOW),
        "role": lambda: accounts.set_role("wang", "leader", NOW),
        "area": lambda: accounts.set_role("wang", "analyst", NOW, area=""),
        "end": lambda: sessions.end(mine),
    }[change]()
    assert set(sessions.live(NOW)) == {other}


def test_a_disabled_account_is_told_no_more_than_a_wrong_password(accounts: Accounts) -> None:
    accounts.disable("wang", NOW)
    with pytest.raises(AccessError) as disabled:
        accounts.check("wang", GOOD, NOW)
    with pytest.raises(AccessError) as unknown:
        accounts.check("nobody", GOOD, NOW)
    assert str(disabled.value) == str(unknown.value)
    accounts.enable("wang", NOW)
    assert accounts.check("wang", GOOD, NOW)


def test_a_provider_cannot_take_a_local_accounts_name_or_open_a_disabled_one(accounts: Accounts) -> None:
    with pytest.raises(AccessError, match="belongs to another account"):
        accounts.provided("wang", "https://id|7", "administrator", "", NOW)
    assert accounts.provided("zhao", "https://id|8", "operator", "370881001", NOW).role == "operator"
    with pytest.raises(AccessError, match="belongs to another"):
        accounts.provided("zhao", "https://id|9", "operator", "", NOW)
    assert accounts.provided("zhao", "https://id|8", "leader", "", NOW).role == "leader"
    assert [(a.name, a.role) for a in accounts.all()] == [("wang", "analyst"), ("zhao", "leader")]
    with pytest.raises(AccessError, match="wrong"):
        accounts.check("zhao", GOOD, NOW)
    accounts.disable("zhao", NOW)
    with pytest.raises(AccessError, match="disabled"):
        accounts.provided("zhao", "https://id|8", "leader", "", NOW)


def test_an_unknown_account_is_named_with_what_is_near(accounts: Accounts) -> None:
    with pytest.raises(QueryError, match="did you mean 'wang'"):
        accounts.disable("wanng", NOW)
