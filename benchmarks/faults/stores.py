"""Faults of the wall's own stores: facts damaged or gone, the state store gone, replaced or locked."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Generator
from contextlib import closing
from functools import partial
from pathlib import Path

from benchmarks.faults.fault import BUILDING, add, fault
from benchmarks.faults.stage import Stage

_RANDOM = 64 * 1024
STATE_TOLD = r'"(state|store)[^"]*"|state store|state\.sqlite'


def _damaged(stage: Stage, at: float) -> Generator[None]:
    """64 kB of random bytes in the facts file of a server that was killed; it is restarted over them."""
    stage.wall.end(signal.SIGKILL)
    path = stage.wall.facts
    with path.open("r+b") as file:
        file.seek(int(path.stat().st_size * at))
        file.write(os.urandom(_RANDOM))
    stage.restart()
    stage.struck_at = time.monotonic()  # until then the pages rightly say that the server is unreachable
    yield


for _percent in (5, 30, 70, 90):
    add(
        f"facts_damaged_at_{_percent}_pct",
        partial(_damaged, at=_percent / 100),
        says=BUILDING,
        health="facts|loading",
        rebuild=True,
    )


@fault("facts_damaged_while_running", hold_s=8.0, rebuild=True, commits=True)
def damaged_alive(stage: Stage) -> Generator[None]:
    path = stage.wall.facts
    with path.open("r+b") as file:
        for share in (0.05, 0.3, 0.7, 0.9):
            file.seek(int(path.stat().st_size * share))
            file.write(os.urandom(_RANDOM))
    yield


@fault("facts_removed_while_running", hold_s=4.0, rebuild=True, commits=True)
def removed(stage: Stage) -> Generator[None]:
    for path in (stage.wall.facts, Path(f"{stage.wall.facts}.wal")):
        path.unlink(missing_ok=True)
    yield


@fault("state_removed", health=STATE_TOLD, hold_s=4.0)
def state_removed(stage: Stage) -> Generator[None]:
    path = stage.wall.state
    away = path.with_suffix(".away")
    path.rename(away)
    yield
    away.replace(path)


@fault("state_replaced", health=STATE_TOLD, hold_s=4.0)
def state_replaced(stage: Stage) -> Generator[None]:
    path, away, other = stage.wall.state, stage.wall.state.with_suffix(".away"), stage.wall.state.with_suffix(".other")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(other)) as target:
        source.backup(target)
    path.rename(away)
    other.replace(path)
    yield
    away.replace(path)


@fault("state_locked", health=STATE_TOLD, hold_s=4.0)
def state_locked(stage: Stage) -> Generator[None]:
    with closing(sqlite3.connect(stage.wall.state, timeout=10, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        yield
        db.execute("ROLLBACK")
