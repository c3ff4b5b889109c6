"""attack.keys: what becomes of a screen's key in addresses, cookies and histories, and of a screen that has none."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from callbacks.auth.screens import KEPT_S, Screens
from callbacks.http.access import bind_request
from dashboard.cli import main
from dashboard.screen_keys import KEYS_EVERY_S
from data.access.audit import Audit, Filter
from data.access.screen_keys import add_key, overlap_of, revoke_key, rotate_key, screens
from data.access.store import State, digest
from data.errors import QueryError
from data.text import Text
from layouts.html.watchdog import THEME
from tests.attacks.conftest import Hall
from tests.desk_people import Person
from tests.screens import valid_digests

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)
TALK = pytest.mark.slow


# -------------------------------------------------------------------- over the wire
@TALK
@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/wall?key={key}", "/wall"),
        ("/wall?lang=en&key={key}&scope=370881001", "/wall?lang=en&scope=370881001"),
        ("/wall/overview?key={key}&lang=zh", "/wall/overview?lang=zh"),
        ("/?k%65y={key}", "/"),
        ("/kiosk?key={key}&tab=a%26b", "/kiosk?tab=a%26b"),
        ("/login?key={key}&next=%2Faudit", "/login?next=%2Faudit"),
        ("//evil.example/%2e%2e?key={key}", "/evil.example/.."),
        ("/%5Cevil.example?key={key}", "/%5Cevil.example"),
    ],
)
def test_a_good_key_leaves_the_address_before_anything_is_drawn(hall: Hall, asked: str, led: str) -> None:
    screen = hall.person()
    answer = screen.get(asked.format(key=hall.key), **HTML)
    assert (answer.status, answer.headers["location"], answer.body) == (303, led, b"")
    assert answer.headers["referrer-policy"] == ("same-origin" if led.startswith(("/kiosk", "/login")) else "no-referrer")
    assert answer.headers["cache-control"] == "no-store"
    (line,) = answer.set_cookies
    assert {part.strip() for part in line.split(";")} == {
        f"gridwall_key={hall.key}",
        "Path=/",
        "HttpOnly",
        "SameSite=Lax",
        f"Max-Age={KEPT_S}",
    }
    assert screen.get("/wall", **HTML).status == 200


@TALK
def test_a_wrong_key_never_takes_the_place_of_a_good_one(hall: Hall) -> None:
    screen = hall.person()
    screen.get(f"/wall?key={hall.key}", **HTML)
    for wrong in ("WRONG", "", "%00", "x" * 300, hall.key[:-1]):
        answer = screen.get(f"/wall?key={wrong}", **HTML)
        assert (answer.status, answer.headers["location"], answer.set_cookies) == (303, "/wall", [])
    kept = screen.get("/wall", **HTML)
    assert kept.status == 200
    assert kept.set_cookies[0].startswith(f"gridwall_key={hall.key};"), "it is kept for another year"
    assert kept.headers["referrer-policy"] == "no-referrer"
    assert screen.get("/assets/live.js").set_cookies == []


@TALK
def test_a_screen_without_a_key_is_told_what_to_do_and_a_program_gets_json(hall: Hall) -> None:
    for cookie in ({}, {"gridwall_key": "WRONG"}):
        screen = hall.person()
        screen.cookies = dict(cookie)
        page = screen.get("/wall", **HTML)
        assert (page.status, page.headers["content-type"]) == (401, "text/html; charset=utf-8")
        for words in (
            "此屏还没有密钥",
            "This screen has no key yet",
            "python -m dashboard key add",
            "http://wall.city.example/wall?key=",
        ):
            assert words in page.text
        assert page.text.count("<script") == page.text.count(f"<script>{THEME}</script>") == 1, "the theme's own alone"
        assert '<html lang="en" ' in screen.get("/wall?lang=en", **HTML).text
        for accept in ("*/*", "application/json", ""):
            told = screen.get("/wall", accept=accept)
            assert (told.status, set(told.json())) == (401, {"error", "error_zh"})
    planted = hall.person(host='x"><script>alert(1)</script>').get("/wall", **HTML).text
    assert (planted.count("<script"), "alert(1)" in planted) == (1, False)


@TALK
def test_a_rotated_key_goes_on_for_its_overlap_and_revoking_ends_both(hall: Hall, capsys: pytest.CaptureFixture[str]) -> None:
    state = f"sqlite:///{hall.running.place}/state.sqlite"

    def typed(*words: str) -> str:
        assert main(["key", *words, "--state", state]) == 0
        return capsys.readouterr().out

    def opens(key: str) -> bool:
        screen = hall.person()
        screen.cookies["gridwall_key"] = key
        return screen.get("/snapshot/overview").status != 401

    def key_in(said: str) -> str:
        return said.split("key=")[1].split()[0]

    def until(good: Callable[[], bool]) -> bool:
        """The keys are read anew every few seconds."""
        end = time.monotonic() + 4 * KEYS_EVERY_S
        while not good() and time.monotonic() < end:
            time.sleep(0.2)
        return good()

    at_once = key_in(typed("add", "hall-door")), key_in(typed("rotate", "hall-door", "--overlap", "0"))
    first = key_in(typed("add", "hall-right"))
    said = typed("rotate", "hall-right", "--overlap", "2d")
    second = key_in(said)
    assert "the former key goes on opening until" in said
    assert "former key until" in typed("list")
    assert until(lambda: opens(second))
    assert (opens(first), opens(at_once[0]), opens(at_once[1])) == (True, False, True)
    assert until(lambda: "former" in {e.subject for e in Audit(hall.state).rows(Filter("screen:hall-right", "key used"))}), (
        "the audit tells which screens still bring a key that was replaced"
    )
    typed("revoke", "hall-right")
    assert until(lambda: not opens(second))
    assert not opens(first)
    lines = Audit(hall.state).rows(Filter(what="key rotate"))
    assert [e.subject for e in lines] == ["hall-right 2d", "hall-door 0"]
    held = b"".join(p.read_bytes() for p in hall.running.place.glob("state.sqlite*"))
    assert not any(k.encode() in held or k in hall.log() for k in (first, second, *at_once))


@TALK
def test_an_administrator_rotates_a_key_on_the_page_of_screens(hall: Hall) -> None:
    admin = hall.person()
    admin.log_in("administrator")
    assert admin.post("/desk/screens/add", {"name": "lobby"}).status == 200
    page = admin.post("/desk/screens/rotate", {"name": "lobby", "overlap": "12h", "lang": "en"})
    assert page.status == 200
    assert "/wall?key=" in page.json()["html"]
    assert "former key until" in page.json()["html"]
    assert admin.post("/desk/screens/rotate", {"name": "lobby", "overlap": "soon"}).status == 400
    assert admin.post("/desk/screens/rotate", {"name": "nowhere"}).status == 400
    someone = hall.person()
    someone.log_in("auditor")
    assert someone.post("/desk/screens/rotate", {"name": "lobby"}).status == 403


# -------------------------------------------------------------------- in process
def answered(path: str, query: str = "", public: str = "", scheme: str = "http", key: str = "right") -> dict[str, str]:
    """Headers of what a page's address with a key is answered with."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": f"key={key}{query}".encode(),
        "headers": [],
        "scheme": scheme,
        "client": ("192.0.2.1", 1),
    }
    bind_request(scope)
    words = dict(parse_qsl(f"key={key}{query}"))
    led = Screens(lambda k: "hall" if k == "right" else "", public).lead_on(scope, words)
    assert led is not None
    return {k.decode(): v.decode() for k, v in led.raw_headers}


@pytest.mark.parametrize(
    ("public", "scheme", "secure"),
    [
        ("", "http", False),
        ("https://wall.city.example", "http", True),
        ("", "https", True),
        ("http://wall.lan:8050", "http", False),
    ],
)
def test_the_cookie_is_secure_where_the_request_came_over_tls(public: str, scheme: str, secure: bool) -> None:
    cookie = answered("/wall", public=public, scheme=scheme)["set-cookie"]
    assert ("; Secure" in cookie) is secure


@pytest.mark.parametrize("path", ["//evil.example", "///evil.example/x", "/\\evil.example", "/wall\r\nset-cookie: a=b", "/大屏"])
def test_the_address_without_the_key_is_always_one_of_ours(path: str) -> None:
    led = answered(path)["location"]
    assert led.startswith("/")
    assert not led.startswith(("//", "/\\"))
    assert led.isascii()
    assert not set(led) & set("\r\n\\")


def test_a_former_key_ends_by_itself(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    try:
        first = add_key(state, "hall", NOW)
        second = rotate_key(state, "hall", NOW, timedelta(days=7))

        def ends(at: datetime) -> dict[str, int | None]:
            return {k: key.ends_at for k, key in valid_digests(state, at).items()}

        until = round((NOW + timedelta(days=7)).timestamp() * 1000)
        assert ends(NOW + timedelta(days=7, milliseconds=-1)) == {digest(first): until, digest(second): None}
        assert ends(NOW + timedelta(days=7)) == {digest(second): None}
        assert screens(state, NOW)[0].former_until == until
        assert screens(state, NOW + timedelta(days=8))[0].former_until is None
        revoke_key(state, "hall", NOW)
        assert valid_digests(state, NOW) == {}
        with pytest.raises(QueryError, match="no screen of this name"):
            rotate_key(state, "hall", NOW, timedelta())
    finally:
        state.close()


def test_no_key_before_the_former_one_outlives_it(tmp_path: Path) -> None:
    """Rotated with a week's overlap, then at once (the key was seen by somebody): two keys back nothing opens either."""
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    try:
        first, other = add_key(state, "hall", NOW), add_key(state, "lobby", NOW)
        second = rotate_key(state, "hall", NOW, timedelta(days=7))
        later = rotate_key(state, "lobby", NOW, timedelta(days=7))
        third = rotate_key(state, "hall", NOW, timedelta(hours=12))
        noon = round((NOW + timedelta(hours=12)).timestamp() * 1000)
        week = round((NOW + timedelta(days=7)).timestamp() * 1000)
        ends = {k: key.ends_at for k, key in valid_digests(state, NOW).items()}
        lobby = {digest(other): week, digest(later): None}
        assert ends == {digest(first): noon, digest(second): noon, digest(third): None, **lobby}
        fourth = rotate_key(state, "hall", NOW, timedelta())
        assert {k: key.ends_at for k, key in valid_digests(state, NOW).items()} == {digest(fourth): None, **lobby}
    finally:
        state.close()


@pytest.mark.parametrize(
    ("text", "span"), [("7d", timedelta(days=7)), ("12h", timedelta(hours=12)), ("0", timedelta()), ("90d", timedelta(days=90))]
)
def test_an_overlap_is_days_or_hours(text: str, span: timedelta) -> None:
    assert overlap_of(text) == span


@pytest.mark.parametrize("text", ["", "7", "91d", "-1d", "7 days", "99999d", "1e3d", "７d"])
def test_a_faulty_overlap_is_refused_with_what_instead(text: str) -> None:
    with pytest.raises(QueryError, match=r"write e\.g\. 7d or 12h, at most 90d, or 0"):
        overlap_of(text)


# -------------------------------------------------------------------- in a browser
@TALK
@pytest.mark.browser
@pytest.mark.soak
def test_a_screen_keeps_its_key_and_its_history_does_not(hall: Hall, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{hall.running.base}/wall")
    page.get_by_text("此屏还没有密钥").wait_for()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "whole on a wall, nothing to scroll"
    page.goto(f"{hall.running.base}/wall?key={hall.key}")
    page.wait_for_selector(".panel")
    assert page.url == f"{hall.running.base}/wall"
    assert page.evaluate("document.cookie") == ""
    assert hall.key not in page.evaluate("performance.getEntries().map(e => e.name).join()")
    page.goto(f"{hall.running.base}/wall?key=WRONG")
    page.wait_for_selector(".panel")
    page.go_back()
    assert "key=" not in page.url


@pytest.mark.browser
@pytest.mark.soak
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", [(1920, 1080), (7680, 2160), (1080, 1920), (3840, 2160), (1280, 800)], ids=str)
def test_the_page_without_a_key_is_whole_on_every_shape_of_screen(
    chromium: Any, tmp_path: Path, lang: Any, size: tuple[int, int]
) -> None:
    from layouts.wall.no_key import no_key_page

    assert shutil.which("chromium")
    file = tmp_path / "page.html"
    file.write_text(
        no_key_page(Text(zh="曲阜市一网统管", en="Qufu Municipal Operations Centre"), lang, "https://wall.city.example")
    )
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    sizes = page.evaluate("[...document.querySelectorAll('p,li,code,span,a')].map(e => parseFloat(getComputedStyle(e).fontSize))")
    smallest = min(sizes)
    assert smallest / size[1] > 0.011, "readable from across a hall"
    page.close()


@TALK
def test_no_answer_to_a_screen_without_a_key_repeats_what_it_brought(hall: Hall) -> None:
    person: Person = hall.person()
    person.cookies["gridwall_key"] = "planted-key-0001"
    for accept in ("text/html", "*/*"):
        answer = person.get("/wall?scope=planted-key-0001", accept=accept)
        assert answer.status == 401
        assert "planted-key-0001" not in answer.text
