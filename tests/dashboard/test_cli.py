"""The command line: one line and exit code 2 on faulty input, never a traceback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from benchmarks.place import free_port
from dashboard.api import parse_at
from dashboard.cli import main
from dashboard.commands.writer import end_with
from data.errors import QueryError
from tests.conftest import ROOT

FREE = str(free_port())  # not the default one: a wall may run on this machine while the tests do


def run(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dashboard", *words],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["read", "headlin"], "did you mean 'headline'"),
        (["read", "headline", "--source", "sqlite:///nowhere.sqlite"], "nowhere.sqlite"),
        (["read", "headline", "--city", "qfu"], "did you mean 'qufu'"),
        (["read", "headline", "--mapping", "platfrom"], "did you mean 'platform'"),
        (["serve", "--port", "abc"], "write a number from 1 to 65535"),
        (["serve", "--host", "0.0.0.0", "--port", FREE], "key add"),
        (["serve", "--source", "not a url"], "not a database URL"),
        (["serve", "--source", "postgresql+psycopg://u:geheim@host:port/db"], "u:***@host:port/db' is not a database URL"),
        (["read", "headline", "--mapping", "m" * 5000], "there is no such mapping"),
        (["read", "headline", "--server", "nowhere"], "is no wall; write e.g. --server http://"),
        (["demo", "--events", "10", "--seed", "-1"], "seed -1: choose 0"),
        (["key", "add"], "name the screen"),
        (["key", "add", ""], "in 1 to 64 printable characters"),
        (["key", "add", "hall", "--state", "nowhere"], "is not a database URL"),
        (["key", "add", "hall", "--state", "nosuch://host/db"], "name another with --state"),
        (["key", "add", "hall", "--state", "sqlite:////proc/nowhere/state.sqlite"], "name another with --state"),
        (["key", "add", "hall", "--state", "postgresql+psycopg://u:geheim@127.0.0.1:1/db"], "u:***@127.0.0.1:1/db: connection"),
        (["serve", "--host", "0.0.0.0", "--port", FREE, "--state", f"sqlite:///{__file__}"], "file is not a database"),
    ],
)
def test_faulty_input_is_named_with_its_remedy_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "geheim" not in err


@pytest.mark.slow
def test_a_fault_shows_no_traceback_to_who_typed_the_command(tmp_path: Path) -> None:
    done = run(tmp_path, "read", "headlin")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_metrics_are_listed_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"headline", "grid_heat", "stage_backlog", "department_response"} <= {m["id"] for m in listed}
    assert all(m["definition"]["zh"] and m["definition"]["en"] and m["columns"] for m in listed)


def test_a_port_that_is_taken_is_said_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    assert "choose another with --port" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_added_to_the_store_that_the_server_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRIDWALL_STATE", "sqlite:///keys.sqlite")
    assert main(["key", "add", "hall-left"]) == 0
    assert (tmp_path / "keys.sqlite").exists()
    capsys.readouterr()
    assert main(["key", "list"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("hall-left  ")
    assert line.endswith("Z)  valid")


def test_an_instant_beyond_the_calendar_is_a_fault_of_the_question() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    for text in ("0001-01-01T00:00", "9999-12-31T23:59-14:00", "0150-01-01", "x", "2026-11-20T15:40 08:00"):
        with pytest.raises(QueryError, match="at '"):
            parse_at(text, zone)
    assert parse_at("2026-11-20T15:40", zone).hour == 7


def test_a_writer_ends_with_the_wall_that_started_it() -> None:
    stop = threading.Event()
    end_with(os.getpid(), stop)  # not our parent: as if that had been killed
    assert stop.is_set()
