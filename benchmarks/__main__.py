"""``python -m benchmarks [PREFIX]``, or ``--only PREFIX``: families whose keys have that prefix; without one all but ``SLOW``."""

from __future__ import annotations

import argparse
import importlib
import inspect
import signal
import sys

FAMILIES = {
    "start": ("bench_start", ("start.",)),
    "clock": ("bench_clock", ("clock_ms.",)),
    "tick": ("bench_tick", ("tick_ms.", "sync_one_row_ms", "scopes.", "memory_mb.")),
    "pixel": ("bench_pixel", ("commit_to_pixel_ms.",)),
    "screens": ("bench_screens", ("screens.", "classic_dash.")),
    "http": ("bench_http", ("http.",)),
    "map": ("bench_map", ("map.",)),
    "js": ("bench_js", ("js.",)),
    "access": ("bench_access", ("access.",)),
    "audit": ("bench_audit", ("audit.",)),
    "privacy": ("bench_privacy", ("privacy.",)),
    "metric": ("bench_metric", ("metric_ms.",)),
    "desk": ("bench_desk", ("desk.",)),
    "warning": ("bench_warning", ("warning.",)),
    "noufaily": ("bench_noufaily", ("noufaily.",)),
    "farrington": ("bench_farrington", ("farrington.",)),
    "calibration": ("bench_calibration", ("calibration.",)),
    "hotspots": ("bench_hotspots", ("calibration.hotspots.",)),
    "scan": ("bench_scan", ("scan.",)),
    "usual": ("bench_usual", ("calibration.usual.",)),
    "exceptions": ("bench_exceptions", ("calibration.outlines.", "calibration.exceptions.")),
    "alarms": ("bench_alarms", ("alarms.",)),
    "draft": ("bench_draft", ("draft.",)),
    "fuzz": ("bench_fuzz", ("fuzz.inputs", "fuzz.tracebacks", "fuzz.rows_unaccounted")),
    "requests": ("bench_requests", ("fuzz.requests", "fuzz.5xx", "fuzz.refused")),
    "cases": ("bench_cases", ("cases.",)),
    "faults": ("bench_faults", ("faults.",)),
    "soak": ("bench_soak", ("soak.",)),
    "look": ("bench_look", ("look.",)),
    "house": ("bench_house", ("house.",)),
}
#: These take a quarter of an hour to an hour each and run only when named.
SLOW = ("alarms", "farrington", "faults", "soak", "look")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="a family, or the beginning of a key")
    parser.add_argument("family", nargs="?", default="", help="the same, as a word")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # on SIGTERM: exit normally, so that started processes are ended
    only = args.only or args.family
    for name, (module, keys) in FAMILIES.items():
        wanted = name == only or any(k.startswith(only) or only.startswith(k) for k in keys) if only else name not in SLOW
        if wanted:
            print(f"-- {name}", flush=True)
            run = importlib.import_module(f"benchmarks.{module}").run
            run(only) if inspect.signature(run).parameters else run()


if __name__ == "__main__":
    main()
