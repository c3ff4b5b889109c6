"""An open wall tells the truth about its age whatever fails, and takes up a new version of the program by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.test_wall import wait_live
from tests.conftest import Running

pytestmark = pytest.mark.browser
STATES = "[...document.querySelectorAll('.panel')].map((p) => p.dataset.state)"


def settled(wall: Running, open_page: Callable[..., Any]) -> Any:
    page = open_page(f"{wall.base}/wall")
    wait_live(page, 60)
    page.wait_for_function("() => window.gridwall?.held?.painted")
    return page


@pytest.mark.soak
def test_pulses_do_not_make_a_picture_younger_that_cannot_be_fetched(wall: Running, open_page: Callable[..., Any]) -> None:
    page = settled(wall, open_page)
    page.route("**/snapshot/**", lambda route: route.fulfill(status=500, body='{"error": "broken"}'))
    # a newer snapshot is announced at every tick, and cannot be had
    page.evaluate("() => { window.gridwall.held.id = 'S-before'; window.gridwall.held.etag = ''; }")
    shown = page.evaluate("document.querySelector('.p-kpi_row .panel-time').textContent")
    page.wait_for_function(f"() => {STATES}.every((s) => s === 'stale')", timeout=25_000)
    assert page.evaluate("performance.now() - window.gridwall.held.lastPulse") < 5000, "the pulses go on all the while"
    assert page.evaluate("document.querySelector('.p-kpi_row .panel-time').textContent") == shown
    page.unroute("**/snapshot/**")
    wait_live(page)


def test_a_browser_whose_clock_is_an_hour_wrong_shows_true_ages(wall: Running, open_page: Callable[..., Any]) -> None:
    page = settled(wall, open_page)
    for hours in (1, -1):
        page.evaluate("(h) => { Date.now = () => performance.timeOrigin + performance.now() + h * 3600000; }", hours)
        page.wait_for_timeout(2500)
        assert set(page.evaluate(STATES)) <= {"live", "empty"}
    # set back while the server is away: nothing becomes young again
    page.route("**/snapshot/**", lambda route: route.abort())
    page.evaluate("""() => {
      const held = window.gridwall.held;
      held.id = 'S-before';
      held.checked -= 20000;
      Date.now = () => performance.timeOrigin + performance.now() - 7200000;
      window.gridwall.tick();
    }""")
    assert set(page.evaluate(STATES)) == {"stale"}


def test_a_page_held_already_takes_the_id_it_was_compared_with(wall: Running, open_page: Callable[..., Any]) -> None:
    """Not that of a snapshot announced meanwhile, or its changes would never be fetched."""
    page = settled(wall, open_page)
    page.route(
        "**/snapshot/**", lambda route: route.fulfill(status=304, headers={"x-snapshot": "S-compared", "x-gridwall": "1,1,1,1"})
    )
    page.evaluate("() => { window.gridwall.held.id = 'S-before'; }")
    page.wait_for_function("() => window.gridwall.held.id === 'S-compared'", timeout=15_000)


def test_a_panel_that_cannot_be_drawn_leaves_the_others_alone(wall: Running, open_page: Callable[..., Any]) -> None:
    page = settled(wall, open_page)
    page.evaluate("""() => {
      window.gridwall.map.update = () => { throw new Error('torn'); };
      Object.assign(window.gridwall.held, { id: '', etag: '' });
      document.querySelector('.p-kpi_row .panel-body').replaceChildren();
      window.dash_clientside.set_props('pulse', { data: { id: 'test' } });
    }""")
    page.wait_for_function("() => document.querySelector('.p-grid_heat').dataset.state === 'faulty'", timeout=10_000)
    assert "torn" in page.inner_text(".p-grid_heat .panel-wrong")
    assert page.evaluate("document.querySelector('.p-kpi_row .panel-body').children.length") > 0


def test_an_open_wall_loads_a_new_version_and_only_from_a_server_that_answers(
    wall: Running, open_page: Callable[..., Any]
) -> None:
    page = settled(wall, open_page)
    page.evaluate("() => { Math.random = () => 0; window.__old = true; window.gridwall.held.build = 'older'; }")
    page.route("**/wall", lambda route: route.abort())
    page.wait_for_timeout(4000)
    assert page.evaluate("window.__old") is True
    page.unroute("**/wall")
    page.wait_for_function("() => !window.__old && window.gridwall?.held?.page", timeout=20_000)
    wait_live(page)
    assert page.evaluate("window.gridwall.held.build === window.gridwall.held.page.build")


def test_a_wall_that_nothing_reaches_touches_only_its_clock_and_ages(wall: Running, open_page: Callable[..., Any]) -> None:
    page = settled(wall, open_page)
    page.wait_for_selector(".p-hourly_trend .main-svg")
    page.wait_for_timeout(3000)
    page.evaluate("""() => {
      window.__moved = [];
      const own = '#top-clock, #top-date, #top-age, #top-snapshot, .panel-time, [data-since-ms], [data-pages]';
      const held = window.gridwall.held;
      new MutationObserver((list) => list.forEach((m) => {
        const node = m.target.nodeType === 1 ? m.target : m.target.parentElement;
        if (node && !node.closest(own)) window.__moved.push(`${m.type} ${m.attributeName} ${node.className} ${node.id}`);
      })).observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true });
      window.__fetches = held.fetches;
    }""")
    pulses, quiet = page.evaluate("window.gridwall.held.lastPulse"), 0
    while quiet < 6:
        page.wait_for_timeout(1000)
        if page.evaluate("window.gridwall.held.fetches !== window.__fetches"):  # a minute turned, or the slow tick asked
            page.wait_for_timeout(1500)
            page.evaluate("() => { window.__moved = []; window.__fetches = window.gridwall.held.fetches; }")
            continue
        assert page.evaluate("window.__moved") == []
        quiet += 1
    assert page.evaluate("window.gridwall.held.lastPulse") > pulses
