"""Between browser and server: offline, cut, stalled, reset, half open, slow, busy, an expired certificate."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

from benchmarks.faults.fault import AWAY, add, fault
from benchmarks.faults.stage import Stage


@fault("browser_offline", says=AWAY, commits=True)  # its stream runs in a worker, which stays online
def offline(stage: Stage) -> Generator[None]:
    contexts = stage.browser.chromium.contexts
    for context in contexts:
        context.set_offline(True)
    yield
    for context in contexts:
        context.set_offline(False)


def _passing(stage: Stage, mode: str) -> Generator[None]:
    stage.proxy.set(mode)
    try:
        yield
    finally:
        stage.proxy.set("pass")


for _mode in ("cut", "stall", "reset", "half_open", "busy"):  # busy leaves a running stream alone: something must be requested
    add(f"connection_{_mode}", partial(_passing, mode=_mode), says=AWAY, at_ms=150, commits=_mode == "busy")
add("connection_slow", partial(_passing, mode="slow"), hold_s=8.0, at_ms=150)


@fault("certificate_ended", setting="tls", says=AWAY, needs=("cryptography",))
def certificate(stage: Stage) -> Generator[None]:
    assert stage.certificates is not None
    stage.certificates.show("ended")
    stage.proxy.drop_connections()
    yield
    stage.certificates.show("good")
    stage.proxy.drop_connections()
