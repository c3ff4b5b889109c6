"""One leaf per figure: ``{"value": median, "unit", "repeats", "min", "max", "machine", "date"}``, merged into results.json."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data.statistics.distributions import wilson

RESULTS = Path(__file__).parent / "results.json"


def machine() -> str:
    """The machine measured on, described without naming a host."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} cores, {model}, Python {platform.python_version()}"


def record(key: str, values: Sequence[float], unit: str) -> None:
    """Merge one figure under its dotted key, and print it."""
    _merge(key, statistics.median(values), unit, min(values), max(values), len(values))


def record_share(key: str, hits: int, of: int) -> None:
    """Merge the share of ``hits`` among ``of`` simulations, with its Wilson 95 % interval for ``min`` and ``max``."""
    low, high = wilson([hits], [of])
    _merge(key, hits / of, "share", float(low[0]) / 100, float(high[0]) / 100, of)


def record_interval(key: str, value: float, low: float, high: float, unit: str, of: int) -> None:
    """Merge an estimate from ``of`` simulations, with the ends of its 95 % interval for ``min`` and ``max``."""
    _merge(key, value, unit, low, high, of)


def _merge(key: str, value: float, unit: str, low: float, high: float, repeats: int) -> None:
    tree: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    here = tree
    *path, last = key.split(".")
    for part in path:
        here = here.setdefault(part, {})
    here[last] = {
        "value": round(value, 4),
        "unit": unit,
        "repeats": repeats,
        "min": round(low, 4),
        "max": round(high, 4),
        "machine": machine(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    RESULTS.write_text(json.dumps(tree, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    print(f"{key:<40}{value:>12.3f} {unit:<6} [{low:.3f} .. {high:.3f}] n={repeats}", flush=True)


def recorded(family: str) -> dict[str, Any]:
    """What is stored under one key; {} if nothing."""
    here: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for part in family.split("."):
        here = here.get(part, {})
    return here


def forget(key: str) -> None:
    """Remove one figure, if it is there."""
    tree: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    here = tree
    *path, last = key.split(".")
    for part in path:
        here = here.get(part, {})
    if here.pop(last, None) is not None:
        RESULTS.write_text(json.dumps(tree, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def quantile(values: Sequence[float], q: float) -> float:
    """The q-quantile by linear interpolation."""
    ordered = sorted(values)
    at = q * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
