"""The map in a real browser: it draws what shapely says, a value change is cheap, nothing comes from outside."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shapely

from tests.map_harness import Harness, build

pytestmark = pytest.mark.browser
sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SHOW = """async ([seed, scope]) => {
  const answer = await fetch('/payload/' + seed + '/' + (scope || '-'));
  window.gridwall.map.update(await answer.json());
}"""


@pytest.fixture(scope="module")
def harness() -> Iterator[Harness]:
    made = build()
    made.serve()
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine; 'make test' installs it")
    with sync_api.sync_playwright() as play:
        run = play.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"])
        yield run
        run.close()


@pytest.fixture
def page(browser: Any, harness: Harness) -> Iterator[Any]:
    """The page with the whole city on it; whatever the test does, no foreign request and no console error."""
    tab = browser.new_page(viewport={"width": 1920, "height": 1080})
    foreign: list[str] = []
    errors: list[str] = []
    home = f"http://127.0.0.1:{harness.port}/"
    tab.on("request", lambda r: None if r.url.startswith((home, "data:", "blob:")) else foreign.append(r.url))
    tab.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("pageerror", lambda e: errors.append(str(e)))
    tab.goto(home)
    tab.wait_for_function("window.gridwall && window.gridwall.map && window.gridwall.map.leaflet()")
    tab.evaluate("() => { window.entered = []; window.gridwall.onScope = (code) => { window.entered.push(code); }; }")
    show(tab, 1)
    yield tab
    tab.close()
    assert foreign == []
    assert errors == []


def show(tab: Any, seed: int, scope: str = "") -> None:
    tab.evaluate(SHOW, [seed, scope])
    tab.wait_for_function("window.gridwall.map.state().ready && window.gridwall.map.state().fill > 0")


def hits(tab: Any, n: int) -> list[tuple[float, float, int]]:
    """(lon, lat, grid position) of pixel centres spread over the map."""
    answer: list[tuple[float, float, int]] = tab.evaluate(
        """(n) => {
      const map = window.gridwall.map.leaflet(), size = map.getSize(), out = [];
      for (let i = 1; i <= n; i++) {
        const x = Math.floor((i * 0.754877666 % 1) * size.x) + 0.5;
        const y = Math.floor((i * 0.569840291 % 1) * size.y) + 0.5;
        const at = map.containerPointToLatLng([x, y]);
        out.push([at.lng, at.lat, window.gridwall.map.hit(x, y)]);
      }
      return out;
    }""",
        n,
    )
    return answer


def wrong_hits(harness: Harness, level: int, found: list[tuple[float, float, int]], scope: str = "") -> list[Any]:
    grid = harness.city.grid
    wanted = grid.at_level(level)
    if scope:
        wanted = wanted[grid.ancestors[wanted, 0] == grid.index[scope]]
    tree = shapely.STRtree(harness.shapes[wanted])
    points = shapely.points([f[:2] for f in found])
    truth = np.full(len(found), -1)
    which, cell = tree.query(points, predicate="within")
    truth[which] = wanted[cell]
    edge = shapely.distance(shapely.union_all(shapely.boundary(harness.shapes[wanted])), points)
    # a point nearer to an edge than the quantum of the binary may lie on either side
    return [(f, t) for f, t, d in zip(found, truth.tolist(), edge, strict=True) if f[2] != t and d > 2e-6]


def test_the_cell_under_a_pixel_is_the_cell_that_contains_it(page: Any, harness: Harness) -> None:
    found = hits(page, 3000)
    assert page.evaluate("window.gridwall.map.state().fill") == 2
    assert sum(f[2] >= 0 for f in found) > 1000
    assert wrong_hits(harness, 2, found) == []


def test_on_a_towns_wall_only_its_own_cells_are_hit(page: Any, harness: Harness) -> None:
    show(page, 1, "370881108")
    page.evaluate("window.gridwall.map.measure('count')")  # counts are told apart down to the smallest cells
    found = hits(page, 2000)
    assert page.evaluate("window.gridwall.map.state().fill") == 3
    assert sum(f[2] >= 0 for f in found) > 400
    assert wrong_hits(harness, 3, found, "370881108") == []


@pytest.mark.parametrize("level", [2, 3])
def test_a_value_change_is_one_pass_under_16_ms(page: Any, level: int) -> None:
    page.evaluate(f"window.gridwall.map.level({level})")  # 3: all 6,000 cells at once
    assert page.evaluate("window.gridwall.map.state().fill") == level
    page.evaluate("window.gridwall.map.timings.restyle.length = 0; window.gridwall.map.timings.view.length = 0")
    for seed in range(2, 12):
        show(page, seed)
    t = page.evaluate("window.gridwall.map.timings")
    assert len(t["restyle"]) == 10
    assert t["view"] == []  # the cells were not rasterised again
    assert np.median(t["restyle"]) < 16


def test_an_equal_payload_draws_nothing(page: Any) -> None:
    page.evaluate("""() => {
      window.changes = 0;
      new MutationObserver((m) => { window.changes += m.length; }).observe(document.querySelector('.gw-map'),
        {subtree: true, childList: true, attributes: true, characterData: true});
    }""")
    drawn = "[window.gridwall.map.timings.restyle.length, window.gridwall.map.timings.lines.length]"
    before = page.evaluate(drawn)
    for _ in range(3):
        show(page, 1)
    page.wait_for_timeout(100)
    assert page.evaluate(drawn) == before
    assert page.evaluate("window.changes") == 0


def test_a_click_enters_the_town_and_the_button_leads_back(page: Any, harness: Harness) -> None:
    town = harness.city.grid.index["370881101"]
    x, y = page.evaluate(
        """([town, parent]) => {
      const map = window.gridwall.map, box = document.querySelector('.gw-map-leaflet').getBoundingClientRect();
      const plates = [...document.querySelectorAll('.gw-plate')].map((p) => p.getBoundingClientRect());
      const free = (x, y) => !plates.some((p) =>
        p.left - 5 < x && x < p.right + 5 && p.top - 5 < y && y < p.bottom + 5);
      for (let y = 5; y < box.height; y += 5) for (let x = 5; x < box.width; x += 5) {
        const own = [-6, 0, 6].every((d) => parent[map.hit(x + d, y + d)] === town);      // not at its very edge
        if (own && free(x + box.left, y + box.top)) return [x + box.left, y + box.top];
      }
    }""",
        [town, harness.city.grid.parent.tolist()],
    )
    page.mouse.click(x, y)
    assert page.evaluate("window.entered") == ["370881101"]
    assert page.is_hidden(".gw-map-back")
    show(page, 1, "370881101")
    page.click(".gw-map-back")
    assert page.evaluate("window.entered") == ["370881101", ""]


def test_plates_stand_apart_and_carry_their_badge(page: Any) -> None:
    boxes = page.evaluate("""[...document.querySelectorAll('.gw-plate')].filter((p) => p.style.visibility !== 'hidden')
      .map((p) => { const r = p.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; })""")
    assert len(boxes) == 12
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    assert page.inner_text(".gw-plate[data-idx='1'] .gw-badge-act") == "2"
    page.evaluate("window.gridwall.map.measure('count')")
    assert page.locator(".gw-plate-badge:visible").count() == 0, "both are of lateness"


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 1080)])
def test_plates_lie_inside_the_border(page: Any, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(600)
    off = page.evaluate("""() => {
      const map = window.gridwall.map, box = document.querySelector('.gw-map-leaflet').getBoundingClientRect();
      const out = (x, y) => map.hit(x - box.left, y - box.top) < 0;
      return [...document.querySelectorAll('.gw-plate')]
        .filter((p) => p.style.visibility !== 'hidden' && !p.children[2].textContent).map((p) => p.getBoundingClientRect())
        .filter((r) => [r.left + 2, r.right - 2].some((x) => [r.top + 2, r.bottom - 2].some((y) => out(x, y)))).length;
    }""")
    assert off == 0


#: Of each visible plate: its number, the words under the pointer, and the colours of its cell's pixels; and the key.
ONE = """(measure) => {
  const map = window.gridwall.map, hex = (rgb) => '#' + rgb.map((v) => v.toString(16).padStart(2, '0')).join('').toUpperCase();
  map.measure(measure);
  const size = map.leaflet().getSize(), pen = document.querySelector('.gw-fill').getContext('2d'), seen = {};
  const image = pen.getImageData(0, 0, size.x, size.y).data;
  for (let y = 0; y < size.y; y += 2) for (let x = 0; x < size.x; x += 2) {
    const id = map.hit(x + 0.5, y + 0.5), at = 4 * (y * size.x + x);
    if (id < 0) continue;
    (seen[id] = seen[id] || {})[hex([...image.slice(at, at + 3)])] = 1;
  }
  const plates = [...document.querySelectorAll('.gw-plate')].filter((p) => p.style.visibility !== 'hidden').map((p) => {
    p.dispatchEvent(new PointerEvent('pointerenter'));
    const said = document.querySelector('.gw-map-tip').innerText;
    p.dispatchEvent(new PointerEvent('pointerleave'));
    return { value: p.children[1].textContent, said, colours: Object.keys(seen[p.dataset.idx] || {}) };
  });
  const key = [...document.querySelectorAll('.gw-legend-class')].map((row) => [row.querySelector('.gw-legend-label').textContent,
    hex(getComputedStyle(row.querySelector('.gw-legend-swatch')).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number))]);
  return { plates, key };
}"""
SAID = {"late": r"超期占比 ([\d.]+)%", "count": r"上报 ([\d,]+) 件", "rate": r"每千人 ([\d.]+) 件"}


@pytest.mark.parametrize(("scope", "level"), [("", 1), ("370881001", 2)])
@pytest.mark.parametrize("measure", ["late", "count", "rate"])
def test_what_is_printed_is_what_the_pointer_says_and_what_is_coloured(page: Any, scope: str, level: int, measure: str) -> None:
    show(page, 1, scope)
    page.evaluate(f"window.gridwall.map.level({level})")
    found = page.evaluate(ONE, measure)
    ranges = {colour: _range(label) for label, colour in found["key"]}
    assert len(found["plates"]) >= 6
    for plate in found["plates"]:
        printed = float(plate["value"].strip("%").replace(",", ""))
        said = re.search(SAID[measure], plate["said"])
        assert said is not None, plate
        assert float(said[1].replace(",", "")) == printed
        coloured = [ranges[c] for c in plate["colours"] if c in ranges and c != "#0C1A2C"] or [ranges["#0C1A2C"]]
        assert [low <= printed < high for low, high in coloured] == [True], plate
        if measure == "late":
            assert ("未超出偶然" in plate["said"]) == (len(plate["colours"]) > 1)


def _range(label: str) -> tuple[float, float]:
    numbers = [float(n.replace(",", "")) for n in re.findall(r"[\d.,]+", label)]
    return (0, numbers[0]) if label.startswith("<") else (numbers[0], numbers[1] if len(numbers) > 1 else float("inf"))


def test_where_every_cell_has_too_few_cases_the_place_is_coloured_as_one_and_says_so_once(page: Any, harness: Harness) -> None:
    village = next(
        harness.city.grid.code[i] for i in harness.city.grid.at_level(2).tolist() if harness.city.grid.code[i][:9] == "370881109"
    )
    show(page, 1, village)
    assert page.evaluate("window.gridwall.map.state().fill") == 2
    assert "小网格应结均不足 20 件" in page.inner_text(".gw-map-note")
    assert page.locator(".gw-plate:visible").count() <= 1
    show(page, 1)
    assert "应结均不足" not in page.inner_text(".gw-map-note")


def test_hover_says_the_cells_figures_in_words(page: Any) -> None:
    box = page.locator(".gw-plate[data-idx='0']").bounding_box()
    page.mouse.move(box["x"] + box["width"] + 12, box["y"] + box["height"] + 12)
    page.wait_for_selector(".gw-map-tip.gw-on")
    words = page.inner_text(".gw-map-tip")
    assert "近 30 天上报" in words
    assert "鲁城街道" in words


def test_a_pointer_left_on_the_map_does_not_keep_old_figures(page: Any) -> None:
    box = page.locator(".gw-plate[data-idx='0']").bounding_box()
    page.mouse.move(box["x"] + box["width"] + 12, box["y"] + box["height"] + 12)
    page.wait_for_selector(".gw-map-tip.gw-on")
    before = page.inner_text(".gw-map-tip")
    show(page, 2)
    after = page.inner_text(".gw-map-tip")
    assert after.splitlines()[0] == before.splitlines()[0]
    assert after != before


def test_keys_move_a_focused_map_and_escape_brings_it_home(page: Any) -> None:
    home = page.evaluate("window.gridwall.map.leaflet().getZoom()")
    page.focus(".gw-map-leaflet")
    page.keyboard.press("+")
    page.wait_for_function(f"window.gridwall.map.leaflet().getZoom() > {home} + 0.3")
    page.keyboard.press("Escape")
    page.wait_for_function(f"Math.abs(window.gridwall.map.leaflet().getZoom() - {home}) < 1e-6")
    assert page.evaluate("window.entered") == []


def test_another_screen_size_is_drawn_anew_in_the_same_buffers_shape(page: Any) -> None:
    page.set_viewport_size({"width": 3840, "height": 1080})
    page.wait_for_function("document.querySelector('.gw-fill').width > 950 && window.gridwall.map.hit(489, 300) >= 0")
    legend = page.locator(".gw-map-legend").bounding_box()
    assert legend["width"] > legend["height"]
    assert page.evaluate("document.querySelectorAll('.gw-layer canvas').length") == 4


SCALE = """() => {
  const bar = document.querySelector('.leaflet-control-scale-line'), map = window.gridwall.map.leaflet();
  const width = bar.getBoundingClientRect().width, middle = map.getSize().y / 2;
  const long = map.containerPointToLatLng([0, middle]).distanceTo(map.containerPointToLatLng([width, middle]));
  return [bar.textContent, long, bar.scrollWidth <= bar.clientWidth];
}"""


def test_the_scale_bar_is_as_long_as_it_says_and_follows_the_zoom(page: Any) -> None:
    said, long, fits = page.evaluate(SCALE)
    number, unit = said.split()
    assert unit == "km"
    assert long == pytest.approx(1000 * float(number), rel=0.02)
    assert fits, "the length stands within the bar"
    page.evaluate("() => window.gridwall.map.leaflet().setZoom(window.gridwall.map.leaflet().getZoom() + 5)")
    page.wait_for_function("before => document.querySelector('.leaflet-control-scale-line').textContent !== before", arg=said)
    closer, long, _ = page.evaluate(SCALE)
    number, unit = closer.split()
    assert long == pytest.approx(float(number) * (1000 if unit == "km" else 1), rel=0.02)
