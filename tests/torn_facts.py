"""``python -m tests.torn_facts PLACE HOW SEED FROM TO``: tear the facts' file at the FROM-th to TO-th of seeded offsets, let the
service's own parts use it, and compare what they then hold with a fresh load.

A process of its own, since native code may end it at a damaged file; whoever starts it then starts it again (``walked``), as a
supervisor does with the server.  PLACE holds ``qufu.sqlite`` (the source) and ``whole.duckdb`` (facts of it, closed).
HOW: ``shut`` = torn while nobody has it open, ``open`` = torn under a service that runs.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.app import Service
from dashboard.clock import now
from dashboard.settings import Settings
from data.errors import GridWallError
from data.facts.store import Facts
from data.source.mapping_file import load_mapping
from data.sync.reconcile import reconcile
from tests.demo_city import small_qufu

#: What a load at another instant writes otherwise.
_BY_THE_CLOCK = {"fault": ("seen_at",)}
_TABLES = ("event", "visit", "ledger", "grid", "asset", "sign", "fault")


def settings(place: Path, facts: str) -> Settings:
    return Settings(
        profile=small_qufu(),
        mapping=load_mapping("platform"),
        source=f"sqlite:///{place / 'qufu.sqlite'}",
        facts=f"duckdb:///{place / facts}",
        state=f"sqlite:///{place / 'state.sqlite'}",
    )


def held(facts: Facts) -> dict[str, Any]:
    """A digest of every table, whatever the order of its rows."""
    with facts.cursor() as cursor:
        found = {}
        for table in _TABLES:
            without = "".join(f", {c}" for c in _BY_THE_CLOCK.get(table, ()))
            columns = f"* EXCLUDE ({without.strip(', ')})" if without else "*"
            found[table] = cursor.execute(
                f"SELECT count(*), CAST(bit_xor(hash(t)) AS VARCHAR) FROM (SELECT {columns} FROM {table}) AS t"
            ).fetchone()
        return found


def ticked(service: Service, times: int = 3) -> list[str]:
    """The faults of so many ticks that went well in the end."""
    said: list[str] = []
    good = 0
    for _ in range(20):
        try:
            service.ticker.once()
            good += 1
            if good == times:
                return said
        except Exception as error:
            good = 0
            said.append(f"{type(error).__name__}: {error}")
            service.ticker._fault(error, len(said), 0.0)
    raise AssertionError(f"it does not come back: {said}")


def used(service: Service) -> list[str]:
    """Ticks, then whatever else reads and writes the facts: a damaged file is met by one of these, or by none."""
    said = ticked(service)
    assert service.pipeline._sync is not None
    assert service.pipeline.facts is not None
    jobs: tuple[Callable[[], object], ...] = (
        lambda: reconcile(service.pipeline._sync, now()),  # type: ignore[arg-type]
        lambda: service.pipeline.facts.checkpoint(),  # type: ignore[union-attr]
        lambda: held(service.pipeline.facts),  # type: ignore[arg-type]
    )
    for job in jobs:
        try:
            job()
        except GridWallError as fault:
            said.append(f"{type(fault).__name__}: {fault}")
            said += ticked(service)
    return said + ticked(service)


@dataclass(frozen=True)
class Tear:
    """So many bytes at an offset: random ones, or zeros."""

    at: int
    size: int
    zeros: bool

    @classmethod
    def of(cls, number: int, seed: int, size: int) -> Tear:
        rng = random.Random(f"{seed} {number}")
        zeros = number % 2 == 1
        length = 4096 if zeros else 65_536
        at = rng.randrange(max(size - length, 1))
        return cls(at - at % 4096 if zeros else at, length, zeros)

    def do(self, file: Path) -> None:
        # not through a handle that this process closes: that would give up DuckDB's lock
        data = b"\0" * self.size if self.zeros else random.Random(self.at).randbytes(self.size)
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; f = open(sys.argv[1], 'r+b'); f.seek(int(sys.argv[2])); f.write(sys.stdin.buffer.read())",
                str(file),
                str(self.at),
            ],
            input=data,
            check=True,
        )


def walk(place: Path, tear: Tear, how: str, again: bool, fresh: dict[str, Any]) -> dict[str, Any]:
    """What came of one tear."""
    file = place / "torn.duckdb"
    if not again:
        for old in place.glob("torn.duckdb*"):
            old.unlink()
        shutil.copy(place / "whole.duckdb", file)
        if how == "shut":
            tear.do(file)
    service = Service(settings(place, "torn.duckdb"))
    said = []
    try:
        service.pipeline.own_facts()
        said += used(service)
        if how == "open" and not again:
            tear.do(file)
            said += used(service)
    finally:
        service.stop()
    service = Service(settings(place, "torn.duckdb"))
    try:
        service.pipeline.own_facts()
        said += used(service)
        assert service.pipeline.facts is not None
        right = held(service.pipeline.facts) == fresh
    finally:
        service.stop()
    return {"at": tear.at, "zeros": tear.zeros, "right": right, "moved": (place / "torn.duckdb.damaged").exists(), "said": said}


def main(place: Path, how: str, seed: int, first: int, last: int, again: bool) -> None:
    fresh = json.loads((place / "fresh.json").read_text())
    size = (place / "whole.duckdb").stat().st_size
    for number in range(first, last):
        tear = Tear.of(number, seed, size)
        told = walk(place, tear, how, again and number == first, {k: tuple(v) for k, v in fresh.items()})
        print(json.dumps({"number": number, **told}), flush=True)


def walked(place: Path, how: str, seed: int, first: int, last: int) -> Iterator[dict[str, Any]]:
    """What ``main`` prints, one tear after another; a process that ended is started again with the file as it left it."""
    again, crashes = False, 0
    while first < last:
        words = [sys.executable, "-m", "tests.torn_facts", str(place), how, str(seed), str(first), str(last), *["again"] * again]
        log = place / "torn.log"
        with (
            log.open("w") as said,
            subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=said, text=True, env={**os.environ, "PYTHONPATH": os.getcwd()}
            ) as done,
        ):
            assert done.stdout is not None
            for line in done.stdout:
                told = json.loads(line)
                first, crashes = told["number"] + 1, 0
                yield told
        if done.returncode == 0:
            return
        crashes += 1
        assert done.returncode < 0, log.read_text()[-3000:]
        assert crashes < 4, f"it ends at every start by signal {-done.returncode}, tear {first}"
        again = True


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), len(sys.argv) > 6)
