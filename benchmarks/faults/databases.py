"""The source is a database server that is stopped, killed, hangs, is locked, denies access, or is not found by its name."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator

from sqlalchemy import NullPool, create_engine

from benchmarks.faults.fault import SOURCE, add
from benchmarks.faults.stage import Stage
from tests.databases import MariaDB


def _stopped(stage: Stage) -> Generator[None]:
    stage.database.end(stage.database.server.stop_signal)
    yield
    stage.database.start()


def _killed(stage: Stage) -> Generator[None]:
    stage.database.end(signal.SIGKILL)
    yield
    stage.database.start()


def _hanging(stage: Stage) -> Generator[None]:
    stage.database.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        stage.database.signal(signal.SIGCONT)


def _silent(stage: Stage) -> Generator[None]:
    """It accepts connections and answers nothing, on open ones neither."""
    stage.database.proxy.set("stall")
    try:
        yield
    finally:
        stage.database.proxy.set("pass")


def _locked(stage: Stage) -> Generator[None]:
    source = stage.database
    engine = create_engine(source.server.url("city"), poolclass=NullPool)
    with engine.connect() as db:
        maria = isinstance(source.server, MariaDB)
        db.exec_driver_sql("LOCK TABLES event WRITE" if maria else "LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
        yield
        if maria:
            db.exec_driver_sql("UNLOCK TABLES")
        db.rollback()
    engine.dispose()


def _revoked(stage: Stage) -> Generator[None]:
    stage.database.revoke()
    yield
    stage.database.grant()


def _nameless(stage: Stage) -> Generator[None]:
    """Its name no longer resolves, and open connections have been cut."""
    assert stage.shim is not None
    stage.shim.names(False)
    stage.database.proxy.drop_connections()
    try:
        yield
    finally:
        stage.shim.names(True)


_CAUSES: dict[str, Callable[[Stage], Generator[None]]] = {
    "stopped": _stopped,
    "killed": _killed,
    "hanging": _hanging,
    "silent": _silent,
    "locked": _locked,
    "revoked": _revoked,
}
for _kind in ("mariadb", "postgresql"):
    for _name, _cause in _CAUSES.items():
        add(f"{_kind}_{_name}", _cause, setting=_kind, says=SOURCE, health="source", needs=(_kind,))
    add(f"{_kind}_name_not_found", _nameless, setting=_kind, says=SOURCE, health="source", needs=(_kind, "gcc"))
