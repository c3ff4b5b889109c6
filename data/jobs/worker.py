"""Run heavy statistics in a low-priority worker process, so that no tick waits for an import or a fit.

The libraries for regression and spatial statistics take seconds to import and hundreds of megabytes; the server never
imports them.  ``StatisticsWorker`` starts ``python -m data.jobs.worker`` on first use, sends it a function (by name) with
its arguments, and waits for the answer.  A metric calls ``ask``: it uses the server's worker if there is one (``through``),
else (the command line, tests) it calls the function directly.

The child ends with its parent: its standard input is closed then.  Messages are pickles exchanged only within this program.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from data.errors import GridWallError
from data.jobs.priority import NICE

T = TypeVar("T")
_ROOT = Path(__file__).resolve().parents[2]
_LENGTH = 8


class WorkerError(GridWallError):
    """The worker process did not answer in time, or ended (the next request starts another), or is closed."""


class StatisticsWorker:
    """One child process; requests are queued.  ``ask`` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

    def ask(self, function: Callable[..., T], *arguments: object, limit_s: float = 60.0) -> T:
        """``function(*arguments)``, computed by the worker; a module-level function, its arguments plain values or arrays.

        Raises what the function raises; WorkerError if it waited ``limit_s`` seconds for other requests or for its answer, or if
        the process ended.
        """
        name = f"{function.__module__}.{function.__qualname__}"
        question = pickle.dumps((function.__module__, function.__qualname__, arguments), pickle.HIGHEST_PROTOCOL)
        if not self._lock.acquire(timeout=limit_s):
            raise WorkerError(f"{name}: others were asked for longer than {limit_s:g} s")
        try:
            if self._closed:
                raise WorkerError(f"{name}: the process is closed")
            child = self._running()
            assert child.stdin is not None
            assert child.stdout is not None
            late = threading.Event()

            def give_up() -> None:
                late.set()
                child.kill()

            timer = threading.Timer(limit_s, give_up)
            timer.start()
            try:
                _send(child.stdin, question)
                answer = _receive(child.stdout)
            except OSError:
                answer = None
            finally:
                timer.cancel()
            if answer is None:
                self._end()
                why = f"no answer within {limit_s:g} s" if late.is_set() else "the process ended"
                raise WorkerError(f"{name}: {why}")
        finally:
            self._lock.release()
        good, value = pickle.loads(answer)
        if not good:
            raise value
        return value  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the child immediately and permanently."""
        self._closed = True
        child = self._child
        if child is not None:
            child.kill()  # a pending request ends with it
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._end()
        path = os.pathsep.join(p for p in (str(_ROOT), os.environ.get("PYTHONPATH", "")) if p)
        one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self._child = subprocess.Popen(
            [sys.executable, "-m", "data.jobs.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**_plain_environment(), **one_core, "PYTHONPATH": path},
        )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _plain_environment() -> dict[str, str]:
    """The environment without our settings: some hold secrets, and no request needs one."""
    return {k: v for k, v in os.environ.items() if not k.startswith("GRIDWALL_")}


_serving: StatisticsWorker | None = None


def through(process: StatisticsWorker | None) -> None:
    """Set the worker process used by ``ask``; None: this process."""
    global _serving
    _serving = process


def ask(function: Callable[..., T], *arguments: object, limit_s: float = 60.0) -> T:
    """``function(*arguments)``: in the server's worker process if there is one, else here; raises as ``StatisticsWorker.ask``."""
    return (here if _serving is None else _serving.ask)(function, *arguments, limit_s=limit_s)


def here(function: Callable[..., T], *arguments: object, limit_s: float = 60.0) -> T:
    """Like ``StatisticsWorker.ask``, but in this process: for use where nothing else waits for it."""
    return function(*arguments)


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(len(message).to_bytes(_LENGTH, "big") + message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    """The next message; None if the other side has ended."""
    head = pipe.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    size = int.from_bytes(head, "big")
    message: bytes = pipe.read(size)
    return message if len(message) == size else None


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until the input ends, or nobody takes the answers any more."""
    while (question := _receive(questions)) is not None:
        try:
            module, name, arguments = pickle.loads(question)
            answer = True, getattr(importlib.import_module(module), name)(*arguments)
        except Exception as error:
            answer = False, error
        try:
            message = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        except Exception:  # an error that cannot be pickled
            message = pickle.dumps((False, WorkerError(repr(answer[1]))), pickle.HIGHEST_PROTOCOL)
        try:
            _send(answers, message)
        except BrokenPipeError:  # the server was killed meanwhile
            return


def main() -> None:
    os.nice(NICE)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries' output goes to the log, not between two answers
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
