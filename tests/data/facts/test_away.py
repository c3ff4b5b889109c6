"""The facts stand where their surroundings do not: a source that is away at the start, a full disk, a read-only one."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli import main
from tests.conftest import Running, copy_of
from tests.small_disk import mounted

pytestmark = pytest.mark.slow

#: Reaches every hand: that a fault is said, and that the picture is current again (s).  What is promised is in docs/running.md.
SAID_S, BACK_S = 10.0, 5.0


def until(true: Callable[[], Any], seconds: float) -> Any:
    """What ``true`` gives as soon as it is anything; fails after so many seconds (tripled: the machine may be busy)."""
    end = time.monotonic() + 3 * seconds
    while not (found := true()):
        assert time.monotonic() < end, f"not within {3 * seconds:g} s"
        time.sleep(0.1)
    return found


def closed_by(source: Path) -> int:
    """Change one open case in the source, as its platform would; the number of rows changed."""
    with contextlib.closing(sqlite3.connect(source)) as db, db:
        return db.execute(
            "UPDATE event SET severity = 1 + severity % 3, changed = strftime('%Y-%m-%d %H:%M:%f000', 'now') "
            "WHERE id = (SELECT max(id) FROM event)"
        ).rowcount


def said(server: Running, kind: str) -> Callable[[], bool]:
    return lambda: server.health()["fault"] == kind


def well(server: Running) -> Callable[[], bool]:
    return lambda: bool(server.health()["ok"])


# -------------------------------------------------------------------- the source is away
@pytest.mark.soak
def test_started_without_its_source_everything_shows_the_last_picture_with_its_age(
    demo_city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, away = copy_of(demo_city, tmp_path), tmp_path / "away"
    server = Running(tmp_path, "--source", f"sqlite:///{source}").start()
    before = server.get("/api/read/stage_backlog")[1]
    server.kill()
    away.mkdir()
    for part in tmp_path.glob("qufu.sqlite*"):
        part.rename(away / part.name)
    try:
        server.start(ready=lambda health: health["fault"] == "source" and health["age_s"] is not None)
        status, page = server.get("/snapshot/overview")
        assert status == 200
        assert page["panels"]["stage_backlog"]
        found = server.get("/api/read/stage_backlog")[1]
        assert [(r["stage"], r["open"]) for r in found["rows"]] == [(r["stage"], r["open"]) for r in before["rows"]]
        assert "数据源文件不在" in found["behind"]["zh"]
        assert found["as_of"] < server_now(server)
        kiosk = server.get("/desk/kiosk/queue")[1]
        assert kiosk["parts"]["list"]
        assert (kiosk["source"]["ok"], kiosk["source"]["said"]["zh"]) == (False, "数据源文件不在")
        assert kiosk["as_of"] <= kiosk["checked"] < kiosk["now"]
        desk = server.get("/desk/analyst?tab=overview&lang=en")[1]
        assert desk["summary"]
        assert desk["behind"].startswith("the source's file is not there; the numbers are those of ")
        assert server.get("/desk/analyst?tab=overview")[1]["behind"].startswith("数据源文件不在；以下为 ")
        for part in away.iterdir():
            part.rename(tmp_path / part.name)
        until(well(server), BACK_S)
        assert "behind" not in server.get("/api/read/stage_backlog")[1]
        assert server.get("/desk/analyst?tab=overview")[1]["behind"] == ""
    finally:
        server.kill()
    for part in tmp_path.glob("qufu.sqlite*"):
        part.rename(away / part.name)
    monkeypatch.chdir(tmp_path)
    assert main(["read", "stage_backlog", "--source", f"sqlite:///{source}", "--lang", "en"]) == 0
    printed = capsys.readouterr()
    assert "the numbers are those of" in printed.err
    assert "verify" in printed.out


def server_now(server: Running) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(server.health()["now"] / 1000, UTC).isoformat()


@pytest.mark.soak
def test_without_facts_and_source_the_wall_says_what_it_waits_for_and_loads_by_itself(demo_city: Path, tmp_path: Path) -> None:
    source = tmp_path / "qufu.sqlite"
    server = Running(tmp_path, "--source", f"sqlite:///{source}")
    try:
        server.start(ready=lambda health: health["fault"] == "source")
        status, waiting = server.get("/snapshot/overview")
        assert status == 202
        assert waiting["source"]["said"]["zh"] == "数据源文件不在"
        assert waiting["source"]["loading"] is None, "it does not say that it is loading"
        for path in ("/api/read/headline", "/desk/kiosk/queue", "/desk/analyst"):
            status, answer = server.get(path)
            assert (status, answer["error_zh"]) == (503, "尚无可示之数：数据源文件不在；恢复后自动装载"), path
        copy_of(demo_city, tmp_path)
        until(well(server), 20)
        assert server.get("/snapshot/overview")[0] == 200
    finally:
        server.kill()


@pytest.mark.browser
@pytest.mark.soak
def test_pages_opened_before_there_is_anything_say_so_and_fill_by_themselves(
    demo_city: Path, tmp_path: Path, open_page: Callable[..., Any]
) -> None:
    server = Running(tmp_path, "--source", f"sqlite:///{tmp_path / 'qufu.sqlite'}")
    try:
        server.start(ready=lambda health: health["fault"] == "source")
        wall, kiosk, desk = (open_page(f"{server.base}/{name}") for name in ("wall", "kiosk", "analyst"))
        wall.wait_for_function("() => document.querySelector('.panel-loading.awaits')?.innerText.includes('数据源文件不在')")
        assert "数据源文件不在" in wall.inner_text("#top-fault")
        waits = "尚无可示之数：数据源文件不在；恢复后自动装载"
        for page in (kiosk, desk):
            page.wait_for_function("(said) => document.body.innerText.includes(said)", arg=waits, timeout=20_000)
        copy_of(demo_city, tmp_path)
        wall.wait_for_function(
            "() => window.gridwall.held.source.ok && window.gridwall.held.id && !document.querySelector('.panel-loading.awaits')",
            timeout=90_000,
        )
        kiosk.wait_for_function(
            "(said) => !document.body.innerText.includes(said) && document.querySelector('.k-row')", arg=waits, timeout=60_000
        )
        desk.wait_for_function("() => document.querySelector('.an-summary')?.innerText", timeout=60_000)
        assert desk.inner_text("#an-says") == ""
    finally:
        server.kill()


# -------------------------------------------------------------------- the disk
@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path, megabytes=48) as place:
        yield place


def fill(disk: Path) -> Path:
    """Not a byte is left."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as f:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while f.write(b"\0" * size) == size:
                    pass
    return filler


@pytest.mark.soak
def test_on_a_full_disk_the_picture_stays_and_goes_on_when_there_is_room(
    demo_city: Path, tmp_path: Path, small_disk: Path
) -> None:
    source = copy_of(demo_city, tmp_path)
    server = Running(tmp_path, "--source", f"sqlite:///{source}", "--facts", f"duckdb:///{small_disk / 'facts.duckdb'}")
    filler = fill(small_disk)
    try:
        server.start(ready=lambda health: health["fault"] == "disk_full")  # nothing can be loaded
        assert server.get("/snapshot/overview")[1]["source"]["said"]["en"] == "the disk is full; the facts cannot be written"
        assert "磁盘已满" in server.health()["last_fault_zh"]
        filler.unlink()
        until(well(server), 20)
        filler = fill(small_disk)
        ticks = server.health()["ticks"]
        until(lambda: server.health()["ticks"] > ticks, 5)  # what changes nothing needs no room
        assert closed_by(source) == 1
        until(said(server, "disk_full"), SAID_S)
        status, page = server.get("/snapshot/overview")
        assert (status, page["id"] != "") == (200, True)
        assert server.get("/desk/kiosk/queue")[0] == 200
        server.kill(signal.SIGKILL)  # and so it is after a restart
        server.start(ready=lambda health: health["fault"] == "disk_full" and health["age_s"] is not None)
        assert server.get("/snapshot/overview")[0] == 200
        filler.unlink()
        until(well(server), BACK_S)
    finally:
        server.kill()
    assert "Traceback" not in (tmp_path / "server.log").read_text()


@pytest.mark.soak
def test_on_a_read_only_disk_the_picture_stays_and_goes_on_when_it_may_be_written(
    demo_city: Path, tmp_path: Path, small_disk: Path
) -> None:
    source = copy_of(demo_city, tmp_path)
    server = Running(tmp_path, "--source", f"sqlite:///{source}", "--facts", f"duckdb:///{small_disk / 'facts.duckdb'}").start()
    server.kill(signal.SIGKILL)  # its log is not folded in
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert not os.access(small_disk, os.W_OK)
    try:
        closed_by(source)
        server.start(ready=lambda health: health["fault"] == "read_only" and health["age_s"] is not None)
        assert server.get("/snapshot/overview")[0] == 200
        assert "只读" in server.get("/api/read/headline")[1]["behind"]["zh"]
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        until(well(server), BACK_S)
    finally:
        server.kill()
    assert "Traceback" not in (tmp_path / "server.log").read_text()
