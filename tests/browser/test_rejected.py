"""The wall of a city whose log names stages that nobody mapped: it stays up, and its top bar says why it tells little."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Running, copy_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def unmapped(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The demo city after somebody renamed the stages of five rows in eight."""
    place = tmp_path_factory.mktemp("unmapped")
    database = copy_of(demo_city, place)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE transition SET stage = '归档' WHERE key % 8 < 5 AND stage IS NOT NULL")
        connection.commit()
    running = Running(place, "--source", f"sqlite:///{database}")
    try:
        yield running.start(ready=lambda health: bool(health["rejected"]))
    finally:
        running.kill()


@pytest.mark.parametrize(
    ("lang", "width", "height"),
    [
        ("zh", 1920, 1080),
        pytest.param("en", 1920, 1080, marks=pytest.mark.soak),
        pytest.param("en", 1080, 1920, marks=pytest.mark.soak),
    ],
)
def test_the_top_bar_says_what_is_rejected_and_why_and_nothing_is_cut(
    unmapped: Running, open_page: Callable[..., Any], lang: str, width: int, height: int
) -> None:
    status, health = unmapped.get("/healthz")
    assert (status, health["ok"]) == (503, False)
    (found,) = health["rejected"]
    share = round(100 * found["rows"] / found["read"])
    words = (
        f"流转记录 {share}% 无法使用（未知环节）：请检查映射"
        if lang == "zh"
        else f"{share}% of log rows unusable (unknown stage): check the mapping"
    )
    assert 0.05 < found["share"] < 1
    page = open_page(f"{unmapped.base}/wall?lang={lang}", width, height)
    page.wait_for_function("words => document.getElementById('top-fault')?.textContent === words", arg=words, timeout=20_000)
    page.wait_for_selector(".panel[data-state=live]", timeout=20_000)
    shown = page.evaluate("""() => [".top-title", "#top-fault", "#top-clock", ".top-item:has(#top-age)"].map(where => {
      const node = document.querySelector(where), box = node.getBoundingClientRect();
      const top = document.querySelector(".top").getBoundingClientRect();
      return [where, node.scrollWidth <= node.clientWidth + 1, box.left >= 0, box.right <= innerWidth,
        box.bottom <= top.bottom + 1,
        node.contains(document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2))];
    })""")
    kept = shown if width > height else shown[:3]  # a tall bar has no room for the age where anything is said
    assert all(all(fits) for _, *fits in kept), kept
    assert page.evaluate("document.getElementById('top-fault').dataset.kind") == "rejected"
    if (width, lang) == (1920, "zh"):
        assert page.locator(".panel[data-state=faulty]").count() == 0, "the numbers that there are stay live"
