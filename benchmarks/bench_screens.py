"""screens.1000: a thousand screens, each with its stream and one fetch per pulse, beside a callback-per-panel Dash page.

The database changes several times a second, so that (nearly) every pulse announces a newer snapshot and is followed by a
fetch: together they are a screen-refresh.  ``cpu_ms_per_refresh`` is what the server's event loop spent on it; the tick,
which costs the same for one screen and for a thousand, is tick_ms.  ``core_share`` is all of the server, ticks included.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlparse

from benchmarks.place import BENCH, city, cpu_s, environment, free_port, loop_cpu_s, server, writer
from benchmarks.record import record

SCREENS, SECONDS, REPEATS = 1000, 20, 3
MISSED_S = 2.5  # as in dashboard/assets/wall/states.js, at the tick of 1 s


async def _screen(host: str, port: int, end: float, tally: dict[str, int]) -> None:
    """One screen: reads pulses, and for each that announces a newer snapshot fetches it, as the page does.

    Counted as lost: a connection that broke, a fetch that failed, and a pulse that did not come within two ticks, which is when
    a page begins to poll by itself.
    """
    reader, out = await asyncio.open_connection(host, port)
    out.write(b"GET /live?page=overview&scope=&lang=zh HTTP/1.1\r\nHost: localhost\r\n\r\n")
    fetch_in, fetch_out = await asyncio.open_connection(host, port)
    held, heard = b"", 0.0
    await out.drain()
    try:
        while time.monotonic() < end:
            line = await asyncio.wait_for(reader.readline(), max(0.05, end - time.monotonic() + 3))
            if not line:
                tally["lost"] += 1
                return
            if not line.startswith(b"data: "):
                continue
            tally["pulses"] += 1
            now = time.monotonic()
            gap, heard = now - (heard or now), now
            tally["gap_ms"] = max(tally["gap_ms"], round(gap * 1000))
            tally["lost"] += gap > MISSED_S
            snapshot = line.split(b'"id":"', 1)[1].split(b'"', 1)[0]
            if not snapshot or snapshot == held:
                continue
            fetch_out.write(
                b"GET /snapshot/overview?scope=&lang=zh&since=" + held + b" HTTP/1.1\r\nHost: localhost\r\n"
                b"Accept-Encoding: gzip\r\n\r\n"
            )
            await fetch_out.drain()
            head = await asyncio.wait_for(fetch_in.readuntil(b"\r\n\r\n"), 10)
            length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
            body = await asyncio.wait_for(fetch_in.readexactly(length), 10)
            tally["bytes"] += len(body)
            tally["refreshes" if head.startswith(b"HTTP/1.1 200") else "lost"] += 1
            held = snapshot
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        tally["lost"] += 1
    finally:
        out.close()
        fetch_out.close()


async def _load(base: str, screens: int, seconds: float) -> dict[str, int]:
    parsed = urlparse(base)
    tally = {"pulses": 0, "refreshes": 0, "lost": 0, "bytes": 0, "gap_ms": 0}
    end = time.monotonic() + seconds
    await asyncio.gather(*(_screen(str(parsed.hostname), int(parsed.port or 80), end, tally) for _ in range(screens)))
    return tally


def load_main() -> None:
    """``python -m benchmarks.bench_screens BASE SCREENS SECONDS``: the load generator, in a process of its own."""
    base, screens, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    tally = asyncio.run(_load(base, screens, seconds))
    print(" ".join(f"{k}={v}" for k, v in tally.items()))


def run() -> None:
    database = city(200_000)
    ours, share, lost, classic = [], [], [], []
    port = free_port()
    with writer(database, "--rate", "4"), server(database) as (base, process):
        old = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.classic_dash", str(database.parent), str(port)],
            env=environment(),
            cwd=BENCH,
            stderr=subprocess.DEVNULL,
        )
        try:
            time.sleep(6)
            for _ in range(REPEATS):
                loop, whole, started = loop_cpu_s(process.pid), cpu_s(process.pid), time.monotonic()
                out = subprocess.run(
                    [sys.executable, "-m", "benchmarks.bench_screens", base, str(SCREENS), str(SECONDS)],
                    env=environment(),
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
                tally = dict(w.split("=") for w in out.split())
                ours.append((loop_cpu_s(process.pid) - loop) * 1000 / max(int(tally["refreshes"]), 1))
                share.append((cpu_s(process.pid) - whole) / (time.monotonic() - started))
                lost.append(float(tally["lost"]))
                print(out.strip(), flush=True)
                classic.append(_classic(f"http://127.0.0.1:{port}", old.pid))
        finally:
            old.terminate()
    record("screens.1000.cpu_ms_per_refresh", ours, "ms")
    record("screens.1000.core_share", share, "cores")
    record("screens.1000.lost", lost, "screens")
    record("classic_dash.cpu_ms_per_refresh", classic, "ms")


def _classic(base: str, pid: int) -> float:
    from benchmarks.classic_dash import refresh_requests

    requests = refresh_requests(base)
    before, refreshes = cpu_s(pid), 30
    for _ in range(refreshes):
        for request in requests:
            with urllib.request.urlopen(request, timeout=30) as answer:
                answer.read()
    return (cpu_s(pid) - before) * 1000 / refreshes


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    load_main()
