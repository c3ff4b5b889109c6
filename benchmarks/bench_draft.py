"""Cost of drafting each kind of file, and whether the resulting wall is right.

``draft.<name>.machine_s``: command and check; ``draft.<name>.edits``: values that must be changed by hand, each named as a doubt;
``draft.wrong_numbers``: headline, stage, department, channel and category figures of the loaded walls that differ from those
counted in the raw files.  The files are generated from a seed (tests/data/draft/made.py).
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.place import BENCH
from benchmarks.record import record
from dashboard.cli import main
from tests.data.draft import counts, made_logs
from tests.data.draft.desk import loaded
from tests.data.draft.test_draft_numbers import FILES, differing
from tests.databases import MariaDB

REPEATS = 3


def run() -> None:
    place = BENCH / "draft"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    wrong: list[str] = []
    with contextlib.chdir(place):
        for name, (write, cases, file, facts) in FILES.items():
            folder = Path(name)
            folder.mkdir()
            path = write(folder / file)
            zone = ("--timezone", "UTC") if name in ("permits", "xes") else ()
            wrong += _measured(name, str(path), counts.counted(cases(path)), facts, *zone)
        with _mariadb() as server:
            if server is None:
                print("draft.mariadb: MariaDB is not installed; not measured")
            else:
                url = server("drafted")
                path = made_logs.write_platform(Path("mariadb.sqlite"))
                made_logs.copy_platform(path, url)
                wrong += _measured(
                    "mariadb",
                    url.render_as_string(hide_password=False),
                    counts.counted(counts.of_platform(path)),
                    ("channel", "category"),
                )
    for line in wrong:
        print(line)
    record("draft.wrong_numbers", [len(wrong)], "count")


def _measured(name: str, named: str, bare: counts.Counted, facts: tuple[str, ...], *words: str) -> list[str]:
    """Draft ``named`` several times, record the cost, and compare the loaded wall with the raw file."""
    out, took, edits = f"out-{name}", [], 0
    for _ in range(REPEATS):
        began = time.perf_counter()
        said = _draft(named, "--out", out, *words)
        took.append(time.perf_counter() - began)
        edits = int(said["edits"])
    record(f"draft.{name}.machine_s", took, "s")
    record(f"draft.{name}.edits", [edits], "count")
    with loaded(Path(out) / "mapping.toml") as desk:
        return [f"{name}: {line}" for line in differing(desk, bare, facts)]


def _draft(*words: str) -> dict[str, Any]:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        code = main(["draft", *words, "--json"])
    assert code == 0, told.getvalue()[-2000:]
    said: dict[str, Any] = json.loads(told.getvalue())
    return said


@contextlib.contextmanager
def _mariadb() -> Iterator[Any]:
    """A running server, or None if it is not installed."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    if shutil.which("mariadbd", path=path) is None:
        yield None
        return
    server = MariaDB()
    try:
        server.start()
        yield server
    finally:
        server.stop()
