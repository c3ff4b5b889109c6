"""``serve --demo`` on a database server asks before it writes, and writes once."""

from __future__ import annotations

import os
import pty
import subprocess
from argparse import Namespace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from benchmarks.place import command, environment, free_port
from dashboard.commands.demo import ask_before_writing, make_if_needed
from dashboard.settings import SettingError, Settings, resolve
from tests.databases import Server


def settings(url: str, place: Path) -> Settings:
    return resolve(Namespace(source=url, state=f"sqlite:///{place}/state.sqlite", facts=f"duckdb:///{place}/facts.duckdb"), {})


def tables(url: str) -> list[str]:
    engine = create_engine(url)
    try:
        return inspect(engine).get_table_names()
    finally:
        engine.dispose()


def test_nobody_at_a_terminal_means_no(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql("hall").render_as_string(hide_password=False)
    asked = command("serve", "--demo", "--events", "500", "--source", url, "--port", str(free_port()))
    done = subprocess.run(
        asked, cwd=tmp_path, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 2, done.stderr
    assert "--yes" in done.stderr
    assert tables(url) == []


@pytest.mark.parametrize(("typed", "allowed"), [("y\n", True), ("\n", False), ("no\n", False), ("是\n", True)])
def test_what_is_answered_counts(
    postgresql: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    allowed: bool,
) -> None:
    own = settings(postgresql("hall").render_as_string(hide_password=False), tmp_path)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r", encoding="utf-8") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        os.write(ours, typed.encode())
        if allowed:
            ask_before_writing(own, 500, False, "zh")
        else:
            with pytest.raises(SettingError, match="--yes"):
                ask_before_writing(own, 500, False, "zh")
    os.close(ours)
    said = capsys.readouterr().err
    assert "将把 500 件案件的演示城市写入 postgresql" in said


def test_it_is_written_once_and_nothing_is_asked_again(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql("hall").render_as_string(hide_password=False)
    own = settings(url, tmp_path)
    ask_before_writing(own, 500, True, "en")
    make_if_needed(own, 500, lambda what, done, total: None, "en")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE demo_city SET value = 'mine' WHERE key = 'seed'"))
    ask_before_writing(own, 500, False, "en")  # a fresh demo city: no question, though nobody is there
    make_if_needed(own, 500, lambda what, done, total: None, "en")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT value FROM demo_city WHERE key = 'seed'")).scalar() == "mine"
    engine.dispose()


def test_a_file_of_ours_is_made_without_a_question(tmp_path: Path) -> None:
    ask_before_writing(settings(f"sqlite:///{tmp_path}/qufu.sqlite", tmp_path), 500, False, "en")
