"""A damaged facts file is told from a locked one and from a full disk, moved aside and built anew; no number comes of it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from sqlalchemy import func, select

from callbacks.wall.source_health import Health
from dashboard.own_facts import OwnFacts
from data.errors import DamagedFactsError, DiskError, FactsError
from data.facts.damage import Opened, fault_of, move_aside, trouble_of, verify
from data.facts.schema import EVENT
from data.facts.store import Facts
from tests.demo_city import quiet, small_qufu
from tests.torn_facts import Tear, held, settings, ticked, walk, walked

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
COUNT = {"n": select(func.count().label("n")).select_from(EVENT)}


# -------------------------------------------------------------------- by DuckDB's own words
@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (duckdb.IOException('IO Error: Could not set lock on file "f": Conflicting lock is held in python (PID 7)'), "lock"),
        (
            duckdb.IOException(
                "IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2 in block at "
                "location 274432"
            ),
            "damage",
        ),
        (duckdb.IOException('IO Error: The file "f" exists, but it is not a valid DuckDB database file!'), "damage"),
        (duckdb.IOException('IO Error: Could not read enough bytes from file "f": attempted to read 262144 bytes'), "damage"),
        (duckdb.IOException('IO Error: Failure while replaying WAL file "f.wal": Corrupt WAL file: entry at byte 59'), "damage"),
        (duckdb.FatalException("FATAL Error: Failed to create checkpoint because of error: Corrupt database file"), "damage"),
        (duckdb.SerializationException("Serialization Error: Failed"), "damage"),
        (
            duckdb.FatalException(
                "FATAL Error: Failed: database has been invalidated because of a previous fatal error.\nOriginal "
                'error: "Could not write file: No space left on device"'
            ),
            "full",
        ),
        (duckdb.IOException('IO Error: Could not write file "f": Read-only file system'), "read_only"),
        (duckdb.InternalException("INTERNAL Error: Attempted to access index 3 within vector of size 3"), "suspect"),
        (duckdb.IOException('IO Error: Cannot open file "f": Too many open files'), "refused"),
        (duckdb.CatalogException("Catalog Error: Table with name x does not exist!"), "other"),
    ],
    ids=lambda x: "" if isinstance(x, str) else str(x)[:40],
)
def test_trouble_is_told_by_the_words_of_duckdb(error: duckdb.Error, trouble: str) -> None:
    assert trouble_of(error) == trouble
    kinds = {"damage": DamagedFactsError, "full": DiskError, "read_only": DiskError}
    fault = fault_of("duckdb:///f", error)
    assert type(fault) is kinds.get(trouble, FactsError)
    assert fault.zh


# -------------------------------------------------------------------- one file, in every shape
@pytest.fixture
def url(tmp_path: Path) -> str:
    """A small file, closed."""
    url = f"duckdb:///{tmp_path / 'f.duckdb'}"
    with Facts.open(url) as facts:
        facts.put({"eid": range(40_000), "reported_at": range(40_000), "case_number": [f"K{i * 7}" for i in range(40_000)]})
    return url


def path_of(url: str) -> Path:
    return Path(url.removeprefix("duckdb:///"))


def reopened(url: str) -> tuple[Facts, list[str]]:
    said: list[str] = []
    return Facts.open_mended(url, False, lambda fault, moved: said.append(f"{fault}; {moved.said()[0]}")), said


SHAPES: dict[str, Callable[[Path], object]] = {
    "no bytes": lambda f: f.write_bytes(b""),
    "cut": lambda f: os.truncate(f, f.stat().st_size // 2),
    "cut in its headers": lambda f: os.truncate(f, 5000),
    "another's text": lambda f: f.write_bytes(b"notes " * 9999),
    "zeros": lambda f: f.write_bytes(b"\0" * f.stat().st_size),
    "a log of garbage": lambda f: Path(f"{f}.wal").write_bytes(b"\1" * 5000),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_damaged_file_is_moved_aside_at_the_start_and_an_empty_one_begun(shape: str, url: str) -> None:
    file = path_of(url)
    SHAPES[shape](file)
    before = file.read_bytes()
    facts, said = reopened(url)
    with facts:
        if shape == "a log of garbage" and not said:
            assert facts.read(COUNT)[1]["n"]["n"].tolist() == [40_000], "DuckDB takes it for no log of its own"
            return
        assert len(said) == 1
        assert str(file) + ".damaged" in said[0]
        assert facts.meta() == {}
    assert Path(f"{file}.damaged").read_bytes() == before


def test_a_lock_is_never_taken_for_damage_nor_damage_for_a_lock(url: str, tmp_path: Path) -> None:
    """DuckDB says "in block at location" of a damaged file."""
    script = (
        "import sys; from data.facts.store import Facts; f = Facts.open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, url], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(FactsError, match="another process holds this file") as caught:
            reopened(url)
        assert not isinstance(caught.value, DamagedFactsError)
        other.communicate()
    assert not list(tmp_path.glob("*.damaged"))
    with path_of(url).open("r+b") as f:  # the first block: the catalogue
        f.seek(12_288 + 100)
        f.write(b"\xff" * 4096)
    with pytest.raises(FactsError, match="in block at location") as damaged:
        Facts.open(url)
    assert isinstance(damaged.value, DamagedFactsError)


def test_at_most_one_damaged_file_is_kept_and_none_where_the_disk_has_no_room(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = path_of(url)
    for text in (b"first", b"second"):
        file.write_bytes(text)
        assert move_aside(str(file)).path == Path(f"{file}.damaged")
    assert Path(f"{file}.damaged").read_bytes() == b"second"
    file.write_bytes(b"third")
    monkeypatch.setattr("data.facts.damage.shutil.disk_usage", lambda place: shutil._ntuple_diskusage(10, 8, 2))
    moved = move_aside(str(file))
    assert moved.path is None
    assert all(moved.said())
    assert sorted(p.name for p in file.parent.glob("f.duckdb*")) == ["f.duckdb.opened"]


def test_a_named_file_is_moved_only_where_it_was_ours(url: str, tmp_path: Path) -> None:
    file = path_of(url)
    notes = tmp_path / "notes.duckdb"
    notes.write_text("somebody's notes")
    for path, ours in ((file, True), (notes, False)):
        if ours:
            path.write_text("no database any more")
            Facts.open_mended(f"duckdb:///{path}", True, lambda fault, moved: None).close()
        else:
            with pytest.raises(DamagedFactsError):
                Facts.open_mended(f"duckdb:///{path}", True, lambda fault, moved: None)
    assert notes.read_text() == "somebody's notes"
    assert Path(f"{file}.damaged").exists()


# -------------------------------------------------------------------- met while it is open
def test_another_file_in_its_place_is_noticed_and_nothing_is_written_into_it(url: str, tmp_path: Path) -> None:
    file = path_of(url)
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as theirs:
        theirs.execute("CREATE TABLE orders AS SELECT 7 AS n")
    for how in ("moved there", "copied over it", "gone"):
        facts, _ = reopened(url)
        if how == "moved there":
            os.replace(shutil.copy(other, tmp_path / "copy"), file)
        elif how == "gone":
            file.unlink()
        else:
            subprocess.run(["cp", str(other), str(file)], check=True)
        with facts:
            with pytest.raises(DamagedFactsError):
                facts.look()
            with pytest.raises(DamagedFactsError):
                facts.put({"eid": [1], "reported_at": [1]})
            assert facts.renew() is not None
            with pytest.raises(DamagedFactsError, match="built anew"):  # empty tables are no answer
                facts.read(COUNT)
            with facts.rebuilding() as beside:
                beside.put({"eid": [1, 2], "reported_at": [1, 2]})
            assert facts.read(COUNT)[1]["n"]["n"].tolist() == [2]
        if how != "gone":
            with duckdb.connect(f"{file}.damaged", read_only=True) as theirs:
                assert theirs.execute("SELECT n FROM orders").fetchone() == (7,)


def test_a_log_of_an_older_state_of_the_file_is_not_played_back(url: str, tmp_path: Path) -> None:
    log = Path(str(path_of(url)) + ".wal")
    script = (
        "import sys, os; from data.facts.store import Facts; f = Facts.open(sys.argv[1]); "
        "f.put({'eid': [90_000], 'reported_at': [5]}); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, url], cwd=ROOT, check=False)
    shutil.copy(log, tmp_path / "old")
    reopened(url)[0].close()
    shutil.copy(tmp_path / "old", log)
    with pytest.raises(DamagedFactsError, match="WAL"):
        Facts.open(url)


def test_what_was_committed_before_a_kill_is_there_after_it_and_the_file_is_looked_through(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        "import sys, os; from data.facts.store import Facts; f = Facts.open(sys.argv[1]); "
        "f.put({'eid': [int(sys.argv[2])], 'reported_at': [5]}); os.kill(os.getpid(), 9)"
    )
    looked: list[bool] = []

    def kept(path: str, whole: bool) -> str:
        looked.append(whole)
        return verify(path, whole)

    monkeypatch.setattr("data.facts.file.verify", kept)
    for i in range(2):
        subprocess.run([sys.executable, "-c", script, url, str(90_000 + i)], cwd=ROOT, check=False)
    with Facts.open(url) as facts:
        assert facts.read(COUNT)[1]["n"]["n"].tolist() == [40_002]
        assert looked == [True], "all of it, since it was not closed twice in a row"
        facts.checkpoint()
        assert Opened(str(path_of(url))).unclosed == 1, "if it were not closed now: the first time"
    Facts.open(url).close()
    assert looked == [True], "closed: nothing to look for"


def test_a_file_that_ends_the_process_that_reads_it_is_moved_aside_at_the_next_start(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Native code that faults at this file, as the reading of another process shows it."""
    fatal = tmp_path / "fatal.py"
    fatal.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr("data.facts.damage._VERIFY", fatal)
    Facts.open(url).close()
    Opened(str(path_of(url))).opening()  # the process that had it open ended so
    facts, said = reopened(url)
    with facts:
        assert len(said) == 1
        assert f"signal {int(signal.SIGSEGV)}" in said[0]
        assert facts.meta() == {}


# -------------------------------------------------------------------- a service over torn facts
@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A source, whole facts of it, and what a fresh load holds."""
    from dashboard.app import Service
    from data.demo.generate import generate

    place = tmp_path_factory.mktemp("torn")
    generate(
        small_qufu(),
        f"sqlite:///{place / 'qufu.sqlite'}",
        events=2500,
        seed=3,
        regime="realistic",
        now=datetime.now(UTC),
        progress=quiet,
    )
    service = Service(settings(place, "whole.duckdb"))
    service.pipeline.own_facts()
    assert ticked(service) == []
    assert service.pipeline.facts is not None
    (place / "fresh.json").write_text(json.dumps(held(service.pipeline.facts)))
    service.stop()
    yield place
    shutil.rmtree(place)


def fresh(place: Path) -> dict[str, Any]:
    return {k: tuple(v) for k, v in json.loads((place / "fresh.json").read_text()).items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("percent", "size", "how"),
    [
        (30, 65_536, "open"),
        (90, 65_536, "shut"),
        pytest.param(5, 65_536, "shut", marks=pytest.mark.soak),
        pytest.param(50, 4096, "shut", marks=pytest.mark.soak),
    ],
)
def test_torn_pages_never_leave_a_wrong_number(percent: int, size: int, how: str, place: Path) -> None:
    at = (place / "whole.duckdb").stat().st_size * percent // 100
    told = walk(place, Tear(at, size, size == 4096), how, False, fresh(place))
    assert told["right"], told
    if size > 4096 and how == "shut":
        assert told["said"] or told["moved"], "nothing was met: this test tests nothing"


@pytest.mark.soak
@pytest.mark.parametrize("how", ["shut", "open"])
@pytest.mark.parametrize("part", range(10))
def test_torn_pages_at_two_hundred_places_never_leave_a_wrong_number(how: str, part: int, place: Path) -> None:
    told = list(walked(place, how, 11, 20 * part, 20 * part + 20))
    assert len(told) == 20
    assert [t for t in told if not t["right"]] == []
    if how == "shut":
        assert any(t["moved"] for t in told), "none of these met anything"


def test_damage_that_a_question_meets_is_mended_by_the_ticks_and_said(place: Path, caplog: Any) -> None:
    """At 70 % of the file; the wall's words name no file, the operator's do."""
    from dashboard.app import Service

    file = place / "asked.duckdb"
    shutil.copy(place / "whole.duckdb", file)
    with file.open("r+b") as f:
        f.seek(int(file.stat().st_size * 0.7))
        f.write(os.urandom(65_536))
    service = Service(settings(place, "asked.duckdb"))
    try:
        service.pipeline.own_facts()
        with caplog.at_level(logging.ERROR):
            faults = ticked(service)
            try:
                held(service.pipeline.facts)  # type: ignore[arg-type]
            except DamagedFactsError as fault:
                faults.append(str(fault))
                service.page_cache.health.kind = ""
                faults += ticked(service)
        assert faults
        assert any(str(file) + ".damaged" in r.getMessage() for r in caplog.records)
        assert "由源库重建" in service.page_cache.health.last_fault_zh
        assert held(service.pipeline.facts) == fresh(place)  # type: ignore[arg-type]
    finally:
        service.stop()


def test_a_file_that_is_removed_again_is_begun_anew_ever_more_seldom(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("dashboard.own_facts.time", SimpleNamespace(monotonic=lambda: now[0], time=lambda: 0.0))
    health, own_settings = Health(), settings(place, "removed.duckdb")
    own = OwnFacts(own_settings, health)
    with own.opened() as facts:
        for pause in (0, 10, 20, 40):
            path_of(own_settings.facts).unlink()
            with pytest.raises(DamagedFactsError, match="it was removed while it was open"):
                facts.look()
            if pause:
                now[0] += pause - 0.5
                with pytest.raises(DamagedFactsError, match=r"it is built anew in (0|1) s, since it was damaged before"):
                    own.mend()
                now[0] += 0.5
            own.mend()
            assert health.last_fault.endswith("nothing of it was left to keep; built anew from the source")
            assert (facts.damaged, facts.meta()) == ("", {})
        path_of(own_settings.facts).unlink()
        with pytest.raises(DamagedFactsError):
            facts.look()
        now[0] += 600  # it has held for long
        own.mend()
