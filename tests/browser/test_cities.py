"""鲤城's wall in a real browser: each of its scenes is readable on every shape of screen, down to its property grids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from data.city.profile import load_profile
from data.demo.generate import generate
from tests.browser.audited import wrong
from tests.browser.test_look import FIRST, FIRST_LOOK
from tests.browser.test_wall import wait_live
from tests.conftest import Running
from tests.demo_city import quiet

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CITY = load_profile("licheng")


@pytest.fixture(scope="module")
def licheng(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With so many events that all of its departments but a few are ranked, as on a wall of a whole year."""
    place = tmp_path_factory.mktemp("licheng")
    source = f"sqlite:///{place / 'licheng.sqlite'}"
    generate(CITY, source, events=60_000, seed=3, regime="realistic", now=datetime.now(UTC), progress=quiet)
    running = Running(place, "--city", "licheng", "--source", source)
    try:
        yield running.start()
    finally:
        running.kill()


@pytest.mark.parametrize(("shape", "lang"), FIRST_LOOK)
@pytest.mark.parametrize(
    "scene", [s.id if i == 0 else pytest.param(s.id, marks=pytest.mark.soak) for i, s in enumerate(CITY.scenes)]
)
def test_no_words_are_too_small_cut_or_over_one_another(
    licheng: Running, open_page: Callable[..., Any], scene: str, shape: tuple[int, int], lang: str
) -> None:
    page = open_page(f"{licheng.base}/wall/{scene}?lang={lang}", *shape)
    wait_live(page, 90)
    assert wrong(page) == []
    assert page.faults == []


@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.soak)])
@pytest.mark.parametrize("shape", FIRST)
def test_a_step_has_room_for_a_badge_and_for_large_numbers(
    licheng: Running, open_page: Callable[..., Any], shape: tuple[int, int], lang: str
) -> None:
    page = open_page(f"{licheng.base}/wall?lang={lang}", *shape)
    wait_live(page, 60)
    outside = page.evaluate(
        """(lang) => { const out = [];
      for (const step of document.querySelectorAll('.step')) {
        const name = step.querySelector('.sp-name');
        name.querySelector('.badge')?.remove();
        name.querySelector('.sp-called').insertAdjacentHTML('afterend', '<span class="badge watch">3</span>');
        step.querySelector('.sp-stock .num').textContent = '1,858';
        const late = step.querySelector('.sp-late'), oldest = step.querySelector('.sp-oldest');
        late.textContent = late.textContent.replace(/[0-9,]+/, '1,219');
        oldest.textContent = oldest.textContent.split(' ')[0] + (lang === 'zh' ? ' 23时59分' : ' 23 h 59');
        step.querySelector('.sp-stage .n').textContent = '112';
        const [badge, stock] = ['.badge', '.sp-stock'].map((s) => step.querySelector(s).getBoundingClientRect());
        if (badge.right > stock.left && badge.bottom > stock.top + 2 && badge.top < stock.bottom - 2) out.push(name.textContent);
      }
      return out; }""",
        lang,
    )
    assert outside == []
    assert wrong(page) == []


def test_the_steps_on_the_screen_sum_to_the_board_and_to_the_open_cases(licheng: Running, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{licheng.base}/wall/loop")
    wait_live(page, 60)
    of = "(s) => [...document.querySelectorAll(s)].map((e) => +e.textContent.replace(/,/g, ''))"
    steps, stages = page.evaluate(of, ".sp-stock .num"), page.evaluate(of, ".stage .st-stock .num")
    assert (len(steps), len(stages)) == (4, 9)
    assert steps == [sum(stages[:2]), sum(stages[2:5]), stages[5], sum(stages[6:8])]
    _, answer = licheng.get("/api/read/headline")
    # the head counts sensitive cases in batches of five, a breakdown leaves them out and says so
    hidden = next(r["value"] for r in answer["rows"] if r["kpi"] == "open") - sum(steps)
    assert hidden >= 0
    assert hidden % 5 == 0
    assert not hidden or "不含敏感类别" in page.get_attribute(".p-step_loop [data-say]", "data-say")


@pytest.mark.soak
def test_the_way_leads_down_to_the_property_grid(licheng: Running, open_page: Callable[..., Any]) -> None:
    code, names = "350502006", []
    for _ in range(3):
        code += "001"
        page = open_page(f"{licheng.base}/wall?scope={code}")
        wait_live(page, 60)
        assert wrong(page) == [], code
        names.append(page.evaluate("document.querySelector('.top-scope').textContent"))
    assert names == ["江南街道示例01社区", "江南街道示例01社区单元01", "江南街道示例01社区单元01物业01"]
