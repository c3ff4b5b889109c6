"""A place to measure in: a demo city of its own under var/bench, a server process over it, a browser."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "var" / "bench"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "dashboard", *words]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def city(events: int) -> Path:
    """A fresh demo city of ``events`` events (made once, copied each time); its database's path."""
    kept = BENCH / f"demo-{events}.sqlite"
    BENCH.mkdir(parents=True, exist_ok=True)
    if not kept.exists() or time.time() - kept.stat().st_mtime > 6 * 3600:
        kept.unlink(missing_ok=True)
        subprocess.run(
            command("demo", "--city", "qufu", "--events", str(events), "--source", f"sqlite:///{kept}"),
            check=True,
            env=environment(),
            cwd=BENCH,
        )
    place = BENCH / "run"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    return copied(kept, place / "qufu.sqlite")


def copied(database: Path, copy: Path) -> Path:
    """Copy a SQLite database, even while it is being written; in WAL mode, as the demo city is."""
    with contextlib.closing(sqlite3.connect(database)) as source, contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=WAL")
    return copy


@contextlib.contextmanager
def server(
    database: Path, *more: str, wait: float = 180, log: Path | None = None
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """(address, process) of a server over ``database``, ready; ended afterwards.  Its output goes to ``log``, if given."""
    port = free_port()
    with (log or Path(os.devnull)).open("ab") as said:
        process = subprocess.Popen(
            command("serve", "--source", f"sqlite:///{database}", "--port", str(port), *more),
            cwd=database.parent,
            env=environment(),
            stderr=said,
            stdout=subprocess.DEVNULL,
        )
    try:
        base = f"http://127.0.0.1:{port}"
        until_ready(base, wait)
        yield base, process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


@contextlib.contextmanager
def writer(database: Path, *more: str) -> Iterator[None]:
    """The demo city's writer, several times as fast as the city's own pace unless ``more`` says otherwise."""
    process = subprocess.Popen(
        command("writer", "--city", "qufu", "--source", f"sqlite:///{database}", *(more or ("--rate", "0.7"))),
        cwd=database.parent,
        env=environment(),
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def health(base: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"{base}/healthz", timeout=5) as answer:
            content: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        content = json.load(error)
    return content


def until_listening(port: int, wait: float = 30) -> None:
    end = time.monotonic() + wait
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def until_ready(base: str, wait: float) -> None:
    end = time.monotonic() + wait
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if health(base)["ok"]:
                return
        time.sleep(0.1)
    raise TimeoutError(f"{base} was not ready within {wait} s")


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium through Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_ARGS)
        try:
            yield chromium
        finally:
            chromium.close()


def cpu_s(pid: int) -> float:
    """User + system CPU seconds of a process so far."""
    return _cpu_s(Path(f"/proc/{pid}/stat"))


def _cpu_s(stat: Path) -> float:
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def loop_cpu_s(pid: int) -> float:
    """As ``cpu_s``, for the process's first thread only: a server's event loop, without what a tick costs for any number
    of screens."""
    return _cpu_s(Path(f"/proc/{pid}/task/{pid}/stat"))


def rss_mb(pid: int) -> float:
    """Resident memory of a process, MB."""
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def uss_mb(pid: int) -> float:
    """Memory that no other process shares, MB: what would be freed if this process ended."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(x.split()[1]) for x in lines if x.split(":")[0] in ("Private_Clean", "Private_Dirty")) / 1024


def children(pid: int) -> list[int]:
    """The process ids below ``pid``, at any depth."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
    found, ahead = [], [pid]
    while ahead:
        above = ahead.pop()
        below = [p for p, its in parents.items() if its == above]
        found += below
        ahead += below
    return found
