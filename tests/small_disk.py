"""A small disk of its own, for what happens when it is full or may not be written."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of that size below ``folder``; the test is skipped where nobody may mount one."""
    place = folder / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no rights to mount a small disk: {done.stderr.strip()}")
    try:
        yield place
    finally:
        for _ in range(50):  # a server that ends may still have a file open
            if not subprocess.run(["umount", str(place)], capture_output=True, check=False).returncode:
                break
            time.sleep(0.1)
        else:
            subprocess.run(["umount", "-l", str(place)], check=False)
