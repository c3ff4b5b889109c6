"""The whole matrix, and which of it cannot be played on this machine."""

from __future__ import annotations

import importlib.util

from benchmarks.faults import databases, files, machine, network, requests, server, stores  # noqa: F401  (they enter themselves)
from benchmarks.faults import shim as own_shim
from benchmarks.faults.fault import FAULTS, Fault
from benchmarks.faults.source import installed
from benchmarks.faults.stage import may_mount

#: Stages in the order in which they are played: each is set up once.
SETTINGS = ("plain", "rollback", "demo", "tls", "small", "shim", "mariadb", "postgresql")


def missing() -> set[str]:
    """What this machine lacks that faults need."""
    there = {
        "gcc": own_shim.available(),
        "mount": may_mount(),
        "mariadb": installed("mariadb"),
        "postgresql": installed("postgresql"),
        "cryptography": importlib.util.find_spec("cryptography") is not None,
    }
    return {name for name, is_there in there.items() if not is_there}


def of_setting(setting: str, chosen: str = "") -> list[Fault]:
    """The faults of one stage, ``chosen`` by the prefix of their names."""
    return [f for f in FAULTS.values() if f.setting == setting and f.name.startswith(chosen)]
