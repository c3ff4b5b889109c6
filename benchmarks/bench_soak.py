"""soak.*: twelve hours' worth of a wall's ticks in about forty minutes: does the memory of server and page stay flat?

The server's and the writer's wall clocks run ``SPEED`` times as fast (a library loaded before libc, see benchmarks/faults),
ticks follow each other correspondingly faster, and hours and days pass for everything cached by them.  The writer runs at
``PACE`` times the demo's pace: the city's own, 5,700 log rows a day as in its history.  Faster, the tables of the newest rows
grow (at the demo's own pace by a sixth in eight hours' worth, memory by 6 and 9 %), and growth with the data would look like a
leak. An hour's worth of ticks is 3,600, however long a slow machine takes over them.

The page is shown by its own Chromium; its process is read through /proc.  A browser with gigabytes to spare seldom collects the
garbage of a small page, so that its memory is a sawtooth with a period longer than the run.  So the page is told to collect every
``COLLECT_H`` hours' worth, through a bare connection of its debug port: a library's would make worlds of its own in the page, a
megabyte each time, which look like a leak of the page's.
``renderer`` is its process just after that, ``renderer_before`` just before.

A line is fitted to the private memory (USS) against hours' worth of ticks, after the first hour's worth and the first
``WARM_MIN`` minutes: what a browser warms up by its own time (tiers of code, fonts, idle work) is not sped up with the clock, and
would still be going on (in a run of eight hours' worth the page grew by 10 MB within its first eleven minutes, and by 1 in the
thirteen after them).  Neighbouring samples are averaged first, because they are correlated and the interval would be too narrow.
The line of the resident memory (``renderer_rss``) is fitted too.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.faults.shim import Shim
from benchmarks.place import (
    BENCH,
    CHROMIUM_ARGS,
    children,
    city,
    command,
    environment,
    free_port,
    health,
    rss_mb,
    until_ready,
    uss_mb,
)
from benchmarks.record import record
from tests.npm import NODE

#: Overridden by environment variables for a shorter or slower run: SOAK_HOURS, SOAK_SPEED, SOAK_EVENTS.
HOURS, SPEED, EVENTS = (float(os.environ.get(f"SOAK_{n}", d)) for n, d in (("HOURS", 12), ("SPEED", 10), ("EVENTS", 200_000)))
PACE, DEMO_RATE, EVENTS_OF_RATE, COLLECT_H = 0.12, 0.7, 200_000, 0.25
WARM_H, WARM_MIN, SAMPLE_S, SETTLE_S, BLOCKS, TICKS_AN_HOUR = min(1.0, HOURS / 3), 15.0, 2.0, 3.0, 24, 3600


class Sample(NamedTuple):
    """``hours``: worth of ticks since the first wall; ``minutes``: of real time; memory in MB: the server's is a mean since the
    previous sample, the renderer's is taken after a collection and just before it."""

    hours: float
    minutes: float
    server: float
    server_rss: float
    renderer: float
    renderer_rss: float
    renderer_before: float


class Line(NamedTuple):
    """A line fitted after the warm-up: MB an hour with its 95 % interval, and growth as a share (%) of its starting value."""

    slope: float
    low: float
    high: float
    growth_pct: float
    growth_low: float
    growth_high: float


def run() -> None:
    database = city(int(EVENTS))
    folder = Path(tempfile.mkdtemp(prefix="soak-", dir=BENCH))
    try:
        samples = _soak(database, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    record("soak.hours_of_ticks", [samples[-1].hours], "h")
    record("soak.minutes", [samples[-1].minutes], "min")
    hours = [s.hours for s in samples]
    warm = max(WARM_H, next((s.hours for s in samples if s.minutes >= WARM_MIN), WARM_H))
    for name in ("server", "renderer", "renderer_before", "renderer_rss"):
        line = fitted(hours, [getattr(s, name) for s in samples], warm)
        record(f"soak.{name}_mb_per_h", [line.low, line.slope, line.high], "MB/h")
        record(f"soak.{name}_growth_pct", [line.growth_low, line.growth_pct, line.growth_high], "%")
    for name in ("server_rss", "renderer_rss"):
        record(f"soak.{name}_mb", [getattr(samples[-1], name)], "MB")


def fitted(hours: npt.ArrayLike, memory: npt.ArrayLike, warm_h: float = WARM_H, blocks: int = BLOCKS) -> Line:
    """The line after ``warm_h`` hours, through the means of ``blocks`` periods."""
    at, level = np.asarray(hours, float), np.asarray(memory, float)
    at, level = at[at >= warm_h], level[at >= warm_h]
    edges = np.linspace(at[0], at[-1] + 1e-9, blocks + 1)
    which = np.digitize(at, edges) - 1
    held = [b for b in range(blocks) if (which == b).any()]
    x, y = (np.array([v[which == b].mean() for b in held]) for v in (at, level))
    line = stats.linregress(x, y)
    wide = float(stats.t.ppf(0.975, len(held) - 2) * line.stderr)
    begin, span = float(line.intercept + line.slope * at[0]), float(at[-1] - at[0])
    low, slope, high = float(line.slope) - wide, float(line.slope), float(line.slope) + wide
    return Line(slope, low, high, *(100 * s * span / begin for s in (slope, low, high)))


def _soak(database: Path, folder: Path) -> list[Sample]:
    shim, port = Shim(folder), free_port()
    shim.run_at(SPEED)
    env = {**environment(), **shim.environment()}
    rate = DEMO_RATE * EVENTS / EVENTS_OF_RATE * PACE * SPEED
    with contextlib.ExitStack() as stack:
        source = f"sqlite:///{database}"
        writes = command("writer", "--city", "qufu", "--source", source, "--rate", f"{rate:.2f}")
        stack.enter_context(_process(writes, database, env))
        server = stack.enter_context(
            _process(
                command("serve", "--source", source, "--port", str(port), "--tick", f"{max(0.1, 1 / SPEED):.3f}"), database, env
            )
        )
        base = f"http://127.0.0.1:{port}"
        until_ready(base, 300)
        chromium = stack.enter_context(
            _process(
                [
                    shutil.which("chromium") or "chromium",
                    "--headless=new",
                    *CHROMIUM_ARGS,
                    "--window-size=1920,1080",
                    f"--user-data-dir={folder / 'profile'}",
                    f"--remote-debugging-port={(debug := free_port())}",
                    f"{base}/wall",
                ],
                folder / "x",
                dict(os.environ),
            )
        )
        samples: list[Sample] = []
        began, first = time.monotonic(), health(base)["ticks"]
        path = Path(os.environ.get("SOAK_LOG") or folder / "soak.csv")
        with path.open("w") as log, contextlib.suppress(KeyboardInterrupt):  # interrupted: what was measured is kept
            print(*Sample._fields, sep=",", file=log)
            server_mb: list[float] = []
            while not samples or samples[-1].hours < HOURS:
                time.sleep(SAMPLE_S)
                server_mb.append(uss_mb(server.pid))
                hours = (int(health(base)["ticks"]) - first) / TICKS_AN_HOUR
                if hours < (samples[-1].hours if samples else 0) + COLLECT_H:
                    continue
                minutes, renderer = (time.monotonic() - began) / 60, renderer_of(chromium.pid)
                before, mean = uss_mb(renderer), float(np.mean(server_mb))
                collect(debug)
                held = uss_mb(renderer)
                samples.append(Sample(hours, minutes, mean, rss_mb(server.pid), held, rss_mb(renderer), before))
                server_mb.clear()
                print(*(f"{v:.4f}" for v in samples[-1]), sep=",", file=log, flush=True)
    return samples


@contextlib.contextmanager
def _process(words: list[str], beside: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(words, cwd=beside.parent, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def collect(debug: int) -> None:
    """Have the page of the Chromium with debug port ``debug`` collect its garbage; the debugger then detaches."""
    subprocess.run([str(NODE), str(Path(__file__).with_name("collect.js")), str(debug)], check=True, timeout=120)
    time.sleep(SETTLE_S)


def renderer_of(pid: int) -> int:
    """The process that draws the page of the Chromium ``pid``: the largest of its renderers (an unused one is kept ready)."""
    found = []
    for child in children(pid):
        with contextlib.suppress(OSError):
            if b"--type=renderer" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append((rss_mb(child), child))
    return max(found)[1]
