"""A library loaded before libc into a fault's processes: moves their clock, fails their name look-ups, refuses their writes.

It is compiled on the spot; a machine without a C compiler cannot play these faults, and says so.
"""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import struct
import subprocess
import time
from pathlib import Path

_OFFSET, _RATE, _SINCE, _NO_NAMES, _ERRNO, _NUMBERS = 0, 1, 2, 3, 4, 8
READ_ONLY, FULL = errno.EROFS, errno.ENOSPC


def available() -> bool:
    return shutil.which("gcc") is not None


class Shim:
    """``Shim(folder)``; processes started with ``environment()`` obey it, including changes made after their start."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._library, self._file = folder, folder / "shim.so", folder / "shim.rules"
        if not self._library.exists():
            subprocess.run(
                ["gcc", "-O2", "-shared", "-fPIC", "-o", str(self._library), str(Path(__file__).with_name("shim.c")), "-ldl"],
                check=True,
            )
        self._file.write_bytes(struct.pack(f"{_NUMBERS}q", *[0] * _NUMBERS))
        with self._file.open("r+b") as file:
            self._rules = mmap.mmap(file.fileno(), 8 * _NUMBERS)

    def environment(self, root: Path | None = None) -> dict[str, str]:
        """Environment variables that a process needs; ``root``: the folder below which its writes can be refused."""
        more = {"FAULT_SHIM_ROOT": str(root)} if root else {}
        return {"LD_PRELOAD": str(self._library), "FAULT_SHIM": str(self._file), **more}

    def _set(self, which: int, value: int) -> None:
        struct.pack_into("q", self._rules, 8 * which, value)

    def step(self, seconds: float) -> None:
        """Set the wall clock off by this many seconds from now on (0 = right)."""
        self._set(_OFFSET, round(seconds * 1e9))

    def run_at(self, times: float) -> None:
        """Run the wall clock this many times as fast from now on."""
        self._set(_SINCE, time.time_ns())
        self._set(_RATE, round(times * 1000))

    def names(self, found: bool) -> None:
        """Set whether host names (not addresses) resolve."""
        self._set(_NO_NAMES, int(not found))

    def writes(self, refused_with: int = 0) -> None:
        """Fail every write below the root with this errno (0 = none)."""
        self._set(_ERRNO, refused_with)

    def close(self) -> None:
        self._rules.close()


def with_shim(shim: Shim | None, root: Path | None = None) -> dict[str, str]:
    return {**os.environ, **(shim.environment(root) if shim else {})}
