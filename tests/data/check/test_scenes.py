"""``check`` refuses panels that nobody knows and names the stages that no row of the log reaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.cli import main
from data.check import examine, panel_faults
from data.check.finding import Finding
from data.city.profile import CITIES, load_profile
from data.source.mapping_file import load_mapping
from data.source.reader import Source
from layouts.panels import PANELS
from tests.sync_harness import STAGES, Platform, after, city


@pytest.fixture
def misspelt(tmp_path: Path) -> Path:
    """The model city, with one panel of one scene misspelt."""
    path = tmp_path / "ours.toml"
    text = (CITIES / "qufu.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("stage_backlog", "stage_baklog"), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "scenes.overview.areas: no panel is called 'stage_baklog'; did you mean 'stage_backlog'?"),
        ("zh", "scenes.overview.areas：没有面板“stage_baklog”，是否指“stage_backlog”？"),
    ],
)
def test_a_panel_that_nobody_knows_is_refused_with_what_may_be_meant(
    misspelt: Path, capsys: pytest.CaptureFixture[str], lang: str, said: str
) -> None:
    assert main(["check", "--city", str(misspelt), "--source", "sqlite:///nowhere.sqlite", "--lang", lang]) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert said in out.err
    assert len(out.err.splitlines()) == 5, "the head, and one line for each shape of screen"


@pytest.mark.parametrize("id", sorted(p.stem for p in CITIES.glob("*.toml")))
def test_every_city_that_comes_along_has_panels_that_there_are(id: str) -> None:
    assert panel_faults(load_profile(id), PANELS) == []


def said_of(platform: Platform) -> Finding:
    """What is said of the stages; the city of the harness has nine."""
    source = Source.open(platform.url, load_mapping("platform"))
    try:
        report = examine(source, city(), after(hours=1))
    finally:
        source.close()
    return next(f for f in report.findings if f.id == "unreached_stage")


def test_a_stage_that_no_row_of_the_log_reaches_is_named(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.event(1)
    for key, stage in enumerate(STAGES[:7], 1):
        platform.log(key, 1, stage)
    finding = said_of(platform)
    assert (finding.verdict, finding.count, finding.of) == ("look", 2, 9)
    assert finding.said.en == "no row of the log reaches these stages: close (close), revisit (revisit)"
    assert "close（close）、revisit（revisit）" in finding.said.zh
    assert "[codes.stage]" in finding.remedy.zh
    for key, stage in enumerate(STAGES[7:], 8):
        platform.log(key, 1, stage)
    finding = said_of(platform)
    assert (finding.verdict, finding.count) == ("good", 0)


def test_a_state_that_the_city_does_not_know_reaches_none_of_its_stages(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.event(1)
    platform.log(1, 1, "handel")
    assert said_of(platform).count == 9


def test_an_empty_log_is_no_fault_of_the_stages(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.event(1)
    with pytest.raises(StopIteration):
        said_of(platform)
