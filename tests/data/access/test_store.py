"""Keys of screens: shown once, kept as digests, revocable."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from data.access.store import State, admitted
from data.errors import QueryFault

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)


def test_a_key_opens_until_it_is_revoked(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    key = state.add_key("大厅左一", NOW)
    assert admitted(key, state.valid_digests(NOW))
    assert not admitted(key + "x", state.valid_digests(NOW))
    state.revoke_key("大厅左一", NOW)
    assert not admitted(key, state.valid_digests(NOW))
    state.close()


def test_the_key_itself_is_nowhere_in_the_store(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    key = state.add_key("hall", NOW)
    state.close()
    assert key.encode() not in (tmp_path / "state.sqlite").read_bytes()
    with sqlite3.connect(tmp_path / "state.sqlite") as db:
        assert db.execute("SELECT name FROM screen_key").fetchall() == [("hall",)]
    db.close()


def test_a_name_has_one_key_and_an_unknown_name_none(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    state.add_key("hall", NOW)
    with pytest.raises(QueryFault, match="choose another name"):
        state.add_key("hall", NOW)
    state.revoke_key("hall", NOW)
    again = state.add_key("hall", NOW)  # a screen whose key was revoked is given another
    assert admitted(again, state.valid_digests(NOW))
    assert [(s.name, s.revoked_at) for s in state.screens(NOW)] == [("hall", None)]
    with pytest.raises(QueryFault, match="1 to 64 printable characters"):
        state.add_key("h" * 65, NOW)
    for name in ("\x00", "hall\n", "\u202ehall"):
        with pytest.raises(QueryFault, match="1 to 64 printable characters"):
            state.add_key(name, NOW)
    with pytest.raises(QueryFault, match="no screen of this name"):
        state.revoke_key("lobby", NOW)
    state.close()


def test_threads_that_commit_at_once_take_no_store_for_another(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    faults: list[Exception] = []

    def many(n: int) -> None:
        try:
            for i in range(15):
                state.add_key(f"{n}-{i}", NOW)
                state.screens(NOW)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=many, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert not state.replaced
    assert len(state.screens(NOW)) == 45
    state.close()


def test_looking_at_the_file_drops_no_lock_of_sqlite(tmp_path: Path) -> None:
    """POSIX drops all of a process's locks on a file when any descriptor of it is closed."""
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    held = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=0.2); db.execute('BEGIN IMMEDIATE')"
    with state.transaction() as connection:
        connection.execute(text("INSERT INTO screen_key VALUES ('hall', 'x', 1, NULL)"))
        other = threading.Thread(target=state.screens, args=(NOW,))  # looks at the file, in the midst of our transaction
        other.start()
        other.join()
        done = subprocess.run(
            [sys.executable, "-c", held, str(tmp_path / "state.sqlite")], capture_output=True, text=True, check=False
        )
        assert "database is locked" in done.stderr
    state.close()
