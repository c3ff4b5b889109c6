"""``python -m dashboard read``: from the file, beside a running server, and in the past, with the same numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Running, copy_of
from tests.test_cli import run

pytestmark = pytest.mark.slow


def rows(place: Path, *words: str) -> list[dict[str, object]]:
    done = run(place, "read", *words, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) >= {"as_of", "snapshot", "columns", "rows"}
    assert [c["name"] for c in answer["columns"]] == list(answer["rows"][0])
    found: list[dict[str, object]] = answer["rows"]
    return found


def test_the_file_the_server_and_the_past_agree(demo_city: Path, tmp_path: Path) -> None:
    source = f"sqlite:///{copy_of(demo_city, tmp_path)}"
    alone = rows(tmp_path, "stage_backlog", "--source", source)
    server = Running(tmp_path, "--source", source).start()
    try:
        beside = rows(tmp_path, "stage_backlog", "--source", source)
        assert [r["open"] for r in alone] == [r["open"] for r in beside]
        assert server.get("/api/read/stage_backlog")[1]["rows"] == beside or len(beside) == 9
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
