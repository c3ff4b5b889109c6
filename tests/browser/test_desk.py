"""The door and the plain pages of the desk in a real browser: by keyboard, in both languages, nothing foreign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Running, copy_of
from tests.desk_people import PASSWORD, people

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def desk(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = tmp_path_factory.mktemp("desk")
    running = Running(place, "--source", f"sqlite:///{copy_of(demo_city, place)}", "--state", people(place))
    try:
        yield running.start()
    finally:
        running.kill()


@pytest.fixture
def entered(desk: Running, chromium: Any) -> Iterator[Callable[..., Any]]:
    """``entered(role, path)`` -> the page, logged in by keyboard alone; ``page.faults`` lists what went wrong."""
    contexts = []

    def go(role: str, path: str, lang: str = "zh") -> Any:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("console", lambda m: page.faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: page.faults.append(str(e)))
        page.on("request", lambda r: None if r.url.startswith((desk.base, "data:", "blob:")) else page.faults.append(r.url))
        page.goto(f"{desk.base}/login?next={path}%3Flang%3D{lang}&lang={lang}")
        page.wait_for_function("document.activeElement.id === 'name'")  # the first field has the focus, once drawn
        page.keyboard.type(role)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{path}?lang={lang}")
        page.wait_for_selector("#desk-place table, #desk-place p")
        return page

    yield go
    for context in contexts:
        context.close()


def violations(page: Any) -> list[tuple[str, str]]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    return [(v["id"], n["html"][:160]) for v in axe.Axe().run(page).response["violations"] for n in v["nodes"]]


@pytest.mark.parametrize(("role", "path"), [("administrator", "/accounts"), ("administrator", "/screens"), ("auditor", "/audit")])
@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.soak)])
def test_a_page_of_the_desk_opens_after_a_login_by_keyboard(entered: Callable[..., Any], role: str, path: str, lang: str) -> None:
    page = entered(role, path, lang)
    assert page.faults == []
    assert page.locator(".desk-link[aria-current=page]").count() == 1
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing hangs out at the side"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_login_page_is_clean_also_with_a_fault_on_it(desk: Running, chromium: Any, lang: str) -> None:
    page = chromium.new_page()
    try:
        page.goto(f"{desk.base}/login?lang={lang}")
        assert violations(page) == []
        page.fill("#name", "nobody")
        page.fill("#password", "wrong")
        page.click("button")
        page.wait_for_selector("[role=alert]")
        assert violations(page) == []
        assert page.evaluate("document.activeElement.id") == "password", "the name stands; the password is typed anew"
    finally:
        page.close()


def test_an_account_is_added_changed_and_disabled_on_the_page(entered: Callable[..., Any]) -> None:
    page = entered("administrator", "/accounts")
    add = page.locator("form[data-post='/desk/accounts/add']")
    add.locator("[name=name]").fill("qian")
    add.locator("[name=password]").fill("short")
    add.locator("button").click()
    page.wait_for_selector("#desk-says.wrong")
    assert "口令须为 10 至 128 个字符" in page.inner_text("#desk-says")
    add.locator("[name=password]").fill("Long-enough-1")
    add.locator("button").click()
    page.wait_for_selector("th:text-is('qian')")
    row = page.locator("tr", has=page.locator("th:text-is('qian')"))
    row.locator("summary").click()
    row.locator("form[data-post='/desk/accounts/disable'] button").click()
    page.wait_for_selector("tr:has(th:text-is('qian')) .desk-state.off")
    assert page.inner_text("#desk-says") == "已更改"


def test_a_key_of_a_screen_is_shown_once(entered: Callable[..., Any]) -> None:
    page = entered("administrator", "/screens")
    page.fill("form[data-post='/desk/screens/add'] [name=name]", "大厅左一")
    page.click("form[data-post='/desk/screens/add'] button")
    page.wait_for_selector("th:text-is('大厅左一')")
    assert "/wall?key=" in page.inner_text("#desk-says")
    page.reload()
    page.wait_for_selector("th:text-is('大厅左一')")
    assert "/wall?key=" not in page.inner_text("body")


def test_the_auditor_filters_and_verifies(entered: Callable[..., Any]) -> None:
    page = entered("auditor", "/audit", "en")
    page.select_option("[name=what]", "login")
    page.fill("[name=who]", "auditor")
    page.click("form[data-get] button")
    page.wait_for_url("**what=login**")
    page.wait_for_selector("#desk-place table")
    assert set(page.locator("tbody td:nth-child(2)").all_inner_texts()) == {"auditor"}
    page.click("a[data-ask]")
    page.wait_for_function("document.getElementById('desk-says').textContent.includes('none missing')")


def test_a_page_of_another_role_says_so_under_the_bar_which_leads_out(entered: Callable[..., Any], desk: Running) -> None:
    page = entered("auditor", "/audit")
    page.goto(f"{desk.base}/accounts")
    page.wait_for_selector("main [role=alert]")
    assert "“accounts”权限" in page.inner_text("main")
    page.click(".desk-out button")
    page.wait_for_url("**/login")
