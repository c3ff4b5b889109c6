"""The server ends, hangs, is updated, does not get its port; its writer dies; the computer sleeps."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Generator
from functools import partial

from benchmarks.faults.fault import AWAY, STARTING, add, fault
from benchmarks.faults.stage import READY_S, Stage, another_version
from benchmarks.place import children

#: A service manager restarts a killed process a second later.
_DOWN_S = 1.0


@fault("server_killed", says=STARTING)
def killed(stage: Stage) -> Generator[None]:
    stage.wall.end(signal.SIGKILL)
    yield
    stage.restart()


def _killed_during_a_load(stage: Stage) -> Generator[None]:
    stage.wall.end(signal.SIGKILL)
    yield
    stage.restart()


for _ms in (100, 500, 1000):
    add(f"server_killed_at_{_ms}_ms", _killed_during_a_load, at_ms=_ms, hold_s=_DOWN_S, modes=("loading",))


@fault("server_restarted", hold_s=0.0)
def restarted(stage: Stage) -> Generator[None]:
    stage.wall.end(signal.SIGTERM)
    yield
    stage.restart()


@fault("server_stopped", says=AWAY)
def stopped(stage: Stage) -> Generator[None]:
    stage.wall.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        stage.wall.signal(signal.SIGCONT)


@fault("server_updated", hold_s=0.5)
def updated(stage: Stage) -> Generator[None]:
    stage.wall.end(signal.SIGTERM)
    stage.wall.env = {**stage.wall.env, **another_version(stage.folder)}
    yield
    stage.restart()


@fault("server_port_taken", says=AWAY)
def port_taken(stage: Stage) -> Generator[None]:
    """Another process has the port when the server restarts; the service manager retries until it is free."""
    stage.wall.end(signal.SIGTERM)
    other = socket.create_server(("127.0.0.1", stage.wall.port))

    def answer_nothing() -> None:
        with contextlib.suppress(OSError):
            while True:
                other.accept()[0].close()

    threading.Thread(target=answer_nothing, daemon=True).start()
    stage.wall.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
        other.close()
    stage.wall.until_answers(READY_S)


@fault("writer_gone", setting="demo", hold_s=1.0)
def writer_gone(stage: Stage) -> Generator[None]:
    """The demo's own writer is killed; the server starts another."""
    end, gone = time.monotonic() + 20, set[int]()
    while not gone and time.monotonic() < end:  # it starts a moment after the first wall
        gone = _writers(stage)
        time.sleep(0.2)
    assert gone, "the demo has no writer"
    for pid in gone:
        os.kill(pid, signal.SIGKILL)
    yield
    while not _writers(stage) - gone:
        if time.monotonic() > end + 20:
            raise TimeoutError("no writer was started in the place of the one that was killed")
        time.sleep(0.1)


def _writers(stage: Stage) -> set[int]:
    assert stage.wall.process is not None
    found = set()
    for pid in children(stage.wall.process.pid):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as line:
            if b"\0writer\0" in line.read():
                found.add(pid)
    return found


def _suspended(stage: Stage, jump_s: float) -> Generator[None]:
    """Server and browser are suspended together, as with a closed lid; the wall clock has advanced when they resume."""
    stage.wall.signal(signal.SIGSTOP)
    stage.browser.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        if jump_s and stage.shim is not None:
            stage.shim.step(jump_s)
        stage.browser.signal(signal.SIGCONT)
        stage.wall.signal(signal.SIGCONT)


add("computer_suspended", partial(_suspended, jump_s=0), hold_s=20.0, blind=True)
