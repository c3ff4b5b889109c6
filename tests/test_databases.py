"""The servers that the tests start are real, alone and gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from tests.databases import NEEDED, Server

SIBLING = """
from tests.databases import mariadb, postgresql

def test_that_fails(mariadb, postgresql):
    for server in (mariadb, postgresql):
        print("SERVER", server._process.pid, server.folder)
    raise AssertionError("on purpose")
"""


def test_a_new_database_is_empty_and_speaks_chinese(server: Server) -> None:
    server.run("CREATE TABLE note (said varchar(20))", "INSERT INTO note VALUES ('垃圾清运𠮷')", database=_made(server))
    engine = create_engine(server.url("hall"), poolclass=NullPool)
    with engine.connect() as c:
        assert c.execute(text("SELECT said FROM note")).scalar() == "垃圾清运𠮷"
    engine.dispose()
    engine = create_engine(server("hall"), poolclass=NullPool)
    with engine.connect() as c:
        assert c.execute(text("SELECT count(*) FROM information_schema.tables WHERE table_name = 'note'")).scalar() == 0
    engine.dispose()


def _made(server: Server) -> str:
    return server("hall").database or ""


def test_a_server_has_no_port_and_does_not_run_as_root(server: Server) -> None:
    assert server._process is not None
    assert server.socket.is_socket()
    assert os.stat(f"/proc/{server._process.pid}").st_uid != 0
    listening = {line.split()[9] for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]}
    own = set()
    for link in Path(f"/proc/{server._process.pid}/fd").iterdir():
        target = os.readlink(link)
        own |= {target[8:-1]} if target.startswith("socket:[") else set()
    assert not own & listening


@pytest.mark.soak
@pytest.mark.engine
def test_a_server_ends_with_a_session_whose_test_failed(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(SIBLING, encoding="utf-8")
    ran = session(tmp_path, {})
    assert "on purpose" in ran.stdout, ran.stdout + ran.stderr
    started = [line.split()[1:] for line in ran.stdout.splitlines() if line.startswith("SERVER")]
    assert len(started) == 2
    for pid, folder in started:
        assert not Path(f"/proc/{pid}").exists()
        assert not Path(folder).exists()


@pytest.mark.slow
@pytest.mark.parametrize(("needed", "outcome"), [("", "1 skipped"), ("1", "1 error")])
def test_a_missing_server_is_skipped_aloud_and_fails_where_it_is_needed(tmp_path: Path, needed: str, outcome: str) -> None:
    (tmp_path / "test_one.py").write_text(
        "from tests import databases\nfrom tests.databases import mariadb\ndatabases._program = lambda name: ''\n"
        "def test_it(mariadb): ...\n",
        encoding="utf-8",
    )
    ran = session(tmp_path, {NEEDED: needed})
    assert outcome in ran.stdout
    assert "apt-get install mariadb-server" in ran.stdout


def session(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A session of pytest over ``folder`` alone."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "--rootdir", str(folder), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(Path(__file__).parent.parent), **environment},
    )
