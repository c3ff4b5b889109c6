"""The duty desk as a hand meets it: a real server, a real browser, both shapes of screen and both languages."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commits import commit_event
from tests.browser.audited import wrong
from tests.browser.test_wall import wait_live
from tests.conftest import Running, copy_of

pytestmark = pytest.mark.browser

SHAPES = {"portrait": (1080, 1920), "landscape": (1920, 1080), "panel": (1280, 800)}
#: Visible things to touch that are smaller than they must be.
SMALL = """(least) => [...document.querySelectorAll('#kiosk button, #kiosk a, #kiosk textarea')]
  .filter((e) => e.checkVisibility()).map((e) => [e.getBoundingClientRect(), e.textContent.slice(0, 20)])
  .filter(([b]) => Math.min(b.width, b.height) < least - 0.1)
  .map(([b, t]) => `${b.width.toFixed(0)}x${b.height.toFixed(0)} ${t}`)"""


@pytest.fixture(scope="module")
def desk(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of this file's own: what is acknowledged here is seen by no other test."""
    place = tmp_path_factory.mktemp("kiosk")
    database = copy_of(demo_city, place)
    for _ in range(40):
        commit_event(database)  # so many reports of one matter are an exception at any hour
    running = Running(place, "--source", f"sqlite:///{database}")
    try:
        yield running.start()
    finally:
        running.kill()


def ready(page: Any) -> Any:
    page.wait_for_selector("#k-stages .k-chip", timeout=30_000)
    page.wait_for_selector("#k-list > *")
    return page


def kiosk(desk: Running, open_page: Callable[..., Any], words: str = "lang=zh", shape: str = "portrait") -> Any:
    return ready(open_page(f"{desk.base}/kiosk?{words}", *SHAPES[shape]))


@pytest.mark.parametrize(
    ("shape", "lang"),
    [("portrait", "en"), ("landscape", "zh"), ("landscape", "en"), ("portrait", "zh"), ("panel", "zh"), ("panel", "en")],
)
@pytest.mark.soak
def test_all_that_is_touched_is_large_enough_and_no_words_lie_on_others(
    desk: Running, open_page: Callable[..., Any], shape: str, lang: str
) -> None:
    for more in ("", "&print=large", "&contrast=high", "&tab=returned&side=place"):
        page = kiosk(desk, open_page, f"lang={lang}{more}", shape)
        assert wrong(page, "kiosk", 40) == [], more
        assert page.evaluate(SMALL, 72 if shape == "portrait" else 48) == [], more
        assert page.faults == []
        page.close()


def test_the_page_speaks_one_language(desk: Running, open_page: Callable[..., Any]) -> None:
    page = kiosk(desk, open_page, "lang=en")
    words = page.evaluate("""() => { const copy = document.getElementById('kiosk').cloneNode(true);
      copy.querySelector('#k-lang').remove(); return copy.textContent; }""")
    assert re.findall(r"[\u4e00-\u9fff]+", words) == []


def test_a_chip_is_a_filter_that_lives_in_the_address(desk: Running, open_page: Callable[..., Any]) -> None:
    page = kiosk(desk, open_page)
    page.click('[data-pick="stage"][data-code="handle"]')
    page.wait_for_selector('[data-pick="stage"][data-code="handle"][aria-pressed="true"]')
    assert "stage=handle" in page.url
    page.click('[data-tab="overdue"]')
    page.wait_for_selector('[data-tab="overdue"][aria-selected="true"]')
    page.wait_for_function("() => document.querySelectorAll('.k-row').length > 0")
    stages = page.eval_on_selector_all(".k-row .k-row-foot > span:first-child", "e => e.map(x => x.textContent.slice(0, 2))")
    assert set(stages) == {"办理"}
    again = kiosk(desk, open_page, page.url.split("?")[1])
    assert again.get_attribute('[data-pick="stage"][data-code="handle"]', "aria-pressed") == "true"
    page.click('[data-pick="stage"][data-code="handle"]')
    page.wait_for_selector('[data-pick="stage"][data-code=""][aria-pressed="true"]')
    assert "stage" not in page.url


def test_the_overdue_say_so_in_words_and_count_on(desk: Running, open_page: Callable[..., Any]) -> None:
    page = kiosk(desk, open_page, "lang=zh&tab=overdue")
    assert page.inner_text(".k-row.over .k-word") == "超期"
    assert re.fullmatch(r"\d+ 天|\d+ 时 \d\d 分|\d+ 分|\d+ 秒", page.inner_text(".k-row.over .k-time"))


def test_a_row_opens_its_timeline_and_is_acknowledged_there(desk: Running, open_page: Callable[..., Any]) -> None:
    page = kiosk(desk, open_page, "lang=zh&tab=overdue")
    row = page.locator(".k-row").nth(2)
    eid = row.get_attribute("data-row")
    row.locator(".k-open").click()
    page.wait_for_selector("#k-case[open] .case-line", timeout=15_000)
    assert page.evaluate(SMALL, 72) == []
    page.click("#k-case-note")
    page.click(".k-ready >> nth=1")
    page.click("#k-note-send")
    page.wait_for_selector(f'.k-row[data-row="{eid}"] .seen')
    assert "值守员" in page.inner_text(f'.k-row[data-row="{eid}"] .k-handled')
    assert page.locator("dialog[open]").count() == 0


def test_a_note_with_a_telephone_number_is_refused_in_words_and_can_be_mended(
    desk: Running, open_page: Callable[..., Any]
) -> None:
    page = kiosk(desk, open_page, "lang=zh&tab=overdue")
    row = page.locator(".k-row").nth(4)
    row.locator(".k-note").click()
    page.fill("#k-note-text", "请打 13812345678")
    page.click("#k-note-send")
    page.wait_for_function("() => document.querySelector('#k-note-fault').textContent.includes('疑似含电话号码')")
    page.fill("#k-note-text", "已联系")
    page.click("#k-note-send")
    page.wait_for_selector("#k-note", state="hidden")


@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.soak)])
def test_an_alarm_that_is_acknowledged_says_so_on_the_wall_within_a_tick(
    desk: Running, open_page: Callable[..., Any], lang: str
) -> None:
    page = kiosk(desk, open_page, f"lang={lang}")
    alarm = page.locator("#k-alarm [data-note-subject='category:litter']")
    alarm.wait_for(timeout=20_000)
    wall = open_page(f"{desk.base}/wall?lang={lang}")
    wait_live(wall, 60)
    title = alarm.get_attribute("data-note-title")
    alarm.click()
    page.click("#k-note-send")
    page.wait_for_selector("#k-note", state="hidden")
    page.wait_for_selector("#k-alarm :is(.k-alarm, .k-line).seen [data-note-subject='category:litter']")
    said = "已知悉 值守员" if lang == "zh" else "noted by operator"
    wall.wait_for_function(
        "([title, said]) => [...document.querySelectorAll('.exc')].some((e) => "
        "e.textContent.includes(title) && e.textContent.includes(said))",
        arg=[title, said],
        timeout=8_000,
    )
    assert "demo" not in wall.inner_text(".hl-list"), "the role, never a name"


def test_an_exception_on_the_wall_shows_its_place_and_leads_to_its_cases(desk: Running, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{desk.base}/wall")
    wait_live(page, 60)
    row = page.locator(".exc[data-lead='cat=litter&win=today']")
    town = row.get_attribute("data-place")
    row.locator(".exc-title").click()
    page.wait_for_function("() => window.gridwall.map.state().hover >= 0")
    button, link = page.locator("[role=menu] > *").all()
    assert link.get_attribute("href") == "/analyst?cat=litter&win=today"
    name = button.inner_text().removeprefix("进入")
    assert name in page.inner_text(".gw-map-tip")
    button.click()
    page.wait_for_function("(town) => window.gridwall.held.page.scope === town", arg=town)
    assert name in page.inner_text(".top-scope")
    assert page.faults == []


@pytest.mark.soak
def test_the_refresh_answers_with_the_time_and_what_changed_and_cools_down_for_all(
    desk: Running, open_page: Callable[..., Any]
) -> None:
    page, other = kiosk(desk, open_page), kiosk(desk, open_page)
    page.click("#k-refresh")
    page.wait_for_function(
        "() => /^[0-9]{2}:[0-9]{2}:[0-9]{2} 已更新，[0-9]+ 条变化$/.test(document.querySelector('.k-refreshed-says').textContent)"
    )
    said = page.inner_text(".k-refreshed-says")
    assert "新超期" in page.inner_text(".k-refreshed-what")
    page.wait_for_function("() => /冷却 [0-9]+ 秒/.test(document.querySelector('.k-cool-time').textContent)")
    other.click("#k-refresh")
    other.wait_for_function("(said) => document.querySelector('.k-refreshed-says').textContent === said", arg=said)
    assert re.fullmatch(r"冷却 \d+ 秒", other.inner_text(".k-cool-time"))
    other.wait_for_function("() => document.querySelector('.k-cool-time').textContent === '可刷新'", timeout=25_000)


def test_left_alone_it_warns_and_goes_home(desk: Running, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{desk.base}/healthz", *SHAPES["portrait"])
    page.clock.install()
    page.goto(f"{desk.base}/kiosk?lang=zh&tab=overdue&stage=handle")
    ready(page)
    page.locator(".k-open").first.click()
    page.wait_for_selector("#k-case[open]")
    page.clock.run_for(82_000)
    assert "即将返回首页，点按继续" in page.inner_text("#k-idle")
    page.click("#k-idle")
    assert page.is_hidden("#k-idle")
    assert page.is_visible("#k-case"), "a touch keeps what was open, and falls on nothing under the bar"
    page.clock.run_for(91_000)
    page.wait_for_selector("#k-case", state="hidden")
    assert page.url.split("?")[1] == "lang=zh"
    page.wait_for_selector('[data-tab="soon"][aria-selected="true"]')


def test_large_print_and_contrast_are_remembered_and_can_be_addressed(desk: Running, open_page: Callable[..., Any]) -> None:
    page = kiosk(desk, open_page)
    size = "() => parseFloat(getComputedStyle(document.querySelector('.k-refreshed-says')).fontSize)"
    plain = page.evaluate(size)
    page.click("#k-large")
    assert page.evaluate(size) > 1.15 * plain
    assert page.get_attribute("#k-large", "aria-pressed") == "true"
    page.reload()
    ready(page)
    assert page.evaluate(size) > 1.15 * plain, "the kiosk remembers it"
    page.click("#k-large")
    high = kiosk(desk, open_page, "lang=zh&contrast=high")
    assert high.evaluate("() => getComputedStyle(document.getElementById('kiosk')).backgroundColor") == "rgb(0, 0, 0)"


def test_the_handover_sheet_can_be_read_copied_and_closed(desk: Running, open_page: Callable[..., Any]) -> None:
    page = kiosk(desk, open_page)
    page.click("[data-sheet]")
    page.wait_for_function("() => document.querySelector('#k-sheet-text').textContent.includes('接班 + 上报')")
    numbers = re.search(r"([\d,]+) \+ ([\d,]+) − ([\d,]+) − ([\d,]+) = ([\d,]+)", page.inner_text("#k-sheet-text"))
    assert numbers
    a, b, c, d, e = (int(n.replace(",", "")) for n in numbers.groups())
    assert a + b - c - d == e
    page.click("#k-sheet-copy")
    page.wait_for_function("() => document.querySelector('#k-sheet-said').textContent !== ''")
    page.keyboard.press("Escape")
    page.wait_for_selector("#k-sheet", state="hidden")


def test_the_keyboard_reaches_the_tabs_and_moves_between_them(desk: Running, open_page: Callable[..., Any]) -> None:
    page = kiosk(desk, open_page)
    page.focus("#k-tab-soon")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector('#k-tab-today[aria-selected="true"]')
    assert page.evaluate("() => document.activeElement.id") == "k-tab-today"


def test_what_the_address_names_and_is_not_there_is_said(desk: Running, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{desk.base}/kiosk?lang=zh&stage=handel", *SHAPES["portrait"])
    page.wait_for_function("() => document.querySelector('#k-lost')?.textContent.includes('handle')")


@pytest.mark.soak
def test_a_server_that_is_away_leaves_the_last_picture_with_its_age_and_comes_back(
    demo_city: Path, tmp_path: Path, open_page: Callable[..., Any]
) -> None:
    running = Running(tmp_path, "--source", f"sqlite:///{copy_of(demo_city, tmp_path)}").start()
    try:
        page = kiosk(running, open_page)
        running.kill()
        page.click('[data-tab="overdue"]')
        page.wait_for_function(
            "() => /服务器无应答，所示为 .*前的情况/.test(document.querySelector('#k-lost').textContent)", timeout=20_000
        )
        assert page.locator(".k-chip").count() > 9, "the last picture stays"
        running.start()
        page.wait_for_function("() => document.querySelector('#k-lost').textContent === ''", timeout=40_000)
        page.wait_for_selector('[data-tab="overdue"][aria-selected="true"]')
    finally:
        running.kill()


@pytest.mark.soak
def test_nothing_that_axe_knows_of_is_wrong(desk: Running, open_page: Callable[..., Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for words in ("lang=zh", "lang=en&contrast=high"):
        page = kiosk(desk, open_page, words)
        page.wait_for_timeout(500)
        found = axe.Axe().run(page).response["violations"]
        assert [(v["id"], n["html"][:120]) for v in found for n in v["nodes"]] == []
    page.locator(".k-note").first.click()
    with contextlib.suppress(Exception):
        page.wait_for_selector("#k-note[open]")
    found = axe.Axe().run(page, "#k-note").response["violations"]
    assert [(v["id"], n["html"][:120]) for v in found for n in v["nodes"]] == []
