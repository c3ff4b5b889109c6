"""What the back row can read: nothing too small, nothing cut, nothing over something else, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.audited import findings, wrong
from tests.browser.test_wall import wait_live
from tests.conftest import Running

pytestmark = pytest.mark.browser

SHAPES = [(1920, 1080), (3840, 1080), (1080, 1920)]
#: Each shape in one language, and the other in make soak.
LOOKS = [
    pytest.param(shape, lang, marks=() if (lang == "en") == (i == 1) else pytest.mark.soak)
    for i, shape in enumerate(SHAPES)
    for lang in ("zh", "en")
]
#: The first shape in Chinese, and all the others in make soak.
FIRST_LOOK = [
    pytest.param(shape, lang, marks=pytest.mark.soak if i or lang == "en" else ())
    for i, shape in enumerate(SHAPES)
    for lang in ("zh", "en")
]
#: The first shape, and the others in make soak.
FIRST = [pytest.param(shape, marks=pytest.mark.soak if i else ()) for i, shape in enumerate(SHAPES)]


@pytest.mark.parametrize(("shape", "lang"), LOOKS)
def test_no_words_are_too_small_cut_or_over_one_another(
    wall: Running, open_page: Callable[..., Any], shape: tuple[int, int], lang: str
) -> None:
    page = open_page(f"{wall.base}/wall?lang={lang}", *shape)
    wait_live(page, 60)
    assert wrong(page) == []


@pytest.mark.parametrize(("shape", "lang"), FIRST_LOOK)
def test_the_words_of_a_ranks_ground_stand_beside_its_marks(
    wall: Running, open_page: Callable[..., Any], shape: tuple[int, int], lang: str
) -> None:
    page = open_page(f"{wall.base}/wall?lang={lang}", *shape)
    wait_live(page, 60)
    on = page.evaluate("""() => [...document.querySelectorAll('.dp-band')].map((word) => {
      const w = word.getBoundingClientRect(), track = word.parentElement.getBoundingClientRect();
      const marks = [...word.parentElement.querySelectorAll('.dp-dot, .dp-whisker')].map((m) => m.getBoundingClientRect());
      return [word.textContent, w.left < track.left - 2 || w.right > track.right + 2
        || marks.some((m) => m.left < w.right - 1 && m.right > w.left + 1)];
    })""")
    assert on, "the grounds are named"
    assert [word for word, touches in on if touches] == []


@pytest.mark.parametrize(("shape", "lang"), FIRST_LOOK)
def test_a_late_channels_number_is_whole_whichever_it_is(
    wall: Running, open_page: Callable[..., Any], shape: tuple[int, int], lang: str
) -> None:
    page = open_page(f"{wall.base}/wall?lang={lang}", *shape)
    wait_live(page, 60)
    page.evaluate(
        """(words) => { for (const row of document.querySelectorAll('.channels .bars-row')) {
      row.classList.add('silent');
      row.querySelector('.bars-late')?.remove();
      row.querySelector('.bars-n').textContent = '1,234';
      row.querySelector('.bars-graph').insertAdjacentHTML('beforeend',
        `<span class="bars-late"><span class="mark half"></span><span class="bars-word">${words[0]} </span>${words[1]}</span>`);
    } }""",
        ["迟到", "13时37分"] if lang == "zh" else ["late", "13 h 37"],
    )
    page.wait_for_timeout(100)
    _, found = findings(page)
    assert [one for one in found if one["kind"] == "overlap"] == []
    cut = [one["where"] for one in found if one["kind"] == "clipped"]
    assert [where for where in cut if "bars-name" not in where] == [], "where all is long a name ends in dots, no number"


@pytest.mark.soak
def test_a_towns_and_a_villages_wall_are_as_readable(wall: Running, open_page: Callable[..., Any]) -> None:
    for scope in ("370881108", "370881001001"):
        page = open_page(f"{wall.base}/wall?scope={scope}")
        wait_live(page, 60)
        assert wrong(page) == [], scope


@pytest.mark.parametrize("shape", FIRST)
def test_a_badge_is_as_readable_wherever_the_thread_leads(
    wall: Running, open_page: Callable[..., Any], shape: tuple[int, int]
) -> None:
    """Whatever today's exceptions concern, the number must be readable in the words, on the map and at the stage."""
    page = open_page(f"{wall.base}/wall", *shape)
    wait_live(page, 60)
    page.wait_for_selector(".gw-plate-badge", state="attached")
    marks = page.evaluate("""() => {
      const mark = (name) => Object.assign(document.createElement('span'), {className: name, textContent: '3'});
      for (const place of document.querySelectorAll('.st-name, .sl-name')) place.prepend(mark('badge watch'));
      for (const on of document.querySelectorAll('.gw-plate-badge')) {
        on.textContent = '3'; on.className = 'gw-plate-badge gw-badge-watch';
      }
      return document.querySelectorAll('.st-name .badge, .gw-badge-watch').length; }""")
    assert marks >= 9 + 12, "nine stages and twelve towns"
    page.wait_for_timeout(700)
    assert [one for one in findings(page)[1] if one["kind"] == "small"] == []


def test_the_worst_exceptions_badge_is_the_largest_and_the_sentence_leads(wall: Running, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{wall.base}/wall")
    wait_live(page, 60)
    page.evaluate("""() => { const list = document.querySelector('.hl-list');
      list.innerHTML = [1, 2, 3].map((n) => `<div class="exc act"><span class="badge act">${n}</span>` +
        `<div class="exc-body"><span class="exc-title">x</span></div></div>`).join(''); }""")
    badges = page.evaluate("[...document.querySelectorAll('.exc > .badge')].map((b) => b.getBoundingClientRect().width)")
    assert badges[0] > 1.3 * badges[1] == 1.3 * badges[2]
    size = "(s) => parseFloat(getComputedStyle(document.querySelector(s)).fontSize)"
    assert page.evaluate(size, ".hl-says") >= 33


def test_the_definition_is_readable_wherever_its_mark_stands(wall: Running, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{wall.base}/wall")
    wait_live(page, 60)
    for panel in ("department_response", "channel_mix"):
        page.hover(f".p-{panel} .panel-i")
        style = page.evaluate(f"""() => {{ const s = getComputedStyle(document.querySelector('.p-{panel} .panel-i'), '::after');
          return [s.content.length, parseFloat(s.fontSize), s.position]; }}""")
        assert style[0] > 30
        assert style[1] >= 17
        assert style[2] == "fixed", "no panel cuts it"


@pytest.fixture(scope="module")
def permit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The wall of the permit log's sample, which its mapping finds beside its own file."""
    running = Running(tmp_path_factory.mktemp("permit"), "--mapping", "permit_receipt")
    try:
        yield running.start()
    finally:
        running.kill()


@pytest.mark.parametrize("shape", FIRST)
def test_a_closed_logs_wall_says_that_it_is_history_and_never_today(
    permit: Running, open_page: Callable[..., Any], shape: tuple[int, int]
) -> None:
    page = open_page(f"{permit.base}/wall", *shape)
    wait_live(page, 60)
    assert wrong(page) == []
    bar, title = (page.locator(place).bounding_box() for place in (".top", ".top-title"))
    assert bar["y"] <= title["y"]
    assert page.locator(".top-clock").bounding_box()["y"] + 10 < bar["y"] + bar["height"], "the top bar holds its words"
    said = page.evaluate("document.getElementById('wall').innerText")
    assert "历史数据，止于 2012-05-18" in said
    assert "全部记录" in said
    assert "演示数据" in said, "its cases are invented"
    assert "今日" not in said
    assert "近 7 日" not in said


@pytest.mark.soak
def test_the_logs_long_english_stage_names_fit(permit: Running, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{permit.base}/wall?lang=en")
    wait_live(page, 60)
    cut = page.evaluate("""() => [...document.querySelectorAll('.sl-name')].filter((n) => n.scrollWidth > n.clientWidth + 1)
      .map((n) => n.textContent)""")
    assert cut == []
    assert "Historic data, ending 2012-05-18" in page.evaluate("document.getElementById('wall').innerText")
