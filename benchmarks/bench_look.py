"""look.*: texts of all pages that are clipped, overlapping, too small or too pale, in all pairs of page, shape, language, state,
light and hour of both demo cities (``python -m dashboard look``); how many pictures that takes, and minutes.

What is meant so (a text in dots whose whole is under the pointer, a picture dimmed because it is not current) is not counted.
The pictures and the list of the findings are left in var/look.
"""

from __future__ import annotations

import sys
import time

from benchmarks.place import ROOT
from benchmarks.record import record
from dashboard.look import report
from dashboard.look.camera import Shot
from dashboard.look.plan import demo_cities, pictures
from dashboard.look.session import taken, told

#: Kind of finding -> key of its count.
KEYS = {"clipped": "clipped", "overlap": "overlaps", "small": "under_size", "contrast": "under_contrast"}


def all_pairs() -> list[Shot]:
    """Every picture of the pairs, with its findings; also in var/look."""
    profiles = demo_cities()
    wanted, folder = pictures(profiles), ROOT / "var" / "look"
    folder.mkdir(parents=True, exist_ok=True)
    shots: list[Shot] = []
    source = taken(wanted, profiles, folder, lambda what, done, total: None)
    for shot in told(source, len(wanted), lambda line: print(line, file=sys.stderr, flush=True)):
        shots.append(shot)
        report.write(shots, folder, "en")
    return shots


def run() -> None:
    started = time.monotonic()
    shots = all_pairs()
    for kind, n in report.counts(shots).items():
        record(f"look.{KEYS[kind]}", [n], "texts")
    record("look.pictures", [len(shots)], "pictures")
    record("look.without_figures", [sum(bool(s.fault) for s in shots)], "pictures")
    record("look.minutes", [(time.monotonic() - started) / 60], "min")
