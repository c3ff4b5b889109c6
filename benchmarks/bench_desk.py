"""desk.click_ms.200k.p95, desk.click_ms.1m.p95, desk.chart_ms.<name>, desk.tick_ms_with_3_analysts.p95: an analyst's clicks in
a real browser, from the click to the painted answer; what redrawing each chart takes of it; and what three analysts cost
the wall's tick.

``desk.click_ms_drawn`` and ``desk.chart_ms_drawn``, measured once in turns with the others: the same clicks before the charts
were Plotly's, and what putting such a drawing into the page took."""

from __future__ import annotations

import contextlib
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

from benchmarks.place import browser, city, health, server, writer
from benchmarks.record import quantile, record

#: A typical drill: into a late town, its department, a stage, a category, other windows, the other tabs, and back.
CLICKS = (
    "",
    "area=370881108",
    "area=370881108&dep=enforcement",
    "area=370881108&dep=enforcement&stage=handle&state=open",
    "area=370881108&dep=enforcement&stage=handle&state=overdue",
    "dep=enforcement",
    "cat=litter",
    "cat=litter&vs=previous",
    "vs=year",
    "win=7d",
    "win=90d",
    "win=90d&net=urban",
    "win=365d",
    "win=365d&cat=heating",
    "ch=hotline",
    "sev=3",
    "state=overdue",
    "state=late",
    "state=rework",
    "tab=process",
    "tab=process&area=370881001",
    "tab=process&cat=litter",
    "tab=process&win=90d",
    "tab=heat",
    "tab=heat&area=370881002",
    "tab=heat&net=urban",
    "tab=heat&win=90d",
    "tab=cases",
    "tab=cases&state=overdue",
    "area=370881001",
)
#: Chart -> its tab; and selections between which it is redrawn.
CHARTS = {
    "trend": "overview",
    "departments": "overview",
    "times": "overview",
    "department_funnel": "ranking",
    "hour_profile": "heat",
    "handovers": "process",
    "expected": "warning",
}
CHOICES = ("", "area=370881108", "cat=litter", "win=90d", "net=urban", "area=370881001")
ROUNDS = 3
_CLICK = """(href) => new Promise((done) => {
  const link = Object.assign(document.createElement('a'), {href: href});
  document.querySelector('.an-foot, .an-footer').appendChild(link);
  const before = document.body.dataset.settled;
  link.setAttribute('href', href);
  link.click();
  const look = () => document.body.dataset.settled !== before ? done(Number(document.body.dataset.took)) : setTimeout(look, 5);
  look();
})"""


def run() -> None:
    with contextlib.ExitStack() as both:
        database = city(200_000)
        both.enter_context(writer(database))
        base, _ = both.enter_context(server(database))
        _clicks(base, "200k")
        _charts(base)
        _ticks(base)
    database = city(1_000_000)
    with server(database, wait=600) as (base, _):
        _clicks(base, "1m")


def _clicks(base: str, size: str) -> None:
    rounds: list[float] = []
    with browser() as chromium:
        page = chromium.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{base}/analyst?win=7d")
        page.wait_for_selector("body[data-settled]", timeout=60_000)
        page.wait_for_timeout(3000)
        _round(page)  # a first round: everything is compiled, and the browser's own parts are loaded
        for _ in range(ROUNDS):
            took = _round(page)
            rounds.append(quantile(took, 0.95))
            slow = sorted(zip(took, CLICKS, strict=True), reverse=True)[:3]
            worst = ", ".join(f"{t:.0f} {c or '(home)'}" for t, c in slow)
            print(f"  {size}: median {quantile(took, 0.5):.0f} ms; slowest {worst}", flush=True)
    record(f"desk.click_ms.{size}.p95", rounds, "ms")


def _charts(base: str) -> None:
    """Median time that drawing a new figure takes, by chart, one round each; the first drawing of each is left out (it waits
    for Plotly itself)."""
    with browser() as chromium:
        for name, tab in CHARTS.items():
            page = chromium.new_page(viewport={"width": 1920, "height": 1080})
            page.goto(f"{base}/analyst?tab={tab}")
            page.wait_for_selector("body[data-settled]", timeout=60_000)
            page.locator(f"#an-p-{name}").scroll_into_view_if_needed()
            page.wait_for_selector(f"#an-p-{name} .main-svg", timeout=60_000)
            page.wait_for_timeout(2000)
            rounds = []
            for _ in range(ROUNDS):
                page.evaluate("performance.clearMeasures()")
                for words in CHOICES:
                    page.evaluate(_CLICK, f"/analyst?tab={tab}&{words}")
                    page.wait_for_timeout(150)
                took = page.evaluate("n => performance.getEntriesByName(n).map(m => m.duration)", f"chart {name}")
                rounds.append(quantile(took, 0.5))
            record(f"desk.chart_ms.{name}", rounds, "ms")
            page.close()


def _round(page: Any) -> list[float]:
    took = []
    for words in CLICKS:
        took.append(float(page.evaluate(_CLICK, f"/analyst?{words}" if words else "/analyst")))
        page.wait_for_timeout(150)  # time for the list's rows to appear, as an analyst glances at them
    return took


def _ticks(base: str) -> None:
    """p95 of the server's tick with three analysts, and without them, in alternation."""
    quiet, busy = [], []
    for _ in range(ROUNDS):
        quiet.append(quantile(_watched(base), 0.95))
        with _analysts(base, 3):
            busy.append(quantile(_watched(base), 0.95))
    record("desk.tick_ms_quiet.p95", quiet, "ms")
    record("desk.tick_ms_with_3_analysts.p95", busy, "ms")


def _watched(base: str, seconds: float = 25) -> list[float]:
    """Duration of each tick, with one screen watching."""
    took, seen, end = [], -1, time.monotonic() + seconds
    while time.monotonic() < end:
        with urllib.request.urlopen(f"{base}/snapshot/overview", timeout=20) as answer:
            answer.read()
        now = health(base)
        if now["ticks"] != seen:
            seen = now["ticks"]
            took.append(float(now["tick_ms"]))
        time.sleep(0.2)
    return took


@contextlib.contextmanager
def _analysts(base: str, n: int) -> Iterator[None]:
    """Run ``n`` analysts, each of whom clicks again after looking for a third of a second."""
    over = threading.Event()

    def drill(first: int) -> None:
        at = first
        while not over.wait(0.33):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{base}/desk/analyst?{CLICKS[at % len(CLICKS)]}", timeout=60).read()
            at += 7

    threads = [threading.Thread(target=drill, args=(i * 10,), daemon=True) for i in range(n)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(60)
