"""A test that takes too long for ``make check`` fails there, and only there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

BUSY = """
import time, pytest
@pytest.fixture(scope="session")
def city():
    end = time.process_time() + 0.4
    while time.process_time() < end:
        pass
def test_with_it(city): pass
"""


def ran(file: Path, *options: str) -> tuple[int, str]:
    asked = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "--rootdir", str(file.parent), str(file)]
    done = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, check=False)
    return done.returncode, done.stdout


def test_a_file_that_takes_too_long_fails_in_make_check_and_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "test_busy.py"
    file.write_text(BUSY)
    code, said = ran(file, "-p", "tests.quick", "--most-cpu", "0.2")
    assert code == 1, said
    assert "test_busy.py takes 0." in said
    assert "mark it, or the tests that take it, with pytest.mark.slow" in said
    assert ran(file, "-p", "tests.quick")[0] == 0, "ten seconds are enough"
    assert ran(file)[0] == 0, "in make test nothing is counted"
