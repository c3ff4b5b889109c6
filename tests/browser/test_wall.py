"""The wall in a real browser, over a real server and database: what the people in the hall see."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commits import commit_event
from tests.conftest import Running, copy_of

pytestmark = pytest.mark.browser
SIZES = [(1920, 1080), (3840, 1080), (7680, 2160), (1080, 1920)]
LIVE = (
    "() => [...document.querySelectorAll('.panel')].length > 5 && "
    "[...document.querySelectorAll('.panel')].every(p => ['live', 'empty'].includes(p.dataset.state))"
)


def wait_live(page: Any, timeout_s: float = 30) -> None:
    page.wait_for_function(LIVE, timeout=timeout_s * 1000)


@pytest.mark.parametrize(
    ("width", "height", "lang"),
    [
        pytest.param(*size, lang, marks=() if (lang == "en") == (i == 1) else pytest.mark.soak)
        for i, size in enumerate(SIZES)
        for lang in ("zh", "en")
    ],
)
def test_every_shape_of_screen_shows_all_panels_uncut(
    wall: Running, open_page: Callable[..., Any], width: int, height: int, lang: str
) -> None:
    page = open_page(f"{wall.base}/wall?lang={lang}", width, height)
    wait_live(page, 60)
    page.wait_for_timeout(300)
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [width, height]
    outside = page.evaluate("""() => [...document.querySelectorAll('.panel')].filter(p => {
      const b = p.getBoundingClientRect();
      return b.width && (b.right > innerWidth + 1 || b.bottom > innerHeight + 1 || b.left < -1 || b.top < -1);
    }).map(p => p.className)""")
    assert outside == []
    text = page.evaluate("document.getElementById('wall').innerText")
    for word in ("NaN", "None", "undefined", "Infinity", "null"):
        assert word not in text
    assert ("演示数据" if lang == "zh" else "demo data") in text
    assert page.title() == ("曲阜市智慧一张网" if lang == "zh" else "Qufu One Smart Network")
    assert page.faults == []


def test_every_panel_says_title_time_and_state(wall: Running, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{wall.base}/wall")
    wait_live(page)
    page.wait_for_timeout(1200)
    times = page.evaluate("""() => [...document.querySelectorAll('.panel-time')].map(t => t.textContent)""")
    assert len(times) >= 8
    assert all(len(t) == 8 and t[2] == ":" for t in times), times
    assert page.evaluate("document.getElementById('top-snapshot').textContent").startswith("S-")


def test_nothing_moves_when_nothing_changed(wall: Running, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{wall.base}/wall")
    wait_live(page)
    page.wait_for_timeout(1500)
    page.evaluate("""() => {
      window.__moves = [];
      const watch = new MutationObserver((list) => list.forEach((m) => window.__moves.push(m.target.className)));
      document.querySelectorAll('[id*="panel-body"] *').forEach((n) => watch.observe(n, {childList: true}));
    }""")
    pulses = page.evaluate("window.gridwall.held.lastPulse")
    page.wait_for_timeout(4000)
    assert page.evaluate("window.gridwall.held.lastPulse") > pulses, "pulses go on"
    assert page.evaluate("window.__moves.length") <= 40, page.evaluate("window.__moves.slice(0, 20)")


def test_a_town_has_its_own_wall_and_escape_leads_back(wall: Running, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{wall.base}/wall?scope=370881001")
    wait_live(page)
    assert "鲁城街道" in page.evaluate("document.getElementById('wall').innerText")
    town = page.evaluate("window.gridwall.held.page.scope")
    assert town == "370881001"
    page.keyboard.press("Escape")
    page.wait_for_function("() => window.gridwall?.held?.page?.scope === ''")
    wait_live(page)
    assert "scope=" not in page.url
    assert page.faults == []


def test_a_faulty_address_is_answered_in_words(wall: Running, open_page: Callable[..., Any]) -> None:
    page = open_page(f"{wall.base}/wall?scope=370881999")
    page.wait_for_selector(".fault-page")
    assert "370881999" in page.evaluate("document.body.innerText")
    assert wall.get("/snapshot/overview?scope=nowhere")[0] == 400
    assert wall.get("/snapshot/overveiw")[0] == 400
    assert "did you mean 'overview'" in wall.get("/snapshot/overveiw")[1]["error"]
    assert wall.get("/snapshot/overview?lang=fr")[0] == 400
    assert wall.get("/snapshot/overview?colour=blue&lang=en")[0] == 200, "unknown keys are ignored"


@pytest.mark.soak
def test_a_commit_elsewhere_reaches_the_pixel_and_survives_restart_and_a_lost_database(
    demo_city: Path, tmp_path: Path, open_page: Callable[..., Any]
) -> None:
    database = copy_of(demo_city, tmp_path)
    server = Running(tmp_path, "--source", f"sqlite:///{database}").start()
    try:
        page = open_page(f"{server.base}/wall")
        wait_live(page, 60)
        mark = commit_event(database, 500)
        page.wait_for_function("(m) => document.body.textContent.includes(m)", arg=mark, timeout=15_000)

        # the database is moved away: the last picture stays, the wall says what is wrong, and it comes back by itself
        away = database.with_suffix(".away")
        database.rename(away)
        page.wait_for_function(
            "() => document.getElementById('top-fault').dataset.kind === 'fault' && "
            "document.getElementById('top-fault').textContent.includes('数据源文件不在')",
            timeout=20_000,
        )
        page.wait_for_function("() => document.querySelectorAll('.panel[data-state=stale]').length > 5", timeout=30_000)
        assert mark in page.evaluate("document.body.textContent")
        status, health = server.get("/healthz")
        assert status == 503
        assert health["last_fault"]
        away.rename(database)
        wait_live(page, 20)

        # the server is killed and comes back: the open wall recovers without a touch
        server.kill(signal.SIGKILL)
        page.wait_for_function("() => document.getElementById('top-fault').textContent.includes('服务器无应答')", timeout=20_000)
        second = commit_event(database, 600)
        server.start()
        started = time.monotonic()
        page.wait_for_function("(m) => document.body.textContent.includes(m)", arg=second, timeout=20_000)
        wait_live(page, 20)
        assert time.monotonic() - started < 20
    finally:
        server.kill()
