"""``python -m benchmarks [--only PREFIX]``: run the families whose keys start so."""

from __future__ import annotations

import argparse
import importlib

FAMILIES = {
    "start": ("bench_start", ("start.",)),
    "clock": ("bench_clock", ("clock_ms.",)),
    "tick": ("bench_tick", ("tick_ms.", "sync_one_row_ms", "scopes.", "memory_mb.")),
    "pixel": ("bench_pixel", ("commit_to_pixel_ms.",)),
    "screens": ("bench_screens", ("screens.", "classic_dash.")),
    "map": ("bench_map", ("map.",)),
    "access": ("bench_access", ("access.",)),
    "audit": ("bench_audit", ("audit.",)),
    "privacy": ("bench_privacy", ("privacy.",)),
    "metric": ("bench_metric", ("metric_ms.",)),
    "desk": ("bench_desk", ("desk.",)),
    "warning": ("bench_warning", ("warning.",)),
    "draft": ("bench_draft", ("draft.",)),
    "fuzz": ("bench_fuzz", ("fuzz.inputs", "fuzz.tracebacks", "fuzz.rows_unaccounted")),
    "requests": ("bench_requests", ("fuzz.requests", "fuzz.5xx", "fuzz.refused")),
    "cases": ("bench_cases", ("cases.",)),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="a family, or the beginning of a key")
    only = parser.parse_args().only
    for name, (module, keys) in FAMILIES.items():
        if not only or name == only or any(k.startswith(only) or only.startswith(k) for k in keys):
            print(f"-- {name}", flush=True)
            importlib.import_module(f"benchmarks.{module}").run()


if __name__ == "__main__":
    main()
