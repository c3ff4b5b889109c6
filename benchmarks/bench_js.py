"""js.*: unit tests of the browser's scripts, and how many of the scripts' lines they run.

``unit_tests``: passing tests of ``tests/js``, without a browser.  ``lines_covered_pct``: of all lines of the modules in
``dashboard/assets``, including files that no test loads; the two classic scripts inlined in a page (layouts/html) run only
in a browser and are not included.
"""

from __future__ import annotations

import os
import re
import subprocess

from benchmarks.record import record
from layouts.text.browser_words import block
from tests.npm import NODE, ROOT

COVERAGE = ("--experimental-test-coverage", "--test-coverage-include-all", "--test-coverage-include", "dashboard/assets/**/*.js")


def run() -> None:
    told = subprocess.run(
        [str(NODE), "--test", "--test-force-exit", "--test-reporter", "spec", *COVERAGE, "tests/js/**/*.test.js"],
        cwd=ROOT,
        env={**os.environ, "GRIDWALL_WORDS": block()},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    passed, covered = re.search(r"^\S+ pass (\d+)$", told, re.M), re.search(r"all files\s*\|\s*([\d.]+)", told)
    assert passed, told[-2000:]
    assert covered, told[-2000:]
    record("js.unit_tests", [int(passed[1])], "tests")
    record("js.lines_covered_pct", [float(covered[1])], "%")
