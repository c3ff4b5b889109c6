"""Night and day in a real browser: by address, by button, on paper; nothing keeps the colours of the other theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.test_wall import wait_live
from tests.conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DAY, NIGHT = "rgb(238, 242, 246)", "rgb(6, 12, 20)"
GROUND = "getComputedStyle(document.body).backgroundColor"
#: The pixels of the map and the colours of chart and small drawings: lightness from 0 to 1.
DARKEST_CELLS = """() => {
  const {width, height} = document.querySelector('.gw-fill');
  const pixels = document.querySelector('.gw-fill').getContext('2d').getImageData(0, 0, width, height).data;
  let sum = 0, n = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i + 3]) { sum += (pixels[i] + pixels[i + 1] + pixels[i + 2]) / 765; n += 1; }
  }
  return n ? sum / n : -1;
}"""
CHART_INK = "() => [...document.querySelectorAll('.panel-graph .xtick text')].map(t => t.style.fill)[0]"


def test_a_wall_by_day_is_light_to_its_map_and_charts_and_stays_so_on_its_ways(
    wall: Running, open_page: Callable[..., Any]
) -> None:
    page = open_page(f"{wall.base}/wall?theme=day")
    assert page.evaluate("document.documentElement.dataset.theme") == "day"
    wait_live(page)
    page.wait_for_selector(".panel-graph .xtick text", state="attached", timeout=30_000)
    assert page.evaluate(GROUND) == DAY
    assert page.evaluate(DARKEST_CELLS) > 0.4
    assert page.evaluate(CHART_INK) == "rgb(78, 98, 118)"
    page.evaluate("window.gridwall.onScope('370881001')")
    page.wait_for_function("() => window.gridwall?.held?.page?.scope === '370881001'")
    assert "theme=day" in page.url
    page.keyboard.press("Escape")
    page.wait_for_function("() => window.gridwall?.held?.page?.scope === ''")
    wait_live(page)
    assert page.evaluate(GROUND) == DAY
    page.evaluate("document.documentElement.dataset.theme = 'night'")  # as the clock does it
    page.wait_for_function(f"() => ({CHART_INK})() === 'rgb(133, 153, 173)'")
    assert page.evaluate(DARKEST_CELLS) < 0.4
    assert page.evaluate(GROUND) == NIGHT
    page.emulate_media(media="print")
    assert page.evaluate(GROUND) == DAY
    assert page.faults == []


def test_a_theme_that_is_none_is_refused_in_words(wall: Running, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{wall.base}/wall?theme=noon")
    page.wait_for_selector(".fault-page")
    assert "配色“noon”：请写 night、day 或 auto" in page.evaluate("document.body.innerText")


def test_the_workbench_and_the_kiosk_keep_the_theme_of_their_button(chromium: Any, wall: Running) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{wall.base}/analyst")
    button = page.locator("[data-theme-to]")
    button.wait_for()
    assert (page.evaluate(GROUND), button.inner_text()) == (NIGHT, "日间")
    button.focus()
    page.keyboard.press("Enter")
    assert (page.evaluate(GROUND), button.inner_text()) == (DAY, "夜间")
    page.goto(f"{wall.base}/kiosk", wait_until="commit")
    page.wait_for_selector("#kiosk")
    assert page.evaluate(GROUND) == DAY
    assert page.evaluate("getComputedStyle(document.getElementById('kiosk')).backgroundColor") == DAY
    page.goto(f"{wall.base}/login")
    assert page.evaluate(GROUND) == DAY
    context.close()


def test_a_print_is_the_page_itself_in_the_day_s_colours_on_one_sheet_of_its_width(
    wall: Running, open_page: Callable[..., Any]
) -> None:
    page = open_page(f"{wall.base}/wall")
    wait_live(page)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.hl-says')).visibility") == "visible"
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(f"({DARKEST_CELLS})() > 0.4")
    assert page.evaluate(
        "[...document.querySelectorAll('style')].some(s => s.textContent.includes('@page { size: 1920px 1080px'))"
    )
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(f"({DARKEST_CELLS})() < 0.4")
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
    assert page.evaluate("document.documentElement.dataset.theme") == "night"


def test_where_the_system_forces_colours_bars_badges_and_legend_keep_theirs(chromium: Any, wall: Running) -> None:
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, forced_colors="active", color_scheme="light")
    page = context.new_page()
    page.goto(f"{wall.base}/wall")
    wait_live(page)
    page.wait_for_selector(".gw-legend-swatch")
    assert page.evaluate("document.documentElement.dataset.theme") == "day"
    ground = "(s) => getComputedStyle(document.querySelector(s)).backgroundColor"
    white = page.evaluate(ground, "#wall")
    for mark in (".bar-usual", ".onband .ob-band", ".onband .ob-mark", ".dp-dot", ".gw-legend-swatch", ".dp-row.fast, .funnel"):
        assert page.evaluate(ground, mark) not in (white, "rgba(0, 0, 0, 0)"), mark
    context.close()
