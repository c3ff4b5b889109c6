"""start.first_s: from nothing (no demo city, no facts) to a wall on screen; start.again_s: on existing facts."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time

from benchmarks.place import BENCH, browser, command, environment, free_port, until_listening
from benchmarks.record import record


def run() -> None:
    first: list[float] = []
    again: list[float] = []
    with browser() as chromium:
        for turn in range(2):
            place = BENCH / f"start-{turn}"
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            first.append(_start(chromium, place))
            again.extend(_start(chromium, place) for _ in range(3))
    record("start.first_s", first, "s")
    record("start.again_s", again, "s")


def _start(chromium: object, place: object) -> float:
    port = free_port()
    page = chromium.new_page(viewport={"width": 1920, "height": 1080})  # type: ignore[attr-defined]
    page.wait_for_timeout(2000)  # let the last server's end and the browser's own start pass
    started = time.monotonic()
    process = subprocess.Popen(
        command("serve", "--demo", "--port", str(port)),
        cwd=str(place),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until_listening(port)
        page.goto(f"http://127.0.0.1:{port}/wall", wait_until="commit")
        page.wait_for_selector('.panel[data-state="live"]', timeout=180_000)
        return time.monotonic() - started
    finally:
        page.close()
        process.send_signal(signal.SIGTERM)
        process.wait(30)
