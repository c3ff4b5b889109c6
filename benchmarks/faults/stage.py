"""The stage of a fault: a source, a server over it, a proxy in front of that, a browser."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.faults.certificates import Certificates
from benchmarks.faults.processes import HealthWatch, Wall
from benchmarks.faults.proxy import Proxy
from benchmarks.faults.shim import Shim
from benchmarks.faults.source import FileSource, ServerSource, Source, kept_city, source_of
from benchmarks.place import BENCH, CHROMIUM_ARGS, ROOT, children, environment

#: How long a server may take to start over a city that is already loaded.
READY_S = 90.0


@dataclass
class Stage:
    setting: str
    folder: Path
    source: Source
    wall: Wall
    proxy: Proxy  # between browser and wall
    health: HealthWatch
    browser: Browser
    shim: Shim | None
    certificates: Certificates | None
    struck_at: float = 0.0  # if later than the moment at which the fault was begun
    never_met: bool = False  # the request that should fail was never sent: the browser had it cached

    @property
    def file(self) -> FileSource:
        assert isinstance(self.source, FileSource)
        return self.source

    @property
    def database(self) -> ServerSource:
        assert isinstance(self.source, ServerSource)
        return self.source

    def restart(self, wait_s: float = READY_S) -> None:
        """Start the wall; returns at its first answer."""
        self.wall.start()
        self.wall.until_answers(wait_s)


class Browser:
    """A Chromium of our own, and its processes."""

    def __init__(self, chromium: Any, certificates: Certificates | None) -> None:
        self.chromium, self.certificates = chromium, certificates

    def context(self) -> Any:
        return self.chromium.new_context(viewport={"width": 1920, "height": 1080})

    def signal(self, what: int) -> None:
        """To every process of the Chromium, but not to its driver."""
        for pid in children(os.getpid()):
            with contextlib.suppress(OSError):
                if "chromium" in os.readlink(f"/proc/{pid}/exe"):
                    os.kill(pid, what)


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    made = Certificates.make()
    args = [*CHROMIUM_ARGS, *([f"--ignore-certificate-errors-spki-list={made.good_digest}"] if made else [])]
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=shutil.which("chromium"), args=args)
        try:
            yield Browser(chromium, made)
        finally:
            with contextlib.suppress(Exception):
                chromium.close()
            if made is not None:
                made.folder.cleanup()


def kinds(setting: str) -> str:
    return setting if setting in ("rollback", "mariadb", "postgresql") else "file"


@contextlib.contextmanager
def stage(setting: str, shown: Browser, folder: Path) -> Iterator[Stage]:
    """plain · rollback · mariadb · postgresql · shim · demo (with its own writer) · small (var/ on a small disk) · tls"""
    place = Path(tempfile.mkdtemp(prefix=f"{setting}-", dir=folder))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        source = stack.enter_context(source_of(kinds(setting), kept_city(folder), place))
        (place / "var").mkdir()
        if setting == "small":
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m,mode=0700", "faults", str(place / "var")], check=True)
            stack.callback(subprocess.run, ["umount", "-l", str(place / "var")], check=False)
        shim = Shim(folder / "shim" / setting) if setting in ("shim", "mariadb", "postgresql") and shutil.which("gcc") else None
        env = {**environment(), **(shim.environment(place / "var") if shim else {})}
        options = ["--city", "qufu", "--source", source.url, *(["--demo", "--events", "8000"] if setting == "demo" else [])]
        wall = Wall(place, options, env)
        stack.callback(wall.end)
        wall.start()
        wall.until_ready(120)
        tls = shown.certificates.context() if setting == "tls" and shown.certificates else None
        proxy = Proxy(wall.port, http=True, tls=tls)
        stack.callback(proxy.close)
        health = HealthWatch(wall)
        stack.callback(health.close)
        yield Stage(setting, place, source, wall, proxy, health, shown, shim, shown.certificates)


def may_mount() -> bool:
    """Whether we may mount a small disk of our own."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        return False
    with tempfile.TemporaryDirectory() as place:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "faults", place], check=False, capture_output=True)
        if mounted.returncode:
            return False
        subprocess.run(["umount", place], check=False)
    return True


def scratch() -> Path:
    """A folder for one run of the matrix."""
    BENCH.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="faults-", dir=BENCH))


def another_version(folder: Path) -> dict[str, str]:
    """Environment of a server of a newer program version: the same files, and one more style sheet."""
    place = folder / "newer"
    for part in ("callbacks", "dashboard", "data", "geo", "layouts"):
        shutil.copytree(
            ROOT / part, place / part, copy_function=os.link, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    (place / "dashboard" / "assets" / "newer.css").write_text(f"/* {os.urandom(6).hex()} */\n")
    return {**environment(), "PYTHONPATH": str(place)}
