"""The workbench in a real browser: the address is the state, every mark leads on, by pointer and by key, in both languages."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from layouts.analyst.tabs import TABS
from tests.conftest import Running

pytestmark = pytest.mark.browser
#: The tabs that draw panels.
DRAWN = [tab for tab, (_, panels) in TABS.items() if panels]


def settled(page: Any, act: Callable[[], Any] | None = None) -> None:
    """Wait for the answer to what ``act`` chose; without one for the page's first."""
    before = page.evaluate("document.body.dataset.settled || ''") if act is not None else ""
    if act is not None:
        act()
    page.wait_for_function("b => (document.body.dataset.settled || '') !== b", arg=before, timeout=60_000)


def opened(open_page: Callable[..., Any], wall: Running, path: str = "/analyst", width: int = 1920, height: int = 1080) -> Any:
    page = open_page(wall.base + path, width, height)
    settled(page)
    return page


def total(page: Any, name: str) -> int:
    """The number of the summary line that stands behind ``name``."""
    found = page.evaluate(
        """n => [...document.querySelectorAll('.an-kpi')].filter(
        k => k.querySelector('.an-name').textContent === n).map(k => k.querySelector('b').textContent)[0]""",
        name,
    )
    return int(found.replace(",", ""))


@pytest.mark.parametrize(("width", "lang"), [(1445, "zh"), (1820, "en")])
def test_beside_each_other_no_number_of_the_departments_lies_on_another(
    open_page: Callable[..., Any], wall: Running, width: int, lang: str
) -> None:
    """The narrowest page with three panels in a row, and the narrowest with the definitions beside them."""
    page = opened(open_page, wall, f"/analyst?tab=ranking&lang={lang}", width, 900)
    page.wait_for_selector(".an-departments .js-plotly-plot text", timeout=30_000)
    page.wait_for_timeout(500)
    over = page.evaluate("""() => {
      const all = [...document.querySelectorAll('.an-departments .an-graph text')].filter(t => t.textContent.trim())
        .map(t => [t.textContent, t.getBoundingClientRect()]);
      const shared = (p, q) => Math.min(p.right, q.right) - Math.max(p.left, q.left) > 1
        && Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > 4;
      return all.flatMap(([a, p], i) => all.slice(i + 1).filter(([, q]) => shared(p, q)).map(([b]) => `${a} / ${b}`)); }""")
    assert over == []


def test_a_drill_from_the_city_to_one_case_and_back_by_keys(open_page: Callable[..., Any], wall: Running) -> None:
    page = opened(open_page, wall)
    city = total(page, "上报")
    assert city > 0
    town = page.locator(".an-areas a[href*='area=']").first
    settled(page, lambda: town.press("Enter"))
    assert "area=370881" in page.url
    assert 0 < total(page, "上报") < city
    assert page.locator(".an-crumbs [aria-current]").inner_text() != "曲阜市"
    # a cell of department x stage: department, stage and that they are open are chosen together
    cell = page.locator(".an-stage_department .go").first
    said = cell.get_attribute("data-say")
    page.wait_for_timeout(500)  # a glance: the list below has come, nothing moves under the hand
    settled(page, cell.click)
    assert re.search(r"stage=\w+", page.url)
    assert "state=open" in page.url
    assert "dep=" in page.url
    expected = int(re.search(r": ([\d,]+) /", said)[1].replace(",", ""))  # type: ignore[index]
    assert total(page, "此刻在办") == expected
    page.wait_for_selector(".ag-row[row-id]", timeout=30_000)
    page.wait_for_function("t => document.querySelector('#an-cases-unit').textContent.startsWith(t)", arg=f"{expected} 件")
    # one case and its timeline; Esc closes it first, then goes up a step at a time
    page.locator(".ag-row[row-id] .ag-cell").first.click()
    page.wait_for_selector("#an-case[open] .case-line li", timeout=30_000)
    assert page.locator("#an-case-title").inner_text().startswith("案件 QF-")
    page.keyboard.press("Escape")
    assert page.locator("#an-case[open]").count() == 0
    settled(page, lambda: page.keyboard.press("Escape"))
    assert "stage=" not in page.url
    settled(page, lambda: page.keyboard.press("Escape"))
    assert "dep=" not in page.url
    settled(page, lambda: page.keyboard.press("Escape"))
    assert "area=" not in page.url
    assert total(page, "上报") == city
    settled(page, page.go_back)
    assert "area=" in page.url
    assert page.faults == []


@pytest.mark.soak
def test_the_address_gives_the_same_page_again(open_page: Callable[..., Any], wall: Running) -> None:
    words = "win=90d&cat=litter&state=late&vs=previous&lang=en"
    page = opened(open_page, wall, f"/analyst?{words}")
    form = page.evaluate("""Object.fromEntries(['win', 'cat', 'state', 'vs'].map(
        n => [n, document.querySelector('#an-filters').elements[n].value]))""")
    assert form == {"win": "90d", "cat": "litter", "state": "late", "vs": "previous"}
    first = page.locator("#an-summary").inner_text()
    other = opened(open_page, wall, f"/analyst?{words}")
    assert other.locator("#an-summary").inner_text().split("\n")[:6] == first.split("\n")[:6]
    # where the source answers, no sign of a fault stands above the view
    assert page.evaluate("getComputedStyle(document.querySelector('#an-source'), '::before').content") == "none"
    assert page.faults == []


def test_filters_answer_the_keyboard_and_are_taken_away_by_their_chips(open_page: Callable[..., Any], wall: Running) -> None:
    page = opened(open_page, wall)
    settled(page, lambda: page.locator("#an-filters select[name=cat]").select_option("litter"))
    assert "cat=litter" in page.url
    chip = page.locator(".an-chip")
    assert "暴露垃圾" in chip.inner_text()
    settled(page, lambda: chip.press("Enter"))
    assert "cat=" not in page.url
    page.locator("#an-filters select[name=win]").select_option("days")
    page.locator("input[name=from]").fill("2020-01-01")
    settled(page, lambda: page.locator("input[name=from]").press("Tab"))
    assert "from=2020-01-01" in page.url
    assert total(page, "上报") == 0
    assert page.locator(".an-departments .an-empty").inner_text() == "没有符合条件的案件"
    assert page.faults == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.soak
def test_every_panel_says_its_definition_its_denominator_and_its_snapshot(
    open_page: Callable[..., Any], wall: Running, lang: str
) -> None:
    for tab in DRAWN:
        page = open_page(f"{wall.base}/analyst?tab={tab}&lang={lang}")
        settled(page)
        panels = page.locator(".an-panel:not([hidden]):not(.an-cases)")
        snapshot = re.search(r"D-\d{4}-\d{6}", page.locator("#an-foot").inner_text())
        assert snapshot
        for i in range(panels.count()):
            panel = panels.nth(i)
            assert len(panel.locator(".an-i").get_attribute("aria-label")) > 20
            note = panel.locator(".an-note").inner_text()
            assert snapshot[0] in note, (tab, note)
            assert re.search(r"\d", note.replace(snapshot[0], "")), note
        assert page.faults == []
        if lang == "en":
            words = page.evaluate("""() => [...document.querySelectorAll('.an-main *')].filter(e => !e.children.length
                && !e.closest('[hidden]') && e.checkVisibility()
                && /[\\u4e00-\\u9fff]/.test(e.textContent)).map(e => e.textContent)""")
            assert words == []


def test_a_panel_is_also_a_table_whose_rows_lead_on(open_page: Callable[..., Any], wall: Running) -> None:
    page = opened(open_page, wall)
    button = page.locator("[data-table=departments]")
    settled(page, lambda: button.press("Enter"))
    table = page.locator(".an-departments table")
    assert table.locator("thead th").count() == 11
    assert button.get_attribute("aria-pressed") == "true"
    link = table.locator("tbody a").first
    settled(page, lambda: link.press("Enter"))
    assert "dep=" in page.url
    assert page.locator(".an-departments table").is_visible()


def saved(page: Any, panel: str, kind: str) -> tuple[str, bytes]:
    page.locator(f"#an-p-{panel} .an-export summary").click()
    with page.expect_download(timeout=60_000) as got:
        page.locator(f"#an-p-{panel} [data-format={kind}]").click()
    with open(got.value.path(), "rb") as file:
        return got.value.suggested_filename, file.read()


def test_exports_carry_filter_definition_and_snapshot(open_page: Callable[..., Any], wall: Running) -> None:
    page = opened(open_page, wall, "/analyst?area=370881001")
    name, body = saved(page, "departments", "csv")
    assert re.fullmatch(r"departments-D-\d{4}-\d{6}\.csv", name)
    lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert "演示数据" in lines[0][0]
    assert re.search(r"近 30 天（\d{4}-\d\d-\d\d – [\d-]+） · 区域 鲁城街道", lines[1][0])
    assert "Kaplan-Meier" in lines[2][0]
    assert name[len("departments-") : -len(".csv")] in lines[3][0]
    assert lines[4][0] == "部门"
    name, body = saved(page, "departments", "xlsx")
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        assert any("Kaplan-Meier" in book.read(n).decode() for n in book.namelist() if n.endswith(".xml"))
    name, body = saved(page, "stage_department", "svg")
    text = body.decode()
    assert text.startswith("<svg")
    assert "鲁城街道" in text
    assert name[len("stage_department-") : -len(".svg")] in text
    name, body = saved(page, "areas", "png")
    assert body[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(body[16:20], "big") >= 1400
    for panel in ("trend", "times"):
        name, body = saved(page, panel, "png")
        assert body[:8] == b"\x89PNG\r\n\x1a\n"
        name, body = saved(page, panel, "svg")
        assert name[len(panel) + 1 : -len(".svg")] in body.decode()
        assert "鲁城街道" in body.decode()
    name, body = saved(page, "cases", "csv")
    rows = body.decode("utf-8-sig").splitlines()
    assert sum(r.startswith("QF-") for r in rows) > 100
    assert page.faults == []


def shown(page: Any, panel: str) -> list[dict[str, str]]:
    """What a chart's marks say and choose, in their order."""
    page.wait_for_selector(f"#an-p-{panel} .main-svg")
    return list(
        page.evaluate(
            "p => document.querySelector(`#an-p-${p} .js-plotly-plot`).data.find(t => t.meta === 'points').customdata", panel
        )
    )


def at(page: Any, panel: str, x: float, y: float) -> tuple[float, float]:
    """Where a place of a chart (0 to 1 across and down) lies on the screen."""
    box = page.locator(f"#an-p-{panel} .nsewdrag").first.bounding_box()
    return box["x"] + box["width"] * x, box["y"] + box["height"] * y


def test_days_dragged_over_in_the_trend_become_the_window(open_page: Callable[..., Any], wall: Running) -> None:
    page = opened(open_page, wall)
    said = shown(page, "trend")
    assert len(said) == 30
    first, last = said[9], said[15]
    page.mouse.move(*at(page, "trend", 9.4 / 30, 0.5))
    page.mouse.move(*at(page, "trend", 9.5 / 30, 0.5))
    page.wait_for_selector("#an-p-trend .hovertext")
    assert page.locator("#an-p-trend .hovertext").text_content() == first["say"]
    assert first["from"] in first["say"]
    assert "上报" in first["say"]

    def drag() -> None:
        page.mouse.down()
        page.mouse.move(*at(page, "trend", 12 / 30, 0.5), steps=4)
        page.mouse.move(*at(page, "trend", 15.5 / 30, 0.5), steps=4)
        page.mouse.up()

    settled(page, drag)
    assert f"from={first['from']}&to={last['to']}" in page.url
    assert page.locator("input[name=from]").is_visible()
    week = shown(page, "trend")
    assert [m["from"] for m in week] == [m["from"] for m in said[9:16]]
    settled(page, lambda: page.mouse.click(*at(page, "trend", 2.5 / 7, 0.5)))
    assert f"from={week[2]['from']}&to={week[2]['from']}" in page.url, "a press on one day chooses it"
    assert page.faults == []


def test_departments_dragged_over_are_chosen_together_and_a_name_alone(open_page: Callable[..., Any], wall: Running) -> None:
    page = opened(open_page, wall)
    rows = shown(page, "departments")
    n = len(rows)
    page.mouse.move(*at(page, "departments", 0.2, 1.3 / n))

    def drag() -> None:
        page.mouse.down()
        page.mouse.move(*at(page, "departments", 0.4, 2 / n), steps=3)
        page.mouse.move(*at(page, "departments", 0.6, 2.7 / n), steps=3)
        page.mouse.up()

    settled(page, drag)
    assert f"dep={rows[1]['code']}%2C{rows[2]['code']}" in page.url
    settled(page, lambda: page.locator(".an-chip").first.press("Enter"))
    settled(page, lambda: page.locator("#an-p-departments .ytick text").nth(3).click())
    assert f"dep={shown(page, 'departments')[3]['code']}" in page.url
    assert page.faults == []


def test_a_chart_is_read_and_chosen_by_keys(open_page: Callable[..., Any], wall: Running) -> None:
    page = opened(open_page, wall)
    said = shown(page, "trend")
    chart = page.locator("#an-p-trend .an-graph")
    assert "上报与超期" in chart.get_attribute("aria-label")
    chart.press("ArrowRight")
    chart.press("ArrowRight")
    assert page.locator("#an-p-trend [aria-live]").text_content() == said[1]["say"]
    chart.press("Shift+ArrowRight")
    settled(page, lambda: chart.press("Enter"))
    assert f"from={said[1]['from']}&to={said[2]['to']}" in page.url
    row = next(m for m in shown(page, "departments") if m["code"])
    chart = page.locator("#an-p-departments .an-graph")
    chart.press("ArrowDown")
    chart.press("ArrowDown")
    settled(page, lambda: chart.press("Enter"))
    assert f"dep={row['code']}" in page.url
    assert page.faults == []


def test_a_theme_recolours_the_charts_and_reads_nothing_anew(open_page: Callable[..., Any], wall: Running) -> None:
    page = opened(open_page, wall)
    shown(page, "trend")
    line = "getComputedStyle(document.querySelector('#an-p-trend .scatterlayer .trace:nth-child(2) .js-line')).stroke"
    assert page.evaluate(line) == "rgb(237, 243, 249)"  # --ink by night
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/desk/analyst?" in r.url else None)
    page.evaluate("document.documentElement.dataset.theme = 'day'")
    page.wait_for_function(line + " === 'rgb(15, 27, 40)'")
    assert asked == []
    with page.expect_download(timeout=60_000) as got:
        page.locator("#an-p-trend .an-export summary").click()
        page.locator("#an-p-trend [data-format=svg]").click()
    with open(got.value.path(), encoding="utf-8") as file:
        text = file.read()
    assert 'fill="#FFFFFF"' in text, "the file has the page's theme"
    assert "rgb(15, 27, 40)" in text
    assert page.faults == []


#: Every character that is seen, in px on the screen, with what it says.
_SMALL = """() => [...document.querySelectorAll('.an-main *')].filter(e => e.checkVisibility()
    && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) && !e.closest('.an-i, .an-unseen, .ag-root-wrapper'))
  .map(e => {
    const svg = e.ownerSVGElement, box = svg && svg.viewBox.baseVal;
    const scale = box && box.width ? svg.getBoundingClientRect().width / box.width : 1;
    return [parseFloat(getComputedStyle(e).fontSize) * scale, e.textContent.trim().slice(0, 20)];
  }).filter(([size]) => size < 12.9)"""


@pytest.mark.parametrize(
    ("width", "height", "lang"), [(1920, 1080, "zh"), (1080, 1920, "en"), (3840, 1080, "en"), (1280, 800, "en"), (390, 844, "zh")]
)
@pytest.mark.soak
def test_nothing_is_cut_or_small_in_any_shape(
    open_page: Callable[..., Any], wall: Running, width: int, height: int, lang: str
) -> None:
    for tab in DRAWN:
        page = open_page(f"{wall.base}/analyst?tab={tab}&lang={lang}", width, height)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, tab
        small = page.evaluate(_SMALL)
        assert small == [], (tab, small[:5])
        page.close()


def test_a_faulty_address_is_said_in_words(open_page: Callable[..., Any], wall: Running) -> None:
    page = open_page(f"{wall.base}/analyst?cat=liter&lang=en")
    page.wait_for_selector("#an-says[data-kind=fault]", timeout=30_000)
    assert "did you mean 'litter' (Exposed litter)?" in page.locator("#an-says").inner_text()


@pytest.mark.parametrize(
    "tab", [pytest.param(t, marks=pytest.mark.soak if 0 < i < len(TABS) - 1 else ()) for i, t in enumerate(TABS)]
)
def test_axe_finds_no_serious_fault(open_page: Callable[..., Any], wall: Running, tab: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = open_page(f"{wall.base}/analyst?tab={tab}&state=open")
    settled(page)
    if tab == "overview":
        settled(page, page.locator("[data-table=departments]").click)
    if tab in ("overview", "cases"):
        page.wait_for_selector(".ag-row[row-id]", timeout=60_000)
    found = axe.Axe().run(page).response["violations"]
    bad = [(v["id"], n["html"][:160]) for v in found if v["impact"] in ("serious", "critical") for n in v["nodes"]]
    assert bad == []
