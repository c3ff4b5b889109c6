"""One leaf a figure: ``{"value": median, "unit", "repeats", "min", "max", "machine", "date"}``, merged into results.json."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results.json"


def machine() -> str:
    """What was measured on, in words that name no host."""
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores, {model}, Python {platform.python_version()}"


def record(key: str, values: Sequence[float], unit: str, n: int | None = None) -> None:
    """Merge one figure under its dotted key, and print it; ``n`` where the values are not repeats but an estimate and the ends of
    its interval from so many."""
    tree: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    here = tree
    *path, last = key.split(".")
    for part in path:
        here = here.setdefault(part, {})
    median = statistics.median(values)
    here[last] = {
        "value": round(median, 4), "unit": unit, "repeats": n or len(values), "min": round(min(values), 4),
        "max": round(max(values), 4), "machine": machine(), "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    RESULTS.write_text(json.dumps(tree, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    print(f"{key:<40}{median:>12.3f} {unit:<6} [{min(values):.3f} .. {max(values):.3f}] n={n or len(values)}", flush=True)


def recorded(family: str) -> dict[str, Any]:
    """What stands under one key; {} where nothing does."""
    here: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for part in family.split("."):
        here = here.get(part, {})
    return here


def forget(key: str) -> None:
    """Take one figure out, where it is there."""
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
