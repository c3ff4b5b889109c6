"""A page caught while loading: whatever of it fails once, or the server killed under it, it comes to stand without a hand."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import Running, copy_of
from tests.desk_people import PASSWORD, Person, people

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: By surface: what is true of a page that stands, with its drawings.
STANDS = {
    "/wall": """() => { const all = [...document.querySelectorAll('.panel')];
      return all.length > 5 && all.every((p) => ['live', 'empty'].includes(p.dataset.state)) && gridwall.map.state().ready
        && document.querySelector('.main-svg') && document.querySelector('.gw-plate'); }""",
    "/kiosk": "() => document.querySelector('#k-stages .k-chip') && document.querySelector('#k-list > *')",
    "/analyst": """() => document.body.dataset.settled
      && document.querySelectorAll('.an-drawing svg, .an-graph .main-svg').length > 2
      && document.querySelector('.ag-row [col-id=case_number]')?.textContent.length > 4""",
    "/accounts": "() => document.querySelectorAll('#desk-place tr').length > 3",
    "/login": "() => document.querySelector('form [name=password]')",
}
#: What a page cannot do without, one of each kind: a script of ours, a late bundle, one of Dash's, its first callback, its
#: layout, the page's own data.
KINDS = [
    ("/wall", r"/map/draw\.js", 0),
    ("/wall", r"plotly.*\.js", 503),
    ("/kiosk", r"react-dom", 0),
    ("/analyst", r"_dash-update-component", 503),
    ("/accounts", r"_dash-layout", 0),
    ("/accounts", r"/desk/accounts", 503),
]


@pytest.fixture(scope="module")
def desk(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    place = tmp_path_factory.mktemp("watchdog")
    running = Running(place, "--source", f"sqlite:///{copy_of(demo_city, place)}", "--state", people(place))
    try:
        yield running.start()
    finally:
        running.kill()


@pytest.fixture(scope="module")
def session(desk: Running) -> str:
    """The cookie of an administrator, for the pages that ask for one."""
    person = Person(desk.port)
    assert person.log_in("administrator").status == 303
    return person.cookies["gridwall_session"]


@pytest.fixture
def screen(desk: Running, session: str, chromium: Any) -> Iterator[Callable[..., Any]]:
    """``screen(surface, pattern, status)`` -> a page that begins to load; the first request that fits the pattern fails: with
    ``status``, or cut off where that is 0."""
    contexts = []

    def begun(surface: str, pattern: str = "", status: int = 0, lang: str = "zh") -> Any:
        context = chromium.new_context(viewport={"width": 1920, "height": 1080})
        contexts.append(context)
        if surface == "/accounts":
            context.add_cookies([{"name": "gridwall_session", "value": session, "url": desk.base}])
        page = context.new_page()
        page.failed, page.loads = [], []
        page.on("framenavigated", lambda frame: page.loads.append(frame.url))

        def once(route: Any) -> None:
            if page.failed:
                route.fallback()
                return
            page.failed.append(route.request.url)
            if status:
                kind = "text/javascript" if status == 200 else "text/plain"
                route.fulfill(status=status, body="busy", headers={"content-type": kind})
            else:
                route.abort()

        if pattern:
            context.route(re.compile(pattern), once)
        page.surface = surface
        page.goto(f"{desk.base}{surface}?lang={lang}", wait_until="commit")
        return page

    yield begun
    for context in contexts:
        context.close()


def until_it_stands(page: Any, within_s: float = 40) -> None:
    try:
        page.wait_for_function(STANDS[page.surface], timeout=within_s * 1000, polling=100)
    except Exception as error:
        said = page.evaluate("document.body.innerText").strip()[:600]
        raise AssertionError(f"{page.surface} with {page.failed} failed does not stand; it says: {said}") from error


def test_whatever_fails_once_while_a_page_loads_the_page_comes_to_stand(screen: Callable[..., Any]) -> None:
    pages = [screen(*kind) for kind in KINDS]
    for page in reversed(pages):
        until_it_stands(page, 60)
        page.close()
    assert [len(page.failed) for page in pages] == [1] * len(KINDS), "each was failed once"


def test_a_page_whose_modules_are_of_another_version_than_the_server_is_loaded_anew(screen: Callable[..., Any]) -> None:
    """The server was updated between the page and its modules: nothing of the older version runs beside the newer one."""
    page = screen("/wall")
    until_it_stands(page, 60)
    older: list[str] = []

    def once(route: Any) -> None:
        if older:
            route.fallback()
            return
        answer = route.fetch()
        older.append(re.sub(r"/assets/js-[0-9a-f]+/", "/assets/js-0000000000000000/", answer.text()))
        route.fulfill(response=answer, body=older[0])

    page.context.route(re.compile(r"/wall\?"), once)
    page.loads.clear()
    page.reload(wait_until="commit")
    until_it_stands(page, 60)
    assert older
    assert "/js-0000000000000000/" in older[0]
    assert len(page.loads) == 2


@pytest.mark.soak
def test_a_server_killed_under_loading_pages_brings_them_back_by_itself(desk: Running, screen: Callable[..., Any]) -> None:
    login = screen("/login")
    until_it_stands(login)
    login.fill("#name", "administrator")
    login.fill("#password", PASSWORD)
    pages = [screen("/analyst"), screen("/wall", lang="en")]
    desk.kill(signal.SIGKILL)
    login.click("button")
    login.wait_for_function("document.getElementById('away').checkVisibility()")
    for page, first in zip(pages, ("服务器无应答", "The server has not answered"), strict=True):
        page.wait_for_function(
            """(first) => { const said = document.getElementById('gw-wait').innerText;
            const top = [...document.querySelectorAll('#gw-wait p')].sort((a, b) => a.offsetTop - b.offsetTop)[0];
            return said.includes('服务器无应答') && said.includes('The server has not answered')
              && top.innerText.startsWith(first); }""",
            arg=first,
            timeout=15_000,
        )
    desk.start()
    for page in pages:
        until_it_stands(page)
    login.wait_for_url("**/accounts", timeout=20_000)  # what was typed was kept, and sent by itself


@pytest.mark.soak
def test_what_fails_each_time_is_named_and_asked_for_ever_more_seldom(screen: Callable[..., Any]) -> None:
    page = screen("/wall")
    until_it_stands(page)
    page.context.route("**/live.js*", lambda route: route.fulfill(status=503, body=""))
    page.loads.clear()
    page.reload()
    page.wait_for_function("document.getElementById('gw-wait').innerText.includes('live.js 未能载入')", timeout=20_000)
    page.wait_for_timeout(22_000)
    assert 2 <= len(page.loads) <= 5, "at once, after 5 s, after 10 s"
    assert re.search(r"live\.js 未能载入；\d+ 秒后重新载入（第 [345] 次）", page.inner_text("#gw-wait"))
    assert "live.js did not load" in page.inner_text("#gw-wait")
    page.context.unroute("**/live.js*")
    until_it_stands(page, 60)


@pytest.mark.soak
def test_a_page_that_paints_nothing_in_twenty_seconds_is_loaded_anew(screen: Callable[..., Any]) -> None:
    page = screen("/kiosk")
    until_it_stands(page)
    hung: list[Any] = []
    page.context.route("**/kiosk.js*", lambda route: hung.append(route) if not hung else route.fallback())
    page.loads.clear()
    page.reload(wait_until="commit")
    page.wait_for_timeout(12_000)
    assert "正在载入页面" in page.inner_text("#gw-wait")
    assert len(page.loads) == 1
    until_it_stands(page)
    assert len(page.loads) == 2


@pytest.mark.soak
@pytest.mark.parametrize(
    ("file", "panel", "said"), [("/map/map.js", "grid_heat", "地图尚未画出"), ("async-graph.js", "hourly_trend", "图表尚未画出")]
)
def test_no_panel_says_live_without_its_drawing(screen: Callable[..., Any], file: str, panel: str, said: str) -> None:
    """The script comes, and does nothing."""
    page = screen("/wall", re.escape(file), 200)
    page.wait_for_function("(said) => document.body.innerText.includes(said)", arg=said, timeout=30_000)
    assert page.evaluate("(p) => document.querySelector('.p-' + p).dataset.state", panel) == "faulty"
    until_it_stands(page, 60)


@pytest.mark.soak
def test_an_open_wall_takes_a_new_version_only_when_all_of_it_is_there(screen: Callable[..., Any]) -> None:
    page = screen("/wall")
    until_it_stands(page)
    page.evaluate("Math.random = () => 0; sessionStorage.removeItem('gridwall-renewed')")
    asked: list[str] = []

    def busy(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(status=503, body="")

    page.context.route("**/_dash-dependencies?whole", busy)
    page.loads.clear()
    page.evaluate("gridwall.held.build = 'older'")
    while len(asked) < 2:
        page.wait_for_timeout(200)
    assert page.loads == []
    page.context.unroute("**/_dash-dependencies?whole")
    page.wait_for_function("window.gridwall?.held && gridwall.held.build !== 'older'", timeout=30_000)
    until_it_stands(page)
    assert len(page.loads) == 1


@pytest.mark.soak
@pytest.mark.parametrize("after_s", [0.1, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("surface", STANDS)
def test_a_server_killed_at_any_moment_of_a_load(desk: Running, screen: Callable[..., Any], surface: str, after_s: float) -> None:
    page = screen(surface)
    time.sleep(after_s)
    desk.kill(signal.SIGKILL)
    time.sleep(1)
    desk.start()
    until_it_stands(page)


@pytest.mark.soak
@pytest.mark.parametrize("status", [0, 503])
@pytest.mark.parametrize("surface", STANDS)
def test_every_request_of_every_surface_may_fail_once(
    desk: Running, screen: Callable[..., Any], surface: str, status: int
) -> None:
    seen = screen(surface)
    asked: list[str] = []
    seen.context.on("request", lambda request: asked.append(request.url))
    seen.reload()
    until_it_stands(seen)
    seen.wait_for_timeout(3000)
    paths = sorted({urlsplit(url).path for url in asked if url.startswith(desk.base) and not url.endswith((".woff2", "/alive"))})
    paths.remove(surface)  # that one is the browser's own to ask for again
    for path in paths:
        page = screen(surface, re.escape(path) + r"(\?|$)", status)
        until_it_stands(page)
        page.context.close()
