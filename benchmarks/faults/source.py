"""The source behind the wall of a fault: a SQLite file, or a database server that is stopped, cut off and restarted."""

from __future__ import annotations

import contextlib
import itertools
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import NullPool, create_engine, func, insert, select
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.faults.proxy import Proxy
from benchmarks.place import children, copied
from data.city.profile import load_profile
from data.demo.generate import generate
from data.source.contract import EVENT, METADATA, TRANSITION
from tests.databases import MariaDB, PostgreSQL, Server, _program

EVENTS = 8_000
#: Ids from here on are ours.
_FIRST = 900_000_000
#: Each mark is overdue for longer than the last, so that it leads the wall's list of the oldest overdue cases.
_DAYS_OVER = itertools.count(500)
PROGRAMS = {"mariadb": (MariaDB, ("mariadbd", "mariadb-install-db")), "postgresql": (PostgreSQL, ("postgres", "initdb"))}


class Source:
    """``url``: as given to the wall; ``engine``: our own access, which no fault blocks."""

    def __init__(self, url: str, own: URL) -> None:
        self.url = url
        timeout = {"timeout": 0.5} if own.get_backend_name() == "sqlite" else {}
        self.engine: Engine = create_engine(own, poolclass=NullPool, connect_args=timeout)

    def commit(self) -> str:
        """Commit one long overdue case, as a platform would; return its number, which the wall then shows."""
        moment, over = datetime.now(UTC).replace(tzinfo=None), next(_DAYS_OVER)
        reported, due = moment - timedelta(days=over + 1), moment - timedelta(days=over)
        with self.engine.begin() as db:
            # never reuse an id, even if the source has lost the last ones again
            first = _FIRST + int(time.time() * 10) % 10**8
            event = max(int(db.execute(select(func.max(EVENT.c.id))).scalar() or 0) + 1, first)
            key = max(int(db.execute(select(func.max(TRANSITION.c.key))).scalar() or 0) + 1, first)
            like = db.execute(
                select(EVENT.c.category, EVENT.c.network, EVENT.c.channel, EVENT.c.grid)
                .where(EVENT.c.category == "litter", EVENT.c.channel == "hotline")
                .limit(1)
            ).first()
            assert like is not None
            db.execute(
                insert(EVENT).values(
                    id=event,
                    case_number=f"MARK-{event}",
                    category=like[0],
                    network=like[1],
                    channel=like[2],
                    grid=like[3],
                    severity=1,
                    reported_at=reported,
                    due_at=due,
                    changed=moment,
                )
            )
            db.execute(
                insert(TRANSITION).values(key=key, event=event, stage="report", action="enter", at=reported, changed=moment)
            )
        return f"MARK-{event}"

    def try_commit(self) -> None:
        with contextlib.suppress(SQLAlchemyError, AssertionError):
            self.commit()

    def commit_soon(self, wait_s: float = 10) -> str:
        """As ``commit``, retried if the source needs a moment after its fault."""
        end = time.monotonic() + wait_s
        while True:
            try:
                return self.commit()
            except (SQLAlchemyError, AssertionError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def close(self) -> None:
        self.engine.dispose()


class FileSource(Source):
    def __init__(self, path: Path) -> None:
        super().__init__(f"sqlite:///{path}", URL.create("sqlite", database=str(path)))
        self.path = path


class ServerSource(Source):
    """A database server of our own behind a proxy, accessed by host name and by a read-only account of its own."""

    def __init__(self, server: Server, kept: Path) -> None:
        self.server = server
        own = server("city")
        dialect = own.drivername
        fill(kept, own)
        user, word = "wall_reader", "planned-read-8"
        if isinstance(server, MariaDB):
            server.run(f"CREATE USER IF NOT EXISTS '{user}'@'localhost' IDENTIFIED BY '{word}'")
        else:
            server.run(f"DROP ROLE IF EXISTS {user}", f"CREATE ROLE {user} LOGIN PASSWORD '{word}'")
        self.tables = [t.name for t in METADATA.sorted_tables]
        self._user = f"'{user}'@'localhost'" if isinstance(server, MariaDB) else user
        self.proxy = Proxy(server.socket)
        super().__init__(f"{dialect}://{user}:{word}@localhost:{self.proxy.port}/city", own)
        self.grant()

    def grant(self) -> None:
        self.server.run(*(f"GRANT SELECT ON {self._name(t)} TO {self._user}" for t in self.tables), database="city")

    def revoke(self) -> None:
        self.server.run(*(f"REVOKE SELECT ON {self._name(t)} FROM {self._user}" for t in self.tables), database="city")
        self.proxy.drop_connections()

    def _name(self, table: str) -> str:
        return f"`{table}`" if isinstance(self.server, MariaDB) else f'"{table}"'

    def signal(self, what: int) -> None:
        """Send a signal to the server and all its child processes."""
        process = self.server._process
        assert process is not None
        for pid in [process.pid, *children(process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                subprocess.run(["kill", f"-{what}", str(pid)], check=False, stderr=subprocess.DEVNULL)

    def end(self, how: int) -> None:
        process = self.server._process
        assert process is not None
        process.send_signal(how)
        process.wait(30)

    def start(self) -> None:
        """Restart the server over its existing data; returns when it answers."""
        server = self.server
        with contextlib.suppress(OSError):
            (server.folder / "data" / "postmaster.pid").unlink()
        with (server.folder / "server.log").open("ab") as log:
            server._process = subprocess.Popen(
                server._as_user(server._command()),
                cwd=server.folder,
                env=server._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + 60
        while True:
            try:
                server.run("SELECT 1")
                return
            except (OSError, SQLAlchemyError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def close(self) -> None:
        self.signal(signal.SIGCONT)
        super().close()
        self.proxy.close()
        self.server.stop()


def kept_city(folder: Path) -> Path:
    """The demo city that every stage copies, made once."""
    path = folder / "kept.sqlite"
    if not path.exists():
        generate(
            load_profile("qufu"),
            f"sqlite:///{path}",
            events=EVENTS,
            seed=3,
            regime="realistic",
            now=datetime.now(UTC),
            progress=lambda what, done, total: None,
        )
    return path


def fill(kept: Path, url: URL) -> None:
    """Copy the kept city into an empty database."""
    source, target = create_engine(f"sqlite:///{kept}", poolclass=NullPool), create_engine(url, poolclass=NullPool)
    METADATA.create_all(target)
    with source.connect() as read, target.begin() as write:
        for table in METADATA.sorted_tables:
            if not source.dialect.has_table(read, table.name):
                continue
            rows = read.execute(select(table))
            while part := rows.fetchmany(5_000):
                write.execute(insert(table), [dict(r._mapping) for r in part])
    source.dispose()
    target.dispose()


@contextlib.contextmanager
def source_of(kind: str, kept: Path, folder: Path) -> Iterator[Source]:
    """ "file", "rollback" (a SQLite file without a write-ahead log), "mariadb" or "postgresql"."""
    if kind in PROGRAMS:
        server = PROGRAMS[kind][0]()
        server.start()
        made: Source = ServerSource(server, kept)
    else:
        path = copied(kept, folder / "qufu.sqlite")
        if kind == "rollback":
            engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
            with engine.connect() as c:
                c.exec_driver_sql("PRAGMA journal_mode=DELETE")
            engine.dispose()
        made = FileSource(path)
    try:
        yield made
    finally:
        made.close()


def installed(kind: str) -> bool:
    return all(_program(p) for p in PROGRAMS[kind][1])
