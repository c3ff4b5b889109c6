"""The state store: its file among several threads and processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from data.access.screen_keys import add_key, screens
from data.access.store import State

NOW = datetime(2026, 11, 23, 2, 42, tzinfo=UTC)


def test_threads_that_commit_at_once_take_no_store_for_another(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    faults: list[Exception] = []

    def many(n: int) -> None:
        try:
            for i in range(15):
                add_key(state, f"{n}-{i}", NOW)
                screens(state, NOW)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=many, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert not state.replaced
    assert len(screens(state, NOW)) == 45
    state.close()


def test_looking_at_the_file_drops_no_lock_of_sqlite(tmp_path: Path) -> None:
    """POSIX drops all of a process's locks on a file when any descriptor of it is closed."""
    state = State(f"sqlite:///{tmp_path}/state.sqlite")
    held = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=0.2); db.execute('BEGIN IMMEDIATE')"
    with state.transaction() as connection:
        connection.execute(text("INSERT INTO screen_key VALUES ('hall', 'x', 1, NULL)"))
        other = threading.Thread(target=screens, args=(state, NOW))  # looks at the file, in the midst of our transaction
        other.start()
        other.join()
        done = subprocess.run(
            [sys.executable, "-c", held, str(tmp_path / "state.sqlite")], capture_output=True, text=True, check=False
        )
        assert "database is locked" in done.stderr
    state.close()
