"""metric_ms.1m: every metric answered from the facts of a city of a million events, as ``python -m dashboard read`` does."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from statistics import median

from benchmarks.place import city
from benchmarks.record import record

REPEATS = 9


def run() -> None:
    database = city(1_000_000)
    os.chdir(database.parent)
    from dashboard.clock import now
    from dashboard.pipeline import city_of, open_pipeline
    from dashboard.settings import resolve
    from data.access.viewer import Viewer
    from data.facts.store import Facts
    from data.metrics import METRICS
    from data.reading import answer

    settings = resolve(Namespace(source=f"sqlite:///{database}", city="qufu"), {})
    with Facts.open(settings.facts) as facts:
        sync = open_pipeline(settings, facts)
        sync.load(now())
        place = city_of(settings, facts)
        took: dict[str, list[float]] = {}
        for turn in range(REPEATS + 1):
            for metric in METRICS:
                started = time.perf_counter()
                answer.answer(metric, facts, Viewer(), place, now())
                if turn:  # the first compiles its statements
                    took.setdefault(metric, []).append((time.perf_counter() - started) * 1000)
    slowest = max(took, key=lambda m: median(took[m]))
    for metric in sorted(took, key=lambda m: -median(took[m]))[:8]:
        print(f"{metric:<24}{median(took[metric]):8.1f} ms [{min(took[metric]):.1f}..{max(took[metric]):.1f}]")
    record("metric_ms.1m.max", took[slowest], "ms")
    record("metric_ms.1m.median", [median(times) for times in took.values()], "ms")
