"""Real database servers for the tests: MariaDB and PostgreSQL, each in a temporary folder, on a Unix socket alone.

A server belongs to one test session (with xdist: to one worker) and ends with it, however the tests end.  It has no
TCP port, so that a service of the machine's own on 3306 or 5432 is neither in the way nor touched.  Both refuse to run
as root: a session of root's starts them as the account that the package made, or as ``nobody``.

Where a server is not installed its tests are skipped with a reason that names the package; where they must run
(GRIDWALL_TESTS_NEED_DATABASES=1, as .ci/run sets it) they fail instead.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

#: Fixtures of this file; a test that uses one carries the marker ``engine`` (see conftest.py).
FIXTURES = ("mariadb", "postgresql", "server")
NEEDED = "GRIDWALL_TESTS_NEED_DATABASES"
#: Where Debian keeps what is not on an ordinary user's PATH.
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin")
#: sun_path holds 107 characters and a NUL: a Unix socket of a longer name cannot be made.
_SOCKET_LIMIT = 107
_READY_S = 60.0


class Server(ABC):
    """One running server.  ``server("hall")`` makes an empty database ``hall`` and returns its SQLAlchemy URL."""

    package: str
    account: str
    stop_signal: signal.Signals
    _forced = ""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gridwall-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None
        self._user = _ordinary_user(self.account) if os.geteuid() == 0 else None
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        assert len(str(self.socket)) <= _SOCKET_LIMIT, f"{self.socket} is too long a name for a socket"

    @property
    @abstractmethod
    def socket(self) -> Path: ...

    @abstractmethod
    def url(self, database: str = "", user: str = "") -> URL:
        """Where ``database`` is; without one, where databases are made.  ``user`` "" = the administrator."""

    @abstractmethod
    def _prepare(self) -> None:
        """Write the server's own tables into the folder."""

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _quoted(self, database: str) -> str: ...

    def start(self) -> None:
        self._prepare()
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._as_user(self._command()),
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end, last = time.monotonic() + _READY_S, ""
        while time.monotonic() < end and self._process.poll() is None:
            try:
                with socket.socket(socket.AF_UNIX) as probe:  # PyMySQL leaks the socket of a refused connection
                    probe.connect(str(self.socket))
                self.run("SELECT 1")
                return
            except (OSError, SQLAlchemyError) as error:
                last = str(error).splitlines()[0]
                time.sleep(0.05)
        log_text = (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")
        raise AssertionError(f"{self.package} did not start: {last}\n{log_text[-3000:]}")

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __call__(self, database: str) -> URL:
        """An empty ``database``; what it held before is gone."""
        name = self._quoted(database)
        self.run(f"DROP DATABASE IF EXISTS {name}{self._forced}", f"CREATE DATABASE {name}")
        return self.url(database)

    def run(self, *statements: str, database: str = "") -> None:
        """Run statements as the administrator, each committed by itself."""
        engine = create_engine(self.url(database), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()

    def _prepare_with(self, command: list[str]) -> None:
        done = subprocess.run(
            self._as_user(command), cwd=self.folder, env=self._environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command[0]} failed: {done.stdout[-1500:]}{done.stderr[-1500:]}"

    def _as_user(self, command: list[str]) -> list[str]:
        """As the ordinary user; the server also ends when the session is killed before it could stop it."""
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            return command if self._user is None else ["runuser", "-u", self._user.pw_name, "--", *command]
        change = [] if self._user is None else [f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}", "--clear-groups"]
        return [setpriv, *change, "--pdeathsig=TERM", *command]

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.folder), "LC_ALL": "C", "TZ": "UTC"}


class MariaDB(Server):
    package, account, stop_signal = "mariadb-server", "mysql", signal.SIGTERM

    @property
    def socket(self) -> Path:
        return self.folder / "s"

    def url(self, database: str = "", user: str = "") -> URL:
        return URL.create(
            "mysql+pymysql", user or "root", host="localhost", database=database or None, query={"unix_socket": str(self.socket)}
        )

    def _prepare(self) -> None:
        self._prepare_with(
            [
                _program("mariadb-install-db"),
                "--no-defaults",
                f"--datadir={self.folder / 'data'}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ]
        )

    def _command(self) -> list[str]:
        return [
            _program("mariadbd"),
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--socket={self.socket}",
            f"--pid-file={self.folder / 'pid'}",
            f"--tmpdir={self.folder}",
            "--skip-networking",
            "--skip-log-bin",
            "--character-set-server=utf8mb4",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=64M",
            "--innodb-log-file-size=48M",
            "--innodb-doublewrite=0",
            "--performance-schema=0",
            "--default-time-zone=+00:00",
        ]

    def _quoted(self, database: str) -> str:
        return f"`{database}`"


class PostgreSQL(Server):
    package, account, stop_signal = "postgresql", "postgres", signal.SIGINT  # SIGINT = end open sessions, then stop
    _forced = " WITH (FORCE)"  # though a session that a test left behind still holds it

    @property
    def socket(self) -> Path:
        return self.folder / ".s.PGSQL.5432"

    def url(self, database: str = "", user: str = "") -> URL:
        return URL.create(
            "postgresql+psycopg", user or "postgres", database=database or "postgres", query={"host": str(self.folder)}
        )

    def _prepare(self) -> None:
        self._prepare_with(
            [
                _program("initdb"),
                "-D",
                str(self.folder / "data"),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ]
        )

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "64MB",
            "timezone": "UTC",
        }
        return [_program("postgres"), "-D", str(self.folder / "data"), *(f"--{k}={v}" for k, v in settings.items())]

    def _quoted(self, database: str) -> str:
        return f'"{database}"'


def _program(name: str) -> str:
    """The path of a server's program; "" where it is not installed.  The newest PostgreSQL, of several."""
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(_PLACES))
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: float(p.parts[4]))
    return found or (str(versions[-1]) if versions else "")


def _ordinary_user(account: str) -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(account)
    return pwd.getpwnam("nobody")


def _running(make: Callable[[], Server], package: str, programs: tuple[str, ...]) -> Iterator[Server]:
    if not all(_program(p) for p in programs):
        said = f"no {package} on this machine: run 'make databases', or as root: apt-get install {package}"
        if os.environ.get(NEEDED) == "1":
            pytest.fail(said)
        pytest.skip(said)
    server = make()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    """A running MariaDB; ``mariadb("hall")`` -> URL of a new empty database."""
    yield from _running(MariaDB, MariaDB.package, ("mariadbd", "mariadb-install-db"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A running PostgreSQL; ``postgresql("hall")`` -> URL of a new empty database."""
    yield from _running(PostgreSQL, PostgreSQL.package, ("postgres", "initdb"))


@pytest.fixture(params=["mariadb", "postgresql"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each server in turn."""
    found: Server = request.getfixturevalue(request.param)
    return found
