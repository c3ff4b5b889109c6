"""faults.*: every fault on real processes with a browser, each with an open page and during a load of the page.

``faults.<name>.<open|loading>.said_after_s``: until the wall (or /healthz, if no page can) reports in words what is wrong;
``.current_after_s``: from the end of the cause until a commit made after it is on the screen.  ``faults.needing_a_hand`` counts
what was not current and complete within the limit.  ``python -m benchmarks --only faults.source`` plays the faults with that
prefix.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks.faults.fault import FAULTS, Fault
from benchmarks.faults.play import LIMIT_S, SAID_LIMIT_S, Outcome, Screens, play
from benchmarks.faults.stage import Browser, browser, scratch, stage
from benchmarks.faults.table import SETTINGS, missing, of_setting
from benchmarks.record import forget, record, recorded


def run(only: str = "") -> None:
    chosen = only.removeprefix("faults").strip(".")
    for fault, outcomes in matrix(chosen, missing()):
        for mode, outcome in outcomes.items():
            key = f"faults.{fault.name}.{mode}"
            if fault.says or fault.health:
                record(f"{key}.said_after_s", [SAID_LIMIT_S if outcome.said_after_s is None else outcome.said_after_s], "s")
            after = LIMIT_S if outcome.current_after_s is None else outcome.current_after_s
            record(f"{key}.current_after_s", [after], "s")
            _mark(key, bool(outcome.needs_a_hand))
            print(f"    {mode}: {outcome.needs_a_hand or 'by itself'} · {outcome.words}", flush=True)
    summary()


def summary() -> None:
    """Summary of all faults played so far, in this run or an earlier one."""
    held = {
        f"{name}.{mode}": figures
        for name, modes in recorded("faults").items()
        if name in FAULTS
        for mode, figures in modes.items()
    }
    said = {k: f["said_after_s"]["value"] for k, f in held.items() if "said_after_s" in f}
    current = {k: f["current_after_s"]["value"] for k, f in held.items() if not FAULTS[k.split(".")[0]].rebuild}
    record("faults.played", [len(held)], "plays")
    record("faults.needing_a_hand", [sum("needs_a_hand" in f for f in held.values())], "plays")
    record("faults.not_said", [sum(v >= SAID_LIMIT_S for v in said.values())], "plays")
    for name, values in (("said", said), ("current", current)):
        if values:
            record(f"faults.all.{name}_after_s", list(values.values()), "s")
    for what, limit, values in (("said", 10, said), ("current", 5, current)):
        for key in sorted(k for k, v in values.items() if v > limit):
            print(f"{what} after more than {limit} s: {key} {values[key]:.1f}")


def _mark(key: str, needs_a_hand: bool) -> None:
    """Record the key only where manual help was needed."""
    if needs_a_hand:
        record(f"{key}.needs_a_hand", [1], "plays")
    else:
        forget(f"{key}.needs_a_hand")


def matrix(chosen: str, lacks: set[str], modes: tuple[str, ...] = ()) -> Iterable[tuple[Fault, dict[str, Outcome]]]:
    """Every fault that can be played here with its outcome, stage by stage."""
    folder = scratch()
    try:
        with browser() as shown:
            for setting in SETTINGS:
                faults = [f for f in of_setting(setting, chosen) if _playable(f, lacks)]
                yield from _on_stage(setting, faults, shown, folder, modes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _playable(fault: Fault, lacks: set[str]) -> bool:
    here = not lacks & set(fault.needs)
    if not here:
        print(f"not played on this machine, which has no {', '.join(sorted(lacks & set(fault.needs)))}: {fault.name}", flush=True)
    return here


def _on_stage(
    setting: str, faults: list[Fault], shown: Browser, folder: Path, modes: tuple[str, ...]
) -> Iterable[tuple[Fault, dict[str, Outcome]]]:
    """Play ``faults`` on one stage; if a fault left it unusable, it is set up again for the next one."""
    ahead = list(faults)
    while ahead:
        with stage(setting, shown, folder) as there:
            screens = Screens(there)
            try:
                while ahead:
                    fault, began, broke = ahead.pop(0), time.monotonic(), False
                    print(f"-- {fault.name}", flush=True)
                    try:
                        outcomes = play(fault, there, screens, modes)
                    except Exception as error:  # it counts as needing a hand, and the others are still played
                        said = f"{type(error).__name__}: {error}"[:300]
                        outcomes, broke = {m: Outcome(needs_a_hand=said) for m in fault.modes}, True
                    print(f"   took {time.monotonic() - began:.0f} s", flush=True)
                    yield fault, outcomes
                    if broke or (any(o.needs_a_hand for o in outcomes.values()) and not _well(there)):
                        break
            finally:
                screens.close()


def _well(there: object) -> bool:
    try:
        there.wall.until_ready(10)  # type: ignore[attr-defined]
    except TimeoutError:
        return False
    return True
