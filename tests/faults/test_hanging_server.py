"""A running server whose source hangs: what it says and how soon, that it goes on by itself, and that it can be stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.demo.generate import draw_city
from data.demo.store import write_city
from tests.conftest import ROOT, Running
from tests.databases import Server
from tests.demo_city import quiet, small_qufu
from tests.faults.hanging import Mute, Road

LIVE = (
    "() => document.querySelectorAll('.panel').length > 5 && "
    "[...document.querySelectorAll('.panel')].every(p => ['live', 'empty'].includes(p.dataset.state))"
)
#: What is promised within 5 and 10 s; the machine that tests may be busy.
STOPS_S, SAID_S = 20.0, 20.0


def stopped(server: Running, how: signal.Signals) -> tuple[int, float]:
    """(exit code, seconds) of a server that is told to stop."""
    assert server.process is not None
    began = time.monotonic()
    server.process.send_signal(how)
    return server.process.wait(60), time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize(
    ("driver", "how"),
    [("postgresql+psycopg", signal.SIGTERM), pytest.param("mysql+pymysql", signal.SIGINT, marks=pytest.mark.soak)],
)
def test_a_server_whose_source_never_answers_says_so_while_it_starts_and_stops_when_told(
    tmp_path: Path, driver: str, how: signal.Signals
) -> None:
    with Mute() as mute:
        server = Running(tmp_path, "--source", f"{driver}://reader:hush-hush@127.0.0.1:{mute.port}/platform")
        try:
            server.start(60, lambda health: not health["ok"] and health["fault"] == "source")
            said = server.get("/healthz")[1]
            assert "数据源无应答" in said["said"]["zh"]
            assert "does not answer" in said["said"]["en"] or "broke off" in said["said"]["en"]
            assert "hush-hush" not in str(said)
            code, seconds = stopped(server, how)
            assert code in (0, -how)
            assert seconds < STOPS_S
            assert "hush-hush" not in (tmp_path / "server.log").read_text()
        finally:
            server.kill(signal.SIGKILL)


def test_what_cannot_be_interrupted_does_not_keep_the_process() -> None:
    """A pool's thread is waited for by the interpreter; one that hangs would be waited for as long."""
    program = "\n".join(
        (
            "import time, threading",
            "from concurrent.futures import ThreadPoolExecutor",
            "from dashboard import ending",
            "ending.END_S = 0.5",
            "ThreadPoolExecutor(1).submit(time.sleep, 60)",
            "ending.Ending(lambda: time.sleep(60), lambda: print('last', flush=True)).begin()",
        )
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)
    assert (done.returncode, done.stdout) == (0, "last\n")
    assert time.monotonic() - began < 30


@pytest.fixture
def held_up(postgresql: Server, tmp_path: Path) -> Iterator[tuple[Running, Road]]:
    """A wall over a demo city in PostgreSQL, reached by a road that can be held up."""
    profile, now = small_qufu(), datetime.now(UTC)
    url = postgresql("hall").render_as_string(hide_password=False)
    write_city(url, draw_city(profile, 400, 5, "realistic", now, quiet), {"city": profile.city.id}, quiet)
    with Road(postgresql.socket) as road:
        source = f"postgresql+psycopg://postgres@127.0.0.1:{road.port}/hall"
        server = Running(tmp_path, "--source", source, "--source-limit", "60")
        try:
            yield server.start(), road
        finally:
            server.kill()


@pytest.mark.browser
@pytest.mark.alone
@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.soak)])
def test_wall_kiosk_and_workbench_say_that_the_source_hangs_and_go_on_when_it_answers(
    held_up: tuple[Running, Road], open_page: Callable[..., Any], lang: str
) -> None:
    server, road = held_up
    pages = {name: open_page(f"{server.base}/{name}?lang={lang}") for name in ("wall", "kiosk", "analyst")}
    pages["wall"].wait_for_function(LIVE, timeout=60_000)
    pages["kiosk"].wait_for_function("() => document.documentElement.dataset.kiosk", timeout=30_000)
    pages["analyst"].wait_for_function("() => document.body.dataset.settled", timeout=30_000)
    places = {"wall": "top-fault", "kiosk": "k-lost", "analyst": "an-source"}
    word = "未应答|无应答" if lang == "zh" else "no answer from the source|source does not answer"
    shown = "([id, word]) => new RegExp(word).test((document.getElementById(id) || {}).textContent || '')"
    road.held = True
    for name, page in pages.items():
        page.wait_for_function(shown, arg=[places[name], word], timeout=SAID_S * 1000)
    status, health = server.get("/healthz")
    assert (status, health["ok"]) == (503, False) or health["waiting_s"] < 10
    assert health["waiting"] or health["said"]
    road.held = False
    pages["wall"].wait_for_function(LIVE, timeout=15_000)
    for name, page in pages.items():
        page.wait_for_function(shown.replace("=> new", "=> !new"), arg=[places[name], word], timeout=15_000)
    road.held = True
    pages["wall"].wait_for_function(shown, arg=["top-fault", word], timeout=SAID_S * 1000)
    code, seconds = stopped(server, signal.SIGTERM)
    assert code in (0, -signal.SIGTERM)
    assert seconds < STOPS_S
