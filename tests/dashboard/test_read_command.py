"""``python -m dashboard read``: from the file, beside a running server, and in the past, with the same numbers."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from tests.conftest import Running, copy_of
from tests.dashboard.test_cli import run

pytestmark = pytest.mark.slow


def rows(place: Path, *words: str) -> list[dict[str, object]]:
    done = run(place, "read", *words, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) >= {"as_of", "snapshot", "columns", "rows"}
    assert [c["name"] for c in answer["columns"]] == list(answer["rows"][0])
    found: list[dict[str, object]] = answer["rows"]
    return found


@pytest.mark.soak
def test_the_file_the_server_and_the_past_agree(demo_city: Path, tmp_path: Path) -> None:
    source = f"sqlite:///{copy_of(demo_city, tmp_path)}"
    alone = rows(tmp_path, "stage_backlog", "--source", source)
    server = Running(tmp_path, "--source", source).start()
    try:
        beside = rows(tmp_path, "stage_backlog", "--source", source)
        assert [r["open"] for r in alone] == [r["open"] for r in beside]
        assert [r["open"] for r in server.get("/api/read/stage_backlog")[1]["rows"]] == [r["open"] for r in beside]
        for _ in range(20):  # a tick may fall between the two
            answer, page = server.get("/api/read/headline")[1], server.get("/snapshot/overview")[1]
            if answer["snapshot"] == page["id"]:
                break
        assert answer["snapshot"] == page["id"], "read gives the numbers of the screens, under their snapshot's name"
        values = {r["kpi"]: r["value"] for r in answer["rows"]}
        assert f">{values['open']:,.0f}<" in page["panels"]["kpi_row"]["html"]
        assert server.get("/api/read/headline?back=2h")[1]["snapshot"].startswith("recomputed at ")
        town = rows(tmp_path, "stage_backlog", "--source", source, "--scope", "370881001")
        assert sum(int(str(r["open"])) for r in town) <= sum(int(str(r["open"])) for r in beside)
        past = rows(tmp_path, "stage_backlog", "--source", source, "--at", "2026-11-01T12:00")
        for row in past:
            assert row["opening"] + row["inflow"] - row["outflow"] - row["exits"] == row["closing"]  # type: ignore[operator]
        faulty = run(tmp_path, "read", "stage_backlog", "--source", source, "--scope", "370881099")
        assert faulty.returncode == 2
        assert "370881099" in faulty.stderr
    finally:
        server.kill()


@pytest.mark.soak
def test_the_rejected_rows_are_listed_with_their_reason_also_beside_a_server(demo_city: Path, tmp_path: Path) -> None:
    database = copy_of(demo_city, tmp_path)
    with contextlib.closing(sqlite3.connect(database)) as source, source:
        known = source.execute("SELECT count(*) FROM event WHERE closed_at < reported_at").fetchone()[0]
        source.execute(
            "UPDATE transition SET stage = 'handel' WHERE key = (SELECT min(key) FROM transition WHERE stage = 'handle')"
        )
    words = ("faults", "--source", f"sqlite:///{database}")
    alone = run(tmp_path, *words, "--json")
    assert alone.returncode == 0, alone.stderr
    listed = json.loads(alone.stdout)
    assert {(r["source_table"], r["reason"], r["rows"]) for r in listed["reasons"]} == {
        ("event", "closes_before_report", known),
        ("transition", "unknown_stage", 1),
    }
    assert listed["total"] == known + 1
    assert any("handel" in r["detail"] and "did you mean 'handle'" in r["detail"] for r in listed["rows"])
    server = Running(tmp_path, "--source", f"sqlite:///{database}").start()
    try:
        assert server.health()["faulty_rows"] == known + 1, "the number in the wall's top bar"
        beside = run(tmp_path, *words)
        assert beside.returncode == 0, beside.stderr
        assert beside.stdout.startswith(f"{known + 1} rejected rows")
        assert "unknown_stage" in beside.stdout
        assert "unknown_stage: 环节代码不认得或为空，这条流转不能采用 · an unknown stage" in beside.stdout
        assert "在映射文件 codes.stage 中对照" in beside.stdout
    finally:
        server.kill()


@pytest.mark.soak
def test_a_second_wall_on_the_same_facts_does_not_cut_off_the_first(demo_city: Path, tmp_path: Path) -> None:
    source = f"sqlite:///{copy_of(demo_city, tmp_path)}"
    first, second = (Running(tmp_path, "--source", source) for _ in range(2))
    try:
        first.start()
        with pytest.raises(AssertionError, match="another process holds this file"):
            second.start()
        second.kill()
        assert len(rows(tmp_path, "stage_backlog", "--source", source)) == 9, "the first is still found and asked"
    finally:
        first.kill()
        second.kill()
