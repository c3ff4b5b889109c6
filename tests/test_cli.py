"""The command line: one line and exit code 2 on faulty input, never a traceback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.place import free_port
from dashboard.cli import main
from tests.conftest import ROOT


def run(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "dashboard", *words], cwd=place, env={**os.environ, "PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(("words", "said"), [
    (["read", "headlin"], "did you mean 'headline'"),
    (["read", "headline", "--source", "sqlite:///nowhere.sqlite"], "nowhere.sqlite"),
    (["read", "headline", "--city", "qfu"], "did you mean 'qufu'"),
    (["read", "headline", "--mapping", "platfrom"], "did you mean 'platform'"),
    (["serve", "--port", "abc"], "write a number from 1 to 65535"),
    (["serve", "--host", "0.0.0.0"], "key add"),
    (["serve", "--source", "not a url"], "not a database URL"),
])
def test_faulty_input_is_named_with_its_remedy_and_exit_code_2(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str],
        said: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRIDWALL_PORT", str(free_port()))      # a wall may be running on the usual one
    assert main(words) == 2
    assert said in capsys.readouterr().err


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
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    assert "choose another with --port" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
