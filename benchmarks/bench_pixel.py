"""commit_to_pixel_ms: another process commits a marked event; a real browser shows it on the wall."""

from __future__ import annotations

import random
import time
from typing import Any

from benchmarks.commits import commit_event
from benchmarks.place import browser, city, server, writer
from benchmarks.record import quantile, record

COMMITS, REPEATS = 25, 3
#: Resolves (server's clock, ms) when an animation frame finds the marked case on the page.
_WATCH = """() => {
  window.__want = null;
  window.__found = {};
  const look = () => {
    const text = document.body.textContent;
    for (const m of text.match(/MARK-\\d+/g) || []) if (!(m in window.__found)) window.__found[m] = Date.now();
    requestAnimationFrame(look);
  };
  look();
}"""


def run() -> None:
    database = city(200_000)
    rng = random.Random(5)
    halves, tails = [], []
    with writer(database), server(database) as (base, _), browser() as chromium:
        page: Any = chromium.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{base}/wall")
        page.wait_for_selector('.panel[data-state="live"]', timeout=60_000)
        time.sleep(5)
        page.evaluate(_WATCH)
        over = 400.0
        for _ in range(REPEATS):
            waits = []
            for _ in range(COMMITS):
                time.sleep(0.5 + rng.random())
                over += 1
                started = time.time()
                mark = commit_event(database, over)
                page.wait_for_function("(m) => m in window.__found", arg=mark, timeout=30_000)
                waits.append(page.evaluate("(m) => window.__found[m]", mark) - started * 1000)
            halves.append(quantile(waits, 0.5))
            tails.append(quantile(waits, 0.95))
    record("commit_to_pixel_ms.p50", halves, "ms")
    record("commit_to_pixel_ms.p95", tails, "ms")
