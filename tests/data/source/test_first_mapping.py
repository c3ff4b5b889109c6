"""What a new user copies out of docs/mapping.md works as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dashboard.cli import main
from tests.conftest import ROOT


@pytest.mark.slow
def test_the_csv_of_the_mapping_page_is_mapped_as_it_stands_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
    files = re.findall(r"^```\w+ (\S+)\n(.*?)^```$", text, re.M | re.S)
    assert [name for name, _ in files] == ["requests.csv", "town.toml", "requests.toml"]
    for name, content in files:
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--mapping", "requests.toml", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["verdict"] == "look"
    # not fed, in whole or part: 19 of the 21 indicators, and 7 more metrics (no start, no deferral, no devices ...)
    assert {(f["id"], f["count"]) for f in report["findings"] if f["verdict"] == "look"} == {
        ("unknown_grid", 1),
        ("no_shape", 2),
        ("feeds_not", 26),
    }
    assert main(["read", "stage_backlog", "--mapping", "requests.toml", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {r["stage"]: r["open"] for r in rows} == {"report": 0, "dispatch": 2, "handle": 1}
