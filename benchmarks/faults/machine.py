"""Faults of the machine: its disk is full or read-only, its clock steps, it was suspended."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from functools import partial

from benchmarks.faults.fault import add, fault
from benchmarks.faults.server import _suspended
from benchmarks.faults.shim import FULL, READ_ONLY
from benchmarks.faults.stage import Stage

_DISK = r"(?i)事实库|disk|space|read-only|facts|状态库|磁盘|只读"


@fault("disk_full", setting="small", says=_DISK, health=_DISK, commits=True, hold_s=6.0, needs=("mount",))
def disk_full(stage: Stage) -> Generator[None]:
    """``var/`` is a small disk of its own, filled to the last block."""
    filler = stage.folder / "var" / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1 << 8):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    pass
    yield
    filler.unlink()


def _refusing(stage: Stage, why: int) -> Generator[None]:
    assert stage.shim is not None
    stage.shim.writes(why)
    try:
        yield
    finally:
        stage.shim.writes(0)


add(
    "disk_read_only",
    partial(_refusing, why=READ_ONLY),
    setting="shim",
    says=_DISK,
    health=_DISK,
    commits=True,
    hold_s=6.0,
    needs=("gcc",),
)
add(
    "disk_write_refused",
    partial(_refusing, why=FULL),
    setting="shim",
    says=_DISK,
    health=_DISK,
    commits=True,
    hold_s=6.0,
    needs=("gcc",),
)


def _stepped(stage: Stage, seconds: float) -> Generator[None]:
    """The server's clock is wrong for a while; the source's and the browser's are right."""
    assert stage.shim is not None
    stage.shim.step(seconds)
    try:
        yield
    finally:
        stage.shim.step(0)


def _stays_stepped(stage: Stage, seconds: float) -> Generator[None]:
    """The cause ends with the step: later commits must show although the clock stays as it is."""
    assert stage.shim is not None
    stage.shim.step(seconds)
    yield


for _name, _seconds in (("back_10_min", -600.0), ("forward_a_day", 86_400.0)):
    add(f"clock_{_name}", partial(_stays_stepped, seconds=_seconds), setting="shim", hold_s=2.0, needs=("gcc",))
    add(f"clock_{_name}_and_back", partial(_stepped, seconds=_seconds), setting="shim", hold_s=5.0, needs=("gcc",))
add("computer_suspended_for_an_hour", partial(_suspended, jump_s=3600.0), setting="shim", hold_s=3.0, blind=True, needs=("gcc",))
