"""A platform on a server, drafted: read where it stands, its codes named by its own tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.data.draft import counts, made_logs
from tests.data.draft.desk import drafted, loaded
from tests.data.draft.test_draft_numbers import differing
from tests.databases import Server


def test_drafted_platform_on_a_server_shows_what_a_count_of_its_rows_gives(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = made_logs.write_platform(tmp_path / "platform.sqlite", cases=150)
    url = server("platform_drafted")
    made_logs.copy_platform(path, url)
    code, said = drafted(capsys, url.render_as_string(hide_password=False), "--out", "out")
    assert code == 0, said["check"]
    assert said["edits"] == 0
    assert said["personal"] == ["citizen_name", "phone"]
    with loaded(tmp_path / "out" / "mapping.toml") as desk:
        assert differing(desk, counts.counted(counts.of_platform(path)), ("channel", "category")) == []
        assert desk.mapping.tables["event"].changed == desk.mapping.tables["transition"].changed == "changed"
