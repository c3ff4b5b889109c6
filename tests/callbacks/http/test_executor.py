"""Analysts' questions wait in a bounded queue on low-priority threads, and are given up in time."""

from __future__ import annotations

import asyncio
import os
import threading
import time

import pytest
from sqlalchemy import text

from callbacks.http.executor import PriorityExecutor
from data.errors import TooManyRequestsError
from data.facts.store import Facts
from data.jobs.priority import NICE


def test_questions_run_last_in_line_and_the_asker_keeps_its_place() -> None:
    executor = PriorityExecutor()
    try:
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert executor.submit(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())).result(10) == NICE
        assert os.getpriority(os.PRIO_PROCESS, 0) == own
    finally:
        executor.close()


def test_what_does_not_fit_into_the_queue_is_turned_away_at_once() -> None:
    executor, gate = PriorityExecutor(threads=1, waiting=2), threading.Event()
    try:
        waiting = [executor.submit(gate.wait) for _ in range(3)]
        with pytest.raises(TooManyRequestsError, match="too many questions"):
            executor.submit(gate.wait)
        gate.set()
        assert [w.result(10) for w in waiting] == [True] * 3
        assert executor.submit(lambda: "again").result(10) == "again"
    finally:
        gate.set()
        executor.close()


def test_a_newer_question_of_the_same_reader_takes_the_place_of_one_that_waits() -> None:
    executor, gate = PriorityExecutor(threads=1, waiting=9), threading.Event()
    asked: list[str] = []
    try:
        first = executor.submit(gate.wait)
        old = executor.submit(lambda: asked.append("old"), "li|tab1|view")
        other = executor.submit(lambda: asked.append("other"), "wang|tab1|view")
        new = executor.submit(lambda: asked.append("new"), "li|tab1|view")
        gate.set()
        first.result(10)
        with pytest.raises(TooManyRequestsError, match="newer question"):
            old.result(10)
        other.result(10)
        new.result(10)
        assert asked == ["other", "new"]
    finally:
        executor.close()


def test_the_event_loop_goes_on_while_a_question_is_answered() -> None:
    executor = PriorityExecutor()

    async def both() -> int:
        beats = 0
        answer = asyncio.ensure_future(executor.ask(lambda: time.sleep(0.3)))
        while not answer.done():
            await asyncio.sleep(0.01)
            beats += 1
        return beats

    try:
        assert asyncio.run(both()) > 5
    finally:
        executor.close()


def test_a_question_that_takes_too_long_is_given_up_and_the_next_is_answered() -> None:
    with Facts.create("duckdb:///:memory:") as facts:
        endless = text("SELECT count(*) AS n FROM range(100000000) a, range(1000000) b WHERE a.range + b.range = -1")
        began = time.monotonic()
        with pytest.raises(TooManyRequestsError, match="narrow it"):
            facts.read({"x": endless}, limit_s=0.3)
        with pytest.raises(TooManyRequestsError, match="narrow it"):
            facts.read_helped({"x": endless, "y": endless}, limit_s=0.3)  # on both threads
        assert time.monotonic() - began < 20
        for read in (facts.read, facts.read_helped):
            _, answers = read({"y": text("SELECT 1 AS one")}, limit_s=5)
            assert answers["y"]["one"].tolist() == [1]
