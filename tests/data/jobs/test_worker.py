"""What the worker computes is what is computed here, and a process that hangs or dies is replaced."""

from __future__ import annotations

import io
import os
import pickle
import time
from collections.abc import Iterator

import numpy as np
import pytest

from data.jobs.worker import StatisticsWorker, WorkerError, here, serve
from data.statistics.distributions import normal_point

pytestmark = pytest.mark.slow


def slow(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def dies() -> None:
    os._exit(3)


def noisy(values: np.ndarray) -> np.ndarray:
    print("a library's own words")
    return values[::-1]


def niceness() -> int:
    return os.nice(0)


@pytest.fixture
def statistics_worker() -> Iterator[StatisticsWorker]:
    one = StatisticsWorker()
    yield one
    one.close()


def test_an_answer_is_the_function_s_own_also_where_it_prints(statistics_worker: StatisticsWorker) -> None:
    assert statistics_worker.ask(normal_point, 0.975) == normal_point(0.975) == here(normal_point, 0.975)
    assert statistics_worker.ask(noisy, np.arange(5)).tolist() == [4, 3, 2, 1, 0]


def test_it_comes_last_and_in_another_process(statistics_worker: StatisticsWorker) -> None:
    assert statistics_worker.ask(niceness) == 19
    assert statistics_worker.ask(slow, 0.0) != os.getpid()


def test_an_error_is_raised_here(statistics_worker: StatisticsWorker) -> None:
    with pytest.raises(TypeError, match="normal_point"):
        statistics_worker.ask(normal_point)
    assert statistics_worker.ask(normal_point, 0.5) == 0.0


def test_one_that_hangs_is_ended_and_the_next_question_answered(statistics_worker: StatisticsWorker) -> None:
    first = statistics_worker.ask(slow, 0.0)
    with pytest.raises(WorkerError, match=r"slow: no answer within 0\.3 s"):
        statistics_worker.ask(slow, 30.0, limit_s=0.3)
    assert statistics_worker.ask(slow, 0.0) != first


def test_one_that_dies_is_said_and_replaced(statistics_worker: StatisticsWorker) -> None:
    with pytest.raises(WorkerError, match="the process ended"):
        statistics_worker.ask(dies)
    assert statistics_worker.ask(normal_point, 0.5) == 0.0


def test_it_ends_in_silence_where_nobody_takes_its_answer() -> None:
    """The server was killed while it waited."""

    class Gone(io.BytesIO):
        def write(self, _: object) -> int:
            raise BrokenPipeError

    question = pickle.dumps(("math", "sqrt", (4.0,)))
    serve(io.BytesIO(len(question).to_bytes(8, "big") + question), Gone())


def test_closing_ends_the_process() -> None:
    one = StatisticsWorker()
    child = one.ask(slow, 0.0)
    one.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
