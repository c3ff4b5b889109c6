"""Logging in through a provider: a real one (Authlib's server side) over real HTTP, honest and lying."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from callbacks.auth.oidc import Oidc
from callbacks.auth.oidc import Provider as Setting
from dashboard.provider import ProviderSettingError, provider_of
from data.access.accounts import Accounts
from data.access.audit import Audit, Filter
from data.access.store import State
from tests.conftest import Running, copy_of
from tests.desk_people import PASSWORD, TOWN, Answer, Person, people
from tests.oidc_provider import CLIENT, FAULTS, SECRET, Provider

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # of the provider's own side
    running = Provider().start()
    yield running
    running.stop()
    del os.environ["AUTHLIB_INSECURE_TRANSPORT"]


@pytest.fixture(scope="module")
def desk(demo_city: Path, tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Running]:
    place = tmp_path_factory.mktemp("oidc")
    settings = {
        "ISSUER": provider.issuer,
        "CLIENT_ID": CLIENT,
        "CLIENT_SECRET": SECRET,
        "ROLE_CLAIM": "realm_access.roles",
        "AREA_CLAIM": "grid",
        "ROLES": "gw-research=analyst, gw-audit=auditor",
    }
    kept = dict(os.environ)
    os.environ.pop("AUTHLIB_INSECURE_TRANSPORT")
    os.environ.update({f"GRIDWALL_OIDC_{k}": v for k, v in settings.items()})
    running = Running(place, "--source", f"sqlite:///{copy_of(demo_city, place)}", "--state", people(place))
    try:
        running.start()
    finally:
        os.environ.clear()
        os.environ.update(kept)
    yield running
    running.kill()


@pytest.fixture(autouse=True)
def honest(provider: Provider) -> None:
    provider.fault = ""
    provider.who = {
        "sub": "u-7",
        "preferred_username": "Sun.Li",
        "grid": TOWN,
        "realm_access": {"roles": ["offline", "gw-research"]},
    }


def through(desk: Running, someone: Person, to: str = "") -> Answer:
    """From the link on the login page through the provider back to us."""
    start = someone.get(f"/oidc/start?next={to}")
    assert start.status == 303, start.text
    there = urlsplit(start.headers["location"])
    assert "code_challenge_method=S256" in there.query
    assert SECRET not in start.headers["location"]
    back = Person(there.port or 0).get(f"{there.path}?{there.query}")
    assert back.status == 302, back.text
    home = urlsplit(back.headers["location"])
    assert home.port == desk.port
    return someone.get(f"{home.path}?{home.query}")


def newest(desk: Running) -> Any:
    time.sleep(0.5)
    state = State(f"sqlite:///{desk.place}/state.sqlite")
    try:
        return Audit(state).rows(Filter(what="login"), limit=1)[0]
    finally:
        state.close()


def test_the_provider_opens_a_session_with_its_role_and_area(desk: Running) -> None:
    someone = Person(desk.port)
    assert 'href="/oidc/start?' in someone.get("/login").text
    done = through(desk, someone, "/analyst")
    assert (done.status, done.headers["location"]) == (303, "/analyst"), done.text
    assert someone.get("/session").json() == {"user": "sun.li", "role": "analyst", "area": TOWN}
    assert someone.get("/api/read/headline?scope=370881002").status == 403
    assert "gridwall_oidc" not in someone.cookies
    entry = newest(desk)
    assert (entry.who, entry.role, entry.result) == ("sun.li", "analyst", "ok")
    someone.form("/logout", {})
    assert someone.log_in("sun.li", PASSWORD).status == 403, "it has no password here"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_provider_that_lies_lets_nobody_in(desk: Running, provider: Provider, fault: str) -> None:
    provider.fault = fault
    someone = Person(desk.port)
    done = through(desk, someone)
    assert done.status == 403, (fault, done.status)
    assert 'role="alert"' in done.text
    assert ("统一认证拒绝" if fault == "verifier" else "统一认证的应答未通过核验") in done.text
    assert "gridwall_session" not in someone.cookies
    assert newest(desk).result == "refused"


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"realm_access": {"roles": ["guest"]}}, "未赋予本系统的角色"),
        ({"realm_access": {}}, "未赋予本系统的角色"),
        ({"realm_access": {"roles": ["gw-research", "gw-audit"]}}, "多个角色"),
        ({"grid": None}, "未给出您的可见范围"),
        ({"grid": "370999999"}, "没有网格"),
        ({"preferred_username": "auditor"}, "已属他人"),
        ({"preferred_username": "<b>x"}, "账号名"),
        ({"sub": "u-8"}, "已属他人"),
    ],
)
def test_who_has_no_place_here_is_refused_with_words(
    desk: Running, provider: Provider, claims: dict[str, Any], said: str
) -> None:
    through(desk, Person(desk.port))  # sun.li is u-7's
    provider.who |= claims
    someone = Person(desk.port)
    done = through(desk, someone)
    assert (done.status, said in done.text) == (403, True), done.text[-900:]
    assert "gridwall_session" not in someone.cookies


def test_an_answer_counts_once_and_only_for_who_asked(desk: Running) -> None:
    asked, other = Person(desk.port), Person(desk.port)
    there = urlsplit(asked.get("/oidc/start").headers["location"])
    home = urlsplit(Person(there.port or 0).get(f"{there.path}?{there.query}").headers["location"])
    back = f"{home.path}?{home.query}"
    assert other.get(back).status == 403, "it was begun in another browser"
    assert asked.get(back.replace("state=", "state=x")).status == 403
    assert asked.get(back).status == 403, "what failed is begun anew"


def test_an_account_that_was_disabled_here_stays_out(desk: Running) -> None:
    someone = Person(desk.port)
    assert through(desk, someone).status == 303
    state = State(f"sqlite:///{desk.place}/state.sqlite")
    accounts = Accounts(state)
    accounts.disable("sun.li", datetime.now(UTC))
    again = Person(desk.port)
    assert "已停用" in through(desk, again).text
    accounts.enable("sun.li", datetime.now(UTC))
    state.close()


def test_the_secret_is_shown_nowhere(desk: Running) -> None:
    assert SECRET not in (desk.place / "server.log").read_text()
    assert SECRET not in repr(Setting("https://id", CLIENT, SECRET))


def test_a_provider_that_is_away_is_said_without_names_of_hosts(desk: Running) -> None:
    oidc = Oidc(Setting("http://127.0.0.1:9", CLIENT, SECRET))
    with pytest.raises(Exception, match="does not answer"):
        oidc.begin("http://127.0.0.1/oidc/callback")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ISSUER": "http://id.city.example"}, "begins with https://"),
        ({"ISSUER": "id"}, "begins with https://"),
        ({"ISSUER": "https://id.city.example"}, "CLIENT_ID is not set"),
        ({"ISSUER": "https://id", "CLIENT_ID": "x", "ROLES": "a=analist"}, "did you mean 'analyst'"),
    ],
)
def test_a_faulty_setting_is_named_at_the_start(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ProviderSettingError, match=said):
        provider_of({f"GRIDWALL_OIDC_{k}": v for k, v in settings.items()})
    assert provider_of({}) is None
