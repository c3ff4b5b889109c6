"""The desk's door over real HTTP: in with name and password, out again, revoked, never led elsewhere."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callbacks.auth.authenticator import DeskAuthenticator
from callbacks.auth.logged_in import LoggedIn
from callbacks.auth.logins import TOLD_S
from callbacks.http.forms import in_language
from data.access.accounts import Accounts
from data.access.audit import Audit, Entry, Filter
from data.access.sessions import Session, Sessions
from data.access.store import State
from tests.conftest import Running, copy_of
from tests.desk_people import PASSWORD, TOWN, Person, people

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = tmp_path_factory.mktemp("desk")
    state = people(place, {"operator": TOWN})
    running = Running(place, "--source", f"sqlite:///{copy_of(demo_city, place)}", "--state", state)
    try:
        yield running.start()
    finally:
        running.kill()


@pytest.fixture
def state(desk: Running) -> Iterator[State]:
    opened = State(f"sqlite:///{desk.place}/state.sqlite")
    yield opened
    opened.close()


def lines(state: State, what: str, who: str = "") -> list[Entry]:
    """The audit's newest lines, once the writer has had its moment."""
    time.sleep(0.5)
    return Audit(state).rows(Filter(what=what, who=who))


def abroad(desk: Running) -> Person:
    """Who calls the machine by another name: no demo without a login."""
    return Person(desk.port, "wall.city.example")


def test_a_login_opens_a_session_and_leads_to_the_page_that_was_asked_for(desk: Running, state: State) -> None:
    someone = abroad(desk)
    asked = someone.get("/audit?who=x")
    assert (asked.status, asked.headers["location"]) == (303, "/login?next=%2Faudit%3Fwho%3Dx")
    page = someone.get(asked.headers["location"])
    assert page.status == 200
    assert 'name="next" value="/audit?who=x"' in page.text
    done = someone.log_in("Auditor", to="/audit?who=x")
    assert (done.status, done.headers["location"]) == (303, "/audit?who=x")
    (line,) = [c for c in done.set_cookies if c.startswith("gridwall_session=")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {p.strip() for p in line.split(";")}
    assert "Max-Age" not in line, "it ends with the browser"
    assert someone.get("/session").json() == {"user": "auditor", "role": "auditor", "area": ""}
    assert someone.get("/audit").status == 200
    entry = lines(state, "login", "auditor")[0]
    assert (entry.role, entry.result, entry.address) == ("auditor", "ok", "127.0.0.1")


@pytest.mark.parametrize(("role", "home"), [("administrator", "/accounts"), ("auditor", "/audit")])
def test_without_a_next_the_first_page_of_the_role_is_shown(desk: Running, role: str, home: str) -> None:
    assert abroad(desk).log_in(role).headers["location"] == home


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/a\r\nSet-Cookie: x=y",
        "http:evil.example",
        " /audit",
        "/" + "a" * 900,
        "/\u2028x",
    ],
)
def test_next_never_leads_to_another_site(desk: Running, to: str) -> None:
    done = abroad(desk).log_in("auditor", to=to)
    assert (done.status, done.headers["location"]) == (303, "/audit")
    assert "x" not in [c.split("=")[0] for c in done.set_cookies]


def test_a_wrong_password_says_so_in_words_of_the_page_and_puts_no_password_anywhere(desk: Running, state: State) -> None:
    someone = abroad(desk)
    failed = someone.log_in("leader", "My-secret-99")
    assert failed.status == 403
    assert 'role="alert"' in failed.text
    assert "账号或口令不正确" in failed.text
    assert "My-secret-99" not in failed.text
    assert "gridwall_session" not in someone.cookies
    someone.log_in("My-secret-98", "x")
    entries = lines(state, "login")
    assert [(e.who, e.result) for e in entries[:2]] == [("(unknown)", "failed"), ("leader", "failed")]
    held = b"".join(p.read_bytes() for p in desk.place.iterdir() if p.is_file() and p.suffix in (".sqlite", ".log"))
    assert b"My-secret-9" not in held, "who types the password in the place of the name"
    someone.log_in("leader")


def test_after_five_failures_a_place_waits_and_an_administrator_lifts_it(desk: Running, state: State) -> None:
    someone = abroad(desk)
    answers: list[int] = []
    while len(answers) < 20 and 429 not in answers:
        answers.append(someone.log_in("analyst", "wrong").status)
    assert answers[:5] == [403] * 5
    delayed = someone.log_in("analyst", "wrong")
    assert (delayed.status, "此处登录失败次数过多，请" in delayed.text) in ((429, True), (403, False))
    assert "delayed" in [e.result for e in lines(state, "login", "analyst")]
    admin = abroad(desk)
    admin.log_in("administrator")
    assert "清除失败登录" in admin.get("/desk/accounts").json()["html"]
    assert admin.post("/desk/accounts/unlock", {"name": "analyst"}).status == 200
    time.sleep(TOLD_S)
    assert someone.log_in("analyst").status == 303
    assert lines(state, "setting changed", "administrator")[0].subject == "user unlock analyst"


@pytest.mark.parametrize("trick", ["no cookie", "other token", "foreign origin", "cross site", "json", "too large"])
def test_a_forged_form_logs_nobody_in(desk: Running, trick: str) -> None:
    someone = abroad(desk)
    token = re.search(r'name="form" value="([^"]+)"', someone.get("/login").text)
    assert token
    words = {"form": token[1], "name": "leader", "password": PASSWORD}
    headers = {"foreign origin": {"origin": "https://evil.example"}, "cross site": {"sec_fetch_site": "cross-site"}}.get(
        trick, {}
    )
    if trick == "no cookie":
        someone.cookies.clear()
    elif trick == "other token":
        words["form"] = "x" * 32
    elif trick == "too large":
        words["more"] = "x" * 5000
    done = someone.post("/login", words) if trick == "json" else someone.form("/login", words, **headers)
    assert done.status == 403
    assert "gridwall_session" not in someone.cookies


def test_the_token_changes_at_login_and_the_one_before_opens_nothing(desk: Running) -> None:
    planted = abroad(desk)
    planted.cookies["gridwall_session"] = "planted-by-somebody-else"
    planted.log_in("leader")
    first = planted.cookies["gridwall_session"]
    assert first != "planted-by-somebody-else"
    planted.log_in("leader")
    second = planted.cookies["gridwall_session"]
    assert second != first
    again = abroad(desk)
    again.cookies["gridwall_session"] = first
    assert again.get("/session").status == 401


def test_logging_out_ends_the_session_at_once_and_a_foreign_page_cannot_do_it(desk: Running, state: State) -> None:
    someone = abroad(desk)
    someone.log_in("leader")
    kept = someone.cookies["gridwall_session"]
    assert someone.get("/logout").status == 405
    assert someone.form("/logout", {}, origin="https://evil.example").status == 403
    assert someone.get("/session").status == 200
    out = someone.form("/logout", {}, origin="http://wall.city.example")
    assert (out.status, out.headers["location"]) == (303, "/login")
    assert "gridwall_session" not in someone.cookies
    someone.cookies["gridwall_session"] = kept
    assert someone.get("/session").status == 401
    assert lines(state, "logout")[0].who == "leader"


@pytest.mark.parametrize("change", ["disable", *(pytest.param(c, marks=pytest.mark.soak) for c in ("password", "role"))])
def test_what_another_process_changes_ends_the_session_within_five_seconds(desk: Running, state: State, change: str) -> None:
    now, accounts = datetime.now(UTC), Accounts(state)
    accounts.add(f"gone-{change}", "auditor", PASSWORD, now)
    someone = abroad(desk)
    someone.log_in(f"gone-{change}")
    assert someone.get("/desk/audit").status == 200
    if change == "disable":
        accounts.disable("gone-disable", now)
    elif change == "password":
        accounts.set_password("gone-password", PASSWORD + "x", now)
    else:
        accounts.set_role("gone-role", "leader", now)
    time.sleep(5)
    assert someone.get("/desk/audit").status == 401
    assert someone.get("/audit").status == 303


def test_on_this_machine_the_demo_needs_no_login_and_a_real_session_wins(desk: Running) -> None:
    someone = Person(desk.port)
    assert someone.get("/session").json()["user"] == "demo"
    assert someone.get("/login").status == 200
    someone.log_in("auditor")
    assert someone.get("/session").json()["user"] == "auditor"
    assert someone.get("/desk/audit").status == 200
    someone.form("/logout", {})
    assert someone.get("/desk/audit").status == 403, "the demo is no auditor"


def test_an_area_is_checked_on_the_wall_too(desk: Running) -> None:
    someone = abroad(desk)
    someone.log_in("operator")
    assert someone.get("/session").json()["area"] == TOWN
    assert someone.get("/snapshot/overview?scope=370881002").status == 403
    assert someone.get("/api/read/headline?scope=370881002").status == 403
    assert someone.get("/api/read/headline").json()["scope"] == TOWN
    assert someone.get("/wall?scope=370881002").status == 403


def test_logging_in_keeps_nobody_waiting_on_the_wall(desk: Running) -> None:
    attempts = [threading.Thread(target=abroad(desk).log_in, args=(f"nobody{i}", "x")) for i in range(6)]
    for attempt in attempts:
        attempt.start()
    screen = Person(desk.port)
    waits: list[float] = []
    while any(a.is_alive() for a in attempts):
        started = time.perf_counter()
        assert screen.get("/healthz").status == 200
        waits.append(time.perf_counter() - started)
    assert len(waits) > 6, "it was asked while they were being digested"
    assert sorted(waits)[len(waits) // 2] < 0.5, waits


def test_the_login_page_is_whole_in_itself_and_says_its_language(desk: Running) -> None:
    for lang, spoken in (("zh", "zh-CN"), ("en", "en")):
        page = abroad(desk).get(f"/login?lang={lang}")
        assert f'<html lang="{spoken}" data-below="" ' in page.text
        assert re.findall(r'(?:src|href)="(?!/|data:|#)[^"]*"', page.text) == []
        assert re.findall(r"<script[^>]", page.text) == [], "none but those that stand in the page itself"
        assert page.text.count("<label for=") == 2
        assert page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"


def test_accounts_are_managed_on_the_page_and_every_change_is_audited(desk: Running, state: State) -> None:
    admin = abroad(desk)
    admin.log_in("administrator")
    add = {"name": "Zhao", "role": "analyst", "area": TOWN, "password": PASSWORD, "lang": "en"}
    assert admin.post("/desk/accounts/add", add).status == 200
    assert admin.post("/desk/accounts/add", add).json()["error"].startswith("user 'zhao': there is an account")
    assert "did you mean" in admin.post("/desk/accounts/add", add | {"name": "qian", "area": "370881"[:5]}).json()["error"]
    assert admin.post("/desk/accounts/role", {"name": "zhao", "role": "leader", "area": ""}).status == 200
    assert admin.post("/desk/accounts/disable", {"name": "zhao"}).status == 200
    assert admin.post("/desk/accounts/disable", {"name": "administrator"}).status == 403
    assert admin.post("/desk/accounts/role", {"name": "Administrator", "role": "auditor"}).status == 403
    assert admin.form("/desk/accounts/disable", {"name": "leader"}).status == 400, "only as JSON, which no foreign form sends"
    key = admin.post("/desk/screens/add", {"name": "hall-web", "lang": "en"}).json()["html"]
    assert re.search(r"/wall\?key=[\w-]{32}", key)
    assert admin.post("/desk/screens/revoke", {"name": "hall-web"}).status == 200
    subjects = [e.subject for e in lines(state, "setting changed", "administrator")]
    assert subjects[:5] == [
        "key revoke hall-web",
        "key add hall-web",
        "user disable zhao",
        "user role zhao leader city",
        f"user add zhao analyst {TOWN}",
    ]
    assert PASSWORD not in str(Audit(state).rows())


def test_the_auditor_reads_filters_exports_and_that_is_audited(desk: Running, state: State) -> None:
    auditor = abroad(desk)
    auditor.log_in("auditor")
    page = auditor.get("/desk/audit?what=login&lang=en").json()["html"]
    assert "<table" in page
    assert '<th scope="col">From</th>' in page
    file = auditor.get("/desk/audit/export?what=login")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.body.startswith(b"\xef\xbb\xbfrow,at,who,role,what,subject,result,from,cases\r\n")
    assert lines(state, "export")[0].who == "auditor"
    assert auditor.get("/desk/audit/verify").json()["said"].endswith(Audit(state).verify()[1])
    assert auditor.get("/desk/audit?since=yesterday").status == 400


def leader_inside(tmp_path: Path) -> tuple[State, list[datetime], LoggedIn, str]:
    """A store, the clock that its sessions go by, those that are logged in, and a leader's token."""
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    clock = [datetime(2026, 11, 23, 2, 0, tzinfo=UTC)]
    Accounts(state).add("leader", "leader", PASSWORD, clock[0])
    inside = LoggedIn(Sessions(state), lambda: clock[0])
    at = round(clock[0].timestamp() * 1000)
    token = inside.open(Session("leader", "leader", "", False, at, at))
    return state, clock, inside, token


def test_a_use_is_written_down_and_a_page_s_own_polls_are_none(tmp_path: Path) -> None:
    state, clock, inside, token = leader_inside(tmp_path)

    def after(minutes: float, used: bool) -> bool:
        clock[0] += timedelta(minutes=minutes)
        inside.refresh()
        return inside.who(token, used) is not None

    assert after(11, True), "used at 11 min"
    assert after(11, False), "22: looked at 11 min after the last use"
    assert not after(1, False), "23: 12 min after it; looking was no use"
    inside.refresh()
    assert not inside.who(token, True), "what has ended is not woken"
    state.close()


def test_a_login_that_the_store_hides_is_told_from_one_that_has_ended(tmp_path: Path) -> None:
    state, clock, inside, token = leader_inside(tmp_path)
    inside.refresh()
    none: Any = None
    authenticator = DeskAuthenticator(Accounts(state), inside, none, lambda: clock[0], none, none, lambda headers: False, none)

    def told(token: str) -> tuple[int, str]:
        answer = authenticator.refuse({b"cookie": f"gridwall_session={token}".encode()})
        return answer.status_code, json.loads(bytes(answer.body))["error_zh"]

    clock[0] += timedelta(seconds=61)  # the store has not been read since
    assert inside.who(token, True) is None
    assert told(token) == (503, "状态库暂不能读取，期间不予进入；登录仍保留，恢复后继续")
    assert told("another") == (401, "请先登录")
    inside.refresh()
    assert inside.who(token, True) is not None, "it is let in again"
    inside.end(token)
    assert told(token) == (401, "请先登录")
    authenticator.close()
    state.close()


def test_an_english_page_stays_english_through_the_login(desk: Running) -> None:
    someone = abroad(desk)
    target = "/analyst?lang=en&area=370881001&win=7d&q=a%26b"
    asked = someone.get(target)
    assert asked.status == 303
    assert asked.headers["location"].endswith("&lang=en")
    page = someone.get(asked.headers["location"])
    assert '<html lang="en" data-below="" ' in page.text
    assert ">Log in<" in page.text
    assert f'name="next" value="{target.replace("&", "&amp;")}"' in page.text
    found = re.search(r'name="form" value="([^"]+)"', page.text)
    assert found
    done = someone.form("/login", {"form": found[1], "name": "analyst", "password": PASSWORD, "next": target, "lang": "en"})
    assert done.headers["location"] == target, "nothing of the address is lost"
    out = someone.form("/logout?lang=en", {})
    assert out.headers["location"] == "/login?lang=en"


@pytest.mark.parametrize(
    ("words", "lang"),
    [
        ("next=%2Fanalyst%3Flang%3Den", "en"),
        ("next=%2Fanalyst%3Flang%3Den&lang=zh", "zh-CN"),
        ("next=%2Fanalyst", "zh-CN"),
        ("next=%2Fanalyst&lang=en", "en"),
        ("lang=fr", "zh-CN"),
    ],
)
def test_the_login_speaks_the_language_asked_for_or_that_of_the_page_behind_it(desk: Running, words: str, lang: str) -> None:
    assert f'<html lang="{lang}" data-below="" ' in abroad(desk).get(f"/login?{words}").text


@pytest.mark.parametrize(
    ("role", "to", "lands"),
    [
        ("administrator", "/analyst", "/accounts"),
        ("administrator", "/analyst?lang=en", "/accounts?lang=en"),
        ("administrator", "/kiosk/", "/accounts"),
        ("administrator", "/screens", "/screens"),
        ("auditor", "/accounts#x", "/audit"),
        ("administrator", "/wall", "/wall"),
        ("operator", "/analyst?area=1", "/kiosk"),
        ("leader", "/analyst#a?b", "/analyst#a?b"),
    ],
)
def test_nobody_lands_on_a_page_that_he_may_not_see(desk: Running, role: str, to: str, lands: str) -> None:
    someone = abroad(desk)
    assert someone.log_in(role, to=to).headers["location"] == lands


@pytest.mark.parametrize(
    ("path", "lang", "led"),
    [
        ("/analyst", "zh", "/analyst"),
        ("/analyst", "en", "/analyst?lang=en"),
        ("/analyst?lang=en", "zh", "/analyst"),
        ("/analyst?a=%2F%2Fevil&lang=fr&b=", "en", "/analyst?a=%2F%2Fevil&b=&lang=en"),
        ("/a?langx=1", "zh", "/a?langx=1"),
        ("/a?b=1#lang=en", "en", "/a?b=1&lang=en#lang=en"),
        ("/a?lang=zh&b=1", "zh", "/a?lang=zh&b=1"),
        ("/a?lang=zh", "en", "/a?lang=en"),
        ("/a?lang=en&lang=en", "zh", "/a"),
    ],
)
def test_the_language_of_an_address_is_changed_and_nothing_else(path: str, lang: str, led: str) -> None:
    assert in_language(path, lang) == led
