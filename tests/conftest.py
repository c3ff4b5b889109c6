"""Real parts for the tests: a small demo city in a real database, a real server process, a real browser."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.place import CHROMIUM_ARGS, command, copied, environment, free_port
from benchmarks.place import ROOT as ROOT
from tests.databases import FIXTURES, mariadb, postgresql, server  # noqa: F401  (fixtures)


def pytest_setup_options() -> Any:
    """How dash_duo starts its browser (a hook of dash[testing])."""
    from selenium.webdriver.chrome.options import Options

    options = Options()
    options.binary_location = shutil.which("chromium") or ""
    for argument in ["--headless=new", "--window-size=1920,1080", *CHROMIUM_ARGS]:
        options.add_argument(argument)
    return options


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever needs a database server is marked so, before the markers are chosen by."""
    for item in items:
        if set(FIXTURES) & set(getattr(item, "fixturenames", ())):
            item.add_marker("engine")


@pytest.fixture(scope="session")
def demo_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo city of 8,000 events ending now; copy it before you write to it (``copy_of``)."""
    from data.city.profile import load_profile
    from data.demo.generate import generate

    path = tmp_path_factory.mktemp("city") / "qufu.sqlite"
    generate(
        load_profile("qufu"),
        f"sqlite:///{path}",
        events=8000,
        seed=3,
        regime="realistic",
        now=datetime.now(UTC),
        progress=lambda what, done, total: None,
    )
    return path


def copy_of(database: Path, place: Path) -> Path:
    """A copy that a test may write to, and move away."""
    place.mkdir(parents=True, exist_ok=True)
    return copied(database, place / "qufu.sqlite")


class Running:
    """A server process of our own; ``kill`` and ``start`` are what the fault tests do to it."""

    def __init__(self, place: Path, *options: str) -> None:
        self.place, self.options, self.port = place, options, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, wait_s: float = 90, ready: Callable[[dict[str, Any]], bool] = lambda health: bool(health["ok"])) -> Running:
        with (self.place / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command("serve", "--port", str(self.port), *self.options),
                cwd=self.place,
                env=environment(),
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + wait_s
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                if ready(self.health()):
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"the server was not ready: {(self.place / 'server.log').read_text()[-2000:]}")

    def health(self) -> dict[str, Any]:
        return self.get("/healthz")[1]

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """(status, JSON) of one request."""
        try:
            with urllib.request.urlopen(self.base + path, timeout=30) as answer:
                return answer.status, orjson.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, orjson.loads(error.read())

    def kill(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)


@pytest.fixture(scope="session")
def wall(demo_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A running wall over the demo city, shared by the tests that only look."""
    place = tmp_path_factory.mktemp("wall")
    database = copy_of(demo_city, place)
    running = Running(place, "--source", f"sqlite:///{database}")
    try:
        yield running.start()
    finally:
        running.kill()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless Chromium; ``make test`` installs it.  One a file: one that stayed open would keep the next file, in
    whatever order, from starting its own.
    """
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    assert path, "Chromium is missing: run 'make browser'"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """``open_page(url, width, height)`` -> a page whose ``faults`` lists console errors and foreign requests."""
    pages = []

    def opened(url: str, width: int = 1920, height: int = 1080) -> Any:
        page = chromium.new_page(viewport={"width": width, "height": height})
        page.faults = []
        home = "/".join(url.split("/")[:3])
        page.on("console", lambda m: page.faults.append(f"console {m.type}: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda e: page.faults.append(f"page error: {e}"))
        own = (home, "data:", "blob:")
        page.on("request", lambda r: None if r.url.startswith(own) else page.faults.append(f"foreign: {r.url}"))
        page.goto(url)
        pages.append(page)
        return page

    yield opened
    for page in pages:
        page.close()
