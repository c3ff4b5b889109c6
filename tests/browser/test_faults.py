"""Faults on real processes with a browser open: whatever happens, the wall says so and is current again without a hand.

The whole matrix is ``benchmarks/faults``; some of it is walked with every run, the rest in ``make soak``.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.faults.fault import FAULTS
from benchmarks.faults.play import Outcome, Screens, play
from benchmarks.faults.stage import browser, scratch, stage
from benchmarks.faults.table import SETTINGS, missing

#: Fault -> the pages that meet it in ``make test``.
QUICK = {"source_moved": ("open", "loading"), "server_killed": ("open", "loading"), "request_gridmap_js_broken": ("loading",)}
REST = sorted((n for n in FAULTS if n not in QUICK), key=lambda n: SETTINGS.index(FAULTS[n].setting))

#: Times the limits of the benchmark: here it counts that it comes to an end, not how soon.
PATIENCE = 3.0

Played = Callable[[str, tuple[str, ...]], dict[str, Outcome]]


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """``played(fault, modes)`` -> outcomes.  A stage is kept for the faults that follow on it, unless one spoiled it."""
    folder, lacks = scratch(), missing()
    with contextlib.ExitStack() as whole:
        whole.callback(shutil.rmtree, folder, ignore_errors=True)
        shown = whole.enter_context(browser())
        held: list[tuple[Any, Screens, contextlib.ExitStack]] = []

        @whole.callback
        def shut() -> None:
            for one in held:
                one[2].close()

        def on(setting: str) -> tuple[Any, Screens]:
            if held and held[0][0].setting != setting:
                held.pop()[2].close()
            if not held:
                own = contextlib.ExitStack()
                there = own.enter_context(stage(setting, shown, folder))
                screens = Screens(there)
                own.callback(screens.close)
                held.append((there, screens, own))
            return held[0][:2]

        def go(name: str, modes: tuple[str, ...]) -> dict[str, Outcome]:
            fault = FAULTS[name]
            if lacks & set(fault.needs):
                pytest.skip(f"this machine has no {', '.join(sorted(lacks & set(fault.needs)))}")
            there, screens = on(fault.setting)
            spoiled = True
            try:
                outcomes = play(fault, there, screens, modes, PATIENCE)
                spoiled = any(o.needs_a_hand for o in outcomes.values())
                return outcomes
            finally:
                if spoiled and held:
                    held.pop()[2].close()

        yield go


def says_and_recovers(name: str, outcomes: dict[str, Outcome]) -> None:
    for mode, outcome in outcomes.items():
        assert not outcome.needs_a_hand, f"{name}, {mode}: {outcome.needs_a_hand}; {outcome.words}"
        if FAULTS[name].says or FAULTS[name].health:
            assert outcome.said_after_s is not None, f"{name}, {mode}: nothing was said; {outcome.words} {outcome.last}"


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_the_wall_says_what_is_wrong_and_comes_back_by_itself(played: Played, name: str) -> None:
    says_and_recovers(name, played(name, QUICK[name]))


@pytest.mark.soak
@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("name", REST)
def test_no_other_fault_needs_a_hand(played: Played, name: str) -> None:
    says_and_recovers(name, played(name, ()))
