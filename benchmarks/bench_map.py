"""map.restyle_ms.6000: script time of recolouring 6,000 cells in the canvas layer, in a real browser."""

from __future__ import annotations

from benchmarks.place import browser, city, server
from benchmarks.record import record


def run() -> None:
    database = city(200_000)
    with server(database) as (base, _), browser() as chromium:
        page = chromium.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{base}/wall")
        page.wait_for_selector('.panel[data-state="live"]', timeout=60_000)
        page.wait_for_timeout(3000)
        page.evaluate("() => window.gridwall.map.level(3)")
        values = []
        for _ in range(20):
            for measure in ("count", "rate", "late"):
                page.evaluate("(m) => window.gridwall.map.measure(m)", measure)
                page.wait_for_timeout(60)
            values += page.evaluate("() => window.gridwall.map.timings.restyle.slice(-3)")
        record("map.restyle_ms.6000", values, "ms")
