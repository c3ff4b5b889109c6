"""Holds ``make check`` to its time: as a plugin (``pytest -p tests.quick``), fails a file of tests that takes too much of it.

Counted is processor time, of this process and those that it ended, from the file's first test on, so that waiting
does not count.  What takes longer is marked ``slow`` (docs/contributing.md).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

#: Seconds of processor time a file may take: several times what the slowest one takes, since a busy machine doubles even that.
MOST_S = 10.0
_began: dict[Path, float] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--most-cpu", type=float, default=MOST_S, help="processor time (s) that a file of tests may take")


def cpu_s() -> float:
    return sum(os.times()[:4])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before the file's first fixtures, whatever their scope."""
    _began.setdefault(item.path, cpu_s())


@pytest.fixture(scope="module", autouse=True)
def within(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    most, took = request.config.getoption("--most-cpu"), cpu_s() - _began[request.path]
    if took > most:
        pytest.fail(
            f"{request.path.name} takes {took:.1f} s of processor time, {most:g} s at most in 'make check': "
            "mark it, or the tests that take it, with pytest.mark.slow (docs/contributing.md)",
            pytrace=False,
        )
