"""faults.*: every fault on real processes with a browser open, each with an open page and during a load of the page.

``faults.<name>.<open|loading>.said_after_s``: until the wall (or /healthz, where no page can) says in words what is wrong;
``.current_after_s``: from the end of the cause until a commit made after it is on the screen.  ``faults.needing_a_hand`` counts
what was not current and whole within the limit.  ``python -m benchmarks --only faults.source`` plays those whose names begin so.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable

from benchmarks.faults.fault import Fault
from benchmarks.faults.play import LIMIT_S, SAID_LIMIT_S, Outcome, Screens, play
from benchmarks.faults.stage import Browser, browser, scratch, stage
from benchmarks.faults.table import SETTINGS, missing, of_setting
from benchmarks.record import record


def run(only: str = "") -> None:
    chosen = only.removeprefix("faults").strip(".")
    lacks, hands, unsaid, sayings, currents = missing(), 0, 0, list[float](), list[float]()
    for fault, outcomes in matrix(chosen, lacks):
        for mode, outcome in outcomes.items():
            key = f"faults.{fault.name}.{mode}"
            if fault.says or fault.health:
                record(f"{key}.said_after_s", [SAID_LIMIT_S if outcome.said_after_s is None else outcome.said_after_s], "s")
                unsaid += outcome.said_after_s is None
                sayings.append(SAID_LIMIT_S if outcome.said_after_s is None else outcome.said_after_s)
            after = LIMIT_S if outcome.current_after_s is None else outcome.current_after_s
            record(f"{key}.current_after_s", [after], "s")
            if not fault.rebuild:
                currents.append(after)
            hands += bool(outcome.needs_a_hand)
            print(f"    {mode}: {outcome.needs_a_hand or 'by itself'} · {outcome.words}", flush=True)
    if not chosen:
        record("faults.needing_a_hand", [hands], "faults")
        record("faults.not_said", [unsaid], "faults")
        record("faults.slowest_said_s", [max(sayings)], "s")
        record("faults.slowest_current_s", [max(currents)], "s")
    elif hands:
        print(f"needing a hand: {hands}")


def matrix(chosen: str, lacks: set[str], modes: tuple[str, ...] = ()) -> Iterable[tuple[Fault, dict[str, Outcome]]]:
    """Every fault that can be played here with what came of it, stage by stage."""
    folder = scratch()
    try:
        with browser() as shown:
            for setting in SETTINGS:
                faults = [f for f in of_setting(setting, chosen) if _playable(f, lacks)]
                yield from _on_stage(setting, faults, shown, folder, modes)     # type: ignore[arg-type]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _playable(fault: Fault, lacks: set[str]) -> bool:
    here = not lacks & set(fault.needs)
    if not here:
        print(f"not played on this machine, which has no {', '.join(sorted(lacks & set(fault.needs)))}: {fault.name}", flush=True)
    return here


def _on_stage(setting: str, faults: list[Fault], shown: Browser, folder: object, modes: tuple[str, ...],
              ) -> Iterable[tuple[Fault, dict[str, Outcome]]]:
    """A stage that a fault left unusable is set up anew for the next one."""
    ahead = list(faults)
    while ahead:
        with stage(setting, shown, folder) as there:        # type: ignore[arg-type]
            screens = Screens(there)
            try:
                while ahead:
                    fault, began = ahead.pop(0), time.monotonic()
                    print(f"-- {fault.name}", flush=True)
                    outcomes = play(fault, there, screens, modes)
                    print(f"   took {time.monotonic() - began:.0f} s", flush=True)
                    yield fault, outcomes
                    if any(o.needs_a_hand for o in outcomes.values()) and not _well(there):
                        break
            finally:
                screens.close()


def _well(there: object) -> bool:
    try:
        there.wall.until_ready(10)      # type: ignore[attr-defined]
    except TimeoutError:
        return False
    return True
