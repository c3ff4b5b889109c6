"""``look`` without a browser: what it says where it cannot take a picture; and the clock of a server that it starts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard import clock
from dashboard.cli import main
from dashboard.look import camera


def test_without_playwright_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(camera, "find_spec", lambda name: None)
    assert main(["look", "--out", str(tmp_path), "--only", "kiosk"]) == 2
    said = capsys.readouterr().err
    assert "playwright, which is not installed" in said
    assert "pip install -r tests/requirements.lock" in said
    assert main(["look", "--out", str(tmp_path), "--lang", "zh"]) == 2
    assert "没有安装" in capsys.readouterr().err


def test_without_chromium_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "chromium").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["look", "--out", str(tmp_path), "--only", "kiosk"]) == 2
    assert "apt-get install chromium" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "x", "--only", "kisok"], "there is no such picture, did you mean 'kiosk'"),
        (["--out", "x", "--city", "sf"], "city 'sf' is no demo city; name a running server of it with --url"),
        (["--out", "/dev/null/x", "--only", "kiosk"], "--out '/dev/null/x': Not a directory"),
        ([], "name the folder for the pictures, --out DIR"),
    ],
)
def test_what_cannot_be_pictured_is_refused_in_words(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["look", *words]) == 2
    assert said.replace(",", ";") in capsys.readouterr().err.replace(",", ";")


def test_a_process_whose_clock_runs_from_an_instant_runs_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_apart", timedelta())
    then = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    clock.run_from(then)
    first = clock.now()
    second = clock.now()
    assert then <= first <= second < then + timedelta(seconds=10)


@pytest.mark.parametrize(("city", "instant"), [("qufu", "2026-11-24T10:30"), ("qufu", "noon"), ("sf", "2026-11-24T10:30+08:00")])
def test_only_a_demo_city_is_served_as_if_at_another_instant_that_is_told_in_full(
    city: str, instant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--city", city, "--as-if", instant]) == 2
    assert "write an instant with its offset" in capsys.readouterr().err
